//! The scenario of the benchmarks: a company of agents, tools and policies, as many as wanted.
//!
//! Of `n` policies five have no scope (guardrails; of 10,000, fifty), half of them reading the chain and half the call;
//! the others are spread over 200 tools and 50 blueprints, each with two conditions on the call's arguments. One call is
//! permitted at every gate of a chain of up to eight agents. Cedar alone is asked what one of those gates asks: over all
//! `n` policies, and over just those whose scope fits.
#![forbid(unsafe_code)]

pub mod chains;
pub mod history;
pub mod table;
pub mod tools;

use std::error::Error;
use std::fmt::Write as _;
use std::str::FromStr;

use bailiwick::{Agent, Call, Catalog, Engine, Grant, Handover, Origin, Registry, SealKey, Source, Start, Task, Timestamp, Value, World};
use cedar_policy::{ActionConstraint, Authorizer, Context, Entities, EntityUid, Policy, PolicySet, PrincipalConstraint, Request};

const TOOLS: usize = 200;
const BLUEPRINTS: usize = 50;
const AGENTS: usize = 8;
const NOW: i64 = 1_700_000_000_000;

/// Policies loaded, agents known, and a task at each depth.
#[derive(Debug)]
pub struct Scenario {
    registry: Registry,
    now: Timestamp,
    tasks: Vec<Task>,
    call: Call,
}

/// One bare `is_authorized` over the same policies: everything prebuilt.
#[derive(Debug)]
pub struct Bare {
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Scenario {
    /// A scenario of `policies` policies (at least 10) and chains of up to `hops` hops (at most 8).
    ///
    /// # Errors
    /// When the engine refuses what this module wrote.
    pub fn new(policies: usize, hops: usize) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::builder(SealKey::new([7; 32]))
            .catalog(Catalog::from_json(&catalog())?)
            .policies([Source::new("bench.cedar", policy_text(policies))])
            .build()?;
        let registry = Registry::from_json(&registry())?;
        let now = Timestamp::from_millis(NOW).ok_or("out of range")?;
        let agent = |index: usize| Agent::new("https://agents.example", &format!("agent-{index}"));
        let mut tasks = Vec::new();
        {
            let world = World::new(&registry, now);
            let origin = Origin::user("https://idp.example", "alice")?.with_groups(["staff"])?;
            tasks.push(engine.begin(Start::new("bench", origin, agent(0)?).depth_max(16), &world)?);
            for hop in 1..hops {
                let parent = tasks.last().ok_or("no task")?;
                tasks.push(parent.delegate(Handover::new(agent(hop)?, Grant::of_actions(["tool-0", "read"])), &world)?.task);
            }
        }
        let call = Call::new("tool-0", Value::parse(ARGUMENTS)?);
        let scenario = Self { registry, now, tasks, call };
        for hop in 1..=hops {
            if !scenario.decide(hop) {
                return Err(format!("the call must be allowed at {hop} hops").into());
            }
        }
        Ok(scenario)
    }

    /// Decides the call by the task of so many hops; whether it was allowed.
    #[must_use]
    pub fn decide(&self, hops: usize) -> bool {
        self.decide_call(hops, &self.call)
    }

    /// The same, from arguments that are not a call yet.
    #[must_use]
    pub fn decide_raw(&self, hops: usize, account: &str, amount: f64) -> bool {
        let members = [("account", Value::String(account.to_owned())), ("amount", Value::Float(amount))];
        let arguments = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.decide_call(hops, &Call::new("tool-0", Value::Object(arguments)))
    }

    fn decide_call(&self, hops: usize, call: &Call) -> bool {
        let world = World::new(&self.registry, self.now);
        self.tasks.get(hops - 1).is_some_and(|task| task.decide(call, &world).is_allowed())
    }

    /// Hands over a function that asks the gates of so many hops, and nothing else.
    pub fn policy_stage<T>(&self, hops: usize, run: impl FnOnce(&dyn Fn() -> bool) -> T) -> Option<T> {
        let world = World::new(&self.registry, self.now);
        bailiwick::measure::policy_stage(self.tasks.get(hops - 1)?, &self.call, &world, run)
    }
}

impl Bare {
    /// The same policies for Cedar alone.
    ///
    /// # Errors
    /// When Cedar refuses what this module wrote.
    pub fn new(policies: usize) -> Result<Self, Box<dyn Error>> {
        let uid = |text: &str| EntityUid::from_str(text);
        let entities = r#"[
          {"uid": {"type": "Agent", "id": "https://agents.example|agent-0"}, "attrs": {}, "parents": [{"type": "Blueprint", "id": "blueprint-0"}]},
          {"uid": {"type": "Blueprint", "id": "blueprint-0"}, "attrs": {}, "parents": [{"type": "Blueprint", "id": "all"}]},
          {"uid": {"type": "Action", "id": "tool-0"}, "attrs": {}, "parents": [{"type": "Action", "id": "write"}]}
        ]"#;
        let context = r#"{"input": {"amount": {"__extn": {"fn": "decimal", "arg": "42.5"}}, "account": "a-1"},
                          "chain": {"depth": 1, "proof_level": 1}, "tool": {"tier": "medium"}, "host": {}, "holds": [],
                          "now": {"__extn": {"fn": "datetime", "arg": "2023-11-14"}}}"#;
        let bare = Self {
            policies: PolicySet::from_str(&policy_text(policies))?,
            entities: Entities::from_json_str(entities, None)?,
            request: Request::new(
                uid(r#"Agent::"https://agents.example|agent-0""#)?,
                uid(r#"Action::"tool-0""#)?,
                uid(r#"Tool::"tool-0""#)?,
                Context::from_json_str(context, None)?,
                None,
            )?,
        };
        if bare.decide() { Ok(bare) } else { Err("Cedar alone must allow the call".into()) }
    }

    /// The same question to Cedar, over only the policies whose scope fits.
    ///
    /// # Errors
    /// When Cedar refuses the smaller set, or answers otherwise.
    pub fn sliced(&self) -> Result<Self, Box<dyn Error>> {
        let is_in = |entity: &EntityUid, above: &EntityUid| entity == above || self.entities.is_ancestor_of(above, entity);
        let (principal, action) = (self.request.principal().ok_or("principal")?, self.request.action().ok_or("action")?);
        let fits = |policy: &&Policy| {
            (match policy.principal_constraint() {
                PrincipalConstraint::In(above) => is_in(principal, &above),
                _ => true,
            }) && match policy.action_constraint() {
                ActionConstraint::Eq(other) => *action == other,
                ActionConstraint::In(above) => above.iter().any(|above| is_in(action, above)),
                ActionConstraint::Any => true,
            }
        };
        let policies = PolicySet::from_policies(self.policies.policies().filter(fits).cloned())?;
        let sliced = Self { policies, entities: self.entities.clone(), request: self.request.clone() };
        if sliced.decide() { Ok(sliced) } else { Err("Cedar over the slice must allow the call".into()) }
    }

    /// Asks Cedar; whether it allowed.
    #[must_use]
    pub fn decide(&self) -> bool {
        let response = Authorizer::new().is_authorized(&self.request, &self.policies, &self.entities);
        response.decision() == cedar_policy::Decision::Allow && response.diagnostics().errors().next().is_none()
    }
}

/// The arguments of the call that is decided.
pub const ARGUMENTS: &str = r#"{"account": "a-1", "amount": 42.5}"#;

/// The catalog of the scenario.
#[must_use]
pub fn catalog() -> String {
    let tool = |index: usize| {
        format!(
            r#"{{"name": "tool-{index}", "system": "system-{}", "effects": ["write"], "parameters": {{"type": "object",
                "properties": {{"account": {{"type": "string"}}, "amount": {{"type": "number"}}}}, "required": ["account", "amount"]}}}}"#,
            index % 10
        )
    };
    format!(r#"{{"tools": [{}]}}"#, (0..TOOLS).map(tool).collect::<Vec<_>>().join(","))
}

fn registry() -> String {
    let agent = |index: usize| {
        format!(
            r#"{{"issuer": "https://agents.example", "subject": "agent-{index}", "blueprint": "blueprint-{index}", "state": "active",
                "owner": {{"issuer": "https://idp.example", "subject": "olga"}}}}"#
        )
    };
    let blueprint = |index: usize| format!(r#"{{"name": "blueprint-{index}", "in": ["all"]}}"#);
    format!(
        r#"{{"agents": [{}], "blueprints": [{{"name": "all"}}, {}]}}"#,
        (0..AGENTS).map(agent).collect::<Vec<_>>().join(","),
        (0..BLUEPRINTS).map(blueprint).collect::<Vec<_>>().join(",")
    )
}

/// `count` policies: three that permit what the chain does, guardrails, and the rest for other calls.
#[must_use]
pub fn policy_text(count: usize) -> String {
    let mut text = r#"
permit (principal in Group::"staff", action in Action::"write", resource);
permit (principal in Blueprint::"all", action == Action::"tool-0", resource) when { context.input.amount.lessThan(decimal("100.0")) };
permit (principal, action == Action::"delegate", resource in Blueprint::"all");
"#
    .to_owned();
    let guardrails = if count >= 10_000 { 50 } else { 5 };
    for index in 0..guardrails {
        let condition = match index % 4 {
            0 => format!("context.chain.depth > {}", 12 + index),
            1 => format!(r#"context has input && context.holds.contains("hold-{index}")"#),
            2 => format!(r#"context.tool.tier == "tier-{index}""#),
            _ => format!(r#"context.now > datetime("3{index:03}-01-01")"#),
        };
        let _ = writeln!(text, "forbid (principal, action, resource) when {{ {condition} }};");
    }
    for index in 3 + guardrails..count {
        let effect = if index % 4 == 0 { "forbid" } else { "permit" };
        let _ = writeln!(
            text,
            r#"{effect} (principal in Blueprint::"blueprint-{}", action == Action::"tool-{}", resource) when {{ context.input.amount.greaterThan(decimal("{}.0")) && context.input.account == "a-{index}" }};"#,
            index / TOOLS % BLUEPRINTS,
            index % TOOLS,
            index % 1000
        );
    }
    text
}
