//! `VerifiedChain` → [`Admitted`]: every agent known, active, owned, not held. Before Cedar, which may be
//! stricter, never looser.

use serde::{Deserialize, Serialize};

use super::hold::{Hold, HoldEffect};
use super::{Record, Registry, State};
use crate::catalog::CheckedCall;
use crate::chain::Redelegation;
use crate::chain::verify::VerifiedChain;
use crate::identity::{Name, PrincipalId};
use crate::reason::{Code, Reason};
use crate::time::Timestamp;

/// Proof that the registry lets every agent of the chain work.
pub(crate) struct Admitted<'w> {
    chain: &'w VerifiedChain,
    records: Vec<&'w Record>,
    holds: Vec<(usize, &'w Hold)>,
}

/// Something the operator did not know. A decision carries it; the host puts it into its registry.
///
/// ```
/// use bailiwick::{Finding, Registry, World, doc};
/// let (nobody, call) = (Registry::empty(), doc::read());
/// let decision = doc::task().decide(&call, &World::new(&nobody, doc::now()));
/// assert!(matches!(decision.findings[0], Finding::UnknownAgent { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// An agent nobody registered, and who handed work to it.
    UnknownAgent {
        /// The agent.
        agent: PrincipalId,
        /// Who delegated to it.
        delegator: PrincipalId,
    },
}

/// Why a chain was not admitted, and what was discovered by that.
pub(crate) struct Refusal {
    pub reason: Reason,
    pub finding: Option<Finding>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, finding: None }
    }
}

impl Registry {
    pub(crate) fn admit<'w>(&'w self, chain: &'w VerifiedChain, now: Timestamp) -> Result<Admitted<'w>, Refusal> {
        let mut admitted = Admitted { chain, records: Vec::with_capacity(chain.links().len()), holds: Vec::new() };
        for (hop, link) in chain.links().iter().enumerate() {
            let id = &link.delegate.id;
            let refused = |code| Reason::new(code).at(hop).because(format!("agent `{id}`"));
            let Some(record) = self.record(id) else {
                let finding = Finding::UnknownAgent { agent: id.clone(), delegator: link.delegator.clone() };
                return Err(Refusal { reason: refused(Code::RegistryUnknown), finding: Some(finding) });
            };
            // Every rule binds all that follows it: else the first to be let in could let in anybody.
            let mut rules = chain.links().iter().take(hop).filter_map(|link| link.redelegate_to.as_ref());
            if rules.any(|rule| !self.is_allowed(rule, record)) {
                return Err(refused(Code::ChainRedelegation).into());
            }
            match record.state {
                State::Active => {}
                State::Discovered | State::Pending => return Err(refused(Code::RegistryNotActive).into()),
                State::Rejected => return Err(refused(Code::RegistryRejected).into()),
                State::Retired => return Err(refused(Code::RegistryRetired).into()),
            }
            if record.owner.is_none() {
                return Err(refused(Code::RegistryUnowned).into());
            }
            if let Some(key) = link.key.as_ref().filter(|key| !record.keys.is_empty() && !record.keys.contains(key.thumbprint())) {
                return Err(Reason::new(Code::RegistryKey).at(hop).because(format!("agent `{id}`, key `{}`", key.thumbprint())).into());
            }
            if record.cutoff.is_some_and(|cutoff| link.issued < cutoff) {
                return Err(refused(Code::RegistryCutoff).into());
            }
            for hold in self.holds(record).filter(|hold| hold.is_in_force(now)) {
                if hold.effect == HoldEffect::Deny {
                    let detail = format!("agent `{id}`: {} {}", hold.kind, hold.reason);
                    return Err(Reason::new(Code::RegistryHeld).at(hop).because(detail.trim_end()).into());
                }
                admitted.holds.push((hop, hold));
            }
            admitted.records.push(record);
        }
        Ok(admitted)
    }

    /// The rule names the agent, or a blueprint it is of.
    fn is_allowed(&self, rule: &Redelegation, record: &Record) -> bool {
        let blueprints = record.blueprint.as_deref().map(|name| self.lineage(name)).unwrap_or_default();
        let is_of = |name: &Name| blueprints.iter().any(|blueprint| blueprint.name == name.as_str());
        rule.agents.contains(&record.id) || rule.blueprints.iter().any(is_of)
    }

    fn holds<'r>(&'r self, record: &'r Record) -> impl Iterator<Item = &'r Hold> {
        let blueprint = record.blueprint.as_deref().filter(|_| self.has_held_blueprints);
        let blueprints = blueprint.map(|name| self.lineage(name)).unwrap_or_default();
        record.holds.iter().chain(blueprints.into_iter().flat_map(|blueprint| &blueprint.holds))
    }
}

impl<'w> Admitted<'w> {
    pub(crate) fn chain(&self) -> &'w VerifiedChain {
        self.chain
    }

    /// The record of the delegate at each hop.
    pub(crate) fn records(&self) -> &[&'w Record] {
        &self.records
    }

    /// The kinds of holds in force that do not deny.
    pub(crate) fn hold_kinds(&self) -> impl Iterator<Item = &'w str> + '_ {
        self.holds.iter().map(|(_, hold)| hold.kind.as_str())
    }

    /// Who may approve under the hold at a hop: the owner or sponsor of the agent that is held, who need not be the
    /// acting agent's.
    pub(crate) fn role(&self, hop: usize, hold: &Hold) -> String {
        let other = self.records.get(hop).filter(|_| hop + 1 < self.records.len());
        match (other, hold.role.as_str()) {
            (Some(record), "owner" | "sponsor") => format!("{}:{}", hold.role, record.id),
            _ => hold.role.clone(),
        }
    }

    /// What the holds say of this very call: nothing against it, or the hops and roles that must be asked.
    pub(crate) fn allow(&self, call: &CheckedCall<'_>) -> Result<Vec<(usize, &'w Hold)>, Reason> {
        let reads = call.tool.only_reads();
        if let Some((hop, hold)) = self.holds.iter().find(|(_, hold)| hold.effect == HoldEffect::ReadOnly && !reads) {
            let detail = format!("{} {}", hold.kind, hold.reason);
            return Err(Reason::new(Code::RegistryReadOnly).at(*hop).because(detail.trim_end()));
        }
        Ok(self.holds.iter().filter(|(_, hold)| hold.effect == HoldEffect::Ask).copied().collect())
    }
}
