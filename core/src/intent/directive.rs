//! Whether a sentence out of a tool's output reads like an instruction to the agent.
//!
//! No list of suspicious phrases: a sentence is directive if, read as a prompt, it would ask for something one of the
//! tools does beyond reading.

use hashbrown::HashSet;

use super::fit::{Asked, special};
use super::ground::Effort;
use super::reading::{Manner, read};
use super::tools::{ToolMeaning, Tools};
use crate::language::{Class, Glossary, Language, Neighbours, Word};
use crate::text::beginning;

/// What all the tools do that change something, put together: a word is held against them at once.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    verbs: Neighbours,
    /// The lemmas of their verbs and objects.
    lemmas: HashSet<Box<str>>,
    objects: HashSet<Box<str>>,
    /// The largest share of each effect.
    effects: [u8; 7],
}

/// Longer sentences are read in parts.
const SENTENCE_BYTES_MAX: usize = 400;

/// How many words after a leading one may be the deed: "please also kindly send".
const LEADS: u8 = 2;

impl Deeds {
    pub(super) fn of<'t>(tools: impl Iterator<Item = &'t ToolMeaning>) -> Self {
        let mut deeds = Self::default();
        for tool in tools.filter(|tool| !tool.only_reads) {
            for verb in &tool.verbs {
                deeds.verbs.add(&verb.senses);
                deeds.lemmas.insert(verb.lemma.clone());
            }
            for object in &tool.objects {
                deeds.lemmas.insert(object.word.lemma.clone());
                deeds.objects.insert(object.word.lemma.clone());
            }
            for (most, share) in deeds.effects.iter_mut().zip(tool.effects.0) {
                *most = (*most).max(share);
            }
        }
        deeds
    }

    /// Whether one of the tools might do what the word asks for, whatever it is about.
    fn may_serve(&self, word: &Word, language: &Language) -> bool {
        let Word { lemma, meaning, .. } = word;
        if !word.is_known {
            return self.objects.contains(lemma);
        }
        // Words that lead to others, such as "make", might mean anything.
        word.is(Class::Light)
            || language.classes(lemma).has(Class::Light)
            || self.lemmas.contains(lemma)
            || self.verbs.nearness(&meaning.verbs) >= 40
            || self.verbs.nearness(&meaning.made_of) >= 40
            || [meaning.effects, meaning.noun_effects].iter().any(|effects| special(*effects, crate::language::Effects(self.effects), 12) >= 40)
    }
}

/// What looking at the words of a byte takes, in units of [`Effort`]; of those that may ask for something, reading them; and holding
/// what they ask for against a tool.
const LOOK_COST: usize = 100;
/// Beginning with a sentence takes as long as looking at so many bytes.
const BEGIN_BYTES: usize = 12;
const READ_COST: usize = 400;
const TOOL_COST: usize = 150;

/// Whether a sentence is one, in any of its parts, if it is a very long one. When the effort is spent, it is.
pub(super) fn is_directive(sentence: &str, tools: &Tools, effort: &Effort) -> bool {
    if !tools.directives {
        return false;
    }
    tools.language.indexed();
    let mut glossary = tools.glossary();
    let mut rest = sentence;
    while !rest.is_empty() {
        let part = beginning(rest, SENTENCE_BYTES_MAX);
        let space = if part.len() < rest.len() { part.rfind(char::is_whitespace) } else { None };
        let (part, others) = rest.split_at(space.filter(|at| *at > 0).unwrap_or(part.len()));
        if !effort.spend(LOOK_COST * (BEGIN_BYTES + part.len())) || is_order(part, tools, &mut glossary, effort) {
            return true;
        }
        rest = others;
    }
    false
}

fn is_order(sentence: &str, tools: &Tools, glossary: &mut Glossary, effort: &Effort) -> bool {
    let sentence = sentence.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    // An order does not become a question by its mark.
    let sentence = sentence.trim_end_matches(['?', '？', ' ']);
    if sentence.split_whitespace().nth(1).is_none() || !may_order(sentence, tools, glossary) {
        return false;
    }
    if !effort.spend(READ_COST * sentence.len()) {
        return true;
    }
    let reading = read(sentence, &tools.language, glossary);
    let mut acts =
        reading.requests.iter().filter(|request| request.manner < Manner::Vague && !request.is_forbidden && request.effects.beyond_reading() >= 5);
    acts.any(|request| {
        let mut asked = Asked::of(request, tools);
        let mut acting = tools.iter().filter(|(_, tool)| !tool.only_reads);
        acting.any(|(_, tool)| !effort.spend(TOOL_COST) || asked.is_served_by(tool))
    })
}

/// Whether a word that may name a deed stands where a deed may be asked for: at the beginning, after a comma, or after one
/// of the words that lead to one. Most sentences are left alone by that, and only these few words are looked up.
fn may_order(sentence: &str, tools: &Tools, glossary: &mut Glossary) -> bool {
    const LEADING: [Class; 8] =
        [Class::Conjunction, Class::Polite, Class::Modal, Class::Obliging, Class::Subject, Class::Wanting, Class::Auxiliary, Class::Light];
    let mut word = String::new();
    let (mut leads, mut before) = (LEADS, ' ');
    for piece in sentence.split_inclusive(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '\'' | '’' | '-'))) {
        let text = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let ends = piece.chars().next_back().unwrap_or(' ');
        if text.is_empty() {
            before = if before == ' ' { ends } else { before };
            continue;
        }
        word.clear();
        word.extend(text.chars().flat_map(char::to_lowercase));
        if matches!(before, ',' | ':' | ';' | '(' | '-' | '*' | '.' | '>' | '"') {
            leads = LEADS;
        }
        let may_order = |known: &Word| !known.classes.is_function() && tools.language.may_act(&word) && tools.deeds.may_serve(known, &tools.language);
        let (classes, is_order) = glossary.order(&word, &tools.language, may_order);
        if leads > 0 && is_order {
            return true;
        }
        let is_leading = word == "to" || classes.has_any(&LEADING);
        leads = if is_leading { LEADS } else { leads.saturating_sub(1) };
        before = ends;
    }
    false
}
