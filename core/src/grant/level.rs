//! How well a value is grounded in what was asked for.

/// How well a value is grounded; the smaller, the better.
///
/// ```
/// assert!(bailiwick::Level::Prompt < bailiwick::Level::Nowhere);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "policies compare these numbers")]
pub enum Level {
    /// In the prompt, in the user's own words.
    #[default]
    Prompt = 0,
    /// A fact the operator vouches for, or in the user's own record.
    Trusted = 1,
    /// A whole field of a record that has another field the prompt names, or that only the operator writes.
    Keyed = 2,
    /// A whole field of another record.
    Field = 3,
    /// In the free text of something the prompt names, or a field of a record strangers write.
    NamedText = 4,
    /// In another free text, or only in what reads like an instruction.
    Untrusted = 5,
    /// Nowhere.
    Nowhere = 6,
}

impl Level {
    /// In an account for an operator.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Prompt => "from the prompt",
            Self::Trusted => "vouched for",
            Self::Keyed => "in a record of what the prompt names, or of the operator's",
            Self::Field => "in another record",
            Self::NamedText => "in a text the prompt names",
            Self::Untrusted => "in a text nobody named",
            Self::Nowhere => "from nowhere",
        }
    }

    /// The level of a number; [`Level::Nowhere`] of one that is none.
    pub(crate) fn of(number: u8) -> Self {
        [Self::Prompt, Self::Trusted, Self::Keyed, Self::Field, Self::NamedText, Self::Untrusted]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Nowhere)
    }
}
