//! `bailiwick check DIR` and `bailiwick schema DIR`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bailiwick::{Error, Location, Registry};
use bailiwick_store::{Files, Host, Parts};
use clap::Args;
use serde::Serialize;

use crate::cast::Roles;
use crate::failure::Failure;
use crate::replay::cast;

#[derive(Args)]
pub(crate) struct Options {
    /// The policy directory
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The tool catalog, or a list of servers, in place of the tools of the directory
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct CheckOptions {
    #[command(flatten)]
    directory: Options,
    /// Fail when there is a warning
    #[arg(long)]
    strict: bool,
    /// The findings as a JSON array
    #[arg(long)]
    json: bool,
}

/// One finding, for people and for machines.
#[derive(Serialize)]
struct Finding {
    code: &'static str,
    /// `error`: nothing loads. `warning`: something does not do what it says. `remark`: something to know.
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: Option<Location>,
}

/// The files a policy directory may have.
const KNOWN_FILES: [&str; 7] = ["tools.json", "annotations.json", "registry.json", "entities.json", "trust.json", "revocations.json", "grants.json"];

/// Loads everything, and says what can never work and what is odd. What is wrong fails; what is odd fails with `--strict`.
pub(crate) fn run(options: &CheckOptions) -> Result<(), Failure> {
    let Options { dir, catalog } = &options.directory;
    let host = match Host::from_dir(dir, catalog.as_deref(), Parts::default()) {
        Ok(host) => host,
        Err(first) => {
            let all = Host::mistakes(dir, catalog.as_deref(), Parts::default());
            return Err(unloaded(dir, if all.is_empty() { vec![first] } else { all }, options.json)?);
        }
    };
    cast(&Roles::default(), dir)?;
    let files = Files::read(dir).map_err(|error| Failure::of_dir(dir, error))?;
    let findings = findings(&host, &files)?;
    let warnings = findings.iter().filter(|finding| finding.severity == "warning").count();
    let mut out = anstream::stdout().lock();
    if options.json {
        serde_json::to_writer_pretty(&mut out, &findings).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for Finding { severity, message, place, .. } in &findings {
            let place = place.as_ref().map(|place| written(dir, place)).unwrap_or_default();
            writeln!(out, "{severity}: {place}{message}")?;
        }
        let (policies, tools) = (host.engine().policies().len(), host.engine().catalog().tools().count());
        writeln!(out, "{}: {policies} policies and {tools} tools load; {}", dir.display(), counted(warnings))?;
    }
    out.flush()?;
    if options.strict && warnings > 0 {
        return Err(Failure::Input(format!("{}: {}, and `--strict` allows none", dir.display(), counted(warnings))));
    }
    Ok(())
}

/// Why nothing loads; told to a machine in the form of all findings.
fn unloaded(dir: &Path, errors: Vec<Error>, json: bool) -> Result<Failure, Failure> {
    if json {
        let finding = |error: &Error| Finding { code: error.code(), severity: "error", message: error.to_string(), place: error.location().cloned() };
        let mut out = anstream::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &errors.iter().map(finding).collect::<Vec<_>>()).map_err(std::io::Error::from)?;
        writeln!(out)?;
    }
    let told = errors.into_iter().map(|error| {
        let report = error.report();
        let has_source = report != error.to_string();
        let failure = Failure::of_dir(dir, error);
        // Every finding with the text around it, where there is a text; the plain sentence stays on top.
        if has_source && !json { format!("{failure}\n{report}") } else { failure.to_string() }
    });
    Ok(Failure::Unloaded(told.collect()))
}

fn findings(host: &Host, files: &Files) -> Result<Vec<Finding>, Failure> {
    let registry = match &files.registry {
        Some(source) => Registry::from_json(&source.text).map_err(|error| Failure::Input(error.in_file(&source.name).to_string()))?,
        None => Registry::empty(),
    };
    let warning = |code, message| Finding { code, severity: "warning", message, place: None };
    let mut findings: Vec<_> =
        host.engine().warnings(&registry).into_iter().map(|found| Finding { place: found.location, ..warning(found.code, found.message) }).collect();
    if files.registry.is_none() {
        findings.retain(|finding| finding.code != "registry.empty");
        findings.push(warning("registry.missing", "there is no registry.json, so no agent is known, and every call is denied".to_owned()));
    }
    let looks_read =
        |name: &&String| Path::new(name.as_str()).extension().is_some_and(|ending| ending == "json") && !KNOWN_FILES.contains(&name.as_str());
    for name in files.unread.iter().filter(|name| name.ends_with("/annotations.json")) {
        findings
            .push(warning("file.unread", format!("{name}: nothing reads this file: add `tools.json` beside it, or move it to the policy directory")));
    }
    let is_beside_nothing = |name: &&String| !name.ends_with("/annotations.json");
    for name in files.unread.iter().filter(looks_read).filter(is_beside_nothing) {
        findings.push(warning("file.unread", format!("{name}: nothing reads this file; {}", meant(name))));
    }
    let remark = |message| Finding { code: "catalog.remark", severity: "remark", message, place: None };
    findings.extend(host.engine().lint().map(remark));
    Ok(findings)
}

/// What a file that nothing reads may have been meant to be.
fn meant(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_near = |known: &&&str| {
        known.len().abs_diff(file.len()) <= 2 && known.bytes().filter(|byte| file.as_bytes().contains(byte)).count() + 2 >= known.len()
    };
    match KNOWN_FILES.iter().filter(|known| known.as_bytes().first() == file.as_bytes().first()).find(is_near) {
        Some(known) if name.contains('/') && !matches!(*known, "tools.json" | "annotations.json") => {
            format!("did you mean `{known}`, in the directory itself?")
        }
        Some(known) => format!("did you mean `{known}`?"),
        None => format!(
            "the files that are read are {}, `*.cedar`, `*.cedar.json`, `*.cedarschema`, `tools/NAME.json`, `NAME/tools.json` and `NAME/annotations.json`",
            KNOWN_FILES.map(|known| format!("`{known}`")).join(", ")
        ),
    }
}

fn counted(warnings: usize) -> String {
    if warnings == 1 { "1 warning".to_owned() } else { format!("{warnings} warnings") }
}

fn written(dir: &Path, place: &Location) -> String {
    let file = place.file.as_ref().map(|file| dir.join(file).display().to_string()).unwrap_or_default();
    format!("{file}:{}:{}: ", place.line, place.column)
}

pub(crate) fn print_schema(options: &Options) -> Result<(), Failure> {
    let Options { dir, catalog } = options;
    let host = Host::from_dir(dir, catalog.as_deref(), Parts::default()).map_err(|error| Failure::of_dir(dir, error))?;
    let mut out = anstream::stdout().lock();
    out.write_all(host.engine().policies().schema().as_bytes())?;
    Ok(out.flush()?)
}
