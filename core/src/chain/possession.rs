//! Proofs of possession: that the one who calls has the holder's key, and made the proof for this very call.
//!
//! `DPoP` (RFC 9449), WIMSE's workload proof (WPT) and AAT's. Only AAT's names the arguments by itself; for the others
//! we read the same claim, `hta`: the SHA-256 of the arguments in canonical JSON (RFC 8785).

use serde::{Deserialize, Serialize};

use super::codec::Reader;
use super::jws::{Jws, missing};
use super::trust::TrustStore;
use super::verify::{CLOCK_SKEW_MILLIS, VerifiedChain};
use crate::action::Call;
use crate::catalog::Catalog;
use crate::digest::Digest;
use crate::json::Value;
use crate::keys::{Key, encode};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// How old a proof may be, in milliseconds: a request's time on the way (RFC 9449 §11.1 asks for seconds or minutes).
const AGE_MILLIS_MAX: i64 = 60_000;

/// A proof of possession, in one of three forms.
///
/// ```
/// let proof: bailiwick::Proof = serde_json::from_str(
///     r#"{"type": "dpop", "jwt": "eyJhbGciOiJFZERTQSJ9.e30.c2ln", "method": "POST", "url": "https://erp.example/pay"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Proof {
    /// A `DPoP` proof, with the HTTP method and URL it came with, as the host saw them.
    Dpop {
        /// The proof.
        jwt: String,
        /// The HTTP method.
        method: String,
        /// The URL; query and fragment do not count.
        url: String,
    },
    /// A WIMSE workload proof token, and the workload identity token it goes with (absent when that is the chain).
    Wpt {
        /// The proof.
        jwt: String,
        /// The workload identity token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wit: Option<String>,
    },
    /// AAT's proof, for chains of signed links.
    Aat {
        /// The proof.
        jwt: String,
    },
}

/// A proof that was accepted, and until when it must be remembered.
///
/// ```
/// assert!(bailiwick::doc::allowed().proof.is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a used proof")]
#[non_exhaustive]
pub struct ProofUse {
    /// Names key and proof.
    pub id: Digest,
    /// After this instant the proof is stale and need not be remembered.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
}

/// What the holder has shown of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    No,
    /// It has the key.
    Key,
    /// It has the key, and means these very arguments.
    Call,
}

/// What an accepted proof shows.
pub(crate) struct Possession {
    pub used: ProofUse,
    pub held: Held,
}

impl Proof {
    pub(crate) fn check(
        &self,
        chain: &VerifiedChain,
        call: &Call,
        (trust, catalog): (Option<&TrustStore>, &Catalog),
        now: Timestamp,
    ) -> Result<Possession, Reason> {
        match self {
            Self::Dpop { jwt, method, url } => dpop(jwt, (method, url), chain, call, now),
            Self::Wpt { jwt, wit } => {
                let trust = trust.ok_or_else(|| Reason::new(Code::TokenIssuerUntrusted).because("the host trusts no issuers"))?;
                wpt(jwt, wit.as_deref(), chain, call, Reader::new(trust, catalog), now)
            }
            Self::Aat { jwt } => aat(jwt, chain, call, trust, now),
        }
    }
}

fn dpop(jwt: &str, (method, url): (&str, &str), chain: &VerifiedChain, call: &Call, now: Timestamp) -> Result<Possession, Reason> {
    let jws = Jws::read_proof(jwt)?;
    jws.expect_type(&["dpop+jwt"])?;
    let jwk = jws.header.get("jwk").ok_or_else(|| Reason::new(Code::ProofKey).because("no `jwk`"))?;
    let key = Key::read(jwk).ok().filter(|key| !key.is_secret()).ok_or_else(|| Reason::new(Code::ProofKey).because("`jwk` is not a public key"))?;
    is_made_with(&jws, &key, chain)?;
    let claims = &jws.claims;
    let path = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    if claims.text("htm")? != method || path(claims.text("htu")?) != path(url) {
        return Err(Reason::new(Code::ProofAudience).because("another method or URL"));
    }
    if let Some((_, token)) = chain.chain().evidence.as_ref().and_then(|evidence| evidence.bound_token()) {
        names(&jws, "ath", token)?;
    }
    let issued = claims.date("iat")?;
    is_fresh(issued, now)?;
    accepted(&jws, &key, issued, call)
}

fn wpt(jwt: &str, wit: Option<&str>, chain: &VerifiedChain, call: &Call, reader: Reader<'_>, now: Timestamp) -> Result<Possession, Reason> {
    let bound = chain.chain().evidence.as_ref().and_then(|evidence| evidence.bound_token());
    let (wit, other) = match (wit, bound) {
        (None, Some(("wth", wit))) => (wit, None),
        (Some(wit), other) => (wit, other),
        (None, _) => return Err(Reason::new(Code::ProofBinding).because("no workload identity token")),
    };
    let (read, key) = reader.wit(wit)?;
    let workload = read.links.last().ok_or_else(|| Reason::new(Code::ProofKey))?;
    if now >= workload.expires {
        return Err(Reason::new(Code::ProofStale).because("the workload identity token has expired"));
    }
    // The workload is the holder: under its own name, wherever its issuer is from.
    let holder = chain.links().last().map(|link| link.delegate.id.subject.as_str());
    if holder != Some(workload.delegate.id.subject.as_str()) {
        return Err(Reason::new(Code::ChainPresenter).because(format!("proven by `{}`", workload.delegate.id)));
    }
    let jws = Jws::read(jwt)?;
    jws.expect_type(&["wpt+jwt"])?;
    if jws.verify(&key).is_err() {
        return Err(Reason::new(Code::ProofKey));
    }
    if chain.facts().holder_key.as_deref().is_some_and(|holder| holder != key.thumbprint()) {
        return Err(Reason::new(Code::ProofKey).because("not the holder's key"));
    }
    let claims = &jws.claims;
    if !claims.texts("aud")?.iter().any(|audience| reader.trust.is_ours(audience)) {
        return Err(Reason::new(Code::ProofAudience));
    }
    names(&jws, "wth", wit)?;
    if let Some((claim, token)) = other.filter(|(claim, _)| *claim != "wth") {
        names(&jws, claim, token)?;
    }
    let expires = claims.date("exp")?;
    if now >= expires || expires > now.plus_millis(10 * AGE_MILLIS_MAX) {
        return Err(Reason::new(Code::ProofStale));
    }
    accepted(&jws, &key, expires, call)
}

fn aat(jwt: &str, chain: &VerifiedChain, call: &Call, trust: Option<&TrustStore>, now: Timestamp) -> Result<Possession, Reason> {
    let jws = Jws::read(jwt)?;
    jws.expect_type(&["", "JWT", "aat-pop+jwt"])?;
    let leaf = chain.links().last().ok_or_else(|| Reason::new(Code::ChainEmpty))?;
    let key = leaf.key.as_ref().ok_or_else(|| Reason::new(Code::ProofKey).because("the chain names no key of its holder"))?;
    is_made_with(&jws, key, chain)?;
    let claims = &jws.claims;
    if claims.text("aat_id")? != leaf.id.as_str() {
        return Err(Reason::new(Code::ProofBinding).because("for another chain"));
    }
    if claims.text("aat_tool")? != call.tool {
        return Err(Reason::new(Code::ProofArguments).because("for another tool"));
    }
    if claims.optional_text("aat_aud")?.is_some_and(|audience| !trust.is_some_and(|trust| trust.is_ours(audience))) {
        return Err(Reason::new(Code::ProofAudience));
    }
    claims.get("hta").ok_or_else(|| missing("hta"))?;
    let issued = claims.date("iat")?;
    is_fresh(issued, now)?;
    accepted(&jws, key, issued, call)
}

/// The key is the holder's, and the proof is made with it.
fn is_made_with(jws: &Jws<'_>, key: &Key, chain: &VerifiedChain) -> Result<(), Reason> {
    let is_holders = chain.facts().holder_key.as_deref() == Some(key.thumbprint());
    if is_holders && jws.verify(key).is_ok() { Ok(()) } else { Err(Reason::new(Code::ProofKey)) }
}

/// The proof names a token by its hash.
fn names(jws: &Jws<'_>, claim: &str, token: &str) -> Result<(), Reason> {
    let hash = encode(Digest::of_bytes(token.as_bytes()).as_bytes());
    if jws.claims.optional_text(claim)? == Some(hash.as_str()) {
        Ok(())
    } else {
        Err(Reason::new(Code::ProofBinding).because(format!("`{claim}` is not the token's")))
    }
}

fn is_fresh(issued: Timestamp, now: Timestamp) -> Result<(), Reason> {
    let age = now.as_millis() - issued.as_millis();
    if (-CLOCK_SKEW_MILLIS..=AGE_MILLIS_MAX).contains(&age) {
        Ok(())
    } else {
        Err(Reason::new(Code::ProofStale).because(format!("made {issued}, now {now}")))
    }
}

/// What remains the same for all: the proof has a name, and its `hta`, if it has one, is that of the arguments.
fn accepted(jws: &Jws<'_>, key: &Key, from: Timestamp, call: &Call) -> Result<Possession, Reason> {
    let held = match jws.claims.optional_text("hta")? {
        None => Held::Key,
        Some(hash) if hash == arguments_hash(&call.arguments) => Held::Call,
        Some(_) => return Err(Reason::new(Code::ProofArguments)),
    };
    let id = Digest::of("proof", &(key.thumbprint(), jws.claims.text("jti")?));
    Ok(Possession { used: ProofUse { id, until: from.plus_millis(AGE_MILLIS_MAX + CLOCK_SKEW_MILLIS) }, held })
}

/// What `hta` is of these arguments: base64url of the SHA-256 of their canonical JSON.
fn arguments_hash(arguments: &Value) -> String {
    encode(Digest::of_bytes(arguments.canonical().as_bytes()).as_bytes())
}
