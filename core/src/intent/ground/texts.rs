//! The free texts a task has read, in one piece, so that they are searched at once.
//!
//! Whether a sentence reads like an instruction is found out when a value out of it is used, once.

use std::sync::atomic::{AtomicU8, Ordering};

use super::effort::Effort;
use super::fold::{fold, fold_into, is_apart};
use super::runs::{self, Runs};
use super::words::Words;
use crate::grant::level::Level;

/// Whether a sentence, as it was written, reads like an instruction.
pub(crate) type ReadsOrder<'r> = &'r dyn Fn(&str) -> bool;

/// Sentences, as written and folded, each of these on its own line.
#[derive(Debug, Default)]
pub(super) struct Texts {
    written: String,
    folded: String,
    sentences: Vec<Sentence>,
    runs: Runs,
    words: Words,
    /// How many texts there are.
    count: u32,
}

/// One sentence: where it begins, and what is known of it.
#[derive(Debug)]
pub(super) struct Sentence {
    written_at: usize,
    folded_at: usize,
    pub level: Level,
    pub call: u32,
    /// Which text it is of.
    text: u32,
    /// It is a field of a record, and a text only if it is an instruction.
    is_field: bool,
    /// The prompt names what it is of.
    is_named: bool,
    order: AtomicU8,
}

/// What a text is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub level: Level,
    pub call: u32,
    pub is_field: bool,
    pub is_named: bool,
}

const UNREAD: u8 = 0;
const HARMLESS: u8 = 1;
const ORDER: u8 = 2;

/// Words in a row that are no accident; of shorter texts, all of them, if they are not too few.
const RUN: usize = 8;
const RUN_MIN: usize = runs::LENGTH;

/// Most runs of one argument that are looked at.
const RUNS_MAX: usize = 500;

/// What finding a sentence to look at takes, in units of [`Effort`], beside searching it.
const SENTENCE_COST: usize = 32;

impl Texts {
    /// Another text begins: sentences beside each other are of the same.
    pub(super) fn begin(&mut self) {
        self.count += 1;
    }

    /// Takes in a sentence; its number, and how it is folded.
    pub(super) fn push(&mut self, sentence: &str, told: Told) -> (u32, &str) {
        let Told { level, call, is_field, is_named } = told;
        let (written_at, folded_at) = (self.written.len(), self.folded.len());
        self.written.push_str(sentence);
        fold_into(&mut self.folded, sentence);
        self.folded.push('\n');
        let order = AtomicU8::new(UNREAD);
        self.sentences.push(Sentence { written_at, folded_at, level, call, text: self.count, is_field, is_named, order });
        let folded = self.folded.get(folded_at..self.folded.len() - 1).unwrap_or_default();
        if self.runs.is_full(folded.len()) {
            self.runs.clear(self.folded.len() * 2);
            self.folded.split('\n').for_each(|sentence| self.runs.add(sentence));
        } else {
            self.runs.add(folded);
        }
        let number = u32::try_from(self.sentences.len() - 1).unwrap_or(u32::MAX);
        self.words.add(number, folded);
        (number, folded)
    }

    pub(super) fn sentence(&self, number: u32) -> Option<&Sentence> {
        self.sentences.get(number as usize)
    }

    /// Whether the sentence reads like an instruction, or stands beside one in a text nobody named: there nothing is harmless.
    pub(super) fn is_directive(&self, number: u32, reads: ReadsOrder<'_>, effort: &Effort) -> bool {
        let at = number as usize;
        let Some(sentence) = self.sentences.get(at) else { return true };
        let is_beside = |beside: Option<usize>| {
            let other = beside.and_then(|beside| Some((beside, self.sentences.get(beside)?)));
            other.is_some_and(|(beside, other)| other.text == sentence.text && self.is_order(beside, reads, effort))
        };
        self.is_order(at, reads, effort) || !sentence.is_named && (is_beside(at.checked_sub(1)) || is_beside(at.checked_add(1)))
    }

    /// Whether the sentence itself is an instruction. One that was not read to its end, because too much else was, counts as one for
    /// this call, and is read again for the next.
    fn is_order(&self, at: usize, reads: ReadsOrder<'_>, effort: &Effort) -> bool {
        let Some(sentence) = self.sentences.get(at) else { return true };
        match sentence.order.load(Ordering::Relaxed) {
            HARMLESS => false,
            ORDER => true,
            _ => {
                let end = self.sentences.get(at + 1).map_or(self.written.len(), |next| next.written_at);
                let is_order = self.written.get(sentence.written_at..end).is_none_or(reads);
                if effort.is_spent() {
                    return true;
                }
                sentence.order.store(if is_order { ORDER } else { HARMLESS }, Ordering::Relaxed);
                is_order
            }
        }
    }

    /// Whether it is a field that is an instruction, and therefore none.
    pub(super) fn is_no_field(&self, number: u32, reads: ReadsOrder<'_>, effort: &Effort) -> bool {
        self.sentences.get(number as usize).is_some_and(|sentence| sentence.is_field) && self.is_order(number as usize, reads, effort)
    }

    /// The sentences a folded text stands in, the newest first; none more when the effort is spent.
    pub(super) fn find<'t>(&'t self, folded: &'t str, effort: &'t Effort) -> impl Iterator<Item = u32> + 't {
        let finder = memchr::memmem::Finder::new(folded);
        let places = self.words.places_of(folded);
        let all = if places.is_none() && !folded.is_empty() { self.sentences.len() } else { 0 };
        let all = (0..u32::try_from(all).unwrap_or(u32::MAX)).rev();
        let may_have = places.into_iter().flatten().chain(all);
        may_have
            .take_while(|number| effort.spend(SENTENCE_COST + self.folded_sentence(*number).len()))
            .filter(move |number| has(self.folded_sentence(*number), folded, &finder, effort))
    }

    fn folded_sentence(&self, number: u32) -> &str {
        let at = number as usize;
        let Some(sentence) = self.sentences.get(at) else { return "" };
        let end = self.sentences.get(at + 1).map_or(self.folded.len(), |next| next.folded_at);
        self.folded.get(sentence.folded_at..end - 1).unwrap_or_default()
    }

    /// Of these, those that are texts. Where nobody asks whether they are instructions, a field is none.
    pub(super) fn find_texts<'t>(
        &'t self,
        folded: &'t str,
        reads: Option<ReadsOrder<'t>>,
        effort: &'t Effort,
    ) -> impl Iterator<Item = (u32, &'t Sentence)> + 't {
        self.find(folded, effort).filter_map(move |number| {
            let sentence = self.sentence(number)?;
            let is_text = !sentence.is_field || reads.is_some_and(|reads| self.is_no_field(number, reads, effort));
            is_text.then_some((number, sentence))
        })
    }

    /// Whether any sentence of what the prompt names is an instruction.
    pub(super) fn has_named_order(&self, reads: ReadsOrder<'_>, effort: &Effort) -> bool {
        (0..).zip(&self.sentences).any(|(at, sentence)| sentence.is_named && self.is_order(at, reads, effort))
    }

    /// The worst level of the instructions of which a run of words stands in the text, and not in what was `said`.
    pub(super) fn copied_order(&self, text: &str, said: impl Fn(&str) -> bool, reads: ReadsOrder<'_>, effort: &Effort) -> Option<Level> {
        if self.sentences.is_empty() {
            return None;
        }
        let (folded, _) = fold(text);
        let words: Vec<_> = folded.split(' ').collect();
        let length = words.len().min(RUN);
        if length < RUN_MIN {
            return None;
        }
        let known = self.runs.known(&folded);
        let windows = words.windows(length).zip(known.windows(length + 1 - RUN_MIN)).take(RUNS_MAX);
        let read = windows.filter(|(_, known)| known.iter().all(|known| *known));
        let mut seen = hashbrown::HashSet::new();
        let orders = read.map(|(words, _)| words.join(" ")).filter(|phrase| seen.insert(phrase.clone())).filter_map(|phrase| {
            let phrase = phrase.trim_matches(|letter: char| !letter.is_alphanumeric());
            let orders = self.find(phrase, effort).filter(|number| self.is_directive(*number, reads, effort));
            let worst = orders.filter_map(|number| Some(self.sentence(number)?.level)).max();
            worst.filter(|_| !said(phrase))
        });
        orders.max()
    }

    /// Whether a folded text may stand in a sentence; of long ones that do not, this is told without searching.
    pub(super) fn may_have(&self, folded: &str) -> bool {
        // The first and last word may be parts of others: of "mail:bob".
        let inner = folded.split_once(' ').and_then(|(_, rest)| Some(rest.rsplit_once(' ')?.0));
        inner.is_none_or(|inner| self.runs.known(inner).into_iter().all(|known| known))
    }
}

/// Whether a text stands in a sentence between ends of words, wherever it begins.
fn has(sentence: &str, folded: &str, finder: &memchr::memmem::Finder<'_>, effort: &Effort) -> bool {
    let mut from = 0;
    while let Some(found) = sentence.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + found;
        if is_apart(sentence, at, folded.len()) {
            return true;
        }
        // "aaaa" begins anywhere in "aaaaaaaa".
        if !effort.spend(folded.len()) {
            return false;
        }
        from = at + 1;
    }
    false
}
