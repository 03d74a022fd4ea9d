//! `bailiwick replay FILE… --policies DIR`, and the loop that `demo` shares with it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use bailiwick::Timestamp;
use bailiwick_store::{Files, Host, Parts};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cast::{Cast, Grants, Roles};
use crate::episode::{self, Episode};
use crate::failure::Failure;
use crate::report::Report;
use crate::stage::{START_MILLIS, Stage};
use crate::tally::Tally;

/// Fewer runs or files than this are done before a progress bar could be read.
const LONG_INPUT: usize = 300;

/// Replays recorded agent runs under the policies of a directory.
///
/// Every run becomes a task of its own: the user starts it with the recorded prompt, the assistant delegates to the
/// specialist, and the specialist makes the recorded calls. `grants.json` in the directory says what is passed on.
#[derive(Args)]
pub(crate) struct Options {
    /// Recorded runs, one JSON object a line, plain or gzipped; see testdata/episodes/README.md
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The policy directory: *.cedar, *.cedarschema, tools.json, tools/*.json, registry.json, entities.json, grants.json
    #[arg(long, value_name = "DIR")]
    policies: PathBuf,
    /// The tool catalog; otherwise tools.json of the directory, or else NAME.catalog.json beside NAME.*.jsonl
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    roles: Roles,
    /// The time of the first call, in milliseconds since 1970; one second passes between calls
    #[arg(long, value_name = "MILLIS", value_parser = instant, default_value_t = START_MILLIS, allow_negative_numbers = true)]
    start_ms: i64,
    /// One JSON object per decision, then one with the totals
    #[arg(long)]
    json: bool,
}

/// What is played on one stage.
pub(crate) struct Scene {
    pub stage: Stage,
    pub episodes: Vec<Episode>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let Options { files, policies: dir, catalog, roles, start_ms, json } = options;
    let mut episodes = Vec::new();
    for file in files {
        episodes.extend(episode::read(file)?);
    }
    let catalog = match catalog {
        Some(path) => Some(path.clone()),
        None => catalog_beside(files, dir)?,
    };
    let host = Host::from_dir(dir, catalog.as_deref(), Parts::default()).map_err(|error| Failure::of_dir(dir, error))?;
    let cast = cast(roles, dir)?;
    let clock = Timestamp::from_millis(*start_ms).unwrap_or_else(|| unreachable!("checked by `instant`"));
    let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy();
    let scene = Scene { stage: Stage::new(name, host, cast, clock), episodes };
    perform(vec![scene], if *json { Report::Json } else { Report::Text })
}

/// Plays all scenes, prints every decision, and verifies every log.
pub(crate) fn perform(mut scenes: Vec<Scene>, report: Report) -> Result<(), Failure> {
    let bar = progress(scenes.iter().map(|scene| scene.episodes.len()).sum(), "runs");
    let shares_terminal = !bar.is_hidden() && std::io::stdout().is_terminal();
    let mut out = anstream::stdout().lock();
    let mut tally = Tally::default();
    let mut logs = Vec::new();
    for Scene { stage, episodes } in &mut scenes {
        out.write_all(report.scene(&stage.name, episodes.len(), stage.now()).as_bytes())?;
        for episode in episodes.iter() {
            let played = stage.play(episode)?;
            tally.add(episode, &played);
            let text = report.episode(episode, &played);
            if shares_terminal {
                bar.suspend(|| out.write_all(text.as_bytes()))?;
            } else {
                out.write_all(text.as_bytes())?;
            }
            bar.inc(1);
        }
        logs.push(stage.verify()?);
    }
    bar.finish_and_clear();
    out.write_all(report.end(&tally, &logs).as_bytes())?;
    Ok(out.flush()?)
}

pub(crate) fn cast(roles: &Roles, dir: &Path) -> Result<Cast, Failure> {
    let path = dir.join("grants.json");
    let grants = if path.is_file() {
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        Grants::from_json(&text).map_err(|error| Failure::of_dir(dir, error.in_file("grants.json")))?
    } else {
        Grants::default()
    };
    roles.with(grants).map_err(Failure::Input)
}

/// `NAME.catalog.json` beside the files, when the directory has no tools of its own.
fn catalog_beside(files: &[PathBuf], dir: &Path) -> Result<Option<PathBuf>, Failure> {
    // A directory that cannot be read is for the one who needs it to say.
    let has_catalog = |files: Files| files.catalog.is_some() || !files.servers.is_empty();
    if Files::read(dir).map_or(true, has_catalog) {
        return Ok(None);
    }
    let beside = |file: &PathBuf| {
        let name = file.file_name()?.to_string_lossy();
        Some(file.with_file_name(format!("{}.catalog.json", name.split('.').next()?)))
    };
    let mut catalogs: Vec<_> = files.iter().filter_map(beside).collect();
    catalogs.dedup();
    match catalogs.as_slice() {
        [catalog] if catalog.is_file() => Ok(Some(catalog.clone())),
        [catalog] => Err(Failure::Input(format!("no tool catalog: neither {} nor {} is there", dir.join("tools.json").display(), catalog.display()))),
        _ => Err(Failure::Input("the files seem to have different tool catalogs; give one with --catalog".to_owned())),
    }
}

/// On standard error, and only for somebody who watches and waits.
pub(crate) fn progress(length: usize, what: &str) -> ProgressBar {
    if length < LONG_INPUT || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    match ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn instant(text: &str) -> Result<i64, String> {
    let millis: i64 = text.parse().map_err(|_| "expected milliseconds since 1970".to_owned())?;
    Timestamp::from_millis(millis).map(Timestamp::as_millis).ok_or_else(|| "must be between the years 0 and 9999".to_owned())
}
