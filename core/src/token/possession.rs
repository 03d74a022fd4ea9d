//! Proofs of possession: that the one who calls has the holder's key, and made the proof for this very call.
//!
//! `DPoP` (RFC 9449), WIMSE's workload proof (WPT) and AAT's. Only AAT's names tool and arguments by itself; for
//! the others we read the same claims: `aat_tool`, and `hta`, the arguments, or the SHA-256 of them in canonical JSON
//! (RFC 8785). A proof that names both, and the token it comes with by `ath` or `aat_hash`, is for this very call and no
//! other.

use crate::catalog::presenter::Proof;
use crate::chain::facts::Held;
use serde::{Deserialize, Serialize};

use crate::catalog::call::Call;
use crate::chain::evidence::Evidence;
use crate::chain::revocation::{Revocations, check_revoked};
use crate::chain::verify::{CLOCK_SKEW_MILLIS, VerifiedChain};
use crate::digest::Digest;
use crate::json::Value;
use crate::keys::jws::{Claims, Jws, missing, wrong};
use crate::keys::{Key, encode};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;
use crate::token::Anchors;

/// How old a proof may be, in milliseconds: a request's time on the way (RFC 9449 §11.1 asks for seconds or minutes).
const AGE_MILLIS_MAX: i64 = 60_000;
/// The same for a chain of AATs: its draft recommends so, and its vector J.20.4 holds verifiers to it.
const AAT_AGE_MILLIS_MAX: i64 = 30_000;

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

/// What a proof is checked against.
pub(crate) struct Moment<'m> {
    pub anchors: Anchors<'m>,
    pub revocations: Option<&'m Revocations>,
    pub now: Timestamp,
}

/// What an accepted proof shows.
pub(crate) struct Possession {
    pub used: ProofUse,
    pub held: Held,
}

impl Proof {
    pub(crate) fn check(&self, chain: &VerifiedChain, call: &Call, moment: &Moment<'_>) -> Result<Possession, Reason> {
        match self {
            Self::Dpop { jwt, method, url } => dpop(jwt, (method, url), chain, call, moment),
            Self::Wpt { jwt, wit } => wpt(jwt, wit.as_deref(), chain, call, moment),
            Self::Aat { jwt } => aat(jwt, chain, call, moment),
        }
    }
}

fn dpop(jwt: &str, (method, url): (&str, &str), chain: &VerifiedChain, call: &Call, moment: &Moment<'_>) -> Result<Possession, Reason> {
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
    let issued = claims.date("iat")?;
    is_fresh(issued, moment.now, AGE_MILLIS_MAX)?;
    accepted(&jws, &key, issued, chain, call, moment)
}

fn wpt(jwt: &str, wit: Option<&str>, chain: &VerifiedChain, call: &Call, moment: &Moment<'_>) -> Result<Possession, Reason> {
    let bound = chain.chain().evidence.as_ref().and_then(Evidence::bound_token);
    let ((None, Some(("wth", wit))) | (Some(wit), _)) = (wit, bound) else {
        return Err(Reason::new(Code::ProofBinding).because("no workload identity token"));
    };
    // A workload's identity is a chain of its own: verified, in force, not revoked.
    let workload = moment.anchors.verify(&Evidence::of_wit(wit).into(), moment.now)?;
    check_revoked(&workload, moment.revocations, moment.anchors.trust, moment.now)?;
    let identity = workload.links().last().ok_or_else(|| Reason::new(Code::ProofKey))?;
    let key = identity.key.as_ref().ok_or_else(|| Reason::new(Code::ProofKey).because("the identity token names no key"))?;
    // The workload is the holder: under its own name, wherever its issuer is from.
    if chain.links().last().map(|link| &link.delegate.id.subject) != Some(&identity.delegate.id.subject) {
        return Err(Reason::new(Code::ChainPresenter).because(format!("proven by `{}`", identity.delegate.id)));
    }
    let jws = Jws::read(jwt)?;
    jws.expect_type(&["wpt+jwt"])?;
    let is_holders = chain.facts().holder_key.as_deref().is_none_or(|holder| holder == key.thumbprint());
    if !is_holders || jws.verify(key).is_err() {
        return Err(Reason::new(Code::ProofKey));
    }
    if jws.claims.get("aud").is_none() {
        return Err(missing("aud"));
    }
    names(&jws, "wth", wit)?;
    let expires = jws.claims.date("exp")?;
    if expires > moment.now.plus_millis(10 * AGE_MILLIS_MAX) {
        return Err(Reason::new(Code::ProofStale).because(format!("expires {expires}")));
    }
    accepted(&jws, key, expires, chain, call, moment)
}

fn aat(jwt: &str, chain: &VerifiedChain, call: &Call, moment: &Moment<'_>) -> Result<Possession, Reason> {
    let jws = Jws::read_ignoring_keys(jwt)?;
    jws.expect_type(&["aat-pop+jwt"])?;
    let leaf = chain.links().last().ok_or_else(|| Reason::new(Code::ChainEmpty))?;
    let key = leaf.key.as_ref().ok_or_else(|| Reason::new(Code::ProofKey).because("the chain names no key of its holder"))?;
    is_made_with(&jws, key, chain)?;
    let claims = &jws.claims;
    if claims.text("aat_id")? != leaf.id.as_str() {
        return Err(Reason::new(Code::ProofBinding).because("for another chain"));
    }
    if claims.optional_text("aat_aud")?.is_some_and(|audience| !is_ours(audience, moment)) {
        return Err(Reason::new(Code::ProofAudience));
    }
    claims.text("aat_tool")?;
    claims.text("aat_hash")?;
    claims.optional_object("hta")?.ok_or_else(|| missing("hta"))?;
    // The canonical form of what is signed has doubles (RFC 8785 §3.2.2.3): two integers must not have the same.
    if !call.arguments.is_exact() {
        return Err(Reason::new(Code::ProofArguments)
            .because("an integer argument has no exact double, so an AAT proof cannot cover it: use a DPoP proof or a WPT"));
    }
    let issued = claims.date("iat")?;
    let is_draft = chain.chain().evidence.as_ref().is_some_and(|evidence| evidence.format() == "aat");
    is_fresh(issued, moment.now, if is_draft { AAT_AGE_MILLIS_MAX } else { AGE_MILLIS_MAX })?;
    accepted(&jws, key, issued, chain, call, moment)
}

fn is_ours(audience: &str, moment: &Moment<'_>) -> bool {
    moment.anchors.trust.is_some_and(|trust| trust.is_ours(audience))
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

fn is_fresh(issued: Timestamp, now: Timestamp, age_millis_max: i64) -> Result<(), Reason> {
    let age = now.as_millis() - issued.as_millis();
    if (-CLOCK_SKEW_MILLIS..=age_millis_max).contains(&age) {
        Ok(())
    } else {
        Err(Reason::new(Code::ProofStale).because(format!("made {issued}, now {now}")))
    }
}

/// What is the same for all: the proof has a name, is in force and meant for us; what it says of the call is true; and
/// it is of the call if it says which tool, which arguments, and under which token.
fn accepted(jws: &Jws<'_>, key: &Key, from: Timestamp, chain: &VerifiedChain, call: &Call, moment: &Moment<'_>) -> Result<Possession, Reason> {
    let claims = &jws.claims;
    let (now, latest) = (moment.now, moment.now.plus_millis(CLOCK_SKEW_MILLIS));
    if claims.optional_date("exp")?.is_some_and(|expires| now >= expires) || claims.optional_date("nbf")?.is_some_and(|begins| begins > latest) {
        return Err(Reason::new(Code::ProofStale));
    }
    if claims.get("aud").is_some() && !claims.texts("aud")?.iter().any(|audience| is_ours(audience, moment)) {
        return Err(Reason::new(Code::ProofAudience));
    }
    let evidence = chain.chain().evidence.as_ref();
    let names_token = match evidence.and_then(Evidence::bound_token) {
        // RFC 9449 §4.3, draft-ietf-wimse-wpt: a token that came along must be named; of signed links it may be.
        Some((claim, token)) if claims.get(claim).is_some() || evidence.is_some_and(|evidence| !evidence.is_of_links()) => {
            names(jws, claim, token)?;
            true
        }
        _ => false,
    };
    let names_input = names_signing_input(claims, evidence)?;
    let others = |claim: &str| Reason::new(Code::ProofArguments).because(format!("`{claim}` is another call's"));
    let names_tool = match claims.optional_text("aat_tool")? {
        Some(tool) if tool != call.tool => return Err(others("aat_tool")),
        tool => tool.is_some(),
    };
    let names_arguments = match claims.get("hta") {
        None => false,
        Some(Value::String(hash)) if *hash == arguments_hash(&call.arguments) => true,
        // As AAT has it: the arguments themselves.
        Some(told @ Value::Object(_)) if told.canonical() == call.arguments.canonical() => true,
        Some(Value::String(_) | Value::Object(_)) => return Err(others("hta")),
        Some(_) => return Err(wrong("hta", "neither the arguments nor their hash")),
    };
    let held = if (names_token || names_input) && names_arguments && names_tool { Held::Call } else { Held::Key };
    let id = Digest::of("proof", &(key.thumbprint(), claims.text("jti")?));
    Ok(Possession { used: ProofUse { id, until: from.plus_millis(AGE_MILLIS_MAX + CLOCK_SKEW_MILLIS) }, held })
}

/// Whether the proof names the last of signed links by the hash of its signing input (`aat_hash`).
fn names_signing_input(claims: &Claims, evidence: Option<&Evidence>) -> Result<bool, Reason> {
    let Some(told) = claims.optional_text("aat_hash")? else { return Ok(false) };
    let token = evidence.filter(|evidence| evidence.is_of_links()).and_then(Evidence::bound_token).map(|(_, token)| token);
    let input = token.and_then(|token| token.rsplit_once('.')).map(|(input, _)| input);
    if input.is_some_and(|input| told == encode(Digest::of_bytes(input.as_bytes()).as_bytes())) {
        Ok(true)
    } else {
        Err(Reason::new(Code::ProofBinding).because("`aat_hash` is not the last link's"))
    }
}

/// What `hta` is of these arguments: base64url of the SHA-256 of their canonical JSON.
fn arguments_hash(arguments: &Value) -> String {
    encode(Digest::of_bytes(arguments.canonical().as_bytes()).as_bytes())
}
