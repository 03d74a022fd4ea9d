//! Prints the table of decision times: ours at 1, 2 and 4 hops beside one bare `is_authorized`, interleaved in one run.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::error::Error;
use std::time::{Duration, Instant};

use benches::{Bare, Scenario};

const ROUNDS: usize = 301;
/// Calls before each timed one, so that each series meets the caches as its own steady run would.
const WARM_UP: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    println!("| policies | bare `is_authorized` | 1 hop | 2 hops | 4 hops | bare ÷ 4 hops |");
    println!("|--:|--:|--:|--:|--:|--:|");
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
        println!("| {policies} | {} | {} | {} | {} | {ratio:.1}× |", micros(bare), micros(one), micros(two), micros(four));
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}
