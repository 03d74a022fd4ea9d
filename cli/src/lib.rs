//! The program `bailiwick`: replays recorded agent runs under policies, checks policy directories, says what a prompt
//! asks for, and compares the evaluator with Cedar.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | done, and the audit log verified |
//! | 1 | the audit log did not verify, the evaluator and Cedar disagree, or the output could not be written |
//! | 2 | unusable input: a wrong option, a file that cannot be read, policies that do not load |
#![forbid(unsafe_code)]

mod cast;
mod check;
mod demo;
mod episode;
mod failure;
mod intent;
mod oracle;
mod replay;
mod report;
mod stage;
mod tally;

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Decides what AI agents may do, and accounts for it.
#[derive(Parser)]
#[command(name = "bailiwick", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replay a dozen recorded agent runs, benign and attacked, at a bank and in an office
    Demo {
        /// One JSON object per decision, then one with the totals
        #[arg(long)]
        json: bool,
    },
    /// Replay recorded agent runs under the policies of a directory
    Replay(Box<replay::Options>),
    /// Load a policy directory and say what is wrong, odd, or can never work
    Check(check::CheckOptions),
    /// Print the Cedar schema that policies of a directory are validated against
    Schema(check::Options),
    /// Put Cedar's own test cases to the compiled evaluator and to Cedar, and compare
    Oracle(oracle::Options),
    /// Say what a prompt asks for, and what was guessed of the tools
    Intent(intent::Options),
}

/// Runs the program with these arguments, the first being its name, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let command = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments.command,
        Err(help) => {
            // Nobody is left to tell that help could not be printed.
            let _ = help.print();
            return u8::try_from(help.exit_code()).unwrap_or(2);
        }
    };
    let done = match &command {
        Command::Demo { json } => demo::run(*json),
        Command::Replay(options) => replay::run(options),
        Command::Check(options) => check::run(options),
        Command::Schema(options) => check::print_schema(options),
        Command::Oracle(options) => oracle::run(options),
        Command::Intent(options) => intent::run(options),
    };
    let Err(failure) = done else { return 0 };
    if !matches!(failure, Failure::Closed) {
        let _ = writeln!(anstream::stderr(), "bailiwick: {failure}");
    }
    failure.exit_code()
}
