//! Loads every list of tools in a folder, and tells what the library makes of it: what loads, what is guessed, and, beside
//! labels made by hand, which guesses are wrong.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bailiwick::{Catalog, Engine, SealKey};
use serde::Serialize;
use serde_json::Value;

const USAGE: &str = "usage: catalogs PATH… [--labels FILE] [--json]

PATH      a file that `tools/list` of an MCP server answered, or a list of functions; or a folder of them. The file's name
          is the name of the system. A file `labels.json` in the folder is read as labels.
--labels  what the tools do: {\"SYSTEM\": {\"TOOL\": \"read\" | \"change\" | \"neither\"}}
--json    prints all of it as JSON, each wrong guess included";

fn main() -> ExitCode {
    match Asked::of(std::env::args().skip(1)) {
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Some(asked)) => match run(&asked) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
        Err(wrong) => {
            eprintln!("error: {wrong}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// What was asked for on the command line.
#[derive(Default)]
struct Asked {
    paths: Vec<PathBuf>,
    labels: Option<PathBuf>,
    json: bool,
}

impl Asked {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut asked = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" => return Ok(None),
                "--json" => asked.json = true,
                "--labels" => asked.labels = Some(arguments.next().ok_or("`--labels` needs a file")?.into()),
                flag if flag.starts_with("--") => return Err(format!("there is no option `{flag}`")),
                _ => asked.paths.push(argument.into()),
            }
        }
        if asked.paths.is_empty() { Err("name a folder or file of tools".to_owned()) } else { Ok(Some(asked)) }
    }
}

fn run(asked: &Asked) -> Result<(), Box<dyn Error>> {
    let (files, beside) = files(&asked.paths)?;
    let labels = match asked.labels.as_ref().or(beside.as_ref()) {
        Some(path) => labels(path)?,
        None => Labels::default(),
    };
    let mut listings = Vec::new();
    for (place, path) in files.iter().enumerate() {
        let system = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("[{}/{}] {system}", place + 1, files.len());
        listings.push(Listing::of(&system, &std::fs::read_to_string(path)?, labels.get(&system)));
    }
    let report = Report { sum: Sum::of(&listings), listings };
    if asked.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// The JSON files of the paths, sorted; and the labels found beside them.
fn files(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Option<PathBuf>), Box<dyn Error>> {
    let (mut files, mut labels) = (Vec::new(), None);
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        for entry in std::fs::read_dir(path)? {
            let file = entry?.path();
            match file.file_name().and_then(|name| name.to_str()) {
                Some("labels.json") => labels = Some(file),
                Some(name) if Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) => files.push(file),
                _ => {}
            }
        }
    }
    files.sort();
    if files.is_empty() { Err("there is no JSON file".into()) } else { Ok((files, labels)) }
}

/// What the tools of each system do.
type Labels = BTreeMap<String, BTreeMap<String, Label>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Label {
    Read,
    Change,
    Neither,
}

fn labels(path: &Path) -> Result<Labels, Box<dyn Error>> {
    let wrong = |what: &str| format!("{}: {what}", path.display());
    let read: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&std::fs::read_to_string(path)?).map_err(|error| wrong(&error.to_string()))?;
    let label = |text: &str| match text {
        "read" => Ok(Label::Read),
        "change" => Ok(Label::Change),
        "neither" | "neutral" => Ok(Label::Neither),
        _ => Err(wrong(&format!("`{text}` is no label: write read, change or neither"))),
    };
    let mut labels = Labels::default();
    for (system, tools) in read {
        let tools: Result<_, String> = tools.into_iter().map(|(tool, text)| Ok((tool, label(&text)?))).collect();
        labels.insert(system, tools?);
    }
    Ok(labels)
}

/// What is guessed of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Guess {
    OnlyReads,
    CanBeUndone,
    CannotBeUndone,
}

impl Guess {
    const ALL: [Self; 3] = [Self::OnlyReads, Self::CanBeUndone, Self::CannotBeUndone];
}

/// One tool whose label and guess differ.
#[derive(Clone, Serialize)]
struct Wrong {
    tool: String,
    label: Label,
    guess: Guess,
    /// The rule that decided.
    rule: &'static str,
}

/// One file, as the library reads it.
#[derive(Default, Serialize)]
struct Listing {
    system: String,
    /// Why the file does not load as it is.
    refused: Option<String>,
    tools: usize,
    /// Tools nobody can call, and why.
    unusable: BTreeMap<String, String>,
    arguments: usize,
    /// Arguments policies only see as text.
    free_form: usize,
    guesses: BTreeMap<Guess, usize>,
    confusion: Confusion,
    unlabelled: usize,
    wrong: Vec<Wrong>,
    /// What is guessed of each tool.
    by_tool: BTreeMap<String, Guess>,
    lints: usize,
    load_ms: f64,
    /// The most memory that loading took, and what stays.
    peak_bytes: u64,
    held_bytes: i64,
}

/// How many tools of each label were guessed as what.
type Confusion = BTreeMap<Label, BTreeMap<Guess, usize>>;

impl Listing {
    fn of(system: &str, text: &str, labels: Option<&BTreeMap<String, Label>>) -> Self {
        let mut listing = Self { system: system.to_owned(), ..Self::default() };
        let mut loaded = None;
        let start = Instant::now();
        let memory = allocation_counter::measure(|| loaded = Some(load(system, text)));
        (listing.load_ms, listing.peak_bytes, listing.held_bytes) = (millis(start.elapsed()), memory.bytes_max, memory.bytes_current);
        let engine = match loaded {
            Some(Ok(engine)) => Some(engine),
            Some(Err(why)) => {
                listing.refused = Some(why);
                listing.load_what_loads(text)
            }
            None => None,
        };
        if let Some(engine) = engine {
            listing.look_at(&engine, labels);
        }
        listing
    }

    /// Where the whole file is refused: each of its tools for itself, so that the others can still be counted.
    fn load_what_loads(&mut self, text: &str) -> Option<Engine> {
        let mut usable = Catalog::default();
        for tool in listed(serde_json::from_str(text).ok()?) {
            let name = tool.get("name").and_then(Value::as_str).unwrap_or("?").to_owned();
            match Catalog::from_any(&self.system, &Value::Array(vec![tool]).to_string()) {
                Ok(one) => usable = usable.merge(one).ok()?,
                Err(why) => {
                    self.unusable.insert(name, why.to_string());
                }
            }
        }
        engine(usable).ok()
    }

    fn look_at(&mut self, engine: &Engine, labels: Option<&BTreeMap<String, Label>>) {
        // Tools the catalog itself calls unusable belong into `self.unusable`, here.
        let guesses: BTreeMap<_, _> = engine.tool_guesses().into_iter().map(|guess| (guess.tool.clone(), (guess_of(&guess), guess.rule))).collect();
        self.lints = engine.lint().count();
        for tool in engine.catalog().tools() {
            self.tools += 1;
            self.arguments += tool.parameters().count();
            self.free_form += tool.parameters().filter(|name| tool.is_free_form(name)).count();
            let Some((guess, rule)) = guesses.get(tool.name()).copied() else { continue };
            *self.guesses.entry(guess).or_default() += 1;
            self.by_tool.insert(tool.name().to_owned(), guess);
            let Some(label) = labels.and_then(|labels| labels.get(tool.name())).copied() else {
                self.unlabelled += 1;
                continue;
            };
            *self.confusion.entry(label).or_default().entry(guess).or_default() += 1;
            let is_right = match label {
                Label::Read => guess == Guess::OnlyReads,
                Label::Change => guess != Guess::OnlyReads,
                Label::Neither => true,
            };
            if !is_right {
                self.wrong.push(Wrong { tool: tool.name().to_owned(), label, guess, rule });
            }
        }
    }

    /// Tools that change something and were guessed as only reading.
    fn dangerous(&self) -> impl Iterator<Item = &Wrong> {
        self.wrong.iter().filter(|wrong| wrong.label == Label::Change)
    }
}

fn guess_of(guess: &bailiwick::ToolGuess) -> Guess {
    match (guess.reads, guess.reversible) {
        (true, _) => Guess::OnlyReads,
        (false, true) => Guess::CanBeUndone,
        (false, false) => Guess::CannotBeUndone,
    }
}

fn load(system: &str, text: &str) -> Result<Engine, String> {
    engine(Catalog::from_any(system, text).map_err(|error| error.to_string())?)
}

fn engine(catalog: Catalog) -> Result<Engine, String> {
    Engine::builder(SealKey::new([7; 32])).catalog(catalog).build().map_err(|error| error.to_string())
}

/// The tools in `[…]`, `{"tools": […]}` or a JSON-RPC `{"result": {"tools": […]}}`.
fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(tools) => tools,
        Value::Object(mut members) => members.remove("tools").or_else(|| members.remove("result")).map(listed).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// All files together.
#[derive(Default, Serialize)]
struct Sum {
    files: usize,
    loaded: usize,
    tools: usize,
    unusable: usize,
    arguments: usize,
    free_form: usize,
    confusion: Confusion,
    dangerous: usize,
    reads_taken_for_changes: usize,
    lints: usize,
    load_ms: f64,
    /// The most memory the process ever had, where the system tells.
    peak_rss_kb: Option<u64>,
}

impl Sum {
    fn of(listings: &[Listing]) -> Self {
        let mut sum = Self { files: listings.len(), peak_rss_kb: peak_rss_kb(), ..Self::default() };
        for listing in listings {
            sum.loaded += usize::from(listing.refused.is_none());
            sum.tools += listing.tools;
            sum.unusable += listing.unusable.len();
            sum.arguments += listing.arguments;
            sum.free_form += listing.free_form;
            sum.dangerous += listing.dangerous().count();
            sum.reads_taken_for_changes += listing.wrong.iter().filter(|wrong| wrong.label == Label::Read).count();
            sum.lints += listing.lints;
            sum.load_ms += listing.load_ms;
            for (label, guesses) in &listing.confusion {
                for (guess, count) in guesses {
                    *sum.confusion.entry(*label).or_default().entry(*guess).or_default() += count;
                }
            }
        }
        sum
    }

    fn labelled(&self, label: Label) -> usize {
        self.confusion.get(&label).map_or(0, |guesses| guesses.values().sum())
    }
}

#[derive(Serialize)]
struct Report {
    sum: Sum,
    listings: Vec<Listing>,
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |row: String| {
            text.push_str(&row);
            text.push('\n');
        };
        let widest = self.listings.iter().map(|listing| listing.system.chars().count()).max().unwrap_or(0).max(8);
        line(format!("{:<widest$}  loads  tools  unusable  arguments  free-form  reads  undoable  final  lints   load ms   peak kB", "system"));
        for listing in &self.listings {
            let guessed = |guess| listing.guesses.get(&guess).copied().unwrap_or(0);
            let (reads, undoable, last) = (guessed(Guess::OnlyReads), guessed(Guess::CanBeUndone), guessed(Guess::CannotBeUndone));
            let loads = if listing.refused.is_none() { "yes" } else { "no" };
            line(format!(
                "{:<widest$}  {loads:<5}  {:>5}  {:>8}  {:>9}  {:>9}  {reads:>5}  {undoable:>8}  {last:>5}  {:>5}  {:>8.1}  {:>8}",
                listing.system,
                listing.tools,
                listing.unusable.len(),
                listing.arguments,
                listing.free_form,
                listing.lints,
                listing.load_ms,
                listing.peak_bytes / 1024,
            ));
        }
        let sum = &self.sum;
        line(format!(
            "\n{} of {} files load; {} tools, {} unusable; {} of {} arguments free-form; {} lints; loaded in {:.1} ms{}",
            sum.loaded,
            sum.files,
            sum.tools,
            sum.unusable,
            sum.free_form,
            sum.arguments,
            sum.lints,
            sum.load_ms,
            sum.peak_rss_kb.map(|peak| format!("; peak memory of the process {} MB", peak / 1024)).unwrap_or_default(),
        ));
        for listing in &self.listings {
            if let Some(why) = &listing.refused {
                line(format!("  {} does not load: {why}", listing.system));
            }
            for (tool, why) in &listing.unusable {
                line(format!("  {}: `{tool}` is unusable: {why}", listing.system));
            }
        }
        text + &self.wrong_guesses()
    }

    /// Guesses against labels; empty without any.
    fn wrong_guesses(&self) -> String {
        let sum = &self.sum;
        if sum.confusion.is_empty() {
            return String::new();
        }
        let mut text = "\nlabel     guessed: only reads  can be undone  cannot be undone\n".to_owned();
        for (name, label) in [("read", Label::Read), ("change", Label::Change), ("neither", Label::Neither)] {
            let counts = Guess::ALL.map(|guess| sum.confusion.get(&label).and_then(|guesses| guesses.get(&guess)).copied().unwrap_or(0));
            let [reads, undoable, last] = counts;
            let _ = writeln!(text, "{name:<8}  {reads:>19}  {undoable:>13}  {last:>16}");
        }
        let share = |part: usize, label: Label| percent(part, sum.labelled(label));
        let _ = writeln!(
            text,
            "\ndangerous, a change guessed as only reading: {} ({})\nreads guessed as changing: {} ({})",
            sum.dangerous,
            share(sum.dangerous, Label::Change),
            sum.reads_taken_for_changes,
            share(sum.reads_taken_for_changes, Label::Read),
        );
        for (title, label) in [("dangerous", Label::Change), ("read guessed as changing", Label::Read)] {
            for listing in &self.listings {
                for wrong in listing.wrong.iter().filter(|wrong| wrong.label == label) {
                    let _ = writeln!(text, "  {title}: {} {} ({})", listing.system, wrong.tool, wrong.rule);
                }
            }
        }
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tools are small")]
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "no such label".to_owned() } else { format!("{:.2} %", 100.0 * part as f64 / whole as f64) }
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// `VmHWM` of Linux.
fn peak_rss_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}
