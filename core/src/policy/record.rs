//! What of the policies' answers goes into a decision.

use serde::Serialize;

use crate::reason::Gate;

/// May the call be made?
///
/// ```
/// use bailiwick::Effect;
/// match bailiwick::doc::denied().effect {
///     Effect::Allow => unreachable!("there are no policies"),
///     Effect::Ask | Effect::Deny => {}
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer; a caller must name all three")]
pub enum Effect {
    /// Make it.
    Allow,
    /// Make it only after the people named in [`Decision::ask`] approved exactly this call.
    Ask,
    /// Do not make it.
    Deny,
}

impl Effect {
    /// `allow`, `ask` or `deny`.
    ///
    /// ```
    /// assert_eq!(bailiwick::Effect::Ask.as_str(), "ask");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// One gate that permitted.
///
/// ```
/// let decision = bailiwick::doc::allowed();
/// assert_eq!(decision.permissions.gates[0].permits, ["readers"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GateRecord {
    /// Which.
    pub gate: Gate,
    /// At which hop.
    pub hop: usize,
    /// Ids of the policies that permitted, sorted.
    pub permits: Vec<String>,
}

/// What `@shadow` policies would have changed.
///
/// ```
/// assert!(bailiwick::doc::denied().shadow.is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Shadow {
    /// The effect it would have been.
    pub effect: Effect,
    /// The shadow policies that were met, sorted.
    pub policies: Vec<String>,
}
