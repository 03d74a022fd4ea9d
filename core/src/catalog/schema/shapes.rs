//! JSON schema → [`Shape`]: what policies see of an argument. Shapes are wider than schemas; the rules tell the rest.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use super::super::shape::{Bound, Field, Fields, Shape};
use super::number::Number;
use super::reference::Document;
use super::{Limits, array, member};
use crate::json::{DEPTH_MAX, Object, Value};

/// Most parts of the shape of one argument. A larger one is free-form: references followed, twenty members of twenty
/// members each are 400 types in the Cedar schema of every tool that has them.
const ARGUMENT_PARTS_MAX: usize = 256;

/// A shape that is referred to once more is copied: so many of its parts count as one.
const CLONED_PARTS: usize = 32;

/// What the keywords of a schema are for that bear on validity; all others are annotations.
const CONSTRAINTS: [&str; 38] = [
    "type",
    "enum",
    "const",
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "contains",
    "uniqueItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// Where else than in `properties` a schema may name members of an object.
const COMPOSED: [&str; 9] = ["$ref", "allOf", "anyOf", "oneOf", "if", "then", "dependentSchemas", "dependencies", "patternProperties"];

/// A member that is required and not declared: it may hold anything.
const UNDECLARED: Field = Field { shape: Shape::FREE, required: true, nullable: true };

pub(super) struct Shapes<'s, 'd> {
    document: &'d Document<'s>,
    /// By the place of a schema in memory; `None` while it is being read.
    known: HashMap<*const Value, Option<Seen>>,
    annotations: BTreeSet<&'static str>,
    /// The objects whose members were named before.
    named_before: HashSet<*const Object>,
}

/// What policies see of a schema.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    shape: Shape,
    /// `null` is allowed beside it.
    nullable: bool,
    /// The shape tells all that the schema does.
    told: bool,
    /// How many parts it has.
    parts: usize,
}

impl Seen {
    fn new(shape: Shape, told: bool) -> Self {
        Self { shape, nullable: false, told, parts: 1 }
    }

    /// Anything, as far as policies see.
    fn free(told: bool) -> Self {
        Self { nullable: true, ..Self::new(Shape::FREE, told) }
    }
}

/// What all arguments of a tool look like.
pub(super) struct View<'s> {
    pub fields: Fields,
    /// The schemas of those whose shape does not tell all.
    pub untold: Vec<(String, &'s Value)>,
    /// There is more to say than of each argument alone.
    pub says_more: bool,
}

/// The members of an object, wherever its schema names them.
#[derive(Clone, Default)]
struct Named<'s> {
    members: IndexMap<&'s str, NamedMember<'s>>,
}

#[derive(Clone)]
struct NamedMember<'s> {
    seen: Seen,
    required: bool,
    /// Only some of the alternatives name it: under the others it may look otherwise.
    conditional: bool,
    schema: &'s Value,
}

impl<'s, 'd> Shapes<'s, 'd> {
    pub(super) fn new(document: &'d Document<'s>) -> Self {
        Self { document, known: HashMap::new(), annotations: BTreeSet::new(), named_before: HashSet::new() }
    }

    /// Annotations that read like constraints, and are not enforced.
    pub(super) fn annotations(&self) -> impl Iterator<Item = &'static str> {
        self.annotations.iter().copied()
    }

    pub(super) fn parameters(&mut self, schema: &'s Value, limits: &mut Limits) -> Result<View<'s>, String> {
        let named = self.named(schema, &mut Vec::new(), limits)?;
        let says_more = schema.members().is_some_and(|members| {
            let plain = ["type", "properties", "required", "additionalProperties"];
            members.keys().any(|keyword| CONSTRAINTS.contains(&keyword.as_str()) && !plain.contains(&keyword.as_str()))
        });
        let (mut fields, mut untold) = (Fields::new(), Vec::new());
        for (name, NamedMember { seen, required, schema, .. }) in named.members {
            // One part is no larger as text than as anything else.
            let is_small = seen.parts == 1 || seen.parts <= ARGUMENT_PARTS_MAX && limits.has_room(seen.parts);
            let seen = if is_small { seen } else { Seen { nullable: seen.nullable, ..Seen::free(false) } };
            if !seen.told {
                untold.push((name.to_owned(), schema));
            }
            fields.insert(name.to_owned(), field(seen, required));
        }
        let required = schema.members().and_then(|members| array(members.get("required")?)).unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            fields.entry(name.to_owned()).or_insert(UNDECLARED);
        }
        Ok(View { fields, untold, says_more })
    }

    /// The members an object's schema names, itself or in its parts.
    fn named(&mut self, schema: &'s Value, above: &mut Vec<*const Value>, limits: &mut Limits) -> Result<Named<'s>, String> {
        let place = std::ptr::from_ref(schema);
        let Some(members) = schema.members().filter(|_| !above.contains(&place) && above.len() < DEPTH_MAX) else {
            return Ok(Named::default());
        };
        limits.take(1)?;
        above.push(place);
        if above.len() == 1 && !may_be_object(members) {
            return Err("its parameters are not of type `object`: every tool takes an object of named arguments".to_owned());
        }
        let mut named = self.own(members, limits)?;
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let target = self.document.resolve(reference)?;
            named = named.both(self.named(target, above, limits)?);
        }
        for part in members.get("allOf").and_then(array).into_iter().flatten() {
            named = named.both(self.named(part, above, limits)?);
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = members.get(keyword).and_then(array).into_iter().flatten();
            let branches = branches.map(|branch| self.named(branch, above, limits)).collect::<Result<Vec<_>, _>>()?;
            named = named.both(Named::either(branches));
        }
        let mut branches = ["then", "else"].into_iter().filter_map(|keyword| member(members, keyword)).collect::<Vec<_>>();
        for keyword in ["dependentSchemas", "dependencies"] {
            branches.extend(members.get(keyword).and_then(Value::members).into_iter().flat_map(Object::values));
        }
        // None of them need apply.
        let mut conditional = vec![Named::default()];
        for branch in branches {
            conditional.push(self.named(branch, above, limits)?);
        }
        named = named.both(Named::either(conditional));
        for name in members.get("required").and_then(array).into_iter().flatten().filter_map(Value::as_str) {
            if let Some(member) = named.members.get_mut(name) {
                member.required = true;
            }
        }
        above.pop();
        Ok(named)
    }

    fn own(&mut self, members: &'s Object, limits: &mut Limits) -> Result<Named<'s>, String> {
        let mut named = Named::default();
        let again = !self.named_before.insert(members);
        match member(members, "properties") {
            Some(Value::Object(properties)) => {
                for (name, schema) in properties {
                    let seen = self.seen(schema, 0, limits).map_err(|why| format!("property `{name}`: {why}"))?;
                    limits.take(if again { seen.parts } else { 0 })?;
                    named.members.insert(name, NamedMember { seen, required: false, conditional: false, schema });
                }
            }
            // PHP writes an empty object as an empty list.
            None => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(_) => return Err("`properties` must be an object of schemas".to_owned()),
        }
        Ok(named)
    }

    fn seen(&mut self, schema: &'s Value, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        let Value::Object(members) = schema else {
            return Ok(Seen::free(*schema != Value::Bool(false)));
        };
        let place = std::ptr::from_ref(schema);
        match self.known.get(&place) {
            Some(Some(seen)) => {
                limits.take(seen.parts / CLONED_PARTS)?;
                return Ok(seen.clone());
            }
            Some(None) => return Ok(Seen::free(false)), // it refers to itself
            None if depth > DEPTH_MAX => return Ok(Seen::free(false)),
            None => {}
        }
        limits.take(1)?;
        self.known.insert(place, None);
        let seen = self.read(members, depth, limits)?;
        // What is too large is free-form from the inside out, so that it is not built first.
        let seen = if seen.parts > ARGUMENT_PARTS_MAX { Seen { nullable: seen.nullable, ..Seen::free(false) } } else { seen };
        self.known.insert(place, Some(seen.clone()));
        Ok(seen)
    }

    fn read(&mut self, members: &'s Object, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        if members.contains_key("format") && members.get("format").and_then(Value::as_str) != Some("decimal") {
            self.annotations.insert("format");
        }
        let mut seen = self.own_keywords(members, depth, limits)?;
        let mut parts = Vec::new();
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            parts.push(self.seen(self.document.resolve(reference)?, depth + 1, limits)?);
        }
        for part in members.get("allOf").and_then(array).into_iter().flatten() {
            parts.push(self.seen(part, depth + 1, limits)?);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(branches) = members.get(keyword).and_then(array).filter(|branches| !branches.is_empty()) {
                let branches = branches.iter().map(|branch| self.seen(branch, depth + 1, limits)).collect::<Result<Vec<_>, _>>()?;
                parts.push(either(branches, keyword == "oneOf"));
            }
        }
        for part in parts {
            seen = both(seen, part);
        }
        if let Shape::Record(fields) = &seen.shape
            && self.names_others(members, fields, &mut HashSet::new(), limits)?
        {
            // As for an open object: members that are named elsewhere would be invisible.
            seen.shape = Shape::FREE;
            seen.told = false;
        }
        if members.get("nullable") == Some(&Value::Bool(true)) {
            seen.nullable = true;
        }
        Ok(seen)
    }

    /// Whether the schema names members of an object that are not among these: in its parts, its conditions or by pattern.
    fn names_others(&self, members: &'s Object, fields: &Fields, known: &mut HashSet<*const Object>, limits: &mut Limits) -> Result<bool, String> {
        if !known.insert(members) || !COMPOSED.iter().any(|keyword| members.contains_key(*keyword)) && known.len() == 1 {
            return Ok(false);
        }
        limits.take(1)?;
        let own = member(members, "properties").and_then(Value::members);
        let is_open = matches!(members.get("patternProperties"), Some(Value::Object(patterns)) if !patterns.is_empty());
        if is_open || own.is_some_and(|own| own.keys().any(|name| !fields.contains_key(name))) {
            return Ok(true);
        }
        let mut parts: Vec<&'s Value> = Vec::new();
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            parts.push(self.document.resolve(reference)?);
        }
        parts.extend(["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| members.get(keyword).and_then(array)).flatten());
        parts.extend(["if", "then", "else"].into_iter().filter_map(|keyword| members.get(keyword)));
        parts.extend(["dependentSchemas", "dependencies"].into_iter().filter_map(|keyword| members.get(keyword)?.members()).flat_map(Object::values));
        for part in parts.into_iter().filter_map(Value::members) {
            if self.names_others(part, fields, known, limits)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the keywords of this schema itself say, without those that refer to others.
    fn own_keywords(&mut self, members: &'s Object, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        let has = |keywords: &[&str]| members.keys().any(|keyword| keywords.contains(&keyword.as_str()));
        let composed = ["$ref", "allOf", "anyOf", "oneOf"];
        let constraints = members.keys().filter(|keyword| CONSTRAINTS.contains(&keyword.as_str()) && !composed.contains(&keyword.as_str())).count();
        if let Some(values) = members.get("enum").and_then(array).or_else(|| members.get("const").map(std::slice::from_ref)) {
            let seen = of_values(values, constraints == 1);
            let is_text =
                constraints == 2 && matches!(seen.shape, Shape::String { .. }) && members.get("type").and_then(Value::as_str) == Some("string");
            // `null` among the values, and not among the types, is no value.
            return Ok(Seen { told: seen.told || is_text && !seen.nullable, ..seen });
        }
        let kinds: Vec<&str> = match members.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            None | Some(Value::Null) if has(&["properties"]) && !has(&composed) => vec!["object"],
            None | Some(Value::Null) => return Ok(Seen::free(constraints == 0)),
            Some(_) => return Err("`type` must be the name of a type, or a list of names".to_owned()),
        };
        let branches = kinds.iter().map(|kind| self.of_type(kind, members, depth, limits)).collect::<Result<Vec<_>, _>>()?;
        Ok(if branches.is_empty() { Seen::free(false) } else { either(branches, false) })
    }

    fn of_type(&mut self, kind: &str, members: &'s Object, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        let only = |keywords: &[&str]| {
            let composed = ["type", "$ref", "allOf", "anyOf", "oneOf"];
            members
                .keys()
                .map(String::as_str)
                .all(|keyword| !CONSTRAINTS.contains(&keyword) || composed.contains(&keyword) || keywords.contains(&keyword))
        };
        Ok(match kind {
            "null" => Seen { nullable: true, ..Seen::new(Shape::Null, only(&[])) },
            "boolean" => Seen::new(Shape::Bool, only(&[])),
            "integer" => {
                let (min, max) = (whole(members, Side::Least), whole(members, Side::Most));
                let told = only(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) && min.is_ok() && max.is_ok();
                Seen::new(Shape::Long { min: min.unwrap_or_default(), max: max.unwrap_or_default() }, told)
            }
            "number" => {
                let (min, max) = (bound(members, Side::Least), bound(members, Side::Most));
                let told = only(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) && min.is_ok() && max.is_ok();
                Seen::new(Shape::Decimal { min: min.unwrap_or_default(), max: max.unwrap_or_default(), text: false }, told)
            }
            "string" if members.get("format").and_then(Value::as_str) == Some("decimal") => {
                Seen::new(Shape::Decimal { min: None, max: None, text: true }, only(&[]))
            }
            "string" => {
                let (length_min, length_max) = (size(members, "minLength"), size(members, "maxLength"));
                let told = only(&["minLength", "maxLength"]) && length_min.is_ok() && length_max.is_ok();
                Seen::new(
                    Shape::String { one_of: None, length_min: length_min.unwrap_or_default(), length_max: length_max.unwrap_or_default() },
                    told,
                )
            }
            "array" => self.of_array(members, only(&["items", "minItems", "maxItems"]), depth, limits)?,
            "object" => self.of_object(members, only(&["properties", "required", "additionalProperties"]), depth, limits)?,
            other => return Err(format!("`{other}` is not a JSON schema type")),
        })
    }

    fn of_array(&mut self, members: &'s Object, told: bool, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        let Some(items @ Value::Object(_)) = members.get("items").filter(|_| !members.contains_key("prefixItems")) else {
            return Ok(Seen::new(Shape::FREE, false));
        };
        let item = self.seen(items, depth + 1, limits)?;
        let (count_min, count_max) = (size(members, "minItems"), size(members, "maxItems"));
        let told = told && item.told && !item.nullable && count_min.is_ok() && count_max.is_ok();
        let shape = Shape::Set {
            items: Box::new(item.shape),
            nullable: item.nullable,
            lone: false,
            count_min: count_min.unwrap_or_default(),
            count_max: count_max.unwrap_or_default(),
        };
        Ok(Seen { parts: 1 + item.parts, ..Seen::new(shape, told) })
    }

    fn of_object(&mut self, members: &'s Object, told: bool, depth: usize, limits: &mut Limits) -> Result<Seen, String> {
        // An object that may carry members nobody declared cannot be a record: they would be invisible.
        let open = !matches!(members.get("additionalProperties"), None | Some(Value::Bool(false) | Value::Null));
        let properties = match member(members, "properties") {
            Some(Value::Object(properties)) if !open && !properties.is_empty() => properties,
            _ => return Ok(Seen::new(Shape::FREE, false)),
        };
        let required: Vec<_> = members.get("required").and_then(array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut told = told;
        let (mut fields, mut parts) = (Fields::new(), 1);
        for (name, schema) in properties {
            let seen = self.seen(schema, depth + 1, limits).map_err(|why| format!("`{name}`: {why}"))?;
            told &= seen.told;
            parts += seen.parts;
            if parts > ARGUMENT_PARTS_MAX {
                return Ok(Seen::new(Shape::FREE, false));
            }
            fields.insert(name.clone(), field(seen, required.contains(&name.as_str())));
        }
        for name in required {
            fields.entry(name.to_owned()).or_insert(UNDECLARED);
        }
        Ok(Seen { parts, ..Seen::new(Shape::Record(fields), told) })
    }
}

impl<'s> Named<'s> {
    fn both(mut self, other: Self) -> Self {
        for (name, member) in other.members {
            match self.members.get_mut(name) {
                Some(known) => {
                    known.required |= member.required;
                    known.seen = match (known.conditional, member.conditional) {
                        (false, false) => both(known.seen.clone(), member.seen),
                        (false, true) => known.seen.clone(),
                        (true, false) => member.seen,
                        (true, true) => either(vec![known.seen.clone(), member.seen], false),
                    };
                    known.conditional &= member.conditional;
                }
                None => drop(self.members.insert(name, member)),
            }
        }
        self
    }

    /// The members of any of the alternatives: required only where all of them require it.
    fn either(branches: Vec<Self>) -> Self {
        let count = branches.len();
        let mut found: IndexMap<&str, Vec<NamedMember<'_>>> = IndexMap::new();
        for (name, member) in branches.into_iter().flat_map(|branch| branch.members) {
            found.entry(name).or_default().push(member);
        }
        let member = |(name, members): (&'s str, Vec<NamedMember<'s>>)| {
            let required = members.len() == count && members.iter().all(|member| member.required);
            let conditional = members.len() < count || members.iter().any(|member| member.conditional);
            let schema = members.first()?.schema;
            let seen = either(members.into_iter().map(|member| member.seen).collect(), false);
            Some((name, NamedMember { seen, required, conditional, schema }))
        };
        Self { members: found.into_iter().filter_map(member).collect() }
    }
}

fn field(seen: Seen, required: bool) -> Field {
    Field { shape: seen.shape, required, nullable: seen.nullable }
}

/// What satisfies both.
fn both(one: Seen, other: Seen) -> Seen {
    let nullable = one.nullable && other.nullable;
    let told = match (is_anything(&one), is_anything(&other)) {
        (true, _) => other.told,
        (_, true) => one.told,
        _ => false,
    };
    let parts = one.parts.max(other.parts);
    let shape = match (one.shape, other.shape) {
        (Shape::Json { one_of: None }, shape) | (shape, Shape::Json { one_of: None }) => shape,
        (one, other) if one == other => one,
        (long @ Shape::Long { .. }, Shape::Decimal { text: false, .. }) | (Shape::Decimal { text: false, .. }, long @ Shape::Long { .. }) => long,
        // Of one kind: the one with fewer bounds is wide enough, the rules tell the rest.
        (one, other) => joined(one, other).unwrap_or(Shape::FREE),
    };
    Seen { shape, nullable, told, parts }
}

fn is_anything(seen: &Seen) -> bool {
    seen.told && seen.shape == Shape::FREE
}

/// What satisfies one or another of the alternatives, `null` aside. With `exactly_one`, more than one is none.
fn either(branches: Vec<Seen>, exactly_one: bool) -> Seen {
    let parts = branches.iter().map(|branch| branch.parts).max().unwrap_or(1);
    let nullable = branches.iter().any(|branch| branch.nullable);
    let nullables = branches.iter().filter(|branch| branch.nullable).count();
    let mut told = branches.iter().all(|branch| branch.told);
    let mut others = branches.into_iter().filter(|branch| branch.shape != Shape::Null);
    let Some(first) = others.next() else {
        return Seen { nullable, parts, ..Seen::new(Shape::Null, told) };
    };
    let mut shape = first.shape;
    for branch in others {
        // Each alternative alone may tell all of its schema, and both together less.
        told &= branch.shape == shape && !exactly_one;
        match joined(shape, branch.shape) {
            Some(joined) => shape = joined,
            None => return Seen { nullable, parts, ..Seen::free(false) },
        }
    }
    // `null` may be valid under two of them.
    told &= !(exactly_one && nullables > 1);
    Seen { shape, nullable, told, parts }
}

/// A shape that both fit; `None` if that would be any value.
fn joined(one: Shape, other: Shape) -> Option<Shape> {
    Some(match (one, other) {
        (one, other) if one == other => one,
        (Shape::String { one_of: Some(one), .. }, Shape::String { one_of: Some(other), .. }) => {
            let added: Vec<_> = other.into_iter().filter(|value| !one.contains(value)).collect();
            Shape::String { one_of: Some(one.into_iter().chain(added).collect()), length_min: None, length_max: None }
        }
        (Shape::String { .. }, Shape::String { .. }) => Shape::TEXT,
        (Shape::Long { .. }, Shape::Long { .. }) => Shape::Long { min: None, max: None },
        (Shape::Decimal { text: true, .. }, Shape::Decimal { text: true, .. }) => Shape::Decimal { min: None, max: None, text: true },
        (Shape::Long { .. } | Shape::Decimal { text: false, .. }, Shape::Long { .. } | Shape::Decimal { text: false, .. }) => {
            Shape::Decimal { min: None, max: None, text: false }
        }
        // `T | T[]`: one alone is a set of one.
        (Shape::Set { items, nullable, .. }, Shape::Set { items: others, nullable: other, lone, .. }) => {
            Shape::Set { items: Box::new(joined(*items, *others)?), nullable: nullable || other, lone, count_min: None, count_max: None }
        }
        (Shape::Set { items, nullable, .. }, alone) | (alone, Shape::Set { items, nullable, .. }) if alone.is_scalar() && items.is_scalar() => {
            Shape::Set { items: Box::new(joined(*items, alone)?), nullable, lone: true, count_min: None, count_max: None }
        }
        _ => return None,
    })
}

/// One of these values: typed where all are of one type, else as their canonical JSON.
fn of_values(values: &[Value], told: bool) -> Seen {
    let nullable = values.contains(&Value::Null);
    let listed: Vec<_> = values.iter().filter(|value| **value != Value::Null).collect();
    let texts: Option<Vec<_>> = listed.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    let all = |test: fn(&Value) -> bool| !listed.is_empty() && listed.iter().all(|value| test(value));
    let (shape, told) = match texts {
        Some(texts) if !texts.is_empty() => (Shape::String { one_of: Some(texts), length_min: None, length_max: None }, told),
        _ if all(|value| matches!(value, Value::Int(_))) => (Shape::Long { min: None, max: None }, false),
        _ if all(|value| matches!(value, Value::Bool(_))) => (Shape::Bool, false),
        _ if all(|value| matches!(value, Value::Int(_) | Value::Float(_))) => (Shape::Decimal { min: None, max: None, text: false }, false),
        _ if listed.is_empty() => (Shape::Null, told),
        _ => (Shape::Json { one_of: Some(values.iter().map(Value::canonical).collect()) }, told),
    };
    Seen { nullable, ..Seen::new(shape, told) }
}

#[derive(Clone, Copy)]
enum Side {
    Least,
    Most,
}

/// The bound a schema names, if there is one that can be told as one; the error means that the rules must tell.
fn bound(members: &Object, side: Side) -> Result<Option<Bound>, ()> {
    let (inclusive, exclusive) = match side {
        Side::Least => ("minimum", "exclusiveMinimum"),
        Side::Most => ("maximum", "exclusiveMaximum"),
    };
    let number = |keyword: &str| member(members, keyword).map(|value| Number::of(value).ok_or(())).transpose();
    match (number(inclusive)?, member(members, exclusive)) {
        (Some(limit), None | Some(Value::Bool(false))) => Ok(Some(Bound { limit, exclusive: false })),
        (Some(limit), Some(Value::Bool(true))) => Ok(Some(Bound { limit, exclusive: true })),
        (None, None | Some(Value::Bool(_))) => Ok(None),
        (None, Some(_)) => Ok(number(exclusive)?.map(|limit| Bound { limit, exclusive: true })),
        (Some(_), Some(_)) => Err(()),
    }
}

/// The same of integers: the least or greatest that is allowed.
fn whole(members: &Object, side: Side) -> Result<Option<i64>, ()> {
    let Some(Bound { limit, exclusive }) = bound(members, side)? else { return Ok(None) };
    match (limit, side, exclusive) {
        (Number::Int(limit), _, false) => Ok(Some(limit)),
        (Number::Int(limit), Side::Least, true) => limit.checked_add(1).map(Some).ok_or(()),
        (Number::Int(limit), Side::Most, true) => limit.checked_sub(1).map(Some).ok_or(()),
        // No 64-bit integer is beyond it.
        (Number::Float(limit), Side::Least, _) if limit < -9.3e18 => Ok(None),
        (Number::Float(limit), Side::Most, _) if limit > 9.3e18 => Ok(None),
        (Number::Float(_), _, _) => Err(()),
    }
}

fn size(members: &Object, keyword: &str) -> Result<Option<usize>, ()> {
    match member(members, keyword) {
        None => Ok(None),
        Some(Value::Int(number)) => usize::try_from(*number).map(Some).map_err(drop),
        Some(_) => Err(()),
    }
}

fn may_be_object(members: &Object) -> bool {
    match members.get("type") {
        None | Some(Value::Null) => true,
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind.as_str() == Some("object")),
        Some(_) => false,
    }
}
