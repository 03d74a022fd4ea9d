//! Cedar: every participant is asked, and all must permit. No Cedar type leaves this module.

mod diagnose;
mod express;
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

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cedar_policy::{
    Authorizer, Context, Effect as CedarEffect, Entities, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request, RestrictedExpression, Schema,
};
use indexmap::IndexMap;

use crate::catalog::shape::Typed;
use crate::catalog::{Catalog, CheckedCall, DELEGATE, Role};
use crate::decision::{Effect, GateRecord, Shadow};
use crate::digest::Digest;
use crate::error::Error;
use crate::json::Object;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;
use host::HostFacts;
use index::{Bucket, Index, Pile};
use load::Annotations;
pub(crate) use participants::Participants;
use participants::Question;
use reads::Reads;
pub use resources::Resources;
pub use source::Source;

/// Policies that were parsed, validated and filed: an immutable snapshot, ready to swap in.
///
/// Made by [`crate::Engine::compile`].
pub struct Policies {
    schema: Schema,
    schema_text: String,
    facts: HostFacts,
    base: Entities,
    uids: HashMap<String, ToolUids>,
    index: Index,
    /// What the policies read between them.
    reads: Reads,
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

/// One gate's answers, as policy ids.
#[derive(Default)]
struct Answer {
    permits: BTreeSet<PolicyId>,
    forbids: BTreeSet<PolicyId>,
    asks: BTreeSet<PolicyId>,
    errors: BTreeMap<PolicyId, String>,
    shadow_permits: BTreeSet<PolicyId>,
    shadow_forbids: BTreeSet<PolicyId>,
}

impl Policies {
    pub(crate) fn load(catalog: &Catalog, host_schema: &[Source], sources: &[Source]) -> Result<Self, Error> {
        load::load(catalog, host_schema, sources)
    }

    /// How many policies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.annotations.len()
    }

    /// Whether there are none, so that everything is denied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.annotations.is_empty()
    }

    /// The digest of policies, schema and tools.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The generated Cedar schema, as text for editors and reviewers.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema_text
    }

    /// What Cedar's validator found odd but not wrong, such as a policy that can never apply.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(crate) fn resources(&self, text: Option<&str>) -> Result<Resources, Error> {
        Resources::read(text, &self.schema, &self.base)
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
        let delegate = express::uid("Action", DELEGATE).ok_or_else(|| internal("delegate has no action"))?;
        let context = case.context(self, uids)?;
        let resource = match (&case.call.resource, &uids.resource_type) {
            (Some((_, id)), Some(kind)) => EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id)),
            (None, None) => uids.tool.clone(),
            _ => return Err(internal("the tool's resource changed")),
        };
        let entities = &case.participants.entities;
        let resources = self.index.keys(std::iter::once(&resource).chain(entities.ancestors(&resource).into_iter().flatten()));
        let (on_call, on_delegate) = (self.index.shelves(&uids.action), self.index.shelves(&delegate));

        // What reads neither principal nor resource answers alike at every gate of an action.
        let questions = &case.participants.questions;
        let any = &questions.first().ok_or_else(|| internal("there is no gate to ask"))?.principal;
        let shared_call = put(any, &uids.action, &resource, &context.with_input, entities, on_call.shared());
        let shared_delegate = put(any, &delegate, &resource, &context.common, entities, on_delegate.shared());
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions {
            let mut answer = match &question.delegate {
                Some((agent, agents)) => put(&question.principal, &delegate, agent, &context.common, entities, on_delegate.buckets(&question.principals, agents)),
                None => put(&question.principal, &uids.action, &resource, &context.with_input, entities, on_call.buckets(&question.principals, &resources)),
            };
            answer.join(if question.delegate.is_some() { &shared_delegate } else { &shared_call });
            let is_final = !self.has_shadow && self.judge(question, &answer, &BTreeSet::new(), Counting::Enforced).is_some_and(|reason| reason.code != Code::PolicyAsk);
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
        let forbids: Vec<_> = answer.forbids.iter().chain(answer.shadow_forbids.iter().filter(|_| with_shadow)).collect();
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
        let open: Vec<_> = answer.asks.iter().filter(|id| self.role(id).is_none_or(|role| !approved.contains(role))).collect();
        if open.is_empty() { None } else { no(Code::PolicyAsk, open) }
    }

    fn combine(&self, case: &Case<'_>, answers: &[(&Question, Answer)]) -> Verdict {
        let enforced = self.overall(case, answers, Counting::Enforced);
        let shadow = self.has_shadow.then(|| self.overall(case, answers, Counting::WithShadow)).filter(|shadow| shadow.0 != enforced.0);
        let shadow = shadow.map(|(effect, _)| {
            let met: BTreeSet<_> = answers.iter().flat_map(|(_, answer)| answer.shadow_permits.iter().chain(&answer.shadow_forbids)).map(ToString::to_string).collect();
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

/// Puts one question to these buckets.
fn put<'b>(
    principal: &EntityUid,
    action: &EntityUid,
    resource: &EntityUid,
    context: &Context,
    entities: &Entities,
    buckets: impl Iterator<Item = &'b Bucket>,
) -> Answer {
    let mut answer = Answer::default();
    // No schema here: our own requests fit it by construction, and checking costs more than deciding.
    let request = match Request::new(principal.clone(), action.clone(), resource.clone(), context.clone(), None) {
        Ok(request) => request,
        Err(error) => {
            answer.errors.insert(PolicyId::new(""), error.to_string());
            return answer;
        }
    };
    for bucket in buckets {
        answer.hear(&bucket.enforced, Pile::Enforced, &request, entities);
        answer.hear(&bucket.ask, Pile::Ask, &request, entities);
        answer.hear(&bucket.shadow, Pile::Shadow, &request, entities);
    }
    answer
}

impl Answer {
    /// Adds what Cedar says of one set of policies.
    fn hear(&mut self, set: &PolicySet, pile: Pile, request: &Request, entities: &Entities) {
        if set.is_empty() {
            return;
        }
        let response = Authorizer::new().is_authorized(request, set, entities);
        for id in response.diagnostics().reason() {
            // A policy we could not find again counts as a forbid.
            let permits = set.policy(id).is_some_and(|policy| policy.effect() == CedarEffect::Permit);
            let heard = match (pile, permits) {
                (Pile::Enforced, true) => &mut self.permits,
                (Pile::Enforced, false) => &mut self.forbids,
                (Pile::Ask, _) => &mut self.asks,
                (Pile::Shadow, true) => &mut self.shadow_permits,
                (Pile::Shadow, false) => &mut self.shadow_forbids,
            };
            heard.insert(id.clone());
        }
        if pile != Pile::Shadow {
            for cedar_policy::AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
                self.errors.insert(error.policy_id().clone(), error.inner().to_string());
            }
        }
    }

    fn join(&mut self, other: &Self) {
        self.permits.extend(other.permits.iter().cloned());
        self.forbids.extend(other.forbids.iter().cloned());
        self.asks.extend(other.asks.iter().cloned());
        self.errors.extend(other.errors.iter().map(|(id, error)| (id.clone(), error.clone())));
        self.shadow_permits.extend(other.shadow_permits.iter().cloned());
        self.shadow_forbids.extend(other.shadow_forbids.iter().cloned());
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

/// The shared context, without and with the tool's arguments: the delegate action has none.
struct Contexts {
    common: Context,
    with_input: Context,
}

impl Case<'_> {
    /// The context, as far as some policy reads it.
    fn context(&self, policies: &Policies, uids: &ToolUids) -> Result<Contexts, Reason> {
        let internal = || Reason::new(Code::EngineInternal).because("context does not form");
        let host = policies.facts.check(self.host)?;
        let pairs = self.common_pairs(&host, &policies.reads, uids).ok_or_else(internal)?;
        // Everything of ours forms by construction; an address or date in the host's facts may not.
        let wrong = |error: cedar_policy::ContextCreationError| Reason::new(Code::RequestHostFacts).because(error.to_string());
        let common = Context::from_pairs(pairs.clone()).map_err(wrong)?;
        if !policies.reads.wants("input") {
            return Ok(Contexts { with_input: common.clone(), common });
        }
        let read = self.call.arguments.iter().filter(|(name, _)| policies.reads.wants_below("input", name));
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
            ("destinations", express::texts(self.destinations())),
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
        Typed::String(text) => {
            found.insert(text.clone());
        }
        Typed::Set(items) => items.iter().for_each(|item| collect_texts(item, found)),
        Typed::Record(members) => members.values().for_each(|member| collect_texts(member, found)),
        _ => {}
    }
}
