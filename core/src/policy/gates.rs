//! The questions themselves: one request to Cedar per gate and bucket, and what it answered.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Authorizer, Context, Effect as CedarEffect, Entities, EntityUid, PolicyId, PolicySet, Request};

use super::index::{Bucket, Index, Key, Pile, Piles, Shelves, Split};
use super::participants::{Participants, Question};

/// The shared context, without and with the tool's arguments: the delegate action has none.
pub(crate) struct Contexts {
    pub common: Context,
    pub with_input: Context,
}

/// The gates of one call: what they are asked about.
pub(crate) struct Gates<'g> {
    entities: &'g Entities,
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
    of: fn(&Bucket) -> &Split,
    /// What policies that answer alike at every gate of an action have answered: of the call, of the delegation.
    heard: [RefCell<Heard<'h>>; 2],
}

type Heard<'h> = Vec<(&'h Piles, Answer)>;

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
    pub(crate) fn new(
        index: &'g Index,
        participants: &'g Participants,
        call: &'g EntityUid,
        delegate: &'g EntityUid,
        resource: &'g EntityUid,
    ) -> Self {
        let entities = &participants.entities;
        Self {
            entities,
            call,
            delegate,
            resource,
            resources: index.keys(std::iter::once(resource).chain(entities.ancestors(resource).into_iter().flatten())),
            on_call: index.shelves(call),
            on_delegate: index.shelves(delegate),
        }
    }

    pub(crate) fn hear(&'g self, context: Contexts, of: fn(&Bucket) -> &Split) -> Hearing<'g> {
        Hearing { gates: self, context, of, heard: Default::default() }
    }
}

impl<'h> Hearing<'h> {
    /// What the policies say at one gate.
    pub(crate) fn ask(&self, question: &Question) -> Answer {
        let Gates { call, delegate, resource, resources, on_call, on_delegate, .. } = self.gates;
        let [heard_of_call, heard_of_delegation] = &self.heard;
        if let Some((agent, agents)) = &question.delegate {
            let buckets = on_delegate.buckets(&question.principals, agents);
            self.put((&question.principal, delegate, agent), &self.context.common, buckets, heard_of_delegation)
        } else {
            let buckets = on_call.buckets(&question.principals, resources);
            self.put((&question.principal, call, resource), &self.context.with_input, buckets, heard_of_call)
        }
    }

    fn put(
        &self,
        (principal, action, resource): (&EntityUid, &EntityUid, &EntityUid),
        context: &Context,
        buckets: impl Iterator<Item = &'h Bucket>,
        heard: &RefCell<Heard<'h>>,
    ) -> Answer {
        let mut answer = Answer::default();
        let mut heard = heard.borrow_mut();
        // No schema here: our own requests fit it by construction, and checking costs more than deciding.
        let request = || Request::new(principal.clone(), action.clone(), resource.clone(), context.clone(), None);
        for Split { alike, differing } in buckets.map(self.of) {
            if !alike.is_empty() {
                let known = heard.iter().position(|(piles, _)| std::ptr::eq(*piles, alike));
                let known = known.unwrap_or_else(|| {
                    heard.push((alike, Answer::of(alike, request(), self.gates.entities)));
                    heard.len() - 1
                });
                if let Some((_, known)) = heard.get(known) {
                    answer.join(known);
                }
            }
            if !differing.is_empty() {
                answer.join(&Answer::of(differing, request(), self.gates.entities));
            }
        }
        answer
    }
}

impl Answer {
    /// What Cedar says of these policies.
    pub(crate) fn of<E: std::fmt::Display>(piles: &Piles, request: Result<Request, E>, entities: &Entities) -> Self {
        let mut answer = Self::default();
        match request {
            Ok(request) => {
                answer.hear(&piles.enforced, Pile::Enforced, &request, entities);
                answer.hear(&piles.ask, Pile::Ask, &request, entities);
                answer.hear(&piles.shadow, Pile::Shadow, &request, entities);
            }
            Err(error) => {
                answer.errors.insert(PolicyId::new(""), error.to_string());
            }
        }
        answer
    }

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
