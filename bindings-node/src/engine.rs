//! The engine, as JavaScript holds it.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use bailiwick::{AuthZen, Baseline, EntityRef, Error, Ledger, Warning, read_json};
use bailiwick_store::{Host, Parts};
use napi::bindgen_prelude::{AsyncTask, Unknown};
use napi_derive::napi;

use crate::convert::{self, document, source, sources};
use crate::decision::Decision;
use crate::log::Log;
use crate::raise::{raising, usage};
use crate::task::Task;

/// An engine with its snapshots and log.
#[napi]
pub struct Engine(Arc<Host>);

#[napi]
impl Engine {
    /// An engine of texts.
    #[napi(constructor)]
    #[allow(clippy::too_many_arguments, reason = "the parts of an engine; `expect` is copied to where nothing warns")]
    pub fn new(
        policies: Unknown<'_>,
        schema: Option<Unknown<'_>>,
        catalog: Option<Unknown<'_>>,
        annotations: Option<Unknown<'_>>,
        registry: Option<Unknown<'_>>,
        entities: Option<Unknown<'_>>,
        trust: Option<Unknown<'_>>,
        revocations: Option<Unknown<'_>>,
        accept_claimed_chains: Option<Unknown<'_>>,
        seal_key: Option<Unknown<'_>>,
        compare_with_cedar: Option<Unknown<'_>>,
        all_reasons: Option<Unknown<'_>>,
        baseline: Option<Unknown<'_>>,
        standing: Option<Unknown<'_>>,
    ) -> napi::Result<Self> {
        raising(|| {
            let parts = Parts {
                policies: sources(&policies, "policies")?,
                schema: schema.map_or(Ok(Vec::new()), |schema| sources(&schema, "schema"))?,
                catalog: source(catalog.as_ref(), "catalog")?,
                servers: Vec::new(),
                annotations: source(annotations.as_ref(), "annotations")?.into_iter().collect(),
                registry: source(registry.as_ref(), "registry")?,
                entities: source(entities.as_ref(), "entities")?,
                trust: source(trust.as_ref(), "trust")?,
                revocations: source(revocations.as_ref(), "revocations")?,
                accept_claimed_chains: convert::truth(accept_claimed_chains.as_ref(), "acceptClaimedChains")?,
                seal_key: key(seal_key.as_ref())?,
                compare_with_cedar: one_in(compare_with_cedar.as_ref())?,
                first_reasons: all_reasons.is_some() && !convert::truth(all_reasons.as_ref(), "allReasons")?,
                baseline: pack(baseline.as_ref())?,
                standing: convert::texts(standing.as_ref(), "standing")?,
            };
            let values = convert::values(&[
                ("catalog", catalog.as_ref()),
                ("annotations", annotations.as_ref()),
                ("registry", registry.as_ref()),
                ("entities", entities.as_ref()),
                ("trust", trust.as_ref()),
                ("revocations", revocations.as_ref()),
            ]);
            Host::new(parts).map(|host| Self(Arc::new(host))).map_err(|error| convert::placed(error, &values))
        })
    }

    /// An engine of a policy directory, read and compiled on another thread.
    #[napi(ts_return_type = "Promise<Engine>")]
    #[allow(clippy::too_many_arguments, reason = "as above")]
    pub fn from_dir(
        path: Unknown<'_>,
        catalog: Option<Unknown<'_>>,
        registry: Option<Unknown<'_>>,
        entities: Option<Unknown<'_>>,
        trust: Option<Unknown<'_>>,
        revocations: Option<Unknown<'_>>,
        accept_claimed_chains: Option<Unknown<'_>>,
        seal_key: Option<Unknown<'_>>,
        compare_with_cedar: Option<Unknown<'_>>,
        all_reasons: Option<Unknown<'_>>,
        baseline: Option<Unknown<'_>>,
        standing: Option<Unknown<'_>>,
    ) -> napi::Result<AsyncTask<Loading>> {
        raising(|| {
            let catalog = catalog.map(|catalog| convert::text(&catalog, "catalog").map(PathBuf::from)).transpose()?;
            let options = Parts {
                registry: source(registry.as_ref(), "registry")?,
                entities: source(entities.as_ref(), "entities")?,
                trust: source(trust.as_ref(), "trust")?,
                revocations: source(revocations.as_ref(), "revocations")?,
                accept_claimed_chains: convert::truth(accept_claimed_chains.as_ref(), "acceptClaimedChains")?,
                seal_key: key(seal_key.as_ref())?,
                compare_with_cedar: one_in(compare_with_cedar.as_ref())?,
                first_reasons: all_reasons.is_some() && !convert::truth(all_reasons.as_ref(), "allReasons")?,
                baseline: pack(baseline.as_ref())?,
                standing: convert::texts(standing.as_ref(), "standing")?,
                ..Parts::default()
            };
            let values = convert::values(&[
                ("registry", registry.as_ref()),
                ("entities", entities.as_ref()),
                ("trust", trust.as_ref()),
                ("revocations", revocations.as_ref()),
            ]);
            let values = values.into_iter().map(str::to_owned).collect();
            Ok(AsyncTask::new(Loading { values, path: convert::text(&path, "path")?.into(), catalog, options }))
        })
    }

    /// Begins a task.
    #[napi]
    pub fn begin(&self, start: Unknown<'_>, now_ms: Option<Unknown<'_>>) -> napi::Result<Task> {
        raising(|| {
            let (text, now) = (convert::written(&start)?, convert::instant(now_ms.as_ref())?);
            let task = self.0.begin(&text, now).map_err(|error| convert::named(error, &start, "begin"))?;
            Ok(Task::new(task))
        })
    }

    /// Goes on with a chain.
    #[napi]
    pub fn resume(&self, chain: Unknown<'_>, ledger: Option<Unknown<'_>>, now_ms: Option<Unknown<'_>>) -> napi::Result<Task> {
        raising(|| {
            let ledger = spent(ledger.as_ref())?;
            let now = convert::instant(now_ms.as_ref())?;
            let task = convert::read(&chain, "chain", |text| self.0.resume_with(text, ledger.as_ref(), now))?;
            Ok(Task::new(task))
        })
    }

    /// Decides one request. What cannot be read is a request too, one that is denied.
    #[napi]
    pub fn decide(&self, request: Unknown<'_>, ledger: Option<Unknown<'_>>, now_ms: Option<Unknown<'_>>) -> napi::Result<Decision> {
        raising(|| {
            let now = convert::instant(now_ms.as_ref())?;
            let ledger = spent(ledger.as_ref())?;
            let decision = match document(&request) {
                Ok(text) => self.0.decide_json(&text, ledger.as_ref(), now),
                Err(why) => self.0.decide_malformed(&why.to_string(), now),
            };
            Ok(Decision { decision, asked: None })
        })
    }

    /// Decides a request that `lib/snapshot.mjs` could not read.
    #[napi]
    pub fn decide_malformed(&self, why: Unknown<'_>, now_ms: Option<Unknown<'_>>) -> napi::Result<Decision> {
        raising(|| {
            let decision = self.0.decide_malformed(&convert::text(&why, "why")?, convert::instant(now_ms.as_ref())?);
            Ok(Decision { decision, asked: None })
        })
    }

    /// Answers an evaluation request of `AuthZEN`, as JSON; `asking` says what requests leave unsaid.
    #[napi]
    pub fn decide_authzen(
        &self,
        request: Unknown<'_>,
        asking: Unknown<'_>,
        ledger: Option<Unknown<'_>>,
        now_ms: Option<Unknown<'_>>,
    ) -> napi::Result<String> {
        raising(|| {
            let now = convert::instant(now_ms.as_ref())?;
            let asking: AuthZen = convert::read(&asking, "decideAuthzen", read_json)?;
            let ledger = spent(ledger.as_ref())?;
            // What cannot be read is answered too: a text is no evaluation, and this one says why.
            let request = document(&request).unwrap_or_else(|why| serde_json::Value::String(why.to_string()).to_string());
            Ok(self.0.decide_authzen(&request, &asking, ledger.as_ref(), now).response)
        })
    }

    /// What a prompt asks for, as JSON.
    #[napi]
    pub fn contract(&self, prompt: Unknown<'_>) -> napi::Result<String> {
        raising(|| Ok(self.0.engine().contract(&convert::text(&prompt, "prompt")?).to_json()))
    }

    /// Puts policies in force.
    #[napi]
    pub fn load_policies(&self, policies: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.0.load_policies(&sources(&policies, "policies")?))
    }

    /// Puts a registry in force.
    #[napi]
    pub fn load_registry(&self, registry: Unknown<'_>) -> napi::Result<()> {
        raising(|| convert::read(&registry, "registry", |text| self.0.load_registry(text)))
    }

    /// Puts resources in force.
    #[napi]
    pub fn load_entities(&self, entities: Unknown<'_>) -> napi::Result<()> {
        raising(|| convert::read(&entities, "entities", |text| self.0.load_resources(text)))
    }

    /// Puts changed resources in force.
    #[napi]
    pub fn change_entities(&self, changed: Unknown<'_>, removed: Unknown<'_>) -> napi::Result<()> {
        raising(|| {
            let removed: Vec<EntityRef> = convert::read(&removed, "removed", read_json)?;
            convert::read(&changed, "changed", |text| self.0.change_resources(text, &removed))
        })
    }

    /// Puts trust anchors in force.
    #[napi]
    pub fn load_trust(&self, trust: Unknown<'_>) -> napi::Result<()> {
        raising(|| convert::read(&trust, "trust", |text| self.0.load_trust(text)))
    }

    /// Puts a revocation snapshot in force.
    #[napi]
    pub fn load_revocations(&self, revocations: Unknown<'_>) -> napi::Result<()> {
        raising(|| convert::read(&revocations, "revocations", |text| self.0.load_revocations(text)))
    }

    /// Takes a security event token into the revocation snapshot.
    #[napi]
    pub fn absorb_event(&self, event: Unknown<'_>, now_ms: Option<Unknown<'_>>) -> napi::Result<i64> {
        raising(|| {
            let counted = self.0.absorb_event(&convert::text(&event, "event")?, convert::instant(now_ms.as_ref())?)?;
            i64::try_from(counted).map_err(|error| usage(error.to_string()))
        })
    }

    /// Puts a directory in force.
    #[napi]
    pub fn reload(&self, path: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.0.reload_dir(&PathBuf::from(convert::text(&path, "path")?)))
    }

    /// How the policies in force are evaluated, as JSON.
    #[napi]
    pub fn report(&self) -> napi::Result<String> {
        raising(|| serde_json::to_string(&self.0.engine().report()).map_err(|error| usage(error.to_string())))
    }

    /// The generated schema.
    #[napi]
    pub fn schema(&self) -> napi::Result<String> {
        raising(|| Ok(self.0.engine().policies().schema().to_owned()))
    }

    /// What can never work, and what is odd about the policies.
    #[napi]
    pub fn warnings(&self) -> napi::Result<Vec<Told>> {
        raising(|| Ok(self.0.warnings().into_iter().map(told).collect()))
    }

    /// What is odd about the catalog.
    #[napi]
    pub fn lint(&self) -> napi::Result<Vec<String>> {
        raising(|| Ok(self.0.engine().lint().collect()))
    }

    /// The parameters of a tool; nothing when there is no such tool.
    #[napi]
    pub fn parameters(&self, tool: Unknown<'_>) -> napi::Result<Option<Vec<String>>> {
        raising(|| {
            let tool = convert::text(&tool, "tool")?;
            Ok(self.0.engine().catalog().tool(&tool).map(|tool| tool.parameters().map(str::to_owned).collect()))
        })
    }

    /// The log of this engine's decisions.
    #[napi]
    pub fn log(&self) -> Log {
        Log(Arc::clone(&self.0))
    }
}

/// What `lib/warning.mjs` makes a warning of.
#[napi(object)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// The message with the place in front.
    pub text: String,
}

fn told(warning: Warning) -> Told {
    let text = warning.to_string();
    let Warning { code, message, location, .. } = warning;
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    let (line, column) = (location.as_ref().map(|place| number(place.line)), location.as_ref().map(|place| number(place.column)));
    Told { code: code.to_owned(), message, file: location.and_then(|place| place.file), line, column, text }
}

/// An engine in the making.
pub struct Loading {
    path: PathBuf,
    catalog: Option<PathBuf>,
    options: Parts,
    /// The documents given as values.
    values: Vec<String>,
}

#[napi]
impl napi::Task for Loading {
    type Output = Host;
    type JsValue = Engine;

    fn compute(&mut self) -> napi::Result<Host> {
        raising(|| {
            let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
            let host = Host::from_dir(&self.path, self.catalog.as_deref(), std::mem::take(&mut self.options));
            host.map_err(|error| convert::placed(error, &values))
        })
    }

    fn resolve(&mut self, _env: napi::Env, host: Host) -> napi::Result<Engine> {
        Ok(Engine(Arc::new(host)))
    }
}

/// What was spent and used before, where the host says.
fn spent(ledger: Option<&Unknown<'_>>) -> Result<Option<Ledger>, Error> {
    ledger.map(|ledger| convert::read(ledger, "ledger", Ledger::from_json)).transpose()
}

fn pack(given: Option<&Unknown<'_>>) -> Result<Option<Baseline>, Error> {
    let Some(given) = given else { return Ok(None) };
    let name = convert::text(given, "baseline")?;
    Baseline::named(&name).map(Some).ok_or_else(|| usage(format!("baseline: `{}` is none of: observe, balanced, strict", convert::shown(&name))))
}

fn one_in(given: Option<&Unknown<'_>>) -> Result<Option<NonZeroU32>, Error> {
    let Some(given) = given else { return Ok(None) };
    let count: Option<NonZeroU32> = read_json(&convert::written(given)?).ok();
    count.map(Some).ok_or_else(|| usage("compareWithCedar: one in how many, from 1"))
}

fn key(given: Option<&Unknown<'_>>) -> Result<Option<[u8; 32]>, Error> {
    let Some(given) = given else { return Ok(None) };
    let bytes = convert::bytes(given, "sealKey")?;
    let wrong = |bytes: Vec<u8>| usage(format!("sealKey: 32 bytes are needed, not {}", bytes.len()));
    bytes.try_into().map(Some).map_err(wrong)
}
