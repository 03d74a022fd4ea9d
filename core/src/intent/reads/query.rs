//! Tools that run a query in a database's own language.

use super::super::described::Described;
use super::super::headline::{sentences, words_of};
use super::super::role::shape;
use super::super::text::identifier_words;
use crate::catalog::Tool;
use crate::catalog::shape::Shape;
use crate::language::{Class, Language};

/// How much of a description says what may be run.
const SENTENCES_MAX: usize = 6;

/// Whether it runs queries, and is described as running those that only select.
pub(in crate::intent) fn only_selects_rows(tool: &Tool, described: &Described, language: &Language) -> bool {
    query_parameter(tool, described, language).is_some() && is_limited(tool, language)
}

/// Whether it runs queries of any kind.
pub(super) fn runs_any(tool: &Tool, described: &Described, language: &Language) -> bool {
    query_parameter(tool, described, language).is_some() && !is_limited(tool, language)
}

/// The parameter that takes the query.
fn query_parameter<'t>(tool: &'t Tool, described: &Described, language: &Language) -> Option<&'t str> {
    let is_querying = |word: &str| language.classes(word).has(Class::Querying);
    let free: Vec<&String> = tool
        .fields
        .iter()
        .filter(|(_, field)| matches!(shape(field), Shape::String { one_of: None, .. } | Shape::Json { .. }))
        .map(|(name, _)| name)
        .collect();
    let takes = |name: &str| {
        identifier_words(name)
            .last()
            .is_some_and(|word| is_querying(word) || matches!(word.as_str(), "query" | "queries" | "statement" | "statements" | "command"))
    };
    let told = described.first.iter().any(|word| is_querying(&word.text) || word.text == "select");
    let named = described.name.iter().any(|word| is_querying(&word.text));
    let runs = described.first.iter().take(6).any(|word| matches!(&*word.word.lemma, "run" | "execute" | "query" | "perform" | "statement"))
        || described.name.iter().any(|word| matches!(word.text.as_str(), "query" | "execute" | "run" | "exec" | "sql"));
    let found = free.iter().find(|name| identifier_words(name).last().is_some_and(|word| is_querying(word)));
    let found = found.or_else(|| free.iter().find(|name| (told || named) && runs && takes(name)));
    found.map(|name| name.as_str())
}

/// "Only SELECT", "read-only"; but not "SELECT, INSERT or UPDATE", nor "not limited to SELECT".
fn is_limited(tool: &Tool, language: &Language) -> bool {
    let mut limited = false;
    let prose = tool.prose.values().map(|prose| prose.description.as_str());
    for sentence in sentences(tool.description()).take(SENTENCES_MAX).chain(prose) {
        let words: Vec<String> = words_of(sentence).flat_map(|word| word.split('-').map(str::to_owned).collect::<Vec<_>>()).collect();
        let has = |class| words.iter().any(|word| language.classes(word).has(class));
        let says = words.iter().enumerate().any(|(at, word)| {
            let is_limit = word == "select" || word == "readonly" || word == "read" && words.get(at + 1).is_some_and(|next| next == "only");
            let is_denied = at
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|before| matches!(before.as_str(), "not" | "non" | "to" | "beyond"));
            is_limit && !is_denied
        });
        let writes = words.iter().any(|word| language.classes(word).has(Class::Writing));
        if writes && !has(Class::Refusing) {
            return false;
        }
        limited |= says;
    }
    limited
}
