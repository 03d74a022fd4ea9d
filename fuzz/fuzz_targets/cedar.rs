//! See [`bailiwick_fuzz::same_as_cedar`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bailiwick_fuzz::same_as_cedar(data));
