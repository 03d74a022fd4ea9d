//! Reads catalogs: MCP's `tools/list`, `OpenAI`'s functions, and our own annotated format.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Deserialize;

use super::bare::{bare, invalid};
use super::schema::Limits;
use super::unread;
use super::{Catalog, OutputTrust, ResourceOf, Role, System, Tier, Tool, ToolEffect, Trust, foreign};
use crate::error::{Error, ErrorKind};
use crate::json::{self, Object, Value};

/// Our own format. Unknown members are errors: a misspelt `efects` must not leave a tool unclassified unnoticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `tools`")]
struct Annotated {
    #[serde(default)]
    systems: IndexMap<String, System>,
    tools: Vec<AnnotatedTool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `name`, `effects` and `parameters`")]
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

pub(super) fn annotated(text: &str) -> Result<Catalog, Error> {
    let document = Value::parse_schema(text)?;
    if document.get("annotations").is_some() {
        return Err(Error::new(ErrorKind::Catalog, unread::of_list("annotations")));
    }
    let file = if text.trim_start().starts_with('[') {
        Annotated { systems: IndexMap::new(), tools: json::shaped(&document, text)? }
    } else {
        json::shaped(&document, text)?
    };
    built(file, None)
}

/// What our own format says; tools that name no system belong to `system`, where one is given.
fn built(file: Annotated, system: Option<&str>) -> Result<Catalog, Error> {
    let mut catalog = Catalog { systems: file.systems, ..Catalog::default() };
    let mut limits = Limits::of_a_catalog();
    for entry in file.tools {
        let name = entry.name.clone();
        let Some(parameters) = &entry.parameters else {
            return Err(invalid(&name, "`parameters` is missing"));
        };
        let Some(system) = entry.system.as_deref().or(system) else {
            return Err(invalid(&name, "`system` is missing"));
        };
        let mut tool = bare(&name, "", system, parameters, &mut limits)?;
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
            return Err(invalid(&name, &not_there(&catalog, &name)));
        };
        entry.say_of(&mut tool)?;
        catalog.add(tool)?;
    }
    known_parents(catalog)
}

/// Annotations name tools as calls do, with the prefix of their server.
fn not_there(catalog: &Catalog, name: &str) -> String {
    let full: Vec<_> = catalog.tools().filter(|tool| tool.own_name() == name).map(|tool| format!("`{}`", tool.name)).collect();
    if full.is_empty() {
        return "is not among the tools these annotations are for: correct the name, or write the entry where all tools are known, in the directory's \
                `annotations.json`"
            .to_owned();
    }
    format!("is not in the catalog; tools of a server with a prefix are called by their whole name: {}", full.join(", "))
}

pub(super) fn mcp(system: &str, text: &str, trust: Trust) -> Result<Catalog, Error> {
    of_mcp(system, Value::parse_schema(text)?, trust)
}

pub(super) fn of_mcp(system: &str, document: Value, trust: Trust) -> Result<Catalog, Error> {
    of_others(system, document, trust, "the answer to `tools/list`, an object with a list `tools`,")
}

pub(super) fn functions(system: &str, text: &str) -> Result<Catalog, Error> {
    of_functions(system, Value::parse_schema(text)?)
}

pub(super) fn of_functions(system: &str, document: Value) -> Result<Catalog, Error> {
    of_others(system, document, Trust::Untrusted, "a list of tools, or an object with a list `tools`,")
}

/// Tools in another format than ours.
fn of_others(system: &str, document: Value, trust: Trust, expected: &str) -> Result<Catalog, Error> {
    let unread = unread::members(&document, tools_in(&document));
    let found = found(&document);
    let tools = listed(document).ok_or_else(|| Error::new(ErrorKind::Catalog, format!("{expected} is needed, not {found}")))?;
    Ok(Catalog { unread, ..foreign::read(system, tools, trust)? })
}

/// What was given in place of tools, in words.
fn found(document: &Value) -> String {
    match document {
        Value::Object(members) => match (members.get("tools"), members.keys().next()) {
            (Some(Value::Object(_)), _) => "an object whose `tools` are an object: each tool has its name in the member `name`".to_owned(),
            (Some(_), _) => "an object whose `tools` are no list".to_owned(),
            (None, Some(name)) => format!("an object with `{}`", crate::shape::shown(name)),
            (None, None) => "an empty object".to_owned(),
        },
        Value::String(_) => "a string".to_owned(),
        other => other.canonical(),
    }
}

/// The three formats, told apart by their members.
pub(super) enum Format {
    Annotated,
    Mcp,
    Functions,
}

impl Format {
    pub(super) fn of(document: &Value) -> Self {
        let any_tool_has = |names: &[&str]| tools_in(document).iter().any(|tool| names.iter().any(|name| tool.get(name).is_some()));
        if any_tool_has(&["inputSchema", "input_schema"]) {
            Self::Mcp
        } else if document.get("systems").is_some() || any_tool_has(&["system", "effects", "tier", "roles"]) {
            Self::Annotated
        } else {
            Self::Functions
        }
    }
}

/// The tools of one server, in any of the three formats.
pub(super) fn of_server(system: &str, document: Value, trust: Trust) -> Result<Catalog, Error> {
    match Format::of(&document) {
        Format::Mcp => of_mcp(system, document, trust),
        Format::Functions => of_functions(system, document),
        Format::Annotated => {
            let document =
                if let Value::Array(tools) = document { Value::Object(Object::from([("tools".to_owned(), Value::Array(tools))])) } else { document };
            let file = Annotated::deserialize(&document).map_err(|error| Error::new(ErrorKind::Catalog, error.to_string()))?;
            if trust == Trust::Untrusted {
                file.says_nothing_of_its_own(system)?;
            }
            built(file, Some(system))
        }
    }
}

impl Annotated {
    /// Fails if it says of its own tools what only the operator can say.
    fn says_nothing_of_its_own(&self, system: &str) -> Result<(), Error> {
        let refused = |what: &str| {
            let remedy =
                "only a trusted server may: set `trust` to `trusted` if you have written or reviewed this document, or say it in annotations";
            Error::new(ErrorKind::Catalog, format!("{what}, which {remedy}"))
        };
        if !self.systems.is_empty() {
            return Err(refused("`systems` are declared"));
        }
        for tool in &self.tools {
            let said = [
                ("system", tool.system.as_deref().is_some_and(|said| said != system)),
                ("effects", tool.effects.is_some()),
                ("tier", tool.tier.is_some()),
                ("roles", tool.roles.is_some()),
                ("output", tool.output.is_some()),
                ("resource", tool.resource.is_some()),
            ];
            if let Some((member, _)) = said.into_iter().find(|(_, is_said)| *is_said) {
                return Err(refused(&format!("tool `{}` declares its `{member}`", tool.name)));
            }
        }
        Ok(())
    }
}

/// The tools in a document that may be read by [`listed`].
fn tools_in(document: &Value) -> &[Value] {
    match document {
        Value::Array(tools) => tools,
        Value::Object(members) => members.get("tools").or_else(|| members.get("result")).map_or(&[], tools_in),
        _ => &[],
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
        if tool.unusable.is_some() {
            return Ok(()); // Its parameters are not known.
        }
        if let Some(roles) = self.roles {
            if let Some(unknown) = roles.keys().find(|name| !tool.fields.contains_key(*name)) {
                return Err(invalid(
                    &tool.name,
                    &format!(
                        "role given to `{unknown}`, which is not a parameter; there are: {}",
                        tool.fields.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    ),
                ));
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

fn known_parents(catalog: Catalog) -> Result<Catalog, Error> {
    for (name, system) in &catalog.systems {
        if let Some(unknown) = system.parents.iter().find(|parent| !catalog.systems.contains_key(*parent)) {
            return Err(Error::new(ErrorKind::Catalog, format!("system `{name}` is in `{unknown}`, which is not declared")));
        }
    }
    Ok(catalog)
}
