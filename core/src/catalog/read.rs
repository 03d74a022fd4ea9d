//! Reads catalogs: MCP's `tools/list`, `OpenAI`'s functions, and our own annotated format.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Deserialize;

use super::json_schema::read_parameters;
use super::{Catalog, OutputTrust, Prose, ResourceOf, Role, System, Tier, Tool, ToolEffect, Trust};
use crate::error::{Error, ErrorKind};
use crate::json::{self, Object, Value};

/// Our own format. Unknown members are errors: a misspelt `efects` must not leave a tool unclassified unnoticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a catalog")]
struct Annotated {
    #[serde(default)]
    systems: IndexMap<String, System>,
    tools: Vec<AnnotatedTool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a tool")]
struct AnnotatedTool {
    name: String,
    system: Option<String>,
    description: Option<String>,
    effects: Option<BTreeSet<ToolEffect>>,
    tier: Option<Tier>,
    roles: Option<IndexMap<String, Role>>,
    output: Option<OutputTrust>,
    resource: Option<ResourceOf>,
    parameters: Option<Value>,
}

/// MCP's `Tool`; other members (`title`, `icons`, `outputSchema`, `_meta`, …) do not bear on a decision.
#[derive(Deserialize)]
struct McpTool {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "inputSchema")]
    input_schema: Value,
    #[serde(default)]
    annotations: Option<McpHints>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "MCP's own names")]
struct McpHints {
    read_only_hint: Option<bool>,
    destructive_hint: Option<bool>,
    open_world_hint: Option<bool>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Value>,
}

pub(super) fn annotated(text: &str) -> Result<Catalog, Error> {
    let file = if text.trim_start().starts_with('[') { Annotated { systems: IndexMap::new(), tools: json::read(text)? } } else { json::read(text)? };
    let mut catalog = Catalog { systems: file.systems, ..Catalog::default() };
    for entry in file.tools {
        let name = entry.name.clone();
        let Some(parameters) = &entry.parameters else {
            return Err(invalid(&name, "`parameters` is missing"));
        };
        let Some(system) = &entry.system else {
            return Err(invalid(&name, "`system` is missing"));
        };
        let mut tool = bare(&name, "", system, parameters)?;
        entry.say_of(&mut tool)?;
        catalog.add(tool)?;
    }
    known_parents(catalog)
}

pub(super) fn annotate(mut catalog: Catalog, text: &str) -> Result<Catalog, Error> {
    let file: Annotated = json::read(text)?;
    for (name, system) in file.systems {
        catalog.systems.entry(name).or_default().parents.extend(system.parents);
    }
    for entry in file.tools {
        let name = entry.name.clone();
        if entry.parameters.is_some() {
            return Err(invalid(&name, "`parameters` come from the tool itself; an annotation cannot change them"));
        }
        let Some(mut tool) = catalog.remove(&name) else {
            return Err(invalid(&name, "is not in the catalog"));
        };
        entry.say_of(&mut tool)?;
        catalog.add(tool)?;
    }
    known_parents(catalog)
}

pub(super) fn mcp(system: &str, text: &str, trust: Trust) -> Result<Catalog, Error> {
    let tools =
        listed(json::read(text)?).ok_or_else(|| Error::new(ErrorKind::Catalog, "expected the answer to `tools/list`: an object with `tools`"))?;
    let mut catalog = Catalog::default();
    for value in tools {
        let described: McpTool = shaped(&value)?;
        let mut tool = bare(&described.name, &described.description, system, &described.input_schema)?;
        described.annotations.unwrap_or_default().say_of(&mut tool, trust);
        catalog.add(tool)?;
    }
    Ok(catalog)
}

pub(super) fn functions(system: &str, text: &str) -> Result<Catalog, Error> {
    let tools = listed(json::read(text)?).ok_or_else(|| Error::new(ErrorKind::Catalog, "expected a list of functions, or an object with `tools`"))?;
    let mut catalog = Catalog::default();
    for mut value in tools {
        if let Value::Object(members) = &mut value
            && let Some(function) = members.shift_remove("function")
        {
            value = function;
        }
        let Function { name, description, parameters } = shaped(&value)?;
        let parameters = parameters.unwrap_or_else(|| Value::Object(Object::new()));
        catalog.add(bare(&name, &description.unwrap_or_default(), system, &parameters)?)?;
    }
    Ok(catalog)
}

pub(super) fn any(system: &str, text: &str) -> Result<Catalog, Error> {
    let value: Value = json::read(text)?;
    let any_tool_has = |names: &[&str]| {
        let tools = listed(value.clone()).unwrap_or_default();
        tools.iter().any(|tool| names.iter().any(|name| tool.get(name).is_some()))
    };
    if any_tool_has(&["inputSchema"]) {
        mcp(system, text, Trust::Untrusted)
    } else if value.get("systems").is_some() || any_tool_has(&["system", "effects", "tier", "roles"]) {
        annotated(text)
    } else {
        functions(system, text)
    }
}

/// The tools in `[…]`, `{"tools": […]}` or a JSON-RPC `{"result": {"tools": […]}}`.
fn listed(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(tools) => Some(tools),
        Value::Object(mut members) => listed(members.shift_remove("tools").or_else(|| members.shift_remove("result"))?),
        _ => None,
    }
}

fn shaped<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Error> {
    let name = value.get("name").and_then(Value::as_str).unwrap_or("?").to_owned();
    T::deserialize(value).map_err(|error| invalid(&name, &error.to_string()))
}

fn bare(name: &str, description: &str, system: &str, parameters: &Value) -> Result<Tool, Error> {
    if name.is_empty() || system.is_empty() {
        return Err(invalid(name, "a tool and its system need names"));
    }
    Ok(Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        system: system.to_owned(),
        effects: BTreeSet::new(),
        tier: Tier::High,
        roles: IndexMap::new(),
        output: OutputTrust::default(),
        output_declared: false,
        prose: prose(parameters),
        resource: None,
        action: String::new(),
        groups: Vec::new(),
        fields: read_parameters(parameters).map_err(|why| invalid(name, &why))?,
    })
}

/// What the schema says of each parameter in words, wherever it stands in unions.
fn prose(parameters: &Value) -> IndexMap<String, Prose> {
    let of = |schema: &Value| {
        let text = |name| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        let branches = ["anyOf", "oneOf"].into_iter().filter_map(|name| match schema.get(name) {
            Some(Value::Array(branches)) => Some(branches),
            _ => None,
        });
        let nested = branches.flatten().chain(schema.get("items")).find_map(|branch| branch.get("format").and_then(Value::as_str));
        Prose { description: text("description").unwrap_or_default(), format: text("format").or_else(|| nested.map(str::to_owned)) }
    };
    match parameters.get("properties") {
        Some(Value::Object(properties)) => properties.iter().map(|(name, schema)| (name.clone(), of(schema))).collect(),
        _ => IndexMap::new(),
    }
}

impl AnnotatedTool {
    fn say_of(self, tool: &mut Tool) -> Result<(), Error> {
        if let Some(effects) = self.effects {
            tool.effects = effects;
            tool.tier = if tool.effects.is_empty() { Tier::High } else { Tier::Medium };
        }
        tool.tier = self.tier.unwrap_or(tool.tier);
        tool.system = self.system.unwrap_or_else(|| tool.system.clone());
        tool.description = self.description.unwrap_or_else(|| tool.description.clone());
        tool.output_declared |= self.output.is_some();
        tool.output = self.output.unwrap_or(tool.output);
        if let Some(roles) = self.roles {
            if let Some(unknown) = roles.keys().find(|name| !tool.fields.contains_key(*name)) {
                return Err(invalid(&tool.name, &format!("role given to `{unknown}`, which is not a parameter")));
            }
            tool.roles = roles;
        }
        if let Some(resource) = self.resource {
            resource.fits(&tool.fields).map_err(|why| invalid(&tool.name, &why))?;
            tool.resource = Some(resource);
        }
        Ok(())
    }
}

impl McpHints {
    /// MCP 2025-06-18, `ToolAnnotations`: hints "should be considered untrusted unless they come from a trusted
    /// server". `destructiveHint` and `openWorldHint` default to true, `readOnlyHint` to false.
    fn say_of(&self, tool: &mut Tool, trust: Trust) {
        if self.destructive_hint == Some(true) {
            tool.tier = Tier::Critical;
        }
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

fn known_parents(catalog: Catalog) -> Result<Catalog, Error> {
    for (name, system) in &catalog.systems {
        if let Some(unknown) = system.parents.iter().find(|parent| !catalog.systems.contains_key(*parent)) {
            return Err(Error::new(ErrorKind::Catalog, format!("system `{name}` is in `{unknown}`, which is not declared")));
        }
    }
    Ok(catalog)
}

fn invalid(tool: &str, why: &str) -> Error {
    Error::new(ErrorKind::Catalog, format!("tool `{tool}`: {why}"))
}
