//! Numbers of JSON, compared exactly: an integer is not rounded to be compared with a double.

use std::cmp::Ordering;
use std::fmt;

use crate::json::Value;

/// A number as JSON has it: a 64-bit integer, or a finite double.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// The first double beyond every 64-bit integer.
const BEYOND_INTEGERS: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    /// A number in a schema. Some generators write them as texts (`"maxLength": "10"`): to ignore those would make the
    /// schema weaker than its author reads it.
    pub(super) fn in_schema(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => {
                text.parse().map(Self::Int).ok().or_else(|| text.parse().ok().filter(|float: &f64| float.is_finite()).map(Self::Float))
            }
            other => Self::of(other),
        }
    }

    pub(crate) fn cmp(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(one), Self::Int(other)) => one.cmp(&other),
            (Self::Float(one), Self::Float(other)) => floats(one, other),
            (Self::Int(one), Self::Float(other)) => compare(one, other),
            (Self::Float(one), Self::Int(other)) => compare(other, one).reverse(),
        }
    }

    /// Whether it is a whole multiple of `step`, as far as doubles can tell.
    pub(super) fn is_multiple_of(self, step: Self) -> bool {
        match (self.whole(), step.whole()) {
            (Self::Int(number), Self::Int(step)) => step == 0 || number.checked_rem(step).unwrap_or(0) == 0,
            (number, step) => {
                let (number, step) = (number.as_double(), step.as_double());
                let quotient = number / step;
                // 0.3 is meant to be a multiple of 0.1, though the doubles nearest to them are not.
                step == 0.0 || !quotient.is_finite() || (quotient - quotient.round()).abs() <= quotient.abs() * f64::EPSILON
            }
        }
    }

    /// `2.0` as 2.
    fn whole(self) -> Self {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 64 bits")]
            Self::Float(number) if number.fract() == 0.0 && number.abs() < BEYOND_INTEGERS => Self::Int(number as i64),
            other => other,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "only for divisions, which round anyway")]
    fn as_double(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// As `total_cmp`, but `-0.0` and `0.0` are one number in JSON.
fn floats(one: f64, other: f64) -> Ordering {
    if one == 0.0 && other == 0.0 { Ordering::Equal } else { one.total_cmp(&other) }
}

fn compare(int: i64, float: f64) -> Ordering {
    if float >= BEYOND_INTEGERS {
        return Ordering::Less;
    }
    if float < -BEYOND_INTEGERS {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range of 64-bit integers")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then_with(|| floats(0.0, float.fract()))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => f.write_str(ryu_js::Buffer::new().format(*number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_doubles_are_compared_without_rounding() {
        use Number::{Float, Int};
        assert_eq!(Int(9_007_199_254_740_993).cmp(Float(9_007_199_254_740_992.0)), Ordering::Greater);
        assert_eq!(Int(i64::MAX).cmp(Float(1e300)), Ordering::Less);
        assert_eq!(Int(i64::MIN).cmp(Float(-9_223_372_036_854_775_808.0)), Ordering::Equal);
        assert_eq!(Int(2).cmp(Float(2.5)), Ordering::Less);
        assert_eq!(Int(-2).cmp(Float(-2.5)), Ordering::Greater);
        assert_eq!(Int(0).cmp(Float(-0.0)), Ordering::Equal);
        assert_eq!(Float(-0.0).cmp(Float(0.0)), Ordering::Equal);
    }
}
