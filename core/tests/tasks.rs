//! Tasks: beginning, delegating, budgets, approvals, and swaps under way.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick::{
    Agent, ApprovalRequest, Call, Catalog, Chain, Decision, Effect, Engine, Grant, Handover, Origin, Registry, SealKey, Source, Start, Value, World,
};
use common::{NOW, agent, alice, office, office_with, person, post, read_invoice};

fn code(decision: &Decision) -> &'static str {
    decision.reason.code.as_str()
}

fn grant(text: &str) -> Grant {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_task_decides_as_the_stateless_door_does() {
    let office = office();
    let task = office.begin();
    let request = bailiwick::Request::new(task.chain().clone(), post("120.5"));
    let (mut by_task, by_door) = (task.decide(&post("120.5"), &office.world()), office.engine.decide(&request, &office.world()));
    assert!(by_task.is_allowed());
    assert_eq!(by_task.sequence, Some(0));
    by_task.sequence = None;
    assert_eq!(by_task, by_door);
}

#[test]
fn delegation_clamps_and_says_what_it_cut() {
    let office = office();
    let task = office
        .engine
        .begin(Start::new("t", alice(), agent("planner")).grant(grant(r#"{"actions": ["read", "write"]}"#)).depth_max(2), &office.world())
        .unwrap();
    let handover = Handover::new(agent("worker"), grant(r#"{"actions": ["read", "pay", "mail.send"]}"#)).depth_max(9).lifetime_millis(i64::MAX / 4);
    let child = task.delegate(handover, &office.world()).unwrap();
    assert_eq!(child.cut.len(), 3, "{:?}", child.cut);
    assert_eq!(child.task.chain().links[1].depth_max, 2);
    assert_eq!(child.task.chain().links[1].expires, task.chain().links[0].expires);
    // `pay` and `write` share one tool, so that is what is left of `pay`.
    assert!(child.task.decide(&post("100"), &office.world()).is_allowed());
    assert!(child.task.decide(&read_invoice(), &office.world()).is_allowed());
    let mail = Call::new("mail.send", Value::parse(r#"{"to": ["bob@corp.example"], "subject": "hi"}"#).unwrap());
    assert_eq!(code(&child.task.decide(&mail, &office.world())), "grant.action");
    let nothing = task.delegate(Handover::new(agent("worker"), Grant::nothing()), &office.world()).unwrap();
    assert_eq!(code(&nothing.task.decide(&read_invoice(), &office.world())), "grant.action");
}

#[test]
fn a_delegation_that_could_not_be_used_is_not_made() {
    let office = office();
    let shallow = office.engine.begin(Start::new("t", alice(), agent("planner")).depth_max(0), &office.world()).unwrap();
    let error = shallow.delegate(Handover::new(agent("worker"), Grant::everything()), &office.world()).unwrap_err();
    assert_eq!(error.code(), "chain.depth");
    let task = office.begin();
    assert_eq!(task.delegate(Handover::new(agent("planner"), Grant::everything()), &office.world()).unwrap_err().code(), "chain.cycle");
    let late = office.world_at(NOW + 60 * 60 * 1000);
    assert_eq!(task.delegate(Handover::new(agent("worker"), Grant::everything()), &late).unwrap_err().code(), "chain.expired");
    assert_eq!(code(&task.decide(&read_invoice(), &late)), "chain.expired");
}

#[test]
fn own_authority_reaches_past_the_parent_where_a_policy_says_so() {
    let handover = || Handover::new(agent("worker"), grant(r#"{"actions": ["erp.post_invoice"]}"#)).own_authority();
    let start = || Start::new("t", alice(), agent("planner")).grant(grant(r#"{"actions": ["read"]}"#));
    let plain = office();
    let child = plain.engine.begin(start(), &plain.world()).unwrap().delegate(handover(), &plain.world()).unwrap();
    assert_eq!(code(&child.task.decide(&post("100"), &plain.world())), "policy.own_authority");
    let special = office_with(
        r#"@own_authority permit (principal == Agent::"https://agents.example|planner", action == Action::"delegate", resource in Blueprint::"workers");"#,
    );
    let child = special.engine.begin(start(), &special.world()).unwrap().delegate(handover(), &special.world()).unwrap();
    assert!(child.task.decide(&post("100"), &special.world()).is_allowed());
    assert_eq!(code(&child.task.decide(&read_invoice(), &special.world())), "grant.action");
}

#[test]
fn siblings_share_their_parents_budget() {
    let office = office();
    let budget = r#"{"capabilities": [{"actions": "any"}], "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "250"}]}"#;
    let task = office.engine.begin(Start::new("t", alice(), agent("planner")).grant(grant(budget)), &office.world()).unwrap();
    let child = |name| task.delegate(Handover::new(agent(name), Grant::everything()), &office.world()).unwrap().task;
    let (one, other) = (child("worker"), child("helper"));
    let first = one.decide(&post("100"), &office.world());
    assert!(first.is_allowed());
    assert_eq!(first.debits.len(), 1);
    assert!(other.decide(&post("150"), &office.world()).is_allowed());
    assert_eq!(code(&other.decide(&post("0.01"), &office.world())), "grant.budget");
    assert_eq!(code(&task.decide(&post("1"), &office.world())), "grant.budget");
    assert!(one.decide(&read_invoice(), &office.world()).is_allowed(), "reading draws nothing");
}

#[test]
fn a_budget_does_not_begin_anew_when_a_task_is_resumed() {
    let office = office();
    let budget = r#"{"capabilities": [{"actions": "any"}], "budgets": [{"name": "eur", "actions": ["pay"], "argument": "amount", "limit": "150"}]}"#;
    let task = office.engine.begin(Start::new("t", alice(), agent("planner")).grant(grant(budget)), &office.world()).unwrap();
    assert!(task.decide(&post("100"), &office.world()).is_allowed());
    let kept = || Chain::from_json(&task.chain().to_json()).unwrap();
    assert_eq!(office.engine.resume(kept(), &office.world()).unwrap_err().code(), "grant.ledger");
    let ledger = bailiwick::Ledger::from_json(&task.ledger().unwrap().to_json()).unwrap();
    let resumed = office.engine.resume(kept(), &office.world().with_ledger(&ledger)).unwrap();
    assert_eq!(code(&resumed.decide(&post("100"), &office.world())), "grant.budget");
    assert!(resumed.decide(&post("50"), &office.world()).is_allowed());
}

#[test]
fn a_denied_call_draws_nothing() {
    let office = office();
    let budget = r#"{"capabilities": [{"actions": "any"}], "budgets": [{"name": "calls", "actions": "any", "limit": "1"}]}"#;
    let task = office.engine.begin(Start::new("t", alice(), agent("planner")).grant(grant(budget)), &office.world()).unwrap();
    for _ in 0..3 {
        assert_eq!(code(&task.decide(&post("20000"), &office.world())), "policy.no_permit");
        assert_eq!(task.decide(&post("600"), &office.world()).effect, Effect::Ask);
    }
    assert!(task.decide(&post("1"), &office.world()).is_allowed());
    assert_eq!(code(&task.decide(&post("1"), &office.world())), "grant.budget");
}

#[test]
fn an_approval_is_for_one_call_once() {
    let office = office();
    let (task, world) = (office.begin(), office.world());
    let asked = task.decide(&post("600"), &world);
    assert_eq!((asked.effect, asked.ask.as_slice()), (Effect::Ask, &["owner".to_owned()][..]));
    let ticket = task.approval_request(&asked, &post("600")).unwrap();
    let ticket = ApprovalRequest::from_json(&ticket.to_json()).unwrap();
    assert_eq!(ticket.detail, "more than 500 needs the owner of the agent");
    task.approve(&ticket, &person("olga"), &world).unwrap();
    assert_eq!(task.decide(&post("601"), &world).effect, Effect::Ask, "another amount");
    let allowed = task.decide(&post("600"), &world);
    assert!(allowed.is_allowed());
    assert_eq!(allowed.approved.len(), 1);
    assert!(allowed.explain().contains("approved by   https://idp.example|olga as owner"), "{}", allowed.explain());
    assert_eq!(task.decide(&post("600"), &world).effect, Effect::Ask, "used up");
}

#[test]
fn an_approval_waits_only_a_while() {
    let office = office();
    let (task, world) = (office.begin(), office.world());
    let ticket = task.approval_request(&task.decide(&post("600"), &world), &post("600")).unwrap();
    task.approve(&ticket, &person("olga"), &world).unwrap();
    let minutes = |count: i64| office.world_at(NOW + count * 60_000);
    assert_eq!(task.decide(&post("600"), &minutes(15)).effect, Effect::Ask);
    assert!(task.decide(&post("600"), &minutes(14)).is_allowed());
}

#[test]
fn only_who_holds_the_role_approves() {
    let office = office();
    let (task, world) = (office.begin(), office.world());
    let ticket = task.approval_request(&task.decide(&post("600"), &world), &post("600")).unwrap();
    for stranger in [alice(), person("paul"), person("eve").with_groups(["owner", "sponsor", "user"]).unwrap()] {
        let result = task.approve(&ticket, &stranger, &world);
        assert_eq!(result.unwrap_err().code(), "approval.role", "{}", stranger.id);
    }
    let mut machine = person("olga");
    machine.kind = bailiwick::OriginKind::Service;
    assert_eq!(task.approve(&ticket, &machine, &world).unwrap_err().code(), "approval.role");
    let elsewhere = Origin::user("https://idp.example.evil", "olga").unwrap();
    assert_eq!(task.approve(&ticket, &elsewhere, &world).unwrap_err().code(), "approval.role");
}

#[test]
fn a_ticket_is_what_the_engine_asked() {
    let office = office();
    let (task, world) = (office.begin(), office.world());
    let asked = task.decide(&post("600"), &world);
    let ticket = task.approval_request(&asked, &post("600")).unwrap();
    let mut edited = ticket.clone();
    edited.arguments = post("6").arguments;
    assert_eq!(task.approve(&edited, &person("olga"), &world).unwrap_err().code(), "approval.invalid");
    let other = office.engine.begin(Start::new("task-2", alice(), agent("planner")), &world).unwrap();
    assert_eq!(other.approve(&ticket, &person("olga"), &world).unwrap_err().code(), "approval.mismatch");
    assert_eq!(task.approval_request(&asked, &post("601")).unwrap_err().code(), "usage");
    assert_eq!(task.approval_request(&task.decide(&post("1"), &world), &post("1")).unwrap_err().code(), "usage");
}

#[test]
fn a_hold_that_asks_is_lifted_by_its_role() {
    let office = office();
    let world = office.world();
    let task = office.engine.begin(Start::new("t", alice(), agent("watched")), &world).unwrap();
    let asked = task.decide(&read_invoice(), &world);
    assert_eq!((code(&asked), asked.ask.as_slice()), ("registry.ask", &["sponsor".to_owned()][..]));
    let ticket = task.approval_request(&asked, &read_invoice()).unwrap();
    task.approve(&ticket, &person("paul"), &world).unwrap();
    assert!(task.decide(&read_invoice(), &world).is_allowed());
}

#[test]
fn a_hold_in_the_middle_is_lifted_by_the_held_agents_own_people() {
    let office = office();
    let world = office.world();
    let task = office.engine.begin(Start::new("t", alice(), agent("watched")), &world).unwrap();
    let child = task.delegate(Handover::new(agent("worker"), Grant::everything()), &world).unwrap().task;
    let asked = child.decide(&read_invoice(), &world);
    assert_eq!(asked.ask, ["sponsor:https://agents.example|watched"]);
    let ticket = child.approval_request(&asked, &read_invoice()).unwrap();
    let impostor = person("eve").with_groups(["sponsor:https://agents.example|watched"]).unwrap();
    assert_eq!(child.approve(&ticket, &impostor, &world).unwrap_err().code(), "approval.role");
    child.approve(&ticket, &person("paul"), &world).unwrap();
    assert!(child.decide(&read_invoice(), &world).is_allowed());
}

#[test]
fn a_request_too_large_is_denied_unread() {
    let office = office();
    let text = " ".repeat(bailiwick::REQUEST_BYTES_MAX + 1);
    assert_eq!(code(&office.engine.decide_json(&text, &office.world())), "request.too_large");
}

#[test]
fn a_sealed_chain_comes_back_only_to_its_process() {
    let office = office();
    let task = office.begin();
    let text = task.chain().to_json();
    let resumed = office.engine.resume(Chain::from_json(&text).unwrap(), &office.world()).unwrap();
    assert!(resumed.decide(&post("1"), &office.world()).is_allowed());
    let edited = text.replace("planner", "worker");
    assert_eq!(office.engine.resume(Chain::from_json(&edited).unwrap(), &office.world()).unwrap_err().code(), "chain.seal");
    let foreign = Engine::builder(SealKey::new([8; 32])).accept_claimed_chains(true).build().unwrap();
    assert_eq!(foreign.resume(Chain::from_json(&text).unwrap(), &office.world()).unwrap_err().code(), "chain.seal");
}

#[test]
fn malformed_and_hostile_calls_are_denied_and_the_task_goes_on() {
    let office = office();
    let task = office.begin();
    let world = office.world();
    assert_eq!(code(&task.decide(&Call::malformed("erp.post_invoice", "a function"), &world)), "call.malformed");
    assert_eq!(code(&task.decide(&Call::new("erp.post_invoice", Value::Null), &world)), "call.malformed");
    assert_eq!(code(&task.decide(&Call::new("", Value::Null), &world)), "call.malformed");
    assert_eq!(
        code(&task.decide(&Call::new("erp.read_invoice", Value::Object([("id".to_owned(), Value::Float(f64::NAN))].into_iter().collect())), &world)),
        "call.argument_invalid"
    );
    assert!(task.decide(&post("1"), &world).is_allowed());
}

#[test]
fn the_registry_counts_at_every_decision() {
    let office = office();
    let task = office.begin();
    assert!(task.decide(&post("1"), &office.world()).is_allowed());
    let mut fields = common::setup()["registry"].clone();
    fields["agents"][0]["state"] = "retired".into();
    let changed = Registry::from_json(&fields.to_string()).unwrap();
    let world = World::new(&changed, office.world().now).with_resources(&office.resources);
    assert_eq!(code(&task.decide(&post("1"), &world)), "registry.retired");
    assert!(task.decide(&post("1"), &office.world()).is_allowed());
}

#[test]
fn policies_swap_while_others_decide() {
    let office = office();
    let task = office.begin();
    let world = office.world();
    let seen = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let seen_enough = || seen.iter().all(|seen| seen.load(Ordering::Relaxed) >= 10);
    let (open, closed) =
        (Source::new("office.cedar", &office.policies), Source::new("none.cedar", "@id(\"none\") forbid (principal, action, resource);"));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !seen_enough() {
                    let decision = task.decide(&post("1"), &world);
                    // Under the second set nothing is permitted and `none` forbids: never a mixture.
                    match code(&decision) {
                        "permitted" => seen[0].fetch_add(1, Ordering::Relaxed),
                        "policy.forbidden" => seen[1].fetch_add(1, Ordering::Relaxed),
                        other => panic!("{other}"),
                    };
                }
            });
        }
        let mut turns = [&closed, &open].into_iter().cycle();
        while !seen_enough() {
            let next = turns.next().unwrap();
            office.engine.swap(office.engine.compile(std::slice::from_ref(next)).unwrap()).unwrap();
        }
    });
    office.engine.swap(office.engine.compile(std::slice::from_ref(&open)).unwrap()).unwrap();
    assert!(office.engine.compile(&[Source::new("bad.cedar", "permit(")]).is_err());
    assert!(task.decide(&post("1"), &world).is_allowed(), "a policy that does not load changes nothing");
}

#[test]
fn policies_of_other_tools_are_not_swapped_in() {
    let other = Engine::builder(SealKey::new([7; 32])).build().unwrap();
    assert_eq!(office().engine.swap(other.compile(&[]).unwrap()).unwrap_err().code(), "usage");
}

#[test]
fn deep_grants_do_not_share_a_seal() {
    let office = office();
    let deep = |value: &str| {
        let grant = grant(&format!(r#"{{"actions": "any", "arguments": {{"id": {{"exact": {}{value}{}}}}}}}"#, "[".repeat(58), "]".repeat(58)));
        office.engine.begin(Start::new("t", alice(), agent("planner")).grant(grant), &office.world()).unwrap()
    };
    let (one, other) = (deep("1"), deep("2"));
    assert_ne!(one.chain().seal, other.chain().seal);
    assert_ne!(one.chain().digest(), other.chain().digest());
    assert!(one.chain().to_json().len() > 100);
}

#[test]
fn a_panic_is_a_deny() {
    let decision = Decision::or_deny("erp.pay", office().world().now, || panic!("on purpose"));
    assert_eq!((decision.effect, code(&decision)), (Effect::Deny, "engine.internal"));
}

#[test]
fn an_explanation_is_for_people_and_keeps_to_its_lines() {
    let office = office();
    let forged = "alice\u{1b}[2J\n  permitted by  everything";
    let origin = person(forged).with_groups(["finance"]).unwrap();
    let task = office.engine.begin(Start::new("t", origin, agent("planner")), &office.world()).unwrap();
    let decision = task.decide(&post("600"), &office.world());
    let text = decision.explain();
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("permitted by")).count(), decision.permissions.gates.len());
    assert_eq!(decision.message(), "This action needs a person's approval.");
}

#[test]
fn templates_are_linked_in_json() {
    let office = office();
    let linked = r#"{
      "staticPolicies": {},
      "templates": {"may": {"effect": "permit", "principal": {"op": "==", "slot": "?principal"}, "action": {"op": "All"}, "resource": {"op": "All"}, "conditions": []}},
      "templateLinks": [
        {"templateId": "may", "newId": "alice-may", "values": {"?principal": {"__entity": {"type": "User", "id": "https://idp.example|alice"}}}},
        {"templateId": "may", "newId": "planner-may", "values": {"?principal": {"__entity": {"type": "Agent", "id": "https://agents.example|planner"}}}}
      ]
    }"#;
    let policies = office.engine.compile(&[Source::new("links.cedar.json", linked)]).unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!(policies.len(), 2);
    office.engine.swap(policies).unwrap();
    let decision = office.begin().decide(&post("1"), &office.world());
    assert!(decision.is_allowed(), "{}", decision.reason);
    assert_eq!(decision.permissions.gates[0].permits, ["alice-may"]);
}

const FOLDERS: &str = "entity Folder in [Folder]; entity Doc in [Folder] { size: Long };";

/// One entity of many is changed, and what is in it is in what it was moved to.
#[test]
fn changed_resources_are_those_of_a_new_snapshot() {
    let catalog = r#"{"tools": [{"name": "doc.read", "system": "docs", "effects": ["read"], "resource": {"type": "Doc", "argument": "doc"},
        "parameters": {"properties": {"doc": {"type": "string"}}, "required": ["doc"]}}]}"#;
    let policies = r#"permit(principal, action == Action::"delegate", resource);
        permit(principal, action, resource in Folder::"open") when { resource.size < 10 };"#;
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(catalog).unwrap())
        .schema([Source::new("host.cedarschema", FOLDERS)])
        .policies([Source::new("p.cedar", policies)])
        .build()
        .unwrap();
    let folder = |name: &str, within: &str| format!(r#"{{"uid": {{"type": "Folder", "id": "{name}"}}, "attrs": {{}}, "parents": [{within}]}}"#);
    let within = |name: &str| format!(r#"{{"type": "Folder", "id": "{name}"}}"#);
    let doc = |name: &str, size: u32, parent: &str| {
        format!(r#"{{"uid": {{"type": "Doc", "id": "{name}"}}, "attrs": {{"size": {size}}}, "parents": [{}]}}"#, within(parent))
    };
    let first = engine.resources(&format!("[{}, {}, {}]", folder("a", &within("b")), folder("b", ""), doc("d", 5, "a"))).unwrap();
    let registry = Registry::from_json(bailiwick::doc::REGISTRY).unwrap();
    let decide = |resources: &bailiwick::Resources| {
        let world = World::new(&registry, bailiwick::doc::now()).with_resources(resources);
        let (alice, bot) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
        let task = engine.begin(Start::new("t", alice, bot), &world).unwrap();
        task.decide(&Call::new("doc.read", Value::parse(r#"{"doc": "d"}"#).unwrap()), &world).reason.code.as_str()
    };
    assert_eq!(decide(&first), "policy.no_permit");
    // The folder above the document's folder is moved: the document with it.
    let moved = engine.change_resources(&first, &format!("[{}]", folder("b", &within("open"))), &[]).unwrap();
    assert_eq!((decide(&first), decide(&moved)), ("policy.no_permit", "permitted"));
    let grown = engine.change_resources(&moved, &format!("[{}]", doc("d", 10, "a")), &[]).unwrap();
    assert_eq!(decide(&grown), "policy.no_permit");
    // Without the folder between, the chain of folders ends there.
    let entity: bailiwick::EntityRef = bailiwick::read_json(r#"{"type": "Folder", "id": "a"}"#).unwrap();
    let cut = engine.change_resources(&moved, "[]", &[entity]).unwrap();
    assert_eq!(decide(&cut), "policy.no_permit");
    // A document that is gone has no size to be compared: that is an error where its folders still are known, and none here.
    for (text, why) in [
        (folder("open", &within("b")), "is in itself"),
        (doc("d", 5, "a").replace('5', "\"5\""), "type"),
        (folder("a", "").replace("Folder", "Group"), "belongs to the engine"),
    ] {
        let error = engine.change_resources(&moved, &format!("[{text}]"), &[]).unwrap_err();
        assert_eq!(error.code(), "entities.invalid");
        assert!(error.to_string().contains(why), "{error}");
    }
    let agent: bailiwick::EntityRef = bailiwick::read_json(r#"{"type": "Agent", "id": "a"}"#).unwrap();
    assert!(engine.change_resources(&moved, "[]", &[agent]).is_err());
}

/// Resources number the names of their schema: under another schema they would mean something else.
#[test]
fn resources_of_another_schema_are_refused() {
    let engine = |schema: &str| {
        let catalog = Catalog::from_json(bailiwick::doc::CATALOG).unwrap();
        let all = Source::new("all.cedar", "permit(principal, action, resource);");
        Engine::builder(SealKey::new([7; 32])).catalog(catalog).schema([Source::new("host.cedarschema", schema)]).policies([all]).build().unwrap()
    };
    let (one, other) = (engine(FOLDERS), engine("entity Folder in [Folder]; entity Doc in [Folder] { length: Long };"));
    let (resources, registry) = (other.resources("[]").unwrap(), Registry::from_json(bailiwick::doc::REGISTRY).unwrap());
    let world = World::new(&registry, bailiwick::doc::now()).with_resources(&resources);
    let (alice, bot) = (Origin::user("https://idp.example", "alice").unwrap(), Agent::new("https://agents.example", "invoice-bot").unwrap());
    let decision = one.begin(Start::new("t", alice, bot), &world).unwrap().decide(&bailiwick::doc::read(), &world);
    assert_eq!((decision.effect, code(&decision)), (Effect::Deny, "engine.internal"));
    assert_eq!(one.change_resources(&resources, "[]", &[]).unwrap_err().code(), "usage");
    assert_eq!(one.swap(other.compile(&[]).unwrap()).unwrap_err().code(), "usage");
}

/// A schema of the host's, policies under it, and one tool that reads documents.
fn shop(schema: &str, policies: &str, resource: &str) -> Result<Engine, bailiwick::Error> {
    let catalog = format!(
        r#"{{"tools": [{{"name": "doc.read", "system": "doc", "effects": ["read"], {resource}
            "parameters": {{"type": "object", "properties": {{"id": {{"type": "string"}}}}, "required": ["id"]}}}}]}}"#
    );
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(Catalog::from_json(&catalog)?);
    builder.schema([Source::new("host.cedarschema", schema)]).policies([Source::new("host.cedar", policies)]).build()
}

fn shown(engine: &Engine, id: &str, facts: &str) -> Decision {
    let registry = Registry::from_json(bailiwick::doc::REGISTRY).unwrap();
    let world = World::new(&registry, bailiwick::doc::now());
    let start = Start::new("t", alice(), Agent::new("https://agents.example", "invoice-bot").unwrap());
    let task = engine.begin(start, &world).unwrap();
    let Value::Object(facts) = Value::parse(facts).unwrap() else { panic!("an object") };
    task.decide_with(&Call::new("doc.read", Value::parse(&format!(r#"{{"id": "{id}"}}"#)).unwrap()), &facts, &world)
}

#[test]
fn facts_mean_what_the_host_declared_in_any_namespace() {
    let schema = "namespace Ns { type Region = String; type Alias = Region; } type HostContext = { region: Ns::Alias };";
    let policies = r#"permit(principal, action, resource); forbid(principal, action, resource) when { context.host.region == "blocked" };"#;
    let engine = shop(schema, policies, "").unwrap();
    assert_eq!(shown(&engine, "d", r#"{"region": "blocked"}"#).effect, Effect::Deny);
    assert_eq!(shown(&engine, "d", r#"{"region": "open"}"#).effect, Effect::Allow);
    assert_eq!(shop("type HostContext = { region: Nowhere };", "", "").unwrap_err().code(), "schema.invalid");
}

#[test]
fn a_host_cannot_rename_what_the_generated_schema_speaks_of() {
    for schema in ["type decimal = Long;", "type datetime = Long;", "type System = String;", "type Group = String;", "entity Bool;"] {
        assert_eq!(shop(schema, "", "").unwrap_err().code(), "schema.invalid", "{schema}");
    }
    assert!(shop("namespace Bailiwick { type More = String; }", "", "").is_err());
    assert!(shop("namespace Shop { type Region = String; }", "", "").is_ok());
}

#[test]
fn resource_types_are_written_as_they_are_compared() {
    let schema = "namespace Ns { entity Doc; }";
    for kind in ["Ns :: Doc", " Ns::Doc ", "Ns::Doc, Ns::Doc", "Ns::Doc // x"] {
        let resource = format!(r#""resource": {{"type": "{kind}", "argument": "id"}},"#);
        assert_eq!(shop(schema, "", &resource).unwrap_err().code(), "catalog.invalid", "{kind}");
    }
    let engine = shop(schema, "", r#""resource": {"type": "Ns::Doc", "argument": "id"},"#).unwrap();
    let odd: bailiwick::EntityRef = serde_json::from_str(r#"{"type": "Ns :: Doc", "id": "d"}"#).unwrap();
    let resources = engine.resources("[]").unwrap();
    assert_eq!(engine.change_resources(&resources, "[]", &[odd]).unwrap_err().code(), "entities.invalid");
}

#[test]
fn ids_that_are_listed_are_all_there_are() {
    let schema = r#"entity Env enum ["prod", "dev"]; type HostContext = { env?: Env };"#;
    let policies = r#"permit(principal, action, resource); forbid(principal, action, resource == Env::"prod");"#;
    let engine = shop(schema, policies, r#""resource": {"type": "Env", "argument": "id"},"#).unwrap();
    assert_eq!(shown(&engine, "dev", "{}").effect, Effect::Allow);
    assert_eq!(shown(&engine, "prod", "{}").effect, Effect::Deny);
    assert_eq!(shown(&engine, "purple", "{}").reason.code.as_str(), "call.argument_invalid");
    assert_eq!(shown(&engine, "dev", r#"{"env": "purple"}"#).reason.code.as_str(), "request.host_facts");
    assert_eq!(shown(&engine, "dev", r#"{"env": "dev"}"#).effect, Effect::Allow);
}

#[test]
fn parents_are_read_as_cedar_reads_them_or_not_at_all() {
    let engine = shop("entity Folder; entity Doc in [Folder];", "", "").unwrap();
    let both = r#"[{"uid": {"type": "Doc", "id": "d"}, "attrs": {},
        "parents": [{"type": "Folder", "id": "f", "__entity": {"type": "Folder", "id": "g"}}]}]"#;
    assert!(engine.resources(both).is_err());
    let escaped = r#"[{"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [{"__entity": {"type": "Folder", "id": "g"}}]}]"#;
    assert!(engine.resources(escaped).is_ok());
}

#[test]
fn policies_may_read_more_paths_than_a_plan_remembers() {
    let members: Vec<_> = (0..300).map(|number| format!("f{number}?: Long")).collect();
    let reads: Vec<_> = (0..300)
        .map(|number| format!("permit(principal, action, resource) when {{ context.host has f{number} && context.host.f{number} > 0 }};"))
        .collect();
    let engine = shop(&format!("type HostContext = {{ {} }};", members.join(", ")), &reads.join("\n"), "").unwrap();
    assert_eq!(shown(&engine, "d", r#"{"f299": 1}"#).effect, Effect::Allow);
    assert_eq!(shown(&engine, "d", "{}").effect, Effect::Deny);
}
