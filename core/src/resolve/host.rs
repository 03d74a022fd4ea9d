//! Hosts, as web and mail addresses name them.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;

/// Longest name (RFC 1035, 2.3.4).
const NAME_BYTES_MAX: usize = 253;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host<'t> {
    /// In lower case, without the root's dot.
    Name(Cow<'t, str>),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'t> Host<'t> {
    /// The host; `None` for what is none, and for addresses written so that readers differ: decimal, octal and hexadecimal ones, IPv4
    /// inside IPv6, and names that are not ASCII, whose Punycode must be written out.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return address.to_ipv4_mapped().is_none().then_some(Self::V6(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_label = |label: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=63).contains(&label.len()) && label.bytes().all(is_letter)
        };
        if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
            return None;
        }
        // Whatever ends in a number is an address to a browser, in one of many spellings; this is the one all agree on.
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X") {
            return name.parse().ok().map(Self::V4);
        }
        let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        Some(Self::Name(if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) }))
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Whether the host is meant by a host or by `*.domain`, which means every name below the domain.
pub(crate) fn is_meant(pattern: &str, host: &Host<'_>) -> bool {
    match (pattern.strip_prefix("*."), host) {
        (Some(domain), Host::Name(name)) => is_below(name, domain),
        (Some(_), _) => false,
        (None, host) => Host::read(pattern).is_some_and(|meant| meant == *host),
    }
}

/// Whether a pattern means no host another does not.
pub(crate) fn is_within(pattern: &str, outer: &str) -> bool {
    match (pattern.strip_prefix("*."), outer.strip_prefix("*.")) {
        (Some(domain), Some(outer)) => domain.eq_ignore_ascii_case(outer) || is_below(domain, outer),
        (Some(_), None) => false,
        (None, _) => Host::read(pattern).is_some_and(|host| is_meant(outer, &host)),
    }
}

/// Whether the text is such a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    match text.strip_prefix("*.") {
        Some(domain) => !domain.ends_with('.') && matches!(Host::read(domain), Some(Host::Name(_))),
        None => !text.ends_with('.') && Host::read(text).is_some(),
    }
}

fn is_below(name: &str, domain: &str) -> bool {
    let split = name.len().checked_sub(domain.len() + 1).and_then(|at| Some((name.get(..at)?, name.get(at..)?)));
    split.is_some_and(|(before, rest)| !before.is_empty() && rest.strip_prefix('.').is_some_and(|rest| rest.eq_ignore_ascii_case(domain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        let meant = |pattern, host| Host::read(host).is_some_and(|host| is_meant(pattern, &host));
        assert!(meant("good.example", "GOOD.example.") && meant("*.good.example", "a.b.good.example") && meant("10.0.0.1", "10.0.0.1"));
        for host in ["good.example.evil.example", "evilgood.example", "good.example..", "gооd.example", "", "167772161", "0x0a000001", "010.0.0.1"]
        {
            assert!(!meant("good.example", host) && !meant("10.0.0.1", host), "{host}");
        }
        assert!(!meant("*.good.example", "good.example") && !meant("*.good.example", "evilgood.example") && !meant("*.0.0.1", "10.0.0.1"));
        assert!(!meant("10.0.0.1", "[::ffff:10.0.0.1]") && meant("[::1]", "[0:0::1]"));
        assert!(is_within("a.good.example", "*.good.example") && is_within("*.a.good.example", "*.good.example"));
        assert!(!is_within("good.example", "*.good.example") && !is_within("*.good.example", "good.example"));
    }
}
