//! `Chain` → [`VerifiedChain`]: proof, linkage, times, narrowing.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::trust::TrustStore;
use super::{Chain, Link, ProofLevel};
use crate::catalog::Catalog;
use crate::chain::facts::Facts;
use crate::chain::facts::Held;
use crate::digest::Digest;
use crate::grant::contract::IntentClaim;
use crate::identity::{Name, OriginKind};
use crate::keys::{Key, THUMBPRINT_URI};
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
pub(crate) const PURPOSE_BYTES_MAX: usize = 8_192;
/// Most groups of an origin: Entra ID stops listing them in a token at 200, Active Directory at 1,015.
const GROUPS_MAX: usize = 1_024;
/// Most targets, and most names in a redelegation rule, of one link.
const NAMES_MAX: usize = 256;
/// A link passes on all its parent did: allowed, and worth knowing.
pub(crate) const NO_ATTENUATION: &str = "no_attenuation";
/// How far the clocks of the hosts that made the links may run ahead of ours (AAT-01, invariant I3).
pub(crate) const CLOCK_SKEW_MILLIS: i64 = 30_000;
/// The longest a link may last: 30 days, a month's piece of work. Catches seconds taken for milliseconds too.
pub(crate) const LIFETIME_MILLIS_MAX: i64 = 30 * 24 * 60 * 60 * 1_000;
/// The same of an AAT: what its draft recommends.
const AAT_LIFETIME_MILLIS_MAX: i64 = 3 * LIFETIME_MILLIS_MAX;

/// Proof that a chain is well-formed, of a proof level the engine accepts, and only narrows.
///
/// What changes under a verified chain is checked again at each use: its times ([`VerifiedChain::check_times`]), the
/// trust it was verified under ([`VerifiedChain::is_under`]), revocations and the presenter.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedChain {
    chain: Arc<Chain>,
    facts: Arc<Facts>,
    digest: Digest,
    /// The trust anchors whose word it takes.
    epoch: Option<Digest>,
}

/// What holds of every chain before it is known what its links may pass on.
pub(crate) fn check_form(chain: &Chain, facts: &Facts) -> Result<(), Reason> {
    check_linkage(chain)?;
    check_key_names(chain, facts)?;
    check_depth(chain)?;
    check_order(chain)
}

fn check_narrowing(chain: &Chain, facts: &mut Facts, catalog: &Catalog) -> Result<(), Reason> {
    for (hop, pair) in chain.links.windows(2).enumerate().map(|(before, pair)| (before + 1, pair)) {
        let [parent, child] = pair else { continue };
        check_terms(parent, child).map_err(|reason| reason.at(hop))?;
        if child.own_authority {
            continue;
        }
        let held = facts.bases.iter().find(|basis| basis.hop == hop).map_or(&parent.grant, |basis| &basis.grant);
        if let Some((dimension, what)) = child.grant.widening(held, catalog) {
            return Err(Reason::new(Code::ChainWidened).at(hop).because(format!("{}: {what}", dimension.as_str())));
        }
        if child.grant == parent.grant {
            facts.flags.insert(NO_ATTENUATION);
        }
    }
    Ok(())
}

impl VerifiedChain {
    /// A chain whose form was checked, and of which `facts` are known: it must only narrow, and be in force.
    pub(crate) fn new(chain: Arc<Chain>, mut facts: Facts, (catalog, epoch): (&Catalog, Option<Digest>), now: Timestamp) -> Result<Self, Reason> {
        check_narrowing(&chain, &mut facts, catalog)?;
        let digest = chain.digest();
        let verified = Self { chain, facts: Arc::new(facts), digest, epoch };
        verified.check_times(now)?;
        Ok(verified)
    }

    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) fn links(&self) -> &[Link] {
        &self.chain.links
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The origin's groups, as the policies here call them.
    pub(crate) fn groups(&self) -> &BTreeSet<Name> {
        self.facts.groups.as_ref().unwrap_or(&self.chain.origin.groups)
    }

    /// How well it is proven; `held` is what its holder has shown of its key, for the call in question.
    pub(crate) fn proof(&self, held: Held) -> ProofLevel {
        match (self.facts.proof, held) {
            (ProofLevel::Linked, Held::Call) => ProofLevel::Held,
            (level, _) => level,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether the keys it was verified with are those that are trusted now.
    pub(crate) fn is_under(&self, trust: Option<&TrustStore>) -> bool {
        self.epoch.is_none() || self.epoch == trust.map(TrustStore::digest)
    }

    pub(crate) fn epoch(&self) -> Option<Digest> {
        self.epoch
    }

    pub(crate) fn shared(&self) -> Arc<Chain> {
        Arc::clone(&self.chain)
    }

    /// The hop from which the holder's authority counts: 0, the last link that claims authority of its own, or the
    /// last that was re-authorized.
    pub(crate) fn authority_from(&self) -> usize {
        let own = self.links().iter().rposition(|link| link.own_authority).unwrap_or(0);
        own.max(self.facts.bases.last().map_or(0, |basis| basis.hop))
    }

    /// The hop from which agents must themselves be permitted: a re-authorization adds to what was passed on, not to
    /// what an agent may do.
    pub(crate) fn agents_from(&self) -> usize {
        self.links().iter().rposition(|link| link.own_authority).unwrap_or(0)
    }

    /// The first hop whose grant has a budget.
    pub(crate) fn first_budget(&self) -> Option<usize> {
        let bases = self.facts.bases.iter().find(|basis| !basis.grant.budgets.is_empty()).map(|basis| basis.hop);
        self.links().iter().position(|link| !link.grant.budgets.is_empty()).or(bases)
    }

    /// The instant from which the chain is no longer in force.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        let bases = self.facts.bases.iter().map(|basis| basis.expires);
        self.links().iter().map(|link| link.expires).chain(bases).min()
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
        match self.facts.bases.iter().find(|basis| now >= basis.expires) {
            Some(basis) => Err(Reason::new(Code::ChainExpired).at(basis.hop).because(format!("its re-authorization expired {}", basis.expires))),
            None => Ok(()),
        }
    }
}

/// What else a link passes on, and may only narrow.
pub(crate) fn check_terms(parent: &Link, child: &Link) -> Result<(), Reason> {
    if parent.mission.is_some() && child.mission != parent.mission {
        return Err(Reason::new(Code::ChainMission));
    }
    let is_within = |code: &str, above: &str| code.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if let Some(above) = &parent.purpose_code
        && !child.purpose_code.as_ref().is_some_and(|code| is_within(code.as_str(), above.as_str()))
    {
        return Err(Reason::new(Code::ChainPurposeWidened).because(format!("{:?} under `{above}`", child.purpose_code)));
    }
    if let Some(outer) = &parent.intent
        && !child.intent.as_ref().is_some_and(|inner| inner.contract.is_within(&outer.contract))
    {
        return Err(Reason::new(Code::ChainIntentWidened));
    }
    if let Some(outer) = &parent.targets
        && !child.targets.as_ref().is_some_and(|targets| targets.is_subset(outer))
    {
        return Err(Reason::new(Code::ChainTargetWidened).because(format!("{:?} within {outer:?}", child.targets)));
    }
    Ok(())
}

pub(crate) fn check_size(chain: &Chain) -> Result<(), Reason> {
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
        if let Some(what) = link.intent.as_ref().and_then(IntentClaim::oversize) {
            return too_large(format!("hop {hop}: {what}"));
        }
        if link.purpose.as_ref().is_some_and(|purpose| purpose.len() > PURPOSE_BYTES_MAX) {
            return too_large(format!("hop {hop}: purpose is longer than {PURPOSE_BYTES_MAX} bytes"));
        }
        let redelegation = link.redelegate_to.as_ref().map_or(0, |rule| rule.agents.len() + rule.blueprints.len());
        if redelegation.max(link.targets.as_ref().map_or(0, BTreeSet::len)) > NAMES_MAX {
            return too_large(format!("hop {hop}: more than {NAMES_MAX} targets or redelegation names"));
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
        // A service that is its own agent was handed nothing; everybody else stands in a chain once.
        let is_itself = hop == 0 && chain.origin.kind == OriginKind::Service && link.delegate.id == chain.origin.id;
        if !is_itself && !seen.insert(&link.delegate.id) {
            return Err(Reason::new(Code::ChainCycle).at(hop).because(format!("`{}`", link.delegate.id)));
        }
        holder = &link.delegate.id;
    }
    Ok(())
}

/// An agent that is known by its key alone comes with that key.
fn check_key_names(chain: &Chain, facts: &Facts) -> Result<(), Reason> {
    let last = chain.links.len().saturating_sub(1);
    for (hop, link) in chain.links.iter().enumerate() {
        let own = link.key.as_ref().map(Key::thumbprint);
        let key = own.or_else(|| facts.holder_key.as_deref().filter(|_| hop == last));
        if link.delegate.id.issuer.as_str() == THUMBPRINT_URI && key != Some(link.delegate.id.subject.as_str()) {
            return Err(Reason::new(Code::TokenConfirmation).at(hop).because("an agent named by a key that is not the one it comes with"));
        }
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
    let is_aat = chain.evidence.as_ref().is_some_and(|evidence| evidence.format() == "aat");
    let longest = if is_aat { AAT_LIFETIME_MILLIS_MAX } else { LIFETIME_MILLIS_MAX };
    for (hop, link) in chain.links.iter().enumerate() {
        let lifetime = link.expires.as_millis() - link.issued.as_millis();
        if lifetime <= 0 || lifetime > longest {
            let detail = format!("{lifetime} ms; it must be more than 0 and at most {longest} ms ({} days)", longest / 86_400_000);
            return Err(Reason::new(Code::ChainLifetime).at(hop).because(detail));
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
