//! A contract for people, or as one JSON object.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bailiwick::{Contract, IntentGrant, Span, ToolGuess};
use serde::Serialize;

use crate::report::plain;

#[derive(Serialize)]
pub(super) struct Found {
    pub contract: Contract,
    pub guessed: Vec<ToolGuess>,
}

impl Found {
    pub(super) fn json(&self) -> String {
        serde_json::json!(self).to_string() + "\n"
    }

    pub(super) fn text(&self, prompt: &str) -> String {
        let Self { contract, guessed } = self;
        let mut text = format!("mode        {}\nconfidence  {} of 1000\n", named(&contract.mode), contract.confidence);
        if prompt.trim().is_empty() {
            text.push_str("\nThe prompt is empty: tools may read, and nothing else is asked for.\n");
        } else if contract.confidence == 0 {
            text.push_str("\nThe prompt is too long to be read: nothing in it counts as understood.\n");
        }
        if guessed.is_empty() {
            text.push_str("\nEvery tool's effects are declared: nothing was guessed.\n");
        }
        let grants: String = contract.grants.iter().map(|grant| grant_lines(grant, prompt)).collect();
        let denies: String = contract.denies.iter().map(|deny| grant_lines(deny, prompt)).collect();
        let sources: Vec<_> = contract.delegated_sources.iter().map(|span| format!("  {}\n", words(span, prompt))).collect();
        let guesses: String = guessed.iter().map(guess_line).collect();
        for (what, lines) in [
            ("asked for", grants),
            ("forbidden", denies),
            ("told to follow", sources.concat()),
            ("standing", line(&contract.standing)),
            ("unknown words", line(&contract.unknown)),
            ("guessed, for nobody has declared what these tools do", guesses),
        ] {
            if !lines.is_empty() {
                let _ = write!(text, "\n{what}\n{lines}");
            }
        }
        text
    }
}

fn grant_lines(grant: &IntentGrant, prompt: &str) -> String {
    let tools = if grant.tools.is_empty() { "no tool for certain".to_owned() } else { names(&grant.tools) };
    let mut text = format!("  {} → {tools}\n", words(&grant.evidence, prompt));
    if !grant.perhaps.is_empty() {
        let _ = writeln!(text, "      perhaps: {}", names(&grant.perhaps));
    }
    if !grant.by_value.is_empty() {
        let _ = writeln!(text, "      with the prompt's own values: {}", names(&grant.by_value));
    }
    if !grant.about.is_empty() {
        let _ = writeln!(text, "      perhaps, to what the prompt names: {}", names(&grant.about));
    }
    if let Some(most) = grant.calls_max {
        let _ = writeln!(text, "      calls, at most: {most}");
    }
    if let Some(most) = grant.amount_max {
        let _ = writeln!(text, "      amount of one call, at most: {most}");
    }
    text
}

/// The words in quotes; a prompt that is all meant need not be said again.
fn words(span: &Span, prompt: &str) -> String {
    if span.start == 0 && span.end == prompt.len() {
        "whatever the prompt means by other words".to_owned()
    } else {
        format!("\"{}\"", plain(&span.text))
    }
}

fn guess_line(guess: &ToolGuess) -> String {
    format!("  {}: {}\n", plain(&guess.tool), plain(&guess.to_string()))
}

fn line<'n>(of: impl IntoIterator<Item = &'n String>) -> String {
    let names = names(of);
    if names.is_empty() { names } else { format!("  {names}\n") }
}

fn names<'n>(of: impl IntoIterator<Item = &'n String>) -> String {
    let all: BTreeSet<_> = of.into_iter().map(|name| plain(name)).collect();
    all.into_iter().collect::<Vec<_>>().join(", ")
}

/// The name a value has in JSON.
fn named(value: &impl Serialize) -> String {
    serde_json::json!(value).as_str().unwrap_or_default().to_owned()
}
