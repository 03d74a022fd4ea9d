//! What says that a tool only reads, if nothing says otherwise.

use super::super::act::Act;
use super::super::described::is_safe;
use super::super::role::shape;
use super::super::text::identifier_words;
use super::blocks::{acting, computes_numbers, is_known_to_read, sees_the_screen};
use super::{Look, Rule, phrase, query};
use crate::catalog::Role;
use crate::catalog::shape::Shape;
use crate::language::Class;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "query.select", holds: |look| query::only_selects_rows(look.tool, look.described, look.language) },
    Rule { id: "name.retrieves", holds: |look| matches!(look.head, Some(Act::Retrieves | Act::Judges)) },
    Rule { id: "described.retrieves", holds: |look| matches!(look.told_act(), Some(Act::Retrieves | Act::Judges)) },
    Rule {
        id: "described.particulars",
        holds: |look| look.tells_particulars() && phrase::only_selects(look.tool, look.roles, look.open, look.language),
    },
    Rule { id: "computes", holds: computes },
    Rule { id: "computes.numbers", holds: computes_numbers },
    Rule { id: "resolves", holds: resolves },
    Rule { id: "screen", holds: sees_the_screen },
    Rule { id: "parameter.reads", holds: is_only_told_to_read },
    Rule { id: "opens", holds: opens_to_read },
    Rule { id: "dictionary", holds: the_dictionary_reads },
    Rule { id: "given", holds: is_named_for_what_it_gives },
];

/// It turns values it is given into others: no parameter refers to what is somewhere, to be changed there.
fn computes(look: &Look<'_>) -> bool {
    let computes = look.head == Some(Act::Computes) || look.told_act() == Some(Act::Computes);
    let is_value = |(name, field): (&String, &crate::catalog::shape::Field)| {
        let refers = identifier_words(name)
            .iter()
            .any(|word| look.language.classes(word).has(Class::Identifier) || look.language.classes(word).has(Class::Path));
        let is_plain = matches!(shape(field), Shape::Bool | Shape::String { one_of: Some(_), .. });
        let role = look.roles.get(name).copied();
        is_plain || !refers && !matches!(role, Some(Role::Path | Role::Command | Role::Url | Role::Resource))
    };
    let free = |name: &String| {
        look.roles.get(name).is_some_and(|role| matches!(role, Role::Amount | Role::Date | Role::Content | Role::Query)) || is_of_a_value(name)
    };
    computes && look.tool.fields.iter().all(is_value) && look.tool.fields.keys().any(free)
}

fn is_of_a_value(name: &str) -> bool {
    const VALUES: [&str; 22] = [
        "address",
        "coordinates",
        "currency",
        "data",
        "expression",
        "formula",
        "html",
        "input",
        "json",
        "latitude",
        "longitude",
        "markdown",
        "number",
        "numbers",
        "string",
        "time",
        "timezone",
        "unit",
        "value",
        "values",
        "xml",
        "yaml",
    ];
    identifier_words(name).iter().any(|word| VALUES.contains(&word.as_str()))
}

/// "Resolves a name to an id"; but not "Resolves a ticket".
pub(super) fn resolves(look: &Look<'_>) -> bool {
    let told = look.first().first().is_some_and(|word| matches!(word.text.as_str(), "resolve" | "resolves"));
    let to = look.first().iter().position(|word| matches!(word.text.as_str(), "to" | "into"));
    let found = to.is_some_and(|to| {
        let rest = look.first().iter().skip(to + 1).take(6);
        rest.into_iter().any(|word| {
            let classes = look.language.classes(&word.word.lemma);
            word.is(Class::Identifier)
                || word.is(Class::Host)
                || word.is(Class::Url)
                || word.is(Class::Path)
                || classes.has(Class::Identifier)
                || matches!(&*word.word.lemma, "name" | "address" | "location" | "coordinate")
        })
    });
    told && found
}

/// A parameter chooses the deed, and all of its values read.
fn is_only_told_to_read(look: &Look<'_>) -> bool {
    let acts: Vec<Act> = acting(look).collect();
    !acts.is_empty() && acts.iter().all(|act| act.reads()) && !matches!(look.told_act(), Some(Act::Changes | Act::Deed))
}

/// "documents.open: Text of a document", "Opens a file and returns its text": what is opened is looked at, if nothing else is
/// told of it.
fn opens_to_read(look: &Look<'_>) -> bool {
    let Some(verb) = look.verb else { return false };
    let only_refers = look.open.is_empty() && look.roles.values().all(|role| matches!(role, Role::Resource | Role::Path | Role::Query));
    match &*verb.lemma {
        "open" if look.described.gives() => !look.takes(Class::Told) && only_refers,
        "open" | "fetch" | "load" | "download" => look.described.returns() && !look.takes(Class::Told) && !look.takes(Class::Content),
        _ => false,
    }
}

/// A verb no class has, of which the dictionary says that it reads.
fn the_dictionary_reads(look: &Look<'_>) -> bool {
    let (tells, carries) = (look.takes(Class::Told), look.takes(Class::Content));
    let answers = look.first().first().is_some_and(|word| word.is(Class::Question));
    let reads = is_known_to_read(look);
    match look.verb {
        Some(_) if is_safe(look.verb, look.language) => true,
        Some(_) if reads >= 7 => !tells,
        Some(_) if !carries => reads >= 5 || answers && reads >= 3,
        _ => false,
    }
}

/// "Spare part stock", "Work orders by tag".
fn is_named_for_what_it_gives(look: &Look<'_>) -> bool {
    !look.takes(Class::Content)
        && look.described.is_named_for_what_it_gives()
        && phrase::only_selects(look.tool, look.roles, look.open, look.language)
}
