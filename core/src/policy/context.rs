//! The context of a call, put together on the stack: what does not change is borrowed from task and snapshot, arguments
//! from the call itself.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::compiled::interpret::Scratch;
use super::compiled::value::{Fields, Name, Names, Set, Val, Value};
use super::{Binding, Case, bridge, places};
use crate::catalog::Role;
use crate::catalog::shape::Typed;
use crate::grant::level::Level;
use crate::intent::{Facts, Groundings};
use crate::json::Value as Json;
use crate::reason::{Code, Reason};

/// Sorted by name, as all records are.
pub(crate) type Members<'c> = SmallVec<[(Name, Val<'c>); 6]>;
pub(crate) type IntentMembers<'c> = SmallVec<[(Name, Val<'c>); INTENT.len()]>;

/// The numbers of the context's own members. The schema's names begin with them, so that they are sorted as they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    origin: Name,
    chain: Name,
    tool: Name,
    system: Name,
    approvals: Name,
    holds: Name,
    now: Name,
    host: Name,
    intent: Name,
    /// The last: without it, it is the context of the delegate action.
    input: Name,
    destinations: Name,
    nulls: Name,
    destination_domains: Name,
    hosts: Name,
    paths: Name,
    within: Name,
    /// The members of `context.intent`, in the order of [`INTENT`].
    facts: [Name; INTENT.len()],
}

/// The members of `context.intent`.
const INTENT: [&str; 19] = [
    "verdict",
    "scope",
    "mode",
    "issuer",
    "contract",
    "confidence",
    "destination",
    "resource",
    "amount",
    "credential",
    "content",
    "directive",
    "reads",
    "reversible",
    "tainted",
    "drift",
    "drifted",
    "denied_probes",
    "hop",
];

impl Slots {
    pub(crate) fn first_of(names: &mut Names) -> Self {
        let mut slot = |name: &str| names.intern(name);
        Self {
            origin: slot("origin"),
            chain: slot("chain"),
            tool: slot("tool"),
            system: slot("system"),
            approvals: slot("approvals"),
            holds: slot("holds"),
            now: slot("now"),
            host: slot("host"),
            intent: slot("intent"),
            input: slot("input"),
            destinations: slot("destinations"),
            nulls: slot("nulls"),
            destination_domains: slot("destination_domains"),
            hosts: slot("hosts"),
            paths: slot("paths"),
            within: slot("within"),
            facts: INTENT.map(&mut slot),
        }
    }

    /// What is the same for every call of one tool under one chain.
    pub(crate) fn steady<'c>(&self, case: &Case<'c>, binding: &'c Binding) -> [(Name, Val<'c>); 4] {
        let participants = case.participants;
        [
            (self.origin, Val::Record(participants.origin.fields())),
            (self.chain, Val::Record(participants.chain.fields())),
            (self.tool, Val::Record(binding.facts.fields())),
            (self.system, Val::Entity(&binding.system)),
        ]
    }

    pub(crate) fn input(&self) -> Name {
        self.input
    }

    /// The members of `context.tool`, with what is made of the arguments.
    pub(crate) fn tool<'c>(&self, case: &Case<'c>, binding: &'c Binding, scratch: &'c Scratch) -> Members<'c> {
        let mut members: Members<'_> = binding.facts.fields().iter().collect();
        let of = |texts: BTreeSet<String>| scratch.keep(Value::Set(texts.into_iter().map(Value::string).collect()));
        members.push((self.destinations, scratch.keep(Value::Set(destinations(case)))));
        members.push((self.nulls, of(case.call.unseen.nulls.iter().cloned().collect())));
        members.push((self.destination_domains, of(places::destination_domains(case))));
        members.push((self.hosts, of(places::hosts(case))));
        members.push((self.paths, of(places::paths(case))));
        members.push((self.within, of(places::within(case))));
        members.sort_unstable_by_key(|(name, _)| *name);
        members
    }

    /// The members of `context.input`, as far as some policy reads them.
    pub(crate) fn arguments<'c>(case: &Case<'c>, binding: &Binding, names: &Names, scratch: &'c Scratch) -> Result<Members<'c>, Reason> {
        let mut members = Members::new();
        for (name, value) in case.call.arguments.iter() {
            // A number that cannot be held is only here if no policy in scope reads it.
            if let Some(name) = binding.inputs.get(name).filter(|_| !case.call.unseen.inexact.contains(&name)) {
                let value = argument(value, names, scratch);
                members.push((*name, value.ok_or_else(|| Reason::new(Code::EngineInternal).because("an argument does not form a value"))?));
            }
        }
        members.sort_unstable_by_key(|(name, _)| *name);
        Ok(members)
    }

    /// The members of `context.intent`.
    pub(crate) fn intent<'c>(&self, case: &Case<'c>, scratch: &'c Scratch) -> IntentMembers<'c> {
        let texts = |texts: [&'c str; 4]| texts.map(Val::String);
        let level = |level: Level| Val::Long(level as i64);
        let facts = case.intent;
        let [verdict, scope, mode, issuer] = match facts {
            Some(facts) => texts([facts.finding.verdict.as_str(), facts.finding.scope.as_str(), facts.mode.as_str(), facts.issuer]),
            None => texts(["unstated"; 4]),
        };
        let worst = facts.map_or_else(Groundings::default, |facts| facts.finding.groundings);
        let contract = facts.map_or_else(String::new, |facts| facts.contract.to_string());
        let is = |of: fn(&Facts) -> bool| Val::Bool(facts.is_some_and(of));
        let count = |of: fn(&Facts) -> i64| Val::Long(facts.map_or(0, of));
        let values = [
            verdict,
            scope,
            mode,
            issuer,
            scratch.keep(Value::string(contract.as_str())),
            count(|facts| i64::from(facts.confidence)),
            level(worst.destination),
            level(worst.resource),
            level(worst.amount),
            level(worst.credential),
            level(worst.content),
            is(|facts| facts.finding.directive),
            is(|facts| facts.finding.only_reads),
            is(|facts| facts.finding.is_reversible),
            is(|facts| facts.is_tainted),
            count(|facts| i64::from(facts.drifted.score)),
            is(|facts| facts.drifted.is_over),
            count(|facts| i64::from(facts.drifted.denied_probes)),
            count(|facts| i64::try_from(facts.hop).unwrap_or(i64::MAX)),
        ];
        let mut members: IntentMembers<'_> = self.facts.into_iter().zip(values).collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        members
    }

    /// All of the context, `input` last.
    #[inline]
    pub(crate) fn all<'c>(
        &self,
        case: &Case<'c>,
        binding: &'c Binding,
        (tool, host, intent, input): (Fields<'c>, Fields<'c>, Fields<'c>, Fields<'c>),
        (approvals, holds): (&'c Set, &'c Set),
    ) -> [(Name, Val<'c>); 10] {
        [
            (self.origin, Val::Record(case.participants.origin.fields())),
            (self.chain, Val::Record(case.participants.chain.fields())),
            (self.tool, Val::Record(tool)),
            (self.system, Val::Entity(&binding.system)),
            (self.approvals, Val::Set(approvals)),
            (self.holds, Val::Set(holds)),
            (self.now, Val::Datetime(case.now.as_millis())),
            (self.host, Val::Record(host)),
            (self.intent, Val::Record(intent)),
            (self.input, Val::Record(input)),
        ]
    }
}

/// A checked argument, seen where it lies; only sets and records are made anew.
fn argument<'c>(value: &'c Typed<'_>, names: &Names, scratch: &'c Scratch) -> Option<Val<'c>> {
    Some(match value {
        Typed::Bool(value) => Val::Bool(*value),
        Typed::Long(value) => Val::Long(*value),
        Typed::Decimal(value) => Val::Decimal(value.ten_thousandths()),
        Typed::String(text) => Val::String(text),
        Typed::Json(text) => Val::String(text),
        other => scratch.keep(bridge::typed(other, names)?),
    })
}

/// Roles and kinds as a set; mostly there are none, and then nothing is made.
pub(crate) fn people<S: AsRef<str>>(texts: impl ExactSizeIterator<Item = S>, is_read: bool) -> Set {
    if is_read && texts.len() > 0 { texts.map(|text| Value::string(text.as_ref())).collect() } else { Set::default() }
}

/// The texts in the arguments that say where something goes, whatever their shape.
fn destinations(case: &Case<'_>) -> Set {
    let mut found = BTreeSet::new();
    for (name, value) in case.call.members {
        if case.call.tool.role(name) == Some(Role::Destination) {
            let is_free = matches!(case.call.arguments.get(name), Some(Typed::Json(_)));
            collect_texts(value, is_free, &mut found);
        }
    }
    found.into_iter().map(Value::string).collect()
}

/// With `keys`, the names of members that are no mere identifiers are texts, too: `{"m@evil.example": "cc"}`.
fn collect_texts<'c>(value: &'c Json, keys: bool, found: &mut BTreeSet<&'c str>) {
    match value {
        Json::String(text) => {
            found.insert(text);
        }
        Json::Array(items) => items.iter().for_each(|item| collect_texts(item, keys, found)),
        Json::Object(members) => {
            let is_text = |name: &&String| !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            found.extend(members.keys().filter(|_| keys).filter(is_text).map(String::as_str));
            members.values().for_each(|member| collect_texts(member, keys, found));
        }
        _ => {}
    }
}
