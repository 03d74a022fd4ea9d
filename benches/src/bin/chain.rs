//! Prints how long it takes to verify signed chains, cold and remembered, and to mint a link. With `--into FILE` it also
//! writes the table there, between `<!-- bench:chain -->` and `<!-- /bench -->`.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::chains::Chains;
use benches::table::{machine, median, write_into};

const ROUNDS: usize = 401;
/// What is too short for one reading of the clock is done so often between two.
const REPEATED: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = String::from(
        "| signed with | links | document | verify, cold | per link | verify, remembered | mint the next link |\n|:--|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, is_es256) in [("Ed25519", false), ("ES256", true)] {
        let chains = Chains::new(is_es256)?;
        for links in [1_usize, 2, 4, 8] {
            let (mut cold, mut remembered, mut mint) = (Vec::new(), Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                // Another epoch each time: the anchors' digest is new to what is remembered.
                let start = Instant::now();
                black_box(chains.resume(links, round)?);
                cold.push(start.elapsed());
                let start = Instant::now();
                for _ in 0..REPEATED {
                    black_box(chains.resume(links, round)?);
                }
                remembered.push(start.elapsed() / REPEATED);
                let (task, signer) = chains.child(links)?;
                let start = Instant::now();
                black_box(task.export(&signer)?);
                mint.push(start.elapsed());
                black_box(chains.resume(links, round)?);
            }
            let [cold, remembered, mint] = [cold, remembered, mint].map(median);
            let micros = |time: Duration| format!("{:.1} µs", time.as_nanos() as f64 / 1_000.0);
            let per_link = micros(cold / u32::try_from(links)?);
            let bytes = chains.document(links).len();
            let remembered = format!("{:.2} µs", remembered.as_nanos() as f64 / 1_000.0);
            writeln!(table, "| {name} | {links} | {bytes} B | {} | {per_link} | {remembered} | {} |", micros(cold), micros(mint))?;
        }
    }
    writeln!(table, "\nMedians of {ROUNDS} whole `engine.resume` calls, of chains parsed before; {}.", machine())?;
    println!("{table}");
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        ["--into", path] => write_into(path, "chain", &table),
        _ => Err("usage: chain [--into FILE]".into()),
    }
}
