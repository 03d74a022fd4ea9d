//! Exact decimals with four places: Cedar's `decimal`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number with at most four decimal places, held exactly: the range of Cedar's `decimal`
/// (±922337203685477.5807). In JSON a string, `"480.00"`: written as JSON writes numbers, but without an exponent. `"05"` is none:
/// with a leading zero it is a code, such as a month, a postal code or an account, and says something else than `5`.
///
/// ```
/// use bailiwick::Decimal;
/// let limit: Decimal = "500.00".parse()?;
/// assert!(Decimal::from_f64(98.7).unwrap() < limit);
/// assert_eq!(Decimal::from_f64(0.12345), None); // never rounded
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(i64);

const SCALE: i64 = 10_000;

impl Decimal {
    /// Zero.
    ///
    /// ```
    /// assert_eq!(bailiwick::Decimal::ZERO, bailiwick::Decimal::default());
    /// ```
    pub const ZERO: Self = Self(0);

    pub(crate) const fn from_ten_thousandths(number: i64) -> Self {
        Self(number)
    }

    pub(crate) const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The integer as a decimal; `None` beyond the range.
    ///
    /// ```
    /// assert_eq!(bailiwick::Decimal::from_i64(5).unwrap().to_string(), "5.0");
    /// ```
    #[must_use]
    pub fn from_i64(number: i64) -> Option<Self> {
        number.checked_mul(SCALE).map(Self)
    }

    /// The shortest decimal that reads back as this double, if it has at most four places.
    ///
    /// ```
    /// assert!(bailiwick::Decimal::from_f64(0.5).is_some() && bailiwick::Decimal::from_f64(f64::NAN).is_none());
    /// ```
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        /// Every decimal of at most 15 digits is the shortest that reads back as its double (IEEE 754, 5.12.2).
        const EXACT: f64 = 1e15;
        let scaled = (number * 10_000.0).round();
        #[expect(clippy::float_cmp, reason = "a quotient of two exact numbers is the double nearest to the decimal")]
        if scaled.abs() < EXACT && scaled / 10_000.0 == number {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and below 10^15")]
            return Some(Self(scaled as i64));
        }
        format!("{number}").parse().ok()
    }

    /// The sum; `None` beyond the range.
    ///
    /// ```
    /// use bailiwick::Decimal;
    /// assert_eq!(Decimal::from_i64(2).unwrap().checked_add(Decimal::from_i64(3).unwrap()), Decimal::from_i64(5));
    /// ```
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` beyond the range.
    ///
    /// ```
    /// use bailiwick::Decimal;
    /// assert_eq!(Decimal::from_i64(2).unwrap().checked_sub(Decimal::from_i64(2).unwrap()), Some(Decimal::ZERO));
    /// ```
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl FromStr for Decimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a decimal with at most four places and without leading zeros");
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !numeric(whole) || !numeric(places) || places.len() > 4 || has_leading_zero {
            return Err(wrong());
        }
        let scaled: i128 = format!("{whole}{places:0<4}").parse().map_err(|_| wrong())?;
        let signed = if negative { -scaled } else { scaled };
        i64::try_from(signed).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, places) = (self.0.unsigned_abs() / SCALE.unsigned_abs(), self.0.unsigned_abs() % SCALE.unsigned_abs());
        let text = format!("{places:04}");
        let shown = text.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        // Cedar's literal needs at least one place.
        write!(f, "{sign}{whole}.{}", if shown.is_empty() { "0" } else { shown })
    }
}

impl TryFrom<String> for Decimal {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_rounded() {
        for (text, shown) in [("480.00", "480.0"), ("-0.5", "-0.5"), ("922337203685477.5807", "922337203685477.5807"), ("0.50", "0.5"), ("-0", "0.0")]
        {
            assert_eq!(text.parse::<Decimal>().map(|number| number.to_string()).as_deref(), Ok(shown));
        }
        for text in ["", "-", ".5", "5.", "1.23456", "1e3", "+1", "١", "922337203685477.5808", "NaN", " 1", "007", "00", "-05", "00.5"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert_eq!(Decimal::from_f64(1e300), None);
        assert_eq!(Decimal::from_f64(f64::NAN), None);
        assert_eq!(Decimal::from_f64(0.1), "0.1".parse().ok());
    }
}
