//! What the work is for: an intent contract, compiled from a prompt or signed by a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::call::ToolEffect;
use crate::decimal::Decimal;
use crate::digest::Digest;
use crate::error::Error;
use crate::json;

/// Most grants of a contract: a prompt that asks for more is no task.
pub(crate) const GRANTS_MAX: usize = 200;

/// Most tools of a grant.
const GRANT_TOOLS_MAX: usize = 10_000;

/// Most values handed on in a link: some 40 KB of a token. The best grounded are kept.
pub(crate) const VALUES_MAX: usize = 1_000;

/// Digits of a value's digest: 128 bits.
pub(crate) const VALUE_DIGITS: usize = 32;

/// What kind of work a prompt asks for.
///
/// ```
/// assert_eq!(bailiwick::Mode::default(), bailiwick::Mode::ReadOnly);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies compare these names")]
pub enum Mode {
    /// Nothing but an answer.
    #[default]
    ReadOnly,
    /// The effects the prompt names.
    Bounded,
    /// Also what another text says that the prompt points to.
    Delegated,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Bounded => "bounded",
            Self::Delegated => "delegated",
        }
    }
}

/// Who says what the work is for.
///
/// ```
/// assert_eq!(serde_json::to_string(&bailiwick::ContractIssuer::Derived)?, "\"derived\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies compare these names")]
pub enum ContractIssuer {
    /// Compiled from the prompt.
    #[default]
    Derived,
    /// A model or a form: it could only narrow what was compiled.
    Host,
    /// The user or another person signed it, as the host vouches.
    Person,
}

impl ContractIssuer {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Derived => "derived",
            Self::Host => "host",
            Self::Person => "person",
        }
    }
}

/// The words of a prompt something follows from: byte offsets, and the text, of which no more than the first 200 bytes are kept.
///
/// ```
/// let contract = bailiwick::doc::engine().contract("Pay the invoice");
/// assert_eq!(contract.grants[0].evidence.text, "Pay");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a span")]
#[non_exhaustive]
pub struct Span {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The words, or their first 200 bytes.
    pub text: String,
}

/// One thing the prompt asks for, or forbids.
///
/// ```
/// let contract = bailiwick::doc::engine().contract("Pay the March invoice, at most 500 EUR");
/// assert!(contract.grants[0].tools.contains("erp.pay"));
/// assert_eq!(contract.grants[0].amount_max.unwrap().to_string(), "500.0");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a grant of an intent contract")]
#[non_exhaustive]
pub struct IntentGrant {
    /// What it does to the world.
    #[serde(default)]
    pub effects: BTreeSet<ToolEffect>,
    /// What it is about, as the prompt names it.
    #[serde(default)]
    pub objects: Vec<String>,
    /// The tools that do just that.
    pub tools: BTreeSet<String>,
    /// Tools that may be meant as well; a person is asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub perhaps: BTreeSet<String>,
    /// Tools that count only with what the prompt names, or what stands in a record of what it names: "delete INV-204" is that one and
    /// no other. With anything else they count as `perhaps`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub by_value: BTreeSet<String>,
    /// Tools that count as `perhaps` with what the prompt names, or what stands in a record of what it names, and not at all with
    /// anything else: who speaks of a thing may have other words for the deed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub about: BTreeSet<String>,
    /// How often, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_max: Option<u32>,
    /// The largest amount of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_max: Option<Decimal>,
    /// The words it follows from.
    #[serde(default)]
    pub evidence: Span,
}

/// What a link says of the work's intent.
///
/// ```
/// let claim: bailiwick::IntentClaim = serde_json::from_str(r#"{"contract": {"mode": "read_only"}}"#)?;
/// assert!(claim.values.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an intent claim")]
#[non_exhaustive]
pub struct IntentClaim {
    /// What the delegate may do, never more than its delegator.
    pub contract: Contract,
    /// Values the delegate may use, as digests, with how well the delegator could ground them: 0 is the prompt's own word,
    /// 6 is nowhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u8>,
}

impl IntentClaim {
    pub(crate) fn oversize(&self) -> Option<String> {
        let is_odd = |(digest, level): (&String, &u8)| digest.len() != VALUE_DIGITS || *level > crate::grant::level::Level::Nowhere as u8;
        if self.values.len() > VALUES_MAX || self.values.iter().any(is_odd) {
            return Some(format!("an intent has at most {VALUES_MAX} values of {VALUE_DIGITS} digits, with levels up to 6"));
        }
        self.contract.oversize()
    }
}

/// How a grant names a tool; the earlier, the plainer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Plainly,
    ByValue,
    Perhaps,
    About,
}

impl IntentGrant {
    /// The tools it names, and how.
    fn named(&self) -> impl Iterator<Item = (&String, Named)> {
        let plainly = self.tools.iter().map(|tool| (tool, Named::Plainly));
        let by_value = self.by_value.iter().map(|tool| (tool, Named::ByValue));
        let perhaps = self.perhaps.iter().map(|tool| (tool, Named::Perhaps));
        plainly.chain(by_value).chain(perhaps).chain(self.about.iter().map(|tool| (tool, Named::About)))
    }

    /// How it names this tool, if it does: most plainly.
    pub(crate) fn names(&self, tool: &str) -> Option<Named> {
        let sets = [(&self.tools, Named::Plainly), (&self.by_value, Named::ByValue), (&self.perhaps, Named::Perhaps), (&self.about, Named::About)];
        sets.into_iter().find(|(tools, _)| tools.contains(tool)).map(|(_, named)| named)
    }

    /// Names none of these tools any more.
    pub(crate) fn forget(&mut self, tools: &BTreeSet<String>) {
        for named in [&mut self.tools, &mut self.by_value, &mut self.perhaps, &mut self.about] {
            named.retain(|tool| !tools.contains(tool));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }
}

/// What the work is for. Its digest is its id.
///
/// ```
/// use bailiwick::{Contract, Mode};
/// let contract = bailiwick::doc::engine().contract("What did Acme write?");
/// assert_eq!(contract.mode, Mode::ReadOnly);
/// assert_eq!(Contract::from_json(&contract.to_json())?, contract);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `mode`")]
#[non_exhaustive]
pub struct Contract {
    /// What kind of work it is.
    pub mode: Mode,
    /// Who says so.
    #[serde(default)]
    pub issuer: ContractIssuer,
    /// What is asked for. What only reads is always within the contract.
    #[serde(default)]
    pub grants: Vec<IntentGrant>,
    /// What is forbidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denies: Vec<IntentGrant>,
    /// Words that point to a text the agent is told to follow, for a person to see; [`Mode::Delegated`] is what counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegated_sources: Vec<Span>,
    /// Tools the operator allows whatever the prompt says.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub standing: BTreeSet<String>,
    /// What it speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Words nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How much of the prompt was understood, in thousandths.
    #[serde(default)]
    pub confidence: u16,
}

impl Contract {
    /// Reads a contract.
    ///
    /// ```
    /// let contract = bailiwick::Contract::from_json(r#"{"mode": "bounded", "grants": [{"tools": ["erp.pay"], "calls_max": 1}]}"#)?;
    /// assert_eq!(contract.grants.len(), 1);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column; `usage` of more grants than a contract may have.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let contract: Self = json::read(text)?;
        match contract.oversize() {
            Some(what) => Err(Error::new(crate::ErrorKind::Usage, what)),
            None => Ok(contract),
        }
    }

    /// The contract as canonical JSON.
    ///
    /// ```
    /// assert!(bailiwick::doc::engine().contract("").to_json().contains(r#""mode":"read_only""#));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json::canonical(self)
    }

    /// What names it.
    ///
    /// ```
    /// let engine = bailiwick::doc::engine();
    /// assert_ne!(engine.contract("Pay it").digest(), engine.contract("Read it").digest());
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of("contract", self)
    }

    pub(crate) fn oversize(&self) -> Option<String> {
        let lists = self.grants.iter().chain(&self.denies);
        let is_too_long =
            self.grants.len() + self.denies.len() > GRANTS_MAX || lists.into_iter().any(|grant| grant.named().count() > GRANT_TOOLS_MAX);
        is_too_long.then(|| format!("a contract has at most {GRANTS_MAX} grants of {GRANT_TOOLS_MAX} tools"))
    }

    /// What both allow; and a sentence for each thing `wanted` asked for beyond this contract.
    ///
    /// ```
    /// use bailiwick::Contract;
    /// let compiled = bailiwick::doc::engine().contract("What did Acme write?");
    /// let wanted = Contract::from_json(r#"{"mode": "bounded", "grants": [{"tools": ["erp.pay"]}]}"#)?;
    /// let (narrowed, cut) = compiled.narrowed(&wanted);
    /// assert!(narrowed.grants.is_empty());
    /// assert_eq!(cut[0], "intent: `erp.pay` is not asked for");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn narrowed(&self, wanted: &Self) -> (Self, Vec<String>) {
        let mut cut = Vec::new();
        let mut grants = Vec::new();
        for asked in &wanted.grants {
            let none = BTreeSet::new;
            let mut met = IntentGrant { tools: none(), by_value: none(), perhaps: none(), about: none(), ..asked.clone() };
            for (tool, wanted) in asked.named() {
                match self.held(tool) {
                    None if self.standing.contains(tool) => {}
                    None => cut.push(format!("intent: `{tool}` is not asked for")),
                    Some((grant, held)) => {
                        met.calls_max = least(met.calls_max, grant.calls_max);
                        met.amount_max = least(met.amount_max, grant.amount_max);
                        if wanted < held {
                            cut.push(format!("intent: `{tool}` is perhaps not asked for"));
                        }
                        match wanted.max(held) {
                            Named::Plainly => met.tools.insert(tool.clone()),
                            Named::ByValue => met.by_value.insert(tool.clone()),
                            Named::Perhaps => met.perhaps.insert(tool.clone()),
                            Named::About => met.about.insert(tool.clone()),
                        };
                    }
                }
            }
            if !met.is_empty() {
                grants.push(met);
            }
        }
        let standing = wanted.standing.intersection(&self.standing).cloned().collect();
        cut.extend(wanted.standing.difference(&self.standing).map(|tool| format!("intent: `{tool}` is not standing")));
        if wanted.mode > self.mode {
            cut.push(format!("intent: the mode is lowered to {}", self.mode.as_str()));
        }
        let mut denies = self.denies.clone();
        denies.extend(wanted.denies.iter().filter(|deny| !self.denies.contains(deny)).cloned());
        let narrowed = Self {
            mode: wanted.mode.min(self.mode),
            issuer: self.issuer,
            grants,
            denies,
            delegated_sources: if wanted.mode == Mode::Delegated { self.delegated_sources.clone() } else { Vec::new() },
            standing,
            topics: self.topics.clone(),
            unknown: self.unknown.clone(),
            // Who made it by hand says nothing of how well it was understood.
            confidence: if wanted.confidence == 0 { self.confidence } else { self.confidence.min(wanted.confidence) },
        };
        (narrowed, cut)
    }

    /// The grant that names the tool most plainly: its bounds hold.
    fn held(&self, tool: &str) -> Option<(&IntentGrant, Named)> {
        let found = self.grants.iter().filter_map(|grant| Some((grant, grant.names(tool)?)));
        found.min_by_key(|(_, how)| *how)
    }

    /// Whether this contract allows nothing the other does not.
    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        let (_, cut) = outer.narrowed(self);
        let keeps_denies = outer.denies.iter().all(|deny| self.denies.contains(deny));
        let keeps_bounds = self.grants.iter().all(|grant| {
            grant.named().all(|(tool, _)| {
                outer.held(tool).is_none_or(|(held, _)| bounded(grant.calls_max, held.calls_max) && bounded(grant.amount_max, held.amount_max))
            })
        });
        cut.is_empty() && keeps_denies && keeps_bounds
    }
}

fn least<T: Ord + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// Whether the inner bound is no looser than the outer.
fn bounded<T: Ord>(inner: Option<T>, outer: Option<T>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (Some(inner), Some(outer)) => inner <= outer,
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(text: &str) -> Contract {
        Contract::from_json(text).expect("a contract")
    }

    #[test]
    fn narrowing_keeps_what_both_allow_and_the_tighter_bounds() {
        let outer = contract(r#"{"mode": "bounded", "grants": [{"tools": ["pay"], "calls_max": 2, "amount_max": "500"}, {"tools": ["mail"]}]}"#);
        let wanted = contract(r#"{"mode": "delegated", "grants": [{"tools": ["pay", "wipe"], "amount_max": "900"}]}"#);
        let (narrowed, cut) = outer.narrowed(&wanted);
        let [grant] = narrowed.grants.as_slice() else { panic!("one grant") };
        assert_eq!((grant.tools.len(), grant.calls_max, grant.amount_max.map(|amount| amount.to_string())), (1, Some(2), Some("500.0".to_owned())));
        assert_eq!((narrowed.mode, cut.len()), (Mode::Bounded, 2));
        assert!(narrowed.is_within(&outer) && !wanted.is_within(&outer) && !outer.is_within(&narrowed));
    }

    #[test]
    fn what_is_perhaps_asked_for_never_becomes_plain() {
        let outer = contract(r#"{"mode": "bounded", "grants": [{"tools": [], "perhaps": ["pay"]}]}"#);
        let wanted = contract(r#"{"mode": "bounded", "grants": [{"tools": ["pay"]}]}"#);
        let (narrowed, cut) = outer.narrowed(&wanted);
        assert!(narrowed.grants.iter().all(|grant| grant.tools.is_empty()) && cut.len() == 1);
        assert!(!wanted.is_within(&outer));
    }

    #[test]
    fn denies_stay() {
        let outer = contract(r#"{"mode": "bounded", "denies": [{"tools": ["wipe"]}]}"#);
        let (narrowed, _) = outer.narrowed(&contract(r#"{"mode": "bounded"}"#));
        assert_eq!(narrowed.denies, outer.denies);
        assert!(!contract(r#"{"mode": "bounded"}"#).is_within(&outer));
    }
}
