//! Errors: one mapping, and no panic past this point.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bailiwick::{Code, Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Which exception a failure becomes.
#[derive(Clone, Copy)]
pub(crate) enum As {
    /// `PolicyError`: something that was to be loaded cannot be.
    Loading,
    /// `BailiwickError`: anything else.
    Calling,
}

/// Runs `work`; an error is raised, and a panic is raised too, as `engine.internal`.
pub(crate) fn raising<T>(py: Python<'_>, kind: As, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(exception(py, kind, &error)),
        Err(_) => Err(internal(py)),
    }
}

/// The library was called in a way it cannot serve.
pub(crate) fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}

fn exception(py: Python<'_>, kind: As, error: &Error) -> PyErr {
    let place = error.location();
    let file = place.and_then(|place| place.file.as_deref());
    let arguments = (error.to_string(), error.code(), file, place.map(|place| place.line), place.map(|place| place.column), error.report());
    raised(class(py, kind).and_then(|class| class.call1(arguments)))
}

fn internal(py: Python<'_>) -> PyErr {
    raised(class(py, As::Calling).and_then(|class| class.call1((Code::EngineInternal.meaning(), Code::EngineInternal.as_str()))))
}

fn raised(made: PyResult<Bound<'_, PyAny>>) -> PyErr {
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// The exception classes are Python's own, so that they carry attributes under the stable ABI.
fn class(py: Python<'_>, kind: As) -> PyResult<&Bound<'_, PyType>> {
    static LOADING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static CALLING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match kind {
        As::Loading => LOADING.import(py, "bailiwick._errors", "PolicyError"),
        As::Calling => CALLING.import(py, "bailiwick._errors", "BailiwickError"),
    }
}
