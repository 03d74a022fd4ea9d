//! What a policy author should look at.

use std::fmt;

use serde::Serialize;

use crate::error::Location;

/// Something odd about policies that load all the same.
///
/// ```
/// use bailiwick::{Source, doc};
/// let odd = Source::new("a.cedar", "permit(principal, action, resource) when { 1 == 2 };");
/// let policies = doc::engine().compile(&[odd])?;
/// let warning = &policies.warnings()[0];
/// assert_eq!((warning.code, warning.location.as_ref().unwrap().line), ("policy.impossible", 1));
/// assert!(warning.to_string().starts_with("a.cedar:1:1: policy `a.cedar#0`: never applies"));
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// What kind of oddity: `policy.impossible`, `policy.unproven_agents`, `policy.id_unqualified`, `policy.free_form`,
    /// `policy.path_pattern`, `policy.unknown_entity`, `catalog.unread`, or `policy.text` for texts that mix scripts; and of what
    /// can never work, without a place: `policy.tool_unreachable`, `policy.delegate_unreachable`, `policy.agent_unreachable`,
    /// `registry.empty`.
    pub code: &'static str,
    /// What is odd, and what to do.
    pub message: String,
    /// Where.
    pub location: Option<Location>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Location { file, line, column }) = &self.location {
            write!(f, "{}:{line}:{column}: ", file.as_deref().unwrap_or("policies"))?;
        }
        f.write_str(&self.message)
    }
}
