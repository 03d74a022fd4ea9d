//! The law of the index: what the buckets say together is what Cedar says of the whole set.

use std::collections::BTreeSet;
use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, EntityUid, PolicyId, PolicySet, Request};
use proptest::prelude::*;

use super::gates::Answer;
use super::index::{Bucket, Split};
use super::{Policies, Source, express};
use crate::catalog::Catalog;

const SCHEMA: &str = "entity Folder; entity Doc in [Folder];";

const CATALOG: &str = r#"{"tools": [
  {"name": "doc.read", "system": "docs", "effects": ["read"], "resource": {"type": "Doc", "argument": "doc"}, "parameters": {"properties": {"doc": {"type": "string"}, "n": {"type": "integer"}}, "required": ["doc", "n"]}},
  {"name": "doc.write", "system": "docs", "effects": ["write"], "resource": {"type": "Doc", "argument": "doc"}, "parameters": {"properties": {"doc": {"type": "string"}, "n": {"type": "integer"}}, "required": ["doc", "n"]}}
]}"#;

const PRINCIPALS: [&str; 8] = [
    "principal",
    r#"principal == User::"u""#,
    r#"principal in Group::"g""#,
    "principal is User",
    r#"principal is User in Group::"h""#,
    r#"principal == Agent::"a""#,
    r#"principal in Blueprint::"b""#,
    r#"principal == Group::"g""#,
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
    "when { principal == User::\"u\" || resource == Doc::\"d\" }",
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

fn uid(text: &str) -> EntityUid {
    EntityUid::from_str(text).unwrap_or_else(|error| unreachable!("{error}"))
}

fn ids(ids: &BTreeSet<PolicyId>) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn ask(policies: &Policies, principal: &str, action: &str, resource: &str, n: i64) -> Result<(Answer, Request), Box<dyn std::error::Error>> {
    let (principal, action, resource) = (uid(principal), uid(action), uid(resource));
    let entities = entities()?;
    let with_ancestors =
        |uid: &EntityUid| -> Vec<EntityUid> { std::iter::once(uid.clone()).chain(entities.ancestors(uid).into_iter().flatten().cloned()).collect() };
    let pairs = [
        ("tool", express::record([("tier".to_owned(), express::text("medium"))]).ok_or("record")?),
        ("holds", express::texts(["x"])),
        ("chain", express::record([("depth".to_owned(), cedar_policy::RestrictedExpression::new_long(n))]).ok_or("record")?),
        ("input", express::record([("n".to_owned(), cedar_policy::RestrictedExpression::new_long(n))]).ok_or("record")?),
    ];
    let context = Context::from_pairs(pairs.map(|(name, fact)| (name.to_owned(), fact)))?;
    let keys = |uid: &EntityUid| policies.index.keys(&with_ancestors(uid));
    let shelves = policies.index.shelves(&action);
    let mut answer = Answer::default();
    let kinds: [fn(&Bucket) -> &Split; 2] = [|bucket| &bucket.steady, |bucket| &bucket.varying];
    for split in shelves.buckets(&keys(&principal), &keys(&resource)).flat_map(|bucket| kinds.map(|of| of(bucket))) {
        let request = |principal: &EntityUid| Request::new(principal.clone(), action.clone(), resource.clone(), context.clone(), None);
        answer.join(&Answer::of(&split.differing, request(&principal), &entities));
        // As for a chain: asked once, of another principal that finds the same bucket.
        let like = if principal.type_name().basename() == "User" { uid(r#"User::"like-u""#) } else { uid(r#"Agent::"like-a""#) };
        let finds =
            |uid: &EntityUid| shelves.buckets(&keys(uid), &keys(&resource)).any(|bucket| kinds.iter().any(|of| std::ptr::eq(of(bucket), split)));
        answer.join(&Answer::of(&split.alike, request(if finds(&like) { &like } else { &principal }), &entities));
    }
    Ok((answer, Request::new(principal, action, resource, context, None)?))
}

fn entities() -> Result<cedar_policy::Entities, cedar_policy::entities_errors::EntitiesError> {
    cedar_policy::Entities::from_json_str(
        r#"[{"uid": {"type": "User", "id": "u"}, "attrs": {}, "parents": [{"type": "Group", "id": "g"}]},
            {"uid": {"type": "User", "id": "like-u"}, "attrs": {}, "parents": [{"type": "Group", "id": "g"}]},
            {"uid": {"type": "Agent", "id": "like-a"}, "attrs": {}, "parents": [{"type": "Blueprint", "id": "b"}]},
            {"uid": {"type": "Group", "id": "g"}, "attrs": {}, "parents": [{"type": "Group", "id": "h"}]},
            {"uid": {"type": "Agent", "id": "a"}, "attrs": {}, "parents": [{"type": "Blueprint", "id": "b"}]},
            {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [{"type": "Folder", "id": "f"}]},
            {"uid": {"type": "Action", "id": "doc.read"}, "attrs": {}, "parents": [{"type": "Action", "id": "read"}, {"type": "Action", "id": "system:docs"}]},
            {"uid": {"type": "Action", "id": "doc.write"}, "attrs": {}, "parents": [{"type": "Action", "id": "write"}, {"type": "Action", "id": "system:docs"}]}]"#,
        None,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn buckets_together_say_what_cedar_says_of_all(texts in prop::collection::vec(policy(), 0..12), n in 0..3i64) {
        let text = texts.concat();
        let fail = |error: &dyn std::fmt::Display| TestCaseError::fail(error.to_string());
        let catalog = Catalog::from_json(CATALOG).map_err(|error| fail(&error))?;
        let policies = Policies::load(&catalog, &[Source::new("s.cedarschema", SCHEMA)], &[Source::new("p", &text)]).map_err(|error| fail(&error.report()))?;
        let numbered: Vec<_> = PolicySet::from_str(&text).map_err(|error| fail(&error))?.policies().map(|policy| {
            let id = policy.id().to_string().replace("policy", "p#");
            policy.new_id(PolicyId::new(id))
        }).collect();
        let whole = PolicySet::from_policies(numbered).map_err(|error| fail(&error))?;
        let entities = entities().map_err(|error| fail(&error))?;
        for principal in [r#"User::"u""#, r#"User::"v""#, r#"Agent::"a""#, r#"Service::"u""#] {
            for action in [r#"Action::"doc.read""#, r#"Action::"doc.write""#] {
                for resource in [r#"Doc::"d""#, r#"Doc::"e""#] {
                    let (answer, request) = ask(&policies, principal, action, resource, n).map_err(|error| fail(&error))?;
                    let response = Authorizer::new().is_authorized(&request, &whole, &entities);
                    let reasons: BTreeSet<_> = response.diagnostics().reason().map(ToString::to_string).collect();
                    let errors: BTreeSet<_> = response.diagnostics().errors().map(|error| match error {
                        cedar_policy::AuthorizationError::PolicyEvaluationError(error) => error.policy_id().to_string(),
                    }).collect();
                    prop_assert_eq!(errors, answer.errors.keys().map(ToString::to_string).collect::<BTreeSet<_>>());
                    if answer.forbids.is_empty() {
                        prop_assert_eq!(response.decision(), if answer.permits.is_empty() { Decision::Deny } else { Decision::Allow });
                        prop_assert_eq!(reasons, ids(&answer.permits));
                    } else {
                        prop_assert_eq!(response.decision(), Decision::Deny);
                        prop_assert_eq!(reasons, ids(&answer.forbids));
                    }
                }
            }
        }
    }
}
