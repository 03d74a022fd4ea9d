//! The delegation chain: links from the origin to the acting agent.

pub(crate) mod constraint;
pub(crate) mod grant;
#[cfg(test)]
mod laws;
pub(crate) mod ledger;
pub(crate) mod verify;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Seal, SealKey};
use crate::error::Error;
use crate::identity::{Agent, Name, Origin, PrincipalId};
use crate::json;
use crate::time::Timestamp;
use grant::Grant;

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
#[serde(deny_unknown_fields, expecting = "a link")]
#[non_exhaustive]
pub struct Link {
    /// Unique within the chain.
    pub id: Name,
    /// Who hands on: the origin at hop 0, after that the delegate of the link before.
    pub delegator: PrincipalId,
    /// Who receives.
    pub delegate: Agent,
    /// What is handed on. Empty means nothing.
    pub grant: Grant,
    /// What for, in the delegator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
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
#[serde(deny_unknown_fields, expecting = "a chain")]
#[non_exhaustive]
pub struct Chain {
    /// Names the piece of work; the same for every chain that grows from one root.
    pub id: Name,
    /// Who started the work.
    pub origin: Origin,
    /// Root first.
    pub links: Vec<Link>,
    /// The seal of the process that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

impl Chain {
    /// Reads a chain; it is only claimed until an engine has verified it.
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

    /// The digest of origin and links: what calls and approvals are bound to.
    ///
    /// ```
    /// let mut chain = bailiwick::doc::task().chain().clone();
    /// let before = chain.digest();
    /// chain.links[0].depth_max = 0;
    /// assert_ne!(chain.digest(), before);
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of("chain", &self.claims())
    }

    pub(crate) fn sealed(mut self, key: &SealKey) -> Self {
        let seal = key.seal("chain", &self.claims());
        self.seal = Some(seal);
        self
    }

    pub(crate) fn is_sealed_by(&self, key: &SealKey) -> bool {
        self.seal.as_ref().is_some_and(|seal| key.holds(seal, "chain", &self.claims()))
    }

    fn claims(&self) -> impl Serialize + '_ {
        (&self.id, &self.origin, &self.links)
    }
}
