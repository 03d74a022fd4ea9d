//! Catalogs: the three formats, MCP's hints, and the shapes JSON schema can take.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use bailiwick::{Catalog, Engine, OutputTrust, SealKey, Source, Tier, ToolEffect, Trust};

const MCP: &str = r#"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [
  {"name": "list", "title": "List", "description": "Lists files", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}, "annotations": {"readOnlyHint": true, "openWorldHint": false}},
  {"name": "add", "inputSchema": {"type": "object", "properties": {}}, "annotations": {"destructiveHint": false}},
  {"name": "wipe", "inputSchema": {"type": "object"}, "annotations": {"destructiveHint": true}, "outputSchema": {"type": "object"}},
  {"name": "what", "inputSchema": {"type": "object"}, "_meta": {"x": 1}}
]}}"#;

fn effects(catalog: &Catalog, tool: &str) -> Vec<ToolEffect> {
    catalog.tool(tool).unwrap().effects().iter().copied().collect()
}

#[test]
fn hints_of_a_trusted_server_classify() {
    let catalog = Catalog::from_mcp("files", MCP, Trust::Trusted).unwrap();
    assert_eq!(effects(&catalog, "list"), [ToolEffect::Read]);
    assert_eq!(catalog.tool("list").unwrap().output(), OutputTrust::Mixed);
    assert_eq!(effects(&catalog, "add"), [ToolEffect::Write]);
    assert_eq!(effects(&catalog, "wipe"), [ToolEffect::Write, ToolEffect::Delete]);
    assert_eq!(catalog.tool("wipe").unwrap().tier(), Tier::Critical);
    assert_eq!(effects(&catalog, "what"), []);
}

#[test]
fn hints_of_an_untrusted_server_only_raise_risk() {
    let catalog = Catalog::from_mcp("files", MCP, Trust::Untrusted).unwrap();
    for tool in catalog.tools() {
        assert!(tool.effects().is_empty());
        assert!(tool.tier() >= Tier::High);
        assert_eq!(tool.output(), OutputTrust::OpenWorld);
    }
    let annotated = catalog.annotate(r#"{"tools": [{"name": "list", "effects": ["read"], "system": "disk"}]}"#).unwrap();
    assert_eq!(effects(&annotated, "list"), [ToolEffect::Read]);
    assert_eq!(annotated.tool("list").unwrap().system(), "disk");
}

#[test]
fn functions_are_read_wrapped_and_bare() {
    let wrapped = r#"[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}}}]"#;
    let bare = r#"{"suite": "x", "tools": [{"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}}]}"#;
    for text in [wrapped, bare] {
        let catalog = Catalog::from_any("s", text).unwrap();
        let tool = catalog.tool("f").unwrap();
        assert_eq!(tool.parameters().collect::<Vec<_>>(), ["b", "a"], "in the order of the schema");
        assert_eq!(tool.description(), "d");
    }
    assert!(Catalog::from_any("files", MCP).unwrap().tool("wipe").is_some());
}

#[test]
fn reserved_names_are_qualified_by_their_system() {
    let catalog = Catalog::from_functions("fs", r#"[{"name": "read"}, {"name": "delegate"}, {"name": "list"}]"#).unwrap();
    let actions: Vec<_> = catalog.tools().map(bailiwick::Tool::action).collect();
    assert_eq!(actions, ["fs.read", "fs.delegate", "list"]);
}

#[test]
fn two_catalogs_of_one_name_do_not_merge() {
    let one = || Catalog::from_functions("a", r#"[{"name": "search"}]"#).unwrap();
    let error = one().merge(Catalog::from_functions("b", r#"[{"name": "search"}]"#).unwrap()).unwrap_err();
    assert_eq!(error.code(), "catalog.invalid");
    assert_eq!(one().merge(Catalog::from_functions("b", r#"[{"name": "find"}]"#).unwrap()).unwrap().tools().count(), 2);
}

#[test]
fn shapes_become_cedar_types() {
    let catalog = Catalog::from_functions(
        "s",
        r##"[{"name": "f", "parameters": {"type": "object", "required": ["plain", "nested", "open"], "$defs": {"Level": {"enum": ["a", "b"]}, "Loop": {"$ref": "#/$defs/Level"}},
          "properties": {
            "plain": {"type": "string"}, "count": {"type": "integer"}, "amount": {"type": "number"}, "price": {"type": "string", "format": "decimal"},
            "flag": {"type": "boolean"}, "level": {"$ref": "#/$defs/Loop"}, "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "many": {"type": "array", "items": {"type": "integer"}}, "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "nested": {"type": "object", "properties": {"deep": {"type": "object", "properties": {"x\"y": {"type": "string"}}}}, "required": ["deep"]},
            "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}, "anything": true, "untyped": {}, "tuple": {"type": "array"}
          }}}]"##,
    )
    .unwrap();
    let engine = Engine::builder(SealKey::new([0; 32]))
        .catalog(catalog)
        .policies([Source::new("p", "")])
        .build()
        .unwrap_or_else(|error| unreachable!("{}", error.report()));
    let policies = engine.policies();
    let action = policies.schema().split("action \"f\"").nth(1).unwrap();
    let input = action.split("input: ").nth(1).unwrap().split('\n').next().unwrap();
    assert_eq!(
        input,
        r#"{ "plain": String, "count"?: Long, "amount"?: decimal, "price"?: decimal, "flag"?: Bool, "level"?: String, "maybe"?: String, "many"?: Set<Long>, "either"?: String, "nested": { "deep": { "x\"y"?: String, }, }, "open": String, "anything"?: String, "untyped"?: String, "tuple"?: String, } }"#
    );
}

#[test]
fn a_tool_that_cannot_be_read_is_unusable_and_the_others_are_not() {
    for (entry, name, why) in [
        (r#"{"name": "broken", "parameters": {"type": "array"}}"#, "broken", "not of type `object`"),
        (r#"{"name": "broken", "parameters": {"properties": {"a": {"type": "strnig"}}}}"#, "broken", "`strnig` is not a JSON schema type"),
        (
            r#"{"name": "broken", "parameters": {"properties": {"a": {"$ref": "https://evil.example/s"}}}}"#,
            "broken",
            "points to nothing in this schema",
        ),
        (
            r#"{"name": "broken", "parameters": {"properties": {"a": {"allOf": [{"type": "text"}, {"maxLength": 3}]}}}}"#,
            "broken",
            "`text` is not a JSON",
        ),
        (r#"{"name": "broken", "parameters": 3}"#, "broken", "not a JSON schema"),
        (r#"{"type": "web_search"}"#, "web_search", "built-in tool"),
        (r#"{"type": "bash_20250124", "name": "bash"}"#, "bash", "built-in tool"),
        (r#"{"description": "no name"}"#, "tools[1]", "has no `name`"),
        ("7", "tools[1]", "not an object"),
    ] {
        let catalog = Catalog::from_functions("s", &format!(r#"[{{"name": "fine"}}, {entry}]"#)).unwrap();
        assert_eq!(catalog.tool("fine").unwrap().unusable(), None, "{entry}");
        let told = catalog.tool(name).unwrap().unusable().unwrap().to_owned();
        assert!(told.contains(why), "{entry}: {told}");
        let engine = Engine::builder(SealKey::new([0; 32])).catalog(catalog).policies([Source::new("p", "")]).build().unwrap();
        assert!(engine.lint().any(|line| line.contains(&format!("tool `{name}` is unusable"))), "{entry}");
    }
}

#[test]
fn schemas_as_they_are_written_load() {
    for schema in [
        r#"{"type": "object", "properties": []}"#,
        r#"{"type": ["object"], "properties": {"a": {"type": "string"}}}"#,
        r#"{"properties": {"a": {"type": "integer", "minimum": null, "maximum": 18446744073709551615}}}"#,
        r#"{"properties": {"a": {"type": "number", "maximum": 1.7976931348623157e308}}}"#,
        r#"{"properties": {"a": {"type": "string"}}, "required": ["a", "b"]}"#,
        r##"{"properties": {"child": {"$ref": "#"}}}"##,
        r##"{"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "b": {"$ref": "#/properties/a/anyOf/0"}}}"##,
        r##"{"properties": {"b": {"$ref": "#/definitions/Record%3Cstring%3E"}}, "definitions": {"Record<string>": {"type": "string"}}}"##,
        r##"{"properties": {"b": {"$ref": "#node"}}, "$defs": {"n": {"$anchor": "node", "type": "string"}}}"##,
        r##"{"properties": {"b": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}"##,
        r##"{"properties": {"f": {"$ref": "#/$defs/F"}}, "$defs": {"F": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/F"}}, {"type": "string"}]}}}"##,
        r##"{"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"a": {"type": "string"}}}}}"##,
    ] {
        let listed = format!("\u{feff}{{\"tools\": [{{\"name\": \"t\", \"description\": null, \"inputSchema\": {schema}}}]}}");
        let catalog = Catalog::from_any("s", &listed).unwrap();
        assert_eq!(catalog.tool("t").unwrap().unusable(), None, "{schema}");
        assert!(Engine::builder(SealKey::new([0; 32])).catalog(catalog).policies([Source::new("p", "\u{feff}")]).build().is_ok(), "{schema}");
    }
}

#[test]
fn a_wide_recursive_schema_ends() {
    let definitions: Vec<_> = (0..20)
        .map(|index| {
            format!(
                r##""d{index}": {{"type": "object", "properties": {{"a": {{"$ref": "#/$defs/d{}"}}, "b": {{"$ref": "#/$defs/d{}"}}}}}}"##,
                index + 1,
                index + 1
            )
        })
        .collect();
    let schema = format!(
        r##"{{"type": "object", "$defs": {{{}, "d20": {{"type": "string"}}}}, "properties": {{"x": {{"$ref": "#/$defs/d0"}}}}}}"##,
        definitions.join(", ")
    );
    let catalog = Catalog::from_functions("s", &format!(r#"[{{"name": "bomb", "parameters": {schema}}}]"#)).unwrap();
    let engine = Engine::builder(SealKey::new([0; 32])).catalog(catalog).policies([Source::new("p", "")]).build().unwrap();
    assert!(engine.policies().schema().len() < 20_000, "what is too large for Cedar is free-form");
}
