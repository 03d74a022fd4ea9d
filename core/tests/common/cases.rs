//! Runs case files: the same files the Python and Node suites run. `testdata/README.md` describes them.
#![allow(dead_code, reason = "each suite uses a part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick::{AuthZen, Call, Catalog, Decision, Engine, Error, Ledger, Registry, Revocations, SealKey, Source, Timestamp, TrustStore, World};
use serde_json::Value;

pub fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

pub fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder, sorted.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(testdata().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A setup; `home` is where setups it names stand.
pub fn setup_of(case: &Value, home: &str) -> Value {
    resolved(&case["setup"], home)
}

fn resolved(setup: &Value, home: &str) -> Value {
    match setup {
        Value::String(name) => resolved(&read(&testdata().join(format!("{home}/{name}.json"))), home),
        inline => {
            let mut setup = inline.get("base").map_or_else(|| serde_json::json!({}), |base| resolved(base, home));
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

pub struct Loaded {
    pub engine: Engine,
    registry: Registry,
    resources: Option<bailiwick::Resources>,
    trust: Option<TrustStore>,
    revocations: Option<Revocations>,
}

pub fn load(setup: &Value) -> Result<Loaded, Error> {
    let engine = Engine::builder(seal_key(setup))
        .catalog(Catalog::from_any("tools", &setup["catalog"].to_string())?)
        .schema(sources(setup, "schema"))
        .policies(sources(setup, "policies"))
        .accept_claimed_chains(setup["accept_claimed_chains"] == true)
        .build()?;
    let registry = Registry::from_json(&setup["registry"].to_string())?;
    let resources = setup.get("entities").map(|entities| engine.resources(&entities.to_string())).transpose()?;
    let trust = setup.get("trust").map(|trust| TrustStore::from_json(&trust.to_string())).transpose()?;
    let revocations = setup.get("revocations").map(|revocations| Revocations::from_json(&revocations.to_string())).transpose()?;
    Ok(Loaded { engine, registry, resources, trust, revocations })
}

impl Loaded {
    /// The world of a case, at its instant.
    pub fn world<'w>(&'w self, now: Timestamp, ledger: Option<&'w Ledger>) -> World<'w> {
        let mut world = World::new(&self.registry, now);
        world.resources = self.resources.as_ref();
        world.trust = self.trust.as_ref();
        world.revocations = self.revocations.as_ref();
        world.ledger = ledger;
        world
    }
}

pub fn decide(loaded: &Loaded, case: &Value) -> Decision {
    let now = Timestamp::from_millis(case["now_ms"].as_i64().unwrap()).unwrap();
    let ledger = case.get("ledger").map(|ledger| Ledger::from_json(&ledger.to_string()).unwrap());
    let world = loaded.world(now, ledger.as_ref());
    if let Some(request) = case.get("authzen") {
        let answer = loaded.engine.decide_authzen(&request.to_string(), &AuthZen::default(), &world);
        let response: Value = serde_json::from_str(&answer.response).unwrap();
        assert_eq!(response["decision"], answer.decisions[0].is_allowed());
        return answer.decisions[0].clone();
    }
    let text = case["request_text"].as_str().map_or_else(|| case["request"].to_string(), str::to_owned);
    loaded.engine.decide_json(&text, &world)
}

/// Whether a decision is as the case says.
pub fn check(loaded: &Loaded, case: &Value) -> Result<(), String> {
    let decision = decide(loaded, case);
    let record: Value = serde_json::from_slice(&decision.to_bytes()).unwrap();
    for (member, expected) in case["expect"].as_object().unwrap() {
        let found = match member.as_str() {
            "reason" => record["reason"]["code"].clone(),
            "hop" | "gate" | "policies" => record["reason"][member].clone(),
            "findings" => record["findings"].as_array().map_or(0, Vec::len).into(),
            "chain" => {
                let named: serde_json::Map<_, _> =
                    expected.as_object().unwrap().keys().map(|name| (name.clone(), record["chain"][name].clone())).collect();
                named.into()
            }
            "is_of" => {
                let executed: Call = serde_json::from_value(case["executed"].clone()).unwrap();
                decision.is_of(&executed).into()
            }
            "warning" => {
                let substring = expected.as_str().unwrap();
                let warned = loaded.engine.policies().warnings().iter().any(|warning| warning.to_string().contains(substring));
                if warned { expected.clone() } else { format!("{:?}", loaded.engine.policies().warnings()).into() }
            }
            "explain_lacks" => {
                let explanation = decision.explain();
                if explanation.contains(expected.as_str().unwrap()) { explanation.into() } else { expected.clone() }
            }
            _ => record[member].clone(),
        };
        if found != *expected {
            return Err(format!("{member}: expected {expected}, found {found} ({})", decision.reason));
        }
    }
    Ok(())
}

pub fn check_load_error(result: Result<Loaded, Error>, expect: &Value) -> Result<(), String> {
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

/// Runs every file of a folder; says which are not decided as they say.
pub fn run(paths: &[PathBuf], home: &str) -> Vec<String> {
    let mut engines: BTreeMap<String, Loaded> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in paths {
        let case = read(path);
        let setup = setup_of(&case, home);
        let result = if let Some(expect) = case.get("load_error") {
            check_load_error(load(&setup), expect)
        } else {
            let key = setup.to_string();
            let loaded = engines.entry(key).or_insert_with(|| load(&setup).unwrap_or_else(|error| panic!("{}: {}", path.display(), error.report())));
            check(loaded, &case)
        };
        if let Err(why) = result {
            wrong.push(format!("{}: {why}", path.file_stem().unwrap().to_string_lossy()));
        }
    }
    wrong
}

/// The reason codes that case files expect.
pub fn shown(paths: &[PathBuf]) -> Vec<String> {
    let expectations = paths.iter().map(|path| read(path)["expect"].take());
    let codes = expectations.flat_map(|expect| [vec![expect["reason"].clone()], expect["declined"].as_array().cloned().unwrap_or_default()].concat());
    codes.filter_map(|code| code.as_str().map(str::to_owned)).collect()
}
