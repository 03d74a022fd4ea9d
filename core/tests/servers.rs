//! Several servers in one catalog: names, prefixes, systems, trust, and what clashes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use bailiwick::{Catalog, Engine, SealKey, Server, Tool, Trust};

const SEARCH: &str = r#"{"tools": [
    {"name": "search", "description": "Searches.", "inputSchema": {"type": "object", "properties": {"query": {"type": "string"}}},
     "annotations": {"readOnlyHint": true, "openWorldHint": false}},
    {"name": "wipe", "inputSchema": {"type": "object"}, "annotations": {"destructiveHint": true}}]}"#;

fn names(catalog: &Catalog) -> Vec<&str> {
    catalog.tools().map(Tool::name).collect()
}

fn refused(text: &str) -> String {
    Catalog::from_any("tools", text).unwrap_err().in_file("catalog").to_string()
}

#[test]
fn a_list_of_servers_is_one_catalog() {
    let text = format!(
        r#"[{{"name": "github", "prefix": "github__", "system": "code", "trust": "trusted", "tools": {SEARCH}}},
            {{"name": "gitlab", "prefix": "mcp__gitlab__", "tools": {SEARCH}}},
            {{"name": "local", "tools": [{{"type": "function", "function": {{"name": "search", "parameters": {{"type": "object", "properties": {{}}}}}}}}]}}]"#
    );
    let catalog = Catalog::from_any("tools", &text).unwrap();
    assert_eq!(names(&catalog), ["github__search", "github__wipe", "mcp__gitlab__search", "mcp__gitlab__wipe", "search"]);
    let [github, gitlab, local] = ["github__search", "mcp__gitlab__search", "search"].map(|name| catalog.tool(name).unwrap());
    assert_eq!([github.system(), gitlab.system(), local.system()], ["code", "gitlab", "local"]);
    assert_eq!([github.server(), gitlab.server(), local.server()], [Some("github"), Some("gitlab"), Some("local")]);
    assert_eq!(github.action(), "github__search");
    // What a server says of its tools counts only as far as it is trusted.
    assert!(!github.effects().is_empty() && gitlab.effects().is_empty());
    let [wiped, untrusted] = ["github__wipe", "mcp__gitlab__wipe"].map(|name| catalog.tool(name).unwrap());
    assert!(!wiped.effects().is_empty() && untrusted.effects().is_empty());
    assert_eq!(untrusted.tier(), bailiwick::Tier::Critical, "a hint may raise the risk");
}

#[test]
fn tools_may_be_given_as_text() {
    let text = format!(r#"[{{"name": "github", "tools": {}}}]"#, serde_json::Value::String(SEARCH.to_owned()));
    assert_eq!(names(&Catalog::from_any("tools", &text).unwrap()), ["search", "wipe"]);
    let answer = format!(r#"[{{"name": "github", "tools": {{"jsonrpc": "2.0", "id": 1, "result": {SEARCH}}}}}]"#);
    assert_eq!(names(&Catalog::from_any("tools", &answer).unwrap()), ["search", "wipe"]);
}

#[test]
fn lists_of_tools_are_taken_as_before() {
    for (text, tools) in [
        (r#"[{"name": "look"}, {"name": "go", "description": "Goes."}]"#, vec!["look", "go"]),
        (r#"[{"name": "look", "inputSchema": {"type": "object"}, "trust": "trusted", "annotations": {"readOnlyHint": true}}]"#, vec!["look"]),
        (r#"[{"name": "look", "prefix": "x", "parameters": {"type": "object", "properties": {}}}]"#, vec!["look"]),
        (r#"{"name": "server", "tools": [{"name": "look"}]}"#, vec!["look"]),
        (r"[]", vec![]),
    ] {
        let catalog = Catalog::from_any("tools", text).unwrap();
        assert_eq!(names(&catalog), tools, "{text}");
        assert!(catalog.tools().all(|tool| tool.system() == "tools" && tool.effects().is_empty()), "{text}");
    }
}

#[test]
fn an_entry_that_cannot_be_read_is_named() {
    for (text, message) in [
        (
            r#"[{"name": "a", "tools": []}, {"name": "b", "trusted": true, "tools": []}]"#,
            "catalog[1]: there is no member `trusted`; there are: `name`, `prefix`, `system`, `trust`, `tools`",
        ),
        (
            r#"[{"name": "a", "tools": []}, {"name": "b", "trust": true, "tools": []}]"#,
            "catalog[1].trust: must be `trusted` or `untrusted`, not true or false",
        ),
        (r#"[{"name": "a", "trust": "yes", "tools": []}]"#, "catalog[0].trust: must be `trusted` or `untrusted`, not `yes`"),
        (r#"[{"name": "a", "prefix": 3, "tools": []}]"#, "catalog[0].prefix: must be a string, not a number"),
        (r#"[{"name": "a", "system": "", "tools": []}]"#, "catalog[0].system: must not be empty"),
        (r#"[{"name": "", "tools": []}]"#, "catalog[0].name: must not be empty"),
        (r#"[{"prefix": "a__", "tools": []}]"#, "catalog[0]: `name` is missing: give the server a name, as in `\"name\": \"github\"`"),
        (r#"[{"name": "a", "prefix": "a__"}]"#, "catalog[0]: `tools` is missing: give the server's answer to `tools/list`, or a list of its tools"),
        (r#"[{"name": "a", "tools": 3}]"#, "catalog[0].tools: must be a list of tools, or an object with `tools`, not a number"),
        (r#"[{"name": "a", "tools": []}, "b"]"#, "catalog[1]: must be an object: a server with `name` and `tools`"),
        (
            r#"[{"name": "a", "tools": []}, {"name": "b", "tools": []}, {"name": "a", "tools": []}]"#,
            "catalog[2].name: duplicate server `a` (first at [0]): remove one, or give them different names",
        ),
        (r#"[{"name": "a", "tools": "[{]"}]"#, "catalog[0].tools:1:3: key must be a string"),
    ] {
        assert_eq!(refused(text), message);
    }
}

#[test]
fn a_clash_names_both_servers() {
    let text = format!(r#"[{{"name": "github", "tools": {SEARCH}}}, {{"name": "gitlab", "tools": {SEARCH}}}]"#);
    assert_eq!(refused(&text), "catalog: tool `search` is in both server `github` and server `gitlab`: give one of the servers a `prefix`");
    let twice = r#"[{"name": "a", "tools": [{"name": "f"}, {"name": "f"}]}]"#;
    assert!(refused(twice).contains("duplicate tool `f` of system `a`: remove one, or rename it"), "{}", refused(twice));
    let mut builder = Engine::builder(SealKey::new([0; 32]));
    for name in ["github", "gitlab"] {
        builder = builder.catalog(Server::new(name).read(SEARCH).unwrap());
    }
    assert!(builder.build().unwrap_err().to_string().contains("in both server `github` and server `gitlab`"));
}

#[test]
fn an_untrusted_server_says_nothing_of_its_own_tools() {
    let own = r#"{"tools": [{"name": "wipe", "system": "files", "effects": ["read"], "parameters": {}}]}"#;
    let error = Server::new("files").read(own).unwrap_err().to_string();
    assert_eq!(
        error,
        "tool `wipe` declares its `effects`, which only a trusted server may: set `trust` to `trusted` if you have written or reviewed this \
         document, or say it in annotations"
    );
    // Nor that they belong to the system of another.
    let other = r#"{"tools": [{"name": "wipe", "system": "erp", "parameters": {}}]}"#;
    assert!(Server::new("files").read(other).unwrap_err().to_string().contains("`system`"));
    let catalog = Server::new("files").trust(Trust::Trusted).read(own).unwrap();
    assert!(!catalog.tool("wipe").unwrap().effects().is_empty());
    let plain = r#"{"tools": [{"name": "wipe", "system": "files", "parameters": {}}]}"#;
    assert!(Server::new("files").read(plain).unwrap().tool("wipe").unwrap().effects().is_empty());
}

#[test]
fn annotations_name_tools_by_their_whole_names() {
    let catalog = || Server::new("github").prefix("github__").read(SEARCH).unwrap();
    let annotated = catalog().annotate(r#"{"tools": [{"name": "github__search", "effects": ["read"]}]}"#).unwrap();
    let tool = annotated.tool("github__search").unwrap();
    assert_eq!((tool.effects().len(), tool.server()), (1, Some("github")));
    let error = catalog().annotate(r#"{"tools": [{"name": "search", "effects": ["read"]}]}"#).unwrap_err().to_string();
    assert_eq!(error, "tool `search`: is not in the catalog; tools of a server with a prefix are called by their whole name: `github__search`");
}

#[test]
fn a_prefix_changes_no_guess() {
    let guess = |prefix: &str| {
        let tools = r#"[{"name": "list_issues", "description": "Lists issues."}, {"name": "delete_issue", "description": "Deletes an issue."},
            {"name": "status"}, {"name": "close", "description": "Closes an account."}]"#;
        let catalog = Server::new("s").prefix(prefix).read(tools).unwrap();
        let engine = Engine::builder(SealKey::new([0; 32])).catalog(catalog).build().unwrap();
        engine.tool_guesses().into_iter().map(|guess| (guess.reads, guess.reversible, guess.effects)).collect::<Vec<_>>()
    };
    for prefix in ["acme__", "mcp__acme__", "acme.", "acme-", "acme_"] {
        assert_eq!(guess(prefix), guess(""), "{prefix}");
    }
}
