//! `bailiwick check DIR` and `bailiwick schema DIR`.

use std::io::Write as _;
use std::path::PathBuf;

use bailiwick_store::{Host, Parts};
use clap::Args;

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

/// Loads everything; what is odd but not wrong is said, and does not fail.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let host = Host::from_dir(&options.dir, options.catalog.as_deref(), Parts::default()).map_err(|error| {
        let report = error.report();
        let has_source = report != error.to_string();
        let failure = Failure::of_dir(&options.dir, error);
        // Every finding with the text around it, where there is a text; the plain sentence stays on top.
        if has_source { Failure::Input(format!("{failure}\n{report}")) } else { failure }
    })?;
    cast(&Roles::default(), &options.dir)?;
    let (policies, catalog) = (host.engine().policies(), host.engine().catalog());
    let mut out = anstream::stdout().lock();
    for warning in policies.warnings() {
        writeln!(out, "warning: {warning}")?;
    }
    for remark in host.engine().lint() {
        writeln!(out, "remark: {remark}")?;
    }
    if !options.dir.join("registry.json").is_file() {
        writeln!(out, "remark: there is no registry.json; no agent is known, and every call is denied")?;
    }
    writeln!(out, "{}: {} policies and {} tools load", options.dir.display(), policies.len(), catalog.tools().count())?;
    Ok(out.flush()?)
}

pub(crate) fn print_schema(options: &Options) -> Result<(), Failure> {
    let Options { dir, catalog } = options;
    let host = Host::from_dir(dir, catalog.as_deref(), Parts::default()).map_err(|error| Failure::of_dir(dir, error))?;
    let mut out = anstream::stdout().lock();
    out.write_all(host.engine().policies().schema().as_bytes())?;
    Ok(out.flush()?)
}
