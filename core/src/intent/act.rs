//! What a word of a tool's name or description does, as the classes of the grammar tell.

use super::described::Written;
use crate::language::{Class, Classes, Language};

/// What kind of deed a verb names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It gives back what there is: `get`, `list`.
    Retrieves,
    /// It gives back what it finds out about something: `analyze`, `validate`.
    Judges,
    /// It turns the values it is given into others: `convert`, `encode`.
    Computes,
    /// It changes something, and is hardly ever a noun: `create`, `delete`.
    Changes,
    /// It changes something, and names what was done as often: `order`, `update`.
    Deed,
}

impl Act {
    pub(super) fn reads(self) -> bool {
        matches!(self, Self::Retrieves | Self::Judges | Self::Computes)
    }

    /// What the classes of a verb without ending say.
    fn of(classes: Classes) -> Option<Self> {
        const ORDER: [(Class, Act); 5] = [
            (Class::Changing, Act::Changes),
            (Class::Deed, Act::Deed),
            (Class::Retrieving, Act::Retrieves),
            (Class::Judging, Act::Judges),
            (Class::Computing, Act::Computes),
        ];
        ORDER.into_iter().find(|(class, _)| classes.has(*class)).map(|(_, act)| act)
    }
}

/// The ending of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `create`
    Bare,
    /// `creates`
    Third,
    /// `creating`
    Ing,
    /// `created`
    Past,
}

/// A verb the grammar knows.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    pub act: Act,
    pub form: Form,
    pub lemma: String,
}

impl Doing {
    pub(super) fn of(text: &str, language: &Language) -> Option<Self> {
        if let Some(act) = Act::of(language.classes(text)) {
            return Some(Self { act, form: Form::Bare, lemma: text.to_owned() });
        }
        let form = match text {
            text if text.ends_with("ing") => Form::Ing,
            text if text.ends_with("ed") => Form::Past,
            text if text.ends_with('s') => Form::Third,
            // "reassign" is to assign again: what a prefix makes of a verb is one as well.
            text => {
                let stem = ["re", "un"].into_iter().find_map(|prefix| text.strip_prefix(prefix))?;
                let is_noun = language.meaning(text).is_some_and(|(_, meaning)| meaning.noun_use.is_some());
                let changes = !is_noun && Act::of(language.classes(stem)) == Some(Act::Changes);
                return changes.then(|| Self { act: Act::Changes, form: Form::Bare, lemma: text.to_owned() });
            }
        };
        let lemma = Language::forms(text).find(|lemma| Act::of(language.classes(lemma)).is_some());
        // "reassigns", of which no class has the stem
        let lemma = lemma.or_else(|| Some(text.strip_suffix('s')?.to_owned()).filter(|stem| Self::of(stem, language).is_some()))?;
        let act = Self::of(&lemma, language)?.act;
        Some(Self { act, form, lemma })
    }

    /// What a word of a name does: names have verbs without endings. Of what no class has, the dictionary tells.
    pub(super) fn in_name(word: &Written, language: &Language) -> Option<Act> {
        if let Some(doing) = Self::of(&word.text, language) {
            return Some(doing.act).filter(|_| doing.form == Form::Bare);
        }
        let meaning = &word.word.meaning;
        let acts = word.is_bare() && !word.word.classes.is_function() && !meaning.is_adjective && meaning.effects.beyond_reading() >= 5;
        match meaning.noun_use {
            None if acts && meaning.verb_use.is_some() => Some(Act::Changes),
            Some(_) if acts && meaning.is_mostly_verb() => Some(Act::Deed),
            _ => None,
        }
    }

    /// A verb no class has, of which the dictionary says that it changes something.
    pub(super) fn in_dictionary(text: &str, language: &Language) -> Option<Self> {
        let (lemma, meaning) = language.meaning(text).filter(|(lemma, _)| lemma == text)?;
        let changes = meaning.is_mostly_verb() && !meaning.is_adjective && meaning.effects.beyond_reading() >= 5;
        changes.then_some(Self { act: Act::Deed, form: Form::Bare, lemma })
    }
}
