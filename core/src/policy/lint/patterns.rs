//! A `like` on a path or web address matches what it does not seem to: it compares letters, and `/workspace/*` is also how
//! `/workspace/../etc/passwd` begins.

use serde_json::Value as Json;

use super::{Warning, Written};

/// Warns of each `like` that is meant for paths or web addresses.
pub(super) fn check(written: Written<'_>, conditions: &Json) -> Vec<Warning> {
    let mut found = Vec::new();
    walk(conditions, &mut found);
    found.into_iter().map(|message| written.warning("policy.path_pattern", "like", &message)).collect()
}

fn walk(node: &Json, found: &mut Vec<String>) {
    if let Some(like) = node.get("like")
        && let Some(argument) = like.get("left").and_then(argument)
        && let Some(pattern) = like.get("pattern").and_then(pattern)
    {
        found.extend(warning(&argument, &pattern));
    }
    match node {
        Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Json::Object(members) => members.values().for_each(|member| walk(member, found)),
        _ => {}
    }
}

fn warning(argument: &str, pattern: &str) -> Option<String> {
    let fixed = pattern.split('*').next().unwrap_or_default();
    if fixed == pattern {
        return None;
    }
    let seen = format!("`context.input.{argument} like \"{pattern}\"`");
    if let Some((_, rest)) = pattern.split_once("://") {
        let host = rest.split(['/', '*', ':']).find(|part| !part.is_empty()).unwrap_or("good.example");
        return Some(format!(
            "{seen} compares letters, so an address of another host may match, such as one with a user name before `@`; give `{argument}` the role `url` in \
             the catalog and read `context.tool.hosts`: `[\"{host}\"].containsAll(context.tool.hosts)`"
        ));
    }
    let is_path = fixed.starts_with('/') || fixed.starts_with("./") || fixed.get(1..3).is_some_and(|drive| matches!(drive, ":\\" | ":/"));
    let directory = fixed.rsplit_once('/').map_or(fixed, |(directory, _)| if directory.is_empty() { "/" } else { directory });
    is_path.then(|| {
        format!(
            "{seen} also matches `{directory}/../…`, which leads elsewhere; give `{argument}` the role `path` in the catalog and read resolved paths: \
             `context.tool.within.contains(\"{directory}\")` holds when every path of the call lies there"
        )
    })
}

/// The argument an expression reads, `a` or `a.b`.
fn argument(node: &Json) -> Option<String> {
    let access = node.get(".")?;
    let (left, attribute) = (access.get("left")?, access.get("attr")?.as_str()?);
    let is_input = left.get(".").is_some_and(|inner| {
        inner.get("attr").and_then(Json::as_str) == Some("input")
            && inner.get("left").and_then(|left| left.get("Var")).and_then(Json::as_str) == Some("context")
    });
    if is_input { Some(attribute.to_owned()) } else { argument(left).map(|outer| format!("{outer}.{attribute}")) }
}

/// The pattern, with `*` where it is wild.
fn pattern(node: &Json) -> Option<String> {
    let part = |part: &Json| match part {
        Json::String(_) => Some("*".to_owned()),
        other => other.get("Literal").and_then(Json::as_str).map(str::to_owned),
    };
    match node {
        Json::String(text) => Some(text.clone()),
        Json::Array(parts) => parts.iter().map(part).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::*;

    #[test]
    fn patterns_of_paths_and_addresses_are_warned_about() {
        let said = |condition: &str| {
            let text = format!("permit(principal, action, resource) when {{ {condition} }};");
            let policy = Policy::parse(None, text).unwrap_or_else(|error| unreachable!("{error}"));
            let tree = policy.to_json().unwrap_or_else(|error| unreachable!("{error}"));
            let mut found = Vec::new();
            walk(&tree, &mut found);
            found.join("; ")
        };
        for condition in [
            r#"context.input.path like "/workspace/*""#,
            r#"context.input.a.file like "/workspace*""#,
            r#"context.input has path && !(context.input.path like "/workspace/*.txt")"#,
        ] {
            assert!(said(condition).contains("`context.tool.within.contains(\"/"), "{condition}");
        }
        assert!(said(r#"context.input.url like "https://good.example/*""#).contains(r#"["good.example"].containsAll(context.tool.hosts)"#));
        for condition in [r#"context.input.subject like "INV-*""#, r#"context.input.path like "/workspace""#, r#"context.host.path like "/a/*""#] {
            assert_eq!(said(condition), "", "{condition}");
        }
    }
}
