//! What a grant says of one argument.

use serde::{Deserialize, Serialize};

use crate::catalog::shape::{Typed, decimal};
use crate::decimal::Decimal;
use crate::json::Value;

/// A condition on one argument. The names are those of draft-niyikiza-oauth-attenuating-agent-tokens-01.
///
/// An argument that is constrained by anything but `any` must be present. Numbers are compared as exact decimals
/// and never with strings; other values must be equal.
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
    pub(crate) fn holds(&self, argument: Option<&Typed>) -> bool {
        let Some(argument) = argument else {
            return matches!(self, Self::Any);
        };
        match self {
            Self::Any => true,
            Self::Exact(value) => same(argument, value),
            Self::OneOf(values) => values.iter().any(|value| same(argument, value)),
            Self::NotOneOf(values) => !values.iter().any(|value| same(argument, value)),
            Self::Range(range) => number(argument).is_some_and(|number| range.holds(number)),
            Self::SubsetOf(values) => match argument {
                Typed::Set(items) => items.iter().all(|item| values.iter().any(|value| same(item, value))),
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
            (Self::Range(child), Self::Range(parent)) => child.is_within(*parent),
            (Self::SubsetOf(child), Self::SubsetOf(parent)) => child.iter().all(|value| parent.contains(value)),
            (Self::NotOneOf(child), Self::NotOneOf(parent)) => parent.iter().all(|value| child.contains(value)),
            // What the child lets pass is a list: each must meet the parent's condition.
            (child, parent) => child.values().is_some_and(|values| values.iter().all(|value| parent.holds(typed(value).as_ref()))),
        }
    }

    /// How many values are listed.
    pub(crate) fn listed(&self) -> usize {
        match self {
            Self::OneOf(values) | Self::NotOneOf(values) | Self::SubsetOf(values) => values.len(),
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

fn number(argument: &Typed) -> Option<Decimal> {
    match argument {
        Typed::Long(number) => Decimal::from_i64(*number),
        Typed::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// Whether a typed argument equals a value somebody wrote in a grant.
fn same(argument: &Typed, value: &Value) -> bool {
    match (argument, value) {
        (Typed::Long(number), Value::Int(other)) => number == other,
        (Typed::Long(_) | Typed::Decimal(_), Value::Int(_) | Value::Float(_)) => {
            number(argument).is_some_and(|number| Some(number) == decimal(value))
        }
        (Typed::Bool(flag), Value::Bool(other)) => flag == other,
        (Typed::String(text), Value::String(other)) => text == other,
        (Typed::Set(items), Value::Array(values)) => items.len() == values.len() && items.iter().zip(values).all(|(item, value)| same(item, value)),
        (Typed::Record(members), Value::Object(values)) => {
            members.len() == values.len() && members.iter().all(|(name, member)| values.get(name).is_some_and(|value| same(member, value)))
        }
        _ => false,
    }
}

/// The typed form of a value in a grant, as an argument would have it. `None` for what no argument can be.
fn typed(value: &Value) -> Option<Typed> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Typed::Bool(*flag)),
        Value::Int(number) => Some(Typed::Long(*number)),
        Value::Float(_) => decimal(value).map(Typed::Decimal),
        Value::String(text) => Some(Typed::String(text.clone())),
        Value::Array(items) => items.iter().map(typed).collect::<Option<_>>().map(Typed::Set),
        Value::Object(members) => {
            members.iter().map(|(name, value)| typed(value).map(|value| (name.clone(), value))).collect::<Option<_>>().map(Typed::Record)
        }
    }
}
