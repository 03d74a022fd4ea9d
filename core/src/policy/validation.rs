//! Strict validation by Cedar, in time that does not grow with policies times tools.
//!
//! Cedar checks each policy once for every action and type of principal. What it finds depends only on a little of each
//! action: which of the actions and groups that the policy names it is or is in, the type of its resource, and, for a
//! policy that reads `context.input`, the types of the arguments it reads. So batches of policies are checked against small
//! schemas, with one action of each sort. Policies in which an error is found there are checked again against the whole
//! schema, for the words of the error. Warnings say nothing of the schema.

use std::collections::BTreeSet;

use cedar_policy::{
    ActionConstraint, Policy, PolicyId, PolicySet, Schema, ValidationError, ValidationMode, ValidationResult, ValidationWarning, Validator,
};
use hashbrown::{HashMap, HashSet};
use serde_json::Value as Json;

use super::reads::Reads;
use super::schema::{Parts, record_type, resource_of};
use crate::catalog::{Catalog, Tool};
use crate::error::{Error, ErrorKind};

/// Most policies of a batch.
const POLICIES_MAX: usize = 64;

/// A batch ends when the policies in it name more actions: each makes all of them longer to check.
const ACTIONS_MAX: usize = 16;

pub(super) struct Validation<'v> {
    pub schema: &'v Parts,
    pub catalog: &'v Catalog,
    pub set: &'v PolicySet,
    /// The syntax tree of each policy.
    pub trees: HashMap<&'v PolicyId, &'v Json>,
}

/// What Cedar finds.
#[derive(Default)]
pub(super) struct Findings {
    pub errors: Vec<ValidationError>,
    pub warnings: Vec<ValidationWarning>,
}

/// What of the actions one policy depends on.
struct Subject<'p> {
    policy: &'p Policy,
    /// The actions of its scope; `None` for any.
    scope: Option<BTreeSet<String>>,
    /// The actions and groups it names anywhere.
    named: BTreeSet<String>,
    reads: Reads,
}

impl Validation<'_> {
    pub(super) fn findings(&self) -> Result<Findings, Error> {
        let (mut subjects, mut unclear) = (Vec::new(), HashSet::new());
        for policy in self.set.policies() {
            match self.trees.get(policy.id()).and_then(|tree| Subject::of(policy, tree)) {
                Some(subject) => subjects.push(subject),
                None => _ = unclear.insert(policy.id().clone()),
            }
        }
        // Policies of one scope are in one batch, and those that read arguments in others than those that do not.
        subjects.sort_by(|one, other| (one.reads_input(), &one.scope).cmp(&(other.reads_input(), &other.scope)));
        let mut findings = Findings::default();
        let mut rest = subjects.as_slice();
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest));
            rest = others;
            let result = self.check(batch)?;
            unclear.extend(result.validation_errors().map(|error| error.policy_id().clone()));
            findings.warnings.extend(result.validation_warnings().cloned());
        }
        if unclear.is_empty() {
            return Ok(findings);
        }
        let result = self.check_whole(&unclear)?;
        findings.errors.extend(result.validation_errors().cloned());
        findings.warnings.retain(|warning| !unclear.contains(warning.policy_id()));
        findings.warnings.extend(result.validation_warnings().cloned());
        Ok(findings)
    }

    /// Checks these policies against the whole schema.
    fn check_whole(&self, policies: &HashSet<PolicyId>) -> Result<ValidationResult, Error> {
        let mut set = self.set.clone();
        for policy in self.set.policies().filter(|policy| policy.template_id().is_none() && !policies.contains(policy.id())) {
            set.remove_static(policy.id().clone()).map_err(internal)?;
        }
        Ok(Validator::new(self.schema_of(self.catalog.tools())?).validate(&set, ValidationMode::Strict))
    }

    /// Checks the policies of a batch against a schema with one action of each sort.
    fn check(&self, batch: &[Subject<'_>]) -> Result<ValidationResult, Error> {
        let named: BTreeSet<&str> = batch.iter().flat_map(|subject| &subject.named).map(String::as_str).collect();
        let mut inputs = Reads::default();
        batch.iter().filter(|subject| subject.reads_input()).for_each(|subject| inputs.join(subject.reads.clone()));
        let (mut sorts, mut tools) = (HashSet::new(), Vec::new());
        for tool in self.catalog.tools() {
            let is_in: Vec<_> = names_of(tool).filter(|name| named.contains(name)).collect();
            let reads_input = batch.iter().any(|subject| subject.reads_input() && subject.is_about(tool));
            let input = reads_input.then(|| record_type(tool.fields.iter().filter(|(name, _)| inputs.wants_below("input", name))));
            if sorts.insert((resource_of(tool), is_in, input)) {
                tools.push(tool);
            }
        }
        let schema = self.schema_of(tools)?;
        let set = PolicySet::from_policies(batch.iter().map(|subject| subject.policy.clone())).map_err(internal)?;
        Ok(Validator::new(schema).validate(&set, ValidationMode::Strict))
    }

    fn schema_of<'t>(&self, tools: impl IntoIterator<Item = &'t Tool>) -> Result<Schema, Error> {
        self.schema.with(tools.into_iter().map(|tool| (tool, true))).map_err(|error| Error::new(ErrorKind::Schema, error))
    }
}

/// How many of these policies are checked together.
fn batch_length(subjects: &[Subject<'_>]) -> usize {
    let (mut named, mut length) = (BTreeSet::new(), 0);
    for subject in subjects.iter().take(POLICIES_MAX) {
        named.extend(&subject.named);
        if length > 0 && named.len() > ACTIONS_MAX {
            break;
        }
        length += 1;
    }
    length
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Policy, error.to_string())
}

/// What an action is called, and what it is in.
fn names_of(tool: &Tool) -> impl Iterator<Item = &str> {
    [tool.action()].into_iter().chain(tool.groups().iter().map(String::as_str))
}

impl<'p> Subject<'p> {
    /// `None` for a policy that is not understood well enough.
    fn of(policy: &'p Policy, tree: &Json) -> Option<Self> {
        if policy.template_id().is_some() {
            return None;
        }
        let mut named = BTreeSet::new();
        actions_in(tree, &mut named);
        let ids = |uids: &[cedar_policy::EntityUid]| uids.iter().map(|uid| uid.id().unescaped().to_owned()).collect();
        let scope = match policy.action_constraint() {
            ActionConstraint::Any => None,
            ActionConstraint::Eq(uid) => Some(ids(&[uid])),
            ActionConstraint::In(uids) => Some(ids(&uids)),
        };
        Some(Self { policy, scope, named, reads: Reads::of(tree) })
    }

    fn reads_input(&self) -> bool {
        self.reads.wants("input")
    }

    fn is_about(&self, tool: &Tool) -> bool {
        self.scope.as_ref().is_none_or(|scope| names_of(tool).any(|name| scope.contains(name)))
    }
}

/// The ids of all actions that are named somewhere.
fn actions_in(node: &Json, named: &mut BTreeSet<String>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| actions_in(item, named)),
        Json::Object(members) => {
            if let (Some("Action"), Some(id)) = (members.get("type").and_then(Json::as_str), members.get("id").and_then(Json::as_str)) {
                named.insert(id.to_owned());
            }
            members.values().for_each(|member| actions_in(member, named));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;
    use crate::Source;
    use crate::policy::schema::join;

    const CATALOG: &str = r#"{"systems": {"mail": {"in": ["prod"]}, "prod": {}}, "tools": [
        {"name": "a", "system": "mail", "effects": ["read"], "parameters": {"properties": {"to": {"type": "string"}, "n": {"type": "integer"}}, "required": ["to"]}},
        {"name": "b", "system": "mail", "effects": ["read"], "parameters": {"properties": {"to": {"type": "string"}, "n": {"type": "integer"}}, "required": ["to"]}},
        {"name": "c", "system": "mail", "effects": ["read", "write"], "parameters": {"properties": {"to": {"type": "integer"}}}},
        {"name": "d", "system": "prod", "effects": ["write"], "parameters": {"properties": {"to": {"type": "string"}, "x": {"type": "string"}}}},
        {"name": "e", "system": "prod", "parameters": {"properties": {}}},
        {"name": "f", "system": "docs", "effects": ["write"], "resource": {"type": "Doc", "argument": "to"}, "parameters": {"properties": {"to": {"type": "string"}}, "required": ["to"]}},
        {"name": "read", "system": "docs", "effects": ["delete"], "parameters": {"properties": {"to": {"type": "array", "items": {"type": "string"}}}}}]}"#;
    const SCOPES: [&str; 10] = [
        "action",
        r#"action == Action::"a""#,
        r#"action in Action::"read""#,
        r#"action in [Action::"c", Action::"write"]"#,
        r#"action in Action::"system:docs""#,
        r#"action == Action::"write""#,
        r#"action == Action::"delegate""#,
        r#"action == Action::"missing""#,
        r#"action in [Action::"docs.read"]"#,
        r#"action in Action::"unclassified""#,
    ];
    const CONDITIONS: [&str; 20] = [
        "",
        "when { context.chain.depth > 1 }",
        "when { context.chain.depth like \"x\" }",
        "when { context has input && context.input has to && context.input.to == \"x\" }",
        "when { context has input && context.input has n && context.input.n > 3 }",
        "when { context.input.to == \"x\" }",
        "when { context.input.to.contains(\"x\") }",
        "when { context.input has nothing }",
        "when { action == Action::\"a\" && context.input.n > 1 }",
        "when { action in Action::\"write\" && context has input }",
        "when { action in [Action::\"a\", Action::\"gone\"] }",
        "when { resource is Doc && resource.title == \"x\" }",
        "when { resource is Tool && resource.tier == \"high\" }",
        "when { resource.tier == \"high\" }",
        "when { [context.input].isEmpty() }",
        "when { context == context }",
        "when { principal.issuer == \"x\" && principal has tenant }",
        "when { principal is User && resource is Agent }",
        "when { false }",
        "when { if action == Action::\"d\" then context.input.x == \"y\" else true }",
    ];

    /// What is found in small schemas is found in the whole one, and nothing else.
    #[test]
    fn batches_find_what_the_whole_schema_finds() {
        let catalog = Catalog::from_json(CATALOG).unwrap_or_else(|error| unreachable!("{error}"));
        let host = [Source::new("h.cedarschema", "entity Doc { title: String };")];
        let parts = join(&catalog, &host).unwrap_or_else(|error| unreachable!("{}", error.report())).parts;
        let mut texts = Vec::new();
        for scope in SCOPES {
            texts.extend(CONDITIONS.map(|condition| format!("permit(principal, {scope}, resource) {condition};\n")));
        }
        let whole = parts.with(catalog.tools().map(|tool| (tool, true))).unwrap_or_else(|error| unreachable!("{error}"));
        let whole = Validator::new(whole);
        let mut clean = 0;
        for text in texts.iter().chain([&texts.concat()]) {
            let set = PolicySet::from_str(text).unwrap_or_else(|error| unreachable!("{error}"));
            let result = whole.validate(&set, ValidationMode::Strict);
            let expected = told(result.validation_errors(), result.validation_warnings());
            let trees: Vec<_> = set.policies().map(|policy| (policy.id(), policy.to_json().unwrap_or_default())).collect();
            let trees = trees.iter().map(|(id, tree)| (*id, tree)).collect();
            let found = Validation { schema: &parts, catalog: &catalog, set: &set, trees }.findings().unwrap_or_else(|error| unreachable!("{error}"));
            let found = told(found.errors.iter(), found.warnings.iter());
            assert_eq!(found, expected, "{text}");
            clean += usize::from(found.is_empty());
        }
        assert!(clean > 40, "{clean}");
    }

    fn told<'r>(errors: impl Iterator<Item = &'r ValidationError>, warnings: impl Iterator<Item = &'r ValidationWarning>) -> BTreeSet<String> {
        let errors = errors.map(|error| format!("{}: {error}", error.policy_id()));
        errors.chain(warnings.map(|warning| format!("{}: {warning}", warning.policy_id()))).collect()
    }
}
