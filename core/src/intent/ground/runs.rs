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
    hasher: DefaultHashBuilder,
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
    }

    /// Takes in the runs of a folded sentence.
    pub(super) fn add(&mut self, folded: &str) {
        let hashes = runs(folded.split(' '), &self.hasher);
        for hash in hashes {
            let (word, bit) = place(hash, self.bits.len());
            if let Some(word) = self.bits.get_mut(word) {
                *word |= 1 << bit;
            }
            self.count += 1;
        }
    }

    /// Of each run of these words, whether it may have been read.
    pub(super) fn known<'t>(&self, words: impl Iterator<Item = &'t str>) -> impl Iterator<Item = bool> {
        runs(words, &self.hasher).map(|hash| {
            let (word, bit) = place(hash, self.bits.len());
            self.bits.get(word).is_some_and(|word| word & 1 << bit != 0)
        })
    }
}

fn place(hash: u64, length: usize) -> (usize, u32) {
    let bit = usize::try_from(hash).unwrap_or(usize::MAX) & (length * 64).wrapping_sub(1);
    (bit / 64, u32::try_from(bit % 64).unwrap_or(0))
}

/// The hashes of the runs: marks around words do not count.
fn runs<'t>(words: impl Iterator<Item = &'t str>, hasher: &DefaultHashBuilder) -> impl Iterator<Item = u64> {
    let mut before = [0_u64; LENGTH];
    let mut count = 0;
    words.filter_map(move |word| {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        before.rotate_left(1);
        let [.., last] = &mut before;
        *last = hasher.hash_one(bare);
        count += 1;
        (count >= LENGTH).then(|| before.iter().fold(0, |hash: u64, word| (hash.rotate_left(21) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    })
}
