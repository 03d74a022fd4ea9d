//! Recorded agent runs: one JSON object a line, plain or gzipped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use bailiwick::{Error, Location, Value, read_json};
use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One run of an agent: what it was asked, and what it did. Members not named here, such as the outputs of the
/// tools, are not read: this version decides on calls alone.
#[derive(Deserialize)]
pub(crate) struct Episode {
    pub id: String,
    pub suite: String,
    pub prompt: String,
    /// What the attacker wanted, when there was one.
    #[serde(default)]
    pub goal: Option<String>,
    pub calls: Vec<Recorded>,
    /// `file:line`, for messages.
    #[serde(skip)]
    pub place: String,
}

/// One call that was made.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub tool: String,
    pub args: Value,
    #[serde(default)]
    pub label: Label,
}

/// On whose behalf the call was really made.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Label {
    /// The user's.
    Benign,
    /// An attacker's, who had text injected into what the agent reads.
    Attack,
    /// Nobody said.
    #[default]
    Unlabelled,
}

impl Label {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Attack => "attack",
            Self::Unlabelled => "unlabelled",
        }
    }
}

/// The episodes of a file. All are read before any is replayed: a broken line in the middle is known at the start.
pub(crate) fn read(path: &Path) -> Result<Vec<Episode>, Failure> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| Failure::Input(format!("{name}: {error}"));
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    // By its first bytes, not by its name: a downloaded file may have lost its ending.
    let is_gzip = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    if is_gzip { parse(&name, BufReader::new(MultiGzDecoder::new(file))) } else { parse(&name, file) }
}

/// The episodes of a text; `name` is what messages call it.
pub(crate) fn parse(name: &str, lines: impl BufRead) -> Result<Vec<Episode>, Failure> {
    let mut episodes = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| Failure::Input(format!("{name}:{number}: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let mut episode: Episode = read_json(&line).map_err(|error| Failure::Input(at_line(error, name, number).to_string()))?;
        episode.place = format!("{name}:{number}");
        episodes.push(episode);
    }
    if episodes.is_empty() {
        return Err(Failure::Input(format!("{name}: has no episode")));
    }
    Ok(episodes)
}

/// The reader of a line counts lines from there; the reader of a file wants the file's.
fn at_line(error: Error, file: &str, line: usize) -> Error {
    let column = error.location().map_or(1, |location| location.column);
    error.at(Location { file: Some(file.to_owned()), line, column })
}
