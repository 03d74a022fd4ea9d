//! Cedar's extension types: `decimal`, `datetime`, `duration` and `ipaddr`, read and computed with as Cedar does
//! (`cedar-policy-core/src/extensions`).

use core::net::IpAddr;

use chrono::{NaiveDate, NaiveTime};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// A decimal is kept in ten-thousandths.
const DECIMAL_PLACES: usize = 4;
/// `ABCD:EF01:2345:6789:ABCD:EF01:2345:6789/128`
const IP_BYTES_MAX: usize = 43;

/// An address, or a range of them in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ip {
    address: IpAddr,
    prefix: u8,
}

/// `-?[0-9]+\.[0-9]{1,4}`, in ten-thousandths.
pub(crate) fn decimal(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    if !is_digits(digits) || !is_digits(fraction) || fraction.len() > DECIMAL_PLACES {
        return None;
    }
    let whole_part = whole.parse::<i64>().ok()?.checked_mul(10_000)?;
    let missing = u32::try_from(DECIMAL_PLACES - fraction.len()).ok()?;
    let part = fraction.parse::<i64>().ok()?.checked_mul(10_i64.pow(missing))?;
    if whole.starts_with('-') { whole_part.checked_sub(part) } else { whole_part.checked_add(part) }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYYY-MM-DD`, then perhaps `Thh:mm:ss`, then `Z`, `.SSSZ` or an offset such as `+0100`; in milliseconds since 1970.
pub(crate) fn datetime(text: &str) -> Option<i64> {
    let mut rest = Digits(text);
    let (year, month, day) = (rest.number(4)?, rest.after('-')?.number(2)?, rest.after('-')?.number(2)?);
    let date = || NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    if rest.0.is_empty() {
        return Some(date()?.and_time(NaiveTime::MIN).and_utc().timestamp_millis());
    }
    let (hour, minute, second) = (rest.after('T')?.number(2)?, rest.after(':')?.number(2)?, rest.after(':')?.number(2)?);
    let millis = if rest.0.starts_with('.') { rest.after('.')?.number(3)? } else { 0 };
    let offset_seconds = match rest.0.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let sign = if *sign == b'+' { 1 } else { -1 };
            rest.0 = rest.0.get(1..)?;
            let (hours, minutes) = (rest.number(2)?, rest.number(2)?);
            if !rest.0.is_empty() || hours >= 24 || minutes >= 60 {
                return None;
            }
            sign * i64::from(hours * 3_600 + minutes * 60)
        }
        _ => return None,
    };
    let time = NaiveTime::from_hms_milli_opt(hour, minute, second, millis)?;
    Some(date()?.and_time(time).and_utc().timestamp_millis() - offset_seconds * 1_000)
}

/// What is left of a text whose fields have fixed widths.
struct Digits<'t>(&'t str);

impl Digits<'_> {
    fn number(&mut self, width: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        if is_digits(digits) { digits.parse().ok() } else { None }
    }

    fn after(&mut self, mark: char) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(mark)?;
        Some(self)
    }
}

/// `-?` and then `1d2h3m4s5ms`, each part at most once and in this order; in milliseconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut parts = [0_u64; 5];
    for (part, unit) in parts.iter_mut().zip(["d", "h", "m", "s", "ms"]) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let Some(after) = after.strip_prefix(unit).filter(|_| digits > 0) else { continue };
        // `m` is also how `ms` begins.
        if unit == "m" && after.starts_with('s') {
            continue;
        }
        *part = number.parse().ok()?;
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    let [days, hours, minutes, seconds, millis] = parts;
    let mut sum = if is_negative { i64::try_from(-i128::from(millis)).ok()? } else { i64::try_from(millis).ok()? };
    for (part, unit_millis) in [(seconds, 1_000), (minutes, 60_000), (hours, 3_600_000), (days, DAY_MILLIS)] {
        let millis = i64::try_from(part).ok()?.checked_mul(unit_millis)?;
        sum = if is_negative { sum.checked_sub(millis)? } else { sum.checked_add(millis)? };
    }
    Some(sum)
}

/// The beginning of the day.
pub(crate) fn to_date(datetime: i64) -> Option<i64> {
    datetime.checked_sub(datetime.rem_euclid(DAY_MILLIS))
}

/// The time since the beginning of the day.
pub(crate) fn to_time(datetime: i64) -> i64 {
    datetime.rem_euclid(DAY_MILLIS)
}

impl Ip {
    /// An IPv4 or IPv6 address, perhaps with a prefix; IPv4 within IPv6 only in hexadecimal.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let has_two = |mark| text.matches(mark).nth(1).is_some();
        if text.len() > IP_BYTES_MAX || (has_two(':') && has_two('.')) {
            return None;
        }
        let Some((address, prefix)) = text.split_once('/') else {
            let address: IpAddr = text.parse().ok()?;
            return Some(Self { address, prefix: bits(address) });
        };
        let address: IpAddr = address.parse().ok()?;
        if !is_digits(prefix) || (prefix.starts_with('0') && prefix != "0") {
            return None;
        }
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= bits(address))?;
        Some(Self { address, prefix })
    }

    pub(crate) fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    /// Of a range, that all of it is.
    pub(crate) fn is_loopback(self) -> bool {
        self.address.is_loopback() && self.prefix >= if self.is_v4() { 8 } else { 128 }
    }

    /// Of a range, that all of it is.
    pub(crate) fn is_multicast(self) -> bool {
        self.address.is_multicast() && self.prefix >= if self.is_v4() { 4 } else { 8 }
    }

    pub(crate) fn is_in(self, range: Self) -> bool {
        match (self.bounds(), range.bounds()) {
            ((true, first, last), (true, from, to)) | ((false, first, last), (false, from, to)) => from <= first && last <= to,
            _ => false,
        }
    }

    /// Whether it is IPv4, its first and its last address.
    fn bounds(self) -> (bool, u128, u128) {
        let host_bits = bits(self.address) - self.prefix;
        let hosts = 1_u128.checked_shl(host_bits.into()).map_or(u128::MAX, |count| count - 1);
        let address = match self.address {
            IpAddr::V4(address) => u32::from(address).into(),
            IpAddr::V6(address) => u128::from(address),
        };
        (self.is_v4(), address & !hosts, address | hosts)
    }
}

impl std::fmt::Display for Ip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}
