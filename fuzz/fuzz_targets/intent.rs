//! See [`bailiwick_fuzz::intent`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bailiwick_fuzz::intent(data));
