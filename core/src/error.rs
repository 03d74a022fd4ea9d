//! What can go wrong while loading. Deciding cannot fail; see [`crate::Decision`].

use std::fmt;

use serde::Serialize;

use crate::text::{is_unseen, seen};

/// What was wrong, in one word a program can test; [`ErrorKind::code`] is stable.
///
/// ```
/// assert_eq!(bailiwick::ErrorKind::Policy.code(), "policy.invalid");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not JSON, or not of the shape that was expected.
    Json,
    /// A tool catalog that cannot be used.
    Catalog,
    /// A policy that does not parse, does not validate, or clashes with another.
    Policy,
    /// A schema that does not parse, or clashes with the generated one.
    Schema,
    /// Entities that do not fit the schema, or that belong to the engine.
    Entities,
    /// A registry that cannot be used.
    Registry,
    /// A key that cannot be used.
    Key,
    /// Trust anchors that cannot be used.
    Trust,
    /// A revocation snapshot that cannot be used.
    Revocations,
    /// A chain, grant or approval that may not be made; the [`crate::Reason`] says why.
    Refused,
    /// A file that cannot be read.
    File,
    /// A language's lexicon or grammar that cannot be used.
    Language,
    /// An audit log that is not what its head says.
    Log,
    /// The library was called in a way it cannot serve.
    Usage,
}

impl ErrorKind {
    /// The stable code, the same in every language.
    ///
    /// ```
    /// assert_eq!(bailiwick::ErrorKind::Json.code(), "json.malformed");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Json => "json.malformed",
            Self::Catalog => "catalog.invalid",
            Self::Policy => "policy.invalid",
            Self::Schema => "schema.invalid",
            Self::Entities => "entities.invalid",
            Self::Registry => "registry.invalid",
            Self::Key => "key.invalid",
            Self::Trust => "trust.invalid",
            Self::Language => "language.invalid",
            Self::Revocations => "revocations.invalid",
            Self::Refused => "refused",
            Self::File => "file.unreadable",
            Self::Log => "log.damaged",
            Self::Usage => "usage",
        }
    }
}

/// Where something was wrong. Lines and columns count from 1.
///
/// ```
/// let error = bailiwick::Value::parse("[1,]").unwrap_err();
/// assert_eq!(error.location().unwrap().column, 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a place in a text has no further parts")]
pub struct Location {
    /// The file or source name, if there is one.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Why something could not be loaded: a kind, a sentence, and where it was.
///
/// ```
/// use bailiwick::{Catalog, ErrorKind};
/// let error = Catalog::from_json("{\n \"tools\": 3 }").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Json);
/// assert_eq!(error.location().unwrap().line, 2);
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    location: Option<Location>,
    report: Option<String>,
}

impl Error {
    /// An error of the given kind.
    ///
    /// ```
    /// use bailiwick::{Error, ErrorKind};
    /// assert_eq!(Error::new(ErrorKind::File, "a.cedar: not there").code(), "file.unreadable");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        // A message may have lines of its own; all else that acts on a terminal is written out.
        let is_line = |character| matches!(character, '\n' | '\t');
        let message = if message.chars().any(is_unseen) { seen(&message, is_line) } else { message };
        Self { kind, code: kind.code(), message, location: None, report: None }
    }

    /// The same error, with the place.
    ///
    /// ```
    /// use bailiwick::{Error, ErrorKind, Location};
    /// let error = Error::new(ErrorKind::Policy, "odd").at(Location { file: None, line: 2, column: 1 });
    /// assert_eq!(error.to_string(), "2:1: odd");
    /// ```
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// The same error, said of a file. A place in the document that begins with an index, such as `[1].trust`, goes on
    /// where the name of the file ends.
    ///
    /// ```
    /// use bailiwick::{Error, ErrorKind, Value};
    /// let error = Value::parse("[1,]").unwrap_err().in_file("tools.json");
    /// assert!(error.to_string().starts_with("tools.json:1:4: "));
    /// let error = Error::new(ErrorKind::Catalog, "must be a string").in_file("[1].name").in_file("catalog");
    /// assert_eq!(error.to_string(), "catalog[1].name: must be a string");
    /// ```
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        let within = |place: &str| format!("{file}{place}");
        match &mut self.location {
            Some(location) => {
                let inner = location.file.take().filter(|place| place.starts_with('['));
                location.file = Some(within(&inner.unwrap_or_default()));
            }
            None if self.message.starts_with('[') => self.message = within(&self.message),
            None => self.message = format!("{file}: {}", self.message),
        }
        self
    }

    /// The same error, said of a value that a program handed in as `name`: nobody has written the JSON text that it was
    /// read from, so lines and columns in it say nothing.
    ///
    /// ```
    /// let error = bailiwick::Value::parse("[1,]").unwrap_err().in_file("grant").of_value("grant");
    /// assert!(error.to_string().starts_with("grant: ") && error.location().is_none());
    /// ```
    #[must_use]
    pub fn of_value(mut self, name: &str) -> Self {
        self.location = None;
        let start = format!("{name}: ");
        if !self.message.starts_with(&start) {
            self.message.insert_str(0, &start);
        }
        self
    }

    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn with_report(mut self, report: String) -> Self {
        self.report = Some(report);
        self
    }

    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self.code = kind.code();
        self
    }

    /// What was wrong, as a kind.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::parse("[").unwrap_err().kind(), bailiwick::ErrorKind::Json);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code: of the kind, or of the [`crate::Reason`] when the engine refused to make something.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::parse("[").unwrap_err().code(), "json.malformed");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Where it was wrong, when that is known.
    ///
    /// ```
    /// assert_eq!(bailiwick::Value::parse("[1,]").unwrap_err().location().unwrap().line, 1);
    /// ```
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// The whole report for a person: every finding, with the source around it. Falls back to the message.
    ///
    /// ```
    /// let error = bailiwick::doc::engine().compile(&[bailiwick::Source::new("a.cedar", "permit(")]).unwrap_err();
    /// assert!(error.report().contains("a.cedar:1:"));
    /// ```
    #[must_use]
    pub fn report(&self) -> String {
        self.report.clone().unwrap_or_else(|| self.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Location { file, line, column }) = &self.location {
            let file = file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
            write!(f, "{file}{line}:{column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
