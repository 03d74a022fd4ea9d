//! All that is wrong with the parts of a host, not only what is found first.

use std::path::Path;

use bailiwick::{Engine, Error, ErrorKind, Registry, Revocations, SealKey, Source, TrustStore, Value};

use crate::host::{Host, Parts};
use crate::tools::catalog_of;

/// More policy files than these are not tried without those that are wrong: each try validates all the others.
const TRIES_MAX: usize = 50;

impl Host {
    /// Everything that is wrong with a policy directory, in the order of its files, and does not only follow from something else
    /// that is: one error for each file. Nothing, if [`Host::from_dir`] loads it.
    ///
    /// ```
    /// use bailiwick_store::{Host, Parts};
    /// # let dir = tempfile::tempdir()?;
    /// std::fs::write(dir.path().join("a.cedar"), "permit(")?;
    /// std::fs::write(dir.path().join("b.cedar"), "forbid")?;
    /// std::fs::write(dir.path().join("registry.json"), "{}")?;
    /// assert_eq!(Host::mistakes(dir.path(), None, Parts::default()).len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mistakes(dir: &Path, catalog: Option<&Path>, options: Parts) -> Vec<Error> {
        match Self::parts_of(dir, catalog, options) {
            Ok(parts) => of_parts(parts),
            Err(error) => vec![error],
        }
    }
}

fn of_parts(mut parts: Parts) -> Vec<Error> {
    let mut found = Found::default();
    found.documents(&parts);
    let catalog = catalog_of(&parts).map_err(|wrong| wrong.into_iter().for_each(|error| found.add(error))).ok();
    parts.policies.retain(|source| found.is_right(source, source.parse()));
    // Whether policies fit the tools can be said of tools that are known.
    let engine = catalog.and_then(|catalog| {
        for _ in 0..TRIES_MAX {
            let builder = Engine::builder(SealKey::new([0; 32])).catalog(catalog.clone()).standing(parts.standing.clone());
            match builder.schema(parts.schema.clone()).policies(parts.policies.clone()).build() {
                Ok(engine) => return Some(engine),
                Err(error) => {
                    let at = parts.policies.iter().position(|source| is_about(&error, &source.name));
                    found.add(error);
                    parts.policies.remove(at?);
                }
            }
        }
        None
    });
    if let Some(source) = &parts.entities {
        match engine {
            Some(engine) => found.is_right(source, engine.resources(&source.text)),
            None => found.is_right(source, Value::parse(&source.text)),
        };
    }
    found.in_order()
}

#[derive(Default)]
struct Found(Vec<Error>);

impl Found {
    fn documents(&mut self, parts: &Parts) {
        if let Some(source) = &parts.registry {
            self.is_right(source, Registry::from_json(&source.text));
        }
        if let Some(source) = &parts.trust {
            self.is_right(source, TrustStore::from_json(&source.text));
        }
        if let Some(source) = &parts.revocations {
            self.is_right(source, Revocations::from_json(&source.text));
        }
    }

    fn is_right<T>(&mut self, source: &Source, read: Result<T, Error>) -> bool {
        let Err(error) = read else { return true };
        // Policies name their files themselves.
        self.add(if error.kind() == ErrorKind::Policy { error } else { error.in_file(&source.name) });
        false
    }

    fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    /// By file, and within it by line; what is said of no file comes last.
    fn in_order(mut self) -> Vec<Error> {
        self.0.sort_by_cached_key(|error| {
            if let Some(place) = error.location() {
                return (place.file.is_none(), place.file.clone().unwrap_or_default(), place.line, place.column);
            }
            let file = error.to_string().split_once(": ").map(|(file, _)| file.to_owned()).filter(|file| !file.contains(' '));
            (file.is_none(), file.unwrap_or_default(), 0, 0)
        });
        self.0
    }
}

fn is_about(error: &Error, file: &str) -> bool {
    match error.location() {
        Some(place) => place.file.as_deref() == Some(file),
        None => error.to_string().starts_with(&format!("{file}: ")),
    }
}
