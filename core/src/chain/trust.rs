//! Whom we believe, and what of: the trust anchors. One entry an issuer; nothing is looked up across issuers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::profile::{Format, Profile, Profiles, Rules};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::grant::Grant;
use crate::identity::{Name, OriginKind};
use crate::json::{self, Value};
use crate::keys::jws::Jws;
use crate::keys::{Algorithm, Key, KeySet, NoKey};
use crate::reason::{Code, Reason};

/// Most issuers in one document.
const ISSUERS_MAX: usize = 1_024;
/// How many names a message lists.
const LISTED_MAX: usize = 8;
/// How deep a chain that comes as a token may go unless its issuer is allowed more: the interoperable minimum of
/// `McGuinness`' actor profile.
const DEPTH_MAX: u8 = 4;

/// Whom chains from elsewhere are believed from: issuers, their keys, and what each may say. A snapshot, like the
/// registry: the host fetches key sets, makes a new one, and hands it in with the [`crate::World`].
///
/// ```
/// use bailiwick::{Signer, SigningKey, TrustStore};
/// let key = serde_json::to_string(SigningKey::ed25519([7; 32]).with_id("k1").key())?;
/// let trust = TrustStore::from_json(&format!(r#"{{
///   "audiences": ["https://erp.example"],
///   "issuers": [{{"issuer": "https://idp.example", "keys": {{"keys": [{key}]}}, "formats": ["access_token", "native"],
///                "actors": ["https://agents.example"]}}]
/// }}"#))?;
/// assert!(trust.digest().to_string().starts_with("sha256:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustStore {
    anchors: BTreeMap<Name, Anchor>,
    audiences: BTreeSet<String>,
    revocations: Freshness,
    profiles: Profiles,
    digest: Digest,
}

/// Whether a chain that was signed elsewhere may be believed without a revocation snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Freshness {
    #[default]
    Required,
    Optional,
}

/// What a group an issuer names is called here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Groups {
    /// `issuer|group`: a partner's `finance` is not ours.
    #[default]
    Qualified,
    /// As it is: for the directory the policies were written for.
    AsNamed,
}

/// One issuer.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    pub issuer: Name,
    keys: KeySet,
    formats: BTreeSet<Format>,
    algorithms: BTreeSet<Algorithm>,
    audiences: Option<BTreeSet<String>>,
    origins: BTreeSet<Name>,
    actors: BTreeSet<Name>,
    pub scopes: BTreeMap<String, Grant>,
    /// What a token that names no scope passes on.
    pub unscoped: Grant,
    pub reauthorization: BTreeSet<String>,
    pub trust_domain: Option<Name>,
    pub multi_tenant: bool,
    pub subjects: Option<OriginKind>,
    groups: Groups,
    pub depth_max: u8,
    profile: Profile,
}

/// What the subjects of an issuer are, where its tokens do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subjects {
    User,
    Service,
    Schedule,
    AgentUser,
    /// Services that are their own agents.
    Agent,
}

impl From<Subjects> for OriginKind {
    fn from(subjects: Subjects) -> Self {
        match subjects {
            Subjects::User => Self::User,
            Subjects::Service | Subjects::Agent => Self::Service,
            Subjects::Schedule => Self::Schedule,
            Subjects::AgentUser => Self::AgentUser,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `issuers`")]
struct TrustFields {
    #[serde(default)]
    audiences: BTreeSet<String>,
    #[serde(default)]
    revocations: Freshness,
    issuers: Vec<AnchorFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `issuer`, `keys` and `formats`")]
struct AnchorFields {
    issuer: Name,
    keys: Value,
    formats: BTreeSet<Format>,
    algorithms: Option<BTreeSet<String>>,
    audiences: Option<BTreeSet<String>>,
    origins: Option<BTreeSet<Name>>,
    actors: Option<BTreeSet<Name>>,
    #[serde(default)]
    scopes: BTreeMap<String, Grant>,
    grant: Option<Grant>,
    #[serde(default)]
    reauthorization: BTreeSet<String>,
    trust_domain: Option<Name>,
    #[serde(default)]
    multi_tenant: bool,
    subjects: Option<Subjects>,
    #[serde(default)]
    groups: Groups,
    depth_max: Option<u8>,
    profile: Option<Value>,
}

impl TrustStore {
    /// Reads trust anchors. The members are described in `FORMATS.md`.
    ///
    /// ```
    /// let error = bailiwick::TrustStore::from_json(r#"{"issuers": [{"issuer": "https://idp.example"}]}"#).unwrap_err();
    /// assert_eq!(error.code(), "json.malformed");
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column; `trust.invalid` for keys that are private, symmetric, weak or malformed,
    /// and for issuers that stand twice; `trust.ambiguous` for a key set in which two keys have the same `kid`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let fields: TrustFields = json::read(text)?;
        let digest = Digest::of("trust", &Value::parse(text)?);
        let invalid = |why: String| Error::new(ErrorKind::Trust, why);
        if fields.issuers.len() > ISSUERS_MAX {
            return Err(invalid(format!("more than {ISSUERS_MAX} issuers")));
        }
        let profiles = Profiles::read().map_err(invalid)?;
        let mut anchors = BTreeMap::new();
        for fields in fields.issuers {
            let issuer = fields.issuer.clone();
            let anchor = fields.anchor(&profiles).map_err(|(ambiguous, why)| {
                let error = invalid(format!("issuer `{issuer}`: {why}"));
                if ambiguous { error.with_code("trust.ambiguous") } else { error }
            })?;
            if anchors.insert(issuer.clone(), anchor).is_some() {
                return Err(invalid(format!("issuer `{issuer}` stands twice")));
            }
        }
        let mut domains = BTreeSet::new();
        for anchor in anchors.values() {
            let Some(domain) = &anchor.trust_domain else { continue };
            let mut of_domains = anchor.formats.iter().filter(|format| matches!(format, Format::TxnToken | Format::JwtSvid | Format::Wit));
            if let Some(format) = of_domains.find(|format| !domains.insert((domain.clone(), **format))) {
                return Err(invalid(format!("two issuers speak for `{domain}` as {format}")).with_code("trust.ambiguous"));
            }
        }
        Ok(Self { anchors, audiences: fields.audiences, revocations: fields.revocations, profiles, digest })
    }

    /// The digest of the document: the key epoch. A chain that was verified under another is verified anew.
    ///
    /// ```
    /// let trust = bailiwick::TrustStore::from_json(r#"{"issuers": []}"#)?;
    /// assert_eq!(trust.digest(), bailiwick::TrustStore::from_json(r#"{ "issuers" : [] }"#)?.digest());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn requires_revocations(&self) -> bool {
        self.revocations == Freshness::Required
    }

    /// The issuer of that very name, if it may sign that. Compared byte for byte.
    pub(crate) fn anchor(&self, issuer: &str, format: Format) -> Result<&Anchor, Reason> {
        let refused = |why: String| Err(Reason::new(Code::TokenIssuerUntrusted).because(why));
        match Name::try_from(issuer).ok().and_then(|issuer| self.anchors.get(&issuer)) {
            Some(anchor) if anchor.formats.contains(&format) => Ok(anchor),
            Some(anchor) => refused(format!(
                "`{issuer}` as {format}: its `formats` in the trust document are {}; add `{format}` if it may sign that",
                listed(&anchor.formats)
            )),
            None => refused(format!(
                "`{issuer}` as {format}: no issuer of that very name is in the trust document; there are {}",
                listed(self.anchors.keys())
            )),
        }
    }

    /// The token has a type its issuer's tokens have, and no header member its profile does not let pass.
    pub(crate) fn check_type(&self, jws: &Jws<'_>, format: Format) -> Result<(), Reason> {
        let issuer = jws.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        let trusted = self.anchor(issuer, format);
        if !issuer.is_empty() && !self.anchors.keys().any(|name| name.as_str() == issuer) {
            return trusted.map(|_| ());
        }
        let rules = trusted.as_ref().ok().map(|anchor| anchor.rules(format)).or_else(|| self.profiles.default_rules(format));
        let rules = rules.ok_or_else(|| Reason::new(Code::EngineInternal))?;
        // Entra's own codec reads what every token of Entra has.
        if format != Format::Entra
            && let Some(name) = rules.thumbprint(jws)
        {
            let detail = format!("`{name}`: list it in `header` of the issuer's `profile`, if its tokens have it (it is not read)");
            return Err(Reason::new(Code::TokenHeaderKey).because(detail));
        }
        if rules.accepts_type(jws) {
            return Ok(());
        }
        let typ = jws.typ.as_deref().map_or_else(|| "absent".to_owned(), |typ| format!("`{typ}`"));
        let remedy = match (&trusted, self.profiles.fitting(jws, format)) {
            (Err(reason), _) => reason.detail.clone(),
            (Ok(_), fitting) if fitting.is_empty() => "if its tokens have another, set `typ` of its `profile` in the trust document".to_owned(),
            (Ok(_), fitting) => format!(
                "set its `profile` in the trust document to what it is ({} would read such a token), or list the type in `typ` of its `profile`",
                listed(fitting)
            ),
        };
        let detail = format!("`typ` is {typ}; as {format}, issuer `{issuer}` has {}: {remedy}", rules.types());
        Err(Reason::new(Code::TokenType).because(detail))
    }

    /// The reason, with the profiles by which such a token would name client and agent.
    pub(crate) fn suggest(&self, reason: Reason, jws: &Jws<'_>, format: Format) -> Reason {
        let fitting = self.profiles.fitting(jws, format);
        if fitting.is_empty() {
            return reason;
        }
        let detail = format!("{}; or set its `profile` to what the issuer is ({} would read such a token)", reason.detail, listed(fitting));
        reason.because(detail)
    }

    /// The issuer of a trust domain, whose tokens need not name it.
    pub(crate) fn domain(&self, domain: &str, format: Format) -> Option<&Anchor> {
        let of_domain = |anchor: &&Anchor| anchor.trust_domain.as_ref().is_some_and(|name| name.as_str() == domain);
        self.anchors.values().filter(of_domain).find(|anchor| anchor.formats.contains(&format))
    }

    /// The token is meant for us.
    pub(crate) fn check_audience(&self, anchor: &Anchor, audiences: &[&str], format: Format) -> Result<(), Reason> {
        let ours = anchor.audiences.as_ref().unwrap_or(&self.audiences);
        if audiences.iter().any(|audience| ours.contains(*audience)) {
            Ok(())
        } else {
            let claim = &anchor.rules(format).audience;
            let detail = format!(
                "`{claim}` is {audiences:?}; `audiences` of issuer `{}`, or of the trust document, are {}: list what names us, or have the issuer write it",
                anchor.issuer,
                listed(ours)
            );
            Err(Reason::new(Code::TokenAudience).because(detail))
        }
    }

    /// Whether a proof of possession for this audience is meant for us.
    pub(crate) fn is_ours(&self, audience: &str) -> bool {
        self.audiences.contains(audience)
    }
}

impl AnchorFields {
    fn anchor(self, profiles: &Profiles) -> Result<Anchor, (bool, String)> {
        let invalid = |why: String| (false, why);
        let keys = KeySet::read(&self.keys)?;
        if keys.keys().iter().any(Key::is_secret) {
            return Err(invalid("a shared secret proves nothing to a third party".to_owned()));
        }
        if let Some(over) = self.scopes.values().chain(&self.grant).find_map(Grant::oversize) {
            return Err(invalid(over));
        }
        let algorithms = match self.algorithms {
            None => BTreeSet::from([Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::Ps256]),
            Some(names) => names.iter().map(|name| name.parse()).collect::<Result<_, String>>().map_err(invalid)?,
        };
        let profile = profiles.declared(self.profile.as_ref()).map_err(invalid)?;
        let profile = if self.subjects == Some(Subjects::Agent) { profile.of_agents() } else { profile };
        let only_itself = || BTreeSet::from([self.issuer.clone()]);
        Ok(Anchor {
            origins: self.origins.unwrap_or_else(only_itself),
            actors: self.actors.unwrap_or_else(only_itself),
            issuer: self.issuer,
            keys,
            formats: self.formats,
            algorithms,
            audiences: self.audiences,
            scopes: self.scopes,
            unscoped: self.grant.unwrap_or_default(),
            reauthorization: self.reauthorization,
            trust_domain: self.trust_domain,
            multi_tenant: self.multi_tenant,
            subjects: self.subjects.map(OriginKind::from),
            groups: self.groups,
            depth_max: self.depth_max.unwrap_or(DEPTH_MAX),
            profile,
        })
    }
}

impl Anchor {
    /// How its tokens are written.
    pub(crate) fn rules(&self, format: Format) -> &Rules {
        self.profile.rules(format)
    }

    /// The token is signed by one of this issuer's keys: the one it names, by the algorithm that key is for.
    pub(crate) fn verify(&self, jws: &Jws<'_>, format: Format) -> Result<&Key, Reason> {
        let key = self.keys.key(jws.kid.as_deref()).map_err(|why| match why {
            NoKey::Unknown => {
                let kid = jws.kid.as_deref().map_or_else(|| "no `kid`".to_owned(), |kid| format!("kid `{kid}`"));
                let known: BTreeSet<_> = self.keys.keys().iter().filter_map(Key::id).collect();
                let detail = format!("{kid}; the `keys` of `{}` have {}: fetch its key set anew", self.issuer, listed(known));
                Reason::new(Code::TokenKeyUnknown).because(detail)
            }
            NoKey::Unusable(why) => Reason::new(Code::TokenKeyUse).because(why),
        })?;
        let special = match format {
            Format::JwtSvid => "jwt-svid",
            Format::Wit => "wit-svid",
            _ => "sig",
        };
        if key.usage().is_some_and(|usage| usage != "sig" && usage != special) {
            return Err(Reason::new(Code::TokenKeyUse).because(format!("`{}`", key.usage().unwrap_or_default())));
        }
        if !self.algorithms.contains(&key.algorithm()) {
            return Err(Reason::new(Code::TokenAlgorithm).because(format!(
                "`{}` may not sign with {}: its `algorithms` are {}",
                self.issuer,
                key.algorithm(),
                listed(&self.algorithms)
            )));
        }
        jws.verify(key)?;
        Ok(key)
    }

    /// The issuer may speak for people of this one.
    pub(crate) fn check_origin(&self, issuer: &Name) -> Result<(), Reason> {
        if self.origins.contains(issuer) {
            Ok(())
        } else {
            Err(Reason::new(Code::TokenIssuerUntrusted).because(format!(
                "`{}` for people of `{issuer}`: its `origins` are {}",
                self.issuer,
                listed(&self.origins)
            )))
        }
    }

    /// The groups an issuer says somebody is in, as they are called here.
    pub(crate) fn groups(&self, named: &BTreeSet<Name>) -> Result<BTreeSet<Name>, Reason> {
        let called = |group: &Name| match self.groups {
            Groups::AsNamed => Ok(group.clone()),
            Groups::Qualified => {
                crate::keys::jws::named("groups", &crate::keys::jws::principal(self.issuer.as_str(), group.as_str(), None)?.to_string())
            }
        };
        named.iter().map(called).collect()
    }

    /// Whether the issuer speaks for everybody in this trust domain.
    pub(crate) fn is_of_domain(&self, domain: &Name) -> bool {
        self.trust_domain.as_ref() == Some(domain)
    }

    /// The issuer may speak for agents of this namespace.
    pub(crate) fn check_actor(&self, namespace: &Name) -> Result<(), Reason> {
        if self.actors.contains(namespace) {
            Ok(())
        } else {
            Err(Reason::new(Code::TokenActor).because(format!(
                "`{}` for agents of `{namespace}`: its `actors` are {}",
                self.issuer,
                listed(&self.actors)
            )))
        }
    }
}

/// What there is, for an operator; of many, the first.
fn listed<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let shown: Vec<_> = items.by_ref().take(LISTED_MAX).map(|item| format!("`{item}`")).collect();
    match (shown.is_empty(), items.count()) {
        (true, _) => "none".to_owned(),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}
