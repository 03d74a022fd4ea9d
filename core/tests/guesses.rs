//! What is guessed of tools nobody has annotated: `testdata/guesses.json` says of each whether it only reads.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "common/cases.rs"]
mod cases;

use std::collections::BTreeMap;

use bailiwick::{Agent, Baseline, Call, Catalog, Effect, Engine, Origin, Registry, SealKey, Source, Start, ToolGuess, Trust, Value, World, doc};

/// A tool of the file.
#[derive(serde::Deserialize)]
struct Sample {
    name: String,
    description: String,
    parameters: serde_json::Map<String, serde_json::Value>,
    reads: bool,
}

impl Sample {
    /// As an MCP server lists it, under this name.
    fn listed(&self, name: &str, annotations: &serde_json::Value) -> serde_json::Value {
        let property = |kind: &serde_json::Value| match kind {
            serde_json::Value::String(kind) if kind == "array" => serde_json::json!({"type": "array", "items": {"type": "string"}}),
            serde_json::Value::String(kind) => serde_json::json!({ "type": kind }),
            values => serde_json::json!({"type": "string", "enum": values}),
        };
        let properties: serde_json::Map<_, _> = self.parameters.iter().map(|(name, kind)| (name.clone(), property(kind))).collect();
        serde_json::json!({
            "name": name, "description": self.description, "annotations": annotations,
            "inputSchema": {"type": "object", "properties": properties},
        })
    }
}

fn samples() -> Vec<Sample> {
    let text = std::fs::read_to_string(cases::testdata().join("guesses.json")).expect("a file");
    serde_json::from_str(&text).expect("samples")
}

fn engine(system: &str, tools: &[serde_json::Value], trust: Trust, pack: Option<Baseline>) -> Engine {
    let catalog = Catalog::from_mcp(system, &serde_json::json!({ "tools": tools }).to_string(), trust).expect("a catalog");
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(catalog);
    let builder = builder.policies([Source::new("all.cedar", "permit(principal, action, resource);")]);
    pack.into_iter().fold(builder, bailiwick::Builder::baseline).build().expect("an engine")
}

fn guesses(system: &str, tools: &[serde_json::Value], trust: Trust) -> BTreeMap<String, ToolGuess> {
    engine(system, tools, trust, None).tool_guesses().into_iter().map(|guess| (guess.tool.clone(), guess)).collect()
}

fn none() -> serde_json::Value {
    serde_json::json!({})
}

#[test]
fn tools_are_guessed_as_a_person_would() {
    let samples = samples();
    let listed: Vec<_> = samples.iter().map(|sample| sample.listed(&sample.name, &none())).collect();
    let guesses = guesses("acme", &listed, Trust::Untrusted);
    let wrong: Vec<_> = samples.iter().filter(|sample| guesses[&sample.name].reads != sample.reads).map(|sample| &guesses[&sample.name]).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The name of a system before the name of a tool, in any spelling, says nothing of what it does; nor does a word all tools
/// of a system begin with.
#[test]
fn a_prefix_changes_no_guess() {
    let samples = samples();
    let plain: Vec<_> = samples.iter().map(|sample| sample.listed(&sample.name, &none())).collect();
    let plain = guesses("other", &plain, Trust::Untrusted);
    for (system, prefix) in [
        ("acme", "acme_"),
        ("acme", "mcp__acme__"),
        ("acme", "acme."),
        ("acme-mail", "acme_mail_"),
        ("acme mail", "mcp__acme-mail__"),
        ("mail", "mail_"),
        ("tools", "zephyr_"),
    ] {
        let listed: Vec<_> = samples.iter().map(|sample| sample.listed(&format!("{prefix}{}", sample.name), &none())).collect();
        let found = guesses(system, &listed, Trust::Untrusted);
        for sample in &samples {
            let guess = &found[&format!("{prefix}{}", sample.name)];
            let expected = &plain[&sample.name];
            assert_eq!((guess.reads, guess.reversible), (expected.reads, expected.reversible), "{} in `{system}`: {guess:?}", guess.tool);
        }
    }
    let camel = |name: &str| name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
    let listed: Vec<_> = samples.iter().map(|sample| sample.listed(&format!("acme{}", camel(&sample.name)), &none())).collect();
    let found = guesses("acme", &listed, Trust::Untrusted);
    for sample in &samples {
        let guess = &found[&format!("acme{}", camel(&sample.name))];
        assert_eq!(guess.reads, sample.reads, "{guess:?}");
    }
}

/// Emoji, tags in brackets, headings and the product's name stand before the verb, and are none.
#[test]
fn what_stands_before_a_description_changes_no_guess() {
    let samples = samples();
    for heading in ["🔍 ", "[Beta] ", "(Deprecated) ", "Acme: ", "**Acme** - ", "Acme | ", "📋 [v2] Acme: ", "# Purpose:\n"] {
        let listed: Vec<_> = samples
            .iter()
            .map(|sample| {
                let mut tool = sample.listed(&sample.name, &none());
                tool["description"] = format!("{heading}{}", sample.description).into();
                tool
            })
            .collect();
        let found = guesses("acme", &listed, Trust::Untrusted);
        let wrong: Vec<_> = samples.iter().filter(|sample| found[&sample.name].reads != sample.reads).map(|sample| &found[&sample.name]).collect();
        assert!(wrong.is_empty(), "{heading}: {wrong:#?}");
    }
}

#[test]
fn hints_only_raise_the_risk() {
    let samples = samples();
    for (annotations, may_read) in [
        (serde_json::json!({"readOnlyHint": false}), false),
        (serde_json::json!({"destructiveHint": true}), false),
        (serde_json::json!({"readOnlyHint": true, "destructiveHint": true}), false),
        (serde_json::json!({"readOnlyHint": true}), true),
        (serde_json::json!({"readOnlyHint": true, "destructiveHint": false}), true),
    ] {
        let listed: Vec<_> = samples.iter().map(|sample| sample.listed(&sample.name, &annotations)).collect();
        let found = guesses("acme", &listed, Trust::Untrusted);
        for sample in &samples {
            assert_eq!(found[&sample.name].reads, sample.reads && may_read, "{annotations}: {:?}", found[&sample.name]);
        }
    }
    // A trusted server that says it changes something without saying what is believed in that, too.
    let listed = [samples[0].listed("get_page", &serde_json::json!({"readOnlyHint": false}))];
    assert!(!guesses("acme", &listed, Trust::Trusted)["get_page"].reads);
}

#[test]
fn what_is_gone_cannot_be_undone() {
    let tool = |name: &str, description: &str, parameter: &str| serde_json::json!({"name": name, "description": description, "inputSchema": {"type": "object", "properties": {parameter: {"type": "string"}}}});
    let gone = [
        tool("batch_delete_files", "Permanently deletes files.", "ids"),
        tool("post_message", "Posts a message to a channel.", "text"),
        tool("push_notification", "Pushes a notification to a phone.", "text"),
        tool("create_refund", "Create a refund.", "charge"),
        tool("run_query", "Runs a SQL query.", "query"),
        tool("run_command", "Runs a command.", "command"),
        tool("evaluate", "Evaluates JavaScript in the page.", "script"),
        tool("empty_trash", "Empties the trash.", "folder"),
    ];
    let undoable = [
        tool("rename_file", "Renames a file.", "id"),
        tool("add_label", "Adds a label to a mail.", "label"),
        tool("create_draft", "Creates a draft.", "title"),
        tool("update_event", "Updates an event.", "title"),
    ];
    assert!(guesses("acme", &gone, Trust::Untrusted).values().all(|guess| !guess.reversible), "{:#?}", guesses("acme", &gone, Trust::Untrusted));
    let undoable = guesses("acme", &undoable, Trust::Untrusted);
    assert!(undoable.values().all(|guess| guess.reversible && !guess.reads), "{undoable:#?}");
}

/// Questions anybody may ask of tools that only look or compute.
#[test]
fn plain_questions_are_answered_under_every_pack() {
    let tool = |name: &str, description: &str, parameters: &[&str]| {
        let properties: serde_json::Map<_, _> = parameters.iter().map(|name| ((*name).to_owned(), serde_json::json!({"type": "string"}))).collect();
        serde_json::json!({"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}})
    };
    let tools = [
        tool("read_rows", "Execute a SELECT query on the database", &["query"]),
        tool("query", "Run a read-only SQL query", &["sql"]),
        tool("acme_web_search", "Performs web searches and returns comprehensive results.", &["query"]),
        tool("browser_snapshot", "Capture a snapshot of the current page", &["filename"]),
        tool("convert_time", "Convert time between timezones", &["source_timezone", "time", "target_timezone"]),
        tool("geocode", "Convert an address into coordinates", &["address"]),
        tool("delete_page", "Deletes a page", &["title"]),
    ];
    let registry = Registry::from_json(
        r#"{"agents": [{"issuer": "https://agents.example", "subject": "bot", "owner": {"issuer": "https://idp.example", "subject": "olga"}, "state": "active"}]}"#,
    )
    .expect("a registry");
    let world = World::new(&registry, doc::now());
    for pack in [Baseline::Balanced, Baseline::Strict] {
        let engine = engine("acme", &tools, Trust::Untrusted, Some(pack));
        for (prompt, tool, arguments, effect) in [
            ("How many users signed up? Use the database", "read_rows", r#"{"query": "SELECT count(*) FROM users"}"#, Effect::Allow),
            ("How many users signed up? Use the database", "query", r#"{"sql": "SELECT count(*) FROM users"}"#, Effect::Allow),
            ("Search the web for the opening hours of the town hall", "acme_web_search", r#"{"query": "town hall opening hours"}"#, Effect::Allow),
            ("What is on this page?", "browser_snapshot", "{}", Effect::Allow),
            (
                "What time is it in Tokyo when it is noon in Berlin?",
                "convert_time",
                r#"{"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}"#,
                Effect::Allow,
            ),
            ("Where is Main Street 5?", "geocode", r#"{"address": "Main Street 5"}"#, Effect::Allow),
            ("What is on this page?", "delete_page", r#"{"title": "Home"}"#, Effect::Deny),
        ] {
            let origin = Origin::user("https://idp.example", "alice").expect("a user");
            let start = Start::new("t", origin, Agent::new("https://agents.example", "bot").expect("an agent")).prompt(prompt);
            let task = engine.begin(start, &world).expect("a task");
            let decision = task.decide(&Call::new(tool, Value::parse(arguments).expect("arguments")), &world);
            assert_eq!(decision.effect, effect, "{pack:?}, {prompt}: {tool}: {:?}", decision.intent);
        }
    }
}
