//! The free texts a task has read, in one piece, so that they are searched at once.

use super::Level;
use super::fold::{fold, fold_into, places, stands_in};

/// Sentences, folded, each on its own line.
#[derive(Debug, Default)]
pub(super) struct Texts {
    folded: String,
    sentences: Vec<Sentence>,
    /// Those that read like instructions, once more.
    orders: String,
    /// There were more of these than are kept.
    has_more_orders: bool,
}

/// One sentence: where it ends, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence {
    end: usize,
    pub level: Level,
    pub call: u32,
    pub is_order: bool,
}

/// Bytes of instructions that are kept to be recognised in what the agent writes.
const ORDERS_MAX: usize = 64 << 10;

/// Words in a row that are no accident; of shorter texts, all of them, if they are not too few.
const RUN: usize = 8;
const RUN_MIN: usize = 3;

/// Most runs of one argument that are looked at.
const RUNS_MAX: usize = 500;

impl Texts {
    /// Takes in a sentence; how it is folded.
    pub(super) fn push(&mut self, sentence: &str, level: Level, call: u32, is_order: bool) -> &str {
        let begins = self.folded.len();
        fold_into(&mut self.folded, sentence);
        self.sentences.push(Sentence { end: self.folded.len(), level, call, is_order });
        self.folded.push('\n');
        let folded = self.folded.get(begins..self.folded.len() - 1).unwrap_or_default();
        if is_order && self.orders.len() + folded.len() < ORDERS_MAX {
            self.orders.push_str(folded);
            self.orders.push('\n');
        } else {
            self.has_more_orders |= is_order;
        }
        folded
    }

    /// How many bytes there are to search.
    pub(super) fn bytes(&self) -> usize {
        self.folded.len()
    }

    pub(super) fn has_orders(&self) -> bool {
        self.has_more_orders || !self.orders.is_empty()
    }

    /// The sentences a folded text stands in, in order.
    pub(super) fn find<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = Sentence> + 't {
        places(folded, &self.folded).filter_map(|at| self.sentences.get(self.sentences.partition_point(|sentence| sentence.end <= at)).copied())
    }

    /// Whether a run of words of the text stands in what reads like an instruction, and not in what was `said`.
    pub(super) fn is_copied_order(&self, text: &str, said: impl Fn(&str) -> bool) -> bool {
        if !self.has_orders() {
            return false;
        }
        let (folded, _) = fold(text);
        let words: Vec<_> = folded.split(' ').collect();
        if words.len() < RUN_MIN {
            return false;
        }
        let copies = |words: &[&str]| {
            let phrase = words.join(" ");
            (self.has_more_orders || stands_in(&phrase, &self.orders)) && !said(&phrase)
        };
        words.windows(words.len().min(RUN)).take(RUNS_MAX).any(copies)
    }
}
