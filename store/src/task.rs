//! A task in a host: its decisions are made in the world of the moment, and logged.

use std::sync::Arc;

use bailiwick::{
    Agent, Approval, ApprovalRequest, Call, Chain, Contract, Decision, Error, ExportFormat, Exported, Grant, Handover, Key, Ledger, Object, Origin,
    Signer, Task, Terms, Timestamp, Value, read_json,
};
use serde::Deserialize;

use crate::host::Host;

/// A task whose decisions are logged.
///
/// ```
/// let host = std::sync::Arc::new(bailiwick_store::Host::new(bailiwick_store::Parts::default())?);
/// let nobody = host.resume("{}", bailiwick_store::now());
/// assert_eq!(nobody.unwrap_err().code(), "json.malformed");
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Debug)]
pub struct HostTask {
    host: Arc<Host>,
    task: Task,
    /// What the grant of this task asked for and did not get.
    cut: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a handover")]
struct HandoverFields {
    agent: Agent,
    key: Option<Key>,
    grant: Grant,
    terms: Option<Terms>,
    prompt: Option<String>,
    contract: Option<Contract>,
    lifetime_ms: Option<i64>,
    depth_max: Option<u8>,
    #[serde(default)]
    own_authority: bool,
}

impl HostTask {
    pub(crate) fn new(host: Arc<Host>, task: Task, cut: Vec<String>) -> Self {
        Self { host, task, cut }
    }

    /// Decides a call, and logs the decision. `host` are facts for `context.host`.
    ///
    /// ```
    /// use bailiwick::Object;
    /// use bailiwick_store::doc;
    /// assert!(doc::task().decide(&doc::read(), &Object::new(), doc::now()).is_allowed());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide(&self, call: &Call, host: &Object, now: Timestamp) -> Decision {
        let decide = || self.host.with_world(now, |world| self.task.decide_with(call, host, world));
        self.host.logged(Decision::or_deny(&call.tool, now, decide))
    }

    /// Decides calls one after the other, and logs the decisions, in one go: the log is locked once.
    ///
    /// ```
    /// use bailiwick::Object;
    /// use bailiwick_store::doc;
    /// let decisions = doc::task().decide_many(&[doc::read(), doc::read()], &Object::new(), doc::now());
    /// assert!(decisions.iter().all(|decision| decision.is_allowed()));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn decide_many(&self, calls: &[Call], host: &Object, now: Timestamp) -> Vec<Decision> {
        let decide = |call: &Call| Decision::or_deny(&call.tool, now, || self.host.with_world(now, |world| self.task.decide_with(call, host, world)));
        self.host.all_logged(calls.iter().map(decide).collect())
    }

    /// Hands work to another agent. `handover` is an object `{agent, key?, grant, terms?, prompt?, contract?,
    /// lifetime_ms?, depth_max?, own_authority?}`.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// let handover = r#"{"agent": {"issuer": "https://agents.example", "subject": "research-bot"}, "grant": {"actions": ["read"]}}"#;
    /// assert_eq!(task.delegate(handover, doc::now())?.chain().links.len(), 2);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Task::delegate`].
    pub fn delegate(&self, handover: &str, now: Timestamp) -> Result<Self, Error> {
        let fields: HandoverFields = read_json(handover)?;
        let mut handover = Handover::new(fields.agent, fields.grant);
        if let Some(prompt) = fields.prompt {
            handover = handover.prompt(prompt);
        }
        if let Some(contract) = fields.contract {
            handover = handover.contract(contract);
        }
        if let Some(key) = fields.key {
            handover = handover.key(key);
        }
        if let Some(terms) = fields.terms {
            handover = handover.terms(terms);
        }
        if let Some(millis) = fields.lifetime_ms {
            handover = handover.lifetime_millis(millis);
        }
        if let Some(depth) = fields.depth_max {
            handover = handover.depth_max(depth);
        }
        if fields.own_authority {
            handover = handover.own_authority();
        }
        let delegated = self.host.with_world(now, |world| self.task.delegate(handover, world))?;
        Ok(Self::new(Arc::clone(&self.host), delegated.task, delegated.cut))
    }

    /// Another turn of the user; see [`Task::extend`].
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// assert_eq!(doc::task().extend("Now pay it").unwrap_err().code(), "usage"); // it was begun without a prompt
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::extend`].
    pub fn extend(&self, prompt: &str) -> Result<(), Error> {
        self.task.extend(prompt)
    }

    /// Takes in what a tool answered; see [`Task::observe`].
    ///
    /// ```
    /// use bailiwick::Value;
    /// use bailiwick_store::doc;
    /// assert!(doc::task().observe(&doc::read(), &Value::Null).is_err());
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::observe`].
    pub fn observe(&self, call: &Call, output: &Value) -> Result<(), Error> {
        self.task.observe(call, output)
    }

    /// Takes in what the agent of a child task answered; see [`Task::observe_agent`].
    ///
    /// ```
    /// use bailiwick::Value;
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// assert!(task.observe_agent(&task, &Value::Null).is_err());
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::observe_agent`].
    pub fn observe_agent(&self, child: &Self, output: &Value) -> Result<(), Error> {
        self.task.observe_agent(&child.task, output)
    }

    /// Takes in facts the operator vouches for; see [`Task::know`].
    ///
    /// ```
    /// use bailiwick::Value;
    /// assert!(bailiwick_store::doc::task().know(&Value::Null).is_err());
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::know`].
    pub fn know(&self, facts: &Value) -> Result<(), Error> {
        self.task.know(facts)
    }

    /// What the work is for; `None` without a prompt.
    ///
    /// ```
    /// assert!(bailiwick_store::doc::task().contract().is_none());
    /// ```
    #[must_use]
    pub fn contract(&self) -> Option<Contract> {
        self.task.contract()
    }

    /// What a person must see to approve the call of a decision that asked.
    ///
    /// ```
    /// use bailiwick::Object;
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// let decision = task.decide(&doc::read(), &Object::new(), doc::now());
    /// assert!(task.approval_request(&decision, &doc::read()).is_err()); // it was allowed
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::approval_request`].
    pub fn approval_request(&self, decision: &Decision, call: &Call) -> Result<ApprovalRequest, Error> {
        self.task.approval_request(decision, call)
    }

    /// Takes the approval of `by`, an origin in JSON, of a request in JSON.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// assert_eq!(task.approve("{}", "{}", doc::now()).unwrap_err().code(), "json.malformed");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// `json.malformed`; those of [`Task::approve`].
    pub fn approve(&self, request: &str, by: &str, now: Timestamp) -> Result<Approval, Error> {
        let request = ApprovalRequest::from_json(request).map_err(|error| error.in_file("ticket"))?;
        let by = read_json::<Origin>(by).map_err(|error| error.in_file("by"))?;
        self.host.with_world(now, |world| self.task.approve(&request, &by, world))
    }

    /// Writes the chain down for another process; see [`Task::export_as`].
    ///
    /// ```
    /// use bailiwick::{ExportFormat, SigningKey};
    /// let signer = SigningKey::ed25519([7; 32]).with_issuer("https://idp.example");
    /// let exported = bailiwick_store::doc::task().export_as(&ExportFormat::Native, &signer)?;
    /// assert!(exported.lossy.is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Task::export_as`].
    pub fn export_as(&self, format: &ExportFormat, signer: &dyn Signer) -> Result<Exported, Error> {
        self.task.export_as(format, signer)
    }

    /// What was spent so far; see [`Task::ledger`].
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// assert_eq!(task.ledger(), Some(bailiwick::Ledger::default()));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        self.task.ledger()
    }

    /// The chain.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// assert!(task.chain().seal.is_some());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn chain(&self) -> &Chain {
        self.task.chain()
    }

    /// What the grant of this task asked for and did not get; empty for a task that was begun or resumed.
    ///
    /// ```
    /// use bailiwick_store::doc;
    /// let task = doc::task();
    /// assert!(task.cut().is_empty());
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn cut(&self) -> &[String] {
        &self.cut
    }

    /// What the contract it was begun with asked for beyond the prompt.
    ///
    /// ```
    /// assert!(bailiwick_store::doc::task().intent_cut().is_empty());
    /// ```
    #[must_use]
    pub fn intent_cut(&self) -> &[String] {
        self.task.intent_cut()
    }
}
