//! Workload identities: JWT-SVID (SPIFFE) and workload identity tokens (WIMSE WIT). They name one workload and no
//! origin: the workload acts on its own behalf. Their issuer is found by the trust domain of `sub`, never by `iss`.

use super::oauth::Attestation;
use super::{Read, Reader};
use crate::chain::facts::{Facts, Proven};
use crate::chain::profile::Format;
use crate::chain::trust::Anchor;
use crate::chain::verify::LIFETIME_MILLIS_MAX;
use crate::chain::{Link, ProofLevel};
use crate::identity::{Agent, Origin, OriginKind, PrincipalId};
use crate::json::Value;
use crate::keys::Algorithm;
use crate::keys::jws::{Claims, Confirmation, Jws, named, principal, wrong};
use crate::reason::{Code, Reason};

impl Reader<'_> {
    pub(super) fn jwt_svid(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read(token)?;
        let refused = |why: &str| Reason::new(Code::TokenSvid).because(why);
        if let Some(name) = jws.header.keys().find(|name| !["alg", "kid", "typ"].contains(&name.as_str())) {
            return Err(refused(&format!("the header has `{name}`")));
        }
        if jws.algorithm == Algorithm::EdDsa {
            return Err(refused("a JWT-SVID is not signed with EdDSA"));
        }
        jws.expect_type(&["", "JWT", "JOSE"])?;
        let (anchor, id) = self.workload(&jws, Format::JwtSvid)?;
        let signer = anchor.verify(&jws, Format::JwtSvid)?.thumbprint().to_owned();
        self.trust.check_audience(anchor, &jws.claims.texts("aud")?, Format::JwtSvid)?;
        alone(&Attestation { jws: &jws, anchor, rules: anchor.rules(Format::Wit), signer, domain: None }, id)
    }

    pub(super) fn wit(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read(token)?;
        jws.expect_type(&["wit+jwt"])?;
        let (anchor, id) = self.workload(&jws, Format::Wit)?;
        if jws.claims.optional_text("iss")?.is_some_and(|issuer| issuer != anchor.issuer.as_str()) {
            return Err(Reason::new(Code::TokenTrustDomain).because("`iss` is not the issuer of the workload's trust domain"));
        }
        let signer = anchor.verify(&jws, Format::Wit)?.thumbprint().to_owned();
        let is_pinned = jws.claims.get("cnf").and_then(|cnf| cnf.get("jwk")).is_some_and(|jwk| jwk.get("alg").and_then(Value::as_str).is_some());
        if !is_pinned {
            return Err(Reason::new(Code::TokenConfirmation).because("`cnf.jwk` has no `alg`"));
        }
        alone(&Attestation { jws: &jws, anchor, rules: anchor.rules(Format::Wit), signer, domain: None }, id)
    }

    fn workload(&self, jws: &Jws<'_>, format: Format) -> Result<(&Anchor, PrincipalId), Reason> {
        let subject = jws.claims.text("sub")?;
        let domain = trust_domain(subject).ok_or_else(|| wrong("sub", "not a SPIFFE or WIMSE id"))?;
        let anchor = self.trust.domain(domain, format).ok_or_else(|| Reason::new(Code::TokenTrustDomain).because(format!("`{domain}`")))?;
        Ok((anchor, principal(domain, subject, None)?))
    }
}

/// Scheme and authority of a workload's id.
fn trust_domain(subject: &str) -> Option<&str> {
    let rest = subject.strip_prefix("spiffe://").or_else(|| subject.strip_prefix("wimse://"))?;
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
    let start = subject.len() - rest.len();
    subject.get(..start + authority.len())
}

/// A workload that acts for itself.
fn alone(attested: &Attestation<'_>, id: PrincipalId) -> Result<Read, Reason> {
    let claims: &Claims = &attested.jws.claims;
    let Confirmation { key, thumbprint } = claims.confirmation()?;
    let expires = claims.date("exp")?;
    // Without a time of issue it is taken to be as old as it may be, so that every cut-off reaches it.
    let issued = claims.optional_date("iat")?.unwrap_or_else(|| expires.plus_millis(-LIFETIME_MILLIS_MAX));
    let mut facts = Facts { signers: vec![(0, attested.signer.clone())], ..Facts::of(ProofLevel::Attested) };
    (facts.complete, facts.proven) = (true, Proven::All);
    (facts.is_bound, facts.holder_key) = (thumbprint.is_some(), thumbprint);
    let mut link = Link::new(named("jti", "0")?, id.clone(), Agent::from(id.clone()), attested.anchor.unscoped.clone());
    (link.issued, link.not_before, link.expires) = (issued, claims.optional_date("nbf")?, expires);
    (link.key, link.depth_max) = (key, attested.anchor.depth_max);
    Ok(Read { id: attested.id("jti")?, origin: Origin::new(OriginKind::Service, id), links: vec![link], facts })
}
