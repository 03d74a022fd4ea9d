//! Who takes part in a chain, as Cedar sees them: the gates to ask, the entities, the facts that do not change
//! from call to call. Made once per task and snapshot.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};

use super::index::Key;
use super::{Answer, Policies, express};
use crate::chain::codec::Proven;
use crate::chain::possession::Held;
use crate::identity::{Name, Origin, OriginKind, PrincipalId};
use crate::reason::{Code, Gate, Reason};
use crate::registry::{Admitted, Registry};

/// One question to Cedar, without its resource and context.
pub(crate) struct Question {
    pub gate: Gate,
    pub hop: usize,
    pub principal: EntityUid,
    /// Of the principal and everything it is in, what some policy's scope names.
    pub principals: Vec<Key>,
    /// Set for delegate gates: the delegate, and the same of it.
    pub delegate: Option<(EntityUid, Vec<Key>)>,
    /// A delegate gate that only a policy with `@own_authority` may permit.
    pub own_authority: bool,
}

pub(crate) struct Participants {
    pub questions: Vec<Question>,
    pub entities: Entities,
    /// Of the facts about origin and chain, those some policy reads.
    pub origin: RestrictedExpression,
    pub chain: RestrictedExpression,
    /// What the steady policies answered, gate by gate, for each action and resource asked about so far.
    steady: ArcSwap<Steady>,
}

type Steady = HashMap<(EntityUid, EntityUid), Arc<[Answer]>>;

/// Most actions and resources whose answers a task remembers: a few KiB each.
const STEADY_MAX: usize = 64;

impl Participants {
    pub(crate) fn of(admitted: &Admitted<'_>, held: Held, registry: &Registry, base: &Entities, policies: &Policies) -> Result<Self, Reason> {
        Self::build(admitted, held, registry, base, policies)
            .ok_or_else(|| Reason::new(Code::EngineInternal).because("participants do not form entities"))?
    }

    /// What the steady policies answer for this action and resource; asked only once.
    pub(crate) fn steady(
        &self,
        action: &EntityUid,
        resource: &EntityUid,
        ask: impl FnOnce() -> Result<Vec<Answer>, Reason>,
    ) -> Result<Arc<[Answer]>, Reason> {
        let key = (action.clone(), resource.clone());
        let known = self.steady.load();
        if let Some(answers) = known.get(&key) {
            return Ok(Arc::clone(answers));
        }
        let answers: Arc<[Answer]> = ask()?.into();
        // Two threads may both add, and one addition be lost: it is asked again, that is all.
        let mut more = if known.len() < STEADY_MAX { Steady::clone(&known) } else { Steady::new() };
        more.insert(key, Arc::clone(&answers));
        self.steady.store(Arc::new(more));
        Ok(answers)
    }

    /// `None` where Cedar refuses a name we made ourselves; the caller denies.
    fn build(admitted: &Admitted<'_>, held: Held, registry: &Registry, base: &Entities, policies: &Policies) -> Option<Result<Self, Reason>> {
        let chain = admitted.chain();
        let origin = &chain.chain().origin;
        let mut cast = Cast { registry, entities: HashMap::new() };
        let origin_uid = cast.add_origin(origin, chain.groups())?;
        let mut agents = Vec::new();
        for record in admitted.records() {
            agents.push(cast.add_agent(record)?);
        }
        let own: Vec<Entity> = cast.entities.into_values().collect();
        let entities = match base.clone().add_entities(own, None) {
            Ok(entities) => entities,
            Err(error) => return Some(Err(Reason::new(Code::EngineInternal).because(error.to_string()))),
        };

        let keys = |uid: &EntityUid| policies.index.keys(std::iter::once(uid).chain(entities.ancestors(uid).into_iter().flatten()));
        let ask = |gate, hop, principal: &EntityUid, delegate: Option<&EntityUid>, own_authority| Question {
            gate,
            hop,
            principals: keys(principal),
            principal: principal.clone(),
            delegate: delegate.map(|delegate| (delegate.clone(), keys(delegate))),
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

        let blueprints: Vec<BTreeSet<EntityUid>> =
            admitted.records().iter().map(|record| blueprints(registry, record.blueprint.as_deref())).collect::<Option<_>>()?;
        let chain_facts =
            express::record(chain_facts(admitted, held, &agents, &blueprints)?.into_iter().filter(|(name, _)| policies.reads_below("chain", name)))?;
        let origin_facts =
            express::record(origin_facts(origin, chain.groups(), &origin_uid)?.into_iter().filter(|(name, _)| policies.reads_below("origin", name)))?;
        Some(Ok(Self { questions, entities, origin: origin_facts, chain: chain_facts, steady: ArcSwap::default() }))
    }
}

struct Cast<'r> {
    registry: &'r Registry,
    entities: HashMap<EntityUid, Entity>,
}

impl Cast<'_> {
    fn add_origin(&mut self, origin: &Origin, groups: &BTreeSet<Name>) -> Option<EntityUid> {
        let uid = express::uid(origin_type(origin.kind), &origin.id.to_string())?;
        let groups = groups.iter().map(|group| express::uid("Group", group.as_str())).collect::<Option<HashSet<_>>>()?;
        self.entities.insert(uid.clone(), Entity::new(uid.clone(), names(&origin.id).collect(), groups).ok()?);
        Some(uid)
    }

    fn add_agent(&mut self, record: &crate::registry::Record) -> Option<EntityUid> {
        let uid = express::uid("Agent", &record.id.to_string())?;
        let mut attributes: HashMap<_, _> = names(&record.id).collect();
        for (name, person) in [("owner", &record.owner), ("sponsor", &record.sponsor)] {
            if let Some(person) = person {
                attributes.insert(name.to_owned(), RestrictedExpression::new_entity_uid(self.add_person(person)?));
            }
        }
        let mut parents = HashSet::new();
        for blueprint in record.blueprint.iter().flat_map(|name| self.registry.lineage(name)) {
            let blueprint_uid = express::uid("Blueprint", &blueprint.name)?;
            if record.blueprint.as_ref() == Some(&blueprint.name) {
                parents.insert(blueprint_uid.clone());
            }
            let above = blueprint.parents.iter().map(|parent| express::uid("Blueprint", parent)).collect::<Option<HashSet<_>>>()?;
            self.entities.insert(blueprint_uid.clone(), Entity::new_no_attrs(blueprint_uid, above));
        }
        self.entities.insert(uid.clone(), Entity::new(uid.clone(), attributes, parents).ok()?);
        Some(uid)
    }

    /// An owner or sponsor; the origin, if it is the same person, keeps its groups.
    fn add_person(&mut self, person: &PrincipalId) -> Option<EntityUid> {
        let uid = express::uid("User", &person.to_string())?;
        if !self.entities.contains_key(&uid) {
            self.entities.insert(uid.clone(), Entity::new(uid.clone(), names(person).collect(), HashSet::new()).ok()?);
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

fn names(id: &PrincipalId) -> impl Iterator<Item = (String, RestrictedExpression)> {
    let tenant = id.tenant.as_ref().map(|tenant| ("tenant", tenant));
    [("issuer", &id.issuer), ("subject", &id.subject)].into_iter().chain(tenant).map(|(key, name)| (key.to_owned(), express::text(name.as_str())))
}

fn blueprints(registry: &Registry, name: Option<&str>) -> Option<BTreeSet<EntityUid>> {
    name.into_iter().flat_map(|name| registry.lineage(name)).map(|blueprint| express::uid("Blueprint", &blueprint.name)).collect()
}

fn uids<'u>(uids: impl IntoIterator<Item = &'u EntityUid>) -> RestrictedExpression {
    RestrictedExpression::new_set(uids.into_iter().cloned().map(RestrictedExpression::new_entity_uid))
}

fn origin_facts(origin: &Origin, groups: &BTreeSet<Name>, uid: &EntityUid) -> Option<Vec<(String, RestrictedExpression)>> {
    let groups = groups.iter().map(|group| express::uid("Group", group.as_str())).collect::<Option<Vec<_>>>()?;
    let mut facts: Vec<_> = names(&origin.id).collect();
    facts.push(("kind".to_owned(), express::text(origin.kind.as_str())));
    facts.push(("groups".to_owned(), uids(&groups)));
    if origin.kind == OriginKind::User {
        facts.push(("user".to_owned(), RestrictedExpression::new_entity_uid(uid.clone())));
    }
    if let Some(session) = &origin.session {
        facts.push(("session".to_owned(), express::text(session.as_str())));
    }
    if let Some(auth_time) = origin.auth_time {
        facts.push(("auth_time".to_owned(), express::instant(auth_time)));
    }
    Some(facts)
}

fn chain_facts(
    admitted: &Admitted<'_>,
    held: Held,
    agents: &[EntityUid],
    blueprints: &[BTreeSet<EntityUid>],
) -> Option<Vec<(String, RestrictedExpression)>> {
    let chain = admitted.chain();
    let (first, last) = (chain.links().first()?, chain.links().last()?);
    let any: BTreeSet<_> = blueprints.iter().flatten().collect();
    let every: BTreeSet<_> = any.iter().copied().filter(|blueprint| blueprints.iter().all(|hop| hop.contains(blueprint))).collect();
    let agent = |uid: &EntityUid| RestrictedExpression::new_entity_uid(uid.clone());
    let depth = if chain.chain().is_autonomous() { 0 } else { chain.links().len() };
    let proven = match chain.facts().proven {
        Proven::None => &[],
        Proven::Holder => agents.get(agents.len().saturating_sub(1)..)?,
        Proven::All => agents,
    };
    // What a later link put aside does not count.
    let counted = chain.facts().bases.iter().filter(|basis| basis.hop >= chain.authority_from());
    let methods = counted.map(|basis| express::text(&basis.method));
    let mut facts = vec![
        ("id", express::text(chain.chain().id.as_str())),
        ("depth", RestrictedExpression::new_long(i64::try_from(depth).ok()?)),
        ("proof_level", RestrictedExpression::new_long(chain.proof(held) as i64)),
        ("proven_agents", uids(proven)),
        ("flags", express::texts(chain.facts().flags.iter().copied())),
        ("complete", RestrictedExpression::new_bool(chain.facts().complete)),
        ("held", RestrictedExpression::new_bool(held != Held::No)),
        ("autonomous", RestrictedExpression::new_bool(chain.chain().is_autonomous())),
        ("reauthorized", RestrictedExpression::new_set(methods)),
        ("first", agent(agents.first()?)),
        ("holder", agent(agents.last()?)),
        ("agents", uids(agents)),
        ("blueprints_any", uids(any)),
        ("blueprints_every", uids(every)),
        ("own_authority", RestrictedExpression::new_bool(chain.links().iter().any(|link| link.own_authority))),
        ("issued", express::instant(first.issued)),
        // Links only end earlier along the chain, so the last ends first.
        ("expires", express::instant(last.expires)),
    ];
    if let Some(purpose) = &last.purpose {
        facts.push(("purpose", express::text(purpose)));
    }
    if let Some(code) = &last.purpose_code {
        facts.push(("purpose_code", express::text(code.as_str())));
    }
    if let Some(assurance) = chain.facts().assurance {
        facts.push(("min_assurance", RestrictedExpression::new_long(assurance)));
    }
    if let Some(mission) = &last.mission {
        let members = [("id", &mission.id), ("origin", &mission.origin)].map(|(name, value)| (name.to_owned(), express::text(value.as_str())));
        facts.push(("mission", express::record(members)?));
    }
    Some(facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect())
}
