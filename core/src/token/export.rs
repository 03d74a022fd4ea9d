//! Writing a chain down for another process: our own signed links, attenuated JWTs in the shape of AAT's draft, or an access token with
//! nested `act`.
//!
//! What a format cannot say about the *work* is lost, and the caller is told. What it cannot say about a *limit*
//! refuses the export: a chain must not come out wider than it went in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attenuation;
use super::details::{self, AAT_TYPE, GRANT_TYPE, OPTIONAL};
use crate::catalog::shape::Shape;
use crate::catalog::{Catalog, Tool};
use crate::chain::evidence::{Document, Evidence, Exchanged};
use crate::chain::verify::VerifiedChain;
use crate::chain::{Chain, Link, ProofLevel};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::grant::constraint::Constraint;
use crate::grant::contract::ContractIssuer;
use crate::grant::{Actions, Capability, Grant, OTHERS, ResourceSet, ResourceSets};
use crate::identity::{Name, PrincipalId};
use crate::json::{self, Object, Value};
use crate::keys::{Signer, encode};
use crate::time::Timestamp;
use crate::token::native::{LINK_TYPE, thumbprint_uri};

/// The format a chain is written in.
///
/// ```
/// let format: bailiwick::ExportFormat = serde_json::from_str(r#"{"access_token": {"audience": "https://erp.example"}}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Signed links of our own: nothing is lost.
    Native,
    /// A chain of JWTs, each narrowing the one before, in the shape of draft-niyikiza-oauth-attenuating-agent-tokens-02: grants on
    /// tools and arguments; purposes are lost. Read back as `aat`. No other implementation has verified what is written.
    AttenuatedJwt,
    /// One access token with nested `act`: what each hop passed on is lost, but for the last.
    AccessToken {
        /// The `aud` of the token.
        audience: String,
    },
}

/// A chain as it was written down, and what the format did not take.
///
/// ```
/// use bailiwick::{SigningKey, doc};
/// let exported = doc::task().export(&SigningKey::ed25519([7; 32]).with_issuer("https://idp.example"))?;
/// assert_eq!((exported.evidence.format(), exported.lossy.len()), ("native", 0));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exported {
    /// The chain.
    pub evidence: Evidence,
    /// One word for each thing that was lost, sorted; empty when nothing was.
    pub lossy: Vec<&'static str>,
}

pub(crate) fn export(verified: &VerifiedChain, format: &ExportFormat, signer: &dyn Signer, catalog: &Catalog) -> Result<Exported, Error> {
    let chain = verified.chain();
    if verified.facts().proof < ProofLevel::Sealed {
        return Err(usage("a chain that is only claimed cannot be vouched for"));
    }
    match format {
        ExportFormat::Native => {
            let links = native(chain, signer)?;
            Ok(Exported { evidence: Evidence::of(Document::Native { links }), lossy: Vec::new() })
        }
        ExportFormat::AttenuatedJwt => {
            let (tokens, lossy) = attenuated(chain, signer, catalog)?;
            Ok(Exported { evidence: Evidence::of(Document::Aat { tokens }), lossy })
        }
        ExportFormat::AccessToken { audience } => {
            let (token, lossy) = access_token(chain, audience, signer)?;
            Ok(Exported { evidence: Evidence::of(Document::AccessToken(Exchanged { token, parent: None })), lossy })
        }
    }
}

fn native(chain: &Chain, signer: &dyn Signer) -> Result<Vec<String>, Error> {
    // Links that are signed already stay as they are: others have hashed them.
    let mut tokens: Vec<String> = match &chain.evidence {
        None => Vec::new(),
        Some(evidence) => evidence.native_links().map(<[_]>::to_vec).ok_or_else(|| came_as(evidence))?,
    };
    let origin_digest = Digest::of("origin", &chain.origin).to_string();
    for (hop, link) in chain.links.iter().enumerate().skip(tokens.len()) {
        let mut claims = common(chain, hop, signer, tokens.last())?;
        let is_last = hop + 1 == chain.links.len();
        if let Some(key) = link.key.as_ref().or_else(|| (!is_last).then(|| signer.key())) {
            put(&mut claims, "cnf", &BTreeMap::from([("jwk", key)]));
        }
        text(&mut claims, "chn", chain.id.as_str());
        text(&mut claims, "ogd", &origin_digest);
        put(&mut claims, "dlr", &link.delegator);
        put(&mut claims, "dle", &link.delegate);
        claims.insert("authorization_details".to_owned(), Value::Array(vec![our_detail(&link.grant)]));
        if hop == 0 {
            put(&mut claims, "org", &chain.origin);
        }
        if let Some(purpose) = &link.purpose {
            text(&mut claims, "prp", purpose);
        }
        if let Some(code) = &link.purpose_code {
            text(&mut claims, "prc", code.as_str());
        }
        if let Some(targets) = &link.targets {
            put(&mut claims, "tgt", targets);
        }
        if let Some(mission) = &link.mission {
            put(&mut claims, "mission", mission);
        }
        if let Some(rule) = &link.redelegate_to {
            put(&mut claims, "rdl", rule);
        }
        if let Some(intent) = &link.intent {
            put(&mut claims, "int", intent);
        }
        if let Some(token) = &link.reauthorization {
            text(&mut claims, "rea", token);
        }
        if link.own_authority {
            claims.insert("own".to_owned(), Value::Bool(true));
        }
        tokens.push(signed(signer, LINK_TYPE, claims)?);
    }
    Ok(tokens)
}

fn attenuated(chain: &Chain, signer: &dyn Signer, catalog: &Catalog) -> Result<(Vec<String>, Vec<&'static str>), Error> {
    if let Some(evidence) = &chain.evidence {
        return Err(came_as(evidence));
    }
    let mut tokens = Vec::new();
    let mut parent: Option<Object> = None;
    let work = attenuation::Work::default();
    for (hop, link) in chain.links.iter().enumerate() {
        let mut claims = common(chain, hop, signer, tokens.last())?;
        put(&mut claims, "cnf", &BTreeMap::from([("jwk", link.key.as_ref().unwrap_or(signer.key()))]));
        text(&mut claims, "chn", chain.id.as_str());
        put(&mut claims, "dlr", &link.delegator);
        put(&mut claims, "dle", &link.delegate);
        if hop == 0 {
            put(&mut claims, "org", &chain.origin);
        }
        let limits = [
            ("`redelegate_to`", link.redelegate_to.is_some()),
            ("`mission`", link.mission.is_some()),
            ("`purpose_code`", link.purpose_code.is_some()),
            ("`reauthorization`", link.reauthorization.is_some()),
            ("`own_authority`", link.own_authority),
            ("a contract that was given with the prompt", has_given_contract(link)),
        ];
        if let Some((limit, _)) = limits.into_iter().find(|(_, is_given)| *is_given) {
            return Err(cannot_say(limit));
        }
        let said = tools(&link.grant, link.targets.as_ref(), catalog)?;
        if let Some(parent) = &parent {
            attenuation::check(&said, parent, &work).map_err(|why| cannot_say(&format!("how hop {hop} narrows the one before: {why}")))?;
        }
        let mut detail = Object::new();
        text(&mut detail, "type", AAT_TYPE);
        detail.insert("tools".to_owned(), Value::Object(said.clone()));
        parent = Some(said);
        claims.insert("authorization_details".to_owned(), Value::Array(vec![Value::Object(detail)]));
        tokens.push(signed(signer, "aat+jwt", claims)?);
    }
    let lossy = [
        chain.links.iter().any(|link| link.intent.is_some()).then_some("intent"),
        chain.links.iter().any(|link| link.purpose.is_some()).then_some("purpose"),
    ];
    Ok((tokens, lossy.into_iter().flatten().collect()))
}

fn access_token(chain: &Chain, audience: &str, signer: &dyn Signer) -> Result<(String, Vec<&'static str>), Error> {
    if let Some(evidence) = &chain.evidence {
        return Err(came_as(evidence));
    }
    let (Some(issuer), Some(last)) = (signer.issuer(), chain.links.last()) else { return Err(no_issuer()) };
    if chain.origin.id.issuer.as_str() != issuer || chain.origin.id.tenant.is_some() {
        return Err(usage("an access token names people of its own issuer, without tenant"));
    }
    let is_ambiguous = last.delegate.id.subject == chain.origin.id.subject && last.delegate.id != chain.origin.id;
    if is_ambiguous {
        return Err(usage("an access token whose `client_id` is its `sub` would say that the origin is a client"));
    }
    let says_all = chain.links.iter().all(|link| !link.own_authority && link.reauthorization.is_none() && link.targets.is_none());
    if !says_all || chain.links.iter().any(|link| link.redelegate_to.is_some()) {
        return Err(cannot_say("targets, redelegation, re-authorization and authority of its own"));
    }
    if chain.links.iter().any(has_given_contract) {
        return Err(cannot_say("a contract that was given with the prompt"));
    }
    if chain.links.iter().any(|link| !link.grant.budgets.is_empty() && link.grant.budgets != last.grant.budgets) {
        return Err(cannot_say("budgets of earlier hops"));
    }
    let mut claims = Object::new();
    text(&mut claims, "iss", issuer);
    text(&mut claims, "sub", chain.origin.id.subject.as_str());
    text(&mut claims, "aud", audience);
    text(&mut claims, "client_id", last.delegate.id.subject.as_str());
    text(&mut claims, "jti", chain.id.as_str());
    text(&mut claims, "sub_profile", chain.origin.kind.as_str());
    times(&mut claims, last);
    claims.insert("del_max_depth".to_owned(), Value::Int(i64::from(last.depth_max)));
    if let Some(session) = &chain.origin.session {
        text(&mut claims, "sid", session.as_str());
    }
    if !chain.origin.groups.is_empty() {
        put(&mut claims, "groups", &chain.origin.groups);
    }
    if let Some(auth_time) = chain.origin.auth_time {
        claims.insert("auth_time".to_owned(), Value::Int(auth_time.as_millis().div_euclid(1_000)));
    }
    if let Some(mission) = &last.mission {
        put(&mut claims, "mission", mission);
    }
    if let Some(code) = &last.purpose_code {
        text(&mut claims, "purpose_code", code.as_str());
    }
    if let Some(key) = &last.key {
        put(&mut claims, "cnf", &BTreeMap::from([("jwk", key)]));
    }
    let act = chain.links.iter().fold(None, |inner, link| Some(actor(&link.delegate.id, inner)));
    claims.extend(act.map(|act| ("act".to_owned(), act)));
    claims.insert("authorization_details".to_owned(), Value::Array(vec![our_detail(&last.grant)]));
    let lossy = [
        chain.links.iter().any(|link| link.delegate.instance.is_some()).then_some("instance"),
        chain.links.iter().any(|link| link.intent.is_some()).then_some("intent"),
        (chain.links.len() > 1).then_some("no_hop_grants"),
        chain.links.iter().any(|link| link.purpose.is_some()).then_some("purpose"),
    ];
    Ok((signed(signer, "at+jwt", claims)?, lossy.into_iter().flatten().collect()))
}

/// A contract that does not follow from the prompt alone is a limit, as one a person signed.
fn has_given_contract(link: &Link) -> bool {
    link.intent.as_ref().is_some_and(|claim| claim.contract.issuer != ContractIssuer::Derived)
}

fn actor(id: &PrincipalId, inner: Option<Value>) -> Value {
    let mut act = Object::new();
    text(&mut act, "iss", id.issuer.as_str());
    text(&mut act, "sub", id.subject.as_str());
    if let Some(tenant) = &id.tenant {
        text(&mut act, "tenant", tenant.as_str());
    }
    act.extend(inner.map(|inner| ("act".to_owned(), inner)));
    Value::Object(act)
}

/// What links of both formats say: who signs, which link it is, its place, its parent, its times.
fn common(chain: &Chain, hop: usize, signer: &dyn Signer, parent: Option<&String>) -> Result<Object, Error> {
    let link = chain.links.get(hop).ok_or_else(no_issuer)?;
    let mut claims = Object::new();
    match (hop.checked_sub(1).and_then(|before| chain.links.get(before)), parent) {
        (None, None) => text(&mut claims, "iss", signer.issuer().ok_or_else(no_issuer)?),
        (Some(before), Some(parent)) => {
            if before.key.as_ref().is_some_and(|key| key != signer.key()) {
                return Err(usage(&format!("hop {hop} is for `{}` to sign, who has another key", before.delegate.id)));
            }
            text(&mut claims, "iss", &thumbprint_uri(signer.key().thumbprint()));
            let signing_input = parent.rsplit_once('.').map_or("", |(input, _)| input);
            text(&mut claims, "par_hash", &encode(Digest::of_bytes(signing_input.as_bytes()).as_bytes()));
        }
        _ => return Err(no_issuer()),
    }
    text(&mut claims, "jti", link.id.as_str());
    let depth = i64::try_from(hop).unwrap_or(i64::MAX);
    claims.insert("del_depth".to_owned(), Value::Int(depth));
    claims.insert("del_max_depth".to_owned(), Value::Int(i64::from(link.depth_max)));
    times(&mut claims, link);
    Ok(claims)
}

/// Whole seconds; rounded so that the link ends no later than it did. When it was issued is rounded down, as everybody's
/// is, so that no link is older than the one before.
fn times(claims: &mut Object, link: &Link) {
    let down = |at: Timestamp| Value::Int(at.as_millis().div_euclid(1_000));
    claims.insert("iat".to_owned(), down(link.issued));
    claims.insert("exp".to_owned(), down(link.expires));
    if let Some(from) = link.not_before {
        claims.insert("nbf".to_owned(), down(from.plus_millis(999)));
    }
}

fn our_detail(grant: &Grant) -> Value {
    let mut detail = Object::new();
    text(&mut detail, "type", GRANT_TYPE);
    put(&mut detail, "capabilities", &grant.capabilities);
    if !grant.budgets.is_empty() {
        put(&mut detail, "budgets", &grant.budgets);
    }
    Value::Object(detail)
}

/// The grant as AAT says it: tool by tool.
pub(super) fn tools(grant: &Grant, targets: Option<&BTreeSet<Name>>, catalog: &Catalog) -> Result<Object, Error> {
    if !grant.budgets.is_empty() {
        return Err(cannot_say("`budgets`"));
    }
    let mut tools = Object::new();
    for tool in catalog.tools() {
        let is_target = targets.is_none_or(|targets| targets.iter().any(|target| target.as_str() == tool.system()));
        let names = |capability: &&Capability| match &capability.actions {
            Actions::Any(_) => true,
            Actions::Of(names) => names.contains(tool.action()) || tool.groups().iter().any(|group| names.contains(group)),
        };
        let mut capabilities = grant.capabilities.iter().filter(names);
        match (capabilities.next(), capabilities.next()) {
            (Some(capability), None) if is_target => {
                tools.insert(tool.name().to_owned(), Value::Object(constraints(capability, tool)?));
            }
            (Some(_), Some(_)) if is_target => return Err(cannot_say(&format!("two capabilities for one tool, `{}`", tool.name()))),
            _ => {}
        }
    }
    Ok(tools)
}

fn constraints(capability: &Capability, tool: &Tool) -> Result<Object, Error> {
    if capability.approvers.is_some() {
        return Err(cannot_say("`approvers`"));
    }
    if capability.expires.is_some() {
        return Err(cannot_say("`expires_ms` of a capability"));
    }
    if capability.arguments.as_ref().is_some_and(|arguments| arguments.contains_key(OTHERS)) {
        return Err(cannot_say(&format!("what holds for all other arguments, `{OTHERS}`")));
    }
    let resource = match &capability.resources {
        ResourceSets::Any(_) => None,
        ResourceSets::Of(sets) => {
            let named = tool.resource.as_ref().ok_or_else(|| cannot_say(&format!("resources that are no arguments of `{}`", tool.name())))?;
            let is_integer = tool.fields.get(&named.argument).is_some_and(|field| matches!(field.shape, Shape::Long { .. }));
            let id = |set: &ResourceSet| match set {
                // Ids are compared as texts: the integer 7 is `7` and not `07`.
                ResourceSet::Eq(entity) if entity.kind == named.kind && is_integer => {
                    entity.id.parse().ok().filter(|id: &i64| id.to_string() == entity.id).map(Value::Int)
                }
                ResourceSet::Eq(entity) if entity.kind == named.kind => Some(Value::String(entity.id.clone())),
                _ => None,
            };
            let ids: Option<Vec<Value>> = sets.iter().map(id).collect();
            Some((named.argument.clone(), ids.ok_or_else(|| cannot_say("resources but by their ids"))?))
        }
    };
    let mut constraints = Object::new();
    let mut put = |name: &str, condition: &Constraint| -> Result<(), Error> {
        constraints.insert(name.to_owned(), constraint(condition, &Argument { name, tool })?);
        Ok(())
    };
    match &capability.arguments {
        None if resource.is_none() => return Ok(constraints),
        // One constrained argument closes the world: the others must be named to stay free.
        None => tool.parameters().try_for_each(|name| put(name, &Constraint::Any))?,
        Some(arguments) if resource.as_ref().is_some_and(|(named, _)| !arguments.contains_key(named)) => {
            return Err(cannot_say("a resource whose argument may not be passed"));
        }
        Some(arguments) if arguments.is_empty() => return Err(cannot_say("that a tool takes no arguments")),
        Some(arguments) => arguments.iter().try_for_each(|(name, condition)| put(name, condition))?,
    }
    if let Some((argument, ids)) = resource {
        let among = Constraint::OneOf(ids);
        let condition = match capability.arguments.as_ref().and_then(|arguments| arguments.get(&argument)) {
            None | Some(Constraint::Any) => among,
            Some(condition) => Constraint::All(vec![condition.clone(), among]),
        };
        put(&argument, &condition)?;
    }
    Ok(constraints)
}

/// The argument a condition is on, for messages.
struct Argument<'a> {
    name: &'a str,
    tool: &'a Tool,
}

/// The condition as AAT says it, if what it says there is read back as no wider condition.
fn constraint(condition: &Constraint, argument: &Argument<'_>) -> Result<Value, Error> {
    let unsaid = |part: &Constraint| {
        let (condition, name, tool) = (json::canonical(part), argument.name, argument.tool.name());
        cannot_say(&format!("the condition `{condition}` on the argument `{name}` of `{tool}`"))
    };
    let written = written(condition).map_err(unsaid)?;
    // INVARIANT (no wider): every way to write a condition is checked by reading it, so that a way that is wrong refuses the export.
    match details::constraint(&written, 1) {
        Ok(read) if read.is_within(condition) => Ok(written),
        _ => Err(unsaid(condition)),
    }
}

/// The condition in AAT's words; the error is the part of it that AAT has no words for.
fn written(condition: &Constraint) -> Result<Value, &Constraint> {
    let list = |name: &'static str, values: &[Value]| Some((name, Value::Array(values.to_vec())));
    let (kind, member) = match condition {
        Constraint::Any => ("wildcard", Some((OPTIONAL, Value::Bool(true)))),
        Constraint::Optional(inner) => {
            let Value::Object(mut members) = written(inner)? else { return Err(condition) };
            members.insert(OPTIONAL.to_owned(), Value::Bool(true));
            return Ok(Value::Object(members));
        }
        Constraint::Exact(value) => ("exact", Some(("value", value.clone()))),
        Constraint::OneOf(values) => ("one_of", list("values", values)),
        Constraint::NotOneOf(values) if values.is_empty() => ("wildcard", None),
        Constraint::NotOneOf(values) => ("not_one_of", list("excluded", values)),
        Constraint::Contains(values) => ("contains", list("required", values)),
        Constraint::SubsetOf(values) => ("subset", list("allowed", values)),
        Constraint::All(conditions) => ("all", list("constraints", &all_written(conditions)?)),
        Constraint::AnyOf(conditions) => ("any", list("constraints", &all_written(conditions)?)),
        Constraint::Range(_) => ("range", None),
        other => return Err(other),
    };
    let mut members = Object::new();
    text(&mut members, "constraint_type", kind);
    members.extend(member.map(|(name, value)| (name.to_owned(), value)));
    if let Constraint::Range(range) = condition {
        for (name, flag, bound, exclusive) in
            [("min", "min_inclusive", range.min, range.exclusive_min), ("max", "max_inclusive", range.max, range.exclusive_max)]
        {
            // AAT has one bound on each side.
            if bound.is_some() && exclusive.is_some() {
                return Err(condition);
            }
            members.extend(bound.or(exclusive).map(|bound| (name.to_owned(), number(&bound.to_string()))));
            members.extend(exclusive.map(|_| (flag.to_owned(), Value::Bool(false))));
        }
    }
    Ok(Value::Object(members))
}

fn all_written(conditions: &[Constraint]) -> Result<Vec<Value>, &Constraint> {
    conditions.iter().map(written).collect()
}

/// A decimal as a number, which is how AAT writes bounds.
fn number(decimal: &str) -> Value {
    let plain = decimal.trim_end_matches('0').trim_end_matches('.');
    let plain = if decimal.contains('.') { plain } else { decimal };
    Value::parse(plain).unwrap_or_else(|_| Value::String(decimal.to_owned()))
}

fn signed(signer: &dyn Signer, typ: &str, claims: Object) -> Result<String, Error> {
    let key = signer.key();
    let mut header = Object::new();
    let algorithm = match key.algorithm().as_str() {
        // As AAT has it, by RFC 9864.
        "EdDSA" if typ == "aat+jwt" => "Ed25519",
        name => name,
    };
    text(&mut header, "alg", algorithm);
    if let Some(id) = key.id() {
        text(&mut header, "kid", id);
    }
    text(&mut header, "typ", typ);
    let part = |members: Object| encode(Value::Object(members).canonical().as_bytes());
    let signing_input = format!("{}.{}", part(header), part(claims));
    let signature = signer.sign(signing_input.as_bytes())?;
    Ok(format!("{signing_input}.{}", encode(&signature)))
}

fn text(members: &mut Object, name: &str, value: &str) {
    members.insert(name.to_owned(), Value::String(value.to_owned()));
}

/// Any value of ours; it becomes what its canonical text reads as.
fn put(members: &mut Object, name: &str, value: &impl Serialize) {
    members.insert(name.to_owned(), json::value(value));
}

fn usage(message: &str) -> Error {
    Error::new(ErrorKind::Usage, message)
}

fn no_issuer() -> Error {
    usage("the first link needs an issuer: give the key one (`with_issuer`; from a JWK, `issuer`)")
}

fn came_as(evidence: &Evidence) -> Error {
    usage(&format!("the chain came as `{}`; it cannot be vouched for in another form", evidence.format()))
}

fn cannot_say(what: &str) -> Error {
    usage(&format!("this format cannot express {what}, and the export would grant more: remove it, or export as `native`"))
}
