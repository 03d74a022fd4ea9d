//! What the tools of a catalog mean: their verbs, what they act on, what their parameters are for.
//!
//! What the operator has said of a tool counts; the rest is guessed from its own words and its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

use hashbrown::HashMap;
use indexmap::IndexMap;

use super::described::Described;
use super::directive::Deeds;
use super::prefix;
use super::reading::{Reading, read};
use super::text::identifier_words;
use crate::catalog::call::ToolEffect;
use crate::catalog::{Catalog, OutputTrust, Role};
use crate::language::{Class, Effects, Glossary, Language, Sense, Word};

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
    /// Somebody has said that it is critical.
    pub(super) is_critical: bool,
    pub(super) roles: IndexMap<String, Role>,
    /// Parameters of free text nobody knows the role of.
    pub(super) open: BTreeSet<String>,
    /// Parameters that refer to something that is there already.
    pub(super) refers: BTreeSet<String>,
    /// Values of parameters that have a list of them.
    pub(super) values: BTreeMap<String, Vec<String>>,
    /// It can make something end.
    pub(super) deletes: bool,
    /// Values the schema itself speaks of, by parameter: "`original`, or an account".
    pub(super) choices: BTreeMap<String, BTreeSet<String>>,
    /// Neither its name nor its description says what it does.
    pub(super) is_unclear: bool,
    pub(super) output: OutputTrust,
    /// Its result is the user's own record: it takes no argument, or none that chooses whose.
    pub(super) is_own: bool,
    /// It makes something that was not there before, and may name it.
    pub(super) makes_new: bool,
    /// Nobody has said what it does.
    pub(crate) guessed: bool,
    /// The rule that decided whether it only reads.
    pub(super) rule: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct Verb {
    pub lemma: Box<str>,
    pub senses: Vec<Sense>,
    /// The same for verbs of all tools that are alike.
    pub number: usize,
}

/// What a tool acts on, and how much the word tells it from the other tools, in percent.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub word: Arc<Word>,
    pub weight: u8,
    /// The same for objects of all tools that are this word.
    pub number: usize,
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
    /// The id of the rule that decided that: see `INTENT.md`.
    pub rule: &'static str,
    /// What it does can be undone.
    pub reversible: bool,
    /// What it seems to do.
    pub effects: Vec<ToolEffect>,
    /// What its parameters seem to be for, declared roles among them.
    pub roles: BTreeMap<String, Role>,
}

impl fmt::Display for ToolGuess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.reads, self.reversible) {
            (true, _) => "only reads",
            (false, true) => "can be undone",
            (false, false) => "cannot be undone",
        })?;
        for (place, effect) in self.effects.iter().enumerate() {
            write!(formatter, "{}{}", if place == 0 { "; " } else { " " }, effect.as_str())?;
        }
        for (place, (parameter, role)) in self.roles.iter().enumerate() {
            write!(formatter, "{}{parameter} is {}", if place == 0 { "; " } else { ", " }, role.as_str())?;
        }
        Ok(())
    }
}

/// The tools of a catalog, by name.
#[derive(Debug)]
pub(crate) struct Tools {
    by_name: IndexMap<String, ToolMeaning, hashbrown::DefaultHashBuilder>,
    /// What its words, and those of prompts and outputs, mean.
    pub(super) language: Language,
    /// Whether outputs are read for instructions.
    pub(super) directives: bool,
    pub(super) deeds: Deeds,
    pub(super) vocabulary: Vocabulary,
    /// The words of prompts and outputs so far, of all tasks.
    glossary: Mutex<Glossary>,
}

impl Tools {
    pub(crate) fn of(catalog: &Catalog, language: &Language, directives: bool) -> Self {
        let mut glossary = Glossary::default();
        let described: Vec<_> = {
            let prefixes = prefix::lengths(catalog, language);
            catalog.tools().zip(prefixes).map(|(tool, prefix)| Described::of(tool, prefix, language, &mut glossary)).collect()
        };
        let mut frequency: HashMap<&str, usize> = HashMap::new();
        for tool in &described {
            for lemma in tool.lemmas() {
                *frequency.entry(lemma).or_default() += 1;
            }
        }
        let weight = |lemma: &str| distinctiveness(frequency.get(lemma).copied().unwrap_or(1), described.len());
        let meanings = catalog.tools().zip(&described).map(|(tool, described)| (tool.name().to_owned(), described.meaning(tool, language, weight)));
        let mut by_name: IndexMap<_, _, _> = meanings.collect();
        let vocabulary = Vocabulary::number(by_name.values_mut());
        let deeds = Deeds::of(by_name.values());
        Self { by_name, language: language.clone(), directives, deeds, vocabulary, glossary: Mutex::new(glossary) }
    }

    /// The words so far; none, while another thread has them, or where one panicked.
    pub(super) fn glossary(&self) -> Words<'_> {
        self.glossary.try_lock().map_or_else(|_| Words::Own(Glossary::default()), Words::Shared)
    }

    /// What a member of a record is for that no schema describes, as far as the words of grammar tell.
    pub(super) fn role_of_member(&self, name: &str) -> Option<Role> {
        let words = identifier_words(name);
        let is = |class| words.iter().any(|word| self.language.classes(word).has(class));
        let roles = [
            (Class::Command, Role::Command),
            (Class::Credential, Role::Credential),
            (Class::Destination, Role::Destination),
            (Class::Url, Role::Url),
            (Class::Path, Role::Path),
            (Class::Content, Role::Content),
            (Class::Identifier, Role::Resource),
        ];
        roles.into_iter().find(|(class, _)| is(*class)).map(|(_, role)| role)
    }

    /// What a prompt says.
    pub(super) fn read(&self, prompt: &str) -> Reading {
        self.language.indexed();
        read(prompt, &self.language, &mut self.glossary())
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
            rule: tool.rule,
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

/// How many different verbs and objects all tools have: a thousand tools are made of few hundred words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vocabulary {
    pub verbs: usize,
    pub objects: usize,
}

impl Vocabulary {
    /// Numbers the verbs and objects of the tools.
    fn number<'t>(tools: impl Iterator<Item = &'t mut ToolMeaning>) -> Self {
        let mut verbs: HashMap<(Box<str>, Vec<Sense>), usize> = HashMap::new();
        let mut objects: HashMap<*const Word, usize> = HashMap::new();
        for tool in tools {
            for verb in &mut tool.verbs {
                let next = verbs.len();
                verb.number = *verbs.entry((verb.lemma.clone(), verb.senses.clone())).or_insert(next);
            }
            for object in &mut tool.objects {
                let next = objects.len();
                object.number = *objects.entry(Arc::as_ptr(&object.word)).or_insert(next);
            }
        }
        Self { verbs: verbs.len(), objects: objects.len() }
    }
}

/// Words looked up before, or a place for some.
pub(super) enum Words<'t> {
    Shared(MutexGuard<'t, Glossary>),
    Own(Glossary),
}

impl Deref for Words<'_> {
    type Target = Glossary;

    fn deref(&self) -> &Glossary {
        match self {
            Self::Shared(words) => words,
            Self::Own(words) => words,
        }
    }
}

impl DerefMut for Words<'_> {
    fn deref_mut(&mut self) -> &mut Glossary {
        match self {
            Self::Shared(words) => words,
            Self::Own(words) => words,
        }
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
