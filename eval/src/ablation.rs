//! A suite without one of the sources its contracts are made of, and with others that its tools might have had.
//!
//! Nothing in the library is switched off: what a source says is taken out of the input.

use bailiwick::{Catalog, Language, Trust};
use serde_json::{Map, Value, json};

use crate::corpus::{Problem, Suite};

/// What is taken away or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ablation {
    /// Descriptions of tools and parameters.
    Descriptions,
    /// The verbs and nouns of `WordNet`; the words of grammar stay.
    Lexicon,
    /// What parameters are for: their names, formats and lists of values.
    Shapes,
    /// Added: a trusted server's `readOnlyHint` and `destructiveHint`, as the annotations say.
    Hints,
    /// Added: the annotations.
    Annotations,
}

impl Ablation {
    /// Each, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Descriptions, Self::Lexicon, Self::Shapes, Self::Hints, Self::Annotations];

    /// What the table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Descriptions => "without descriptions",
            Self::Lexicon => "without WordNet",
            Self::Shapes => "without names and shapes of parameters",
            Self::Hints => "with a trusted server's MCP hints",
            Self::Annotations => "annotated",
        }
    }

    /// The language that is left.
    ///
    /// # Errors
    /// None, unless our own file of grammar is wrong.
    pub fn language(self) -> Result<Language, Problem> {
        Ok(match self {
            Self::Lexicon => Language::new("", include_str!("../../core/data/english.grammar"))?,
            _ => Language::english(),
        })
    }

    /// The suite that is left; `None` where there is nothing to add.
    ///
    /// # Errors
    /// Tools that form no catalog.
    pub fn of(self, suite: &Suite) -> Result<Option<Suite>, Problem> {
        let mut tools = suite.tools.clone();
        let mut suite = suite.clone();
        match (self, &suite.annotations) {
            (Self::Annotations, Some(annotations)) => suite.catalog = suite.catalog.annotate(annotations)?,
            (Self::Hints, Some(annotations)) => {
                let tools: Vec<Value> = each_tool(&mut tools).map(|tool| hinted(tool, annotations)).collect::<Result<_, _>>()?;
                suite.catalog = Catalog::from_mcp("tools", &json!({ "tools": tools }).to_string(), Trust::Trusted)?;
            }
            (Self::Annotations | Self::Hints, None) => return Ok(None),
            (Self::Lexicon, _) => {}
            (Self::Descriptions, _) => {
                each_tool(&mut tools).for_each(without_descriptions);
                suite.catalog = Catalog::from_any("tools", &tools.to_string())?;
            }
            (Self::Shapes, _) => {
                each_tool(&mut tools).for_each(|tool| {
                    let name = tool.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                    let renamed = without_shapes(tool);
                    for call in suite.episodes.iter_mut().flat_map(|episode| &mut episode.calls).filter(|call| call.tool == name) {
                        if let Value::Object(args) = &mut call.args {
                            *args = std::mem::take(args).into_iter().map(|(name, value)| (new_name(&renamed, &name), value)).collect();
                        }
                    }
                });
                suite.catalog = Catalog::from_any("tools", &tools.to_string())?;
            }
        }
        Ok(Some(suite))
    }
}

fn each_tool(tools: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let listed = if tools.is_array() { tools.as_array_mut() } else { tools.get_mut("tools").and_then(Value::as_array_mut) };
    listed.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn schema(tool: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    let name = if tool.contains_key("inputSchema") { "inputSchema" } else { "parameters" };
    tool.get_mut(name)?.as_object_mut()
}

fn without_descriptions(tool: &mut Map<String, Value>) {
    tool.remove("description");
    let properties = schema(tool).and_then(|schema| schema.get_mut("properties")?.as_object_mut());
    for property in properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        property.remove("description");
        property.remove("title");
    }
}

/// Numbers the parameters, and takes away what tells them apart; the old names in order.
fn without_shapes(tool: &mut Map<String, Value>) -> Vec<String> {
    let Some(schema) = schema(tool) else { return Vec::new() };
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default();
    let names: Vec<String> = properties.keys().cloned().collect();
    let plain = |mut property: Value| {
        if let Value::Object(members) = &mut property {
            members.retain(|name, _| matches!(name.as_str(), "type" | "items" | "anyOf" | "properties" | "required" | "additionalProperties"));
        }
        property
    };
    let renamed: Map<String, Value> = properties.into_iter().map(|(name, property)| (new_name(&names, &name), plain(property))).collect();
    schema.insert("properties".to_owned(), Value::Object(renamed));
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        for name in required {
            *name = Value::String(new_name(&names, name.as_str().unwrap_or_default()));
        }
    }
    names
}

fn new_name(names: &[String], name: &str) -> String {
    names.iter().position(|known| known == name).map_or_else(|| name.to_owned(), |at| format!("p{at}"))
}

/// The tool as an MCP server lists it, with the hints it would give if it told the truth.
fn hinted(tool: &mut Map<String, Value>, annotations: &str) -> Result<Value, Problem> {
    let annotations: Value = serde_json::from_str(annotations)?;
    let name = tool.get("name").cloned().unwrap_or_default();
    let listed = annotations.get("tools").and_then(Value::as_array).into_iter().flatten();
    let effects = listed.filter(|listed| listed.get("name") == Some(&name)).find_map(|listed| listed.get("effects")?.as_array());
    let does = |effect: &str| effects.is_some_and(|effects| effects.iter().any(|one| one == effect));
    let only_reads = effects.is_some_and(|effects| effects.len() == 1) && does("read");
    let mut hinted = tool.clone();
    if let Some(parameters) = hinted.remove("parameters") {
        hinted.insert("inputSchema".to_owned(), parameters);
    }
    if effects.is_some() {
        hinted.insert(
            "annotations".to_owned(),
            json!({ "readOnlyHint": only_reads, "destructiveHint": does("delete") || does("execute") || does("pay") }),
        );
    }
    Ok(Value::Object(hinted))
}
