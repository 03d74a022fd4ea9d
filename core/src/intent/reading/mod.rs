//! Reads what a prompt asks for: its requests, each a verb with what it is about.
//!
//! This is no parser of a language. It knows where in an English sentence a deed may be asked for (at its beginning,
//! after "and", after "could you", "I want you to", "should be", …), and leaves everything else alone: a deed that is not
//! found is one the agent may not do without asking.

mod construction;
mod piece;
mod request;
mod sentence;

use std::sync::Arc;

use super::text::{Piece, tokens};
use crate::language::{Class, Glossary, Language, Word};
use piece::Known;
use sentence::Sentence;

pub(super) use request::{Manner, READS, Request};

/// What a prompt says.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub requests: Vec<Request>,
    /// Words nobody knows, in order, each once.
    pub unknown: Vec<String>,
    /// How many of its words are known, in thousandths; 1,000 of none.
    pub known: u16,
    /// It asks a question.
    pub asks: bool,
    /// The nouns it speaks of, each once.
    pub topics: Vec<String>,
}

/// Most words of a prompt that are read: no fewer than a prompt has bytes, of those a task begins with. Of a longer one, nothing
/// counts as understood.
const WORDS_MAX: usize = 8_192;

/// Most nouns of a prompt that are kept.
const TOPICS_MAX: usize = 100;

/// Reads a prompt.
pub(super) fn read(prompt: &str, language: &Language, glossary: &mut Glossary) -> Reading {
    let mut tokens = tokens(prompt);
    let is_cut = tokens.len() > WORDS_MAX;
    tokens.truncate(WORDS_MAX);
    let known: Vec<Known> = tokens.iter().map(|token| Known::of(token, prompt, language, glossary)).collect();
    let known = without_abbreviations(known);
    let mut reading = Reading::default();
    reading.count(&known);
    if is_cut {
        reading.known = 0;
    }
    let mut earlier: Vec<Arc<Word>> = Vec::new();
    for sentence in known.split_inclusive(|known| matches!(known.token.piece, Piece::Stop | Piece::Question)) {
        let mut reader = Sentence::new(sentence, language, &earlier);
        reader.read();
        reading.asks |= reader.is_asking;
        // "Pay both. None may be above 300."
        if let Some(limit) = reader.limit(0).filter(|_| reader.requests.is_empty()) {
            for request in reading.requests.iter_mut().filter(|request| request.at_most.is_none()) {
                request.at_most = Some(limit.clone());
            }
        }
        let nouns = reader.seen;
        for noun in &nouns {
            if reading.topics.len() < TOPICS_MAX && !reading.topics.iter().any(|topic| **topic == *noun.lemma) {
                reading.topics.push(noun.lemma.to_string());
            }
        }
        reading.requests.append(&mut reader.requests);
        if !nouns.is_empty() {
            earlier = nouns;
        }
    }
    reading
}

/// "vendor no. V-17", "Mr. Bell": neither a "no" nor the end of a sentence.
fn without_abbreviations(known: Vec<Known<'_>>) -> Vec<Known<'_>> {
    let is_short = |at: usize| {
        let [word, stop, next] = [at, at + 1, at + 2].map(|at| known.get(at));
        let (Some(word), Some(stop), Some(next)) = (word, stop, next) else { return false };
        word.is(Class::Abbreviation)
            && stop.token.piece == Piece::Stop
            && stop.token.span.start == word.token.span.end
            && (next.token.piece == Piece::Value || next.is_capital && !word.is(Class::Negation))
    };
    let is_kept: Vec<bool> = (0..known.len()).map(|at| !(is_short(at) || at.checked_sub(1).is_some_and(is_short))).collect();
    known.into_iter().zip(is_kept).filter_map(|(known, is_kept)| is_kept.then_some(known)).collect()
}

impl Reading {
    /// Counts the words that are known.
    fn count(&mut self, known: &[Known<'_>]) {
        let (mut words, mut strangers, mut grammatical) = (0_usize, 0_usize, 0_usize);
        for known in known {
            if let Some(word) = known.token.word() {
                words += 1;
                grammatical += usize::from(known.word.classes.is_function());
                if known.is_stranger() {
                    strangers += 1;
                    if !self.unknown.iter().any(|unknown| unknown == word) && self.unknown.len() < 100 {
                        self.unknown.push(word.to_owned());
                    }
                }
            }
        }
        self.known = u16::try_from((words - strangers) * 1_000 / words.max(1)).unwrap_or(1_000);
        // Who speaks of things with names of their own still uses the words of grammar.
        if words == 0 || grammatical * 4 >= words {
            self.known = self.known.max(700);
        }
    }
}
