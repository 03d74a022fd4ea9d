//! `pattern`: a regular expression of ECMA-262, matched in linear time.

use std::fmt::Write as _;

use regex::{Regex, RegexBuilder};

/// An expression, and how large it is.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    expression: Regex,
    size: Size,
}

#[derive(Clone, Copy, Debug)]
struct Size {
    /// Of the compiled expression, in bytes.
    bytes: usize,
    /// How many parts of a schema it counts for: so many expressions of this size cost as much when a catalog is read.
    parts: usize,
    /// Steps of one call for each 16 bytes looked at. Time is linear in the text, but the worst texts for a large
    /// expression take time in proportion to its size.
    steps: usize,
}

/// A server describes its own tools, and an expression such as `(a{1000}){1000}` costs memory when it is compiled; the
/// largest that is compiled has a twentieth of what `regex` allows by default.
const SIZES: [Size; 3] =
    [Size { bytes: 16 << 10, parts: 1, steps: 1 }, Size { bytes: 64 << 10, parts: 20, steps: 16 }, Size { bytes: 512 << 10, parts: 500, steps: 64 }];

impl Pattern {
    /// The expression; `None` for what only a backtracking engine can match (look-around, back references), for what is
    /// too large, and for what is no expression.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let translated = translated(pattern)?;
        let compiled = |size: Size| {
            let expression = RegexBuilder::new(&translated).size_limit(size.bytes).dfa_size_limit(1 << 20).build().ok()?;
            Some(Self { expression, size })
        };
        SIZES.into_iter().find_map(compiled)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.expression.is_match(text)
    }

    pub(super) fn parts(&self) -> usize {
        self.size.parts
    }

    /// What a look at this text costs.
    pub(super) fn steps(&self, text: &str) -> usize {
        (1 + text.len() / 16).saturating_mul(self.size.steps)
    }
}

/// White space of ECMA-262 (§12.2, §12.3), as members of a class.
const SPACE: &str = r"\t\n\x0b\x0c\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// The same in the syntax of `regex`: there, `\d`, `\w` and `\s` stand for all of Unicode, and would let more pass.
fn translated(pattern: &str) -> Option<String> {
    let mut translated = String::with_capacity(pattern.len());
    let (mut characters, mut in_class) = (pattern.chars().peekable(), false);
    while let Some(character) = characters.next() {
        match character {
            '\\' => match (characters.next()?, in_class) {
                ('d', true) => translated.push_str("0-9"),
                ('w', true) => translated.push_str("0-9A-Za-z_"),
                ('d', false) => translated.push_str("[0-9]"),
                ('w', false) => translated.push_str("[0-9A-Za-z_]"),
                ('D', false) => translated.push_str("[^0-9]"),
                ('W', false) => translated.push_str("[^0-9A-Za-z_]"),
                ('D' | 'W' | 'S', true) => return None,
                ('b', true) => translated.push_str("\\x08"),
                ('b', false) => translated.push_str(r"(?-u:\b)"),
                ('B', false) => translated.push_str(r"(?-u:\B)"),
                ('s', true) => translated.push_str(SPACE),
                ('s', false) => translated.extend(["[", SPACE, "]"]),
                ('S', false) => translated.extend(["[^", SPACE, "]"]),
                // The escapes both languages share.
                (
                    shared @ ('t' | 'n' | 'r' | 'f' | 'v' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' | '-'),
                    _,
                ) => {
                    translated.extend(['\\', shared]);
                }
                (digits @ ('x' | 'u'), _) => {
                    let count = if digits == 'x' { 2 } else { 4 };
                    let hex: String = characters.by_ref().take(count).collect();
                    let code = (hex.len() == count).then(|| u32::from_str_radix(&hex, 16).ok()).flatten()?;
                    // A surrogate is half a character, which a text here never has.
                    char::from_u32(code)?;
                    let _ = write!(translated, "\\x{{{hex}}}");
                }
                // A punctuation mark stands for itself; a letter may mean what only one of the languages knows.
                (mark, _) if mark.is_ascii_punctuation() => translated.push_str(&regex::escape(mark.encode_utf8(&mut [0; 4]))),
                _ => return None,
            },
            // In ECMAScript, four characters end a line.
            '.' if !in_class => translated.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            // In `regex`, a bracket within a class opens another one, and `&&`, `--` and `~~` are operators.
            '[' if in_class => translated.push_str("\\["),
            // An operator of `regex`, or a range that ends at a hyphen: no reading of it is sure.
            '-' if in_class && characters.peek() == Some(&'-') => return None,
            '&' | '~' if in_class => translated.extend(['\\', character]),
            '[' => {
                in_class = true;
                translated.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    translated.push('^');
                }
                // `[]` matches nothing and `[^]` everything; `regex` has no such classes.
                if characters.peek() == Some(&']') {
                    return None;
                }
            }
            ']' if in_class => {
                in_class = false;
                translated.push(']');
            }
            other => translated.push(other),
        }
    }
    Some(translated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_mean_what_they_mean_in_ecmascript() {
        let matches = |pattern: &str, text: &str| Pattern::new(pattern).map(|pattern| pattern.is_match(text));
        assert_eq!(matches(r"^\d+$", "12"), Some(true));
        assert_eq!(matches(r"^\d+$", "١٢"), Some(false), "digits of Arabic");
        assert_eq!(matches(r"^[\w-]+$", "a-b"), Some(true));
        assert_eq!(matches(r"^[a&&b]$", "&"), Some(true));
        assert_eq!(matches("^[[]$", "["), Some(true));
        for (pattern, text) in [("^.*$", "a\rb"), ("^.+$", "a\u{2028}b"), (r"^\S+$", "a\u{feff}b"), (r"^\s$", "\u{85}")] {
            assert_eq!(matches(pattern, text), Some(false), "{pattern}");
        }
        for (pattern, text) in [(r"^\s$", "\u{feff}"), (r"^a\<b$", "a<b"), (r"^\x41\u0042$", "AB"), ("^a.b$", "a b"), (r"^[\s,]+$", " ,")] {
            assert_eq!(matches(pattern, text), Some(true), "{pattern}");
        }
        assert_eq!(matches(r"^\/x$", "/x"), Some(true));
        assert_eq!(matches("^a$", "a\n"), Some(false));
        assert_eq!(matches(r"\bcat\b", "a cat"), Some(true));
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_is_not_compiled() {
        for pattern in ["(?=a)b", r"(a)\1", "(", "[]", r"[\D]", "[+--]", r"^x\z$", r"^\pL$", "(a{1000}){1000}"] {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
    }
}
