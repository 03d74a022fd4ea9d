//! The engine: what is loaded once, and the one function that knows the order of a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use smallvec::SmallVec;

use crate::action::Call;
use crate::approval::{Approval, ApprovalUse};
use crate::catalog::{ARGUMENTS_BYTES_MAX, Catalog, CheckedCall};
use crate::chain::cache::Cache;
use crate::chain::grant::{EntityRef, Grant};
use crate::chain::ledger::{self, Ledger};
use crate::chain::possession::{Held, Moment, ProofUse};
use crate::chain::presenter::Presenter;
use crate::chain::revocation::check_revoked;
use crate::chain::verify::{Anchors, VerifiedChain};
use crate::chain::{Chain, Link, Presented, ProofLevel};
use crate::contract::{Contract, ContractIssuer, IntentClaim};
use crate::decision::{CallRecord, ChainRecord, Decision, Effect, Permissions};
use crate::digest::{Digest, SealKey};
use crate::error::{Error, ErrorKind};
use crate::identity::Name;
use crate::intent::{self, Facts, Language, Level, Pursuit, ToolGuess, Tools};
use crate::json::{Object, Value};
use crate::policy::{Asking, Baseline, Case, Participants, Policies, Report, Resources, Settings, Source, Verdict};
use crate::reason::{Code, Reason, shortened};
use crate::registry::Refusal;
use crate::request::{REQUEST_BYTES_MAX, Request};
use crate::start::Start;
use crate::task::Task;
use crate::time::Timestamp;
use crate::world::World;

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
    language: Language,
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
    /// Used when the host brings no resources of its own.
    tools_only: Resources,
}

/// Collects what an [`Engine`] is made of.
///
/// ```
/// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
/// let engine = Engine::builder(SealKey::new([7; 32]))
///     .catalog(Catalog::from_json(doc::CATALOG)?)
///     .schema([Source::new("host.cedarschema", "type HostContext = { region?: String };")])
///     .policies([Source::new("a.cedar", "permit(principal, action, resource);")])
///     .accept_claimed_chains(false)
///     .build()?;
/// assert_eq!(engine.policies().len(), 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Builder {
    catalog: Catalog,
    language: Language,
    baseline: Option<Baseline>,
    directives: bool,
    standing: BTreeSet<String>,
    host_schema: Vec<Source>,
    policies: Vec<Source>,
    seal: SealKey,
    accept_claimed: bool,
    settings: Settings,
}

impl Builder {
    /// The tools.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// assert!(builder.catalog(Catalog::from_json(doc::CATALOG)?).build()?.catalog().tool("erp.pay").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = catalog;
        self
    }

    /// The host's own Cedar schema: resource types, and `type HostContext`.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// let broken = builder.schema([Source::new("host.cedarschema", "entity")]).build();
    /// assert_eq!(broken.unwrap_err().code(), "schema.invalid");
    /// ```
    pub fn schema(mut self, sources: impl IntoIterator<Item = Source>) -> Self {
        self.host_schema.extend(sources);
        self
    }

    /// Policy texts.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// assert_eq!(builder.policies([Source::new("a.cedar", "permit(principal, action, resource);")]).build()?.policies().len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn policies(mut self, sources: impl IntoIterator<Item = Source>) -> Self {
        self.policies.extend(sources);
        self
    }

    /// Policies we ship for the intent of calls, beside the host's own.
    ///
    /// ```
    /// use bailiwick::{Baseline, Engine, SealKey};
    /// assert!(Engine::builder(SealKey::new([7; 32])).baseline(Baseline::Strict).build().is_ok());
    /// ```
    pub fn baseline(mut self, pack: Baseline) -> Self {
        self.baseline = Some(pack);
        self
    }

    /// The language of prompts; English unless said otherwise.
    ///
    /// ```
    /// use bailiwick::{Engine, Language, SealKey};
    /// let engine = Engine::builder(SealKey::new([7; 32])).language(Language::english()).build()?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Tools the operator allows whatever a prompt says, as a provider's duty to log or to notify. Where their arguments
    /// come from counts all the same.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(doc::CATALOG)?);
    /// assert!(builder.standing(["erp.pya"]).build().is_err()); // no such tool
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn standing<S: Into<String>>(mut self, tools: impl IntoIterator<Item = S>) -> Self {
        self.standing.extend(tools.into_iter().map(Into::into));
        self
    }

    /// Reads no instructions out of outputs: to measure what that part is worth.
    #[doc(hidden)]
    pub fn without_directives(mut self) -> Self {
        self.directives = false;
        self
    }

    /// Whether chains nobody has proven may be decided on at all (`chain.unproven` otherwise). For gateways whose
    /// callers are trusted by other means, and for replay; policies see `context.chain.proof_level == 0`.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// let engine = builder.accept_claimed_chains(true).build()?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn accept_claimed_chains(mut self, accept: bool) -> Self {
        self.accept_claimed = accept;
        self
    }

    /// Whether a decision names every policy that permits at each gate, which is the default; or evaluates only as many
    /// as it takes, which is a little faster. It decides the same; the code of a denial may be another one of those that
    /// apply.
    ///
    /// ```
    /// use bailiwick::{Engine, SealKey};
    /// let engine = Engine::builder(SealKey::new([7; 32])).all_reasons(false).build()?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn all_reasons(mut self, all: bool) -> Self {
        self.settings.all_reasons = all;
        self
    }

    /// Compares one decision in so many with Cedar's own, gate by gate: which policies determine it, which fail. Where
    /// they differ the call is denied with `engine.oracle`. A decision that is compared costs what Cedar costs, and the
    /// policies stay in memory in Cedar's form too.
    ///
    /// ```
    /// use bailiwick::{Engine, SealKey};
    /// let one_in = std::num::NonZeroU32::new(1_000).unwrap();
    /// let engine = Engine::builder(SealKey::new([7; 32])).compare_with_cedar(one_in).build()?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn compare_with_cedar(mut self, one_in: NonZeroU32) -> Self {
        self.settings.sampled = Some(one_in);
        self
    }

    /// The engine.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// let error = builder.policies([Source::new("a.cedar", "permit(")]).build().unwrap_err();
    /// assert_eq!(error.location().unwrap().file.as_deref(), Some("a.cedar"));
    /// ```
    ///
    /// # Errors
    /// `policy.invalid`, `schema.invalid` or `catalog.invalid`, with file, line and column where there is a text.
    pub fn build(self) -> Result<Engine, Error> {
        let Self { catalog, language, standing, baseline, directives, host_schema, mut policies, seal, accept_claimed, settings } = self;
        if let Some(unknown) = standing.iter().find(|tool| catalog.tool(tool).is_none()) {
            return Err(Error::new(ErrorKind::Catalog, format!("standing tool `{unknown}` is not in the catalog")));
        }
        policies.extend(baseline.map(Baseline::source));
        let policies = Policies::load(&catalog, &host_schema, &policies, settings)?;
        let tools_only = policies.resources(None)?;
        let policies = ArcSwap::from_pointee(policies);
        let tools = Tools::of(&catalog, &language, directives);
        let (verified, decided) = (Cache::default(), AtomicU64::new(0));
        Ok(Engine(Arc::new(Loaded {
            catalog,
            baseline,
            language,
            tools,
            standing,
            host_schema,
            seal,
            accept_claimed,
            settings,
            decided,
            policies,
            verified,
            tools_only,
        })))
    }
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
        Builder {
            catalog: Catalog::default(),
            language: Language::english(),
            baseline: None,
            directives: true,
            standing: BTreeSet::new(),
            host_schema: Vec::new(),
            policies: Vec::new(),
            seal,
            accept_claimed: false,
            settings: Settings { all_reasons: true, sampled: None },
        }
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
        let pursuit = match policies.reads_intent().then(|| self.resumed_pursuit(verified)).transpose() {
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
            pursuit: pursuit.as_ref(),
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
    /// `refused`-kind errors with the code of the [`Reason`]: a chain that could not be used is not begun. Whether
    /// the agent may act is not asked here; every decision does.
    pub fn begin(&self, start: Start, world: &World<'_>) -> Result<Task, Error> {
        let Start { id, origin, agent, key, prompt, contract, grant, terms, lifetime_millis, depth_max } = start;
        let usage = |message: String| Error::new(ErrorKind::Usage, message);
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
    /// As [`Engine::begin`]; `grant.ledger` for a chain with budgets without a ledger.
    pub fn resume(&self, chain: impl Into<Presented>, world: &World<'_>) -> Result<Task, Error> {
        let verified = self.anchors(world).verify(&chain.into(), world.now)?;
        if let (None, Some(hop)) = (world.ledger, verified.first_budget()) {
            return Err(Reason::new(Code::GrantLedger).at(hop).into());
        }
        let pursuit = self.resumed_pursuit(&verified)?;
        Ok(Task::resumed(self.clone(), verified, world.ledger.cloned(), pursuit))
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
        let Loaded { tools, standing, language, .. } = &*self.0;
        intent::compile(prompt, tools, standing, language)
    }

    /// The intent of a prompt, under a contract somebody else made of it, if there is one; and what was cut from that.
    fn pursuit(&self, prompt: &str, given: Option<Contract>) -> (Pursuit, Vec<String>) {
        let Loaded { tools, language, .. } = &*self.0;
        let compiled = self.contract(prompt);
        let (contract, cut) = match given {
            None => (compiled, Vec::new()),
            Some(given) if given.issuer == ContractIssuer::Person => (given, Vec::new()),
            Some(given) => {
                let (narrowed, cut) = compiled.narrowed(&given);
                (Contract { issuer: ContractIssuer::Host, ..narrowed }, cut)
            }
        };
        (Pursuit::of_prompt(prompt, contract, tools, language), cut)
    }

    /// The intent of a chain that is taken up again: of its prompt, as each of its links narrows it.
    ///
    /// What this process sealed it knows to be narrower. Of a chain from elsewhere that is checked again from the prompt on,
    /// and no value in it is better than a record: the prompt's own words are in the first link.
    pub(crate) fn resumed_pursuit(&self, chain: &VerifiedChain) -> Result<Option<Pursuit>, Reason> {
        let Loaded { tools, language, .. } = &*self.0;
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
        Ok(Some(Pursuit::handed_on(held.contract, (prompt.as_slice(), &held.values), (hop, salt), tools, language)))
    }

    pub(crate) fn tools(&self) -> &Tools {
        &self.0.tools
    }

    pub(crate) fn language(&self) -> &Language {
        &self.0.language
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
            effects: tool.into_iter().flat_map(super::catalog::Tool::effects).map(|effect| effect.as_str()).collect(),
            digest,
        }
    }
}

/// Everything one decision is made from.
pub(crate) struct Round<'r> {
    pub engine: &'r Engine,
    pub policies: &'r Policies,
    pub chain: &'r VerifiedChain,
    pub call: &'r Call,
    pub presenter: Option<&'r Presenter>,
    pub host: &'r Object,
    pub world: &'r World<'r>,
    /// Participants made for an earlier call under the same snapshots, by what the holder has shown of its key.
    pub prepared: &'r dyn Fn(Held) -> Option<Arc<Participants>>,
    pub ledger: Option<&'r Ledger>,
    /// What the work is for, and what it has seen.
    pub pursuit: Option<&'r Pursuit>,
    /// The ledger tells which proofs of possession were used before.
    pub knows_proofs: bool,
}

/// What a walk through the stages found, when none refused.
struct Walked {
    verdict: Verdict,
    debits: Vec<ledger::Debit>,
    intent: Option<Facts>,
    /// The chain, for the account.
    chain: Arc<ChainRecord>,
    /// The proof that must not be used again.
    proof: Option<ProofUse>,
}

impl Round<'_> {
    /// Decides; if that ends in `ask`, looks for approvals of this very call and decides again with them.
    pub(crate) fn decide(&self, approvals: &[Approval]) -> Decision {
        let digest = self.call.digest(self.chain.digest());
        let first = self.speak(digest, self.walk(digest, &BTreeSet::new()), Vec::new());
        let Some(digest) = digest.filter(|_| first.effect == Effect::Ask && !approvals.is_empty()) else {
            return first;
        };
        let check = |approval: &Approval| match self.ledger {
            Some(ledger) if !ledger.has_used(&approval.id()) => approval.check(digest, self.engine.seal(), self.world.now),
            _ => Err(Code::ApprovalUsed),
        };
        let (mut approved, mut used, mut declined) = (BTreeSet::new(), Vec::new(), Vec::new());
        // An approval that adds no role still missing stays unused, for another call.
        for approval in approvals {
            let adds = approval.roles.iter().any(|role| first.ask.contains(role) && !approved.contains(role));
            match check(approval) {
                Ok(()) if adds => {
                    approved.extend(approval.roles.iter().cloned());
                    used.push(approval.used());
                }
                Ok(()) => {}
                Err(code) => declined.push(code),
            }
        }
        let mut decision = if used.is_empty() { first } else { self.speak(Some(digest), self.walk(Some(digest), &approved), used) };
        decision.declined = declined;
        decision
    }

    /// The order of a decision. Each stage hands on what the next one needs; none is skipped.
    fn walk(&self, digest: Option<Digest>, approved: &BTreeSet<String>) -> Result<Walked, Refusal> {
        let now = self.world.now;
        self.chain.check_times(now)?;
        check_revoked(self.chain, self.world.revocations, self.world.trust, now)?;
        if let Some(presenter) = self.presenter {
            presenter.check(self.chain)?;
        }
        let admitted = self.world.registry.admit(self.chain, now)?;
        let call = self.engine.catalog().check(self.call)?;
        let (held, proof) = self.possession(&call)?;
        digest.ok_or_else(|| Reason::new(Code::CallTooLarge).because(format!("at most {ARGUMENTS_BYTES_MAX} bytes")))?;
        let holds = admitted.allow(&call)?;
        let debits = self.covered(&call)?;
        let intent = self.judged()?;
        let resources = self.engine.world_resources(self.world);
        let participants = match (self.prepared)(held) {
            Some(prepared) => prepared,
            None => Arc::new(Participants::of(&admitted, held, self.world.registry, self.policies)?),
        };
        let kinds: SmallVec<[&str; 4]> = admitted.hold_kinds().collect();
        let asking = self.engine.asking();
        let case = Case {
            call: &call,
            participants: &participants,
            resources,
            host: self.host,
            intent: intent.as_ref(),
            approved,
            holds: &kinds,
            now,
            asking,
        };
        let mut verdict = self.policies.permit(&case);
        for (hop, hold) in holds {
            let role = admitted.role(hop, hold);
            if approved.contains(&role) {
                continue;
            }
            match verdict.effect {
                Effect::Deny => break,
                Effect::Ask => {}
                Effect::Allow => {
                    verdict.effect = Effect::Ask;
                    verdict.reason = Reason::new(Code::RegistryAsk).at(hop).because(format!("{} {}", hold.kind, hold.reason).trim_end());
                }
            }
            verdict.ask.insert(role);
        }
        Ok(Walked { verdict, debits, intent, chain: Arc::clone(&participants.record), proof })
    }

    /// Whether the call serves what the work is for.
    fn judged(&self) -> Result<Option<Facts>, Reason> {
        let Some(pursuit) = self.pursuit else { return Ok(None) };
        let broken = || Reason::new(Code::EngineInternal).because("what the task has seen is broken");
        let Value::Object(arguments) = &self.call.arguments else { return Err(broken()) };
        pursuit.judge(&self.call.tool, arguments, self.engine.tools()).map(Some).ok_or_else(broken)
    }

    /// What the holder has shown of its key; and the proof, if it must not be used again.
    fn possession(&self, call: &CheckedCall<'_>) -> Result<(Held, Option<ProofUse>), Reason> {
        let presenter = self.presenter;
        // Whose word the key is nobody can tell where nobody vouches for the chain.
        if self.chain.facts().proof == ProofLevel::Claimed {
            return Ok((Held::No, None));
        }
        let Some(proof) = presenter.and_then(|presenter| presenter.proof.as_ref()) else {
            // A key the host has authenticated was compared with the holder's before.
            let is_shown = presenter.is_some_and(|presenter| presenter.key.is_some());
            return match (is_shown, self.chain.facts().is_bound) {
                (true, _) => Ok((Held::Key, None)),
                (false, true) => Err(Reason::new(Code::ProofMissing)),
                (false, false) => Ok((Held::No, None)),
            };
        };
        let (revocations, now) = (self.world.revocations, self.world.now);
        let shown = proof.check(self.chain, self.call, &Moment { anchors: self.engine.anchors(self.world), revocations, now })?;
        match self.ledger {
            // To read twice does no harm; but what was sent once may not be sent again to do some.
            _ if call.tool.only_reads() => Ok((shown.held, Some(shown.used))),
            None => Err(Reason::new(Code::ProofLedger)),
            Some(_) if !self.knows_proofs => Err(Reason::new(Code::ProofLedger).because("the task was resumed without one")),
            Some(ledger) if ledger.has_seen(&shown.used) => Err(Reason::new(Code::ProofReplay)),
            Some(_) => Ok((shown.held, Some(shown.used))),
        }
    }

    /// Pointwise: the call lies in the grant of every link whose authority counts, and in its budgets.
    fn covered(&self, call: &CheckedCall<'_>) -> Result<Vec<ledger::Debit>, Reason> {
        let from = self.chain.authority_from();
        let resources = self.engine.world_resources(self.world);
        let located = std::cell::LazyCell::new(|| resources.locate(call));
        let given = |hop, grant: &Grant| {
            grant.covers(call, &located).map_err(|code| Reason::new(code).at(hop).because(format!("`{}` by the grant at this hop", call.tool.name())))
        };
        // A re-authorization takes the place of what was passed on before it.
        for basis in self.chain.facts().bases.iter().filter(|basis| basis.hop >= from) {
            given(basis.hop, &basis.grant)?;
        }
        for (hop, link) in self.chain.links().iter().enumerate() {
            let is_target = |targets: &BTreeSet<Name>| targets.iter().any(|target| target.as_str() == call.tool.system());
            if !link.targets.as_ref().is_none_or(is_target) {
                return Err(Reason::new(Code::GrantTarget).at(hop).because(format!("`{}`", call.tool.system())));
            }
            if hop >= from {
                given(hop, &link.grant)?;
            }
        }
        ledger::debits(self.chain, call, self.ledger)
    }

    /// The only place yes, ask or no is spoken.
    fn speak(&self, digest: Option<Digest>, walked: Result<Walked, Refusal>, used: Vec<ApprovalUse>) -> Decision {
        let now = self.world.now;
        let call = self.engine.call_record(self.call, digest);
        let mut record = None;
        let mut decision = match walked {
            Err(Refusal { reason, finding }) => {
                let mut decision = Decision::refused(reason, call, now);
                decision.findings.extend(finding);
                decision
            }
            Ok(Walked { verdict, debits, intent, chain, proof }) => {
                record = Some(chain);
                let mut decision = Decision::refused(verdict.reason, call, now);
                decision.effect = verdict.effect;
                decision.ask = verdict.ask.into_iter().collect();
                decision.obligations = verdict.obligations;
                decision.shadow = verdict.shadow;
                decision.permissions.gates = verdict.gates;
                decision.intent = intent.map(|facts| Box::new(facts.record()));
                if verdict.effect == Effect::Allow {
                    decision.debits = debits;
                    decision.proof = proof;
                    decision.approved = used;
                }
                decision
            }
        };
        decision.chain = Some(record.unwrap_or_else(|| Arc::new(ChainRecord::of(self.chain, Held::No))));
        let gates = std::mem::take(&mut decision.permissions.gates);
        decision.permissions = Permissions { gates, policies: Some(self.policies.digest()), registry: Some(self.world.registry.digest()) };
        decision
    }
}
