//! Web addresses, as far as all readers agree on them.

use smallvec::SmallVec;

use super::host::Host;

/// A web address. Query and fragment are not read.
pub(crate) struct Url<'t> {
    pub scheme: &'static str,
    pub host: Host<'t>,
    pub port: u16,
    /// The path, resolved; `None` where a server may read other names than stand there.
    pub path: Option<SmallVec<[&'t str; 16]>>,
}

const SCHEMES: [(&str, u16); 4] = [("https", 443), ("http", 80), ("wss", 443), ("ws", 80)];

impl<'t> Url<'t> {
    /// The address; `None` for other schemes, and where a browser goes elsewhere than the text seems to say: user names, `\`, missing
    /// or additional slashes, white space.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        if text.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let (scheme, default) = SCHEMES.into_iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        if authority.contains('@') || path.contains('\\') {
            return None;
        }
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            None => (authority, default),
            Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()?),
            Some(_) => return None,
        };
        Some(Self { scheme, host: Host::read(host)?, port, path: names(path) })
    }
}

/// The usual port of a scheme that is known.
pub(crate) fn port_of(scheme: &str) -> Option<u16> {
    SCHEMES.into_iter().find(|(known, _)| *known == scheme).map(|(_, port)| port)
}

/// The names of a path, without `.` and `..`, in whatever spelling.
pub(crate) fn names(path: &str) -> Option<SmallVec<[&str; 16]>> {
    const HIDDEN: [&str; 7] = ["%2f", "%5c", "%00", "%252e", "%252f", "%255c", "%2500"];
    let lower = path.to_ascii_lowercase();
    if HIDDEN.into_iter().any(|hidden| lower.contains(hidden)) {
        return None;
    }
    let mut names: SmallVec<[&str; 16]> = SmallVec::new();
    // RFC 3986 §5.2.4 counts an empty segment as one that `..` takes away; many servers merge slashes first.
    let mut passed_empty = false;
    for (place, name) in path.split('/').enumerate() {
        let plain = if name.contains('%') { name.to_ascii_lowercase().replace("%2e", ".") } else { String::new() };
        match if plain.is_empty() { name } else { plain.as_str() } {
            "" => passed_empty |= place > 0,
            "." => {}
            ".." if passed_empty => return None,
            ".." => drop(names.pop()),
            // Some servers drop what follows `;` before they resolve, and decode once more.
            odd if [".", ".."].iter().any(|dots| odd.strip_prefix(dots).is_some_and(|rest| rest.starts_with([';', '%']))) => return None,
            _ => names.push(name),
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_all_readers_take_it_for() {
        let read = |text| Url::read(text).map(|url: Url<'_>| (url.host.to_string(), url.port, url.path.map(|path| path.join("/"))));
        let some = |host: &str, port, path: &str| Some((host.to_owned(), port, Some(path.to_owned())));
        assert_eq!(read("https://GOOD.example:443/"), some("good.example", 443, ""));
        assert_eq!(read("HTTP://good.example/a/../b?x=/../c#d"), some("good.example", 80, "b"));
        assert_eq!(read("https://good.example/v1/%2e%2E/admin"), some("good.example", 443, "admin"));
        for escape in ["/admin//../v1/x", "/admin/delete//../../v1/", "/v1/..%3b/admin", "/v1/..%23/x"] {
            let address = format!("https://good.example{escape}");
            assert!(Url::read(&address).is_some_and(|url| url.path.is_none()), "{escape}");
        }
        assert_eq!(read("http://[::1]:8080/a//b"), some("[::1]", 8080, "a/b"));
        assert_eq!(read("https://good.example/v1/..%2fadmin"), Some(("good.example".to_owned(), 443, None)));
        for text in [
            "https://good.example@evil.example/",
            "https://evil.example\\@good.example/",
            "https:good.example",
            "https:///good.example",
            "https:/good.example",
            "https://good.example:/",
            "https://good.example:99999/",
            "https://go od.example/",
            "https://good.example\t/",
            "http://[::ffff:10.0.0.1]/",
            "http://167772161/",
            "http://0x7f.1/",
            "http://010.0.0.1/",
            "ftp://good.example/",
            "javascript:alert(1)",
            "//good.example",
            "good.example",
            "https://good%2eexample/",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
