//! A decision, as JavaScript holds it.

use std::collections::BTreeMap;
use std::sync::Weak;

use bailiwick::{Call, Code};
use bailiwick_store::HostTask;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use crate::raise::{raising, usage};
use crate::task::call;

/// A decision and, when a task made it, the call it is about.
#[napi]
pub struct Decision {
    pub(crate) decision: bailiwick::Decision,
    pub(crate) asked: Option<(Weak<HostTask>, Call)>,
}

#[napi]
impl Decision {
    /// `allow`, `ask` or `deny`.
    #[napi(getter, ts_return_type = "'allow' | 'ask' | 'deny'")]
    pub fn effect(&self) -> &'static str {
        self.decision.effect.as_str()
    }

    /// Whether the call may be made now.
    #[napi(getter)]
    pub fn allowed(&self) -> bool {
        self.decision.is_allowed()
    }

    /// Whether this is the decision on exactly this call.
    #[napi]
    pub fn is_of(&self, tool: Unknown<'_>, given: Unknown<'_>) -> napi::Result<bool> {
        raising(|| Ok(self.decision.is_of(&call(&tool, &given)?)))
    }

    /// What the model may be told.
    #[napi(getter)]
    pub fn message(&self) -> &'static str {
        self.decision.message()
    }

    /// Names the decision everywhere.
    #[napi]
    pub fn id(&self) -> napi::Result<String> {
        raising(|| Ok(self.decision.id()))
    }

    /// The account for an operator.
    #[napi]
    pub fn explain(&self) -> napi::Result<String> {
        raising(|| Ok(self.decision.explain()))
    }

    /// The audit entry, as JSON.
    #[napi]
    pub fn record(&self) -> napi::Result<String> {
        raising(|| String::from_utf8(self.decision.to_bytes()).map_err(|error| usage(error.to_string())))
    }

    /// What a person must see to approve the call, as JSON.
    #[napi]
    pub fn approval_request(&self) -> napi::Result<String> {
        raising(|| {
            let (task, call) = self.asked.as_ref().ok_or_else(|| usage("the decision was not made by a task"))?;
            // `lib/decision.mjs` keeps the task for as long as there is the decision.
            let task = task.upgrade().ok_or_else(|| usage("the task was freed"))?;
            Ok(task.approval_request(&self.decision, call)?.to_json())
        })
    }
}

/// Every reason code and its meaning.
#[napi(ts_return_type = "Record<string, string>")]
pub fn reason_codes() -> BTreeMap<&'static str, &'static str> {
    Code::all().iter().map(|code| (code.as_str(), code.meaning())).collect()
}
