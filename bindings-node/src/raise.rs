//! Errors cross as JSON in the message; the facade makes the one typed error of it.

use bailiwick::{Error, ErrorKind, Timestamp};
use serde::Serialize;

#[derive(Serialize)]
struct Thrown<'e> {
    code: &'e str,
    message: String,
    file: Option<&'e str>,
    line: Option<usize>,
    column: Option<usize>,
    report: String,
}

pub(crate) fn thrown(error: Error) -> napi::Error {
    let place = error.location();
    let thrown = Thrown {
        code: error.code(),
        message: error.to_string(),
        file: place.and_then(|place| place.file.as_deref()),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        report: error.report(),
    };
    napi::Error::from_reason(serde_json::to_string(&thrown).unwrap_or_default())
}

pub(crate) fn usage(message: impl Into<String>) -> napi::Error {
    thrown(Error::new(ErrorKind::Usage, message))
}

/// The instant given in milliseconds, or the host's clock.
pub(crate) fn instant(now_ms: Option<i64>) -> napi::Result<Timestamp> {
    match now_ms {
        None => Ok(bailiwick_store::now()),
        Some(millis) => Timestamp::from_millis(millis).ok_or_else(|| usage("nowMs: milliseconds between the years 0 and 9999 are needed")),
    }
}
