//! Tools of which nothing is known but what they take.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::schema::{self, Limits, Parameters};
use super::{OutputTrust, Prose, Tier, Tool};
use crate::error::{Error, ErrorKind};
use crate::json::Value;

/// A tool of which nothing is known but what it takes. If that cannot be read, the tool is unusable; the others are not.
pub(super) fn bare(name: &str, description: &str, system: &str, parameters: &Value, limits: &mut Limits) -> Result<Tool, Error> {
    if name.is_empty() || system.is_empty() {
        return Err(invalid(name, "a tool and its system need names"));
    }
    limits.next_tool();
    let (parameters_read, unusable) = match schema::read(parameters, limits) {
        Ok(read) => (read, None),
        Err(why) => (Parameters::default(), Some(why)),
    };
    Ok(Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        system: system.to_owned(),
        effects: BTreeSet::new(),
        tier: Tier::High,
        roles: IndexMap::new(),
        output: OutputTrust::default(),
        output_declared: false,
        hinted_to_change: false,
        prose: prose(parameters),
        server: None,
        prefix_length: 0,
        resource: None,
        action: String::new(),
        groups: Vec::new(),
        fields: parameters_read.fields,
        checks: parameters_read.checks,
        unenforced: parameters_read.unenforced,
        overlaps: parameters_read.overlaps,
        unusable,
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

pub(super) fn invalid(tool: &str, why: &str) -> Error {
    Error::new(ErrorKind::Catalog, format!("tool `{tool}`: {why}"))
}
