//! Does a call still serve what was asked for, with values it may have?

use std::cell::LazyCell;

use super::ground::{ReadsOrder, Search};
use super::tools::{ToolMeaning, Tools};
use super::trace::{Traced, joined};
use super::verdict::{ArgumentOrigin, Groundings, IntentVerdict, Scope};
use smallvec::SmallVec;

use crate::catalog::Role;
use crate::catalog::shape::decimal;
use crate::decimal::Decimal;
use crate::grant::contract::{Contract, Mode, Named};
use crate::json::{Object, Value};

/// What was found of one call.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub verdict: IntentVerdict,
    pub scope: Scope,
    pub groundings: Groundings,
    /// Some value of weight stands in what reads like an instruction.
    pub directive: bool,
    pub only_reads: bool,
    pub is_reversible: bool,
    pub origins: Vec<ArgumentOrigin>,
    pub why: &'static str,
}

/// How often each tool was allowed under the contract.
pub(crate) type Counts<'a> = &'a dyn Fn(&str) -> u32;

/// Judges a call of a tool.
pub(crate) fn judge(
    (name, arguments): (&str, &Object),
    contract: &Contract,
    tools: &Tools,
    (arena, reads): (&Search<'_>, ReadsOrder<'_>),
    counts: Counts<'_>,
) -> Finding {
    let Some(tool) = tools.get(name) else {
        return Finding {
            verdict: IntentVerdict::OutOfScope,
            scope: Scope::Not,
            groundings: Groundings::default(),
            directive: false,
            only_reads: false,
            is_reversible: false,
            origins: Vec::new(),
            why: "the tool is not known",
        };
    };
    let traced = Traced::of((tool, tools), arguments, (arena, reads));
    let obeys = contract.mode == Mode::Delegated;
    let amounts = LazyCell::new(|| amounts(tool, arguments));
    let (scope, why) = scope((name, tool), &|| amounts.as_slice(), contract, &traced, counts);
    let (mut verdict, mut why) = match (scope, why) {
        (Scope::Not, why) => (IntentVerdict::OutOfScope, why),
        (Scope::Perhaps, why) => match traced.verdict(tool, obeys) {
            worse if worse.0 > IntentVerdict::Delegated => worse,
            _ => (IntentVerdict::Delegated, why),
        },
        (Scope::Asked, _) => traced.verdict(tool, obeys),
    };
    // More than any amount the prompt speaks of.
    if !tool.only_reads && verdict == IntentVerdict::Aligned && arena.is_beyond_prompt(amounts.iter().copied()) {
        (verdict, why) = (IntentVerdict::Delegated, "the amount is larger than any the prompt speaks of");
    }
    if contract.standing.contains(name) && verdict == IntentVerdict::Delegated {
        (verdict, why) = (IntentVerdict::Aligned, "");
    }
    Finding {
        verdict,
        scope,
        groundings: traced.worst,
        directive: traced.directive,
        only_reads: tool.only_reads,
        is_reversible: tool.is_reversible,
        origins: traced.origins,
        why,
    }
}

fn scope<'a>(
    (name, tool): (&str, &ToolMeaning),
    amounts: &dyn Fn() -> &'a [Option<Decimal>],
    contract: &Contract,
    traced: &Traced,
    counts: Counts<'_>,
) -> (Scope, &'static str) {
    if contract.denies.iter().any(|deny| deny.names(name).is_some()) {
        return (Scope::Not, "the prompt forbids it");
    }
    if tool.only_reads || contract.standing.contains(name) {
        return (Scope::Asked, "");
    }
    // A tool that nobody can tell what it does is not denied for a question; a person is asked.
    if tool.is_unclear && tool.is_reversible && contract.mode == Mode::ReadOnly {
        return (Scope::Perhaps, "nobody has said what the tool does");
    }
    let mut best =
        (Scope::Not, if contract.mode == Mode::ReadOnly { "the prompt asks for nothing but an answer" } else { "the prompt does not ask for it" });
    let mut limited = None;
    for grant in &contract.grants {
        let (found, why) = match grant.names(name) {
            Some(Named::Plainly) => (Scope::Asked, ""),
            Some(Named::ByValue) if traced.is_prompts_own() => (Scope::Asked, ""),
            Some(Named::ByValue | Named::Perhaps) => (Scope::Perhaps, "the prompt perhaps asks for it"),
            Some(Named::About) if traced.is_of_prompt() => (Scope::Perhaps, "the prompt names what it is done to, not the deed"),
            Some(Named::About) | None => continue,
        };
        if grant.calls_max.is_some_and(|most| counts(name) >= most) {
            limited = Some("it was done as often as asked for");
            continue;
        }
        if grant.amount_max.is_some_and(|most| !amounts().iter().all(|amount| amount.is_some_and(|amount| amount <= most))) {
            limited = Some("it is more than the prompt allows");
            continue;
        }
        if found < best.0 {
            best = (found, why);
        }
    }
    // What is asked for up to a limit is not perhaps asked for beyond it.
    if let Some(why) = limited.filter(|_| best.0 != Scope::Asked) {
        return (Scope::Not, why);
    }
    best
}

/// Every amount of the call, in records, too; `None` for one that is no number.
fn amounts(tool: &ToolMeaning, arguments: &Object) -> SmallVec<[Option<Decimal>; 4]> {
    let mut amounts = SmallVec::new();
    for (name, value) in arguments {
        add_amounts((name, value), tool, &mut amounts);
    }
    amounts
}

fn add_amounts((path, value): (&str, &Value), tool: &ToolMeaning, amounts: &mut SmallVec<[Option<Decimal>; 4]>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| add_amounts((&joined(path, name), value), tool, amounts)),
        Value::Array(items) => items.iter().for_each(|item| add_amounts((path, item), tool, amounts)),
        Value::Null => {}
        value if tool.roles.get(path) == Some(&Role::Amount) => amounts.push(decimal(value)),
        _ => {}
    }
}
