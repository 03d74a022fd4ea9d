//! Laws of grants, as properties: the static check never says "within" of what is wider, and a meet is within both.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use proptest::prelude::*;

use super::constraint::{Constraint, Range};
use super::grant::{Actions, AnyWord, Budget, Capability, EntityRef, Grant, Located, ResourceSet, ResourceSets};
use crate::action::Call;
use crate::catalog::Catalog;
use crate::json::Value;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::from_json(TOOLS).unwrap_or_else(|error| unreachable!("{error}")));

const TOOLS: &str = r#"{"tools": [
  {"name": "a.read", "system": "a", "effects": ["read"], "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}}}},
  {"name": "a.pay", "system": "a", "effects": ["pay", "write"], "parameters": {"properties": {"n": {"type": "number"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}}}},
  {"name": "b.send", "system": "b", "effects": ["send"], "parameters": {"properties": {"n": {"type": "string", "format": "decimal"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}}}},
  {"name": "b.odd", "system": "b", "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "object"}, "l": {"type": "array", "items": {"type": "string"}}}}}
]}"#;

fn entity(kind: &str, id: &str) -> EntityRef {
    EntityRef { kind: kind.to_owned(), id: id.to_owned() }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-2..4i64).prop_map(Value::Int),
        prop::sample::select(vec![0.5, 1.0, 2.0, 0.12345]).prop_map(Value::Float),
        prop::sample::select(vec!["", "x", "y", "1", "1.0", "500"]).prop_map(|text| Value::String(text.to_owned())),
        prop::collection::vec(prop::sample::select(vec!["x", "y"]), 0..3)
            .prop_map(|items| Value::Array(items.into_iter().map(|item| Value::String(item.to_owned())).collect())),
        Just(Value::Null),
        Just(Value::Bool(true)),
    ]
}

fn constraint() -> impl Strategy<Value = Constraint> {
    let bound = || prop::option::of(prop::sample::select(vec!["-1", "0", "0.5", "1", "2", "3"]).prop_map(|text| text.parse().unwrap_or_default()));
    let simple = prop_oneof![
        Just(Constraint::Any),
        value().prop_map(Constraint::Exact),
        prop::collection::vec(value(), 0..4).prop_map(Constraint::OneOf),
        prop::collection::vec(value(), 0..4).prop_map(Constraint::NotOneOf),
        (bound(), bound()).prop_map(|(min, max)| Constraint::Range(Range { min, max })),
        prop::collection::vec(value(), 0..3).prop_map(Constraint::SubsetOf),
        prop::collection::vec(value(), 0..3).prop_map(Constraint::Contains),
    ];
    simple.prop_recursive(2, 8, 3, |part| {
        prop_oneof![
            prop::collection::vec(part.clone(), 0..3).prop_map(Constraint::All),
            prop::collection::vec(part, 0..3).prop_map(Constraint::AnyOf),
        ]
    })
}

fn actions() -> impl Strategy<Value = Actions> {
    let names = ["a.read", "a.pay", "b.send", "b.odd", "read", "pay", "write", "send", "unclassified", "system:a", "system:b", "delete", "nothing"];
    prop_oneof![
        1 => Just(Actions::Any(AnyWord::Any)),
        6 => prop::collection::btree_set(prop::sample::select(names.to_vec()).prop_map(str::to_owned), 0..4).prop_map(Actions::Of),
    ]
}

fn resources() -> impl Strategy<Value = ResourceSets> {
    let set = (0..3u8, prop::sample::select(vec![("T", "1"), ("T", "2"), ("F", "1"), ("F", "2")])).prop_map(|(form, (kind, id))| match form {
        0 => ResourceSet::Eq(entity(kind, id)),
        1 => ResourceSet::In(entity(kind, id)),
        _ => ResourceSet::Is(kind.to_owned()),
    });
    prop_oneof![2 => Just(ResourceSets::Any(AnyWord::Any)), 3 => prop::collection::vec(set, 0..3).prop_map(ResourceSets::Of)]
}

fn grant() -> impl Strategy<Value = Grant> {
    let arguments = prop::option::weighted(
        0.6,
        prop::collection::btree_map(prop::sample::select(vec!["n", "s", "l"]).prop_map(str::to_owned), constraint(), 0..3),
    );
    let capability = (actions(), resources(), arguments).prop_map(|(actions, resources, arguments)| Capability { actions, resources, arguments });
    let budget = (prop::sample::select(vec!["x", "y"]), actions(), 0..3i64).prop_map(|(name, actions, limit)| Budget {
        name: name.to_owned(),
        actions,
        argument: None,
        limit: crate::Decimal::from_i64(limit).unwrap_or_default(),
    });
    (prop::collection::vec(capability, 0..4), prop::collection::vec(budget, 0..2)).prop_map(|(capabilities, budgets)| Grant { capabilities, budgets })
}

fn call() -> impl Strategy<Value = Call> {
    let arguments = prop::collection::btree_map(prop::sample::select(vec!["n", "s", "l"]).prop_map(str::to_owned), value(), 0..4);
    (prop::sample::select(vec!["a.read", "a.pay", "b.send", "b.odd"]), arguments)
        .prop_map(|(tool, arguments): (_, BTreeMap<_, _>)| Call::new(tool, Value::Object(arguments.into_iter().collect::<IndexMap<_, _>>())))
}

fn located() -> impl Strategy<Value = Located> {
    let refs = vec![entity("T", "1"), entity("T", "2"), entity("F", "1"), entity("F", "2")];
    (prop::sample::select(refs.clone()), prop::collection::btree_set(prop::sample::select(refs), 0..3))
        .prop_map(|(resource, within)| Located { resource, within })
}

fn covers(grant: &Grant, catalog: &Catalog, call: &Call, located: &Located) -> bool {
    let Ok(checked) = catalog.check(call) else { return false };
    let lazy = std::cell::LazyCell::new(|| located.clone());
    grant.covers(&checked, &lazy).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn a_grant_found_within_its_parent_covers_no_call_its_parent_does_not(child in grant(), parent in grant(), call in call(), located in located()) {
        let catalog = &*CATALOG;
        if child.widening(&parent, catalog).is_none() && covers(&child, catalog, &call, &located) {
            prop_assert!(covers(&parent, catalog, &call, &located));
        }
    }

    #[test]
    fn a_meet_is_within_both(child in grant(), parent in grant(), call in call(), located in located()) {
        let catalog = &*CATALOG;
        let (met, cut) = child.meet(&parent, catalog);
        prop_assert_eq!(met.widening(&parent, catalog), None);
        if covers(&met, catalog, &call, &located) {
            prop_assert!(covers(&child, catalog, &call, &located) && covers(&parent, catalog, &call, &located));
        }
        if child.widening(&parent, catalog).is_none() {
            prop_assert_eq!(met, child);
            prop_assert!(cut.is_empty());
        }
    }
}
