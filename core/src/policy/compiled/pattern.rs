//! The right side of `like`: literal pieces with anything between them.

use cedar_policy::pst::PatternElem;

/// A pattern with its wildcards taken out. Pieces of UTF-8 are found bytewise, so nothing is copied to match.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    /// What the text begins with; all of it when there is no wildcard.
    head: Box<str>,
    /// What follows each wildcard; the last ends the text.
    tails: Box<[Box<str>]>,
}

impl Pattern {
    pub(crate) fn new(elements: &[PatternElem]) -> Self {
        let mut pieces = vec![String::new()];
        for element in elements {
            match (element, pieces.last_mut()) {
                (PatternElem::Char(letter), Some(piece)) => piece.push(*letter),
                _ => pieces.push(String::new()),
            }
        }
        let mut pieces = pieces.into_iter().map(String::into_boxed_str);
        Self { head: pieces.next().unwrap_or_default(), tails: pieces.collect() }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(mut rest) = text.strip_prefix(&*self.head) else { return false };
        let Some((last, between)) = self.tails.split_last() else { return rest.is_empty() };
        for piece in between {
            // The first place a piece fits leaves most for those after it.
            let Some((_, after)) = rest.split_once(&**piece) else { return false };
            rest = after;
        }
        rest.ends_with(&**last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let element = |letter| if letter == '*' { PatternElem::Wildcard } else { PatternElem::Char(letter) };
        Pattern::new(&text.chars().map(element).collect::<Vec<_>>())
    }

    #[test]
    fn matches_as_cedar_does() {
        for (text, of, fits) in [
            ("", "", true),
            ("a", "", false),
            ("", "*", true),
            ("abc", "a*c", true),
            ("abcab", "ab*ab", true),
            ("ab", "ab*ab", false),
            ("aXbXc", "a*X*c", true),
            ("ac", "a*X*c", false),
            ("y\u{306}", "y*", true),
            ("foo bar", "f**r", true),
            ("aab", "*ab", true),
            ("abab", "*ab", true),
            ("aba", "*ab", false),
        ] {
            assert_eq!(pattern(of).matches(text), fits, "{text:?} like {of:?}");
        }
    }
}
