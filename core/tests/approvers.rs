//! Approvers a grant names, and actions it names that nobody knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use bailiwick::{Agent, Delegated, Effect, Error, Grant, Handover, Origin, Registry, Start, Task, World, doc};
use serde_json::json;

const IDP: &str = "https://idp.example";

fn delegated(task: &Task, grant: &serde_json::Value, world: &World<'_>) -> Result<Delegated, Error> {
    let agent = Agent::new("https://agents.example", "research-bot").unwrap();
    task.delegate(Handover::new(agent, serde_json::from_value::<Grant>(grant.clone()).unwrap()), world)
}

#[test]
fn only_whom_the_grant_names_can_approve() {
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let grant = json!({"actions": ["read"], "approvers": [{"issuer": IDP, "subject": "olga"}]});
    let child = delegated(&doc::task(), &grant, &world).unwrap().task;
    let asked = child.decide(&doc::read(), &world);
    assert_eq!((asked.effect, asked.reason.code.as_str()), (Effect::Ask, "grant.ask"));
    assert_eq!(asked.ask, ["person:https://idp.example|olga"]);

    let ticket = child.approval_request(&asked, &doc::read()).unwrap();
    // An issuer calls groups what it likes.
    let posing: Origin = serde_json::from_value(json!({"kind": "user", "issuer": IDP, "subject": "bob", "groups": asked.ask})).unwrap();
    for other in [Origin::user(IDP, "bob").unwrap(), Origin::user("https://other.example", "olga").unwrap(), posing] {
        assert_eq!(child.approve(&ticket, &other, &world).unwrap_err().code(), "approval.role");
    }
    assert_eq!(child.decide(&doc::read(), &world).effect, Effect::Ask);
    child.approve(&ticket, &Origin::user(IDP, "olga").unwrap(), &world).unwrap();
    assert!(child.decide(&doc::read(), &world).is_allowed());
    assert_eq!(child.decide(&doc::read(), &world).effect, Effect::Ask); // for one call, once
}

#[test]
fn what_is_handed_on_keeps_approvers_and_expiry() {
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    let until = doc::now().plus_millis(1_000);
    let grant = json!({"actions": ["read"], "approvers": ["owner"], "expires_ms": until.as_millis()});
    let start = Start::new("task-9", Origin::user(IDP, "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
    let task = doc::engine().begin(start.grant(serde_json::from_value(grant).unwrap()), &world).unwrap();
    let Delegated { task: child, cut } = delegated(&task, &json!({"actions": ["read"]}), &world).unwrap();
    assert_eq!(cut, ["capability 0 (read): narrowed to what is held"]);
    assert_eq!(child.decide(&doc::read(), &world).effect, Effect::Ask);
    let later = child.decide(&doc::read(), &World::new(&registry, until));
    assert_eq!(later.reason.code.as_str(), "grant.expired");
}

#[test]
fn an_action_nobody_knows_is_an_error_where_a_grant_is_made() {
    let registry = Registry::from_json(doc::REGISTRY).unwrap();
    let world = World::new(&registry, doc::now());
    for (name, meant) in [("mail.raed", "did you mean `mail.read`?"), ("any", "without a list"), ("system:mails", "did you mean `system:mail`?")] {
        let error = delegated(&doc::task(), &json!({"actions": ["read", name]}), &world).unwrap_err();
        assert!(error.code() == "usage" && error.to_string().ends_with(meant), "{error}");
        let start = Start::new("task-9", Origin::user(IDP, "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
        assert!(doc::engine().begin(start.grant(Grant::of_actions([name])), &world).unwrap_err().to_string().ends_with(meant));
    }
    // A group of which there is no tool today is none nobody knows.
    assert!(delegated(&doc::task(), &json!({"actions": ["share", "unclassified", "system:erp"]}), &world).is_ok());
}
