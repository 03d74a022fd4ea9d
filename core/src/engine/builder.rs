//! What an engine is made of.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;

use super::{Engine, Loaded};
use crate::catalog::Catalog;
use crate::chain::cache::Cache;
use crate::digest::SealKey;
use crate::error::{Error, ErrorKind};
use crate::intent::{Language, Resumed, Tools};
use crate::policy::{Baseline, Policies, Settings, Source};

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
    catalogs: Vec<Catalog>,
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
    pub(super) fn new(seal: SealKey) -> Self {
        Self {
            catalogs: Vec::new(),
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

    /// The tools; called again, more of them.
    ///
    /// ```
    /// use bailiwick::{Catalog, Engine, SealKey, Source, doc};
    /// let builder = Engine::builder(SealKey::new([7; 32]));
    /// assert!(builder.catalog(Catalog::from_json(doc::CATALOG)?).build()?.catalog().tool("erp.pay").is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalogs.push(catalog);
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
        let Self { catalogs, language, standing, baseline, directives, host_schema, mut policies, seal, accept_claimed, settings } = self;
        let catalog = catalogs.into_iter().try_fold(Catalog::default(), Catalog::merge)?;
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
            tools,
            standing,
            host_schema,
            seal,
            accept_claimed,
            settings,
            decided,
            policies,
            verified,
            resumed: Resumed::default(),
            tools_only,
        })))
    }
}
