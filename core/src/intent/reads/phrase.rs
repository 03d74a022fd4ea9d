//! Descriptions that are a phrase: what a tool gives, in place of what it does.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::super::act::Doing;
use super::super::described::{Described, Written};
use super::super::role::{is_of_money, shape};
use super::super::text::identifier_words;
use crate::catalog::call::ToolEffect;
use crate::catalog::shape::Shape;
use crate::catalog::{Role, Tool};
use crate::language::{Class, Kind, Language};

impl Described {
    /// A second verb: "Reads and deletes a message", "Shows the balance and transfers it".
    pub(super) fn tells_another(&self, language: &Language) -> bool {
        let acts = |word: &Written| {
            let is_reading =
                Doing::of(&word.text, language).is_some_and(|doing| doing.act.reads() || language.classes(&doing.lemma).has(Class::Yielding));
            let verb = language.verb_of(&word.text).filter(|_| word.text.ends_with('s'));
            !is_reading && verb.is_some_and(|verb| verb.meaning.effects.beyond_reading() >= 5)
        };
        let is_object = |word: &Written| matches!(word.text.as_str(), "it" | "them" | "a" | "an" | "the" | "all" | "its");
        // "Questions and requests" are two nouns.
        let is_verb = |word: &Written| word.text.ends_with('s') && word.word.meaning.is_mostly_verb();
        let begins = self.first.first().is_some_and(is_verb);
        (1..self.first.len()).any(|place| {
            let [and, verb, object] = [place, place + 1, place + 2].map(|place| self.first.get(place));
            let joins = and.is_some_and(|and| matches!(and.text.as_str(), "and" | "or" | "then"));
            joins && verb.is_some_and(acts) && (place == 1 && begins || object.is_some_and(is_object))
        })
    }

    /// A verb of reading at an end of the name, where the description says what the tool gives: `booking-view`.
    pub(in crate::intent) fn reading_place(&self) -> Option<usize> {
        let reads = |word: &Written| word.is_bare() && word.word.meaning.verb_use.is_some() && word.word.meaning.effects.of(ToolEffect::Read) >= 6;
        let mut ends = [self.last_part, self.name.len().saturating_sub(1)].into_iter();
        if self.gives() { ends.find(|place| self.name.get(*place).is_some_and(reads)) } else { None }
    }

    /// Whether the description says what the tool gives, not what it does: "Latest items from …", "What carriers ask".
    pub(in crate::intent) fn gives(&self) -> bool {
        self.described_verb().is_none()
            && self.first.first().is_some_and(|word| {
                let meaning = &word.word.meaning;
                // "Set", "clear" and "open" are adjectives, too.
                let is_name = (meaning.noun_use.is_some() || meaning.is_adjective) && !(meaning.is_mostly_verb() && word.is_bare());
                word.is(Class::Question) || word.is(Class::Determiner) || is_name
            })
    }

    /// "Spare part stock", "Work orders by tag": a thing or many of them; but "Purchase order" and "New entry" are made.
    pub(super) fn is_named_for_what_it_gives(&self) -> bool {
        if !self.gives() {
            return false;
        }
        if self.first.first().is_some_and(|word| word.is(Class::Question)) {
            return !self.acts_by_name(None);
        }
        let Some(head) = self.head() else { return false };
        let is_made = self.first.iter().take(3).any(|word| matches!(word.text.as_str(), "new" | "another" | "additional"));
        let is_plural = head.text.ends_with('s') && !head.is_bare();
        !is_made && (is_plural || !is_deed(head)) && !self.acts_by_name(Some(head))
    }

    /// Whether the description goes on to say what is given back.
    pub(super) fn returns(&self) -> bool {
        self.first.iter().skip(1).any(|word| matches!(&*word.word.lemma, "return" | "give" | "show"))
    }

    /// The noun a description without a verb is about: the stock of "Spare part stock of a store".
    pub(super) fn head(&self) -> Option<&Written> {
        let ends = |word: &Written| word.is(Class::Preposition) || word.is(Class::Conjunction) || word.is(Class::Question);
        let phrase = self.first.iter().position(ends).unwrap_or(self.first.len());
        self.first.get(..phrase)?.iter().rfind(|word| word.word.meaning.noun_use.is_some())
    }

    /// "Purchase order", "Interlibrary dispatch of a copy": the deed a description names with a noun.
    pub(in crate::intent) fn described_deed(&self) -> Option<&Written> {
        self.head().filter(|head| self.gives() && head.is_bare() && is_deed(head))
    }

    /// Whether the name begins or ends with a verb that changes something, and that is not what is given.
    fn acts_by_name(&self, given: Option<&Written>) -> bool {
        let acts = |word: &Written| {
            let meaning = &word.word.meaning;
            let is_given = given.is_some_and(|given| given.word.lemma == word.word.lemma);
            word.is_bare() && meaning.is_mostly_verb() && !meaning.is_adjective && meaning.effects.beyond_reading() >= 5 && !is_given
        };
        [self.last_part, self.name.len().saturating_sub(1)].into_iter().any(|place| self.name.get(place).is_some_and(acts))
    }

    /// "setAccessLevel" changes something, whatever else is said of it.
    pub(super) fn sets(&self) -> bool {
        self.name.get(self.last_part).is_some_and(|word| word.is(Class::Setting) && word.is_bare() && word.word.meaning.is_mostly_verb())
            && self.name.len() > self.last_part + 1
    }
}

/// Whether the noun is one of something done: a payment, a dispatch.
fn is_deed(noun: &Written) -> bool {
    let meaning = &noun.word.meaning;
    let is_done = meaning.kinds.has(Kind::Duty) || meaning.kinds.is_first(Kind::Money) || meaning.is_mostly_verb();
    is_done && !meaning.made_of.is_empty() && meaning.noun_effects.beyond_reading() >= 5
}

/// Whether the parameters choose among what there is: names, days, kinds, how many. A sum of money does not.
pub(super) fn only_selects(tool: &Tool, roles: &IndexMap<String, Role>, open: &BTreeSet<String>, language: &Language) -> bool {
    let selects = |(name, role): (&String, &Role)| match role {
        Role::Amount => !is_of_money(name, language) && tool.fields.get(name).is_some_and(|field| !matches!(shape(field), Shape::Record(_))),
        Role::Content => identifier_words(name).iter().all(|word| !language.classes(word).has(Class::Content)),
        Role::Credential | Role::Command | Role::Url => false,
        _ => true,
    };
    let is_named = |class| tool.fields.keys().any(|name| identifier_words(name).iter().any(|word| language.classes(word).has(class)));
    // "from" and "to" are a range; "to" alone is where something goes.
    let goes = is_named(Class::Destination) && !is_named(Class::Origin);
    open.len() <= 2 && !goes && roles.iter().all(selects)
}
