//! What stands in a list of tools and nothing reads: what the operator has written there must not be lost without a word.

use std::collections::BTreeMap;

use crate::json::{Object, Value};

/// The members of a list: MCP's `tools/list`, and JSON-RPC's answer to it.
const OF_LISTS: [&str; 7] = ["tools", "result", "nextCursor", "_meta", "jsonrpc", "id", "error"];

/// What only the operator says of tools: members of our own format, which annotations have, too.
const OURS: [&str; 6] = ["effects", "tier", "roles", "output", "resource", "system"];

/// Says of each such member what it is and where it belongs.
pub(super) fn members(document: &Value, tools: &[Value]) -> Vec<String> {
    let mut unread = Vec::new();
    let results = document.get("result");
    for list in [Some(document), results].into_iter().flatten().filter_map(Value::members) {
        unread.extend(list.keys().filter(|name| !OF_LISTS.contains(&name.as_str())).map(|name| of_list(name)));
    }
    // Of each member once, with the first tool that has it.
    let mut misplaced: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for tool in tools.iter().filter_map(Value::members) {
        let function = tool.get("function").and_then(Value::members).unwrap_or(tool);
        let hints = function.get("annotations").and_then(Value::members);
        let has = |name: &&str| [Some(function), hints].into_iter().flatten().any(|members: &Object| members.contains_key(*name));
        for name in OURS.into_iter().filter(has) {
            let tool = function.get("name").and_then(Value::as_str).unwrap_or_default();
            misplaced.entry(name).or_insert((tool, 0)).1 += 1;
        }
    }
    unread.extend(misplaced.into_iter().map(|(name, (tool, count))| {
        let others = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        format!(
            "tool `{tool}`{others}: nothing reads `{name}` in this list; declare it in `annotations.json` or in `annotations`, as \
             `{{\"tools\": [{{\"name\": …, {name:?}: …}}]}}`, with the tool's full name, prefix included"
        )
    }));
    unread
}

/// What to say of a member beside `tools`.
pub(super) fn of_list(name: &str) -> String {
    match name {
        "annotations" => "nothing reads `annotations` beside `tools`: write what it says, as `{\"tools\": [{\"name\": …}]}`, into \
                          `annotations.json` beside this file, or hand it in as `annotations`"
            .to_owned(),
        "prefix" | "trust" | "system" | "name" => {
            format!(
                "nothing reads `{name}` here: it belongs in the file of a server (`NAME/tools.json` or `tools/NAME.json`) that has `prefix` or `trust`"
            )
        }
        name => format!("nothing reads `{name}` beside `tools`: remove it"),
    }
}
