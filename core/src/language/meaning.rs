//! What a word can mean: the members of its line in `NAME.lexicon`.

use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::catalog::call::ToolEffect;

/// Shares of the seven effects, in ninths, in the order of [`ToolEffect::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects(pub [u8; 7]);

impl Effects {
    pub(crate) fn of(self, effect: ToolEffect) -> u8 {
        self.0.get(effect as usize).copied().unwrap_or_default()
    }

    /// How much of it changes anything.
    pub(crate) fn beyond_reading(self) -> u8 {
        self.0.iter().skip(1).sum()
    }

    pub(crate) fn is_known(self) -> bool {
        self.0 != [0; 7]
    }

    /// Of each effect the larger share.
    pub(crate) fn larger(self, other: Self) -> Self {
        let mut larger = self;
        larger.0.iter_mut().zip(other.0).for_each(|(share, other)| *share = (*share).max(other));
        larger
    }

    /// The effect with the largest share.
    pub(crate) fn first(self) -> Option<ToolEffect> {
        let most = self.0.iter().max().copied().filter(|share| *share > 0)?;
        ToolEffect::ALL.into_iter().find(|effect| self.of(*effect) == most)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut effects = Self::default();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            let place = "rwsphdx".find(letter)?;
            let share = letters.next()?.to_digit(10)?;
            *effects.0.get_mut(place)? = u8::try_from(share).ok()?;
        }
        Some(effects)
    }
}

/// A sense: its own number, and those of the senses above it, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sense([u32; 3]);

impl Sense {
    /// Where nothing stands above.
    const NONE: u32 = u32::MAX;

    /// Further numbers than three are left out: nobody asks for them.
    fn parse(text: &str) -> Option<Self> {
        let mut sense = [Self::NONE; 3];
        let mut numbers = text.split('.').map(|number| u32::from_str_radix(number, 36).ok().filter(|number| *number != Self::NONE));
        for place in &mut sense {
            match numbers.next() {
                Some(number) => *place = number?,
                None => break,
            }
        }
        Some(Self(sense))
    }
}

/// What a word can mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Meaning {
    pub effects: Effects,
    pub verbs: SmallVec<[Sense; 4]>,
    pub nouns: SmallVec<[Sense; 4]>,
    /// Verb senses the noun is made of.
    pub made_of: SmallVec<[Sense; 6]>,
    pub noun_effects: Effects,
    pub kinds: Kinds,
    /// How often it is a verb, as a logarithm; `None` for never.
    pub verb_use: Option<u8>,
    pub noun_use: Option<u8>,
    pub is_adjective: bool,
    pub is_adverb: bool,
}

/// What a noun is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Party = b'P',
    Address = b'A',
    Money = b'M',
    Secret = b'K',
    Time = b'T',
    Quantity = b'Q',
    Said = b'C',
    Document = b'F',
    Duty = b'I',
    Place = b'L',
    Identifier = b'U',
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    first: u32,
    any: u32,
}

impl Kinds {
    pub(crate) fn has(self, kind: Kind) -> bool {
        self.any & bit(kind as u8) != 0
    }

    /// Whether the word's most frequent sense is about that.
    pub(crate) fn is_first(self, kind: Kind) -> bool {
        self.first & bit(kind as u8) != 0
    }

    pub(crate) fn shares(self, other: Self) -> bool {
        self.any & other.any != 0
    }

    fn parse(text: &str) -> Self {
        let of = |letters: &mut dyn Iterator<Item = u8>| letters.fold(0, |kinds, letter| kinds | bit(letter));
        Self { first: of(&mut text.bytes().filter(u8::is_ascii_uppercase)), any: of(&mut text.bytes()) }
    }
}

fn bit(letter: u8) -> u32 {
    1 << (letter & 31)
}

impl Meaning {
    /// Whether the word is more often a verb than a noun, or never a noun.
    pub(crate) fn is_mostly_verb(&self) -> bool {
        self.verb_use.is_some() && self.verb_use >= self.noun_use
    }

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut members = line.split('\t');
        let mut next = || members.next();
        let (effects, verbs, nouns, made_of, noun_effects, kinds, uses) = (next()?, next()?, next()?, next()?, next()?, next()?, next()?);
        let mut uses = uses.chars();
        let mut count = || uses.next().and_then(|digit| digit.to_digit(10)).and_then(|count| u8::try_from(count).ok());
        let (verb_use, noun_use) = (count(), count());
        let rest = uses.as_str();
        Some(Self {
            effects: Effects::parse(effects)?,
            verbs: senses(verbs)?,
            nouns: senses(nouns)?,
            made_of: senses(made_of)?,
            noun_effects: Effects::parse(noun_effects)?,
            kinds: Kinds::parse(kinds),
            verb_use,
            noun_use,
            is_adjective: rest.contains('a'),
            is_adverb: rest.contains('r'),
        })
    }
}

fn senses<A: smallvec::Array<Item = Sense>>(text: &str) -> Option<SmallVec<A>> {
    text.split_ascii_whitespace().map(Sense::parse).collect()
}

/// How near two senses are, in percent, by what they share: the same sense, one above the other, or both below a third.
const SAME: u8 = 100;
const ABOVE: u8 = 70;
const FAR_ABOVE: u8 = 55;
const BESIDE: u8 = 45;

/// What a word seldom means counts less.
const RARITY: u8 = 8;

/// How near two words' senses are, in percent.
pub(crate) fn nearness(ours: &[Sense], theirs: &[Sense]) -> u8 {
    let mut best = 0;
    for (rank, Sense([own, above, top])) in (0..).zip(ours) {
        for (their_rank, Sense([their, their_above, their_top])) in (0..).zip(theirs) {
            let is = |one: &u32, other: &u32| one == other && *one != Sense::NONE;
            let near = match () {
                () if is(own, their) => SAME,
                () if is(own, their_above) || is(above, their) => ABOVE,
                () if is(own, their_top) || is(top, their) => FAR_ABOVE,
                () if is(above, their_above) => BESIDE,
                () => continue,
            };
            best = best.max(near.saturating_sub(RARITY * (rank + their_rank)));
        }
    }
    best
}

/// The senses of many words, to tell how near a word is to the nearest of them without looking at each.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// Of a sense's number, how near is what has it as its own, above it, and two above it.
    near: HashMap<u32, [u8; 3]>,
}

impl Neighbours {
    pub(crate) fn add(&mut self, senses: &[Sense]) {
        for (rank, Sense(numbers)) in (0..).zip(senses) {
            for (number, near) in numbers.iter().zip([[SAME, ABOVE, FAR_ABOVE], [ABOVE, BESIDE, 0], [FAR_ABOVE, 0, 0]]) {
                if *number == Sense::NONE {
                    continue;
                }
                for (known, near) in self.near.entry(*number).or_default().iter_mut().zip(near) {
                    *known = (*known).max(near.saturating_sub(RARITY * rank));
                }
            }
        }
    }

    /// As [`nearness`] to the nearest word.
    pub(crate) fn nearness(&self, senses: &[Sense]) -> u8 {
        let near = |(rank, Sense(numbers)): (u8, &Sense)| {
            let near = numbers.iter().enumerate().filter_map(|(place, number)| self.near.get(number)?.get(place).copied());
            near.max().unwrap_or(0).saturating_sub(RARITY * rank)
        };
        (0..).zip(senses).map(near).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn senses() -> impl Strategy<Value = Vec<Sense>> {
        vec((0_u32..6, 1_usize..4), 0..4).prop_map(|senses| {
            let sense = |(first, length): (u32, usize)| (first..).take(length).map(|number| format!("{number}")).collect::<Vec<_>>().join(".");
            senses.into_iter().filter_map(|one| Sense::parse(&sense(one))).collect()
        })
    }

    proptest! {
        #[test]
        fn the_nearest_of_many_is_the_nearest_of_each(many in vec(senses(), 0..4), ours in senses()) {
            let mut all = Neighbours::default();
            for one in &many {
                all.add(one);
            }
            prop_assert_eq!(all.nearness(&ours), many.iter().map(|one| nearness(&ours, one)).max().unwrap_or(0));
        }
    }
}
