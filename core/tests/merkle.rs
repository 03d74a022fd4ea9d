//! Differential test of the audit tree against the `ct-merkle` crate, and every way a log can be damaged.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, missing_docs)]

use bailiwick::{Damage, Decision, Head, Log, doc};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

fn decision(number: u64) -> Decision {
    let mut decision = doc::denied();
    decision.sequence = Some(number);
    decision
}

fn log_of(size: u64) -> Log {
    let denied = doc::denied();
    let mut log = Log::new();
    for number in 0..size {
        let mut decision = denied.clone();
        decision.sequence = Some(number);
        log.append(&decision);
    }
    log
}

#[test]
fn roots_and_proofs_are_those_of_ct_merkle() {
    const SIZE: u64 = 70;
    let log = log_of(SIZE);
    let mut other: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    for size in 0..=SIZE {
        if size > 0 {
            other.push(log.entry(size - 1).unwrap().to_vec());
        }
        let head = log.head_at(size).unwrap();
        assert_eq!(head.root.as_bytes()[..], other.root().as_bytes()[..], "root of {size}");
        for index in 0..size {
            let ours = log.inclusion(index, size).unwrap();
            let theirs = other.prove_inclusion(index as usize);
            let ours_bytes: Vec<u8> = ours.iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(ours_bytes, theirs.as_bytes(), "inclusion of {index} in {size}");
            assert!(Log::includes(&head, index, log.entry(index).unwrap(), &ours));
        }
        for old in 1..size {
            let ours = log.consistency(old, size).unwrap();
            let theirs = other.prove_consistency((size - old) as usize);
            let ours_bytes: Vec<u8> = ours.iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(ours_bytes, theirs.as_bytes(), "consistency of {old} with {size}");
            assert!(Log::extends(&log.head_at(old).unwrap(), &head, &ours));
        }
    }
    assert_eq!(log.inclusion(SIZE, SIZE), None);
    assert_eq!(log.consistency(SIZE + 1, SIZE), None);
    assert_eq!(log.head_at(SIZE + 1), None);
}

#[test]
fn verify_names_the_first_bad_entry() {
    let log = log_of(20);
    let head = log.head();
    assert_eq!(log.verify(&head), Ok(()));
    let entries = || log.entries().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let verify = |entries: Vec<Vec<u8>>| log.verify_entries(entries.iter().map(Vec::as_slice), &head);

    let mut changed = entries();
    *changed[7].last_mut().unwrap() ^= 1;
    assert_eq!(verify(changed), Err(Damage::Entry(7)));

    let mut removed = entries();
    removed.remove(3);
    assert_eq!(verify(removed), Err(Damage::Entry(3)));

    let mut swapped = entries();
    swapped.swap(5, 6);
    assert_eq!(verify(swapped), Err(Damage::Entry(5)));

    let mut truncated = entries();
    truncated.truncate(19);
    assert_eq!(verify(truncated), Err(Damage::Length { found: 19, expected: 20 }));

    let other = log_of(21).head_at(20).unwrap();
    assert_eq!(other, head, "the same decisions give the same head");
    assert_eq!(log.verify(&Head { size: 20, root: log.head_at(19).unwrap().root }), Err(Damage::Root));
    assert_eq!(log.verify(&Head { size: 21, root: head.root }), Err(Damage::Length { found: 20, expected: 21 }));
}

#[test]
fn a_decision_is_its_bytes() {
    let one = decision(1);
    assert_ne!(one.to_bytes(), decision(2).to_bytes());
    assert_eq!(one.id(), decision(1).id());
    assert_ne!(one.id(), decision(2).id());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Any flipped bit in entry, proof or root is refused.
    #[test]
    fn a_flipped_bit_is_refused(size in 1..40u64, index in 0..40u64, part in 0..3usize, bit in 0..256usize, which in any::<prop::sample::Index>()) {
        thread_local!(static LOG: Log = log_of(40));
        LOG.with(|log| {
            let index = index % size;
            let head = log.head_at(size).unwrap();
            let mut proof = log.inclusion(index, size).unwrap();
            let mut entry = log.entry(index).unwrap().to_vec();
            let flip = |digest: bailiwick::Digest| -> bailiwick::Digest {
                let text = digest.to_string();
                let at = 7 + bit % 64;
                let flipped = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
                format!("{}{flipped}{}", &text[..at], &text[at + 1..]).parse().unwrap()
            };
            let mut root = head.root;
            match part {
                0 => { let at = which.index(entry.len()); entry[at] ^= 1 << (bit % 8); }
                1 if !proof.is_empty() => { let at = which.index(proof.len()); proof[at] = flip(proof[at]); }
                _ => root = flip(root),
            }
            let head = Head { size, root };
            prop_assert!(!Log::includes(&head, index, &entry, &proof));
            Ok(())
        })?;
    }
}
