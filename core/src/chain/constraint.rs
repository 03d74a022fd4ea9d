//! What a grant says of one argument.

use serde::{Deserialize, Serialize};

use crate::catalog::shape::{Typed, decimal};
use crate::decimal::Decimal;
use crate::json::Value;

/// Most comparisons of one condition, when a call is decided: 1,000 items with as many listed values.
const POINTWISE_MAX: usize = 1_000_000;
/// Most comparisons of one condition with its parent's, when a chain is verified.
const STATIC_MAX: usize = 1 << 16;

/// A condition on one argument. The names are those of draft-niyikiza-oauth-attenuating-agent-tokens-01.
///
/// An argument that is constrained by anything but `any` must be present. Numbers are compared as exact decimals,
/// also where the tool takes them as strings; free-form arguments by their canonical text; other values must be
/// equal. A value of a kind that cannot be compared with the argument is neither equal to it nor another.
///
/// ```
/// use bailiwick::Constraint;
/// let limit: Constraint = serde_json::from_str(r#"{"range": {"max": "500.00"}}"#)?;
/// assert!(serde_json::from_str::<Constraint>(r#"{"acme_geo": "EU"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Constraint {
    /// Any value, or none.
    Any,
    /// This value.
    Exact(Value),
    /// One of these values; of none, nothing.
    OneOf(Vec<Value>),
    /// A value other than these.
    NotOneOf(Vec<Value>),
    /// A number within these bounds, both included; at least one is given.
    Range(Range),
    /// An array whose every element is among these.
    SubsetOf(Vec<Value>),
    /// An array that has all of these among its elements.
    Contains(Vec<Value>),
    /// Every one of these conditions; of none, anything.
    All(Vec<Constraint>),
    /// At least one of these conditions; of none, nothing.
    AnyOf(Vec<Constraint>),
}

/// Bounds of a number, both included.
///
/// ```
/// let range: bailiwick::Range = serde_json::from_str(r#"{"min": "0", "max": "99.95"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a range")]
#[non_exhaustive]
pub struct Range {
    /// Smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
}

impl Constraint {
    /// Whether the argument, absent or present, meets the condition.
    pub(crate) fn holds(&self, argument: Option<&Typed<'_>>) -> bool {
        match self {
            Self::Any => return true,
            Self::All(parts) => return parts.iter().all(|part| part.holds(argument)),
            Self::AnyOf(parts) => return parts.iter().any(|part| part.holds(argument)),
            _ => {}
        }
        let Some(argument) = argument else { return false };
        match self {
            Self::Any | Self::All(_) | Self::AnyOf(_) => unreachable!("answered above"),
            Self::Exact(value) => same(argument, value),
            Self::OneOf(values) => values.iter().any(|value| same(argument, value)),
            // What cannot be compared with a listed value cannot be shown to be another.
            Self::NotOneOf(values) => values.iter().all(|value| compare(argument, value) == Some(false)),
            Self::Range(range) => number(argument).is_some_and(|number| range.holds(number)),
            Self::SubsetOf(values) => match argument {
                Typed::Set(items) if is_comparable(items, values) => items.iter().all(|item| values.iter().any(|value| same(item, value))),
                Typed::Lone(item) => values.iter().any(|value| same(item, value)),
                _ => false,
            },
            Self::Contains(values) => match argument {
                Typed::Set(items) if is_comparable(items, values) => values.iter().all(|value| items.iter().any(|item| same(item, value))),
                Typed::Lone(item) => values.iter().all(|value| same(item, value)),
                _ => false,
            },
        }
    }

    /// Whether everything `self` lets pass, `parent` lets pass too. Sound, not complete: `false` when unsure.
    pub(crate) fn is_within(&self, parent: &Self) -> bool {
        if self == parent || matches!(parent, Self::Any) {
            return true;
        }
        match (self, parent) {
            // Anything, so long as it is there.
            (child, Self::NotOneOf(none)) if none.is_empty() => child.needs_argument(),
            (Self::Range(child), Self::Range(parent)) => child.is_within(*parent),
            (Self::SubsetOf(child), Self::SubsetOf(parent)) => child.iter().all(|value| parent.contains(value)),
            (Self::NotOneOf(child), Self::NotOneOf(parent)) | (Self::Contains(child), Self::Contains(parent)) => {
                parent.iter().all(|value| child.contains(value))
            }
            // All of the parent's conditions must be met; one of the child's is enough to meet one of them. `any_of`
            // is taken apart first: each of its ways must be within the parent.
            (Self::AnyOf(ways), parent) => ways.iter().all(|way| way.is_within(parent)),
            (child, Self::All(parts)) => parts.iter().all(|part| child.is_within(part)),
            (Self::All(parts), parent) => parts.iter().any(|part| part.is_within(parent)),
            (child, Self::AnyOf(ways)) => ways.iter().any(|way| child.is_within(way)),
            // What the child lets pass is a list: each must meet the parent's condition, as a typed argument and as a
            // free-form one.
            (child, parent) => child.values().filter(|values| values.len() * (1 + parent.listed()) <= STATIC_MAX).is_some_and(|values| {
                let meets = |value: &Value| parent.holds(typed(value).as_ref()) && parent.holds(Some(&Typed::Json(value.canonical())));
                values.iter().all(meets)
            }),
        }
    }

    /// Whether it never holds of an argument that is absent.
    fn needs_argument(&self) -> bool {
        match self {
            Self::Any => false,
            Self::All(parts) => parts.iter().any(Self::needs_argument),
            Self::AnyOf(ways) => ways.iter().all(Self::needs_argument),
            _ => true,
        }
    }

    /// How many values are listed.
    pub(crate) fn listed(&self) -> usize {
        match self {
            Self::OneOf(values) | Self::NotOneOf(values) | Self::SubsetOf(values) | Self::Contains(values) => values.len(),
            Self::All(parts) | Self::AnyOf(parts) => parts.iter().map(|part| 1 + part.listed()).sum(),
            Self::Any | Self::Exact(_) | Self::Range(_) => 0,
        }
    }

    fn values(&self) -> Option<&[Value]> {
        match self {
            Self::Exact(value) => Some(std::slice::from_ref(value)),
            Self::OneOf(values) => Some(values),
            _ => None,
        }
    }
}

impl Range {
    /// A range that bounds nothing holds for nothing.
    fn is_bounded(self) -> bool {
        self.min.is_some() || self.max.is_some()
    }

    fn holds(self, number: Decimal) -> bool {
        self.is_bounded() && self.min.is_none_or(|min| min <= number) && self.max.is_none_or(|max| number <= max)
    }

    fn is_within(self, parent: Self) -> bool {
        let above = parent.min.is_none_or(|outer| self.min.is_some_and(|inner| outer <= inner));
        let below = parent.max.is_none_or(|outer| self.max.is_some_and(|inner| inner <= outer));
        above && below && parent.is_bounded()
    }
}

/// Whether two lists are short enough to be compared each with each. Longer ones do not meet the condition.
fn is_comparable(items: &[Typed<'_>], values: &[Value]) -> bool {
    items.len().saturating_mul(values.len()) <= POINTWISE_MAX
}

fn number(argument: &Typed<'_>) -> Option<Decimal> {
    match argument {
        Typed::Long(number) => Decimal::from_i64(*number),
        Typed::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// Whether a typed argument equals a value somebody wrote in a grant.
fn same(argument: &Typed<'_>, value: &Value) -> bool {
    compare(argument, value) == Some(true)
}

/// Whether they are equal; `None` when they are of kinds that cannot be compared, such as a number and a string.
fn compare(argument: &Typed<'_>, value: &Value) -> Option<bool> {
    match (argument, value) {
        (Typed::Json(text), value) => Some(*text == value.canonical()),
        // What was given alone is equal to itself, and to a list of just that.
        (Typed::Lone(item), Value::Array(values)) => match values.as_slice() {
            [value] => compare(item, value),
            _ => Some(false),
        },
        (Typed::Lone(item), value) => compare(item, value),
        // An argument that is there is not `null`: a typed one has no word for it.
        (_, Value::Null) => Some(false),
        (Typed::Long(number), Value::Int(other)) => Some(number == other),
        // A number no decimal can say is none that an argument is.
        (Typed::Long(_) | Typed::Decimal(_), Value::Int(_) | Value::Float(_)) => {
            Some(decimal(value).is_some_and(|other| number(argument) == Some(other)))
        }
        (Typed::Bool(flag), Value::Bool(other)) => Some(flag == other),
        (Typed::String(text), Value::String(other)) => Some(text == other),
        (Typed::Set(items), Value::Array(values)) if items.len() != values.len() => Some(false),
        (Typed::Set(items), Value::Array(values)) => all(items.iter().zip(values).map(|(item, value)| compare(item, value))),
        (Typed::Record(members), Value::Object(values)) => {
            let missing = members.iter().any(|(name, _)| !values.contains_key(name));
            let each = values.iter().map(|(name, value)| match members.get(name) {
                Some(member) => compare(member, value),
                // An optional member that was `null` is gone.
                None => Some(*value == Value::Null),
            });
            if missing { Some(false) } else { all(each) }
        }
        _ => None,
    }
}

/// Equal when all are; unequal when one is; otherwise unknown.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut equal = Some(true);
    for part in parts {
        match part {
            Some(true) => {}
            Some(false) => return Some(false),
            None => equal = None,
        }
    }
    equal
}

/// The typed form of a value in a grant, as an argument would have it. `None` for what no argument can be.
fn typed(value: &Value) -> Option<Typed<'_>> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Typed::Bool(*flag)),
        Value::Int(number) => Some(Typed::Long(*number)),
        Value::Float(_) => decimal(value).map(Typed::Decimal),
        Value::String(text) => Some(Typed::String(text)),
        Value::Array(items) => items.iter().map(typed).collect::<Option<_>>().map(Typed::Set),
        Value::Object(members) => {
            members.iter().map(|(name, value)| typed(value).map(|value| (name.as_str(), value))).collect::<Option<_>>().map(Typed::Record)
        }
    }
}
