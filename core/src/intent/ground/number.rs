//! Numbers in one form, however they are written.

use std::borrow::Cow;

use smallvec::SmallVec;

/// A number, or so many thousands: "18k".
pub(in crate::intent) fn quantity(folded: &str) -> Option<Cow<'_, str>> {
    thousand(folded).or_else(|| number(folded))
}

/// "18k"
pub(super) fn thousand(piece: &str) -> Option<Cow<'_, str>> {
    let thousands = number(piece.strip_suffix('k')?)?;
    let (whole, fraction) = thousands.split_once('.').unwrap_or((&thousands, ""));
    if fraction.len() > 3 { None } else { number(&format!("{whole}{fraction:0<3}")).map(|number| Cow::Owned(number.into_owned())) }
}

/// A number in its canonical form: `1,200.50`, `€1.200,50` and `1200.5` are one.
pub(super) fn number(folded: &str) -> Option<Cow<'_, str>> {
    let is_canonical = folded.len() <= 24 && folded.bytes().all(|digit| digit.is_ascii_digit()) && !folded.starts_with('0');
    if is_canonical && !folded.is_empty() {
        return Some(Cow::Borrowed(folded));
    }
    if !may_be_number(folded) {
        return None;
    }
    let bare = folded.trim_start_matches(['$', '€', '£', '#']).trim_end_matches(['€', '%', '$']);
    let bare = bare.trim();
    if bare.is_empty()
        || bare.len() > 24
        || !bare.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-'))
        || !bare.ends_with(|digit: char| digit.is_ascii_digit())
    {
        return None;
    }
    let (sign, digits) = bare.strip_prefix('-').map_or(("", bare), |digits| ("-", digits));
    if digits.contains('-') {
        return None;
    }
    // The last mark is the decimal one, unless three digits follow it and it is the only kind there is.
    let last = digits.rfind(['.', ',']);
    let is_grouping = |at: usize| {
        digits.len() - at == 4 && (digits.as_bytes().get(at) == Some(&b',') || digits.matches(['.', ',']).count() > 1 && !has_both(digits))
    };
    let (whole, fraction) = match last {
        Some(at) if !is_grouping(at) => (digits.get(..at)?, digits.get(at + 1..)?),
        _ => (digits, ""),
    };
    if !is_grouped(whole) {
        return None;
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(Cow::Owned(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }))
}

/// Whether the text is made of what numbers are made of.
pub(super) fn may_be_number(folded: &str) -> bool {
    folded.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',' | b'-' | b'$' | b'#' | b'%' | b' ') || !byte.is_ascii())
}

/// Whether the marks are those of thousands, of lakhs, or none: `10.12.13.14` is no number.
fn is_grouped(whole: &str) -> bool {
    let groups: SmallVec<[usize; 8]> = whole.split(['.', ',']).map(str::len).collect();
    match groups.as_slice() {
        [first, middle @ .., last] => (1..=3).contains(first) && middle.iter().all(|group| matches!(group, 2 | 3)) && *last == 3,
        _ => true,
    }
}

fn has_both(digits: &str) -> bool {
    digits.contains('.') && digits.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for text in ["1,200.50", "1.200,50", "1200.5", "€1,200.50", "$1200.50", "01200.5"] {
            assert_eq!(number(text).as_deref(), Some("1200.5"), "{text}");
        }
        for (text, canonical) in [
            ("1,200", "1200"),
            ("1.200", "1.2"),
            ("98.70", "98.7"),
            ("0.0", "0"),
            ("-4.0", "-4"),
            ("1.200.000", "1200000"),
            ("1,00,000.5", "100000.5"),
        ] {
            assert_eq!(number(text).as_deref(), Some(canonical), "{text}");
        }
        for text in ["2024-05-15", "1-2", "", "12a", "..", "+1", "10.12.13.14", "5.5.5.5", "1,2,3"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
