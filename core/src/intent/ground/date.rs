//! Days in one form: `2 June 2027`, `June 2nd, 2027`, `2027-06-02T09:00` and `02.06.2027` are one.

/// A day in a text, and where it ends: `2027-06-02`, or `06-02` where no year is said.
pub(super) fn day(folded: &str) -> Option<(String, usize)> {
    iso(folded).or_else(|| pointed(folded)).or_else(|| worded(folded))
}

/// The same day without its year.
pub(super) fn without_year(norm: &str) -> Option<&str> {
    if norm.len() == 10 { norm.get(5..) } else { None }
}

/// Visits the days of a folded text.
pub(super) fn days(folded: &str, mut visit: impl FnMut(&str)) {
    let bytes = folded.as_bytes();
    let mut from = 0;
    // Every day has a digit at the beginning of a word.
    for (at, byte) in bytes.iter().enumerate() {
        let begins =
            byte.is_ascii_digit() && at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|before| !before.is_ascii_alphanumeric());
        if !begins || at < from {
            continue;
        }
        // "June 2": the month stands before it.
        let before = folded.get(..at).unwrap_or_default().trim_end();
        let word = before.rfind(|letter: char| !letter.is_ascii_alphabetic()).map_or(0, |space| space + 1);
        let found = [at, word].into_iter().find_map(|begins| Some((begins, day(folded.get(begins..)?)?)));
        if let Some((begins, (norm, length))) = found.filter(|(begins, (_, length))| begins + length > at) {
            visit(&norm);
            from = begins + length;
        }
    }
}

/// `2027-06-02`, with a time or without.
fn iso(text: &str) -> Option<(String, usize)> {
    let (day, rest) = text.split_at_checked(10)?;
    let [year, month, date] = parts(day, '-')?;
    let is_end = rest.chars().next().is_none_or(|next| !next.is_ascii_digit() && next != '-');
    (is_end && day.as_bytes().get(4) == Some(&b'-')).then(|| written(Some(year), month, date))?.map(|norm| (norm, 10))
}

/// `02.06.2027`: the day comes first. With slashes nobody can tell.
fn pointed(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(12).position(|byte| !(byte.is_ascii_digit() || byte == b'.')).unwrap_or(text.len().min(12));
    let text = text.get(..end)?.trim_end_matches('.');
    let [date, month, year] = parts(text, '.')?;
    (year >= 1_000).then(|| written(Some(year), month, date))?.map(|norm| (norm, text.len()))
}

/// `2 June 2027`, `2nd of June`, `June 2, 2027`, `2 Jun`.
fn worded(text: &str) -> Option<(String, usize)> {
    let pieces = pieces(text);
    let mut pieces = pieces.iter().filter(|(word, _)| *word != "of" && *word != "the").take(3);
    let (first, second) = (pieces.next()?, pieces.next()?);
    let (month, date, end) = match (month(first.0), ordinal(second.0), ordinal(first.0), month(second.0)) {
        (Some(month), Some(date), ..) | (_, _, Some(date), Some(month)) => (month, date, second.1),
        _ => return None,
    };
    let year = pieces.next().and_then(|(word, end)| Some((word.parse::<u32>().ok().filter(|year| (1_000..10_000).contains(year))?, *end)));
    let (year, end) = year.map_or((None, end), |(year, end)| (Some(year), end));
    Some((written(year, month, date)?, end))
}

/// The first words, and where each ends.
fn pieces(text: &str) -> Vec<(&str, usize)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for word in text.split([' ', ',']).take(6) {
        if !word.is_empty() {
            pieces.push((word.trim_end_matches(['.', ':', '!', '?', ';', ')']), at + word.len()));
        }
        at += word.len() + 1;
    }
    pieces
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let is_it = |name: &str| name == word || word.len() == 3 && name.starts_with(word) || word == "sept" && name == "september";
    MONTHS.iter().position(|name| is_it(name)).and_then(|at| u32::try_from(at + 1).ok())
}

/// `2`, `02`, `2nd`
fn ordinal(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let is_ending = matches!(word.get(digits.len()..), Some("" | "st" | "nd" | "rd" | "th"));
    digits.parse().ok().filter(|_| is_ending && digits.len() <= 2)
}

fn parts(text: &str, mark: char) -> Option<[u32; 3]> {
    let mut parts = text.split(mark).map(|part| part.parse().ok().filter(|_| part.bytes().all(|digit| digit.is_ascii_digit())));
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn written(year: Option<u32>, month: u32, date: u32) -> Option<String> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    Some(year.map_or_else(|| format!("{month:02}-{date:02}"), |year| format!("{year:04}-{month:02}-{date:02}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_one_form() {
        for text in [
            "2027-06-02",
            "2027-06-02t09:00",
            "02.06.2027",
            "2 june 2027",
            "2nd of june 2027",
            "june 2, 2027",
            "jun 2nd 2027",
            "the 2nd of june, 2027",
        ] {
            assert_eq!(day(text).map(|(norm, _)| norm).as_deref(), Some("2027-06-02"), "{text}");
        }
        for text in ["2 june", "june 2nd", "2 jun, at noon"] {
            assert_eq!(day(text).map(|(norm, _)| norm).as_deref(), Some("06-02"), "{text}");
        }
        for text in ["", "may", "2", "2 trains", "2027-13-02", "1.2.3", "10.12.13.14", "june", "2027-06-021", "2 mar-ket", "32 june"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(day("june 2, 2027 at noon").map(|(_, end)| end), Some(12));
        let mut found = Vec::new();
        days("from 2 june 2027 to june 5, or 2027-07-01 at 9:00, not 17 trains", |day| found.push(day.to_owned()));
        assert_eq!(found, ["2027-06-02", "06-05", "2027-07-01"]);
        assert_eq!(without_year("2027-06-02"), Some("06-02"));
    }
}
