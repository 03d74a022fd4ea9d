//! The engine: what is loaded once, and what can be asked of it.

pub(crate) mod authzen;
mod builder;
mod evaluate;
mod remarks;
pub(crate) mod request;
pub(crate) mod start;
pub(crate) mod task;
pub(crate) mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

use crate::catalog::call::Call;
use crate::catalog::call::CallRecord;
use crate::catalog::{Catalog, Tool, UNCLASSIFIED};
use crate::chain::cache::Cache;
use crate::chain::record::ChainRecord;
use crate::chain::revocation::check_revoked;
use crate::chain::verify::VerifiedChain;
use crate::chain::{Chain, Link, Presented, ProofLevel};
use crate::decision::Decision;
use crate::decision::ledger::Ledger;
use crate::digest::{Digest, SealKey};
use crate::engine::request::{REQUEST_BYTES_MAX, Request};
use crate::engine::start::Start;
use crate::engine::task::Task;
use crate::engine::world::World;
use crate::error::{Error, ErrorKind};
use crate::grant::contract::{Contract, ContractIssuer, IntentClaim};
use crate::grant::level::Level;
use crate::grant::{EntityRef, Grant};
use crate::identity::{Name, Origin};
use crate::intent::{self, Pursuit, Resumed, ToolGuess, Tools};
use crate::policy::{Asking, Baseline, Policies, Report, Resources, Settings, Source, Warning};
use crate::reason::{Code, Reason};
use crate::registry::Registry;
use crate::text::shortened;
use crate::time::Timestamp;
use crate::token::Anchors;

pub use builder::Builder;
pub(crate) use evaluate::Round;

/// Policies, schema and catalog, loaded and checked. Cheap to clone, safe to share between threads.
///
/// ```
/// use bailiwick::{Call, Engine, SealKey, Source, Start, Value, World};
/// # use bailiwick::doc::{CATALOG, REGISTRY, now};
/// let engine = Engine::builder(SealKey::new([7; 32])) // 32 bytes of the system's randomness
///     .catalog(bailiwick::Catalog::from_json(CATALOG)?)
///     .policies([Source::new("all.cedar", r#"permit(principal, action in [Action::"read", Action::"delegate"], resource);"#)])
///     .build()?;
/// let registry = bailiwick::Registry::from_json(REGISTRY)?;
/// let world = World::new(&registry, now());
/// let start = Start::new("task-17",
///     bailiwick::Origin::user("https://idp.example", "alice")?,
///     bailiwick::Agent::new("https://agents.example", "invoice-bot")?);
/// let task = engine.begin(start, &world)?;
/// let decision = task.decide(&Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#)?), &world);
/// assert!(decision.is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine(Arc<Loaded>);

#[derive(Debug)]
struct Loaded {
    catalog: Catalog,
    baseline: Option<Baseline>,
    /// What the tools mean in the language.
    tools: Tools,
    standing: BTreeSet<String>,
    host_schema: Vec<Source>,
    seal: SealKey,
    accept_claimed: bool,
    settings: Settings,
    /// Decisions so far, when some are to be compared with Cedar's.
    decided: AtomicU64,
    policies: ArcSwap<Policies>,
    /// Chains from elsewhere that were verified before.
    verified: Cache,
    /// What the chains of requests are for.
    resumed: Resumed,
    /// Used when the host brings no resources of its own.
    tools_only: Resources,
}

impl Engine {
    /// Starts an engine that seals with this key.
    ///
    /// ```
    /// let engine = bailiwick::Engine::builder(bailiwick::SealKey::new([7; 32])).build()?;
    /// assert!(engine.policies().is_empty()); // so that everything is denied
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn builder(seal: SealKey) -> Builder {
        Builder::new(seal)
    }

    /// Decides one request. Always a decision: what cannot be shown to be allowed is denied.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// use bailiwick::Request;
    /// let request = Request::new(doc::task().chain().clone(), doc::read());
    /// assert!(doc::engine().decide(&request, &world).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide(&self, request: &Request, world: &World<'_>) -> Decision {
        self.decide_under(&self.anchors(world).verify(&request.chain, world.now), request, world)
    }

    /// Decides requests one after the other, each as [`Engine::decide`] does. Chains given as evidence are verified once
    /// for all of them.
    ///
    /// ```
    /// use bailiwick::{Registry, Request, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let requests = [Request::new(doc::task().chain().clone(), doc::read())];
    /// let decisions = doc::engine().decide_many(&requests, &World::new(&registry, doc::now()));
    /// assert!(decisions[0].is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_many<'r>(&self, requests: impl IntoIterator<Item = &'r Request>, world: &World<'_>) -> Vec<Decision> {
        requests.into_iter().map(|request| self.decide(request, world)).collect()
    }

    /// The same, for a chain that was verified for this request or another of the same moment.
    pub(crate) fn decide_under(&self, verified: &Result<VerifiedChain, Reason>, request: &Request, world: &World<'_>) -> Decision {
        let call = &request.call;
        let verified = match verified {
            Ok(verified) => verified,
            Err(reason) => return self.refuse(reason.clone(), call, &request.chain, world.now),
        };
        let policies = self.in_force();
        let pursuit = match policies.reads_intent().then(|| self.shared_pursuit(verified)).transpose() {
            Ok(pursuit) => pursuit.flatten(),
            Err(reason) => return self.refuse(reason, call, &request.chain, world.now),
        };
        let round = Round {
            engine: self,
            policies: &policies,
            chain: verified,
            call,
            presenter: request.presenter.as_ref().or(call.presenter.as_ref()),
            host: &request.host,
            world,
            prepared: &|_| None,
            ledger: world.ledger,
            pursuit: pursuit.as_deref(),
            knows_proofs: true,
        };
        let approvals = world.ledger.map_or(&[][..], |_| &request.approvals);
        round.decide(approvals)
    }

    /// Decides one request in JSON; what is not a request is denied with `request.malformed`.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let decision = doc::engine().decide_json("{", &world);
    /// assert_eq!(decision.reason.code.as_str(), "request.malformed");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_json(&self, text: &str, world: &World<'_>) -> Decision {
        if text.len() > REQUEST_BYTES_MAX {
            return Decision::without_call(Reason::new(Code::RequestTooLarge).because(format!("at most {REQUEST_BYTES_MAX} bytes")), world.now);
        }
        match Request::from_json(text) {
            Ok(request) => self.decide(&request, world),
            // The path tells where in JSON that can be read; a position is needed where it cannot.
            Err(error) if crate::Value::parse(text).is_ok() => self.decide_malformed(&error.of_value("request").to_string(), world),
            Err(error) => self.decide_malformed(&error.to_string(), world),
        }
    }

    /// The decision on what is not a request at all, for language boundaries: a deny with `request.malformed`.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// assert!(!doc::engine().decide_malformed("a cycle", &world).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_malformed(&self, why: &str, world: &World<'_>) -> Decision {
        Decision::without_call(Reason::new(Code::RequestMalformed).because(why), world.now)
    }

    /// Begins a piece of work: makes and seals the first link, from the origin to the agent.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// use bailiwick::{Agent, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
    /// let task = doc::engine().begin(Start::new("task-18", alice, bot), &world)?;
    /// assert_eq!(task.chain().links.len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `usage` for a grant that names an unknown action, argument or approver, or has already expired; `refused`-kind errors with the
    /// code of the [`Reason`]: a chain that could not be used is not begun, nor any under a stale revocation snapshot. Whether the
    /// agent may act is not asked here; every decision does.
    pub fn begin(&self, start: Start, world: &World<'_>) -> Result<Task, Error> {
        let Start { id, origin, agent, key, prompt, contract, grant, terms, lifetime_millis, depth_max } = start;
        let usage = |message: String| Error::new(ErrorKind::Usage, message);
        let grant = self.settled(grant, &origin, world)?;
        let mut link = Link::new(Name::try_from("0").map_err(usage)?, origin.id.clone(), agent, grant);
        (link.issued, link.expires) = (world.now, world.now.plus_millis(lifetime_millis));
        if let Some(what) = contract.as_ref().and_then(Contract::oversize) {
            return Err(usage(what));
        }
        let (pursuit, cut) = match (&prompt, contract) {
            (None, None) => (None, Vec::new()),
            (prompt, contract) => {
                let (pursuit, cut) = self.pursuit(prompt.as_deref().unwrap_or_default(), contract);
                (Some(pursuit), cut)
            }
        };
        if let Some(pursuit) = pursuit.as_ref().filter(|pursuit| pursuit.contract().issuer != ContractIssuer::Derived) {
            link.intent = Some(IntentClaim { contract: pursuit.contract(), values: BTreeMap::new() });
        }
        (link.purpose, link.depth_max, link.key) = (prompt, depth_max, key);
        terms.write(&mut link);
        let chain = Chain { id: Name::try_from(id).map_err(usage)?, origin, links: vec![link], evidence: None, seal: None };
        let verified = self.anchors(world).ours(Arc::new(chain.sealed(&self.0.seal)), world.now)?;
        check_revoked(&verified, world.revocations, world.trust, world.now)?;
        Ok(Task::new(self.clone(), verified, Ledger::default(), pursuit, cut))
    }

    /// Goes on with a chain that was begun before, or comes from elsewhere. What was spent under it must come too, in
    /// [`World::ledger`]: a chain with budgets that began anew each time it is resumed would have no budgets. Without it,
    /// calls with side effects that come with a proof of possession are denied too: the proof may have been used.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let chain = doc::task().chain().clone();
    /// let resumed = doc::engine().resume(chain, &world)?;
    /// assert!(resumed.decide(&doc::read(), &world).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// The code of what is wrong with the chain; `revocation.…` for a stale snapshot or a revoked chain; `grant.ledger` for a chain with
    /// budgets without a ledger.
    pub fn resume(&self, chain: impl Into<Presented>, world: &World<'_>) -> Result<Task, Error> {
        let verified = self.anchors(world).verify(&chain.into(), world.now)?;
        check_revoked(&verified, world.revocations, world.trust, world.now)?;
        if let (None, Some(hop)) = (world.ledger, verified.first_budget()) {
            return Err(Reason::new(Code::GrantLedger).at(hop).into());
        }
        let pursuit = self.resumed_pursuit(&verified)?;
        Ok(Task::resumed(self.clone(), verified, world.ledger.cloned(), pursuit))
    }

    /// A grant that is about to be passed on, without slips.
    pub(crate) fn settled(&self, grant: Grant, origin: &Origin, world: &World<'_>) -> Result<Grant, Error> {
        let policies = self.in_force();
        let is_group = |name: &str| policies.names_group(name) || origin.groups.iter().any(|group| group.as_str() == name);
        grant.settled(self.catalog(), &is_group, world.now).map_err(|why| Error::new(ErrorKind::Usage, why))
    }

    /// The grant with every `in` replaced by what is in there now, so that a resource moved there later is not covered.
    ///
    /// ```
    /// use bailiwick::{Grant, Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let grant: Grant = bailiwick::read_json(r#"{"actions": "any", "resources": [{"in": {"type": "System", "id": "mail"}}]}"#)?;
    /// let pinned = doc::engine().pin(&grant, &World::new(&registry, doc::now()))?;
    /// let text = serde_json::to_string(&pinned).unwrap();
    /// assert!(text.contains(r#"{"eq":{"type":"Tool","id":"mail.read"}}"#) && !text.contains("\"in\""));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `usage` when there are more resources than a grant may list.
    pub fn pin(&self, grant: &Grant, world: &World<'_>) -> Result<Grant, Error> {
        let pinned = grant.pinned(|entity| self.world_resources(world).within(entity));
        match pinned.oversize() {
            Some(what) => Err(Error::new(ErrorKind::Usage, format!("{what}: keep the `in`, or grant less"))),
            None => Ok(pinned),
        }
    }

    /// Checks policies as if they were loaded; [`Engine::swap`] puts them in force.
    ///
    /// ```
    /// let error = bailiwick::doc::engine().compile(&[bailiwick::Source::new("a.cedar", "permit(")]).unwrap_err();
    /// assert_eq!((error.code(), error.location().unwrap().line), ("policy.invalid", 1));
    /// ```
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn compile(&self, sources: &[Source]) -> Result<Policies, Error> {
        let sources: Vec<_> = sources.iter().cloned().chain(self.0.baseline.map(Baseline::source)).collect();
        Policies::load(&self.0.catalog, &self.0.host_schema, &sources, self.0.settings)
    }

    /// Puts policies in force, atomically: decisions under way finish with the old ones. Returns the old ones.
    ///
    /// ```
    /// let engine = bailiwick::doc::engine();
    /// engine.swap(engine.compile(&[])?)?;
    /// assert!(engine.policies().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `usage` for policies that were compiled by an engine of other tools.
    pub fn swap(&self, policies: Policies) -> Result<Arc<Policies>, Error> {
        if policies.schema_digest() != self.policies().schema_digest() {
            return Err(Error::new(ErrorKind::Usage, "the policies were compiled for other tools"));
        }
        Ok(self.0.policies.swap(Arc::new(policies)))
    }

    /// Reads the host's resources: Cedar's JSON entity format, checked against the schema.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().resources("[]").is_ok());
    /// ```
    ///
    /// # Errors
    /// `entities.invalid`; also for entities of the engine's own types, such as `Agent`.
    pub fn resources(&self, text: &str) -> Result<Resources, Error> {
        self.policies().resources(Some(text))
    }

    /// The same resources with some put in or changed, and some taken out: what is not named is shared with the old
    /// snapshot, so the cost does not grow with their number.
    ///
    /// ```
    /// let engine = bailiwick::doc::engine();
    /// let resources = engine.resources("[]")?;
    /// let changed = engine.change_resources(&resources, "[]", &[])?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::resources`]; also for an entity that would be in itself.
    pub fn change_resources(&self, resources: &Resources, text: &str, removed: &[EntityRef]) -> Result<Resources, Error> {
        self.policies().change(resources, text, removed)
    }

    /// Compiles what a prompt asks for: which of the catalog's tools, and from which words it follows.
    ///
    /// ```
    /// let contract = bailiwick::doc::engine().contract("Please pay the March invoice");
    /// assert!(contract.grants[0].tools.contains("erp.pay"));
    /// ```
    #[must_use]
    pub fn contract(&self, prompt: &str) -> Contract {
        let Loaded { tools, standing, .. } = &*self.0;
        intent::compile(prompt, tools, standing)
    }

    /// The intent of a prompt, under a contract somebody else made of it, if there is one; and what was cut from that.
    fn pursuit(&self, prompt: &str, given: Option<Contract>) -> (Pursuit, Vec<String>) {
        let tools = &self.0.tools;
        let compiled = self.contract(prompt);
        let (contract, cut) = match given {
            None => (compiled, Vec::new()),
            Some(given) if given.issuer == ContractIssuer::Person => (given, Vec::new()),
            Some(given) => {
                let (narrowed, cut) = compiled.narrowed(&given);
                (Contract { issuer: ContractIssuer::Host, ..narrowed }, cut)
            }
        };
        (Pursuit::of_prompt(prompt, contract, tools), cut)
    }

    /// The intent of a chain that is taken up again: of its prompt, as each of its links narrows it.
    ///
    /// What this process sealed it knows to be narrower. Of a chain from elsewhere that is checked again from the prompt on,
    /// and no value in it is better than a record: the prompt's own words are in the first link.
    pub(crate) fn resumed_pursuit(&self, chain: &VerifiedChain) -> Result<Option<Pursuit>, Reason> {
        let tools = &self.0.tools;
        let (links, is_ours) = (chain.links(), chain.chain().evidence.is_none() && chain.facts().proof == ProofLevel::Sealed);
        let Some(first) = links.first() else { return Ok(None) };
        let prompt = first.purpose.as_deref();
        let mut held = match (&first.intent, prompt) {
            (Some(claim), _) => claim.clone(),
            (None, Some(prompt)) => IntentClaim { contract: self.contract(prompt), values: BTreeMap::new() },
            (None, None) => return Ok(None),
        };
        for (hop, link) in links.iter().enumerate().skip(1) {
            held.values.clear();
            let Some(claim) = &link.intent else { continue };
            if !is_ours && !claim.contract.is_within(&held.contract) {
                return Err(Reason::new(Code::ChainIntentWidened).at(hop));
            }
            // Who narrows a contract is not thereby a person.
            held = IntentClaim { contract: Contract { issuer: held.contract.issuer, ..claim.contract.clone() }, values: claim.values.clone() };
        }
        if !is_ours {
            held.values.values_mut().for_each(|level| *level = (*level).max(Level::Keyed as u8));
        }
        let (hop, salt) = (links.len() - 1, chain.chain().id.as_str());
        Ok(Some(Pursuit::handed_on(held.contract, (prompt.as_slice(), &held.values), (hop, salt), tools)))
    }

    /// The same for a request that nothing is learnt from: of chains with one prompt, it is compiled once.
    pub(crate) fn shared_pursuit(&self, chain: &VerifiedChain) -> Result<Option<Arc<Pursuit>>, Reason> {
        let links = chain.links();
        let claims = links.iter().any(|link| link.intent.is_some());
        let Some(prompt) = links.first().map(|link| link.purpose.as_deref()).filter(|prompt| claims || prompt.is_some()) else {
            return Ok(None);
        };
        // What links claim is a part of the chain, and how it was proved decides what the claims are worth.
        let key = if claims {
            Digest::of("intent.chain", &(chain.digest(), chain.facts().proof == ProofLevel::Sealed, chain.chain().evidence.is_none()))
        } else {
            Digest::of("intent.prompt", &(prompt, links.len()))
        };
        if let Some(known) = self.0.resumed.find(key) {
            return Ok(Some(known));
        }
        let Some(pursuit) = self.resumed_pursuit(chain)?.map(Arc::new) else { return Ok(None) };
        self.0.resumed.keep(key, &pursuit);
        Ok(Some(pursuit))
    }

    pub(crate) fn tools(&self) -> &Tools {
        &self.0.tools
    }

    /// What was guessed of the tools whose effects nobody has declared. Annotate those first.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().tool_guesses().is_empty());
    /// ```
    #[must_use]
    pub fn tool_guesses(&self) -> Vec<ToolGuess> {
        self.0.tools.guesses()
    }

    /// What somebody should look at in the catalog, one line each: the tools whose effects nobody has declared, with what
    /// is guessed in place of them; the tools that are unusable, and why; what of a schema is not enforced; and the number
    /// arguments that policies read, where a call with more than four decimal places is denied.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey};
    /// let catalog = Catalog::from_functions("web", r#"[{"name": "delete_page", "description": "Deletes a page."}]"#)?;
    /// let engine = Engine::builder(SealKey::new([7; 32])).catalog(catalog).build()?;
    /// assert_eq!(engine.lint().collect::<Vec<_>>(), [
    ///     "tool `delete_page` has no effects, and is in Action::\"unclassified\" until they are declared; guessed: cannot be undone; delete",
    /// ]);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn lint(&self) -> impl Iterator<Item = String> {
        let said = |guess: ToolGuess| {
            format!("tool `{}` has no effects, and is in Action::\"{UNCLASSIFIED}\" until they are declared; guessed: {guess}", guess.tool)
        };
        let policies = self.policies();
        let of_schemas = self.catalog().tools().flat_map(|tool| remarks::of_schema(tool, &policies)).collect::<Vec<_>>();
        self.tool_guesses()
            .into_iter()
            .filter(|guess| self.catalog().tool(&guess.tool).is_none_or(|tool| tool.unusable().is_none()))
            .map(said)
            .chain(of_schemas)
    }

    /// What can never work under these agents, and what is odd about the policies: warnings found at load, tools no policy
    /// permits, agents nobody may delegate to, agents and blueprints that policies name and the registry does not have, and
    /// what lists of tools say in a place where nothing reads it.
    ///
    /// ```
    /// use bailiwick::{Registry, doc};
    /// let codes: Vec<_> = doc::engine().warnings(&Registry::empty()).into_iter().map(|warning| warning.code).collect();
    /// assert!(codes.contains(&"registry.empty"));
    /// ```
    #[must_use]
    pub fn warnings(&self, registry: &Registry) -> Vec<Warning> {
        let policies = self.policies();
        let unread = self.catalog().unread().iter().map(|message| Warning { code: "catalog.unread", message: message.clone(), location: None });
        unread.chain(policies.warnings().iter().cloned()).chain(policies.unreachable(self.catalog(), registry)).collect()
    }

    /// How the policies in force are evaluated: which were compiled, which every call must look at.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::engine().report().compiled, 1);
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        self.policies().report()
    }

    /// The policies in force.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::engine().policies().len(), 1);
    /// ```
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        self.0.policies.load_full()
    }

    /// The tools.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().catalog().tool("mail.read").is_some());
    /// ```
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// The same, for the length of a decision: nothing shared is written to.
    pub(crate) fn in_force(&self) -> Guard<Arc<Policies>> {
        self.0.policies.load()
    }

    pub(crate) fn settings(&self) -> Settings {
        self.0.settings
    }

    pub(crate) fn seal(&self) -> &SealKey {
        &self.0.seal
    }

    pub(crate) fn anchors<'a>(&'a self, world: &World<'a>) -> Anchors<'a> {
        let Loaded { seal, accept_claimed, catalog, verified, .. } = &*self.0;
        Anchors { seal, accept_claimed: *accept_claimed, catalog, trust: world.trust, cache: verified }
    }

    fn asking(&self) -> Asking {
        let Settings { all_reasons, sampled } = self.0.settings;
        let is_sampled = sampled.is_some_and(|one_in| self.0.decided.fetch_add(1, Ordering::Relaxed).is_multiple_of(u64::from(one_in.get())));
        Asking { all_reasons, is_sampled }
    }

    pub(crate) fn world_resources<'w>(&'w self, world: &World<'w>) -> &'w Resources {
        world.resources.unwrap_or(&self.0.tools_only)
    }

    /// A deny for a chain that did not verify.
    pub(crate) fn refuse(&self, reason: Reason, call: &Call, chain: &Presented, now: Timestamp) -> Decision {
        let mut decision = Decision::refused(reason, self.call_record(call, None), now);
        // Of evidence that did not verify there is nothing to tell but its claims.
        decision.chain = chain.chain().map(ChainRecord::unverified).map(Arc::new);
        decision
    }

    fn call_record(&self, call: &Call, digest: Option<Digest>) -> CallRecord {
        let tool = self.0.catalog.tool(&call.tool);
        CallRecord {
            tool: shortened(call.tool.clone()),
            system: tool.map(|tool| tool.system().to_owned()),
            effects: tool.into_iter().flat_map(Tool::effects).map(|effect| effect.as_str()).collect(),
            digest,
        }
    }
}
