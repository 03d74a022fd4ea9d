//! Texts made comparable: compatibility forms, case and spaces are folded; look-alikes of other scripts are not, because a
//! look-alike is what an attacker would send.

/// A text, folded; and whether it held characters nobody can see.
pub(super) fn fold(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut hidden = false;
    for letter in text.chars() {
        let letter = match letter {
            // Zero-width and directional characters, soft hyphens, tags.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => {
                hidden = true;
                continue;
            }
            // Full-width forms stand 0xfee0 above ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201e}' => '"',
            letter if letter.is_whitespace() => ' ',
            letter => letter,
        };
        if letter == ' ' {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if letter.is_ascii() {
            out.push(letter.to_ascii_lowercase());
        } else {
            out.extend(letter.to_lowercase());
        }
    }
    out.truncate(out.trim_end().len());
    (out, hidden)
}

/// Letters and digits only: of accounts and telephone numbers, which are written in groups.
pub(super) fn compact(folded: &str) -> String {
    folded.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The words of a folded text, with digits: `team-meeting_minutes.docx` has three and an ending, which is dropped.
pub(super) fn words(folded: &str) -> Vec<&str> {
    let stem = folded.rsplit_once('.').filter(|(stem, ending)| {
        !stem.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.chars().all(char::is_alphanumeric)
            && !stem.contains(' ')
            && !ending.chars().all(|c| c.is_ascii_digit())
    });
    stem.map_or(folded, |(stem, _)| stem).split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Whether `part` stands in `text` between ends of words.
pub(super) fn stands_in(part: &str, text: &str) -> bool {
    if part.is_empty() {
        return false;
    }
    let is_open = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    memchr::memmem::find_iter(text.as_bytes(), part.as_bytes()).any(|at| {
        let (before, after) =
            (text.get(..at).and_then(|text| text.chars().next_back()), text.get(at + part.len()..).and_then(|text| text.chars().next()));
        is_open(before) && is_open(after)
    })
}
