//! JavaScript values as JSON values: exactly, or not at all.
//!
//! `lib/snapshot.mjs` hands in copies without proxies, accessors or foreign prototypes, which cannot be told apart
//! from here; so no foreign code runs while a value is read. What the two disagree about is refused.

use bailiwick::{DEPTH_MAX, Error, ErrorKind, Object, REQUEST_BYTES_MAX, Source, TEXT_BYTES_MAX, Timestamp, Value};
use napi::bindgen_prelude::{Array, BigInt, FromNapiValue, JsObjectValue, Uint8Array, Unknown};
use napi::{JsString, JsValue, KeyCollectionMode, KeyConversion, KeyFilter, ValueType};
use napi_derive::napi;

use crate::raise::usage;

/// Longest piece of a name that is repeated in a message.
const SHOWN_CHARS_MAX: usize = 60;

/// From here on a double does not tell neighbouring integers apart.
const EXACT_BOUND: f64 = 9_007_199_254_740_992.0;

/// The bounds of the core, for the copies that are made before.
#[napi(object)]
pub struct Bounds {
    /// How deep lists and objects nest.
    pub depth: u32,
    /// Bytes of JSON in a request, and in a call's arguments.
    pub request_bytes: u32,
    /// Bytes of JSON in any other document.
    pub text_bytes: u32,
}

/// What the core accepts.
#[napi]
pub fn bounds() -> Bounds {
    let bound = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Bounds { depth: bound(DEPTH_MAX), request_bytes: bound(REQUEST_BYTES_MAX), text_bytes: bound(TEXT_BYTES_MAX) }
}

/// The arguments of a call, or why they are none.
pub(crate) fn arguments(given: &Unknown<'_>) -> Result<Value, String> {
    // No request could carry more; what is merely larger than arguments may be, the core refuses under its own code.
    Reader { room: REQUEST_BYTES_MAX }.read(given, 0)
}

/// The facts a host adds for `context.host`.
pub(crate) fn facts(given: Option<&Unknown<'_>>) -> Result<Object, Error> {
    let Some(given) = given else { return Ok(Object::new()) };
    match arguments(given).map_err(|why| Error::new(ErrorKind::Json, format!("host: {why}")))? {
        Value::Object(facts) => Ok(facts),
        other => Err(usage(format!("host: an object of facts is needed, not {}", kind_of(&other)))),
    }
}

/// A document for the core's strict readers: a string is taken as JSON text, everything else is written as JSON.
pub(crate) fn document(given: &Unknown<'_>) -> Result<String, Error> {
    match given.get_type() {
        Ok(ValueType::String) => string(given).map_err(|why| Error::new(ErrorKind::Json, why)),
        _ => written(given),
    }
}

/// A JavaScript value as JSON text. Not canonical text: members keep their order, which is that of parameters.
pub(crate) fn written(given: &Unknown<'_>) -> Result<String, Error> {
    let wrong = |why: String| Error::new(ErrorKind::Json, why);
    let value = Reader { room: TEXT_BYTES_MAX }.read(given, 0).map_err(wrong)?;
    serde_json::to_string(&value).map_err(|error| wrong(error.to_string()))
}

/// An error in what was given as `name`. Lines and columns are told of text that the caller wrote, and of nothing else.
pub(crate) fn named(error: Error, given: &Unknown<'_>, name: &str) -> Error {
    match (error.kind(), given.get_type()) {
        (ErrorKind::Refused, _) => error,
        (_, Ok(ValueType::String)) => error.in_file(name),
        _ => error.of_value(name),
    }
}

/// A document, read by one of the core's strict readers.
pub(crate) fn read<T>(given: &Unknown<'_>, name: &str, reader: impl FnOnce(&str) -> Result<T, Error>) -> Result<T, Error> {
    document(given).and_then(|text| reader(&text)).map_err(|error| named(error, given, name))
}

/// An error of loading, told of a value where a value was given under the name that it tells.
pub(crate) fn placed(error: Error, values: &[&str]) -> Error {
    match error.location().and_then(|place| place.file.clone()) {
        Some(file) if values.contains(&file.as_str()) => error.of_value(&file),
        _ => error,
    }
}

/// The names under which values, and no texts, were given.
pub(crate) fn values<'n>(given: &[(&'n str, Option<&Unknown<'_>>)]) -> Vec<&'n str> {
    let is_text = |given: &Unknown<'_>| matches!(given.get_type(), Ok(ValueType::String));
    given.iter().filter(|(_, given)| given.is_some_and(|given| !is_text(given))).map(|(name, _)| *name).collect()
}

/// A document, named for its parameter.
pub(crate) fn source(given: Option<&Unknown<'_>>, name: &str) -> Result<Option<Source>, Error> {
    given.map(|given| Ok(Source::new(name, document(given).map_err(|error| error.in_file(name))?))).transpose()
}

/// Texts by name.
pub(crate) fn sources(given: &Unknown<'_>, name: &str) -> Result<Vec<Source>, Error> {
    let Ok(Value::Object(texts)) = (Reader { room: TEXT_BYTES_MAX }).read(given, 0) else {
        return Err(usage(format!("{name}: an object of texts by name, as in `{{\"all.cedar\": …}}`, is needed, not {}", kind(given))));
    };
    let source = |(file, text): (String, Value)| match text {
        Value::String(text) => Ok(Source::new(file, text)),
        other => Err(usage(format!("{name}: `{}`: a string is needed, not {}", shown(&file), kind_of(&other)))),
    };
    texts.into_iter().map(source).collect()
}

/// A string, for a parameter of ours.
pub(crate) fn text(given: &Unknown<'_>, name: &str) -> Result<String, Error> {
    match given.get_type() {
        Ok(ValueType::String) => string(given).map_err(|why| usage(format!("{name}: {why}"))),
        _ => Err(usage(format!("{name}: a string is needed, not {}", kind(given)))),
    }
}

/// A name, or what can be shown of one that has half a surrogate pair; nothing when it is no string.
pub(crate) fn name(given: &Unknown<'_>) -> Option<Result<String, String>> {
    let is_string = given.get_type().is_ok_and(|kind| kind == ValueType::String);
    let utf16 = is_string.then(|| JsString::from_unknown(*given).and_then(JsString::into_utf16).ok()).flatten()?;
    Some(utf16.as_str().map_err(|_| String::from_utf16_lossy(&utf16).trim_end_matches('\0').to_owned()))
}

/// Strings, for a parameter of ours; none when it is not given.
pub(crate) fn texts(given: Option<&Unknown<'_>>, name: &str) -> Result<Vec<String>, Error> {
    let wrong = || usage(format!("{name}: an array of strings is needed, not {}", given.map_or("nothing", kind)));
    let Some(given) = given else { return Ok(Vec::new()) };
    let Ok(Value::Array(items)) = (Reader { room: TEXT_BYTES_MAX }).read(given, 0) else { return Err(wrong()) };
    let text = |item| if let Value::String(text) = item { Ok(text) } else { Err(wrong()) };
    items.into_iter().map(text).collect()
}

/// What was given, for a message.
fn kind(given: &Unknown<'_>) -> &'static str {
    match given.get_type() {
        Ok(ValueType::Object) if given.is_array().unwrap_or(false) => "an array",
        Ok(ValueType::Object) => "an object",
        Ok(ValueType::String) => "a string",
        Ok(ValueType::Number) => "a number",
        Ok(ValueType::BigInt) => "a bigint",
        Ok(ValueType::Boolean) => "a boolean",
        Ok(ValueType::Null) => "null",
        Ok(ValueType::Undefined) => "undefined",
        Ok(ValueType::Function) => "a function",
        _ => "a value of another type",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Enough of a name from outside to find it by, too little to fill a log.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// A value somebody else made, for a parameter of ours.
pub(crate) fn value(given: &Unknown<'_>, name: &str) -> Result<Value, Error> {
    Reader { room: TEXT_BYTES_MAX }.read(given, 0).map_err(|why| usage(format!("{name}: {why}")))
}

/// True or false, and nothing that JavaScript would take for it: it opens a door.
pub(crate) fn truth(given: Option<&Unknown<'_>>, name: &str) -> Result<bool, Error> {
    let Some(given) = given else { return Ok(false) };
    match given.get_type() {
        Ok(ValueType::Boolean) => taken(bool::from_unknown(*given)).map_err(usage),
        _ => Err(usage(format!("{name}: true or false is needed, not {}", kind(given)))),
    }
}

/// A count, for a parameter of ours.
pub(crate) fn count(given: &Unknown<'_>, name: &str) -> Result<u64, Error> {
    whole(given)
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| usage(format!("{name}: a whole number from 0 is needed, not {}", kind(given))))
}

/// The instant given in milliseconds, or the host's clock.
pub(crate) fn instant(now_ms: Option<&Unknown<'_>>) -> Result<Timestamp, Error> {
    let Some(given) = now_ms else { return Ok(bailiwick_store::now()) };
    let instant = whole(given).and_then(Timestamp::from_millis);
    instant.ok_or_else(|| usage("nowMs: a whole number of milliseconds between the years 0 and 9999 is needed"))
}

/// Bytes, for a parameter of ours.
pub(crate) fn bytes(given: &Unknown<'_>, name: &str) -> Result<Vec<u8>, Error> {
    let wrong = || usage(format!("{name}: a Uint8Array is needed, not {}", kind(given)));
    if !given.is_typedarray().unwrap_or(false) {
        return Err(wrong());
    }
    Uint8Array::from_unknown(*given).map(|bytes| bytes.to_vec()).map_err(|_| wrong())
}

fn whole(given: &Unknown<'_>) -> Option<i64> {
    let is_number = given.get_type().is_ok_and(|kind| kind == ValueType::Number);
    let number = f64::from_unknown(*given).ok().filter(|_| is_number)?;
    integer(number)
}

/// The integer a number is, when it is exactly one.
fn integer(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and smaller than 2^53")]
    (number.fract() == 0.0 && number.abs() < EXACT_BOUND).then_some(number as i64)
}

/// The string, unless it has half a surrogate pair: Node would put U+FFFD in its place.
fn string(given: &Unknown<'_>) -> Result<String, String> {
    let text = taken(JsString::from_unknown(*given).and_then(JsString::into_utf16))?;
    text.as_str().map_err(|_| "text with half a surrogate pair".to_owned())
}

/// The room shrinks by no more than the JSON text of what was read, and by something for every value met.
struct Reader {
    room: usize,
}

impl Reader {
    fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.room = self.room.checked_sub(bytes).ok_or("too large")?;
        Ok(())
    }

    fn read(&mut self, given: &Unknown<'_>, depth: usize) -> Result<Value, String> {
        self.take(1)?;
        match taken(given.get_type())? {
            ValueType::Null => Ok(Value::Null),
            ValueType::Boolean => taken(bool::from_unknown(*given)).map(Value::Bool),
            ValueType::Number => number(taken(f64::from_unknown(*given))?),
            ValueType::BigInt => big(&taken(BigInt::from_unknown(*given))?),
            ValueType::String => self.text(given).map(Value::String),
            ValueType::Object if depth == DEPTH_MAX => Err(format!("nested deeper than {DEPTH_MAX} levels")),
            ValueType::Object if taken(given.is_array())? => self.items(&taken(Array::from_unknown(*given))?, depth + 1),
            ValueType::Object => self.members(&taken(napi::bindgen_prelude::Object::from_unknown(*given))?, depth + 1),
            _ => Err("not a JSON value".to_owned()),
        }
    }

    fn items(&mut self, items: &Array<'_>, depth: usize) -> Result<Value, String> {
        let item = |index| taken(items.get::<Unknown<'_>>(index))?.ok_or_else(|| "a list that changed".to_owned());
        (0..items.len()).map(|index| self.read(&item(index)?, depth)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn members(&mut self, object: &napi::bindgen_prelude::Object<'_>, depth: usize) -> Result<Value, String> {
        // Symbols are among the names, and are then refused for being no strings.
        let names = taken(object.get_all_property_names(KeyCollectionMode::OwnOnly, KeyFilter::Enumerable, KeyConversion::NumbersToStrings))?;
        let count = taken(names.get_array_length())?;
        let mut members = Object::with_capacity(usize::try_from(count).unwrap_or(0).min(self.room));
        for index in 0..count {
            self.take(3)?; // two quotes and a colon
            let name: Unknown<'_> = taken(names.get_element(index))?;
            let member = taken(object.get_property::<_, Unknown<'_>>(name))?;
            members.insert(self.text(&name)?, self.read(&member, depth)?);
        }
        Ok(Value::Object(members))
    }

    fn text(&mut self, given: &Unknown<'_>) -> Result<String, String> {
        let text = string(given)?;
        self.take(text.len())?;
        Ok(text)
    }
}

fn number(number: f64) -> Result<Value, String> {
    match integer(number) {
        Some(whole) => Ok(Value::Int(whole)),
        None if number.is_finite() => Ok(Value::Float(number)),
        None => Err("a number that is not finite".to_owned()),
    }
}

fn big(number: &BigInt) -> Result<Value, String> {
    let magnitude = match number.words.as_slice() {
        [] => 0,
        [word] => i128::from(*word),
        _ => i128::MAX,
    };
    let exact = i64::try_from(if number.sign_bit { -magnitude } else { magnitude });
    exact.map(Value::Int).map_err(|_| "a bigint beyond 64 bits".to_owned())
}

fn taken<T>(result: napi::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.reason.clone())
}
