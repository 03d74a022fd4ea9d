//! The office of `testdata/setups/office.json`, for tests that need more than one request.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::Path;

use bailiwick::{Agent, Call, Catalog, Engine, Origin, Registry, Resources, SealKey, Source, Start, Task, Timestamp, Value, World};

pub const NOW: i64 = 1_700_000_000_000;

pub struct Office {
    pub engine: Engine,
    pub registry: Registry,
    pub resources: Resources,
    pub policies: String,
}

pub fn setup() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/setups/office.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub fn office() -> Office {
    office_with("")
}

/// The office with further policies.
pub fn office_with(more: &str) -> Office {
    let setup = setup();
    let policies = setup["policies"]["office.cedar"].as_str().unwrap().to_owned();
    let engine = Engine::builder(SealKey::new([7; 32]))
        .catalog(Catalog::from_json(&setup["catalog"].to_string()).unwrap())
        .schema([Source::new("office.cedarschema", setup["schema"]["office.cedarschema"].as_str().unwrap())])
        .policies([Source::new("office.cedar", &policies), Source::new("more.cedar", more)])
        .accept_claimed_chains(true)
        .build()
        .unwrap_or_else(|error| unreachable!("{}", error.report()));
    let registry = Registry::from_json(&setup["registry"].to_string()).unwrap();
    let resources = engine.resources(&setup["entities"].to_string()).unwrap();
    Office { engine, registry, resources, policies }
}

impl Office {
    pub fn world(&self) -> World<'_> {
        self.world_at(NOW)
    }

    pub fn world_at(&self, millis: i64) -> World<'_> {
        World::new(&self.registry, Timestamp::from_millis(millis).unwrap()).with_resources(&self.resources)
    }

    pub fn begin(&self) -> Task {
        self.engine.begin(Start::new("task-1", alice(), agent("planner")), &self.world()).unwrap()
    }
}

pub fn alice() -> Origin {
    Origin::user("https://idp.example", "alice").unwrap().with_groups(["finance"]).unwrap()
}

pub fn person(subject: &str) -> Origin {
    Origin::user("https://idp.example", subject).unwrap()
}

pub fn agent(subject: &str) -> Agent {
    Agent::new("https://agents.example", subject).unwrap()
}

pub fn post(amount: &str) -> Call {
    Call::new("erp.post_invoice", Value::parse(&format!(r#"{{"invoice": "inv-1", "amount": {amount}, "currency": "EUR"}}"#)).unwrap())
}

pub fn read_invoice() -> Call {
    Call::new("erp.read_invoice", Value::parse(r#"{"id": "inv-1"}"#).unwrap())
}
