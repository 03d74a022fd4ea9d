//! Laws of exports, as properties: what is written, read back here, admits no call that the original refuses.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{details, export};
use crate::catalog::Catalog;
use crate::catalog::call::Call;
use crate::grant::constraint::Constraint;
use crate::grant::laws::{call, constraint, entity, resources};
use crate::grant::{Actions, Capability, Cover, Grant, Located, ResourceSets};
use crate::json::{Object, Value};
use crate::time::Timestamp;

/// The tools of the laws of grants; two of them act on resources of the host's.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::from_json(TOOLS).unwrap_or_else(|error| unreachable!("{error}")));

const TOOLS: &str = r#"{"tools": [
  {"name": "a.read", "system": "a", "effects": ["read"], "resource": {"type": "T", "argument": "s"}, "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}, "required": ["s"]}},
  {"name": "a.pay", "system": "a", "effects": ["pay", "write"], "resource": {"type": "T", "argument": "n"}, "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}, "required": ["n"]}},
  {"name": "b.send", "system": "b", "effects": ["send"], "parameters": {"properties": {"n": {"type": "string", "format": "decimal"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}},
  {"name": "b.odd", "system": "b", "parameters": {"properties": {"n": {"type": "number"}, "s": {"type": "object"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}}
]}"#;

/// What one capability grants, with texts a condition can be read from.
fn capability() -> impl Strategy<Value = Capability> {
    let names = || prop::sample::select(vec!["n", "s", "l", "u", "*"]).prop_map(str::to_owned);
    let arguments = prop_oneof![
        1 => Just(None),
        // Enough names that calls are covered at all.
        4 => prop::collection::btree_map(names(), constraint(), 1..3).prop_map(Some),
        4 => (names(), constraint()).prop_map(|(name, condition)| {
            let free = ["n", "s", "l", "u"].map(|name| (name.to_owned(), Constraint::Any));
            Some(BTreeMap::from(free).into_iter().chain([(name, condition)]).collect())
        }),
    ];
    let actions = prop::sample::select(vec!["a.read", "a.pay", "b.send", "b.odd", "read", "system:b"]);
    let ids = prop::collection::vec(prop::sample::select(vec!["1", "x", "01", "-1", "1.0"]), 0..3);
    let of_ids = ids.prop_map(|ids| ResourceSets::Of(ids.into_iter().map(|id| crate::ResourceSet::Eq(entity("T", id))).collect()));
    (actions, prop_oneof![3 => Just(ResourceSets::default()), 2 => of_ids, 1 => resources()], arguments)
        .prop_map(|(action, resources, arguments)| Capability { resources, arguments, ..Capability::of(Actions::Of([action.to_owned()].into())) })
}

fn grant() -> impl Strategy<Value = Grant> {
    prop::collection::vec(capability(), 1..3).prop_map(|capabilities| Grant { capabilities, budgets: Vec::new() })
}

fn is_covered(grant: &Grant, call: &Call) -> bool {
    let Ok(checked) = CATALOG.check(call) else { return false };
    let located = LazyCell::new(|| {
        let (kind, id) = checked.resource.as_ref().map_or(("Tool", checked.tool.name()), |(kind, id)| (*kind, id));
        Located { resource: entity(kind, id), within: BTreeSet::new() }
    });
    grant.covers(&checked, &located, Timestamp::from_millis(1).unwrap_or_else(|| unreachable!())).is_ok_and(|cover| cover == Cover::Whole)
}

/// What an export says of the grant, as it is read back; `None` where it is refused.
fn read_back(grant: &Grant) -> Option<Grant> {
    let tools = export::tools(grant, None, &CATALOG).ok()?;
    let detail = Value::Object(Object::from_iter([("tools".to_owned(), Value::Object(tools))]));
    let text = detail.canonical();
    let Ok(Value::Object(detail)) = Value::parse(&text) else { unreachable!("{text}") };
    let capabilities = details::tools(&detail, &CATALOG).unwrap_or_else(|reason| unreachable!("{text} is not read: {reason}"));
    Some(Grant { capabilities, budgets: Vec::new() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn what_an_export_says_admits_no_call_the_original_refuses(grant in grant(), calls in prop::collection::vec(call(), 4)) {
        let Some(read) = read_back(&grant) else { return Ok(()) };
        for call in calls {
            prop_assert!(!is_covered(&read, &call) || is_covered(&grant, &call), "{call:?} by {read:?}");
        }
    }
}

fn with(text: &str) -> Grant {
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

#[test]
fn what_the_draft_cannot_say_is_refused_by_name() {
    let refused = |text: &str| match export::tools(&with(text), None, &CATALOG) {
        Ok(tools) => unreachable!("{text} is written as {tools:?}"),
        Err(error) => error.to_string(),
    };
    for condition in [
        r#"{"subpath":"/w"}"#,
        r#"{"prefix":"INV-"}"#,
        r#"{"glob":"/w/*.txt"}"#,
        r#"{"url":{"host":"b.example"}}"#,
        r#"{"cidr":"10.0.0.0/8"}"#,
        r#"{"email_domain":"b.example"}"#,
        r#"{"all":{"exact":"x"}}"#,
        r#"{"any":{"exact":"x"}}"#,
        r#"{"range":{"exclusive_min":"0.0","min":"0.0"}}"#,
        r#"{"one_of":[]}"#,
        r#"{"all":[]}"#,
        r#"{"any_of":[]}"#,
        r#"{"exact":["x"]}"#,
        r#"{"exact":{"a":"x"}}"#,
    ] {
        for whole in [condition.to_owned(), format!(r#"{{"optional":{condition}}}"#), format!(r#"{{"all":[{{"exact":"x"}},{condition}]}}"#)] {
            let said = refused(&format!(r#"{{"actions": ["b.send"], "arguments": {{"s": {whole}}}}}"#));
            assert!(said.contains(condition) && said.contains("argument `s` of `b.send`"), "{whole}: {said}");
        }
    }
    for (member, named) in [
        (r#""approvers": ["owner"]"#, "`approvers`"),
        (r#""expires_ms": 2000000000000"#, "`expires_ms`"),
        (r#""budgets": [{"name": "n", "actions": "any", "limit": "1"}]"#, "`budgets`"),
        (r#""arguments": {"*": {"exact": 1}}"#, "`*`"),
        (r#""arguments": {}"#, "no arguments"),
        (r#""resources": [{"is": "T"}]"#, "resources"),
    ] {
        let said = refused(&format!(r#"{{"actions": ["a.read"], {member}}}"#));
        assert!(said.contains(named) && said.contains("grant more"), "{said}");
    }
    let ids = |id: &str| format!(r#"{{"actions": ["a.pay"], "resources": [{{"eq": {{"type": "T", "id": "{id}"}}}}]}}"#);
    assert!(refused(&ids("01")).contains("resources"));
    assert!(export::tools(&with(&ids("1")), None, &CATALOG).is_ok());
}

#[test]
fn what_the_draft_can_say_is_written_and_read_as_it_was() {
    for condition in [
        r#""any""#,
        r#"{"exact":"x"}"#,
        r#"{"one_of":["x","y"]}"#,
        r#"{"not_one_of":["x"]}"#,
        r#"{"not_one_of":[]}"#,
        r#"{"contains":["x"]}"#,
        r#"{"subset_of":["x"]}"#,
        r#"{"range":{"exclusive_min":"0","max":"99.95"}}"#,
        r#"{"all":[{"range":{"min":"0"}},{"range":{"max":"9"}}]}"#,
        r#"{"any_of":[{"exact":"x"},{"range":{"exclusive_max":"9"}}]}"#,
        r#"{"optional":{"one_of":["x"]}}"#,
    ] {
        let grant = with(&format!(r#"{{"actions": ["b.send"], "arguments": {{"s": {condition}}}}}"#));
        assert_eq!(read_back(&grant), Some(grant), "{condition}");
    }
}
