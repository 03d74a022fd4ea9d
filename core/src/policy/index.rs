//! Which policies a gate must look at: those whose scope names its action, and its principal or resource or nobody.
//!
//! A policy is filed once per action under its principal's entity, else its resource's, else under *anybody*. Scope
//! tests cannot fail, so leaving out a policy whose scope does not fit changes neither decision, reasons nor errors;
//! and Cedar's answer over a set of policies is the union of its answers over the parts.

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

/// The policies of one bucket: those whose answer holds for every like call, and those that must be asked each time.
#[derive(Default)]
pub(crate) struct Bucket {
    pub steady: Split,
    pub varying: Split,
}

/// Of those, the ones that answer alike at every gate that finds the bucket, and the ones that may not.
#[derive(Default)]
pub(crate) struct Split {
    pub alike: Piles,
    pub differing: Piles,
}

/// Cedar's own sets, ready to be asked.
#[derive(Default)]
pub(crate) struct Piles {
    pub enforced: PolicySet,
    pub ask: PolicySet,
    pub shadow: PolicySet,
}

/// An entity some policy's scope names. Comparing numbers is cheaper than hashing names at every gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Anybody,
    Principal(Key),
    Resource(Key),
}

type Shelf = HashMap<Who, Bucket>;

#[derive(Default)]
pub(crate) struct Index {
    keys: HashMap<EntityUid, Key>,
    any_action: Shelf,
    by_action: HashMap<EntityUid, Shelf>,
}

/// Where the policies of one action stand.
#[derive(Clone, Copy)]
pub(crate) struct Shelves<'i>([Option<&'i Shelf>; 2]);

impl Index {
    /// Files a policy. `template` is the template of a linked policy, `declared` the schema's action entities.
    pub(crate) fn add(
        &mut self,
        policy: &Policy,
        template: Option<&Template>,
        pile: Pile,
        reads: &Reads,
        declared: &Entities,
    ) -> Result<(), PolicySetError> {
        let who = self.who(policy);
        let Some(actions) = actions(policy, declared) else {
            return self.any_action.entry(who).or_default().add(policy, template, pile, reads);
        };
        for action in actions {
            self.by_action.entry(action).or_default().entry(who).or_default().add(policy, template, pile, reads)?;
        }
        Ok(())
    }

    /// Of an entity and all it is in, those some scope names.
    pub(crate) fn keys<'u>(&self, entities: impl IntoIterator<Item = &'u EntityUid>) -> Vec<Key> {
        entities.into_iter().filter_map(|entity| self.keys.get(entity).copied()).collect()
    }

    pub(crate) fn shelves(&self, action: &EntityUid) -> Shelves<'_> {
        Shelves([Some(&self.any_action), self.by_action.get(action)])
    }

    fn who(&mut self, policy: &Policy) -> Who {
        let next = Key(u32::try_from(self.keys.len()).unwrap_or_else(|_| unreachable!("policies do not fit memory before their keys overflow")));
        match policy.principal_constraint() {
            PrincipalConstraint::Eq(entity) | PrincipalConstraint::In(entity) | PrincipalConstraint::IsIn(_, entity) => {
                return Who::Principal(*self.keys.entry(entity).or_insert(next));
            }
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
        }
        match policy.resource_constraint() {
            ResourceConstraint::Eq(entity) | ResourceConstraint::In(entity) | ResourceConstraint::IsIn(_, entity) => {
                Who::Resource(*self.keys.entry(entity).or_insert(next))
            }
            ResourceConstraint::Any | ResourceConstraint::Is(_) => Who::Anybody,
        }
    }
}

impl<'i> Shelves<'i> {
    /// The buckets a gate must ask.
    pub(crate) fn buckets(self, principals: &[Key], resources: &[Key]) -> impl Iterator<Item = &'i Bucket> {
        self.0.into_iter().flatten().flat_map(move |shelf| {
            let principals = principals.iter().copied().map(Who::Principal);
            let resources = resources.iter().copied().map(Who::Resource);
            std::iter::once(Who::Anybody).chain(principals).chain(resources).filter_map(|who| shelf.get(&who))
        })
    }
}

impl Piles {
    pub(crate) fn is_empty(&self) -> bool {
        self.enforced.is_empty() && self.ask.is_empty() && self.shadow.is_empty()
    }
}

impl Bucket {
    fn add(&mut self, policy: &Policy, template: Option<&Template>, pile: Pile, reads: &Reads) -> Result<(), PolicySetError> {
        let split = if reads.is_steady() { &mut self.steady } else { &mut self.varying };
        let piles = if answers_alike(policy, reads) { &mut split.alike } else { &mut split.differing };
        let set = match pile {
            Pile::Enforced => &mut piles.enforced,
            Pile::Ask => &mut piles.ask,
            Pile::Shadow => &mut piles.shadow,
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

/// Whether the answer is the same at every gate that finds the policy in its bucket. One `in` is settled by the
/// finding; an `==` is not, for a gate finds the bucket of everything its principal is in, too.
fn answers_alike(policy: &Policy, reads: &Reads) -> bool {
    use {PrincipalConstraint as P, ResourceConstraint as R};
    let settled = matches!((policy.principal_constraint(), policy.resource_constraint()), (P::Any | P::In(_), R::Any) | (P::Any, R::In(_)));
    settled && !reads.principal && !reads.resource
}

/// The concrete actions the policy can apply to; `None` when that is any, or too many to file under each.
fn actions(policy: &Policy, declared: &Entities) -> Option<BTreeSet<EntityUid>> {
    let named = match policy.action_constraint() {
        ActionConstraint::Any => return None,
        ActionConstraint::Eq(action) => return Some(BTreeSet::from([action])),
        ActionConstraint::In(named) => named,
    };
    let below = |action: &EntityUid| named.iter().any(|group| group == action || declared.is_ancestor_of(group, action));
    let actions: BTreeSet<_> = declared.iter().map(cedar_policy::Entity::uid).filter(below).collect();
    (actions.len() <= ACTIONS_SPREAD_MAX).then_some(actions)
}
