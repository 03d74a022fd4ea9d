//! Networks of IP addresses.

use core::net::IpAddr;

/// A network, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    length: u8,
}

impl Network {
    /// `10.0.0.0/8`, `2001:db8::/32`, or one address. `None` where bits behind the length are set, and for IPv4 inside IPv6.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let is_mapped = matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some());
        let length = match length {
            None => whole,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0')) => digits.parse().ok()?,
            Some(_) => return None,
        };
        let network = Self { address, length };
        (!is_mapped && length <= whole && bits(address) == network.begin()).then_some(network)
    }

    pub(crate) fn is_within(self, outer: Self) -> bool {
        self.address.is_ipv4() == outer.address.is_ipv4()
            && self.length >= outer.length
            && Self { length: outer.length, ..self }.begin() == outer.begin()
    }

    /// The address without the bits behind the length.
    fn begin(self) -> u128 {
        let whole: u32 = if self.address.is_ipv4() { 32 } else { 128 };
        let behind = whole.saturating_sub(u32::from(self.length));
        bits(self.address).checked_shr(behind).and_then(|kept| kept.checked_shl(behind)).unwrap_or(0)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_in_networks() {
        let within = |address, network| Network::read(address).zip(Network::read(network)).is_some_and(|(one, other)| one.is_within(other));
        assert!(within("10.1.2.3", "10.0.0.0/8") && within("10.1.0.0/16", "10.0.0.0/8") && within("2001:db8::1", "2001:db8::/32"));
        assert!(within("1.2.3.4", "0.0.0.0/0") && within("::1", "::/0") && within("10.0.0.1", "10.0.0.1"));
        for address in
            ["11.0.0.1", "10.0.0.0/7", "::ffff:10.0.0.1", "010.0.0.1", "167772161", "0x0a.0.0.1", "10.1", "10.0.0.1/8", "10.0.0.1%eth0", "::1", ""]
        {
            assert!(!within(address, "10.0.0.0/8"), "{address}");
        }
        assert!(!within("::ffff:1.2.3.4", "::/0"));
    }
}
