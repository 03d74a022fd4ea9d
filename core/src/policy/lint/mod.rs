//! Policies that load in Cedar and can never do what they say: a scope that nothing matches is an error, the rest are
//! warnings. A `forbid` that never matches is an open door.

mod free_form;
mod literals;
mod near;
mod patterns;
mod scope;
mod warning;

use cedar_policy::Policy;
use serde_json::Value as Json;

use super::diagnose::line_and_column;
use super::source::Source;
use crate::catalog::Catalog;
use crate::error::{Error, ErrorKind, Location};
pub(super) use literals::{Mention, mentions};
pub(super) use near::{listed, nearest};
pub(super) use scope::unmatched;
pub use warning::Warning;

/// A policy, with the text it was read from.
#[derive(Clone, Copy)]
pub(super) struct Written<'p> {
    pub policy: &'p Policy,
    pub source: &'p Source,
}

/// What is known of a policy besides what Cedar finds.
pub(super) struct Lint<'c> {
    pub catalog: &'c Catalog,
}

impl Lint<'_> {
    /// Fails if the scope can never match.
    pub(super) fn scope(&self, written: Written<'_>) -> Result<(), Error> {
        scope::check(self.catalog, written)
    }

    /// Fails if a condition compares who acts with nobody; else what is odd about the conditions. `tree` is Cedar's JSON of the policy.
    pub(super) fn conditions(&self, written: Written<'_>, tree: &Json) -> Result<Vec<Warning>, Error> {
        let Some(conditions) = tree.get("conditions") else { return Ok(Vec::new()) };
        let mut warnings = literals::check(written, conditions)?;
        warnings.extend(free_form::check(self.catalog, written, conditions));
        warnings.extend(patterns::check(written, conditions));
        Ok(warnings)
    }
}

impl Written<'_> {
    /// Where the policy says `needle`; where it begins, if it does not say it in these letters.
    pub(super) fn place(self, needle: &str) -> Location {
        let text = &self.source.text;
        let own = self.policy.to_cedar().unwrap_or_default();
        let start = text.find(own.trim()).filter(|_| !own.trim().is_empty()).or_else(|| text.find(&format!("@id(\"{}\")", self.policy.id())));
        let start = start.unwrap_or(0);
        // Another policy further down may say it, too.
        let ends = text.get(start..).filter(|rest| rest.starts_with(own.trim())).map_or(text.len(), |_| start + own.trim().len());
        let within = text.get(start..ends).and_then(|rest| rest.find(needle)).unwrap_or(0);
        let (line, column) = line_and_column(text, start + within);
        Location { file: Some(self.source.name.clone()), line, column }
    }

    pub(super) fn error(self, needle: &str, message: &str) -> Error {
        Error::new(ErrorKind::Policy, format!("policy `{}`: {message}", self.policy.id())).at(self.place(needle))
    }

    pub(super) fn warning(self, code: &'static str, needle: &str, message: &str) -> Warning {
        Warning { code, message: format!("policy `{}`: {message}", self.policy.id()), location: Some(self.place(needle)) }
    }
}

/// The type and id of an entity that a condition names.
fn entity(node: &Json) -> Option<(&str, &str)> {
    let entity = node.get("Value").unwrap_or(node).get("__entity")?;
    Some((entity.get("type")?.as_str()?, entity.get("id")?.as_str()?))
}
