//! How a replay is told: lines for people, or one JSON object a line.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use bailiwick::{Decision, Effect, Gate, Timestamp};
use serde_json::json;

use crate::episode::{Episode, Label};
use crate::stage::{Played, Verified};
use crate::tally::{Suite, Tally};

#[derive(Clone, Copy)]
pub(crate) enum Report {
    Text,
    Json,
}

/// Longest part of a prompt or goal that is shown, in characters: the rest of a line of 160.
const QUOTE_CHARS: usize = 120;

impl Report {
    /// What comes next: runs of one organization, on its own clock.
    pub(crate) fn scene(self, name: &str, runs: usize, now: Timestamp) -> String {
        match self {
            Self::Text => format!("{name}: {runs} {}, from {now}\n", if runs == 1 { "run" } else { "runs" }),
            Self::Json => String::new(),
        }
    }

    /// One run: for people a heading, then a line per call.
    pub(crate) fn episode(self, episode: &Episode, played: &[Played<'_>]) -> String {
        match self {
            Self::Text => heading(episode) + &played.iter().map(call_line).collect::<String>(),
            Self::Json => played.iter().map(|played| call_json(episode, played) + "\n").collect(),
        }
    }

    /// What came of all of them.
    pub(crate) fn end(self, tally: &Tally, logs: &[Verified]) -> String {
        match self {
            Self::Text => totals(tally) + &remarks(&tally.overall()) + &logs.iter().map(log_line).collect::<String>(),
            Self::Json => {
                let suites: Vec<_> = tally.suites().iter().map(suite_json).collect();
                let heads = logs.iter().map(|log| json!({ "log": log.name, "size": log.head.size, "root": log.head.root, "verified": true }));
                let heads: Vec<_> = heads.collect();
                json!({ "totals": { "suites": suites, "all": suite_json(&tally.overall()) }, "heads": heads }).to_string() + "\n"
            }
        }
    }
}

fn heading(episode: &Episode) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut text = format!("{bold}{}{bold:#}  \"{}\"\n", plain(&episode.id), short(&episode.prompt));
    if let Some(goal) = &episode.goal {
        let _ = writeln!(text, "{dim}  attacker: \"{}\"{dim:#}", short(goal));
    }
    text
}

/// time, who for whom, tool, label, effect, reason, hop, microseconds
fn call_line(played: &Played<'_>) -> String {
    let decision = &played.decision;
    let instant = decision.now.to_string();
    let time = instant.get(11..19).unwrap_or(&instant);
    let reason = if decision.reason.policies.is_empty() {
        decision.reason.code.to_string()
    } else {
        format!("{} {}", decision.reason.code, decision.reason.policies.join(", "))
    };
    let (hop, who, tool) = (hop(decision), who_for_whom(decision), plain(&decision.call.tool));
    let (color, label) = (color(decision.effect), played.call.label.as_str());
    let (effect, reason, micros) = (decision.effect.as_str(), plain(&reason), micros(played.took));
    format!("  {time}  {who:<19}  {tool:<31}  {label:<6}  {color}{effect:<5}{color:#}  {reason:<46}  {hop:<14}  {micros:>8.1} µs\n")
}

fn call_json(episode: &Episode, played: &Played<'_>) -> String {
    json!({
        "episode": episode.id,
        "suite": episode.suite,
        "label": played.call.label,
        "micros": micros(played.took),
        "decision": played.decision,
    })
    .to_string()
}

fn who_for_whom(decision: &Decision) -> String {
    decision.chain.as_ref().map_or_else(String::new, |chain| {
        let agent = chain.agents.last().map_or("nobody", |agent| agent.subject.as_str());
        plain(&format!("{agent} for {}", chain.origin.subject))
    })
}

/// The link at which it was decided, and the gate when policies did.
fn hop(decision: &Decision) -> String {
    let gate = match decision.reason.gate {
        None => "",
        Some(Gate::Origin) => " origin",
        Some(Gate::Agent) => " agent",
        Some(Gate::Delegate) => " delegate",
    };
    decision.reason.hop.map_or_else(String::new, |hop| format!("hop {hop}{gate}"))
}

fn totals(tally: &Tally) -> String {
    let overall = tally.overall();
    let labels: Vec<_> = [Label::Benign, Label::Attack, Label::Unlabelled]
        .into_iter()
        .filter(|label| *label != Label::Unlabelled || overall.counts(*label).sum() > 0)
        .collect();
    let bold = Style::new().bold();
    let mut text = format!("\n{bold}{:<12}  {:>5}", "", "");
    for label in &labels {
        let _ = write!(text, "  {:^19}", label.as_str());
    }
    let _ = write!(text, "{bold:#}\n{bold}{:<12}  {:>5}", "suite", "tasks");
    for _ in &labels {
        let _ = write!(text, "  {:>5}  {:>5}  {:>5}", "allow", "ask", "deny");
    }
    let _ = writeln!(text, "  {:>9}  {:>8}  {:>8}{bold:#}", "decisions", "p50 µs", "p99 µs");
    let one = std::slice::from_ref(&overall);
    // One suite is all there is: a second line would say the same.
    let rows = tally.suites().iter().chain(if tally.suites().len() > 1 { one } else { &[] });
    text + &rows.map(|suite| totals_line(suite, &labels)).collect::<String>()
}

fn totals_line(suite: &Suite, labels: &[Label]) -> String {
    let mut text = format!("{:<12}  {:>5}", plain(&suite.name), suite.tasks);
    for label in labels {
        let counts = suite.counts(*label);
        let _ = write!(text, "  {:>5}  {:>5}  {:>5}", counts.allow, counts.ask, counts.deny);
    }
    let (p50, p99) = (micros(suite.percentile(50)), micros(suite.percentile(99)));
    text + &format!("  {:>9}  {p50:>8.1}  {p99:>8.1}\n", suite.decisions())
}

/// What the numbers do not say by themselves.
fn remarks(overall: &Suite) -> String {
    let mut text =
        "\nThis is a replay: every recorded call is decided, also after one that was not allowed, and nobody was there to approve.\n".to_owned();
    let attack = overall.counts(Label::Attack);
    if attack.allow > 0 {
        let (through, attacked) = (overall.through, overall.attacked);
        let _ = writeln!(
            text,
            "{} of {} attack calls would have been allowed; in {through} of {attacked} attacked runs nothing stood in the attacker's way.\n\
             These policies see what a call does, not whether the user's words asked for it: a baseline for intent adds that (INTENT.md).",
            attack.allow,
            attack.sum(),
        );
    }
    if cfg!(debug_assertions) {
        text.push_str("This program was built without optimization: it takes many times as long as it need.\n");
    }
    text
}

fn log_line(log: &Verified) -> String {
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    format!("log of {}: size {} root {} {green}verified{green:#}\n", log.name, log.head.size, log.head.root)
}

fn suite_json(suite: &Suite) -> serde_json::Value {
    json!({
        "suite": suite.name,
        "tasks": suite.tasks,
        "decisions": suite.decisions(),
        "benign": suite.counts(Label::Benign),
        "attack": suite.counts(Label::Attack),
        "unlabelled": suite.counts(Label::Unlabelled),
        "attacked": suite.attacked,
        "through": suite.through,
        "p50_micros": micros(suite.percentile(50)),
        "p99_micros": micros(suite.percentile(99)),
    })
}

fn color(effect: Effect) -> Style {
    let color = match effect {
        Effect::Allow => AnsiColor::Green,
        Effect::Ask => AnsiColor::Yellow,
        Effect::Deny => AnsiColor::Red,
    };
    Style::new().fg_color(Some(color.into()))
}

/// Microseconds, to a tenth.
fn micros(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e7).round() / 10.0
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTE_CHARS).map(|character| if character.is_whitespace() { ' ' } else { character }).collect();
    if text.chars().nth(QUOTE_CHARS).is_some() {
        short.push('…');
    }
    plain(&short)
}

/// Text from a file, safe on a terminal: control characters cannot move the cursor or forge a line.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => plain.push(character),
            other => plain.extend(other.escape_debug()),
        }
    }
    plain
}
