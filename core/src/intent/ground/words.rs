//! Which of many texts a word stands in, so that a text is looked for in a few of them and not in all.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::fold::runs;

/// Behind the last place of a word.
const NONE: u32 = u32::MAX;

/// How many words of a text are looked up.
const WORDS_MAX: usize = 64;

/// The words of folded texts, by their hashes: two words of one hash only give more texts to look at.
#[derive(Debug, Default)]
pub(super) struct Words {
    hasher: DefaultHashBuilder,
    by_hash: HashMap<u64, Word>,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Word {
    newest: u32,
    count: u32,
}

/// A text a word stands in, and where the one before it is.
#[derive(Clone, Copy, Debug)]
struct Place {
    text: u32,
    before: u32,
}

impl Words {
    /// Takes in the words of a folded text; texts come in order of their numbers.
    pub(super) fn add(&mut self, text: u32, folded: &str) {
        for run in runs(folded) {
            let word = self.by_hash.entry(self.hasher.hash_one(run)).or_insert(Word { newest: NONE, count: 0 });
            if self.places.get(word.newest as usize).is_some_and(|place| place.text == text) {
                continue;
            }
            let place = Place { text, before: word.newest };
            word.newest = u32::try_from(self.places.len()).unwrap_or(NONE);
            word.count = word.count.saturating_add(1);
            self.places.push(place);
        }
    }

    /// The texts a folded text may stand in between ends of words, the newest first: those with the rarest of its first words. `None`
    /// where it has no word, and may stand in any.
    pub(super) fn places_of(&self, folded: &str) -> Option<impl Iterator<Item = u32> + '_> {
        let count = |run: &str| self.by_hash.get(&self.hasher.hash_one(run)).map_or((0, NONE), |word| (word.count, word.newest));
        let (_, newest) = runs(folded).take(WORDS_MAX).map(count).min_by_key(|(count, _)| *count)?;
        let place = |number: u32| self.places.get(number as usize).copied();
        Some(std::iter::successors(place(newest), move |at| place(at.before)).map(|place| place.text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::fold::stands_in;
    use super::*;

    proptest! {
        #[test]
        fn no_text_is_passed_over(texts in vec("[ab. -]{0,12}", 0..8), wanted in "[ab]([ab. -]{0,4}[ab])?") {
            let mut words = Words::default();
            for (number, text) in (0..).zip(&texts) {
                words.add(number, text);
            }
            let places: Vec<_> = words.places_of(&wanted).into_iter().flatten().collect();
            for (number, text) in (0_u32..).zip(&texts) {
                prop_assert!(!stands_in(&wanted, text) || places.contains(&number));
            }
        }
    }
}
