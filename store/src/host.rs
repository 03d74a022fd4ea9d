//! A process that embeds the engine: the snapshots in force, the log, the clock.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::{ArcSwap, ArcSwapOption};
use bailiwick::{
    Agent, Approval, ApprovalRequest, Call, Catalog, Chain, Decision, Engine, Error, ErrorKind, Grant, Handover, Head, Ledger, Log, Object, Origin,
    Registry, Resources, SealKey, Source, Start, Task, Timestamp, World, read_json,
};
use serde::Deserialize;

use crate::dir::{self, Files};

/// The system of tools read from a catalog that names none.
const SYSTEM: &str = "tools";

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
    /// The catalog, in any of the three formats.
    pub catalog: Option<Source>,
    /// Says of the catalog's tools what they do.
    pub annotations: Option<Source>,
    /// The agents; without it nobody is known, and everything is denied.
    pub registry: Option<Source>,
    /// The host's resources.
    pub entities: Option<Source>,
    /// Whether chains nobody has proven may be decided on.
    pub accept_claimed_chains: bool,
    /// The key for seals; 32 random bytes when absent. Processes that share one accept each other's sealed chains.
    pub seal_key: Option<[u8; 32]>,
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
    log: Mutex<Log>,
}

/// A task whose decisions are logged.
///
/// ```
/// let host = std::sync::Arc::new(bailiwick_store::Host::new(bailiwick_store::Parts::default())?);
/// let nobody = host.resume("{}", bailiwick_store::now());
/// assert_eq!(nobody.unwrap_err().code(), "json.malformed");
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Debug)]
pub struct HostTask {
    host: Arc<Host>,
    task: Task,
    /// What the grant of this task asked for and did not get.
    cut: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "what a task begins with")]
struct StartFields {
    id: Option<String>,
    origin: Origin,
    agent: Agent,
    prompt: Option<String>,
    grant: Option<Grant>,
    lifetime_ms: Option<i64>,
    depth_max: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a handover")]
struct HandoverFields {
    agent: Agent,
    grant: Grant,
    prompt: Option<String>,
    lifetime_ms: Option<i64>,
    depth_max: Option<u8>,
    #[serde(default)]
    own_authority: bool,
}

impl Host {
    /// A host of these parts.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// assert_eq!(host.engine().policies().len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of loading, each with the name of the text, line and column.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        let mut catalog = match &parts.catalog {
            Some(source) => Catalog::from_any(SYSTEM, &source.text).map_err(|error| error.in_file(&source.name))?,
            None => Catalog::default(),
        };
        if let Some(source) = &parts.annotations {
            catalog = catalog.annotate(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        let key = parts.seal_key.map_or_else(random, Ok)?;
        let engine = Engine::builder(SealKey::new(key))
            .catalog(catalog)
            .schema(parts.schema)
            .policies(parts.policies)
            .accept_claimed_chains(parts.accept_claimed_chains)
            .build()?;
        let host = Self { engine, registry: ArcSwap::from_pointee(Registry::empty()), resources: ArcSwapOption::empty(), log: Mutex::default() };
        if let Some(source) = &parts.registry {
            host.load_registry(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        if let Some(source) = &parts.entities {
            host.load_resources(&source.text).map_err(|error| error.in_file(&source.name))?;
        }
        Ok(host)
    }

    /// A host of a policy directory (see [`Files`]). A catalog given by path takes the place of `tools.json`, and
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
        let files = Files::read(dir)?;
        let catalog = match catalog {
            Some(path) => Some(Source::new(path.display().to_string(), dir::read(path)?)),
            None => files.catalog,
        };
        Self::new(Parts {
            policies: if options.policies.is_empty() { files.policies } else { options.policies },
            schema: if options.schema.is_empty() { files.schema } else { options.schema },
            catalog: options.catalog.or(catalog),
            registry: options.registry.or(files.registry),
            entities: options.entities.or(files.entities),
            ..options
        })
    }

    /// The engine.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// assert!(host.engine().catalog().tool("erp.pay").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
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
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// host.load_resources("[]")?;
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::resources`]; the ones in force stay.
    pub fn load_resources(&self, text: &str) -> Result<(), Error> {
        self.resources.store(Some(Arc::new(self.engine.resources(text)?)));
        Ok(())
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

    /// Puts the policies of a directory in force, and its `registry.json` and `entities.json` when it has them. All
    /// are checked before any is put in force.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
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
        self.engine.swap(policies)?;
        if let Some(registry) = registry {
            self.registry.store(Arc::new(registry));
        }
        if let Some(resources) = resources {
            self.resources.store(Some(Arc::new(resources)));
        }
        Ok(())
    }

    /// Begins a task. `start` is an object `{origin, agent, prompt?, grant?, id?, lifetime_ms?, depth_max?}`; an id
    /// is made when none is given.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
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
        if let Some(millis) = fields.lifetime_ms {
            start = start.lifetime_millis(millis);
        }
        if let Some(depth) = fields.depth_max {
            start = start.depth_max(depth);
        }
        let task = self.with_world(now, |world| self.engine.begin(start, world))?;
        Ok(HostTask { host: Arc::clone(self), task, cut: Vec::new() })
    }

    /// Goes on with a chain in JSON; one with budgets needs [`Host::resume_with`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
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
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// let (chain, ledger) = (task.chain().to_json(), task.ledger());
    /// assert!(host.resume_with(&chain, ledger.as_ref(), doc::now()).is_ok());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Host::resume`].
    pub fn resume_with(self: &Arc<Self>, chain: &str, ledger: Option<&Ledger>, now: Timestamp) -> Result<HostTask, Error> {
        let chain = Chain::from_json(chain)?;
        let task = self.with_world(now, |world| match ledger {
            Some(ledger) => self.engine.resume(chain, &world.with_ledger(ledger)),
            None => self.engine.resume(chain, world),
        })?;
        Ok(HostTask { host: Arc::clone(self), task, cut: Vec::new() })
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

    /// Logs the decision on what is not a request at all; see [`Engine::decide_malformed`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
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
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
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
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// assert_eq!(host.head().size, 0);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn head(&self) -> Head {
        self.log().head()
    }

    fn with_world<T>(&self, now: Timestamp, work: impl FnOnce(&World<'_>) -> T) -> T {
        let (registry, resources) = (self.registry.load(), self.resources.load());
        let world = World::new(&registry, now);
        match resources.as_deref() {
            Some(resources) => work(&world.with_resources(resources)),
            None => work(&world),
        }
    }

    fn logged(&self, decision: Decision) -> Decision {
        self.log().append(&decision);
        decision
    }
}

impl HostTask {
    /// Decides a call, and logs the decision. `host` are facts for `context.host`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// let call = Call::new("mail.read", Value::parse(r#"{"id": "m-17"}"#)?);
    /// assert!(task.decide(&call, &Object::new(), doc::now()).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide(&self, call: &Call, host: &Object, now: Timestamp) -> Decision {
        let decide = || self.host.with_world(now, |world| self.task.decide_with(call, host, world));
        self.host.logged(Decision::or_deny(&call.tool, now, decide))
    }

    /// Hands work to another agent. `handover` is an object `{agent, grant, prompt?, lifetime_ms?, depth_max?,
    /// own_authority?}`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// let handover = r#"{"agent": {"issuer": "https://agents.example", "subject": "research-bot"}, "grant": {"actions": ["read"]}}"#;
    /// assert_eq!(task.delegate(handover, doc::now())?.chain().links.len(), 2);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Task::delegate`].
    pub fn delegate(&self, handover: &str, now: Timestamp) -> Result<Self, Error> {
        let fields: HandoverFields = read_json(handover)?;
        let mut handover = Handover::new(fields.agent, fields.grant);
        if let Some(prompt) = fields.prompt {
            handover = handover.prompt(prompt);
        }
        if let Some(millis) = fields.lifetime_ms {
            handover = handover.lifetime_millis(millis);
        }
        if let Some(depth) = fields.depth_max {
            handover = handover.depth_max(depth);
        }
        if fields.own_authority {
            handover = handover.own_authority();
        }
        let delegated = self.host.with_world(now, |world| self.task.delegate(handover, world))?;
        Ok(Self { host: Arc::clone(&self.host), task: delegated.task, cut: delegated.cut })
    }

    /// What a person must see to approve the call of a decision that asked.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// let decision = task.decide(&doc::read(), &Object::new(), doc::now());
    /// assert!(task.approval_request(&decision, &doc::read()).is_err()); // it was allowed
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::approval_request`].
    pub fn approval_request(&self, decision: &Decision, call: &Call) -> Result<ApprovalRequest, Error> {
        self.task.approval_request(decision, call)
    }

    /// Takes the approval of `by`, an origin in JSON, of a request in JSON.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// assert_eq!(task.approve("{}", "{}", doc::now()).unwrap_err().code(), "json.malformed");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Task::approve`].
    pub fn approve(&self, request: &str, by: &str, now: Timestamp) -> Result<Approval, Error> {
        let (request, by) = (ApprovalRequest::from_json(request)?, read_json::<Origin>(by)?);
        self.host.with_world(now, |world| self.task.approve(&request, &by, world))
    }

    /// What was spent so far; see [`Task::ledger`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// assert_eq!(task.ledger(), Some(bailiwick::Ledger::default()));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        self.task.ledger()
    }

    /// The chain.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// assert!(task.chain().seal.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn chain(&self) -> &Chain {
        self.task.chain()
    }

    /// What the grant of this task asked for and did not get; empty for a task that was begun or resumed.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use bailiwick::{Call, Object, Source, Value, doc};
    /// use bailiwick_store::{Host, Parts};
    /// let host = Arc::new(Host::new(Parts {
    ///     policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
    ///     catalog: Some(Source::new("tools.json", doc::CATALOG)),
    ///     registry: Some(Source::new("registry.json", doc::REGISTRY)),
    ///     ..Parts::default()
    /// })?);
    /// let start = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    ///     "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
    /// let task = host.begin(start, doc::now())?;
    /// assert!(task.cut().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn cut(&self) -> &[String] {
        &self.cut
    }
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::new(ErrorKind::Usage, format!("the operating system gave no random bytes: {error}")))?;
    Ok(bytes)
}
