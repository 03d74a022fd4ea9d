//! The law of the gates: what one pass over the index says of each gate is what Cedar says of all policies, and asking
//! for fewer reasons decides the same.

use std::sync::Arc;

use cedar_policy::pst;
use proptest::prelude::*;

use super::compiled::code::Code;
use super::compiled::compile::Compiler;
use super::compiled::entities::{Entities, Entity};
use super::compiled::value::Names;
use super::rules::{Given, Rules};
use crate::catalog::Catalog;
use crate::grant::EntityRef;
use crate::{Agent, Call, Engine, Grant, Handover, Origin, Registry, SealKey, Source, Start, Task, Value, World, doc};

const SCHEMA: &str = "entity Folder; entity Doc in [Folder];";

const CATALOG: &str = r#"{"tools": [
  {"name": "doc.read", "system": "docs", "effects": ["read"], "resource": {"type": "Doc", "argument": "doc"}, "parameters": {"properties": {"doc": {"type": "string"}, "n": {"type": "integer"}}, "required": ["doc", "n"]}},
  {"name": "doc.write", "system": "docs", "effects": ["write"], "resource": {"type": "Doc", "argument": "doc"}, "parameters": {"properties": {"doc": {"type": "string"}, "n": {"type": "integer"}}, "required": ["doc", "n"]}}
]}"#;

const PRINCIPALS: [&str; 7] = [
    "principal",
    r#"principal == User::"https://idp.example|alice""#,
    r#"principal in Group::"g""#,
    "principal is User",
    r#"principal is User in Group::"h""#,
    r#"principal == Agent::"https://agents.example|invoice-bot""#,
    r#"principal in Blueprint::"invoice-bots""#,
];
const ACTIONS: [&str; 5] = [
    "action",
    r#"action == Action::"doc.read""#,
    r#"action in [Action::"doc.read", Action::"doc.write"]"#,
    r#"action in Action::"write""#,
    r#"action in Action::"system:docs""#,
];
const RESOURCES: [&str; 5] =
    ["resource", r#"resource == Doc::"d""#, r#"resource in Folder::"f""#, "resource is Doc", r#"resource is Doc in Folder::"f""#];
const CONDITIONS: [&str; 6] = [
    "when { principal == User::\"https://idp.example|alice\" || resource == Doc::\"d\" }",
    "when { context.tool.tier == \"medium\" && context.chain.depth * 9223372036854775807 > 0 }",
    "",
    "when { context.tool.tier == \"medium\" }",
    "when { context has input && context.input.n * 9223372036854775807 > 0 }",
    "unless { context.holds.isEmpty() }",
];

fn policy() -> impl Strategy<Value = String> {
    let one = |of: &'static [&'static str]| prop::sample::select(of);
    (any::<bool>(), one(&PRINCIPALS), one(&ACTIONS), one(&RESOURCES), one(&CONDITIONS)).prop_map(
        |(permit, principal, action, resource, condition)| {
            format!("{}({principal}, {action}, {resource}) {condition};\n", if permit { "permit" } else { "forbid" })
        },
    )
}

fn task(engine: &Engine, world: &World<'_>) -> Result<Task, Box<dyn std::error::Error>> {
    let origin = Origin::user("https://idp.example", "alice")?.with_groups(["g"])?;
    let first = engine.begin(Start::new("law", origin, Agent::new("https://agents.example", "invoice-bot")?), world)?;
    let handover = Handover::new(Agent::new("https://agents.example", "research-bot")?, Grant::of_actions(["read", "write"]));
    Ok(first.delegate(handover, world)?.task)
}

fn registry() -> Result<Registry, crate::Error> {
    let owned = doc::REGISTRY.replace(r#""subject": "invoice-bot","#, r#""subject": "invoice-bot", "blueprint": "invoice-bots","#);
    Registry::from_json(&owned.replacen("]}", r#"], "blueprints": [{"name": "invoice-bots"}]}"#, 1))
}

fn permissive() -> Result<Engine, crate::Error> {
    let all = Source::new("all.cedar", "permit(principal, action, resource) when { context.tool.name like \"doc*\" };");
    let builder = Engine::builder(SealKey::new([7; 32])).schema([Source::new("s.cedarschema", SCHEMA)]).policies([all]);
    builder.catalog(Catalog::from_json(CATALOG)?).compare_with_cedar(std::num::NonZeroU32::MIN).build()
}

fn read() -> Result<Call, crate::Error> {
    Ok(Call::new("doc.read", Value::parse(r#"{"doc": "d", "n": 1}"#)?))
}

#[test]
fn where_cedar_disagrees_the_answer_is_no() -> Result<(), Box<dyn std::error::Error>> {
    let (engine, registry) = (permissive()?, registry()?);
    let world = World::new(&registry, doc::now());
    let task = task(&engine, &world)?;
    assert!(task.decide(&read()?, &world).is_allowed());
    // Cedar holds other policies than were compiled.
    let mut broken = engine.compile(&[Source::new("all.cedar", "permit(principal, action, resource);")])?;
    broken.cedar = Some(cedar_policy::PolicySet::new());
    engine.swap(broken)?;
    let decision = task.decide(&read()?, &world);
    assert_eq!((decision.is_allowed(), decision.reason.code.as_str()), (false, "engine.oracle"));
    assert!(decision.reason.detail.contains("all.cedar#0"), "{}", decision.reason.detail);
    Ok(())
}

/// What is not compiled is evaluated by Cedar, policy by policy, with the same answers.
#[test]
fn what_is_not_compiled_is_cedars_to_evaluate() -> Result<(), Box<dyn std::error::Error>> {
    let texts = [
        "permit(principal, action, resource) when { context.n like \"a*\" || context.n == 1 };",
        "forbid(principal == User::\"u\", action, resource) when { context.m * 2 > 2 };",
        "permit(principal in Group::\"g\", action == Action::\"a\", resource is Doc) unless { context has m };",
        "permit(principal, action in [Action::\"a\"], resource);",
    ];
    let set: cedar_policy::PolicySet = texts.concat().parse()?;
    let policies: Vec<_> = set.policies().collect();
    let entities: Entities = [Entity::bare(Arc::new(Names::default().uid("Action", "a")))].into_iter().collect();
    let mut fallen_back = 0;
    for refuses in [(|_| true) as fn(&pst::Expr) -> bool, |expr| matches!(expr, pst::Expr::BinaryOp { .. }), |_| false] {
        let given: Vec<_> = policies.iter().map(|policy| Given { policy, template: None }).collect();
        let mut compiler = Compiler::new(Code::new(Names::default()));
        compiler.refuses = refuses;
        let oracle = super::oracle::Oracle::of_rules(Rules::compile_with(&mut compiler, &given, &entities)?, set.clone());
        fallen_back += oracle.fallen_back();
        for (n, m) in [("1", "9223372036854775807"), ("\"ab\"", "1"), ("true", "\"x\"")] {
            for user in ["u", "v"] {
                let context = format!(r#"{{"n": {n}, "m": {m}}}"#);
                let uid = |kind: &str, id: &str| EntityRef { kind: kind.to_owned(), id: id.to_owned() };
                let compared = oracle.ask(&super::oracle::Question::new(uid("User", user), uid("Action", "a"), uid("Doc", "d"), context))?;
                assert!(compared.agrees(), "{compared:?}");
            }
        }
    }
    // All with conditions; then those with an operator of two.
    assert_eq!(fallen_back, 3 + 2);
    Ok(())
}

/// As many alternatives as a generated policy may have, on the stack of an ordinary thread.
#[test]
fn a_long_list_of_alternatives_loads_and_decides() -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<_> = (0..2_000).map(|index| format!("context.tool.name == \"tool-{index}\"")).collect();
    let text = format!("permit(principal, action, resource) when {{ {} || context.tool.name == \"doc.read\" }};", names.join(" || "));
    let builder = Engine::builder(SealKey::new([7; 32])).schema([Source::new("s.cedarschema", SCHEMA)]);
    let engine = builder.catalog(Catalog::from_json(CATALOG)?).policies([Source::new("long.cedar", text)]).build()?;
    assert!(engine.report().fallen_back.is_empty());
    let registry = registry()?;
    let world = World::new(&registry, doc::now());
    assert!(task(&engine, &world)?.decide(&read()?, &world).is_allowed());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn one_pass_says_what_cedar_says_of_each_gate(texts in prop::collection::vec(policy(), 0..12), n in 0..3i64) {
        let fail = |error: &dyn std::fmt::Display| TestCaseError::fail(error.to_string());
        let builder = || Engine::builder(SealKey::new([7; 32])).schema([Source::new("s.cedarschema", SCHEMA)]).policies([Source::new("p", texts.concat())]);
        let catalog = Catalog::from_json(CATALOG).map_err(|error| fail(&error))?;
        let exact = builder().catalog(catalog.clone()).compare_with_cedar(std::num::NonZeroU32::MIN).build().map_err(|error| fail(&error.report()))?;
        let quick = builder().catalog(catalog).all_reasons(false).build().map_err(|error| fail(&error.report()))?;
        let registry = registry().map_err(|error| fail(&error))?;
        let resources = exact.resources(r#"[{"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [{"type": "Folder", "id": "f"}]}]"#)
            .map_err(|error| fail(&error))?;
        let world = World::new(&registry, doc::now()).with_resources(&resources);
        let (exact, quick) = (task(&exact, &world).map_err(|error| fail(&error))?, task(&quick, &world).map_err(|error| fail(&error))?);
        for tool in ["doc.read", "doc.write"] {
            for id in ["d", "e"] {
                let arguments = Value::parse(&format!(r#"{{"doc": "{id}", "n": {n}}}"#)).map_err(|error| fail(&error))?;
                let call = Call::new(tool, arguments);
                let decision = exact.decide(&call, &world);
                prop_assert_ne!(decision.reason.code.as_str(), "engine.oracle", "{}", decision.reason.detail);
                prop_assert_ne!(decision.reason.code.as_str(), "engine.internal", "{}", decision.reason.detail);
                prop_assert_eq!(decision.effect, quick.decide(&call, &world).effect);
            }
        }
    }
}
