//! Tools as others list them: MCP's `tools/list`, functions of `OpenAI`, tools of Anthropic and of the Vercel AI SDK.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::bare::bare;
use super::schema::Limits;
use super::{Catalog, OutputTrust, Tier, Tool, ToolEffect, Trust};
use crate::error::Error;
use crate::json::{Object, Value};

/// What the schema of the arguments is called: by MCP, Anthropic and `OpenAI`.
const SCHEMAS: [&str; 3] = ["inputSchema", "input_schema", "parameters"];

/// The hints of an MCP server about one of its tools.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "MCP's own names")]
struct McpHints {
    read_only_hint: Option<bool>,
    destructive_hint: Option<bool>,
    open_world_hint: Option<bool>,
}

/// Reads a list of tools. An entry that cannot be read is an unusable tool, and takes no other down.
pub(super) fn read(system: &str, entries: Vec<Value>, trust: Trust) -> Result<Catalog, Error> {
    let (mut catalog, mut limits) = (Catalog::default(), Limits::of_a_catalog());
    for (at, entry) in entries.into_iter().enumerate() {
        catalog.add(tool(system, at, entry, trust, &mut limits)?)?;
    }
    Ok(catalog)
}

fn tool(system: &str, at: usize, entry: Value, trust: Trust, limits: &mut Limits) -> Result<Tool, Error> {
    let kind = entry.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Value::Object(mut members) = entry else {
        return unusable(system, &format!("tools[{at}]"), "it is not an object: a tool has at least a `name`", limits);
    };
    if let Some(Value::Object(function)) = members.get_mut("function").map(std::mem::take) {
        members = function;
    }
    let schema = SCHEMAS.into_iter().find_map(|name| members.get(name)).filter(|schema| **schema != Value::Null);
    let name = match members.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None if kind.is_empty() || kind == "function" => {
            return unusable(system, &format!("tools[{at}]"), "it has no `name`", limits);
        }
        None => kind.clone(),
    };
    let is_built_in = !matches!(kind.as_str(), "" | "function" | "custom" | "object");
    if is_built_in && schema.is_none() {
        let why = format!("it is a built-in tool of the model's provider (`\"type\": \"{kind}\"`), which runs it: its calls cannot be decided here");
        return unusable(system, &name, &why, limits);
    }
    let description = members.get("description").and_then(Value::as_str).unwrap_or_default();
    let mut tool = match schema {
        Some(schema) => bare(&name, description, system, unwrapped(schema), limits)?,
        // No schema: it takes no arguments.
        None => bare(&name, description, system, &Value::Object(Object::new()), limits)?,
    };
    if let Some(hints) = members.get("annotations") {
        McpHints::deserialize(hints).unwrap_or_default().say_of(&mut tool, trust);
    }
    Ok(tool)
}

/// The Vercel AI SDK wraps a schema as `{"jsonSchema": …}`.
fn unwrapped(schema: &Value) -> &Value {
    schema.get("jsonSchema").filter(|inner| inner.members().is_some() && schema.get("type").is_none()).unwrap_or(schema)
}

fn unusable(system: &str, name: &str, why: &str, limits: &mut Limits) -> Result<Tool, Error> {
    let tool = bare(name, "", system, &Value::Object(Object::new()), limits)?;
    Ok(Tool { unusable: Some(why.to_owned()), ..tool })
}

impl McpHints {
    /// MCP 2025-06-18, `ToolAnnotations`: hints "should be considered untrusted unless they come from a trusted
    /// server". `destructiveHint` and `openWorldHint` default to true, `readOnlyHint` to false.
    fn say_of(&self, tool: &mut Tool, trust: Trust) {
        if self.destructive_hint == Some(true) {
            tool.tier = Tier::Critical;
        }
        tool.hinted_to_change = self.read_only_hint == Some(false) || self.destructive_hint == Some(true);
        if trust == Trust::Untrusted {
            return;
        }
        match (self.read_only_hint, self.destructive_hint) {
            (Some(true), _) => (tool.effects, tool.tier) = (BTreeSet::from([ToolEffect::Read]), Tier::Low),
            (_, Some(false)) => (tool.effects, tool.tier) = (BTreeSet::from([ToolEffect::Write]), Tier::Medium),
            (_, Some(true)) => tool.effects = BTreeSet::from([ToolEffect::Write, ToolEffect::Delete]),
            (_, None) => {}
        }
        if self.open_world_hint == Some(false) {
            (tool.output, tool.output_declared) = (OutputTrust::Mixed, true);
        }
    }
}
