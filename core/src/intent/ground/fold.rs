//! Texts made comparable: compatibility forms, case and spaces are folded; look-alikes of other scripts are not, because a
//! look-alike is what an attacker would send.

/// A text, folded; and whether it held characters nobody can see.
pub(super) fn fold(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let hidden = fold_into(&mut out, text);
    (out, hidden)
}

/// Adds the folded text; whether it held characters nobody can see.
pub(super) fn fold_into(out: &mut String, text: &str) -> bool {
    let begins = out.len();
    let mut hidden = false;
    let mut is_apart = true;
    let mut rest = text;
    while !rest.is_empty() {
        // Most of most texts only changes its case, many bytes at once.
        let (plain, others) = rest.split_at(plain_length(rest, is_apart));
        if !plain.is_empty() {
            let at = out.len();
            out.push_str(plain);
            if let Some(added) = out.get_mut(at..) {
                added.make_ascii_lowercase();
            }
            is_apart = plain.ends_with(' ');
        }
        let Some(letter) = others.chars().next() else { break };
        rest = others.get(letter.len_utf8()..).unwrap_or_default();
        let letter = match letter {
            // Zero-width and directional characters, soft hyphens, tags.
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180e}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}' => {
                hidden = true;
                continue;
            }
            // Full-width forms stand 0xfee0 above ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            '\u{3002}' | '\u{ff61}' => '.',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
            letter if letter.is_whitespace() => ' ',
            letter => letter,
        };
        if letter != ' ' {
            out.extend(letter.to_lowercase());
        } else if !is_apart {
            out.push(' ');
        }
        is_apart = letter == ' ';
    }
    // A space at the end is the only one there can be.
    if is_apart && out.len() > begins {
        out.pop();
    }
    hidden
}

/// How many bytes at the beginning are visible ASCII with single spaces between.
fn plain_length(text: &str, is_apart: bool) -> usize {
    let mut was_space = is_apart;
    text.bytes()
        .position(|byte| {
            let is_space = byte == b' ';
            let is_plain = byte.is_ascii_graphic() || is_space && !was_space;
            was_space = is_space;
            !is_plain
        })
        .unwrap_or(text.len())
}

/// Letters and digits only: of accounts and telephone numbers, which are written in groups.
pub(super) fn compact(folded: &str) -> String {
    folded.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The words of a folded text, with digits: `team-meeting_minutes.docx` has three and an ending, which is dropped.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> + Clone {
    let stem = folded.rsplit_once('.').filter(|(stem, ending)| {
        !stem.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.chars().all(char::is_alphanumeric)
            && !stem.contains(' ')
            && !ending.chars().all(|c| c.is_ascii_digit())
    });
    runs(stem.map_or(folded, |(stem, _)| stem))
}

/// The runs of letters and digits of a folded text.
pub(super) fn runs(folded: &str) -> impl Iterator<Item = &str> + Clone {
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether `part` stands in `text` between ends of words.
pub(super) fn stands_in(part: &str, text: &str) -> bool {
    !part.is_empty() && memchr::memmem::find_iter(text.as_bytes(), part.as_bytes()).any(|at| is_apart(text, at, part.len()))
}

/// Whether words begin and end here.
pub(super) fn is_apart(text: &str, at: usize, length: usize) -> bool {
    let is_open = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at + length..).and_then(|text| text.chars().next());
    is_open(before) && is_open(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letter by letter, as the rule says.
    fn slowly(text: &str) -> String {
        let mut out = String::new();
        for letter in text.chars() {
            let (one, _) = fold(&format!("x{letter}x"));
            let one = one.get(1..one.len() - 1).unwrap_or_default();
            if one != " " || !out.is_empty() && !out.ends_with(' ') {
                out.push_str(one);
            }
        }
        out.trim_end_matches(' ').to_owned()
    }

    proptest! {
        #[test]
        fn a_text_is_folded_letter_by_letter(text in "[a-cA-C \t\n.１ａ\u{200b}Ü—’]{0,24}") {
            prop_assert_eq!(fold(&text).0, slowly(&text));
        }
    }
}
