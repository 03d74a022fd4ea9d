//! Who brings a call, as the host has authenticated them.

use serde::{Deserialize, Serialize};

use super::possession::Proof;
use super::verify::VerifiedChain;
use crate::identity::{Name, PrincipalId};
use crate::reason::{Code, Reason};

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

impl Presenter {
    pub(crate) fn check(&self, chain: &VerifiedChain) -> Result<(), Reason> {
        let refused = |why: String| Err(Reason::new(Code::ChainPresenter).because(why));
        let holder = chain.links().last().map(|link| &link.delegate.id);
        if let Some(agent) = self.agent.as_ref().filter(|agent| Some(*agent) != holder) {
            return refused(format!("presented by `{agent}`, held by {}", holder.map(ToString::to_string).unwrap_or_default()));
        }
        if let Some(key) = self.key.as_ref().filter(|key| Some(*key) != chain.facts().holder_key.as_ref()) {
            return refused(format!("presented with the key `{key}`"));
        }
        match &self.session {
            Some(session) if Some(session) != chain.chain().origin.session.as_ref() => {
                Err(Reason::new(Code::ChainSession).because(format!("presented in the session `{session}`")))
            }
            _ => Ok(()),
        }
    }
}
