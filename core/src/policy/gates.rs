//! The gates of a chain, asked in one pass: a policy is evaluated once for all the gates at which it says the same.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use smallvec::SmallVec;

use super::compiled::interpret::Machine;
use super::compiled::scope::Parties;
use super::compiled::value::{Fields, Uid};
use super::index::Rule;
use super::participants::{Participants, Question};
use super::rules::{MakeCedarSide, Rules};
use crate::decision::GateRecord;

/// Which gates, by their place among the questions: a bit each. A chain has at most 33.
pub(crate) type GateSet = u64;

pub(crate) fn gate(place: usize) -> GateSet {
    1 << (place & 63)
}

/// What it means that a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Permit,
    /// A permit with `@own_authority`.
    OwnAuthority,
    Forbid,
    /// A forbid that approval lifts.
    Ask,
    ShadowPermit,
    ShadowOwnAuthority,
    ShadowForbid,
    ShadowAsk,
}

impl Class {
    pub(crate) fn is_shadow(self) -> bool {
        matches!(self, Self::ShadowPermit | Self::ShadowOwnAuthority | Self::ShadowForbid | Self::ShadowAsk)
    }

    pub(crate) fn permits(self) -> bool {
        matches!(self, Self::Permit | Self::OwnAuthority | Self::ShadowPermit | Self::ShadowOwnAuthority)
    }
}

/// What of the context a policy reads that is made for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub input: bool,
    pub destinations: bool,
    pub people: bool,
    /// Anything at all that differs between calls of one tool on one resource.
    pub anything: bool,
}

impl Needs {
    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            input: self.input || other.input,
            destinations: self.destinations || other.destinations,
            people: self.people || other.people,
            anything: self.anything || other.anything,
        }
    }
}

/// What is known of a policy beside its code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub class: Class,
    pub needs: Needs,
    /// Whether, once a gate is permitted, it can be left out: a permit that cannot fail and has nothing to add.
    pub is_spare: bool,
}

/// Everything that holds for each call of one tool on one resource under one chain: what the steady policies said, and
/// which others remain to be evaluated.
pub(crate) struct Plan {
    pub tool: Box<str>,
    pub resource: Arc<Uid>,
    action: Arc<Uid>,
    delegate: Arc<Uid>,
    settled: Heard,
    /// Forbids first.
    open: Box<[Asked]>,
    pub needs: Needs,
    /// What was permitted the last time all gates did, and by what.
    last: ArcSwapOption<Permitted>,
}

/// A policy, and the gates at which it is evaluated once for all.
#[derive(Clone, Copy, Debug)]
struct Asked {
    rule: Rule,
    class: Class,
    is_spare: bool,
    /// The gate it is evaluated at.
    at: u8,
    gates: GateSet,
}

/// The policies that applied, and those that failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    marks: [GateSet; 8],
    failed: GateSet,
    applied: SmallVec<[(Rule, Class, GateSet); 24]>,
    failures: Vec<(Rule, Class, GateSet, String)>,
}

/// An account of gates that all permitted.
pub(crate) struct Permitted {
    applied: SmallVec<[(Rule, Class, GateSet); 24]>,
    pub gates: Arc<[GateRecord]>,
    pub obligations: Vec<String>,
}

/// The contexts of one call: the delegate action has no input.
#[derive(Clone, Copy)]
pub(crate) struct Contexts<'c> {
    pub common: Fields<'c>,
    pub with_input: Fields<'c>,
}

impl Plan {
    pub(crate) fn make(
        (tool, action, delegate): (&str, &Arc<Uid>, &Arc<Uid>),
        resource: Uid,
        participants: &Participants,
        rules: &Rules,
        traits: impl Fn(Rule) -> Traits,
        (machine, cedar): (Machine<'_>, &MakeCedarSide<'_>),
    ) -> Self {
        let (action, delegate) = (Arc::clone(action), Arc::clone(delegate));
        let mut plan = Self {
            tool: tool.into(),
            resource: Arc::new(resource),
            action,
            delegate,
            settled: Heard::default(),
            open: Box::default(),
            needs: Needs::default(),
            last: ArcSwapOption::empty(),
        };
        let mut asked: Vec<Asked> = Vec::new();
        for (place, question) in participants.questions.iter().enumerate() {
            for rule in rules.candidates(&plan.parties(question), machine.entities) {
                let Traits { class, is_spare, .. } = traits(rule);
                let reads = rules.traits(rule);
                let is_delegate = question.delegate.is_some();
                // At gates of one kind only principals differ; at delegate gates resources, too.
                let is_shared = !reads.reads_principal && !(is_delegate && reads.reads_resource);
                let same = |known: &&mut Asked| known.rule == rule && is_shared && plan.is_delegate(participants, known.at) == is_delegate;
                match asked.iter_mut().find(same) {
                    Some(known) => known.gates |= gate(place),
                    None => asked.push(Asked { rule, class, is_spare, at: u8::try_from(place).unwrap_or(u8::MAX), gates: gate(place) }),
                }
            }
        }
        // By rule, for reasons to be sorted; forbids first, for the first of them to end it.
        asked.sort_by_key(|asked| (asked.class.permits(), asked.rule, asked.at));
        let (open, steady): (Vec<_>, Vec<_>) = asked.into_iter().partition(|asked| traits(asked.rule).needs.anything);
        let mut settled = Heard::default();
        for asked in steady {
            plan.put(&mut settled, asked, participants, rules, machine, cedar);
        }
        plan.needs = open.iter().fold(Needs::default(), |needs, asked| needs.join(traits(asked.rule).needs));
        Self { settled, open: open.into(), ..plan }
    }

    /// Evaluates what is open. With `reasons`, all of it; without, until somebody forbids, and of spare permits one.
    pub(crate) fn hear(
        &self,
        participants: &Participants,
        rules: &Rules,
        (machine, contexts, cedar): (Machine<'_>, Contexts<'_>, &MakeCedarSide<'_>),
        with_all_reasons: bool,
    ) -> Heard {
        let mut heard = self.settled.clone();
        for asked in &self.open {
            if !with_all_reasons {
                let [permitted, _, forbidden, ..] = heard.marks;
                if forbidden | heard.failed != 0 {
                    break;
                }
                if asked.is_spare && asked.gates & !permitted == 0 {
                    continue;
                }
            }
            let context = if self.is_delegate(participants, asked.at) { contexts.common } else { contexts.with_input };
            self.put(&mut heard, *asked, participants, rules, Machine { context, ..machine }, cedar);
        }
        heard
    }

    fn put(&self, heard: &mut Heard, asked: Asked, participants: &Participants, rules: &Rules, machine: Machine<'_>, cedar: &MakeCedarSide<'_>) {
        let Some(question) = participants.questions.get(usize::from(asked.at)) else {
            return heard.fail(asked, "a gate is not there".to_owned());
        };
        let parties = self.parties(question);
        match rules.applies(asked.rule, &Machine { parties, ..machine }, cedar) {
            Ok(true) => heard.apply(asked),
            Ok(false) => {}
            Err(why) => heard.fail(asked, why),
        }
    }

    pub(crate) fn parties<'p>(&'p self, question: &'p Question) -> Parties<'p> {
        match &question.delegate {
            Some(agent) => Parties { principal: &question.principal, action: &self.delegate, resource: agent },
            None => Parties { principal: &question.principal, action: &self.action, resource: &self.resource },
        }
    }

    fn is_delegate(&self, participants: &Participants, place: u8) -> bool {
        participants.questions.get(usize::from(place)).is_some_and(|question| question.delegate.is_some())
    }

    /// The account of gates that all permitted: made anew only when others permitted than the last time.
    pub(crate) fn permitted(&self, heard: &Heard, make: impl FnOnce() -> (Vec<GateRecord>, Vec<String>)) -> Arc<Permitted> {
        let last = self.last.load();
        if let Some(last) = last.as_ref().filter(|last| last.applied == heard.applied) {
            return Arc::clone(last);
        }
        let (gates, obligations) = make();
        let permitted = Arc::new(Permitted { applied: heard.applied.clone(), gates: gates.into(), obligations });
        self.last.store(Some(Arc::clone(&permitted)));
        permitted
    }
}

impl Heard {
    fn apply(&mut self, asked: Asked) {
        if let Some(marks) = self.marks.get_mut(asked.class as usize) {
            *marks |= asked.gates;
        }
        self.applied.push((asked.rule, asked.class, asked.gates));
    }

    fn fail(&mut self, asked: Asked, why: String) {
        // What is only tried out fails without consequence.
        if !asked.class.is_shadow() {
            self.failed |= asked.gates;
        }
        self.failures.push((asked.rule, asked.class, asked.gates, why));
    }

    /// The gates at which some policy of the class applies.
    pub(crate) fn marks(&self, class: Class) -> GateSet {
        self.marks.get(class as usize).copied().unwrap_or_default()
    }

    /// The gates at which some policy that counts failed.
    pub(crate) fn failed(&self) -> GateSet {
        self.failed
    }

    /// Of these gates, the policies that applied, of the classes wanted; sorted, each once.
    pub(crate) fn applied(&self, gates: GateSet, wanted: impl Fn(Class) -> bool) -> Vec<Rule> {
        sorted(self.applied.iter().filter(|(_, class, at)| at & gates != 0 && wanted(*class)).map(|(rule, ..)| *rule))
    }

    /// Of these gates, the policies that failed, with why; sorted, each once.
    pub(crate) fn failures(&self, gates: GateSet, wanted: impl Fn(Class) -> bool) -> Vec<(Rule, &str)> {
        let failures = self.failures.iter().filter(|(_, class, at, _)| at & gates != 0 && wanted(*class));
        let mut failures: Vec<_> = failures.map(|(rule, _, _, why)| (*rule, why.as_str())).collect();
        failures.sort_unstable();
        failures.dedup_by_key(|(rule, _)| *rule);
        failures
    }
}

fn sorted(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut rules: Vec<_> = rules.collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
