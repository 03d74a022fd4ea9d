//! One question at the stateless door.

use serde::{Deserialize, Serialize};

use crate::catalog::call::Call;
use crate::catalog::presenter::Presenter;
use crate::chain::Presented;
use crate::decision::approval::Approval;
use crate::error::Error;
use crate::json::{self, Object};

/// Largest request, in bytes of JSON: the largest arguments, and as much again for the chain.
///
/// ```
/// assert!(bailiwick::REQUEST_BYTES_MAX > bailiwick::ARGUMENTS_BYTES_MAX);
/// ```
pub const REQUEST_BYTES_MAX: usize = 2 << 20;

/// Who wants to do what: a chain and a call, with facts and approvals the host adds.
///
/// ```
/// use bailiwick::Request;
/// let error = Request::from_json(r#"{"chain": {}, "chain": {}}"#).unwrap_err();
/// assert_eq!(error.code(), "json.malformed");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `chain` and `call`")]
#[non_exhaustive]
pub struct Request {
    /// From the origin to the acting agent: in our own form, or as evidence signed elsewhere.
    pub chain: Presented,
    /// What the acting agent wants to do.
    pub call: Call,
    /// Who brings the call, as far as the host has authenticated them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presenter: Option<Presenter>,
    /// Facts for `context.host`, typed by the host schema's `HostContext`.
    #[serde(default)]
    pub host: Object,
    /// Approvals of this very call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

impl Request {
    /// The question whether the holder of `chain` may make `call`.
    ///
    /// ```
    /// use bailiwick::{Request, doc};
    /// let request = Request::new(doc::task().chain().clone(), doc::read());
    /// assert!(request.approvals.is_empty());
    /// ```
    #[must_use]
    pub fn new(chain: impl Into<Presented>, call: Call) -> Self {
        Self { chain: chain.into(), call, presenter: None, host: Object::new(), approvals: Vec::new() }
    }

    /// Reads a request.
    ///
    /// ```
    /// assert_eq!(bailiwick::Request::from_json("{}").unwrap_err().code(), "json.malformed");
    /// ```
    ///
    /// # Errors
    /// `json.malformed`, with line and column.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        json::read(text)
    }
}
