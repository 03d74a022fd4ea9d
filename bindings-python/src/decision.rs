//! A decision, as Python holds it.

use std::sync::Arc;

use bailiwick::{Call, Code};
use bailiwick_store::HostTask;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::raise::{As, raising, usage};
use crate::task::call;

/// A decision and, when a task made it, the call it is about.
#[pyclass(frozen, module = "bailiwick._native")]
pub(crate) struct Decision {
    pub(crate) decision: bailiwick::Decision,
    pub(crate) asked: Option<(Arc<HostTask>, Call)>,
}

#[pymethods]
impl Decision {
    /// `allow`, `ask` or `deny`.
    #[getter]
    fn effect(&self) -> &'static str {
        self.decision.effect.as_str()
    }

    /// Whether the call may be made now.
    #[getter]
    fn allowed(&self) -> bool {
        self.decision.is_allowed()
    }

    /// Whether this is the decision on exactly this call.
    fn is_of(&self, py: Python<'_>, tool: &Bound<'_, PyAny>, arguments: &Bound<'_, PyAny>) -> PyResult<bool> {
        raising(py, As::Calling, || {
            let call = call(tool, arguments)?;
            Ok(py.detach(|| self.decision.is_of(&call)))
        })
    }

    /// What the model may be told.
    #[getter]
    fn message(&self) -> &'static str {
        self.decision.message()
    }

    /// Names the decision everywhere.
    #[getter]
    fn id(&self) -> String {
        self.decision.id()
    }

    /// The account for an operator.
    fn explain(&self, py: Python<'_>) -> PyResult<String> {
        raising(py, As::Calling, || Ok(py.detach(|| self.decision.explain())))
    }

    /// The audit entry.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.decision.to_bytes()))
    }

    /// What a person must see to approve the call, as JSON.
    fn approval_request(&self, py: Python<'_>) -> PyResult<String> {
        raising(py, As::Calling, || {
            let (task, call) = self.asked.as_ref().ok_or_else(|| usage("the decision was not made by a task"))?;
            Ok(py.detach(|| task.approval_request(&self.decision, call))?.to_json())
        })
    }
}

/// Every reason code and its meaning.
#[pyfunction]
pub(crate) fn reason_codes() -> Vec<(&'static str, &'static str)> {
    Code::all().iter().map(|code| (code.as_str(), code.meaning())).collect()
}
