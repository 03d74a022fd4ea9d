//! The log, as JavaScript holds it.

use std::sync::Arc;

use bailiwick::{Digest, Error, read_json};
use bailiwick_store::Host;
use napi::bindgen_prelude::{Array, Buffer, FromNapiValue, Unknown};
use napi_derive::napi;
use serde::Deserialize;

use crate::convert;
use crate::raise::{raising, usage};

/// The log of an engine's decisions.
#[napi]
pub struct Log(pub(crate) Arc<Host>);

/// Size and root of a log.
#[napi(object)]
pub struct Head {
    pub size: i64,
    pub root: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFields {
    size: u64,
    root: Digest,
}

#[napi]
impl Log {
    /// Size and root, now or when the log had `size` entries.
    #[napi]
    pub fn head(&self, size: Option<Unknown<'_>>) -> napi::Result<Head> {
        raising(|| {
            let head = match size {
                None => self.0.head(),
                Some(size) => {
                    let size = convert::count(&size, "size")?;
                    self.0.log().head_at(size).ok_or_else(|| usage(format!("size: the log never had {size} entries")))?
                }
            };
            let size = i64::try_from(head.size).map_err(|error| usage(error.to_string()))?;
            Ok(Head { size, root: head.root.to_string() })
        })
    }

    /// The entries from `start` on.
    #[napi]
    pub fn entries(&self, start: Option<Unknown<'_>>) -> napi::Result<Vec<Buffer>> {
        raising(|| {
            let start = start.map_or(Ok(0), |start| convert::count(&start, "start"))?;
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            // Copied under the lock, made buffers after: Node may collect garbage meanwhile.
            let entries: Vec<_> = self.0.log().entries().skip(start).map(<[u8]>::to_vec).collect();
            Ok(entries.into_iter().map(Buffer::from).collect())
        })
    }

    /// Proof that an entry is in the log.
    #[napi]
    pub fn inclusion(&self, index: Unknown<'_>, size: Unknown<'_>) -> napi::Result<Vec<String>> {
        raising(|| {
            let (index, size) = (convert::count(&index, "index")?, convert::count(&size, "size")?);
            let proof = self.0.log().inclusion(index, size);
            Ok(written(&proof.ok_or_else(|| usage(format!("there is no entry {index} in a log of {size}, or no such log")))?))
        })
    }

    /// Proof that a shorter log is a prefix of a longer one.
    #[napi]
    pub fn consistency(&self, earlier: Unknown<'_>, later: Unknown<'_>) -> napi::Result<Vec<String>> {
        raising(|| {
            let (earlier, later) = (convert::count(&earlier, "earlier")?, convert::count(&later, "later")?);
            let proof = self.0.log().consistency(earlier, later);
            Ok(written(&proof.ok_or_else(|| usage(format!("there was no log of {later} entries with {earlier} before it")))?))
        })
    }

    /// Hashes every entry again, or those given.
    #[napi]
    pub fn verify(&self, head: Unknown<'_>, entries: Option<Unknown<'_>>) -> napi::Result<()> {
        raising(|| {
            let head = head_of(&head)?;
            let entries = entries.map(|entries| list_of_bytes(&entries)).transpose()?;
            let log = self.0.log();
            match &entries {
                None => log.verify(&head)?,
                Some(entries) => log.verify_entries(entries.iter().map(Vec::as_slice), &head)?,
            }
            Ok(())
        })
    }
}

/// Whether `proof` shows `entry` at `index` under `head`.
#[napi]
pub fn verify_inclusion(head: Unknown<'_>, index: Unknown<'_>, entry: Unknown<'_>, proof: Unknown<'_>) -> napi::Result<bool> {
    raising(|| {
        let (head, index) = (head_of(&head)?, convert::count(&index, "index")?);
        Ok(bailiwick::Log::includes(&head, index, &convert::bytes(&entry, "entry")?, &proof_of(&proof)?))
    })
}

/// Whether `proof` shows that the log under `earlier` is a prefix of that under `later`.
#[napi]
pub fn verify_consistency(earlier: Unknown<'_>, later: Unknown<'_>, proof: Unknown<'_>) -> napi::Result<bool> {
    raising(|| Ok(bailiwick::Log::extends(&head_of(&earlier)?, &head_of(&later)?, &proof_of(&proof)?)))
}

fn head_of(given: &Unknown<'_>) -> Result<bailiwick::Head, Error> {
    let HeadFields { size, root } = convert::read(given, "head", read_json)?;
    Ok(bailiwick::Head { size, root })
}

fn proof_of(given: &Unknown<'_>) -> Result<Vec<Digest>, Error> {
    convert::read(given, "proof", read_json)
}

fn list_of_bytes(given: &Unknown<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let wrong = || usage("entries: an array of Uint8Array is needed");
    let entries = Array::from_unknown(*given).map_err(|_| wrong())?;
    let entry = |index| entries.get::<Unknown<'_>>(index).ok().flatten().ok_or_else(wrong);
    (0..entries.len()).map(|index| convert::bytes(&entry(index)?, "entries")).collect()
}

fn written(proof: &[Digest]) -> Vec<String> {
    proof.iter().map(ToString::to_string).collect()
}
