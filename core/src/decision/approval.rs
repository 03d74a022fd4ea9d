//! A person's yes to exactly one call.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Seal, SealKey};
use crate::error::Error;
use crate::grant::PERSON;
use crate::identity::{Origin, OriginKind, PrincipalId};
use crate::json::{self, Value};
use crate::reason::{Code, Reason};
use crate::registry::Record;
use crate::time::Timestamp;

/// How long an approval may wait for its call: a person's attention, not a standing permission.
///
/// ```
/// assert_eq!(bailiwick::APPROVAL_MILLIS_MAX, 900_000);
/// ```
pub const APPROVAL_MILLIS_MAX: i64 = 15 * 60 * 1_000;

/// What a person is asked to approve: one call, with everything they need to see. Serializable; sealed, so that
/// what is shown is what the engine asked.
///
/// ```
/// use bailiwick::{ApprovalRequest, ErrorKind};
/// assert_eq!(ApprovalRequest::from_json("{}").unwrap_err().kind(), ErrorKind::Json);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an approval request")]
#[non_exhaustive]
pub struct ApprovalRequest {
    /// The digest of tool, arguments and chain.
    pub digest: Digest,
    /// The decision that asked.
    pub decision: String,
    /// The tool.
    pub tool: String,
    /// The arguments, as they will be passed.
    pub arguments: Value,
    /// Who started the work.
    pub origin: PrincipalId,
    /// The agent that wants to act.
    pub agent: PrincipalId,
    /// The roles that must approve.
    pub roles: Vec<String>,
    /// What the policies say of it, for the person.
    pub detail: String,
    /// The seal of the engine that asked.
    pub seal: Seal,
}

/// A person's approval of one call. Bound to the call's digest, usable once, and only for a while.
///
/// ```
/// assert!(bailiwick::APPROVAL_MILLIS_MAX <= 15 * 60 * 1_000);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an approval")]
#[non_exhaustive]
pub struct Approval {
    /// The digest of tool, arguments and chain.
    pub digest: Digest,
    /// Who approved.
    pub approver: PrincipalId,
    /// In which of the roles asked for.
    pub roles: Vec<String>,
    /// When; two approvals of the same call by the same person differ in this.
    #[serde(rename = "approved_ms")]
    pub approved: Timestamp,
    /// Not valid from this instant on.
    #[serde(rename = "expires_ms")]
    pub expires: Timestamp,
    /// The seal of the engine that took it.
    pub seal: Seal,
}

/// An approval that was used, as the audit log knows it.
///
/// ```
/// assert!(bailiwick::doc::allowed().approved.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ApprovalUse {
    /// Names the approval.
    pub id: Digest,
    /// Who approved.
    pub approver: PrincipalId,
    /// In which roles.
    pub roles: Vec<String>,
}

impl ApprovalRequest {
    /// Reads a request that [`ApprovalRequest::to_json`] wrote.
    ///
    /// ```
    /// assert!(bailiwick::ApprovalRequest::from_json("[]").is_err());
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        json::read(text)
    }

    /// The request as JSON, for a person's screen or another process.
    ///
    /// ```
    /// use bailiwick::{ApprovalRequest, Registry, Source, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let engine = doc::engine();
    /// engine.swap(engine.compile(&[Source::new("a.cedar", r#"permit(principal, action, resource); @ask("user") forbid(principal, action == Action::"mail.read", resource);"#)])?)?;
    /// let task = engine.resume(doc::task().chain().clone(), &world)?;
    /// let ticket = task.approval_request(&task.decide(&doc::read(), &world), &doc::read())?;
    /// assert_eq!(ApprovalRequest::from_json(&ticket.to_json())?, ticket);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::canonical(self)
    }

    pub(crate) fn sealed(mut self, key: &SealKey) -> Self {
        let seal = key.seal("approval-request", &self.claims());
        self.seal = seal;
        self
    }

    fn claims(&self) -> impl Serialize + '_ {
        let parties = (&self.origin, &self.agent);
        (&self.digest, &self.decision, &self.tool, &self.arguments, parties, &self.roles, &self.detail)
    }

    /// The approval of `by`, in those of the roles asked for that they hold.
    pub(crate) fn approve(&self, by: &Origin, parties: &Parties<'_>, key: &SealKey, now: Timestamp) -> Result<Approval, Reason> {
        if !key.holds(&self.seal, "approval-request", &self.claims()) {
            return Err(Reason::new(Code::ApprovalInvalid));
        }
        let roles: Vec<_> = self.roles.iter().filter(|role| parties.is_held(role, by)).cloned().collect();
        if roles.is_empty() {
            let detail = format!("`{}` is none of: {}", by.id, self.roles.join(", "));
            return Err(Reason::new(Code::ApprovalRole).because(detail));
        }
        let mut approval = Approval {
            digest: self.digest,
            approver: by.id.clone(),
            roles,
            approved: now,
            expires: now.plus_millis(APPROVAL_MILLIS_MAX),
            seal: Seal::blank(),
        };
        let seal = key.seal("approval", &approval.claims());
        approval.seal = seal;
        Ok(approval)
    }
}

impl Approval {
    /// Names the approval in ledger and log.
    ///
    /// ```
    /// let approval: bailiwick::Approval = serde_json::from_str(&format!(r#"{{"digest": "sha256:{0}", "approver": {{"issuer": "i", "subject": "s"}},
    ///     "roles": ["owner"], "approved_ms": 0, "expires_ms": 1, "seal": "sha256:{0}"}}"#, "0".repeat(64)))?;
    /// assert_ne!(approval.id(), approval.digest);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Digest {
        Digest::of("approval", &self.claims())
    }

    /// Whether it approves the call with this digest, now.
    pub(crate) fn check(&self, digest: Digest, key: &SealKey, now: Timestamp) -> Result<(), Code> {
        if !key.holds(&self.seal, "approval", &self.claims()) {
            Err(Code::ApprovalInvalid)
        } else if self.digest != digest {
            Err(Code::ApprovalMismatch)
        } else if now >= self.expires {
            Err(Code::ApprovalExpired)
        } else {
            Ok(())
        }
    }

    pub(crate) fn used(&self) -> ApprovalUse {
        ApprovalUse { id: self.id(), approver: self.approver.clone(), roles: self.roles.clone() }
    }

    fn claims(&self) -> impl Serialize + '_ {
        (&self.digest, &self.approver, &self.roles, self.approved, self.expires)
    }
}

/// The people a role can mean.
pub(crate) struct Parties<'p> {
    pub origin: &'p Origin,
    /// The records of the chain's agents; the last is the acting agent's.
    pub agents: &'p [&'p Record],
}

impl Parties<'_> {
    /// Whether `by` holds the role: `user` is the origin, `owner` and `sponsor` are the acting agent's, `owner:ID` and
    /// `sponsor:ID` another agent's of the chain, `person:ID` is one person, and any other role is a group of the approver's.
    /// Only human beings approve.
    fn is_held(&self, role: &str, by: &Origin) -> bool {
        if by.kind != OriginKind::User {
            return false;
        }
        // An issuer names the groups it likes; who a person is it cannot say so.
        if let Some(person) = role.strip_prefix(PERSON) {
            return by.id.to_string() == person;
        }
        let (office, agent) = match role.split_once(':') {
            // `owner:ID` is that agent's, wherever it stands in the chain; `owner` is the acting agent's.
            Some((office, id)) => (office, self.agents.iter().find(|record| record.id.to_string() == id)),
            None => (role, self.agents.last()),
        };
        match office {
            "user" if office == role => self.origin.kind == OriginKind::User && self.origin.id == by.id,
            "owner" => agent.is_some_and(|record| record.owner.as_ref() == Some(&by.id)),
            "sponsor" => agent.is_some_and(|record| record.sponsor.as_ref() == Some(&by.id)),
            _ => by.groups.iter().any(|name| name.as_str() == role),
        }
    }
}
