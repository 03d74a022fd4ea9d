//! The log, as Python holds it. No interpreter lock is waited for while the log is locked.

use std::sync::Arc;

use bailiwick::{Digest, Error, Head, read_json};
use bailiwick_store::Host;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use serde::Deserialize;

use crate::convert;
use crate::raise::{As, raising, usage};

/// The log of an engine's decisions.
#[pyclass(frozen, module = "bailiwick._native")]
pub(crate) struct Log(pub(crate) Arc<Host>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFields {
    size: u64,
    root: Digest,
}

#[pymethods]
impl Log {
    /// Size and root, now or when the log had `size` entries.
    fn head(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<(u64, String)> {
        raising(py, As::Calling, || {
            let size = size.map(|size| convert::count(size, "size")).transpose()?;
            let head = match size {
                None => self.0.head(),
                Some(size) => self.0.log().head_at(size).ok_or_else(|| usage(format!("size: the log never had {size} entries")))?,
            };
            Ok((head.size, head.root.to_string()))
        })
    }

    /// The entries from `start` on.
    fn entries<'py>(&self, py: Python<'py>, start: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let entries = raising(py, As::Calling, || {
            let start = usize::try_from(convert::count(start, "start")?).unwrap_or(usize::MAX);
            Ok(py.detach(|| self.0.log().entries().skip(start).map(<[u8]>::to_vec).collect::<Vec<_>>()))
        })?;
        Ok(entries.iter().map(|entry| PyBytes::new(py, entry)).collect())
    }

    /// Proof that an entry is in the log.
    fn inclusion(&self, py: Python<'_>, index: &Bound<'_, PyAny>, size: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        raising(py, As::Calling, || {
            let (index, size) = (convert::count(index, "index")?, convert::count(size, "size")?);
            let proof = self.0.log().inclusion(index, size);
            Ok(written(&proof.ok_or_else(|| usage(format!("there is no entry {index} in a log of {size}, or no such log")))?))
        })
    }

    /// Proof that a shorter log is a prefix of a longer one.
    fn consistency(&self, py: Python<'_>, old: &Bound<'_, PyAny>, new: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        raising(py, As::Calling, || {
            let (old, new) = (convert::count(old, "old")?, convert::count(new, "new")?);
            let proof = self.0.log().consistency(old, new);
            Ok(written(&proof.ok_or_else(|| usage(format!("there was no log of {new} entries with {old} before it")))?))
        })
    }

    /// Hashes every entry again; `None` when all is as it was logged, otherwise what is wrong first.
    fn verify(&self, py: Python<'_>, head: &Bound<'_, PyAny>, entries: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
        raising(py, As::Calling, || {
            let head = head_of(head)?;
            let entries = entries.map(bytes_of).transpose()?;
            let verified = py.detach(|| {
                let log = self.0.log();
                match &entries {
                    None => log.verify(&head),
                    Some(entries) => log.verify_entries(entries.iter().map(Vec::as_slice), &head),
                }
            });
            Ok(verified.err().map(|damage| damage.to_string()))
        })
    }
}

/// Whether `proof` shows `entry` at `index` under `head`.
#[pyfunction]
pub(crate) fn verify_inclusion(
    py: Python<'_>,
    head: &Bound<'_, PyAny>,
    index: &Bound<'_, PyAny>,
    entry: &Bound<'_, PyAny>,
    proof: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    raising(py, As::Calling, || {
        let entry = entry.cast::<PyBytes>().map_err(|_| usage("entry: bytes are needed"))?;
        Ok(bailiwick::Log::includes(&head_of(head)?, convert::count(index, "index")?, entry.as_bytes(), &proof_of(proof)?))
    })
}

/// Whether `proof` shows that the log under `old` is a prefix of that under `new`.
#[pyfunction]
pub(crate) fn verify_consistency(py: Python<'_>, old: &Bound<'_, PyAny>, new: &Bound<'_, PyAny>, proof: &Bound<'_, PyAny>) -> PyResult<bool> {
    raising(py, As::Calling, || Ok(bailiwick::Log::extends(&head_of(old)?, &head_of(new)?, &proof_of(proof)?)))
}

fn head_of(object: &Bound<'_, PyAny>) -> Result<Head, Error> {
    let HeadFields { size, root } = convert::read_as(object, "head", read_json)?;
    Ok(Head { size, root })
}

fn proof_of(object: &Bound<'_, PyAny>) -> Result<Vec<Digest>, Error> {
    convert::read_as(object, "proof", read_json)
}

fn bytes_of(entries: &Bound<'_, PyAny>) -> Result<Vec<Vec<u8>>, Error> {
    let wrong = || usage("entries: a list of bytes is needed");
    let entries = entries.cast::<PyList>().map_err(|_| wrong())?;
    entries.iter().map(|entry| entry.cast::<PyBytes>().map(|bytes| bytes.as_bytes().to_vec()).map_err(|_| wrong())).collect()
}

fn written(proof: &[Digest]) -> Vec<String> {
    proof.iter().map(ToString::to_string).collect()
}
