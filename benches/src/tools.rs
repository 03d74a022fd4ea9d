//! Catalogs of any size, as MCP servers list their tools.

use serde_json::{Value, json};

const VERBS: [&str; 10] = ["get", "list", "create", "update", "delete", "send", "search", "read", "export", "archive"];
const NOUNS: [&str; 20] = [
    "invoice",
    "order",
    "ticket",
    "mail",
    "page",
    "file",
    "user",
    "account",
    "report",
    "event",
    "issue",
    "repository",
    "branch",
    "comment",
    "customer",
    "product",
    "shipment",
    "booking",
    "message",
    "contact",
];

/// The answer to `tools/list` of a server with so many tools, no two with the same name or schema.
#[must_use]
pub fn listed(count: usize) -> String {
    let tools: Vec<_> = (0..count).map(tool).collect();
    json!({ "tools": tools }).to_string()
}

fn tool(number: usize) -> Value {
    let pick = |list: &[&'static str], at: usize| list.get(at % list.len()).copied().unwrap_or_default();
    let (verb, noun) = (pick(&VERBS, number), pick(&NOUNS, number / VERBS.len()));
    let mut properties = json!({
        "id": { "type": "string", "description": format!("Which {noun}") },
        "query": { "type": "string", "description": "What to look for" },
        "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 20 },
        "state": { "type": "string", "enum": ["open", "closed", "all"] },
        "labels": { "type": "array", "items": { "type": "string" } },
        "owner": { "anyOf": [{ "type": "string", "format": "email" }, { "type": "null" }] },
    });
    if let Value::Object(members) = &mut properties {
        members.insert(format!("{noun}_{number}"), json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] }));
    }
    json!({
        "name": format!("{verb}_{noun}_{number}"),
        "description": format!("{}s {noun}s of the workspace, one by one or as many as there are. Returns what was done.", capital(verb)),
        "inputSchema": { "type": "object", "properties": properties, "required": ["id"] },
        "annotations": { "readOnlyHint": matches!(verb, "get" | "list" | "search" | "read"), "destructiveHint": verb == "delete" },
    })
}

fn capital(word: &str) -> String {
    word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
}

/// So many policies for those tools: half for one tool each, half for all, and half of both read an argument.
#[must_use]
pub fn policies(count: usize, tools: usize) -> String {
    let policy = |number: usize| {
        let name = format!("{}_{}_{}", pick(&VERBS, number), pick(&NOUNS, number / VERBS.len()), number % tools.max(1));
        let name = if number < tools { name } else { "delegate".to_owned() };
        match number % 4 {
            0 => format!("permit(principal in Group::\"team-{number}\", action == Action::\"{name}\", resource);\n"),
            1 => format!(
                "forbid(principal, action == Action::\"{name}\", resource) when {{ context has input && context.input has id && context.input.id == \"{number}\" }};\n"
            ),
            2 => format!("permit(principal in Group::\"team-{number}\", action, resource) when {{ context.chain.depth < 3 }};\n"),
            _ => format!(
                "forbid(principal, action, resource) when {{ context has input && context.input has limit && context.input.limit > {number} }};\n"
            ),
        }
    };
    (0..count).map(policy).collect()
}

fn pick(words: &[&'static str], number: usize) -> &'static str {
    words.get(number % words.len()).copied().unwrap_or_default()
}
