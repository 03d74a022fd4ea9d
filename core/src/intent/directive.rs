//! Whether a sentence out of a tool's output reads like an instruction to the agent.
//!
//! No list of suspicious phrases: a sentence is directive if, read as a prompt, it would ask for something one of the
//! tools does beyond reading.

use hashbrown::HashMap;

use super::compile;
use super::language::{Class, Language};
use super::request::{Manner, read};
use super::tools::Tools;

/// Words that were looked at before, and whether one of the tools does what they may ask for.
pub(super) type Orders = HashMap<Box<str>, bool>;

/// Most words that are remembered: what a text is made of, not what an attacker can think of.
const ORDERS_MAX: usize = 10_000;

/// Longer sentences are read in their first part only.
const SENTENCE_BYTES_MAX: usize = 400;

pub(super) fn is_directive(sentence: &str, tools: &Tools, language: &Language) -> bool {
    let end = (0..=SENTENCE_BYTES_MAX.min(sentence.len())).rev().find(|at| sentence.is_char_boundary(*at)).unwrap_or(0);
    let sentence = sentence.get(..end).unwrap_or_default().trim_start_matches(|letter: char| !letter.is_alphanumeric());
    if !tools.directives || sentence.split_whitespace().nth(1).is_none() {
        return false;
    }
    if !may_order(sentence, tools, language) {
        return false;
    }
    let reading = read(sentence, language);
    let acts =
        reading.requests.iter().filter(|request| request.manner == Manner::Plain && !request.is_forbidden && request.effects.beyond_reading() >= 5);
    acts.into_iter().any(|request| tools.iter().any(|(_, tool)| !tool.only_reads && compile::serves(request, tool, language)))
}

/// Whether a word that may name a deed stands where a deed may be asked for: at the beginning, after a comma, or after one
/// of the words that lead to one. Most sentences are left alone by that, and only these few words are looked up.
fn may_order(sentence: &str, tools: &Tools, language: &Language) -> bool {
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
        let classes = language.classes(&word);
        let is_leading = word == "to" || LEADING.iter().any(|class| classes.has(*class));
        if leads > 0 && !classes.is_function() && is_order(&word, tools, language) {
            return true;
        }
        leads = if is_leading { LEADS } else { leads.saturating_sub(1) };
        before = ends;
    }
    false
}

fn is_order(word: &str, tools: &Tools, language: &Language) -> bool {
    let serves = || language.may_act(word) && tools.iter().any(|(_, tool)| !tool.only_reads && compile::may_serve(word, tool, language));
    // Where another thread panicked nothing is remembered, and all is looked up.
    let Ok(mut orders) = tools.orders.lock() else { return serves() };
    if let Some(known) = orders.get(word) {
        return *known;
    }
    let serves = serves();
    if orders.len() < ORDERS_MAX {
        orders.insert(word.into(), serves);
    }
    serves
}

/// How many words after a leading one may be the deed: "please also kindly send".
const LEADS: u8 = 2;
