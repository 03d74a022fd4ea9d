//! The engine, as Python holds it.

use std::num::NonZeroU32;
use std::sync::Arc;

use bailiwick::{AuthZen, Baseline, EntityRef, Error, Ledger, Source, Timestamp, Warning, read_json};
use bailiwick_store::{Host, Parts};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList};

use crate::convert::{self, document};
use crate::decision::Decision;
use crate::log::Log;
use crate::raise::{As, raising, usage};
use crate::task::Task;

/// An engine with its snapshots and log. Loading lets other threads run; it takes milliseconds.
#[pyclass(frozen, module = "bailiwick._native")]
pub(crate) struct Engine(Arc<Host>);

#[pymethods]
impl Engine {
    /// An engine of texts.
    #[new]
    #[pyo3(signature = (*, policies, schema, catalog, annotations, registry, entities, trust, revocations, accept_claimed_chains, seal_key, compare_with_cedar, all_reasons, baseline, standing))]
    #[expect(clippy::too_many_arguments, reason = "the parts of an engine, by keyword")]
    fn new(
        py: Python<'_>,
        policies: &Bound<'_, PyAny>,
        schema: Option<&Bound<'_, PyAny>>,
        catalog: Option<&Bound<'_, PyAny>>,
        annotations: Option<&Bound<'_, PyAny>>,
        registry: Option<&Bound<'_, PyAny>>,
        entities: Option<&Bound<'_, PyAny>>,
        trust: Option<&Bound<'_, PyAny>>,
        revocations: Option<&Bound<'_, PyAny>>,
        accept_claimed_chains: &Bound<'_, PyAny>,
        seal_key: Option<&Bound<'_, PyAny>>,
        compare_with_cedar: Option<&Bound<'_, PyAny>>,
        all_reasons: &Bound<'_, PyAny>,
        baseline: Option<&Bound<'_, PyAny>>,
        standing: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let parts = raising(py, As::Calling, || {
            Ok((
                sources(policies, "policies")?,
                schema.map_or(Ok(Vec::new()), |schema| sources(schema, "schema"))?,
                options((accept_claimed_chains, all_reasons), seal_key, compare_with_cedar, (baseline, standing))?,
            ))
        });
        let (policies, schema, options) = parts?;
        raising(py, As::Loading, || {
            let parts = Parts {
                policies,
                schema,
                catalog: catalog.map(|catalog| named("catalog", convert::catalog(catalog))).transpose()?,
                annotations: source(annotations, "annotations")?.into_iter().collect(),
                registry: source(registry, "registry")?,
                entities: source(entities, "entities")?,
                trust: source(trust, "trust")?,
                revocations: source(revocations, "revocations")?,
                ..options
            };
            let values = convert::values(&[
                ("catalog", catalog),
                ("annotations", annotations),
                ("registry", registry),
                ("entities", entities),
                ("trust", trust),
                ("revocations", revocations),
            ]);
            py.detach(|| Host::new(parts)).map(|host| Self(Arc::new(host))).map_err(|error| convert::placed(error, &values))
        })
    }

    /// An engine of a policy directory.
    #[staticmethod]
    #[pyo3(signature = (path, *, catalog, registry, entities, trust, revocations, accept_claimed_chains, seal_key, compare_with_cedar, all_reasons, baseline, standing))]
    #[expect(clippy::too_many_arguments, reason = "the parts of an engine, by keyword")]
    fn from_dir(
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        catalog: Option<&Bound<'_, PyAny>>,
        registry: Option<&Bound<'_, PyAny>>,
        entities: Option<&Bound<'_, PyAny>>,
        trust: Option<&Bound<'_, PyAny>>,
        revocations: Option<&Bound<'_, PyAny>>,
        accept_claimed_chains: &Bound<'_, PyAny>,
        seal_key: Option<&Bound<'_, PyAny>>,
        compare_with_cedar: Option<&Bound<'_, PyAny>>,
        all_reasons: &Bound<'_, PyAny>,
        baseline: Option<&Bound<'_, PyAny>>,
        standing: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (path, catalog, options) = raising(py, As::Calling, || {
            let catalog = catalog.map(|catalog| convert::path(catalog, "catalog")).transpose()?;
            let options = options((accept_claimed_chains, all_reasons), seal_key, compare_with_cedar, (baseline, standing))?;
            Ok((convert::path(path, "path")?, catalog, options))
        })?;
        raising(py, As::Loading, || {
            let options = Parts {
                registry: source(registry, "registry")?,
                entities: source(entities, "entities")?,
                trust: source(trust, "trust")?,
                revocations: source(revocations, "revocations")?,
                ..options
            };
            let values = convert::values(&[("registry", registry), ("entities", entities), ("trust", trust), ("revocations", revocations)]);
            let host = py.detach(|| Host::from_dir(&path, catalog.as_deref(), options));
            host.map(|host| Self(Arc::new(host))).map_err(|error| convert::placed(error, &values))
        })
    }

    /// Begins a task.
    fn begin(&self, py: Python<'_>, start: &Bound<'_, PyAny>, now_ms: Option<&Bound<'_, PyAny>>) -> PyResult<Task> {
        raising(py, As::Calling, || {
            let (text, now) = (convert::written(start).map_err(|error| error.of_value("begin"))?, convert::instant(now_ms)?);
            let task = py.detach(|| self.0.begin(&text, now)).map_err(|error| convert::named(error, start, "begin"))?;
            Ok(Task(Arc::new(task)))
        })
    }

    /// What a prompt asks for, as JSON.
    fn contract(&self, py: Python<'_>, prompt: &Bound<'_, PyAny>) -> PyResult<String> {
        raising(py, As::Calling, || {
            let prompt = convert::text(prompt, "prompt")?;
            Ok(py.detach(|| self.0.engine().contract(&prompt).to_json()))
        })
    }

    /// Goes on with a chain.
    fn resume(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Task> {
        raising(py, As::Calling, || {
            let (ledger, now) = (spent(ledger)?, convert::instant(now_ms)?);
            let task = convert::read_as(chain, "chain", |text| py.detach(|| self.0.resume_with(text, ledger.as_ref(), now)))?;
            Ok(Task(Arc::new(task)))
        })
    }

    /// Decides one request. Lets other threads run, as `Task.decide` does.
    fn decide(
        &self,
        py: Python<'_>,
        request: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        raising(py, As::Calling, || {
            let (now, ledger) = (convert::instant(now_ms)?, spent(ledger)?);
            let request = document(request);
            Ok(decided(py.detach(|| self.decision(&request, ledger.as_ref(), now))))
        })
    }

    /// Decides requests one after the other.
    fn decide_many(
        &self,
        py: Python<'_>,
        requests: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Decision>> {
        raising(py, As::Calling, || {
            let requests = requests.cast::<PyList>().map_err(|_| usage("requests: a list is needed"))?;
            let (now, ledger) = (convert::instant(now_ms)?, spent(ledger)?);
            let requests: Vec<_> = requests.iter().map(|request| document(&request)).collect();
            let decisions: Vec<_> = py.detach(|| requests.iter().map(|request| self.decision(request, ledger.as_ref(), now)).collect());
            Ok(decisions.into_iter().map(decided).collect())
        })
    }

    /// Answers an evaluation request of `AuthZEN`; `asking` says what requests leave unsaid.
    fn decide_authzen(
        &self,
        py: Python<'_>,
        request: &Bound<'_, PyAny>,
        asking: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        raising(py, As::Calling, || {
            let now = convert::instant(now_ms)?;
            let asking: AuthZen = convert::read_as(asking, "decide_authzen", read_json)?;
            let ledger = spent(ledger)?;
            // What cannot be read is answered too: a text is no evaluation, and this one says why.
            let request = document(request).unwrap_or_else(|why| serde_json::Value::String(why.to_string()).to_string());
            Ok(py.detach(|| self.0.decide_authzen(&request, &asking, ledger.as_ref(), now).response))
        })
    }

    /// Puts policies in force.
    fn load_policies(&self, py: Python<'_>, policies: &Bound<'_, PyAny>) -> PyResult<()> {
        let policies = raising(py, As::Calling, || sources(policies, "policies"))?;
        raising(py, As::Loading, || py.detach(|| self.0.load_policies(&policies)))
    }

    /// Puts a registry in force.
    fn load_registry(&self, py: Python<'_>, registry: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Loading, || convert::read_as(registry, "registry", |text| py.detach(|| self.0.load_registry(text))))
    }

    /// Puts resources in force.
    fn load_entities(&self, py: Python<'_>, entities: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Loading, || convert::read_as(entities, "entities", |text| py.detach(|| self.0.load_resources(text))))
    }

    /// Puts changed resources in force.
    fn change_entities(&self, py: Python<'_>, changed: &Bound<'_, PyAny>, removed: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Loading, || {
            let removed: Vec<EntityRef> = convert::read_as(removed, "removed", read_json)?;
            convert::read_as(changed, "changed", |text| py.detach(|| self.0.change_resources(text, &removed)))
        })
    }

    /// Puts trust anchors in force.
    fn load_trust(&self, py: Python<'_>, trust: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Loading, || convert::read_as(trust, "trust", |text| py.detach(|| self.0.load_trust(text))))
    }

    /// Puts a revocation snapshot in force.
    fn load_revocations(&self, py: Python<'_>, revocations: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Loading, || convert::read_as(revocations, "revocations", |text| py.detach(|| self.0.load_revocations(text))))
    }

    /// Takes a security event token into the revocation snapshot.
    fn absorb_event(&self, py: Python<'_>, event: &Bound<'_, PyAny>, now_ms: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
        raising(py, As::Calling, || {
            let (event, now) = (convert::text(event, "event")?, convert::instant(now_ms)?);
            py.detach(|| self.0.absorb_event(&event, now))
        })
    }

    /// Puts a directory in force.
    fn reload(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let path = raising(py, As::Calling, || convert::path(path, "path"))?;
        raising(py, As::Loading, || py.detach(|| self.0.reload_dir(&path)))
    }

    /// How the policies in force are evaluated, as JSON.
    fn report(&self, py: Python<'_>) -> PyResult<String> {
        raising(py, As::Calling, || py.detach(|| serde_json::to_string(&self.0.engine().report())).map_err(|error| usage(error.to_string())))
    }

    /// The generated schema.
    fn schema(&self) -> String {
        self.0.engine().policies().schema().to_owned()
    }

    /// What can never work, and what is odd about the policies: code, message, file, line, column, and all of it as one text.
    fn warnings(&self, py: Python<'_>) -> PyResult<Vec<Told>> {
        raising(py, As::Calling, || Ok(py.detach(|| self.0.warnings().into_iter().map(told).collect())))
    }

    /// What is odd about the catalog.
    fn lint(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.0.engine().lint().collect())
    }

    /// The parameters of a tool; `None` when there is no such tool.
    fn parameters(&self, py: Python<'_>, tool: &Bound<'_, PyAny>) -> PyResult<Option<Vec<String>>> {
        raising(py, As::Calling, || {
            let tool = convert::text(tool, "tool")?;
            Ok(self.0.engine().catalog().tool(&tool).map(|tool| tool.parameters().map(str::to_owned).collect()))
        })
    }

    /// The log of this engine's decisions.
    fn log(&self) -> Log {
        Log(Arc::clone(&self.0))
    }
}

impl Engine {
    /// What cannot be read is a request too, one that is denied.
    fn decision(&self, request: &Result<String, Error>, ledger: Option<&Ledger>, now: Timestamp) -> bailiwick::Decision {
        match request {
            Ok(request) => self.0.decide_json(request, ledger, now),
            Err(why) => self.0.decide_malformed(&why.to_string(), now),
        }
    }
}

/// What `PolicyWarning` is made of, in the order of its parameters.
type Told = (String, &'static str, Option<String>, Option<usize>, Option<usize>, String);

fn told(warning: Warning) -> Told {
    let text = warning.to_string();
    let Warning { code, message, location, .. } = warning;
    let (line, column) = (location.as_ref().map(|place| place.line), location.as_ref().map(|place| place.column));
    (message, code, location.and_then(|place| place.file), line, column, text)
}

fn decided(decision: bailiwick::Decision) -> Decision {
    Decision { decision, asked: None }
}

/// Texts by name.
fn sources(object: &Bound<'_, PyAny>, name: &str) -> Result<Vec<Source>, Error> {
    let wrong = |_| usage(format!("{name}: a dict of texts by name, as in `{{\"all.cedar\": …}}`, is needed, not {}", convert::kind(object)));
    let texts = object.cast::<PyDict>().map_err(wrong)?;
    let source = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let file = convert::text(&key, &format!("{name}: the name of a text"))?;
        let text = convert::text(&value, &format!("{name}: `{}`", convert::shown(&file)))?;
        Ok(Source::new(file, text))
    };
    texts.iter().map(source).collect()
}

/// A document, named for its parameter.
fn source(object: Option<&Bound<'_, PyAny>>, name: &str) -> Result<Option<Source>, Error> {
    object.map(|object| named(name, document(object))).transpose()
}

fn named(name: &str, document: Result<String, Error>) -> Result<Source, Error> {
    Ok(Source::new(name, document.map_err(|error| error.in_file(name))?))
}

/// What was spent and used before, where the host says.
fn spent(ledger: Option<&Bound<'_, PyAny>>) -> Result<Option<Ledger>, Error> {
    ledger.map(|ledger| convert::read_as(ledger, "ledger", Ledger::from_json)).transpose()
}

fn options(
    (accept_claimed_chains, all_reasons): (&Bound<'_, PyAny>, &Bound<'_, PyAny>),
    seal_key: Option<&Bound<'_, PyAny>>,
    compare_with_cedar: Option<&Bound<'_, PyAny>>,
    (baseline, standing): (Option<&Bound<'_, PyAny>>, Option<&Bound<'_, PyAny>>),
) -> Result<Parts, Error> {
    // Not by truth: `"false"` is true to Python, and this opens a door.
    let truth = |object: &Bound<'_, PyAny>, name| {
        object
            .cast::<PyBool>()
            .map(PyBoolMethods::is_true)
            .map_err(|_| usage(format!("{name}: True or False is needed, not {}", convert::kind(object))))
    };
    let (accept, all_reasons) = (truth(accept_claimed_chains, "accept_claimed_chains")?, truth(all_reasons, "all_reasons")?);
    let one_in = |object| {
        let count = u32::try_from(convert::count(object, "compare_with_cedar")?).ok();
        count.and_then(NonZeroU32::new).ok_or_else(|| usage("compare_with_cedar: one in how many, from 1"))
    };
    let compare_with_cedar = compare_with_cedar.map(one_in).transpose()?;
    let key = seal_key.map(|key| {
        let bytes = key.cast::<PyBytes>().map_err(|_| usage(format!("seal_key: 32 bytes are needed, not {}", convert::kind(key))))?.as_bytes();
        bytes.try_into().map_err(|_| usage(format!("seal_key: 32 bytes are needed, not {}", bytes.len())))
    });
    let pack = |object: &Bound<'_, PyAny>| {
        let name = convert::text(object, "baseline: `observe`, `balanced` or `strict`")?;
        let wrong = || usage(format!("baseline: `{}` is none of: observe, balanced, strict", convert::shown(&name)));
        Baseline::named(&name).ok_or_else(wrong)
    };
    Ok(Parts {
        accept_claimed_chains: accept,
        seal_key: key.transpose()?,
        compare_with_cedar,
        first_reasons: !all_reasons,
        baseline: baseline.map(pack).transpose()?,
        standing: standing.map_or(Ok(Vec::new()), |standing| convert::texts(standing, "standing"))?,
        ..Parts::default()
    })
}
