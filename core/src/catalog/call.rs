//! What: a call of a tool, and the kinds of effect a tool can have.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::presenter::Presenter;
use crate::catalog::ARGUMENTS_BYTES_MAX;
use crate::digest::Digest;
use crate::json::Value;

/// What a tool does to the world. Each is a Cedar action group: `action in Action::"pay"`.
///
/// ```
/// assert_eq!(bailiwick::ToolEffect::Pay.as_str(), "pay");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "policies name these groups; another would be a change of meaning")]
pub enum ToolEffect {
    /// Looks, and changes nothing.
    Read,
    /// Creates or changes something.
    Write,
    /// Sends something to somebody.
    Send,
    /// Moves money or what is worth money.
    Pay,
    /// Gives somebody access.
    Share,
    /// Removes something.
    Delete,
    /// Runs code or a command.
    Execute,
}

impl ToolEffect {
    /// All effects, in the order of the table in the design.
    ///
    /// ```
    /// assert_eq!(bailiwick::ToolEffect::ALL.len(), 7);
    /// ```
    pub const ALL: [Self; 7] = [Self::Read, Self::Write, Self::Send, Self::Pay, Self::Share, Self::Delete, Self::Execute];

    /// The name of the Cedar action group.
    ///
    /// ```
    /// assert_eq!(bailiwick::ToolEffect::Read.as_str(), "read");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Send => "send",
            Self::Pay => "pay",
            Self::Share => "share",
            Self::Delete => "delete",
            Self::Execute => "execute",
        }
    }
}

impl fmt::Display for ToolEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One call an agent is about to make: a tool's name and its arguments, exactly as they will be passed.
///
/// ```
/// use bailiwick::{Call, Value};
/// let call = Call::new("erp.pay", Value::parse(r#"{"iban": "DE89", "amount": "480.00"}"#)?);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `tool` and `arguments`")]
#[non_exhaustive]
pub struct Call {
    /// The tool's name, as the catalog has it.
    pub tool: String,
    /// An object of argument names and values.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
    /// Who brings it, as far as the host has authenticated them. Never read from the JSON of a call, which may be the
    /// agent's own.
    #[serde(skip)]
    pub presenter: Option<Presenter>,
    /// Why the host's arguments could not be read, when they could not; such a call is denied.
    #[serde(skip)]
    pub(crate) malformed: Option<String>,
}

impl Call {
    /// A call of `tool`.
    ///
    /// ```
    /// let call = bailiwick::Call::new("mail.read", bailiwick::Value::parse(r#"{"id": "m-17"}"#)?);
    /// assert_eq!(call.tool, "mail.read");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn new(tool: impl Into<String>, arguments: Value) -> Self {
        Self { tool: tool.into(), arguments, presenter: None, malformed: None }
    }

    /// The same call, brought by somebody the host has authenticated.
    ///
    /// ```
    /// use bailiwick::{Presenter, doc};
    /// let call = doc::read().presented_by(Presenter::default());
    /// assert!(call.presenter.is_some());
    /// ```
    #[must_use]
    pub fn presented_by(mut self, presenter: Presenter) -> Self {
        self.presenter = Some(presenter);
        self
    }

    /// A call whose arguments are not JSON values. It is denied with `call.malformed`; a binding makes one
    /// instead of raising, so that what cannot be read ends as a decision like any other.
    ///
    /// ```
    /// use bailiwick::{Registry, World, doc};
    /// let registry = Registry::from_json(doc::REGISTRY)?;
    /// let world = World::new(&registry, doc::now());
    /// let call = bailiwick::Call::malformed("mail.read", "a function is not a JSON value");
    /// assert_eq!(doc::task().decide(&call, &world).reason.code.as_str(), "call.malformed");
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn malformed(tool: impl Into<String>, why: impl Into<String>) -> Self {
        Self { tool: tool.into(), arguments: Value::Null, presenter: None, malformed: Some(why.into()) }
    }

    /// The digest of tool, arguments and chain. `None` when the arguments are too large or not JSON.
    pub(crate) fn digest(&self, chain: Digest) -> Option<Digest> {
        if self.malformed.is_some() {
            return None;
        }
        let mut text = String::with_capacity(512);
        text.push_str("bailiwick/call\0{\"arguments\":");
        let before = text.len();
        self.arguments.write_canonical(&mut text);
        if text.len() - before > ARGUMENTS_BYTES_MAX {
            return None;
        }
        text.push_str(",\"chain\":\"");
        chain.write(&mut text);
        text.push_str("\",\"tool\":");
        crate::json::write_string(&self.tool, &mut text);
        text.push('}');
        Some(Digest::of_bytes(text.as_bytes()))
    }
}

fn no_arguments() -> Value {
    Value::Object(crate::json::Object::new())
}

/// The call, as the audit log knows it: its arguments only by digest.
///
/// ```
/// assert_eq!(bailiwick::doc::denied().call.system.as_deref(), Some("mail"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// The tool's name, as the agent gave it.
    pub tool: String,
    /// The system the tool belongs to; absent when the tool is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// What the tool does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<&'static str>,
    /// The digest of tool, arguments and chain: what an approval is bound to. Absent when arguments were not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}
