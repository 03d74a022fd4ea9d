//! Corpora of recorded episodes: `NAME.catalog.json` and `NAME.*.jsonl[.gz]`, one episode a line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use bailiwick::{Catalog, Value};
use serde::Deserialize;

/// Why a corpus could not be read.
pub type Problem = Box<dyn std::error::Error>;

/// Tools and the episodes recorded with them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Suite {
    /// What the files are called.
    pub name: String,
    /// The tools.
    pub catalog: Catalog,
    /// The same as they are listed.
    pub tools: serde_json::Value,
    /// What an integrator says of them, if anybody has.
    pub annotations: Option<String>,
    /// What the agent was told before any prompt.
    pub system_prompt: Option<String>,
    /// The episodes.
    pub episodes: Vec<Episode>,
}

/// One prompt and the calls that were made for it.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Episode {
    /// What it is called.
    pub id: String,
    /// What the user typed.
    pub prompt: String,
    /// The calls, in order.
    pub calls: Vec<Recorded>,
}

/// One call.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Recorded {
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub args: serde_json::Value,
    /// What it answered.
    #[serde(default)]
    pub output: serde_json::Value,
    /// Whose call it is.
    pub label: Label,
}

/// Whose call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the format knows these two")]
pub enum Label {
    /// What the user asked for.
    Benign,
    /// What somebody else did.
    Attack,
}

impl Episode {
    /// Whether somebody tries to hijack it.
    #[must_use]
    pub fn is_attack(&self) -> bool {
        self.calls.iter().any(Recorded::is_attack)
    }
}

impl Recorded {
    /// Whether it is part of a hijack.
    #[must_use]
    pub fn is_attack(&self) -> bool {
        self.label == Label::Attack
    }

    /// The output as the host would have it before it is written for a model: JSON and YAML are read back.
    #[must_use]
    pub fn output(&self) -> Value {
        let read = match &self.output {
            serde_json::Value::String(text) => structured(text),
            other => Some(other.clone()),
        };
        read.as_ref().map_or_else(|| text(&self.output), value)
    }
}

fn text(output: &serde_json::Value) -> Value {
    Value::String(output.as_str().unwrap_or_default().to_owned())
}

/// A `serde_json` value as ours.
#[must_use]
pub fn value(json: &serde_json::Value) -> Value {
    Value::parse(&json.to_string()).unwrap_or(Value::Null)
}

/// A text that is a whole record or list of records.
fn structured(text: &str) -> Option<serde_json::Value> {
    let read: Option<serde_json::Value> = serde_json::from_str(text).ok().or_else(|| serde_yaml_ng::from_str(text).ok());
    read.filter(|value| value.is_object() || value.is_array())
}

/// The suites in these files and folders.
///
/// # Errors
/// A file that cannot be read, or is not of the format.
pub fn suites<'p>(paths: impl Iterator<Item = &'p str>, annotated: bool) -> Result<Vec<Suite>, Problem> {
    let mut files: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let path = Path::new(path);
        let found: Vec<PathBuf> = if path.is_dir() {
            std::fs::read_dir(path)
                .map_err(|error| format!("{}: {error}", path.display()))?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?
        } else {
            vec![path.to_owned()]
        };
        for file in found {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.trim_end_matches(".gz").rsplit_once('.').is_some_and(|(_, ending)| ending == "jsonl") {
                files.entry(stem(&file, name)?).or_default().push(file);
            }
        }
    }
    if files.is_empty() {
        return Err("no episodes there: a file of them is called NAME.jsonl, NAME.KIND.jsonl or NAME.KIND.jsonl.gz".into());
    }
    files.into_iter().map(|(stem, files)| suite(&stem, files, annotated)).collect()
}

/// The path without its endings, such that its catalog lies beside it.
fn stem(file: &Path, name: &str) -> Result<PathBuf, Problem> {
    let mut name = name.trim_end_matches(".gz").trim_end_matches(".jsonl");
    loop {
        let stem = file.with_file_name(name);
        if beside(&stem, "catalog.json").is_file() {
            return Ok(stem);
        }
        name = match name.rsplit_once('.') {
            Some((shorter, _)) => shorter,
            None => return Err(format!("no catalog beside {}", file.display()).into()),
        };
    }
}

fn beside(stem: &Path, ending: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}

fn suite(stem: &Path, mut files: Vec<PathBuf>, annotated: bool) -> Result<Suite, Problem> {
    files.sort();
    let file = beside(stem, "catalog.json");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut catalog = Catalog::from_any("tools", &text).map_err(|error| error.in_file(&file.display().to_string()))?;
    let annotations = beside(stem, "annotated.json");
    if annotated && !annotations.is_file() {
        return Err(format!("{} is not there: it says what the tools do", annotations.display()).into());
    }
    let file = annotations.display().to_string();
    let annotations = if annotations.is_file() { Some(std::fs::read_to_string(annotations)?) } else { None };
    if let Some(annotations) = annotations.as_ref().filter(|_| annotated) {
        catalog = catalog.annotate(annotations).map_err(|error| error.in_file(&file))?;
    }
    let tools: serde_json::Value = serde_json::from_str(&text)?;
    let system_prompt = tools.get("system_prompt").and_then(|prompt| prompt.as_str()).map(str::to_owned);
    let mut episodes = Vec::new();
    for file in files {
        let mut text = String::new();
        let named = |error: std::io::Error| format!("{}: {error}", file.display());
        let bytes = std::fs::File::open(&file).map_err(named)?;
        if file.extension().is_some_and(|ending| ending == "gz") {
            flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).map_err(named)?;
        } else {
            std::io::BufReader::new(bytes).read_to_string(&mut text).map_err(named)?;
        }
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |why: &dyn std::fmt::Display| format!("{}:{}: {why}", file.display(), at + 1);
            let episode: Episode = serde_json::from_str(line).map_err(|error| wrong(&error))?;
            if let Some(call) = episode.calls.iter().find(|call| catalog.tool(&call.tool).is_none()) {
                return Err(wrong(&format!("`{}` is no tool of the catalog", call.tool)).into());
            }
            episodes.push(episode);
        }
    }
    let name = stem.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Suite { name, catalog, tools, annotations, system_prompt, episodes })
}
