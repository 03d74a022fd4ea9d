//! The native half of the Python package: converts, calls, converts back. Names, docstrings and exceptions that
//! users see are in `python/bailiwick/`; nothing here or there knows what a policy, chain or reason means.

mod convert;
mod decision;
mod engine;
mod key;
mod log;
mod raise;
mod task;

use pyo3::prelude::*;

/// Private; use the package `bailiwick`.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::convert::snapshot;
    #[pymodule_export]
    use crate::decision::{Decision, reason_codes};
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::key::SigningKey;
    #[pymodule_export]
    use crate::log::{Log, verify_consistency, verify_inclusion};
    #[pymodule_export]
    use crate::task::Task;
}
