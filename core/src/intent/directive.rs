//! Whether a sentence out of a tool's output reads like an instruction to the agent.
//!
//! No list of suspicious phrases: a sentence is directive if, read as a prompt, it would ask for something one of the
//! tools does beyond reading.

use super::language::Language;
use super::request::{Manner, read};
use super::tools::Tools;

/// Longer sentences are read in their first part only.
const SENTENCE_BYTES_MAX: usize = 400;

pub(super) fn is_directive(sentence: &str, tools: &Tools, language: &Language) -> bool {
    let end = (0..=SENTENCE_BYTES_MAX.min(sentence.len())).rev().find(|at| sentence.is_char_boundary(*at)).unwrap_or(0);
    let sentence = sentence.get(..end).unwrap_or_default().trim_start_matches(|letter: char| !letter.is_alphanumeric());
    if !tools.directives || sentence.split_whitespace().nth(1).is_none() {
        return false;
    }
    let reading = read(sentence, language);
    let acts = reading.requests.iter().filter(|request| request.manner == Manner::Plain && !request.is_forbidden && request.effects.beyond_reading() >= 5);
    acts.into_iter().any(|request| tools.iter().any(|(_, tool)| !tool.only_reads && super::compile::serves(request, tool, language)))
}
