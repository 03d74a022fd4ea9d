//! Who: the origin, the agents. Compared byte for byte, never by display name.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Longest issuer, subject or other name, in bytes: the length browsers and proxies bear for a URL.
pub(crate) const NAME_BYTES_MAX: usize = 2_048;

/// A name as its issuer wrote it: not empty, at most 2,048 bytes. Compared byte for byte: no case folding, no
/// Unicode normalization, no trimming, so that look-alikes stay different.
///
/// ```
/// use bailiwick::Name;
/// assert_ne!(Name::try_from("worker")?, Name::try_from("Worker")?);
/// assert!(Name::try_from("").is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    ///
    /// ```
    /// assert_eq!(bailiwick::Name::try_from("worker")?.as_str(), "worker");
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::try_from(text.as_str())
    }
}

impl TryFrom<&str> for Name {
    type Error = String;
    fn try_from(text: &str) -> Result<Self, String> {
        match text.len() {
            0 => Err("a name must not be empty".to_owned()),
            1..=NAME_BYTES_MAX => Ok(Self(text.into())),
            length => Err(format!("a name of {length} bytes is longer than {NAME_BYTES_MAX}")),
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// Somebody, as (issuer, subject, tenant). All three must be equal, byte for byte, to be the same.
///
/// ```
/// use bailiwick::PrincipalId;
/// let here = PrincipalId::new("https://idp.example", "alice")?;
/// let there = PrincipalId::new("https://IDP.example", "alice")?;
/// assert_ne!(here, there);
/// assert_eq!(here.to_string(), "https://idp.example|alice");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `issuer` and `subject`")]
#[non_exhaustive]
pub struct PrincipalId {
    /// Who vouches for the subject: an `OpenID` issuer, a SPIFFE trust domain, a directory.
    pub issuer: Name,
    /// The subject, unique within the issuer (and tenant).
    pub subject: Name,
    /// The tenant, where one issuer serves several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Name>,
}

impl PrincipalId {
    /// Somebody known to `issuer` as `subject`.
    ///
    /// ```
    /// assert!(bailiwick::PrincipalId::new("https://idp.example", "").is_err());
    /// ```
    ///
    /// # Errors
    /// When either is empty or longer than 2,048 bytes.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, String> {
        Ok(Self { issuer: issuer.try_into()?, subject: subject.try_into()?, tenant: None })
    }

    /// The same within a tenant.
    ///
    /// ```
    /// let id = bailiwick::PrincipalId::new("https://idp.example", "alice")?.in_tenant("t1")?;
    /// assert_eq!(id.to_string(), "https://idp.example|t1|alice");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// When the tenant is empty or longer than 2,048 bytes.
    pub fn in_tenant(mut self, tenant: &str) -> Result<Self, String> {
        self.tenant = Some(tenant.try_into()?);
        Ok(self)
    }
}

/// The id a policy writes: `issuer|subject`, or `issuer|tenant|subject`; a `|` or `%` inside a part is written
/// `%7C` or `%25`, so that no two principals share an id.
impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |name: &Name| name.as_str().replace('%', "%25").replace('|', "%7C");
        match &self.tenant {
            None => write!(f, "{}|{}", part(&self.issuer), part(&self.subject)),
            Some(tenant) => write!(f, "{}|{}|{}", part(&self.issuer), part(tenant), part(&self.subject)),
        }
    }
}

/// What kind of originator started the work.
///
/// ```
/// assert_eq!(bailiwick::OriginKind::Schedule.as_str(), "schedule");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each is a Cedar entity type; a fifth would be a change of meaning")]
pub enum OriginKind {
    /// A human being.
    User,
    /// A machine account.
    Service,
    /// A timer somebody set.
    Schedule,
    /// The user account of an agent: it looks like a user and is no human being.
    AgentUser,
}

impl OriginKind {
    /// `user`, `service`, `schedule` or `agent_user`.
    ///
    /// ```
    /// assert_eq!(bailiwick::OriginKind::User.as_str(), "user");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Schedule => "schedule",
            Self::AgentUser => "agent_user",
        }
    }
}

/// Who started the work.
///
/// ```
/// use bailiwick::Origin;
/// let alice = Origin::user("https://idp.example", "alice")?.with_groups(["finance"])?;
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OriginFields", into = "OriginFields")]
#[non_exhaustive]
pub struct Origin {
    /// User, service, schedule or an agent's user account.
    pub kind: OriginKind,
    /// Who.
    pub id: PrincipalId,
    /// Groups the host's directory lists, as Cedar `Group` ids.
    pub groups: BTreeSet<Name>,
    /// The login session.
    pub session: Option<Name>,
    /// When the user last authenticated (`OpenID` `auth_time`); `auth_time_ms` in JSON.
    pub auth_time: Option<Timestamp>,
}

impl Origin {
    /// A human user.
    ///
    /// ```
    /// use bailiwick::{Origin, OriginKind};
    /// assert_eq!(Origin::user("https://idp.example", "alice")?.kind, OriginKind::User);
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// When a name is empty or longer than 2,048 bytes.
    pub fn user(issuer: &str, subject: &str) -> Result<Self, String> {
        Ok(Self::new(OriginKind::User, PrincipalId::new(issuer, subject)?))
    }

    /// An originator of any kind.
    ///
    /// ```
    /// use bailiwick::{Origin, OriginKind, PrincipalId};
    /// let nightly = Origin::new(OriginKind::Schedule, PrincipalId::new("https://cron.example", "nightly")?);
    /// assert!(nightly.groups.is_empty());
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn new(kind: OriginKind, id: PrincipalId) -> Self {
        Self { kind, id, groups: BTreeSet::new(), session: None, auth_time: None }
    }

    /// The same, a member of these groups.
    ///
    /// ```
    /// let alice = bailiwick::Origin::user("https://idp.example", "alice")?.with_groups(["finance", "finance"])?;
    /// assert_eq!(alice.groups.len(), 1);
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// When a group's name is empty or longer than 2,048 bytes.
    pub fn with_groups<'a>(mut self, groups: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        self.groups = groups.into_iter().map(Name::try_from).collect::<Result<_, _>>()?;
        Ok(self)
    }
}

/// An agent as a chain names it. Its blueprint, owner and state are the registry's to say, not the chain's.
///
/// ```
/// let agent = bailiwick::Agent::new("https://agents.example", "invoice-bot")?;
/// assert_eq!(agent.id.to_string(), "https://agents.example|invoice-bot");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AgentFields", into = "AgentFields")]
#[non_exhaustive]
pub struct Agent {
    /// Who: issuer, subject, tenant.
    pub id: PrincipalId,
    /// Which running instance; recorded, never compared.
    pub instance: Option<Name>,
}

impl Agent {
    /// The agent `issuer` knows as `subject`.
    ///
    /// ```
    /// assert!(bailiwick::Agent::new("https://agents.example", "invoice-bot")?.instance.is_none());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// When either is empty or longer than 2,048 bytes.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, String> {
        Ok(Self { id: PrincipalId::new(issuer, subject)?, instance: None })
    }
}

impl From<PrincipalId> for Agent {
    fn from(id: PrincipalId) -> Self {
        Self { id, instance: None }
    }
}

// The JSON of origins and agents is flat: `serde(flatten)` would let unknown members pass.

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `kind`, `issuer` and `subject`")]
struct OriginFields {
    kind: OriginKind,
    issuer: Name,
    subject: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<Name>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    groups: BTreeSet<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time_ms: Option<Timestamp>,
}

impl From<OriginFields> for Origin {
    fn from(fields: OriginFields) -> Self {
        let OriginFields { kind, issuer, subject, tenant, groups, session, auth_time_ms } = fields;
        Self { kind, id: PrincipalId { issuer, subject, tenant }, groups, session, auth_time: auth_time_ms }
    }
}

impl From<Origin> for OriginFields {
    fn from(origin: Origin) -> Self {
        let Origin { kind, id: PrincipalId { issuer, subject, tenant }, groups, session, auth_time } = origin;
        Self { kind, issuer, subject, tenant, groups, session, auth_time_ms: auth_time }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `issuer` and `subject`")]
struct AgentFields {
    issuer: Name,
    subject: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<Name>,
}

impl From<AgentFields> for Agent {
    fn from(AgentFields { issuer, subject, tenant, instance }: AgentFields) -> Self {
        Self { id: PrincipalId { issuer, subject, tenant }, instance }
    }
}

impl From<Agent> for AgentFields {
    fn from(Agent { id: PrincipalId { issuer, subject, tenant }, instance }: Agent) -> Self {
        Self { issuer, subject, tenant, instance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_data_and_never_collide() {
        let id = |issuer: &str, subject: &str| PrincipalId::new(issuer, subject).expect("names");
        let pairs = [
            (id("a|b", "c"), id("a", "b|c")),
            (id("a%7Cb", "c"), id("a|b", "c")),
            (id("a", "c").in_tenant("b").expect("tenant"), id("a|b", "c")),
            (id("i", "worker"), id("i", "w\u{43e}rker")),
            (id("i", "caf\u{e9}"), id("i", "cafe\u{301}")),
            (id("i", "a"), id("i", "a ")),
        ];
        for (one, other) in pairs {
            assert_ne!(one, other);
            assert_ne!(one.to_string(), other.to_string());
        }
        assert!(PrincipalId::new("", "a").is_err());
        assert!(PrincipalId::new("a", &"x".repeat(2_049)).is_err());
    }
}
