//! Whether a value is valid under a JSON schema (draft 2020-12, and what of earlier drafts is still written), for what the
//! typed shape of an argument does not tell.
//!
//! Why not a library: a server describes its own tools, and a schema can make validators work for a time that is exponential in
//! the depth of a value. Here every step is counted. `core/tests/schemas.rs` compares with the crate `jsonschema`.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::super::shape::{Misfit, MisfitKind};
use super::number::Number;
use super::pattern::Pattern;
use crate::json::{Object, Value};

/// Most steps one call may take; a step is a keyword looked at, or some bytes compared. A list of a hundred thousand short texts takes
/// some two hundred thousand, all of them some 30 ms.
const STEPS_MAX: u32 = 500_000;

/// Deepest nesting of schemas while one value is looked at: twice that of a value, and what is referred to in between.
const NESTING_MAX: u32 = 256;

pub(crate) type NodeId = u32;

/// The compiled schemas of one tool, referring to each other by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(super) nodes: Vec<Vec<Rule>>,
}

/// One keyword, or several that belong together.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// `false`
    Never,
    /// `nullable` of `OpenAPI`, always the first: whatever the others ask for, `null` is valid.
    Nullable,
    Type(Types),
    /// `enum` and `const`, as canonical texts.
    Values(BTreeSet<String>),
    Least {
        limit: Number,
        exclusive: bool,
    },
    Most {
        limit: Number,
        exclusive: bool,
    },
    MultipleOf(Number),
    Length {
        least: usize,
        most: usize,
    },
    Pattern(Pattern),
    Items {
        prefix: Vec<NodeId>,
        rest: Option<NodeId>,
    },
    Count {
        least: usize,
        most: usize,
    },
    Contains {
        node: NodeId,
        least: usize,
        most: usize,
    },
    Unique,
    Members(Box<Members>),
    Required(Vec<String>),
    MemberCount {
        least: usize,
        most: usize,
    },
    MemberNames(NodeId),
    /// `dependentRequired`, and the list form of `dependencies`.
    Together(Vec<(String, Vec<String>)>),
    /// `dependentSchemas`, and the schema form of `dependencies`.
    Dependent(Vec<(String, NodeId)>),
    /// `allOf`, `$ref`
    All(Vec<NodeId>),
    Any(Vec<NodeId>),
    One(Vec<NodeId>),
    Not(NodeId),
    If {
        test: NodeId,
        then: Option<NodeId>,
        otherwise: Option<NodeId>,
    },
}

/// `properties`, `patternProperties`, `additionalProperties`.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    pub named: IndexMap<String, Declared>,
    pub matching: Vec<(Pattern, NodeId)>,
    pub other: Option<NodeId>,
}

/// A member in `properties`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    pub node: NodeId,
    /// A `null` in place of an optional member means that it is absent, as agents write it.
    pub required: bool,
}

/// Which types of JSON a value may have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) fn add(&mut self, name: &str) -> Option<()> {
        self.0 |= match name {
            "null" => 1,
            "boolean" => 2,
            "integer" => 4,
            "number" => 8,
            "string" => 16,
            "array" => 32,
            "object" => 64,
            _ => return None,
        };
        Some(())
    }

    fn allow(self, value: &Value) -> bool {
        let bits = match value {
            Value::Null => 1,
            Value::Bool(_) => 2,
            Value::Int(_) => 4 | 8,
            Value::Float(number) if number.fract() == 0.0 => 4 | 8,
            Value::Float(_) => 8,
            Value::String(_) => 16,
            Value::Array(_) => 32,
            Value::Object(_) => 64,
        };
        self.0 & bits != 0
    }
}

/// What is left of the work one call may cost.
pub(crate) struct Steps {
    left: u32,
    nesting: u32,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { left: STEPS_MAX, nesting: 0 }
    }

    fn take(&mut self, steps: usize) -> Result<(), Wrong> {
        self.left = u32::try_from(steps).ok().and_then(|steps| self.left.checked_sub(steps)).ok_or_else(Wrong::too_much)?;
        Ok(())
    }
}

/// Why a value is not valid.
#[derive(Clone, Debug)]
struct Wrong {
    path: String,
    detail: String,
    /// The work ran out: no alternative may be tried, and no `not` may turn it into a yes.
    exhausted: bool,
}

impl Wrong {
    fn new(detail: impl Into<String>) -> Self {
        Self { path: String::new(), detail: detail.into(), exhausted: false }
    }

    fn too_much() -> Self {
        Self { exhausted: true, ..Self::new("takes more work to check against the tool's schema than one call may cost; make it smaller") }
    }

    fn within(mut self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{outer}{dot}{}", self.path);
        self
    }
}

impl Rules {
    /// Whether `value` is valid under the schema.
    pub(crate) fn check(&self, node: NodeId, value: &Value, steps: &mut Steps) -> Result<(), Misfit> {
        self.node(node, value, steps).map_err(|wrong| Misfit { kind: MisfitKind::Invalid, path: wrong.path, detail: wrong.detail })
    }

    /// The same of all arguments together.
    pub(crate) fn check_members(&self, node: NodeId, members: &Object, steps: &mut Steps) -> Result<(), Misfit> {
        self.each(node, Seen::Members(members), steps).map_err(|wrong| Misfit {
            kind: MisfitKind::Invalid,
            path: if wrong.path.is_empty() { "arguments".to_owned() } else { wrong.path },
            detail: wrong.detail,
        })
    }

    /// Whether an empty object fits several alternatives of a `oneOf`: they are not told apart by a member all calls give,
    /// and a call that fits two is not valid.
    pub(super) fn has_overlapping_alternatives(&self) -> bool {
        let empty = Object::new();
        // A catalog has thousands of schemas; what cannot be told in few steps is not said.
        let mut steps = Steps { left: STEPS_MAX / 100, nesting: 0 };
        let mut fits_two = |nodes: &[NodeId]| self.fitting(nodes, Seen::Members(&empty), &mut steps, 2).is_ok_and(|fitting| fitting == 2);
        self.nodes.iter().flatten().any(|rule| matches!(rule, Rule::One(nodes) if fits_two(nodes)))
    }

    fn node(&self, node: NodeId, value: &Value, steps: &mut Steps) -> Result<(), Wrong> {
        self.each(node, Seen::of(value), steps)
    }

    fn each(&self, node: NodeId, seen: Seen<'_>, steps: &mut Steps) -> Result<(), Wrong> {
        if steps.nesting == NESTING_MAX {
            return Err(Wrong::too_much());
        }
        steps.nesting += 1;
        let rules = self.nodes.get(node as usize).map_or(&[][..], Vec::as_slice);
        let rules = match rules {
            [Rule::Nullable, ..] if seen.is_null() => &[],
            rules => rules,
        };
        let found = rules.iter().try_for_each(|rule| {
            steps.take(1)?;
            self.rule(rule, seen, steps)
        });
        steps.nesting -= 1;
        found
    }

    fn rule(&self, rule: &Rule, seen: Seen<'_>, steps: &mut Steps) -> Result<(), Wrong> {
        match (rule, seen) {
            (Rule::Never, _) => Err(Wrong::new("is not allowed by the schema")),
            (Rule::Type(types), seen) if !seen.is_of(*types) => Err(Wrong::new("is not of the type the schema names")),
            (Rule::Values(values), seen) => {
                let text = seen.canonical(steps)?;
                if values.contains(&text) { Ok(()) } else { Err(Wrong::new("is not one of the values the schema lists")) }
            }
            (Rule::All(nodes), seen) => nodes.iter().try_for_each(|node| self.each(*node, seen, steps)),
            (Rule::Any(nodes), seen) => self.fitting(nodes, seen, steps, 1).and_then(|fitting| match fitting {
                0 => Err(Wrong::new("fits none of the alternatives of the schema")),
                _ => Ok(()),
            }),
            (Rule::One(nodes), seen) => self.fitting(nodes, seen, steps, 2).and_then(|fitting| match fitting {
                0 => Err(Wrong::new("fits none of the alternatives of the schema")),
                1 => Ok(()),
                _ => Err(Wrong::new("fits more than one of the alternatives of the schema, which allows exactly one")),
            }),
            (Rule::Not(node), seen) => {
                if self.fits(*node, seen, steps)? {
                    Err(Wrong::new("is excluded by the schema"))
                } else {
                    Ok(())
                }
            }
            (Rule::If { test, then, otherwise }, seen) => {
                let branch = if self.fits(*test, seen, steps)? { then } else { otherwise };
                branch.map_or(Ok(()), |node| self.each(node, seen, steps))
            }
            (rule, Seen::Value(value)) => match value {
                Value::Int(_) | Value::Float(_) => Number::of(value).map_or(Ok(()), |number| number_rule(rule, number)),
                Value::String(text) => text_rule(rule, text, steps),
                Value::Array(items) => self.array_rule(rule, items, steps),
                _ => Ok(()),
            },
            (rule, Seen::Members(members)) => self.object_rule(rule, members, steps),
        }
    }

    /// How many of the schemas the value is valid under, counted up to `enough`.
    fn fitting(&self, nodes: &[NodeId], seen: Seen<'_>, steps: &mut Steps, enough: usize) -> Result<usize, Wrong> {
        let mut fitting = 0;
        for node in nodes {
            fitting += usize::from(self.fits(*node, seen, steps)?);
            if fitting == enough {
                break;
            }
        }
        Ok(fitting)
    }

    fn fits(&self, node: NodeId, seen: Seen<'_>, steps: &mut Steps) -> Result<bool, Wrong> {
        match self.each(node, seen, steps) {
            Ok(()) => Ok(true),
            Err(wrong) if wrong.exhausted => Err(wrong),
            Err(_) => Ok(false),
        }
    }

    fn array_rule(&self, rule: &Rule, items: &[Value], steps: &mut Steps) -> Result<(), Wrong> {
        match rule {
            Rule::Items { prefix, rest } => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(node) = prefix.get(index).or(rest.as_ref()) {
                        self.node(*node, item, steps).map_err(|wrong| wrong.within(&format!("[{index}]")))?;
                    }
                }
                Ok(())
            }
            Rule::Count { least, most } => counted(items.len(), *least, *most, "items"),
            Rule::Contains { node, least, most } => {
                let mut found = 0;
                for item in items {
                    found += usize::from(self.fits(*node, Seen::of(item), steps)?);
                }
                if (*least..=*most).contains(&found) { Ok(()) } else { Err(Wrong::new("does not contain what the schema asks for")) }
            }
            Rule::Unique => {
                let mut known = BTreeSet::new();
                for item in items {
                    if !known.insert(Seen::of(item).canonical(steps)?) {
                        return Err(Wrong::new("must not contain one value twice"));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn object_rule(&self, rule: &Rule, members: &Object, steps: &mut Steps) -> Result<(), Wrong> {
        match rule {
            Rule::Members(known) => self.members(known, members, steps),
            Rule::Required(names) => {
                steps.take(names.len())?;
                match names.iter().find(|name| !members.contains_key(*name)) {
                    Some(missing) => Err(Wrong::new("is required").within(missing)),
                    None => Ok(()),
                }
            }
            Rule::MemberCount { least, most } => counted(members.len(), *least, *most, "members"),
            Rule::MemberNames(node) => members.keys().try_for_each(|name| {
                let named = Value::String(name.clone());
                self.node(*node, &named, steps)
                    .map_err(|wrong| Wrong { detail: format!("is not a name the schema allows: it {}", wrong.detail), ..wrong.within(name) })
            }),
            Rule::Together(pairs) => {
                steps.take(pairs.iter().map(|(_, needed)| 1 + needed.len()).sum())?;
                let missing = |(name, needed): &(String, Vec<String>)| {
                    members
                        .contains_key(name)
                        .then(|| needed.iter().find(|needed| !members.contains_key(*needed)))
                        .flatten()
                        .map(|needed| (name.clone(), needed.clone()))
                };
                match pairs.iter().find_map(missing) {
                    Some((name, needed)) => Err(Wrong::new(format!("is required beside `{name}`")).within(&needed)),
                    None => Ok(()),
                }
            }
            Rule::Dependent(pairs) => {
                steps.take(pairs.len())?;
                pairs.iter().filter(|(name, _)| members.contains_key(name)).try_for_each(|(_, node)| self.each(*node, Seen::Members(members), steps))
            }
            _ => Ok(()),
        }
    }

    fn members(&self, known: &Members, members: &Object, steps: &mut Steps) -> Result<(), Wrong> {
        for (name, value) in members {
            steps.take(1)?;
            let named = known.named.get(name);
            if *value == Value::Null && named.is_some_and(|named| !named.required) {
                continue;
            }
            let mut is_declared = named.is_some();
            if let Some(named) = named {
                self.node(named.node, value, steps).map_err(|wrong| wrong.within(name))?;
            }
            for (pattern, node) in &known.matching {
                steps.take(pattern.steps(name))?;
                if pattern.is_match(name) {
                    is_declared = true;
                    self.node(*node, value, steps).map_err(|wrong| wrong.within(name))?;
                }
            }
            if let Some(node) = known.other.filter(|_| !is_declared) {
                self.node(node, value, steps).map_err(|wrong| wrong.within(name))?;
            }
        }
        Ok(())
    }
}

/// A value; or the members of an object that is not held as a value.
#[derive(Clone, Copy)]
enum Seen<'v> {
    Value(&'v Value),
    Members(&'v Object),
}

impl<'v> Seen<'v> {
    fn of(value: &'v Value) -> Self {
        match value {
            Value::Object(members) => Self::Members(members),
            other => Self::Value(other),
        }
    }

    fn is_null(self) -> bool {
        matches!(self, Self::Value(Value::Null))
    }

    fn is_of(self, types: Types) -> bool {
        match self {
            Self::Value(value) => types.allow(value),
            Self::Members(_) => types.0 & 64 != 0,
        }
    }

    fn canonical(self, steps: &mut Steps) -> Result<String, Wrong> {
        let text = match self {
            Self::Value(value) => value.canonical(),
            Self::Members(members) => crate::json::canonical(members),
        };
        steps.take(16 + text.len() / 8)?;
        Ok(text)
    }
}

fn number_rule(rule: &Rule, number: Number) -> Result<(), Wrong> {
    let wrong = |relation: &str, limit: &Number| Err(Wrong::new(format!("must be {relation} {limit}")));
    match rule {
        Rule::Least { limit, exclusive: false } if number.cmp(*limit).is_lt() => wrong("at least", limit),
        Rule::Least { limit, exclusive: true } if number.cmp(*limit).is_le() => wrong("more than", limit),
        Rule::Most { limit, exclusive: false } if number.cmp(*limit).is_gt() => wrong("at most", limit),
        Rule::Most { limit, exclusive: true } if number.cmp(*limit).is_ge() => wrong("less than", limit),
        Rule::MultipleOf(step) if !number.is_multiple_of(*step) => wrong("a multiple of", step),
        _ => Ok(()),
    }
}

fn text_rule(rule: &Rule, text: &str, steps: &mut Steps) -> Result<(), Wrong> {
    match rule {
        Rule::Length { least, most } => {
            steps.take(text.len() / 64)?;
            counted(text.chars().count(), *least, *most, "characters")
        }
        Rule::Pattern(pattern) => {
            steps.take(pattern.steps(text))?;
            if pattern.is_match(text) { Ok(()) } else { Err(Wrong::new("does not match the pattern of the schema")) }
        }
        _ => Ok(()),
    }
}

fn counted(count: usize, least: usize, most: usize, what: &str) -> Result<(), Wrong> {
    if count < least {
        Err(Wrong::new(format!("must have at least {least} {what}")))
    } else if count > most {
        Err(Wrong::new(format!("must have at most {most} {what}")))
    } else {
        Ok(())
    }
}
