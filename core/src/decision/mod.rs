//! The answer: allow, ask or deny, with everything needed to account for it.

pub(crate) mod approval;
pub(crate) mod ledger;

use crate::catalog::call::CallRecord;
use crate::chain::record::ChainRecord;
use crate::policy::record::{Effect, GateRecord, Shadow};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::Serialize;

use crate::catalog::Role;
use crate::catalog::call::Call;
use crate::decision::approval::ApprovalUse;
use crate::decision::ledger::Debit;
use crate::digest::{Digest, hex};
use crate::grant::level::Level;
use crate::intent::IntentRecord;
use crate::reason::{Code, Gate, Reason};
use crate::registry::Finding;
use crate::text::{seen, shortened};
use crate::time::Timestamp;
use crate::token::possession::ProofUse;

/// The answer to one call, and the account of it. Always produced, never an exception.
///
/// Serialized, it is the audit entry: the bytes [`Decision::to_bytes`] gives are the leaf of the log.
///
/// ```
/// # let decision = bailiwick::doc::denied();
/// assert!(!decision.is_allowed());
/// assert_eq!(decision.reason.code.as_str(), "policy.no_permit");
/// assert_eq!(decision.message(), "This action is not permitted.");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Decision {
    /// Version of this record.
    pub v: u8,
    /// Allow, ask or deny.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
    /// The roles whose approval is missing, when the effect is `ask`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<String>,
    /// When, by the host's clock.
    #[serde(rename = "now_ms")]
    pub now: Timestamp,
    /// The how-many-th decision of the task, from 0; absent at the stateless door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// What was to be done.
    pub call: CallRecord,
    /// For whom, through whom, by whom; absent when the chain was not of a shape to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Arc<ChainRecord>>,
    /// Which permissions applied.
    pub permissions: Permissions,
    /// Whether it serves what the prompt asked for; `None` when the task has no prompt, or it was refused before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Box<IntentRecord>>,
    /// What the host must also do, from the `@obligation` of the policies that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<String>,
    /// What would have been decided had the `@shadow` policies counted, when that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// What was discovered on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What the call draws from budgets, if it is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub debits: Vec<Debit>,
    /// The proof of possession that was used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofUse>,
    /// The approvals that were used.
    #[serde(rename = "approvals", skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<ApprovalUse>,
    /// Why approvals that were presented did not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<Code>,
}

/// Which permissions applied.
///
/// ```
/// assert!(bailiwick::doc::denied().permissions.policies.is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Permissions {
    /// The policies that permitted, gate by gate, as far as the gates were asked.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub gates: Arc<[GateRecord]>,
    /// The policies and schema in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policies: Option<Digest>,
    /// The registry snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<Digest>,
}

impl Decision {
    /// Whether the decision is about this very call: same tool, same arguments, under the same chain. What is executed
    /// must be what was decided; a guard asks this right before it executes.
    ///
    /// ```
    /// use bailiwick::{Call, Value, doc};
    /// let decision = doc::allowed();
    /// assert!(decision.is_of(&doc::read()));
    /// assert!(!decision.is_of(&Call::new("mail.read", Value::parse(r#"{"id": "m-18"}"#)?)));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn is_of(&self, call: &Call) -> bool {
        let chain = self.chain.as_ref().and_then(|chain| chain.digest);
        let digest = chain.and_then(|chain| call.digest(chain));
        digest.is_some() && digest == self.call.digest
    }

    /// Whether the call may be made now. The one question a host must ask.
    ///
    /// ```
    /// assert!(bailiwick::doc::allowed().is_allowed());
    /// ```
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// What the model may be told: never which rule, value or agent stood in the way.
    ///
    /// ```
    /// assert_eq!(bailiwick::doc::denied().message(), "This action is not permitted.");
    /// ```
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self.effect {
            Effect::Allow => "This action is permitted.",
            Effect::Ask => "This action needs a person's approval.",
            Effect::Deny => "This action is not permitted.",
        }
    }

    /// The record as bytes: compact JSON, members in the order of the fields. What the log stores and hashes.
    ///
    /// ```
    /// assert!(bailiwick::doc::denied().to_bytes().starts_with(br#"{"v":1,"effect":"deny","#));
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, integers and lists only: serializing cannot fail. An empty record would verify as such.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Names the decision everywhere: the first 128 bits of the SHA-256 of [`Decision::to_bytes`], in hexadecimal.
    ///
    /// ```
    /// let id = bailiwick::doc::denied().id();
    /// assert!(id.starts_with("dec_") && id.len() == 36);
    /// ```
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Digest::of_bytes(&self.to_bytes());
        let (half, _) = digest.as_bytes().split_at(16);
        format!("dec_{}", hex(half))
    }

    /// The account for an operator: which agent acted, who initiated it, which permissions applied, and whether it
    /// was consistent with the original authorization.
    ///
    /// ```
    /// let text = bailiwick::doc::allowed().explain();
    /// assert!(text.contains("acting agent  https://agents.example|invoice-bot"));
    /// assert!(text.contains("initiated by  user https://idp.example|alice"));
    /// ```
    #[must_use]
    pub fn explain(&self) -> String {
        Explanation(self).to_string()
    }

    /// Runs `decide`; if it panics, the answer is a deny with `engine.internal`. For language boundaries.
    ///
    /// ```
    /// use bailiwick::{Decision, doc};
    /// let decision = Decision::or_deny("erp.pay", doc::now(), || panic!("on purpose"));
    /// assert_eq!(decision.reason.code.as_str(), "engine.internal");
    /// ```
    pub fn or_deny(tool: &str, now: Timestamp, decide: impl FnOnce() -> Self) -> Self {
        catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| {
            let call = CallRecord { tool: shortened(tool.to_owned()), system: None, effects: Vec::new(), digest: None };
            Self::refused(Reason::new(Code::EngineInternal), call, now)
        })
    }

    /// A deny where nothing is known of any call.
    pub(crate) fn without_call(reason: Reason, now: Timestamp) -> Self {
        Self::refused(reason, CallRecord { tool: String::new(), system: None, effects: Vec::new(), digest: None }, now)
    }

    pub(crate) fn refused(reason: Reason, call: CallRecord, now: Timestamp) -> Self {
        Self {
            v: 1,
            effect: Effect::Deny,
            reason,
            ask: Vec::new(),
            now,
            sequence: None,
            call,
            chain: None,
            permissions: Permissions::default(),
            intent: None,
            obligations: Vec::new(),
            shadow: None,
            findings: Vec::new(),
            debits: Vec::new(),
            proof: None,
            approved: Vec::new(),
            declined: Vec::new(),
        }
    }

    /// Whether the call lay within what the origin authorized, as far as that was looked at.
    fn consistency(&self) -> &'static str {
        let code = self.reason.code.as_str();
        if code.starts_with("grant.") || self.reason.code == Code::ChainWidened {
            "no: outside what was delegated"
        } else if self.is_allowed() || code.starts_with("policy.") || self.reason.code == Code::RegistryAsk {
            "yes: within every grant of the chain that counts"
        } else {
            "not established: refused before the grants were looked at"
        }
    }
}

/// What was asked for, and where the arguments come from that are not the prompt's own.
fn explain_intent(intent: &IntentRecord, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let why = if intent.why.is_empty() { String::new() } else { format!(": {}", intent.why) };
    let drifted = if intent.drifted { ", and the task has drifted" } else { "" };
    writeln!(f, "  intent        {}{why}{drifted}", intent.verdict.as_str())?;
    // What the agent writes comes from nowhere, and may.
    let weighs = |role| !matches!(role, Role::Content | Role::Date);
    for origin in intent.origins.iter().filter(|origin| origin.level > Level::Prompt && weighs(origin.role) || origin.directive) {
        let call = origin.call.map(|call| format!(", output {call}")).unwrap_or_default();
        let field = origin.field.as_deref().map(|field| format!(", field {}", Quoted(field))).unwrap_or_default();
        let directive = if origin.directive { ", in what reads like an instruction" } else { "" };
        let (argument, role, level) = (Quoted(&origin.argument), origin.role.as_str(), origin.level.phrase());
        writeln!(f, "    {argument}  {role}, {level}{call}{field}{directive}")?;
    }
    Ok(())
}

struct Explanation<'d>(&'d Decision);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decision = self.0;
        writeln!(f, "{} {} at {} ({})", decision.effect.as_str(), Quoted(&decision.call.tool), decision.now, decision.id())?;
        writeln!(f, "  because       {}", Escaped(&decision.reason.to_string()))?;
        if !decision.ask.is_empty() {
            writeln!(f, "  approval by   {}", Escaped(&decision.ask.join(", ")))?;
        }
        match &decision.chain {
            None => writeln!(f, "  acting agent  unknown\n  initiated by  unknown")?,
            Some(chain) => {
                let path: Vec<_> = chain.agents.iter().map(ToString::to_string).collect();
                writeln!(f, "  acting agent  {}", Escaped(path.last().map_or("none", String::as_str)))?;
                writeln!(f, "  initiated by  {} {}", chain.origin_kind, Escaped(&chain.origin.to_string()))?;
                if path.len() > 1 {
                    writeln!(f, "  through       {}", Escaped(&path.join(" > ")))?;
                }
                if let Some(level) = chain.proof_level {
                    let name = ["claimed", "sealed", "attested", "linked", "held"].get(usize::from(level)).copied().unwrap_or_default();
                    let flags = if chain.flags.is_empty() { String::new() } else { format!(" ({})", chain.flags.join(", ")) };
                    writeln!(f, "  proven        level {level}, {name}{flags}")?;
                }
            }
        }
        for gate in &*decision.permissions.gates {
            let name = match gate.gate {
                Gate::Origin => "origin".to_owned(),
                Gate::Agent => format!("agent {}", gate.hop),
                Gate::Delegate => format!("delegate {}", gate.hop),
            };
            writeln!(f, "  permitted by  {} ({name})", Escaped(&gate.permits.join(", ")))?;
        }
        if let Some(intent) = &decision.intent {
            explain_intent(intent, f)?;
        }
        for approval in &decision.approved {
            writeln!(f, "  approved by   {} as {}", Escaped(&approval.approver.to_string()), Escaped(&approval.roles.join(", ")))?;
        }
        writeln!(f, "  authorized    {}", decision.consistency())
    }
}

/// Text from outside, on one line: control characters and the like are escaped, so that a name cannot forge a line.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&seen(self.0, |_| false))
    }
}

struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", Escaped(self.0))
    }
}
