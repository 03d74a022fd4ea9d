//! Python objects as JSON values: exactly, or not at all.
//!
//! Only the exact built-in types convert. A subclass may answer the tool differently from what is read here, and
//! then what was decided on is not what is done.

use std::path::PathBuf;

use bailiwick::{DEPTH_MAX, Decimal, Error, ErrorKind, Object, REQUEST_BYTES_MAX, TEXT_BYTES_MAX, Timestamp, Value};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use crate::raise::{As, raising, usage};

/// Longest piece of a member or type name that is repeated in a message: enough to find it, too little to fill a log.
const SHOWN_CHARS_MAX: usize = 60;

/// The arguments of a call, or why they are none.
pub(crate) fn arguments(object: &Bound<'_, PyAny>) -> Result<Value, String> {
    // No request could carry more; what is merely larger than arguments may be, the core refuses under its own code.
    read(object, REQUEST_BYTES_MAX).map_err(|misfit| misfit.to_string())
}

/// What a tool answered or an operator vouches for. It may be larger than a request: it is read, not kept.
pub(crate) fn value(object: &Bound<'_, PyAny>, name: &str) -> Result<Value, Error> {
    read(object, TEXT_BYTES_MAX).map_err(|misfit| usage(format!("{name}: {misfit}")))
}

/// The facts a host adds for `context.host`.
pub(crate) fn facts(object: Option<&Bound<'_, PyAny>>) -> Result<Object, Error> {
    let Some(object) = object else { return Ok(Object::new()) };
    match read(object, REQUEST_BYTES_MAX).map_err(|misfit| Error::new(ErrorKind::Json, format!("host: {misfit}")))? {
        Value::Object(facts) => Ok(facts),
        _ => Err(usage(format!("host: a dict of facts is needed, not {}", kind(object)))),
    }
}

/// A document for the core's strict readers: a `str` is taken as JSON text, everything else is written as JSON.
pub(crate) fn document(object: &Bound<'_, PyAny>) -> Result<String, Error> {
    match object.cast::<PyString>() {
        Ok(text) => text.to_str().map(str::to_owned).map_err(|_| Error::new(ErrorKind::Json, "text with half a surrogate pair")),
        Err(_) => written(object),
    }
}

/// A document with JSON schemas. They may have integers beyond 64 bits, as the bounds of unsigned types; to the core, these
/// are the nearest doubles.
pub(crate) fn catalog(object: &Bound<'_, PyAny>) -> Result<String, Error> {
    if object.is_instance_of::<PyString>() {
        return document(object);
    }
    let mut reader = Reader { room: TEXT_BYTES_MAX, bytes_max: TEXT_BYTES_MAX, rounds_integers: true };
    let wrong = |why: String| Error::new(ErrorKind::Json, why);
    let value = reader.read(object, 0).map_err(|misfit| wrong(misfit.to_string()))?;
    serde_json::to_string(&value).map_err(|error| wrong(error.to_string()))
}

/// A Python object as JSON text. Not canonical text: `5.0` stays a fraction, as `json.dumps` has it.
pub(crate) fn written(object: &Bound<'_, PyAny>) -> Result<String, Error> {
    let wrong = |why: String| Error::new(ErrorKind::Json, why);
    let value = read(object, TEXT_BYTES_MAX).map_err(|misfit| wrong(misfit.to_string()))?;
    serde_json::to_string(&value).map_err(|error| wrong(error.to_string()))
}

/// An error in what was given as `name`. Lines and columns are told of text that the caller wrote, and of nothing else.
pub(crate) fn named(error: Error, object: &Bound<'_, PyAny>, name: &str) -> Error {
    match error.kind() {
        ErrorKind::Refused => error,
        _ if object.is_instance_of::<PyString>() => error.in_file(name),
        _ => error.of_value(name),
    }
}

/// A document, read by one of the core's strict readers.
pub(crate) fn read_as<T>(object: &Bound<'_, PyAny>, name: &str, reader: impl FnOnce(&str) -> Result<T, Error>) -> Result<T, Error> {
    document(object).and_then(|text| reader(&text)).map_err(|error| named(error, object, name))
}

/// An error of loading, told of a value where a value was given under the name that it tells.
pub(crate) fn placed(error: Error, values: &[&str]) -> Error {
    match error.location().and_then(|place| place.file.clone()) {
        Some(file) if values.contains(&file.as_str()) => error.of_value(&file),
        _ => error,
    }
}

/// The names under which values, and no texts, were given.
pub(crate) fn values<'n>(given: &[(&'n str, Option<&Bound<'_, PyAny>>)]) -> Vec<&'n str> {
    given.iter().filter(|(_, object)| object.is_some_and(|object| !object.is_instance_of::<PyString>())).map(|(name, _)| *name).collect()
}

/// `str`, for a parameter of ours.
pub(crate) fn text(object: &Bound<'_, PyAny>, name: &str) -> Result<String, Error> {
    let text = object.cast::<PyString>().map_err(|_| usage(format!("{name}: a str is needed, not {}", kind(object))))?;
    text.to_str().map(str::to_owned).map_err(|_| usage(format!("{name}: text with half a surrogate pair")))
}

/// A list of `str`, for a parameter of ours.
pub(crate) fn texts(object: &Bound<'_, PyAny>, name: &str) -> Result<Vec<String>, Error> {
    let items = object.cast::<PyList>().map_err(|_| usage(format!("{name}: a list of str is needed, not {}", kind(object))))?;
    items.iter().map(|item| text(&item, name)).collect()
}

/// A path (`str` or `os.PathLike`), for a parameter of ours.
pub(crate) fn path(object: &Bound<'_, PyAny>, name: &str) -> Result<PathBuf, Error> {
    object.extract().map_err(|_| usage(format!("{name}: a path is needed, not {}", kind(object))))
}

/// A count, for a parameter of ours.
pub(crate) fn count(object: &Bound<'_, PyAny>, name: &str) -> Result<u64, Error> {
    let number = object.cast_exact::<PyInt>().map_err(|_| usage(format!("{name}: an int is needed, not {}", kind(object))))?;
    number.extract().map_err(|_| usage(format!("{name}: a count from 0 is needed")))
}

/// The instant given in milliseconds, or the host's clock.
pub(crate) fn instant(now_ms: Option<&Bound<'_, PyAny>>) -> Result<Timestamp, Error> {
    let Some(object) = now_ms else { return Ok(bailiwick_store::now()) };
    let millis = object.cast_exact::<PyInt>().map_err(|_| usage(format!("now_ms: an int is needed, not {}", kind(object))))?;
    let instant = millis.extract().ok().and_then(Timestamp::from_millis);
    instant.ok_or_else(|| usage("now_ms: milliseconds between the years 0 and 9999 are needed"))
}

/// A copy of JSON-like arguments in which every container is new, so that what is decided on cannot change before
/// it is done. Raises where `decide` would say `call.malformed`.
#[pyfunction]
pub(crate) fn snapshot<'py>(py: Python<'py>, arguments: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    raising(py, As::Calling, || {
        read(arguments, REQUEST_BYTES_MAX).map_err(|misfit| Error::new(ErrorKind::Json, misfit.to_string()))?;
        Ok(copy(arguments, 0))
    })?
}

/// `read` has walked the same objects; should another thread have changed them since, the depth still ends it.
fn copy<'py>(object: &Bound<'py, PyAny>, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if depth > DEPTH_MAX {
        return Err(pyo3::exceptions::PyRecursionError::new_err("arguments changed while they were copied"));
    }
    if let Ok(items) = object.cast_exact::<PyList>() {
        let copies = items.iter().map(|item| copy(&item, depth + 1)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyList::new(py, copies)?.into_any());
    }
    if let Ok(items) = object.cast_exact::<PyTuple>() {
        let copies = items.iter().map(|item| copy(&item, depth + 1)).collect::<PyResult<Vec<_>>>()?;
        return Ok(PyTuple::new(py, copies)?.into_any());
    }
    if let Ok(members) = object.cast_exact::<PyDict>() {
        let copies = PyDict::new(py);
        for (name, member) in members.copy()? {
            copies.set_item(name, copy(&member, depth + 1)?)?;
        }
        return Ok(copies.into_any());
    }
    match object.cast_exact::<PyFloat>() {
        // What is decided on is 0, of either sign.
        Ok(number) if number.value() == 0.0 => Ok(PyFloat::new(py, 0.0).into_any()),
        _ => Ok(object.clone()),
    }
}

fn read(object: &Bound<'_, PyAny>, bytes_max: usize) -> Result<Value, Misfit> {
    Reader { room: bytes_max, bytes_max, rounds_integers: false }.read(object, 0)
}

/// Why an object is no JSON value, and where in it.
struct Misfit {
    path: String,
    why: String,
}

impl Misfit {
    fn new(why: impl Into<String>) -> Self {
        Self { path: String::new(), why: why.into() }
    }

    fn within(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path.strip_prefix('.').unwrap_or(&self.path);
        if path.is_empty() { f.write_str(&self.why) } else { write!(f, "`{path}`: {}", self.why) }
    }
}

/// The room shrinks by no more than the JSON text of what was read, and by something for every object met: lists
/// that hold one list many times, many levels deep, end here.
struct Reader {
    room: usize,
    bytes_max: usize,
    rounds_integers: bool,
}

impl Reader {
    fn take(&mut self, bytes: usize) -> Result<(), Misfit> {
        self.room = self.room.checked_sub(bytes).ok_or_else(|| Misfit::new(format!("larger than {} bytes of JSON", self.bytes_max)))?;
        Ok(())
    }

    fn read(&mut self, object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, Misfit> {
        self.take(1)?;
        if let Ok(text) = object.cast_exact::<PyString>() {
            return self.text(text).map(Value::String);
        }
        // `bool` is an `int` to Python; asking exactly keeps them apart.
        if let Ok(number) = object.cast_exact::<PyInt>() {
            return match number.extract() {
                Ok(number) => Ok(Value::Int(number)),
                // An int beyond all doubles does not become one.
                Err(_) if self.rounds_integers => number.extract().map(Value::Float).map_err(|_| Misfit::new("an int beyond what a double holds")),
                Err(_) => Err(Misfit::new("an int beyond 64 bits")),
            };
        }
        if let Ok(truth) = object.cast_exact::<PyBool>() {
            return Ok(Value::Bool(truth.is_true()));
        }
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(number) = object.cast_exact::<PyFloat>() {
            let number = number.value();
            return if number.is_finite() { Ok(Value::Float(number)) } else { Err(Misfit::new("a float that is not finite")) };
        }
        if let Ok(members) = object.cast_exact::<PyDict>() {
            return self.members(members, deeper(depth)?);
        }
        if let Ok(items) = object.cast_exact::<PyList>() {
            return self.items(items.iter(), deeper(depth)?);
        }
        if let Ok(items) = object.cast_exact::<PyTuple>() {
            return self.items(items.iter(), deeper(depth)?);
        }
        if is_decimal(object) {
            return decimal(object).ok_or_else(|| Misfit::new("a Decimal that is not a number with at most four places"));
        }
        Err(Misfit::new(format!("{} is not a JSON value", kind(object))))
    }

    fn items<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> Result<Value, Misfit> {
        self.take(1)?;
        let read = items.enumerate().map(|(index, item)| self.read(&item, depth).map_err(|misfit| misfit.within(&format!("[{index}]"))));
        read.collect::<Result<_, _>>().map(Value::Array)
    }

    fn members(&mut self, members: &Bound<'_, PyDict>, depth: usize) -> Result<Value, Misfit> {
        self.take(1)?;
        let mut read = Object::with_capacity(members.len());
        // A copy: without the interpreter lock another thread may write to the dict meanwhile.
        for (name, member) in members.copy().map_err(|_| Misfit::new("a dict that cannot be read"))? {
            self.take(3)?; // two quotes and a colon
            let Ok(name) = name.cast_exact::<PyString>() else {
                return Err(Misfit::new(format!("a dict with a name that is {}, not a str", kind(&name))));
            };
            let name = self.text(name)?;
            let value = self.read(&member, depth).map_err(|misfit| misfit.within(&format!(".{}", shown(&name))))?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> Result<String, Misfit> {
        let text = text.to_str().map_err(|_| Misfit::new("text with half a surrogate pair"))?;
        self.take(text.len())?;
        Ok(text.to_owned())
    }
}

fn deeper(depth: usize) -> Result<usize, Misfit> {
    if depth < DEPTH_MAX { Ok(depth + 1) } else { Err(Misfit::new(format!("nested deeper than {DEPTH_MAX} levels"))) }
}

fn is_decimal(object: &Bound<'_, PyAny>) -> bool {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(object.py(), "decimal", "Decimal").is_ok_and(|decimal| object.get_type().is(decimal))
}

/// The number a `decimal.Decimal` writes, if a policy will compare that very number. By its text: `format` would
/// write `1E+999999999` out in full.
fn decimal(object: &Bound<'_, PyAny>) -> Option<Value> {
    let text = object.str().ok()?;
    let text = text.to_str().ok()?;
    if let Ok(whole) = text.parse() {
        return Some(Value::Int(whole));
    }
    let exact: Decimal = text.parse().ok()?;
    let float: f64 = text.parse().ok()?;
    (Decimal::from_f64(float) == Some(exact)).then_some(Value::Float(float))
}

/// The object's type, for a message.
pub(crate) fn kind(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| format!("`{}`", shown(&name.to_string_lossy())))
}

pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
