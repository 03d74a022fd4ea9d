//! Texts handed in by the host, with the names its diagnostics will use.

/// A policy or schema text and where it came from.
///
/// ```
/// use bailiwick::Source;
/// let source = Source::new("policies/bank.cedar", "permit(principal, action, resource);");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Source {
    /// A file name, for diagnostics and for the ids of policies without `@id`.
    pub name: String,
    /// The text. Policies whose name ends in `.json` are Cedar's JSON policy-set format.
    pub text: String,
}

impl Source {
    /// A text called `name`.
    ///
    /// ```
    /// assert_eq!(bailiwick::Source::new("a.cedar", "").name, "a.cedar");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Whether the text is JSON, by its name.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "names of sources, compared byte for byte like every name")]
    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }
}
