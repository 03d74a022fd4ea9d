//! Cuts texts into words: those of a prompt, and those of a tool's name.

use std::ops::Range;

use crate::text::beginning;

/// A piece of a prompt, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub piece: Piece,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// In lower case, with plain apostrophes.
    Word(String),
    /// An address, a number, a name with digits or signs in it: what no dictionary has.
    Value,
    /// Words that are only mentioned.
    Quoted,
    Comma,
    Colon,
    /// The end of a sentence, or of a line of a list.
    Stop,
    /// The end of a question.
    Question,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match &self.piece {
            Piece::Word(word) => Some(word),
            _ => None,
        }
    }
}

const OPENING: [(char, char); 7] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’'), ('«', '»'), ('`', '`'), ('„', '“')];

/// Longer quotations are none.
const QUOTATION_BYTES_MAX: usize = 2_000;

/// The pieces of a text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let begins = at;
        let after = at + letter.len_utf8();
        let is_apart = tokens.last().is_none_or(|last: &Token| last.span.end < begins);
        let (piece, end) = if let Some(end) = quotation(text, begins, is_apart) {
            (Piece::Quoted, end)
        } else if letter == '\n' {
            // A line that does not end its sentence goes on in the next, unless that is empty or an item of a list.
            let rest = text.get(after..).unwrap_or_default();
            if !is_new_line(rest) {
                at = after;
                continue;
            }
            (Piece::Stop, after)
        } else if letter.is_alphanumeric() || matches!(letter, '$' | '€' | '£' | '#' | '@' | '+' | '/' | '~' | '\\') {
            let end = chunk_end(text, begins);
            (of_chunk(text.get(begins..end).unwrap_or_default()), end)
        } else {
            let piece = match letter {
                '.' | '!' | ';' | '…' | '。' | '！' => Piece::Stop,
                '?' | '？' => Piece::Question,
                // "1) find it 2) send it on"
                ')' if is_list_number(text, tokens.last(), begins) => Piece::Stop,
                ',' | '，' | '、' | '–' | '—' => Piece::Comma,
                ':' => Piece::Colon,
                '-' if is_dash(text, begins) => Piece::Comma,
                _ => {
                    at = after;
                    continue;
                }
            };
            (piece, after)
        };
        at = end.max(after);
        tokens.push(Token { piece, span: begins..at });
    }
    tokens
}

/// Whether the hyphen stands between two spaces, where a dash should.
fn is_dash(text: &str, hyphen: usize) -> bool {
    let (before, after) = (text.get(..hyphen).unwrap_or_default(), text.get(hyphen + 1..).unwrap_or_default());
    before.ends_with(' ') && after.starts_with(' ') && !before.trim_end().ends_with('\n')
}

/// Whether the bracket closes the number of an item of a list.
fn is_list_number(text: &str, last: Option<&Token>, bracket: usize) -> bool {
    last.is_some_and(|last| {
        let number = text.get(last.span.clone()).unwrap_or_default();
        let before = text.get(..last.span.start).and_then(|text| text.chars().next_back());
        last.span.end == bracket && number.len() <= 2 && number.bytes().all(|digit| digit.is_ascii_digit()) && before.is_none_or(char::is_whitespace)
    })
}

/// Whether what follows a line break is a line of its own: empty, or an item of a list, or begins with a capital.
fn is_new_line(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default().trim_start();
    line.is_empty() || line.starts_with(['-', '*', '•']) || line.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit())
}

/// Where the quotation ends that begins here.
fn quotation(text: &str, begins: usize, is_apart: bool) -> Option<usize> {
    let rest = text.get(begins..)?;
    let first = rest.chars().next()?;
    let (_, closing) = OPENING.iter().find(|(opening, _)| *opening == first)?;
    if !is_apart {
        return None;
    }
    let inside = begins + first.len_utf8();
    let mut from = inside;
    loop {
        let end = from + beginning(text.get(from..)?, QUOTATION_BYTES_MAX).find(*closing)?;
        let after = end + closing.len_utf8();
        let next = text.get(after..)?.chars().next();
        // An apostrophe within a word does not close.
        if next.is_none_or(|next| !next.is_alphanumeric()) && end > inside {
            return Some(after);
        }
        from = after;
    }
}

/// Where the run of letters and signs ends that belong together.
fn chunk_end(text: &str, begins: usize) -> usize {
    let rest = text.get(begins..).unwrap_or_default();
    let end = rest
        .find(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '!' | '?' | '"' | '(' | ')' | '“' | '”' | '…'))
        .unwrap_or(rest.len());
    let chunk = rest.get(..end).unwrap_or_default();
    // What stands before a space ends a sentence, not a word. Commas within numbers are part of them.
    let trimmed = chunk.trim_end_matches(['.', ':', '\'', '’', '*', '_']);
    let next = rest.get(end..).unwrap_or_default();
    let is_number = trimmed.len() == end && trimmed.ends_with(|last: char| last.is_ascii_digit());
    if is_number && next.starts_with(',') && next.get(1..).is_some_and(|after| after.starts_with(|digit: char| digit.is_ascii_digit())) {
        return chunk_end_from(text, begins + end + 1);
    }
    begins + trimmed.len().max(1)
}

fn chunk_end_from(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let digits = rest.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | ','))).unwrap_or(rest.len());
    let number = at + rest.get(..digits).unwrap_or_default().trim_end_matches(['.', ',']).len();
    // "1,5k"
    let unit = text.get(number..).unwrap_or_default();
    let is_thousands = unit.starts_with(['k', 'K']) && !unit.get(1..).is_some_and(|after| after.starts_with(char::is_alphanumeric));
    number + usize::from(is_thousands)
}

fn of_chunk(chunk: &str) -> Piece {
    let is_word = |letter: char| letter.is_alphabetic() || matches!(letter, '\'' | '’' | '-');
    if chunk.chars().all(is_word) { Piece::Word(chunk.replace('’', "'").to_lowercase()) } else { Piece::Value }
}

/// The words of an identifier in any style of case: `getHTTPStatus`, `list_files`, `svc__issue-refund.v2`.
pub(super) fn identifier_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphabetic() {
            is_open = false;
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let next = letters.get(at + 1);
        let begins_word = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || next.is_some_and(|next| next.is_lowercase()) && before.is_some_and(|b| b.is_uppercase()));
        if !is_open || begins_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        is_open = true;
    }
    words.retain(|word| word.chars().count() > 1);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| text.get(token.span.clone()).unwrap_or_default()).collect()
    }

    #[test]
    fn identifiers_are_split_in_any_style() {
        for (name, words) in [
            ("getHTTPStatus", vec!["get", "http", "status"]),
            ("list_files", vec!["list", "files"]),
            ("svc__issue-refund.v2", vec!["svc", "issue", "refund"]),
            ("DISPENSE_RX", vec!["dispense", "rx"]),
            ("RerouteShipment", vec!["reroute", "shipment"]),
        ] {
            assert_eq!(identifier_words(name), words, "{name}");
        }
    }

    #[test]
    fn values_quotations_and_words_are_told_apart() {
        let text = "Don't pay 'bill-12.txt' to a.b@c.example, 1,200.50 EUR!";
        assert_eq!(pieces(text), ["Don't", "pay", "'bill-12.txt'", "to", "a.b@c.example", ",", "1,200.50", "EUR", "!"]);
        let kinds: Vec<_> = tokens(text).into_iter().map(|token| token.piece).collect();
        assert_eq!(kinds.get(2), Some(&Piece::Quoted));
        assert_eq!(kinds.get(4), Some(&Piece::Value));
        assert_eq!(kinds.first(), Some(&Piece::Word("don't".to_owned())));
    }

    #[test]
    fn apostrophes_do_not_open_quotations() {
        assert_eq!(pieces("the driver's phone isn't 'on duty' now"), ["the", "driver's", "phone", "isn't", "'on duty'", "now"]);
    }

    #[test]
    fn any_text_is_cut_without_a_panic() {
        for text in ["", "'", "''", "\u{202e}abc\u{200b}", "１２３", "🦀🦀 'é", "a\n\n-b", "1,", "$", "....", "“"] {
            let cut = tokens(text);
            assert!(cut.iter().all(|token| text.get(token.span.clone()).is_some()));
        }
    }
}
