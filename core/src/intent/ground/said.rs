//! What a tool said, out of what protocols wrap its output in: MCP's `CallToolResult`, and lists of content parts as MCP,
//! Anthropic and `OpenAI` write them.

use hashbrown::HashSet;

use crate::json::{Object, Value};

/// The members of a tool's result; `meta` and the names in snake case are those of SDKs.
const OF_RESULTS: [&str; 7] = ["content", "structuredContent", "structured_content", "isError", "is_error", "_meta", "meta"];

/// The members of a part that is text.
const OF_TEXTS: [&str; 8] = ["type", "text", "annotations", "_meta", "meta", "cache_control", "citations", "logprobs"];

/// The parts of a wrapped output, in their order.
#[derive(Debug)]
pub(super) struct Said<'o> {
    pub parts: Vec<Part<'o>>,
    /// The tool says that it failed.
    pub failed: bool,
    /// Texts that are JSON are read.
    reads_texts: bool,
}

/// One thing a tool said.
#[derive(Debug)]
pub(super) enum Part<'o> {
    /// A value as the tool returned it.
    Returned(&'o Value),
    /// A record about something that is elsewhere: where it is, and what it is called.
    Link(Value),
    /// A text of the tool's.
    Text(&'o str),
    /// The text of a file or page the tool handed on.
    Document(&'o str),
    /// The records that texts of the tool's were.
    Records(Value),
}

/// Takes an output out of its wrapping; `None` if there is none. Texts that are JSON become records if they may be taken
/// for some.
pub(super) fn unwrapped(output: &Value, reads_texts: bool) -> Option<Said<'_>> {
    let mut said = Said { parts: Vec::new(), failed: false, reads_texts };
    match output {
        Value::Array(parts) if are_parts(parts) => said.all(parts, None),
        Value::Object(members) if is_answer(members) => return unwrapped(members.get("result")?, reads_texts),
        Value::Object(members) if is_result(members) => said.result(members),
        Value::Object(members) if is_part(members) => said.all(std::slice::from_ref(output), None),
        _ => return None,
    }
    Some(said)
}

/// JSON-RPC's answer to a call.
fn is_answer(members: &Object) -> bool {
    members.contains_key("jsonrpc") && matches!(members.get("result"), Some(Value::Object(result)) if is_result(result))
}

fn is_result(members: &Object) -> bool {
    let is_known = members.keys().all(|name| OF_RESULTS.contains(&name.as_str()));
    let structured = matches!(structured(members), Some(Value::Object(_)));
    let content = match members.get("content") {
        None | Some(Value::Null) => structured,
        Some(Value::Array(parts)) => are_parts(parts) || parts.is_empty(),
        Some(_) => false,
    };
    is_known && content
}

fn structured(members: &Object) -> Option<&Value> {
    ["structuredContent", "structured_content"].into_iter().filter_map(|name| members.get(name)).find(|value| **value != Value::Null)
}

fn are_parts(parts: &[Value]) -> bool {
    !parts.is_empty() && parts.iter().all(|part| matches!(part, Value::Object(members) if is_part(members)))
}

/// Whether this is a part of a content list, and no record of the tool's that has a `type`, too.
fn is_part(members: &Object) -> bool {
    let has = |name: &str| members.contains_key(name);
    let is_text = |name: &str| matches!(members.get(name), Some(Value::String(_)));
    let is_object = |name: &str| matches!(members.get(name), Some(Value::Object(_)));
    match kind(members) {
        "text" | "input_text" | "output_text" => is_text("text") && members.keys().all(|name| OF_TEXTS.contains(&name.as_str())),
        "image" | "audio" => is_text("data") && (has("mimeType") || has("mime_type")) || is_object("source"),
        "image_url" | "input_image" => has("image_url") || has("file_id"),
        "input_audio" => has("input_audio"),
        "file" | "input_file" => has("file") || has("file_data") || has("file_id") || has("file_url"),
        "resource" => is_object("resource"),
        "resource_link" => is_text("uri"),
        "document" => is_object("source"),
        "tool_result" => is_text("tool_use_id"),
        "refusal" => is_text("refusal"),
        _ => false,
    }
}

fn kind(members: &Object) -> &str {
    members.get("type").and_then(Value::as_str).unwrap_or_default()
}

impl<'o> Said<'o> {
    fn result(&mut self, members: &'o Object) {
        self.failed |= ["isError", "is_error"].into_iter().any(|name| members.get(name) == Some(&Value::Bool(true)));
        let structured = structured(members).map(|value| match value {
            // What is no object is wrapped into one.
            Value::Object(members) if members.len() == 1 => members.get("result").unwrap_or(value),
            value => value,
        });
        match structured {
            Some(Value::String(text)) => self.parts.push(Part::Text(text)),
            Some(value) => self.parts.push(Part::Returned(value)),
            None => {}
        }
        if let Some(Value::Array(parts)) = members.get("content") {
            self.all(parts, structured);
        }
    }

    /// Takes the parts of a list. Texts that only repeat what the tool returned as values are passed over.
    fn all(&mut self, parts: &'o [Value], returned: Option<&Value>) {
        let repeated = returned.map(repetitions).unwrap_or_default();
        let (mut records, mut others) = (Vec::new(), Vec::new());
        for part in parts {
            let Value::Object(members) = part else { continue };
            match kind(members) {
                "text" | "input_text" | "output_text" => {
                    let Some(text) = members.get("text").and_then(Value::as_str) else { continue };
                    match read(text, &repeated, self.reads_texts && !self.failed) {
                        Read::Repeated => {}
                        Read::Records(value) => records.push(value),
                        Read::Text => others.push(Part::Text(text)),
                    }
                }
                _ => self.other(members, &mut others),
            }
        }
        // A list comes as one part for each of its items.
        match records.len() {
            0 | 1 => self.parts.extend(records.into_iter().map(Part::Records)),
            _ => self.parts.push(Part::Records(Value::Array(records))),
        }
        self.parts.append(&mut others);
    }

    /// A part that is no plain text. What is encoded (images, sound, files) says nothing that could be compared.
    fn other(&mut self, members: &'o Object, others: &mut Vec<Part<'o>>) {
        let text = |of: &'o Object, name: &str| of.get(name).and_then(Value::as_str);
        match (kind(members), members.get("resource").or_else(|| members.get("source"))) {
            ("resource", Some(Value::Object(resource))) => {
                others.extend(link(resource).map(Part::Link));
                others.extend(text(resource, "text").map(Part::Document));
            }
            ("resource_link", _) => others.extend(link(members).map(Part::Link)),
            ("document", Some(Value::Object(source))) => match (text(source, "type"), source.get("content")) {
                (Some("text"), _) => others.extend(text(source, "data").map(Part::Document)),
                (_, Some(Value::Array(parts))) if are_parts(parts) => {
                    let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
                    others.extend(texts.map(Part::Document));
                }
                _ => {}
            },
            ("tool_result", _) => {
                self.failed |= members.get("is_error") == Some(&Value::Bool(true));
                match members.get("content") {
                    Some(Value::String(text)) => others.push(Part::Text(text)),
                    // One level: a result is not in another.
                    Some(Value::Array(parts)) if are_parts(parts) && parts.iter().all(|part| part.get("tool_use_id").is_none()) => {
                        self.all(parts, None);
                    }
                    _ => {}
                }
            }
            ("refusal", _) => others.extend(text(members, "refusal").map(Part::Text)),
            _ => {}
        }
    }
}

/// What tells of a resource: its address and its names.
fn link(members: &Object) -> Option<Value> {
    let told = ["uri", "name", "title", "description"].into_iter().filter_map(|name| {
        let text = members.get(name).filter(|value| matches!(value, Value::String(_)))?;
        Some((name.to_owned(), text.clone()))
    });
    let told: Object = told.collect();
    (!told.is_empty()).then_some(Value::Object(told))
}

/// What a text part is.
enum Read {
    Repeated,
    Records(Value),
    Text,
}

fn read(text: &str, repeated: &HashSet<String>, may_be_records: bool) -> Read {
    let may_be_records = may_be_records && text.trim_start().starts_with(['{', '[']);
    let value = if may_be_records || !repeated.is_empty() { Value::parse(text).ok() } else { None };
    let is_repeated = |value: &Value| repeated.contains(&value.canonical());
    if !repeated.is_empty() && (value.as_ref().is_some_and(is_repeated) || is_repeated(&Value::String(text.to_owned()))) {
        return Read::Repeated;
    }
    match value {
        Some(value @ (Value::Object(_) | Value::Array(_))) if may_be_records => Read::Records(value),
        _ => Read::Text,
    }
}

/// The canonical texts of what a text part may repeat: the value, a member of it, or an item of it or of a member.
fn repetitions(value: &Value) -> HashSet<String> {
    let mut texts = HashSet::from([value.canonical()]);
    let mut add = |value: &Value| {
        texts.insert(value.canonical());
        if let Value::Array(items) = value {
            texts.extend(items.iter().map(Value::canonical));
        }
    };
    match value {
        Value::Object(members) => members.values().for_each(add),
        value => add(value),
    }
    texts
}
