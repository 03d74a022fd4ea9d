//! `bailiwick oracle PATH…`: Cedar's own test cases, put to our evaluator and to Cedar.

mod case;
mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bailiwick::Oracle;
use clap::Args;

use crate::failure::Failure;
use crate::replay::progress;
use case::Case;
use report::{Differing, Findings, Unexpected, Unreadable};

/// Puts Cedar's test cases to the compiled evaluator and to Cedar, and compares what they say.
///
/// A case is a JSON file as in Cedar's integration tests: paths of policies, entities and a schema, and requests with
/// the decision, the reasons and the errors they should have. The paths start at the case's own folder, or at the
/// nearest folder above it where they lead somewhere.
#[derive(Args)]
pub(crate) struct Options {
    /// Cases, or folders to search for them; other JSON files in a folder are passed over
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON object with everything
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut found = Vec::new();
    for path in &options.paths {
        if path.is_dir() {
            search(path, &mut found)?;
        } else {
            found.push((path.clone(), Named::Directly));
        }
    }
    let bar = progress(found.len(), "files");
    let mut findings = Findings::default();
    for (path, named) in &found {
        match case::read(path) {
            Ok(Some(case)) => put(path, &case, &mut findings),
            Ok(None) if *named == Named::InFolder => findings.passed_over += 1,
            Ok(None) => findings.unreadable(path, "is not a case: it has no policies or no requests"),
            Err(why) => findings.unreadable(path, &why),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut out = anstream::stdout().lock();
    out.write_all(if options.json { findings.json() } else { findings.text() }.as_bytes())?;
    out.flush()?;
    findings.verdict()
}

#[derive(Clone, Copy, PartialEq)]
enum Named {
    Directly,
    InFolder,
}

/// The JSON files below a folder, by name. Links to other folders are not followed: they may lead back.
fn search(folder: &Path, found: &mut Vec<(PathBuf, Named)>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::Input(format!("{}: {error}", folder.display()));
    let mut entries = folder.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            search(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            found.push((path, Named::InFolder));
        }
    }
    Ok(())
}

/// Puts all requests of a case to both.
fn put(path: &Path, case: &Case, findings: &mut Findings) {
    let oracle = match Oracle::new(&case.policies, &case.entities, case.schema.as_ref()) {
        Ok(_) if !case.should_parse => return findings.unreadable(path, "should have policies that cannot be read; they can"),
        Ok(oracle) => oracle,
        Err(error) if !case.should_parse && error.kind() == bailiwick::ErrorKind::Policy => {
            findings.cases += 1;
            return;
        }
        Err(error) => return findings.unreadable(path, &error.to_string()),
    };
    findings.cases += 1;
    findings.compiled += oracle.compiled();
    findings.fallen_back += oracle.fallen_back();
    for request in &case.requests {
        let file = path.display().to_string();
        let comparison = match oracle.ask(&request.question) {
            Ok(comparison) => comparison,
            Err(error) => {
                let why = format!("{}: {error}", request.description);
                findings.unreadable.push(Unreadable { file, why });
                continue;
            }
        };
        findings.requests += 1;
        if !request.expected.is_met_by(&comparison.cedar) {
            let (request, expected, cedar) = (request.description.clone(), request.expected.clone(), (&comparison.cedar).into());
            findings.unexpected.push(Unexpected { file: file.clone(), request, expected, cedar });
        }
        if !comparison.agrees() {
            let (ours, cedar) = ((&comparison.ours).into(), (&comparison.cedar).into());
            findings.differing.push(Differing { file, request: request.description.clone(), ours, cedar });
        }
    }
}
