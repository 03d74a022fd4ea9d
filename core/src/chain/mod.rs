//! The delegation chain: links from the origin to the acting agent.

pub(crate) mod cache;
pub(crate) mod evidence;
pub(crate) mod facts;
pub(crate) mod profile;
pub(crate) mod record;
pub(crate) mod revocation;
pub(crate) mod trust;
pub(crate) mod verify;

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::{Digest, Seal, SealKey};
use crate::error::{Error, ErrorKind};
use crate::grant::Grant;
use crate::grant::contract::IntentClaim;
use crate::identity::{Agent, Name, Origin, PrincipalId};
use crate::json::{self, Value};
use crate::keys::Key;
use crate::time::Timestamp;
use evidence::Evidence;

/// How well a chain is proven; policies read it as `context.chain.proof_level`.
///
/// ```
/// assert!(bailiwick::ProofLevel::Claimed < bailiwick::ProofLevel::Sealed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProofLevel {
    /// Somebody says so.
    Claimed = 0,
    /// This process made every link.
    Sealed = 1,
    /// One trusted issuer signed a token that tells the whole chain. Of prior actors that is hearsay.
    Attested = 2,
    /// Each link is signed by the party entitled to make it.
    Linked = 3,
    /// The same, and the holder proved to have its key, for this very call.
    Held = 4,
}

/// The approved task a chain serves (draft-mcguinness-oauth-mission): the same at every link.
///
/// ```
/// let mission: bailiwick::Mission = serde_json::from_str(
///     r#"{"id": "m-17", "origin": "https://missions.example", "authority_hash": "sha-256:47DEQpj8HBSa"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mission")]
#[non_exhaustive]
pub struct Mission {
    /// Unique within its origin.
    pub id: Name,
    /// Who keeps its state.
    pub origin: Name,
    /// What was approved, as its keeper hashes it.
    pub authority_hash: Name,
}

/// To whom a delegate and everybody after may hand on: these agents, and agents of these blueprints. Empty means to nobody.
///
/// ```
/// let rule: bailiwick::Redelegation = serde_json::from_str(r#"{"blueprints": ["first-party"]}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a redelegation rule")]
#[non_exhaustive]
pub struct Redelegation {
    /// Agents by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub agents: BTreeSet<PrincipalId>,
    /// Blueprints of the registry, with everything in them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub blueprints: BTreeSet<Name>,
}

/// One delegation: the delegator hands work to the delegate.
///
/// Times are milliseconds since the Unix epoch: `issued_ms`, `not_before_ms`, `expires_ms` in JSON.
///
/// ```
/// let task = bailiwick::doc::task();
/// let link = &task.chain().links[0];
/// assert_eq!(link.delegator, task.chain().origin.id);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `id`, `delegator`, `delegate` and `grant`")]
#[non_exhaustive]
pub struct Link {
    /// Unique within the chain.
    pub id: Name,
    /// Who hands on: the origin at hop 0, after that the delegate of the link before.
    pub delegator: PrincipalId,
    /// Who receives.
    pub delegate: Agent,
    /// The delegate's public key: what it signs further links and proofs of possession with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// What is handed on. Empty means nothing.
    pub grant: Grant,
    /// What for, in the delegator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What for, as a code: words joined by dots. A link below may only be as narrow or narrower, `pay.invoices` under
    /// `pay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose_code: Option<Name>,
    /// The systems it may be used on; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<BTreeSet<Name>>,
    /// The approved task it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<Mission>,
    /// To whom the delegate, and everybody after, may hand on; absent: to anybody the policies permit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redelegate_to: Option<Redelegation>,
    /// What the work is for, and values it may be done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentClaim>,
    /// Why this link may pass on more than the one before: a token signed by the origin's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reauthorization: Option<String>,
    /// When the link was made.
    #[serde(rename = "issued_ms")]
    pub issued: Timestamp,
    /// Not valid before; absent means from the moment it was issued.
    #[serde(default, rename = "not_before_ms", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not valid from this instant on.
    #[serde(rename = "expires_ms")]
    pub expires: Timestamp,
    /// The deepest hop this link bears: 0 means the delegate may not hand on. It only falls along a chain.
    pub depth_max: u8,
    /// The delegate acts on rights its delegator lacks. Needs a policy annotated `@own_authority`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_authority: bool,
}

impl Link {
    /// A link that says no more than who hands what to whom; its times are for the caller to set.
    pub(crate) fn new(id: Name, delegator: PrincipalId, delegate: Agent, grant: Grant) -> Self {
        Self {
            id,
            delegator,
            delegate,
            key: None,
            grant,
            purpose: None,
            purpose_code: None,
            targets: None,
            mission: None,
            redelegate_to: None,
            intent: None,
            reauthorization: None,
            issued: Timestamp::EPOCH,
            not_before: None,
            expires: Timestamp::EPOCH,
            depth_max: 0,
            own_authority: false,
        }
    }
}

/// The links from the origin to the acting agent. The last delegate is the *holder*.
///
/// A chain read from JSON is *claimed* (proof level 0) unless it carries the seal of this process.
///
/// ```
/// use bailiwick::Chain;
/// let chain = Chain::from_json(r#"{
///   "id": "task-17",
///   "origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
///   "links": [{
///     "id": "l0", "delegator": {"issuer": "https://idp.example", "subject": "alice"},
///     "delegate": {"issuer": "https://agents.example", "subject": "assistant"},
///     "grant": {"capabilities": [{"actions": ["read"], "resources": "any"}]},
///     "issued_ms": 1700000000000, "expires_ms": 1700000600000, "depth_max": 2
///   }]
/// }"#)?;
/// assert_eq!(chain.links.len(), 1);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `id`, `origin` and `links`")]
#[non_exhaustive]
pub struct Chain {
    /// Names the piece of work; the same for every chain that grows from one root.
    pub id: Name,
    /// Who started the work.
    pub origin: Origin,
    /// Root first.
    pub links: Vec<Link>,
    /// What the first links were signed with, where they were not made in this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The seal of the process that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

impl Chain {
    /// Reads a chain in any form: an object with a `format` is evidence that was signed elsewhere, any other a chain of
    /// our own. What it is worth is found when an engine verifies it.
    ///
    /// ```
    /// use bailiwick::{Chain, Presented, doc};
    /// assert!(matches!(Chain::parse(&doc::task().chain().to_json())?, Presented::Chain(_)));
    /// assert!(matches!(Chain::parse(r#"{"format": "native", "links": []}"#)?, Presented::Evidence(_)));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`.
    pub fn parse(text: &str) -> Result<Presented, Error> {
        let is_token = |text: &str| text.split('.').count() == 3 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match text.trim() {
            token if is_token(token) => Err(Error::new(ErrorKind::Json, format!("{TAKEN}, and not a token alone"))),
            other if !other.starts_with(['{', '"', '[']) => Err(Error::new(ErrorKind::Json, TAKEN)),
            _ => json::read(text),
        }
    }

    /// Reads a chain of our own; it is only claimed until an engine has verified it.
    ///
    /// ```
    /// let task = bailiwick::doc::task();
    /// assert_eq!(bailiwick::Chain::from_json(&task.chain().to_json())?, *task.chain());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        json::read(text)
    }

    /// The chain as JSON, seal included: it can cross a queue or a file and come back to the same process.
    ///
    /// ```
    /// assert!(bailiwick::doc::task().chain().to_json().contains("\"id\":\"task-17\""));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::canonical(self)
    }

    /// The digest of origin and links, or of the evidence that is all there is: what calls and approvals are bound to.
    ///
    /// ```
    /// let mut chain = bailiwick::doc::task().chain().clone();
    /// let before = chain.digest();
    /// chain.links[0].depth_max = 0;
    /// assert_ne!(chain.digest(), before);
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        match (&self.evidence, &self.seal) {
            (Some(evidence), None) => evidence.digest(),
            _ => Digest::of("chain", &self.claims()),
        }
    }

    pub(crate) fn sealed(mut self, key: &SealKey) -> Self {
        let seal = match &self.evidence {
            None => key.seal("chain", &self.claims()),
            Some(evidence) => key.seal("chain-of-evidence", &(self.claims(), evidence.digest())),
        };
        self.seal = Some(seal);
        self
    }

    pub(crate) fn is_sealed_by(&self, key: &SealKey) -> bool {
        self.seal.as_ref().is_some_and(|seal| match &self.evidence {
            None => key.holds(seal, "chain", &self.claims()),
            Some(evidence) => key.holds(seal, "chain-of-evidence", &(self.claims(), evidence.digest())),
        })
    }

    /// Whether the one agent acts for itself: nobody delegated anything.
    pub(crate) fn is_autonomous(&self) -> bool {
        matches!(self.links.as_slice(), [only] if only.delegate.id == self.origin.id)
    }

    fn claims(&self) -> impl Serialize + '_ {
        (&self.id, &self.origin, &self.links)
    }
}

/// A chain as a caller hands it in: in our own words, or as evidence somebody else signed.
///
/// ```
/// use bailiwick::{Chain, Presented};
/// let presented = Chain::parse(r#"{"format": "txn_token", "token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln"}"#)?;
/// assert!(matches!(presented, Presented::Evidence(_)));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "ours, or theirs")]
pub enum Presented {
    /// Our own form: sealed by this process, or only claimed.
    Chain(Chain),
    /// Signed elsewhere.
    Evidence(Evidence),
}

impl Presented {
    /// Our own form, if it is that; evidence is read only by verifying it.
    #[must_use]
    pub(crate) fn chain(&self) -> Option<&Chain> {
        match self {
            Self::Chain(chain) => Some(chain),
            Self::Evidence(_) => None,
        }
    }
}

impl From<Chain> for Presented {
    fn from(chain: Chain) -> Self {
        Self::Chain(chain)
    }
}

impl From<Evidence> for Presented {
    fn from(evidence: Evidence) -> Self {
        Self::Evidence(evidence)
    }
}

impl Serialize for Presented {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Chain(chain) => chain.serialize(serializer),
            Self::Evidence(evidence) => evidence.serialize(serializer),
        }
    }
}

/// What is needed where a chain is.
const TAKEN: &str = "a chain is an object: what `chain` of a task or `evidence` of an export gave, or a token with its format, as in \
                     `{\"format\": \"access_token\", \"token\": \"eyJ…\"}`";

impl<'de> Deserialize<'de> for Presented {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if !matches!(value, Value::Object(_)) {
            return Err(D::Error::custom(TAKEN));
        }
        if value.get("format").is_some() {
            Evidence::deserialize(&value).map(Self::Evidence).map_err(D::Error::custom)
        } else {
            Chain::deserialize(&value).map(Self::Chain).map_err(D::Error::custom)
        }
    }
}
