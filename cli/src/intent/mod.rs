//! `bailiwick intent PROMPT --catalog FILE`: what a prompt asks for, and what was guessed of the tools.

mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use bailiwick::{Catalog, Engine, Error, SealKey, Source};
use clap::Args;

use crate::failure::Failure;
use report::Found;

/// What tools of MCP's and `OpenAI`'s formats belong to.
const SYSTEM: &str = "tools";

/// Compiles a prompt into its contract: the tools it asks for, and the words it follows from.
///
/// Under `guessed` are the tools whose effects nobody has declared, with what their names and schemas seem to say:
/// annotate what is wrong there.
#[derive(Args)]
pub(crate) struct Options {
    /// What the user asks for; `-` reads it from the standard input
    #[arg(value_name = "PROMPT")]
    prompt: String,
    /// The tool catalog: in any of the three formats, or a list of servers
    #[arg(long, value_name = "FILE")]
    catalog: PathBuf,
    /// What the operator says of those tools
    #[arg(long, value_name = "FILE")]
    annotations: Option<PathBuf>,
    /// A tool that is allowed whatever the prompt says; may be given again
    #[arg(long, value_name = "TOOL")]
    standing: Vec<String>,
    /// The Cedar schema of the resources that tools of the catalog name; may be given again
    #[arg(long, value_name = "FILE")]
    schema: Vec<PathBuf>,
    /// One JSON object with the contract and the guesses
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let engine = engine(options)?;
    let prompt = match options.prompt.as_str() {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(|error| Failure::Input(format!("the prompt: {error}")))?,
        given => given.to_owned(),
    };
    let found = Found { contract: engine.contract(&prompt), guessed: engine.tool_guesses() };
    let mut out = anstream::stdout().lock();
    out.write_all(if options.json { found.json() } else { found.text(&prompt) }.as_bytes())?;
    Ok(out.flush()?)
}

/// An engine that decides nothing: it knows the tools.
fn engine(options: &Options) -> Result<Engine, Failure> {
    let source = read(&options.catalog)?;
    let mut catalog = Catalog::from_any(SYSTEM, &source.text).map_err(|error| failure(error, &source))?;
    if let Some(annotations) = &options.annotations {
        let source = read(annotations)?;
        catalog = catalog.annotate(&source.text).map_err(|error| failure(error, &source))?;
    }
    let schema = options.schema.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let builder = Engine::builder(SealKey::new([0; 32])).catalog(catalog).schema(schema).standing(options.standing.iter().cloned());
    builder.build().map_err(|error| Failure::Input(error.to_string()))
}

fn read(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    Ok(Source::new(name, text))
}

fn failure(error: Error, source: &Source) -> Failure {
    Failure::Input(error.in_file(&source.name).to_string())
}
