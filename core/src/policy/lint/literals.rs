//! Entities that conditions name: ids nobody can have, and those only the registry could know.

use cedar_policy::{PrincipalConstraint, ResourceConstraint};
use serde_json::Value as Json;

use super::scope::{IDENTITIES, is_qualified, qualified};
use super::{Warning, Written, entity};
use crate::error::Error;

/// An entity a policy names that only the registry could know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Mention {
    pub policy: String,
    pub kind: String,
    pub id: String,
    /// The name of the source the policy is in.
    pub source: String,
}

/// The types whose entities the registry lists.
const IN_REGISTRY: [&str; 2] = ["Agent", "Blueprint"];

/// Fails where who acts is compared with nobody; warns of other ids without an issuer.
pub(super) fn check(written: Written<'_>, conditions: &Json) -> Result<Vec<Warning>, Error> {
    let (mut compared, mut named) = (Vec::new(), Vec::new());
    walk(conditions, &mut compared, &mut named);
    for (kind, id) in compared {
        qualified(written, kind, id)?;
    }
    let odd = named.into_iter().filter(|(kind, id)| IDENTITIES.contains(kind) && !is_qualified(id)).map(|(kind, id)| {
        let needle = format!("{kind}::{id:?}");
        let message = format!("`{needle}` has no issuer: an agent or person is `{kind}::\"issuer|{id}\"`");
        written.warning("policy.id_unqualified", &needle, &message)
    });
    let mut warnings: Vec<_> = odd.collect();
    warnings.dedup();
    Ok(warnings)
}

/// What the policy names, in its scope or its conditions, of agents and blueprints, and of groups.
pub(in crate::policy) fn mentions(written: Written<'_>, tree: &Json) -> (Vec<Mention>, Vec<String>) {
    let mut found: Vec<(String, String)> = Vec::new();
    let scope = [
        match written.policy.principal_constraint() {
            PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => Some(uid),
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => None,
        },
        match written.policy.resource_constraint() {
            ResourceConstraint::Eq(uid) | ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => Some(uid),
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
        },
    ];
    found.extend(scope.into_iter().flatten().map(|uid| (uid.type_name().to_string(), uid.id().unescaped().to_owned())));
    if let Some(conditions) = tree.get("conditions") {
        let mut named = Vec::new();
        walk(conditions, &mut Vec::new(), &mut named);
        found.extend(named.into_iter().map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    }
    found.sort();
    found.dedup();
    let groups = found.iter().filter(|(kind, _)| kind == "Group").map(|(_, id)| id.clone()).collect();
    let may_be_known = |(kind, id): &(String, String)| IN_REGISTRY.contains(&kind.as_str()) && (kind != "Agent" || is_qualified(id));
    let in_registry = found.into_iter().filter(may_be_known);
    let mention = |(kind, id): (String, String)| Mention { policy: written.policy.id().to_string(), kind, id, source: written.source.name.clone() };
    (in_registry.map(mention).collect(), groups)
}

/// All entities that are named, and of those the ones `principal` is compared with.
fn walk<'t>(node: &'t Json, compared: &mut Vec<(&'t str, &'t str)>, named: &mut Vec<(&'t str, &'t str)>) {
    if let Some(entity) = entity(node) {
        named.push(entity);
        return;
    }
    match node {
        Json::Array(items) => items.iter().for_each(|item| walk(item, compared, named)),
        Json::Object(members) => {
            for (operator, operands) in members {
                let sides = ["left", "right"].map(|side| operands.get(side));
                if let ("==" | "!=" | "in", [Some(left), Some(right)]) = (operator.as_str(), sides) {
                    for (one, other) in [(left, right), (right, left)] {
                        let is_principal = one.get("Var").and_then(Json::as_str) == Some("principal");
                        compared.extend(entity(other).filter(|(kind, _)| is_principal && IDENTITIES.contains(kind)));
                    }
                }
                walk(operands, compared, named);
            }
        }
        _ => {}
    }
}
