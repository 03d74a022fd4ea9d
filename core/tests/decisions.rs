//! Runs every file in `testdata/decisions`: the same files the Python and Node suites run.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick::{Catalog, Decision, Engine, Error, Ledger, Registry, SealKey, Source, Timestamp, World};
use serde_json::Value;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn setup_of(case: &Value) -> Value {
    let base = |name: &Value| read(&testdata().join(format!("setups/{}.json", name.as_str().unwrap())));
    match &case["setup"] {
        name @ Value::String(_) => base(name),
        inline => {
            let mut setup = inline.get("base").map_or_else(|| serde_json::json!({}), base);
            for (member, value) in inline.as_object().unwrap().iter().filter(|(member, _)| *member != "base") {
                setup[member] = value.clone();
            }
            setup
        }
    }
}

fn sources(setup: &Value, member: &str) -> Vec<Source> {
    let texts = setup[member].as_object().into_iter().flatten();
    texts.map(|(name, text)| Source::new(name, text.as_str().unwrap())).collect()
}

fn seal_key(setup: &Value) -> SealKey {
    let digits = setup["seal_key"].as_str().unwrap_or("00").repeat(32);
    let byte = |index: usize| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap();
    SealKey::new(std::array::from_fn(byte))
}

struct Loaded {
    engine: Engine,
    registry: Registry,
    resources: Option<bailiwick::Resources>,
}

fn load(setup: &Value) -> Result<Loaded, Error> {
    let engine = Engine::builder(seal_key(setup))
        .catalog(Catalog::from_any("tools", &setup["catalog"].to_string())?)
        .schema(sources(setup, "schema"))
        .policies(sources(setup, "policies"))
        .accept_claimed_chains(setup["accept_claimed_chains"] == true)
        .build()?;
    let registry = Registry::from_json(&setup["registry"].to_string())?;
    let resources = setup.get("entities").map(|entities| engine.resources(&entities.to_string())).transpose()?;
    Ok(Loaded { engine, registry, resources })
}

fn decide(loaded: &Loaded, case: &Value) -> Decision {
    let now = Timestamp::from_millis(case["now_ms"].as_i64().unwrap()).unwrap();
    let ledger = case.get("ledger").map(|ledger| Ledger::from_json(&ledger.to_string()).unwrap());
    let mut world = World::new(&loaded.registry, now);
    if let Some(resources) = &loaded.resources {
        world = world.with_resources(resources);
    }
    if let Some(ledger) = &ledger {
        world = world.with_ledger(ledger);
    }
    let text = case["request_text"].as_str().map_or_else(|| case["request"].to_string(), str::to_owned);
    loaded.engine.decide_json(&text, &world)
}

fn check(decision: &Decision, expect: &Value) -> Result<(), String> {
    let record: Value = serde_json::from_slice(&decision.to_bytes()).unwrap();
    for (member, expected) in expect.as_object().unwrap() {
        let found = match member.as_str() {
            "reason" => record["reason"]["code"].clone(),
            "hop" | "gate" | "policies" => record["reason"][member].clone(),
            "findings" => record["findings"].as_array().map_or(0, Vec::len).into(),
            _ => record[member].clone(),
        };
        if found != *expected {
            return Err(format!("{member}: expected {expected}, found {found} ({})", decision.reason));
        }
    }
    Ok(())
}

fn check_load_error(result: Result<Loaded, Error>, expect: &Value) -> Result<(), String> {
    let error = result.err().ok_or("loaded without error")?;
    let place = error.location();
    let found = serde_json::json!({
        "code": error.code(),
        "file": place.and_then(|place| place.file.clone()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
    });
    match expect.as_object().unwrap().iter().find(|(member, expected)| found[member] != **expected) {
        Some((member, expected)) => Err(format!("{member}: expected {expected}, found {} ({error})", found[member])),
        None => Ok(()),
    }
}

#[test]
fn every_case_is_decided_as_it_says() {
    let mut engines: BTreeMap<String, Loaded> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(testdata().join("decisions")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 60, "{} cases", paths.len());
    for path in &paths {
        let case = read(path);
        let setup = setup_of(&case);
        let result = if let Some(expect) = case.get("load_error") {
            check_load_error(load(&setup), expect)
        } else {
            let loaded = engines
                .entry(setup.to_string())
                .or_insert_with(|| load(&setup).unwrap_or_else(|error| panic!("{}: {}", path.display(), error.report())));
            check(&decide(loaded, &case), &case["expect"])
        };
        if let Err(why) = result {
            wrong.push(format!("{}: {why}", path.file_stem().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
}

/// A code nobody can reach is a promise nobody checks: each stands in a case, or in the list of those that need more
/// than one request to show.
#[test]
fn every_code_is_shown() {
    let elsewhere =
        ["request.too_large", "approval.invalid", "approval.mismatch", "approval.expired", "approval.used", "approval.role", "engine.internal"];
    let shown: Vec<String> = fs::read_dir(testdata().join("decisions"))
        .unwrap()
        .map(|entry| read(&entry.unwrap().path())["expect"].take())
        .flat_map(|expect| [vec![expect["reason"].clone()], expect["declined"].as_array().cloned().unwrap_or_default()].concat())
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect();
    let missing: Vec<_> = bailiwick::Code::all()
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !elsewhere.contains(code) && !shown.iter().any(|shown| shown == code))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
