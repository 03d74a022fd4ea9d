//! What the gates say together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::gates::{Class, Hearing, gate};
use super::participants::Question;
use super::{Case, Policies};
use crate::policy::record::{Effect, GateRecord, Shadow};
use crate::reason::{Code, Reason};

pub(crate) struct Verdict {
    pub effect: Effect,
    pub reason: Reason,
    /// Roles whose approval is missing.
    pub ask: BTreeSet<String>,
    pub gates: Arc<[GateRecord]>,
    pub obligations: Vec<String>,
    pub shadow: Option<Shadow>,
}

#[derive(Clone, Copy, PartialEq)]
enum Counting {
    Enforced,
    WithShadow,
}

impl Verdict {
    pub(super) fn refused(reason: Reason) -> Self {
        Self { effect: Effect::Deny, reason, ask: BTreeSet::new(), gates: Arc::default(), obligations: Vec::new(), shadow: None }
    }
}

impl Policies {
    pub(super) fn combine(&self, case: &Case<'_>, heard: &Hearing<'_>) -> Verdict {
        let (effect, decided) = self.overall(case, heard, Counting::Enforced);
        let shadow = self.has_shadow.then(|| self.shadow(case, heard, effect)).flatten();
        if effect == Effect::Allow {
            let permitted = heard.permitted(|| self.permits(case, heard));
            let (gates, obligations) = (Arc::clone(&permitted.gates), permitted.obligations.clone());
            return Verdict { effect, reason: Reason::new(Code::Permitted), ask: BTreeSet::new(), gates, obligations, shadow };
        }
        let reason = match decided {
            Some((place, code)) => self.reason(case, heard, place, code),
            None => Reason::new(Code::EngineInternal).because("no gate was asked"),
        };
        // What was not asked any more has not permitted either.
        let asked =
            if effect == Effect::Deny && !self.has_shadow { decided.map_or(0, |(place, _)| place + 1) } else { case.participants.questions.len() };
        let mut gates = Vec::new();
        for (place, question) in case.participants.questions.iter().enumerate().take(asked) {
            if self.judge(case, question, place, heard, Counting::Enforced).is_none_or(|code| code == Code::PolicyAsk) {
                gates.push(self.record(question, place, heard));
            }
        }
        let asking = heard.applied(u64::MAX, |class| class == Class::Ask);
        let mut ask = BTreeSet::new();
        let mut obligations = BTreeSet::new();
        if effect == Effect::Ask {
            let roles = asking.iter().filter_map(|rule| self.role(*rule));
            ask.extend(roles.filter(|role| !case.approved.contains(*role)).map(str::to_owned));
            obligations.extend(asking.iter().filter_map(|rule| self.obligation(*rule)));
        } else if reason.code == Code::PolicyForbidden {
            let forbids = heard.applied(u64::MAX, |class| class == Class::Forbid).into_iter();
            obligations.extend(
                forbids.filter(|rule| reason.policies.iter().any(|id| *id == *self.rules.id(*rule))).filter_map(|rule| self.obligation(rule)),
            );
        }
        Verdict { effect, reason, ask, gates: gates.into(), obligations: obligations.into_iter().collect(), shadow }
    }

    /// The first gate that denies, else the first that asks, else allow.
    fn overall(&self, case: &Case<'_>, heard: &Hearing<'_>, counting: Counting) -> (Effect, Option<(usize, Code)>) {
        let mut asked = None;
        for (place, question) in case.participants.questions.iter().enumerate() {
            match self.judge(case, question, place, heard, counting) {
                None => {}
                Some(code @ Code::PolicyAsk) => asked = asked.or(Some((place, code))),
                Some(code) => return (Effect::Deny, Some((place, code))),
            }
        }
        match asked {
            // Nobody to ask is nobody to permit.
            None if case.participants.questions.is_empty() => (Effect::Deny, None),
            None => (Effect::Allow, None),
            asked => (Effect::Ask, asked),
        }
    }

    /// Why the gate does not permit; `None` when it does.
    fn judge(&self, case: &Case<'_>, question: &Question, place: usize, heard: &Hearing<'_>, counting: Counting) -> Option<Code> {
        let here = gate(place);
        let with_shadow = counting == Counting::WithShadow;
        let applies = |class, shadow| heard.marks(class) & here != 0 || (with_shadow && heard.marks(shadow) & here != 0);
        if heard.failed() & here != 0 {
            return Some(Code::PolicyError);
        }
        if applies(Class::Forbid, Class::ShadowForbid) {
            return Some(Code::PolicyForbidden);
        }
        let by_own_authority = applies(Class::OwnAuthority, Class::ShadowOwnAuthority);
        if !by_own_authority && !applies(Class::Permit, Class::ShadowPermit) {
            return Some(Code::PolicyNoPermit);
        }
        if question.own_authority && !by_own_authority {
            return Some(Code::PolicyOwnAuthority);
        }
        let asks = applies(Class::Ask, Class::ShadowAsk) && !self.open_asks(case, place, heard, counting).is_empty();
        asks.then_some(Code::PolicyAsk)
    }

    /// The policies that ask at this gate and whose role has not approved.
    fn open_asks(&self, case: &Case<'_>, place: usize, heard: &Hearing<'_>, counting: Counting) -> Vec<u32> {
        let asks = |class| class == Class::Ask || (class == Class::ShadowAsk && counting == Counting::WithShadow);
        let mut open = heard.applied(gate(place), asks);
        open.retain(|rule| self.role(*rule).is_none_or(|role| !case.approved.contains(role)));
        open
    }

    fn reason(&self, case: &Case<'_>, heard: &Hearing<'_>, place: usize, code: Code) -> Reason {
        let here = gate(place);
        let failures = heard.failures(here, |class| !class.is_shadow());
        let rules = match code {
            Code::PolicyError => failures.iter().map(|(rule, _)| *rule).collect(),
            Code::PolicyForbidden => heard.applied(here, |class| class == Class::Forbid),
            Code::PolicyAsk => self.open_asks(case, place, heard, Counting::Enforced),
            _ => Vec::new(),
        };
        let said: BTreeSet<_> = rules.iter().filter_map(|rule| self.notes(*rule)?.reason.as_deref()).collect();
        let mut reason = Reason::new(code).because(said.into_iter().collect::<Vec<_>>().join("; "));
        if let Some((rule, why)) = failures.first().filter(|_| code == Code::PolicyError) {
            reason = reason.because(format!("`{}`: {why}", self.rules.id(*rule)));
        }
        if let Some(question) = case.participants.questions.get(place) {
            reason = reason.at(question.hop);
            reason.gate = Some(question.gate);
        }
        reason.policies = rules.iter().map(|rule| self.rules.id(*rule).to_owned()).collect();
        reason
    }

    /// The account of gates that all permitted, and what the host must also do.
    fn permits(&self, case: &Case<'_>, heard: &Hearing<'_>) -> (Vec<GateRecord>, Vec<String>) {
        let gates = case.participants.questions.iter().enumerate().map(|(place, question)| self.record(question, place, heard)).collect();
        let permits = heard.applied(u64::MAX, |class| matches!(class, Class::Permit | Class::OwnAuthority));
        let obligations: BTreeSet<_> = permits.into_iter().filter_map(|rule| self.obligation(rule)).collect();
        (gates, obligations.into_iter().collect())
    }

    fn record(&self, question: &Question, place: usize, heard: &Hearing<'_>) -> GateRecord {
        let permits = heard.applied(gate(place), |class| matches!(class, Class::Permit | Class::OwnAuthority));
        GateRecord { gate: question.gate, hop: question.hop, permits: permits.into_iter().map(|rule| self.rules.id(rule).to_owned()).collect() }
    }

    /// What would have been decided, if that differs.
    fn shadow(&self, case: &Case<'_>, heard: &Hearing<'_>, enforced: Effect) -> Option<Shadow> {
        let (effect, _) = self.overall(case, heard, Counting::WithShadow);
        let met = || heard.applied(u64::MAX, Class::is_shadow).into_iter().map(|rule| self.rules.id(rule).to_owned()).collect();
        (effect != enforced).then(|| Shadow { effect, policies: met() })
    }

    fn role(&self, rule: u32) -> Option<&str> {
        self.notes(rule)?.ask.as_deref()
    }

    fn obligation(&self, rule: u32) -> Option<String> {
        self.notes(rule)?.obligation.clone()
    }
}
