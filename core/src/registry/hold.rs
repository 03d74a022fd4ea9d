//! Holds: everything restrictive about an agent that is not its state.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a hold does, from mildest to strictest.
///
/// ```
/// assert!(bailiwick::HoldEffect::Ask < bailiwick::HoldEffect::Deny);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "an unknown effect must not load, let alone be taken for mild")]
pub enum HoldEffect {
    /// Every call needs approval.
    Ask,
    /// Only tools that only read.
    ReadOnly,
    /// Nothing.
    Deny,
}

/// Something held against an agent or a blueprint.
///
/// ```
/// let hold: bailiwick::Hold = serde_json::from_str(r#"{"kind": "quarantine", "effect": "deny", "reason": "new, unclaimed"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `kind`, `effect`, `role` and `reason`")]
#[non_exhaustive]
pub struct Hold {
    /// What it is called: `quarantine`, `suspended_local`, `attestation_due`, …
    pub kind: String,
    /// What it does.
    pub effect: HoldEffect,
    /// Who may approve a call under an `ask` hold; the owner unless said otherwise.
    #[serde(default = "owner")]
    pub role: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it ends by itself; absent means never.
    #[serde(default, rename = "expires_ms", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl Hold {
    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

fn owner() -> String {
    "owner".to_owned()
}
