//! `AuthZEN` Authorization API 1.0: a decision point for gateways that ask in that form.
//!
//! The one who asks is not the origin, and what it says of itself proves nothing: a chain in `context.delegation` is
//! what it would be anywhere else, claimed unless it is evidence that verifies. Properties of subject and resource are
//! not read but for names and groups: attributes come from the host's own entities.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use crate::catalog::call::Call;
use crate::chain::verify::VerifiedChain;
use crate::chain::{Chain, Link, Presented};
use crate::decision::Decision;
use crate::decision::ledger::Ledger;
use crate::engine::Engine;
use crate::engine::request::{REQUEST_BYTES_MAX, Request};
use crate::engine::world::World;
use crate::grant::Grant;
use crate::identity::{Agent, Name, Origin, OriginKind, PrincipalId};
use crate::json::{self, Object, Value};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// Most evaluations in one request.
const EVALUATIONS_MAX: usize = 256;
/// What the parts of a batch may have in common, times how many they are: each of them reads it. In bytes, and as many again for each
/// value; the chain apart, which is verified once.
const SHARED_MAX: usize = 16 << 20;
/// The same of the chain: the largest one for the most evaluations.
const SHARED_CHAIN_MAX: usize = 64 << 20;
/// What a value counts for beside its text.
const VALUE_BYTES: usize = 32;
/// How long a chain that is made for one evaluation lasts.
const INSTANT_MILLIS: i64 = 1_000;

/// What requests leave unsaid: whose people they are about, and through which agent they come.
///
/// ```
/// let asking: bailiwick::AuthZen = serde_json::from_str(
///     r#"{"subject_issuer": "https://idp.example", "agent": {"issuer": "https://agents.example", "subject": "gateway"}}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "what AuthZEN requests leave unsaid")]
#[non_exhaustive]
pub struct AuthZen {
    /// The issuer of subjects that have no `properties.issuer`.
    pub subject_issuer: Option<Name>,
    /// The agent of requests without `context.agent` and `context.delegation`; its issuer is also that of agents named
    /// by a string.
    pub agent: Option<Agent>,
}

/// The answer, in `AuthZEN`'s form, and the decisions it stands for, to be logged.
///
/// ```
/// use bailiwick::{AuthZen, Registry, World, doc};
/// let registry = Registry::from_json(doc::REGISTRY)?;
/// let answer = doc::engine().decide_authzen("{}", &AuthZen::default(), &World::new(&registry, doc::now()));
/// assert_eq!(answer.decisions[0].reason.code.as_str(), "request.malformed");
/// assert!(answer.response.starts_with(r#"{"context":{"code":"request.malformed""#));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthZenAnswer {
    /// The response body.
    pub response: String,
    /// One for each evaluation that was made.
    pub decisions: Vec<Decision>,
}

impl AuthZenAnswer {
    /// Runs `answer`; if it panics, the answer is a deny with `engine.internal`. For language boundaries.
    ///
    /// ```
    /// let answer = bailiwick::AuthZenAnswer::or_deny(bailiwick::doc::now(), || panic!("on purpose"));
    /// assert!(answer.response.contains("engine.internal"));
    /// ```
    pub fn or_deny(now: Timestamp, answer: impl FnOnce() -> Self) -> Self {
        catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| single(Decision::without_call(Reason::new(Code::EngineInternal), now)))
    }
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "an evaluation request")]
struct Evaluation {
    subject: Option<Named>,
    action: Option<Action>,
    resource: Option<Named>,
    context: Option<Value>,
    evaluations: Option<Vec<Evaluation>>,
    #[serde(default)]
    options: Options,
}

/// An evaluation in our terms.
struct Question {
    subject: Origin,
    agent: Option<Agent>,
    tool: String,
    arguments: Value,
    delegation: Option<Value>,
}

/// A chain that was brought along, and what came of verifying it.
struct Delegation {
    document: Value,
    chain: Presented,
    verified: Result<VerifiedChain, Reason>,
}

#[derive(Clone, Deserialize)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    properties: Option<Value>,
}

#[derive(Clone, Deserialize)]
struct Action {
    name: String,
}

#[derive(Clone, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

#[derive(Serialize)]
struct Response<'d> {
    decision: bool,
    context: ResponseContext<'d>,
}

#[derive(Serialize)]
struct ResponseContext<'d> {
    code: &'static str,
    effect: &'static str,
    id: String,
    message: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ask: Vec<&'d str>,
}

impl Engine {
    /// Answers an evaluation request, or a batch of them. `ask` is answered `false`, with the roles that must approve.
    /// Of a batch, each evaluation sees what those before it drew from budgets.
    ///
    /// ```
    /// use bailiwick::{AuthZen, Engine, Registry, SealKey, Source, World, doc};
    /// let engine = Engine::builder(SealKey::new([7; 32])).catalog(bailiwick::Catalog::from_json(doc::CATALOG)?)
    ///     .policies([Source::new("all.cedar", "permit(principal, action, resource);")]).accept_claimed_chains(true).build()?;
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let asking: AuthZen = bailiwick::read_json(r#"{"subject_issuer": "https://idp.example",
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#)?;
    /// let request = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "mail.read"},
    ///     "resource": {"type": "tool", "id": "mail.read"}, "context": {"arguments": {"id": "m-17"}}}"#;
    /// assert!(engine.decide_authzen(request, &asking, &World::new(&registry, doc::now())).response.contains(r#""decision":true"#));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_authzen(&self, text: &str, asking: &AuthZen, world: &World<'_>) -> AuthZenAnswer {
        if text.len() > REQUEST_BYTES_MAX {
            let reason = Reason::new(Code::RequestTooLarge).because(format!("at most {REQUEST_BYTES_MAX} bytes"));
            return single(Decision::without_call(reason, world.now));
        }
        let whole: Evaluation = match json::read(text) {
            Ok(evaluation) => evaluation,
            // A binding hands in why it could not write the request down.
            Err(error) => match Value::parse(text) {
                Ok(Value::String(why)) => return single(self.decide_malformed(&why, world)),
                Ok(_) => return single(self.decide_malformed(&error.of_value("request").to_string(), world)),
                Err(_) => return single(self.decide_malformed(&error.to_string(), world)),
            },
        };
        let Some(parts) = whole.evaluations.clone().filter(|parts| !parts.is_empty()) else {
            return single(self.evaluate(whole, asking, world, &mut None));
        };
        if parts.len() > EVALUATIONS_MAX {
            return single(self.decide_malformed(&format!("more than {EVALUATIONS_MAX} evaluations"), world));
        }
        let (shared, chain) = whole.weight();
        if parts.len() * shared > SHARED_MAX || parts.len() * chain > SHARED_CHAIN_MAX {
            let why = format!("what {} evaluations share is too large for so many: send fewer at a time", parts.len());
            return single(Decision::without_call(Reason::new(Code::RequestTooLarge).because(why), world.now));
        }
        let (mut ledger, mut known) = (world.ledger.cloned(), None);
        let mut decisions = Vec::with_capacity(parts.len());
        for part in parts {
            let decision = self.evaluate(part.or(&whole), asking, &World { ledger: ledger.as_ref(), ..*world }, &mut known);
            if let Some(ledger) = &mut ledger {
                Ledger::record(ledger, &decision);
            }
            let ends = match whole.options.evaluations_semantic {
                Semantic::ExecuteAll => false,
                Semantic::DenyOnFirstDeny => !decision.is_allowed(),
                Semantic::PermitOnFirstPermit => decision.is_allowed(),
            };
            decisions.push(decision);
            if ends {
                break;
            }
        }
        let responses: Vec<_> = decisions.iter().map(Response::of).collect();
        let response = json::canonical(&std::collections::BTreeMap::from([("evaluations", responses)]));
        AuthZenAnswer { response, decisions }
    }

    fn evaluate(&self, evaluation: Evaluation, asking: &AuthZen, world: &World<'_>, known: &mut Option<Delegation>) -> Decision {
        let Question { subject, agent, tool, arguments, delegation } = match self.question(evaluation, asking) {
            Ok(question) => question,
            Err(why) => return self.decide_malformed(&why, world),
        };
        let call = Call::new(tool, arguments);
        let Some(document) = delegation else {
            return match instant_chain(&subject, agent, world.now) {
                Ok(chain) => self.decide(&Request::new(chain, call), world),
                Err(why) => self.decide_malformed(&why, world),
            };
        };
        // The parts of a batch share a chain: it is read and verified once, also when that fails.
        let delegation = match known.take().filter(|known| known.document == document) {
            Some(known) => known,
            None => match Presented::deserialize(&document) {
                Ok(chain) => {
                    let verified = self.anchors(world).verify(&chain, world.now);
                    Delegation { document, chain, verified }
                }
                Err(error) => return self.decide_malformed(&format!("`context.delegation`: {error}"), world),
            },
        };
        let request = Request::new(delegation.chain.clone(), call);
        // The chain speaks for its own origin and holder; a request about others is not answered by it.
        let other = delegation.verified.as_ref().ok().and_then(|chain| {
            let origin = &chain.chain().origin;
            let holder = chain.links().last().map(|link| &link.delegate.id);
            if origin.id != subject.id || origin.kind != subject.kind {
                Some(Reason::new(Code::ChainOriginMismatch).because(format!("asked about the {} `{}`", subject.kind.as_str(), subject.id)))
            } else {
                let agent = agent.filter(|agent| Some(&agent.id) != holder)?;
                Some(Reason::new(Code::ChainPresenter).because(format!("asked by `{}`", agent.id)))
            }
        });
        let decision = match other {
            Some(reason) => self.refuse(reason, &request.call, &request.chain, world.now),
            None => self.decide_under(&delegation.verified, &request, world),
        };
        *known = Some(delegation);
        decision
    }

    /// What is asked; the agent is whom the request names, or who asks when it brings no chain.
    fn question(&self, evaluation: Evaluation, asking: &AuthZen) -> Result<Question, String> {
        let Evaluation { subject, action, resource, context, .. } = evaluation;
        let subject = subject.ok_or("`subject` is missing")?;
        let tool = action.ok_or("`action` is missing")?.name;
        let resource = resource.ok_or("`resource` is missing")?;
        let member = |name: &str| context.as_ref().and_then(|context| context.get(name));
        let arguments = self.arguments(&tool, &resource, member("arguments"))?;
        let delegation = member("delegation").cloned();
        let agent = match (member("agent"), &delegation) {
            (None, Some(_)) => None,
            (named, _) => Some(agent(named, asking)?),
        };
        Ok(Question { subject: origin(&subject, asking)?, agent, tool, arguments, delegation })
    }

    /// The arguments, with the resource where the tool names one. A resource the tool would not look at is refused: an
    /// answer must be about what was asked.
    fn arguments(&self, tool: &str, resource: &Named, given: Option<&Value>) -> Result<Value, String> {
        let mut arguments = match given {
            None => Object::new(),
            Some(Value::Object(members)) => members.clone(),
            Some(_) => return Err("`context.arguments` is not an object".to_owned()),
        };
        match self.catalog().tool(tool).and_then(|tool| tool.resource.as_ref()) {
            Some(named) if named.kind == resource.kind => {
                let id = Value::String(resource.id.clone());
                let kept = arguments.entry(named.argument.clone()).or_insert_with(|| id.clone());
                if *kept != id {
                    return Err(format!("`resource.id` and the argument `{}` differ", named.argument));
                }
            }
            None if resource.kind == "tool" && resource.id == tool => {}
            Some(named) => return Err(format!("`{tool}` acts on a `{}`, not on a `{}`", named.kind, resource.kind)),
            None => return Err(format!("`{tool}` names no resource; ask about {{\"type\": \"tool\", \"id\": \"{tool}\"}}")),
        }
        Ok(Value::Object(arguments))
    }
}

impl Evaluation {
    /// How large is what its parts take from it; and the chain in it.
    fn weight(&self) -> (usize, usize) {
        let members = match &self.context {
            Some(Value::Object(members)) => members.iter().map(|(name, value)| (name.as_str(), weight(value))).collect(),
            Some(value) => vec![("", weight(value))],
            None => Vec::new(),
        };
        let named = self.subject.iter().chain(&self.resource);
        let named: usize = named.map(|named| named.id.len() + named.properties.as_ref().map_or(0, weight)).sum();
        let sum = |is_chain: bool| members.iter().filter(|(name, _)| (*name == "delegation") == is_chain).map(|(_, weight)| weight).sum::<usize>();
        (named + sum(false), sum(true))
    }

    /// What the whole request says stands in for what the part leaves out.
    fn or(mut self, whole: &Self) -> Self {
        self.subject = self.subject.or_else(|| whole.subject.clone());
        self.action = self.action.or_else(|| whole.action.clone());
        self.resource = self.resource.or_else(|| whole.resource.clone());
        self.context = self.context.or_else(|| whole.context.clone());
        self
    }
}

impl<'d> Response<'d> {
    fn of(decision: &'d Decision) -> Self {
        let context = ResponseContext {
            code: decision.reason.code.as_str(),
            effect: decision.effect.as_str(),
            id: decision.id(),
            message: decision.message(),
            ask: decision.ask.iter().map(String::as_str).collect(),
        };
        Self { decision: decision.is_allowed(), context }
    }
}

fn weight(value: &Value) -> usize {
    let within = match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
    };
    VALUE_BYTES + within
}

fn single(decision: Decision) -> AuthZenAnswer {
    AuthZenAnswer { response: json::canonical(&Response::of(&decision)), decisions: vec![decision] }
}

/// The chain of a request that brings none: claimed, from its subject to its agent, for the moment.
fn instant_chain(origin: &Origin, agent: Option<Agent>, now: Timestamp) -> Result<Chain, String> {
    let agent = agent.ok_or("the request names no agent")?;
    let mut link = Link::new(Name::try_from("0")?, origin.id.clone(), agent, Grant::everything());
    (link.issued, link.expires) = (now, now.plus_millis(INSTANT_MILLIS));
    Ok(Chain { id: Name::try_from("authzen")?, origin: origin.clone(), links: vec![link], evidence: None, seal: None })
}

fn origin(subject: &Named, asking: &AuthZen) -> Result<Origin, String> {
    let kind = match subject.kind.as_str() {
        // The MCP profile calls everybody `identity`.
        "user" | "identity" => OriginKind::User,
        "service" => OriginKind::Service,
        "schedule" => OriginKind::Schedule,
        "agent_user" => OriginKind::AgentUser,
        other => return Err(format!("subjects of type `{other}` are not known")),
    };
    let property = |name: &str| subject.properties.as_ref().and_then(|properties| properties.get(name));
    let text = |name: &str| match property(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("`subject.properties.{name}` is not a string")),
    };
    let issuer = match text("issuer")? {
        Some(issuer) => issuer,
        None => asking.subject_issuer.as_ref().map(Name::as_str).ok_or("the subject has no issuer")?,
    };
    let mut id = PrincipalId::new(issuer, &subject.id)?;
    if let Some(tenant) = text("tenant")? {
        id = id.in_tenant(tenant)?;
    }
    let groups: Vec<&str> = match property("groups") {
        None => Vec::new(),
        Some(Value::Array(groups)) => {
            let texts: Option<_> = groups.iter().map(Value::as_str).collect();
            texts.ok_or("`subject.properties.groups` has more than strings")?
        }
        Some(_) => return Err("`subject.properties.groups` is not a list".to_owned()),
    };
    Origin::new(kind, id).with_groups(groups)
}

fn agent(named: Option<&Value>, asking: &AuthZen) -> Result<Agent, String> {
    match named {
        None => asking.agent.clone().ok_or_else(|| "the request names no agent".to_owned()),
        Some(Value::String(subject)) => {
            let issuer = asking.agent.as_ref().map(|agent| agent.id.issuer.as_str()).ok_or("the agent has no issuer")?;
            Ok(PrincipalId::new(issuer, subject)?.into())
        }
        Some(record) => Agent::deserialize(record).map_err(|error| format!("`context.agent`: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;
    use crate::registry::Registry;

    #[test]
    fn what_a_batch_shares_counts_for_each_part() {
        let registry = Registry::from_json(doc::REGISTRY).unwrap();
        let world = World::new(&registry, doc::now());
        let batch = |id: usize, parts: usize| {
            let text = format!(
                r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "mail.read"}}, "resource": {{"type": "tool", "id": "mail.read"}},
                "context": {{"arguments": {{"id": "{}"}}}}, "evaluations": [{}]}}"#,
                "m".repeat(id),
                vec!["{}"; parts].join(",")
            );
            doc::engine().decide_authzen(&text, &AuthZen::default(), &world).decisions
        };
        assert_eq!(batch(100, 256).len(), 256);
        assert_eq!(batch(500_000, 20).len(), 20);
        let refused = batch(500_000, 256);
        assert_eq!((refused.len(), refused[0].reason.code), (1, Code::RequestTooLarge));
    }
}
