//! Where a recorded run is played again: one host, one cast, a clock that does not depend on the machine's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick::{Call, Decision, Error, Head, Log, Object, Timestamp};
use bailiwick_store::{Host, HostTask};
use serde_json::json;

use crate::cast::Cast;
use crate::episode::{Episode, Recorded};
use crate::failure::Failure;

/// When a replay begins unless said otherwise: 2025-03-03 09:00 UTC, so that two replays print the same.
pub(crate) const START_MILLIS: i64 = 1_740_992_400_000;
/// The time between two calls.
const STEP_MILLIS: i64 = 1_000;

pub(crate) struct Stage {
    /// What the log is called in the output.
    pub name: String,
    host: Arc<Host>,
    cast: Cast,
    clock: Timestamp,
}

/// A recorded call and what would have been decided.
pub(crate) struct Played<'e> {
    pub call: &'e Recorded,
    pub decision: Decision,
    /// How long deciding and logging took.
    pub took: Duration,
}

/// A log that was checked.
pub(crate) struct Verified {
    pub name: String,
    pub head: Head,
}

impl Stage {
    pub(crate) fn new(name: impl Into<String>, host: Host, cast: Cast, clock: Timestamp) -> Self {
        Self { name: name.into(), host: Arc::new(host), cast, clock }
    }

    /// The time of the next call.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock
    }

    /// Plays one run as a task of its own. Every recorded call is decided, also after one that was not allowed.
    pub(crate) fn play<'e>(&mut self, episode: &'e Episode) -> Result<Vec<Played<'e>>, Failure> {
        let task = self.hand_over(episode).map_err(|error| Failure::Input(format!("{}: {error}", episode.place)))?;
        episode.calls.iter().map(|recorded| self.decide(&task, recorded)).collect()
    }

    /// user → assistant → specialist
    fn hand_over(&self, episode: &Episode) -> Result<HostTask, Error> {
        let Cast { user, assistant, specialist, grants } = &self.cast;
        let start = json!({ "id": episode.id, "origin": user, "agent": assistant, "prompt": episode.prompt, "grant": grants.assistant });
        let handover = json!({ "agent": specialist, "prompt": episode.prompt, "grant": grants.specialist });
        self.host.begin(&start.to_string(), self.clock)?.delegate(&handover.to_string(), self.clock)
    }

    fn decide<'e>(&mut self, task: &HostTask, recorded: &'e Recorded) -> Result<Played<'e>, Failure> {
        let call = Call::new(&recorded.tool, recorded.args.clone());
        let facts = Object::new();
        let started = Instant::now();
        let decision = task.decide(&call, &facts, self.clock);
        let took = started.elapsed();
        let log = self.host.log();
        let last = log.head().size.checked_sub(1).and_then(|last| log.entry(last));
        if last != Some(decision.to_bytes().as_slice()) {
            return Err(Failure::Audit(format!("the last entry is not decision {}", decision.id())));
        }
        drop(log);
        self.clock = self.clock.plus_millis(STEP_MILLIS);
        Ok(Played { call: recorded, decision, took })
    }

    /// Hashes the log again, and proves of every entry that it is in it.
    pub(crate) fn verify(&self) -> Result<Verified, Failure> {
        let log = self.host.log();
        let head = log.head();
        log.verify(&head).map_err(|damage| Failure::Audit(format!("{}: {damage}", self.name)))?;
        let is_included = |index| {
            let (entry, proof) = (log.entry(index)?, log.inclusion(index, head.size)?);
            Log::includes(&head, index, entry, &proof).then_some(())
        };
        match (0..head.size).find(|index| is_included(*index).is_none()) {
            Some(index) => Err(Failure::Audit(format!("{}: entry {index} has no proof", self.name))),
            None => Ok(Verified { name: self.name.clone(), head }),
        }
    }
}
