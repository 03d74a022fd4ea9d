//! A task, as Python holds it.

use std::sync::Arc;

use bailiwick::{Call, Error, ExportFormat, Presenter, read_json};
use bailiwick_store::HostTask;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::convert;
use crate::decision::Decision;
use crate::key::SigningKey;
use crate::raise::{As, raising, usage};

/// A task whose decisions are logged.
#[pyclass(frozen, module = "bailiwick._native")]
pub(crate) struct Task(pub(crate) Arc<HostTask>);

#[pymethods]
impl Task {
    /// Decides a call.
    ///
    /// Lets other threads run: most decisions take a few microseconds, but those on long arguments after long outputs take
    /// milliseconds. Giving the interpreter lock away and taking it back costs a tenth of a microsecond while nobody wants it.
    fn decide(
        &self,
        py: Python<'_>,
        tool: &Bound<'_, PyAny>,
        arguments: &Bound<'_, PyAny>,
        host: Option<&Bound<'_, PyAny>>,
        presenter: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        raising(py, As::Calling, || {
            let call = presented(call(tool, arguments)?, presenter);
            let (facts, now) = (convert::facts(host)?, convert::instant(now_ms)?);
            let decision = py.detach(|| self.0.decide(&call, &facts, now));
            Ok(Decision { decision, asked: Some((Arc::clone(&self.0), call)) })
        })
    }

    /// Decides calls, `(tool, arguments)` each, one after the other.
    fn decide_many(
        &self,
        py: Python<'_>,
        calls: &Bound<'_, PyAny>,
        host: Option<&Bound<'_, PyAny>>,
        now_ms: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Decision>> {
        raising(py, As::Calling, || {
            let wrong = || usage("calls: a list of (tool, arguments) is needed");
            let pairs = calls.cast::<PyList>().map_err(|_| wrong())?;
            let pair = |pair: Bound<'_, PyAny>| {
                let pair = pair.cast_into::<PyTuple>().map_err(|_| wrong())?;
                let (tool, arguments) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().map_err(|_| wrong())?;
                call(&tool, &arguments)
            };
            let calls = pairs.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
            let (facts, now) = (convert::facts(host)?, convert::instant(now_ms)?);
            let decisions = py.detach(|| self.0.decide_many(&calls, &facts, now));
            let decided = decisions.into_iter().zip(calls);
            Ok(decided.map(|(decision, call)| Decision { decision, asked: Some((Arc::clone(&self.0), call)) }).collect())
        })
    }

    /// Takes an approval; returns it as JSON.
    fn approve(&self, py: Python<'_>, request: &Bound<'_, PyAny>, by: &Bound<'_, PyAny>, now_ms: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        raising(py, As::Calling, || {
            let (text, approver) = (convert::document(request)?, convert::written(by).map_err(|error| error.of_value("by"))?);
            let mut values = convert::values(&[("ticket", Some(request))]);
            values.push("by");
            let now = convert::instant(now_ms)?;
            let result = py.detach(|| self.0.approve(&text, &approver, now));
            let approval = result.map_err(|error| convert::placed(error, &values))?;
            serde_json::to_string(&approval).map_err(|error| usage(error.to_string()))
        })
    }

    /// Hands work to another agent.
    fn delegate(&self, py: Python<'_>, handover: &Bound<'_, PyAny>, now_ms: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        raising(py, As::Calling, || {
            let (text, now) = (convert::written(handover).map_err(|error| error.of_value("delegate"))?, convert::instant(now_ms)?);
            let child = py.detach(|| self.0.delegate(&text, now)).map_err(|error| convert::named(error, handover, "delegate"))?;
            Ok(Self(Arc::new(child)))
        })
    }

    /// Takes in what a tool answered. Lets other threads run: a long answer takes milliseconds to read.
    fn observe(&self, py: Python<'_>, tool: &Bound<'_, PyAny>, arguments: &Bound<'_, PyAny>, output: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Calling, || {
            let (call, output) = (call(tool, arguments)?, convert::value(output, "output")?);
            py.detach(|| self.0.observe(&call, &output))
        })
    }

    /// Takes in what the agent of a child task answered.
    fn observe_agent(&self, py: Python<'_>, child: &Bound<'_, PyAny>, output: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Calling, || {
            let child = child.cast::<Self>().map_err(|_| usage("child: a Task is needed"))?.get();
            let output = convert::value(output, "output")?;
            py.detach(|| self.0.observe_agent(&child.0, &output))
        })
    }

    /// Another turn of the user.
    fn extend(&self, py: Python<'_>, prompt: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Calling, || {
            let prompt = convert::text(prompt, "prompt")?;
            py.detach(|| self.0.extend(&prompt))
        })
    }

    /// Takes in facts the operator vouches for.
    fn know(&self, py: Python<'_>, facts: &Bound<'_, PyAny>) -> PyResult<()> {
        raising(py, As::Calling, || {
            let facts = convert::value(facts, "facts")?;
            py.detach(|| self.0.know(&facts))
        })
    }

    /// What the work is for, as JSON; `None` without a prompt.
    fn contract(&self, py: Python<'_>) -> PyResult<Option<String>> {
        raising(py, As::Calling, || Ok(py.detach(|| self.0.contract().map(|contract| contract.to_json()))))
    }

    /// What the contract asked for beyond the prompt.
    fn intent_cut(&self) -> Vec<String> {
        self.0.intent_cut().to_vec()
    }

    /// What was spent so far, as JSON; `None` when that is no longer known.
    fn ledger(&self) -> Option<String> {
        self.0.ledger().map(|ledger| ledger.to_json())
    }

    /// Writes the chain down for another process: the evidence as JSON, and what was lost.
    fn export(&self, py: Python<'_>, key: &Bound<'_, PyAny>, format: &Bound<'_, PyAny>) -> PyResult<(String, Vec<&'static str>)> {
        raising(py, As::Calling, || {
            let key = key.cast::<SigningKey>().map_err(|_| usage("key: a SigningKey is needed"))?;
            let format = convert::written(format).and_then(|text| read_json::<ExportFormat>(&text)).map_err(|error| error.of_value("format"))?;
            let key = &key.get().0;
            let exported = py.detach(|| self.0.export_as(&format, key))?;
            Ok((exported.evidence.to_json(), exported.lossy))
        })
    }

    /// The chain, as JSON.
    fn chain(&self, py: Python<'_>) -> PyResult<String> {
        raising(py, As::Calling, || Ok(py.detach(|| self.0.chain().to_json())))
    }

    /// What the grant asked for and did not get.
    fn cut(&self) -> Vec<String> {
        self.0.cut().to_vec()
    }
}

/// The call a model wants to make. What cannot be read is a call too, one that is denied.
pub(crate) fn call(tool: &Bound<'_, PyAny>, arguments: &Bound<'_, PyAny>) -> Result<Call, Error> {
    let name = tool.cast::<PyString>().map_err(|_| usage("tool: a str is needed"))?;
    let Ok(text) = name.to_str() else {
        return Ok(Call::malformed(name.to_string_lossy(), "the tool's name has half a surrogate pair"));
    };
    Ok(match convert::arguments(arguments) {
        Ok(value) => Call::new(text, value),
        Err(why) => Call::malformed(text, why),
    })
}

/// The same call, brought by this presenter. One that cannot be read makes it a call that is denied.
fn presented(call: Call, presenter: Option<&Bound<'_, PyAny>>) -> Call {
    let Some(presenter) = presenter else { return call };
    match convert::document(presenter).and_then(|text| read_json::<Presenter>(&text)) {
        Ok(presenter) => call.presented_by(presenter),
        Err(why) if presenter.is_instance_of::<PyString>() => Call::malformed(call.tool, format!("presenter: {why}")),
        Err(why) => Call::malformed(call.tool, why.of_value("presenter").to_string()),
    }
}
