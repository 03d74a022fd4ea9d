//! A task, as JavaScript holds it.

use std::sync::{Arc, PoisonError};

use bailiwick::{Call, Error, ExportFormat, Presenter, read_json};
use bailiwick_store::HostTask;
use napi::bindgen_prelude::{This, Unknown};
use napi::{Env, JsValue, ValueType};
use napi_derive::napi;

use crate::convert;
use crate::decision::Decision;
use crate::key::SigningKey;
use crate::raise::{raising, usage};
use crate::reclaim::{self, Slot};

/// A chain as it was written down: evidence as JSON, and what the format did not take.
#[napi(object)]
pub struct Exported {
    pub evidence: String,
    pub lossy: Vec<String>,
}

/// A task whose decisions are logged.
#[napi]
pub struct Task(Arc<Slot>);

impl Task {
    pub(crate) fn new(task: HostTask) -> Self {
        Self(Arc::new(Slot::new(Some(Arc::new(task)))))
    }

    fn held(&self) -> Result<Arc<HostTask>, Error> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Only a task that nobody can reach is emptied.
        slot.clone().ok_or_else(|| usage("the task was freed"))
    }
}

#[napi]
impl Task {
    /// Has the memory of the task freed when its object is collected. For `lib/task.mjs`, once for each task.
    #[napi]
    pub fn watch(&self, env: Env, this: This<'_>) {
        reclaim::watch(env, this.object.raw(), &self.0);
    }

    /// Decides a call. What cannot be read is a call too, one that is denied.
    #[napi]
    pub fn decide(
        &self,
        tool: Unknown<'_>,
        given: Unknown<'_>,
        host: Option<Unknown<'_>>,
        presenter: Unknown<'_>,
        now_ms: Option<Unknown<'_>>,
    ) -> napi::Result<Decision> {
        raising(|| self.decided(presented(call(&tool, &given)?, &presenter), host.as_ref(), now_ms.as_ref()))
    }

    /// Decides calls, tools beside arguments, one after the other. Arguments that `lib/snapshot.mjs` could not read come as
    /// nothing, with why beside them.
    #[napi]
    #[allow(clippy::needless_pass_by_value, reason = "how arrays come from JavaScript; `expect` is copied to where nothing warns")]
    pub fn decide_many(
        &self,
        tools: Vec<Unknown<'_>>,
        given: Vec<Unknown<'_>>,
        why: Vec<Option<String>>,
        host: Option<Unknown<'_>>,
        now_ms: Option<Unknown<'_>>,
    ) -> napi::Result<Vec<Decision>> {
        raising(|| {
            let read = |((tool, given), why): ((&Unknown<'_>, &Unknown<'_>), Option<String>)| match why {
                Some(why) => called(tool, |tool| Call::malformed(tool, why)),
                None => call(tool, given),
            };
            let calls = tools.iter().zip(&given).zip(why).map(read).collect::<Result<Vec<_>, _>>()?;
            let task = self.held()?;
            let decisions = task.decide_many(&calls, &convert::facts(host.as_ref())?, convert::instant(now_ms.as_ref())?);
            let decided = decisions.into_iter().zip(calls);
            Ok(decided.map(|(decision, call)| Decision { decision, asked: Some((Arc::downgrade(&task), call)) }).collect())
        })
    }

    /// Decides a call whose arguments or presenter `lib/snapshot.mjs` could not read.
    #[napi]
    pub fn decide_malformed(
        &self,
        tool: Unknown<'_>,
        why: Unknown<'_>,
        host: Option<Unknown<'_>>,
        now_ms: Option<Unknown<'_>>,
    ) -> napi::Result<Decision> {
        raising(|| {
            let why = convert::text(&why, "why")?;
            let call = called(&tool, |tool| Call::malformed(tool, why))?;
            self.decided(call, host.as_ref(), now_ms.as_ref())
        })
    }

    /// Takes in what a tool answered.
    #[napi]
    pub fn observe(&self, tool: Unknown<'_>, given: Unknown<'_>, output: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.held()?.observe(&call(&tool, &given)?, &convert::value(&output, "output")?))
    }

    /// Takes in what the agent of a child task answered.
    #[napi]
    pub fn observe_agent(&self, child: &Task, output: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.held()?.observe_agent(&*child.held()?, &convert::value(&output, "output")?))
    }

    /// Takes another turn of the user.
    #[napi]
    pub fn extend(&self, prompt: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.held()?.extend(&convert::text(&prompt, "prompt")?))
    }

    /// Takes in facts the operator vouches for.
    #[napi]
    pub fn know(&self, facts: Unknown<'_>) -> napi::Result<()> {
        raising(|| self.held()?.know(&convert::value(&facts, "facts")?))
    }

    /// What the work is for, as JSON; nothing without a prompt.
    #[napi]
    pub fn contract(&self) -> napi::Result<Option<String>> {
        raising(|| Ok(self.held()?.contract().map(|contract| contract.to_json())))
    }

    /// What the contract it was begun with asked for beyond the prompt.
    #[napi]
    pub fn intent_cut(&self) -> napi::Result<Vec<String>> {
        raising(|| Ok(self.held()?.intent_cut().to_vec()))
    }

    /// Takes an approval; returns it as JSON.
    #[napi]
    pub fn approve(&self, request: Unknown<'_>, by: Unknown<'_>, now_ms: Option<Unknown<'_>>) -> napi::Result<String> {
        raising(|| {
            let (text, approver) = (convert::document(&request)?, convert::written(&by).map_err(|error| error.of_value("by"))?);
            let mut values = convert::values(&[("ticket", Some(&request))]);
            values.push("by");
            let result = self.held()?.approve(&text, &approver, convert::instant(now_ms.as_ref())?);
            let approval = result.map_err(|error| convert::placed(error, &values))?;
            serde_json::to_string(&approval).map_err(|error| usage(error.to_string()))
        })
    }

    /// Hands work to another agent.
    #[napi]
    pub fn delegate(&self, handover: Unknown<'_>, now_ms: Option<Unknown<'_>>) -> napi::Result<Task> {
        raising(|| {
            let (text, now) = (convert::written(&handover)?, convert::instant(now_ms.as_ref())?);
            let child = self.held()?.delegate(&text, now).map_err(|error| convert::named(error, &handover, "delegate"))?;
            Ok(Self::new(child))
        })
    }

    /// Writes the chain down for another process.
    #[napi]
    pub fn export(&self, key: &SigningKey, format: Unknown<'_>) -> napi::Result<Exported> {
        raising(|| {
            let format = convert::written(&format).and_then(|text| read_json::<ExportFormat>(&text)).map_err(|error| error.of_value("format"))?;
            let exported = self.held()?.export_as(&format, &key.0)?;
            Ok(Exported { evidence: exported.evidence.to_json(), lossy: exported.lossy.into_iter().map(str::to_owned).collect() })
        })
    }

    /// What was spent so far, as JSON; nothing when that is no longer known.
    #[napi]
    pub fn ledger(&self) -> napi::Result<Option<String>> {
        raising(|| Ok(self.held()?.ledger().map(|ledger| ledger.to_json())))
    }

    /// The chain, as JSON.
    #[napi]
    pub fn chain(&self) -> napi::Result<String> {
        raising(|| Ok(self.held()?.chain().to_json()))
    }

    /// What the grant asked for and did not get.
    #[napi]
    pub fn cut(&self) -> napi::Result<Vec<String>> {
        raising(|| Ok(self.held()?.cut().to_vec()))
    }

    fn decided(&self, call: Call, host: Option<&Unknown<'_>>, now_ms: Option<&Unknown<'_>>) -> Result<Decision, Error> {
        let task = self.held()?;
        let decision = task.decide(&call, &convert::facts(host)?, convert::instant(now_ms)?);
        Ok(Decision { decision, asked: Some((Arc::downgrade(&task), call)) })
    }
}

/// The call a model wants to make. What cannot be read is a call too, one that is denied.
pub(crate) fn call(tool: &Unknown<'_>, given: &Unknown<'_>) -> Result<Call, Error> {
    match convert::arguments(given) {
        Ok(value) => called(tool, |tool| Call::new(tool, value)),
        Err(why) => called(tool, |tool| Call::malformed(tool, why)),
    }
}

/// The same call, brought by this presenter. One that cannot be read makes it a call that is denied; `null` is one.
fn presented(call: Call, presenter: &Unknown<'_>) -> Call {
    if presenter.get_type().is_ok_and(|kind| kind == ValueType::Undefined) {
        return call;
    }
    match convert::document(presenter).and_then(|text| read_json::<Presenter>(&text)) {
        Ok(presenter) => call.presented_by(presenter),
        Err(why) if matches!(presenter.get_type(), Ok(ValueType::String)) => Call::malformed(call.tool, format!("presenter: {why}")),
        Err(why) => Call::malformed(call.tool, why.of_value("presenter").to_string()),
    }
}

/// A call of the tool with this name. The model may have made the name up: text that is no text is denied.
fn called(tool: &Unknown<'_>, call: impl FnOnce(String) -> Call) -> Result<Call, Error> {
    match convert::name(tool) {
        Some(Ok(name)) => Ok(call(name)),
        Some(Err(name)) => Ok(Call::malformed(name, "the tool's name has half a surrogate pair")),
        None => Err(usage("tool: a string is needed")),
    }
}
