//! What a tool means, guessed from its own words and its schema.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::headline::headline;
use super::reading::READS;
use super::reads::{Look, only_selects_rows};
use super::role::{role, shape};
use super::text::identifier_words;
use super::tools::{Object, ToolMeaning, Verb};
use crate::catalog::call::ToolEffect;
use crate::catalog::shape::{Field, Shape};
use crate::catalog::{OutputTrust, Role, Tool};
use crate::language::{Class, Effects, Glossary, Kind, Language, Meaning, Word, nearness};

/// A word of a tool's name or description, as it is written there.
#[derive(Debug)]
pub(super) struct Written {
    pub text: String,
    pub word: Arc<Word>,
}

impl Written {
    fn of(text: String, language: &Language, glossary: &mut Glossary) -> Self {
        let word = glossary.word(&text, language);
        Self { text, word }
    }

    pub(super) fn is(&self, class: Class) -> bool {
        self.word.is(class)
    }

    /// It has no ending.
    pub(super) fn is_bare(&self) -> bool {
        *self.text == *self.word.lemma
    }
}

/// What a word of a parameter weighs beside one of the tool's name.
const PARAMETER_WEIGHT: u8 = 50;

/// Most words of one parameter's values that are read.
const VALUE_WORDS_MAX: usize = 40;

/// Most words of one parameter's description that are kept as what it may be.
const CHOICES_MAX: usize = 60;

/// A tool's own words.
pub(super) struct Described {
    pub name: Vec<Written>,
    /// Where the last part of the name begins: `deploy.history` does not deploy.
    pub last_part: usize,
    /// How many words of the name only say whose tool it is.
    prefix: usize,
    /// The words of the description's first sentence.
    pub first: Vec<Written>,
    /// The words of its parameters' names, and of the values they may have.
    parameters: Vec<Written>,
}

impl Described {
    /// The words of its name, each once.
    pub(super) fn lemmas(&self) -> BTreeSet<&str> {
        self.name.iter().map(|word| &*word.word.lemma).collect()
    }

    /// `prefix` is how many words of the name all tools of the system begin with, or name the system.
    pub(super) fn of(tool: &Tool, prefix: usize, language: &Language, glossary: &mut Glossary) -> Self {
        let name: Vec<_> = identifier_words(tool.name()).into_iter().map(|word| Written::of(word, language, glossary)).collect();
        let given = tool.name().len() - tool.own_name().len();
        let parts = tool.name().rfind(['.', '/', ':']).or_else(|| tool.name().rfind("__")).max((given > 0).then_some(given));
        let last_part =
            parts.map_or(0, |at| name.len().saturating_sub(identifier_words(tool.name().get(at..).unwrap_or_default()).len())).max(prefix);
        let first = headline(tool.description(), &identifier_words(tool.system()), language);
        let mut first: Vec<_> = first.into_iter().map(|word| Written::of(word, language, glossary)).collect();
        // "Reserves a room": a word in "-s" that is listed as a noun may be a verb.
        if let Some(word) = first.first_mut().filter(|word| word.word.meaning.verb_use.is_none() && word.text.ends_with('s'))
            && let Some(verb) = language.verb_of(&word.text)
        {
            word.word = Arc::new(verb);
        }
        let values = |field: &Field| match shape(field) {
            Shape::String { one_of: Some(values), .. } => values.iter().flat_map(|value| identifier_words(value)).take(VALUE_WORDS_MAX).collect(),
            _ => Vec::new(),
        };
        let parameters = tool.fields.iter().flat_map(|(name, field)| identifier_words(name).into_iter().chain(values(field)));
        let parameters = parameters.map(|word| Written::of(word, language, glossary)).filter(|word| !word.is(Class::Identifier)).collect();
        Self { name, last_part, prefix, first, parameters }
    }

    pub(super) fn meaning(&self, tool: &Tool, language: &Language, weight: impl Fn(&str) -> u8) -> ToolMeaning {
        let verb = self.verb_place();
        let mut verbs: Vec<Verb> = Vec::new();
        let mut effects = Effects::default();
        let mut contradicts = false;
        if let Some(word) = verb.and_then(|place| self.name.get(place)) {
            let is_to = verb.and_then(|place| self.name.get(place + 1)).is_some_and(|next| next.text == "to");
            // To write to somebody is to send.
            effects = if is_to && &*word.word.lemma == "write" { Effects([0, 2, 7, 0, 0, 0, 0]) } else { effects_of(word, language) };
            verbs.push(verb_of(word));
        }
        let described = self.described_verb();
        if let Some(word) = described {
            let told = effects_of(word, language);
            // Verbs that may mean anything add nothing to one that is plain.
            let is_light = language.classes(&word.word.lemma).has(Class::Light);
            let is_safe = is_safe(verbs.first(), language);
            contradicts = effects.of(ToolEffect::Read) >= 7 && told.beyond_reading() >= 5 && !is_light && !is_safe;
            effects = match effects.is_known() {
                true if is_light || is_safe => effects,
                true => mixed(effects, told),
                false => told,
            };
            if verbs.iter().all(|verb| verb.lemma != word.word.lemma) {
                verbs.push(verb_of(word));
            }
        }
        if verbs.is_empty()
            && let Some(deed) = self.described_deed()
        {
            let meaning = &deed.word.meaning;
            verbs.push(Verb { lemma: deed.word.lemma.clone(), senses: meaning.made_of.iter().chain(&meaning.verbs).copied().collect(), number: 0 });
        }
        let mut objects: Vec<Object> = Vec::new();
        let mut add = |word: &Written, weight: u8| {
            if !word.word.classes.is_function() && objects.iter().all(|object| object.word.lemma != word.word.lemma) {
                objects.push(Object { word: Arc::clone(&word.word), weight, number: 0 });
            }
        };
        for (place, word) in self.name.iter().enumerate().filter(|(place, _)| Some(*place) != verb) {
            let weight = weight(&word.word.lemma);
            add(word, if place < self.prefix { weight / 2 } else { 60 + weight * 2 / 5 });
        }
        let told = |word: &&Written| word.word.meaning.noun_use.is_some() && described.is_none_or(|verb| verb.word.lemma != word.word.lemma);
        for word in self.first.iter().filter(told) {
            add(word, 30 + weight(&word.word.lemma) / 4);
        }
        for word in self.parameters.iter().filter(|word| word.word.meaning.noun_use.is_some()) {
            add(word, PARAMETER_WEIGHT);
        }
        // "issue_refund" refunds.
        let deeds: Vec<_> = self
            .name
            .iter()
            .skip(self.prefix)
            .filter(|word| verb.and_then(|place| self.name.get(place)).is_some_and(|verb| verb.word.lemma != word.word.lemma))
            .collect();
        let is_light = verbs.first().is_some_and(|verb| language.classes(&verb.lemma).has(Class::Light));
        // But "cancel_refund" does not.
        let undoes = |meaning: &Meaning| effects.of(ToolEffect::Delete) > 0 && meaning.noun_effects.of(ToolEffect::Delete) == 0;
        let deeds: Vec<_> = deeds.into_iter().filter(|word| !undoes(&word.word.meaning)).collect();
        for word in deeds {
            let meaning = &word.word.meaning;
            if !meaning.made_of.is_empty() || meaning.is_mostly_verb() {
                if is_light && meaning.noun_effects.is_known() && !is_safe(verbs.first(), language) {
                    effects = mixed(effects, meaning.noun_effects);
                }
                let senses = meaning.made_of.iter().chain(&meaning.verbs).copied().collect();
                verbs.push(Verb { lemma: word.word.lemma.clone(), senses, number: 0 });
            }
        }
        let mut roles: IndexMap<_, _> = tool
            .fields
            .iter()
            .filter(|(name, field)| tool.role(name).is_some() || !matches!(shape(field), Shape::Record(_)))
            .filter_map(|(name, field)| Some((name.clone(), tool.role(name).or_else(|| role(tool, name, field, language))?)))
            .collect();
        // What may only select is a search, in whatever language.
        if only_selects_rows(tool, self, language) {
            let undeclared = roles.iter_mut().filter(|(name, role)| tool.role(name).is_none() && **role == Role::Command);
            undeclared.for_each(|(_, role)| *role = Role::Query);
        }
        for (name, field) in tool.fields.iter().filter(|(name, _)| tool.role(name).is_none()) {
            roles_of_members(tool, name, field, language, &mut roles);
        }
        let is_free = |field: &Field| matches!(shape(field), Shape::String { one_of: None, .. } | Shape::Json { one_of: None } | Shape::Record(_));
        let open: BTreeSet<String> =
            tool.fields.iter().filter(|(name, field)| !roles.contains_key(*name) && is_free(field)).map(|(name, _)| name.clone()).collect();
        let is_money = objects.iter().any(|object| object.weight >= 50 && object.word.meaning.kinds.is_first(Kind::Money));
        let has = |wanted: Role| roles.values().any(|role| *role == wanted);
        let moves = match effects.first() {
            Some(ToolEffect::Send) => true,
            // To set a sum aside is not to pay it.
            Some(ToolEffect::Write) => has(Role::Destination),
            _ => false,
        };
        if is_money && moves && has(Role::Amount) {
            effects.0 = [0, 1, 3, 5, 0, 0, 0];
        }
        let guessed = tool.effects().is_empty();
        let look = Look::at((tool, self), (&roles, &open), (effects, verbs.first()), language);
        let (only_reads, rule) = if guessed { look.verdict() } else { (tool.only_reads(), "declared") };
        if !guessed {
            effects = declared(tool.effects());
        }
        let special: u8 = effects.0.iter().skip(2).max().copied().unwrap_or(0);
        let is_unclear = guessed && !only_reads && (described.is_none() || contradicts) && special < 5;
        let writes = u16::from(effects.of(ToolEffect::Write)) * 2 >= u16::from(effects.beyond_reading());
        let runs = has(Role::Command);
        let is_final = guessed && look.finality().is_some();
        let is_reversible = only_reads || !runs && !is_final && writes && tool.tier() < crate::Tier::Critical && effects.of(ToolEffect::Delete) == 0;
        let output = if tool.output_declared { tool.output() } else { output(&roles, &objects) };
        let create = language.meaning("create").map(|(_, meaning)| meaning.verbs.to_vec()).unwrap_or_default();
        let makes_new = !only_reads && verbs.first().is_some_and(|verb| nearness(&verb.senses, &create) >= 55);
        // "get_user_info", but not "list_customers": of one, and of the one who asks.
        let is_plural = self.name.last().is_some_and(|word| word.text.ends_with('s') && !word.is_bare());
        let is_party = |word: &Written| word.word.meaning.kinds.has(Kind::Party) && word.is_bare();
        // "get_latest_applicant" is about whoever came last, and of an output declared `mixed` strangers write some.
        let is_whoever = self.name.iter().any(|word| word.is(Class::Ordering)) || tool.output_declared && output != OutputTrust::FirstParty;
        let is_own = only_reads && tool.fields.is_empty() && !is_plural && !is_whoever && self.name.iter().any(is_party);
        ToolMeaning {
            verbs,
            objects,
            effects,
            only_reads,
            is_reversible,
            is_critical: tool.tier() == crate::Tier::Critical,
            refers: parameters_that_refer(tool, language),
            values: tool
                .fields
                .iter()
                .map(|(name, field)| (name.clone(), values_of(field).to_vec()))
                .filter(|(_, values)| values.len() > 1)
                .collect(),
            deletes: effects.of(ToolEffect::Delete) > 0,
            choices: tool.fields.iter().map(|(name, field)| (name.clone(), choices(tool, name, field))).collect(),
            roles,
            open,
            is_unclear,
            output,
            is_own,
            makes_new,
            guessed,
            rule,
        }
    }

    /// Which word of the name says what the tool does.
    fn verb_place(&self) -> Option<usize> {
        let described = self.described_verb();
        let is_safe = |word: &Written| word.is(Class::Safe);
        let ends = |place: usize| place == self.last_part || place + 1 == self.name.len();
        if let Some((place, _)) = self.name.iter().enumerate().find(|(place, word)| ends(*place) && is_safe(word)) {
            return Some(place);
        }
        if let Some(place) = self.reading_place() {
            return Some(place);
        }
        if let Some(place) =
            described.and_then(|told| self.name.iter().rposition(|word| word.word.lemma == told.word.lemma)).filter(|place| *place >= self.prefix)
        {
            return Some(place);
        }
        // In commands verbs have no endings. A word that is more often a noun is none, if the tool says in another what it does;
        // nor is any, if it only says what it gives.
        let gives = described.is_none() && self.gives();
        let verbs = self.name.iter().enumerate().filter(|(place, word)| {
            let mostly = word.word.meaning.is_mostly_verb();
            let counts = if gives { mostly && *place == self.last_part } else { mostly || *place == self.last_part && described.is_none() };
            *place >= self.last_part && word.word.meaning.verb_use.is_some() && word.is_bare() && counts
        });
        let by_place = verbs.max_by_key(|(place, word)| {
            let mostly = word.word.meaning.is_mostly_verb();
            let stands = if *place == self.last_part { 2 } else { u8::from(place + 1 == self.name.len()) };
            (u8::from(mostly) * 2 + stands, std::cmp::Reverse(*place))
        });
        by_place.map(|(place, _)| place)
    }

    /// The verb a description begins with: "Returns all …", "Get a …"; but not "Releases of …", "Alerts firing now".
    pub(super) fn described_verb(&self) -> Option<&Written> {
        let begins = self.first.iter().position(|word| !(word.word.meaning.is_adverb && word.word.meaning.verb_use.is_none()))?;
        let word = self.first.get(begins)?;
        let meaning = &word.word.meaning;
        if meaning.verb_use.is_none() || word.word.classes.is_function() {
            return None;
        }
        let next = self.first.get(begins + 1);
        // "Tickets that customers filed"
        let is_relative = next.is_some_and(|next| matches!(next.text.as_str(), "that" | "which" | "who" | "whose"));
        let next_is = |class| next.is_some_and(|next| next.is(class));
        let is_form = !word.is_bare();
        if next_is(Class::Determiner) && !is_relative {
            return (!is_form || word.text.ends_with('s')).then_some(word);
        }
        let has_ending = next.is_some_and(|next| next.text.len() > 4 && (next.text.ends_with("ing") || next.text.ends_with("ed")));
        let has_particle = next.is_some_and(|next| matches!(next.text.as_str(), "for" | "to" | "as" | "up" | "out" | "off" | "back" | "down"));
        let is_noun = is_relative
            || has_ending
            || !has_particle
                && meaning.noun_use.is_some()
                && (next_is(Class::Preposition) || next_is(Class::Question) || next_is(Class::Conjunction) && is_form)
            || next_is(Class::Subject);
        let is_verb =
            if is_form { word.text.ends_with('s') && meaning.verb_use > Some(0) } else { meaning.is_mostly_verb() && !meaning.is_adjective };
        (is_verb && !is_noun).then_some(word)
    }
}

pub(super) fn is_safe(verb: Option<&Verb>, language: &Language) -> bool {
    verb.is_some_and(|verb| language.classes(&verb.lemma).has(Class::Safe))
}

fn effects_of(word: &Written, language: &Language) -> Effects {
    if language.classes(&word.word.lemma).has(Class::Safe) {
        return READS;
    }
    // To give back what is asked for.
    if &*word.word.lemma == "return" {
        return Effects([5, 4, 0, 0, 0, 0, 0]);
    }
    word.word.meaning.effects
}

fn verb_of(word: &Written) -> Verb {
    Verb { lemma: word.word.lemma.clone(), senses: word.word.meaning.verbs.to_vec(), number: 0 }
}

fn mixed(one: Effects, other: Effects) -> Effects {
    if !other.is_known() {
        return one;
    }
    let mut mixed = one;
    for (ours, theirs) in mixed.0.iter_mut().zip(other.0) {
        *ours = u8::midpoint(*ours, theirs);
    }
    mixed
}

fn declared(effects: &BTreeSet<ToolEffect>) -> Effects {
    let mut shares = Effects::default();
    for effect in effects {
        if let Some(share) = shares.0.get_mut(*effect as usize) {
            *share = u8::try_from(9 / effects.len().max(1)).unwrap_or(1).max(1);
        }
    }
    shares
}

/// What the members of a record are for, by their paths: `message.to`.
fn roles_of_members(tool: &Tool, path: &str, field: &Field, language: &Language, roles: &mut IndexMap<String, Role>) {
    let Shape::Record(members) = shape(field) else { return };
    for (name, member) in members {
        let path = format!("{path}.{name}");
        if let Some(role) = role(tool, name, member, language) {
            roles.insert(path.clone(), role);
        }
        roles_of_members(tool, &path, member, language, roles);
    }
}

/// Parameters named for an identifier: `order_id`, `sku`.
fn parameters_that_refer(tool: &Tool, language: &Language) -> BTreeSet<String> {
    let refers = |name: &&String| identifier_words(name).iter().any(|word| language.classes(word).has(Class::Identifier));
    tool.fields.keys().filter(refers).cloned().collect()
}

fn values_of(field: &Field) -> &[String] {
    match shape(field) {
        Shape::String { one_of: Some(values), .. } => values,
        _ => &[],
    }
}

/// The words a parameter's schema has for what it may be: its values, and those of its description.
fn choices(tool: &Tool, name: &str, field: &Field) -> BTreeSet<String> {
    let told = tool.prose(name).map(|prose| prose.description.as_str()).unwrap_or_default();
    let told = told.split(|letter: char| !(letter.is_alphabetic() || matches!(letter, '_' | '-'))).filter(|word| word.len() > 2).take(CHOICES_MAX);
    values_of(field).iter().map(String::as_str).chain(told).map(str::to_lowercase).collect()
}

/// Whose words the output may carry, when nobody has said: whatever can be fetched by its address is a stranger's.
fn output(roles: &IndexMap<String, Role>, objects: &[Object]) -> OutputTrust {
    let fetches = roles.values().any(|role| matches!(role, Role::Url | Role::Host));
    let of_web = objects.iter().any(|object| matches!(&*object.word.lemma, "web" | "internet" | "website" | "url"));
    if fetches || of_web { OutputTrust::OpenWorld } else { OutputTrust::Mixed }
}
