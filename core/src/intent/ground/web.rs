//! Web addresses, read as a browser reads them (WHATWG URL, "special" schemes): `\` is `/`, and slashes before a host do not count.

/// Host and the rest of a web address, from behind its scheme; user names and the usual ports dropped.
pub(super) fn address(text: &str) -> String {
    let text = text.trim_start_matches(['/', '\\']);
    let (authority, rest) = text.split_at(text.find(['/', '\\', '?', '#']).unwrap_or(text.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host);
    format!("{host}{}", rest.replace('\\', "/").trim_end_matches('/'))
}

/// The address a text is where one is wanted; none of what reaches no host, of other schemes, and with a user name: what stands
/// before an `@` is there to mislead.
pub(super) fn wanted(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = behind_scheme(text).or_else(|| text.strip_prefix(['/', '\\']).filter(|rest| rest.starts_with(['/', '\\'])));
    let is_other = |scheme: &str| !scheme.is_empty() && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-'));
    let has_scheme = text.split_once(':').is_some_and(|(scheme, after)| is_other(scheme) && !after.starts_with(|port: char| port.is_ascii_digit()));
    if rest.is_none() && (has_scheme || text.starts_with(['/', '\\'])) {
        return None;
    }
    let rest = rest.unwrap_or(text).trim_start_matches(['/', '\\']);
    let authority = rest.get(..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())).unwrap_or_default();
    let is_plain = !authority.is_empty() && !authority.contains(['@', ' ', '\'', '(', '"', '<', '%']) && !authority.starts_with(':');
    is_plain.then(|| address(rest))
}

/// Whether a text that is no sentence may be an address, wherever it stands: `//a.example`, `data:…`, `a.example/b`.
pub(in crate::intent) fn may_be_reached(text: &str) -> bool {
    let text = text.trim();
    let is_odd = ["javascript:", "data:", "file:", "//", "/\\", "\\\\"]
        .into_iter()
        .any(|begins| text.get(..begins.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(begins)));
    let host = text.get(..text.find(['/', '\\', '?', '#', ':']).unwrap_or(text.len())).unwrap_or_default();
    text.contains("://")
        || behind_scheme(&text.to_lowercase()).is_some()
        || is_odd
        || !text.contains(' ') && !text.contains('@') && is_site(&host.to_lowercase())
}

/// What stands behind `https://`, `https:/` or `https:`.
pub(super) fn behind_scheme(text: &str) -> Option<&str> {
    ["https:", "http:", "wss:", "ws:", "ftp:"].into_iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// Host, path and query of an address: `a.example`, `/b/c`, `?d=e`.
pub(super) fn parts(norm: &str) -> (&str, &str, &str) {
    let (host, rest) = norm.split_at(norm.find(['/', '?', '#']).unwrap_or(norm.len()));
    let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    (host, path, query)
}

/// The values of a query.
pub(super) fn values(query: &str) -> impl Iterator<Item = &str> {
    let pairs = query.split(['?', '&', ';', '#']).map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    pairs.filter(|value| !value.is_empty())
}

pub(super) fn is_host(text: &str) -> bool {
    let ending = text.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_numbered = || text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok());
    let is_named = ending.len() >= 2 && ending.chars().all(|letter| letter.is_ascii_alphabetic());
    (is_named && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-'))) || is_numbered()
}

/// Whether the text is a host that says so itself: by an ending that no file has.
pub(super) fn is_site(text: &str) -> bool {
    const ENDINGS: [&str; 19] = [
        "com", "net", "org", "info", "biz", "edu", "gov", "int", "online", "site", "shop", "xyz", "top", "cloud", "link", "click", "example", "test",
        "invalid",
    ];
    // Endings of countries that files have, too; "e.g." and the like have one letter.
    const FILES: [&str; 24] = [
        "md", "js", "py", "rs", "go", "ts", "sh", "cs", "rb", "pl", "so", "gz", "ai", "ps", "db", "cc", "mm", "ml", "tf", "vi", "is", "in", "to",
        "it",
    ];
    let is_ending = |ending: &str| ENDINGS.contains(&ending) || ending.len() == 2 && !FILES.contains(&ending);
    text.rsplit_once('.').is_some_and(|(_, ending)| is_ending(ending)) && is_host(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_where_a_browser_would_go() {
        for (text, address) in [
            ("https://good.example/a/", Some("good.example/a")),
            ("https:good.example", Some("good.example")),
            ("https:///evil.example/x", Some("evil.example/x")),
            ("//evil.example/x", Some("evil.example/x")),
            ("/\\evil.example", Some("evil.example")),
            ("https://evil.example\\a", Some("evil.example/a")),
            ("good.example:8080/x", Some("good.example:8080/x")),
            ("good.example:443", Some("good.example")),
            ("https://evil.example\\@good.example/", Some("evil.example/@good.example")),
            ("https://good.example@evil.example/", None),
            ("https://@/evil.example", None),
            ("https://:443/x", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("/etc/passwd", None),
            ("", None),
        ] {
            assert_eq!(wanted(text).as_deref(), address, "{text}");
        }
    }

    #[test]
    fn an_address_has_a_host_a_path_and_a_query() {
        assert_eq!(parts("a.example/b/c?d=e&f#g"), ("a.example", "/b/c", "?d=e&f#g"));
        assert_eq!(parts("a.example"), ("a.example", "", ""));
        assert_eq!(values("?d=e&f#g").collect::<Vec<_>>(), ["e", "f", "g"]);
    }

    #[test]
    fn sites_say_so_and_files_do_not() {
        assert!(["evil.ru", "login-check.example", "paypal.me", "a.co"].into_iter().all(is_site));
        assert!(!["main.rs", "report.docx", "e.g", "v1.2", "readme.md", "10.12"].into_iter().any(is_site));
        assert!(is_host("1.2.3.4") && !is_host("1.2.3"));
    }
}
