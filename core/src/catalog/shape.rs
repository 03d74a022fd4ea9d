//! The shape of an argument: checked at every call, written into the Cedar schema.

use std::fmt;

use indexmap::IndexMap;

use super::schema::number::Number;
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
        min: Option<Bound>,
        max: Option<Bound>,
        text: bool,
    },
    String {
        one_of: Option<Vec<String>>,
        length_min: Option<usize>,
        length_max: Option<usize>,
    },
    Set {
        items: Box<Shape>,
        /// An item may be `null`; policies do not see it among the others.
        nullable: bool,
        /// One item may be given alone, without a list around it (`string | string[]`).
        lone: bool,
        count_min: Option<usize>,
        count_max: Option<usize>,
    },
    Record(Fields),
    Json {
        one_of: Option<Vec<String>>,
    },
    /// `null` and nothing else: never there, as far as policies see.
    Null,
    /// Only in the host's own facts: Cedar types JSON schema has no word for.
    Entity(String),
    Extension(Extension),
}

pub(crate) type Fields = IndexMap<String, Field>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub shape: Shape,
    /// It is there in every valid call, if only as `null`.
    pub required: bool,
    /// `null` is one of its values.
    pub nullable: bool,
}

/// A limit a number may reach, or with `exclusive` only approach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub limit: Number,
    pub exclusive: bool,
}

/// What of a call's arguments policies cannot see in `context.input`.
#[derive(Debug, Default)]
pub(crate) struct Unseen<'c> {
    /// Arguments that hold a number no Cedar type holds exactly.
    pub inexact: Vec<&'c str>,
    /// Where `null` was given, as `note`, `filter.since` or `to[]`: there, `context.input` has nothing.
    pub nulls: Vec<String>,
    /// A number of the argument that is being checked.
    has_inexact: bool,
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
    /// A number that no Cedar type holds: more than four decimal places, or too large.
    Number(&'c Value),
    String(&'c str),
    /// Free-form: the canonical text, a string to Cedar.
    Json(String),
    Set(Vec<Typed<'c>>),
    /// What was given alone where a list is allowed: to policies, a set of one.
    Lone(Box<Typed<'c>>),
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

    /// One value, not a list or record.
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Self::Bool | Self::Long { .. } | Self::Decimal { .. } | Self::String { .. })
    }

    /// Whether it has numbers that may have more places than Cedar's `decimal` holds.
    pub(crate) fn has_numbers(&self) -> bool {
        match self {
            Self::Decimal { text: false, .. } => true,
            Self::Set { items, .. } => items.has_numbers(),
            Self::Record(fields) => fields.values().any(|field| field.shape.has_numbers()),
            _ => false,
        }
    }

    /// The value, typed; or why it does not fit.
    pub(crate) fn check<'c>(&'c self, value: &'c Value, unseen: &mut Unseen<'c>) -> Result<Typed<'c>, Misfit> {
        let invalid = |detail: String| Misfit { kind: MisfitKind::Invalid, path: String::new(), detail };
        match (self, value) {
            (Self::Bool, Value::Bool(value)) => Ok(Typed::Bool(*value)),
            (Self::Long { min, max }, value) => {
                let number = integer(value).ok_or_else(|| invalid("must be a 64-bit integer".into()))?;
                within(&number, min.as_ref(), max.as_ref()).map_err(invalid)?;
                Ok(Typed::Long(number))
            }
            (Self::Decimal { min, max, text: false }, Value::Int(_) | Value::Float(_)) => {
                if let Some(number) = Number::of(value) {
                    bounded(number, min.as_ref(), max.as_ref()).map_err(invalid)?;
                }
                Ok(decimal(value).map_or_else(
                    || {
                        unseen.has_inexact = true;
                        Typed::Number(value)
                    },
                    Typed::Decimal,
                ))
            }
            (Self::Decimal { text: true, .. }, Value::String(_)) => {
                let wrong = || invalid("must spell a number with at most four decimal places, as \"12.50\"".into());
                decimal(value).map(Typed::Decimal).ok_or_else(wrong)
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
            (Self::Set { items, nullable, count_min, count_max, .. }, Value::Array(values)) => {
                within(&values.len(), count_min.as_ref(), count_max.as_ref()).map_err(|detail| invalid(format!("count {detail}")))?;
                let (mut typed, from) = (Vec::with_capacity(values.len()), unseen.nulls.len());
                for (index, value) in values.iter().enumerate() {
                    let since = unseen.nulls.len();
                    if *nullable && *value == Value::Null && !matches!(**items, Self::Json { .. }) {
                        unseen.nulls.push(String::new());
                    } else {
                        typed.push(items.check(value, unseen).map_err(|misfit| misfit.within(&format!("[{index}]")))?);
                    }
                    if unseen.nulls.len() > since {
                        unseen.forget_repeated(from, since);
                    }
                }
                unseen.place_within(from, "[]");
                Ok(Typed::Set(typed))
            }
            (Self::Set { items, lone: true, .. }, value) => Ok(Typed::Lone(Box::new(items.check(value, unseen)?))),
            (Self::Record(fields), Value::Object(members)) => Ok(Typed::Record(check_fields(fields, members, unseen)?)),
            (Self::Json { one_of }, value) => {
                unseen.has_inexact |= !is_exact(value);
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

    fn present(&self, value: &Value) -> Value {
        match (self, value) {
            (Self::Record(fields), Value::Object(members)) => Value::Object(present(fields, members)),
            (Self::Set { items, .. }, Value::Array(values)) => Value::Array(values.iter().map(|value| items.present(value)).collect()),
            (Self::Set { items, lone: true, .. }, value) => items.present(value),
            _ => value.clone(),
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
            Self::Null => "null",
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
    pub(super) fn within(mut self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{outer}{dot}{}", self.path);
        self
    }
}

impl Unseen<'_> {
    /// Puts the places noted since `from` within `outer`.
    fn place_within(&mut self, from: usize, outer: &str) {
        for place in self.nulls.iter_mut().skip(from) {
            let dot = if place.is_empty() || place.starts_with('[') { "" } else { "." };
            *place = format!("{outer}{dot}{place}");
        }
    }

    /// Notes a place once, however many items of a list have a `null` there.
    fn forget_repeated(&mut self, from: usize, since: usize) {
        let mut added = self.nulls.split_off(since);
        added.retain(|place| !self.nulls.iter().skip(from).any(|known| known == place));
        self.nulls.append(&mut added);
    }
}

/// The arguments of a call against the parameters of its tool.
pub(crate) fn check_arguments<'c>(fields: &'c Fields, members: &'c Object) -> Result<(Members<'c>, Unseen<'c>), Misfit> {
    let mut unseen = Unseen::default();
    let typed = check_each(fields, members, &mut unseen, |unseen, name| {
        if std::mem::take(&mut unseen.has_inexact) {
            unseen.inexact.push(name);
        }
    })?;
    Ok((typed, unseen))
}

/// The members of an object against its fields: nothing missing, nothing unknown.
pub(crate) fn check_fields<'c>(fields: &'c Fields, members: &'c Object, unseen: &mut Unseen<'c>) -> Result<Members<'c>, Misfit> {
    check_each(fields, members, unseen, |_, _| {})
}

/// The members that were given: `null` for an optional one that cannot be `null` is how agents leave it out.
pub(crate) fn present(fields: &Fields, members: &Object) -> Object {
    let given = |(name, value): (&String, &Value)| match fields.get(name) {
        Some(field) if *value == Value::Null && !field.required && !field.nullable => None,
        Some(field) => Some((name.clone(), field.shape.present(value))),
        None => Some((name.clone(), value.clone())),
    };
    members.iter().filter_map(given).collect()
}

fn check_each<'c>(
    fields: &'c Fields,
    members: &'c Object,
    unseen: &mut Unseen<'c>,
    checked: impl Fn(&mut Unseen<'c>, &'c str),
) -> Result<Members<'c>, Misfit> {
    // Mostly they stand in the order of their fields.
    let is_known = |(place, name): (usize, &String)| fields.get_index(place).is_some_and(|(field, _)| field == name) || fields.contains_key(name);
    if let Some((_, unknown)) = members.keys().enumerate().find(|(place, name)| !is_known((*place, name))) {
        return Err(Misfit::of(MisfitKind::Unknown, unknown, "is not in the schema"));
    }
    let mut typed = Vec::with_capacity(members.len());
    for (place, (name, field)) in fields.iter().enumerate() {
        let here = members.get_index(place).filter(|(member, _)| *member == name).map(|(_, value)| value);
        match here.or_else(|| members.get(name)) {
            Some(Value::Null) if field.omits_null() => unseen.nulls.push(name.clone()),
            Some(value) => {
                let from = unseen.nulls.len();
                typed.push((name.as_str(), field.shape.check(value, unseen).map_err(|misfit| misfit.within(name))?));
                unseen.place_within(from, name);
                checked(unseen, name);
            }
            None if field.required => return Err(Misfit::of(MisfitKind::Missing, name, "is required")),
            None => {}
        }
    }
    Ok(Members(typed))
}

impl Field {
    /// Whether policies see it in every valid call.
    pub(crate) fn is_always_seen(&self) -> bool {
        self.required && !self.omits_null()
    }

    /// Whether policies see a `null` here as absence: an optional argument may be `null` whatever its type, for that is how
    /// agents leave one out. A free-form one that may be `null` shows it as a value.
    fn omits_null(&self) -> bool {
        let shows_null = self.nullable && matches!(self.shape, Shape::Json { .. });
        (self.nullable || !self.required) && !shows_null
    }
}

fn bounded(number: Number, min: Option<&Bound>, max: Option<&Bound>) -> Result<(), String> {
    let is_below = |bound: &&Bound| number.cmp(bound.limit).is_lt() || bound.exclusive && number.cmp(bound.limit).is_eq();
    let is_above = |bound: &&Bound| number.cmp(bound.limit).is_gt() || bound.exclusive && number.cmp(bound.limit).is_eq();
    if let Some(bound) = min.filter(is_below) {
        return Err(format!("must be {} {}", if bound.exclusive { "more than" } else { "at least" }, bound.limit));
    }
    if let Some(bound) = max.filter(is_above) {
        return Err(format!("must be {} {}", if bound.exclusive { "less than" } else { "at most" }, bound.limit));
    }
    Ok(())
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
