//! What is decided on every call of the project's own corpora is what was written down.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use eval::corpus;
use eval::golden::Golden;

fn compared(corpus: &str, file: &str, suites: usize, digests: bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intent");
    let path = folder.join(corpus).to_string_lossy().into_owned();
    let today = Golden::of(&corpus::suites([path.as_str()].into_iter(), false).unwrap()).unwrap();
    let today = if digests { today.digests() } else { today };
    let kept: Golden = serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
    assert_eq!((kept.0.len(), today.0.len()), (suites, suites));
    let differences = kept.differences(&today);
    assert!(differences.is_empty(), "{} calls are decided otherwise; the first: {:?}", differences.len(), differences.first());
}

#[test]
fn every_call_is_decided_as_it_was_written_down() {
    compared("unseen", "golden.json", 18, false);
    compared("held_out", "golden_held_out.json", 3, true);
}
