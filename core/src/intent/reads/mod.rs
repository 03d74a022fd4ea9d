//! Whether a tool only reads, as far as its own words tell. Fails closed.
//!
//! A tool only reads if one of the [`grounds`] says so and none of the [`blocks`]. Each rule has an id, a reason, a tool it is
//! needed for and one it must leave alone: those are in `cases.rs`.

mod blocks;
#[cfg(test)]
mod cases;
mod finality;
mod grounds;
mod phrase;
mod query;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::act::{Act, Doing, Form};
use super::described::{Described, Written};
use super::text::identifier_words;
use super::tools::Verb;
use crate::catalog::{Role, Tool};
use crate::language::{Class, Effects, Language};

pub(super) use query::only_selects_rows;

/// What decides where no rule does.
pub(super) const NOTHING: &str = "none";

/// One reason for or against.
struct Rule {
    id: &'static str,
    holds: fn(&Look<'_>) -> bool,
}

/// What is known of a tool when it is asked whether it only reads.
pub(super) struct Look<'a> {
    tool: &'a Tool,
    described: &'a Described,
    language: &'a Language,
    roles: &'a IndexMap<String, Role>,
    open: &'a BTreeSet<String>,
    /// What the dictionary has of its verbs.
    effects: Effects,
    verb: Option<&'a Verb>,
    /// The words of its name that are its own, with what they do.
    name: Vec<(&'a Written, Option<Act>)>,
    /// What its name says that it reads with.
    head: Option<Act>,
    /// The verb its description begins with.
    told: Option<Told>,
}

/// The verb a description begins with.
#[derive(Clone, Debug)]
struct Told {
    act: Act,
    form: Form,
    lemma: String,
    /// Where it is among the words.
    place: usize,
}

impl<'a> Look<'a> {
    pub(super) fn at(
        (tool, described): (&'a Tool, &'a Described),
        (roles, open): (&'a IndexMap<String, Role>, &'a BTreeSet<String>),
        (effects, verb): (Effects, Option<&'a Verb>),
        language: &'a Language,
    ) -> Self {
        let own = described.name.get(described.last_part..).unwrap_or_default();
        let mut name: Vec<_> = own.iter().map(|word| (word, Doing::in_name(word, language))).collect();
        // To select rows is to read them; to select a winner is not.
        let is_of_rows = name.get(1).is_some_and(|(word, _)| word.is(Class::Rows));
        if let Some((_, act)) = name.first_mut().filter(|(word, _)| word.text == "select" && is_of_rows) {
            *act = Some(Act::Retrieves);
        }
        let head = head(&name);
        Self { tool, described, language, roles, open, effects, verb, head, told: told(described, language), name }
    }

    /// Whether it only reads, and the rule that decides.
    pub(super) fn verdict(&self) -> (bool, &'static str) {
        let first = |rules: &[Rule]| rules.iter().find(|rule| (rule.holds)(self)).map(|rule| rule.id);
        if let Some(id) = first(blocks::RULES) {
            return (false, id);
        }
        first(grounds::RULES).map_or((false, NOTHING), |id| (true, id))
    }

    /// Whether what it does cannot be undone, and the rule that says so.
    pub(super) fn finality(&self) -> Option<&'static str> {
        finality::RULES.iter().find(|rule| (rule.holds)(self)).map(|rule| rule.id)
    }

    fn told_act(&self) -> Option<Act> {
        self.told.as_ref().map(|told| told.act)
    }

    fn told_is(&self, class: Class) -> bool {
        self.told.as_ref().is_some_and(|told| self.language.classes(&told.lemma).has(class))
    }

    fn first(&self) -> &'a [Written] {
        &self.described.first
    }

    /// The word of the first sentence with this place after its verb.
    fn after_verb(&self, place: usize) -> Option<&'a Written> {
        self.first().get(self.told.as_ref()?.place + 1 + place)
    }

    /// "Order history of a customer", "Status of an order".
    fn tells_particulars(&self) -> bool {
        let phrase = self.first().iter().take_while(|word| !word.is(Class::Preposition) && !word.is(Class::Conjunction));
        self.told.is_none() && phrase.last().is_some_and(|word| word.is(Class::Particulars))
    }

    fn has_role(&self, wanted: Role) -> bool {
        self.roles.values().any(|role| *role == wanted)
    }

    /// Whether a parameter is named with a word of the class.
    fn takes(&self, class: Class) -> bool {
        self.tool.fields.keys().any(|name| identifier_words(name).iter().any(|word| self.language.classes(word).has(class)))
    }
}

/// The word of a name that says that it reads: at its beginning or end, or a plain one in between.
fn head(name: &[(&Written, Option<Act>)]) -> Option<Act> {
    let reads = |place: usize| name.get(place).and_then(|(_, act)| *act).filter(|act| act.reads());
    let is_deed = |place: usize| name.get(place).is_some_and(|(_, act)| *act == Some(Act::Deed));
    let is_plain = |place: usize| {
        name.get(place).is_some_and(|(word, _)| matches!(word.text.as_str(), "get" | "find" | "fetch" | "retrieve" | "describe" | "lookup"))
    };
    let last = name.len().checked_sub(1)?;
    if let Some(act) = reads(0) {
        return Some(act);
    }
    if let Some(act) = reads(last).filter(|act| is_plain(last) || *act == Act::Retrieves && !is_deed(0) || !(0..last).any(is_deed)) {
        return Some(act);
    }
    let is_strong =
        |place: usize| is_plain(place) || name.get(place).is_some_and(|(word, _)| matches!(word.text.as_str(), "list" | "search" | "read"));
    if let Some(act) = (1..last).filter(|place| is_strong(*place)).find_map(reads).filter(|_| !is_deed(0)) {
        return Some(act);
    }
    let tells = name.last().is_some_and(|(word, _)| word.is(Class::Particulars));
    (tells && last > 0 && !(0..last).any(is_deed)).then_some(Act::Retrieves)
}

/// The verb a description begins with, if it is one the grammar knows, and a verb there.
fn told(described: &Described, language: &Language) -> Option<Told> {
    let words = &described.first;
    let place = words.iter().position(|word| !(word.word.meaning.is_adverb && word.word.meaning.verb_use.is_none()))?;
    let word = words.get(place)?;
    let next = words.get(place + 1);
    let performs = Doing::of(&word.text, language).map_or_else(|| word.word.lemma.to_string(), |doing| doing.lemma);
    if language.classes(&performs).has(Class::Performing) && !next.is_some_and(|next| next.is(Class::Preposition)) {
        let found = words.iter().skip(place + 1).take(7).take_while(|word| !word.is(Class::Preposition));
        let finds = found.into_iter().any(|word| word.is(Class::Finding) || language.classes(&word.word.lemma).has(Class::Finding));
        let act = if finds { Act::Judges } else { Act::Changes };
        return Some(Told { act, form: Form::Bare, lemma: performs, place });
    }
    let Doing { act, form, lemma } = Doing::of(&word.text, language)?;
    let next_is = |class| next.is_some_and(|next| next.is(class));
    let is_number = next.is_some_and(|next| next.text.chars().all(|letter| letter.is_ascii_digit()));
    let takes_object = next_is(Class::Determiner) || next_is(Class::Backward) || is_number;
    let is_verb = match (act, form) {
        (_, Form::Past) => false,
        (Act::Deed, Form::Ing) => takes_object,
        (_, Form::Ing) | (Act::Changes, _) => true,
        (Act::Deed, _) if language.classes(&lemma).has(Class::Giving) => true,
        // "Order history", "Build status"
        (Act::Deed, Form::Bare) if next_is(Class::Particulars) => false,
        (Act::Deed, _) => takes_object || described.described_verb().is_some_and(|verb| verb.text == word.text),
        // "Count of the rows"
        (_, Form::Bare | Form::Third) => next.is_none_or(|next| next.text != "of"),
    };
    let act = if act == Act::Deed && language.classes(&lemma).has(Class::Giving) { Act::Retrieves } else { act };
    is_verb.then_some(Told { act, form, lemma, place })
}
