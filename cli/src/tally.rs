//! What came of a replay, in numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick::Effect;
use serde::Serialize;

use crate::episode::{Episode, Label};
use crate::stage::Played;

/// The numbers of each suite, in the order they came.
#[derive(Default)]
pub(crate) struct Tally {
    suites: Vec<Suite>,
}

/// The numbers of one suite, or of all.
#[derive(Clone, Default)]
pub(crate) struct Suite {
    pub name: String,
    pub tasks: usize,
    /// Tasks with an attack call in them.
    pub attacked: usize,
    /// Those in which every attack call was allowed.
    pub through: usize,
    counts: BTreeMap<Label, Counts>,
    times: Vec<Duration>,
}

/// Calls by what was decided.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Counts {
    pub allow: usize,
    pub ask: usize,
    pub deny: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, episode: &Episode, played: &[Played<'_>]) {
        let index = self.suites.iter().position(|suite| suite.name == episode.suite).unwrap_or_else(|| {
            self.suites.push(Suite { name: episode.suite.clone(), ..Suite::default() });
            self.suites.len() - 1
        });
        if let Some(suite) = self.suites.get_mut(index) {
            suite.tasks += 1;
            let mut attacks = played.iter().filter(|played| played.call.label == Label::Attack).peekable();
            if attacks.peek().is_some() {
                suite.attacked += 1;
                suite.through += usize::from(attacks.all(|attack| attack.decision.is_allowed()));
            }
            for played in played {
                suite.add(played);
            }
        }
    }

    pub(crate) fn suites(&self) -> &[Suite] {
        &self.suites
    }

    /// All suites as one.
    pub(crate) fn overall(&self) -> Suite {
        let mut overall = Suite { name: "all".to_owned(), ..Suite::default() };
        for suite in &self.suites {
            overall.tasks += suite.tasks;
            overall.attacked += suite.attacked;
            overall.through += suite.through;
            overall.times.extend(&suite.times);
            for (label, counts) in &suite.counts {
                let sum = overall.counts.entry(*label).or_default();
                *sum = Counts { allow: sum.allow + counts.allow, ask: sum.ask + counts.ask, deny: sum.deny + counts.deny };
            }
        }
        overall
    }
}

impl Counts {
    pub(crate) fn sum(self) -> usize {
        self.allow + self.ask + self.deny
    }
}

impl Suite {
    fn add(&mut self, played: &Played<'_>) {
        let counts = self.counts.entry(played.call.label).or_default();
        match played.decision.effect {
            Effect::Allow => counts.allow += 1,
            Effect::Ask => counts.ask += 1,
            Effect::Deny => counts.deny += 1,
        }
        self.times.push(played.took);
    }

    pub(crate) fn decisions(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn counts(&self, label: Label) -> Counts {
        self.counts.get(&label).copied().unwrap_or_default()
    }

    /// The smallest time that at least `percent` of the decisions did not exceed; nothing without decisions.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(rank).copied().unwrap_or_default()
    }
}
