//! JSON schema, as tools declare it: what policies see of the arguments ([`Fields`]), and, where that does not tell all of
//! the schema, what else a call must satisfy ([`Rules`]).

mod compile;
pub(crate) mod number;
mod pattern;
mod reference;
pub(crate) mod rules;
mod shapes;

use super::shape::Fields;
use crate::json::{Object, Value};
use compile::Compiler;
use reference::Document;
use rules::{NodeId, Rules};
use shapes::Shapes;

/// Most parts of the schemas of one tool. Of 1,981 tools of real servers the largest has some 900.
const TOOL_PARTS_MAX: usize = 10_000;

/// Most parts of the schemas of all tools of one catalog: what 2,000 tools of fifty parts have.
const CATALOG_PARTS_MAX: usize = 100_000;

/// Most parts of the shapes of all arguments of one tool, and of all tools: what goes into the Cedar schema, where each
/// tool has what it refers to once more. The arguments of a tool that are beyond it are free-form.
const TOOL_SHAPES_MAX: usize = 2_000;
const CATALOG_SHAPES_MAX: usize = 100_000;

/// How many more parts may be read.
pub(crate) struct Limits {
    tool: usize,
    catalog: usize,
    tool_shapes: usize,
    catalog_shapes: usize,
}

impl Limits {
    pub(crate) fn of_a_catalog() -> Self {
        Self { tool: TOOL_PARTS_MAX, catalog: CATALOG_PARTS_MAX, tool_shapes: TOOL_SHAPES_MAX, catalog_shapes: CATALOG_SHAPES_MAX }
    }

    pub(crate) fn next_tool(&mut self) {
        (self.tool, self.tool_shapes) = (TOOL_PARTS_MAX, TOOL_SHAPES_MAX);
    }

    /// Whether there is room for a shape of so many parts.
    fn has_room(&mut self, parts: usize) -> bool {
        match (self.tool_shapes.checked_sub(parts), self.catalog_shapes.checked_sub(parts)) {
            (Some(tool), Some(catalog)) => {
                (self.tool_shapes, self.catalog_shapes) = (tool, catalog);
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, parts: usize) -> Result<(), String> {
        self.tool = self.tool.checked_sub(parts).ok_or_else(|| format!("its schema has more than {TOOL_PARTS_MAX} parts; make it smaller"))?;
        let left = self.catalog.checked_sub(parts);
        self.catalog = left.ok_or_else(|| format!("the schemas of the catalog have more than {CATALOG_PARTS_MAX} parts; split the catalog"))?;
        Ok(())
    }
}

/// What a tool takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// As policies see them.
    pub fields: Fields,
    /// What else must hold.
    pub checks: Checks,
    /// Keywords that are not enforced, sorted.
    pub unenforced: Vec<&'static str>,
    /// A `oneOf` has alternatives that one value may fit at once.
    pub overlaps: bool,
}

/// The rules a call must satisfy beyond the shapes of its arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    pub rules: Rules,
    /// The arguments whose shape does not tell all of their schema.
    pub arguments: Vec<(String, NodeId)>,
    /// The schema of all arguments together, where it says more than that of each.
    pub whole: Option<NodeId>,
}

/// Reads the parameters of a tool: a schema of an object.
pub(super) fn read(schema: &Value, limits: &mut Limits) -> Result<Parameters, String> {
    if schema.members().is_none() {
        return Err("its parameters are not a JSON schema: write an object such as `{\"type\": \"object\", \"properties\": {…}}`".to_owned());
    }
    let document = Document::new(schema);
    let mut compiler = Compiler::new(&document);
    let mut shapes = Shapes::new(&document);
    let view = shapes.parameters(schema, limits)?;
    let mut checks = Checks::default();
    if view.says_more {
        checks.whole = Some(compiler.node(schema, limits)?);
    } else {
        for (name, schema) in view.untold {
            checks.arguments.push((name, compiler.node(schema, limits)?));
        }
    }
    let mut unenforced: Vec<_> = compiler.unenforced.iter().copied().chain(shapes.annotations()).collect();
    unenforced.sort_unstable();
    unenforced.dedup();
    checks.rules = compiler.finish().unwrap_or_default();
    let overlaps = checks.rules.has_overlapping_alternatives();
    Ok(Parameters { fields: view.fields, checks, unenforced, overlaps })
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn member<'s>(members: &'s Object, keyword: &str) -> Option<&'s Value> {
    members.get(keyword).filter(|value| **value != Value::Null)
}
