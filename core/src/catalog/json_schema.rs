//! JSON schema → [`Shape`].

use std::cell::Cell;

use super::shape::{Field, Fields, Shape, decimal, integer};
use crate::json::{DEPTH_MAX, Object, Value};

/// Most schema nodes of one tool, references followed: real tools stay below a few hundred, and a schema that
/// refers to its parts twice at each of 20 levels would have 2^20.
const NODES_MAX: usize = 10_000;

/// The parameters of a tool: the properties of its top-level object schema.
pub(super) fn read_parameters(schema: &Value) -> Result<Fields, String> {
    let Value::Object(members) = schema else {
        return Err("parameters must be a JSON schema object".into());
    };
    match members.get("type").map(Value::as_str) {
        None | Some(Some("object")) => {}
        _ => return Err("parameters must be of type `object`".into()),
    }
    match members.get("properties") {
        None => Ok(Fields::new()),
        Some(Value::Object(properties)) => Document { root: schema, nodes_left: Cell::new(NODES_MAX) }.properties(members, properties, 0),
        Some(_) => Err("`properties` must be an object".into()),
    }
}

struct Document<'s> {
    /// Where `$ref` points into.
    root: &'s Value,
    nodes_left: Cell<usize>,
}

impl Document<'_> {
    fn properties(&self, members: &Object, properties: &Object, depth: usize) -> Result<Fields, String> {
        let required: Vec<_> = members.get("required").and_then(array).unwrap_or_default().iter().filter_map(Value::as_str).collect();
        if let Some(missing) = required.iter().find(|name| !properties.contains_key(**name)) {
            return Err(format!("required property `{missing}` is not among the properties"));
        }
        let field = |(name, schema): (&String, &Value)| {
            let (shape, nullable) = self.shape(schema, depth + 1).map_err(|why| format!("property `{name}`: {why}"))?;
            // A free-form field sees `null` as one more value; a typed one has no word for it but absence.
            let required = required.contains(&name.as_str()) && (!nullable || shape == Shape::Json);
            Ok((name.clone(), Field { shape, required }))
        };
        properties.iter().map(field).collect()
    }

    /// The shape, and whether `null` is allowed beside it.
    fn shape(&self, schema: &Value, depth: usize) -> Result<(Shape, bool), String> {
        if depth > DEPTH_MAX {
            return Err("schema is nested too deeply, or refers to itself".into());
        }
        self.nodes_left.set(self.nodes_left.get().checked_sub(1).ok_or("schema is too large when its references are followed")?);
        let Value::Object(members) = schema else {
            return Ok((Shape::Json, true)); // `true`: anything
        };
        if let Some(reference) = members.get("$ref") {
            return self.shape(self.resolve(reference)?, depth + 1);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = members.get(keyword) {
                return self.union(branches, depth);
            }
        }
        if let Some(Value::Array(parts)) = members.get("allOf") {
            return match parts.as_slice() {
                [only] => self.shape(only, depth + 1),
                _ => Ok((Shape::Json, true)),
            };
        }
        if let Some(values) = members.get("enum").and_then(array).or_else(|| members.get("const").map(std::slice::from_ref)) {
            return Ok(of_values(values));
        }
        let (kind, nullable) = match members.get("type") {
            Some(Value::String(kind)) => (kind.as_str(), false),
            Some(Value::Array(kinds)) => {
                let named: Vec<_> = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
                match named.as_slice() {
                    [kind] => (*kind, named.len() < kinds.len()),
                    _ => return Ok((Shape::Json, true)),
                }
            }
            None if members.contains_key("properties") => ("object", false),
            None => return Ok((Shape::Json, true)),
            Some(_) => return Err("`type` must be a string or an array of strings".into()),
        };
        Ok((self.of_type(kind, members, depth)?, nullable))
    }

    fn of_type(&self, kind: &str, members: &Object, depth: usize) -> Result<Shape, String> {
        Ok(match kind {
            "boolean" => Shape::Bool,
            "integer" => Shape::Long { min: bound(members, "minimum", integer), max: bound(members, "maximum", integer) },
            "number" => Shape::Decimal { min: bound(members, "minimum", decimal), max: bound(members, "maximum", decimal), text: false },
            "string" if members.get("format").and_then(Value::as_str) == Some("decimal") => Shape::Decimal { min: None, max: None, text: true },
            "string" => Shape::String { one_of: None, length_min: bound(members, "minLength", size), length_max: bound(members, "maxLength", size) },
            "array" => match members.get("items") {
                Some(items @ Value::Object(_)) => {
                    let (shape, nullable) = self.shape(items, depth + 1)?;
                    let items = Box::new(if nullable { Shape::Json } else { shape });
                    Shape::Set { items, count_min: bound(members, "minItems", size), count_max: bound(members, "maxItems", size) }
                }
                _ => Shape::Json,
            },
            "object" => {
                // An object that may carry members nobody declared cannot be a record: they would be invisible.
                let open = !matches!(members.get("additionalProperties"), None | Some(Value::Bool(false)));
                match members.get("properties") {
                    Some(Value::Object(properties)) if !open && !properties.is_empty() => Shape::Record(self.properties(members, properties, depth)?),
                    _ => Shape::Json,
                }
            }
            "null" => Shape::Json,
            other => return Err(format!("`{other}` is not a JSON schema type")),
        })
    }

    /// One shape, whichever branch; or free-form where branches differ.
    fn union(&self, branches: &[Value], depth: usize) -> Result<(Shape, bool), String> {
        let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) == Some("null");
        let nullable = branches.iter().any(|branch| is_null(&branch));
        let mut shapes = Vec::new();
        for branch in branches.iter().filter(|branch| !is_null(branch)) {
            let (shape, _) = self.shape(branch, depth + 1)?;
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        Ok(match (shapes.pop(), shapes.is_empty()) {
            (Some(only), true) => (only, nullable),
            _ => (Shape::Json, true),
        })
    }

    fn resolve(&self, reference: &Value) -> Result<&Value, String> {
        let wrong = || "`$ref` must point into this schema, as `#/$defs/name`".to_owned();
        let pointer = reference.as_str().and_then(|text| text.strip_prefix("#/")).ok_or_else(wrong)?;
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        pointer.split('/').try_fold(self.root, |value, part| value.get(&unescape(part))).ok_or_else(wrong)
    }
}

fn of_values(values: &[Value]) -> (Shape, bool) {
    let nullable = values.contains(&Value::Null);
    let texts: Option<Vec<_>> = values.iter().filter(|value| **value != Value::Null).map(|value| value.as_str().map(str::to_owned)).collect();
    match texts {
        Some(texts) if !texts.is_empty() => (Shape::String { one_of: Some(texts), length_min: None, length_max: None }, nullable),
        _ => (Shape::Json, true),
    }
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn bound<T>(members: &Object, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    members.get(name).and_then(read)
}

fn size(value: &Value) -> Option<usize> {
    integer(value).and_then(|number| usize::try_from(number).ok())
}
