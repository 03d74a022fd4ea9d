//! The shape of an argument: checked at every call, written into the Cedar schema.

use std::fmt;

use indexmap::IndexMap;

use crate::decimal::Decimal;
use crate::json::{Object, Value};

/// What a value must look like. What Cedar cannot type (free-form objects, unions, tuples) is [`Shape::Json`]:
/// policies see its canonical text, so no argument is invisible to them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Long {
        min: Option<i64>,
        max: Option<i64>,
    },
    /// A JSON number, or with `text` a string that spells one (`"format": "decimal"`); never either.
    Decimal {
        min: Option<Decimal>,
        max: Option<Decimal>,
        text: bool,
    },
    String {
        one_of: Option<Vec<String>>,
        length_min: Option<usize>,
        length_max: Option<usize>,
    },
    Set {
        items: Box<Shape>,
        count_min: Option<usize>,
        count_max: Option<usize>,
    },
    Record(Fields),
    Json {
        one_of: Option<Vec<String>>,
    },
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
pub(crate) enum Typed<'c> {
    Bool(bool),
    Long(i64),
    Decimal(Decimal),
    String(&'c str),
    /// Free-form: the canonical text, a string to Cedar.
    Json(String),
    Set(Vec<Typed<'c>>),
    Record(Members<'c>),
    Entity {
        kind: &'c str,
        id: &'c str,
    },
    Extension(Extension, &'c str),
}

/// Checked members, in the order of their fields. There are few: one after the other is the fastest way to find one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Members<'c>(Vec<(&'c str, Typed<'c>)>);

impl<'c> Members<'c> {
    pub(crate) fn get(&self, name: &str) -> Option<&Typed<'c>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'c str, &Typed<'c>)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}

impl<'c> FromIterator<(&'c str, Typed<'c>)> for Members<'c> {
    fn from_iter<I: IntoIterator<Item = (&'c str, Typed<'c>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
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
    /// Anything at all.
    pub(crate) const FREE: Self = Self::Json { one_of: None };
    pub(crate) const TEXT: Self = Self::String { one_of: None, length_min: None, length_max: None };

    /// The value, typed; or why it does not fit.
    pub(crate) fn check<'c>(&'c self, value: &'c Value) -> Result<Typed<'c>, Misfit> {
        let invalid = |detail: String| Misfit { kind: MisfitKind::Invalid, path: String::new(), detail };
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
                Ok(Typed::String(text))
            }
            (Self::Set { items, count_min, count_max }, Value::Array(values)) => {
                within(&values.len(), count_min.as_ref(), count_max.as_ref()).map_err(|detail| invalid(format!("count {detail}")))?;
                let typed = values.iter().enumerate().map(|(index, value)| items.check(value).map_err(|misfit| misfit.within(&format!("[{index}]"))));
                Ok(Typed::Set(typed.collect::<Result<_, _>>()?))
            }
            (Self::Record(fields), Value::Object(members)) => Ok(Typed::Record(check_fields(fields, members)?)),
            (Self::Json { .. }, value) if !is_exact(value) => Err(invalid("holds an integer too large to be read exactly".into())),
            (Self::Json { one_of }, value) => {
                let text = value.canonical();
                if one_of.as_ref().is_some_and(|allowed| !allowed.contains(&text)) {
                    return Err(invalid("is not one of the values the schema lists".into()));
                }
                Ok(Typed::Json(text))
            }
            (Self::Entity(kind), Value::String(id)) => Ok(Typed::Entity { kind, id }),
            (Self::Extension(extension), Value::String(text)) => Ok(Typed::Extension(*extension, text)),
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
            Self::Json { .. } => "a JSON value",
            Self::Entity(_) => "the id of an entity, as a string",
            Self::Extension(Extension::Ip) => "an IP address, as a string",
            Self::Extension(Extension::Datetime) => "a date and time, as a string",
            Self::Extension(Extension::Duration) => "a duration, as a string",
        }
    }
}

impl Misfit {
    fn of(kind: MisfitKind, name: &str, detail: &str) -> Self {
        Self { kind, path: name.to_owned(), detail: detail.to_owned() }
    }

    /// The same, seen from what it is in.
    fn within(mut self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{outer}{dot}{}", self.path);
        self
    }
}

/// The members of an object against its fields: nothing missing, nothing unknown.
pub(crate) fn check_fields<'c>(fields: &'c Fields, members: &'c Object) -> Result<Members<'c>, Misfit> {
    // Mostly they stand in the order of their fields.
    let is_known = |(place, name): (usize, &String)| fields.get_index(place).is_some_and(|(field, _)| field == name) || fields.contains_key(name);
    if let Some((_, unknown)) = members.keys().enumerate().find(|(place, name)| !is_known((*place, name))) {
        return Err(Misfit::of(MisfitKind::Unknown, unknown, "is not in the schema"));
    }
    let mut typed = Vec::with_capacity(members.len());
    for (place, (name, field)) in fields.iter().enumerate() {
        let here = members.get_index(place).filter(|(member, _)| *member == name).map(|(_, value)| value);
        match here.or_else(|| members.get(name)) {
            Some(Value::Null) if !field.required && !matches!(field.shape, Shape::Json { .. }) => {}
            Some(value) => typed.push((name.as_str(), field.shape.check(value).map_err(|misfit| misfit.within(name))?)),
            None if field.required => return Err(Misfit::of(MisfitKind::Missing, name, "is required")),
            None => {}
        }
    }
    Ok(Members(typed))
}

/// Up to here a double counts exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// JavaScript has one kind of number, so `5.0` is the integer 5.
pub(super) fn integer(value: &Value) -> Option<i64> {
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
