//! What a task begins with, and what an agent hands to another.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::chain::{Link, Mission, Redelegation};
use crate::grant::Grant;
use crate::grant::contract::Contract;
use crate::identity::{Agent, Name, Origin};
use crate::keys::Key;

/// How long a task lives unless said otherwise: one hour, an access token's usual life.
const LIFETIME_MILLIS: i64 = 60 * 60 * 1_000;
/// How deep a task may delegate unless said otherwise: the interoperable minimum of `McGuinness`' actor profile.
const DEPTH_MAX: u8 = 4;

/// What a task begins with.
///
/// ```
/// use bailiwick::{Agent, Grant, Origin, Start};
/// let start = Start::new("task-17", Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?)
///     .prompt("Find the March invoices")
///     .grant(Grant::of_actions(["read"]));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Start {
    pub(crate) id: String,
    pub(crate) origin: Origin,
    pub(crate) agent: Agent,
    pub(crate) key: Option<Key>,
    pub(crate) prompt: Option<String>,
    pub(crate) contract: Option<Contract>,
    pub(crate) grant: Grant,
    pub(crate) terms: Terms,
    pub(crate) lifetime_millis: i64,
    pub(crate) depth_max: u8,
}

impl Start {
    /// Work that `origin` hands to `agent`. The id must be unique among the host's tasks; the grant is everything
    /// the origin may do unless [`Start::grant`] says less.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot);
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(id: impl Into<String>, origin: Origin, agent: Agent) -> Self {
        Self {
            id: id.into(),
            origin,
            agent,
            key: None,
            prompt: None,
            contract: None,
            grant: Grant::everything(),
            terms: Terms::default(),
            lifetime_millis: LIFETIME_MILLIS,
            depth_max: DEPTH_MAX,
        }
    }

    /// What the origin asked for, in their words: the purpose of the first link.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).prompt("Find the March invoices");
    /// # Ok::<(), String>(())
    /// ```
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// What the first link passes on.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).grant(Grant::of_actions(["read"]));
    /// # Ok::<(), String>(())
    /// ```
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// A contract somebody else made of the prompt: it narrows what is compiled from it. One whose issuer is `person` stands
    /// as it is; the host vouches that a person signed it.
    ///
    /// ```
    /// use bailiwick::{Agent, Contract, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let contract = Contract::from_json(r#"{"mode": "read_only"}"#).unwrap();
    /// let start = Start::new("task-17", alice, bot).prompt("What did Acme write?").contract(contract);
    /// # Ok::<(), String>(())
    /// ```
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = Some(contract);
        self
    }

    /// How long the work may take, in milliseconds; one hour unless said otherwise.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).lifetime_millis(10 * 60 * 1_000);
    /// # Ok::<(), String>(())
    /// ```
    pub fn lifetime_millis(mut self, millis: i64) -> Self {
        self.lifetime_millis = millis;
        self
    }

    /// The deepest hop; 0 means the agent may not delegate. Four unless said otherwise.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Origin, Start};
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).depth_max(0);
    /// # Ok::<(), String>(())
    /// ```
    pub fn depth_max(mut self, depth: u8) -> Self {
        self.depth_max = depth;
        self
    }

    /// The agent's public key: what it signs further links and proofs of possession with.
    ///
    /// ```
    /// use bailiwick::{Agent, Origin, Start, Signer, SigningKey};
    /// let key = SigningKey::ed25519([7; 32]).key().clone();
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).key(key);
    /// # Ok::<(), String>(())
    /// ```
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// What else the link says: purpose code, targets, mission, to whom the agent may hand on.
    ///
    /// ```
    /// use bailiwick::{Agent, Origin, Start, Terms};
    /// let terms: Terms = serde_json::from_str(r#"{"targets": ["erp"], "purpose_code": "pay.invoices"}"#).map_err(|error| error.to_string())?;
    /// let (alice, bot) = (Origin::user("https://idp.example", "alice")?, Agent::new("https://agents.example", "bot")?);
    /// let start = Start::new("task-17", alice, bot).terms(terms);
    /// # Ok::<(), String>(())
    /// ```
    pub fn terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }
}

/// What a link says besides who hands what to whom. What is left out is taken over from the link before.
///
/// ```
/// let terms: bailiwick::Terms = serde_json::from_str(r#"{"redelegate_to": {"blueprints": ["first-party"]}}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of terms, such as `purpose_code`,")]
#[non_exhaustive]
pub struct Terms {
    /// What for, as a code: words joined by dots, which further links may only lengthen.
    pub purpose_code: Option<Name>,
    /// The systems it may be used on.
    pub targets: Option<BTreeSet<Name>>,
    /// The approved task it serves.
    pub mission: Option<Mission>,
    /// To whom the agent, and everybody after, may hand on.
    pub redelegate_to: Option<Redelegation>,
    /// Why it passes on more than was passed on: a token signed by the origin's side.
    pub reauthorization: Option<String>,
}

impl Terms {
    /// Takes over from the parent what is left out, and cuts targets to those the parent has.
    pub(crate) fn inherit(&mut self, parent: &Link) -> Option<String> {
        self.purpose_code = self.purpose_code.take().or_else(|| parent.purpose_code.clone());
        self.mission = self.mission.take().or_else(|| parent.mission.clone());
        let Some(outer) = &parent.targets else { return None };
        let wanted = self.targets.get_or_insert_with(|| outer.clone());
        let before = wanted.len();
        wanted.retain(|target| outer.contains(target));
        (wanted.len() < before).then(|| format!("targets: {} of {before} are held", wanted.len()))
    }

    pub(crate) fn write(self, link: &mut Link) {
        let Self { purpose_code, targets, mission, redelegate_to, reauthorization } = self;
        (link.purpose_code, link.targets, link.mission) = (purpose_code, targets, mission);
        (link.redelegate_to, link.reauthorization) = (redelegate_to, reauthorization);
    }
}

/// What an agent hands to another.
///
/// ```
/// use bailiwick::{Agent, Grant, Handover};
/// let handover = Handover::new(Agent::new("https://agents.example", "research-bot")?, Grant::of_actions(["read"]))
///     .prompt("Find the invoices");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Handover {
    pub(crate) agent: Agent,
    pub(crate) key: Option<Key>,
    pub(crate) grant: Grant,
    pub(crate) terms: Terms,
    pub(crate) prompt: Option<String>,
    pub(crate) contract: Option<Contract>,
    pub(crate) lifetime_millis: Option<i64>,
    pub(crate) depth_max: Option<u8>,
    pub(crate) own_authority: bool,
}

impl Handover {
    /// Work for `agent`, under `grant`.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::of_actions(["read"]));
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(agent: Agent, grant: Grant) -> Self {
        Self {
            agent,
            key: None,
            grant,
            terms: Terms::default(),
            prompt: None,
            contract: None,
            lifetime_millis: None,
            depth_max: None,
            own_authority: false,
        }
    }

    /// What for.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::of_actions(["read"])).prompt("Find the invoices");
    /// # Ok::<(), String>(())
    /// ```
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// What the child may do of what this task is for; all of it unless less is said.
    ///
    /// ```
    /// use bailiwick::{Agent, Contract, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::everything()).contract(Contract::from_json(r#"{"mode": "read_only"}"#).unwrap());
    /// # Ok::<(), String>(())
    /// ```
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = Some(contract);
        self
    }

    /// How long, in milliseconds; as long as the parent task unless less is said.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::everything()).lifetime_millis(60_000);
    /// # Ok::<(), String>(())
    /// ```
    pub fn lifetime_millis(mut self, millis: i64) -> Self {
        self.lifetime_millis = Some(millis);
        self
    }

    /// The deepest hop; the parent's unless less is said.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::everything()).depth_max(1);
    /// # Ok::<(), String>(())
    /// ```
    pub fn depth_max(mut self, depth: u8) -> Self {
        self.depth_max = Some(depth);
        self
    }

    /// The delegate acts on rights of its own. Needs a policy annotated `@own_authority`; the origin gate still applies.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover};
    /// let bot = Agent::new("https://agents.example", "bot")?;
    /// let handover = Handover::new(bot, Grant::of_actions(["erp.pay"])).own_authority();
    /// # Ok::<(), String>(())
    /// ```
    pub fn own_authority(mut self) -> Self {
        self.own_authority = true;
        self
    }

    /// The agent's public key: what it signs further links and proofs of possession with.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover, Signer, SigningKey};
    /// let key = SigningKey::ed25519([7; 32]).key().clone();
    /// let handover = Handover::new(Agent::new("https://agents.example", "bot")?, Grant::everything()).key(key);
    /// # Ok::<(), String>(())
    /// ```
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// What else the link says: purpose code, targets, mission, to whom the agent may hand on.
    ///
    /// ```
    /// use bailiwick::{Agent, Grant, Handover, Terms};
    /// let terms: Terms = serde_json::from_str(r#"{"targets": ["erp"], "purpose_code": "pay.invoices"}"#).map_err(|error| error.to_string())?;
    /// let handover = Handover::new(Agent::new("https://agents.example", "bot")?, Grant::everything()).terms(terms);
    /// # Ok::<(), String>(())
    /// ```
    pub fn terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }
}
