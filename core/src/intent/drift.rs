//! Whether a task moves away from its purpose: an average that forgets, and a sum that does not.
//!
//! Roberts' EWMA (1959) with α = 0.3, and Page's CUSUM (1954) against slow change, both in thousandths. A signal for
//! policies, no proof of anything.

use std::sync::atomic::{AtomicU32, Ordering};

use super::verdict::{IntentRecord, IntentVerdict, Scope};
use crate::grant::level::Level;

/// Weight of the newest call, in tenths.
const ALPHA: u32 = 3;

/// What a call may be off by without it adding up: an answer out of an unrelated record now and then is ordinary.
const SLACK: u32 = 250;

/// Above these a task has drifted: two calls in three that nobody asked for, or four more than usual.
const AVERAGE_MAX: u32 = 600;
const SUM_MAX: u32 = 2_000;

/// Denied calls after which a task has drifted: one is a mistake, two are a search for what is not watched.
const PROBES_MAX: u32 = 2;

/// What has been seen of a task so far. Counted without a lock: a call more or less at the same moment changes little.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    average: AtomicU32,
    sum: AtomicU32,
    probes: AtomicU32,
}

/// How far a task has drifted at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drifted {
    /// The average, in thousandths.
    pub score: u32,
    pub denied_probes: u32,
    pub is_over: bool,
}

impl Drift {
    pub(crate) fn now(&self) -> Drifted {
        let (score, sum) = (self.average.load(Ordering::Relaxed), self.sum.load(Ordering::Relaxed));
        let denied_probes = self.probes.load(Ordering::Relaxed);
        Drifted { score, denied_probes, is_over: score > AVERAGE_MAX || sum > SUM_MAX || denied_probes >= PROBES_MAX }
    }

    /// The user has spoken again: denied calls are past, and so is the average. The sum goes on.
    pub(crate) fn forgive(&self) {
        self.average.store(0, Ordering::Relaxed);
        self.probes.store(0, Ordering::Relaxed);
    }

    /// Takes in a call, and whether it was denied for its intent.
    pub(crate) fn learn(&self, record: &IntentRecord, is_on_topic: bool, was_denied: bool) {
        let off = off_by(record, is_on_topic);
        let _ = self.average.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |average| Some((off * ALPHA + average * (10 - ALPHA)) / 10));
        let _ = self.sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| Some((sum + off).saturating_sub(SLACK).min(10 * SUM_MAX)));
        if was_denied && record.verdict >= IntentVerdict::Ungrounded {
            self.probes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How far one call is from what was asked for, in thousandths.
fn off_by(record: &IntentRecord, is_on_topic: bool) -> u32 {
    let by_verdict = match record.verdict {
        IntentVerdict::Aligned => 0,
        IntentVerdict::Delegated => 400,
        IntentVerdict::Ungrounded => 900,
        IntentVerdict::OutOfScope => 1_000,
    };
    let is_weak = record.grounding.destination >= Level::NamedText || record.grounding.resource >= Level::NamedText;
    let by_values = if is_weak { 500 } else { 0 };
    let by_topic = if record.reads && !is_on_topic { 400 } else { 0 };
    let by_scope = if record.scope == Scope::Perhaps { 300 } else { 0 };
    by_verdict.max(by_values).max(by_topic).max(by_scope)
}
