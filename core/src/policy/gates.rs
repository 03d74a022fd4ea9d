//! The questions themselves: one request to Cedar per gate and bucket, and what it answered.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Authorizer, Context, Effect as CedarEffect, Entities, EntityUid, PolicyId, PolicySet, Request};

use super::index::{Bucket, Index, Key, Pile, Piles, Shelves};
use super::participants::{Participants, Question};

/// The shared context, without and with the tool's arguments: the delegate action has none.
pub(crate) struct Contexts {
    pub common: Context,
    pub with_input: Context,
}

/// The gates of one call: what they are asked about.
pub(crate) struct Gates<'g> {
    entities: &'g Entities,
    /// Stands for any principal, where the answer does not depend on it.
    anybody: &'g EntityUid,
    call: &'g EntityUid,
    delegate: &'g EntityUid,
    resource: &'g EntityUid,
    /// Of the resource and everything it is in, what some policy's scope names.
    resources: Vec<Key>,
    on_call: Shelves<'g>,
    on_delegate: Shelves<'g>,
}

/// The gates, and the policies of one kind that are to be heard.
pub(crate) struct Hearing<'h> {
    gates: &'h Gates<'h>,
    context: Contexts,
    of: fn(&Bucket) -> &Piles,
    /// What reads neither principal nor resource answers alike at every gate of an action.
    shared_call: Answer,
    shared_delegate: Answer,
}

/// One gate's answers, as policy ids.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub permits: BTreeSet<PolicyId>,
    pub forbids: BTreeSet<PolicyId>,
    pub asks: BTreeSet<PolicyId>,
    pub errors: BTreeMap<PolicyId, String>,
    pub shadow_permits: BTreeSet<PolicyId>,
    pub shadow_forbids: BTreeSet<PolicyId>,
}

impl<'g> Gates<'g> {
    /// `None` when there is nobody to ask.
    pub(crate) fn new(
        index: &'g Index,
        participants: &'g Participants,
        call: &'g EntityUid,
        delegate: &'g EntityUid,
        resource: &'g EntityUid,
    ) -> Option<Self> {
        let entities = &participants.entities;
        Some(Self {
            entities,
            anybody: &participants.questions.first()?.principal,
            call,
            delegate,
            resource,
            resources: index.keys(std::iter::once(resource).chain(entities.ancestors(resource).into_iter().flatten())),
            on_call: index.shelves(call),
            on_delegate: index.shelves(delegate),
        })
    }

    pub(crate) fn hear(&'g self, context: Contexts, of: fn(&Bucket) -> &Piles) -> Hearing<'g> {
        let shared_call = put(self.anybody, self.call, self.resource, &context.with_input, self.entities, self.on_call.shared().map(of));
        let shared_delegate = put(self.anybody, self.delegate, self.resource, &context.common, self.entities, self.on_delegate.shared().map(of));
        Hearing { gates: self, context, of, shared_call, shared_delegate }
    }
}

impl Hearing<'_> {
    /// What the policies say at one gate.
    pub(crate) fn ask(&self, question: &Question) -> Answer {
        let Gates { entities, call, delegate, resource, resources, on_call, on_delegate, .. } = self.gates;
        let principal = &question.principal;
        let (mut answer, shared) = match &question.delegate {
            Some((agent, agents)) => {
                let piles = on_delegate.buckets(&question.principals, agents).map(self.of);
                (put(principal, delegate, agent, &self.context.common, entities, piles), &self.shared_delegate)
            }
            None => {
                let piles = on_call.buckets(&question.principals, resources).map(self.of);
                (put(principal, call, resource, &self.context.with_input, entities, piles), &self.shared_call)
            }
        };
        answer.join(shared);
        answer
    }
}

/// Puts one question to these policies.
pub(crate) fn put<'b>(
    principal: &EntityUid,
    action: &EntityUid,
    resource: &EntityUid,
    context: &Context,
    entities: &Entities,
    piles: impl Iterator<Item = &'b Piles>,
) -> Answer {
    let mut answer = Answer::default();
    // No schema here: our own requests fit it by construction, and checking costs more than deciding.
    let request = match Request::new(principal.clone(), action.clone(), resource.clone(), context.clone(), None) {
        Ok(request) => request,
        Err(error) => {
            answer.errors.insert(PolicyId::new(""), error.to_string());
            return answer;
        }
    };
    for piles in piles {
        answer.hear(&piles.enforced, Pile::Enforced, &request, entities);
        answer.hear(&piles.ask, Pile::Ask, &request, entities);
        answer.hear(&piles.shadow, Pile::Shadow, &request, entities);
    }
    answer
}

impl Answer {
    /// Adds what Cedar says of one set of policies.
    fn hear(&mut self, set: &PolicySet, pile: Pile, request: &Request, entities: &Entities) {
        if set.is_empty() {
            return;
        }
        let response = Authorizer::new().is_authorized(request, set, entities);
        for id in response.diagnostics().reason() {
            // A policy we could not find again counts as a forbid.
            let permits = set.policy(id).is_some_and(|policy| policy.effect() == CedarEffect::Permit);
            let heard = match (pile, permits) {
                (Pile::Enforced, true) => &mut self.permits,
                (Pile::Enforced, false) => &mut self.forbids,
                (Pile::Ask, _) => &mut self.asks,
                (Pile::Shadow, true) => &mut self.shadow_permits,
                (Pile::Shadow, false) => &mut self.shadow_forbids,
            };
            heard.insert(id.clone());
        }
        if pile != Pile::Shadow {
            for cedar_policy::AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
                self.errors.insert(error.policy_id().clone(), error.inner().to_string());
            }
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.permits.extend(other.permits.iter().cloned());
        self.forbids.extend(other.forbids.iter().cloned());
        self.asks.extend(other.asks.iter().cloned());
        self.errors.extend(other.errors.iter().map(|(id, error)| (id.clone(), error.clone())));
        self.shadow_permits.extend(other.shadow_permits.iter().cloned());
        self.shadow_forbids.extend(other.shadow_forbids.iter().cloned());
    }
}
