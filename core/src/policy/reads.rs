//! What a policy's conditions read, found in its syntax tree at load: facts nobody reads are not made, and what
//! cannot differ is not asked again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::gates::Needs;

/// The members of `context.tool` that are made from the arguments.
const OF_ARGUMENTS: [&str; 6] = ["destinations", "destination_domains", "hosts", "nulls", "paths", "within"];

/// The members of `context` that are fixed by chain and tool.
const STEADY: [&str; 4] = ["origin", "chain", "tool", "system"];

/// Which parts of `context` are read. Errs on the side of reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reads {
    everything: bool,
    /// By top-level member of `context`: the members of it that are read; `None` for all of them.
    context: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Reads {
    /// What a policy of this syntax tree, in Cedar's JSON format, reads in its conditions. Its scope is the index's to know.
    pub(crate) fn of(tree: &Json) -> Self {
        let mut reads = Self::default();
        match tree.get("conditions") {
            Some(conditions) => reads.walk(conditions),
            None => return Self::all(),
        }
        reads
    }

    pub(crate) fn all() -> Self {
        Self { everything: true, ..Self::default() }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        for (member, below) in other.context {
            self.read(&member, below);
        }
    }

    /// Whether the answer is the same for every call of one tool on one resource under one chain: nothing is read
    /// that changes between them.
    pub(crate) fn is_steady(&self) -> bool {
        !self.everything && !self.wants_arguments_of_tool() && self.context.keys().all(|member| STEADY.contains(&member.as_str()))
    }

    /// What must be made for it at each call.
    pub(crate) fn needs(&self) -> Needs {
        Needs {
            input: self.wants("input"),
            destinations: self.wants_arguments_of_tool(),
            people: self.wants("approvals") || self.wants("holds"),
            intent: self.wants("intent"),
            anything: !self.is_steady(),
        }
    }

    fn wants_arguments_of_tool(&self) -> bool {
        OF_ARGUMENTS.iter().any(|fact| self.wants_below("tool", fact))
    }

    /// Whether any part of `context.member` is read.
    pub(crate) fn wants(&self, member: &str) -> bool {
        self.everything || self.context.contains_key(member)
    }

    /// Whether `context.member.below` is read.
    pub(crate) fn wants_below(&self, member: &str, below: &str) -> bool {
        self.everything || self.context.get(member).is_some_and(|read| read.as_ref().is_none_or(|read| read.contains(below)))
    }

    /// Whether `context.member.below` is named.
    pub(crate) fn names(&self, member: &str, below: &str) -> bool {
        self.context.get(member).and_then(Option::as_ref).is_some_and(|read| read.contains(below))
    }

    fn read(&mut self, member: &str, below: Option<BTreeSet<String>>) {
        let known = self.context.entry(member.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
        match (known.as_mut(), below) {
            (Some(known), Some(below)) => known.extend(below),
            _ => *known = None,
        }
    }

    fn walk(&mut self, node: &Json) {
        if let Some(member) = asked_for(node) {
            // Whether it is there says nothing of what is in it.
            return self.read(member, Some(BTreeSet::new()));
        }
        match path(node).as_slice() {
            // `context` as a value: anything may be compared with it.
            ["context"] => return self.everything = true,
            ["context", member] => return self.read(member, None),
            ["context", member, below, ..] => return self.read(member, Some(BTreeSet::from([(*below).to_owned()]))),
            _ => {}
        }
        match node {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Json::Object(members) => members.values().for_each(|member| self.walk(member)),
            _ => {}
        }
    }
}

/// The member of `context has member`.
fn asked_for(node: &Json) -> Option<&str> {
    let has = node.get("has")?;
    (path(has.get("left")?) == ["context"]).then(|| has.get("attr")?.as_str()).flatten()
}

/// The variable and attributes of `variable.a.b` or `variable.a has b`; empty for any other expression.
fn path(node: &Json) -> Vec<&str> {
    if let Some(variable) = node.get("Var").and_then(Json::as_str) {
        return vec![variable];
    }
    let access = node.get(".").or_else(|| node.get("has"));
    let Some((left, attribute)) = access.and_then(|access| Some((access.get("left")?, access.get("attr")?.as_str()?))) else { return Vec::new() };
    let mut path = path(left);
    if !path.is_empty() {
        path.push(attribute);
    }
    path
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::*;

    fn reads(condition: &str) -> Reads {
        let policy = Policy::parse(None, format!("permit(principal, action, resource) when {{ {condition} }};"));
        let tree = policy.unwrap_or_else(|error| unreachable!("{error}")).to_json();
        Reads::of(&tree.unwrap_or_else(|error| unreachable!("{error}")))
    }

    #[test]
    fn finds_what_is_read_and_no_less() {
        let some = reads("context.chain.depth > 1 && context.origin has session && context.input.a.b == 3");
        assert!(some.wants_below("chain", "depth") && !some.wants_below("chain", "agents"));
        assert!(some.wants_below("origin", "session") && some.wants_below("input", "a"));
        assert!(!some.wants("host"));

        for whole in [
            "context.chain == context.chain",
            "[context.chain].contains({x: 1})",
            "if true then context.chain has x else false || {a: context.chain} == {}",
        ] {
            assert!(reads(whole).wants("chain"), "{whole}");
        }
        assert!(reads("context.chain == {a: 1}").wants_below("chain", "agents"));
        assert!(reads("context == {a: 1}").wants_below("host", "anything"));
        assert!(reads("(if true then context else context).chain.depth == 1").wants("host"));
        let asked = reads("context has \"chain\" && context has input && context.input has to");
        assert!(asked.wants("chain") && !asked.wants_below("chain", "agents"));
        assert!(asked.wants_below("input", "to") && !asked.wants_below("input", "other"));
        assert!(reads("context has input && context.input == {}").wants_below("input", "other"));

        for steady in ["context.chain.depth > 1 && context.tool.tier == \"low\"", "principal == resource", "context.origin has user"] {
            assert!(reads(steady).is_steady(), "{steady}");
        }
        for changing in [
            "context.input.a == 1",
            "context.now == context.now",
            "context == {}",
            "context.approvals.isEmpty()",
            "context.holds.isEmpty()",
            "context.host has x",
            "context has input",
            "context.tool.destinations.isEmpty()",
            "context.tool.within.contains(\"/workspace\")",
            "context.tool == context.tool",
        ] {
            assert!(!reads(changing).is_steady(), "{changing}");
        }
    }
}
