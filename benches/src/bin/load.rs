//! Prints how long it takes to load a catalog, and what memory that takes: the largest heap meanwhile, and what the
//! engine holds. With `--into FILE` it also writes the table there, between `<!-- bench:load -->` and `<!-- /bench -->`.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::{Baseline, Catalog, Engine, SealKey, Source, Trust};
use benches::table::{machine, median, write_into};
use benches::tools;

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = String::from(
        "| tools | `tools/list` | policies | read the catalog | build the engine | heap at most | heap of the engine |\n|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (count, policies) in [(10, 10), (100, 10), (2_000, 10), (2_000, 200)] {
        let (listed, policies_text) = (tools::listed(count), tools::policies(policies, count));
        let (mut reading, mut building) = (Vec::new(), Vec::new());
        let mut memory = None;
        for _ in 0..ROUNDS {
            let mut failure = None;
            let measured = allocation_counter::measure(|| match load(&listed, &policies_text) {
                Ok((engine, read, built)) => {
                    reading.push(read);
                    building.push(built);
                    // What is kept counts as kept.
                    std::mem::forget(engine);
                }
                Err(error) => failure = Some(error),
            });
            if let Some(error) = failure {
                return Err(error.into());
            }
            memory = Some(measured);
        }
        let memory = memory.ok_or("there is at least one round")?;
        let [reading, building] = [reading, building].map(|times| format!("{:.1} ms", median(times).as_secs_f64() * 1_000.0));
        let megabytes = |bytes: f64| format!("{:.1} MB", bytes / 1_048_576.0);
        let (most, kept) = (megabytes(memory.bytes_max as f64), megabytes(memory.bytes_current as f64));
        writeln!(table, "| {count} | {:.0} KB | {policies} | {reading} | {building} | {most} | {kept} |", listed.len() as f64 / 1_024.0)?;
    }
    writeln!(table, "\nMedians of {ROUNDS} loads, with the pack `strict`; {}.", machine())?;
    println!("{table}");
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        ["--into", path] => write_into(path, "load", &table),
        _ => Err("usage: load [--into FILE]".into()),
    }
}

/// The engine, how long its catalog took to read, and how long it took to build.
fn load(listed: &str, policies: &str) -> Result<(Engine, Duration, Duration), bailiwick::Error> {
    let start = Instant::now();
    let catalog = Catalog::from_mcp("bench", listed, Trust::Trusted)?;
    let read = start.elapsed();
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(catalog).baseline(Baseline::Strict);
    let engine = builder.policies([Source::new("bench.cedar", policies)]).build()?;
    Ok((engine, read, start.elapsed().saturating_sub(read)))
}
