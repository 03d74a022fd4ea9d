//! RFC 6962 Merkle trees over SHA-256: roots, inclusion and consistency proofs, and their verification.

use sha2::{Digest as _, Sha256};

use super::Head;
use crate::digest::Digest;

/// Every complete subtree, level by level: `levels[0]` are the leaves. Twice the leaves in all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    levels: Vec<Vec<Digest>>,
}

/// RFC 6962 §2.1: the hash of the empty list is the hash of the empty string.
pub(crate) fn empty() -> Digest {
    Digest::of_bytes(b"")
}

/// The hash of an entry.
pub(crate) fn leaf(entry: &[u8]) -> Digest {
    hash(&[&[0], entry])
}

fn node(left: Digest, right: Digest) -> Digest {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part);
    }
    Digest::from_bytes(sha.finalize().into())
}

impl Tree {
    pub(crate) fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    pub(crate) fn push(&mut self, leaf: Digest) {
        let mut complete = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(level) else { return };
            hashes.push(complete);
            let [.., left, right] = hashes.as_slice() else { return };
            if hashes.len() % 2 == 1 {
                return;
            }
            complete = node(*left, *right);
        }
    }

    pub(crate) fn leaf(&self, index: u64) -> Option<Digest> {
        self.levels.first()?.get(usize::try_from(index).ok()?).copied()
    }

    /// MTH(D[0:size]).
    pub(crate) fn root(&self, size: u64) -> Option<Digest> {
        match size {
            0 => Some(empty()),
            _ if size <= self.len() => self.range(0, size),
            _ => None,
        }
    }

    /// MTH(D[start:end]), for the ranges RFC 6962 splits into: `start` is a multiple of the largest power of two
    /// that does not exceed the length.
    fn range(&self, start: u64, end: u64) -> Option<Digest> {
        let length = end.checked_sub(start)?;
        if length.is_power_of_two() && start.is_multiple_of(length) {
            let level = length.trailing_zeros() as usize;
            let index = usize::try_from(start / length).ok()?;
            return self.levels.get(level)?.get(index).copied();
        }
        let split = start + split(length);
        Some(node(self.range(start, split)?, self.range(split, end)?))
    }

    /// PATH(index, D[0:size]).
    pub(crate) fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if index >= size || size > self.len() {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// PROOF(old, D[0:new]).
    pub(crate) fn consistency(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if old > new || new > self.len() {
            return None;
        }
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        let (mut start, mut end) = (0, new);
        let mut whole = true; // SUBPROOF's `b`: the old tree's own root is known to the verifier
        let mut path = Vec::new();
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
                whole = false;
            }
        }
        if !whole {
            path.push(self.range(start, end)?);
        }
        path.reverse();
        Some(path)
    }
}

/// The largest power of two smaller than `length` (which is at least 2).
fn split(length: u64) -> u64 {
    1 << (u64::BITS - 1 - (length - 1).leading_zeros())
}

/// RFC 9162 §2.1.3.2.
pub(crate) fn verify_inclusion(size: u64, root: Digest, index: u64, leaf: Digest, proof: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn, mut r) = (index, size - 1, leaf);
    for p in proof {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            r = node(*p, r);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            r = node(r, *p);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && r == root
}

/// RFC 9162 §2.1.4.2.
pub(crate) fn verify_consistency(old: &Head, new: &Head, proof: &[Digest]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return proof.is_empty() && old.root == empty();
    }
    let with_root: Vec<Digest> =
        if old.size.is_power_of_two() { std::iter::once(old.root).chain(proof.iter().copied()).collect() } else { proof.to_vec() };
    let Some((first, rest)) = with_root.split_first() else { return false };
    let (mut fn_, mut sn) = (old.size - 1, new.size - 1);
    while fn_ & 1 == 1 {
        fn_ >>= 1;
        sn >>= 1;
    }
    let (mut fr, mut sr) = (*first, *first);
    for c in rest {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            fr = node(*c, fr);
            sr = node(*c, sr);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node(sr, *c);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    fr == old.root && sr == new.root && sn == 0
}
