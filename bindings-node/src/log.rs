//! The log, as Node holds it.

use std::sync::Arc;

use bailiwick::{Digest, Error, Head, Log, read_json};
use bailiwick_store::Host;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Deserialize;

use crate::raise::{thrown, usage};

/// The log of an engine's decisions.
#[napi]
pub struct NativeLog(Arc<Host>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a head: `size` and `root`")]
struct HeadFields {
    size: u64,
    root: Digest,
}

#[napi]
impl NativeLog {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self(host)
    }

    /// Size and root as JSON, now or when the log had `size` entries.
    #[napi(catch_unwind)]
    pub fn head(&self, size: Option<i64>) -> napi::Result<String> {
        let head = match size {
            None => Some(self.0.head()),
            Some(size) => u64::try_from(size).ok().and_then(|size| self.0.log().head_at(size)),
        };
        let head = head.ok_or_else(|| usage("size: the log never had so many entries"))?;
        serde_json::to_string(&head).map_err(|error| usage(error.to_string()))
    }

    #[napi(catch_unwind)]
    pub fn entries(&self) -> Vec<Buffer> {
        self.0.log().entries().map(Buffer::from).collect()
    }

    #[napi(catch_unwind)]
    pub fn inclusion(&self, index: i64, size: i64) -> napi::Result<Vec<String>> {
        let proof = counts(index, size).and_then(|(index, size)| self.0.log().inclusion(index, size));
        written(proof.ok_or_else(|| usage("there is no such entry in a log of that size, or no such log"))?)
    }

    #[napi(catch_unwind)]
    pub fn consistency(&self, old: i64, new: i64) -> napi::Result<Vec<String>> {
        let proof = counts(old, new).and_then(|(old, new)| self.0.log().consistency(old, new));
        written(proof.ok_or_else(|| usage("there was no log of the new size with one of the old before it"))?)
    }

    #[napi(catch_unwind)]
    pub fn verify(&self, head_json: String, entries: Option<Vec<Buffer>>) -> napi::Result<()> {
        let head = head_of(&head_json).map_err(thrown)?;
        let log = self.0.log();
        let verified = match &entries {
            None => log.verify(&head),
            Some(entries) => log.verify_entries(entries.iter().map(AsRef::as_ref), &head),
        };
        verified.map_err(|damage| thrown(Error::from(damage)))
    }
}

#[napi(catch_unwind)]
pub fn verify_inclusion(head_json: String, index: i64, entry: Buffer, proof_json: String) -> napi::Result<bool> {
    let (head, proof): (_, Vec<Digest>) = (head_of(&head_json).map_err(thrown)?, read_json(&proof_json).map_err(thrown)?);
    Ok(u64::try_from(index).is_ok_and(|index| Log::includes(&head, index, &entry, &proof)))
}

#[napi(catch_unwind)]
pub fn verify_consistency(old_json: String, new_json: String, proof_json: String) -> napi::Result<bool> {
    let (old, new) = (head_of(&old_json).map_err(thrown)?, head_of(&new_json).map_err(thrown)?);
    Ok(Log::extends(&old, &new, &read_json::<Vec<Digest>>(&proof_json).map_err(thrown)?))
}

fn head_of(text: &str) -> Result<Head, Error> {
    let HeadFields { size, root } = read_json(text)?;
    Ok(Head { size, root })
}

fn counts(one: i64, other: i64) -> Option<(u64, u64)> {
    Some((u64::try_from(one).ok()?, u64::try_from(other).ok()?))
}

fn written(proof: Vec<Digest>) -> napi::Result<Vec<String>> {
    Ok(proof.iter().map(ToString::to_string).collect())
}
