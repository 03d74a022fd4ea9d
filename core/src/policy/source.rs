//! Texts handed in by the host, with the names its diagnostics will use.

use crate::json;

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
    /// A text called `name`; a byte order mark before it is left out.
    ///
    /// ```
    /// assert_eq!(bailiwick::Source::new("a.cedar", "").name, "a.cedar");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        let marked = text.len() - json::without_mark(&text).len();
        text.drain(..marked);
        Self { name: name.into(), text }
    }

    /// Whether the text is JSON, by its name.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "names of sources, compared byte for byte like every name")]
    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }
}

/// The policies we ship that turn a call's intent into deny and ask. They only forbid: what is permitted is the host's to say.
///
/// ```
/// use bailiwick::{Baseline, Engine, SealKey};
/// let engine = Engine::builder(SealKey::new([7; 32])).baseline(Baseline::Balanced).build()?;
/// assert!(engine.policies().len() >= 5);
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "hosts choose one by its name")]
pub enum Baseline {
    /// Nothing is denied for its intent; decisions report what `balanced` would have done.
    Observe,
    /// What was not asked for is denied, what may have been is asked.
    Balanced,
    /// What cannot be undone must have been asked for plainly.
    Strict,
}

impl Baseline {
    /// The pack of this name.
    ///
    /// ```
    /// assert_eq!(bailiwick::Baseline::named("strict"), Some(bailiwick::Baseline::Strict));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Observe, Self::Balanced, Self::Strict].into_iter().find(|pack| pack.name() == name)
    }

    /// Its name.
    ///
    /// ```
    /// assert_eq!(bailiwick::Baseline::Observe.name(), "observe");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Balanced => "balanced",
            Self::Strict => "strict",
        }
    }

    /// Its policies.
    ///
    /// ```
    /// assert!(bailiwick::Baseline::Balanced.source().text.contains("baseline.out_of_scope"));
    /// ```
    #[must_use]
    pub fn source(self) -> Source {
        let text = match self {
            Self::Observe => include_str!("baseline/observe.cedar"),
            Self::Balanced => include_str!("baseline/balanced.cedar"),
            Self::Strict => include_str!("baseline/strict.cedar"),
        };
        Source::new(format!("baseline-{}.cedar", self.name()), text)
    }
}
