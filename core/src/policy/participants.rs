//! Who takes part in a chain, as policies see them: the gates to ask, the entities, the facts that do not change
//! from call to call. Made once per task and snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Policies;
use super::compiled::entities::{Entities, Entity};
use super::compiled::value::{Name, Names, Record, Set, Uid, Value};
use super::gates::{GATES_MAX, Plan};
use crate::chain::facts::Held;
use crate::chain::facts::Proven;
use crate::chain::record::ChainRecord;
use crate::identity::{self, Origin, OriginKind, PrincipalId};
use crate::reason::{Code, Gate, Reason};
use crate::registry::{Admitted, Registry};
use crate::time::Timestamp;

/// One gate, without what the call adds to it.
pub(crate) struct Question {
    pub gate: Gate,
    pub hop: usize,
    pub principal: Arc<Uid>,
    /// Set for delegate gates.
    pub delegate: Option<Arc<Uid>>,
    /// A delegate gate that only a policy with `@own_authority` may permit.
    pub own_authority: bool,
}

/// `plans` and `cedar_entities` hold answers about one snapshot of policies and resources: whoever keeps participants keeps
/// them by the digests of both, as `Prepared` in `task.rs` does.
pub(crate) struct Participants {
    pub questions: Vec<Question>,
    pub entities: Entities,
    pub origin: Record,
    pub chain: Record,
    /// The chain, for the account of each decision.
    pub record: Arc<ChainRecord>,
    /// What was found out for each tool and resource asked about so far.
    plans: ArcSwap<Vec<Arc<Plan>>>,
    /// All entities, for the policies that are Cedar's to evaluate.
    pub cedar_entities: ArcSwapOption<cedar_policy::Entities>,
}

/// Most tools and resources a task keeps a plan for: a few KiB each.
const PLANS_MAX: usize = 64;

impl Participants {
    pub(crate) fn of(admitted: &Admitted<'_>, held: Held, registry: &Registry, policies: &Policies) -> Result<Self, Reason> {
        Self::build(admitted, held, registry, policies.names())
            .ok_or_else(|| Reason::new(Code::EngineInternal).because("participants do not form entities"))
    }

    /// The plan for this tool and resource; made only once.
    pub(crate) fn plan(&self, tool: &str, (hash, kind, id): (u64, &str, &str), make: impl FnOnce() -> Plan) -> Arc<Plan> {
        let known = self.plans.load();
        if let Some(plan) = known.iter().find(|plan| plan.resource.is(hash, kind, id) && *plan.tool == *tool) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(make());
        // Two threads may both add, and one addition be lost: it is made again, that is all.
        let mut more = if known.len() < PLANS_MAX { Vec::clone(&known) } else { Vec::new() };
        more.push(Arc::clone(&plan));
        self.plans.store(Arc::new(more));
        plan
    }

    /// `None` where a name of ours is not in the schema; the caller denies.
    fn build(admitted: &Admitted<'_>, held: Held, registry: &Registry, names: &Names) -> Option<Self> {
        let chain = admitted.chain();
        let origin = &chain.chain().origin;
        let mut cast = Cast { registry, names, entities: Entities::with_room(0) };
        let origin_uid = cast.add_origin(origin, chain.groups())?;
        let agents = admitted.records().iter().map(|record| cast.add_agent(record)).collect::<Option<Vec<_>>>()?;

        let ask = |gate, hop, principal: &Arc<Uid>, delegate: Option<&Arc<Uid>>, own_authority| Question {
            gate,
            hop,
            principal: Arc::clone(principal),
            delegate: delegate.cloned(),
            own_authority,
        };
        let mut questions = vec![ask(Gate::Origin, 0, &origin_uid, None, false)];
        let mut delegator = &origin_uid;
        for (hop, (agent, link)) in agents.iter().zip(chain.links()).enumerate() {
            // Who acts for itself was handed nothing.
            if !chain.chain().is_autonomous() {
                questions.push(ask(Gate::Delegate, hop, delegator, Some(agent), link.own_authority));
            }
            // Before a link with authority of its own, the agents need not hold the right themselves.
            if hop >= chain.agents_from() {
                questions.push(ask(Gate::Agent, hop, agent, None, false));
            }
            delegator = agent;
        }

        if questions.len() > GATES_MAX {
            return None;
        }
        let blueprints: Vec<BTreeSet<&str>> = admitted.records().iter().map(|record| blueprints(registry, record.blueprint.as_deref())).collect();
        Some(Self {
            questions,
            entities: cast.entities,
            origin: origin_facts(origin, chain.groups(), &origin_uid, names)?,
            chain: chain_facts(admitted, held, &agents, &blueprints, names)?,
            record: Arc::new(ChainRecord::of(chain, held)),
            plans: ArcSwap::default(),
            cedar_entities: ArcSwapOption::empty(),
        })
    }
}

struct Cast<'r> {
    registry: &'r Registry,
    names: &'r Names,
    entities: Entities,
}

impl Cast<'_> {
    fn uid(&self, kind: &str, id: &str) -> Arc<Uid> {
        Arc::new(self.names.uid(kind, id))
    }

    fn add(&mut self, uid: &Arc<Uid>, attributes: Record, parents: Box<[Arc<Uid>]>) {
        self.entities.put(Arc::new(Entity { attributes, parents, ..Entity::bare(Arc::clone(uid)) }));
    }

    fn add_origin(&mut self, origin: &Origin, groups: &BTreeSet<identity::Name>) -> Option<Arc<Uid>> {
        let uid = self.uid(origin_type(origin.kind), &origin.id.to_string());
        let groups = groups.iter().map(|group| self.uid("Group", group.as_str())).collect();
        self.add(&uid, named(&origin.id, self.names)?.into_iter().collect(), groups);
        Some(uid)
    }

    fn add_agent(&mut self, record: &crate::registry::Record) -> Option<Arc<Uid>> {
        let uid = self.uid("Agent", &record.id.to_string());
        let mut attributes = named(&record.id, self.names)?;
        for (name, person) in [("owner", &record.owner), ("sponsor", &record.sponsor)] {
            if let Some(person) = person {
                attributes.push((self.names.get(name)?, Value::Entity(self.add_person(person)?)));
            }
        }
        for blueprint in record.blueprint.iter().flat_map(|name| self.registry.lineage(name)) {
            let above = blueprint.parents.iter().map(|parent| self.uid("Blueprint", parent)).collect();
            self.add(&self.uid("Blueprint", &blueprint.name), Record::default(), above);
        }
        let parents = record.blueprint.iter().map(|blueprint| self.uid("Blueprint", blueprint)).collect();
        self.add(&uid, attributes.into_iter().collect(), parents);
        Some(uid)
    }

    /// An owner or sponsor; the origin, if it is the same person, keeps its groups.
    fn add_person(&mut self, person: &PrincipalId) -> Option<Arc<Uid>> {
        let uid = self.uid("User", &person.to_string());
        if self.entities.find(&uid).is_none() {
            self.add(&uid, named(person, self.names)?.into_iter().collect(), Box::default());
        }
        Some(uid)
    }
}

fn origin_type(kind: OriginKind) -> &'static str {
    match kind {
        OriginKind::User => "User",
        OriginKind::Service => "Service",
        OriginKind::Schedule => "Schedule",
        OriginKind::AgentUser => "AgentUser",
    }
}

fn named(id: &PrincipalId, names: &Names) -> Option<Vec<(Name, Value)>> {
    let tenant = id.tenant.as_ref().map(|tenant| ("tenant", tenant));
    let members = [("issuer", &id.issuer), ("subject", &id.subject)].into_iter().chain(tenant);
    members.map(|(name, value)| Some((names.get(name)?, Value::string(value.as_str())))).collect()
}

fn blueprints<'r>(registry: &'r Registry, name: Option<&str>) -> BTreeSet<&'r str> {
    name.into_iter().flat_map(|name| registry.lineage(name)).map(|blueprint| blueprint.name.as_str()).collect()
}

fn set_of(uids: impl IntoIterator<Item = Arc<Uid>>) -> Value {
    Value::Set(uids.into_iter().map(Value::Entity).collect())
}

pub(crate) fn texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Value {
    Value::Set(texts.into_iter().map(|text| Value::string(text.as_ref())).collect::<Set>())
}

fn instant(instant: Timestamp) -> Value {
    Value::Datetime(instant.as_millis())
}

fn record(members: Vec<(&str, Value)>, names: &Names) -> Option<Record> {
    members.into_iter().map(|(name, value)| Some((names.get(name)?, value))).collect()
}

fn origin_facts(origin: &Origin, groups: &BTreeSet<identity::Name>, uid: &Arc<Uid>, names: &Names) -> Option<Record> {
    let groups = groups.iter().map(|group| Arc::new(names.uid("Group", group.as_str())));
    let mut facts = named(&origin.id, names)?;
    facts.push((names.get("kind")?, Value::string(origin.kind.as_str())));
    facts.push((names.get("groups")?, set_of(groups)));
    if origin.kind == OriginKind::User {
        facts.push((names.get("user")?, Value::Entity(Arc::clone(uid))));
    }
    if let Some(session) = &origin.session {
        facts.push((names.get("session")?, Value::string(session.as_str())));
    }
    if let Some(auth_time) = origin.auth_time {
        facts.push((names.get("auth_time")?, instant(auth_time)));
    }
    Some(facts.into_iter().collect())
}

fn chain_facts(admitted: &Admitted<'_>, held: Held, agents: &[Arc<Uid>], blueprints: &[BTreeSet<&str>], names: &Names) -> Option<Record> {
    let chain = admitted.chain();
    let (first, last) = (chain.links().first()?, chain.links().last()?);
    let any: BTreeSet<_> = blueprints.iter().flatten().copied().collect();
    let every = any.iter().copied().filter(|blueprint| blueprints.iter().all(|hop| hop.contains(blueprint)));
    let blueprint = |name: &str| Arc::new(names.uid("Blueprint", name));
    let depth = if chain.chain().is_autonomous() { 0 } else { chain.links().len() };
    let proven = match chain.facts().proven {
        Proven::None => &[],
        Proven::Holder => agents.get(agents.len().saturating_sub(1)..)?,
        Proven::All => agents,
    };
    // What a later link put aside does not count.
    let counted = chain.facts().bases.iter().filter(|basis| basis.hop >= chain.authority_from());
    let mut facts = vec![
        ("id", Value::string(chain.chain().id.as_str())),
        ("depth", Value::Long(i64::try_from(depth).ok()?)),
        ("proof_level", Value::Long(chain.proof(held) as i64)),
        ("proven_agents", set_of(proven.iter().cloned())),
        ("flags", texts(chain.facts().flags.iter().copied())),
        ("complete", Value::Bool(chain.facts().complete)),
        ("held", Value::Bool(held != Held::No)),
        ("autonomous", Value::Bool(chain.chain().is_autonomous())),
        ("reauthorized", texts(counted.map(|basis| basis.method.as_str()))),
        ("first", Value::Entity(Arc::clone(agents.first()?))),
        ("holder", Value::Entity(Arc::clone(agents.last()?))),
        ("agents", set_of(agents.iter().cloned())),
        ("blueprints_every", set_of(every.map(blueprint))),
        ("blueprints_any", set_of(any.iter().copied().map(blueprint))),
        ("own_authority", Value::Bool(chain.links().iter().any(|link| link.own_authority))),
        ("issued", instant(first.issued)),
        // Links only end earlier along the chain, so the last ends first.
        ("expires", instant(last.expires)),
    ];
    if let Some(purpose) = &last.purpose {
        facts.push(("purpose", Value::string(purpose.as_str())));
    }
    if let Some(code) = &last.purpose_code {
        facts.push(("purpose_code", Value::string(code.as_str())));
    }
    if let Some(assurance) = chain.facts().assurance {
        facts.push(("min_assurance", Value::Long(assurance)));
    }
    if let Some(mission) = &last.mission {
        let members = vec![("id", Value::string(mission.id.as_str())), ("origin", Value::string(mission.origin.as_str()))];
        facts.push(("mission", Value::Record(record(members, names)?)));
    }
    record(facts, names)
}
