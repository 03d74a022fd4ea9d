//! A process that embeds the engine: the snapshots in force, the log, the clock.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::{ArcSwap, ArcSwapOption};
use bailiwick::{
    Agent, AuthZen, AuthZenAnswer, Baseline, Chain, Contract, Decision, Engine, EntityRef, Error, ErrorKind, Grant, Head, Key, Ledger, Log, Origin,
    Registry, Resources, Revocations, SealKey, Source, Start, Terms, Timestamp, TrustStore, Warning, World, read_json,
};
use serde::Deserialize;

use crate::dir::{self, Files};
use crate::task::HostTask;
use crate::tools::catalog_of;

/// The host's clock, now. A clock before 1970 or after 9999 reads as the epoch.
///
/// ```
/// assert!(bailiwick_store::now().as_millis() > 1_700_000_000_000);
/// ```
#[must_use]
pub fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let epoch = || Timestamp::from_millis(0).unwrap_or_else(|| unreachable!("the epoch is in range"));
    i64::try_from(millis).ok().and_then(Timestamp::from_millis).unwrap_or_else(epoch)
}

/// What a [`Host`] is made of: texts, as they stand in files.
///
/// ```
/// use bailiwick::Source;
/// use bailiwick_store::{Host, Parts};
/// let host = Host::new(Parts {
///     policies: vec![Source::new("all.cedar", r#"permit(principal, action, resource);"#)],
///     catalog: Some(Source::new("tools.json", r#"[{"name": "search", "parameters": {"type": "object", "properties": {}}}]"#)),
///     ..Parts::default()
/// })?;
/// assert_eq!(host.engine().policies().len(), 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "built by its caller, with `..Parts::default()`")]
pub struct Parts {
    /// Policy texts.
    pub policies: Vec<Source>,
    /// The host's own schema texts.
    pub schema: Vec<Source>,
    /// The catalog: in any of the three formats, or a list of servers.
    pub catalog: Option<Source>,
    /// More tools: a server each, named by its file `tools/NAME.json` or `NAME/tools.json`; see [`Files`].
    pub servers: Vec<Source>,
    /// Say of the catalog's tools what they do. Those named `NAME/annotations.json` beside a server's `NAME/tools.json` say it of
    /// that server's tools only.
    pub annotations: Vec<Source>,
    /// The agents; without it nobody is known, and everything is denied.
    pub registry: Option<Source>,
    /// The host's resources.
    pub entities: Option<Source>,
    /// Whom chains from elsewhere are believed from; without it, from nobody.
    pub trust: Option<Source>,
    /// What was taken back.
    pub revocations: Option<Source>,
    /// Whether chains nobody has proven may be decided on.
    pub accept_claimed_chains: bool,
    /// The key for seals; 32 random bytes when absent. Processes that share one accept each other's sealed chains.
    pub seal_key: Option<[u8; 32]>,
    /// Compare one decision in so many with Cedar's own; see [`bailiwick::Builder::compare_with_cedar`].
    pub compare_with_cedar: Option<NonZeroU32>,
    /// Name only as many permits as a decision takes; see [`bailiwick::Builder::all_reasons`].
    pub first_reasons: bool,
    /// The policies we ship for the intent of calls; none unless given.
    pub baseline: Option<Baseline>,
    /// Tools that are allowed whatever a prompt says.
    pub standing: Vec<String>,
}

/// An engine with the snapshots in force and the log of its decisions. Share it in an [`Arc`].
///
/// ```
/// use std::sync::Arc;
/// use bailiwick::{Call, Object, Source, Value, doc};
/// use bailiwick_store::{Host, Parts, now};
/// let host = Arc::new(Host::new(Parts {
///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
///     ..Parts::default()
/// })?);
/// let task = host.begin(r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#, now())?;
/// let call = Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#)?);
/// assert!(task.decide(&call, &Object::new(), now()).is_allowed());
/// assert_eq!(host.head().size, 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Debug)]
pub struct Host {
    engine: Engine,
    registry: ArcSwap<Registry>,
    resources: ArcSwapOption<Resources>,
    trust: ArcSwapOption<TrustStore>,
    revocations: ArcSwapOption<Revocations>,
    absorbing: Mutex<()>,
    changing: Mutex<()>,
    log: Mutex<Log>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "what a task begins with")]
struct StartFields {
    id: Option<String>,
    origin: Origin,
    agent: Agent,
    key: Option<Key>,
    prompt: Option<String>,
    contract: Option<Contract>,
    grant: Option<Grant>,
    terms: Option<Terms>,
    lifetime_ms: Option<i64>,
    depth_max: Option<u8>,
}

impl Host {
    /// A host of these parts.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert_eq!(host.engine().policies().len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of loading, each with the name of the text, line and column.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        let catalog = catalog_of(&parts).map_err(|wrong| {
            let first = wrong.into_iter().next();
            first.unwrap_or_else(|| unreachable!("something is wrong"))
        })?;
        let key = parts.seal_key.map_or_else(random, Ok)?;
        let engine = Engine::builder(SealKey::new(key))
            .catalog(catalog)
            .schema(parts.schema)
            .policies(parts.policies)
            .accept_claimed_chains(parts.accept_claimed_chains)
            .standing(parts.standing)
            .all_reasons(!parts.first_reasons);
        let engine = match parts.baseline {
            Some(pack) => engine.baseline(pack),
            None => engine,
        };
        let engine = match parts.compare_with_cedar {
            Some(one_in) => engine.compare_with_cedar(one_in).build()?,
            None => engine.build()?,
        };
        let host = Self {
            engine,
            registry: ArcSwap::from_pointee(Registry::empty()),
            resources: ArcSwapOption::empty(),
            trust: ArcSwapOption::empty(),
            revocations: ArcSwapOption::empty(),
            absorbing: Mutex::default(),
            changing: Mutex::default(),
            log: Mutex::default(),
        };
        if let Some(source) = &parts.registry {
            host.load_registry(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        if let Some(source) = &parts.entities {
            host.load_resources(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        if let Some(source) = &parts.trust {
            host.load_trust(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        if let Some(source) = &parts.revocations {
            host.load_revocations(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        Ok(host)
    }

    /// A host of a policy directory (see [`Files`]). A catalog given by path takes the place of all files of tools, and
    /// what stands in `options` the place of what stands in files.
    ///
    /// ```
    /// use bailiwick_store::{Host, Parts};
    /// let error = Host::from_dir(std::path::Path::new("no/such/directory"), None, Parts::default()).unwrap_err();
    /// assert_eq!(error.code(), "file.unreadable");
    /// ```
    ///
    /// # Errors
    /// As [`Host::new`]; also `file.unreadable`.
    pub fn from_dir(dir: &Path, catalog: Option<&Path>, options: Parts) -> Result<Self, Error> {
        Self::new(Self::parts_of(dir, catalog, options)?)
    }

    /// What is in a directory, and the options.
    pub(crate) fn parts_of(dir: &Path, catalog: Option<&Path>, options: Parts) -> Result<Parts, Error> {
        let files = Files::read(dir)?;
        let mut annotations = files.annotations;
        if catalog.is_some() || options.catalog.is_some() {
            // Those in sub-directories are about files of tools that are not read.
            annotations.retain(|source| !source.name.contains('/'));
        }
        let (catalog, servers) = match (catalog, options.catalog) {
            (_, Some(catalog)) => (Some(catalog), options.servers),
            (Some(path), None) => (Some(Source::new(path.display().to_string(), dir::read(path)?)), options.servers),
            (None, None) => (files.catalog, files.servers.into_iter().chain(options.servers).collect()),
        };
        Ok(Parts {
            policies: if options.policies.is_empty() { files.policies } else { options.policies },
            schema: if options.schema.is_empty() { files.schema } else { options.schema },
            catalog,
            servers,
            annotations: if options.annotations.is_empty() { annotations } else { options.annotations },
            registry: options.registry.or(files.registry),
            entities: options.entities.or(files.entities),
            trust: options.trust.or(files.trust),
            revocations: options.revocations.or(files.revocations),
            ..options
        })
    }

    /// The engine.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert!(host.engine().catalog().tool("erp.pay").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What can never work under the registry in force, and what is odd about the policies in force.
    ///
    /// ```
    /// let host = bailiwick_store::Host::new(bailiwick_store::Parts::default())?;
    /// assert!(host.warnings().iter().any(|warning| warning.code == "policy.delegate_unreachable"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        self.engine.warnings(&self.registry.load())
    }

    /// Puts a registry in force, atomically.
    ///
    /// ```
    /// let host = bailiwick_store::Host::new(bailiwick_store::Parts::default())?;
    /// host.load_registry(bailiwick::doc::REGISTRY)?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Registry::from_json`]; the one in force stays.
    pub fn load_registry(&self, text: &str) -> Result<(), Error> {
        self.registry.store(Arc::new(Registry::from_json(text)?));
        Ok(())
    }

    /// Puts resources in force, atomically.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// host.load_resources("[]")?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::resources`]; the ones in force stay.
    pub fn load_resources(&self, text: &str) -> Result<(), Error> {
        let resources = Arc::new(self.engine.resources(text)?);
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.resources.store(Some(resources));
        Ok(())
    }

    /// Puts in force the resources of now with some put in or changed, and some taken out. The cost does not grow with
    /// how many there are.
    ///
    /// ```
    /// let host = bailiwick_store::doc::host();
    /// host.change_resources("[]", &[])?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::change_resources`]; the ones in force stay.
    pub fn change_resources(&self, changed: &str, removed: &[EntityRef]) -> Result<(), Error> {
        // One change at a time: none may be lost under another.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.resources.load_full().map_or_else(|| self.engine.resources("[]").map(Arc::new), Ok)?;
        self.resources.store(Some(Arc::new(self.engine.change_resources(&known, changed, removed)?)));
        Ok(())
    }

    /// Puts trust anchors in force, atomically: what was verified with other keys is verified anew.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// doc::host().load_trust(r#"{"issuers": []}"#)?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`TrustStore::from_json`]; the ones in force stay.
    pub fn load_trust(&self, text: &str) -> Result<(), Error> {
        self.trust.store(Some(Arc::new(TrustStore::from_json(text)?)));
        Ok(())
    }

    /// Puts a revocation snapshot in force, atomically.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// doc::host().load_revocations(r#"{"as_of_ms": 1700000000000, "max_age_ms": 300000}"#)?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Revocations::from_json`]; the one in force stays.
    pub fn load_revocations(&self, text: &str) -> Result<(), Error> {
        let revocations = Arc::new(Revocations::from_json(text)?);
        let _turn = self.absorbing.lock().unwrap_or_else(PoisonError::into_inner);
        self.revocations.store(Some(revocations));
        Ok(())
    }

    /// Takes a security event token into the revocation snapshot in force; returns how many of its events counted.
    /// How old the snapshot may be is not changed by that: it says up to when it is complete.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let error = doc::host().absorb_event("not a token", doc::now()).unwrap_err();
    /// assert_eq!(error.code(), "usage"); // there are no trust anchors and no snapshot
    /// ```
    ///
    /// # Errors
    /// Those of [`Revocations::absorb`]; `usage` without trust anchors or snapshot.
    pub fn absorb_event(&self, event: &str, now: Timestamp) -> Result<usize, Error> {
        // One after the other, so that none is lost. Nothing is left half done when one panics.
        let _turn = self.absorbing.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(trust), Some(snapshot)) = (self.trust.load_full(), self.revocations.load_full()) else {
            return Err(Error::new(ErrorKind::Usage, "security events need trust anchors and a revocation snapshot"));
        };
        let mut snapshot = Revocations::clone(&snapshot);
        let counted = snapshot.absorb(event, &trust, now)?;
        self.revocations.store(Some(Arc::new(snapshot)));
        Ok(counted)
    }

    /// Puts policies in force, atomically.
    ///
    /// ```
    /// let host = bailiwick_store::Host::new(bailiwick_store::Parts::default())?;
    /// assert!(host.load_policies(&[bailiwick::Source::new("a.cedar", "permit(")]).is_err());
    /// assert!(host.engine().policies().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::compile`]; the ones in force stay.
    pub fn load_policies(&self, sources: &[Source]) -> Result<(), Error> {
        self.engine.swap(self.engine.compile(sources)?).map(drop)
    }

    /// Puts the policies of a directory in force, and its other documents when it has them (`registry.json`,
    /// `entities.json`, `trust.json`, `revocations.json`). All are checked before any is put in force.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert!(host.reload_dir(std::path::Path::new("no/such/directory")).is_err());
    /// assert_eq!(host.engine().policies().len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of loading; everything in force stays.
    pub fn reload_dir(&self, dir: &Path) -> Result<(), Error> {
        let files = Files::read(dir)?;
        let policies = self.engine.compile(&files.policies)?;
        let registry = files.registry.map(|source| Registry::from_json(&source.text).map_err(|error| error.in_file(&source.name))).transpose()?;
        let resources = files.entities.map(|source| self.engine.resources(&source.text).map_err(|error| error.in_file(&source.name))).transpose()?;
        let trust = files.trust.map(|source| TrustStore::from_json(&source.text).map_err(|error| error.in_file(&source.name))).transpose()?;
        let revocations =
            files.revocations.map(|source| Revocations::from_json(&source.text).map_err(|error| error.in_file(&source.name))).transpose()?;
        // None of what is loaded here may be lost under a change or event of the same moment.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let _turn = self.absorbing.lock().unwrap_or_else(PoisonError::into_inner);
        self.engine.swap(policies)?;
        if let Some(trust) = trust {
            self.trust.store(Some(Arc::new(trust)));
        }
        if let Some(revocations) = revocations {
            self.revocations.store(Some(Arc::new(revocations)));
        }
        if let Some(registry) = registry {
            self.registry.store(Arc::new(registry));
        }
        if let Some(resources) = resources {
            self.resources.store(Some(Arc::new(resources)));
        }
        Ok(())
    }

    /// Begins a task. `start` is an object `{origin, agent, key?, prompt?, contract?, grant?, terms?, id?, lifetime_ms?, depth_max?}`; an id
    /// is made when none is given.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::host().begin(doc::START, doc::now())?;
    /// assert_eq!(task.chain().links.len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Engine::begin`].
    pub fn begin(self: &Arc<Self>, start: &str, now: Timestamp) -> Result<HostTask, Error> {
        let fields: StartFields = read_json(start)?;
        let id = fields.id.map_or_else(|| random().map(|bytes| format!("{:032x}", u128::from_be_bytes(bytes))), Ok)?;
        let mut start = Start::new(id, fields.origin, fields.agent).grant(fields.grant.unwrap_or_else(Grant::everything));
        if let Some(prompt) = fields.prompt {
            start = start.prompt(prompt);
        }
        if let Some(contract) = fields.contract {
            start = start.contract(contract);
        }
        if let Some(key) = fields.key {
            start = start.key(key);
        }
        if let Some(terms) = fields.terms {
            start = start.terms(terms);
        }
        if let Some(millis) = fields.lifetime_ms {
            start = start.lifetime_millis(millis);
        }
        if let Some(depth) = fields.depth_max {
            start = start.depth_max(depth);
        }
        let task = self.with_world(now, |world| self.engine.begin(start, world))?;
        Ok(HostTask::new(Arc::clone(self), task, Vec::new()))
    }

    /// Goes on with a chain in JSON, in our own form or as evidence; one with budgets needs [`Host::resume_with`].
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// let task = host.begin(doc::START, doc::now())?;
    /// assert!(host.resume(&task.chain().to_json(), doc::now()).is_ok());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Engine::resume`].
    pub fn resume(self: &Arc<Self>, chain: &str, now: Timestamp) -> Result<HostTask, Error> {
        self.resume_with(chain, None, now)
    }

    /// Goes on with a chain in JSON, and with what was spent under it ([`HostTask::ledger`]).
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// let task = host.begin(doc::START, doc::now())?;
    /// let (chain, ledger) = (task.chain().to_json(), task.ledger());
    /// assert!(host.resume_with(&chain, ledger.as_ref(), doc::now()).is_ok());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Host::resume`].
    pub fn resume_with(self: &Arc<Self>, chain: &str, ledger: Option<&Ledger>, now: Timestamp) -> Result<HostTask, Error> {
        let chain = Chain::parse(chain)?;
        let task = self.with_world(now, |world| match ledger {
            Some(ledger) => self.engine.resume(chain, &world.with_ledger(ledger)),
            None => self.engine.resume(chain, world),
        })?;
        Ok(HostTask::new(Arc::clone(self), task, Vec::new()))
    }

    /// Decides one request in JSON, and logs the decision. Without a ledger, budgets cannot be shown to have room
    /// and approvals not to have been used.
    ///
    /// ```
    /// let host = bailiwick_store::Host::new(bailiwick_store::Parts::default())?;
    /// assert!(!host.decide_json("{", None, bailiwick_store::now()).is_allowed());
    /// assert_eq!(host.head().size, 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_json(&self, request: &str, ledger: Option<&Ledger>, now: Timestamp) -> Decision {
        self.logged(Decision::or_deny("", now, || {
            self.with_world(now, |world| match ledger {
                Some(ledger) => self.engine.decide_json(request, &world.with_ledger(ledger)),
                None => self.engine.decide_json(request, world),
            })
        }))
    }

    /// Answers an `AuthZEN` evaluation request, or a batch, and logs the decisions; see [`Engine::decide_authzen`].
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let answer = doc::host().decide_authzen("{}", &bailiwick::AuthZen::default(), None, doc::now());
    /// assert!(answer.response.contains(r#""decision":false"#));
    /// ```
    #[must_use]
    pub fn decide_authzen(&self, request: &str, asking: &AuthZen, ledger: Option<&Ledger>, now: Timestamp) -> AuthZenAnswer {
        let answer = AuthZenAnswer::or_deny(now, || {
            self.with_world(now, |world| match ledger {
                Some(ledger) => self.engine.decide_authzen(request, asking, &world.with_ledger(ledger)),
                None => self.engine.decide_authzen(request, asking, world),
            })
        });
        for decision in &answer.decisions {
            self.log().append(decision);
        }
        answer
    }

    /// Logs the decision on what is not a request at all; see [`Engine::decide_malformed`].
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert!(!host.decide_malformed("a cycle", doc::now()).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_malformed(&self, why: &str, now: Timestamp) -> Decision {
        self.logged(self.with_world(now, |world| self.engine.decide_malformed(why, world)))
    }

    /// The log of this host's decisions.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert_eq!(host.log().entries().count(), 0);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn log(&self) -> MutexGuard<'_, Log> {
        // `append` pushes to two lists and cannot panic half-way but for want of memory.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size and root of the log, now.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let host = doc::host();
    /// assert_eq!(host.head().size, 0);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn head(&self) -> Head {
        self.log().head()
    }

    pub(crate) fn with_world<T>(&self, now: Timestamp, work: impl FnOnce(&World<'_>) -> T) -> T {
        let (registry, resources) = (self.registry.load(), self.resources.load());
        let (trust, revocations) = (self.trust.load(), self.revocations.load());
        let mut world = World::new(&registry, now);
        (world.resources, world.trust, world.revocations) = (resources.as_deref(), trust.as_deref(), revocations.as_deref());
        work(&world)
    }

    pub(crate) fn all_logged(&self, decisions: Vec<Decision>) -> Vec<Decision> {
        let mut log = self.log();
        for decision in &decisions {
            log.append(decision);
        }
        drop(log);
        decisions
    }

    pub(crate) fn logged(&self, decision: Decision) -> Decision {
        self.log().append(&decision);
        decision
    }
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::new(ErrorKind::Usage, format!("the operating system gave no random bytes: {error}")))?;
    Ok(bytes)
}
