//! Texts from outside, as they may be shown.

/// Longest text from outside that a decision repeats, in bytes: a model may call a tool by a name of a megabyte.
const DETAIL_BYTES_MAX: usize = 1_024;

/// Text from outside, as it may stand in a message, an explanation or a record: cut to what a log line can bear, and
/// with what would act on a terminal or hide in a line written out.
pub(crate) fn shortened(text: String) -> String {
    let mut text = if text.chars().any(is_unseen) { seen(&text, |_| false) } else { text };
    if text.len() > DETAIL_BYTES_MAX {
        let cut = beginning(&text, DETAIL_BYTES_MAX).len();
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// Whether a character acts on the display instead of being displayed: controls (of terminals as well), marks of
/// direction, characters of no width, fillers, and tags.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// The text with such characters written out, but for those that `may_stay`.
pub(crate) fn seen(text: &str, may_stay: fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) && !may_stay(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The longest beginning of a text that is not longer than so many bytes.
pub(crate) fn beginning(text: &str, bytes_max: usize) -> &str {
    let cut = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.get(..cut.unwrap_or(0)).unwrap_or_default()
}
