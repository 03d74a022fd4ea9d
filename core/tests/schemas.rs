//! Arguments against JSON schema: what the engine takes and refuses, held to the crate `jsonschema` on random schemas and values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use bailiwick::{Agent, Call, Catalog, Decision, Engine, Origin, Registry, SealKey, Source, Start, Task, Value, World, doc};
use serde_json::{Map, Value as Json, json};

/// Tools of one engine, one policy that permits all, and a task.
struct Tools {
    registry: Registry,
    task: Task,
}

impl Tools {
    fn new(schemas: &[Json], policies: &str) -> Self {
        let tools: Vec<_> = schemas.iter().enumerate().map(|(at, schema)| json!({ "name": format!("t{at}"), "inputSchema": schema })).collect();
        let catalog = Catalog::from_any("tools", &Json::Array(tools).to_string()).unwrap();
        for tool in catalog.tools() {
            assert_eq!(tool.unusable(), None, "{} {}", tool.name(), schemas[tool.name()[1..].parse::<usize>().unwrap()]);
        }
        let builder = Engine::builder(SealKey::new([7; 32])).catalog(catalog);
        let engine = builder.policies([Source::new("p", policies)]).build().unwrap_or_else(|error| panic!("{}", error.report()));
        let registry = Registry::from_json(doc::REGISTRY).unwrap();
        let (origin, agent) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
        let task = engine.begin(Start::new("t", origin, agent), &World::new(&registry, doc::now())).unwrap();
        Self { registry, task }
    }

    fn permitting(schemas: &[Json]) -> Self {
        Self::new(schemas, "permit(principal, action, resource);")
    }

    fn decide(&self, tool: usize, arguments: &Json) -> Decision {
        let arguments = Value::parse(&arguments.to_string()).unwrap();
        self.task.decide(&Call::new(format!("t{tool}"), arguments), &World::new(&self.registry, doc::now()))
    }
}

/// Random schemas and values; the same in every run.
struct Random(u64);

const NAMES: [&str; 4] = ["a", "b", "c", "x"];
const TEXTS: [&str; 7] = ["", "a", "ab", "abc", "b", "xyz", "héé"];
const PATTERNS: [&str; 4] = ["^a", "b$", "^[a-c]*$", "^\\w{2,}$"];

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    fn number(&mut self) -> Json {
        match self.below(8) {
            0 => json!(self.of(&[0.5, 1.5, -2.5, 0.123_456, 3.25])),
            1 => json!(self.of(&[9_007_199_254_740_993_i64, -1, 10_000_000_000])),
            _ => json!(i64::try_from(self.below(8)).unwrap() - 2),
        }
    }

    fn names(&mut self) -> Vec<&'static str> {
        NAMES.into_iter().filter(|_| self.one_in(2)).collect()
    }

    fn value(&mut self, depth: usize) -> Json {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => json!(null),
            1 => json!(self.one_in(2)),
            2 | 3 => self.number(),
            4 | 5 => json!(self.of(&TEXTS)),
            6 | 7 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => self.names().into_iter().map(|name| (name.to_owned(), self.value(depth - 1))).collect::<Map<_, _>>().into(),
        }
    }

    /// A schema, with references to those below `definitions`.
    fn schema(&mut self, depth: usize, definitions: usize) -> Json {
        let mut schema = Map::new();
        if !self.one_in(4) {
            self.typed(&mut schema, depth, definitions);
        }
        if depth > 0 && self.one_in(3) {
            self.composed(&mut schema, depth, definitions);
        }
        if definitions > 0 && self.one_in(6) {
            schema.insert("$ref".to_owned(), json!(format!("#/$defs/d{}", self.below(definitions))));
        }
        if self.one_in(40) { json!(self.one_in(2)) } else { schema.into() }
    }

    fn typed(&mut self, schema: &mut Map<String, Json>, depth: usize, definitions: usize) {
        let mut kinds = vec!["string", "integer", "number", "boolean", "null"];
        if depth > 0 {
            kinds.extend(["array", "array", "object", "object"]);
        }
        let kind = self.of(&kinds);
        match self.below(8) {
            // Keywords without a type; but `properties` without one is an object to the engine.
            0 if kind != "object" => {}
            1 => drop(schema.insert("type".to_owned(), json!([kind, self.of(&kinds)]))),
            _ => drop(schema.insert("type".to_owned(), json!(kind))),
        }
        if schema.get("type").is_some_and(|kinds| kinds[0] == kinds[1] && kinds.is_array()) {
            schema.insert("type".to_owned(), json!(kind));
        }
        let mut add = |keyword: &str, value: Json| drop(schema.insert(keyword.to_owned(), value));
        match self.below(12) {
            0 => return add("enum", json!([self.value(0), self.value(1), self.of(&TEXTS)])),
            1 => return add("enum", json!(["a", "ab"])),
            2 => return add("const", self.value(1)),
            _ => {}
        }
        match kind {
            "string" => {
                for (keyword, most) in [("minLength", 3), ("maxLength", 4)] {
                    if self.one_in(3) {
                        add(keyword, json!(self.below(most)));
                    }
                }
                if self.one_in(4) {
                    add("pattern", json!(self.of(&PATTERNS)));
                }
            }
            "integer" | "number" => {
                for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
                    if self.one_in(4) {
                        add(keyword, self.number());
                    }
                }
                if self.one_in(6) {
                    add("multipleOf", json!(self.of(&[2.0, 0.5, 3.0])));
                }
            }
            "array" => {
                if !self.one_in(4) {
                    add("items", self.schema(depth - 1, definitions));
                }
                if self.one_in(6) {
                    add("prefixItems", json!([self.schema(depth - 1, definitions)]));
                }
                for keyword in ["minItems", "maxItems"] {
                    if self.one_in(4) {
                        add(keyword, json!(self.below(3)));
                    }
                }
                if self.one_in(6) {
                    add("uniqueItems", json!(true));
                }
                if self.one_in(8) {
                    add("contains", self.schema(depth - 1, definitions));
                }
            }
            "object" => {
                if !self.one_in(5) {
                    let members = self.names().into_iter().map(|name| (name.to_owned(), self.schema(depth - 1, definitions)));
                    let members: Map<_, _> = members.collect();
                    add("properties", members.into());
                }
                if self.one_in(2) {
                    add("required", json!(self.names()));
                }
                match self.below(6) {
                    0 => add("additionalProperties", json!(true)),
                    1 => add("additionalProperties", json!(false)),
                    2 => add("additionalProperties", self.schema(depth - 1, definitions)),
                    _ => {}
                }
                if self.one_in(8) {
                    add("patternProperties", json!({ "^[bx]": self.schema(depth - 1, definitions) }));
                }
                if self.one_in(8) {
                    add("minProperties", json!(self.below(3)));
                }
                if self.one_in(8) {
                    add("maxProperties", json!(self.below(4)));
                }
                if self.one_in(10) {
                    add("propertyNames", json!({ "pattern": "^[abc]" }));
                }
                if self.one_in(10) {
                    add("dependentRequired", json!({ "a": ["b"] }));
                }
            }
            _ => {}
        }
    }

    fn composed(&mut self, schema: &mut Map<String, Json>, depth: usize, definitions: usize) {
        let keyword = self.of(&["allOf", "anyOf", "oneOf", "anyOf", "oneOf", "not", "if"]);
        let mut part = || self.schema(depth - 1, definitions);
        match keyword {
            "not" => drop(schema.insert("not".to_owned(), part())),
            "if" => schema.extend([("if", part()), ("then", part()), ("else", part())].map(|(name, part)| (name.to_owned(), part))),
            _ => drop(schema.insert(keyword.to_owned(), json!([part(), part()]))),
        }
    }

    /// A value that looks like what the schema asks for.
    fn fitting(&mut self, schema: &Json, definitions: &Json, depth: usize) -> Json {
        if self.one_in(6) || depth == 0 {
            return self.value(depth.min(2));
        }
        if let Some(name) = schema["$ref"].as_str().filter(|_| self.one_in(2)) {
            return self.fitting(&definitions[&name[8..]], definitions, depth - 1);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            if let Some(parts) = schema[keyword].as_array().filter(|_| self.one_in(2)) {
                let part = self.below(parts.len());
                return self.fitting(&parts[part], definitions, depth - 1);
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[self.below(values.len())].clone();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][self.below(2)].as_str());
        match kind {
            Some("string") => json!(self.of(&TEXTS)),
            Some("integer" | "number") => self.number(),
            Some("boolean") => json!(self.one_in(2)),
            Some("null") => Json::Null,
            Some("array") => (0..self.below(4)).map(|_| self.fitting(&schema["items"], definitions, depth - 1)).collect(),
            Some("object") => {
                let mut members = Map::new();
                for name in NAMES {
                    let is_required = schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
                    let is_declared = schema["properties"].get(name).is_some();
                    if is_required || is_declared && !self.one_in(3) || self.one_in(12) {
                        members.insert(name.to_owned(), self.fitting(&schema["properties"][name], definitions, depth - 1));
                    }
                }
                members.into()
            }
            _ => self.value(depth.min(2)),
        }
    }
}

/// Whether some member of an object is `null`: for one that is optional, that is absence to the engine.
fn has_null_members(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(has_null_members),
        Json::Object(members) => members.values().any(|member| member.is_null() || has_null_members(member)),
        _ => false,
    }
}

#[derive(Default)]
struct Tally {
    allowed: usize,
    denied: usize,
    unknown: usize,
    nulls: usize,
}

impl Tally {
    fn add(&mut self, schema: &Json, arguments: &Json, is_valid: bool, decision: &Decision) {
        let code = decision.reason.code.as_str();
        assert!(decision.is_allowed() || code.starts_with("call.argument_"), "{code} for {arguments} under {schema}");
        match (decision.is_allowed(), is_valid) {
            (true, true) => self.allowed += 1,
            (false, false) => self.denied += 1,
            (false, true) if code == "call.argument_unknown" => self.unknown += 1,
            _ if has_null_members(arguments) => self.nulls += 1,
            (true, false) => panic!("allowed, and not valid: {arguments} under {schema}"),
            (false, true) => panic!("denied, and valid: {arguments} under {schema}: {}", decision.reason),
        }
    }
}

const TOOLS: usize = 600;
const VALUES: usize = 60;

fn definitions(random: &mut Random) -> Json {
    (0..3).map(|at| (format!("d{at}"), random.schema(2, at))).collect::<Map<_, _>>().into()
}

#[test]
fn an_argument_is_taken_where_the_schema_says_so() {
    let random = &mut Random(1);
    let schema = |random: &mut Random| {
        let definitions = definitions(random);
        let required: &[&str] = if random.one_in(2) { &["v"] } else { &[] };
        json!({ "type": "object", "properties": { "v": random.schema(3, 3) }, "required": required, "additionalProperties": false, "$defs": definitions })
    };
    compare(
        &(0..TOOLS).map(|_| schema(random)).collect::<Vec<_>>(),
        |schema| json!({ "v": random.fitting(&schema["properties"]["v"], &schema["$defs"], 4) }),
    );
}

/// Parts of one object. Alternatives name the same members: one that only some of them declare looks, to the engine, as they
/// say under the others, too.
#[test]
fn arguments_are_taken_where_a_composed_schema_says_so() {
    let random = &mut Random(2);
    let schemas: Vec<_> = (0..TOOLS).map(|_| composed_parameters(random)).collect();
    compare(&schemas, |schema| {
        let mut arguments = Map::new();
        for part in std::iter::once(schema).chain(["allOf", "anyOf", "oneOf"].iter().filter_map(|keyword| schema[keyword].as_array()).flatten()) {
            let part = json!({ "type": "object", "properties": part["properties"], "required": part["required"] });
            match random.fitting(&part, &schema["$defs"], 5) {
                Json::Object(members) if random.one_in(2) || arguments.is_empty() => arguments.extend(members),
                _ => {}
            }
        }
        arguments.into()
    });
}

fn composed_parameters(random: &mut Random) -> Json {
    let definitions = definitions(random);
    let object = |random: &mut Random, names: &[&str]| {
        let members: Map<_, _> = names.iter().map(|name| ((*name).to_owned(), random.schema(1, 3))).collect();
        let required: Vec<_> = random.names().into_iter().filter(|name| names.contains(name)).collect();
        let mut object = json!({ "properties": members, "required": required });
        if random.one_in(2) {
            object["type"] = json!("object");
        }
        object
    };
    let (own, named) = (random.names(), random.names());
    let mut schema = object(random, &own);
    schema["type"] = json!("object");
    let keyword = random.of(&["allOf", "anyOf", "oneOf"]);
    schema[keyword] = json!([object(random, &named), object(random, &named)]);
    if random.one_in(3) {
        (schema["if"], schema["then"]) = (object(random, &own), object(random, &own));
    }
    schema["$defs"] = definitions;
    schema
}

fn compare(schemas: &[Json], mut arguments: impl FnMut(&Json) -> Json) {
    let mut tally = Tally::default();
    for schemas in schemas.chunks(400) {
        let tools = Tools::permitting(schemas);
        for (at, schema) in schemas.iter().enumerate() {
            let oracle = jsonschema::draft202012::new(schema).unwrap();
            for _ in 0..VALUES {
                let arguments = arguments(schema);
                tally.add(schema, &arguments, oracle.is_valid(&arguments), &tools.decide(at, &arguments));
            }
        }
    }
    let Tally { allowed, denied, unknown, nulls } = tally;
    println!("{allowed} valid and allowed, {denied} not valid and denied, {unknown} undeclared, {nulls} with null for a member");
    assert!(allowed > VALUES * TOOLS / 25 && denied > VALUES * TOOLS / 10, "{allowed} allowed, {denied} denied");
}
