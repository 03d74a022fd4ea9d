//! Which runs of words were read: a Bloom filter, so that most texts need not be searched for.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

/// Words of a run.
pub(super) const LENGTH: usize = 3;

/// Bits for each run: of runs that were not read, one in sixteen or fewer seems to have been.
const BITS: usize = 16;

const BITS_MIN: usize = 1 << 12;

/// Runs of three words, in order.
#[derive(Debug, Default)]
pub(super) struct Runs {
    bits: Vec<u64>,
    count: usize,
    /// Nobody outside can find words that fall together.
    seed: u64,
}

impl Runs {
    /// Whether there is no more room for the runs of so many bytes.
    pub(super) fn is_full(&self, bytes: usize) -> bool {
        // Words have four letters at least, most of the time.
        (self.count + bytes / 4) * BITS > self.bits.len() * 64
    }

    /// Begins anew, with room for so many bytes of text.
    pub(super) fn clear(&mut self, bytes: usize) {
        let bits = (bytes / 4 * BITS * 2).next_power_of_two().max(BITS_MIN);
        self.bits = vec![0; bits / 64];
        self.count = 0;
        self.seed = DefaultHashBuilder::default().hash_one(0);
    }

    /// Takes in the runs of a folded sentence.
    pub(super) fn add(&mut self, folded: &str) {
        let length = self.bits.len();
        let (bits, count) = (&mut self.bits, &mut self.count);
        runs(folded, self.seed, |hash| {
            let (word, bit) = place(hash, length);
            if let Some(word) = bits.get_mut(word) {
                *word |= 1 << bit;
            }
            *count += 1;
        });
    }

    /// Of each run of a folded text, whether it may have been read.
    pub(super) fn known(&self, folded: &str) -> Vec<bool> {
        let mut known = Vec::new();
        runs(folded, self.seed, |hash| {
            let (word, bit) = place(hash, self.bits.len());
            known.push(self.bits.get(word).is_some_and(|word| word & 1 << bit != 0));
        });
        known
    }
}

fn place(hash: u64, length: usize) -> (usize, u32) {
    let bit = usize::try_from(hash).unwrap_or(usize::MAX) & (length * 64).wrapping_sub(1);
    (bit / 64, u32::try_from(bit % 64).unwrap_or(0))
}

/// Visits the hash of each run of words between single spaces; marks do not count.
fn runs(folded: &str, seed: u64, mut visit: impl FnMut(u64)) {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut words = [0_u64; LENGTH];
    let (mut word, mut count) = (seed, 0);
    let mut end = |word: u64| {
        let [first, second, third] = &mut words;
        (*first, *second, *third) = (*second, *third, word);
        count += 1;
        if count >= LENGTH {
            let mixed = (first.rotate_left(42) ^ second.rotate_left(21) ^ *third).wrapping_mul(FACTOR);
            visit(mixed ^ mixed >> 32);
        }
    };
    for byte in folded.bytes() {
        if byte == b' ' {
            end(std::mem::replace(&mut word, seed));
        } else if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
            word = (word ^ u64::from(byte)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    end(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_were_read_are_known() {
        let mut runs = Runs::default();
        runs.clear(100);
        runs.add("please send the money, today");
        assert_eq!(runs.known("send the money today"), [true, true]);
        assert_eq!(runs.known("send the invoice today"), [false, false]);
        assert!(runs.known("send the").is_empty());
    }
}
