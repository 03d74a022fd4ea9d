//! `bailiwick oracle`: Cedar's own cases, and what is said of cases that are wrong.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

fn oracle(path: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bailiwick")).arg("oracle").arg(path).args(more).output().unwrap()
}

/// The exit code, and the object.
fn findings(path: &Path) -> (Option<i32>, Value) {
    let output = oracle(path, &["--json"]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// One of our cases with something in it changed, beside what it names.
fn changed(dir: &Path, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    for file in ["entities.json", "schema.cedarschema", "errors.cedar", "links.policies.json", "unparsed.cedar"] {
        fs::copy(repository("testdata/oracle").join(file), dir.join(file)).unwrap();
    }
    let mut case = serde_json::from_slice(&fs::read(repository("testdata/oracle").join(name)).unwrap()).unwrap();
    change(&mut case);
    let file = dir.join("case.json");
    fs::write(&file, case.to_string()).unwrap();
    file
}

#[test]
fn our_cases_come_out_as_they_say() {
    let (code, found) = findings(&repository("testdata/oracle"));
    let expected = json!({"cases": 4, "requests": 11, "passed_over": 2, "compiled": 12, "fallen_back": 0,
        "differing": [], "unexpected": [], "unreadable": []});
    assert_eq!((code, found), (Some(0), expected));
    let output = oracle(&repository("testdata/oracle/errors.json"), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("       1  cases\n       3  requests\n"));
}

#[test]
fn cedars_cases_come_out_as_they_say() {
    let folder = repository("../shared/data/cedar-integration");
    if !folder.is_dir() {
        println!("skipped: Cedar's integration tests are not beside the repository, in {}", folder.display());
        return;
    }
    let (code, found) = findings(&folder);
    println!("{found}");
    assert_eq!(code, Some(0), "{found}");
    assert!(found["cases"].as_u64() >= Some(22) && found["requests"].as_u64() >= Some(74), "{found}");
    assert!(found["compiled"].as_u64() > found["fallen_back"].as_u64());
}

#[test]
fn an_answer_that_is_not_the_cases_fails() {
    let dir = tempfile::tempdir().unwrap();
    for (member, wrong) in [("decision", json!("deny")), ("reason", json!(["policy1"])), ("errors", json!([]))] {
        let case = changed(dir.path(), "errors.json", |case| case["requests"][0][member] = wrong);
        let (code, found) = findings(&case);
        assert_eq!((code, &found["differing"]), (Some(1), &json!([])));
        assert_eq!(found["unexpected"].as_array().unwrap().len(), 1);
        assert_eq!(found["unexpected"][0]["cedar"]["errors"], json!(["policy0", "policy1", "policy3"]));
        let output = oracle(&case, &[]);
        assert!(String::from_utf8(output.stdout).unwrap().contains("case.json: overflow, an attribute there is not"));
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("bailiwick: "));
    }
}

#[test]
fn what_cannot_be_read_is_named_and_fails() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |path: &Path, why: &str| {
        let (code, found) = findings(path);
        assert_eq!(code, Some(2), "{found}");
        assert!(found["unreadable"][0]["why"].as_str().unwrap().contains(why), "{found}");
    };
    fails(&changed(dir.path(), "unparsed.json", |case| case["shouldParse"] = json!(true)), "unparsed.cedar");
    fails(&changed(dir.path(), "unparsed.json", |case| case["policies"] = json!("errors.cedar")), "they can");
    fails(&changed(dir.path(), "links.json", |case| case["policies"] = json!("nowhere.cedar")), "`nowhere.cedar`");
    fails(&changed(dir.path(), "links.json", |case| case["entities"] = json!({})), "entit");
    fails(&changed(dir.path(), "links.json", |case| case["requests"][1]["context"] = json!({"x": 0.5})), "request 1: context");
    fails(&changed(dir.path(), "links.json", |case| case["requests"][1]["principal"] = json!("User::u")), "data did not match");
    fails(&dir.path().join("entities.json"), "is not a case");
    fails(&dir.path().join("nowhere.json"), "");

    fs::write(dir.path().join("case.json"), "{").unwrap();
    fails(dir.path(), "EOF");
    fs::remove_file(dir.path().join("case.json")).unwrap();
    let output = oracle(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "bailiwick: there are no cases\n");
}
