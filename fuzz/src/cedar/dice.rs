//! Bytes as a source of choices: the fuzzer's, or a seed's.

/// Twice what the largest worlds take; the test `worlds_end_before_their_bytes` would tell.
const WORLD_BYTES: usize = 8 << 10;

/// Choices read off bytes. Once they are used up every choice is the first one, so that whatever is being made ends.
#[derive(Debug)]
pub struct Dice<'b> {
    bytes: &'b [u8],
}

impl<'b> Dice<'b> {
    /// Choices read off these bytes.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// How many bytes there are still.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// A number below the bound; 0 when there is none.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let high = if bound > 256 { self.byte() << 8 } else { 0 };
        (high | self.byte()) % bound.max(1)
    }

    /// Whether something happens that happens this often in a hundred; not once the bytes are used up.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// An index, each as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first)
    }
}

/// Bytes for one world, the same for the same seed (splitmix64).
#[must_use]
pub fn seeded(seed: u64) -> Vec<u8> {
    let mut state = mixed(seed);
    let next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(state).to_le_bytes()
    };
    std::iter::repeat_with(next).take(WORLD_BYTES / 8).flatten().collect()
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
