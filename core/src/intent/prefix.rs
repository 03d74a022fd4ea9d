//! The words at the beginning of tools' names that only say whose tools they are: `github_create_issue`, `mcp__mail__send`.

use std::collections::BTreeMap;

use super::act::{Act, Doing};
use super::text::identifier_words;
use crate::catalog::Catalog;
use crate::language::Language;

/// So many tools of a system must begin with a word that it counts as a prefix.
const TOOLS_MIN: usize = 3;

/// How many words of each tool's name are its prefix.
pub(super) fn lengths(catalog: &Catalog, language: &Language) -> Vec<usize> {
    let names: Vec<(&str, Vec<String>)> = catalog.tools().map(|tool| (tool.system(), identifier_words(tool.name()))).collect();
    let mut systems: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for (system, words) in &names {
        systems.entry(system).or_default().push(words);
    }
    let shared: BTreeMap<&str, usize> = systems.iter().map(|(system, names)| (*system, shared(names))).collect();
    let length = |(system, words): &(&str, Vec<String>)| {
        let of_system = identifier_words(system);
        let shared = shared.get(system).copied().unwrap_or(0);
        let is_prefix = |(at, word): (usize, &String)| {
            let is_system = word == "mcp" || of_system.contains(word);
            words
                .get(at + 1)
                .is_some_and(|next| is_system && !reads(word, language) || (is_system || at < shared) && says_no_more(word, next, language))
        };
        words.iter().enumerate().take_while(|(at, word)| is_prefix((*at, word))).count()
    };
    names.iter().map(length).collect()
}

/// How many words all names begin with.
fn shared(names: &[&[String]]) -> usize {
    let Some((first, others)) = names.split_first().filter(|_| names.len() >= TOOLS_MIN) else { return 0 };
    (0..first.len()).take_while(|at| others.iter().all(|name| name.get(*at) == first.get(*at))).count()
}

/// A system named for reading may have tools of which nothing else says that they read: `search_news` of `search`.
fn reads(word: &str, language: &Language) -> bool {
    Doing::of(word, language).is_some_and(|doing| doing.act.reads())
}

/// A verb is a prefix only where another comes after it: `mail_send`, but not `deploy_service`.
fn says_no_more(word: &str, next: &str, language: &Language) -> bool {
    let act = |word: &str| Doing::of(word, language).map(|doing| doing.act);
    match act(word) {
        None => true,
        Some(Act::Deed) => act(next).is_some(),
        Some(_) => act(next).is_some_and(|next| next != Act::Deed),
    }
}
