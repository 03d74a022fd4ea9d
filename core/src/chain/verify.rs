//! `Chain` → [`VerifiedChain`]: proof, linkage, times, narrowing.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Chain, Link, ProofLevel};
use crate::catalog::Catalog;
use crate::digest::{Digest, SealKey};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// The longest chain we accept. `McGuinness`' actor profile recommends an interoperable minimum of 4; 16 is far
/// beyond any agent team seen, and bounds the gates of one decision.
///
/// ```
/// assert_eq!(bailiwick::LINKS_MAX, 16);
/// ```
pub const LINKS_MAX: usize = 16;
/// Largest purpose, in bytes: the size of a long paragraph.
const PURPOSE_BYTES_MAX: usize = 8_192;
/// Most groups of an origin: Entra ID stops listing them in a token at 200, Active Directory at 1,015.
const GROUPS_MAX: usize = 1_024;
/// How far the clocks of the hosts that made the links may run ahead of ours (AAT-01, invariant I3).
const CLOCK_SKEW_MILLIS: i64 = 30_000;
/// The longest a link may last: 30 days, a month's piece of work. Catches seconds taken for milliseconds too.
const LIFETIME_MILLIS_MAX: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Proof that a chain is well-formed, of a proof level the engine accepts, and only narrows.
///
/// Times are the one thing that changes under a verified chain: [`VerifiedChain::check_times`] again at each use.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedChain {
    chain: Arc<Chain>,
    proof: ProofLevel,
    digest: Digest,
}

/// What a chain is verified against.
#[derive(Clone, Copy)]
pub(crate) struct Anchors<'e> {
    pub seal: &'e SealKey,
    pub accept_claimed: bool,
    pub catalog: &'e Catalog,
}

impl Anchors<'_> {
    pub(crate) fn verify(&self, chain: Arc<Chain>, now: Timestamp) -> Result<VerifiedChain, Reason> {
        check_size(&chain)?;
        let proof = self.proof(&chain)?;
        check_linkage(&chain)?;
        check_depth(&chain)?;
        check_order(&chain)?;
        self.check_narrowing(&chain)?;
        let digest = chain.digest();
        let verified = VerifiedChain { chain, proof, digest };
        verified.check_times(now)?;
        Ok(verified)
    }

    fn proof(&self, chain: &Chain) -> Result<ProofLevel, Reason> {
        match (&chain.seal, self.accept_claimed) {
            (Some(_), _) if chain.is_sealed_by(self.seal) => Ok(ProofLevel::Sealed),
            (Some(_), _) => Err(Reason::new(Code::ChainSeal)),
            (None, true) => Ok(ProofLevel::Claimed),
            (None, false) => Err(Reason::new(Code::ChainUnproven)),
        }
    }

    fn check_narrowing(&self, chain: &Chain) -> Result<(), Reason> {
        for (hop, pair) in chain.links.windows(2).enumerate() {
            let [parent, child] = pair else { continue };
            if child.own_authority {
                continue;
            }
            if let Some((dimension, what)) = child.grant.widening(&parent.grant, self.catalog) {
                return Err(Reason::new(Code::ChainWidened).at(hop + 1).because(format!("{}: {what}", dimension.as_str())));
            }
        }
        Ok(())
    }
}

impl VerifiedChain {
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) fn shared(&self) -> Arc<Chain> {
        Arc::clone(&self.chain)
    }

    pub(crate) fn links(&self) -> &[Link] {
        &self.chain.links
    }

    pub(crate) fn proof(&self) -> ProofLevel {
        self.proof
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// The hop from which the holder's authority counts: 0, or the last link that claims authority of its own.
    pub(crate) fn authority_from(&self) -> usize {
        self.links().iter().rposition(|link| link.own_authority).unwrap_or(0)
    }

    /// The first hop whose grant has a budget.
    pub(crate) fn first_budget(&self) -> Option<usize> {
        self.links().iter().position(|link| !link.grant.budgets.is_empty())
    }

    /// Whether every link is in force at `now`.
    pub(crate) fn check_times(&self, now: Timestamp) -> Result<(), Reason> {
        let latest = now.plus_millis(CLOCK_SKEW_MILLIS);
        for (hop, link) in self.links().iter().enumerate() {
            if link.issued > latest {
                return Err(Reason::new(Code::ChainIssuedOrder).at(hop).because(format!("issued {}, now {now}", link.issued)));
            }
            if link.not_before.is_some_and(|from| from > latest) {
                return Err(Reason::new(Code::ChainNotYetValid).at(hop).because(format!("now {now}")));
            }
            if now >= link.expires {
                return Err(Reason::new(Code::ChainExpired).at(hop).because(format!("expired {}, now {now}", link.expires)));
            }
        }
        Ok(())
    }
}

fn check_size(chain: &Chain) -> Result<(), Reason> {
    let too_large = |detail: String| Err(Reason::new(Code::ChainTooLarge).because(detail));
    match chain.links.len() {
        0 => return Err(Reason::new(Code::ChainEmpty)),
        1..=LINKS_MAX => {}
        count => return too_large(format!("{count} links, at most {LINKS_MAX}")),
    }
    if chain.origin.groups.len() > GROUPS_MAX {
        return too_large(format!("{} groups, at most {GROUPS_MAX}", chain.origin.groups.len()));
    }
    for (hop, link) in chain.links.iter().enumerate() {
        if let Some(what) = link.grant.oversize() {
            return too_large(format!("hop {hop}: {what}"));
        }
        if link.purpose.as_ref().is_some_and(|purpose| purpose.len() > PURPOSE_BYTES_MAX) {
            return too_large(format!("hop {hop}: purpose is longer than {PURPOSE_BYTES_MAX} bytes"));
        }
    }
    Ok(())
}

fn check_linkage(chain: &Chain) -> Result<(), Reason> {
    let mut ids = HashSet::new();
    // An agent that stands for the origin would make the origin its own delegate.
    let mut seen = HashSet::from([&chain.origin.id]);
    let mut holder = &chain.origin.id;
    for (hop, link) in chain.links.iter().enumerate() {
        if !ids.insert(&link.id) {
            return Err(Reason::new(Code::ChainDuplicate).at(hop).because(format!("`{}`", link.id)));
        }
        if link.delegator != *holder {
            return Err(Reason::new(Code::ChainAlignment).at(hop).because(format!("delegator `{}`, holder `{holder}`", link.delegator)));
        }
        if !seen.insert(&link.delegate.id) {
            return Err(Reason::new(Code::ChainCycle).at(hop).because(format!("`{}`", link.delegate.id)));
        }
        holder = &link.delegate.id;
    }
    Ok(())
}

fn check_depth(chain: &Chain) -> Result<(), Reason> {
    let deepest = chain.links.len() - 1;
    let mut ceiling = u8::MAX;
    for (hop, link) in chain.links.iter().enumerate() {
        if link.depth_max > ceiling {
            return Err(Reason::new(Code::ChainDepthRaised).at(hop).because(format!("{} after {ceiling}", link.depth_max)));
        }
        if usize::from(link.depth_max) < deepest {
            return Err(Reason::new(Code::ChainDepth).at(hop).because(format!("bears hop {}, the chain has hop {deepest}", link.depth_max)));
        }
        ceiling = link.depth_max;
    }
    Ok(())
}

fn check_order(chain: &Chain) -> Result<(), Reason> {
    for (hop, link) in chain.links.iter().enumerate() {
        let lifetime = link.expires.as_millis() - link.issued.as_millis();
        if lifetime <= 0 || lifetime > LIFETIME_MILLIS_MAX {
            return Err(Reason::new(Code::ChainLifetime).at(hop).because(format!("{lifetime} ms")));
        }
        let Some(parent) = hop.checked_sub(1).and_then(|before| chain.links.get(before)) else { continue };
        if link.issued < parent.issued {
            return Err(Reason::new(Code::ChainIssuedOrder).at(hop).because(format!("issued {}, its parent {}", link.issued, parent.issued)));
        }
        if link.expires > parent.expires {
            return Err(Reason::new(Code::ChainOutlivesParent).at(hop).because(format!("expires {}, its parent {}", link.expires, parent.expires)));
        }
    }
    Ok(())
}
