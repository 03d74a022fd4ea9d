//! Who brings a call, as the host has authenticated them.

use serde::{Deserialize, Serialize};

use crate::identity::{Name, PrincipalId};

/// What the host knows of the one who presents a chain: facts of the connection, never what the caller says of itself.
///
/// ```
/// let presenter: bailiwick::Presenter = serde_json::from_str(
///     r#"{"agent": {"issuer": "https://agents.example", "subject": "worker"}, "session": "s1"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `agent`, `key`, `session` or `proof`")]
#[non_exhaustive]
pub struct Presenter {
    /// The agent the host has authenticated; it must be the chain's holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<PrincipalId>,
    /// The thumbprint (RFC 7638) of the key it was authenticated with, by mutual TLS for one; it must be the holder's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The login session the call belongs to; it must be the origin's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Name>,
    /// A proof of possession that came with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// A proof of possession, in one of three forms.
///
/// ```
/// let proof: bailiwick::Proof = serde_json::from_str(
///     r#"{"type": "dpop", "jwt": "eyJhbGciOiJFZERTQSJ9.e30.c2ln", "method": "POST", "url": "https://erp.example/pay"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Proof {
    /// A `DPoP` proof, with the HTTP method and URL it came with, as the host saw them.
    Dpop {
        /// The proof.
        jwt: String,
        /// The HTTP method.
        method: String,
        /// The URL; query and fragment do not count.
        url: String,
    },
    /// A WIMSE workload proof token, and the workload identity token it goes with (absent when that is the chain).
    Wpt {
        /// The proof.
        jwt: String,
        /// The workload identity token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wit: Option<String>,
    },
    /// AAT's proof, for chains of signed links.
    Aat {
        /// The proof.
        jwt: String,
    },
}
