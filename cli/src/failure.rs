//! Why the program stops, and with which exit code.

use std::fmt;
use std::io;
use std::path::Path;

use bailiwick::{Error, ErrorKind, Location};

pub(crate) enum Failure {
    /// What was given cannot be used.
    Input(String),
    /// A policy directory does not load: everything that is wrong with it.
    Unloaded(Vec<String>),
    /// The audit log is not what was decided.
    Audit(String),
    /// Our evaluator and Cedar, or Cedar and a test case, do not agree.
    Oracle(String),
    /// The output could not be written.
    Output(io::Error),
    /// Whoever read the output has read enough: `bailiwick demo | head`.
    Closed,
}

impl Failure {
    /// An error of loading a policy directory; its files are named by their path from here, not from there.
    pub(crate) fn of_dir(dir: &Path, error: Error) -> Self {
        let error = match error.location().cloned() {
            _ if error.kind() == ErrorKind::File => error,
            Some(Location { file: Some(file), line, column }) if dir.join(&file).exists() => {
                error.at(Location { file: Some(dir.join(file).display().to_string()), line, column })
            }
            Some(_) => error,
            None => error.in_file(&dir.display().to_string()),
        };
        Self::Input(error.to_string())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Audit(_) | Self::Oracle(_) | Self::Output(_) => 1,
            Self::Input(_) | Self::Unloaded(_) => 2,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Output(error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) | Self::Oracle(why) => f.write_str(why),
            Self::Unloaded(errors) => f.write_str(&errors.join("\nbailiwick: ")),
            Self::Audit(why) => write!(f, "the audit log did not verify: {why}"),
            Self::Output(error) => write!(f, "the output could not be written: {error}"),
            Self::Closed => f.write_str("the output was closed"),
        }
    }
}
