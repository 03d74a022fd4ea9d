//! A task and its decisions, as Node holds them.

use std::sync::Arc;

use bailiwick::{Call, Decision, Object, Value, read_json};
use bailiwick_store::HostTask;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::raise::{instant, thrown, usage};

/// A task whose decisions are logged.
#[napi]
pub struct NativeTask(Arc<HostTask>);

#[napi]
impl NativeTask {
    pub(crate) fn new(task: HostTask) -> Self {
        Self(Arc::new(task))
    }

    #[napi(catch_unwind)]
    pub fn decide(&self, tool: String, arguments_json: String, host_json: Option<String>, now_ms: Option<i64>) -> napi::Result<NativeDecision> {
        let call = match Value::parse(&arguments_json) {
            Ok(arguments) => Call::new(tool, arguments),
            Err(error) => Call::malformed(tool, error.to_string()),
        };
        let host: Object = host_json.map_or_else(|| Ok(Object::new()), |host| read_json(&host)).map_err(thrown)?;
        let decision = self.0.decide(&call, &host, instant(now_ms)?);
        Ok(NativeDecision { decision, asked: Some((Arc::clone(&self.0), call)) })
    }

    /// The decision on arguments the facade could not write as JSON.
    #[napi(catch_unwind)]
    pub fn decide_malformed(&self, tool: String, why: String, now_ms: Option<i64>) -> napi::Result<NativeDecision> {
        let call = Call::malformed(tool, why);
        let decision = self.0.decide(&call, &Object::new(), instant(now_ms)?);
        Ok(NativeDecision { decision, asked: Some((Arc::clone(&self.0), call)) })
    }

    #[napi(catch_unwind)]
    pub fn approve(&self, request_json: String, by_json: String, now_ms: Option<i64>) -> napi::Result<String> {
        let approval = self.0.approve(&request_json, &by_json, instant(now_ms)?).map_err(thrown)?;
        serde_json::to_string(&approval).map_err(|error| usage(error.to_string()))
    }

    #[napi(catch_unwind)]
    pub fn delegate(&self, handover_json: String, now_ms: Option<i64>) -> napi::Result<Self> {
        Ok(Self::new(self.0.delegate(&handover_json, instant(now_ms)?).map_err(thrown)?))
    }

    #[napi(catch_unwind)]
    pub fn chain(&self) -> String {
        self.0.chain().to_json()
    }

    #[napi(catch_unwind)]
    pub fn cut(&self) -> Vec<String> {
        self.0.cut().to_vec()
    }
}

/// A decision and, when a task made it, the call it is about.
#[napi]
pub struct NativeDecision {
    decision: Decision,
    asked: Option<(Arc<HostTask>, Call)>,
}

#[napi]
impl NativeDecision {
    pub(crate) fn of_request(decision: Decision) -> Self {
        Self { decision, asked: None }
    }

    /// The audit entry.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self) -> Buffer {
        self.decision.to_bytes().into()
    }

    #[napi(catch_unwind)]
    pub fn is_allowed(&self) -> bool {
        self.decision.is_allowed()
    }

    #[napi(catch_unwind)]
    pub fn message(&self) -> &'static str {
        self.decision.message()
    }

    #[napi(catch_unwind)]
    pub fn id(&self) -> String {
        self.decision.id()
    }

    #[napi(catch_unwind)]
    pub fn explain(&self) -> String {
        self.decision.explain()
    }

    #[napi(catch_unwind)]
    pub fn approval_request(&self) -> napi::Result<String> {
        let (task, call) = self.asked.as_ref().ok_or_else(|| usage("the decision was not made by a task"))?;
        Ok(task.approval_request(&self.decision, call, self.decision.now).map_err(thrown)?.to_json())
    }
}
