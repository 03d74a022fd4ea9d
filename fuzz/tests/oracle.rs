//! Our evaluator and Cedar on random worlds, the same ones at every run; `make oracle` goes on from there.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use bailiwick_fuzz::cedar::{Dice, Tally, compare, seeded, world};

const COMPARISONS: usize = 20_000;
/// Scopes, shapes and values.
const CONSTRUCTS: [&str; 46] = [
    "(principal,",
    "principal == ",
    "principal in ",
    "principal is User,",
    "principal is User in ",
    "principal in ?principal",
    "action == ",
    "action in A",
    "action in [",
    "resource is A::B::Team in ",
    "resource == ?resource",
    "when {",
    "unless {",
    "when { context",
    " has rec.n)",
    " has \"a b\")",
    " has \"\")",
    "[\"if\"]",
    "principal.owner.n",
    "context.rec.rec.",
    "action.n",
    "::\"a\".",
    "{\"n\": 1}",
    "}.n",
    "[]",
    "[[",
    "[context",
    "context == ",
    " in [",
    "principal in resource",
    "false && ",
    "true || ",
    "if false then ",
    "ip(\"::/0\")",
    "ip(\"\")",
    "ip(principal",
    "decimal(\"-922337203685477.5808\")",
    "datetime(\"2024-13-01\")",
    "duration((if ",
    "(-9223372036854775808)",
    " + 9223372036854775807",
    "like \"*",
    "\\*",
    "\\u{e9}",
    "日本",
    "Ghost::\"",
];

/// How an operator or method is written as Cedar, and its key in JSON.
const OPERATORS: [(&str, &str); 49] = [
    (" && ", "&&"),
    (" || ", "||"),
    ("(!", "!"),
    (" == ", "=="),
    (" != ", "!="),
    (" < ", "<"),
    (" <= ", "<="),
    (" > ", ">"),
    (" >= ", ">="),
    (" + ", "+"),
    (" - ", "-"),
    (" * ", "*"),
    ("(-", "neg"),
    ("(if ", "if-then-else"),
    (" in ", "in"),
    (" is ", "is"),
    (" has ", "has"),
    (" like ", "like"),
    (".n", "."),
    ("[", "Set"),
    ("{", "Record"),
    ("contains(", "contains"),
    ("containsAll(", "containsAll"),
    ("containsAny(", "containsAny"),
    ("isEmpty()", "isEmpty"),
    ("getTag(", "getTag"),
    ("hasTag(", "hasTag"),
    ("ip(\"", "ip"),
    ("decimal(\"", "decimal"),
    ("datetime(\"", "datetime"),
    ("duration(\"", "duration"),
    ("lessThan(", "lessThan"),
    ("lessThanOrEqual(", "lessThanOrEqual"),
    ("greaterThan(", "greaterThan"),
    ("greaterThanOrEqual(", "greaterThanOrEqual"),
    ("isIpv4()", "isIpv4"),
    ("isIpv6()", "isIpv6"),
    ("isLoopback()", "isLoopback"),
    ("isMulticast()", "isMulticast"),
    ("isInRange(", "isInRange"),
    ("offset(", "offset"),
    ("durationSince(", "durationSince"),
    ("toDate()", "toDate"),
    ("toTime()", "toTime"),
    ("toMilliseconds()", "toMilliseconds"),
    ("toSeconds()", "toSeconds"),
    ("toMinutes()", "toMinutes"),
    ("toHours()", "toHours"),
    ("toDays()", "toDays"),
];

const STACK_BYTES: usize = 64 << 20;

/// Worlds that all allow, or all fail, or cannot be read, would compare little.
#[test]
fn random_worlds_mean_the_same_to_cedar_and_to_us() {
    // Cedar without optimization takes tens of kilobytes of stack for a level of an expression.
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(compared).unwrap().join().unwrap();
}

fn compared() {
    let mut tally = Tally::default();
    for seed in 0.. {
        if tally.comparisons >= COMPARISONS {
            break;
        }
        if let Err(difference) = compare(&seeded(seed), &mut tally) {
            panic!("seed {seed}\n{difference}");
        }
    }
    println!("{tally}");
    assert!(tally.refused * 10 < tally.worlds, "{tally}");
    assert!(tally.refused_questions * 10 < tally.comparisons, "{tally}");
    assert!(tally.with_errors * 100 >= tally.comparisons * 15, "{tally}");
    assert!(tally.allowed * 100 >= tally.comparisons * 10, "{tally}");
    assert!(tally.fallen_back > 0, "what falls back is compared too");
    assert!(tally.fallen_back * 50 < tally.compiled, "{tally}");
}

/// A construct nobody makes is a construct nobody compares.
#[test]
fn all_of_cedar_occurs() {
    let worlds: Vec<_> = (0..1_500).map(|seed| world(&mut Dice::new(&seeded(seed)))).collect();
    let text_of =
        |name: &str| worlds.iter().filter(|world| world.policies.name == name).map(|world| world.policies.text.as_str()).collect::<String>();
    let (cedar, json) = (text_of("world.cedar"), text_of("world.json"));
    let missing: Vec<_> = CONSTRUCTS.iter().filter(|construct| !cedar.contains(**construct)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (operator, key) in OPERATORS {
        assert!(cedar.contains(operator), "{operator}");
        assert!(json.contains(&format!("\"{key}\":")), "{key}");
    }
    let entities: String = worlds.iter().map(|world| world.entities.as_str()).collect();
    for form in ["\"tags\":{\"", "\"fn\":\"offset\"", "\"fn\":\"ip\"", "\"__entity\"", "\"parents\":[{\"", "\"rec\":{", "\"mixed\":[{"] {
        assert!(entities.contains(form), "{form}");
    }
    assert!(worlds.iter().any(|world| world.schema.is_some()));
    let questions = || worlds.iter().flat_map(|world| &world.questions);
    assert!(questions().any(|question| question.principal == question.resource));
    assert!(questions().any(|question| question.context == "{}"));
}

#[test]
fn worlds_end_before_their_bytes() {
    for seed in 0..200 {
        let bytes = seeded(seed);
        let mut dice = Dice::new(&bytes);
        let _ = world(&mut dice);
        assert!(dice.left() > 0, "seed {seed}");
    }
    let nothing = world(&mut Dice::new(&[]));
    assert!(!nothing.questions.is_empty());
}
