//! What a grant says of one argument.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pattern::{Cidr, EmailDomain, Glob, Prefix, Subpath, UrlPattern};
use crate::catalog::shape::{Typed, decimal};
use crate::decimal::Decimal;
use crate::json::Value;

/// Most comparisons of one condition, when a call is decided: 1,000 items with as many listed values.
const POINTWISE_MAX: usize = 1_000_000;
/// Most comparisons of one condition with its parent's, when a chain is verified.
const STATIC_MAX: usize = 1 << 16;

/// A condition on one argument.
///
/// An argument that is constrained by anything but `any` and `optional` must be present. Numbers are compared as exact decimals, also
/// where tool or grant writes them as strings; free-form arguments by their canonical text; other values must be equal. A value of a
/// kind that cannot be compared with the argument is neither equal to it nor another.
///
/// ```
/// use bailiwick::Constraint;
/// let limit: Constraint = serde_json::from_str(r#"{"range": {"max": "500.00"}}"#)?;
/// let files: Constraint = serde_json::from_str(r#"{"optional": {"all": {"subpath": "/workspace"}}}"#)?;
/// assert!(serde_json::from_str::<Constraint>(r#"{"acme_geo": "EU"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, remote = "Self")]
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
    /// A number within these bounds; at least one is given.
    Range(Range),
    /// An array whose every element is among these.
    SubsetOf(Vec<Value>),
    /// An array that has all of these among its elements.
    Contains(Vec<Value>),
    /// Every one of these conditions; of none, anything.
    All(Vec<Constraint>),
    /// At least one of these conditions; of none, nothing.
    AnyOf(Vec<Constraint>),
    /// `{"all": {…}}`: an array whose every element meets the condition.
    #[serde(rename = "all", skip_deserializing)]
    AllElements(Box<Constraint>),
    /// `{"any": {…}}`: an array with an element that meets the condition.
    #[serde(rename = "any", skip_deserializing)]
    AnyElement(Box<Constraint>),
    /// No value, or `null`, or one that meets the condition.
    Optional(Box<Constraint>),
    /// A path to this directory or below it.
    Subpath(Subpath),
    /// A text that begins so.
    Prefix(Prefix),
    /// A path that fits the pattern.
    Glob(Glob),
    /// A web address.
    Url(UrlPattern),
    /// An IP address, or a network, of this network.
    Cidr(Cidr),
    /// An e-mail address of this domain.
    EmailDomain(EmailDomain),
}

/// Bounds of a number: `min` and `max` are included, the exclusive ones are not.
///
/// ```
/// let range: bailiwick::Range = serde_json::from_str(r#"{"exclusive_min": "0", "max": "99.95"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `min` or `max`, or with `exclusive_min` or `exclusive_max`,")]
#[non_exhaustive]
pub struct Range {
    /// Smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// All values are larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_min: Option<Decimal>,
    /// All values are smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_max: Option<Decimal>,
}

impl Serialize for Constraint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Constraint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let element = |name: &str| match &value {
            Value::Object(members) if members.len() == 1 => members.get(name).filter(|inner| matches!(inner, Value::Object(_) | Value::String(_))),
            _ => None,
        };
        let boxed = |inner: &Value| <Self as Deserialize>::deserialize(inner).map(Box::new).map_err(D::Error::custom);
        match (element("all"), element("any")) {
            (Some(inner), _) => boxed(inner).map(Self::AllElements),
            (_, Some(inner)) => boxed(inner).map(Self::AnyElement),
            _ => Self::deserialize(&value).map_err(D::Error::custom),
        }
    }
}

impl Constraint {
    /// Whether the argument, absent or present, meets the condition.
    pub(crate) fn holds(&self, argument: Option<&Typed<'_>>) -> bool {
        match self {
            Self::Any => return true,
            Self::All(parts) => return parts.iter().all(|part| part.holds(argument)),
            Self::AnyOf(parts) => return parts.iter().any(|part| part.holds(argument)),
            Self::Optional(inner) => return is_null(argument) || inner.holds(argument),
            _ => {}
        }
        let Some(argument) = argument else { return false };
        let reads = |holds: &dyn Fn(&str) -> bool| text(argument).is_some_and(|text| holds(&text));
        match self {
            Self::Any | Self::All(_) | Self::AnyOf(_) | Self::Optional(_) => unreachable!("answered above"),
            Self::Exact(value) => same(argument, value),
            Self::OneOf(values) => values.iter().any(|value| same(argument, value)),
            // What cannot be compared with a listed value cannot be shown to be another.
            Self::NotOneOf(values) => values.iter().all(|value| compare(argument, value) == Some(false)),
            Self::Range(range) => number(argument).is_some_and(|number| range.holds(number)),
            Self::SubsetOf(values) => elements(argument)
                .is_some_and(|items| is_comparable(&items, values) && items.iter().all(|item| values.iter().any(|value| same(item, value)))),
            Self::Contains(values) => elements(argument)
                .is_some_and(|items| is_comparable(&items, values) && values.iter().all(|value| items.iter().any(|item| same(item, value)))),
            Self::AllElements(inner) => elements(argument).is_some_and(|items| items.iter().all(|item| inner.holds(Some(item)))),
            Self::AnyElement(inner) => elements(argument).is_some_and(|items| items.iter().any(|item| inner.holds(Some(item)))),
            Self::Subpath(pattern) => reads(&|text| pattern.holds(text)),
            Self::Prefix(pattern) => reads(&|text| pattern.holds(text)),
            Self::Glob(pattern) => reads(&|text| pattern.holds(text)),
            Self::Url(pattern) => reads(&|text| pattern.holds(text)),
            Self::Cidr(pattern) => reads(&|text| pattern.holds(text)),
            Self::EmailDomain(pattern) => reads(&|text| pattern.holds(text)),
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
            (Self::Optional(child), Self::Optional(parent))
            | (Self::AllElements(child), Self::AllElements(parent))
            | (Self::AnyElement(child), Self::AnyElement(parent)) => child.is_within(parent),
            (child, Self::Optional(parent)) => child.is_within(parent),
            (Self::SubsetOf(values), Self::AllElements(parent)) => parent.meets_all(values),
            (Self::Contains(values), Self::AnyElement(parent)) => values.iter().any(|value| parent.meets_all(std::slice::from_ref(value))),
            (Self::Subpath(child), Self::Subpath(parent)) => child.is_within(parent),
            (Self::Subpath(child), Self::Glob(parent)) => child.is_within_glob(parent),
            (Self::Subpath(child), Self::Prefix(parent)) => child.is_within_prefix(parent),
            (Self::Glob(child), Self::Glob(parent)) => child.is_within(parent),
            (Self::Glob(child), Self::Subpath(parent)) => child.is_within_subpath(parent),
            (Self::Prefix(child), Self::Prefix(parent)) => child.is_within(parent),
            (Self::Url(child), Self::Url(parent)) => child.is_within(parent),
            (Self::Cidr(child), Self::Cidr(parent)) => child.is_within(parent),
            (Self::EmailDomain(child), Self::EmailDomain(parent)) => child.is_within(parent),
            // What the child lets pass is a list: each must meet the parent's condition, whatever it is written as.
            (child, parent) => child.values().is_some_and(|values| parent.meets_all(values)),
        }
    }

    /// Whether it never holds of an argument that is absent.
    fn needs_argument(&self) -> bool {
        match self {
            Self::Any | Self::Optional(_) => false,
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
            Self::AllElements(inner) | Self::AnyElement(inner) | Self::Optional(inner) => 1 + inner.listed(),
            _ => 0,
        }
    }

    fn values(&self) -> Option<&[Value]> {
        match self {
            Self::Exact(value) => Some(std::slice::from_ref(value)),
            Self::OneOf(values) => Some(values),
            _ => None,
        }
    }

    /// Whether it holds of every argument that equals one of the values.
    fn meets_all(&self, values: &[Value]) -> bool {
        values.len().saturating_mul(1 + self.listed()) <= STATIC_MAX && values.iter().all(|value| self.meets(value))
    }

    /// An argument can equal a value as its own type, as free-form text, and where it has strings that are decimals, with those as
    /// numbers. Each of the members of an object may be either, so of two such strings nothing is said.
    fn meets(&self, value: &Value) -> bool {
        let decimals = decimals(value);
        let is_mixed = decimals > 1 && has_members(value);
        !is_mixed
            && self.holds(typed(value, false).as_ref())
            && self.holds(Some(&Typed::Json(value.canonical())))
            && (decimals == 0 || self.holds(typed(value, true).as_ref()))
    }
}

impl Range {
    /// A range that bounds nothing holds for nothing.
    fn is_bounded(self) -> bool {
        self.lowest().is_some() || self.highest().is_some()
    }

    fn holds(self, number: Decimal) -> bool {
        let (low, high) = ((number, false), (number, false));
        self.is_bounded()
            && self.lowest().is_none_or(|lowest| lowest <= low)
            && self.highest().is_none_or(|highest| high.0 < highest.0 || high == highest)
    }

    fn is_within(self, parent: Self) -> bool {
        let above = parent.lowest().is_none_or(|outer| self.lowest().is_some_and(|inner| outer <= inner));
        let is_below = |inner: (Decimal, bool), outer: (Decimal, bool)| inner.0 < outer.0 || inner.0 == outer.0 && (inner.1 || !outer.1);
        let below = parent.highest().is_none_or(|outer| self.highest().is_some_and(|inner| is_below(inner, outer)));
        above && below && parent.is_bounded()
    }

    /// The lower bound, and whether it is itself excluded.
    fn lowest(self) -> Option<(Decimal, bool)> {
        let included = self.min.map(|min| (min, false));
        included.max(self.exclusive_min.map(|min| (min, true)))
    }

    /// The upper bound, and whether it is itself excluded.
    fn highest(self) -> Option<(Decimal, bool)> {
        match (self.max, self.exclusive_max) {
            (Some(max), Some(excluded)) if max < excluded => Some((max, false)),
            (_, Some(excluded)) => Some((excluded, true)),
            (max, None) => max.map(|max| (max, false)),
        }
    }
}

/// Whether two lists are short enough to be compared each with each. Longer ones do not meet the condition.
fn is_comparable(items: &[Typed<'_>], values: &[Value]) -> bool {
    // Free-form elements are compared by their text, which is written anew each time.
    let most = if items.iter().any(|item| matches!(item, Typed::Json(_))) { STATIC_MAX } else { POINTWISE_MAX };
    items.len().saturating_mul(values.len()) <= most
}

/// `null` is absent, also where an argument may be anything.
fn is_null(argument: Option<&Typed<'_>>) -> bool {
    argument.is_none_or(|argument| matches!(argument, Typed::Json(json) if json == "null"))
}

/// The number an argument is, also where it is written as a string.
fn number(argument: &Typed<'_>) -> Option<Decimal> {
    match argument {
        Typed::Long(number) => Decimal::from_i64(*number),
        Typed::Decimal(number) => Some(*number),
        Typed::String(text) => text.parse().ok(),
        Typed::Json(json) if json.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit()) => json.parse().ok(),
        Typed::Json(json) => written_string(json)?.parse().ok(),
        _ => None,
    }
}

/// The text an argument is.
fn text<'t>(argument: &'t Typed<'_>) -> Option<Cow<'t, str>> {
    match argument {
        Typed::String(text) => Some(Cow::Borrowed(text)),
        Typed::Json(json) => written_string(json).map(Cow::Owned),
        _ => None,
    }
}

/// The elements of an argument that is an array; those of a free-form one are free-form.
fn elements<'t, 'c>(argument: &'t Typed<'c>) -> Option<Cow<'t, [Typed<'c>]>> {
    match argument {
        Typed::Set(items) => Some(Cow::Borrowed(items)),
        Typed::Lone(item) => Some(Cow::Borrowed(std::slice::from_ref(&**item))),
        Typed::Json(json) if json.starts_with('[') => match Value::parse(json).ok()? {
            Value::Array(items) => Some(items.iter().map(|item| Typed::Json(item.canonical())).collect::<Vec<_>>().into()),
            _ => None,
        },
        _ => None,
    }
}

fn written_string(json: &str) -> Option<String> {
    match json.starts_with('"').then(|| Value::parse(json).ok())?? {
        Value::String(text) => Some(text),
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
        // What was given alone is equal to itself, and to a list of just that.
        (Typed::Lone(item), Value::Array(values)) => match values.as_slice() {
            [value] => compare(item, value),
            _ => Some(false),
        },
        (Typed::Lone(item), value) => compare(item, value),
        (Typed::Json(text), value) if *text == value.canonical() => Some(true),
        // The same number in another spelling is neither the same text nor another value.
        (Typed::Json(text), value) => {
            let is_same_number = decimal(value).is_some_and(|value| number(argument) == Some(value));
            (!is_same_number && !may_be_another(text, value)).then_some(false)
        }
        // An argument that is there is not `null`: a typed one has no word for it.
        (_, Value::Null) => Some(false),
        (Typed::Long(number), Value::Int(other)) => Some(number == other),
        // A number no decimal can say is none that an argument is.
        (Typed::Long(_) | Typed::Decimal(_), Value::Int(_) | Value::Float(_)) => {
            Some(decimal(value).is_some_and(|other| number(argument) == Some(other)))
        }
        // A decimal is written as a string wherever it must be exact. Another text is no number it could be compared with.
        (Typed::Long(_) | Typed::Decimal(_), Value::String(_)) => decimal(value).map(|other| number(argument) == Some(other)),
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

/// Whether a text of digits is compared with a number: `"05"` is none, and who takes the argument may read one.
fn may_be_another(text: &str, value: &Value) -> bool {
    let inner = text.trim_matches('"');
    let is_digits = inner.bytes().any(|byte| byte.is_ascii_digit()) && inner.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE ".contains(&byte));
    text.starts_with('"') && is_digits && decimal(value).is_some()
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

/// The typed form of a value in a grant, as an argument would have it; strings that are decimals as numbers, if so wanted. `None` for
/// what no argument can be.
fn typed(value: &Value, with_decimals: bool) -> Option<Typed<'_>> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Typed::Bool(*flag)),
        Value::Int(number) => Some(Typed::Long(*number)),
        Value::Float(_) => decimal(value).map(Typed::Decimal),
        Value::String(text) => match decimal(value) {
            Some(number) if with_decimals => Some(Typed::Decimal(number)),
            _ => Some(Typed::String(text)),
        },
        Value::Array(items) => items.iter().map(|item| typed(item, with_decimals)).collect::<Option<_>>().map(Typed::Set),
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| typed(value, with_decimals).map(|value| (name.as_str(), value)));
            each.collect::<Option<_>>().map(Typed::Record)
        }
    }
}

/// How many of the strings in a value are decimals.
fn decimals(value: &Value) -> usize {
    match value {
        Value::String(_) => usize::from(decimal(value).is_some()),
        Value::Array(items) => items.iter().map(decimals).sum(),
        Value::Object(members) => members.values().map(decimals).sum(),
        _ => 0,
    }
}

fn has_members(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_members),
        Value::Object(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_digits_is_not_known_to_be_another_number() {
        let is_excluded = |text: &str, value: i64| compare(&Typed::Json(text.to_owned()), &Value::Int(value)) != Some(false);
        for (text, value) in [(r#""05""#, 5), (r#""5.0""#, 5), (r#""+7""#, 7), (r#""1e1""#, 10), (r#""00""#, 0)] {
            assert!(is_excluded(text, value), "{text} {value}");
        }
        // What is no number at all is another value.
        for text in [r#""five""#, r#""INV-05""#, "true", "[5]"] {
            assert!(!is_excluded(text, 5), "{text}");
        }
    }
}
