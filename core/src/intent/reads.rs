//! Whether a tool only reads, as far as its own words tell. Fails closed.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::described::{Described, Written, is_safe};
use super::language::{Class, Effects, Kind, Language};
use super::role::{is_of_money, shape};
use super::text::identifier_words;
use super::tools::Verb;
use crate::action::ToolEffect;
use crate::catalog::shape::Shape;
use crate::catalog::{Role, Tool};

impl Described {
    /// A tool only reads if its verb does, or if it has none and is described by what it gives; and if no parameter takes
    /// something away.
    pub(super) fn seems_to_read(
        &self,
        effects: Effects,
        verb: Option<&Verb>,
        (tool, roles, open): (&Tool, &IndexMap<String, Role>, &BTreeSet<String>),
        language: &Language,
    ) -> bool {
        let has = |wanted: &[Role]| roles.values().any(|role| wanted.contains(role));
        if has(&[Role::Credential, Role::Command]) && !is_safe(verb, language) || self.sets() || self.does_more(tool, language) {
            return false;
        }
        let named = |class| roles.keys().chain(open).any(|name| identifier_words(name).iter().any(|word| language.classes(word).has(class)));
        // What is told to somebody is sent or written; what merely chooses is not.
        let (tells, carries) = (named(Class::Told), named(Class::Content));
        let answers = self.first.first().is_some_and(|word| word.is(Class::Question));
        match verb {
            Some(_) if is_safe(verb, language) => true,
            // "documents.open: Text of a document": what is opened is looked at, if nothing else is told of it.
            Some(verb) if &*verb.lemma == "open" && self.gives() => {
                !tells && open.is_empty() && roles.values().all(|role| matches!(role, Role::Resource | Role::Path | Role::Query))
            }
            // "Opens a file and returns its text"
            Some(verb) if matches!(&*verb.lemma, "open" | "fetch" | "load" | "download") && self.returns() => !tells && !carries,
            Some(_) if effects.of(ToolEffect::Read) >= 7 => !tells,
            Some(_) if !carries && (effects.of(ToolEffect::Read) >= 5 || answers && effects.of(ToolEffect::Read) >= 3) => true,
            _ => !carries && self.is_named_for_what_it_gives() && only_selects(tool, roles, open, language),
        }
    }

    /// `find_and_replace`, `query(sql)`, "Marks as paid", "Reads and deletes": what reads by its name, and does something all the
    /// same.
    fn does_more(&self, tool: &Tool, language: &Language) -> bool {
        let joins = |word: &Written| matches!(word.text.as_str(), "and" | "or" | "then");
        let acts = |word: &Written| word.is_bare() && word.word.meaning.is_mostly_verb() && word.word.meaning.effects.beyond_reading() >= 5;
        let joined = self.name.windows(2).any(|pair| matches!(pair, [one, other] if joins(one) && acts(other)));
        let told = self.described_verb().is_some_and(|verb| {
            let is_safe = language.classes(&verb.word.lemma).has(Class::Safe);
            // "Repair orders of a unit" are listed.
            let is_said = !verb.is_bare() || self.first.get(1).is_some_and(|next| next.is(Class::Determiner));
            // What is opened or loaded to be read is only read.
            let is_opened = matches!(&*verb.word.lemma, "return" | "open" | "load" | "fetch" | "pull" | "access");
            is_said && !is_safe && !is_opened && verb.word.meaning.effects.beyond_reading() >= 7
        });
        let is_command = |word: &String| language.classes(word).has(Class::Command);
        let runs = tool.fields.keys().flat_map(|name| identifier_words(name)).chain(identifier_words(tool.name())).any(|word| is_command(&word));
        let lemma = |word: &Written| word.word.lemma.clone();
        let is_idiom = self.name.windows(2).any(|pair| matches!(pair, [one, other] if language.idiom(&lemma(one), &other.text).is_some()));
        // "scan_to_email"
        let is_safe = self.name.get(self.last_part).is_some_and(|word| word.is(Class::Safe));
        let goes = !is_safe && self.name.iter().skip(1).any(|word| word.text == "to");
        // "Lists an item": one, and therefore for sale.
        let offers = matches!(self.first.as_slice(), [verb, one, ..] if &*verb.word.lemma == "list" && matches!(one.text.as_str(), "a" | "an"));
        // "Download a recipe into a controller"
        let enters = self.first.iter().any(|word| matches!(word.text.as_str(), "into" | "onto"));
        joined || told || runs || is_idiom || goes || offers || enters || self.tells_another(language)
    }

    /// A second verb: "Reads and deletes a message", "Shows the balance and transfers it".
    fn tells_another(&self, language: &Language) -> bool {
        let acts = |word: &Written| {
            let verb = language.verb_of(&word.text).filter(|_| word.text.ends_with('s'));
            verb.is_some_and(|verb| verb.meaning.effects.beyond_reading() >= 5)
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
    pub(super) fn reading_place(&self) -> Option<usize> {
        let reads = |word: &Written| word.is_bare() && word.word.meaning.verb_use.is_some() && word.word.meaning.effects.of(ToolEffect::Read) >= 6;
        let mut ends = [self.last_part, self.name.len().saturating_sub(1)].into_iter();
        if self.gives() { ends.find(|place| self.name.get(*place).is_some_and(reads)) } else { None }
    }

    /// Whether the description says what the tool gives, not what it does: "Latest items from …", "What carriers ask".
    pub(super) fn gives(&self) -> bool {
        self.described_verb().is_none()
            && self.first.first().is_some_and(|word| {
                let meaning = &word.word.meaning;
                // "Set", "clear" and "open" are adjectives, too.
                let is_name = (meaning.noun_use.is_some() || meaning.is_adjective) && !(meaning.is_mostly_verb() && word.is_bare());
                word.is(Class::Question) || word.is(Class::Determiner) || is_name
            })
    }

    /// "Spare part stock", "Work orders by tag": a thing or many of them; but "Purchase order" and "New entry" are made.
    fn is_named_for_what_it_gives(&self) -> bool {
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
    fn returns(&self) -> bool {
        self.first.iter().skip(1).any(|word| matches!(&*word.word.lemma, "return" | "give" | "show"))
    }

    /// The noun a description without a verb is about: the stock of "Spare part stock of a store".
    fn head(&self) -> Option<&Written> {
        let ends = |word: &Written| word.is(Class::Preposition) || word.is(Class::Conjunction) || word.is(Class::Question);
        let phrase = self.first.iter().position(ends).unwrap_or(self.first.len());
        self.first.get(..phrase)?.iter().rfind(|word| word.word.meaning.noun_use.is_some())
    }

    /// "Purchase order", "Interlibrary dispatch of a copy": the deed a description names with a noun.
    pub(super) fn described_deed(&self) -> Option<&Written> {
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
    fn sets(&self) -> bool {
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
fn only_selects(tool: &Tool, roles: &IndexMap<String, Role>, open: &BTreeSet<String>, language: &Language) -> bool {
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
