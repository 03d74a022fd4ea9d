//! Which policies a gate must look at: those whose scope names its action, and its principal or resource or nobody.
//!
//! A policy is filed once per action under its principal's entity, else its resource's, else under *anybody*. The
//! index only leaves out; each scope is still tested. Scope tests cannot fail, so leaving out a policy whose scope does
//! not fit changes neither decision, reasons nor errors.

use std::sync::Arc;

use hashbrown::HashTable;

use super::compiled::entities::{Entities, Layers};
use super::compiled::scope::{ActionScope, Parties, Scope};
use super::compiled::value::Uid;

/// An action scope that spans more actions than this is filed under *any action*: copies cost memory.
const ACTIONS_SPREAD_MAX: usize = 64;

/// The number of a policy.
pub(crate) type Rule = u32;

/// The policies for one action, by whom or what they are about.
#[derive(Debug, Default)]
struct Shelf {
    anybody: Vec<Rule>,
    principals: Buckets,
    resources: Buckets,
}

#[derive(Debug, Default)]
struct Buckets(HashTable<(Arc<Uid>, Vec<Rule>)>);

#[derive(Debug, Default)]
pub(crate) struct Index {
    any_action: Shelf,
    by_action: HashTable<(Arc<Uid>, Shelf)>,
}

impl Index {
    /// Files a policy. `declared` holds every action that may be asked about and is in another.
    pub(crate) fn add(&mut self, rule: Rule, scope: &Scope, declared: &Entities) {
        let Some(actions) = actions(&scope.action, declared) else {
            return self.any_action.add(rule, scope);
        };
        for action in actions {
            let hash = action.hash();
            let of = self.by_action.entry(hash, |(known, _)| *known == action, |(known, _)| known.hash());
            of.or_insert_with(|| (action, Shelf::default())).into_mut().1.add(rule, scope);
        }
    }

    /// Files a policy whose scope could not be read: it is looked at always.
    pub(crate) fn add_unread(&mut self, rule: Rule) {
        self.any_action.anybody.push(rule);
    }

    /// Every policy whose scope fits, each once, in the order of their numbers.
    pub(crate) fn candidates<'s>(&self, parties: &Parties<'_>, entities: Layers<'_>, scope_of: impl Fn(Rule) -> Option<&'s Scope>) -> Vec<Rule> {
        let of_action = self.by_action.find(parties.action.hash(), |(known, _)| **known == *parties.action).map(|(_, shelf)| shelf);
        let (principals, resources) = (entities.ancestors(parties.principal), entities.ancestors(parties.resource));
        let mut found = Vec::new();
        for shelf in std::iter::once(&self.any_action).chain(of_action) {
            found.extend_from_slice(&shelf.anybody);
            for uid in std::iter::once(parties.principal).chain(principals.iter().map(|uid| &***uid)) {
                found.extend_from_slice(shelf.principals.of(uid));
            }
            for uid in std::iter::once(parties.resource).chain(resources.iter().map(|uid| &***uid)) {
                found.extend_from_slice(shelf.resources.of(uid));
            }
        }
        // What cannot be looked up is kept: its evaluation will say so.
        found.retain(|rule| scope_of(*rule).is_none_or(|scope| scope.fits(parties, entities)));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The policies every call must look at: those that name neither principal, action nor resource.
    pub(crate) fn unscoped(&self) -> Vec<Rule> {
        self.any_action.anybody.clone()
    }
}

impl Shelf {
    fn add(&mut self, rule: Rule, scope: &Scope) {
        match (scope.principal.named(), scope.resource.named()) {
            (Some(principal), _) => self.principals.add(principal, rule),
            (None, Some(resource)) => self.resources.add(resource, rule),
            (None, None) => self.anybody.push(rule),
        }
    }
}

impl Buckets {
    fn of(&self, uid: &Uid) -> &[Rule] {
        self.0.find(uid.hash(), |(known, _)| **known == *uid).map_or(&[], |(_, rules)| rules)
    }

    fn add(&mut self, uid: &Arc<Uid>, rule: Rule) {
        let bucket = self.0.entry(uid.hash(), |(known, _)| known == uid, |(known, _)| known.hash());
        bucket.or_insert_with(|| (Arc::clone(uid), Vec::new())).into_mut().1.push(rule);
    }
}

/// The concrete actions the policy can apply to; `None` when that is any, or too many to file under each.
fn actions(scope: &ActionScope, declared: &Entities) -> Option<Vec<Arc<Uid>>> {
    let named = match scope {
        ActionScope::Any => return None,
        ActionScope::Equal(action) => return Some(vec![Arc::clone(action)]),
        ActionScope::In(named) => named,
    };
    let alone = Entities::with_room(0);
    let layers = Layers { near: &alone, far: declared };
    let below = declared.iter().map(|entity| &entity.uid).filter(|uid| scope.fits(uid, layers)).cloned();
    let mut actions: Vec<_> = named.iter().cloned().chain(below).collect();
    actions.sort_unstable();
    actions.dedup();
    (actions.len() <= ACTIONS_SPREAD_MAX).then_some(actions)
}
