//! The program as its users run it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the program somewhere else than in the repository: it must not lean on the current directory.
fn bailiwick<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_bailiwick")).args(arguments).current_dir(std::env::temp_dir()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

fn replay(file: &Path, policies: &str, more: &[&str]) -> Ran {
    let policies = repository(policies);
    let fixed = ["replay".as_ref(), file.as_os_str(), "--policies".as_ref(), policies.as_os_str()];
    bailiwick(fixed.into_iter().chain(more.iter().map(AsRef::as_ref)))
}

/// The lines with everything masked that differs from run to run, machine to machine, or with the engine's version.
fn masked(out: &str) -> Vec<String> {
    let without_number = |line: &str| line.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.').trim_end().to_owned();
    let mask = |line: &str| {
        if let Some((head, _)) = line.rsplit_once(" root sha256:") {
            return format!("{head} root … verified");
        }
        if let Some(line) = line.strip_suffix(" µs").filter(|line| line.starts_with("  ")) {
            return without_number(line) + "  … µs";
        }
        let numbers = line.split_whitespace().skip(1).filter(|word| word.parse::<f64>().is_ok()).count();
        if numbers > 8 { without_number(&without_number(line)) + "  … …" } else { line.to_owned() }
    };
    out.lines().filter(|line| !line.starts_with("This program was built")).map(mask).collect()
}

fn call_lines(lines: &[String]) -> Vec<String> {
    lines.iter().filter(|line| line.ends_with("… µs")).cloned().collect()
}

fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One benign run of one call, as a file.
fn episode(dir: &Path, tool: &str, arguments: &str) -> PathBuf {
    let file = dir.join("one.jsonl");
    let line = format!(r#"{{"id":"one","suite":"banking","prompt":"do it","calls":[{{"tool":"{tool}","args":{arguments},"label":"benign"}}]}}"#);
    fs::write(&file, line + "\n").unwrap();
    file
}

/// What the demo prints, for reviewers to read. `BLESS=1` writes it anew.
#[test]
fn demo_prints_what_demo_txt_has() {
    let ran = bailiwick(["demo"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines = masked(&ran.out);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (line, expected) in lines.iter().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), expected.lines().count());
}

#[test]
fn demo_prints_a_line_per_call_and_verified_heads() {
    let recorded = ["banking", "workspace"].map(|suite| fs::read_to_string(repository(&format!("testdata/episodes/{suite}.jsonl"))).unwrap());
    let calls: usize = recorded.iter().flat_map(|text| json_lines(text)).map(|episode| episode["calls"].as_array().unwrap().len()).sum();
    let ran = bailiwick(["demo"]);
    assert_eq!(call_lines(&masked(&ran.out)).len(), calls);
    assert_eq!(ran.out.lines().filter(|line| line.starts_with("log of ") && line.ends_with(" verified")).count(), 2);
}

#[test]
fn demo_json_is_an_object_per_decision_and_one_of_totals() {
    let ran = bailiwick(["demo", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let mut lines = json_lines(&ran.out);
    let last = lines.pop().unwrap();
    assert_eq!(last["totals"]["all"]["decisions"], lines.len());
    assert_eq!(last["heads"].as_array().unwrap().len(), 2);
    for line in &lines {
        assert!(line["micros"].as_f64().unwrap() > 0.0);
        assert!(["benign", "attack"].contains(&line["label"].as_str().unwrap()));
        assert_eq!(line["decision"]["chain"]["agents"].as_array().unwrap().len(), 2, "user → assistant → specialist");
        assert_eq!(line["decision"]["chain"]["proof_level"], 1);
    }
    let count = |label: &str, effect: &str| lines.iter().filter(|line| line["label"] == label && line["decision"]["effect"] == effect).count();
    for (label, effect) in [("benign", "allow"), ("benign", "ask"), ("benign", "deny"), ("attack", "allow"), ("attack", "ask"), ("attack", "deny")] {
        assert_eq!(last["totals"]["all"][label][effect], count(label, effect));
        assert!(count(label, effect) > 0, "the dozen shows every outcome: {label} {effect}");
    }
}

/// Also says that what the program carries is what the repository has.
#[test]
fn replay_of_the_kept_files_equals_the_demo() {
    let demo = json_lines(&bailiwick(["demo", "--json"]).out);
    let decisions = |lines: &[Value]| lines.iter().filter_map(|line| line.get("decision").cloned()).collect::<Vec<_>>();
    let mut replayed = Vec::new();
    for (index, (suite, policies)) in [("banking", "examples/bank"), ("workspace", "examples/office")].into_iter().enumerate() {
        let ran = replay(&repository(&format!("testdata/episodes/{suite}.jsonl")), policies, &["--json"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let lines = json_lines(&ran.out);
        assert_eq!(lines.last().unwrap()["heads"][0], demo.last().unwrap()["heads"][index], "the same log, to the last bit");
        replayed.extend(decisions(&lines));
    }
    assert_eq!(replayed, decisions(&demo));
}

#[test]
fn gzip_is_read_whatever_the_file_is_called() {
    let dir = tempfile::tempdir().unwrap();
    let plain = repository("testdata/episodes/banking.jsonl");
    for name in ["banking.jsonl.gz", "banking"] {
        let file = dir.path().join(name);
        let mut gzip = GzEncoder::new(fs::File::create(&file).unwrap(), Compression::default());
        gzip.write_all(&fs::read(&plain).unwrap()).unwrap();
        gzip.finish().unwrap();
        let (ran, expected) = (replay(&file, "examples/bank", &[]), replay(&plain, "examples/bank", &[]));
        assert_eq!(masked(&ran.out), masked(&expected.out));
    }
    let cut = dir.path().join("cut.gz");
    let whole = fs::read(dir.path().join("banking")).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let ran = replay(&cut, "examples/bank", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("cut.gz:"), "{}", ran.err);
}

#[test]
fn a_malformed_line_is_named_before_anything_is_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("runs.jsonl");
    let good = fs::read_to_string(repository("testdata/episodes/banking.jsonl")).unwrap();
    let good = good.lines().next().unwrap();
    for (bad, place) in [
        ("{\"id\": \"x\"", ":3:"),
        ("{\"id\": \"x\", \"suite\": \"s\", \"prompt\": \"p\"}", ":3:40: `calls` is missing"),
        ("{\"id\": \"x\", \"suite\": \"s\", \"prompt\": \"p\", \"calls\": [{\"tool\": \"t\", \"args\": {}, \"label\": \"good\"}]}", ":3:"),
        ("{\"id\": \"x\", \"id\": \"y\", \"suite\": \"s\", \"prompt\": \"p\", \"calls\": []}", ":3:"),
    ] {
        fs::write(&file, format!("{good}\n\n{bad}\n{good}\n")).unwrap();
        let ran = replay(&file, "examples/bank", &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(&format!("runs.jsonl{place}")), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    fs::write(&file, [b'"', 0xff, b'"']).unwrap();
    assert!(replay(&file, "examples/bank", &[]).err.contains("runs.jsonl:1:"));
    fs::write(&file, "\n").unwrap();
    assert!(replay(&file, "examples/bank", &[]).err.contains("has no episode"));
}

#[test]
fn a_missing_file_or_directory_is_a_sentence_and_exit_code_2() {
    let ran = replay(Path::new("nowhere.jsonl"), "examples/bank", &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("bailiwick: nowhere.jsonl: "), "{}", ran.err);
    let ran = replay(&repository("testdata/episodes/banking.jsonl"), "examples/nowhere", &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nowhere: "), "{}", ran.err);
    assert_eq!(bailiwick(["replay"]).code, 2);
    assert_eq!(bailiwick(["rehearse"]).code, 2);
    assert_eq!(bailiwick(["--help"]).code, 0);
}

#[test]
fn what_the_catalog_does_not_know_is_denied() {
    let dir = tempfile::tempdir().unwrap();
    for (tool, arguments, reason) in [
        ("wire_everything", "{}", "call.tool_unknown"),
        ("get_iban", r#"{"whose": "all"}"#, "call.argument_unknown"),
        ("send_money", r#"{"recipient": "x"}"#, "call.argument_missing"),
        ("send_money", r#"{"recipient": "x", "amount": "1", "subject": "", "date": ""}"#, "call.argument_invalid"),
        ("get_iban", "[]", "call.malformed"),
        ("get\\u001b[2Jiban", "{}", "call.tool_unknown"),
    ] {
        let ran = replay(&episode(dir.path(), tool, arguments), "examples/bank", &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let line = ran.out.lines().find(|line| line.starts_with("  09:00:00")).unwrap();
        assert!(line.contains("deny") && line.contains(reason), "{line}");
        assert!(!ran.out.contains('\u{1b}'), "a name cannot speak to the terminal");
    }
}

#[test]
fn the_cast_can_be_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = episode(dir.path(), "get_iban", "{}");
    let effect = |more: &[&str]| {
        let mut more = more.to_vec();
        more.push("--json");
        let ran = replay(&file, "examples/bank", &more);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let decision = json_lines(&ran.out)[0]["decision"].clone();
        (decision["effect"].as_str().unwrap().to_owned(), decision["reason"]["code"].as_str().unwrap().to_owned(), decision["reason"]["hop"].as_u64())
    };
    let is = |effect: &str, code: &str, hop| (effect.to_owned(), code.to_owned(), hop);
    assert_eq!(effect(&[]), is("allow", "permitted", None));
    assert_eq!(effect(&["--user", "https://other.example|emma"]), is("deny", "policy.no_permit", Some(0)));
    assert_eq!(effect(&["--assistant", "https://agents.example|stranger"]), is("deny", "registry.unknown", Some(0)));
    assert_eq!(effect(&["--specialist", "https://agents.example|stranger"]), is("deny", "registry.unknown", Some(1)));
    assert_eq!(effect(&["--group", "customers", "--start-ms", "0"]), is("allow", "permitted", None));

    let cycle = replay(&file, "examples/bank", &["--specialist", "https://agents.example|assistant"]);
    assert_eq!(cycle.code, 2);
    assert!(cycle.err.contains("one.jsonl:1: chain.cycle"), "{}", cycle.err);
}

#[test]
fn a_catalog_is_found_beside_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let policies = dir.path().join("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("all.cedar"), "permit (principal, action, resource);").unwrap();
    fs::copy(repository("examples/bank/registry.json"), policies.join("registry.json")).unwrap();
    fs::copy(repository("testdata/episodes/banking.jsonl"), dir.path().join("banking.some.jsonl")).unwrap();
    fs::copy(repository("examples/bank/bank.cedarschema"), policies.join("bank.cedarschema")).unwrap();
    let run = || bailiwick([Path::new("replay"), &dir.path().join("banking.some.jsonl"), Path::new("--policies"), &policies]);
    let ran = run();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no tool catalog") && ran.err.contains("banking.catalog.json"), "{}", ran.err);
    fs::copy(repository("examples/bank/tools.json"), dir.path().join("banking.catalog.json")).unwrap();
    let ran = run();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("allow  permitted"));
}

#[test]
fn check_says_what_is_wrong_and_where() {
    for directory in ["examples/bank", "examples/office"] {
        let ran = bailiwick(["check".as_ref(), repository(directory).as_os_str()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.out.contains("warning: ") && ran.out.contains("; 0 warnings"), "nothing odd: {}", ran.out);
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["agents.cedar", "bank.cedarschema", "tools.json", "registry.json"] {
        fs::copy(repository(&format!("examples/bank/{name}")), dir.path().join(name)).unwrap();
    }
    let check = || bailiwick(["check".as_ref(), dir.path().as_os_str()]);
    fs::write(dir.path().join("own.cedar"), "permit (principal, action, resource)\nwhen { context.inptu has amount };").unwrap();
    let ran = check();
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("own.cedar:2:"), "{}", ran.err);
    assert!(ran.err.lines().count() > 1, "the text around it: {}", ran.err);
    fs::write(dir.path().join("own.cedar"), "").unwrap();
    fs::write(dir.path().join("grants.json"), "{\"assistnat\": {}}").unwrap();
    let ran = check();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("grants.json:1:"), "{}", ran.err);
}

#[test]
fn schema_is_what_policies_are_validated_against() {
    let ran = bailiwick(["schema".as_ref(), repository("examples/bank").as_os_str()]);
    assert_eq!(ran.code, 0);
    for word in ["action \"send_money\" in [Action::\"pay\", Action::\"system:bank\"]", "resource: [Account]", "\"amount\": decimal"] {
        assert!(ran.out.contains(word), "{word}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bailiwick")).arg("demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
