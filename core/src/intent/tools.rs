//! What the tools of a catalog mean: their verbs, what they act on, what their parameters are for.
//!
//! What the operator has said of a tool counts; the rest is guessed from its own words and its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use hashbrown::HashMap;
use indexmap::IndexMap;

use super::directive::Orders;
use super::language::{Class, Effects, Kind, Language, Meaning, Sense, nearness};
use super::request::READS;
use super::text::identifier_words;
use crate::action::ToolEffect;
use crate::catalog::shape::{Field, Shape};
use crate::catalog::{Catalog, OutputTrust, Role, Tool};

/// What one tool means.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of a tool, each of its own")]
pub(crate) struct ToolMeaning {
    pub(super) verbs: Vec<Verb>,
    pub(super) objects: Vec<Object>,
    pub(super) effects: Effects,
    pub(crate) only_reads: bool,
    /// What it does can be undone.
    pub(super) is_reversible: bool,
    pub(super) roles: IndexMap<String, Role>,
    /// Parameters of free text nobody knows the role of.
    pub(super) open: BTreeSet<String>,
    /// Neither its name nor its description says what it does.
    pub(super) is_unclear: bool,
    pub(super) output: OutputTrust,
    pub(super) output_declared: bool,
    /// Its result is the user's own record: it takes no argument, or none that chooses whose.
    pub(super) is_own: bool,
    /// It makes something that was not there before, and may name it.
    pub(super) makes_new: bool,
    /// Nobody has said what it does.
    pub(crate) guessed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Verb {
    pub lemma: String,
    pub senses: Vec<Sense>,
}

/// What a tool acts on, and how much the word tells it from the other tools, in percent.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub lemma: String,
    pub meaning: Meaning,
    pub weight: u8,
}

/// What was guessed of a tool whose effects nobody has declared: what to annotate first.
///
/// ```
/// use bailiwick::{Catalog, Engine, SealKey};
/// let catalog = Catalog::from_functions("web", r#"[{"name": "delete_page", "description": "Deletes a page."}]"#)?;
/// let engine = Engine::builder(SealKey::new([7; 32])).catalog(catalog).build()?;
/// assert!(!engine.tool_guesses()[0].reads && !engine.tool_guesses()[0].reversible);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct ToolGuess {
    /// The tool.
    pub tool: String,
    /// It only reads.
    pub reads: bool,
    /// What it does can be undone.
    pub reversible: bool,
    /// What it seems to do.
    pub effects: Vec<ToolEffect>,
    /// What its parameters seem to be for, declared roles among them.
    pub roles: BTreeMap<String, Role>,
}

/// The tools of a catalog, by name.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    by_name: IndexMap<String, ToolMeaning, hashbrown::DefaultHashBuilder>,
    /// Whether outputs are read for instructions.
    pub(super) directives: bool,
    /// What was found of words in outputs, for all tasks.
    pub(super) orders: Mutex<Orders>,
}

impl Tools {
    pub(crate) fn of(catalog: &Catalog, language: &Language, directives: bool) -> Self {
        let described: Vec<_> = catalog.tools().map(|tool| Described::of(tool, language)).collect();
        let mut frequency: HashMap<&str, usize> = HashMap::new();
        for tool in &described {
            for lemma in tool.name.iter().map(|word| word.lemma.as_str()).collect::<BTreeSet<_>>() {
                *frequency.entry(lemma).or_default() += 1;
            }
        }
        let weight = |lemma: &str| distinctiveness(frequency.get(lemma).copied().unwrap_or(1), described.len());
        let meanings = catalog.tools().zip(&described).map(|(tool, described)| (tool.name().to_owned(), described.meaning(tool, language, weight)));
        Self { by_name: meanings.collect(), directives, orders: Mutex::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&ToolMeaning> {
        self.by_name.get(name)
    }

    /// What was guessed of the tools nobody has described.
    pub(crate) fn guesses(&self) -> Vec<ToolGuess> {
        let guessed = self.by_name.iter().filter(|(_, tool)| tool.guessed);
        let guess = |(name, tool): (&String, &ToolMeaning)| ToolGuess {
            tool: name.clone(),
            reads: tool.only_reads,
            reversible: tool.is_reversible,
            effects: ToolEffect::ALL.into_iter().filter(|effect| tool.effects.of(*effect) >= 3).collect(),
            roles: tool.roles.iter().map(|(name, role)| (name.clone(), *role)).collect(),
        };
        guessed.map(guess).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ToolMeaning)> {
        self.by_name.iter().map(|(name, meaning)| (name.as_str(), meaning))
    }
}

/// 100 for a word only one tool has, little for one they all have.
fn distinctiveness(having: usize, all: usize) -> u8 {
    if all <= 2 || having <= 1 {
        return 100;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "between 0 and 100")]
    let weight = (100.0 * (1.0 - (having as f64).ln() / (all as f64).ln() * 0.8)) as u8;
    weight
}

/// A word of a tool's name or description.
struct Word {
    lemma: String,
    text: String,
    meaning: Option<Meaning>,
}

impl Word {
    fn of(text: &str, language: &Language) -> Self {
        let known = language.meaning(text);
        let (lemma, meaning) = known.map_or_else(|| (text.to_owned(), None), |(lemma, meaning)| (lemma, Some(meaning)));
        Self { lemma, text: text.to_owned(), meaning }
    }

    fn verb_use(&self) -> Option<u8> {
        self.meaning.as_ref()?.verb_use
    }
}

/// A tool's own words.
struct Described {
    name: Vec<Word>,
    /// Where the last part of the name begins: `deploy.history` does not deploy.
    last_part: usize,
    /// The words of the description's first sentence.
    first: Vec<Word>,
}

impl Described {
    fn of(tool: &Tool, language: &Language) -> Self {
        let name: Vec<_> = identifier_words(tool.name()).iter().map(|word| Word::of(word, language)).collect();
        let parts = tool.name().rfind(['.', '/', ':']).or_else(|| tool.name().rfind("__"));
        let last_part = parts.map_or(0, |at| name.len().saturating_sub(identifier_words(tool.name().get(at..).unwrap_or_default()).len()));
        let first = tool.description().split(['.', '\n', ';']).find(|sentence| !sentence.trim().is_empty()).unwrap_or_default();
        let first = first.split(|letter: char| !letter.is_alphanumeric() && letter != '-').filter(|word| !word.is_empty()).take(30);
        Self { name, last_part, first: first.map(|word| Word::of(&word.to_lowercase(), language)).collect() }
    }

    fn meaning(&self, tool: &Tool, language: &Language, weight: impl Fn(&str) -> u8) -> ToolMeaning {
        let verb = self.verb_place(language);
        let mut verbs: Vec<Verb> = Vec::new();
        let mut effects = Effects::default();
        let mut contradicts = false;
        if let Some(word) = verb.and_then(|place| self.name.get(place)) {
            effects = effects_of(word, language);
            verbs.push(verb_of(word));
        }
        let described = self.described_verb(language);
        if let Some(word) = described {
            let told = effects_of(word, language);
            // Verbs that may mean anything add nothing to one that is plain.
            let is_light = language.classes(&word.lemma).has(Class::Light);
            let is_safe = is_safe(verbs.first(), language);
            contradicts = effects.of(ToolEffect::Read) >= 7 && told.beyond_reading() >= 5 && !is_light && !is_safe;
            effects = match effects.is_known() {
                true if is_light || is_safe => effects,
                true => mixed(effects, told),
                false => told,
            };
            if verbs.iter().all(|verb| verb.lemma != word.lemma) {
                verbs.push(verb_of(word));
            }
        }
        let mut objects: Vec<Object> = Vec::new();
        let mut add = |word: &Word, weight: u8| {
            if objects.iter().any(|object| object.lemma == word.lemma) || language.classes(&word.text).is_function() {
                return;
            }
            objects.push(Object { lemma: word.lemma.clone(), meaning: word.meaning.clone().unwrap_or_default(), weight });
        };
        for (_, word) in self.name.iter().enumerate().filter(|(place, _)| Some(*place) != verb) {
            add(word, 60 + weight(&word.lemma) * 2 / 5);
        }
        let told = |word: &&Word| {
            word.meaning.as_ref().is_some_and(|meaning| meaning.noun_use.is_some()) && described.is_none_or(|verb| verb.lemma != word.lemma)
        };
        for word in self.first.iter().filter(told) {
            add(word, 30 + weight(&word.lemma) / 4);
        }
        // "issue_refund" refunds.
        let deeds: Vec<_> =
            self.name.iter().filter(|word| verb.and_then(|place| self.name.get(place)).is_some_and(|verb| verb.lemma != word.lemma)).collect();
        let is_light = verbs.first().is_some_and(|verb| language.classes(&verb.lemma).has(Class::Light));
        for word in deeds.into_iter().filter(|_| !verbs.is_empty()).collect::<Vec<_>>() {
            if let Some(meaning) = word.meaning.as_ref().filter(|meaning| !meaning.made_of.is_empty() || meaning.is_mostly_verb()) {
                if is_light && meaning.noun_effects.is_known() && !is_safe(verbs.first(), language) {
                    effects = mixed(effects, meaning.noun_effects);
                }
                let senses = meaning.made_of.iter().chain(&meaning.verbs).cloned().collect();
                verbs.push(Verb { lemma: word.lemma.clone(), senses });
            }
        }
        let roles: IndexMap<_, _> = tool
            .fields
            .iter()
            .filter_map(|(name, field)| Some((name.clone(), tool.role(name).or_else(|| role(tool, name, field, language))?)))
            .collect();
        let is_free = |field: &Field| matches!(shape(field), Shape::String { one_of: None, .. } | Shape::Json { one_of: None } | Shape::Record(_));
        let open: BTreeSet<String> =
            tool.fields.iter().filter(|(name, field)| !roles.contains_key(*name) && is_free(field)).map(|(name, _)| name.clone()).collect();
        let is_money = objects.iter().any(|object| object.weight >= 50 && object.meaning.kinds.is_first(Kind::Money));
        if is_money && matches!(effects.first(), Some(ToolEffect::Send | ToolEffect::Write)) && roles.values().any(|role| *role == Role::Amount) {
            effects.0 = [0, 1, 3, 5, 0, 0, 0];
        }
        let guessed = tool.effects().is_empty();
        let only_reads = if guessed { self.seems_to_read(effects, verbs.first(), (&roles, &open), language) } else { tool.only_reads() };
        if !guessed {
            effects = declared(tool.effects());
        }
        let special: u8 = effects.0.iter().skip(2).max().copied().unwrap_or(0);
        let is_unclear = guessed && !only_reads && (described.is_none() || contradicts) && special < 5;
        let writes = u16::from(effects.of(ToolEffect::Write)) * 2 >= u16::from(effects.beyond_reading());
        let runs = roles.values().any(|role| *role == Role::Command);
        let is_reversible = only_reads || !runs && writes && tool.tier() < crate::Tier::Critical && effects.of(ToolEffect::Delete) == 0;
        let output = if tool.output_declared { tool.output() } else { output(&roles, &objects) };
        let create = language.meaning("create").map(|(_, meaning)| meaning.verbs.to_vec()).unwrap_or_default();
        let makes_new = !only_reads && verbs.first().is_some_and(|verb| nearness(&verb.senses, &create) >= 55);
        let is_own = only_reads
            && tool.fields.is_empty()
            && self.name.iter().any(|word| word.meaning.as_ref().is_some_and(|meaning| meaning.kinds.has(Kind::Party)));
        ToolMeaning {
            verbs,
            objects,
            effects,
            only_reads,
            is_reversible,
            roles,
            open,
            is_unclear,
            output,
            output_declared: tool.output_declared,
            is_own,
            makes_new,
            guessed,
        }
    }

    /// Which word of the name says what the tool does.
    fn verb_place(&self, language: &Language) -> Option<usize> {
        let described = self.described_verb(language);
        let is_safe = |word: &Word| language.classes(&word.text).has(Class::Safe);
        let ends = |place: usize| place == self.last_part || place + 1 == self.name.len();
        if let Some((place, _)) = self.name.iter().enumerate().find(|(place, word)| ends(*place) && is_safe(word)) {
            return Some(place);
        }
        if let Some(place) = described.and_then(|told| self.name.iter().rposition(|word| word.lemma == told.lemma)) {
            return Some(place);
        }
        // In commands verbs have no endings. A word that is more often a noun is none, if the tool says in another what it does;
        // nor is any, if it only says what it gives.
        let gives = described.is_none() && self.gives(language);
        let verbs = self.name.iter().enumerate().filter(|(place, word)| {
            let mostly = word.meaning.as_ref().is_some_and(Meaning::is_mostly_verb);
            let counts = if gives { mostly && *place == self.last_part } else { mostly || *place == self.last_part && described.is_none() };
            *place >= self.last_part && word.verb_use().is_some() && word.text == word.lemma && counts
        });
        let by_place = verbs.max_by_key(|(place, word)| {
            let mostly = word.meaning.as_ref().is_some_and(Meaning::is_mostly_verb);
            let stands = if *place == self.last_part { 2 } else { u8::from(place + 1 == self.name.len()) };
            (u8::from(mostly) * 2 + stands, std::cmp::Reverse(*place))
        });
        by_place.map(|(place, _)| place)
    }

    /// The verb a description begins with: "Returns all …", "Get a …"; but not "Releases of …", "Alerts firing now".
    fn described_verb(&self, language: &Language) -> Option<&Word> {
        let begins =
            self.first.iter().position(|word| !word.meaning.as_ref().is_some_and(|meaning| meaning.is_adverb && meaning.verb_use.is_none()))?;
        let word = self.first.get(begins)?;
        let meaning = word.meaning.as_ref().filter(|meaning| meaning.verb_use.is_some() && !language.classes(&word.text).is_function())?;
        let next = self.first.get(begins + 1);
        // "Tickets that customers filed"
        let is_relative = next.is_some_and(|next| matches!(next.text.as_str(), "that" | "which" | "who" | "whose"));
        let next_is = |class| next.is_some_and(|next| language.classes(&next.text).has(class));
        let is_form = word.text != word.lemma;
        if next_is(Class::Determiner) && !is_relative {
            return (!is_form || word.text.ends_with('s')).then_some(word);
        }
        let has_ending = next.is_some_and(|next| next.text.len() > 4 && (next.text.ends_with("ing") || next.text.ends_with("ed")));
        let has_particle = next.is_some_and(|next| matches!(next.text.as_str(), "for" | "to" | "up" | "out" | "off" | "back" | "down"));
        let is_noun = is_relative
            || has_ending
            || !has_particle && (next_is(Class::Preposition) || next_is(Class::Question) || next_is(Class::Conjunction) && is_form)
            || next_is(Class::Subject);
        let is_verb =
            if is_form { word.text.ends_with('s') && meaning.verb_use > Some(0) } else { meaning.is_mostly_verb() && !meaning.is_adjective };
        (is_verb && !is_noun).then_some(word)
    }

    /// Whether the description says what the tool gives, not what it does: "Latest items from …", "What carriers ask".
    fn gives(&self, language: &Language) -> bool {
        self.first.first().is_some_and(|word| {
            let is_name =
                word.meaning.as_ref().is_some_and(|meaning| meaning.is_adjective || meaning.noun_use.is_some() && !meaning.is_mostly_verb());
            language.classes(&word.text).has(Class::Question) || is_name && word.meaning.is_some()
        })
    }

    /// Fails closed: a tool only reads if its verb does, or if it has none and is named for what it gives; and if no
    /// parameter takes something away.
    fn seems_to_read(
        &self,
        effects: Effects,
        verb: Option<&Verb>,
        (roles, open): (&IndexMap<String, Role>, &BTreeSet<String>),
        language: &Language,
    ) -> bool {
        let has = |wanted: &[Role]| roles.values().any(|role| wanted.contains(role));
        if has(&[Role::Credential, Role::Command]) && !is_safe(verb, language) {
            return false;
        }
        let named = |class| roles.keys().chain(open).any(|name| identifier_words(name).iter().any(|word| language.classes(word).has(class)));
        // What is told to somebody is sent or written; what merely chooses is not.
        let (tells, carries) = (named(Class::Told), named(Class::Content));
        let answers = self.first.first().is_some_and(|word| language.classes(&word.text).has(Class::Question));
        match verb {
            Some(_) if is_safe(verb, language) => true,
            Some(_) if effects.of(ToolEffect::Read) >= 7 => !tells,
            Some(_) => !carries && (effects.of(ToolEffect::Read) >= 5 || answers && effects.of(ToolEffect::Read) >= 3),
            // A word nobody knows may be a verb, and so may one that is more often a noun.
            None => {
                let may_act = |word: &Word| {
                    word.meaning
                        .as_ref()
                        .is_none_or(|meaning| word.text == word.lemma && meaning.verb_use.is_some_and(|verb| Some(verb + 2) > meaning.noun_use))
                };
                let is_sure = self.gives(language) && !self.name.iter().skip(self.last_part).any(may_act);
                is_sure && !carries && (answers || !has(&[Role::Destination, Role::Amount]))
            }
        }
    }
}

fn is_safe(verb: Option<&Verb>, language: &Language) -> bool {
    verb.is_some_and(|verb| language.classes(&verb.lemma).has(Class::Safe))
}

fn effects_of(word: &Word, language: &Language) -> Effects {
    if language.classes(&word.lemma).has(Class::Safe) {
        return READS;
    }
    // To give back what is asked for.
    if word.lemma == "return" {
        return Effects([5, 4, 0, 0, 0, 0, 0]);
    }
    word.meaning.as_ref().map(|meaning| meaning.effects).unwrap_or_default()
}

fn verb_of(word: &Word) -> Verb {
    Verb { lemma: word.lemma.clone(), senses: word.meaning.as_ref().map(|meaning| meaning.verbs.to_vec()).unwrap_or_default() }
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

/// What a parameter is for, by its name, its description and its shape.
fn role(tool: &Tool, name: &str, field: &Field, language: &Language) -> Option<Role> {
    let words = identifier_words(name);
    let whole = words.join(" ");
    let named = |class| words.iter().any(|word| language.classes(word).has(class)) || language.classes(&whole).has(class);
    let prose = tool.prose(name);
    if matches!(field.shape, Shape::Bool) || matches!(&field.shape, Shape::String { one_of: Some(_), .. }) {
        return None;
    }
    match prose.and_then(|prose| prose.format.as_deref()) {
        Some("email" | "idn-email" | "phone") => return Some(Role::Destination),
        Some("uri" | "url" | "iri") => return Some(Role::Url),
        Some("hostname" | "ipv4" | "ipv6") => return Some(Role::Host),
        Some("date" | "date-time" | "time" | "duration") => return Some(Role::Date),
        Some("password") => return Some(Role::Credential),
        _ => {}
    }
    let is_number = matches!(shape(field), Shape::Long { .. } | Shape::Decimal { .. });
    let meaning = |word: &String| language.meaning(word).map(|(_, meaning)| meaning);
    let last = words.iter().rev().find(|word| !language.classes(word).has(Class::Identifier)).and_then(meaning);
    let is = |kind| last.as_ref().is_some_and(|meaning| meaning.kinds.is_first(kind));
    let is_identifier = named(Class::Identifier);
    let order: [(Class, Role); 4] =
        [(Class::Credential, Role::Credential), (Class::Destination, Role::Destination), (Class::Url, Role::Url), (Class::Command, Role::Command)];
    if let Some((_, role)) = order.into_iter().find(|(class, _)| named(*class) && !(is_identifier && *class == Class::Credential)) {
        return Some(role);
    }
    if is(Kind::Secret) && !is_number && !is_identifier {
        return Some(Role::Credential);
    }
    if named(Class::Query) {
        return Some(Role::Query);
    }
    if named(Class::Path) {
        return Some(Role::Path);
    }
    let may_be = |kind| last.as_ref().is_some_and(|meaning| meaning.kinds.has(kind));
    if may_be(Kind::Time) {
        return Some(Role::Date);
    }
    if is_number && !is_identifier {
        return Some(Role::Amount);
    }
    if is_identifier {
        // An account's number is where something goes; a mail's id is not.
        let is_number = words.last().is_some_and(|word| matches!(word.as_str(), "number" | "no" | "nr" | "num"));
        return Some(if is(Kind::Party) || is_number && may_be(Kind::Address) { Role::Destination } else { Role::Resource });
    }
    if named(Class::Host) {
        return Some(Role::Host);
    }
    if named(Class::Content) {
        return Some(Role::Content);
    }
    if is(Kind::Party) || may_be(Kind::Address) {
        return Some(Role::Destination);
    }
    if is(Kind::Quantity) || is(Kind::Money) {
        return Some(Role::Amount);
    }
    // Addresses may hide behind a word nobody knows: the description is asked.
    let told = prose.is_some_and(|prose| {
        prose
            .description
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word.len() > 2 && language.classes(&word.to_lowercase()).has(Class::Destination))
    });
    if told {
        return Some(Role::Destination);
    }
    match () {
        () if is(Kind::Document) || is(Kind::Identifier) => Some(Role::Resource),
        () if may_be(Kind::Place) => Some(Role::Content),
        () => None,
    }
}

fn shape(field: &Field) -> &Shape {
    match &field.shape {
        Shape::Set { items, .. } => items,
        shape => shape,
    }
}

/// Whose words the output may carry, when nobody has said: whatever can be fetched by its address is a stranger's.
fn output(roles: &IndexMap<String, Role>, objects: &[Object]) -> OutputTrust {
    let fetches = roles.values().any(|role| matches!(role, Role::Url | Role::Host));
    let of_web = objects.iter().any(|object| matches!(object.lemma.as_str(), "web" | "internet" | "website" | "url"));
    if fetches || of_web { OutputTrust::OpenWorld } else { OutputTrust::Mixed }
}
