//! Outputs as protocols wrap them: MCP's results, and lists of content parts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::sync::LazyLock;

use bailiwick::IntentVerdict::{Aligned, Delegated, Ungrounded};
use bailiwick::{Agent, Call, Catalog, Engine, IntentRecord, IntentVerdict, Origin, Registry, SealKey, Source, Start, Value, World, doc};

const CATALOG: &str = r#"{"tools": [
    {"name": "customer.find", "system": "office", "effects": ["read"], "output": "mixed",
     "parameters": {"type": "object", "properties": {"name": {"type": "string"}}}},
    {"name": "customer.get", "system": "office", "effects": ["read"],
     "parameters": {"type": "object", "properties": {"name": {"type": "string"}}}},
    {"name": "file.read", "system": "office", "effects": ["read"], "roles": {"path": "path"},
     "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}},
    {"name": "customer.own", "system": "office", "effects": ["read"], "output": "first_party",
     "parameters": {"type": "object", "properties": {"name": {"type": "string"}}}},
    {"name": "letter.read", "system": "office", "effects": ["read"], "output": "mixed", "roles": {"path": "path"},
     "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}},
    {"name": "get_latest_applicant", "system": "office", "effects": ["read"], "parameters": {"type": "object", "properties": {}}},
    {"name": "get_next_customer", "system": "office", "effects": ["read"], "parameters": {"type": "object", "properties": {}}},
    {"name": "get_caller", "system": "office", "effects": ["read"], "output": "mixed", "parameters": {"type": "object", "properties": {}}},
    {"name": "get_user_info", "system": "office", "effects": ["read"], "parameters": {"type": "object", "properties": {}}},
    {"name": "site.fetch", "system": "office", "effects": ["read"], "output": "open_world", "roles": {"url": "url"},
     "parameters": {"type": "object", "properties": {"url": {"type": "string"}}}},
    {"name": "pay", "system": "office", "effects": ["pay"], "roles": {"iban": "destination", "amount": "amount"},
     "parameters": {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "number"}}, "required": ["iban", "amount"]}}
]}"#;

const IBAN: &str = "DE89370400440532013000";

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(CATALOG).expect("a catalog"));
    builder.policies([Source::new("all.cedar", "permit(principal, action, resource);")]).build().expect("an engine")
});

/// What is judged of paying to the account, after this output of the tool.
fn paid(tool: &str, output: &str) -> IntentRecord {
    let registry = Registry::from_json(doc::REGISTRY).expect("a registry");
    let world = World::new(&registry, doc::now());
    let (origin, agent) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
    let task = ENGINE.begin(Start::new("t", origin, agent).prompt("Pay 480 EUR to the customer Acme"), &world).expect("a task");
    let read = Call::new(tool, Value::parse("{}").unwrap());
    task.observe(&read, &Value::parse(output).expect("JSON")).expect("observed");
    let pay = Call::new("pay", Value::parse(&format!(r#"{{"iban": "{IBAN}", "amount": 480}}"#)).unwrap());
    *task.decide(&pay, &world).intent.expect("a task with a prompt")
}

fn verdict(tool: &str, output: &str) -> IntentVerdict {
    paid(tool, output).verdict
}

/// The text as a JSON string.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).canonical()
}

fn text_part(text: &str) -> String {
    format!(r#"{{"type": "text", "text": {}}}"#, quoted(text))
}

#[test]
fn records_count_the_same_however_they_are_wrapped() {
    let record = format!(r#"{{"name": "Acme", "iban": "{IBAN}"}}"#);
    let other = r#"{"name": "Borg", "iban": "DE02120300000000202051"}"#;
    let text = text_part(&record);
    let many = [text.clone(), text_part(other)].join(", ");
    for tool in ["customer.find", "customer.get"] {
        let bare = paid(tool, &record);
        assert_eq!(bare.verdict, Aligned);
        for wrapped in [
            format!(r#"{{"content": [{text}]}}"#),
            format!(r#"{{"content": [{text}], "isError": false}}"#),
            format!(
                r#"{{"meta": null, "content": [{{"type": "text", "text": {}, "annotations": null, "meta": null}}], "structuredContent": null, "isError": false}}"#,
                quoted(&record)
            ),
            format!(r#"{{"content": [{text}], "structuredContent": {record}, "isError": false}}"#),
            format!(r#"{{"content": [{text}], "structuredContent": {{"result": {record}}}, "_meta": {{"x": 1}}}}"#),
            format!(r#"{{"structuredContent": {record}}}"#),
            format!(r#"{{"jsonrpc": "2.0", "id": 4, "result": {{"content": [{text}]}}}}"#),
            format!("[{text}]"),
            text.clone(),
            format!(r#"[{{"type": "output_text", "text": {}, "annotations": []}}]"#, quoted(&record)),
            format!(r#"[{{"type": "tool_result", "tool_use_id": "t1", "content": [{text}]}}]"#),
        ] {
            let judged = paid(tool, &wrapped);
            assert_eq!((judged.verdict, &judged.grounding, &judged.origins), (bare.verdict, &bare.grounding, &bare.origins), "{tool} {wrapped}");
        }
        // One part for each item of a list.
        let list = paid(tool, &format!("[{record}, {other}]"));
        for wrapped in
            [format!(r#"{{"content": [{many}]}}"#), format!(r#"{{"content": [{many}], "structuredContent": {{"result": [{record}, {other}]}}}}"#)]
        {
            let judged = paid(tool, &wrapped);
            assert_eq!((judged.verdict, judged.origins), (list.verdict, list.origins.clone()), "{tool} {wrapped}");
        }
    }
}

#[test]
fn a_list_keeps_the_records_of_others_apart() {
    let (acme, borg) =
        (text_part(r#"{"name": "Acme", "iban": "DE02120300000000202051"}"#), text_part(&format!(r#"{{"name": "Borg", "iban": "{IBAN}"}}"#)));
    let bare = format!(r#"[{{"name": "Acme", "iban": "DE02120300000000202051"}}, {{"name": "Borg", "iban": "{IBAN}"}}]"#);
    let wrapped = format!(r#"{{"content": [{acme}, {borg}]}}"#);
    assert_eq!(verdict("customer.find", &wrapped), verdict("customer.find", &bare));
    assert_ne!(verdict("customer.find", &wrapped), Aligned);
}

#[test]
fn a_text_that_repeats_what_is_structured_is_no_second_text() {
    let structured = format!(r#"{{"id": 7, "customer": {{"name": "Acme", "iban": "{IBAN}"}}}}"#);
    let bare = paid("customer.find", &structured);
    let text = text_part(&format!("{{\n  \"customer\": {{\"iban\": \"{IBAN}\", \"name\": \"Acme\"}}, \"id\": 7.0\n}}"));
    let judged = paid("customer.find", &format!(r#"{{"content": [{text}], "structuredContent": {structured}}}"#));
    assert_eq!((judged.verdict, judged.origins), (bare.verdict, bare.origins));
}

#[test]
fn what_a_failed_call_says_is_keyed_as_nothing() {
    let record = format!(r#"{{"name": "Acme", "iban": "{IBAN}"}}"#);
    for failed in [
        format!(r#"{{"content": [{}], "isError": true}}"#, text_part(&record)),
        format!(r#"{{"content": [], "structuredContent": {record}, "isError": true}}"#),
        format!(r#"[{{"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [{}]}}]"#, text_part(&record)),
    ] {
        assert_eq!(verdict("customer.find", &failed), Ungrounded, "{failed}");
    }
}

#[test]
fn somebodys_document_is_no_record_of_the_tools() {
    let record = format!(r#"{{"name": "Acme", "iban": "{IBAN}"}}"#);
    let resource = format!(
        r#"{{"content": [{{"type": "resource", "resource": {{"uri": "file:///a.json", "mimeType": "application/json", "text": {}}}}}]}}"#,
        quoted(&record)
    );
    let document = format!(r#"[{{"type": "document", "source": {{"type": "text", "media_type": "text/plain", "data": {}}}}}]"#, quoted(&record));
    let text = format!(r#"{{"content": [{}]}}"#, text_part(&record));
    let returned_text = format!(r#"{{"content": [{}], "structuredContent": {{"result": {}}}}}"#, text_part(&record), quoted(&record));
    for (tool, output) in
        [("file.read", &text), ("site.fetch", &text), ("customer.get", &resource), ("customer.get", &document), ("customer.get", &returned_text)]
    {
        assert_ne!(verdict(tool, output), Aligned, "{tool} {output}");
    }
    assert_eq!(verdict("site.fetch", &text), verdict("site.fetch", &quoted(&record)), "as the same text without wrapping");
}

#[test]
fn a_text_that_is_json_is_keyed_only_where_nobody_but_the_operator_writes() {
    let record = format!(r#"{{"name": "Acme", "iban": "{IBAN}"}}"#);
    let list = format!(r#"[{record}, {{"name": "Borg", "iban": "DE02120300000000202051"}}]"#);
    for text in [quoted(&record), quoted(&list), quoted(&format!("\n {record} "))] {
        assert_ne!(verdict("customer.find", &text), Aligned, "strangers write there, too: {text}");
        assert_ne!(verdict("customer.get", &text), Aligned, "nobody has said who writes there: {text}");
        assert_eq!(verdict("customer.own", &text), Aligned, "{text}");
    }
    let part = format!(r#"{{"content": [{}]}}"#, text_part(&record));
    assert_ne!(verdict("letter.read", &part), Aligned, "a document of anybody's, whatever its output is declared to be but `first_party`");
    assert_eq!(verdict("letter.read", &record), Aligned, "as the tool made it");
}

#[test]
fn who_comes_last_is_not_the_user() {
    let record = format!(r#"{{"name": "Eve", "iban": "{IBAN}"}}"#);
    for tool in ["get_latest_applicant", "get_next_customer", "get_caller"] {
        assert_eq!(verdict(tool, &record), Delegated, "{tool}");
        assert_eq!(verdict(tool, &quoted(&record)), Delegated, "{tool}");
    }
    assert_eq!(verdict("get_user_info", &record), Aligned);
    assert_eq!(verdict("get_user_info", &quoted(&record)), Delegated, "a text that anybody may have written");
}

#[test]
fn wrappers_and_encoded_bytes_are_no_values() {
    let encoded = format!(
        r#"{{"content": [
        {{"type": "image", "data": "{IBAN}", "mimeType": "image/png"}}, {{"type": "audio", "data": "{IBAN}", "mimeType": "audio/wav"}},
        {{"type": "resource", "resource": {{"uri": "file:///b", "blob": "{IBAN}"}}}}, {{"type": "image", "source": {{"type": "base64", "media_type": "image/png", "data": "{IBAN}"}}}}],
        "_meta": {{"customer": "Acme", "iban": "{IBAN}"}}, "isError": false}}"#
    );
    let judged = paid("customer.find", &encoded);
    assert_eq!(judged.verdict, Ungrounded);
    assert_eq!(judged, paid("customer.find", "{}"), "as if nothing had been said");
}

#[test]
fn records_of_a_tool_that_have_such_members_stay_records() {
    for record in [
        format!(r#"{{"content": "Acme", "isError": false, "iban": "{IBAN}"}}"#),
        format!(r#"{{"type": "text", "text": "Acme", "iban": "{IBAN}"}}"#),
        format!(r#"[{{"type": "image", "name": "Acme", "iban": "{IBAN}"}}]"#),
        format!(r#"{{"content": [{{"name": "Acme", "iban": "{IBAN}"}}]}}"#),
    ] {
        assert_eq!(verdict("customer.find", &record), Aligned, "{record}");
    }
}

#[test]
fn where_a_resource_is_may_be_used() {
    let output = format!(r#"{{"content": [{{"type": "resource_link", "uri": "{IBAN}", "name": "Acme"}}]}}"#);
    assert_ne!(verdict("customer.find", &output), Ungrounded);
}

#[test]
fn many_parts_take_no_long() {
    let parts: Vec<_> = (0..20_000).map(|number| text_part(&number.to_string())).collect();
    let items: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
    let output = format!(r#"{{"content": [{}], "structuredContent": {{"result": [{}]}}}}"#, parts.join(", "), items.join(", "));
    assert_ne!(verdict("customer.find", &output), Aligned);
}

#[test]
fn the_cases_all_languages_share() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/results.json");
    let file = Value::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(&file.get("catalog").unwrap().canonical()).unwrap())
        .policies([Source::new("all.cedar", "permit(principal, action, resource);")])
        .build()
        .unwrap();
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap().to_owned();
    let Some(Value::Array(cases)) = file.get("cases") else { unreachable!("cases are a list") };
    for case in cases {
        let (origin, agent) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
        let task = engine.begin(Start::new("t", origin, agent).prompt(text(&file, "prompt")), &world).unwrap();
        task.observe(&Call::new(text(case, "tool"), Value::parse("{}").unwrap()), case.get("output").unwrap()).unwrap();
        let call = file.get("call").unwrap();
        let judged = task.decide(&Call::new(text(call, "tool"), call.get("arguments").unwrap().clone()), &world).intent.unwrap();
        assert_eq!(serde_json::to_value(judged.verdict).unwrap(), text(case, "verdict"), "{}", text(case, "note"));
    }
}
