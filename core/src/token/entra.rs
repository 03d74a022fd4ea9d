//! Microsoft Entra Agent ID access tokens: one hop, told by facets (learn.microsoft.com, "Agent token claims", 2026-04).
//!
//! An agent's *user account* is not a human being, however much its token looks like one. The blueprint
//! (`xms_par_app_azp`) is for the record only: Microsoft's own rule is never to authorize by it.

use super::details::words;
use super::oauth::{Actors, Attestation};
use super::{Read, Reader};
use crate::chain::profile::Format;
use crate::identity::{Origin, OriginKind};
use crate::keys::jws::{Claims, Jws, missing, principal, wrong};
use crate::reason::{Code, Reason};

/// Facet of an agent identity.
const AGENT_IDENTITY: &str = "11";
/// Facet of an agent's user account.
const AGENT_USER: &str = "13";
/// What the application is called, by version.
const APPLICATION: [&str; 2] = ["azp", "appid"];
/// Claims that go to the record and no further.
const RECORDED: [&str; 2] = ["xms_par_app_azp", "xms_idrel"];

impl Reader<'_> {
    pub(super) fn entra(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read_of_issuer(token)?;
        jws.expect_type(&["JWT"])?;
        let attested = self.attested(&jws, Format::Entra)?;
        let claims = &jws.claims;
        let (issuer, tenant) = (claims.text("iss")?, claims.text("tid")?);
        if !issuer.split('/').any(|segment| segment == tenant) {
            return Err(Reason::new(Code::TokenClaimInvalid).because("`tid` is not the issuer's tenant"));
        }
        // `azp` in tokens of version 2.0, `appid` in those of 1.0; a profile says which it is to be.
        let is_declared = attested.rules.client.iter().any(|name| APPLICATION.contains(&name.as_str()));
        if is_declared {
            attested.rules.check_kind(claims)?;
        }
        let application = match (is_declared, claims.optional_text("azp")?, claims.optional_text("appid")?) {
            (true, ..) => attested.rules.client(claims)?.ok_or_else(|| missing("azp"))?,
            (false, Some(one), Some(other)) if one != other => return Err(wrong("appid", "another than `azp`")),
            (false, one, other) => one.or(other).ok_or_else(|| missing("azp"))?,
        };
        let agent = principal(issuer, application, Some(tenant))?;
        if !has_facet(claims, "xms_act_fct", AGENT_IDENTITY)? {
            return Err(Reason::new(Code::TokenNotAgent).because(format!("`{agent}`")));
        }
        // `idtyp` is an optional claim of tokens for users, whose permissions are in `scp`; an application's are in `roles`.
        let kind = match claims.optional_text("idtyp")? {
            None if claims.get("scp").is_some() && claims.get("roles").is_none() => "user",
            None => return Err(missing("idtyp")),
            Some(kind) => kind,
        };
        let (origin, permissions) = match kind {
            "user" => {
                let is_agent = has_facet(claims, "xms_sub_fct", AGENT_IDENTITY)? || has_facet(claims, "xms_sub_fct", AGENT_USER)?;
                let kind = if is_agent { OriginKind::AgentUser } else { OriginKind::User };
                let person = principal(issuer, claims.text("oid")?, Some(tenant))?;
                (entra_origin(&attested, person, kind)?, words(claims, "scp")?)
            }
            "app" => {
                let roles = claims.optional_texts("roles")?;
                (entra_origin(&attested, agent.clone(), OriginKind::Service)?, claims.get("roles").map(|_| roles))
            }
            other => return Err(wrong("idtyp", &format!("`{other}`"))),
        };
        let ungranted = self.ungranted(claims, attested.anchor, permissions.as_deref());
        let grant = self.granted(claims, attested.anchor, permissions)?;
        let mut read = attested.read(attested.id("uti")?, origin, Actors { agents: vec![agent], is_unqualified: false }, &grant)?;
        read.facts.ungranted = ungranted;
        for name in RECORDED {
            if let Some(value) = claims.optional_text(name)? {
                read.facts.claims.insert(name.to_owned(), crate::text::shortened(value.to_owned()));
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
