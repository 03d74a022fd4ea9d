//! Grounding: where the values of a call come from.

mod arena;
mod atom;
mod fold;

pub(super) use arena::{Arena, Grounding, Source};
pub(super) use atom::{Kind, atoms};

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
    /// A whole field of a record that has another field the prompt names.
    Keyed = 2,
    /// A whole field of another record.
    Field = 3,
    /// In the free text of something the prompt names.
    NamedText = 4,
    /// In another free text, or only in what reads like an instruction.
    Untrusted = 5,
    /// Nowhere.
    Nowhere = 6,
}

impl Level {
    /// The level of a number; [`Level::Nowhere`] of one that is none.
    pub(crate) fn of(number: u8) -> Self {
        [Self::Prompt, Self::Trusted, Self::Keyed, Self::Field, Self::NamedText, Self::Untrusted]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Nowhere)
    }
}
