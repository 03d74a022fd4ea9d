//! Tokens in which one issuer attests a whole chain: OAuth access tokens (RFC 9068) and `OpenID` Connect ID tokens with
//! nested `act` (RFC 8693), identity assertion grants (ID-JAG), transaction tokens.
//!
//! Who acted before the current actor is hearsay (RFC 8693 §4.1): it may be used to deny, and the facts a policy
//! reads say so.

use std::collections::BTreeSet;

use super::details::words;
use super::{Read, Reader, Times};
use crate::chain::evidence::Exchanged;
use crate::chain::facts::{Facts, Proven};
use crate::chain::profile::Format;
use crate::chain::profile::{AgentIn, Rules};
use crate::chain::trust::Anchor;
use crate::chain::verify::{LINKS_MAX, check_terms};
use crate::chain::{Link, Mission, ProofLevel, Redelegation};
use crate::digest::Digest;
use crate::grant::Grant;
use crate::identity::{Agent, Name, Origin, OriginKind, PrincipalId};
use crate::json::Value;
use crate::keys::jws::{Claims, Confirmation, Jws, missing, named, principal, wrong};
use crate::reason::{Code, Reason};

/// An `act` without `iss` was read in the token issuer's namespace.
const UNQUALIFIED_ACTOR: &str = "unqualified_actor";
/// What earlier hops passed on is not told.
const NO_HOP_GRANTS: &str = "no_hop_grants";

/// A token of one issuer whose signature held and which is meant for us.
pub(super) struct Attestation<'t> {
    pub jws: &'t Jws<'t>,
    pub anchor: &'t Anchor,
    /// How the issuer writes such tokens.
    pub rules: &'t Rules,
    pub signer: String,
    /// The trust domain whose workloads it names, where it is one's own.
    pub domain: Option<Name>,
}

/// The agents a token names, first to current.
#[derive(Default)]
pub(super) struct Actors {
    pub agents: Vec<PrincipalId>,
    pub is_unqualified: bool,
}

impl Reader<'_> {
    pub(super) fn access_token(&self, token: &str) -> Result<Read, Reason> {
        self.actor_token(token, Format::AccessToken)
    }

    pub(super) fn id_token(&self, token: &str) -> Result<Read, Reason> {
        self.actor_token(token, Format::IdToken)
    }

    /// A token that was exchanged for another carries on that one's chain: same origin and session, no actor dropped, no
    /// more granted, no longer, and nothing of what bounded it forgotten.
    pub(super) fn exchanged(&self, exchanged: &Exchanged, read: impl Fn(&Self, &str) -> Result<Read, Reason>) -> Result<Read, Reason> {
        let child = read(self, &exchanged.token);
        let Some(parent) = &exchanged.parent else { return child };
        let parent = read(&Self { any_audience: true, ..*self }, parent)?;
        let mut child = child.map_err(|reason| if reason.code == Code::ChainEmpty { Reason::new(Code::ChainTruncated) } else { reason })?;
        let same_session = child.origin.session == parent.origin.session || child.origin.session.is_none();
        if child.origin.id != parent.origin.id || child.origin.kind != parent.origin.kind || !same_session {
            return Err(Reason::new(Code::ChainOriginMismatch));
        }
        let agents = |read: &Read| read.links.iter().map(|link| link.delegate.id.clone()).collect::<Vec<_>>();
        let (before, after) = (agents(&parent), agents(&child));
        if !after.starts_with(&before) {
            return Err(Reason::new(Code::ChainTruncated).because("the token before names other actors"));
        }
        let shared = before.len().saturating_sub(1);
        if let (Some(from), Some(to)) = (parent.links.last(), child.links.get_mut(shared)) {
            self.carry_on(from, to, after.len() > before.len()).map_err(|reason| reason.at(shared))?;
        }
        for link in &mut child.links {
            for from in &parent.links {
                (link.issued, link.expires) = (link.issued.min(from.issued), link.expires.min(from.expires));
                link.not_before = link.not_before.max(from.not_before);
                link.depth_max = link.depth_max.min(from.depth_max);
            }
        }
        child.origin.session = parent.origin.session;
        child.origin.groups.retain(|group| parent.origin.groups.contains(group));
        if let (Some(groups), Some(before)) = (&mut child.facts.groups, &parent.facts.groups) {
            groups.retain(|group| before.contains(group));
        }
        // One piece of work, under one name: what was spent under the first token stays spent.
        let id = std::mem::replace(&mut child.id, parent.id);
        child.facts.exchanged_for.push(id);
        child.facts.signers.extend(parent.facts.signers);
        child.facts.assurance = child.facts.assurance.into_iter().chain(parent.facts.assurance).min();
        Ok(child)
    }

    /// What the token before says of the hop both know: the child's own word may only narrow it.
    fn carry_on(&self, from: &Link, to: &mut Link, is_handed_on: bool) -> Result<(), Reason> {
        if is_handed_on {
            // Of this hop the child tells nothing: its grant is the next one's, and must lie within this.
            (to.grant, to.redelegate_to) = (from.grant.clone(), from.redelegate_to.clone());
        } else if let Some((dimension, what)) = to.grant.widening(&from.grant, self.catalog) {
            let detail = format!("{}: {what}, more than the token it was exchanged for", dimension.as_str());
            return Err(Reason::new(Code::ChainWidened).because(detail));
        } else {
            let known: BTreeSet<_> = to.grant.budgets.iter().map(|budget| budget.name.clone()).collect();
            to.grant.budgets.extend(from.grant.budgets.iter().filter(|budget| !known.contains(&budget.name)).cloned());
            to.redelegate_to = match (from.redelegate_to.clone(), to.redelegate_to.take()) {
                (Some(from), Some(to)) => Some(Redelegation { agents: &from.agents & &to.agents, blueprints: &from.blueprints & &to.blueprints }),
                (from, to) => from.or(to),
            };
        }
        check_terms(from, to)
    }

    pub(super) fn id_jag(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read(token)?;
        jws.expect_type(&["oauth-id-jag+jwt"])?;
        let attested = self.attested(&jws, Format::IdJag)?;
        let claims = &jws.claims;
        let tenant = claims.optional_text("tenant")?;
        if attested.anchor.multi_tenant && tenant.is_none() {
            return Err(missing("tenant"));
        }
        let origin = attested.origin(principal(claims.text("iss")?, claims.text("sub")?, tenant)?, OriginKind::User)?;
        let client = principal(claims.text("iss")?, claims.text("client_id")?, None)?;
        let mut actors = nested_actors(claims, &attested)?;
        if actors.agents.is_empty() {
            actors.agents.push(client);
        }
        let grant = self.granted(claims, attested.anchor, words(claims, "scope")?)?;
        attested.read(claims.name("jti")?, origin, actors, &grant)
    }

    pub(super) fn txn_token(&self, token: &str) -> Result<Read, Reason> {
        let jws = Jws::read(token)?;
        jws.expect_type(&["txntoken+jwt"])?;
        let claims = &jws.claims;
        let domain = claims.text("aud")?;
        let anchor = match claims.optional_text("iss")? {
            Some(issuer) => self.trust.anchor(issuer, Format::TxnToken)?,
            None => self.trust.domain(domain, Format::TxnToken).ok_or_else(|| Reason::new(Code::TokenTrustDomain).because(format!("`{domain}`")))?,
        };
        let signer = anchor.verify(&jws, Format::TxnToken)?.thumbprint().to_owned();
        self.trust.check_audience(anchor, &[domain], Format::TxnToken)?;
        let own = named("aud", domain)?;
        let rules = anchor.rules(Format::TxnToken);
        let attested = Attestation { jws: &jws, anchor, rules, signer, domain: anchor.is_of_domain(&own).then_some(own) };
        // `sub` is unique within the trust domain, not within an issuer.
        let in_domain = |subject: &str| principal(domain, subject, None);
        let origin = attested.origin(in_domain(claims.text("sub")?)?, OriginKind::Service)?;
        let mut actors = Actors::default();
        let context = claims.optional_object("agentic_ctx")?;
        let part = |name: &str| match context.and_then(|context| context.get(name)) {
            None => Ok(None),
            Some(part @ Value::Object(_)) => Ok(Some(part)),
            Some(_) => Err(wrong(name, "not an object")),
        };
        let (metadata, posture) = (part("chain_metadata")?, part("posture")?);
        match metadata.and_then(|metadata| metadata.get("txn_path")) {
            Some(Value::Array(path)) if !path.is_empty() => {
                for workload in path {
                    actors.agents.push(in_domain(workload.as_str().ok_or_else(|| wrong("txn_path", "not strings"))?)?);
                }
            }
            Some(_) => return Err(wrong("txn_path", "not a list of workloads")),
            None => actors = nested_actors(claims, &attested)?,
        }
        let requester = in_domain(claims.text("req_wl")?)?;
        if actors.agents.is_empty() {
            actors.agents.push(requester);
        }
        let grant = self.granted(claims, anchor, {
            claims.text("scope")?;
            words(claims, "scope")?
        })?;
        let mut read = attested.read(claims.name("txn")?, origin, actors, &grant)?;
        let level = |at: Option<&Value>, name: &str| match at.and_then(|at| at.get(name)) {
            None => Ok(None),
            Some(Value::Int(level)) => Ok(Some(*level)),
            Some(_) => Err(wrong(name, "not an integer")),
        };
        let levels = [level(metadata, "min_assurance_level")?, level(posture, "assurance")?];
        read.facts.assurance = levels.into_iter().flatten().min();
        Ok(read)
    }

    /// Issuer, signature, audience: what every token of one issuer must pass before anything in it counts.
    pub(super) fn attested<'t>(&'t self, jws: &'t Jws<'t>, format: Format) -> Result<Attestation<'t>, Reason> {
        let issuer = jws.claims.text("iss")?;
        let anchor = self.trust.anchor(issuer, format)?;
        let signer = anchor.verify(jws, format)?.thumbprint().to_owned();
        let rules = anchor.rules(format);
        let audiences = jws.claims.texts(&rules.audience).map_err(|reason| {
            let detail = format!(
                "{}: `{issuer}` must name us there (an audience or resource it is told to write), or its `profile` another claim, in `audience`",
                reason.detail
            );
            Reason::new(reason.code).because(detail)
        })?;
        if !self.any_audience {
            self.trust.check_audience(anchor, &audiences, format)?;
            // A claim read in place of `aud` does not take its place where both are there.
            if rules.audience != "aud" && jws.claims.get("aud").is_some() {
                self.trust.check_audience(anchor, &jws.claims.texts("aud")?, format)?;
            }
        }
        Ok(Attestation { jws, anchor, rules, signer, domain: None })
    }

    /// A token with `act`, access token or ID token alike, or of whom else its issuer's profile takes for the agent.
    fn actor_token(&self, token: &str, format: Format) -> Result<Read, Reason> {
        let jws = Jws::read_of_issuer(token)?;
        self.trust.check_type(&jws, format)?;
        let attested = self.attested(&jws, format)?;
        let (claims, rules, anchor) = (&jws.claims, attested.rules, attested.anchor);
        rules.check_kind(claims)?;
        let client = rules.client(claims).map_err(|reason| self.trust.suggest(reason, &jws, format))?;
        let is_client = client.is_some_and(|client| rules.is_client_itself(claims, client));
        let issuer = claims.text("iss")?;
        // Where one issuer serves several tenants, its subjects are only unique within one.
        let tenant = if anchor.multi_tenant { Some(claims.text("tenant")?) } else { None };
        let user = claims.text(&rules.user)?;
        let subject = principal(issuer, client.filter(|_| is_client).unwrap_or(user), tenant)?;
        let mut actors = nested_actors(claims, &attested)?;
        let is_agent = actors.agents.is_empty() && rules.is_agent_subject(claims);
        let is_itself = is_client || is_agent || actors.agents.as_slice() == [subject.clone()];
        let origin = attested.origin(subject.clone(), if is_itself { OriginKind::Service } else { OriginKind::User })?;
        if is_itself && origin.kind == OriginKind::User {
            let detail = "a subject that is its own client, and is said to be a person: by `sub_profile`, or by `subjects` of its issuer, which \
                          leave out where clients act for themselves too";
            return Err(Reason::new(Code::TokenClaimInvalid).because(detail));
        }
        if actors.agents.is_empty() {
            actors.agents.push(match client.filter(|_| rules.agent == AgentIn::Client) {
                _ if is_itself => subject,
                Some(client) => principal(issuer, client, tenant)?,
                // Without `act` the token impersonates: no agent was authorized by name.
                None => return Err(self.trust.suggest(Reason::new(Code::ChainEmpty).because(rules.without_agent(client)), &jws, format)),
            });
        }
        let scopes = words(claims, &rules.scope)?;
        let ungranted = self.ungranted(claims, anchor, scopes.as_deref());
        let grant = self.granted(claims, anchor, scopes)?;
        let mut read = attested.read(attested.id(&rules.id)?, origin, actors, &grant)?;
        read.facts.ungranted = ungranted;
        if let Some(next) = claims.optional_object("may_act")? {
            let holder = read.links.last_mut().ok_or_else(|| Reason::new(Code::ChainEmpty))?;
            holder.redelegate_to = Some(Redelegation { agents: [actor(next, issuer)?.0].into(), blueprints: [].into() });
        }
        if format == Format::AccessToken {
            self.actor_evidence(claims, &mut read)?;
        }
        Ok(read)
    }
}

impl Attestation<'_> {
    /// Who started the work. The token's own word on what kind it is narrows what the format suggests.
    pub(super) fn origin(&self, id: PrincipalId, usual: OriginKind) -> Result<Origin, Reason> {
        let claims = &self.jws.claims;
        if self.domain.as_ref() != Some(&id.issuer) {
            self.anchor.check_origin(&id.issuer)?;
        }
        let kind = match (claims.optional_text("sub_profile")?, self.anchor.subjects) {
            (Some("user"), _) => OriginKind::User,
            (Some("schedule"), _) => OriginKind::Schedule,
            (Some("agent_user"), _) => OriginKind::AgentUser,
            (Some(_), _) => OriginKind::Service,
            (None, Some(configured)) => configured,
            (None, None) => usual,
        };
        Ok(Origin {
            groups: claims.optional_texts(&self.rules.groups)?.into_iter().map(|group| named("groups", group)).collect::<Result<_, _>>()?,
            session: claims.optional_name("sid")?,
            auth_time: claims.optional_date("auth_time")?,
            ..Origin::new(kind, id)
        })
    }

    /// The chain's id: the claim, or the token's own digest.
    pub(super) fn id(&self, claim: &str) -> Result<Name, Reason> {
        match self.jws.claims.optional_name(claim)? {
            Some(id) => Ok(id),
            // Of what is signed, not of the signature: ECDSA has two for everything.
            None => named(claim, &Digest::of_bytes(self.jws.signing_input.as_bytes()).to_string()),
        }
    }

    /// The chain a token attests. Its times and key are the token's; its grant is the last hop's.
    pub(super) fn read(&self, id: Name, origin: Origin, actors: Actors, grant: &Grant) -> Result<Read, Reason> {
        let claims = &self.jws.claims;
        let Actors { agents, is_unqualified } = actors;
        if agents.len() > LINKS_MAX {
            return Err(Reason::new(Code::ChainTooLarge).because(format!("{} actors, at most {LINKS_MAX}", agents.len())));
        }
        for agent in &agents {
            if self.domain.as_ref() != Some(&agent.issuer) {
                self.anchor.check_actor(&agent.issuer)?;
            }
        }
        let Times { issued, not_before, expires } = Times::of(self.jws)?;
        let Confirmation { key, thumbprint } = claims.confirmation()?;
        let mission = claims.shape::<Mission>("mission")?;
        let purpose_code = claims.optional_name("purpose_code")?;
        // Our own word for a limit OAuth has none for.
        let deepest = if claims.get("del_max_depth").is_some() { claims.small("del_max_depth")? } else { u8::MAX };
        let last = agents.len().saturating_sub(1);
        let mut delegator = origin.id.clone();
        let mut links = Vec::with_capacity(agents.len());
        for (hop, agent) in agents.into_iter().enumerate() {
            let mut link = Link::new(named("jti", &hop.to_string())?, delegator, Agent::from(agent.clone()), Grant::everything());
            (link.issued, link.not_before, link.expires) = (issued, not_before, expires);
            (link.purpose_code, link.mission) = (purpose_code.clone(), mission.clone());
            link.depth_max = self.anchor.depth_max.min(deepest);
            if hop == last {
                (link.key, link.grant) = (key.clone(), Grant::clone(grant));
            }
            links.push(link);
            delegator = agent;
        }
        let groups = Some(self.anchor.groups(&origin.groups)?);
        let mut facts = Facts { groups, signers: vec![(0, self.signer.clone())], ..Facts::of(ProofLevel::Attested) };
        (facts.is_bound, facts.holder_key) = (thumbprint.is_some(), thumbprint);
        facts.complete = last == 0;
        facts.proven = if last == 0 { Proven::All } else { Proven::Holder };
        facts.flags.extend((last > 0).then_some(NO_HOP_GRANTS).into_iter().chain(is_unqualified.then_some(UNQUALIFIED_ACTOR)));
        Ok(Read { id, origin, links, facts })
    }
}

/// The nested `act` claims, turned round: the innermost is the first agent, the outermost the current one.
pub(super) fn nested_actors(claims: &Claims, attested: &Attestation<'_>) -> Result<Actors, Reason> {
    // Names in a transaction token are unique within its trust domain.
    let issuer = attested.domain.as_ref().unwrap_or(&attested.anchor.issuer).as_str();
    let mut actors = Actors::default();
    let mut next = claims.optional_object("act")?;
    while let Some(act) = next {
        if actors.agents.len() == LINKS_MAX {
            return Err(Reason::new(Code::ChainTooLarge).because(format!("more than {LINKS_MAX} actors")));
        }
        let (agent, is_unqualified) = actor(act, issuer)?;
        actors.is_unqualified |= is_unqualified;
        actors.agents.push(agent);
        next = match act.get("act") {
            None => None,
            Some(inner @ Value::Object(_)) => Some(inner),
            Some(_) => return Err(wrong("act", "not an object")),
        };
    }
    actors.agents.reverse();
    Ok(actors)
}

/// One actor: `(iss, sub)`; without `iss`, in the namespace of the token's issuer.
pub(super) fn actor(act: &Value, issuer: &str) -> Result<(PrincipalId, bool), Reason> {
    let text = |name: &str| match act.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(wrong("act", &format!("`{name}` is not a string"))),
    };
    let subject = text("sub")?.ok_or_else(|| missing("act.sub"))?;
    let namespace = text("iss")?;
    Ok((principal(namespace.unwrap_or(issuer), subject, text("tenant")?)?, namespace.is_none()))
}
