//! Laws of decisions, as properties over random chains, worlds and bytes (DESIGN §5, invariants 4, 5 and 8).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use std::sync::LazyLock;

use bailiwick::{Code, Decision, Effect, Engine, Registry, Request, World};
use common::{NOW, Office, office, office_with};
use proptest::prelude::*;
use serde_json::{Value, json};

static OFFICE: LazyLock<Office> = LazyLock::new(office);

/// Further forbids, each compiled once.
static STRICTER: LazyLock<Vec<Office>> = LazyLock::new(|| {
    [
        "forbid (principal, action, resource);",
        "forbid (principal is Agent, action in Action::\"pay\", resource);",
        "forbid (principal, action == Action::\"delegate\", resource in Blueprint::\"workers\");",
        "@ask(\"owner\") forbid (principal, action in Action::\"read\", resource);",
        "@ask(\"sponsor\") forbid (principal is User, action, resource) when { context has input };",
        "forbid (principal, action, resource) when { context.chain.depth > 2 };",
        "forbid (principal, action == Action::\"erp.post_invoice\", resource) when { context.input has priority && context.input.priority * 9223372036854775807 > 0 };",
        "@shadow forbid (principal, action, resource);",
    ]
    .iter()
    .map(|text| office_with(text))
    .collect()
});

const AGENTS: [&str; 14] = [
    "planner",
    "worker",
    "helper",
    "classless",
    "contractor",
    "reader",
    "watched",
    "drifted",
    "paroled",
    "quarantined",
    "orphan",
    "newcomer",
    "nobody",
    "planner2",
];

fn grant() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"actions": "any"}),
        json!({"actions": "any"}),
        json!({"actions": ["read", "erp.post_invoice", "mail.send"]}),
        json!({"actions": ["read", "write"]}),
        json!({"actions": ["read"]}),
        json!({"actions": []}),
        json!({"capabilities": []}),
        json!({"actions": ["erp.post_invoice"], "arguments": {"invoice": "any", "amount": {"range": {"max": "300"}}, "currency": {"one_of": ["EUR"]}}}),
        json!({"actions": ["system:erp"], "resources": [{"in": {"type": "Ledger", "id": "main"}}]}),
        json!({"capabilities": [{"actions": "any"}], "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "200"}]}),
    ])
}

fn call() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            json!({"tool": "erp.read_invoice", "arguments": {"id": "inv-1"}}),
            json!({"tool": "shell", "arguments": {"command": "ls"}})
        ]),
        (prop::sample::select(vec!["inv-1", "inv-0", "inv-9"]), prop::sample::select(vec![100.0, 250.5, 600.0, 20_000.0]), any::<bool>()).prop_map(
            |(invoice, amount, urgent)| {
                let mut arguments = json!({"invoice": invoice, "amount": amount, "currency": "EUR"});
                if urgent {
                    arguments["priority"] = json!(5);
                }
                json!({"tool": "erp.post_invoice", "arguments": arguments})
            }
        ),
        prop::sample::select(vec!["bob@corp.example", "eve@evil.example"])
            .prop_map(|to| json!({"tool": "mail.send", "arguments": {"to": [to], "subject": "hi"}})),
    ]
}

prop_compose! {
    /// A request over one to four distinct agents; most of its parts are good, so that many are allowed.
    fn request()(
        finance in prop::bool::weighted(0.9),
        agents in prop::sample::subsequence(AGENTS[..6].to_vec(), 1..=3),
        wild in prop::option::weighted(0.2, prop::sample::select(AGENTS.to_vec())),
        grants in prop::collection::vec(grant(), 5),
        plain in prop::bool::weighted(0.6),
        call in call(),
    ) -> Value {
        let mut names = agents;
        names.extend(wild.filter(|wild| !names.contains(wild)));
        let mut links = Vec::new();
        let mut delegator = json!({"issuer": "https://idp.example", "subject": "alice"});
        for (hop, name) in names.iter().enumerate() {
            let delegate = json!({"issuer": "https://agents.example", "subject": name});
            let grant = if plain { json!({"actions": "any"}) } else { grants[hop].clone() };
            links.push(json!({"id": format!("l{hop}"), "delegator": delegator, "delegate": delegate, "grant": grant, "issued_ms": NOW - 1000, "expires_ms": NOW + 1000, "depth_max": 9}));
            delegator = delegate;
        }
        let groups = if finance { json!(["finance"]) } else { json!([]) };
        json!({"chain": {"id": "t", "origin": {"kind": "user", "issuer": "https://idp.example", "subject": "alice", "groups": groups}, "links": links}, "call": call})
    }
}

fn decide_in(engine: &Engine, world: &World<'_>, request: &Value) -> Decision {
    let ledger = bailiwick::Ledger::default();
    engine.decide(&Request::from_json(&request.to_string()).unwrap(), &world.with_ledger(&ledger))
}

fn decide(request: &Value) -> Decision {
    decide_in(&OFFICE.engine, &OFFICE.world(), request)
}

fn with_link(request: &Value, agent: &str, grant: &Value) -> Value {
    let mut longer = request.clone();
    let links = longer["chain"]["links"].as_array_mut().unwrap();
    let delegator = links.last().unwrap()["delegate"].clone();
    let id = format!("l{}", links.len());
    links.push(json!({"id": id, "delegator": delegator, "delegate": {"issuer": "https://agents.example", "subject": agent}, "grant": grant, "issued_ms": NOW - 500, "expires_ms": NOW + 500, "depth_max": 9}));
    longer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_link_never_turns_no_into_yes(request in request(), agent in prop::sample::select(AGENTS.to_vec()), grant in grant()) {
        let (shorter, longer) = (decide(&request), decide(&with_link(&request, agent, &grant)));
        prop_assert!(longer.effect >= shorter.effect, "{} then {}", shorter.reason, longer.reason);
    }

    /// What a task remembers between calls changes no answer.
    #[test]
    fn a_task_decides_every_call_as_the_stateless_door_does(request in request(), calls in prop::collection::vec(call(), 1..5)) {
        let chain = bailiwick::Chain::from_json(&request["chain"].to_string()).unwrap();
        let Ok(task) = OFFICE.engine.resume(chain, &OFFICE.world().with_ledger(&bailiwick::Ledger::default())) else { return Ok(()) };
        let mut ledger = bailiwick::Ledger::default();
        for call in &calls {
            let mut request = request.clone();
            request["call"] = call.clone();
            let by_door = OFFICE.engine.decide(&Request::from_json(&request.to_string()).unwrap(), &OFFICE.world().with_ledger(&ledger));
            let mut by_task = task.decide(&serde_json::from_value(call.clone()).unwrap(), &OFFICE.world());
            by_task.sequence = None;
            ledger.record(&by_door);
            prop_assert_eq!(by_task, by_door);
        }
    }

    #[test]
    fn a_narrower_grant_never_turns_no_into_yes(request in request(), hop in any::<prop::sample::Index>(), narrow in grant()) {
        // Every grant of the pool lies within the first, "any".
        let wide = decide(&{ let mut wide = request.clone(); for link in wide["chain"]["links"].as_array_mut().unwrap() { link["grant"] = json!({"actions": "any"}); } wide });
        let narrower = decide(&{ let mut narrower = request.clone(); let links = narrower["chain"]["links"].as_array_mut().unwrap(); let at = hop.index(links.len()); links[at]["grant"] = narrow; narrower });
        prop_assert!(narrower.effect >= wide.effect, "{} then {}", wide.reason, narrower.reason);
    }

    #[test]
    fn a_forbid_never_turns_no_into_yes(request in request(), which in 0..8usize) {
        let stricter = &STRICTER[which];
        let (before, after) = (decide(&request), decide_in(&stricter.engine, &stricter.world(), &request));
        prop_assert!(after.effect >= before.effect, "{} then {}", before.reason, after.reason);
    }

    #[test]
    fn a_hold_never_turns_no_into_yes(request in request(), who in 0..6usize, effect in prop::sample::select(vec!["ask", "read_only", "deny"])) {
        let mut fields = common::setup()["registry"].clone();
        let agents = fields["agents"].as_array_mut().unwrap();
        let held = agents.iter_mut().find(|agent| agent["subject"] == AGENTS[who]).unwrap();
        let mut holds = held["holds"].as_array().cloned().unwrap_or_default();
        holds.push(json!({"kind": "test", "effect": effect}));
        held["holds"] = json!(holds);
        let registry = Registry::from_json(&fields.to_string()).unwrap();
        let world = World::new(&registry, OFFICE.world().now).with_resources(&OFFICE.resources);
        let (before, after) = (decide(&request), decide_in(&OFFICE.engine, &world, &request));
        prop_assert!(after.effect >= before.effect, "{} then {}", before.reason, after.reason);
    }

    /// Whatever the bytes, there is a decision with a code of the table, in the log under that code, and only what is a
    /// request is ever allowed.
    #[test]
    fn there_is_a_decision_for_every_text(request in request(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6)) {
        let mut bytes = request.to_string().into_bytes();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
            if bytes.is_empty() { bytes.push(b'{'); }
        }
        let text = String::from_utf8_lossy(&bytes);
        let decision = OFFICE.engine.decide_json(&text, &OFFICE.world());
        prop_assert!(Code::all().contains(&decision.reason.code));
        if decision.is_allowed() {
            prop_assert!(Request::from_json(&text).is_ok());
        }
        let record: Value = serde_json::from_slice(&decision.to_bytes()).unwrap();
        prop_assert_eq!(record["reason"]["code"].as_str(), Some(decision.reason.code.as_str()));
    }

    #[test]
    fn there_is_a_decision_for_any_text(text in "\\PC{0,200}") {
        let decision = OFFICE.engine.decide_json(&text, &OFFICE.world());
        prop_assert_eq!(decision.effect, Effect::Deny);
    }
}

/// The properties above say little if nothing is ever allowed or asked.
#[test]
fn the_requests_end_in_every_effect() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..1_000 {
        let tree = request().new_tree(&mut runner).unwrap();
        *seen.entry(decide(&tree.current()).effect).or_insert(0) += 1;
    }
    assert!(seen.len() == 3 && seen.values().all(|count| *count >= 25), "{seen:?}");
}
