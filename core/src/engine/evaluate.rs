//! The one function that knows the order of a decision, and the one that speaks it.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Engine;
use crate::catalog::call::Call;
use crate::catalog::presenter::Presenter;
use crate::catalog::{ARGUMENTS_BYTES_MAX, CheckedCall};
use crate::chain::ProofLevel;
use crate::chain::facts::Held;
use crate::chain::record::ChainRecord;
use crate::chain::revocation::check_revoked;
use crate::chain::verify::VerifiedChain;
use crate::decision::approval::{Approval, ApprovalUse};
use crate::decision::ledger::{self, Ledger};
use crate::decision::{Decision, Permissions};
use crate::digest::Digest;
use crate::engine::world::World;
use crate::grant::{Cover, Grant};
use crate::identity::Name;
use crate::intent::{Facts, Pursuit};
use crate::json::{Object, Value};
use crate::policy::record::Effect;
use crate::policy::{Case, Participants, Policies, Verdict};
use crate::reason::{Code, Reason};
use crate::registry::Refusal;
use crate::token::possession::{Moment, ProofUse};

/// Everything one decision is made from.
pub(crate) struct Round<'r> {
    pub engine: &'r Engine,
    pub policies: &'r Policies,
    pub chain: &'r VerifiedChain,
    pub call: &'r Call,
    pub presenter: Option<&'r Presenter>,
    pub host: &'r Object,
    pub world: &'r World<'r>,
    /// Participants made for an earlier call under the same snapshots, by what the holder has shown of its key.
    pub prepared: &'r dyn Fn(Held) -> Option<Arc<Participants>>,
    pub ledger: Option<&'r Ledger>,
    /// What the work is for, and what it has seen.
    pub pursuit: Option<&'r Pursuit>,
    /// The ledger tells which proofs of possession were used before.
    pub knows_proofs: bool,
}

/// By hop, of whom one must approve because the grant there says so.
type Asked = Vec<(usize, BTreeSet<String>)>;

/// What a walk through the stages found, when none refused.
struct Walked {
    verdict: Verdict,
    debits: Vec<ledger::Debit>,
    intent: Option<Facts>,
    /// The chain, for the account.
    chain: Arc<ChainRecord>,
    /// The proof that must not be used again.
    proof: Option<ProofUse>,
}

/// What lies in every grant.
struct Covered {
    debits: Vec<ledger::Debit>,
    /// The hops whose grant asks for an approval, each with the roles of which one must give it.
    asked: Asked,
}

impl Round<'_> {
    /// Decides; if that ends in `ask`, looks for approvals of this very call and decides again with them.
    pub(crate) fn decide(&self, approvals: &[Approval]) -> Decision {
        let digest = self.call.digest(self.chain.digest());
        let first = self.speak(digest, self.walk(digest, &BTreeSet::new()), Vec::new());
        let Some(digest) = digest.filter(|_| first.effect == Effect::Ask && !approvals.is_empty()) else {
            return first;
        };
        let check = |approval: &Approval| match self.ledger {
            Some(ledger) if !ledger.has_used(&approval.id()) => approval.check(digest, self.engine.seal(), self.world.now),
            _ => Err(Code::ApprovalUsed),
        };
        let (mut approved, mut used, mut declined) = (BTreeSet::new(), Vec::new(), Vec::new());
        // An approval that adds no role still missing stays unused, for another call.
        for approval in approvals {
            let adds = approval.roles.iter().any(|role| first.ask.contains(role) && !approved.contains(role));
            match check(approval) {
                Ok(()) if adds => {
                    approved.extend(approval.roles.iter().cloned());
                    used.push(approval.used());
                }
                Ok(()) => {}
                Err(code) => declined.push(code),
            }
        }
        let mut decision = if used.is_empty() { first } else { self.speak(Some(digest), self.walk(Some(digest), &approved), used) };
        decision.declined = declined;
        decision
    }

    /// The order of a decision. Each stage hands on what the next one needs; none is skipped.
    fn walk(&self, digest: Option<Digest>, approved: &BTreeSet<String>) -> Result<Walked, Refusal> {
        let now = self.world.now;
        self.chain.check_times(now)?;
        check_revoked(self.chain, self.world.revocations, self.world.trust, now)?;
        if let Some(presenter) = self.presenter {
            presenter.check(self.chain)?;
        }
        let admitted = self.world.registry.admit(self.chain, now)?;
        let call = self.engine.catalog().check(self.call)?;
        let (held, proof) = self.possession(&call)?;
        digest.ok_or_else(|| Reason::new(Code::CallTooLarge).because(format!("at most {ARGUMENTS_BYTES_MAX} bytes")))?;
        let holds = admitted.allow(&call)?;
        let Covered { debits, asked } = self.covered(&call)?;
        let intent = self.judged()?;
        let resources = self.engine.world_resources(self.world);
        let participants = match (self.prepared)(held) {
            Some(prepared) => prepared,
            None => Arc::new(Participants::of(&admitted, held, self.world.registry, self.policies)?),
        };
        let kinds: SmallVec<[&str; 4]> = admitted.hold_kinds().collect();
        let asking = self.engine.asking();
        let case = Case {
            call: &call,
            participants: &participants,
            resources,
            host: self.host,
            intent: intent.as_ref(),
            approved,
            holds: &kinds,
            now,
            asking,
        };
        let mut verdict = self.policies.permit(&case);
        for (hop, hold) in holds {
            let role = admitted.role(hop, hold);
            if approved.contains(&role) {
                continue;
            }
            match verdict.effect {
                Effect::Deny => break,
                Effect::Ask => {}
                Effect::Allow => {
                    verdict.effect = Effect::Ask;
                    verdict.reason = Reason::new(Code::RegistryAsk).at(hop).because(format!("{} {}", hold.kind, hold.reason).trim_end());
                }
            }
            verdict.ask.insert(role);
        }
        for (hop, roles) in asked {
            // One of those a grant names is enough; which are in no other's, nobody knows before they answer.
            if verdict.effect == Effect::Deny || roles.iter().any(|role| approved.contains(role)) {
                continue;
            }
            if verdict.effect == Effect::Allow {
                verdict.effect = Effect::Ask;
                verdict.reason = Reason::new(Code::GrantAsk).at(hop).because(format!("`{}` by one of: {}", call.tool.name(), listed(&roles)));
            }
            verdict.ask.extend(roles);
        }
        Ok(Walked { verdict, debits, intent, chain: Arc::clone(&participants.record), proof })
    }

    /// Whether the call serves what the work is for.
    fn judged(&self) -> Result<Option<Facts>, Reason> {
        let Some(pursuit) = self.pursuit else { return Ok(None) };
        let broken = || Reason::new(Code::EngineInternal).because("what the task has seen is broken");
        let Value::Object(arguments) = &self.call.arguments else { return Err(broken()) };
        pursuit.judge(&self.call.tool, arguments, self.engine.tools()).map(Some).ok_or_else(broken)
    }

    /// What the holder has shown of its key; and the proof, if it must not be used again.
    fn possession(&self, call: &CheckedCall<'_>) -> Result<(Held, Option<ProofUse>), Reason> {
        let presenter = self.presenter;
        // Whose word the key is nobody can tell where nobody vouches for the chain.
        if self.chain.facts().proof == ProofLevel::Claimed {
            return Ok((Held::No, None));
        }
        let Some(proof) = presenter.and_then(|presenter| presenter.proof.as_ref()) else {
            // A key the host has authenticated was compared with the holder's before.
            let is_shown = presenter.is_some_and(|presenter| presenter.key.is_some());
            return match (is_shown, self.chain.facts().is_bound) {
                (true, _) => Ok((Held::Key, None)),
                (false, true) => Err(Reason::new(Code::ProofMissing)),
                (false, false) => Ok((Held::No, None)),
            };
        };
        let (revocations, now) = (self.world.revocations, self.world.now);
        let shown = proof.check(self.chain, self.call, &Moment { anchors: self.engine.anchors(self.world), revocations, now })?;
        match self.ledger {
            // To read twice does no harm; but what was sent once may not be sent again to do some.
            _ if call.tool.only_reads() => Ok((shown.held, Some(shown.used))),
            None => Err(Reason::new(Code::ProofLedger)),
            Some(_) if !self.knows_proofs => Err(Reason::new(Code::ProofLedger).because("the task was resumed without one")),
            Some(ledger) if ledger.has_seen(&shown.used) => Err(Reason::new(Code::ProofReplay)),
            Some(_) => Ok((shown.held, Some(shown.used))),
        }
    }

    /// Pointwise: the call lies in the grant of every link whose authority counts, and in its budgets.
    fn covered(&self, call: &CheckedCall<'_>) -> Result<Covered, Reason> {
        let mut asked = Vec::new();
        let from = self.chain.authority_from();
        let resources = self.engine.world_resources(self.world);
        let located = std::cell::LazyCell::new(|| resources.locate(call));
        let mut given = |hop, grant: &Grant| match grant.covers(call, &located, self.world.now) {
            Ok(Cover::Whole) => Ok(()),
            Ok(Cover::Asking(roles)) => {
                asked.push((hop, roles));
                Ok(())
            }
            Err(code) => {
                let is_last = hop + 1 == self.chain.links().len();
                let ungranted = if code == Code::GrantAction && is_last { self.chain.facts().ungranted.as_str() } else { "" };
                let unmet = if code == Code::GrantArgument { format!(": {}", grant.unmet(call, &located, self.world.now)) } else { String::new() };
                Err(Reason::new(code).at(hop).because(format!("`{}` by the grant at this hop{ungranted}{unmet}", call.tool.name())))
            }
        };
        // A re-authorization takes the place of what was passed on before it.
        for basis in self.chain.facts().bases.iter().filter(|basis| basis.hop >= from) {
            given(basis.hop, &basis.grant)?;
        }
        for (hop, link) in self.chain.links().iter().enumerate() {
            let is_target = |targets: &BTreeSet<Name>| targets.iter().any(|target| target.as_str() == call.tool.system());
            if !link.targets.as_ref().is_none_or(is_target) {
                return Err(Reason::new(Code::GrantTarget).at(hop).because(format!("`{}`", call.tool.system())));
            }
            if hop >= from {
                given(hop, &link.grant)?;
            }
        }
        Ok(Covered { debits: ledger::debits(self.chain, call, self.ledger)?, asked })
    }

    /// The only place yes, ask or no is spoken.
    fn speak(&self, digest: Option<Digest>, walked: Result<Walked, Refusal>, used: Vec<ApprovalUse>) -> Decision {
        let now = self.world.now;
        let call = self.engine.call_record(self.call, digest);
        let mut record = None;
        let mut decision = match walked {
            Err(Refusal { reason, finding }) => {
                let mut decision = Decision::refused(reason, call, now);
                decision.findings.extend(finding);
                decision
            }
            Ok(Walked { verdict, debits, intent, chain, proof }) => {
                record = Some(chain);
                let mut decision = Decision::refused(verdict.reason, call, now);
                decision.effect = verdict.effect;
                decision.ask = verdict.ask.into_iter().collect();
                decision.obligations = verdict.obligations;
                decision.shadow = verdict.shadow;
                decision.permissions.gates = verdict.gates;
                decision.intent = intent.map(|facts| Box::new(facts.record()));
                if verdict.effect == Effect::Allow {
                    decision.debits = debits;
                    decision.proof = proof;
                    decision.approved = used;
                }
                decision
            }
        };
        decision.chain = Some(record.unwrap_or_else(|| Arc::new(ChainRecord::of(self.chain, Held::No))));
        let gates = std::mem::take(&mut decision.permissions.gates);
        decision.permissions = Permissions { gates, policies: Some(self.policies.digest()), registry: Some(self.world.registry.digest()) };
        decision
    }
}

fn listed(roles: &BTreeSet<String>) -> String {
    roles.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
