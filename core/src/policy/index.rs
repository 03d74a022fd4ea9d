//! Which policies a gate must look at: those whose scope names its action, and its principal or resource or nobody.
//!
//! A policy is filed once per action under its principal's entity, else its resource's, else under *anybody*; one
//! that reads neither principal nor resource is filed apart, to be asked once for a whole chain. Scope tests cannot
//! fail, so leaving out a policy whose scope does not fit changes neither decision, reasons nor errors; and Cedar's
//! answer over a set of policies is the union of its answers over the parts.

use std::collections::{BTreeSet, HashMap};

use super::reads::Reads;
use cedar_policy::{ActionConstraint, Entities, EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint, Template};

/// An action constraint that spans more actions than this is filed under *any action*: copies cost memory.
const ACTIONS_SPREAD_MAX: usize = 64;

/// Which pile a policy lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pile {
    /// Counts.
    Enforced,
    /// A `forbid` that can be lifted by approval.
    Ask,
    /// Evaluated, reported, never counted.
    Shadow,
}

/// The policies of one bucket, by pile; Cedar's own sets, ready to be asked.
#[derive(Default)]
pub(crate) struct Bucket {
    pub enforced: PolicySet,
    pub ask: PolicySet,
    pub shadow: PolicySet,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// Its answer is the same for every principal and resource.
    Whoever,
    Anybody,
    Principal(EntityUid),
    Resource(EntityUid),
}

#[derive(Default)]
pub(crate) struct Index {
    any_action: HashMap<Who, Bucket>,
    by_action: HashMap<EntityUid, HashMap<Who, Bucket>>,
}

impl Index {
    /// Files a policy. `template` is the template of a linked policy, `declared` the schema's action entities.
    pub(crate) fn add(&mut self, policy: &Policy, template: Option<&Template>, pile: Pile, reads: &Reads, declared: &Entities) -> Result<(), PolicySetError> {
        let who = if reads.principal || reads.resource { who(policy) } else { Who::Whoever };
        let Some(actions) = actions(policy, declared) else {
            return self.any_action.entry(who).or_default().add(policy, template, pile);
        };
        for action in actions {
            self.by_action.entry(action).or_default().entry(who.clone()).or_default().add(policy, template, pile)?;
        }
        Ok(())
    }

    /// The buckets whose answer is the same at every gate of an action.
    pub(crate) fn shared(&self, action: &EntityUid) -> impl Iterator<Item = &Bucket> {
        [Some(&self.any_action), self.by_action.get(action)].into_iter().flatten().filter_map(|shelf| shelf.get(&Who::Whoever))
    }

    /// The other buckets a gate must ask. `principals` and `resources` are the entity and all it is in.
    pub(crate) fn buckets<'i>(
        &'i self,
        action: &EntityUid,
        principals: &'i [EntityUid],
        resources: &'i [EntityUid],
    ) -> impl Iterator<Item = &'i Bucket> {
        let shelves = [Some(&self.any_action), self.by_action.get(action)];
        shelves.into_iter().flatten().filter(|shelf| !shelf.is_empty()).flat_map(move |shelf| {
            let principals = principals.iter().cloned().map(Who::Principal);
            let resources = resources.iter().cloned().map(Who::Resource);
            std::iter::once(Who::Anybody).chain(principals).chain(resources).filter_map(|who| shelf.get(&who))
        })
    }
}

impl Bucket {
    fn add(&mut self, policy: &Policy, template: Option<&Template>, pile: Pile) -> Result<(), PolicySetError> {
        let set = match pile {
            Pile::Enforced => &mut self.enforced,
            Pile::Ask => &mut self.ask,
            Pile::Shadow => &mut self.shadow,
        };
        match (template, policy.template_links()) {
            (Some(template), Some(values)) => {
                if set.template(template.id()).is_none() {
                    set.add_template(template.clone())?;
                }
                set.link(template.id().clone(), policy.id().clone(), values)
            }
            _ => set.add(policy.clone()),
        }
    }
}

fn who(policy: &Policy) -> Who {
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(entity) | PrincipalConstraint::In(entity) | PrincipalConstraint::IsIn(_, entity) => return Who::Principal(entity),
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
    }
    match policy.resource_constraint() {
        ResourceConstraint::Eq(entity) | ResourceConstraint::In(entity) | ResourceConstraint::IsIn(_, entity) => Who::Resource(entity),
        ResourceConstraint::Any | ResourceConstraint::Is(_) => Who::Anybody,
    }
}

/// The concrete actions the policy can apply to; `None` when that is any, or too many to file under each.
fn actions(policy: &Policy, declared: &Entities) -> Option<BTreeSet<EntityUid>> {
    let named = match policy.action_constraint() {
        ActionConstraint::Any => return None,
        ActionConstraint::Eq(action) => return Some(BTreeSet::from([action])),
        ActionConstraint::In(named) => named,
    };
    let below = |action: &EntityUid| named.iter().any(|group| group == action || declared.is_ancestor_of(group, action));
    let actions: BTreeSet<_> = declared.iter().map(|action| action.uid()).filter(below).collect();
    (actions.len() <= ACTIONS_SPREAD_MAX).then_some(actions)
}
