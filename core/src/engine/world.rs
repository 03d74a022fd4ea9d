//! What is trusted and true at the instant of a decision: snapshots the host hands in.

use crate::chain::revocation::Revocations;
use crate::chain::trust::TrustStore;
use crate::decision::ledger::Ledger;
use crate::policy::Resources;
use crate::registry::Registry;
use crate::time::Timestamp;

/// What is trusted and true at the instant of a decision.
///
/// ```
/// use bailiwick::{Registry, Timestamp, World};
/// let registry = Registry::empty();
/// let world = World::new(&registry, Timestamp::from_millis(1_700_000_000_000).unwrap());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct World<'w> {
    /// Which agents there are.
    pub registry: &'w Registry,
    /// The host's own resources; `None` when it has none to tell of.
    pub resources: Option<&'w Resources>,
    /// What was spent, for the stateless door; a task keeps its own.
    pub ledger: Option<&'w Ledger>,
    /// Whom chains from elsewhere are believed from; `None`: from nobody.
    pub trust: Option<&'w TrustStore>,
    /// What was taken back.
    pub revocations: Option<&'w Revocations>,
    /// The host's clock.
    pub now: Timestamp,
}

impl<'w> World<'w> {
    /// A world of these agents at this instant.
    ///
    /// ```
    /// let registry = bailiwick::Registry::empty();
    /// assert!(bailiwick::World::new(&registry, bailiwick::doc::now()).ledger.is_none());
    /// ```
    #[must_use]
    pub fn new(registry: &'w Registry, now: Timestamp) -> Self {
        Self { registry, resources: None, ledger: None, trust: None, revocations: None, now }
    }

    /// The same, with the host's resources.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let resources = doc::engine().resources("[]")?;
    /// assert!(world.with_resources(&resources).resources.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn with_resources(mut self, resources: &'w Resources) -> Self {
        self.resources = Some(resources);
        self
    }

    /// The same, with what was spent so far.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let ledger = bailiwick::Ledger::default();
    /// assert!(world.with_ledger(&ledger).ledger.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn with_ledger(mut self, ledger: &'w Ledger) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// The same, with trust anchors for chains from elsewhere.
    ///
    /// ```
    /// use bailiwick::{Registry, TrustStore, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let trust = TrustStore::from_json(r#"{"issuers": []}"#)?;
    /// assert!(World::new(&registry, doc::now()).with_trust(&trust).trust.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn with_trust(mut self, trust: &'w TrustStore) -> Self {
        self.trust = Some(trust);
        self
    }

    /// The same, with what was revoked.
    ///
    /// ```
    /// use bailiwick::{Registry, Revocations, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let none = Revocations::none(doc::now(), 300_000);
    /// assert!(World::new(&registry, doc::now()).with_revocations(&none).revocations.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn with_revocations(mut self, revocations: &'w Revocations) -> Self {
        self.revocations = Some(revocations);
        self
    }
}
