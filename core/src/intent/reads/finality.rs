//! What a tool does that cannot be undone: permanent deletes, what was sent or paid, programs and statements of any kind.

use super::super::act::{Act, Doing, Form};
use super::blocks::{acting_words, is_permanent, runs_a_program, runs_any_query};
use super::{Look, Rule};
use crate::catalog::Role;
use crate::language::Class;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "final.name", holds: name_is_final },
    Rule { id: "final.moved", holds: |look| look.name.last().is_some_and(|(word, _)| word.is(Class::Moved)) },
    Rule { id: "final.described", holds: description_is_final },
    Rule { id: "final.permanent", holds: |look| is_permanent(look.tool.description()) },
    Rule { id: "final.runs", holds: |look| look.has_role(Role::Command) || runs_any_query(look) || runs_a_program(look) },
    Rule { id: "final.action", holds: |look| acting_words(look).any(|doing| look.language.classes(&doing.lemma).has(Class::Final)) },
];

/// `batch_delete_mails`, `post_message`, `history_purge`; but not `draft_email`, `cancel_order_message`.
fn name_is_final(look: &Look<'_>) -> bool {
    let last = look.name.len().saturating_sub(1);
    look.name.iter().enumerate().any(|(place, (word, act))| match act {
        Some(Act::Changes) => word.is(Class::Final),
        Some(Act::Deed) => word.is(Class::Final) && (place == 0 || place == last && word.word.meaning.is_mostly_verb()),
        _ => false,
    })
}

/// "Sends a letter", "Archives the chat and notifies its members".
fn description_is_final(look: &Look<'_>) -> bool {
    let Some(told) = &look.told else { return false };
    let is_final = |lemma: &str| look.language.classes(lemma).has(Class::Final);
    let joined = look.first().windows(2).any(|pair| match pair {
        [joiner, verb] => {
            matches!(joiner.text.as_str(), "and" | "or" | "then")
                && Doing::of(&verb.text, look.language)
                    .is_some_and(|doing| doing.act == Act::Changes && matches!(doing.form, Form::Bare | Form::Third) && is_final(&doing.lemma))
        }
        _ => false,
    });
    is_final(&told.lemma) || joined
}
