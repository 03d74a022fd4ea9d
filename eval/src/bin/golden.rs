//! Writes down what is decided on every call of recorded episodes, or compares it with what was written down.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use eval::corpus::{self, Problem};
use eval::golden::Golden;

const USAGE: &str = "usage: golden (--write FILE | --compare FILE) PATH…

PATH     an episode file or a folder of them, as the program `intent` reads them.
--write  writes the verdict, reason and argument levels of every call into FILE.
--compare  prints each call that is decided otherwise than FILE says, and fails if there is one.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mode, file, paths) = match arguments.as_slice() {
        [mode, file, paths @ ..] if matches!(mode.as_str(), "--write" | "--compare") && !paths.is_empty() => (mode, file, paths),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(mode == "--write", file, paths) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing is decided otherwise.
fn run(write: bool, file: &str, paths: &[String]) -> Result<bool, Problem> {
    let today = Golden::of(&corpus::suites(paths.iter().map(String::as_str), false)?)?;
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
