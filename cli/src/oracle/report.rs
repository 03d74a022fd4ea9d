//! What came of the cases: for people, or as one JSON object.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::case::{Decision, Expected};
use crate::failure::Failure;
use crate::report::plain;

#[derive(Default, Serialize)]
pub(super) struct Findings {
    pub cases: usize,
    pub requests: usize,
    /// JSON files in folders that are no cases.
    pub passed_over: usize,
    /// Policies the compiled evaluator ran, over all cases.
    pub compiled: usize,
    /// Policies it left to Cedar.
    pub fallen_back: usize,
    /// Requests to which the two give different answers.
    pub differing: Vec<Differing>,
    /// Requests to which Cedar's answer is not the case's.
    pub unexpected: Vec<Unexpected>,
    /// Cases, or requests of cases, that could not be put.
    pub unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
pub(super) struct Differing {
    pub file: String,
    pub request: String,
    pub ours: Expected,
    pub cedar: Expected,
}

#[derive(Serialize)]
pub(super) struct Unexpected {
    pub file: String,
    pub request: String,
    pub expected: Expected,
    pub cedar: Expected,
}

#[derive(Serialize)]
pub(super) struct Unreadable {
    pub file: String,
    pub why: String,
}

impl Findings {
    pub(super) fn unreadable(&mut self, file: &Path, why: &str) {
        self.unreadable.push(Unreadable { file: file.display().to_string(), why: why.to_owned() });
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Differing { file, request, ours, cedar } in &self.differing {
            let _ = writeln!(text, "{}: {}\n  ours   {}\n  Cedar  {}", plain(file), plain(request), line(ours), line(cedar));
        }
        for Unexpected { file, request, expected, cedar } in &self.unexpected {
            let _ = writeln!(text, "{}: {}\n  the case  {}\n  Cedar     {}", plain(file), plain(request), line(expected), line(cedar));
        }
        for Unreadable { file, why } in &self.unreadable {
            let _ = writeln!(text, "{}: {}", plain(file), plain(why));
        }
        let Self { cases, requests, passed_over, compiled, fallen_back, differing, unexpected, unreadable } = self;
        for (count, what) in [
            (*cases, "cases"),
            (*requests, "requests"),
            (*compiled, "policies compiled"),
            (*fallen_back, "policies left to Cedar"),
            (differing.len(), "answers not Cedar's"),
            (unexpected.len(), "answers of Cedar not the case's"),
            (unreadable.len(), "cases or requests not readable"),
            (*passed_over, "other JSON files in the folders"),
        ] {
            let _ = writeln!(text, "{count:>8}  {what}");
        }
        text
    }

    pub(super) fn json(&self) -> String {
        serde_json::json!(self).to_string() + "\n"
    }

    /// No case at all is as bad as one that cannot be read.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let (differing, unexpected, unreadable) = (self.differing.len(), self.unexpected.len(), self.unreadable.len());
        match (differing + unexpected, unreadable) {
            (0, 0) if self.cases == 0 => Err(Failure::Input("there are no cases".to_owned())),
            (0, 0) => Ok(()),
            (0, _) => Err(Failure::Input(format!("{unreadable} cases or requests could not be read"))),
            _ => Err(Failure::Oracle(format!("{differing} answers differ from Cedar's, {unexpected} of Cedar's from the case's"))),
        }
    }
}

fn line(answer: &Expected) -> String {
    let ids = |ids: &Option<BTreeSet<String>>| match ids {
        None => "unsaid".to_owned(),
        Some(ids) if ids.is_empty() => "none".to_owned(),
        Some(ids) => ids.iter().map(|id| plain(id)).collect::<Vec<_>>().join(", "),
    };
    let decision = answer.allowed.map_or("unsaid", Decision::as_str);
    format!("{decision}, reasons: {}, errors: {}", ids(&answer.reasons), ids(&answer.errors))
}
