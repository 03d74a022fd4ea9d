//! Compares our evaluator with Cedar on random worlds: `cargo run --release -p bailiwick-fuzz --bin oracle -- --comparisons 1000000`.
//!
//! World `n` is made from seed + n: one that differs comes again with its own seed and `--comparisons 1`.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bailiwick_fuzz::cedar::{Tally, compare, seeded};

const USAGE: &str = "usage: oracle [--comparisons N] [--seed N]";
/// Time between lines of progress.
const PATIENCE: Duration = Duration::from_secs(5);
/// Differences printed whole.
const SHOWN_MAX: usize = 3;

fn main() -> ExitCode {
    let Some((comparisons, first)) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (mut tally, mut different) = (Tally::default(), 0);
    let (begin, mut told) = (Instant::now(), Instant::now());
    let mut seed = first;
    while tally.comparisons < comparisons {
        let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| compare(&seeded(seed), &mut tally)));
        if let Err(difference) = compared.unwrap_or_else(|_| Err("a panic; see above".to_owned())) {
            different += 1;
            if different <= SHOWN_MAX {
                println!("seed {seed}\n{difference}\n");
            }
        }
        seed = seed.wrapping_add(1);
        if told.elapsed() > PATIENCE {
            told = Instant::now();
            eprintln!("{} of {comparisons} after {} s, {different} worlds differ", tally.comparisons, begin.elapsed().as_secs());
        }
    }
    println!("{tally}");
    println!("{different} worlds differ; seeds {first} to {}, {:.1} s", seed.wrapping_sub(1), begin.elapsed().as_secs_f64());
    ExitCode::from(u8::from(different > 0))
}

fn options() -> Option<(usize, u64)> {
    let (mut comparisons, mut seed) = (100_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next()?;
        match argument.as_str() {
            "--comparisons" => comparisons = value.parse().ok()?,
            "--seed" => seed = value.parse().ok()?,
            _ => return None,
        }
    }
    Some((comparisons, seed))
}
