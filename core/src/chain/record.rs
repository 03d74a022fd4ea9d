//! A chain, as the audit log knows it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Chain;
use super::facts::Held;
use super::verify::{LINKS_MAX, VerifiedChain};
use crate::digest::Digest;
use crate::identity::PrincipalId;

/// The chain, as the audit log knows it.
///
/// ```
/// let chain = bailiwick::doc::denied().chain.unwrap();
/// assert_eq!((chain.origin_kind, chain.agents.len()), ("user", 1));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChainRecord {
    /// The chain's id.
    pub id: String,
    /// The digest of origin and links; absent when the chain did not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// How well it is proven; absent when the chain did not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof_level: Option<u8>,
    /// Whether every hop is proven; absent when the chain did not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// The agent acts for itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autonomous: bool,
    /// What its format did not tell, and what is odd about it; sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<&'static str>,
    /// What its token says and no policy may decide on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// `user`, `service`, `schedule` or `agent_user`.
    pub origin_kind: &'static str,
    /// Who started the work.
    pub origin: PrincipalId,
    /// Every agent, first to acting.
    pub agents: Vec<PrincipalId>,
}

impl ChainRecord {
    pub(crate) fn of(chain: &VerifiedChain, held: Held) -> Self {
        let facts = chain.facts();
        Self {
            digest: Some(chain.digest()),
            proof_level: Some(chain.proof(held) as u8),
            complete: Some(facts.complete),
            autonomous: chain.chain().is_autonomous(),
            flags: facts.flags.iter().copied().collect(),
            claims: facts.claims.clone(),
            ..Self::unverified(chain.chain())
        }
    }

    pub(crate) fn unverified(chain: &Chain) -> Self {
        // An oversized chain was refused for that; its record must not be oversized in turn.
        let agents = chain.links.iter().take(LINKS_MAX).map(|link| link.delegate.id.clone());
        Self {
            id: chain.id.to_string(),
            digest: None,
            proof_level: None,
            complete: None,
            autonomous: false,
            flags: Vec::new(),
            claims: BTreeMap::new(),
            origin_kind: chain.origin.kind.as_str(),
            origin: chain.origin.id.clone(),
            agents: agents.collect(),
        }
    }
}
