//! When one AAT narrows another, as the draft has it (§4.5). Sound by itself, and stricter than [`Grant::widening`]: of two conditions of
//! different kinds, only the pairs its table lists count, so that every verifier of the draft says the same.
//!
//! [`Grant::widening`]: crate::grant::Grant

use std::cell::Cell;

use super::details::{OPTIONAL, UNNAMED, constraint, constraint_kind};
use crate::json::{Object, Value};

/// How many pairs of values may be compared for all links of a chain: some forty milliseconds.
const PAIRS_MAX: usize = 250_000;

/// What may still be compared. The links of one chain share it: who signs one chooses its size.
pub(super) struct Work(Cell<usize>);

impl Default for Work {
    fn default() -> Self {
        Self(Cell::new(PAIRS_MAX))
    }
}

impl Work {
    fn spend(&self, pairs: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(pairs).ok_or_else(|| format!("more than {PAIRS_MAX} pairs of values to compare"));
        self.0.set(*left.as_ref().unwrap_or(&0));
        left.map(drop)
    }
}

/// Whether the tools of a link are within those of the link before; the error says which argument is not.
pub(super) fn check(derived: &Object, parent: &Object, work: &Work) -> Result<(), String> {
    for (tool, arguments) in derived {
        let Some(outer) = parent.get(tool) else { return Err(format!("the tool `{tool}` is not in the link before")) };
        let (Some(arguments), Some(outer)) = (Arguments::of(arguments), Arguments::of(outer)) else {
            return Err(format!("the constraints of `{tool}` are not an object"));
        };
        arguments.check(&outer, work).map_err(|why| format!("{why}, of `{tool}`"))?;
    }
    Ok(())
}

/// The constraints of one tool; none are no limit.
struct Arguments<'a> {
    named: &'a Object,
    is_open: bool,
}

impl<'a> Arguments<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let Value::Object(named) = value else { return None };
        Some(Self { named, is_open: named.is_empty() || named.contains_key(UNNAMED) })
    }

    fn of_name(&self, name: &str) -> Option<&'a Value> {
        self.named.get(name).filter(|_| name != UNNAMED)
    }

    fn check(&self, parent: &Self, work: &Work) -> Result<(), String> {
        if self.is_open && !parent.is_open {
            return Err(format!("`{UNNAMED}` is not in the link before"));
        }
        for name in self.named.keys().chain(parent.named.keys()).filter(|name| *name != UNNAMED) {
            match (self.of_name(name), parent.of_name(name)) {
                (Some(inner), Some(outer)) => {
                    if is_optional(inner) && !is_optional(outer) {
                        return Err(format!("`{name}` is required in the link before, and `{OPTIONAL}` here"));
                    }
                    subsumed(inner, outer, work).map_err(|why| format!("`{name}`: {why}"))?;
                }
                (Some(_), None) if !parent.is_open => return Err(format!("`{name}` is not named in the link before")),
                (None, Some(outer)) if self.is_open || !is_optional(outer) => {
                    return Err(format!("`{name}` is constrained in the link before, and not here"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_optional(constraint: &Value) -> bool {
    constraint.get(OPTIONAL) == Some(&Value::Bool(true))
}

/// Whether the draft's table has the pair, and its condition holds.
fn subsumed(derived: &Value, parent: &Value, work: &Work) -> Result<(), String> {
    work.spend(values(derived).saturating_mul(values(parent)))?;
    let kind = |value: &'_ Value| -> Option<String> {
        let Value::Object(members) = value else { return None };
        constraint_kind(members).ok().map(|(_, kind)| kind.to_owned())
    };
    let (Some(inner), Some(outer)) = (kind(derived), kind(parent)) else { return Err("no `constraint_type`".to_owned()) };
    let wider = || format!("`{inner}` lets pass what `{outer}` of the link before does not");
    match (inner.as_str(), outer.as_str()) {
        (_, "wildcard") => Ok(()),
        ("all", "all") => {
            let (inner, outer) = (parts(derived), parts(parent));
            let is_met = |outer: &Value| inner.iter().any(|inner| subsumed(inner, outer, work).is_ok());
            if !inner.is_empty() && outer.iter().all(is_met) { Ok(()) } else { Err(wider()) }
        }
        ("any", "any") => {
            let (inner, outer) = (parts(derived), parts(parent));
            let is_within = |inner: &Value| outer.iter().any(|outer| subsumed(inner, outer, work).is_ok());
            if !inner.is_empty() && inner.iter().all(is_within) { Ok(()) } else { Err(wider()) }
        }
        (one, other) if one == other || matches!((one, other), ("exact", "range" | "one_of")) => {
            // How deep they are nested was checked when they were read.
            match (constraint(&required(derived), 1), constraint(&required(parent), 1)) {
                (Ok(inner), Ok(outer)) if inner.is_within(&outer) => Ok(()),
                _ => Err(wider()),
            }
        }
        _ => Err(format!("`{inner}` under `{outer}` is no narrowing of the draft (§4.5)")),
    }
}

/// How many values a constraint lists itself.
fn values(constraint: &Value) -> usize {
    let Value::Object(members) = constraint else { return 1 };
    let listed = members.values().map(|member| if let Value::Array(items) = member { items.len() } else { 1 });
    listed.fold(1, usize::saturating_add)
}

fn parts(constraint: &Value) -> &[Value] {
    match constraint.get("constraints") {
        Some(Value::Array(parts)) => parts,
        _ => &[],
    }
}

/// The constraint by itself: whether its argument may be missing was compared.
fn required(constraint: &Value) -> Value {
    let mut constraint = constraint.clone();
    if let Value::Object(members) = &mut constraint {
        members.shift_remove(OPTIONAL);
    }
    constraint
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `any` of so many lists of so many integers; of two such, each value may have to be compared with each.
    fn lists(count: usize, length: usize, first: usize) -> Object {
        let list = |at: usize| {
            let values: Vec<_> = (0..length).map(|value| (first + at * length + value).to_string()).collect();
            format!(r#"{{"constraint_type": "one_of", "values": [{}]}}"#, values.join(","))
        };
        let lists: Vec<_> = (0..count).map(list).collect();
        let text = format!(r#"{{"t": {{"a": {{"constraint_type": "any", "constraints": [{}]}}}}}}"#, lists.join(","));
        match Value::parse(&text) {
            Ok(Value::Object(tools)) => tools,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn what_one_chain_may_compare_is_bounded() {
        let work = Work::default();
        assert_eq!(check(&lists(3, 20, 0), &lists(3, 20, 0), &work), Ok(()));
        assert!(check(&lists(89, 255, 0), &lists(89, 255, 1_000_000), &work).is_err());
        assert_eq!(work.0.get(), 0, "it ends there, and not after half a billion pairs");
        // The links of one chain share it; another chain has its own.
        assert!(check(&lists(3, 20, 0), &lists(3, 20, 0), &work).is_err());
        assert_eq!(check(&lists(3, 20, 0), &lists(3, 20, 0), &Work::default()), Ok(()));
    }
}
