//! A short run of every target on stable Rust: each seed, and mutations of it that are the same at every run.
//! `oracle.rs` does the same for the target `cedar`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Mutations of each seed. `cargo fuzz run TARGET --features libfuzzer fuzz/seeds/TARGET` goes on from there.
const MUTATIONS: u64 = 40;

/// No input may take longer, in a debug build on a machine that does other things, too: what takes as long has no bound.
const INPUT_MAX: Duration = Duration::from_secs(60);

fn run(target: &str, harness: fn(&[u8])) {
    let mut slowest = (Duration::ZERO, String::new());
    let mut timed = |name: &str, data: &[u8]| {
        let begun = Instant::now();
        harness(data);
        slowest = slowest.clone().max((begun.elapsed(), name.to_owned()));
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds for {target}");
    for (index, path) in seeds.iter().enumerate() {
        let seed = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        timed(&name, &seed);
        let mut state = 0x9e37_79b9_7f4a_7c15 ^ index as u64;
        for _ in 0..MUTATIONS {
            timed(&name, &mutated(&seed, &mut state));
        }
    }
    println!("{target}: the slowest input is of `{}`, {:.2?}", slowest.1, slowest.0);
    assert!(slowest.0 < INPUT_MAX, "{target}: an input of `{}` took {:.2?}", slowest.1, slowest.0);
}

/// One to four edits: a bit flipped, bytes dropped, repeated, or cut off. Xorshift, so that a failure comes again.
fn mutated(seed: &[u8], state: &mut u64) -> Vec<u8> {
    let mut next = |below: usize| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        usize::try_from(*state % below.max(1) as u64).unwrap()
    };
    let mut bytes = seed.to_vec();
    for _ in 0..=next(4) {
        if bytes.is_empty() {
            break;
        }
        let (at, length) = (next(bytes.len()), 1 + next(8));
        let end = (at + length).min(bytes.len());
        match next(4) {
            0 => bytes[at] ^= 1 << next(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn jws() {
    run("jws", bailiwick_fuzz::jws);
}

#[test]
fn evidence() {
    run("evidence", bailiwick_fuzz::evidence);
    // Seeds that all fail at the door would leave the rooms behind it untested.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/evidence");
    let seeds: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    let verified = seeds.iter().filter(|seed| bailiwick_fuzz::resumes(seed)).count();
    println!("{verified} of {} seeds verify", seeds.len());
    assert!(verified >= 8, "{verified} of {} seeds verify", seeds.len());
}

#[test]
fn request() {
    run("request", bailiwick_fuzz::request);
}

#[test]
fn documents() {
    run("documents", bailiwick_fuzz::documents);
}

#[test]
fn authzen() {
    run("authzen", bailiwick_fuzz::authzen);
}

#[test]
fn proof() {
    run("proof", bailiwick_fuzz::proof);
}

#[test]
fn intent() {
    run("intent", bailiwick_fuzz::intent);
}

#[test]
fn catalog() {
    run("catalog", bailiwick_fuzz::catalog);
}
