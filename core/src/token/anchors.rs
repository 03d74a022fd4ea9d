//! What chains are verified against, and how: our own by their seal, those from elsewhere by the signatures of their tokens.

use std::sync::Arc;

use super::{Reader, reauthorization};
use crate::catalog::Catalog;
use crate::chain::cache::Cache;
use crate::chain::evidence::Evidence;
use crate::chain::facts::{Basis, Facts};
use crate::chain::trust::TrustStore;
use crate::chain::verify::{self, VerifiedChain};
use crate::chain::{Chain, Presented, ProofLevel};
use crate::digest::SealKey;
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// What a chain is verified against.
#[derive(Clone, Copy)]
pub(crate) struct Anchors<'e> {
    pub seal: &'e SealKey,
    pub accept_claimed: bool,
    pub catalog: &'e Catalog,
    pub trust: Option<&'e TrustStore>,
    pub cache: &'e Cache,
}

impl Anchors<'_> {
    pub(crate) fn verify(&self, presented: &Presented, now: Timestamp) -> Result<VerifiedChain, Reason> {
        match presented {
            Presented::Evidence(evidence) => self.signed(evidence, now),
            Presented::Chain(chain) => self.ours(Arc::new(chain.clone()), now),
        }
    }

    /// Evidence: verified once, then remembered for as long as the same keys are trusted and it has not expired.
    fn signed(&self, evidence: &Evidence, now: Timestamp) -> Result<VerifiedChain, Reason> {
        let trust = self.trust.ok_or_else(|| Reason::new(Code::TokenIssuerUntrusted).because("the host trusts no issuers"))?;
        if let Some(known) = self.cache.find(evidence, trust.digest()) {
            known.check_times(now)?;
            return Ok(known);
        }
        let read = evidence.read(trust, self.catalog)?;
        let chain = Chain { id: read.id, origin: read.origin, links: read.links, evidence: Some(evidence.clone()), seal: None };
        verify::check_size(&chain)?;
        let verified = self.well_formed(Arc::new(chain), read.facts, Some(trust), now)?;
        self.cache.keep(evidence, &verified, now);
        Ok(verified)
    }

    /// Our own form: sealed, or only claimed; what was signed elsewhere must be its beginning.
    pub(crate) fn ours(&self, chain: Arc<Chain>, now: Timestamp) -> Result<VerifiedChain, Reason> {
        verify::check_size(&chain)?;
        let base = chain.evidence.as_ref().map(|evidence| self.signed(evidence, now)).transpose()?;
        let facts = match (&chain.seal, base) {
            (Some(_), _) if !chain.is_sealed_by(self.seal) => return Err(Reason::new(Code::ChainSeal)),
            (_, Some(base)) => return self.grown(chain, &base, now),
            (Some(_), None) => Facts::of(ProofLevel::Sealed),
            (None, None) if self.accept_claimed => Facts::of(ProofLevel::Claimed),
            (None, None) => return Err(Reason::new(Code::ChainUnproven)),
        };
        let holder_key = chain.links.last().and_then(|link| link.key.as_ref()).map(|key| key.thumbprint().to_owned());
        self.well_formed(chain, Facts { holder_key, ..facts }, None, now)
    }

    /// A chain that was signed elsewhere, and what this process added to it under its seal.
    fn grown(&self, chain: Arc<Chain>, base: &VerifiedChain, now: Timestamp) -> Result<VerifiedChain, Reason> {
        let signed = base.chain();
        if chain.id != signed.id || chain.origin != signed.origin || !chain.links.starts_with(&signed.links) {
            return Err(Reason::new(Code::ChainEvidence));
        }
        let mut facts = Facts::clone(base.facts());
        if chain.links.len() > signed.links.len() {
            if chain.seal.is_none() {
                return Err(Reason::new(Code::ChainUnproven).because("links beyond the evidence are not sealed"));
            }
            facts.proof = facts.proof.min(ProofLevel::Sealed);
            facts.holder_key = chain.links.last().and_then(|link| link.key.as_ref()).map(|key| key.thumbprint().to_owned());
            // The holder is new, and its possession was shown before work was handed on; of those before, no more is proven
            // than was.
            facts.is_bound = false;
            facts.flags.remove(verify::NO_ATTENUATION);
        }
        self.well_formed(chain, facts, self.trust, now)
    }

    /// What every chain must be, wherever it comes from.
    fn well_formed(&self, chain: Arc<Chain>, mut facts: Facts, trust: Option<&TrustStore>, now: Timestamp) -> Result<VerifiedChain, Reason> {
        verify::check_form(&chain, &facts)?;
        facts.bases = reauthorizations(&chain, &facts, (trust, self.catalog), now)?;
        let epoch = chain.evidence.as_ref().and(trust).map(TrustStore::digest);
        VerifiedChain::new(chain, facts, (self.catalog, epoch), now)
    }
}

/// Every link's re-authorization, verified.
fn reauthorizations(chain: &Chain, facts: &Facts, (trust, catalog): (Option<&TrustStore>, &Catalog), now: Timestamp) -> Result<Vec<Basis>, Reason> {
    let mut bases = Vec::new();
    for (hop, link) in chain.links.iter().enumerate() {
        if link.reauthorization.is_none() {
            continue;
        }
        let parent = hop.checked_sub(1).and_then(|parent| facts.signed_links.get(parent));
        let (Some(parent), Some(trust)) = (parent, trust) else {
            return Err(Reason::new(Code::ChainReauthorization).at(hop).because("only what follows a signed link can be re-authorized"));
        };
        let reader = Reader::new(trust, catalog);
        bases.push(reauthorization(reader, chain, hop, link, parent, now)?);
    }
    Ok(bases)
}
