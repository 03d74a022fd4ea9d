//! Many short texts in one piece of memory.

/// Texts by their numbers, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Keeps a text; its number.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        u32::try_from(self.ends.len() - 1).unwrap_or(u32::MAX)
    }

    /// The text of a number; empty of one that was never given.
    pub(super) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let begins = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.text.get(begins as usize..*end as usize)).unwrap_or_default()
    }
}
