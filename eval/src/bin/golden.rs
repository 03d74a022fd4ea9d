//! Writes down what is decided on every call of recorded episodes, or compares it with what was written down.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use eval::corpus::{self, Problem};
use eval::golden::Golden;

const USAGE: &str = "usage: golden (--write FILE | --compare FILE) [--digests] PATH…

PATH     an episode file or a folder of them, as the program `intent` reads them.
--write  writes the verdict, reason and argument levels of every call into FILE.
--compare  prints each call that is decided otherwise than FILE says, and fails if there is one.
--digests  FILE has a digest of each verdict, for episodes that nobody may read.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mode, file, paths) = match arguments.as_slice() {
        [mode, file, paths @ ..] if matches!(mode.as_str(), "--write" | "--compare") && !paths.is_empty() => (mode, file, paths),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (digests, paths) =
        paths.split_first().map_or((false, paths), |(first, rest)| if first == "--digests" { (true, rest) } else { (false, paths) });
    match run((mode == "--write", digests), file, paths) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing is decided otherwise.
fn run((write, digests): (bool, bool), file: &str, paths: &[String]) -> Result<bool, Problem> {
    let today = Golden::of(&corpus::suites(paths.iter().map(String::as_str), false)?)?;
    let today = if digests { today.digests() } else { today };
    if write {
        std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(&today)?))?;
        println!("{file}: {} suites", today.0.len());
        return Ok(true);
    }
    let kept: Golden = serde_json::from_str(&std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?)?;
    let differences = kept.differences(&today);
    for difference in &differences {
        println!("{difference}");
    }
    println!("{} calls are decided otherwise than {file} says", differences.len());
    Ok(differences.is_empty())
}
