//! Now and then Cedar is asked too, of the same gates, policies and entities. Where it disagrees, the answer is no.

use std::collections::BTreeSet;

use cedar_policy::{AuthorizationError, Authorizer};

use super::compiled::value::Fields;
use super::gates::{Class, Contexts, Hearing, Plan, gate};
use super::rules::cedar_request;
use super::{Case, Policies};
use crate::reason::{Code, Reason};

impl Policies {
    /// Nothing, when Cedar says the same of every gate: which policies determine it, and which fail.
    pub(super) fn compare(&self, case: &Case<'_>, plan: &Plan, heard: &Hearing<'_>, contexts: Contexts<'_>) -> Result<(), Reason> {
        for (place, question) in case.participants.questions.iter().enumerate() {
            let context = if question.delegate.is_some() { contexts.common } else { contexts.with_input };
            let (reasons, errors) = self
                .cedars(case, &plan.parties(question), context)
                .ok_or_else(|| Reason::new(Code::EngineOracle).because("Cedar could not be asked"))?;
            let ids = |rules: Vec<u32>| rules.into_iter().map(|rule| self.rules.id(rule).to_owned()).collect::<BTreeSet<_>>();
            let (forbids, permits) = (ids(heard.applied(gate(place), |class| !class.permits())), ids(heard.applied(gate(place), Class::permits)));
            let ours = if forbids.is_empty() { permits } else { forbids };
            let failed = ids(heard.failures(gate(place), |_| true).into_iter().map(|(rule, _)| rule).collect());
            if ours != reasons || failed != errors {
                let detail = format!("Cedar: {reasons:?}, failing {errors:?}; compiled: {ours:?}, failing {failed:?}");
                let mut reason = Reason::new(Code::EngineOracle).at(question.hop).because(detail);
                reason.gate = Some(question.gate);
                return Err(reason);
            }
        }
        Ok(())
    }

    fn cedars(&self, case: &Case<'_>, parties: &super::Parties<'_>, context: Fields<'_>) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let side = self.cedar_side(case, context)?;
        let request = cedar_request(parties, side.context)?;
        let response = Authorizer::new().is_authorized(&request, self.cedar.as_ref()?, &side.entities);
        let reasons = response.diagnostics().reason().map(ToString::to_string).collect();
        let errors = response.diagnostics().errors().map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string());
        Some((reasons, errors.collect()))
    }
}
