//! Comparisons with free-form arguments. Policies see the canonical JSON of those: a text is in quotes there.

use cedar_policy::ActionConstraint;
use serde_json::Value as Json;

use super::{Warning, Written};
use crate::catalog::shape::Shape;
use crate::catalog::{Catalog, Tool};

/// A comparison of an argument with a text.
struct Comparison<'t> {
    argument: &'t str,
    /// The text, or the first and last literal part of a pattern.
    text: String,
    operator: &'static str,
}

pub(super) fn check(catalog: &Catalog, written: Written<'_>, conditions: &Json) -> Vec<Warning> {
    let mut comparisons = Vec::new();
    walk(conditions, &mut comparisons);
    if comparisons.is_empty() {
        return Vec::new();
    }
    let in_scope = scope(written);
    let mut warnings = Vec::new();
    for Comparison { argument, text, operator } in comparisons {
        let tools: Vec<_> = catalog.tools().filter(|tool| tool.fields.contains_key(argument) && is_in(in_scope.as_deref(), tool)).collect();
        let needle = format!("input.{argument}");
        let is_free = |tool: &&Tool| tool.fields.get(argument).is_some_and(|field| matches!(field.shape, Shape::Json { .. }));
        if let Some(tool) = tools.iter().find(|tool| is_free(tool)).filter(|_| !could_be_json(&text, operator)) {
            let name = tool.name();
            let remedy = if operator == "like" {
                format!("match the JSON text, as in `context.input.{argument} like \"*{}*\"`", text.trim_matches('*'))
            } else {
                let json = format!("{text:?}");
                format!("compare with JSON, as in `context.input.{argument} == {json:?}`")
            };
            let message = format!(
                "`context.input.{argument}` of tool `{name}` is free-form, and policies see its JSON text, with quotes around strings: this \
                 comparison with `{text}` never holds; {remedy}, or give the argument one type in the tool's schema"
            );
            warnings.push(written.warning("policy.free_form", &needle, &message));
        }
    }
    warnings.dedup();
    warnings
}

/// Whether a text, or what matches a pattern, may be canonical JSON.
fn could_be_json(text: &str, operator: &str) -> bool {
    let starts = text.starts_with(['"', '[', '{', '*', '-']) || text.starts_with(|letter: char| letter.is_ascii_digit());
    let ends = text.ends_with(['"', ']', '}', '*']) || text.ends_with(|letter: char| letter.is_ascii_digit());
    if operator == "like" { starts && ends } else { serde_json::from_str::<Json>(text).is_ok() }
}

/// The actions and groups of the policy's scope; `None` for any.
fn scope(written: Written<'_>) -> Option<Vec<String>> {
    let actions = match written.policy.action_constraint() {
        ActionConstraint::Any => return None,
        ActionConstraint::In(actions) => actions,
        ActionConstraint::Eq(action) => vec![action],
    };
    Some(actions.iter().map(|action| action.id().unescaped().to_owned()).collect())
}

fn is_in(scope: Option<&[String]>, tool: &Tool) -> bool {
    scope.is_none_or(|names| names.iter().any(|name| tool.action() == name || tool.groups().contains(name)))
}

fn walk<'t>(node: &'t Json, found: &mut Vec<Comparison<'t>>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Json::Object(members) => {
            for (operator, operands) in members {
                found.extend(comparison(operator, operands));
                walk(operands, found);
            }
        }
        _ => {}
    }
}

fn comparison<'t>(operator: &str, operands: &'t Json) -> Option<Comparison<'t>> {
    let left = operands.get("left")?;
    match operator {
        "==" | "!=" => {
            let right = operands.get("right")?;
            let text = |side: &Json| side.get("Value")?.as_str().map(str::to_owned);
            let (argument, text) = argument(left).zip(text(right)).or_else(|| argument(right).zip(text(left)))?;
            Some(Comparison { argument, text, operator: "==" })
        }
        // `["a", "b"].contains(context.input.x)`: the first text that is no JSON tells enough.
        "contains" => {
            let (argument, items) = (argument(operands.get("right")?)?, left.get("Set")?.as_array()?);
            let texts = items.iter().filter_map(|item| item.get("Value")?.as_str());
            let text = texts.into_iter().find(|text| !could_be_json(text, "=="))?.to_owned();
            Some(Comparison { argument, text, operator: "==" })
        }
        "like" => Some(Comparison { argument: argument(left)?, text: pattern(operands.get("pattern")?)?, operator: "like" }),
        _ => None,
    }
}

/// The name in `context.input.name`.
fn argument(node: &Json) -> Option<&str> {
    let access = node.get(".")?;
    let input = access.get("left")?.get(".")?;
    let is_input = input.get("attr")?.as_str()? == "input" && input.get("left")?.get("Var")?.as_str()? == "context";
    is_input.then(|| access.get("attr")?.as_str()).flatten()
}

/// A pattern as it is written.
fn pattern(parts: &Json) -> Option<String> {
    let part = |part: &Json| match part {
        Json::String(_) => Some("*".to_owned()),
        other => other.get("Literal")?.as_str().map(str::to_owned),
    };
    parts.as_array()?.iter().map(part).collect()
}
