//! Does a call still serve what was asked for, with values it may have?

use super::ground::{Arena, Grounding, Kind, Level, atoms};
use super::tools::{ToolMeaning, Tools};
use crate::catalog::Role;
use crate::contract::{Contract, Mode};
use crate::decimal::Decimal;
use crate::json::{Object, Value};

/// How well a call serves what was asked for; the later, the worse.
///
/// ```
/// assert!(bailiwick::IntentVerdict::Aligned < bailiwick::IntentVerdict::OutOfScope);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies compare these names")]
pub enum IntentVerdict {
    /// Asked for, with values from the prompt or from records of what it names.
    Aligned,
    /// Perhaps asked for, or with values out of a text the prompt names.
    Delegated,
    /// A value of weight comes from a text nobody named, from what reads like an instruction, or from nowhere.
    Ungrounded,
    /// Not asked for.
    OutOfScope,
}

impl IntentVerdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Aligned => "aligned",
            Self::Delegated => "delegated",
            Self::Ungrounded => "ungrounded",
            Self::OutOfScope => "out_of_scope",
        }
    }
}

/// Whether the tool was asked for.
///
/// ```
/// let decision = bailiwick::doc::decided_with_intent();
/// assert_eq!(decision.intent.unwrap().scope, bailiwick::Scope::Asked);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies compare these names")]
pub enum Scope {
    /// It was, or it only reads, or the operator always allows it.
    Asked,
    /// Perhaps.
    Perhaps,
    /// It was not, or it was forbidden, or it goes beyond a stated limit.
    Not,
}

impl Scope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Perhaps => "perhaps",
            Self::Not => "not",
        }
    }
}

/// The worst level of the arguments in each role; [`Level::Prompt`] where there is none.
///
/// ```
/// let decision = bailiwick::doc::decided_with_intent();
/// assert_eq!(decision.intent.unwrap().grounding.destination, bailiwick::Level::Prompt);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Groundings {
    /// Of where something goes.
    pub destination: Level,
    /// Of what is acted on.
    pub resource: Level,
    /// Of how much.
    pub amount: Level,
    /// Of secrets and commands.
    pub credential: Level,
    /// Of addresses within texts.
    pub content: Level,
}

/// Where one argument comes from.
///
/// ```
/// let decision = bailiwick::doc::decided_with_intent();
/// assert_eq!(decision.intent.unwrap().origins[0].argument, "iban");
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct ArgumentOrigin {
    /// The argument.
    pub argument: String,
    /// What it is for.
    pub role: Role,
    /// How well it is grounded; the worst of its parts.
    pub level: Level,
    /// The observed call it was found in, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u32>,
    /// The field it was found in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// It also stands in what reads like an instruction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub directive: bool,
}

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
pub(crate) fn judge(name: &str, arguments: &Object, contract: &Contract, tools: &Tools, arena: &Arena, counts: Counts<'_>) -> Finding {
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
    let traced = Traced::of(tool, arguments, arena);
    let obeys = contract.mode == Mode::Delegated;
    let (scope, why) = scope(name, tool, arguments, contract, &traced, counts);
    let (mut verdict, mut why) = match (scope, why) {
        (Scope::Not, why) => (IntentVerdict::OutOfScope, why),
        (Scope::Perhaps, why) => traced.verdict(tool, obeys).max((IntentVerdict::Delegated, why)),
        (Scope::Asked, _) => traced.verdict(tool, obeys),
    };
    // More than any amount the prompt speaks of.
    if !tool.only_reads && verdict == IntentVerdict::Aligned && arena.is_beyond_prompt(amounts(tool, arguments)) {
        (verdict, why) = (IntentVerdict::Delegated, "the amount is larger than any the prompt speaks of");
    }
    if contract.standing.contains(name) && verdict == IntentVerdict::Delegated {
        verdict = IntentVerdict::Aligned;
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

fn scope(name: &str, tool: &ToolMeaning, arguments: &Object, contract: &Contract, traced: &Traced, counts: Counts<'_>) -> (Scope, &'static str) {
    if contract.denies.iter().any(|deny| deny.tools.contains(name)) {
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
    let mut is_limited = false;
    for grant in &contract.grants {
        let found = if grant.tools.contains(name) || grant.by_value.contains(name) && traced.is_prompts_own() {
            Scope::Asked
        } else if grant.perhaps.contains(name) || grant.by_value.contains(name) {
            Scope::Perhaps
        } else {
            continue;
        };
        if grant.calls_max.is_some_and(|most| counts(name) >= most) {
            (best, is_limited) = (best.min((Scope::Not, "it was done as often as asked for")), true);
            continue;
        }
        if grant.amount_max.is_some_and(|most| !amounts(tool, arguments).all(|amount| amount.is_some_and(|amount| amount <= most))) {
            (best, is_limited) = (best.min((Scope::Not, "it is more than the prompt allows")), true);
            continue;
        }
        if found < best.0 {
            best = (found, "the prompt perhaps asks for it");
        }
    }
    // Who speaks of just these things has perhaps only other words for the deed.
    if best.0 == Scope::Not && contract.mode != Mode::ReadOnly && traced.is_nearly_prompts_own() && traced.names_something && !is_limited {
        return (Scope::Perhaps, "the prompt names what it is done to, not the deed");
    }
    best
}

/// Every amount of the call; `None` for one that is no number.
fn amounts<'a>(tool: &'a ToolMeaning, arguments: &'a Object) -> impl Iterator<Item = Option<Decimal>> + 'a {
    let given = arguments.iter().filter(|(name, value)| tool.roles.get(*name) == Some(&Role::Amount) && **value != Value::Null);
    given.map(|(_, value)| crate::catalog::shape::decimal(value))
}

/// The arguments of a call with where they come from.
#[expect(clippy::struct_excessive_bools, reason = "findings, each true or not of its own")]
struct Traced {
    worst: Groundings,
    directive: bool,
    /// Among what reads like an instruction is where something would go, or a secret.
    address_is_directive: bool,
    /// A content carries an address that is not grounded, or what reads like an instruction.
    content_is_planted: bool,
    /// A web address is reached whose host nobody named, or that carries off what was read.
    leaks: bool,
    is_too_much: bool,
    /// The prompt names another of the kind: another address, or an identifier that is made alike.
    is_another: bool,
    /// Some value of weight is an address, a name or an identifier the prompt has, too.
    names_something: bool,
    origins: Vec<ArgumentOrigin>,
}

impl Traced {
    fn of(tool: &ToolMeaning, arguments: &Object, arena: &Arena) -> Self {
        let mut traced = Self {
            worst: Groundings::default(),
            directive: false,
            address_is_directive: false,
            content_is_planted: false,
            leaks: false,
            is_too_much: false,
            is_another: false,
            names_something: false,
            origins: Vec::new(),
        };
        for (name, value) in arguments {
            let role = tool.roles.get(name).copied();
            let Some(role) = role.or_else(|| tool.open.contains(name).then(|| open_role(value))) else { continue };
            if tool.only_reads {
                traced.reading(role, value, arena);
            } else {
                traced.argument(tool, name, role, value, arena);
            }
        }
        traced
    }

    /// What a tool that only reads is told: where it reaches out, the address counts, and what the address carries.
    fn reading(&mut self, role: Role, value: &Value, arena: &Arena) {
        if !matches!(role, Role::Url | Role::Host) {
            return;
        }
        let cut = atoms(value, |atom| {
            if matches!(atom.kind, Kind::Url | Kind::Host) {
                let whole = arena.ground(&atom);
                let host = arena.ground_host(&atom);
                let carried = if whole.level <= Level::NamedText && !whole.directive { Level::Prompt } else { arena.ground_query(&atom) };
                self.directive |= whole.directive;
                self.leaks |= host.level >= Level::Untrusted || carried > Level::Prompt || whole.directive;
                self.worst.destination = self.worst.destination.max(host.level);
            }
        });
        self.is_too_much |= cut;
    }

    fn argument(&mut self, tool: &ToolMeaning, name: &str, role: Role, value: &Value, arena: &Arena) {
        let mut origin = ArgumentOrigin { argument: name.to_owned(), role, level: Level::Prompt, call: None, field: None, directive: false };
        let is_new = tool.makes_new && !is_reference(name);
        let cut = atoms(value, |atom| {
            let (found, kind) = (arena.ground(&atom), atom.kind);
            // Words where an amount might be are no amount.
            let is_odd = role == Role::Amount && kind != Kind::Number || role == Role::Date && !is_time(&atom.norm);
            // "from 10:00 to 12:00"
            let role = if role == Role::Destination && is_clock(&atom.norm) { Role::Date } else { role };
            let role = if is_odd { open_role(value) } else { role };
            let weighs = match role {
                Role::Resource | Role::Path if kind.is_address() && kind != Kind::Account => {
                    raise(&mut self.worst.destination, found.level);
                    true
                }
                Role::Destination | Role::Url | Role::Host => {
                    raise(&mut self.worst.destination, found.level);
                    true
                }
                Role::Credential | Role::Command => {
                    raise(&mut self.worst.credential, found.level);
                    true
                }
                Role::Resource | Role::Path | Role::Query if !is_new => {
                    raise(&mut self.worst.resource, found.level);
                    true
                }
                Role::Amount => {
                    raise(&mut self.worst.amount, found.level);
                    false
                }
                Role::Date => false,
                _ => self.content(&found, atom.kind) || open_role(value) == Role::Resource,
            };
            let is_telling = kind.is_address()
                || kind == Kind::Text && atom.norm.len() >= 4 && atom.norm.contains(|letter: char| letter == ' ' || is_sign(letter));
            self.names_something |= is_telling && role != Role::Amount && role != Role::Date && found.level == Level::Prompt;
            if weighs {
                self.is_another |= found.level > Level::Trusted && arena.prompt_has_another(&atom);
                self.directive |= found.directive;
                self.address_is_directive |= found.directive
                    && (kind.is_address() || matches!(role, Role::Destination | Role::Credential | Role::Command | Role::Url | Role::Host));
            }
            if found.level >= origin.level {
                origin = ArgumentOrigin {
                    level: found.level,
                    call: found.call,
                    field: found.path.map(str::to_owned),
                    directive: origin.directive || found.directive,
                    ..origin.clone()
                };
            }
        });
        self.directive |= matches!(role, Role::Content | Role::Query) && arena.is_copied_directive(value);
        self.is_too_much |= cut;
        self.origins.push(origin);
    }

    /// Free text may say anything; an address in it may not come from anywhere.
    fn content(&mut self, found: &Grounding<'_>, kind: Kind) -> bool {
        if !kind.is_address() {
            return false;
        }
        raise(&mut self.worst.content, found.level);
        self.content_is_planted |= found.level >= Level::Untrusted;
        true
    }

    /// All of weight is the prompt's own, and there is something of weight.
    fn is_prompts_own(&self) -> bool {
        let Groundings { destination, resource, credential, .. } = self.worst;
        destination <= Level::Trusted && credential <= Level::Trusted && resource <= Level::Keyed && !self.directive
    }

    /// Where it goes is the prompt's own, and what it acts on is in some record.
    fn is_nearly_prompts_own(&self) -> bool {
        let Groundings { destination, resource, credential, .. } = self.worst;
        destination <= Level::Trusted && credential <= Level::Trusted && resource <= Level::Field && !self.directive
    }

    fn verdict(&self, tool: &ToolMeaning, obeys: bool) -> (IntentVerdict, &'static str) {
        use IntentVerdict::{Aligned, Delegated, Ungrounded};
        let Groundings { destination, resource, credential, .. } = self.worst;
        let checks: [(bool, IntentVerdict, &'static str); 11] = [
            (self.is_too_much, Ungrounded, "the arguments have too many parts to trace"),
            (tool.only_reads && self.leaks, Ungrounded, "it reaches a place nobody named, or carries data there"),
            (tool.only_reads, Aligned, ""),
            (credential >= Level::Field, Ungrounded, "a credential or command is not the prompt's"),
            (destination >= Level::Untrusted, Ungrounded, "a destination comes from a text nobody named, or from nowhere"),
            // Who is told to follow a text may take from it what to do, but not where to send it.
            (self.address_is_directive || self.directive && !obeys, Ungrounded, "a value stands in what reads like an instruction"),
            (resource >= Level::Untrusted, Ungrounded, "what it acts on comes from a text nobody named, or from nowhere"),
            (self.content_is_planted, Ungrounded, "its text carries an address nobody named"),
            (self.is_another, Delegated, "the prompt names another of the kind"),
            (
                self.directive || destination >= Level::Field || resource >= Level::NamedText,
                Delegated,
                "a value comes from a text or an unrelated record",
            ),
            (true, Aligned, ""),
        ];
        checks.into_iter().find(|(is, ..)| *is).map_or((Ungrounded, ""), |(_, verdict, why)| (verdict, why))
    }
}

/// A time of day or a day, and nothing else.
fn is_clock(norm: &str) -> bool {
    let parts: Vec<_> = norm.split([':', '-']).collect();
    norm.len() <= 10
        && (2..=3).contains(&parts.len())
        && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.chars().all(|digit| digit.is_ascii_digit()))
}

/// What identifiers are made of and words are not.
fn is_sign(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '-' | '_' | '/' | '.' | ':' | '@' | '#' | '\\')
}

/// Digits and what stands between them in dates and times, and names of months and days.
fn is_time(norm: &str) -> bool {
    norm.split(|letter: char| !letter.is_alphabetic()).all(|word| word.len() <= 9) && norm.len() <= 40 && !norm.contains(['@', '_', '\\'])
}

/// What a value is where nobody knows what the parameter is for: a name or an identifier refers to something.
fn open_role(value: &Value) -> Role {
    let is_camel = |text: &str| text.chars().zip(text.chars().skip(1)).any(|(one, next)| one.is_lowercase() && next.is_uppercase());
    let refers = |text: &str| !text.contains(char::is_whitespace) && (text.contains(is_sign) || is_camel(text));
    match value {
        Value::String(text) if refers(text) => Role::Resource,
        Value::Array(items) if items.iter().any(|item| open_role(item) == Role::Resource) => Role::Resource,
        Value::Object(members) if members.values().any(|member| open_role(member) == Role::Resource) => Role::Resource,
        _ => Role::Content,
    }
}

/// Whether the argument refers to something that is there already.
fn is_reference(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("id") || name.ends_with("ids") || name.ends_with("ref")
}

fn raise(worst: &mut Level, level: Level) {
    *worst = (*worst).max(level);
}
