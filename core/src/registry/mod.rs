//! The registry: which agents there are, who answers for them, and what is held against them.

mod admit;
pub(crate) mod hold;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::identity::PrincipalId;
use crate::json;
use crate::time::Timestamp;
pub use admit::Finding;
pub(crate) use admit::{Admitted, Refusal};
pub use hold::{Hold, HoldEffect};

/// Where an agent stands between joining and leaving.
///
/// ```
/// let state: bailiwick::State = serde_json::from_str(r#""retired""#)?;
/// assert_eq!(state, bailiwick::State::Retired);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "everything restrictive beyond these is a hold")]
pub enum State {
    /// Seen, claimed by nobody.
    Discovered,
    /// Claimed, not yet approved.
    Pending,
    /// Approved.
    Active,
    /// Gone for ever; its id is never used again.
    Retired,
    /// Looked at and refused.
    Rejected,
}

/// What the registry says of one agent.
///
/// ```
/// let registry = bailiwick::Registry::from_json(bailiwick::doc::REGISTRY)?;
/// let id = bailiwick::PrincipalId::new("https://agents.example", "invoice-bot").unwrap();
/// assert!(registry.record(&id).unwrap().owner.is_some());
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RecordFields", into = "RecordFields")]
#[non_exhaustive]
pub struct Record {
    /// Who: issuer, subject, tenant; flat in JSON.
    pub id: PrincipalId,
    /// The class it is an instance of.
    pub blueprint: Option<String>,
    /// The human being who answers for it. Without one it is denied.
    pub owner: Option<PrincipalId>,
    /// Who answers for the business purpose.
    pub sponsor: Option<PrincipalId>,
    /// Where it stands.
    pub state: State,
    /// What is held against it.
    pub holds: Vec<Hold>,
    /// Links issued to it before this instant do not count; `cutoff_ms` in JSON.
    pub cutoff: Option<Timestamp>,
    /// The thumbprints (RFC 7638) of its keys, where they are known: a link that names the agent with another key is
    /// refused. Without them, whoever hands work on says whose key it is.
    pub keys: BTreeSet<String>,
}

/// A class of agents; what is held against it is held against all of them.
///
/// ```
/// let bots: bailiwick::Blueprint = serde_json::from_str(r#"{"name": "invoice-bots", "in": ["finance-bots"]}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `name`")]
#[non_exhaustive]
pub struct Blueprint {
    /// The Cedar `Blueprint` id.
    pub name: String,
    /// The classes it belongs to.
    #[serde(default, rename = "in", skip_serializing_if = "BTreeSet::is_empty")]
    pub parents: BTreeSet<String>,
    /// What is held against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
}

/// An immutable snapshot of all agents known. Swap the whole to change it.
///
/// ```
/// use bailiwick::Registry;
/// let registry = Registry::from_json(r#"{"agents": [{
///   "issuer": "https://agents.example", "subject": "invoice-bot", "blueprint": "invoice-bots",
///   "owner": {"issuer": "https://idp.example", "subject": "olga"}, "state": "active"
/// }], "blueprints": [{"name": "invoice-bots"}]}"#)?;
/// assert_eq!(registry.len(), 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    agents: HashMap<PrincipalId, Record>,
    blueprints: BTreeMap<String, Blueprint>,
    /// Whether some blueprint is held: mostly none is, and then none need be looked through.
    has_held_blueprints: bool,
    digest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `agents`, or a list of agents,")]
struct RegistryFields {
    agents: Vec<Record>,
    #[serde(default)]
    blueprints: Vec<Blueprint>,
}

impl Registry {
    /// A registry in which nobody is known, so that every agent is denied.
    ///
    /// ```
    /// assert!(bailiwick::Registry::empty().is_empty());
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self { agents: HashMap::new(), blueprints: BTreeMap::new(), has_held_blueprints: false, digest: Digest::of_bytes(b"") }
    }

    fn blueprints_there_are(&self) -> String {
        let names: Vec<_> = self.blueprints.keys().take(12).map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "add it under `blueprints`, which has none".to_owned() } else { format!("there are: {}", names.join(", ")) }
    }

    /// The active agents, sorted.
    pub(crate) fn active(&self) -> impl Iterator<Item = &PrincipalId> {
        let mut active: Vec<_> = self.agents.values().filter(|record| record.state == State::Active).map(|record| &record.id).collect();
        active.sort_by_cached_key(ToString::to_string);
        active.into_iter()
    }

    pub(crate) fn agents_with_blueprints(&self) -> impl Iterator<Item = (&PrincipalId, Option<&str>)> {
        self.agents.values().map(|record| (&record.id, record.blueprint.as_deref()))
    }

    /// The blueprints, each with those it is directly in.
    pub(crate) fn blueprints(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.blueprints.values().map(|blueprint| (blueprint.name.as_str(), &blueprint.parents))
    }

    /// Whether it lists the agent or blueprint of this entity id.
    pub(crate) fn knows(&self, kind: &str, id: &str) -> bool {
        match kind {
            "Blueprint" => self.blueprints.contains_key(id),
            _ => self.agents.keys().any(|agent| agent.to_string() == id),
        }
    }

    /// The entity ids of all its agents or blueprints, sorted.
    pub(crate) fn names(&self, kind: &str) -> BTreeSet<String> {
        match kind {
            "Blueprint" => self.blueprints.keys().cloned().collect(),
            _ => self.agents.keys().map(ToString::to_string).collect(),
        }
    }

    /// Reads a snapshot: an object with `agents` and `blueprints`, or a bare list of agents.
    ///
    /// ```
    /// let error = bailiwick::Registry::from_json(r#"{"agents": [], "agnets": []}"#).unwrap_err();
    /// assert_eq!(error.code(), "json.malformed");
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; `registry.invalid` when an agent or blueprint stands twice, or names a blueprint that is not there.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.trim_start().starts_with('[') {
            return Self::new(json::read(text)?, Vec::new());
        }
        let fields: RegistryFields = json::read(text)?;
        Self::new(fields.agents, fields.blueprints)
    }

    /// A snapshot of these agents and blueprints.
    ///
    /// ```
    /// assert!(bailiwick::Registry::new(Vec::new(), Vec::new())?.is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Registry::from_json`].
    pub fn new(agents: Vec<Record>, blueprints: Vec<Blueprint>) -> Result<Self, Error> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Registry, message));
        let digest = Digest::of("registry", &(&agents, &blueprints));
        let mut registry = Self { digest, ..Self::empty() };
        registry.has_held_blueprints = blueprints.iter().any(|blueprint| !blueprint.holds.is_empty());
        for blueprint in blueprints {
            if let Some(twice) = registry.blueprints.insert(blueprint.name.clone(), blueprint) {
                return invalid(format!("duplicate blueprint `{}`: remove one, or rename it", twice.name));
            }
        }
        for blueprint in registry.blueprints.values() {
            if let Some(parent) = blueprint.parents.iter().find(|parent| !registry.blueprints.contains_key(*parent)) {
                return invalid(format!("blueprint `{}` is in unknown blueprint `{parent}`; {}", blueprint.name, registry.blueprints_there_are()));
            }
            if registry.lineage(&blueprint.name).iter().any(|ancestor| ancestor.parents.contains(&blueprint.name)) {
                return invalid(format!("blueprint cycle through `{}`: remove one `in`", blueprint.name));
            }
        }
        for record in agents {
            if let Some(blueprint) = record.blueprint.as_ref().filter(|name| !registry.blueprints.contains_key(*name)) {
                return invalid(format!("agent `{}` has unknown blueprint `{blueprint}`; {}", record.id, registry.blueprints_there_are()));
            }
            if let Some(twice) = registry.agents.insert(record.id.clone(), record) {
                return invalid(format!("duplicate agent `{}`: remove one, or give them different subjects", twice.id));
            }
        }
        Ok(registry)
    }

    /// What is known of the agent.
    ///
    /// ```
    /// let registry = bailiwick::Registry::from_json(bailiwick::doc::REGISTRY)?;
    /// let stranger = bailiwick::PrincipalId::new("https://agents.example", "stranger").unwrap();
    /// assert!(registry.record(&stranger).is_none());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn record(&self, id: &PrincipalId) -> Option<&Record> {
        self.agents.get(id)
    }

    /// How many agents are known.
    ///
    /// ```
    /// assert_eq!(bailiwick::Registry::from_json(bailiwick::doc::REGISTRY)?.len(), 2);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.agents.len()
    }

    /// Whether nobody is known.
    ///
    /// ```
    /// assert!(bailiwick::Registry::empty().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }

    /// The digest of the snapshot's content.
    ///
    /// ```
    /// use bailiwick::{Registry, doc};
    /// assert_ne!(Registry::from_json(doc::REGISTRY)?.digest(), Registry::empty().digest());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The blueprint and every blueprint it belongs to, nearest first.
    pub(crate) fn lineage(&self, name: &str) -> Vec<&Blueprint> {
        let mut lineage: Vec<&Blueprint> = Vec::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            if lineage.iter().any(|seen| seen.name == name) {
                continue;
            }
            if let Some(blueprint) = self.blueprints.get(name) {
                lineage.push(blueprint);
                next.extend(blueprint.parents.iter().map(String::as_str));
            }
        }
        lineage
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `issuer`, `subject` and `state`")]
struct RecordFields {
    issuer: crate::identity::Name,
    subject: crate::identity::Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<crate::identity::Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blueprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<PrincipalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sponsor: Option<PrincipalId>,
    state: State,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holds: Vec<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cutoff_ms: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    keys: BTreeSet<String>,
}

impl From<RecordFields> for Record {
    fn from(fields: RecordFields) -> Self {
        let RecordFields { issuer, subject, tenant, blueprint, owner, sponsor, state, holds, cutoff_ms, keys } = fields;
        Self { id: PrincipalId { issuer, subject, tenant }, blueprint, owner, sponsor, state, holds, cutoff: cutoff_ms, keys }
    }
}

impl From<Record> for RecordFields {
    fn from(record: Record) -> Self {
        let Record { id: PrincipalId { issuer, subject, tenant }, blueprint, owner, sponsor, state, holds, cutoff, keys } = record;
        Self { issuer, subject, tenant, blueprint, owner, sponsor, state, holds, cutoff_ms: cutoff, keys }
    }
}
