//! Which policies read which arguments of a tool: an argument nobody reads may hold any number its schema allows.

use std::sync::Arc;

use cedar_policy::{ActionConstraint, Policy};
use hashbrown::HashMap;

use super::reads::Reads;
use crate::catalog::Tool;

/// What the policies of a snapshot read, by the action or action group of their scope.
#[derive(Default)]
pub(super) struct Readers {
    all: Vec<Reader>,
    by_action: HashMap<String, Vec<usize>>,
    of_any_action: Vec<usize>,
}

struct Reader {
    id: Arc<str>,
    reads: Reads,
}

impl Readers {
    /// Files a policy that reads arguments.
    pub(super) fn add(&mut self, policy: &Policy, reads: &Reads) {
        if !reads.wants("input") {
            return;
        }
        let number = self.all.len();
        self.all.push(Reader { id: policy.id().to_string().into(), reads: reads.clone() });
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => return self.of_any_action.push(number),
            ActionConstraint::In(actions) => actions,
            ActionConstraint::Eq(action) => vec![action],
        };
        for action in actions {
            self.by_action.entry(action.id().unescaped().to_owned()).or_default().push(number);
        }
    }

    /// A policy that reads it, for each argument of the tool that is read.
    pub(super) fn of(&self, tool: &Tool) -> HashMap<Box<str>, Arc<str>> {
        let mut found = HashMap::new();
        let actions = std::iter::once(tool.action()).chain(tool.groups().iter().map(String::as_str));
        let scoped = actions.filter_map(|action| self.by_action.get(action)).flatten();
        for reader in self.of_any_action.iter().chain(scoped).filter_map(|number| self.all.get(*number)) {
            for name in tool.fields.keys().filter(|name| reader.reads.wants_below("input", name)) {
                found.entry(name.as_str().into()).or_insert_with(|| Arc::clone(&reader.id));
            }
        }
        found
    }
}
