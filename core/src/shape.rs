//! Shapes read from JSON values, and what is said when a value has another shape: where in the document, what was
//! found, what is needed, which members there are. One wording for every document and language.

use std::fmt;
use std::iter::Enumerate;
use std::slice;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::json::{Object, Value};

/// Most names that are listed in a message.
const LISTED_MAX: usize = 24;
/// Most of a name from outside that is repeated in a message, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// Why a value has not the shape that is needed, and where in the document.
#[derive(Debug)]
pub struct Misshape {
    path: String,
    why: String,
}

impl Misshape {
    fn new(why: impl Into<String>) -> Self {
        Self { path: String::new(), why: why.into() }
    }

    fn within_member(mut self, name: &str) -> Self {
        let next = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, next);
        self.path.insert_str(0, &shown(name));
        self
    }

    fn within_item(mut self, index: usize) -> Self {
        let next = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, &format!("[{index}]{next}"));
        self
    }
}

impl fmt::Display for Misshape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.why) } else { write!(f, "`{}`: {}", self.path, self.why) }
    }
}

impl std::error::Error for Misshape {}

impl de::Error for Misshape {
    /// A type that reads a value of its own hands its error on as text; the path that the text begins with goes on here.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match text.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
            Some((path, why)) if !path.contains('`') => Self { path: path.to_owned(), why: why.to_owned() },
            _ => Self::new(text),
        }
    }

    fn invalid_type(found: Unexpected<'_>, needed: &dyn Expected) -> Self {
        Self::new(format!("{} is needed, not {}", needed_in_words(needed), found_in_words(found)))
    }

    fn invalid_value(found: Unexpected<'_>, needed: &dyn Expected) -> Self {
        Self::invalid_type(found, needed)
    }

    fn invalid_length(length: usize, needed: &dyn Expected) -> Self {
        Self::new(format!("{} is needed, not {length} items", needed_in_words(needed)))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("`{}` is none of: {}{}", shown(variant), listed(known), meant(variant, known)))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        if known.is_empty() {
            return Self::new(format!("there is no member `{}`, nor any other", shown(name)));
        }
        Self::new(format!("there is no member `{}`; there are: {}{}", shown(name), listed(known), meant(name, known)))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(format!("`{name}` is missing"))
    }
}

/// Serde's words for its own types, in JSON's.
fn needed_in_words(needed: &dyn Expected) -> String {
    let text = needed.to_string();
    match text.as_str() {
        "a map" => "an object".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        _ => text,
    }
}

fn found_in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => truth.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Char(_) | Unexpected::Str(_) => "a string".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        other => other.to_string(),
    }
}

fn listed(names: &[&str]) -> String {
    let more = if names.len() > LISTED_MAX { ", …" } else { "" };
    format!("{}{more}", names.iter().take(LISTED_MAX).copied().collect::<Vec<_>>().join(", "))
}

/// The known name that was probably meant: one slip of the pen away, or begun alike.
fn meant(name: &str, known: &[&str]) -> String {
    if name.chars().count() > SHOWN_CHARS_MAX {
        return String::new();
    }
    let near = |candidate: &&&str| slips(name, candidate) <= (candidate.len() / 4).max(1);
    match known.iter().filter(near).min_by_key(|candidate| slips(name, candidate)) {
        Some(candidate) => format!(" (did you mean `{candidate}`?)"),
        None => String::new(),
    }
}

/// Longest text whose slips are counted.
const COUNTED_BYTES_MAX: usize = 256;

/// How many characters must be put in, left out, replaced or swapped with their neighbour to make one text the other.
/// Of very long texts that is not counted: it takes as long as the product of their lengths.
pub(crate) fn slips(one: &str, other: &str) -> usize {
    if one.len().max(other.len()) > COUNTED_BYTES_MAX {
        return usize::MAX;
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.to_lowercase().chars().collect(), other.to_lowercase().chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    for (line, letter) in one.iter().enumerate() {
        let mut next = vec![line + 1];
        for (column, counterpart) in other.iter().enumerate() {
            let replaced = at(&row, column) + usize::from(letter != counterpart);
            let mut least = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1);
            let is_swapped = line > 0 && column > 0 && one.get(line - 1) == Some(counterpart) && other.get(column - 1) == Some(letter);
            if is_swapped {
                least = least.min(at(&above, column - 1) + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

pub(crate) fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Reads shapes from a value. Unlike `serde_json`, a record must be an object: an array of its members in order
/// would be a second way to write everything.
impl<'de> Deserializer<'de> for &'de Value {
    type Error = Misshape;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshape> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::String(value) => visitor.visit_borrowed_str(value),
            Value::Array(items) => {
                let mut access = Items { items: items.iter().enumerate() };
                let read = visitor.visit_seq(&mut access)?;
                if access.items.next().is_some() {
                    return Err(Misshape::new(format!("a list with fewer than {} items is needed", items.len())));
                }
                Ok(read)
            }
            Value::Object(members) => visitor.visit_map(Members::of(members)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misshape> {
        if *self == Value::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Misshape> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _name: &'static str, _fields: &'static [&'static str], visitor: V) -> Result<V::Value, Misshape> {
        match self {
            Value::Array(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _name: &'static str, variants: &'static [&'static str], visitor: V) -> Result<V::Value, Misshape> {
        match self {
            Value::String(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            Value::Object(members) if members.len() == 1 => visitor.visit_enum(MapAccessDeserializer::new(Members::of(members))),
            _ => Err(Misshape::new(format!("one of these names is needed, or an object with one of them as its only member: {}", listed(variants)))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items<'v> {
    items: Enumerate<slice::Iter<'v, Value>>,
}

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Misshape;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misshape> {
        let Some((index, item)) = self.items.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|error| error.within_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'v> {
    members: indexmap::map::Iter<'v, String, Value>,
    /// The member whose name was read and whose value was not.
    open: Option<(&'v str, &'v Value)>,
}

impl<'v> Members<'v> {
    fn of(members: &'v Object) -> Self {
        Self { members: members.iter(), open: None }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misshape;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misshape> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        self.open = Some((name, value));
        seed.deserialize(de::value::BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misshape> {
        let Some((name, value)) = self.open.take() else { return Err(Misshape::new("a member without a name")) };
        seed.deserialize(value).map_err(|error| error.within_member(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.members.len())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::{Grant, Origin, Registry};

    fn refusal<T: DeserializeOwned + fmt::Debug>(text: &str) -> String {
        T::deserialize(&Value::parse(text).expect("JSON")).expect_err(text).to_string()
    }

    #[test]
    fn a_shape_error_says_where_what_and_what_there_is() {
        for (text, said) in [
            (
                r#"{"action": ["read"]}"#,
                "there is no member `action`; there are: actions, resources, arguments, approvers, expires_ms, capabilities, budgets (did you mean `actions`?)",
            ),
            (
                r#"{"capabilities": [{"actions": ["read"], "argument": {}}]}"#,
                "`capabilities[0]`: there is no member `argument`; there are: actions, resources, arguments, approvers, expires_ms (did you mean `arguments`?)",
            ),
            (
                r#"{"capabilities": [{"actions": ["pay"], "arguments": {"amount": {"range": {"max": true}}}}]}"#,
                "`capabilities[0].arguments.amount.range.max`: a string is needed, not true",
            ),
            (r#"{"capabilities": [{"actions": "all"}]}"#, "`capabilities[0].actions`: "),
            (r#"{"capabilities": {}}"#, "`capabilities`: a list is needed, not an object"),
            (r#""any""#, "an object with `actions`, or with `capabilities`, is needed, not a string"),
        ] {
            let found = refusal::<Grant>(text);
            assert!(found.starts_with(said), "{text}: {found}");
        }
        assert_eq!(
            refusal::<Origin>(r#"{"kind": "usr", "issuer": "i", "subject": "s"}"#),
            "`kind`: `usr` is none of: user, service, schedule, agent_user (did you mean `user`?)"
        );
        assert_eq!(refusal::<Origin>(r#"{"kind": "user", "issuer": "i"}"#), "`subject` is missing");
        let error = Registry::from_json("{\"agents\":\n [{\"issuer\": 3}]}").expect_err("a number");
        assert_eq!(error.to_string(), "2:14: `agents[0].issuer`: a string is needed, not 3");
    }

    #[test]
    fn a_name_from_outside_is_shown_short_and_without_control_characters() {
        let found = refusal::<Origin>(&format!("{{\"\\u001b[2J{}\": 1}}", "x".repeat(500)));
        assert!(found.len() < 200 && !found.contains('\u{1b}'), "{found}");
    }

    #[test]
    fn slips_are_counted() {
        for (one, other, count) in
            [("", "", 0), ("actoins", "actions", 1), ("action", "actions", 1), ("Agents", "agents", 0), ("abc", "", 3), ("grant", "origin", 5)]
        {
            assert_eq!(slips(one, other), count, "{one} {other}");
        }
        let long = "a".repeat(1_000_000);
        assert_eq!([slips(&long, "amount"), slips("amount", &long)], [usize::MAX; 2]);
    }
}
