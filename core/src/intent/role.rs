//! What a parameter is for.

use super::text::identifier_words;
use crate::catalog::shape::{Field, Shape};
use crate::catalog::{Role, Tool};
use crate::language::{Class, Kind, Language};

/// What a parameter is for, by its name, its description and its shape.
pub(super) fn role(tool: &Tool, name: &str, field: &Field, language: &Language) -> Option<Role> {
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
    // Two letters are an abbreviation of anything.
    let meaning = |word: &String| Some(word).filter(|word| word.len() > 2).and_then(|word| Some(language.meaning(word)?.1));
    let last = words.iter().rev().find(|word| !language.classes(word).has(Class::Identifier)).and_then(meaning);
    let is = |kind| last.as_ref().is_some_and(|meaning| meaning.kinds.is_first(kind));
    let is_identifier = named(Class::Identifier);
    let order: [(Class, Role); 4] =
        [(Class::Credential, Role::Credential), (Class::Destination, Role::Destination), (Class::Url, Role::Url), (Class::Command, Role::Command)];
    // A script's name, type or version is not what is run.
    let is_about = is_identifier || words.last().is_some_and(|word| matches!(word.as_str(), "name" | "type" | "version" | "status" | "timeout"));
    let is_other = |class| is_identifier && class == Class::Credential || is_about && class == Class::Command;
    if let Some((_, role)) = order.into_iter().find(|(class, _)| named(*class) && !is_other(*class)) {
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
        // A headline is words, and no document.
        () if is(Kind::Document) && !is(Kind::Said) || is(Kind::Identifier) => Some(Role::Resource),
        () if may_be(Kind::Place) => Some(Role::Content),
        () => None,
    }
}

/// Whether a word of a parameter's name is about money.
pub(super) fn is_of_money(name: &str, language: &Language) -> bool {
    let words = identifier_words(name);
    words.iter().any(|word| word == "amount" || language.meaning(word).is_some_and(|(_, meaning)| meaning.kinds.is_first(Kind::Money)))
}

pub(super) fn shape(field: &Field) -> &Shape {
    match &field.shape {
        Shape::Set { items, .. } => items,
        shape => shape,
    }
}
