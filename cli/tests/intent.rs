//! `bailiwick intent`: the contract of a prompt, for people and as JSON, and what is said of catalogs that are wrong.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const TOOLS: &str = r#"{"tools": [
    {"name": "pay_invoice", "system": "bank", "effects": ["pay"], "roles": {"iban": "destination", "amount": "amount"},
     "parameters": {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "string", "format": "decimal"}},
                    "required": ["iban", "amount"]}},
    {"name": "read_invoice", "system": "bank", "effects": ["read"], "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}},
    {"name": "delete_page", "system": "web", "description": "Deletes a page.",
     "parameters": {"type": "object", "properties": {"page_id": {"type": "string"}}}}
]}"#;

fn catalog(dir: &Path, text: &str) -> PathBuf {
    let file = dir.join("tools.json");
    fs::write(&file, text).unwrap();
    file
}

fn intent(prompt: &str, catalog: &Path, more: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_bailiwick");
    let mut command = Command::new(program);
    command.args(["intent", prompt, "--catalog"]).arg(catalog).args(more);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Who does not read it closes it.
    let _ = child.stdin.take().unwrap().write_all(b"Pay the invoice");
    child.wait_with_output().unwrap()
}

/// The exit code, and the object.
fn found(prompt: &str, catalog: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let output = intent(prompt, catalog, &[&["--json"][..], more].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_prompt_becomes_a_contract() {
    let dir = tempfile::tempdir().unwrap();
    let file = catalog(dir.path(), TOOLS);
    let (code, found) = found("Pay the March invoice, at most 500 EUR", &file, &[]);
    assert_eq!((code, &found["contract"]["mode"]), (Some(0), &json!("bounded")), "{found}");
    let grant = &found["contract"]["grants"][0];
    assert_eq!((&grant["tools"], &grant["evidence"]["text"]), (&json!(["pay_invoice"]), &json!("Pay")), "{found}");
    assert!(!grant["amount_max"].is_null(), "{found}");

    let output = intent("Pay the March invoice, at most 500 EUR", &file, &[]);
    let shown = text(output.stdout);
    assert!(shown.starts_with("mode        bounded\nconfidence  "), "{shown}");
    assert!(shown.contains("\nasked for\n  \"Pay\" → pay_invoice\n"), "{shown}");
    assert!(shown.contains("      amount of one call, at most: 500.0\n"), "{shown}");
}

#[test]
fn a_question_asks_for_nothing_but_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (code, found) = found("What does the March invoice say?", &catalog(dir.path(), TOOLS), &[]);
    assert_eq!((code, &found["contract"]["mode"], &found["contract"]["grants"]), (Some(0), &json!("read_only"), &json!([])), "{found}");
}

#[test]
fn a_prompt_may_come_from_the_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let file = catalog(dir.path(), TOOLS);
    assert_eq!(found("-", &file, &[]).1, found("Pay the invoice", &file, &[]).1);
}

#[test]
fn what_nobody_declared_is_guessed_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = catalog(dir.path(), TOOLS);
    let (_, guesses) = found("", &file, &[]);
    assert_eq!(guesses["guessed"].as_array().unwrap().len(), 1, "{guesses}");
    assert_eq!((&guesses["guessed"][0]["tool"], &guesses["guessed"][0]["reads"]), (&json!("delete_page"), &json!(false)));
    let shown = text(intent("", &file, &[]).stdout);
    assert!(shown.contains("\nguessed, for nobody has declared what these tools do\n  delete_page: cannot be undone"), "{shown}");

    let annotations = dir.path().join("annotations.json");
    fs::write(&annotations, r#"{"tools": [{"name": "delete_page", "effects": ["delete"]}]}"#).unwrap();
    let (code, found) = found("", &file, &["--annotations", annotations.to_str().unwrap()]);
    assert_eq!((code, &found["guessed"]), (Some(0), &json!([])), "{found}");
}

#[test]
fn standing_tools_are_in_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let file = catalog(dir.path(), TOOLS);
    let (code, found) = found("What is new?", &file, &["--standing", "delete_page"]);
    assert_eq!((code, &found["contract"]["standing"]), (Some(0), &json!(["delete_page"])), "{found}");
}

#[test]
fn what_cannot_be_used_is_named_and_fails() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |output: Output, why: &[&str]| {
        let said = text(output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty() && said.starts_with("bailiwick: "), "{said}");
        assert!(why.iter().all(|why| said.contains(why)), "{said}");
    };
    let file = catalog(dir.path(), TOOLS);
    fails(intent("Pay", &file, &["--standing", "pay_invoise"]), &["`pay_invoise`"]);
    fails(intent("Pay", &dir.path().join("nowhere.json"), &[]), &["nowhere.json"]);
    let annotations = dir.path().join("annotations.json");
    fs::write(&annotations, r#"{"tools": [{"name": "delete_pge", "effects": ["delete"]}]}"#).unwrap();
    fails(intent("Pay", &file, &["--annotations", annotations.to_str().unwrap()]), &["annotations.json", "`delete_pge`"]);
    fails(intent("Pay", &catalog(dir.path(), "{\n  \"tools\": [,]\n}"), &[]), &["tools.json:2:"]);
}

#[test]
fn nothing_a_prompt_holds_reaches_the_terminal_unescaped() {
    let dir = tempfile::tempdir().unwrap();
    let output = intent("Delete\u{1b}[2J the page, and frobnicate\u{1b}[31m it", &catalog(dir.path(), TOOLS), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!text(output.stdout).contains('\u{1b}'));
}
