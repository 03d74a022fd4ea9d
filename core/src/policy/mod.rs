//! Cedar: every participant is asked, and all must permit. No Cedar type leaves this module.

mod diagnose;
mod express;
mod gates;
mod host;
mod index;
#[cfg(test)]
mod laws;
mod load;
mod participants;
mod reads;
mod resources;
mod schema;
mod source;

use std::collections::{BTreeSet, HashMap};

use cedar_policy::{Context, Entities, EntityId, EntityTypeName, EntityUid, PolicyId, RestrictedExpression, Schema};
use indexmap::IndexMap;

use crate::catalog::shape::Typed;
use crate::catalog::{Catalog, CheckedCall, Role};
use crate::decision::{Effect, GateRecord, Shadow};
use crate::digest::Digest;
use crate::error::Error;
use crate::json::Object;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;
use gates::{Answer, Contexts, Gates};
use host::HostFacts;
use index::Index;
use load::Annotations;
pub(crate) use participants::Participants;
use participants::Question;
use reads::{DESTINATIONS, Reads};
pub use resources::Resources;
pub use source::Source;

/// Policies that were parsed, validated and filed: an immutable snapshot, ready to swap in.
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
    schema: Schema,
    schema_text: String,
    facts: HostFacts,
    base: Entities,
    uids: HashMap<String, ToolUids>,
    /// `Action::"delegate"`
    delegate: EntityUid,
    index: Index,
    /// What the steady policies read between them, and what the others do.
    reads_steady: Reads,
    reads_varying: Reads,
    annotations: HashMap<PolicyId, Annotations>,
    has_shadow: bool,
    warnings: Vec<String>,
    digest: Digest,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Policies({} policies, {})", self.len(), self.digest)
    }
}

/// How Cedar names a tool.
pub(crate) struct ToolUids {
    action: EntityUid,
    tool: EntityUid,
    system: EntityUid,
    /// The type of the host's resource, where the tool names one.
    resource_type: Option<EntityTypeName>,
}

/// One call in its circumstances, as Cedar will see it.
pub(crate) struct Case<'c> {
    pub call: &'c CheckedCall<'c>,
    pub participants: &'c Participants,
    pub host: &'c Object,
    /// Roles whose approval of this very call was given.
    pub approved: &'c BTreeSet<String>,
    /// Kinds of holds in force that do not deny.
    pub holds: Vec<&'c str>,
    pub now: Timestamp,
}

/// What the gates say together.
pub(crate) struct Verdict {
    pub effect: Effect,
    pub reason: Reason,
    /// Roles whose approval is missing.
    pub ask: BTreeSet<String>,
    pub gates: Vec<GateRecord>,
    pub obligations: Vec<String>,
    pub shadow: Option<Shadow>,
}

impl Policies {
    pub(crate) fn load(catalog: &Catalog, host_schema: &[Source], sources: &[Source]) -> Result<Self, Error> {
        load::load(catalog, host_schema, sources)
    }

    /// How many policies there are.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::engine().policies().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.annotations.len()
    }

    /// Whether there are none, so that everything is denied.
    ///
    /// ```
    /// assert!(!bailiwick::doc::engine().policies().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.annotations.is_empty()
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
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn resources(&self, text: Option<&str>) -> Result<Resources, Error> {
        Resources::read(text, &self.schema, &self.base)
    }

    fn reads_below(&self, member: &str, below: &str) -> bool {
        self.reads_steady.wants_below(member, below) || self.reads_varying.wants_below(member, below)
    }

    /// Asks every gate. Stops at the first that denies, unless shadow policies
    /// want to hear them all.
    pub(crate) fn permit(&self, case: &Case<'_>) -> Verdict {
        match self.ask_all(case) {
            Ok(answers) => self.combine(case, &answers),
            Err(reason) => Verdict::refused(reason),
        }
    }

    fn ask_all<'p>(&self, case: &Case<'p>) -> Result<Vec<(&'p Question, Answer)>, Reason> {
        let internal = |what: &str| Reason::new(Code::EngineInternal).because(what);
        let uids = self.uids.get(case.call.tool.name()).ok_or_else(|| internal("the tool has no action"))?;
        let resource = match (&case.call.resource, &uids.resource_type) {
            (Some((_, id)), Some(kind)) => EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id)),
            (None, None) => uids.tool.clone(),
            _ => return Err(internal("the tool's resource changed")),
        };
        let questions = &case.participants.questions;
        let gates = Gates::new(&self.index, case.participants, &uids.action, &self.delegate, &resource);
        let steady = case.participants.steady(&uids.action, &resource, || {
            let hearing = gates.hear(case.context(self, uids, &self.reads_steady)?, |bucket| &bucket.steady);
            Ok(questions.iter().map(|question| hearing.ask(question)).collect())
        })?;
        let hearing = gates.hear(case.context(self, uids, &self.reads_varying)?, |bucket| &bucket.varying);
        let mut answers = Vec::with_capacity(questions.len());
        for (question, steady) in questions.iter().zip(steady.iter()) {
            let mut answer = hearing.ask(question);
            answer.join(steady);
            let is_final = !self.has_shadow
                && self.judge(question, &answer, &BTreeSet::new(), Counting::Enforced).is_some_and(|reason| reason.code != Code::PolicyAsk);
            answers.push((question, answer));
            if is_final {
                break;
            }
        }
        Ok(answers)
    }

    /// Why the gate does not permit; `None` when it does.
    fn judge(&self, question: &Question, answer: &Answer, approved: &BTreeSet<String>, counting: Counting) -> Option<Reason> {
        let no = |code, policies: Vec<&PolicyId>| Some(self.reason(question, code, &policies));
        let with_shadow = counting == Counting::WithShadow;
        if let Some((id, error)) = answer.errors.first_key_value() {
            return no(Code::PolicyError, answer.errors.keys().collect()).map(|reason| reason.because(format!("`{id}`: {error}")));
        }
        let shadow = || answer.shadow_forbids.iter().filter(|_| with_shadow);
        let forbids: Vec<_> = answer.forbids.iter().chain(shadow().filter(|id| self.role(id).is_none())).collect();
        if !forbids.is_empty() {
            return no(Code::PolicyForbidden, forbids);
        }
        let mut permits = answer.permits.iter().chain(answer.shadow_permits.iter().filter(|_| with_shadow)).peekable();
        if permits.peek().is_none() {
            return no(Code::PolicyNoPermit, Vec::new());
        }
        if question.own_authority && !permits.any(|id| self.notes(id).is_some_and(|notes| notes.own_authority)) {
            return no(Code::PolicyOwnAuthority, Vec::new());
        }
        let asks = answer.asks.iter().chain(shadow().filter(|id| self.role(id).is_some()));
        let open: Vec<_> = asks.filter(|id| self.role(id).is_none_or(|role| !approved.contains(role))).collect();
        if open.is_empty() { None } else { no(Code::PolicyAsk, open) }
    }

    fn combine(&self, case: &Case<'_>, answers: &[(&Question, Answer)]) -> Verdict {
        let enforced = self.overall(case, answers, Counting::Enforced);
        let shadow = self.has_shadow.then(|| self.overall(case, answers, Counting::WithShadow)).filter(|shadow| shadow.0 != enforced.0);
        let shadow = shadow.map(|(effect, _)| {
            let met: BTreeSet<_> =
                answers.iter().flat_map(|(_, answer)| answer.shadow_permits.iter().chain(&answer.shadow_forbids)).map(ToString::to_string).collect();
            Shadow { effect, policies: met.into_iter().collect() }
        });
        let (effect, reason) = enforced;
        let mut ask = BTreeSet::new();
        let mut deciding: BTreeSet<&PolicyId> = BTreeSet::new();
        let mut gates = Vec::new();
        for (question, answer) in answers {
            if self.judge(question, answer, case.approved, Counting::Enforced).is_none_or(|reason| reason.code == Code::PolicyAsk) {
                gates.push(GateRecord { gate: question.gate, hop: question.hop, permits: answer.permits.iter().map(ToString::to_string).collect() });
            }
            match effect {
                Effect::Allow => deciding.extend(&answer.permits),
                Effect::Ask => {
                    let roles = answer.asks.iter().filter_map(|id| self.role(id));
                    ask.extend(roles.filter(|role| !case.approved.contains(*role)).map(str::to_owned));
                    deciding.extend(&answer.asks);
                }
                Effect::Deny => deciding.extend(answer.forbids.iter().filter(|id| reason.policies.contains(&id.to_string()))),
            }
        }
        let obligations: BTreeSet<_> = deciding.into_iter().filter_map(|id| self.notes(id)?.obligation.clone()).collect();
        Verdict { effect, reason, ask, gates, obligations: obligations.into_iter().collect(), shadow }
    }

    /// The first gate that denies, else the first that asks, else allow.
    fn overall(&self, case: &Case<'_>, answers: &[(&Question, Answer)], counting: Counting) -> (Effect, Reason) {
        let mut asked = None;
        for (question, answer) in answers {
            match self.judge(question, answer, case.approved, counting) {
                None => {}
                Some(reason) if reason.code == Code::PolicyAsk => asked = asked.or(Some(reason)),
                Some(reason) => return (Effect::Deny, reason),
            }
        }
        // Fewer answers than questions means a gate was never asked.
        if answers.len() < case.participants.questions.len() {
            return (Effect::Deny, Reason::new(Code::EngineInternal).because("a gate was not asked"));
        }
        asked.map_or((Effect::Allow, Reason::new(Code::Permitted)), |reason| (Effect::Ask, reason))
    }

    fn reason(&self, question: &Question, code: Code, policies: &[&PolicyId]) -> Reason {
        let said: BTreeSet<_> = policies.iter().filter_map(|id| self.notes(id)?.reason.as_deref()).collect();
        let mut reason = Reason::new(code).at(question.hop).because(said.into_iter().collect::<Vec<_>>().join("; "));
        reason.gate = Some(question.gate);
        reason.policies = policies.iter().map(ToString::to_string).collect();
        reason
    }

    fn notes(&self, id: &PolicyId) -> Option<&Annotations> {
        self.annotations.get(id)
    }

    fn role(&self, id: &PolicyId) -> Option<&str> {
        self.notes(id)?.ask.as_deref()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Counting {
    Enforced,
    WithShadow,
}

impl Verdict {
    fn refused(reason: Reason) -> Self {
        Self { effect: Effect::Deny, reason, ask: BTreeSet::new(), gates: Vec::new(), obligations: Vec::new(), shadow: None }
    }
}

impl Case<'_> {
    /// The context, as far as some policy reads it.
    fn context(&self, policies: &Policies, uids: &ToolUids, reads: &Reads) -> Result<Contexts, Reason> {
        let internal = || Reason::new(Code::EngineInternal).because("context does not form");
        let host = policies.facts.check(self.host)?;
        let pairs = self.common_pairs(&host, reads, uids).ok_or_else(internal)?;
        // Everything of ours forms by construction; an address or date in the host's facts may not.
        let wrong = |error: cedar_policy::ContextCreationError| Reason::new(Code::RequestHostFacts).because(error.to_string());
        let common = Context::from_pairs(pairs.clone()).map_err(wrong)?;
        if !reads.wants("input") {
            return Ok(Contexts { with_input: common.clone(), common });
        }
        let read = self.call.arguments.iter().filter(|(name, _)| reads.wants_below("input", name));
        let input = ("input".to_owned(), express::record_of(read).ok_or_else(internal)?);
        let with_input = Context::from_pairs(pairs.into_iter().chain([input])).map_err(wrong)?;
        Ok(Contexts { common, with_input })
    }

    fn common_pairs(&self, host: &IndexMap<String, Typed>, reads: &Reads, uids: &ToolUids) -> Option<Vec<(String, RestrictedExpression)>> {
        let mut pairs = Vec::with_capacity(8);
        let mut add = |name: &str, fact: &dyn Fn() -> Option<RestrictedExpression>| {
            if reads.wants(name) {
                pairs.push((name.to_owned(), fact()?));
            }
            Some(())
        };
        add("origin", &|| Some(self.participants.origin.clone()))?;
        add("chain", &|| Some(self.participants.chain.clone()))?;
        add("tool", &|| express::record(self.tool_facts().filter(|(name, _)| reads.wants_below("tool", name))))?;
        add("system", &|| Some(RestrictedExpression::new_entity_uid(uids.system.clone())))?;
        add("approvals", &|| Some(express::texts(self.approved.iter().cloned())))?;
        add("holds", &|| Some(express::texts(self.holds.iter().copied())))?;
        add("now", &|| Some(express::instant(self.now)))?;
        // Always: a fact that does not form must be noticed, read or not.
        pairs.push(("host".to_owned(), express::record_of(host)?));
        Some(pairs)
    }

    fn tool_facts(&self) -> impl Iterator<Item = (String, RestrictedExpression)> {
        let tool = self.call.tool;
        let facts = [
            ("name", express::text(tool.name())),
            ("tier", express::text(tool.tier_name())),
            ("effects", express::texts(tool.effects().iter().map(|effect| effect.as_str()))),
            (DESTINATIONS, express::texts(self.destinations())),
        ];
        facts.into_iter().map(|(name, fact)| (name.to_owned(), fact))
    }

    /// The texts in the arguments that say where something goes.
    fn destinations(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (name, value) in &self.call.arguments {
            if self.call.tool.role(name) == Some(Role::Destination) {
                collect_texts(value, &mut found);
            }
        }
        found
    }
}

fn collect_texts(value: &Typed, found: &mut BTreeSet<String>) {
    match value {
        Typed::String(text) | Typed::Json(text) => {
            found.insert(text.clone());
        }
        Typed::Set(items) => items.iter().for_each(|item| collect_texts(item, found)),
        Typed::Record(members) => members.values().for_each(|member| collect_texts(member, found)),
        _ => {}
    }
}
