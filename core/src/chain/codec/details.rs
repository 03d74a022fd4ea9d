//! What tokens grant: scopes (RFC 6749 §3.3), `authorization_details` (RFC 9396), and AAT's constraints.
//!
//! A scope or a detail nobody explained grants nothing; a detail that cannot be read refuses the token, because what
//! was left out may have been the limit.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Reader;
use crate::catalog::Catalog;
use crate::catalog::shape::decimal;
use crate::chain::constraint::{Constraint, Range};
use crate::chain::grant::{Actions, Budget, Capability, Grant};
use crate::chain::jws::Claims;
use crate::chain::trust::Anchor;
use crate::json::{Object, Value};
use crate::reason::{Code, Reason};

/// Our own grants in `authorization_details`.
pub(crate) const GRANT_TYPE: &str = "bailiwick_grant";
/// AAT's tools and constraints (draft-niyikiza-oauth-attenuating-agent-tokens-01).
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

/// The words of a `scope` claim.
pub(crate) fn words(scope: Option<&str>) -> Option<Vec<&str>> {
    scope.map(|scope| scope.split(' ').filter(|word| !word.is_empty()).collect())
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
fn tools(members: &Object, catalog: &Catalog) -> Result<Vec<Capability>, Reason> {
    let refused = |why: &str| Reason::new(Code::ChainDetails).because(why);
    if let Some(unknown) = members.keys().find(|name| !["type", "tools"].contains(&name.as_str())) {
        return Err(refused(&format!("unknown member `{unknown}`")));
    }
    let Some(Value::Object(tools)) = members.get("tools") else { return Err(refused("`tools` is missing")) };
    let capability = |(name, arguments): (&String, &Value)| {
        let Value::Object(arguments) = arguments else { return Err(refused("the constraints of a tool are not an object")) };
        let constraints = arguments.iter().map(|(name, value)| Ok((name.clone(), constraint(value)?))).collect::<Result<BTreeMap<_, _>, _>>()?;
        Ok(catalog.tool(name).map(|tool| of_action(tool.action(), (!constraints.is_empty()).then_some(constraints))))
    };
    tools.iter().filter_map(|tool| capability(tool).transpose()).collect()
}

fn of_action(action: &str, arguments: Option<BTreeMap<String, Constraint>>) -> Capability {
    Capability { arguments, ..Capability::of(Actions::Of([action.to_owned()].into())) }
}

/// One of AAT's constraints.
fn constraint(value: &Value) -> Result<Constraint, Reason> {
    let refused = |why: String| Reason::new(Code::ChainConstraint).because(why);
    let Value::Object(members) = value else { return Err(refused("not an object".to_owned())) };
    let kind = value.get("type").and_then(Value::as_str).ok_or_else(|| refused("no `type`".to_owned()))?;
    let only = |allowed: &[&str]| match members.keys().find(|name| *name != "type" && !allowed.contains(&name.as_str())) {
        Some(unknown) => Err(refused(format!("`{kind}` has no member `{unknown}`"))),
        None => Ok(()),
    };
    let list = |name: &str| match members.get(name) {
        Some(Value::Array(items)) => only(&[name]).map(|()| items.clone()),
        _ => Err(refused(format!("`{kind}` needs a list `{name}`"))),
    };
    let parts = || list("constraints")?.iter().map(constraint).collect::<Result<Vec<_>, _>>();
    Ok(match kind {
        "wildcard" => only(&[]).map(|()| Constraint::Any)?,
        "exact" => {
            only(&["value"])?;
            Constraint::Exact(members.get("value").ok_or_else(|| refused("`exact` needs a `value`".to_owned()))?.clone())
        }
        "one_of" => Constraint::OneOf(list("values")?),
        "not_one_of" => Constraint::NotOneOf(list("values")?),
        "contains" => Constraint::Contains(list("values")?),
        "subset" => Constraint::SubsetOf(list("values")?),
        "all" => Constraint::All(parts()?),
        "any" => Constraint::AnyOf(parts()?),
        "range" => {
            only(&["min", "max"])?;
            let bound = |name: &str| match members.get(name) {
                None => Ok(None),
                Some(value) => decimal(value).map(Some).ok_or_else(|| refused(format!("`{name}` is not a decimal of at most four places"))),
            };
            let range = Range { min: bound("min")?, max: bound("max")?, ..Range::default() };
            if range.min.is_none() && range.max.is_none() {
                return Err(refused("`range` without bounds".to_owned()));
            }
            Constraint::Range(range)
        }
        other => return Err(refused(format!("unknown type `{other}`"))),
    })
}
