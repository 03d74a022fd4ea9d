//! A piece of a sentence with what is known of it.

use std::sync::Arc;

use super::super::text::Token;
use crate::language::{Class, Glossary, Language, Word};

/// A token with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Known<'t> {
    pub token: &'t Token,
    /// Written with a capital, as names are.
    pub is_capital: bool,
    /// Begins with a digit.
    pub is_number: bool,
    /// Begins or ends with the sign of a currency.
    pub is_sum: bool,
    pub word: Arc<Word>,
}

impl<'t> Known<'t> {
    pub(super) fn of(token: &'t Token, prompt: &str, language: &Language, glossary: &mut Glossary) -> Self {
        let text = prompt.get(token.span.clone()).unwrap_or_default();
        let (is_capital, is_number) = (text.starts_with(char::is_uppercase), text.starts_with(|first: char| first.is_ascii_digit()));
        let is_sum = text.starts_with(['€', '$', '£']) || text.ends_with(['€', '$', '£']);
        let word = match token.word() {
            Some(word) => glossary.word(word, language),
            None => glossary.nothing(),
        };
        Self { token, is_capital, is_number, is_sum, word }
    }

    pub(super) fn is(&self, class: Class) -> bool {
        self.word.classes.has(class)
    }

    pub(super) fn is_verb(&self) -> bool {
        !self.word.classes.is_function() && self.word.meaning.verb_use.is_some()
    }

    /// A verb as it stands in a command: no ending.
    pub(super) fn is_base_verb(&self) -> bool {
        (self.is_verb() || self.is(Class::Light)) && self.token.word() == Some(&self.word.lemma)
    }

    /// A past participle, as far as its form tells.
    pub(super) fn is_participle(&self) -> bool {
        let word = self.token.word().unwrap_or_default();
        self.is_verb() && *word != *self.word.lemma && !word.ends_with("ing") && !word.ends_with('s')
    }

    pub(super) fn is_noun(&self) -> bool {
        !self.word.classes.is_function() && self.word.meaning.noun_use.is_some()
    }

    /// A word in no dictionary, and no name.
    pub(super) fn is_stranger(&self) -> bool {
        let is_word = self.token.word().is_some_and(|word| word.len() > 1 && !word.contains('-'));
        is_word && !self.is_capital && !self.word.classes.any() && !self.word.is_known
    }
}
