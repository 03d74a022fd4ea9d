//! Errors: one mapping, and no panic past this point.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bailiwick::{Code, Error, ErrorKind};
use napi::Status;
use serde::Serialize;

/// What `lib/error.mjs` makes a `BailiwickError` of. It travels as the message of a plain error.
#[derive(Serialize)]
struct Thrown<'e> {
    code: &'e str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    report: String,
}

/// Runs `work`; an error is thrown, and a panic is thrown too, as `engine.internal`.
pub(crate) fn raising<T>(work: impl FnOnce() -> Result<T, Error>) -> napi::Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(thrown(&error)),
        Err(_) => Err(internal()),
    }
}

/// The library was called in a way it cannot serve.
pub(crate) fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}

fn thrown(error: &Error) -> napi::Error {
    let place = error.location();
    written(&Thrown {
        code: error.code(),
        message: error.to_string(),
        file: place.and_then(|place| place.file.as_deref()),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        report: error.report(),
    })
}

fn internal() -> napi::Error {
    let message = Code::EngineInternal.meaning().to_owned();
    written(&Thrown { code: Code::EngineInternal.as_str(), report: message.clone(), message, file: None, line: None, column: None })
}

fn written(thrown: &Thrown<'_>) -> napi::Error {
    // Strings and integers only: serializing cannot fail. What is no JSON would be taken for a failure inside.
    napi::Error::new(Status::GenericFailure, serde_json::to_string(thrown).unwrap_or_default())
}
