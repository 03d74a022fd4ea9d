//! Words with what is known of them, each looked up once.

use std::sync::Arc;

use hashbrown::HashMap;

use super::{Class, Classes, Language, Meaning};

/// What is known of a word.
#[derive(Debug, Default)]
pub(crate) struct Word {
    /// The word without its ending; itself, if nobody knows it.
    pub lemma: Box<str>,
    pub classes: Classes,
    /// Nothing, of a word in no dictionary.
    pub meaning: Meaning,
    /// It is in the dictionary.
    pub is_known: bool,
}

/// The words that were looked up before.
#[derive(Debug, Default)]
pub(crate) struct Glossary {
    words: HashMap<Box<str>, Entry>,
    /// Of what is no word.
    nothing: Arc<Word>,
}

/// A word, and whether one of the tools does what it may ask for, once somebody has asked that.
#[derive(Debug)]
struct Entry {
    word: Arc<Word>,
    is_order: Option<bool>,
}

/// Most words that are kept: what texts are made of, not what an attacker can think of.
const WORDS_MAX: usize = 8_000;

/// Longer words are not kept.
const LENGTH_MAX: usize = 32;

impl Word {
    pub(crate) fn is(&self, class: Class) -> bool {
        self.classes.has(class)
    }
}

impl Glossary {
    pub(crate) fn nothing(&self) -> Arc<Word> {
        Arc::clone(&self.nothing)
    }

    /// What is known of this word, in lower case.
    pub(crate) fn word(&mut self, text: &str, language: &Language) -> Arc<Word> {
        if let Some(entry) = self.words.get(text) {
            return Arc::clone(&entry.word);
        }
        let word = Arc::new(language.word(text));
        self.keep(text, &word, None);
        word
    }

    /// The classes of the word, and whether it may order something, as `serves` says when it is asked for the first time.
    pub(crate) fn order(&mut self, text: &str, language: &Language, serves: impl Fn(&Word) -> bool) -> (Classes, bool) {
        if let Some(entry) = self.words.get_mut(text) {
            let is_order = *entry.is_order.get_or_insert_with(|| serves(&entry.word));
            return (entry.word.classes, is_order);
        }
        let word = Arc::new(language.word(text));
        let is_order = serves(&word);
        self.keep(text, &word, Some(is_order));
        (word.classes, is_order)
    }

    fn keep(&mut self, text: &str, word: &Arc<Word>, is_order: Option<bool>) {
        if self.words.len() < WORDS_MAX && text.len() <= LENGTH_MAX {
            self.words.insert(text.into(), Entry { word: Arc::clone(word), is_order });
        }
    }
}
