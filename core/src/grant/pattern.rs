//! What a grant says of texts that lead somewhere: paths, web addresses, networks and e-mail addresses. Checked when it is read, so
//! that a slip is an error and not a wider grant.

use serde::{Deserialize, Serialize};

use crate::resolve::glob::Pattern;
use crate::resolve::network::Network;
use crate::resolve::path::Path;
use crate::resolve::url::{self, Url};
use crate::resolve::{host, mail};

/// Longest pattern, in bytes: what a path may have on Linux.
const PATTERN_BYTES_MAX: usize = 4_096;

macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident: $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text it was read from; what it is for is shown at the type.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                if text.len() > PATTERN_BYTES_MAX {
                    return Err(format!("a pattern has at most {PATTERN_BYTES_MAX} bytes"));
                }
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(pattern: $name) -> Self {
                pattern.0
            }
        }
    )*};
}

patterns! {
    /// A directory: it, and every path below it once `.` and `..` are resolved.
    ///
    /// ```
    /// let directory: bailiwick::Subpath = serde_json::from_str(r#""/workspace""#)?;
    /// assert!(serde_json::from_str::<bailiwick::Subpath>(r#""/workspace/../etc""#).is_err());
    /// assert_eq!(directory.as_str(), "/workspace");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Subpath: |text| match Path::read(text) {
        Some(_) if !text.split(['/', '\\']).any(|name| name == "..") => Ok(()),
        _ => Err(format!("`{text}` is not a directory: write an absolute path, or one relative to where the tool runs, without `..` and percent-encoding")),
    };

    /// What a text begins with. With a `/` in it, it is of paths, which are resolved before.
    ///
    /// ```
    /// let prefix: bailiwick::Prefix = serde_json::from_str(r#""INV-""#)?;
    /// assert_eq!(prefix.as_str(), "INV-");
    /// assert!(serde_json::from_str::<bailiwick::Prefix>(r#""https://good.example""#).is_err()); // `url` is for those
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Prefix: |text| match text {
        "" => Err("a prefix is not empty: write `any`".to_owned()),
        _ if text.contains("://") => Err(format!("`{text}` is the beginning of a web address, and of addresses of other hosts: write `url`")),
        _ if text.contains('/') && resolved(text).as_deref() != Some(text) => {
            Err(format!("`{text}` is not the beginning of a resolved path: write it without `.`, `..`, `\\`, `//` and percent-encoding"))
        }
        _ => Ok(()),
    };

    /// A pattern of paths: `*` and `?` within one name, `**` for any directories. Paths are resolved before.
    ///
    /// ```
    /// let reports: bailiwick::Glob = serde_json::from_str(r#""/reports/**/*.pdf""#)?;
    /// assert_eq!(reports.as_str(), "/reports/**/*.pdf");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Glob: |text| Pattern::read(text).map(drop).map_err(|why| format!("the pattern `{text}` {why}"));

    /// A network of IP addresses, or one address.
    ///
    /// ```
    /// assert!(serde_json::from_str::<bailiwick::Cidr>(r#""10.0.0.0/8""#).is_ok());
    /// assert!(serde_json::from_str::<bailiwick::Cidr>(r#""10.0.0.1/8""#).is_err());
    /// # assert_eq!(bailiwick::Cidr::try_from("10.0.0.0/8".to_owned()).unwrap().as_str(), "10.0.0.0/8");
    /// ```
    Cidr: |text| match Network::read(text) {
        Some(_) => Ok(()),
        None => Err(format!("`{text}` is not a network such as `10.0.0.0/8` or `2001:db8::/32`, with no bits behind its length")),
    };

    /// The domain of an e-mail address, or with `*.` before it every domain below.
    ///
    /// ```
    /// assert!(serde_json::from_str::<bailiwick::EmailDomain>(r#""corp.example""#).is_ok());
    /// # assert_eq!(bailiwick::EmailDomain::try_from("*.corp.example".to_owned()).unwrap().as_str(), "*.corp.example");
    /// ```
    EmailDomain: |text| match mail::domain(&format!("a@{}", text.strip_prefix("*.").unwrap_or(text))) {
        Some(_) => Ok(()),
        None => Err(format!("`{text}` is not a domain such as `corp.example` or `*.corp.example`")),
    };
}

/// Which web addresses: of this host, and of this scheme, port and path.
///
/// ```
/// let api: bailiwick::UrlPattern = serde_json::from_str(r#"{"scheme": "https", "host": "*.good.example", "path": "/v1"}"#)?;
/// assert_eq!(api.host, "*.good.example");
/// assert!(serde_json::from_str::<bailiwick::UrlPattern>(r#"{"host": "https://good.example"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UrlParts")]
#[non_exhaustive]
pub struct UrlPattern {
    /// `https`, `http`, `wss` or `ws`; absent: `https` or `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// A host, or `*.domain` for every name below it.
    pub host: String,
    /// The port; absent: the scheme's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path and what lies below it; absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`scheme`, `host`, `port` and `path` of web addresses")]
struct UrlParts {
    scheme: Option<String>,
    host: String,
    port: Option<u16>,
    path: Option<String>,
}

impl TryFrom<UrlParts> for UrlPattern {
    type Error = String;

    fn try_from(UrlParts { scheme, host, port, path }: UrlParts) -> Result<Self, String> {
        if let Some(other) = scheme.as_ref().filter(|scheme| url::port_of(scheme).is_none()) {
            return Err(format!("`{other}` is not a scheme of web addresses; there are: https, http, wss, ws"));
        }
        if !host::is_pattern(&host) {
            return Err(format!("`{host}` is not a host such as `good.example`, `*.good.example` or `[2001:db8::1]`"));
        }
        let is_plain = |path: &String| {
            path.len() <= PATTERN_BYTES_MAX
                && path.starts_with('/')
                && !path.contains(['?', '#', '\\', '*'])
                && !path.chars().any(|letter| letter.is_control() || letter.is_whitespace())
                && !path.split('/').any(|name| matches!(name, "." | ".."))
                && url::names(path).is_some()
        };
        if let Some(other) = path.as_ref().filter(|path| !is_plain(path)) {
            return Err(format!("`{other}` is not a path such as `/v1`: it begins with `/` and has no `..`, `*`, query or encoded `/`"));
        }
        Ok(Self { scheme, host, port, path })
    }
}

impl Subpath {
    pub(crate) fn holds(&self, text: &str) -> bool {
        Path::read(text).zip(Path::read(&self.0)).is_some_and(|(path, directory)| path.is_within(&directory))
    }

    /// Its text, when everything in it lies in the other.
    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        outer.holds(&self.0)
    }

    pub(crate) fn is_within_glob(&self, outer: &Glob) -> bool {
        outer.whole_directory().is_some_and(|directory| is_in(&self.0, &directory))
    }

    /// Only where upper and lower case differ: a prefix is compared as it is written.
    pub(crate) fn is_within_prefix(&self, outer: &Prefix) -> bool {
        self.0.starts_with('/') && outer.0.contains('/') && Path::read(&self.0).is_some_and(|path| path.to_string().starts_with(&outer.0))
    }
}

impl Prefix {
    pub(crate) fn holds(&self, text: &str) -> bool {
        if self.0.contains('/') {
            return resolved(text).is_some_and(|resolved| resolved.starts_with(&self.0));
        }
        // What is no path to the grant may be one to the tool.
        text.starts_with(&self.0) && !text.split(['/', '\\']).any(|name| name.trim() == "..")
    }

    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        self.0.contains('/') == outer.0.contains('/') && self.0.starts_with(&outer.0)
    }
}

impl Glob {
    pub(crate) fn holds(&self, text: &str) -> bool {
        Path::read(text).zip(Pattern::read(&self.0).ok()).is_some_and(|(path, pattern)| pattern.matches(&path))
    }

    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        self == outer || outer.whole_directory().is_some_and(|directory| self.lies_in(&directory))
    }

    pub(crate) fn is_within_subpath(&self, outer: &Subpath) -> bool {
        self.lies_in(&outer.0)
    }

    fn lies_in(&self, directory: &str) -> bool {
        Pattern::read(&self.0).is_ok_and(|pattern| is_in(&pattern.fixed_directory(), directory))
    }

    fn whole_directory(&self) -> Option<String> {
        Pattern::read(&self.0).ok()?.whole_directory()
    }
}

impl Cidr {
    pub(crate) fn holds(&self, text: &str) -> bool {
        Network::read(text).zip(Network::read(&self.0)).is_some_and(|(one, outer)| one.is_within(outer))
    }

    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        outer.holds(&self.0)
    }
}

impl EmailDomain {
    pub(crate) fn holds(&self, text: &str) -> bool {
        mail::domain(text).is_some_and(|domain| host::is_meant(&self.0, &domain))
    }

    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        host::is_within(&self.0, &outer.0)
    }
}

impl UrlPattern {
    pub(crate) fn holds(&self, text: &str) -> bool {
        let Some(url) = Url::read(text) else { return false };
        self.has_scheme(url.scheme)
            && self.port.or(url::port_of(url.scheme)) == Some(url.port)
            && host::is_meant(&self.host, &url.host)
            && self.path.as_ref().is_none_or(|path| url.path.as_ref().is_some_and(|names| begins(names, path)))
    }

    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        let schemes = self.scheme.as_deref().map_or(vec!["https", "http"], |scheme| vec![scheme]);
        let port_is_within = |scheme: &str| self.port.or(url::port_of(scheme)) == outer.port.or(url::port_of(scheme));
        schemes.into_iter().all(|scheme| outer.has_scheme(scheme) && port_is_within(scheme))
            && host::is_within(&self.host, &outer.host)
            && outer.path.as_ref().is_none_or(|path| self.path.as_deref().and_then(url::names).is_some_and(|names| begins(&names, path)))
    }

    fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_deref().map_or(matches!(scheme, "https" | "http"), |own| own == scheme)
    }
}

fn begins(names: &[&str], path: &str) -> bool {
    url::names(path).is_some_and(|outer| names.starts_with(&outer))
}

fn is_in(path: &str, directory: &str) -> bool {
    Path::read(path).zip(Path::read(directory)).is_some_and(|(path, directory)| path.is_within(&directory))
}

/// The path, resolved, with the slash at its end if it has one.
fn resolved(text: &str) -> Option<String> {
    let resolved = Path::read(text)?.to_string();
    Some(if text.ends_with(['/', '\\']) && !resolved.ends_with('/') { resolved + "/" } else { resolved })
}
