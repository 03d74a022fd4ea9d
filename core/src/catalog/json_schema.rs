//! JSON schema → [`Shape`].

use std::cell::Cell;

use super::shape::{Field, Fields, Shape, decimal, integer};
use crate::decimal::Decimal;
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
            let required = required.contains(&name.as_str()) && (!nullable || matches!(shape, Shape::Json { .. }));
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
            return Ok((Shape::FREE, true)); // `true`: anything
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
                _ => Ok((Shape::FREE, true)),
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
                    _ => return Ok((Shape::FREE, true)),
                }
            }
            None if members.contains_key("properties") => ("object", false),
            None => return Ok((Shape::FREE, true)),
            Some(_) => return Err("`type` must be a string or an array of strings".into()),
        };
        Ok((self.of_type(kind, members, depth)?, nullable))
    }

    fn of_type(&self, kind: &str, members: &Object, depth: usize) -> Result<Shape, String> {
        Ok(match kind {
            "boolean" => Shape::Bool,
            "integer" => Shape::Long { min: least(members, whole_above)?, max: most(members, whole_below)? },
            "number" => Shape::Decimal { min: least(members, exact)?, max: most(members, exact)?, text: false },
            "string" if members.get("format").and_then(Value::as_str) == Some("decimal") => Shape::Decimal { min: None, max: None, text: true },
            "string" => Shape::String { one_of: None, length_min: size(members, "minLength"), length_max: size(members, "maxLength") },
            "array" => match members.get("items") {
                Some(items @ Value::Object(_)) => {
                    let (shape, nullable) = self.shape(items, depth + 1)?;
                    let items = Box::new(if nullable { Shape::FREE } else { shape });
                    Shape::Set { items, count_min: size(members, "minItems"), count_max: size(members, "maxItems") }
                }
                _ => Shape::FREE,
            },
            "object" => {
                // An object that may carry members nobody declared cannot be a record: they would be invisible.
                let open = !matches!(members.get("additionalProperties"), None | Some(Value::Bool(false)));
                match members.get("properties") {
                    Some(Value::Object(properties)) if !open && !properties.is_empty() => Shape::Record(self.properties(members, properties, depth)?),
                    _ => Shape::FREE,
                }
            }
            "null" => Shape::FREE,
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
            _ => (Shape::FREE, true),
        })
    }

    fn resolve(&self, reference: &Value) -> Result<&Value, String> {
        let wrong = || "`$ref` must point into this schema, as `#/$defs/name`".to_owned();
        let pointer = reference.as_str().and_then(|text| text.strip_prefix("#/")).ok_or_else(wrong)?;
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        pointer.split('/').try_fold(self.root, |value, part| value.get(&unescape(part))).ok_or_else(wrong)
    }
}

/// One of these values; as a text where all are texts, else as their canonical JSON.
fn of_values(values: &[Value]) -> (Shape, bool) {
    let nullable = values.contains(&Value::Null);
    let texts: Option<Vec<_>> = values.iter().filter(|value| **value != Value::Null).map(|value| value.as_str().map(str::to_owned)).collect();
    match texts {
        Some(texts) if !texts.is_empty() => (Shape::String { one_of: Some(texts), length_min: None, length_max: None }, nullable),
        _ => (Shape::Json { one_of: Some(values.iter().map(Value::canonical).collect()) }, nullable),
    }
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn size(members: &Object, name: &str) -> Option<usize> {
    members.get(name).and_then(integer).and_then(|number| usize::try_from(number).ok())
}

/// A kind of number a bound can be of, and its smallest step.
trait Stepped: Copy + Ord {
    fn next(self) -> Option<Self>;
    fn previous(self) -> Option<Self>;
}

impl Stepped for i64 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

/// Arguments have at most four places, so the next number after `x` is `x + 0.0001`.
impl Stepped for Decimal {
    fn next(self) -> Option<Self> {
        self.checked_add(Self::STEP)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(Self::STEP)
    }
}

/// The least value `minimum` and `exclusiveMinimum` leave; the latter is a number, or in draft 4 a flag.
fn least<T: Stepped>(members: &Object, read: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    let inclusive = limit(members, "minimum", read)?;
    let exclusive = match members.get("exclusiveMinimum") {
        Some(Value::Bool(flag)) => inclusive.filter(|_| *flag),
        _ => limit(members, "exclusiveMinimum", read)?,
    };
    let above = exclusive.map(|limit| limit.next().ok_or("`exclusiveMinimum` leaves no number")).transpose()?;
    Ok(inclusive.max(above))
}

/// The greatest value `maximum` and `exclusiveMaximum` leave.
fn most<T: Stepped>(members: &Object, read: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    let inclusive = limit(members, "maximum", read)?;
    let exclusive = match members.get("exclusiveMaximum") {
        Some(Value::Bool(flag)) => inclusive.filter(|_| *flag),
        _ => limit(members, "exclusiveMaximum", read)?,
    };
    let below = exclusive.map(|limit| limit.previous().ok_or("`exclusiveMaximum` leaves no number")).transpose()?;
    Ok(match (inclusive, below) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    })
}

/// A bound we cannot hold exactly must not become no bound.
fn limit<T>(members: &Object, name: &str, read: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    let Some(value) = members.get(name) else { return Ok(None) };
    read(value).map(Some).ok_or_else(|| format!("`{name}` is not a number that can be held exactly: {}", value.canonical()))
}

fn exact(value: &Value) -> Option<Decimal> {
    if matches!(value, Value::String(_)) { None } else { decimal(value) }
}

/// The first integer not below the bound.
fn whole_above(value: &Value) -> Option<i64> {
    rounded(value, f64::ceil)
}

/// The last integer not above the bound.
fn whole_below(value: &Value) -> Option<i64> {
    rounded(value, f64::floor)
}

fn rounded(value: &Value, round: fn(f64) -> f64) -> Option<i64> {
    match value {
        Value::Float(number) => integer(&Value::Float(round(*number))),
        other => integer(other),
    }
}
