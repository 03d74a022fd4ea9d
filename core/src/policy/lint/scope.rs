//! Scopes that nothing can ever match.

use cedar_policy::{ActionConstraint, EntityUid, PrincipalConstraint, ResourceConstraint};

use super::{Written, listed, nearest};
use crate::catalog::call::ToolEffect;
use crate::catalog::{Catalog, DELEGATE, Tool, UNCLASSIFIED};
use crate::error::Error;

/// Types of who acts, whose ids are `issuer|subject` or `issuer|tenant|subject`.
pub(super) const IDENTITIES: [&str; 5] = ["User", "Service", "Schedule", "AgentUser", "Agent"];

/// Types that principals are in.
const ABOVE_PRINCIPALS: [&str; 2] = ["Group", "Blueprint"];

pub(super) fn check(catalog: &Catalog, written: Written<'_>) -> Result<(), Error> {
    action(catalog, written)?;
    principal(written)?;
    resource(catalog, written)
}

fn action(catalog: &Catalog, written: Written<'_>) -> Result<(), Error> {
    let ActionConstraint::Eq(action) = written.policy.action_constraint() else { return Ok(()) };
    let name = action.id().unescaped();
    if name == DELEGATE || catalog.tool_of_action(name).is_some() {
        return Ok(());
    }
    let needle = written_as(&action);
    let is_group = name == UNCLASSIFIED || name.starts_with("system:") || ToolEffect::ALL.iter().any(|effect| effect.as_str() == name);
    Err(if is_group {
        written.error(&needle, &format!("`action == {needle}` never matches: `{name}` is a group of actions; write `action in {needle}`"))
    } else {
        let meant = match nearest(name, catalog.tools().map(Tool::action)) {
            Some(near) => format!("did you mean `Action::{near:?}`?"),
            None => format!("there are: {}", listed(catalog.tools().map(Tool::action))),
        };
        written.error(&needle, &format!("`action == {needle}` never matches: no tool has this action; {meant}"))
    })
}

/// What to say of a scope that no action of the catalog fits.
pub(in crate::policy) fn unmatched(catalog: &Catalog, written: Written<'_>) -> Error {
    if let ActionConstraint::In(actions) = written.policy.action_constraint()
        && let Some(empty) = actions.first()
        && actions.iter().all(|action| action.id().unescaped() != DELEGATE && catalog.actions_of(action.id().unescaped()).is_empty())
    {
        let name = empty.id().unescaped();
        let message = if ToolEffect::ALL.iter().any(|effect| effect.as_str() == name) {
            let had = ToolEffect::ALL.iter().filter(|effect| catalog.tools().any(|tool| tool.effects().contains(effect)));
            format!("no tool of the catalog has the effect `{name}`; there are: {}", listed(had.map(|effect| effect.as_str())))
        } else {
            format!("no tool of the catalog is in the group `{name}`")
        };
        return written.error(&written_as(empty), &format!("its scope never matches: {message}"));
    }
    let message = "its scope never matches: no action in scope applies to such a principal and such a resource; `bailiwick schema` prints the \
                   resource type of each tool";
    written.error("", message)
}

fn principal(written: Written<'_>) -> Result<(), Error> {
    let (is_same, uid) = match written.policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) => (true, uid),
        PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => (false, uid),
        PrincipalConstraint::Is(kind) => return of_acting_type(written, &kind.to_string()),
        PrincipalConstraint::Any => return Ok(()),
    };
    let (kind, needle) = (uid.type_name().to_string(), written_as(&uid));
    if ABOVE_PRINCIPALS.contains(&kind.as_str()) {
        if is_same {
            let message = format!("`principal == {needle}` never matches: nobody acts as a `{kind}`; write `principal in {needle}`");
            return Err(written.error(&needle, &message));
        }
        return Ok(());
    }
    of_acting_type(written, &kind)?;
    qualified(written, &kind, uid.id().unescaped())
}

fn of_acting_type(written: Written<'_>, kind: &str) -> Result<(), Error> {
    if IDENTITIES.contains(&kind) {
        return Ok(());
    }
    let message = format!("the principal is never a `{kind}`: who acts is a {}", listed(IDENTITIES));
    Err(written.error(kind, &message))
}

/// Fails for an id that nobody can have.
pub(super) fn qualified(written: Written<'_>, kind: &str, id: &str) -> Result<(), Error> {
    if is_qualified(id) {
        return Ok(());
    }
    let needle = format!("{kind}::{id:?}");
    let message = format!(
        "`{needle}` is nobody: an id is `issuer|subject` (or `issuer|tenant|subject`); write the issuer before the name, as in \
         `{kind}::\"https://idp.example|{}\"`",
        id.replace('"', "")
    );
    Err(written.error(&needle, &message))
}

pub(super) fn is_qualified(id: &str) -> bool {
    let parts: Vec<_> = id.split('|').collect();
    matches!(parts.len(), 2 | 3) && parts.iter().all(|part| !part.is_empty())
}

fn resource(catalog: &Catalog, written: Written<'_>) -> Result<(), Error> {
    let (uid, is_same) = match written.policy.resource_constraint() {
        ResourceConstraint::Eq(uid) => (uid, true),
        ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => (uid, false),
        ResourceConstraint::Any | ResourceConstraint::Is(_) => return Ok(()),
    };
    let (kind, id, needle) = (uid.type_name().to_string(), uid.id().unescaped(), written_as(&uid));
    let unknown = |what: &str, names: Vec<&str>| {
        let meant = match nearest(id, names.iter().copied()) {
            Some(near) => format!("did you mean `{kind}::{near:?}`?"),
            None => format!("there are: {}", listed(names)),
        };
        Err(written.error(&needle, &format!("`{needle}` never matches: the catalog has no {what} of this name; {meant}")))
    };
    match kind.as_str() {
        "Tool" if catalog.tool(id).is_none() => unknown("tool", catalog.tools().map(Tool::name).collect()),
        "System" if catalog.systems().all(|(name, _)| name != id) => unknown("system", catalog.systems().map(|(name, _)| name).collect()),
        "System" if is_same => {
            Err(written.error(&needle, &format!("`resource == {needle}` never matches: a tool is in its system; write `resource in {needle}`")))
        }
        "Agent" => qualified(written, &kind, id),
        _ => Ok(()),
    }
}

fn written_as(uid: &EntityUid) -> String {
    format!("{}::{:?}", uid.type_name(), uid.id().unescaped())
}
