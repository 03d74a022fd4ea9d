//! The sentence in which a description says what its tool does, from the verb on.

use super::act::{Act, Doing, Form};
use crate::language::{Class, Language};

/// Most words of it that are read.
const WORDS_MAX: usize = 30;

/// Most words of a heading: "GitHub issues: creates …".
const HEADING_WORDS_MAX: usize = 4;

/// How far from "use" the "to" may be in "use this tool to".
const FRAME_WORDS_MAX: usize = 7;

/// The words, in lower case; `system` are those of the system's name.
pub(super) fn headline(description: &str, system: &[String], language: &Language) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for sentence in sentences(description) {
        words = words_of(without_heading(sentence, language)).collect();
        // "Guardrails:" alone is a heading of what follows.
        let is_heading = sentence.trim_end().ends_with(':') && words.len() <= HEADING_WORDS_MAX;
        if !words.is_empty() && !is_heading {
            break;
        }
    }
    strip_frame(&mut words, language);
    strip_product(&mut words, system, language);
    words.truncate(WORDS_MAX);
    words
}

/// Cut at lines, semicolons, and full stops that end something: not at the one of "config.toml".
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ';', '!', '?'])
        .flat_map(|line| line.split(". "))
        .map(|sentence| sentence.trim_end_matches('.'))
        .filter(|sentence| !sentence.trim().is_empty())
}

pub(super) fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .map(|word| word.trim_matches('-'))
        .filter(|word| word.chars().any(char::is_alphabetic) || !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit()))
        .map(str::to_lowercase)
}

/// "[Beta] Deletes …", "🔍 Search …", "GitHub: creates …", "Slack - Post …", "**Note** | …".
fn without_heading<'t>(sentence: &'t str, language: &Language) -> &'t str {
    let mut rest = sentence.trim_start_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '[' | '(' | '{'));
    while let Some((closing, inner)) =
        [('[', ']'), ('(', ')'), ('{', '}')].into_iter().find_map(|(open, close)| Some((close, rest.strip_prefix(open)?)))
    {
        let Some((_, after)) = inner.split_once(closing) else { break };
        rest = after.trim_start_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '[' | '(' | '{'));
    }
    for mark in [": ", " - ", " – ", " — ", " | ", " » ", " • ", "] ", "→ "] {
        let Some((heading, after)) = rest.split_once(mark) else { continue };
        let words: Vec<_> = words_of(heading).collect();
        let is_name = |word: &String| !language.classes(word).is_function();
        // "Manage lists: create, …" says by itself what it does.
        let says = words.first().and_then(|word| Doing::of(word, language)).is_some_and(|doing| matches!(doing.act, Act::Changes | Act::Deed));
        if words.len() <= HEADING_WORDS_MAX && words.iter().all(is_name) && words_of(after).next().is_some() && !says {
            return without_heading(after, language);
        }
    }
    rest
}

/// "This tool creates …", "Use this function to delete …", "Allows you to send …".
fn strip_frame(words: &mut Vec<String>, language: &Language) {
    let is = |word: Option<&String>, class| word.is_some_and(|word| language.classes(word).has(class));
    for _ in 0..4 {
        let [first, second] = [words.first(), words.get(1)];
        let opens = |word: Option<&String>| {
            word.is_some_and(|word| matches!(word.as_str(), "to" | "that" | "which" | "for" | "used" | "can" | "will" | "is"))
        };
        let drop = if is(first, Class::Determiner) && is(second, Class::Frame) {
            2
        } else if is(first, Class::Frame) && (opens(second) || is(second, Class::Frame))
            || opens(first) && Doing::of(first.map_or("", |word| word), language).is_none()
        {
            1
        } else if is(first, Class::Framing) {
            let to = words.iter().take(FRAME_WORDS_MAX).position(|word| matches!(word.as_str(), "to" | "for"));
            let lets = first.is_some_and(|word| matches!(word.as_str(), "lets" | "let" | "helps" | "help"));
            let framed = |end: usize| {
                words.iter().take(end).skip(1).all(|word| language.classes(word).has(Class::Framed) || language.classes(word).has(Class::Framing))
            };
            match to {
                Some(to) if framed(to) => to + 1,
                _ if lets => words.iter().skip(1).take_while(|word| language.classes(word).has(Class::Framed)).count() + 1,
                _ => return,
            }
        } else {
            return;
        };
        words.drain(..drop.min(words.len()));
    }
}

/// "GitHub creates an issue", "Slack Post a message": the verb comes second.
fn strip_product(words: &mut Vec<String>, system: &[String], language: &Language) {
    let Some([first, second]) = words.first_chunk::<2>() else { return };
    let is_known = Doing::of(first, language).is_some() || language.classes(first).any() || language.meaning(first).is_some();
    let is_system = system.contains(first);
    let is_verb = Doing::of(second, language).is_some_and(|doing| {
        let next = words.get(2).map(|word| language.classes(word)).unwrap_or_default();
        match (doing.form, doing.act) {
            (Form::Third, Act::Deed) => next.has(Class::Determiner),
            (Form::Third, _) => !next.has(Class::Preposition),
            (Form::Bare, _) => next.has(Class::Determiner) && (is_system || !is_known),
            _ => false,
        }
    });
    if is_verb && (is_system || !is_known) {
        words.remove(0);
    }
}
