//! A small host for the examples in this crate's documentation.

use std::sync::Arc;

pub use bailiwick::doc::{now, read};
use bailiwick::{Source, doc};

use crate::{Host, HostTask, Parts};

/// A host in which everything is permitted to the agents of [`bailiwick::doc`].
///
/// # Panics
/// Never: its parts are valid.
#[must_use]
pub fn host() -> Arc<Host> {
    let parts = Parts {
        policies: vec![Source::new("all.cedar", "permit(principal, action, resource);")],
        catalog: Some(Source::new("tools.json", doc::CATALOG)),
        registry: Some(Source::new("registry.json", doc::REGISTRY)),
        ..Parts::default()
    };
    Arc::new(Host::new(parts).unwrap_or_else(|error| unreachable!("{error}")))
}

/// A task of `invoice-bot` for Alice, in [`host`].
///
/// # Panics
/// Never: what it begins with is valid.
#[must_use]
pub fn task() -> HostTask {
    host().begin(START, now()).unwrap_or_else(|error| unreachable!("{error}"))
}

/// What [`task`] begins with.
pub const START: &str = r#"{"origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice"},
    "agent": {"issuer": "https://agents.example", "subject": "invoice-bot"}}"#;
