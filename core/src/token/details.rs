//! What tokens grant: scopes (RFC 6749 §3.3), `authorization_details` (RFC 9396), and AAT's constraints.
//!
//! A scope or a detail nobody explained grants nothing; a detail that cannot be read refuses the token, because what
//! was left out may have been the limit. Only in an AAT are other types passed over, as its draft says.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Reader;
use crate::catalog::Catalog;
use crate::catalog::shape::decimal;
use crate::chain::trust::Anchor;
use crate::grant::constraint::{Constraint, Range};
use crate::grant::{Actions, Budget, Capability, Grant};
use crate::json::{Object, Value};
use crate::keys::jws::{Claims, missing};
use crate::reason::{Code, Reason};

/// Our own grants in `authorization_details`.
pub(crate) const GRANT_TYPE: &str = "bailiwick_grant";
/// AAT's tools and constraints (draft-niyikiza-oauth-attenuating-agent-tokens-02).
pub(crate) const AAT_TYPE: &str = "attenuating_agent_token";

impl Reader<'_> {
    /// What the token passes on: its details and its scopes, together; without either, what its issuer is configured
    /// to mean.
    pub(crate) fn granted(&self, claims: &Claims, anchor: &Anchor, scopes: Option<Vec<&str>>) -> Result<Grant, Reason> {
        let details = claims.get("authorization_details");
        if details.is_none() && scopes.is_none() {
            return Ok(anchor.unscoped.clone());
        }
        let mut grant = match details {
            Some(details) => authorization_details(details, self.catalog)?,
            None => Grant::nothing(),
        };
        for scope in scopes.unwrap_or_default() {
            match anchor.scopes.get(scope) {
                Some(meant) => {
                    grant.capabilities.extend(meant.capabilities.iter().cloned());
                    grant.budgets.extend(meant.budgets.iter().cloned());
                }
                // Only a tool by its own name: `read` means something else to everybody.
                None => grant.capabilities.extend(self.catalog.tool(scope).map(|tool| of_action(tool.action(), None))),
            }
        }
        let mut names = std::collections::BTreeSet::new();
        if let Some(twice) = grant.budgets.iter().find(|budget| !names.insert(&budget.name)) {
            return Err(Reason::new(Code::TokenClaimInvalid).because(format!("two budgets are named `{}`", twice.name)));
        }
        Ok(grant)
    }
}

impl Reader<'_> {
    /// Which setting would say what the token's scopes grant, where nothing does.
    pub(crate) fn ungranted(&self, claims: &Claims, anchor: &Anchor, scopes: Option<&[&str]>) -> String {
        let issuer = &anchor.issuer;
        let is_unexplained = |scope: &&&str| !anchor.scopes.contains_key(**scope) && self.catalog.tool(scope).is_none();
        let unexplained: Vec<_> =
            scopes.unwrap_or_default().iter().filter(is_unexplained).take(SCOPES_SHOWN).map(|scope| format!("`{scope}`")).collect();
        if !unexplained.is_empty() {
            let unexplained = unexplained.join(", ");
            format!("; {unexplained} of its token grant nothing until `scopes` of issuer `{issuer}` in the trust document say what")
        } else if scopes.is_none() && claims.get("authorization_details").is_none() {
            format!("; its token names no scope, so `grant` of issuer `{issuer}` in the trust document says what it is for")
        } else {
            String::new()
        }
    }
}

/// Most scopes a message names.
const SCOPES_SHOWN: usize = 8;

/// The words of a scope: one text with spaces between (RFC 6749 §3.3), or a list.
pub(crate) fn words<'c>(claims: &'c Claims, name: &str) -> Result<Option<Vec<&'c str>>, Reason> {
    match claims.get(name) {
        Some(Value::Array(_)) => claims.texts(name).map(Some),
        _ => Ok(claims.optional_text(name)?.map(|scope| scope.split(' ').filter(|word| !word.is_empty()).collect())),
    }
}

pub(crate) fn authorization_details(details: &Value, catalog: &Catalog) -> Result<Grant, Reason> {
    let refused = |why: String| Reason::new(Code::ChainDetails).because(why);
    let Value::Array(items) = details else { return Err(refused("not a list".to_owned())) };
    let mut grant = Grant::nothing();
    for item in items {
        let Value::Object(members) = item else { return Err(refused("not objects".to_owned())) };
        match item.get("type").and_then(Value::as_str) {
            Some(GRANT_TYPE) => {
                let Grant { capabilities, budgets } = our_grant(members).map_err(refused)?;
                grant.capabilities.extend(capabilities);
                grant.budgets.extend(budgets);
            }
            Some(AAT_TYPE) => grant.capabilities.extend(tools(members, catalog)?),
            other => return Err(refused(format!("unknown type {other:?}"))),
        }
    }
    Ok(grant)
}

/// The grant of an AAT.
pub(crate) fn of_aat(details: &Value, catalog: &Catalog) -> Result<Grant, Reason> {
    Ok(Grant { capabilities: tools(entry(details)?, catalog)?, ..Grant::nothing() })
}

/// What an AAT says of tools, as it is written.
pub(super) fn tools_of_aat(claims: &Claims) -> Result<Object, Reason> {
    let details = claims.get("authorization_details").ok_or_else(|| missing("authorization_details"))?;
    match entry(details)?.get("tools") {
        Some(Value::Object(tools)) => Ok(tools.clone()),
        _ => Err(Reason::new(Code::ChainDetails).because("`tools` is missing")),
    }
}

/// The one entry of its type, whatever else stands beside it.
fn entry(details: &Value) -> Result<&Object, Reason> {
    let refused = |why: String| Reason::new(Code::ChainDetails).because(why);
    let Value::Array(items) = details else { return Err(refused("not a list".to_owned())) };
    let mut entries = items.iter().filter(|item| item.get("type").and_then(Value::as_str) == Some(AAT_TYPE));
    match (entries.next(), entries.next()) {
        (Some(Value::Object(members)), None) => Ok(members),
        _ => Err(refused(format!("an AAT has exactly one `{AAT_TYPE}`"))),
    }
}

fn our_grant(members: &Object) -> Result<Grant, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, expecting = "a grant")]
    struct Detail {
        #[serde(rename = "type")]
        _type: String,
        capabilities: Vec<Capability>,
        #[serde(default)]
        budgets: Vec<Budget>,
    }
    let value = Value::Object(members.clone());
    let Detail { capabilities, budgets, .. } = Detail::deserialize(&value).map_err(|error| error.to_string())?;
    Ok(Grant { capabilities, budgets })
}

/// `{"type": …, "tools": {tool: {argument: constraint}}}`. A tool without constraints takes any arguments; once one
/// argument is constrained, no other may be passed. A name that is no tool of ours grants nothing: it must not be taken
/// for a group of tools.
pub(super) fn tools(members: &Object, catalog: &Catalog) -> Result<Vec<Capability>, Reason> {
    let refused = |why: &str| Reason::new(Code::ChainDetails).because(why);
    if let Some(unknown) = members.keys().find(|name| !["type", "tools"].contains(&name.as_str())) {
        return Err(refused(&format!("unknown member `{unknown}`")));
    }
    let Some(Value::Object(tools)) = members.get("tools") else { return Err(refused("`tools` is missing")) };
    let capability = |(name, arguments): (&String, &Value)| {
        let Value::Object(arguments) = arguments else { return Err(refused("the constraints of a tool are not an object")) };
        let named = arguments.iter().filter(|(name, _)| *name != UNNAMED);
        let read = |(name, value): (&String, &Value)| Ok((name.clone(), constraint(value, 1)?));
        let mut constraints = named.map(read).collect::<Result<BTreeMap<_, _>, Reason>>()?;
        let is_open = match arguments.get(UNNAMED) {
            None => false,
            Some(Value::Object(members)) if members.len() == 1 && constraint_kind(members).is_ok_and(|(_, kind)| kind == "wildcard") => true,
            Some(_) => return Err(Reason::new(Code::ChainConstraint).because("`*` is a `wildcard` and nothing else")),
        };
        let Some(tool) = catalog.tool(name) else { return Ok(None) };
        if is_open && !constraints.is_empty() {
            // Arguments the tool does not know are refused with the call.
            constraints.extend(tool.parameters().filter(|name| !arguments.contains_key(*name)).map(|name| (name.to_owned(), Constraint::Any)));
        }
        Ok(Some(of_action(tool.action(), (!constraints.is_empty()).then_some(constraints))))
    };
    tools.iter().filter_map(|tool| capability(tool).transpose()).collect()
}

fn of_action(action: &str, arguments: Option<BTreeMap<String, Constraint>>) -> Capability {
    Capability { arguments, ..Capability::of(Actions::Of([action.to_owned()].into())) }
}

/// One of AAT's constraints, nested so deep.
pub(super) fn constraint(value: &Value, depth: usize) -> Result<Constraint, Reason> {
    let refused = |why: String| Reason::new(Code::ChainConstraint).because(why);
    let Value::Object(members) = value else { return Err(refused("not an object".to_owned())) };
    if depth > DEPTH_MAX {
        return Err(refused(format!("nested deeper than {DEPTH_MAX}")));
    }
    if !value.is_exact() {
        return Err(refused("a number that JSON's readers do not agree on; write it as a string".to_owned()));
    }
    let (named, kind) = constraint_kind(members).map_err(&refused)?;
    let row = CONSTRAINTS.iter().find(|row| row.kind == kind).ok_or_else(|| refused(format!("`{kind}` is a constraint the engine cannot hold")))?;
    let is_other = |name: &&String| name.as_str() != named && name.as_str() != OPTIONAL && !row.members.contains(&name.as_str());
    if let Some(unknown) = members.keys().find(is_other) {
        return Err(refused(format!("`{kind}` has no member `{unknown}`")));
    }
    if depth > 1 && members.contains_key(OPTIONAL) {
        return Err(refused(format!("`{OPTIONAL}` of a condition within `all` or `any`")));
    }
    let is_optional = flag(members, OPTIONAL, false).map_err(&refused)?;
    match (row.read)(row, members, depth).map_err(&refused)? {
        // What is not optional must be there, a wildcard's argument as well.
        Constraint::Any if is_optional => Ok(Constraint::Any),
        Constraint::Any => Ok(Constraint::NotOneOf(Vec::new())),
        constraint if is_optional => Ok(Constraint::Optional(Box::new(constraint))),
        constraint => Ok(constraint),
    }
}

/// What kind of constraint it is, and the member that says so; `type` is what earlier links of ours called it.
pub(super) fn constraint_kind(members: &Object) -> Result<(&'static str, &str), String> {
    match (members.get("constraint_type"), members.get("type")) {
        (Some(Value::String(kind)), None) => Ok(("constraint_type", kind)),
        (None, Some(Value::String(kind))) => Ok(("type", kind)),
        _ => Err("no `constraint_type`".to_owned()),
    }
}

/// Arguments that are not named.
pub(super) const UNNAMED: &str = "*";
/// How deep constraints may be nested (draft, §3.4).
const DEPTH_MAX: usize = 32;
/// The argument may be left out.
pub(crate) const OPTIONAL: &str = "optional";

/// One of AAT's constraints: its name, its members, and how it is read.
struct Row {
    kind: &'static str,
    members: &'static [&'static str],
    read: fn(&Row, &Object, usize) -> Result<Constraint, String>,
}

const CONSTRAINTS: [Row; 9] = [
    Row { kind: "wildcard", members: &[], read: |_, _, _| Ok(Constraint::Any) },
    Row { kind: "exact", members: &["value"], read: |_, members, _| exact(members) },
    Row { kind: "one_of", members: &["values"], read: |row, members, _| row.some(members).map(Constraint::OneOf) },
    Row { kind: "not_one_of", members: &["excluded"], read: |row, members, _| row.list(members).map(Constraint::NotOneOf) },
    Row { kind: "contains", members: &["required"], read: |row, members, _| row.list(members).map(Constraint::Contains) },
    Row { kind: "subset", members: &["allowed"], read: |row, members, _| row.list(members).map(Constraint::SubsetOf) },
    Row { kind: "all", members: &["constraints"], read: |row, members, depth| row.parts(members, depth).map(Constraint::All) },
    Row { kind: "any", members: &["constraints"], read: |row, members, depth| row.parts(members, depth).map(Constraint::AnyOf) },
    Row { kind: "range", members: &["min", "max", "min_inclusive", "max_inclusive"], read: |_, members, _| range(members) },
];

impl Row {
    fn list(&self, members: &Object) -> Result<Vec<Value>, String> {
        let name = self.members.first().copied().unwrap_or_default();
        match members.get(name) {
            Some(Value::Array(items)) => Ok(items.clone()),
            _ => Err(format!("`{}` needs a list `{name}`", self.kind)),
        }
    }

    fn some(&self, members: &Object) -> Result<Vec<Value>, String> {
        let items = self.list(members)?;
        if items.is_empty() { Err(format!("`{}` of nothing", self.kind)) } else { Ok(items) }
    }

    fn parts(&self, members: &Object, depth: usize) -> Result<Vec<Constraint>, String> {
        self.some(members)?.iter().map(|part| constraint(part, depth + 1).map_err(|reason| reason.detail)).collect()
    }
}

fn exact(members: &Object) -> Result<Constraint, String> {
    match members.get("value") {
        None | Some(Value::Array(_) | Value::Object(_)) => Err("`exact` needs a `value` that is neither list nor object".to_owned()),
        Some(value) => Ok(Constraint::Exact(value.clone())),
    }
}

fn range(members: &Object) -> Result<Constraint, String> {
    let bound = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(value @ (Value::Int(_) | Value::Float(_))) => decimal(value)
            .map(Some)
            .ok_or_else(|| format!("`{name}` of `range` has more than four places, or is too large: the engine cannot hold it")),
        Some(_) => Err(format!("`{name}` of `range` is not a number")),
    };
    let (min, max) = (bound("min")?, bound("max")?);
    match (min, max) {
        (None, None) => return Err("`range` without bounds is a constraint the engine cannot hold".to_owned()),
        (Some(min), Some(max)) if min > max => return Err("`min` of `range` is greater than `max`".to_owned()),
        _ => {}
    }
    for (name, bound) in [("min_inclusive", min), ("max_inclusive", max)] {
        if members.contains_key(name) && bound.is_none() {
            return Err(format!("`{name}` of `range` without its bound"));
        }
    }
    let (has_min, has_max) = (flag(members, "min_inclusive", true)?, flag(members, "max_inclusive", true)?);
    Ok(Constraint::Range(Range {
        min: min.filter(|_| has_min),
        max: max.filter(|_| has_max),
        exclusive_min: min.filter(|_| !has_min),
        exclusive_max: max.filter(|_| !has_max),
    }))
}

fn flag(members: &Object, name: &str, absent: bool) -> Result<bool, String> {
    match members.get(name) {
        None => Ok(absent),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(format!("`{name}` is not true or false")),
    }
}
