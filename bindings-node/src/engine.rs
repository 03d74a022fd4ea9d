//! The engine, as Node holds it.

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick::{Error, ErrorKind, Ledger, Source, read_json};
use bailiwick_store::{Host, Parts};
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Task as Background};
use napi_derive::napi;
use serde::Deserialize;

use crate::log::NativeLog;
use crate::raise::{instant, thrown};
use crate::task::{NativeDecision, NativeTask};

/// The parts of an engine; documents are JSON text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", expecting = "the parts of an engine")]
struct PartsFields {
    #[serde(default)]
    policies: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    schema: std::collections::BTreeMap<String, String>,
    catalog: Option<String>,
    annotations: Option<String>,
    registry: Option<String>,
    entities: Option<String>,
    #[serde(default)]
    accept_claimed_chains: bool,
    seal_key: Option<Vec<u8>>,
}

fn parts(text: &str) -> Result<Parts, Error> {
    let fields: PartsFields = read_json(text)?;
    let sources = |texts: std::collections::BTreeMap<String, String>| texts.into_iter().map(|(name, text)| Source::new(name, text)).collect();
    let named = |name: &str, text: Option<String>| text.map(|text| Source::new(name, text));
    let wrong_key = |_| Error::new(ErrorKind::Usage, "sealKey: 32 bytes are needed");
    Ok(Parts {
        policies: sources(fields.policies),
        schema: sources(fields.schema),
        catalog: named("catalog", fields.catalog),
        annotations: named("annotations", fields.annotations),
        registry: named("registry", fields.registry),
        entities: named("entities", fields.entities),
        accept_claimed_chains: fields.accept_claimed_chains,
        seal_key: fields.seal_key.map(<[u8; 32]>::try_from).transpose().map_err(wrong_key)?,
    })
}

/// An engine with its snapshots and log.
#[napi]
pub struct NativeEngine(Arc<Host>);

#[napi]
impl NativeEngine {
    #[napi(constructor, catch_unwind)]
    pub fn new(parts_json: String) -> napi::Result<Self> {
        let host = parts(&parts_json).and_then(Host::new).map_err(thrown)?;
        Ok(Self(Arc::new(host)))
    }

    #[napi(catch_unwind)]
    pub fn begin(&self, start_json: String, now_ms: Option<i64>) -> napi::Result<NativeTask> {
        let task = self.0.begin(&start_json, instant(now_ms)?).map_err(thrown)?;
        Ok(NativeTask::new(task))
    }

    #[napi(catch_unwind)]
    pub fn resume(&self, chain_json: String, now_ms: Option<i64>) -> napi::Result<NativeTask> {
        let task = self.0.resume(&chain_json, instant(now_ms)?).map_err(thrown)?;
        Ok(NativeTask::new(task))
    }

    #[napi(catch_unwind)]
    pub fn decide(&self, request_json: String, ledger_json: Option<String>, now_ms: Option<i64>) -> napi::Result<NativeDecision> {
        let ledger = ledger_json.map(|ledger| Ledger::from_json(&ledger)).transpose().map_err(thrown)?;
        Ok(NativeDecision::of_request(self.0.decide_json(&request_json, ledger.as_ref(), instant(now_ms)?)))
    }

    #[napi(catch_unwind)]
    pub fn decide_malformed(&self, why: String, now_ms: Option<i64>) -> napi::Result<NativeDecision> {
        Ok(NativeDecision::of_request(self.0.decide_malformed(&why, instant(now_ms)?)))
    }

    #[napi(catch_unwind)]
    pub fn load_policies(&self, policies_json: String) -> napi::Result<()> {
        let texts: std::collections::BTreeMap<String, String> = read_json(&policies_json).map_err(thrown)?;
        let sources: Vec<_> = texts.into_iter().map(|(name, text)| Source::new(name, text)).collect();
        self.0.load_policies(&sources).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn load_registry(&self, registry_json: String) -> napi::Result<()> {
        self.0.load_registry(&registry_json).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn load_entities(&self, entities_json: String) -> napi::Result<()> {
        self.0.load_resources(&entities_json).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn reload(&self, dir: String) -> napi::Result<()> {
        self.0.reload_dir(&PathBuf::from(dir)).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn schema(&self) -> String {
        self.0.engine().policies().schema().to_owned()
    }

    #[napi(catch_unwind)]
    pub fn warnings(&self) -> Vec<String> {
        self.0.engine().policies().warnings().to_vec()
    }

    #[napi(catch_unwind)]
    pub fn lint(&self) -> Vec<String> {
        self.0.engine().catalog().lint().collect()
    }

    #[napi(catch_unwind)]
    pub fn parameters(&self, tool: String) -> Option<Vec<String>> {
        let tool = self.0.engine().catalog().tool(&tool)?;
        Some(tool.parameters().map(str::to_owned).collect())
    }

    #[napi(catch_unwind)]
    pub fn log(&self) -> NativeLog {
        NativeLog::new(Arc::clone(&self.0))
    }
}

/// Reading a directory and compiling its policies, off the event loop.
pub struct LoadDir {
    dir: PathBuf,
    catalog: Option<PathBuf>,
    parts_json: String,
}

impl Background for LoadDir {
    type Output = Host;
    type JsValue = NativeEngine;

    fn compute(&mut self) -> napi::Result<Host> {
        let options = parts(&self.parts_json).map_err(thrown)?;
        Host::from_dir(&self.dir, self.catalog.as_deref(), options).map_err(thrown)
    }

    fn resolve(&mut self, _env: Env, host: Host) -> napi::Result<NativeEngine> {
        Ok(NativeEngine(Arc::new(host)))
    }
}

/// An engine of a policy directory.
#[napi(ts_return_type = "Promise<NativeEngine>")]
pub fn load_dir(dir: String, catalog: Option<String>, parts_json: String) -> AsyncTask<LoadDir> {
    AsyncTask::new(LoadDir { dir: dir.into(), catalog: catalog.map(PathBuf::from), parts_json })
}
