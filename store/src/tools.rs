//! The catalog of a host: lists of tools, and what annotations say of them.

use std::collections::BTreeMap;

use bailiwick::{Catalog, Error, ErrorKind, Server, Source};

use crate::dir::{are_of, server_of};
use crate::host::Parts;

/// The system of tools read from a catalog that names none.
const SYSTEM: &str = "tools";

/// The tools of all lists; or what is wrong with each list that cannot be used, at least one.
pub(crate) fn catalog_of(parts: &Parts) -> Result<Catalog, Vec<Error>> {
    let mut wrong = Vec::new();
    let mut lists = Vec::new();
    if let Some(source) = &parts.catalog {
        match Catalog::from_any(SYSTEM, &source.text) {
            Ok(tools) => lists.push((source, tools.in_file(&source.name))),
            Err(error) => wrong.push(error.in_file(&source.name)),
        }
    }
    let (of_one, of_all): (Vec<_>, Vec<_>) =
        parts.annotations.iter().partition(|annotations| parts.servers.iter().any(|server| are_of(&annotations.name, &server.name)));
    let servers = servers(&parts.servers).unwrap_or_else(|error| {
        wrong.push(error);
        BTreeMap::new()
    });
    for (name, source) in servers {
        match Server::new(name).read_file(&source.text) {
            Ok(tools) => {
                let mut tools = Ok(tools.in_file(&source.name));
                for annotations in of_one.iter().filter(|annotations| are_of(&annotations.name, &source.name)) {
                    tools = tools.and_then(|tools: Catalog| tools.annotate(&annotations.text).map_err(|error| error.in_file(&annotations.name)));
                }
                match tools {
                    Ok(tools) => lists.push((source, tools)),
                    Err(error) => wrong.push(error),
                }
            }
            Err(error) => wrong.push(error.in_file(&source.name)),
        }
    }
    // What lists have in common, and what annotations of all of them say, is found out of lists that are right.
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut catalog = Catalog::default();
    for (source, tools) in lists {
        catalog = catalog.merge(tools).map_err(|error| vec![error.in_file(&source.name)])?;
    }
    for annotations in of_all {
        catalog = catalog.annotate(&annotations.text).map_err(|error| vec![error.in_file(&annotations.name)])?;
    }
    Ok(catalog)
}

/// The servers by name.
fn servers(sources: &[Source]) -> Result<BTreeMap<&str, &Source>, Error> {
    let mut servers: BTreeMap<&str, &Source> = BTreeMap::new();
    for source in sources {
        let name = server_of(&source.name).unwrap_or(&source.name);
        if let Some(first) = servers.insert(name, source) {
            let message = format!("duplicate server `{name}`, in {} and {}: remove one, or rename it", first.name, source.name);
            return Err(Error::new(ErrorKind::Catalog, message));
        }
    }
    Ok(servers)
}
