//! Replays recorded episodes and counts what is allowed, asked and denied. No model takes part: the recorded agent obeys
//! whatever it reads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use bailiwick::Baseline;
use benches::ablation::Ablation;
use benches::corpus::{self, Suite};
use benches::replay::{self, Row};
use benches::{history, table};

const USAGE: &str = "usage: intent PATH… [--json] [--verbose] [--annotated] [--ablate] [--profile observe|balanced|strict]
              [--into FILE [--as NAME]]
       intent --latency [--into FILE]

PATH     an episode file NAME.jsonl, NAME.KIND.jsonl or NAME.KIND.jsonl.gz, or a folder of them; the tools are in
         NAME.catalog.json beside it. With --annotated, NAME.annotated.json says what they do.
         With --ablate, the suites are run without each of the sources their contracts are made of, and with more; the
         figures are sums.
         With --latency, no corpus is replayed: decisions are timed that stand at the end of a long task.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let value = |flag: &str| arguments.iter().position(|argument| argument == flag).map(|at| arguments.get(at + 1).map_or("", String::as_str));
    let (profile, into, name) = (value("--profile"), value("--into"), value("--as"));
    let is_value = |argument: &str| [profile, into, name].contains(&Some(argument));
    let paths: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--") && !is_value(argument)).collect();
    if has("--latency") {
        return ended(history::measure().and_then(|figures| shown(&format!("{}\n{}\n", figures.table(), table::machine()), "latency", into)));
    }
    let Some(baseline) = Baseline::named(profile.unwrap_or("balanced")).filter(|_| !paths.is_empty()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let read: Result<Vec<Suite>, _> = corpus::suites(paths.into_iter().map(String::as_str), has("--annotated"));
    if has("--ablate") {
        return ablate(read, baseline, into, name.unwrap_or("ablation"));
    }
    let rows = read.and_then(|suites| {
        let rows = suites.iter().map(|suite| replay::replay(suite, baseline, has("--verbose")));
        rows.collect::<Result<Vec<Row>, _>>()
    });
    ended(rows.and_then(|rows| {
        if has("--json") {
            println!("{}", serde_json::to_string_pretty(&rows)?);
            return Ok(());
        }
        shown(&format!("{}\n{}\n", replay::table(&rows), table::machine()), name.unwrap_or("intent"), into)
    }))
}

/// Prints a table, and writes it into a document, if one is named.
fn shown(table: &str, name: &str, into: Option<&str>) -> Result<(), corpus::Problem> {
    print!("{table}");
    into.map_or(Ok(()), |path| table::write_into(path, name, table))
}

fn ended(done: Result<(), corpus::Problem>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ablate(read: Result<Vec<Suite>, corpus::Problem>, baseline: Baseline, into: Option<&str>, name: &str) -> ExitCode {
    let rows = read.and_then(|suites| {
        let mut rows = Vec::new();
        for suite in &suites {
            rows.push((replay::replay(suite, baseline, false)?, "everything"));
            for ablation in Ablation::ALL {
                if let Some(left) = ablation.of(suite)? {
                    rows.push((replay::replay_in(&left, &ablation.language()?, baseline, false)?, ablation.name()));
                }
            }
        }
        Ok(rows)
    });
    ended(rows.and_then(|rows| shown(&replay::sums(&rows), name, into)))
}
