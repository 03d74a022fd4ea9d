//! What was taken back: a snapshot the host keeps up to date, and the security events (SET, RFC 8417; CAEP) it is made
//! from.
//!
//! A cut-off is an instant: what was issued before it is void, with everything that was derived from it; what is
//! issued after it is not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::profile::Format;
use super::trust::TrustStore;
use super::verify::{CLOCK_SKEW_MILLIS, VerifiedChain};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::identity::{Name, PrincipalId};
use crate::json::{self, Value};
use crate::keys::jws::{Claims, Jws, missing, wrong};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// Events of CAEP 1.0 and RISC 1.0 that end a session, a credential or an account.
const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CREDENTIAL_CHANGE: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const ACCOUNT_DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

/// What was revoked, and as of when that is known. A snapshot older than its `max_age_ms` denies everything.
///
/// ```
/// use bailiwick::Revocations;
/// let revocations = Revocations::from_json(r#"{
///   "as_of_ms": 1700000000000, "max_age_ms": 300000,
///   "links": [{"chain": "task-17", "link": "0"}],
///   "subjects": [{"issuer": "https://idp.example", "subject": "alice", "session": "s1", "before_ms": 1700000000000}]
/// }"#)?;
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `as_of_ms` and `max_age_ms`")]
#[non_exhaustive]
pub struct Revocations {
    /// The instant up to which it is complete.
    #[serde(rename = "as_of_ms")]
    pub as_of: Timestamp,
    /// How long it may be relied on, in milliseconds.
    pub max_age_ms: i64,
    /// Links, or whole chains, by id.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub links: BTreeSet<RevokedLink>,
    /// Keys, by thumbprint (RFC 7638).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub keys: BTreeSet<String>,
    /// People and agents, with the instant their older links end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<CutOff>,
    /// Approved tasks that are no longer approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missions: Vec<EndedMission>,
}

/// A chain, from one of its links on.
///
/// ```
/// let whole: bailiwick::RevokedLink = serde_json::from_str(r#"{"chain": "task-17"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a link")]
#[non_exhaustive]
pub struct RevokedLink {
    /// The chain's id; of a token, its `jti` (transaction tokens: `txn`).
    pub chain: String,
    /// The link's id, or the `jti` of a re-authorization in the chain; absent: the whole chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Somebody whose links of before an instant are void.
///
/// ```
/// let cut: bailiwick::CutOff = serde_json::from_str(r#"{"issuer": "https://idp.example", "subject": "alice", "before_ms": 0}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a cut-off")]
#[non_exhaustive]
pub struct CutOff {
    /// Who vouches for the subject.
    pub issuer: Name,
    /// The subject.
    pub subject: Name,
    /// The tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Name>,
    /// Only this login session; a chain that does not tell its session counts as of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Name>,
    /// Links issued before are void.
    #[serde(rename = "before_ms")]
    pub before: Timestamp,
}

/// A mission that was revoked or has ended.
///
/// ```
/// let ended: bailiwick::EndedMission = serde_json::from_str(r#"{"id": "m-17"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mission")]
#[non_exhaustive]
pub struct EndedMission {
    /// The mission's id.
    pub id: Name,
    /// Its keeper; absent: whichever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Name>,
}

impl Revocations {
    /// Nothing revoked, as far as the host knows at `as_of`; reliable for `max_age_ms` milliseconds.
    ///
    /// ```
    /// assert!(bailiwick::Revocations::none(bailiwick::doc::now(), 300_000).keys.is_empty());
    /// ```
    #[must_use]
    pub fn none(as_of: Timestamp, max_age_ms: i64) -> Self {
        Self { as_of, max_age_ms, links: BTreeSet::new(), keys: BTreeSet::new(), subjects: Vec::new(), missions: Vec::new() }
    }

    /// Reads a snapshot.
    ///
    /// ```
    /// assert!(bailiwick::Revocations::from_json("{}").is_err());
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column; `revocations.invalid` for a negative `max_age_ms`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let snapshot: Self = json::read(text)?;
        if snapshot.max_age_ms < 0 {
            return Err(Error::new(ErrorKind::Revocations, "`max_age_ms` is negative"));
        }
        Ok(snapshot)
    }

    /// The snapshot as JSON.
    ///
    /// ```
    /// let none = bailiwick::Revocations::none(bailiwick::doc::now(), 300_000);
    /// assert_eq!(bailiwick::Revocations::from_json(&none.to_json())?, none);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::canonical(self)
    }

    /// The digest of the snapshot: its epoch.
    ///
    /// ```
    /// use bailiwick::Revocations;
    /// let (now, later) = (bailiwick::doc::now(), bailiwick::doc::now().plus_millis(1));
    /// assert_ne!(Revocations::none(now, 0).digest(), Revocations::none(later, 0).digest());
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of("revocations", self)
    }

    /// Takes in a security event token: verifies it, and adds what its events end. Taking in one twice changes nothing.
    /// Events of other kinds are passed over; how many counted is returned.
    ///
    /// ```
    /// use bailiwick::{Revocations, TrustStore, doc};
    /// let trust = TrustStore::from_json(r#"{"issuers": []}"#)?;
    /// let mut revocations = Revocations::none(doc::now(), 300_000);
    /// let error = revocations.absorb("eyJhbGciOiJFZERTQSJ9.e30.c2ln", &trust, doc::now()).unwrap_err();
    /// assert_eq!(error.code(), "token.type"); // a SET says `secevent+jwt`
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// The codes of tokens: not signed by an issuer that may send events (format `set`), not for us, malformed.
    pub fn absorb(&mut self, event: &str, trust: &TrustStore, now: Timestamp) -> Result<usize, Error> {
        let cuts = read_events(event, trust, now)?;
        let count = cuts.len();
        for cut in cuts {
            match cut {
                Cut::Subject(cut) if self.subjects.contains(&cut) => {}
                Cut::Subject(cut) => self.subjects.push(cut),
                Cut::Key(thumbprint) => drop(self.keys.insert(thumbprint)),
            }
        }
        Ok(count)
    }

    fn check(&self, chain: &VerifiedChain, now: Timestamp) -> Result<(), Reason> {
        let age = now.as_millis() - self.as_of.as_millis();
        if age > self.max_age_ms || age < -CLOCK_SKEW_MILLIS {
            let (as_of, most) = (self.as_of, self.max_age_ms);
            let detail = format!(
                "snapshot of {as_of}, now {now}: it may be {most} ms old (`max_age_ms`) and {CLOCK_SKEW_MILLIS} ms ahead; load a current one \
                 (`load_revocations`)"
            );
            return Err(Reason::new(Code::RevocationStale).because(detail));
        }
        let model = chain.chain();
        for (hop, link) in chain.links().iter().enumerate() {
            let names =
                |revoked: &&RevokedLink| revoked.chain == model.id.as_str() && revoked.link.as_deref().is_none_or(|id| id == link.id.as_str());
            if self.links.iter().any(|revoked| names(&revoked)) {
                return Err(Reason::new(Code::RevocationLink).at(hop).because(format!("`{}` of `{}`", link.id, model.id)));
            }
            if let Some(key) = link.key.as_ref().filter(|key| self.keys.contains(key.thumbprint())) {
                return Err(Reason::new(Code::RevocationKey).at(hop).because(key.thumbprint()));
            }
            let cut = |cut: &&CutOff| cut.names(&link.delegate.id) && cut.session.is_none() && link.issued < cut.before;
            let origin_cut = |cut: &&CutOff| {
                let same_session = match (&cut.session, &model.origin.session) {
                    (Some(cut), Some(session)) => cut == session,
                    _ => true,
                };
                cut.names(&model.origin.id) && same_session && link.issued < cut.before
            };
            if let Some(cut) = self.subjects.iter().find(|entry| cut(entry) || origin_cut(entry)) {
                let detail = format!("`{}|{}`, links before {}", cut.issuer, cut.subject, cut.before);
                return Err(Reason::new(Code::RevocationSubject).at(hop).because(detail));
            }
            if let Some(mission) = link.mission.as_ref().filter(|mission| self.missions.iter().any(|ended| ended.names(mission))) {
                return Err(Reason::new(Code::RevocationMission).at(hop).because(format!("`{}`", mission.id)));
            }
        }
        let facts = chain.facts();
        let is_whole = |chain: &str| self.links.iter().any(|revoked| revoked.chain == chain && revoked.link.is_none());
        if let Some(token) = facts.exchanged_for.iter().find(|token| is_whole(token.as_str())) {
            return Err(Reason::new(Code::RevocationLink).because(format!("`{token}`, which it was exchanged for")));
        }
        let is_link = |id: &Name| self.links.iter().any(|revoked| revoked.chain == model.id.as_str() && revoked.link.as_deref() == Some(id.as_str()));
        if let Some(basis) = facts.bases.iter().find(|basis| is_link(&basis.id)) {
            return Err(Reason::new(Code::RevocationLink).at(basis.hop).because(format!("re-authorization `{}`", basis.id)));
        }
        let signers = facts.signers.iter().map(|(hop, signer)| (*hop, signer)).chain(facts.bases.iter().map(|basis| (basis.hop, &basis.signer)));
        let holder = facts.holder_key.iter().map(|key| (model.links.len().saturating_sub(1), key));
        match signers.chain(holder).find(|(_, key)| self.keys.contains(*key)) {
            Some((hop, key)) => Err(Reason::new(Code::RevocationKey).at(hop).because(key)),
            None => Ok(()),
        }
    }
}

impl CutOff {
    fn names(&self, id: &PrincipalId) -> bool {
        // A cut-off that names no tenant reaches all of them.
        let same_tenant = self.tenant.is_none() || self.tenant == id.tenant;
        self.issuer == id.issuer && self.subject == id.subject && same_tenant
    }
}

impl EndedMission {
    fn names(&self, mission: &super::Mission) -> bool {
        self.id == mission.id && self.origin.as_ref().is_none_or(|origin| *origin == mission.origin)
    }
}

/// Nothing the chain rests on was taken back, as far as the host can know by now. What was signed elsewhere is believed
/// without a snapshot only where the trust document says so.
pub(crate) fn check_revoked(chain: &VerifiedChain, snapshot: Option<&Revocations>, trust: Option<&TrustStore>, now: Timestamp) -> Result<(), Reason> {
    match snapshot {
        Some(snapshot) => snapshot.check(chain, now),
        None if chain.chain().evidence.is_some() && trust.is_none_or(TrustStore::requires_revocations) => Err(Reason::new(Code::RevocationStale)
            .because("the host gave no revocation snapshot: give `revocations`, or set `revocations` of the trust document to `optional`")),
        None => Ok(()),
    }
}

/// What one event ends.
enum Cut {
    Subject(CutOff),
    Key(String),
}

fn read_events(event: &str, trust: &TrustStore, now: Timestamp) -> Result<Vec<Cut>, Reason> {
    let jws = Jws::read(event)?;
    jws.expect_type(&["secevent+jwt"])?;
    let claims = &jws.claims;
    let anchor = trust.anchor(claims.text("iss")?, Format::Set)?;
    anchor.verify(&jws, Format::Set)?;
    trust.check_audience(anchor, &claims.texts("aud")?, Format::Set)?;
    claims.text("jti")?;
    // A SET has no `exp` (RFC 8417 §2.2): it stays true.
    let issued = claims.date("iat")?;
    if issued > now.plus_millis(CLOCK_SKEW_MILLIS) {
        return Err(Reason::new(Code::ChainIssuedOrder).because(format!("issued {issued}, now {now}")));
    }
    let Some(Value::Object(events)) = claims.optional_object("events")? else { return Err(missing("events")) };
    let mut cuts = Vec::new();
    for (kind, event) in events {
        let Value::Object(members) = event else { return Err(wrong("events", "not objects")) };
        let members = Claims(members.clone());
        let subject = match claims.optional_object("sub_id")? {
            Some(subject) => Some(subject),
            None => members.optional_object("subject")?,
        };
        // CAEP 1.0 §2: `event_timestamp` is when it happened; without it, when it was told.
        let before = members.optional_date("event_timestamp")?.unwrap_or(issued);
        match kind.as_str() {
            SESSION_REVOKED | ACCOUNT_DISABLED => cuts.push(cut_off(subject, before, kind == SESSION_REVOKED, anchor)?),
            // A kind of change we do not know may be an end.
            CREDENTIAL_CHANGE if !matches!(members.text("change_type")?, "create" | "update") => match members.optional_text("jkt")? {
                Some(thumbprint) => cuts.push(Cut::Key(thumbprint.to_owned())),
                // Which of the credentials it was does not show in a chain: all that was issued before ends.
                None => cuts.push(cut_off(subject, before, false, anchor)?),
            },
            _ => {}
        }
    }
    Ok(cuts)
}

/// The subject of an event: `iss_sub`, or complex with `user` and `session` (RFC 9493).
fn cut_off(subject: Option<&Value>, before: Timestamp, by_session: bool, anchor: &super::trust::Anchor) -> Result<Cut, Reason> {
    let subject = subject.ok_or_else(|| missing("sub_id"))?;
    let user = subject.get("user").unwrap_or(subject);
    let text = |from: &Value, name: &str| from.get(name).and_then(Value::as_str).map(|text| crate::keys::jws::named(name, text)).transpose();
    let (Some(issuer), Some(name)) = (text(user, "iss")?, text(user, "sub")?) else {
        return Err(wrong("sub_id", "neither `iss_sub` nor complex with such a `user`"));
    };
    anchor.check_origin(&issuer).or_else(|_| anchor.check_actor(&issuer))?;
    let session = match subject.get("session") {
        Some(session) if by_session => match text(session, "id")? {
            Some(session) => Some(session),
            None => return Err(wrong("sub_id", "a session without an `id`")),
        },
        _ => None,
    };
    let tenant = match subject.get("tenant") {
        Some(tenant) => text(tenant, "id")?,
        None => text(user, "tenant")?,
    };
    Ok(Cut::Subject(CutOff { issuer, subject: name, tenant, session, before }))
}
