//! Replays recorded episodes and counts what is allowed, asked and denied. No model takes part: the recorded agent obeys
//! whatever it reads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use bailiwick::Baseline;
use benches::table;
use eval::ablation::Ablation;
use eval::corpus::{self, Suite};
use eval::replay::{self, Row};

const USAGE: &str = "usage: intent PATH… [--json] [--verbose] [--annotated] [--ablate] [--profile observe|balanced|strict]
              [--into FILE [--as NAME]]

PATH     an episode file NAME.jsonl, NAME.KIND.jsonl or NAME.KIND.jsonl.gz, or a folder of them; the tools are in
         NAME.catalog.json beside it. With --annotated, NAME.annotated.json says what they do.
         With --ablate, the suites are run without each of the sources their contracts are made of, and with more; the
         figures are sums.";

/// What was asked for on the command line.
#[derive(Default)]
struct Asked {
    paths: Vec<String>,
    flags: Vec<String>,
    profile: Option<String>,
    into: Option<String>,
    name: Option<String>,
}

impl Asked {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self::default();
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next_if(|next| !next.starts_with("--")).ok_or_else(|| format!("`{argument}` wants a value"));
            match argument.as_str() {
                "--profile" => asked.profile = Some(value()?),
                "--into" => asked.into = Some(value()?),
                "--as" => asked.name = Some(value()?),
                "--json" | "--verbose" | "--annotated" | "--ablate" | "--help" => asked.flags.push(argument),
                flag if flag.starts_with("--") => return Err(format!("`{flag}` is no option of this program")),
                _ if asked.paths.contains(&argument) => return Err(format!("`{argument}` is given twice")),
                _ => asked.paths.push(argument),
            }
        }
        Ok(asked)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }
}

fn main() -> ExitCode {
    let asked = match Asked::of(std::env::args().skip(1)) {
        Ok(asked) if asked.has("--help") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(asked) if asked.paths.is_empty() => return misused("name a file or folder of episodes"),
        Ok(asked) => asked,
        Err(wrong) => return misused(&wrong),
    };
    let profile = asked.profile.as_deref().unwrap_or("balanced");
    let Some(baseline) = Baseline::named(profile) else {
        return misused(&format!("`{profile}` is no pack: observe, balanced or strict"));
    };
    match run(&asked, baseline) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn misused(why: &str) -> ExitCode {
    eprintln!("error: {why}\n\n{USAGE}");
    ExitCode::from(2)
}

fn run(asked: &Asked, baseline: Baseline) -> Result<(), corpus::Problem> {
    let (into, name) = (asked.into.as_deref(), asked.name.as_deref());
    let suites = corpus::suites(asked.paths.iter().map(String::as_str), asked.has("--annotated"))?;
    if asked.has("--ablate") {
        return shown(&ablated(&suites, baseline)?, name.unwrap_or("ablation"), into);
    }
    let rows: Vec<Row> = suites.iter().map(|suite| replay::replay(suite, baseline, asked.has("--verbose"))).collect::<Result<_, _>>()?;
    if asked.has("--json") {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    shown(&format!("{}\n{}\n", replay::table(&rows), table::machine()), name.unwrap_or("intent"), into)
}

fn ablated(suites: &[Suite], baseline: Baseline) -> Result<String, corpus::Problem> {
    let mut rows = Vec::new();
    for suite in suites {
        rows.push((replay::replay(suite, baseline, false)?, "everything"));
        for ablation in Ablation::ALL {
            if let Some(left) = ablation.of(suite)? {
                rows.push((replay::replay_in(&left, &ablation.language()?, baseline, false)?, ablation.name()));
            }
        }
    }
    Ok(replay::sums(&rows))
}

/// Prints a table, and writes it into a document, if one is named.
fn shown(table: &str, name: &str, into: Option<&str>) -> Result<(), corpus::Problem> {
    print!("{table}");
    into.map_or(Ok(()), |path| table::write_into(path, name, table))
}
