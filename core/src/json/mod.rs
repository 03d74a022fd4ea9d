//! JSON from outside: read strictly, written canonically.
//!
//! Reading refuses what two readers could understand differently: duplicate members, numbers that are
//! neither 64-bit integers nor finite doubles, and nesting deep enough to exhaust a stack.

pub(crate) mod canonical;

use std::fmt::{self, Write as _};

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use smallvec::SmallVec;

use crate::error::{Error, ErrorKind, Location};
use crate::json::canonical::Writer;

/// The members of a JSON object, in the order they were written.
///
/// ```
/// let mut facts = bailiwick::Object::new();
/// facts.insert("region".to_owned(), bailiwick::Value::String("eu".to_owned()));
/// ```
pub type Object = IndexMap<String, Value>;

/// Deepest nesting we read. Tool arguments seen in the wild stay below 10; 64 leaves room and a small stack.
///
/// ```
/// let deep = "[".repeat(bailiwick::DEPTH_MAX + 2) + &"]".repeat(bailiwick::DEPTH_MAX + 2);
/// assert!(bailiwick::Value::parse(&deep).is_err());
/// ```
pub const DEPTH_MAX: usize = 64;

/// Longest document [`read`] accepts, in bytes: room for a registry of some 50,000 agents.
///
/// ```
/// assert_eq!(bailiwick::TEXT_BYTES_MAX, 32 * 1024 * 1024);
/// ```
pub const TEXT_BYTES_MAX: usize = 32 << 20;

/// A JSON value. Integers are kept exactly; every other number is a finite double, as in RFC 7493.
///
/// ```
/// use bailiwick::Value;
/// let value: Value = Value::parse(r#"{"amount": 98.7, "to": ["a", "b"]}"#)?;
/// assert_eq!(value.canonical(), r#"{"amount":98.7,"to":["a","b"]}"#);
/// assert!(Value::parse(r#"{"to": "a", "to": "b"}"#).is_err());
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has no further kinds of value")]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number without a fraction that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; member names are unique.
    Object(Object),
}

impl Value {
    /// Reads one value.
    ///
    /// ```
    /// let error = bailiwick::Value::parse(r#"{"a": 1, "a": 2}"#).unwrap_err();
    /// assert!(error.to_string().ends_with("duplicate member `a`"));
    /// ```
    ///
    /// # Errors
    /// Code `json.malformed`: not JSON, a duplicate member, a number out of range, nesting beyond
    /// [`DEPTH_MAX`]; with line and column.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_by(Reader::STRICT, text)
    }

    /// The same, with integers beyond 64 bits as the nearest doubles: a schema may name the bounds of an unsigned type.
    pub(crate) fn parse_schema(text: &str) -> Result<Self, Error> {
        Self::parse_by(Reader { rounds_integers: true, ..Reader::STRICT }, text)
    }

    fn parse_by(by: Reader, text: &str) -> Result<Self, Error> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Error::new(ErrorKind::Json, format!("document is longer than {TEXT_BYTES_MAX} bytes")));
        }
        let text = without_mark(text);
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = by.deserialize(&mut reader).map_err(|error| if is_name(text) { not_json() } else { located(&error, text) })?;
        reader.end().map_err(|error| located(&error, text))?;
        Ok(value)
    }

    /// The canonical text: RFC 8785 (JCS) for every value RFC 8785 covers, and exact digits for integers
    /// beyond 2^53, which it does not. Two values have the same text only if every reader takes them for equal, as
    /// `5` and `5.0`.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::parse(r#"{"b": 1.0, "a": "x"}"#)?.canonical(), r#"{"a":"x","b":1}"#);
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    /// Whether every integer in it is the same number as a double (RFC 8785 §3.2.2.3).
    pub(crate) fn is_exact(&self) -> bool {
        match self {
            Self::Int(number) => number.unsigned_abs().checked_shr(number.trailing_zeros()).unwrap_or_default() <= 1 << 53,
            Self::Array(items) => items.iter().all(Self::is_exact),
            Self::Object(members) => members.values().all(Self::is_exact),
            _ => true,
        }
    }

    /// The string, if this is one.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::Null.as_str(), None);
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member `name`, if this is an object that has it.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::parse(r#"{"a": "x"}"#)?.get("a").and_then(|value| value.as_str()), Some("x"));
    /// # Ok::<(), bailiwick::Error>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// What kind of value it is, for a message.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    pub(crate) fn members(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// However deep: what is wrapped into a larger record was read within the limit before.
    pub(crate) fn of(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN)), Self::Int),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(items) => Self::Array(items.into_iter().map(Self::of).collect()),
            serde_json::Value::Object(members) => Self::Object(members.into_iter().map(|(name, value)| (name, Self::of(value))).collect()),
        }
    }

    pub(crate) fn write_canonical(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Int(number) => out.push_str(&number.to_string()),
            Self::Float(number) => out.push_str(ryu_js::Buffer::new().format(*number)),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_canonical(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut sorted: SmallVec<[_; 16]> = members.iter().collect();
                // RFC 8785 §3.2.3 sorts by UTF-16 code units, which differs from bytes beyond the BMP.
                if !(sorted.is_sorted_by_key(|(name, _)| *name) && sorted.iter().all(|(name, _)| name.is_ascii())) {
                    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                }
                out.push('{');
                for (index, (name, value)) in sorted.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    value.write_canonical(out);
                }
                out.push('}');
            }
        }
    }
}

/// Reads a document into a type whose shape is the contract: strictly as JSON first, then the shape.
///
/// ```
/// let names: Vec<String> = bailiwick::read_json(r#"["a", "b"]"#)?;
/// assert!(bailiwick::read_json::<Vec<String>>("[1]").is_err());
/// # Ok::<(), bailiwick::Error>(())
/// ```
///
/// # Errors
/// `json.malformed`, with line and column, and with the path of the member that has not the shape.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    shaped(&Value::parse(text)?, text)
}

/// A value as a type whose shape is the contract; `text` is what it was read from, to say where it does not fit.
pub(crate) fn shaped<T: DeserializeOwned>(value: &Value, text: &str) -> Result<T, Error> {
    let text = without_mark(text);
    T::deserialize(value).map_err(|misshape| {
        let error = Error::new(ErrorKind::Json, misshape.to_string());
        match serde_json::from_str::<T>(text) {
            // Only to learn line and column: read from text, a record written as an array would pass.
            Err(same) => match located(&same, text).location() {
                Some(place) => error.at(place.clone()),
                None => error,
            },
            Ok(_) => error,
        }
    })
}

/// The text without the byte order mark some editors put before it.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The canonical text of anything serializable: what digests, seals and audit entries are made over.
///
/// # Panics
/// Never for our own types: string keys, no foreign code. Were that ever untrue, stopping is right: values that share
/// a text would share a seal.
pub(crate) fn canonical<T: Serialize>(of: &T) -> String {
    let mut writer = Writer { text: String::with_capacity(1_024) };
    match of.serialize(&mut writer) {
        Ok(()) => writer.text,
        Err(error) => unreachable!("a value of ours does not serialize: {error}"),
    }
}

/// Anything serializable as a value.
///
/// # Panics
/// As [`canonical`].
pub(crate) fn value<T: Serialize>(value: &T) -> Value {
    match serde_json::to_value(value) {
        Ok(json) => Value::of(json),
        Err(error) => unreachable!("a value of ours does not serialize: {error}"),
    }
}

/// Whether the text begins as no document does, and is more likely the name of one.
fn is_name(text: &str) -> bool {
    text.trim_start().starts_with(|first: char| first.is_alphabetic() || matches!(first, '/' | '.' | '~'))
        && text.contains(['.', '/', '\\', '~'])
        && !text.contains('\n')
}

fn not_json() -> Error {
    let message = "not JSON; this looks like a file name: pass the file's text";
    Error::new(ErrorKind::Json, message).at(Location { file: None, line: 1, column: 1 })
}

fn located(error: &serde_json::Error, document: &str) -> Error {
    // `serde_json` counts bytes; people, and our other diagnostics, count characters.
    let before = document.split('\n').nth(error.line().saturating_sub(1)).and_then(|line| line.get(..error.column().saturating_sub(1)));
    let column = before.map_or(error.column(), |before| before.chars().count() + 1).max(1);
    let location = Location { file: None, line: error.line(), column };
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    Error::new(ErrorKind::Json, message).at(location)
}

pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    // Mostly there is nothing to escape.
    let plain = text.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\').unwrap_or(text.len());
    let (plain, rest) = text.split_at(plain);
    out.push_str(plain);
    for character in rest.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader::STRICT.deserialize(deserializer)
    }
}

#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
    rounds_integers: bool,
}

impl Reader {
    const STRICT: Self = Self { depth: 0, rounds_integers: false };

    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(Self { depth: self.depth + 1, ..*self })
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "asked for")]
        match i64::try_from(value) {
            Ok(value) => Ok(Value::Int(value)),
            Err(_) if self.rounds_integers => Ok(Value::Float(value as f64)),
            Err(_) => Err(E::custom("integer does not fit 64 bits")),
        }
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        if value.is_finite() { Ok(Value::Float(value)) } else { Err(E::custom("number is not finite")) }
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Object::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(de::Error::custom(format_args!("duplicate member `{name}`")));
            }
            let value = map.next_value_seed(self.deeper()?)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for (text, why) in [
            (r#"{"a":1,"a":2}"#, "duplicate member `a`"),
            (r#"{"a":{"b":1,"b":1}}"#, "duplicate member `b`"),
            (r#"{"a":1,"\u0061":2}"#, "duplicate member `a`"),
            ("18446744073709551615", "integer does not fit 64 bits"),
            ("1e999", "number out of range"),
            ("[1,]", "trailing comma"),
            ("{} {}", "trailing characters"),
            ("", "EOF"),
            ("NaN", "expected"),
        ] {
            let error = Value::parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert!(Value::parse(&deep).is_err());
        assert!(Value::parse(&("[".repeat(64) + &"]".repeat(64))).is_ok());
        assert!(Value::parse(&("[".repeat(66) + &"]".repeat(66))).is_err());
    }

    #[test]
    fn a_wrapped_value_keeps_its_text_however_deep() {
        let deep = |end: &str| Value::parse(&format!("{}{end}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX))).expect("within the limit");
        let (one, other) = (canonical(&("wrapped", deep("1"))), canonical(&("wrapped", deep("2"))));
        assert!(one.contains('1') && one != other);
    }

    #[test]
    fn errors_say_where() {
        let error = Value::parse("{\n  \"a\": 1,,\n}").expect_err("not JSON");
        assert_eq!(error.location().map(|at| (at.line, at.column)), Some((2, 10)));
    }

    #[test]
    fn what_is_written_at_once_is_the_canonical_text_of_the_value() {
        #[derive(serde::Serialize)]
        enum Choice {
            Unit,
            Newtype(u64),
            Tuple(i8, Option<bool>),
            Struct { z: f64, a: &'static str },
        }
        #[derive(serde::Serialize)]
        struct Nested<'n> {
            later: (),
            #[serde(flatten)]
            flat: std::collections::BTreeMap<&'n str, Vec<Choice>>,
            earlier: Option<Box<Nested<'n>>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            absent: Option<u8>,
            values: &'n [Value],
            counts: std::collections::BTreeMap<u8, char>,
        }
        let choices = || vec![Choice::Struct { z: 1.50, a: "\u{1f600}\n" }, Choice::Unit, Choice::Newtype(u64::MAX), Choice::Tuple(-3, None)];
        let values = [Value::parse(r#"{"b": [1, {}, []], "a": {"\u20ac": -0.0, "\ud83d\ude00": null, "\ufb33": 1e30}}"#).unwrap()];
        let nested = |earlier| Nested {
            later: (),
            flat: [("\u{fb33}", choices()), ("\u{1f600}", Vec::new()), ("m", choices())].into(),
            earlier,
            absent: None,
            values: &values,
            counts: [(10, 'x'), (9, '"')].into(),
        };
        let whole = nested(Some(Box::new(nested(None))));
        assert_eq!(canonical(&whole), value(&whole).canonical());
        for scalar in [Value::Null, Value::Int(i64::MIN), Value::Float(0.1), Value::String(String::new())] {
            assert_eq!(canonical(&scalar), scalar.canonical());
        }
    }

    #[test]
    fn canonical_text_follows_rfc_8785() {
        let value = Value::parse("{\"\u{20ac}\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{80}\":6,\"\u{f6}\":7}").expect("valid");
        // RFC 8785 §3.2.3, the sorting example.
        assert_eq!(value.canonical(), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}");
        let numbers = Value::parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]").expect("valid");
        assert_eq!(numbers.canonical(), "[333333333.3333333,1e+30,4.5,0.002,1e-27]");
        assert_eq!(Value::Int(9_007_199_254_740_993).canonical(), "9007199254740993");
    }
}
