//! Chains whose every link is signed by the party entitled to make it: our own, and AAT
//! (draft-niyikiza-oauth-attenuating-agent-tokens-02), of which ours is a stricter profile with names in it.
//!
//! The root is signed by an issuer; after that each link by the key the link before named as its delegate's. The
//! chain's id, the origin's digest and the hash of the parent's signing input are inside what is signed, so that a
//! link fits in one place only.

use crate::keys::THUMBPRINT_URI;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::attenuation;
use super::details::{GRANT_TYPE, authorization_details, of_aat, tools_of_aat};
use super::{Read, Reader, Times};
use crate::catalog::Catalog;
use crate::chain::facts::{Basis, Facts};
use crate::chain::profile::Format;
use crate::chain::trust::Anchor;
use crate::chain::verify::{CLOCK_SKEW_MILLIS, LIFETIME_MILLIS_MAX};
use crate::chain::{Chain, Link, Mission, ProofLevel, Redelegation};
use crate::digest::Digest;
use crate::grant::Grant;
use crate::grant::contract::IntentClaim;
use crate::identity::{Agent, Name, Origin, OriginKind, PrincipalId};
use crate::json::{Object, Value};
use crate::keys::jws::{Claims, Jws, missing, principal, wrong};
use crate::keys::{Key, decode, encode};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// The media type of our links.
pub(crate) const LINK_TYPE: &str = "dlg+jwt";
/// The media type of a re-authorization.
const REAUTHORIZATION_TYPE: &str = "reauth+jwt";
/// Every claim a link of ours may have. What we do not know might be a limit: it is refused.
const CLAIMS: [&str; 23] = [
    "int",
    "iss",
    "jti",
    "iat",
    "exp",
    "nbf",
    "cnf",
    "del_depth",
    "del_max_depth",
    "par_hash",
    "chn",
    "org",
    "ogd",
    "dlr",
    "dle",
    "authorization_details",
    "prp",
    "prc",
    "tgt",
    "mission",
    "rdl",
    "rea",
    "own",
];

/// Those of them that limit what a link is for.
const LIMITS: [&str; 7] = ["int", "tgt", "mission", "rdl", "rea", "own", "prc"];

/// How one of the two formats writes what both say.
struct Dialect {
    format: Format,
    types: &'static [&'static str],
    is_ours: bool,
}

const NATIVE: Dialect = Dialect { format: Format::Native, types: &[LINK_TYPE], is_ours: true };
const AAT: Dialect = Dialect { format: Format::Aat, types: &["aat+jwt"], is_ours: false };

/// What the links read so far have fixed.
struct Grown<'r> {
    /// Who signed the root.
    anchor: &'r Anchor,
    id: Name,
    origin: Origin,
    groups: BTreeSet<Name>,
    origin_digest: Digest,
    links: Vec<Link>,
    signed_links: Vec<Digest>,
    signers: Vec<(usize, String)>,
    /// What the last link says of tools, where it is an AAT.
    tools: Option<Object>,
    /// What comparing them may still take.
    work: attenuation::Work,
}

impl Reader<'_> {
    pub(super) fn native(&self, tokens: &[String]) -> Result<Read, Reason> {
        self.links(tokens, &NATIVE)
    }

    pub(super) fn aat(&self, tokens: &[String]) -> Result<Read, Reason> {
        self.links(tokens, &AAT)
    }

    fn links(&self, tokens: &[String], dialect: &Dialect) -> Result<Read, Reason> {
        let (first, rest) = tokens.split_first().ok_or_else(|| Reason::new(Code::ChainEmpty))?;
        let mut grown = self.root(first, dialect).map_err(|reason| reason.at(0))?;
        for (index, token) in rest.iter().enumerate() {
            let hop = index + 1;
            grown.derive(token, hop, dialect, *self).map_err(|reason| reason.at(hop))?;
        }
        let Grown { id, origin, groups, links, signed_links, signers, .. } = grown;
        let holder_key = links.last().and_then(|link| link.key.as_ref()).map(|key| key.thumbprint().to_owned());
        Ok(Read { id, origin, links, facts: Facts { groups: Some(groups), signers, holder_key, signed_links, ..Facts::of(ProofLevel::Linked) } })
    }

    fn root(&self, token: &str, dialect: &Dialect) -> Result<Grown<'_>, Reason> {
        let jws = dialect.read(token)?;
        if jws.claims.small("del_depth")? != 0 || jws.claims.get("par_hash").is_some() {
            return Err(Reason::new(Code::ChainRootMissing));
        }
        let issuer = jws.claims.text("iss")?;
        let anchor = self.trust.anchor(issuer, dialect.format).map_err(|reason| Reason::new(Code::ChainRootUntrusted).because(reason.detail))?;
        let signer = anchor.verify(&jws, dialect.format)?.thumbprint().to_owned();
        let origin = match jws.claims.get("org") {
            Some(Value::Null) => return Err(Reason::new(Code::ChainRootPowerline)),
            Some(origin) if !has_issuer(origin) => return Err(Reason::new(Code::ChainOriginUnqualified).because("`org` without issuer")),
            Some(origin) => Origin::deserialize(origin).map_err(|error| wrong("org", &error.to_string()))?,
            // An AAT names nobody it was made for: who issued it began the work.
            None if !dialect.is_ours => Origin::new(anchor.subjects.unwrap_or(OriginKind::Service), principal(issuer, issuer, None)?),
            None => return Err(Reason::new(Code::ChainOriginUnqualified).because("no `org`")),
        };
        anchor.check_origin(&origin.id.issuer)?;
        if anchor.multi_tenant && origin.id.tenant.is_none() {
            return Err(missing("org.tenant"));
        }
        let origin_digest = Digest::of("origin", &origin);
        if dialect.is_ours {
            check_origin(&jws.claims, origin_digest)?;
        } else if jws.claims.get("aud").is_some() {
            self.trust.check_audience(anchor, &jws.claims.texts("aud")?, dialect.format)?;
        }
        let groups = anchor.groups(&origin.groups)?;
        let id = match jws.claims.optional_name("chn")? {
            Some(id) => id,
            None if dialect.is_ours => return Err(missing("chn")),
            None => jws.claims.name("jti")?,
        };
        let link = dialect.link(&jws, &origin.id, self.catalog)?;
        // Who is known by a key alone is nobody's to name; that it comes with that key is checked of every link.
        if link.delegate.id.issuer.as_str() != THUMBPRINT_URI {
            anchor.check_actor(&link.delegate.id.issuer)?;
        }
        let signed_links = vec![Digest::of_bytes(jws.signing_input.as_bytes())];
        let tools = (!dialect.is_ours).then(|| tools_of_aat(&jws.claims)).transpose()?;
        Ok(Grown {
            anchor,
            id,
            origin,
            groups,
            origin_digest,
            links: vec![link],
            signed_links,
            signers: vec![(0, signer)],
            tools,
            work: attenuation::Work::default(),
        })
    }
}

impl Grown<'_> {
    fn derive(&mut self, token: &str, hop: usize, dialect: &Dialect, reader: Reader<'_>) -> Result<(), Reason> {
        let jws = dialect.read(token)?;
        if jws.claims.get("aud").is_some() {
            reader.trust.check_audience(self.anchor, &jws.claims.texts("aud")?, dialect.format)?;
        }
        let (Some(parent), Some(parent_digest)) = (self.links.last(), self.signed_links.last()) else {
            return Err(Reason::new(Code::ChainEmpty));
        };
        match jws.claims.optional_text("chn")? {
            Some(id) if id != self.id.as_str() => return Err(Reason::new(Code::ChainIdMismatch).because(format!("`{id}`, not `{}`", self.id))),
            None if dialect.is_ours => return Err(missing("chn")),
            _ => {}
        }
        if dialect.is_ours {
            check_origin(&jws.claims, self.origin_digest)?;
        }
        if jws.claims.get("org").is_some() {
            return Err(Reason::new(Code::ChainOriginMismatch).because("only the first link names the origin"));
        }
        let depth = jws.claims.small("del_depth")?;
        if usize::from(depth) != hop {
            return Err(Reason::new(Code::ChainDepthOrder).because(format!("says {depth}, stands at {hop}")));
        }
        let hash = decode(jws.claims.text("par_hash")?).filter(|hash| hash.len() == 32);
        let hash = hash.ok_or_else(|| Reason::new(Code::ChainHashAlgorithm).because("`par_hash` is not a SHA-256 hash"))?;
        if hash != parent_digest.as_bytes() {
            return Err(Reason::new(Code::ChainParentHash));
        }
        let key = parent.key.as_ref().ok_or_else(|| Reason::new(Code::ChainProof).because("the link before names no key of its delegate"))?;
        if jws.claims.text("iss")? != thumbprint_uri(key.thumbprint()) {
            return Err(Reason::new(Code::ChainProof).because("signed by another than the delegate of the link before"));
        }
        jws.verify(key)?;
        let (signer, holder) = (key.thumbprint().to_owned(), parent.delegate.id.clone());
        let link = dialect.link(&jws, &holder, reader.catalog)?;
        if let Some(parent) = &self.tools {
            let tools = tools_of_aat(&jws.claims)?;
            attenuation::check(&tools, parent, &self.work).map_err(|why| Reason::new(Code::ChainWidened).because(why))?;
            self.tools = Some(tools);
        }
        self.signers.push((hop, signer));
        self.signed_links.push(Digest::of_bytes(jws.signing_input.as_bytes()));
        self.links.push(link);
        Ok(())
    }
}

impl Dialect {
    fn read<'t>(&self, token: &'t str) -> Result<Jws<'t>, Reason> {
        // A key in the header of an AAT is as if it were not there (draft, §3.5); in ours it is refused.
        let jws = if self.is_ours { Jws::read(token)? } else { Jws::read_ignoring_keys(token)? };
        jws.expect_type(self.types)?;
        if !self.is_ours && jws.header.get("alg").and_then(Value::as_str) == Some("EdDSA") {
            return Err(Reason::new(Code::TokenAlgorithm).because("an AAT must name its algorithm `Ed25519` (RFC 9864), not `EdDSA`"));
        }
        if self.is_ours
            && let Some(unknown) = jws.claims.0.keys().find(|name| !CLAIMS.contains(&name.as_str()))
        {
            return Err(Reason::new(Code::TokenClaimUnknown).because(format!("`{unknown}`")));
        }
        // AAT ignores what it does not know. Of ours, what would be a limit is not ignored.
        if !self.is_ours
            && let Some(limit) = LIMITS.iter().find(|name| jws.claims.get(name).is_some())
        {
            return Err(Reason::new(Code::TokenClaimUnknown).because(format!("`{limit}` in an AAT")));
        }
        Ok(jws)
    }

    /// The link a token says; `holder` is who must have made it.
    fn link(&self, jws: &Jws<'_>, holder: &PrincipalId, catalog: &Catalog) -> Result<Link, Reason> {
        let claims = &jws.claims;
        let Times { issued, not_before, expires } = Times::of(jws)?;
        let key = claims.confirmation()?.key;
        // What signs the next link must be there whole.
        if key.is_none() && (!self.is_ours || claims.get("cnf").is_some()) {
            return Err(missing("cnf.jwk"));
        }
        let delegator = match claims.shape("dlr")? {
            Some(delegator) => delegator,
            None if self.is_ours => return Err(missing("dlr")),
            None => holder.clone(),
        };
        let delegate = match (claims.shape("dle")?, &key) {
            (Some(delegate), _) => delegate,
            (None, Some(key)) if !self.is_ours => key_agent(key)?,
            (None, _) => return Err(missing("dle")),
        };
        let mut link = Link::new(claims.name("jti")?, delegator, delegate, self.grant(claims, catalog)?);
        (link.issued, link.not_before, link.expires) = (issued, not_before, expires);
        (link.key, link.depth_max) = (key, claims.small("del_max_depth")?);
        if self.is_ours {
            link.purpose = claims.optional_text("prp")?.map(str::to_owned);
            link.purpose_code = claims.optional_name("prc")?;
            link.targets = claims.shape("tgt")?;
            link.mission = claims.shape::<Mission>("mission")?;
            link.redelegate_to = claims.shape::<Redelegation>("rdl")?;
            link.intent = claims.shape::<IntentClaim>("int")?;
            link.reauthorization = claims.optional_text("rea")?.map(str::to_owned);
            link.own_authority = claims.optional_bool("own")?;
        }
        Ok(link)
    }

    fn grant(&self, claims: &Claims, catalog: &Catalog) -> Result<Grant, Reason> {
        let details = claims.get("authorization_details").ok_or_else(|| missing("authorization_details"))?;
        let of_type = |detail: &Value| detail.get("type").and_then(Value::as_str) == Some(GRANT_TYPE);
        // One statement, so that two cannot differ.
        if self.is_ours && !matches!(details, Value::Array(items) if matches!(items.as_slice(), [only] if of_type(only))) {
            return Err(Reason::new(Code::ChainDetails).because(format!("exactly one `{GRANT_TYPE}`")));
        }
        if self.is_ours { authorization_details(details, catalog) } else { of_aat(details, catalog) }
    }
}

fn check_origin(claims: &Claims, digest: Digest) -> Result<(), Reason> {
    if claims.text("ogd")? == digest.to_string() { Ok(()) } else { Err(Reason::new(Code::ChainOriginMismatch)) }
}

fn has_issuer(origin: &Value) -> bool {
    origin.get("issuer").is_some()
}

fn key_agent(key: &Key) -> Result<Agent, Reason> {
    PrincipalId::new(THUMBPRINT_URI, key.thumbprint()).map(Agent::from).map_err(|why| wrong("cnf", &why))
}

pub(crate) fn thumbprint_uri(thumbprint: &str) -> String {
    format!("{THUMBPRINT_URI}:{thumbprint}")
}

/// Reads a re-authorization: the only way a link may pass on more than its parent did. It is signed by the origin's
/// side, for this chain and this parent.
pub(crate) fn reauthorization(reader: Reader<'_>, chain: &Chain, hop: usize, link: &Link, parent: &Digest, now: Timestamp) -> Result<Basis, Reason> {
    let token = link.reauthorization.as_deref().unwrap_or_default();
    let (id, times, method, signer, grant) = read_reauthorization(reader, token, chain, link, parent).map_err(|reason| {
        let is_told_apart = matches!(reason.code, Code::ChainReauthorizationOrigin | Code::ChainReauthorizationMethod);
        if is_told_apart { reason.at(hop) } else { Reason::new(Code::ChainReauthorization).at(hop).because(reason.to_string()) }
    })?;
    let latest = now.plus_millis(CLOCK_SKEW_MILLIS);
    let has_come = times.issued <= latest && times.not_before.is_none_or(|from| from <= latest);
    let lifetime = times.expires.as_millis() - times.issued.as_millis();
    if !has_come || now >= times.expires || lifetime > LIFETIME_MILLIS_MAX {
        return Err(Reason::new(Code::ChainReauthorization).at(hop).because("its time has passed or not come, or is too long"));
    }
    Ok(Basis { hop, id, method, grant, signer, expires: times.expires })
}

fn read_reauthorization(
    reader: Reader<'_>,
    token: &str,
    chain: &Chain,
    link: &Link,
    parent: &Digest,
) -> Result<(Name, Times, String, String, Grant), Reason> {
    let jws = Jws::read(token)?;
    jws.expect_type(&[REAUTHORIZATION_TYPE])?;
    let claims = &jws.claims;
    let anchor = reader.trust.anchor(claims.text("iss")?, Format::Reauthorization)?;
    let signer = anchor.verify(&jws, Format::Reauthorization)?.thumbprint().to_owned();
    let other = |why: &str| Reason::new(Code::ChainReauthorization).because(why);
    let subject = principal(claims.text("sub_iss")?, claims.text("sub")?, claims.optional_text("tenant")?)?;
    if subject != chain.origin.id || anchor.check_origin(&subject.issuer).is_err() {
        return Err(Reason::new(Code::ChainReauthorizationOrigin).because(format!("given by `{subject}`")));
    }
    if claims.text("chn")? != chain.id.as_str() || claims.text("par_hash")? != encode(parent.as_bytes()) {
        return Err(other("for another chain or link"));
    }
    if claims.shape::<PrincipalId>("dle")?.is_some_and(|delegate| delegate != link.delegate.id) {
        return Err(other("for another delegate"));
    }
    if claims.get("aud").is_some() {
        reader.trust.check_audience(anchor, &claims.texts("aud")?, Format::Reauthorization)?;
    }
    let method = claims.text("method")?.to_owned();
    if !anchor.reauthorization.contains(&method) {
        return Err(Reason::new(Code::ChainReauthorizationMethod).because(format!("`{method}`")));
    }
    let details = claims.get("authorization_details").ok_or_else(|| missing("authorization_details"))?;
    let grant = authorization_details(details, reader.catalog)?;
    if let Some(over) = grant.oversize() {
        return Err(other(&over));
    }
    Ok((claims.name("jti")?, Times::of(&jws)?, method, signer, grant))
}
