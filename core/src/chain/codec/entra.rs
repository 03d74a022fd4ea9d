//! Microsoft Entra Agent ID access tokens: one hop, told by facets (learn.microsoft.com, "Agent token claims", 2026-04).
//!
//! An agent's *user account* is not a human being, however much its token looks like one. The blueprint
//! (`xms_par_app_azp`) is for the record only: Microsoft's own rule is never to authorize by it.

use super::details::words;
use super::oauth::{Actors, Attestation};
use super::{Read, Reader};
use crate::chain::jws::{Claims, Jws, principal, wrong};
use crate::chain::trust::Format;
use crate::identity::{Origin, OriginKind};
use crate::reason::{Code, Reason};

/// Facet of an agent identity.
const AGENT_IDENTITY: &str = "11";
/// Facet of an agent's user account.
const AGENT_USER: &str = "13";
/// Claims that go to the record and no further.
const RECORDED: [&str; 2] = ["xms_par_app_azp", "xms_idrel"];

impl Reader<'_> {
    pub(super) fn entra(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read(token)?;
        jws.expect_type(&["JWT"])?;
        let attested = self.attested(&jws, Format::Entra)?;
        let claims = &jws.claims;
        let (issuer, tenant) = (claims.text("iss")?, claims.text("tid")?);
        if !issuer.split('/').any(|segment| segment == tenant) {
            return Err(Reason::new(Code::TokenClaimInvalid).because("`tid` is not the issuer's tenant"));
        }
        let application = match claims.optional_text("azp")? {
            Some(application) => application,
            None => claims.text("appid")?,
        };
        let agent = principal(issuer, application, Some(tenant))?;
        if !has_facet(claims, "xms_act_fct", AGENT_IDENTITY)? {
            return Err(Reason::new(Code::TokenNotAgent).because(format!("`{agent}`")));
        }
        let (origin, permissions) = match claims.text("idtyp")? {
            "user" => {
                let is_agent = has_facet(claims, "xms_sub_fct", AGENT_IDENTITY)? || has_facet(claims, "xms_sub_fct", AGENT_USER)?;
                let kind = if is_agent { OriginKind::AgentUser } else { OriginKind::User };
                let person = principal(issuer, claims.text("oid")?, Some(tenant))?;
                (entra_origin(&attested, person, kind)?, words(claims.optional_text("scp")?))
            }
            "app" => {
                let roles = claims.optional_texts("roles")?;
                (entra_origin(&attested, agent.clone(), OriginKind::Service)?, claims.get("roles").map(|_| roles))
            }
            other => return Err(wrong("idtyp", &format!("`{other}`"))),
        };
        let grant = self.granted(claims, attested.anchor, permissions)?;
        let mut read = attested.read(attested.id("uti")?, origin, Actors { agents: vec![agent], is_unqualified: false }, &grant)?;
        for name in RECORDED {
            if let Some(value) = claims.optional_text(name)? {
                read.facts.claims.insert(name.to_owned(), crate::reason::shortened(value.to_owned()));
            }
        }
        Ok(read)
    }
}

/// What kind of subject it is, Entra says by facets alone.
fn entra_origin(attested: &Attestation<'_>, id: crate::identity::PrincipalId, kind: OriginKind) -> Result<Origin, Reason> {
    let mut origin = attested.origin(id, kind)?;
    origin.kind = kind;
    Ok(origin)
}

/// Facets are integers in one string, separated by spaces, in no order; unknown ones mean nothing.
fn has_facet(claims: &Claims, name: &str, facet: &str) -> Result<bool, Reason> {
    Ok(claims.optional_text(name)?.is_some_and(|facets| facets.split(' ').any(|word| word == facet)))
}
