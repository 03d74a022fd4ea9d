//! What a refused argument is told the operator, what is wrong with a grant that is about to be made, and what a chain is read from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use bailiwick::{Agent, Call, Catalog, Chain, Effect, Engine, Error, Grant, Origin, Registry, SealKey, Source, Start, Task, Value, World, doc};
use serde_json::json;

const IDP: &str = "https://idp.example";
const POLICIES: &str = r#"
permit(principal, action, resource);
@ask("approvers") forbid(principal, action == Action::"b.ask", resource);
forbid(principal in Group::"suspended", action, resource);
"#;

fn engine() -> Engine {
    let catalog = json!({"tools": [
        {"name": "b.do", "system": "b", "effects": ["write"], "parameters": {"type": "object", "properties": {
            "path": {"type": "string"}, "count": {"type": "integer"}, "to": {"type": "array", "items": {"type": "string"}}, "any": {}}}},
        {"name": "b.ask", "system": "b", "effects": ["write"], "parameters": {"type": "object", "properties": {"text": {"type": "string"}}}},
    ]});
    let catalog = Catalog::from_json(&catalog.to_string()).unwrap();
    Engine::builder(SealKey::new([9; 32])).catalog(catalog).policies([Source::new("all.cedar", POLICIES)]).build().unwrap()
}

fn begin(engine: &Engine, grant: &serde_json::Value, world: &World<'_>) -> Result<Task, Error> {
    let origin = Origin::user(IDP, "alice").unwrap().with_groups(["finance"]).unwrap();
    let start = Start::new("task-1", origin, Agent::new("https://agents.example", "invoice-bot").unwrap());
    engine.begin(start.grant(serde_json::from_value::<Grant>(grant.clone()).unwrap()), world)
}

#[test]
fn a_refused_argument_is_told_with_its_condition_and_kind() {
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let engine = engine();
    let refused = |arguments: serde_json::Value, call: serde_json::Value| {
        let task = begin(&engine, &json!({"actions": ["b.do"], "arguments": arguments}), &world).unwrap();
        let decision = task.decide(&Call::new("b.do", Value::parse(&call.to_string()).unwrap()), &world);
        assert_eq!((decision.effect, decision.reason.code.as_str()), (Effect::Deny, "grant.argument"));
        decision.reason.detail
    };
    for (arguments, call, told) in [
        (json!({"path": {"subpath": "/w"}}), json!({"path": "/w/../secret"}), r#"argument `path` is a string, and does not meet `{"subpath":"/w"}`"#),
        (
            json!({"count": {"range": {"max": "5"}}}),
            json!({"count": 6}),
            r#"argument `count` is an integer, and does not meet `{"range":{"max":"5.0"}}`"#,
        ),
        (json!({"path": {"exact": "x"}}), json!({}), r#"argument `path` is missing, and must meet `{"exact":"x"}`"#),
        (json!({"path": "any"}), json!({"path": "x", "count": 1}), "argument `count` (an integer) is not among those the grant names: `path`"),
        (
            json!({"to": {"all": {"email_domain": "b.example"}}}),
            json!({"to": ["a@c.example"]}),
            "argument `to` is a list whose every element is a string",
        ),
        (json!({"path": "any", "*": {"range": {"max": "5"}}}), json!({"count": 6}), "argument `count` is an integer, and does not meet"),
        (json!({"any": {"exact": 1}}), json!({"any": {"a": 1}}), "argument `any` is an object"),
    ] {
        let detail = refused(arguments, call);
        assert!(detail.contains(told) && !detail.contains("secret") && !detail.contains("c.example"), "{detail}");
    }
    // Of several capabilities each is told; of those about another tool nothing.
    let grant = json!({"capabilities": [
        {"actions": ["b.do"], "arguments": {"path": {"exact": "x"}}},
        {"actions": ["b.ask"], "arguments": {"text": {"exact": "x"}}},
        {"actions": ["b.do"], "arguments": {"count": {"exact": 1}}},
    ]});
    let task = begin(&engine, &grant, &world).unwrap();
    let detail = task.decide(&Call::new("b.do", Value::parse(r#"{"path": "y"}"#).unwrap()), &world).reason.detail;
    assert!(
        detail.contains("capability 0: argument `path`")
            && detail.contains("; capability 2: argument `count` is missing")
            && !detail.contains("text")
    );
    assert!(task.decide(&Call::new("b.do", Value::parse(r#"{"path": "x"}"#).unwrap()), &world).is_allowed());
}

#[test]
fn slips_of_a_grant_are_errors_where_it_is_made() {
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let engine = engine();
    for (grant, told) in [
        (
            json!({"actions": ["b.do"], "arguments": {"paht": {"subpath": "/w"}}}),
            "not an argument of the tool `b.do`; there are: `any`, `count`, `path`, `to` (did you mean `path`?)",
        ),
        (json!({"actions": ["write"], "arguments": {"amount": "any"}}), "not an argument of any of the 2 tools of `write`"),
        (json!({"actions": ["b.do"], "approvers": ["olga"]}), "`olga` in the grant's approvers is neither a role"),
        (
            json!({"actions": ["b.do"], "expires_ms": doc::now().as_millis()}),
            "`expires_ms` of capability 0 of the grant is 1700000000000, which is 2023-11-14T22:13:20.000Z",
        ),
        (
            json!({"actions": ["b.do"], "expires_ms": 1_700_003_600}),
            "`expires_ms` is in milliseconds; for 2023-11-14T23:13:20.000Z write 1700003600000",
        ),
    ] {
        let error = begin(&engine, &grant, &world).unwrap_err();
        assert!(error.code() == "usage" && error.to_string().contains(told), "{error}");
    }
    // Groups that a policy names or asks, or that the origin is in; an office; a person; any group, where it is called one.
    for approver in
        [json!("suspended"), json!("approvers"), json!("finance"), json!("owner"), json!("https://idp.example|olga"), json!({"group": "olga"})]
    {
        let grant = json!({"actions": ["b.do"], "arguments": {"path": "any"}, "approvers": [approver], "expires_ms": doc::now().as_millis() + 1});
        let task = begin(&engine, &grant, &world).unwrap();
        let asked = task.decide(&Call::new("b.do", Value::parse("{}").unwrap()), &world);
        assert_eq!(asked.effect, Effect::Ask, "{}", asked.reason);
        let role = match &approver {
            serde_json::Value::String(id) if id.contains('|') => "person:https://idp.example|olga".to_owned(),
            other => other.as_str().unwrap_or("olga").to_owned(),
        };
        assert_eq!(asked.ask, [role]);
    }
}

#[test]
fn what_is_no_chain_is_told_what_a_chain_is() {
    for text in ["eyJhbGciOiJFZERTQSJ9.e30.c2ln", "\"eyJhbGciOiJFZERTQSJ9.e30.c2ln\"", "[]", "task-17", ""] {
        let said = Chain::parse(text).unwrap_err().to_string();
        assert!(said.contains("a chain is an object") && said.contains(r#"{"format": "access_token", "token": "eyJ…"}"#), "{text}: {said}");
    }
}
