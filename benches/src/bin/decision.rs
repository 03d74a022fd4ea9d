//! Prints the table of decision times: ours at 1, 2 and 4 hops beside one bare `is_authorized`, interleaved in one
//! run. With `--readme FILE` it also writes the table there, between `<!-- bench:decision -->` and `<!-- /bench -->`.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use benches::table::{machine, median, write_into};
use benches::{Bare, Scenario};

const ROUNDS: usize = 301;
/// Calls before each timed one, so that each series meets the caches as its own steady run would.
const WARM_UP: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = String::from("| policies | bare `is_authorized` | 1 hop | 2 hops | 4 hops | bare ÷ 4 hops |\n|--:|--:|--:|--:|--:|--:|\n");
    for policies in [10, 100, 1_000, 10_000] {
        let (scenario, bare) = (Scenario::new(policies, 4)?, Bare::new(policies)?);
        let mut times: [Vec<Duration>; 4] = Default::default();
        for _ in 0..ROUNDS {
            for (series, hops) in times.iter_mut().zip([0, 1, 2, 4]) {
                let decide = || if hops == 0 { bare.decide() } else { scenario.decide(hops) };
                let mut allowed = (0..WARM_UP).all(|_| decide());
                let start = Instant::now();
                allowed &= decide();
                series.push(start.elapsed());
                assert!(allowed, "the call is allowed");
            }
        }
        let [bare, one, two, four] = times.map(median);
        let micros = |time: Duration| format!("{:.1} µs", time.as_nanos() as f64 / 1_000.0);
        let ratio = bare.as_nanos() as f64 / four.as_nanos() as f64;
        writeln!(table, "| {policies} | {} | {} | {} | {} | {ratio:.1}× |", micros(bare), micros(one), micros(two), micros(four))?;
    }
    writeln!(table, "\nMedians of {ROUNDS} whole `task.decide` calls, all allowed; {}.", machine())?;
    println!("{table}");
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        ["--readme", path] => write_into(path, "decision", &table),
        _ => Err("usage: decision [--readme FILE]".into()),
    }
}
