//! The shape of an argument: read from JSON schema, checked at every call, written into the Cedar schema.

use std::fmt;

use indexmap::IndexMap;

use crate::decimal::Decimal;
use crate::json::{Object, Value};

/// Deepest schema we follow, references included; the same bound as for values.
const SCHEMA_DEPTH_MAX: usize = crate::json::DEPTH_MAX;

/// What a value must look like. What Cedar cannot type (free-form objects, unions, tuples) is [`Shape::Json`]:
/// policies see its canonical text, so no argument is invisible to them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Long { min: Option<i64>, max: Option<i64> },
    /// A JSON number, or with `text` a string that spells one (`"format": "decimal"`); never either.
    Decimal { min: Option<Decimal>, max: Option<Decimal>, text: bool },
    String { one_of: Option<Vec<String>>, length_min: Option<usize>, length_max: Option<usize> },
    Set { items: Box<Shape>, count_min: Option<usize>, count_max: Option<usize> },
    Record(Fields),
    Json,
    /// Only in the host's own facts: Cedar types JSON schema has no word for.
    Entity(String),
    Extension(Extension),
}

pub(crate) type Fields = IndexMap<String, Field>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub shape: Shape,
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Extension {
    Ip,
    Datetime,
    Duration,
}

/// A checked value, as typed as Cedar needs it. Optional members that were `null` are gone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    Bool(bool),
    Long(i64),
    Decimal(Decimal),
    String(String),
    Set(Vec<Typed>),
    Record(IndexMap<String, Typed>),
    Entity { kind: String, id: String },
    Extension(Extension, String),
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misfit {
    pub kind: MisfitKind,
    pub path: String,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MisfitKind {
    Missing,
    Unknown,
    Invalid,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.detail)
    }
}

impl Shape {
    pub(crate) const TEXT: Self = Self::String { one_of: None, length_min: None, length_max: None };

    /// The value, typed; or why it does not fit.
    pub(crate) fn check(&self, value: &Value, path: &str) -> Result<Typed, Misfit> {
        let invalid = |detail: String| Misfit { kind: MisfitKind::Invalid, path: path.to_owned(), detail };
        match (self, value) {
            (Self::Bool, Value::Bool(value)) => Ok(Typed::Bool(*value)),
            (Self::Long { min, max }, value) => {
                let number = integer(value).ok_or_else(|| invalid("must be a 64-bit integer".into()))?;
                within(&number, min.as_ref(), max.as_ref()).map_err(invalid)?;
                Ok(Typed::Long(number))
            }
            (Self::Decimal { min, max, text }, value) if matches!(value, Value::String(_)) == *text => {
                let number = decimal(value).ok_or_else(|| invalid("must be a number with at most four decimal places".into()))?;
                within(&number, min.as_ref(), max.as_ref()).map_err(invalid)?;
                Ok(Typed::Decimal(number))
            }
            (Self::String { one_of, length_min, length_max }, Value::String(text)) => {
                if one_of.as_ref().is_some_and(|allowed| !allowed.contains(text)) {
                    return Err(invalid("is not one of the values the schema lists".into()));
                }
                if length_min.is_some() || length_max.is_some() {
                    within(&text.chars().count(), length_min.as_ref(), length_max.as_ref()).map_err(|detail| invalid(format!("length {detail}")))?;
                }
                Ok(Typed::String(text.clone()))
            }
            (Self::Set { items, count_min, count_max }, Value::Array(values)) => {
                within(&values.len(), count_min.as_ref(), count_max.as_ref()).map_err(|detail| invalid(format!("count {detail}")))?;
                let typed = values.iter().enumerate().map(|(index, value)| items.check(value, &format!("{path}[{index}]")));
                Ok(Typed::Set(typed.collect::<Result<_, _>>()?))
            }
            (Self::Record(fields), Value::Object(members)) => Ok(Typed::Record(check_fields(fields, members, path)?)),
            (Self::Json, value) if !is_exact(value) => Err(invalid("holds an integer too large to be read exactly".into())),
            (Self::Json, value) => Ok(Typed::String(value.canonical())),
            (Self::Entity(kind), Value::String(id)) => Ok(Typed::Entity { kind: kind.clone(), id: id.clone() }),
            (Self::Extension(extension), Value::String(text)) => Ok(Typed::Extension(*extension, text.clone())),
            (expected, _) => Err(invalid(format!("must be {}", expected.noun()))),
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Long { .. } => "an integer",
            Self::Decimal { text: false, .. } => "a number",
            Self::Decimal { text: true, .. } => "a number, as a string",
            Self::String { .. } => "a string",
            Self::Set { .. } => "an array",
            Self::Record(_) => "an object",
            Self::Json => "a JSON value",
            Self::Entity(_) => "the id of an entity, as a string",
            Self::Extension(Extension::Ip) => "an IP address, as a string",
            Self::Extension(Extension::Datetime) => "a date and time, as a string",
            Self::Extension(Extension::Duration) => "a duration, as a string",
        }
    }

    /// The shape a JSON schema describes, and whether `null` is allowed beside it. `root` is the document, for `$ref`.
    fn read(schema: &Value, root: &Value, depth: usize) -> Result<(Self, bool), String> {
        if depth > SCHEMA_DEPTH_MAX {
            return Err("schema is nested too deeply, or refers to itself".into());
        }
        let Value::Object(members) = schema else {
            return Ok((Self::Json, true)); // `true`: anything
        };
        if let Some(reference) = members.get("$ref") {
            let target = resolve(reference, root)?;
            return Self::read(target, root, depth + 1);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = members.get(keyword) {
                return Self::read_union(branches, root, depth);
            }
        }
        if let Some(Value::Array(parts)) = members.get("allOf") {
            return match parts.as_slice() {
                [only] => Self::read(only, root, depth + 1),
                _ => Ok((Self::Json, true)),
            };
        }
        if let Some(values) = members.get("enum").and_then(array).or_else(|| members.get("const").map(std::slice::from_ref)) {
            return Ok(Self::of_values(values));
        }
        let (kind, nullable) = match members.get("type") {
            Some(Value::String(kind)) => (kind.as_str(), false),
            Some(Value::Array(kinds)) => {
                let named: Vec<_> = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
                match named.as_slice() {
                    [kind] => (*kind, named.len() < kinds.len()),
                    _ => return Ok((Self::Json, true)),
                }
            }
            None if members.contains_key("properties") => ("object", false),
            None => return Ok((Self::Json, true)),
            Some(_) => return Err("`type` must be a string or an array of strings".into()),
        };
        let shape = match kind {
            "boolean" => Self::Bool,
            "integer" => Self::Long { min: bound(members, "minimum", integer), max: bound(members, "maximum", integer) },
            "number" => Self::Decimal { min: bound(members, "minimum", decimal), max: bound(members, "maximum", decimal), text: false },
            "string" if members.get("format").and_then(Value::as_str) == Some("decimal") => Self::Decimal { min: None, max: None, text: true },
            "string" => Self::String { one_of: None, length_min: bound(members, "minLength", size), length_max: bound(members, "maxLength", size) },
            "array" => match members.get("items") {
                Some(items @ Value::Object(_)) => {
                    let (shape, nullable) = Self::read(items, root, depth + 1)?;
                    let items = Box::new(if nullable { Self::Json } else { shape });
                    Self::Set { items, count_min: bound(members, "minItems", size), count_max: bound(members, "maxItems", size) }
                }
                _ => Self::Json,
            },
            "object" => Self::read_object(members, root, depth)?,
            "null" => Self::Json,
            other => return Err(format!("`{other}` is not a JSON schema type")),
        };
        Ok((shape, nullable))
    }

    fn read_union(branches: &[Value], root: &Value, depth: usize) -> Result<(Self, bool), String> {
        let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) == Some("null");
        let nullable = branches.iter().any(|branch| is_null(&branch));
        let mut shapes = Vec::new();
        for branch in branches.iter().filter(|branch| !is_null(branch)) {
            let (shape, _) = Self::read(branch, root, depth + 1)?;
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        Ok(match (shapes.pop(), shapes.is_empty()) {
            (Some(only), true) => (only, nullable),
            _ => (Self::Json, true),
        })
    }

    fn read_object(members: &Object, root: &Value, depth: usize) -> Result<Self, String> {
        // An object that may carry members nobody declared cannot be a record: they would be invisible.
        let open = !matches!(members.get("additionalProperties"), None | Some(Value::Bool(false)));
        match members.get("properties") {
            Some(Value::Object(properties)) if !open && !properties.is_empty() => {
                Ok(Self::Record(read_properties(members, properties, root, depth)?))
            }
            _ => Ok(Self::Json),
        }
    }

    fn of_values(values: &[Value]) -> (Self, bool) {
        let nullable = values.contains(&Value::Null);
        let texts: Option<Vec<_>> = values.iter().filter(|value| **value != Value::Null).map(|value| value.as_str().map(str::to_owned)).collect();
        match texts {
            Some(texts) if !texts.is_empty() => (Self::String { one_of: Some(texts), length_min: None, length_max: None }, nullable),
            _ => (Self::Json, true),
        }
    }
}

/// The parameters of a tool: the properties of its top-level object schema.
pub(crate) fn read_parameters(schema: &Value) -> Result<Fields, String> {
    let Value::Object(members) = schema else {
        return Err("parameters must be a JSON schema object".into());
    };
    match members.get("type").map(Value::as_str) {
        None | Some(Some("object")) => {}
        _ => return Err("parameters must be of type `object`".into()),
    }
    match members.get("properties") {
        None => Ok(Fields::new()),
        Some(Value::Object(properties)) => read_properties(members, properties, schema, 0),
        Some(_) => Err("`properties` must be an object".into()),
    }
}

fn read_properties(members: &Object, properties: &Object, root: &Value, depth: usize) -> Result<Fields, String> {
    let required: Vec<_> = members.get("required").and_then(array).unwrap_or_default().iter().filter_map(Value::as_str).collect();
    if let Some(missing) = required.iter().find(|name| !properties.contains_key(**name)) {
        return Err(format!("required property `{missing}` is not among the properties"));
    }
    let field = |(name, schema): (&String, &Value)| {
        let (shape, nullable) = Shape::read(schema, root, depth + 1).map_err(|why| format!("property `{name}`: {why}"))?;
        // A free-form field sees `null` as one more value; a typed one has no word for it but absence.
        let required = required.contains(&name.as_str()) && (!nullable || shape == Shape::Json);
        Ok((name.clone(), Field { shape, required }))
    };
    properties.iter().map(field).collect()
}

/// The members of an object against its fields: nothing missing, nothing unknown.
pub(crate) fn check_fields(fields: &Fields, members: &Object, path: &str) -> Result<IndexMap<String, Typed>, Misfit> {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let misfit = |kind, name: &str, detail: &str| Misfit { kind, path: below(name), detail: detail.to_owned() };
    if let Some(unknown) = members.keys().find(|name| !fields.contains_key(*name)) {
        return Err(misfit(MisfitKind::Unknown, unknown, "is not in the schema"));
    }
    let mut typed = IndexMap::with_capacity(members.len());
    for (name, field) in fields {
        match members.get(name) {
            Some(Value::Null) if !field.required && field.shape != Shape::Json => {}
            Some(value) => {
                typed.insert(name.clone(), field.shape.check(value, &below(name))?);
            }
            None if field.required => return Err(misfit(MisfitKind::Missing, name, "is required")),
            None => {}
        }
    }
    Ok(typed)
}

fn resolve<'v>(reference: &Value, root: &'v Value) -> Result<&'v Value, String> {
    let wrong = || "`$ref` must point into this schema, as `#/$defs/name`".to_owned();
    let pointer = reference.as_str().and_then(|text| text.strip_prefix("#/")).ok_or_else(wrong)?;
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    pointer.split('/').try_fold(root, |value, part| value.get(&unescape(part))).ok_or_else(wrong)
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

/// Up to here a double counts exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// JavaScript has one kind of number, so `5.0` is the integer 5.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < EXACT => Some(*number as i64),
        _ => None,
    }
}

/// Whether every reader of this JSON holds the same numbers: a larger integer may have been rounded to a double.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.fract() != 0.0 || number.abs() < EXACT,
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        _ => true,
    }
}

pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(number) => Decimal::from_i64(*number),
        Value::Float(number) => Decimal::from_f64(*number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn within<T: PartialOrd + fmt::Display>(value: &T, min: Option<&T>, max: Option<&T>) -> Result<(), String> {
    match (min, max) {
        (Some(min), _) if value < min => Err(format!("must be at least {min}")),
        (_, Some(max)) if value > max => Err(format!("must be at most {max}")),
        _ => Ok(()),
    }
}
