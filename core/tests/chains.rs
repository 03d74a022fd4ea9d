//! Runs the attack suite and the good twins in `testdata/chains`: the same files the Python and Node suites run.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

#[path = "common/cases.rs"]
mod cases;

const HOME: &str = "chains/setups";

#[test]
fn every_attack_is_refused_and_every_good_twin_is_not() {
    let paths = cases::files("chains/cases");
    let wrong = cases::run(&paths, HOME);
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
}

#[test]
fn every_format_proves_what_it_can_and_says_what_it_cannot() {
    let paths = cases::files("chains/formats");
    let wrong = cases::run(&paths, HOME);
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
}

/// The suite of `reference/attack-suite.md`: 15 + 24 + 29 + 22 + 25 + 10 attacks.
#[test]
fn no_attack_of_the_suite_is_missing() {
    let sections = [('A', 15), ('B', 24), ('C', 29), ('D', 22), ('E', 25), ('F', 10)];
    let asked: BTreeSet<String> =
        sections.iter().flat_map(|(section, last)| (1..=*last).map(move |number| format!("{section}{number:02}"))).collect();
    assert_eq!(asked.len(), 125);
    let there: BTreeSet<String> = cases::files("chains/cases")
        .iter()
        .filter(|path| !path.to_string_lossy().ends_with(".good.json"))
        .map(|path| cases::read(path))
        .filter_map(|case| case["suite"]["id"].as_str().map(str::to_owned))
        .collect();
    let missing: Vec<_> = asked.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
