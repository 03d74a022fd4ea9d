//! JSON schema → [`Rules`].

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use indexmap::IndexMap;

use super::number::Number;
use super::pattern::Pattern;
use super::reference::Document;
use super::rules::{Declared, Members, NodeId, Rule, Rules, Types};
use super::{Limits, array};
use crate::json::{Object, Value};

/// Compiles the schemas of one tool, each once, whoever refers to it.
pub(super) struct Compiler<'s, 'd> {
    document: &'d Document<'s>,
    nodes: Vec<Vec<Rule>>,
    /// By the place of a schema in memory: two references to one part are one node, and a recursion ends.
    known: HashMap<*const Value, NodeId>,
    pending: VecDeque<(NodeId, &'s Value)>,
    /// Keywords that are not enforced.
    pub(super) unenforced: BTreeSet<&'static str>,
}

/// What no rule is made of. `format` is an annotation in draft 2020-12, and servers use it loosely.
const UNENFORCED: [&str; 5] = ["format", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"];

impl<'s, 'd> Compiler<'s, 'd> {
    pub(super) fn new(document: &'d Document<'s>) -> Self {
        Self { document, nodes: Vec::new(), known: HashMap::new(), pending: VecDeque::new(), unenforced: BTreeSet::new() }
    }

    /// The number of this schema, compiled with all it refers to.
    pub(super) fn node(&mut self, schema: &'s Value, limits: &mut Limits) -> Result<NodeId, String> {
        let id = self.reserve(schema);
        while let Some((id, schema)) = self.pending.pop_front() {
            limits.take(1)?;
            let rules = self.rules(schema, limits)?;
            if let Some(node) = self.nodes.get_mut(id as usize) {
                *node = rules;
            }
        }
        Ok(id)
    }

    pub(super) fn finish(self) -> Option<Rules> {
        (!self.nodes.is_empty()).then_some(Rules { nodes: self.nodes })
    }

    fn reserve(&mut self, schema: &'s Value) -> NodeId {
        if let Some(known) = self.known.get(&std::ptr::from_ref(schema)) {
            return *known;
        }
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        self.nodes.push(Vec::new());
        self.known.insert(schema, id);
        self.pending.push_back((id, schema));
        id
    }

    fn rules(&mut self, schema: &'s Value, limits: &mut Limits) -> Result<Vec<Rule>, String> {
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(false) => return Ok(vec![Rule::Never]),
            _ => return Ok(Vec::new()), // `true`: anything
        };
        let mut rules = Vec::new();
        self.of_any_type(members, &mut rules)?;
        self.of_numbers_and_texts(members, &mut rules, limits)?;
        self.of_arrays(members, &mut rules);
        self.of_objects(members, &mut rules, limits)?;
        self.unenforced.extend(UNENFORCED.into_iter().filter(|keyword| members.contains_key(*keyword)));
        Ok(rules)
    }

    fn of_any_type(&mut self, members: &'s Object, rules: &mut Vec<Rule>) -> Result<(), String> {
        if members.get("nullable") == Some(&Value::Bool(true)) {
            rules.push(Rule::Nullable);
        }
        let kinds = match members.get("type") {
            Some(Value::String(kind)) => vec![kind.as_str()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !kinds.is_empty() {
            let mut types = Types::default();
            for kind in kinds {
                types.add(kind).ok_or_else(|| format!("`{kind}` is not a JSON schema type"))?;
            }
            rules.push(Rule::Type(types));
        }
        for values in [members.get("enum").and_then(array), members.get("const").map(std::slice::from_ref)].into_iter().flatten() {
            rules.push(Rule::Values(values.iter().map(Value::canonical).collect()));
        }
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let target = self.document.resolve(reference)?;
            rules.push(Rule::All(vec![self.reserve(target)]));
        }
        for (keyword, of) in [("allOf", Rule::All as fn(Vec<NodeId>) -> Rule), ("anyOf", Rule::Any), ("oneOf", Rule::One)] {
            if let Some(parts) = members.get(keyword).and_then(array).filter(|parts| !parts.is_empty()) {
                let parts = parts.iter().map(|part| self.reserve(part)).collect();
                rules.push(of(parts));
            }
        }
        if let Some(schema) = self.schema(members, "not") {
            rules.push(Rule::Not(schema));
        }
        if let Some(test) = self.schema(members, "if") {
            let (then, otherwise) = (self.schema(members, "then"), self.schema(members, "else"));
            rules.push(Rule::If { test, then, otherwise });
        }
        Ok(())
    }

    fn of_numbers_and_texts(&mut self, members: &'s Object, rules: &mut Vec<Rule>, limits: &mut Limits) -> Result<(), String> {
        for (keyword, flag, is_least) in [("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)] {
            let of = |limit, exclusive| if is_least { Rule::Least { limit, exclusive } } else { Rule::Most { limit, exclusive } };
            // In draft 4, `exclusiveMinimum` is a flag beside `minimum`.
            let is_exclusive = members.get(flag) == Some(&Value::Bool(true));
            rules.extend(self.number(members, keyword).map(|limit| of(limit, is_exclusive)));
            if !matches!(members.get(flag), Some(Value::Bool(_))) {
                rules.extend(self.number(members, flag).map(|limit| of(limit, true)));
            }
        }
        rules.extend(self.number(members, "multipleOf").map(Rule::MultipleOf));
        if let Some((least, most)) = self.sizes(members, "minLength", "maxLength") {
            rules.push(Rule::Length { least, most });
        }
        if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
            match Self::pattern(pattern, limits)? {
                Some(pattern) => rules.push(Rule::Pattern(pattern)),
                None => drop(self.unenforced.insert("pattern")),
            }
        }
        Ok(())
    }

    fn pattern(text: &str, limits: &mut Limits) -> Result<Option<Pattern>, String> {
        let pattern = Pattern::new(text);
        limits.take(pattern.as_ref().map_or(1, Pattern::parts))?;
        Ok(pattern)
    }

    fn of_arrays(&mut self, members: &'s Object, rules: &mut Vec<Rule>) {
        let (prefix, rest) = match (members.get("prefixItems").and_then(array), members.get("items")) {
            (Some(prefix), rest) => (prefix, rest),
            // Before draft 2020-12, a list in `items` was what `prefixItems` is now, and `additionalItems` the rest.
            (None, Some(Value::Array(prefix))) => (prefix.as_slice(), members.get("additionalItems")),
            (None, rest) => (&[][..], rest),
        };
        let prefix: Vec<_> = prefix.iter().map(|item| self.reserve(item)).collect();
        let rest = rest.filter(|rest| is_schema(rest)).map(|rest| self.reserve(rest));
        if !prefix.is_empty() || rest.is_some() {
            rules.push(Rule::Items { prefix, rest });
        }
        if let Some((least, most)) = self.sizes(members, "minItems", "maxItems") {
            rules.push(Rule::Count { least, most });
        }
        if let Some(node) = self.schema(members, "contains") {
            let (least, most) = self.sizes(members, "minContains", "maxContains").unwrap_or((1, usize::MAX));
            let least = if members.contains_key("minContains") { least } else { 1 };
            rules.push(Rule::Contains { node, least, most });
        }
        if members.get("uniqueItems") == Some(&Value::Bool(true)) {
            rules.push(Rule::Unique);
        }
    }

    fn of_objects(&mut self, members: &'s Object, rules: &mut Vec<Rule>, limits: &mut Limits) -> Result<(), String> {
        let required: Vec<_> =
            members.get("required").and_then(array).unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let is_required: HashSet<_> = required.iter().map(String::as_str).collect();
        let declared = object(members, "properties")
            .map(|(name, schema)| (name.clone(), Declared { node: self.reserve(schema), required: is_required.contains(name.as_str()) }));
        let named: IndexMap<_, _> = declared.collect();
        let mut matching = Vec::new();
        for (pattern, schema) in object(members, "patternProperties") {
            match Self::pattern(pattern, limits)? {
                Some(pattern) => matching.push((pattern, self.reserve(schema))),
                None => drop(self.unenforced.insert("patternProperties")),
            }
        }
        let other = members.get("additionalProperties").filter(|other| is_schema(other)).map(|other| self.reserve(other));
        if !named.is_empty() || !matching.is_empty() || other.is_some() {
            rules.push(Rule::Members(Box::new(Members { named, matching, other })));
        }
        if !required.is_empty() {
            rules.push(Rule::Required(required));
        }
        if let Some((least, most)) = self.sizes(members, "minProperties", "maxProperties") {
            rules.push(Rule::MemberCount { least, most });
        }
        if let Some(node) = self.schema(members, "propertyNames") {
            rules.push(Rule::MemberNames(node));
        }
        let (mut together, mut dependent) = (Vec::new(), Vec::new());
        for keyword in ["dependentRequired", "dependentSchemas", "dependencies"] {
            for (name, needed) in object(members, keyword) {
                match needed {
                    Value::Array(others) => together.push((name.clone(), others.iter().filter_map(Value::as_str).map(str::to_owned).collect())),
                    schema => dependent.push((name.clone(), self.reserve(schema))),
                }
            }
        }
        if !together.is_empty() {
            rules.push(Rule::Together(together));
        }
        if !dependent.is_empty() {
            rules.push(Rule::Dependent(dependent));
        }
        Ok(())
    }

    fn schema(&mut self, members: &'s Object, keyword: &str) -> Option<NodeId> {
        members.get(keyword).filter(|schema| is_schema(schema)).map(|schema| self.reserve(schema))
    }

    fn number(&mut self, members: &Object, keyword: &'static str) -> Option<Number> {
        let value = members.get(keyword).filter(|value| **value != Value::Null)?;
        let number = Number::in_schema(value);
        if number.is_none() {
            self.unenforced.insert(keyword);
        }
        number
    }

    fn sizes(&mut self, members: &Object, least: &'static str, most: &'static str) -> Option<(usize, usize)> {
        let (least, most) = (self.number(members, least), self.number(members, most));
        (least.is_some() || most.is_some()).then(|| (least.map_or(0, |least| size(least, true)), most.map_or(usize::MAX, |most| size(most, false))))
    }
}

/// A bound of a count: the first whole number not below it, or the last not above it.
fn size(number: Number, is_least: bool) -> usize {
    match number {
        Number::Int(number) => usize::try_from(number).unwrap_or(0),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and what is beyond is no bound")]
        Number::Float(number) => (if is_least { number.ceil() } else { number.floor() }) as usize,
    }
}

fn is_schema(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Bool(_))
}

/// The members of an object of schemas; of the empty list PHP writes for an empty object, none.
fn object<'s>(members: &'s Object, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> + use<'s> {
    let found = match members.get(keyword) {
        Some(Value::Object(members)) => Some(members),
        _ => None,
    };
    found.into_iter().flatten()
}
