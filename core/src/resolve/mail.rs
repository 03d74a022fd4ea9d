//! E-mail addresses.

use super::host::Host;

/// The domain of exactly one plain address: no display name, no quotes, no comment, no second address.
pub(crate) fn domain(address: &str) -> Option<Host<'_>> {
    let (local, domain) = address.split_once('@')?;
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte));
    // `%` in a local part was once a route to another host, and `!` too.
    let is_routed = local.contains(['%', '!']);
    if local.len() > 64 || is_routed || !local.split('.').all(is_plain) || domain.ends_with('.') {
        return None;
    }
    Host::read(domain).filter(|host| matches!(host, Host::Name(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::host::is_meant;

    #[test]
    fn an_address_has_one_domain() {
        let is_of = |pattern, address| domain(address).is_some_and(|domain| is_meant(pattern, &domain));
        assert!(
            is_of("corp.example", "bob@corp.example") && is_of("corp.example", "b.o+x@CORP.example") && is_of("*.corp.example", "b@eu.corp.example")
        );
        for address in [
            "bob@corp.example@evil.example",
            "bob@corp.example,eve@evil.example",
            "bob@evil.example, x@corp.example",
            "\"bob@corp.example\" <eve@evil.example>",
            "\"eve@evil.example\"@corp.example",
            "eve%evil.example@corp.example",
            "bob@corp.example.evil.example",
            "bob@evilcorp.example",
            "bob@corp.example\n",
            " bob@corp.example",
            "bob@[10.0.0.1]",
            "@corp.example",
            "corp.example",
            "mailto:bob@corp.example",
            "bob(x)@corp.example",
        ] {
            assert!(!is_of("corp.example", address), "{address}");
        }
    }
}
