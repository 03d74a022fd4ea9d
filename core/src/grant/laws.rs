//! Laws of grants, as properties: the static check never says "within" of what is wider, and a meet is within both.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use indexmap::IndexMap;
use proptest::prelude::*;

use crate::catalog::Catalog;
use crate::catalog::call::Call;
use crate::grant::constraint::{Constraint, Range};
use crate::grant::{Actions, AnyWord, Approver, Approvers, Budget, Capability, Cover, EntityRef, Grant, Located, ResourceSet, ResourceSets};
use crate::json::Value;
use crate::time::Timestamp;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::from_json(TOOLS).unwrap_or_else(|error| unreachable!("{error}")));

const TOOLS: &str = r#"{"tools": [
  {"name": "a.read", "system": "a", "effects": ["read"], "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}},
  {"name": "a.pay", "system": "a", "effects": ["pay", "write"], "parameters": {"properties": {"n": {"type": "number"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}},
  {"name": "b.send", "system": "b", "effects": ["send"], "parameters": {"properties": {"n": {"type": "string", "format": "decimal"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}},
  {"name": "b.odd", "system": "b", "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "object"}, "l": {"type": "array", "items": {"type": "string"}}, "u": {}}}}
]}"#;

pub(crate) fn entity(kind: &str, id: &str) -> EntityRef {
    EntityRef { kind: kind.to_owned(), id: id.to_owned() }
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-2..4i64).prop_map(Value::Int),
        prop::sample::select(vec![0.5, 1.0, 2.0, 0.12345]).prop_map(Value::Float),
        prop::sample::select(vec!["", "x", "y", "1", "1.0", "0.5", "500"]).prop_map(|text| Value::String(text.to_owned())),
        prop::sample::select(PLACES.to_vec()).prop_map(|text| Value::String(text.to_owned())),
        prop::collection::vec(prop::sample::select(vec!["x", "y", "1", "/w/a", "/w/../a", "a@b.example"]), 0..3)
            .prop_map(|items| Value::Array(items.into_iter().map(|item| Value::String(item.to_owned())).collect())),
        prop::collection::vec(-1..3i64, 0..3).prop_map(|items| Value::Array(items.into_iter().map(Value::Int).collect())),
        prop::sample::select(vec!["1", "1.0", "x"])
            .prop_map(|text| Value::Object(["a", "b"].into_iter().map(|name| (name.to_owned(), Value::String(text.to_owned()))).collect())),
        Just(Value::Null),
        Just(Value::Bool(true)),
    ]
}

const PLACES: [&str; 20] = [
    "/w",
    "/w/a",
    "/w/./a/b.txt",
    "/w/../etc",
    "/w-x",
    "w/a",
    "..",
    "C:\\w\\a",
    "https://b.example/v1/x",
    "https://a.b.example:443/v1/../v2",
    "http://b.example:8080/",
    "https://b.example@c.example/",
    "10.0.0.1",
    "10.1.0.0/16",
    "::ffff:10.0.0.1",
    "2001:db8::1",
    "a@b.example",
    "a@c.b.example",
    "a@b.example,c@d.example",
    "INV-1/../x",
];

/// A constraint on texts, as it is written.
fn place() -> impl Strategy<Value = Constraint> {
    let read = |name: &'static str, texts: &'static [&'static str]| {
        prop::sample::select(texts.to_vec()).prop_map(move |text| {
            let text = if text.starts_with('{') { format!("{{\"{name}\": {text}}}") } else { format!("{{\"{name}\": {text:?}}}") };
            serde_json::from_str(&text).unwrap_or_else(|error| unreachable!("{text}: {error}"))
        })
    };
    prop_oneof![
        read("subpath", &["/", "/w", "/w/a", "w", ".", "C:\\w"]),
        read("prefix", &["/w", "/w/", "/w/a", "INV-", "w", "1"]),
        read("glob", &["/**", "/w/**", "/w/*", "/w/a/*.txt", "/w/**/*.txt", "**", "w/*", "C:/w/*", "C:/**"]),
        read(
            "url",
            &[
                r#"{"host": "b.example"}"#,
                r#"{"host": "*.b.example"}"#,
                r#"{"host": "*.example", "scheme": "https"}"#,
                r#"{"host": "b.example", "scheme": "https", "path": "/v1"}"#,
                r#"{"host": "b.example", "scheme": "https", "port": 443, "path": "/v1/x"}"#,
                r#"{"host": "b.example", "port": 8080}"#,
            ]
        ),
        read("cidr", &["10.0.0.0/8", "10.0.0.1", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0"]),
        read("email_domain", &["b.example", "*.b.example", "*.example", "c.b.example"]),
    ]
}

pub(crate) fn constraint() -> impl Strategy<Value = Constraint> {
    let bound = || prop::option::of(prop::sample::select(vec!["-1", "0", "0.5", "1", "2", "3"]).prop_map(|text| text.parse().unwrap_or_default()));
    let simple = prop_oneof![
        Just(Constraint::Any),
        value().prop_map(Constraint::Exact),
        prop::collection::vec(value(), 0..4).prop_map(Constraint::OneOf),
        prop::collection::vec(value(), 0..4).prop_map(Constraint::NotOneOf),
        (bound(), bound(), bound(), bound()).prop_map(|(min, max, exclusive_min, exclusive_max)| Constraint::Range(Range {
            min,
            max,
            exclusive_min,
            exclusive_max
        })),
        (bound(), bound()).prop_map(|(min, exclusive_max)| Constraint::Range(Range { min, exclusive_max, ..Range::default() })),
        place(),
        place(),
        prop::collection::vec(value(), 0..3).prop_map(Constraint::SubsetOf),
        prop::collection::vec(value(), 0..3).prop_map(Constraint::Contains),
    ];
    simple.prop_recursive(2, 8, 3, |part| {
        prop_oneof![
            prop::collection::vec(part.clone(), 0..3).prop_map(Constraint::All),
            prop::collection::vec(part.clone(), 0..3).prop_map(Constraint::AnyOf),
            part.clone().prop_map(|part| Constraint::Optional(Box::new(part))),
            part.clone().prop_map(|part| Constraint::AllElements(Box::new(part))),
            part.prop_map(|part| Constraint::AnyElement(Box::new(part))),
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

pub(crate) fn resources() -> impl Strategy<Value = ResourceSets> {
    let set = (0..3u8, prop::sample::select(vec![("T", "1"), ("T", "2"), ("F", "1"), ("F", "2")])).prop_map(|(form, (kind, id))| match form {
        0 => ResourceSet::Eq(entity(kind, id)),
        1 => ResourceSet::In(entity(kind, id)),
        _ => ResourceSet::Is(kind.to_owned()),
    });
    prop_oneof![2 => Just(ResourceSets::Any(AnyWord::Any)), 3 => prop::collection::vec(set, 0..3).prop_map(ResourceSets::Of)]
}

fn grant() -> impl Strategy<Value = Grant> {
    let names = prop::sample::select(vec!["n", "s", "l", "u", "*"]).prop_map(str::to_owned);
    let arguments = prop::option::weighted(0.6, prop::collection::btree_map(names, constraint(), 0..3));
    let approvers = prop::option::weighted(0.3, prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..3)).prop_map(|roles| {
        let listed = roles.map(|roles| roles.into_iter().map(|role| Approver::Role(role.to_owned())).collect::<Vec<_>>());
        listed.and_then(|listed| Approvers::try_from(listed).ok())
    });
    let expires = prop::option::weighted(0.3, 0..3i64).prop_map(|at| at.and_then(Timestamp::from_millis));
    let capability = (actions(), resources(), arguments, approvers, expires)
        .prop_map(|(actions, resources, arguments, approvers, expires)| Capability { actions, resources, arguments, approvers, expires });
    let budget = (prop::sample::select(vec!["x", "y"]), actions(), 0..3i64).prop_map(|(name, actions, limit)| Budget {
        name: name.to_owned(),
        actions,
        argument: None,
        limit: crate::Decimal::from_i64(limit).unwrap_or_default(),
    });
    (prop::collection::vec(capability, 0..4), prop::collection::vec(budget, 0..2)).prop_map(|(capabilities, budgets)| Grant { capabilities, budgets })
}

pub(crate) fn call() -> impl Strategy<Value = Call> {
    let arguments = prop::collection::btree_map(prop::sample::select(vec!["n", "s", "l", "u"]).prop_map(str::to_owned), value(), 0..4);
    (prop::sample::select(vec!["a.read", "a.pay", "b.send", "b.odd"]), arguments)
        .prop_map(|(tool, arguments): (_, BTreeMap<_, _>)| Call::new(tool, Value::Object(arguments.into_iter().collect::<IndexMap<_, _>>())))
}

fn located() -> impl Strategy<Value = Located> {
    let refs = vec![entity("T", "1"), entity("T", "2"), entity("F", "1"), entity("F", "2")];
    (prop::sample::select(refs.clone()), prop::collection::btree_set(prop::sample::select(refs), 0..3))
        .prop_map(|(resource, within)| Located { resource, within })
}

/// Who must approve: nobody, one of these, or `None` where it is not covered.
fn covers(grant: &Grant, catalog: &Catalog, call: &Call, located: &Located) -> Option<Cover> {
    let checked = catalog.check(call).ok()?;
    let lazy = std::cell::LazyCell::new(|| located.clone());
    grant.covers(&checked, &lazy, Timestamp::from_millis(1)?).ok()
}

/// Whether what is covered so is covered so by the other grant, too.
fn is_within(inner: &Cover, outer: Option<&Cover>) -> bool {
    match (inner, outer) {
        (_, Some(Cover::Whole)) => true,
        (Cover::Asking(inner), Some(Cover::Asking(outer))) => inner.is_subset(outer),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn a_grant_found_within_its_parent_covers_no_call_its_parent_does_not(child in grant(), parent in grant(), call in call(), located in located()) {
        let catalog = &*CATALOG;
        if child.widening(&parent, catalog).is_none() && let Some(cover) = covers(&child, catalog, &call, &located) {
            prop_assert!(is_within(&cover, covers(&parent, catalog, &call, &located).as_ref()));
        }
    }

    #[test]
    fn a_meet_is_within_both(child in grant(), parent in grant(), call in call(), located in located()) {
        let catalog = &*CATALOG;
        let (met, cut) = child.meet(&parent, catalog);
        prop_assert_eq!(met.widening(&parent, catalog), None);
        if let Some(cover) = covers(&met, catalog, &call, &located) {
            prop_assert!(is_within(&cover, covers(&child, catalog, &call, &located).as_ref()));
            prop_assert!(is_within(&cover, covers(&parent, catalog, &call, &located).as_ref()));
        }
        if child.widening(&parent, catalog).is_none() {
            prop_assert_eq!(met, child);
            prop_assert!(cut.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    // Two random grants seldom overlap; two conditions on one argument do.
    #[test]
    fn a_condition_found_within_another_lets_nothing_more_pass(child in constraint(), parent in constraint(), call in call(), name in prop::sample::select(vec!["n", "s", "l", "u"])) {
        let Ok(checked) = CATALOG.check(&call) else { return Ok(()) };
        let argument = checked.arguments.get(name);
        if child.is_within(&parent) && child.holds(argument) {
            prop_assert!(parent.holds(argument));
        }
    }

    #[test]
    fn a_value_within_a_condition_is_one_that_meets_it(value in value(), parent in constraint(), call in call(), name in prop::sample::select(vec!["n", "s", "l", "u"])) {
        let Ok(checked) = CATALOG.check(&call) else { return Ok(()) };
        let (child, argument) = (Constraint::Exact(value), checked.arguments.get(name));
        if child.holds(argument) && child.is_within(&parent) {
            prop_assert!(parent.holds(argument));
        }
    }

    #[test]
    fn a_condition_reads_back_as_it_is_written(condition in constraint()) {
        let text = serde_json::to_string(&condition).unwrap_or_else(|error| unreachable!("{error}"));
        let read: Constraint = serde_json::from_str(&text).unwrap_or_else(|error| unreachable!("{text}: {error}"));
        prop_assert_eq!(serde_json::to_string(&read).ok(), Some(text));
    }
}
