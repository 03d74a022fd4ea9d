//! What `bailiwick check` says of mistakes: sixty-odd changes to a directory that loads, and the whole output, as it is kept
//! in `testdata/mistakes/messages.txt`. With `UPDATE_MESSAGES=1` the file is written anew, to be reviewed.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_mistake_is_told_as_it_was_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/mistakes");
    let mistakes: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("mistakes.json")).unwrap()).unwrap();
    let mut told = String::new();
    for mistake in &mistakes {
        let name = mistake["name"].as_str().unwrap();
        let place = tempfile::tempdir().unwrap();
        let shop = changed(&folder.join("shop"), mistake, place.path());
        assert!(shop.is_dir());
        let (code, output) = check(place.path());
        let is_right = name.starts_with("twin_");
        assert!(!is_right || code == 0 && !output.contains("warning: "), "{name} is right: {output}");
        assert!(is_right || code != 0 || output.contains("warning: "), "{name} goes unnoticed: {output}");
        let _ = write!(told, "## {name}: exit code {code}\n{output}\n");
    }
    let kept = folder.join("messages.txt");
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        fs::write(&kept, &told).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    for (line, (now, before)) in told.lines().zip(expected.lines()).enumerate() {
        assert_eq!(now, before, "messages.txt:{}", line + 1);
    }
    assert_eq!(told.lines().count(), expected.lines().count());
}

/// A copy of the directory with the mistake in it.
fn changed(shop: &Path, mistake: &Value, place: &Path) -> PathBuf {
    let copy = place.join("shop");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(shop).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    if let Some(edit) = mistake.get("edit") {
        let text = |member: &str| edit[member].as_str().unwrap();
        let file = copy.join(text("file"));
        let before = fs::read_to_string(&file).unwrap();
        assert!(before.contains(text("old")), "{mistake}");
        fs::write(&file, before.replace(text("old"), text("new"))).unwrap();
    }
    for (file, text) in mistake.get("write").and_then(Value::as_object).into_iter().flatten() {
        let path = copy.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_str().unwrap()).unwrap();
    }
    if let Some(file) = mistake.get("remove").and_then(Value::as_str) {
        fs::remove_file(copy.join(file)).unwrap();
    }
    copy
}

fn check(place: &Path) -> (i32, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_bailiwick")).args(["check", "shop"]).current_dir(place).output().unwrap();
    let text = String::from_utf8(ran.stderr).unwrap() + &String::from_utf8(ran.stdout).unwrap();
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    (ran.status.code().unwrap(), lines.join("\n") + "\n")
}

#[test]
fn warnings_have_the_code_and_place_that_the_bindings_tell() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/mistakes");
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("warnings.json")).unwrap()).unwrap();
    for case in &cases {
        let place = tempfile::tempdir().unwrap();
        changed(&folder.join("shop"), case, place.path());
        let ran = Command::new(env!("CARGO_BIN_EXE_bailiwick")).args(["check", "shop", "--json"]).current_dir(place.path()).output().unwrap();
        let mut found: Vec<Value> = serde_json::from_slice(&ran.stdout).unwrap();
        found.retain(|finding| finding["severity"] == "warning");
        for finding in &mut found {
            finding.as_object_mut().unwrap().remove("severity");
        }
        assert_eq!(Some(&found), case["expect"].as_array(), "{}", case["name"]);
    }
}

#[test]
fn a_machine_is_told_in_json_whether_it_loads_or_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata/mistakes");
    let place = tempfile::tempdir().unwrap();
    let odd = serde_json::json!({"write": {"extra.cedar": "forbid (principal in Blueprint::\"suport-bots\", action, resource);"}});
    let shop = changed(&folder.join("shop"), &odd, place.path());
    let check = |more: &[&str]| {
        let ran =
            Command::new(env!("CARGO_BIN_EXE_bailiwick")).args(["check", "shop", "--json"]).args(more).current_dir(place.path()).output().unwrap();
        (ran.status.code().unwrap(), serde_json::from_slice::<Value>(&ran.stdout).unwrap())
    };
    let (code, found) = check(&[]);
    let first = &found[0];
    assert_eq!((code, first["code"].as_str(), first["severity"].as_str()), (0, Some("policy.unknown_entity"), Some("warning")));
    assert_eq!((first["file"].as_str(), first["line"].as_u64(), first["column"].as_u64()), (Some("extra.cedar"), Some(1), Some(22)));
    assert_eq!(check(&["--strict"]).0, 2);
    fs::write(shop.join("extra.cedar"), "forbid (principal, action == Action::\"pay\", resource);").unwrap();
    let (code, found) = check(&[]);
    assert_eq!((code, found[0]["severity"].as_str(), found[0]["line"].as_u64()), (2, Some("error"), Some(1)));
}
