//! Chains that were verified before, by the digest of their evidence.
//!
//! An entry holds only under the trust it was verified with, and is dropped at its first expiry. Times, revocations
//! and the presenter are checked at each use besides, so that an entry never outlives what it stands for.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::verify::VerifiedChain;
use crate::chain::evidence::Evidence;
use crate::digest::Digest;
use crate::time::Timestamp;

/// How many compartments there are: to add a chain copies one of them.
const COMPARTMENTS: usize = 16;
/// Most chains in a compartment; 1,024 in all.
const CHAINS_MAX: usize = 64;
/// Largest evidence that is remembered, in bytes: 16 links of 1 KiB, and as much again. 32 MiB in all.
const BYTES_MAX: usize = 32 << 10;

/// Never locked: readers see a map as it was, writers put another in its place. Two writers at once may lose one
/// entry, which is then verified again.
#[derive(Debug, Default)]
pub(crate) struct Cache([ArcSwap<Chains>; COMPARTMENTS]);

type Chains = HashMap<Digest, Arc<VerifiedChain>>;

impl Cache {
    pub(crate) fn find(&self, evidence: &Evidence, trust: Digest) -> Option<VerifiedChain> {
        let digest = evidence.digest();
        let chains = self.compartment(digest).load();
        chains.get(&digest).filter(|known| known.epoch() == Some(trust)).map(|known| VerifiedChain::clone(known))
    }

    pub(crate) fn keep(&self, evidence: &Evidence, verified: &VerifiedChain, now: Timestamp) {
        if evidence.bytes() > BYTES_MAX {
            return;
        }
        let digest = evidence.digest();
        let compartment = self.compartment(digest);
        let mut chains = Chains::clone(&compartment.load());
        if chains.len() >= CHAINS_MAX {
            chains.retain(|_, chain| chain.expires().is_some_and(|expires| expires > now));
        }
        if chains.len() >= CHAINS_MAX {
            chains.clear();
        }
        chains.insert(digest, Arc::new(verified.clone()));
        compartment.store(Arc::new(chains));
    }

    fn compartment(&self, digest: Digest) -> &ArcSwap<Chains> {
        let [first, ..] = *digest.as_bytes();
        self.0.get(usize::from(first) % COMPARTMENTS).unwrap_or(&self.0[0])
    }
}
