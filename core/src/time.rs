//! Instants, handed in by the host: nothing here reads a clock.

use std::fmt;

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// An instant: whole **milliseconds** since the Unix epoch, between the years 0 and 9999 (what Cedar's `datetime`
/// can print). In JSON a plain integer, as `Date.now()` gives it.
///
/// ```
/// use bailiwick::Timestamp;
/// let now = Timestamp::from_millis(1_700_000_000_000).unwrap();
/// assert_eq!(now.to_string(), "2023-11-14T22:13:20.000Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

const MILLIS_MIN: i64 = -62_167_219_200_000; // 0000-01-01T00:00:00Z
const MILLIS_MAX: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

impl Timestamp {
    /// 1970-01-01, for values that are about to be set.
    pub(crate) const EPOCH: Self = Self(0);

    /// The instant `millis` milliseconds after the epoch; `None` outside the years 0 to 9999.
    ///
    /// ```
    /// assert!(bailiwick::Timestamp::from_millis(i64::MAX).is_none());
    /// ```
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        (MILLIS_MIN..=MILLIS_MAX).contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds since the Unix epoch.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::now().as_millis(), 1_700_000_000_000);
    /// ```
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The instant `millis` later (or earlier), held at the ends of the range.
    ///
    /// ```
    /// let now = bailiwick::doc::now();
    /// assert_eq!(now.plus_millis(1_000).as_millis() - now.as_millis(), 1_000);
    /// ```
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(MILLIS_MIN, MILLIS_MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = String;
    fn try_from(millis: i64) -> Result<Self, String> {
        Self::from_millis(millis).ok_or_else(|| format!("`{millis}` is not a time in milliseconds between the years 0 and 9999"))
    }
}

impl From<Timestamp> for i64 {
    fn from(instant: Timestamp) -> Self {
        instant.0
    }
}
