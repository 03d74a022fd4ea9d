//! What has been spent: budgets drawn, approvals used.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{CheckedCall, shape::Typed};
use crate::chain::Chain;
use crate::chain::verify::VerifiedChain;
use crate::decimal::Decimal;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::grant::Budget;
use crate::json;
use crate::reason::{Code, Reason};
use crate::token::possession::ProofUse;

/// What calls have drawn from budgets and which approvals were used.
///
/// A [`crate::Task`] keeps its own, shared with the tasks it delegates to. The stateless door needs the host's:
/// without one, a chain with budgets is denied (`grant.ledger`) and approvals do not count. After an allow, hand
/// the decision to [`Ledger::record`].
///
/// ```
/// use bailiwick::Ledger;
/// let ledger = Ledger::from_json(r#"{"spent": [
///   {"chain": "task-17", "link": "l0", "budget": "eur", "amount": "450.00"}], "approvals": []}"#)?;
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    spent: BTreeMap<Account, Decimal>,
    approvals: BTreeSet<Digest>,
    proofs: BTreeSet<ProofUse>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    chain: String,
    link: String,
    budget: String,
}

/// An amount drawn from a link's budget by one allowed call.
///
/// ```
/// let debit: bailiwick::Debit = serde_json::from_str(r#"{"chain": "task-17", "link": "0", "budget": "eur", "amount": "480.00"}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `chain`, `link`, `budget` and `amount`")]
#[non_exhaustive]
pub struct Debit {
    /// The chain's id.
    pub chain: String,
    /// The link's id.
    pub link: String,
    /// The budget's name.
    pub budget: String,
    /// How much.
    pub amount: Decimal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `spent`, `approvals` and `proofs`")]
struct LedgerFields {
    #[serde(default)]
    spent: Vec<Debit>,
    #[serde(default)]
    approvals: BTreeSet<Digest>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    proofs: BTreeSet<ProofUse>,
}

impl Ledger {
    /// Reads a ledger; amounts on the same budget add up.
    ///
    /// ```
    /// assert!(bailiwick::Ledger::from_json(r#"{"spent": [], "approvals": []}"#)? == bailiwick::Ledger::default());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; also when amounts add up beyond the range of a decimal.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let fields: LedgerFields = json::read(text)?;
        let mut ledger = Self { spent: BTreeMap::new(), approvals: fields.approvals, proofs: fields.proofs };
        for debit in fields.spent {
            ledger.draw(&debit).ok_or_else(|| Error::new(ErrorKind::Json, format!("budget `{}` adds up beyond the range", debit.budget)))?;
        }
        Ok(ledger)
    }

    /// The ledger as JSON, as [`Ledger::from_json`] reads it.
    ///
    /// ```
    /// assert_eq!(bailiwick::Ledger::default().to_json(), r#"{"approvals":[],"spent":[]}"#);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let spent = self.spent.iter().map(|(Account { chain, link, budget }, amount)| Debit {
            chain: chain.clone(),
            link: link.clone(),
            budget: budget.clone(),
            amount: *amount,
        });
        json::canonical(&LedgerFields { spent: spent.collect(), approvals: self.approvals.clone(), proofs: self.proofs.clone() })
    }

    /// Records what an allowed call drew and used. Does nothing for any other decision.
    ///
    /// ```
    /// let mut ledger = bailiwick::Ledger::default();
    /// ledger.record(&bailiwick::doc::allowed()); // draws nothing: there are no budgets
    /// assert_eq!(ledger, bailiwick::Ledger::default());
    /// ```
    pub fn record(&mut self, decision: &crate::Decision) {
        if !decision.is_allowed() {
            return;
        }
        for debit in &decision.debits {
            // A sum beyond the range was refused when the decision was made.
            let _ = self.draw(debit);
        }
        self.approvals.extend(decision.approved.iter().map(|approval| approval.id));
        // A proof that is stale is refused for that, and need not be remembered.
        self.proofs.retain(|used| used.until > decision.now);
        self.proofs.extend(decision.proof.clone());
    }

    pub(crate) fn has_used(&self, approval: &Digest) -> bool {
        self.approvals.contains(approval)
    }

    pub(crate) fn has_seen(&self, proof: &ProofUse) -> bool {
        self.proofs.iter().any(|used| used.id == proof.id)
    }

    fn draw(&mut self, debit: &Debit) -> Option<()> {
        let account = Account { chain: debit.chain.clone(), link: debit.link.clone(), budget: debit.budget.clone() };
        let spent = self.spent.entry(account).or_default();
        *spent = spent.checked_add(debit.amount)?;
        Some(())
    }

    fn spent(&self, debit: &Debit) -> Decimal {
        let account = Account { chain: debit.chain.clone(), link: debit.link.clone(), budget: debit.budget.clone() };
        self.spent.get(&account).copied().unwrap_or_default()
    }
}

/// What the call would draw from the budgets of these links, and of what re-authorized them, if each has room.
pub(crate) fn debits(chain: &VerifiedChain, call: &CheckedCall<'_>, ledger: Option<&Ledger>) -> Result<Vec<Debit>, Reason> {
    let from = chain.authority_from();
    let links = chain.links().iter().enumerate().map(|(hop, link)| (hop, "", &link.id, &link.grant));
    let bases = chain.facts().bases.iter().map(|basis| (basis.hop, "reauthorization ", &basis.id, &basis.grant));
    let mut debits = Vec::new();
    for (hop, kind, id, grant) in links.chain(bases).filter(|(hop, ..)| *hop >= from) {
        for budget in &grant.budgets {
            let account = format!("{kind}{id}");
            if !budget.actions.contain(call.tool.action(), call.tool.groups()) {
                continue;
            }
            let ledger = ledger.ok_or_else(|| Reason::new(Code::GrantLedger).at(hop))?;
            let debit = debit(chain.chain(), &account, budget, call).map_err(|why| Reason::new(Code::GrantBudget).at(hop).because(why))?;
            let total = ledger.spent(&debit).checked_add(debit.amount);
            if total.is_none_or(|total| total > budget.limit) {
                let detail = format!("budget `{}`: {} spent of {}, {} wanted", budget.name, ledger.spent(&debit), budget.limit, debit.amount);
                return Err(Reason::new(Code::GrantBudget).at(hop).because(detail));
            }
            debits.push(debit);
        }
    }
    Ok(debits)
}

fn debit(chain: &Chain, account: &str, budget: &Budget, call: &CheckedCall<'_>) -> Result<Debit, String> {
    let amount = match &budget.argument {
        None => Decimal::from_i64(1),
        Some(name) => match call.arguments.get(name) {
            Some(Typed::Long(number)) => Decimal::from_i64(*number),
            Some(Typed::Decimal(number)) => Some(*number),
            _ => None,
        },
    };
    // A negative amount would refill the budget.
    let amount = amount.filter(|amount| *amount >= Decimal::ZERO);
    let amount = amount.ok_or_else(|| format!("budget `{}` needs a number that is not negative", budget.name))?;
    Ok(Debit { chain: chain.id.to_string(), link: account.to_owned(), budget: budget.name.clone(), amount })
}
