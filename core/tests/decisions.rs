//! Runs every file in `testdata/decisions`: the same files the Python and Node suites run.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "common/cases.rs"]
mod cases;

#[test]
fn every_case_is_decided_as_it_says() {
    let paths = cases::files("decisions");
    assert!(paths.len() >= 60, "{} cases", paths.len());
    let wrong = cases::run(&paths, "setups");
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
}

/// A code nobody can reach is a promise nobody checks: each stands in a case, or in the list of those that need more
/// than one request to show.
#[test]
fn every_code_is_shown() {
    let elsewhere = [
        "request.too_large",
        "chain.evidence",
        "approval.invalid",
        "approval.mismatch",
        "approval.expired",
        "approval.used",
        "approval.role",
        "engine.oracle",
        "engine.internal",
    ];
    let paths = ["decisions", "chains/cases", "chains/formats"].map(cases::files).concat();
    let shown = cases::shown(&paths);
    let missing: Vec<_> = bailiwick::Code::all()
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !elsewhere.contains(code) && !shown.iter().any(|shown| shown == code))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
