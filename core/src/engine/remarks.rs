//! What an operator should know of the catalog.

use crate::catalog::Tool;
use crate::policy::Policies;

/// What to know of a tool's schema.
pub(super) fn of_schema(tool: &Tool, policies: &Policies) -> Vec<String> {
    let name = tool.name();
    let mut remarks = Vec::new();
    if let Some(why) = tool.unusable() {
        remarks.push(format!("tool `{name}` is unusable, and every call of it is denied: {why}"));
    }
    if !tool.unenforced.is_empty() {
        let keywords: Vec<_> = tool.unenforced.iter().map(|keyword| format!("`{keyword}`")).collect();
        remarks.push(format!("tool `{name}`: the engine does not enforce {} of its schema", keywords.join(", ")));
    }
    if tool.overlaps {
        remarks.push(format!(
            "tool `{name}`: alternatives of a `oneOf` in its schema overlap, and a call that fits two of them is denied: write `anyOf`, or give \
             each a member that tells it apart"
        ));
    }
    for (argument, reader) in policies.read_arguments(name) {
        if tool.fields.get(argument).is_some_and(|field| field.shape.has_numbers()) {
            let remark = "calls that give a number with more than four decimal places are denied";
            remarks.push(format!("tool `{name}`: policy `{reader}` reads the number `{argument}`: {remark}"));
        }
    }
    remarks
}
