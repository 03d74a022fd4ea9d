//! Where a call leads, by the roles its tool declares for arguments: resolved paths, hosts, and domains of e-mail addresses.
//!
//! What cannot be read as one is kept as it is written, so that a set which must lie within another never does because something
//! was left out.

use std::collections::BTreeSet;

use super::Case;
use crate::catalog::Role;
use crate::catalog::shape::Typed;
use crate::json;
use crate::resolve::host::Host;
use crate::resolve::mail;
use crate::resolve::path::Path;
use crate::resolve::url::Url;

/// The texts of all arguments of a role, also those inside free-form ones.
pub(crate) fn texts(case: &Case<'_>, role: Role) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, value) in case.call.arguments.iter() {
        if case.call.tool.role(name) == Some(role) {
            collect(value, &mut found);
        }
    }
    found
}

/// The paths, resolved.
pub(crate) fn paths(case: &Case<'_>) -> BTreeSet<String> {
    let resolved = |text: String| Path::read(&text).map(|path| path.to_string()).unwrap_or(text);
    texts(case, Role::Path).into_iter().map(resolved).collect()
}

/// Every directory that all paths are or lie in; none when there is no path, or one that cannot be resolved.
pub(crate) fn within(case: &Case<'_>) -> BTreeSet<String> {
    let texts = texts(case, Role::Path);
    let Some(paths) = texts.iter().map(|text| Path::read(text)).collect::<Option<Vec<_>>>() else { return BTreeSet::new() };
    let mut paths = paths.into_iter();
    let common = paths.next().and_then(|first| paths.try_fold(first, |common, path| common.common(&path)));
    common.iter().flat_map(Path::directories).collect()
}

/// The hosts of web addresses and of arguments that are hosts, a port left out.
pub(crate) fn hosts(case: &Case<'_>) -> BTreeSet<String> {
    let of_url = |text: String| Url::read(&text).map(|url| url.host.to_string()).unwrap_or(text);
    let of_host = |text: String| {
        let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
        let name = text.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(text.as_str(), |(name, _)| name);
        Host::read(name).map(|host| host.to_string()).unwrap_or(text)
    };
    let urls = texts(case, Role::Url).into_iter().map(of_url);
    urls.chain(texts(case, Role::Host).into_iter().map(of_host)).collect()
}

/// The domains of the e-mail addresses something goes to.
pub(crate) fn destination_domains(case: &Case<'_>) -> BTreeSet<String> {
    let domain = |text: String| mail::domain(&text).map(|domain| domain.to_string()).unwrap_or(text);
    texts(case, Role::Destination).into_iter().map(domain).collect()
}

fn collect(value: &Typed<'_>, found: &mut BTreeSet<String>) {
    match value {
        Typed::String(text) => {
            found.insert((*text).to_owned());
        }
        Typed::Json(text) => match json::Value::parse(text) {
            Ok(value) => collect_json(&value, found),
            Err(_) => {
                found.insert(text.clone());
            }
        },
        Typed::Lone(item) => collect(item, found),
        Typed::Set(items) => items.iter().for_each(|item| collect(item, found)),
        Typed::Record(members) => members.iter().for_each(|(_, member)| collect(member, found)),
        _ => {}
    }
}

fn collect_json(value: &json::Value, found: &mut BTreeSet<String>) {
    match value {
        json::Value::String(text) => {
            found.insert(text.clone());
        }
        json::Value::Array(items) => items.iter().for_each(|item| collect_json(item, found)),
        json::Value::Object(members) => members.values().for_each(|member| collect_json(member, found)),
        _ => {}
    }
}
