//! Cedar: every participant is asked, and all must permit. No Cedar type leaves this module.

mod bridge;
mod compiled;
mod context;
mod diagnose;
mod gates;
mod host;
mod index;
#[cfg(test)]
mod laws;
mod lint;
mod load;
pub(crate) mod oracle;
mod participants;
mod places;
mod reach;
mod readers;
mod reads;
pub(crate) mod record;
mod report;
mod resources;
mod rules;
mod sampling;
mod schema;
mod source;
mod validation;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use cedar_policy::Schema;
use hashbrown::HashMap;

use crate::catalog::shape::Typed;
use crate::catalog::{Catalog, CheckedCall};
use crate::digest::Digest;
use crate::error::Error;
use crate::grant::EntityRef;
use crate::intent::Facts;
use crate::json::Object;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;
use bridge::typed;
use compiled::entities::{Entities, Layers};
use compiled::interpret::{Machine, Paths, Scratch};
use compiled::scope::Parties;
use compiled::value::{Fields, Name, Names, Record, Uid};
use context::{IntentMembers, Members, Slots, people};
use gates::{Contexts, Plan, Traits};
use host::HostFacts;
pub use lint::Warning;
use load::Annotations;
pub(crate) use participants::Participants;
pub use report::Report;
use resources::Reading;
pub use resources::Resources;
use rules::{CedarSide, Rules, cedar_context};
pub use source::{Baseline, Source};
pub(crate) use verdict::Verdict;

/// Policies that were parsed, validated, compiled and filed: an immutable snapshot, ready to swap in.
///
/// Made by [`crate::Engine::compile`].
///
/// ```
/// use bailiwick::{Source, doc};
/// let engine = doc::engine();
/// let stricter = engine.compile(&[Source::new("none.cedar", "forbid(principal, action, resource);")])?;
/// let before = engine.swap(stricter)?;
/// assert_eq!((before.len(), engine.policies().len()), (1, 1));
/// # Ok::<(), bailiwick::Error>(())
/// ```
pub struct Policies {
    /// The entity types and actions; see [`schema::Joined`].
    schema: Schema,
    schema_text: String,
    /// Of the catalog's schema and the host's: resources are only understood under the same.
    schema_digest: Digest,
    facts: HostFacts,
    /// The ids of the host's entity types that list them; others there are none of.
    enumerated: BTreeMap<String, BTreeSet<String>>,
    names: Arc<Names>,
    slots: Slots,
    base: Entities,
    tools: HashMap<Box<str>, Binding>,
    /// `Action::"delegate"`
    delegate: Arc<Uid>,
    rules: Rules,
    /// By the numbers of the rules.
    traits: Box<[Traits]>,
    annotations: HashMap<u32, Annotations>,
    has_shadow: bool,
    warnings: Vec<Warning>,
    /// The agents and blueprints policies name.
    mentions: Vec<lint::Mention>,
    /// The groups they name, and the roles they ask.
    groups: BTreeSet<String>,
    /// The sources they are in, to say where.
    mentioning: Vec<Source>,
    digest: Digest,
    /// Kept when decisions are to be compared with Cedar's.
    cedar: Option<cedar_policy::PolicySet>,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Policies({} policies, {})", self.len(), self.digest)
    }
}

/// How policies name a tool, and what they know of it before it is called.
pub(crate) struct Binding {
    action: Arc<Uid>,
    tool: Arc<Uid>,
    system: Arc<Uid>,
    /// The members of `context.tool` that do not depend on arguments.
    facts: Record,
    /// The arguments some policy reads.
    inputs: HashMap<Box<str>, Name>,
    /// For each argument that a policy in whose scope the tool is reads: the id of such a policy.
    readers: HashMap<Box<str>, Arc<str>>,
}

/// One call in its circumstances, as policies will see it.
#[derive(Clone, Copy)]
pub(crate) struct Case<'c> {
    pub call: &'c CheckedCall<'c>,
    pub participants: &'c Participants,
    pub resources: &'c Resources,
    pub host: &'c Object,
    /// What was found of its intent; `None` when the task has no prompt.
    pub intent: Option<&'c Facts>,
    /// Roles whose approval of this very call was given.
    pub approved: &'c BTreeSet<String>,
    /// Kinds of holds in force that do not deny.
    pub holds: &'c [&'c str],
    pub now: Timestamp,
    pub asking: Asking,
}

/// How thoroughly policies are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// Every policy that permits is found, not just enough of them.
    pub all_reasons: bool,
    /// Cedar is asked the same, and must agree.
    pub is_sampled: bool,
}

/// How an engine asks its policies, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub all_reasons: bool,
    /// One decision in so many is compared with Cedar's.
    pub sampled: Option<NonZeroU32>,
}

impl Policies {
    pub(crate) fn load(catalog: &Catalog, host_schema: &[Source], sources: &[Source], settings: Settings) -> Result<Self, Error> {
        with_room(|| load::load(catalog, host_schema, sources, settings))
    }

    /// How many policies there are.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::engine().policies().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none, so that everything is denied.
    ///
    /// ```
    /// assert!(!bailiwick::doc::engine().policies().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The digest of policies, schema and tools.
    ///
    /// ```
    /// let engine = bailiwick::doc::engine();
    /// assert_ne!(engine.compile(&[])?.digest(), engine.policies().digest());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The generated Cedar schema, as text for editors and reviewers.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().policies().schema().contains("action \"erp.pay\""));
    /// ```
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema_text
    }

    /// What Cedar's validator found odd but not wrong, such as a policy that can never apply.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().policies().warnings().is_empty());
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The arguments of a tool that policies in force read, each with the id of one of them; sorted.
    pub(crate) fn read_arguments(&self, tool: &str) -> Vec<(&str, &str)> {
        let readers = self.tools.get(tool).map(|binding| &binding.readers);
        let mut read: Vec<_> = readers.into_iter().flatten().map(|(argument, reader)| (&**argument, &**reader)).collect();
        read.sort_unstable();
        read
    }

    /// Whether any policy asks for the intent.
    pub(crate) fn reads_intent(&self) -> bool {
        self.traits.iter().any(|traits| traits.needs.intent)
    }

    pub(crate) fn schema_digest(&self) -> Digest {
        self.schema_digest
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn resources(&self, text: Option<&str>) -> Result<Resources, Error> {
        Resources::read(text, &self.reading())
    }

    pub(crate) fn change(&self, resources: &Resources, text: &str, removed: &[EntityRef]) -> Result<Resources, Error> {
        resources.changed(text, removed, &self.reading())
    }

    fn reading(&self) -> Reading<'_> {
        Reading { schema: &self.schema, digest: self.schema_digest, names: &self.names, base: &self.base }
    }

    /// Asks every gate, in one pass.
    pub(crate) fn permit(&self, case: &Case<'_>) -> Verdict {
        self.ask(case).unwrap_or_else(Verdict::refused)
    }

    fn ask(&self, case: &Case<'_>) -> Result<Verdict, Reason> {
        let internal = |what: &str| Reason::new(Code::EngineInternal).because(what);
        let binding = self.tools.get(case.call.tool.name()).ok_or_else(|| internal("the tool has no action"))?;
        if case.resources.schema() != self.schema_digest {
            return Err(internal("the resources were read by another schema"));
        }
        if let Some((kind, id)) = &case.call.resource
            && self.enumerated.get(*kind).is_some_and(|ids| !ids.contains(id.as_ref()))
        {
            return Err(Reason::new(Code::CallArgumentInvalid).because(format!("there is no `{kind}` of this id")));
        }
        if let Some((name, reader)) = case.call.unseen.inexact.iter().find_map(|name| Some((name, binding.readers.get(*name)?))) {
            let detail = format!(
                "policy `{reader}` reads `context.input.{name}`, and Cedar cannot hold its number exactly: give at most four decimal places, \
                 declare it as a string, or do not read it"
            );
            return Err(Reason::new(Code::CallArgumentInexact).because(detail));
        }
        // An address or date in the host's facts that is none must be noticed, read or not.
        let host = self.host_facts(case.host)?;
        let scratch = Scratch::default();
        let plan = self.plan(case, binding, &scratch);
        let made;
        let tool = if plan.needs.destinations {
            made = self.slots.tool(case, binding, &scratch);
            Fields::Fresh(&made)
        } else {
            binding.facts.fields()
        };
        let input = if plan.needs.input { Slots::arguments(case, binding, &self.names, &scratch)? } else { Members::new() };
        let (approvals, holds) = (people(case.approved.iter(), plan.needs.people), people(case.holds.iter(), plan.needs.people));
        let intent = if plan.needs.intent { self.slots.intent(case, &scratch) } else { IntentMembers::new() };
        let (facts, given) = (Fields::Fresh(&intent), Fields::Fresh(&input));
        let members = self.slots.all(case, binding, (tool, host.fields(), facts, given), (&approvals, &holds));
        debug_assert!(members.is_sorted_by_key(|(name, _)| *name), "records are compared member by member");
        let [common @ .., _input] = &members;
        let contexts = Contexts { common: Fields::Fresh(common), with_input: Fields::Fresh(&members) };
        let machine = self.machine(case, &plan, contexts.with_input, &scratch);
        let cedar = |context: Fields<'_>| self.cedar_side(case, context);
        let all_reasons = case.asking.all_reasons || case.asking.is_sampled || self.has_shadow;
        let heard = plan.hear(case.participants, &self.rules, (machine, contexts, &cedar), all_reasons);
        if case.asking.is_sampled {
            self.compare(case, &plan, &heard, contexts)?;
        }
        Ok(self.combine(case, &heard))
    }

    fn host_facts(&self, facts: &Object) -> Result<Record, Reason> {
        let facts = self.facts.check(facts)?;
        if let Some(kind) = facts.iter().find_map(|(_, value)| self.unlisted(value)) {
            return Err(Reason::new(Code::RequestHostFacts).because(format!("there is no `{kind}` of this id")));
        }
        let wrong = || Reason::new(Code::RequestHostFacts).because("an address, date or duration is not written as one");
        facts.iter().map(|(name, value)| Some((self.names.get(name)?, typed(value, &self.names)?))).collect::<Option<_>>().ok_or_else(wrong)
    }

    /// The type of an entity in the value whose type lists its ids, and not this one.
    fn unlisted<'v>(&self, value: &'v Typed<'_>) -> Option<&'v str> {
        match value {
            Typed::Entity { kind, id } => self.enumerated.get(*kind).filter(|ids| !ids.contains(*id)).map(|_| *kind),
            Typed::Set(items) => items.iter().find_map(|item| self.unlisted(item)),
            Typed::Lone(item) => self.unlisted(item),
            Typed::Record(members) => members.iter().find_map(|(_, member)| self.unlisted(member)),
            _ => None,
        }
    }

    /// What is known of this tool and resource under this chain.
    fn plan(&self, case: &Case<'_>, binding: &Binding, scratch: &Scratch) -> Arc<Plan> {
        let (hash, kind, id) = match &case.call.resource {
            Some((kind, id)) => (self.names.hash(kind, id), *kind, id.as_ref()),
            None => (binding.tool.hash(), &*binding.tool.kind, &*binding.tool.id),
        };
        let make = || {
            let steady = self.slots.steady(case, binding);
            let resource = self.names.uid(kind, id);
            let parties = Parties { principal: &resource, action: &binding.action, resource: &resource };
            let machine = Machine {
                code: &self.rules.code,
                parties,
                context: Fields::Fresh(&steady),
                entities: layers(case),
                scratch,
                paths: Paths::default(),
            };
            let cedar = |context: Fields<'_>| self.cedar_side(case, context);
            let action = (case.call.tool.name(), &binding.action, &self.delegate);
            Plan::make(
                action,
                (self.names.uid(kind, id), self.slots.input()),
                case.participants,
                &self.rules,
                |rule| self.traits_of(rule),
                (machine, &cedar),
            )
        };
        case.participants.plan(case.call.tool.name(), (hash, kind, id), make)
    }

    fn machine<'m>(&'m self, case: &Case<'m>, plan: &'m Plan, context: Fields<'m>, scratch: &'m Scratch) -> Machine<'m> {
        let parties = Parties { principal: &plan.resource, action: &plan.resource, resource: &plan.resource };
        Machine { code: &self.rules.code, parties, context, entities: layers(case), scratch, paths: Paths::default() }
    }

    /// What Cedar needs to be asked the same.
    fn cedar_side(&self, case: &Case<'_>, context: Fields<'_>) -> Option<CedarSide> {
        let names = &self.rules.code.names;
        let context = cedar_context(context.iter().map(|(name, value)| (names.text(name), value.keep())), names)?;
        if let Some(entities) = case.participants.cedar_entities.load_full() {
            return Some(CedarSide { context, entities });
        }
        let all = case.participants.entities.iter().chain(case.resources.entities().iter());
        let entities = Arc::new(bridge::cedar_entities(all, names)?);
        case.participants.cedar_entities.store(Some(Arc::clone(&entities)));
        Some(CedarSide { context, entities })
    }

    fn traits_of(&self, rule: u32) -> Traits {
        self.traits.get(rule as usize).copied().unwrap_or(Traits::UNKNOWN)
    }

    fn notes(&self, rule: u32) -> Option<&Annotations> {
        self.annotations.get(&rule)
    }
}

/// Cedar takes its syntax trees apart level by level, on the stack, and a list of alternatives is as deep as it is long.
/// Memory is only taken as far as it is used.
fn with_room<T>(load: impl FnOnce() -> T) -> T {
    const STACK: usize = 256 << 20;
    stacker::grow(STACK, load)
}

fn layers<'c>(case: &Case<'c>) -> Layers<'c> {
    Layers { near: &case.participants.entities, far: case.resources.entities() }
}
