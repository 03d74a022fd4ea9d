//! `$ref`: what a reference within a schema points to.

use std::collections::HashMap;

use crate::json::Value;

/// A schema and the names its parts are referred to by.
pub(super) struct Document<'s> {
    root: &'s Value,
    /// By `$anchor` (or `$dynamicAnchor`), as `#name`, and by `$id`.
    named: HashMap<String, &'s Value>,
    /// By the last part of the path in an `$id`: most references to another are relative. `None` where two have the same.
    by_last: HashMap<&'s str, Option<&'s Value>>,
}

impl<'s> Document<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        let mut document = Self { root, named: HashMap::new(), by_last: HashMap::new() };
        document.collect(root);
        document
    }

    /// The schema a reference points to: `#`, `#/a/b`, `#anchor`, or the `$id` of a part of this schema.
    pub(super) fn resolve(&self, reference: &str) -> Result<&'s Value, String> {
        let wrong = || format!("`$ref` `{reference}` points to nothing in this schema; write it as `#/$defs/name`, and add what it names");
        if let Some(named) = self.named.get(reference) {
            return Ok(named);
        }
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let root = if document.is_empty() { self.root } else { self.identified(document).ok_or_else(wrong)? };
        if fragment.is_empty() {
            return Ok(root);
        }
        let pointer = fragment.strip_prefix('/').ok_or_else(wrong)?;
        pointer.split('/').try_fold(root, |value, part| step(value, &unescaped(part)?)).ok_or_else(wrong)
    }

    fn identified(&self, id: &str) -> Option<&'s Value> {
        self.named.get(id).copied().or_else(|| *self.by_last.get(id)?)
    }

    fn collect(&mut self, value: &'s Value) {
        match value {
            Value::Object(members) => {
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(anchor) = members.get(keyword).and_then(Value::as_str) {
                        self.named.entry(format!("#{anchor}")).or_insert(value);
                    }
                }
                for keyword in ["$id", "id"] {
                    if let Some(id) = members.get(keyword).and_then(Value::as_str) {
                        let id = id.trim_end_matches('#');
                        self.named.entry(id.to_owned()).or_insert(value);
                        let last = id.rsplit('/').next().unwrap_or(id);
                        self.by_last.entry(last).and_modify(|known| *known = None).or_insert(Some(value));
                    }
                }
                members.values().for_each(|member| self.collect(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }
}

fn step<'s>(value: &'s Value, part: &str) -> Option<&'s Value> {
    match value {
        Value::Object(members) => members.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    }
}

/// A part of a JSON pointer in a URI fragment: percent-encoding (RFC 3986) around `~0` and `~1` (RFC 6901).
fn unescaped(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            bytes.push(u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(String::from_utf8(bytes).ok()?.replace("~1", "/").replace("~0", "~"))
}
