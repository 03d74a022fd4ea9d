//! Replays a corpus through an engine with a baseline pack.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bailiwick::{
    Agent, Baseline, Call, Decision, Effect, Engine, IntentRecord, Language, Level, Origin, Registry, Scope, SealKey, Source, Start, Task, Value,
    World, doc,
};
use serde::Serialize;

use crate::corpus::{Episode, Problem, Suite, value};

/// How episodes ended.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// Nothing stood in the way. Of attacks: missed.
    pub ok: u32,
    /// At least one call was asked for, none denied.
    pub asked: u32,
    /// At least one call was denied.
    pub denied: u32,
}

impl Outcome {
    fn add(&mut self, worst: Effect) {
        match worst {
            Effect::Allow => self.ok += 1,
            Effect::Ask => self.asked += 1,
            Effect::Deny => self.denied += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { ok: self.ok + other.ok, asked: self.asked + other.asked, denied: self.denied + other.denied }
    }

    fn all(self) -> u32 {
        self.ok + self.asked + self.denied
    }
}

/// What one way of judging makes of a suite.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Column {
    /// Episodes nobody attacks.
    pub benign: Outcome,
    /// Attacked ones: what became of the attack's calls.
    pub attacks: Outcome,
}

impl Column {
    fn plus(self, other: Self) -> Self {
        Self { benign: self.benign.plus(other.benign), attacks: self.attacks.plus(other.attacks) }
    }
}

/// A suite's figures.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The suite.
    pub suite: String,
    /// With everything.
    pub all: Column,
    /// Without reading outputs for instructions.
    pub no_directives: Column,
    /// Only by whether the tool was asked for.
    pub scope_only: Column,
    /// Only by where the arguments come from.
    pub grounding_only: Column,
    /// Median and 99th percentile of one verdict, in microseconds, the whole of `task.decide`.
    pub decide_micros: (f64, f64),
    /// The same of deciding once more on each call when all of the episode has been seen: the tool is no longer new to the task.
    pub again_micros: (f64, f64),
    /// Microseconds to take in a kilobyte of output.
    pub observe_micros_per_kb: f64,
    /// How well the drift score at an episode's end tells attacked episodes from others: the area under the ROC curve.
    pub drift_auc: Option<f64>,
}

const POLICY: &str = "permit(principal, action, resource);";

/// Replays the suite.
///
/// # Errors
/// Tools that form no engine.
pub fn replay(suite: &Suite, baseline: Baseline, verbose: bool) -> Result<Row, Problem> {
    replay_in(suite, &Language::english(), baseline, verbose)
}

/// Replays the suite with prompts in this language.
///
/// # Errors
/// As [`replay`].
pub fn replay_in(suite: &Suite, language: &Language, baseline: Baseline, verbose: bool) -> Result<Row, Problem> {
    let (full, blind) = (engine(suite, language, baseline, true)?, engine(suite, language, baseline, false)?);
    let mut row = Row {
        suite: suite.name.clone(),
        all: Column::default(),
        no_directives: Column::default(),
        scope_only: Column::default(),
        grounding_only: Column::default(),
        decide_micros: (0.0, 0.0),
        again_micros: (0.0, 0.0),
        observe_micros_per_kb: 0.0,
        drift_auc: None,
    };
    let mut times = Times::default();
    let mut drifts: Vec<(u32, bool)> = Vec::new();
    for episode in &suite.episodes {
        let (decisions, drift) = run(&full, suite, episode, &mut times)?;
        let (blindly, _) = run(&blind, suite, episode, &mut Times::default())?;
        drifts.push((drift, episode.is_attack()));
        let worst = |of: &dyn Fn(&Decision) -> Effect, decisions: &[Decision]| {
            let counts = episode.calls.iter().zip(decisions).filter(|(call, _)| call.is_attack() == episode.is_attack());
            counts.map(|(_, decision)| of(decision)).max().unwrap_or(Effect::Allow)
        };
        let columns: [(&mut Column, Effect); 4] = [
            (&mut row.all, worst(&|decision| decision.effect, &decisions)),
            (&mut row.no_directives, worst(&|decision| decision.effect, &blindly)),
            (&mut row.scope_only, worst(&by_scope, &decisions)),
            (&mut row.grounding_only, worst(&by_grounding, &decisions)),
        ];
        for (column, effect) in columns {
            if episode.is_attack() { column.attacks.add(effect) } else { column.benign.add(effect) }
        }
        if verbose {
            tell(episode, &decisions, &engine_contract(&full, episode));
        }
    }
    row.decide_micros = percentiles(&mut times.decide);
    row.again_micros = percentiles(&mut times.again);
    row.observe_micros_per_kb = times.per_kilobyte();
    row.drift_auc = auc(&drifts);
    Ok(row)
}

/// An engine of the suite's tools, with one policy that permits everything beside the pack; it looks for instructions in
/// outputs if `directives` is set.
///
/// # Errors
/// As [`replay`].
pub fn engine(suite: &Suite, language: &Language, baseline: Baseline, directives: bool) -> Result<Engine, Problem> {
    let builder = Engine::builder(SealKey::new([7; 32])).catalog(suite.catalog.clone()).language(language.clone());
    let builder = builder.policies([Source::new("bench.cedar", POLICY)]).baseline(baseline);
    Ok(if directives { builder } else { builder.without_directives() }.build()?)
}

/// The decision on each call of the episode, in order, each output taken in before the next call.
///
/// # Errors
/// An engine that begins no task for this prompt.
pub fn decisions(engine: &Engine, suite: &Suite, episode: &Episode) -> Result<Vec<Decision>, Problem> {
    Ok(run(engine, suite, episode, &mut Times::default())?.0)
}

fn engine_contract(engine: &Engine, episode: &Episode) -> bailiwick::Contract {
    engine.contract(&episode.prompt)
}

fn by_scope(decision: &Decision) -> Effect {
    decision.intent.as_ref().map_or(Effect::Deny, |intent| match intent.scope {
        Scope::Asked => Effect::Allow,
        Scope::Perhaps => Effect::Ask,
        Scope::Not => Effect::Deny,
    })
}

fn by_grounding(decision: &Decision) -> Effect {
    let judge = |intent: &IntentRecord| {
        let worst = &intent.grounding;
        let is_planted = worst.destination >= Level::Untrusted || worst.resource >= Level::Untrusted || worst.content >= Level::Untrusted;
        if is_planted || worst.credential >= Level::Field || intent.directive {
            Effect::Deny
        } else if worst.destination >= Level::Field || worst.resource >= Level::NamedText {
            Effect::Ask
        } else {
            Effect::Allow
        }
    };
    decision.intent.as_ref().map_or(Effect::Deny, |intent| judge(intent))
}

#[derive(Default)]
struct Times {
    decide: Vec<Duration>,
    again: Vec<Duration>,
    observe: Duration,
    bytes: usize,
}

impl Times {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn per_kilobyte(&self) -> f64 {
        self.observe.as_secs_f64() * 1e6 * 1024.0 / self.bytes.max(1) as f64
    }
}

/// Median and 99th percentile, in microseconds.
fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e6);
    (at(50), at(99))
}

/// The share of pairs of an attacked episode and another in which the attacked one has drifted further; of equals, a half.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn auc(drifts: &[(u32, bool)]) -> Option<f64> {
    let of = |is_attack: bool| drifts.iter().filter(move |(_, attack)| *attack == is_attack).map(|(drift, _)| *drift);
    let (attacks, benign) = (of(true).count(), of(false).count());
    let won: f64 = of(true)
        .flat_map(|attack| of(false).map(move |other| f64::from(u8::from(attack > other)) + f64::from(u8::from(attack == other)) / 2.0))
        .sum();
    (attacks > 0 && benign > 0).then(|| won / (attacks * benign) as f64)
}

/// The decisions on an episode's calls, and how far its task has drifted at the end.
fn run(engine: &Engine, suite: &Suite, episode: &Episode, times: &mut Times) -> Result<(Vec<Decision>, u32), Problem> {
    let registry = Registry::from_json(doc::REGISTRY)?;
    let world = World::new(&registry, doc::now());
    let origin = Origin::user("https://idp.example", "alice")?;
    let agent = Agent::new("https://agents.example", "invoice-bot")?;
    let task: Task = engine.begin(Start::new("episode", origin, agent).prompt(episode.prompt.as_str()), &world)?;
    if let Some(system_prompt) = &suite.system_prompt {
        task.know(&Value::String(system_prompt.clone()))?;
    }
    let mut decisions = Vec::new();
    for recorded in &episode.calls {
        let call = Call::new(recorded.tool.as_str(), value(&without_nulls(&recorded.args)));
        let begun = Instant::now();
        decisions.push(task.decide(&call, &world));
        times.decide.push(begun.elapsed());
        let output = recorded.output();
        let begun = Instant::now();
        task.observe(&call, &output)?;
        times.observe += begun.elapsed();
        times.bytes += output.canonical().len();
    }
    let mut drift = None;
    for recorded in &episode.calls {
        let call = Call::new(recorded.tool.as_str(), value(&without_nulls(&recorded.args)));
        let begun = Instant::now();
        let decision = task.decide(&call, &world);
        times.again.push(begun.elapsed());
        drift = drift.or_else(|| Some(decision.intent?.drift));
    }
    Ok((decisions, drift.unwrap_or(0)))
}

/// Recorded calls spell out optional arguments that were not given.
fn without_nulls(args: &serde_json::Value) -> serde_json::Value {
    match args {
        serde_json::Value::Object(members) => {
            members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        other => other.clone(),
    }
}

fn tell(episode: &Episode, decisions: &[Decision], contract: &bailiwick::Contract) {
    let counted = || episode.calls.iter().zip(decisions).filter(|(call, _)| call.is_attack() == episode.is_attack());
    let worst = counted().map(|(_, decision)| decision.effect).max().unwrap_or(Effect::Allow);
    let is_right = if episode.is_attack() { worst == Effect::Deny } else { worst == Effect::Allow };
    if is_right {
        return;
    }
    println!("## {} {} | {}", worst.as_str(), episode.id, episode.prompt.replace('\n', " "));
    for grant in &contract.grants {
        println!(
            "   {:?}: {:?} {:?} -> {:?} ={:?} ?{}",
            grant.evidence.text,
            grant.effects,
            grant.objects,
            grant.tools,
            grant.by_value,
            grant.perhaps.len()
        );
    }
    for (call, decision) in counted() {
        let intent = decision.intent.as_ref();
        let why = intent.map_or_else(
            || decision.reason.to_string(),
            |intent| format!("{:?} {:?} {} {:?}", intent.verdict, intent.scope, intent.why, intent.grounding),
        );
        println!("   {} {} {} | {why}", decision.effect.as_str(), call.tool, call.args);
        for origin in intent.iter().flat_map(|intent| &intent.origins).filter(|origin| origin.level > Level::Keyed || origin.directive) {
            println!("        {} {:?} {:?} directive={}", origin.argument, origin.role, origin.level, origin.directive);
        }
    }
}

/// The same ways of running several suites, put together.
#[must_use]
pub fn sums(rows: &[(Row, &'static str)]) -> String {
    let mut text =
        String::from("| | suites | benign: ok / ask / deny | attacks: denied / asked / missed | denied | stopped |\n|---|---|--:|--:|--:|--:|\n");
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in rows {
        if !names.contains(name) {
            names.push(name);
        }
    }
    for name in names {
        let of: Vec<Column> = rows.iter().filter(|(_, other)| *other == name).map(|(row, _)| row.all).collect();
        line(&mut text, name, &of.len().to_string(), of.into_iter().fold(Column::default(), Column::plus));
    }
    text
}

fn line(text: &mut String, suite: &str, name: &str, Column { benign, attacks }: Column) {
    let share =
        |part: u32| if attacks.all() == 0 { "–".to_owned() } else { format!("{:.1} %", f64::from(part) * 100.0 / f64::from(attacks.all())) };
    let _ = writeln!(
        text,
        "| {suite} | {name} | {} / {} / {} | {} / {} / {} | {} | {} |",
        benign.ok,
        benign.asked,
        benign.denied,
        attacks.denied,
        attacks.asked,
        attacks.ok,
        share(attacks.denied),
        share(attacks.denied + attacks.asked)
    );
}

/// The rows for people.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text =
        String::from("| suite | | benign: ok / ask / deny | attacks: denied / asked / missed | denied | stopped |\n|---|---|--:|--:|--:|--:|\n");
    for row in rows {
        let columns = [
            ("all", row.all),
            ("directive detection off", row.no_directives),
            ("scope only", row.scope_only),
            ("grounding only", row.grounding_only),
        ];
        for (name, column) in columns {
            line(&mut text, &row.suite, name, column);
        }
    }
    if rows.len() > 1 {
        line(&mut text, "together", "all", rows.iter().map(|row| row.all).fold(Column::default(), Column::plus));
        line(&mut text, "together", "directive detection off", rows.iter().map(|row| row.no_directives).fold(Column::default(), Column::plus));
    }
    for row in rows {
        let ((median, p99), (again, again_p99)) = (row.decide_micros, row.again_micros);
        let auc = row.drift_auc.map_or_else(String::new, |auc| format!("; drift tells attacked episodes with an AUC of {auc:.2}"));
        let _ = writeln!(
            text,
            "\n{}: `task.decide` p50 {median:.1} µs, p99 {p99:.1} µs; once more, after all of it, {again:.1} and {again_p99:.1} µs; {:.1} µs to take in a kilobyte{auc}",
            row.suite, row.observe_micros_per_kb
        );
    }
    text
}
