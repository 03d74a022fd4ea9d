//! What is said of a call's intent.

use crate::catalog::Role;
use crate::digest::Digest;
use crate::grant::contract::Mode;
use crate::grant::level::Level;

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

/// What a decision says of the call's intent.
///
/// ```
/// let decision = bailiwick::doc::decided_with_intent();
/// assert_eq!(decision.intent.unwrap().verdict, bailiwick::IntentVerdict::Aligned);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct IntentRecord {
    /// How well it serves what was asked for.
    pub verdict: IntentVerdict,
    /// Whether the tool was asked for.
    pub scope: Scope,
    /// One sentence why, for the operator; empty when aligned.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
    /// The worst level in each role.
    pub grounding: Groundings,
    /// A value stands in what reads like an instruction.
    pub directive: bool,
    /// The tool only reads.
    pub reads: bool,
    /// How far the task has drifted, in thousandths, before this call.
    pub drift: u32,
    /// Whether that is too far.
    pub drifted: bool,
    /// Calls of the task that were denied for their intent.
    pub denied_probes: u32,
    /// How many delegations away from the prompt.
    pub hop: usize,
    /// What kind of work the prompt asks for.
    pub mode: Mode,
    /// The contract.
    pub contract: Digest,
    /// Where the arguments come from; none for a tool that only reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<ArgumentOrigin>,
}
