//! The engine for Node: convert, call, convert back. Values cross as JSON text; the TypeScript facade in `lib/` makes
//! and reads it.
#![allow(missing_docs, reason = "the private half of the package; `lib/` documents what users see")]
#![expect(clippy::needless_pass_by_value, reason = "napi hands values over")]

mod engine;
mod log;
mod raise;
mod task;

use napi_derive::napi;

/// Every reason code and its meaning, as a JSON object.
#[napi(catch_unwind)]
pub fn reason_codes() -> Vec<Vec<&'static str>> {
    bailiwick::Code::all().iter().map(|code| vec![code.as_str(), code.meaning()]).collect()
}
