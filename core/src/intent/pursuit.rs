//! One piece of work under one intent: the contract, and what has been seen so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, RwLock};

use arc_swap::ArcSwap;
use hashbrown::HashMap;

use super::compile;
use super::directive::is_directive;
use super::drift::{Drift, Drifted};
use super::ground::{Arena, Effort, Source};
use super::judge::{Finding, judge};
use super::tools::Tools;
use super::verdict::IntentRecord;
use crate::catalog::{OutputTrust, Role};
use crate::digest::Digest;
use crate::grant::contract::{Contract, GRANTS_MAX, Mode};
use crate::grant::level::Level;
use crate::json::{Object, Value};

/// The intent of a task, and what it has seen.
#[derive(Debug)]
pub(crate) struct Pursuit {
    contract: ArcSwap<Held>,
    seen: RwLock<Arena>,
    /// Allowed calls of each tool with an effect.
    counts: Mutex<HashMap<String, u32>>,
    drift: Drift,
    /// How many delegations away from the prompt.
    hop: usize,
}

/// What a name takes beside its letters, roughly.
const NAME_BYTES: usize = 40;

/// What a byte of a prompt takes, roughly, with its words and values.
const PROMPT_BYTES: usize = 20;

/// A contract with what follows from it.
#[derive(Debug)]
struct Held {
    contract: Contract,
    digest: Digest,
    /// Tools that only read, and that have to do with what the prompt is about.
    on_topic: BTreeSet<String>,
    /// How much memory it takes, roughly.
    bytes: usize,
}

/// What policies are told of a call's intent.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub finding: Finding,
    pub drifted: Drifted,
    pub hop: usize,
    pub mode: Mode,
    pub issuer: &'static str,
    pub confidence: u16,
    pub contract: Digest,
    pub is_tainted: bool,
}

impl Facts {
    pub(crate) fn record(self) -> IntentRecord {
        let Finding { verdict, scope, why, groundings, directive, only_reads, origins, .. } = self.finding;
        let Drifted { score, denied_probes, is_over } = self.drifted;
        let (hop, mode, contract) = (self.hop, self.mode, self.contract);
        IntentRecord {
            verdict,
            scope,
            why,
            grounding: groundings,
            directive,
            reads: only_reads,
            drift: score,
            drifted: is_over,
            denied_probes,
            hop,
            mode,
            contract,
            origins,
        }
    }
}

impl Pursuit {
    /// Under what the prompt asks for.
    pub(crate) fn of_prompt(prompt: &str, contract: Contract, tools: &Tools) -> Self {
        let pursuit = Self::under(contract, 0, tools);
        if let Ok(mut seen) = pursuit.seen.write() {
            seen.prompt(prompt);
        }
        pursuit
    }

    /// Under a contract handed on, with the user's own prompts, and values and how well they were grounded there.
    pub(crate) fn handed_on(
        contract: Contract,
        (prompts, values): (&[&str], &BTreeMap<String, u8>),
        (hop, salt): (usize, &str),
        tools: &Tools,
    ) -> Self {
        let pursuit = Self::under(contract, hop, tools);
        if let Ok(mut seen) = pursuit.seen.write() {
            for prompt in prompts {
                seen.prompt(prompt);
            }
            seen.carry(salt, values.iter().map(|(digest, level)| (digest.clone(), Level::of(*level))));
        }
        pursuit
    }

    fn under(contract: Contract, hop: usize, tools: &Tools) -> Self {
        Self {
            contract: ArcSwap::from_pointee(Held::of(contract, tools)),
            seen: RwLock::new(Arena::new()),
            counts: Mutex::default(),
            drift: Drift::default(),
            hop,
        }
    }

    pub(crate) fn contract(&self) -> Contract {
        self.contract.load().contract.clone()
    }

    pub(crate) fn hop(&self) -> usize {
        self.hop
    }

    /// How much memory it takes, roughly, as long as nothing was observed.
    pub(crate) fn bytes(&self) -> usize {
        let prompts = self.seen.read().map_or(0, |seen| seen.prompts().iter().map(String::len).sum());
        self.contract.load().bytes + prompts * PROMPT_BYTES
    }

    /// Whether calls are counted, so that two at once must not both be the last.
    pub(crate) fn counts_calls(&self) -> bool {
        self.contract.load().contract.grants.iter().any(|grant| grant.calls_max.is_some())
    }

    /// Another turn of the user: it widens what is asked for.
    pub(crate) fn extend(&self, prompt: &str, more: Contract, tools: &Tools) -> Option<()> {
        // Held to the end: of two turns at once none may be lost, for it may forbid something.
        let mut seen = self.seen.write().ok()?;
        seen.prompt(prompt);
        let mut contract = self.contract();
        contract.mode = contract.mode.max(more.mode);
        // What is asked for now is no longer forbidden.
        let asked: BTreeSet<_> = more.grants.iter().flat_map(|grant| grant.tools.iter().chain(&grant.by_value)).cloned().collect();
        contract.denies.iter_mut().for_each(|deny| deny.forget(&asked));
        contract.denies.retain(|deny| !deny.is_empty());
        contract.grants.extend(more.grants);
        contract.denies.extend(more.denies);
        // What is forbidden is not forgotten for want of room.
        contract.grants.truncate(GRANTS_MAX.saturating_sub(contract.denies.len()));
        contract.denies.truncate(GRANTS_MAX);
        contract.delegated_sources.extend(more.delegated_sources);
        contract.delegated_sources.truncate(GRANTS_MAX);
        // What is spoken of last counts, of very much.
        for (words, more) in [(&mut contract.topics, more.topics), (&mut contract.unknown, more.unknown)] {
            words.extend(more);
            words.drain(..words.len().saturating_sub(GRANTS_MAX));
        }
        contract.confidence = contract.confidence.min(more.confidence);
        self.contract.store(Arc::new(Held::of(contract, tools)));
        self.drift.forgive();
        Some(())
    }

    /// Facts the operator vouches for.
    pub(crate) fn fact(&self, value: &Value) -> Option<()> {
        self.seen.write().ok()?.fact(value);
        Some(())
    }

    /// Takes in what a tool answered.
    pub(crate) fn observe(&self, call: (&str, &Object), output: &Value, floor: Level, tools: &Tools) -> Option<()> {
        let (name, arguments) = call;
        let mut seen = self.seen.write().ok()?;
        let tool = tools.get(name);
        let trust = tool.map_or(OutputTrust::OpenWorld, |tool| tool.output);
        let mut keys = Vec::new();
        let effort = Effort::of_output();
        let reads = |sentence: &str| is_directive(sentence, tools, &effort);
        {
            let search = seen.search(&effort);
            arguments.values().for_each(|value| search.named_in(value, &mut keys, &reads));
        }
        let source = Source {
            structured: true,
            outside: trust == OutputTrust::OpenWorld,
            keys,
            documents: tool.is_none_or(|tool| tool.roles.values().any(|role| matches!(role, Role::Path | Role::Url | Role::Host))),
            own: tool.is_some_and(|tool| tool.is_own),
            first_party: trust == OutputTrust::FirstParty,
            floor,
        };
        seen.output(&source, output, &effort);
        Some(())
    }

    /// What policies are told of this call; `None` when what was seen is no longer known.
    pub(crate) fn judge(&self, name: &str, arguments: &Object, tools: &Tools) -> Option<Facts> {
        let held = self.contract.load();
        let seen = self.seen.read().ok()?;
        let counts = |tool: &str| self.counts.lock().map_or(u32::MAX, |counts| counts.get(tool).copied().unwrap_or(0));
        let effort = Effort::of_decision();
        let search = seen.search(&effort);
        let finding = judge((name, arguments), &held.contract, tools, (&search, &|sentence| is_directive(sentence, tools, &effort)), &counts);
        Some(Facts {
            finding,
            drifted: self.drift.now(),
            hop: self.hop,
            mode: held.contract.mode,
            issuer: held.contract.issuer.as_str(),
            confidence: held.contract.confidence,
            contract: held.digest,
            is_tainted: seen.is_tainted(),
        })
    }

    /// Learns what became of a call.
    pub(crate) fn learn(&self, name: &str, record: &IntentRecord, allowed: bool, denied: bool) {
        let is_on_topic = self.contract.load().on_topic.contains(name);
        self.drift.learn(record, is_on_topic, denied);
        if allowed
            && !record.reads
            && let Ok(mut counts) = self.counts.lock()
        {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// The user's own words so far.
    pub(crate) fn prompts(&self) -> Option<Vec<String>> {
        Some(self.seen.read().ok()?.prompts().to_vec())
    }

    /// What a child may be told: the best known values by their digests; and the worst this task has read.
    pub(crate) fn values(&self, salt: &str, tools: &Tools) -> Option<(BTreeMap<String, u8>, Level)> {
        let seen = self.seen.read().ok()?;
        let effort = Effort::of_handover();
        let reads = |sentence: &str| is_directive(sentence, tools, &effort);
        let search = seen.search(&effort);
        Some((search.values(salt, &reads), search.worst_read(&reads)))
    }

    /// A prompt another agent wrote: nothing in it is better than what that agent had read.
    pub(crate) fn told(&self, prompt: &str, floor: Level) -> Option<()> {
        self.seen.write().ok()?.told(prompt, floor);
        Some(())
    }

    pub(crate) fn worst_read(&self, tools: &Tools) -> Level {
        let effort = Effort::of_handover();
        self.seen.read().map_or(Level::Nowhere, |seen| seen.search(&effort).worst_read(&|sentence| is_directive(sentence, tools, &effort)))
    }
}

impl Held {
    fn of(contract: Contract, tools: &Tools) -> Self {
        let digest = contract.digest();
        let on_topic = compile::on_topic(&contract, tools);
        let sets = contract.grants.iter().chain(&contract.denies).map(|grant| [&grant.tools, &grant.by_value, &grant.perhaps, &grant.about]);
        let bytes = sets.flatten().chain([&on_topic]).flatten().map(|name| name.len() + NAME_BYTES).sum();
        Self { contract, digest, on_topic, bytes }
    }
}
