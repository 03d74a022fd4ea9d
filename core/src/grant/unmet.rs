//! Which condition of a grant a call does not meet, in words for the operator. Asked only when a call is refused.

use std::cell::LazyCell;

use super::constraint::Constraint;
use crate::catalog::CheckedCall;
use crate::grant::{Capability, Grant, Located, OTHERS};
use crate::json::{self, Value};
use crate::time::Timestamp;

/// Most capabilities a message tells of.
const TOLD_MAX: usize = 3;
/// Most characters of a condition a message shows.
const SHOWN_CHARS_MAX: usize = 200;

impl Grant {
    /// What of the arguments each capability that is about the call refuses.
    pub(crate) fn unmet<F: FnOnce() -> Located>(&self, call: &CheckedCall<'_>, located: &LazyCell<Located, F>, now: Timestamp) -> String {
        let about = self.capabilities.iter().enumerate().filter(|(_, capability)| capability.is_about(call, located, now));
        let told: Vec<_> = about.filter_map(|(index, capability)| Some((index, capability.unmet(call)?))).collect();
        let said = |(index, why): &(usize, String)| if self.capabilities.len() == 1 { why.clone() } else { format!("capability {index}: {why}") };
        let mut parts: Vec<_> = told.iter().take(TOLD_MAX).map(said).collect();
        parts.extend(told.len().checked_sub(TOLD_MAX).filter(|more| *more > 0).map(|more| format!("and {more} more")));
        parts.join("; ")
    }
}

impl Capability {
    fn unmet(&self, call: &CheckedCall<'_>) -> Option<String> {
        let constraints = self.arguments.as_ref()?;
        let mut named = constraints.iter().filter(|(name, _)| *name != OTHERS);
        if let Some((name, condition)) = named.find(|(name, condition)| !condition.holds(call.arguments.get(name))) {
            let condition = shown(condition);
            return Some(match call.members.get(name) {
                None => format!("argument `{name}` is missing, and must meet {condition}"),
                Some(Value::Null) => format!("argument `{name}` is null, and must meet {condition}"),
                Some(value) => format!("argument `{name}` is {}, and does not meet {condition}", kind(value)),
            });
        }
        let (name, value) = call.members.iter().find(|(name, value)| !self.lets_pass(call, name, value))?;
        Some(match constraints.get(OTHERS) {
            _ if constraints.contains_key(name) => format!("argument `{name}` is {}, of which no condition can be told", kind(value)),
            Some(others) => format!("argument `{name}` is {}, and does not meet {} for `{OTHERS}`", kind(value), shown(others)),
            None => {
                let named: Vec<_> = constraints.keys().map(|name| format!("`{name}`")).collect();
                let named = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
                format!("argument `{name}` ({}) is not among those the grant names: {named}", kind(value))
            }
        })
    }
}

fn shown(condition: &Constraint) -> String {
    let text = json::canonical(condition);
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// What sort of value it is, and not the value: that may be anybody's data.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Int(_) => "an integer".to_owned(),
        Value::Float(_) => "a number".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(items) => match items.as_slice() {
            [] => "an empty list".to_owned(),
            [first, ..] if items.iter().all(|item| kind(item) == kind(first)) => format!("a list whose every element is {}", kind(first)),
            _ => "a list".to_owned(),
        },
        Value::Object(_) => "an object".to_owned(),
    }
}
