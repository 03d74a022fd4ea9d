//! The parts of an argument that can come from somewhere: addresses, numbers, texts.

use super::fold::{compact, fold};
use crate::json::{DEPTH_MAX, Value};

/// What kind of value an atom is: a number never equals an account of the same digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Email,
    Url,
    Host,
    /// An account, telephone number or another long number.
    Account,
    Number,
}

impl Kind {
    /// Whether something can be sent there.
    pub(crate) fn is_address(self) -> bool {
        matches!(self, Self::Email | Self::Url | Self::Host | Self::Account)
    }
}

/// One value, as it can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Atom {
    pub kind: Kind,
    pub norm: String,
    /// It holds characters nobody can see: it is not what it seems.
    pub hidden: bool,
}

/// Most atoms of one argument: a letter to a thousand people still passes.
const ATOMS_MAX: usize = 10_000;

/// Visits the atoms of an argument; whether there are more than can be looked at.
pub(crate) fn atoms(value: &Value, mut visit: impl FnMut(Atom)) -> bool {
    let mut left = ATOMS_MAX;
    walk(value, 0, &mut |atom| {
        if left > 0 {
            left -= 1;
            visit(atom);
        }
        left > 0
    });
    left == 0
}

fn walk(value: &Value, depth: usize, visit: &mut dyn FnMut(Atom) -> bool) -> bool {
    if depth > DEPTH_MAX {
        return visit(Atom { kind: Kind::Text, norm: String::new(), hidden: true });
    }
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Int(number) => visit(Atom { kind: Kind::Number, norm: number.to_string(), hidden: false }),
        Value::Float(number) => visit(Atom { kind: Kind::Number, norm: number.to_string(), hidden: false }),
        Value::String(text) => of_text(text).into_iter().all(visit),
        Value::Array(items) => items.iter().all(|item| walk(item, depth + 1, visit)),
        Value::Object(members) => members.values().all(|member| walk(member, depth + 1, visit)),
    }
}

/// The atoms of a text: the addresses in it; or, if there are none, the text itself.
pub(super) fn of_text(text: &str) -> Vec<Atom> {
    let (folded, hidden) = fold(text);
    if folded.is_empty() {
        return Vec::new();
    }
    let mut atoms = Vec::new();
    addresses(&folded, &mut |kind, norm| atoms.push(Atom { kind, norm, hidden }));
    if atoms.is_empty() || atoms.iter().all(|atom| atom.kind == Kind::Number) {
        atoms.clear();
        match number(&folded) {
            Some(number) => atoms.push(Atom { kind: Kind::Number, norm: number, hidden }),
            None => atoms.push(Atom { kind: Kind::Text, norm: folded, hidden }),
        }
    }
    atoms
}

/// Finds what can be sent to, and numbers, in a folded text.
pub(super) fn addresses(folded: &str, visit: &mut dyn FnMut(Kind, String)) {
    let is_edge =
        |letter: char| matches!(letter, ' ' | ',' | ';' | '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '`' | '\u{a0}');
    let pieces: Vec<&str> =
        folded.split(is_edge).map(|piece| piece.trim_end_matches(['.', ':', '!', '?'])).filter(|piece| !piece.is_empty()).collect();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        at += 1;
        if let Some(scheme) = piece.find("://") {
            url(piece, scheme, visit);
        } else if piece.starts_with("www.") {
            url(&format!("http://{piece}"), 4, visit);
        } else if let Some((_, domain)) = piece.rsplit_once('@')
            && domain.contains('.')
        {
            visit(Kind::Email, piece.trim_start_matches("mailto:").to_owned());
        } else if let Some((host, _)) = piece.split_once('/')
            && is_host(host)
        {
            url(&format!("http://{piece}"), 4, visit);
        } else if let Some((account, groups)) = grouped(&pieces, at - 1) {
            visit(Kind::Account, account);
            at += groups - 1;
        } else if let Some(number) = number(piece) {
            visit(Kind::Number, number);
        }
    }
}

/// An account or telephone number that begins at this piece, over how many pieces.
fn grouped(pieces: &[&str], at: usize) -> Option<(String, usize)> {
    let first = pieces.get(at)?;
    let is_group = |piece: &str| {
        piece.len() <= 16
            && piece.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '+' | '/'))
            && piece.chars().any(|letter| letter.is_ascii_digit())
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let is_date = |text: &str| text.len() == 10 && text.as_bytes().get(4) == Some(&b'-') && digits(text) == 8;
    let is_iban = first.len() >= 4
        && first.is_char_boundary(2)
        && first.get(..2).is_some_and(|country| country.chars().all(|letter| letter.is_ascii_alphabetic()))
        && first.get(2..4).is_some_and(|check| check.chars().all(|digit| digit.is_ascii_digit()));
    let is_phone = first.starts_with('+') || first.len() >= 2 && first.starts_with('0') && first.chars().all(|letter| letter.is_ascii_digit());
    let mut whole = compact(first);
    let mut groups = 1;
    if is_iban && first.len() <= 8 || is_phone && !first.contains('.') {
        while let Some(next) = pieces.get(at + groups).filter(|next| {
            next.len() <= if is_iban { 5 } else { 8 }
                && is_group(next)
                && (is_iban || next.chars().all(|letter| letter.is_ascii_digit() || letter == '-'))
        }) {
            whole.push_str(&compact(next));
            groups += 1;
            if whole.len() > 40 {
                break;
            }
        }
    }
    let is_long = if is_iban {
        whole.len() >= 12
    } else if is_phone {
        digits(&whole) >= 7
    } else {
        digits(&whole) >= 8 && !is_date(first) || whole.len() >= 16 && digits(&whole) >= 4
    };
    let is_plain = first.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '.' | '/'));
    let is_decimal = first.contains('.') && number(first).is_some();
    let is_time = first.contains(':') || is_date(first);
    (is_long && is_plain && !is_decimal && !is_time).then(|| {
        // 00 before a country's code is its plus.
        let account = whole.strip_prefix("00").filter(|_| is_phone).map_or(whole.clone(), str::to_owned);
        (account, groups)
    })
}

pub(super) fn is_host(text: &str) -> bool {
    let ending = text.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.len() >= 2
        && ending.chars().all(|letter| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-'))
}

fn url(text: &str, scheme: usize, visit: &mut dyn FnMut(Kind, String)) {
    let rest = text.get(scheme + 3..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host);
    let path = rest.get(end..).unwrap_or_default().trim_end_matches('/');
    visit(Kind::Url, format!("{host}{path}"));
}

/// A number in its canonical form: `1,200.50`, `€1.200,50` and `1200.5` are one.
pub(super) fn number(folded: &str) -> Option<String> {
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
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn has_both(digits: &str) -> bool {
    digits.contains('.') && digits.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Kind, String)> {
        of_text(text).into_iter().map(|atom| (atom.kind, atom.norm)).collect()
    }

    #[test]
    fn numbers_have_one_form() {
        for text in ["1,200.50", "1.200,50", "1200.5", "€1,200.50", "$1200.50", "01200.5"] {
            assert_eq!(number(text).as_deref(), Some("1200.5"), "{text}");
        }
        for (text, canonical) in [("1,200", "1200"), ("1.200", "1.2"), ("98.70", "98.7"), ("0.0", "0"), ("-4.0", "-4")] {
            assert_eq!(number(text).as_deref(), Some(canonical), "{text}");
        }
        for text in ["2024-05-15", "1-2", "", "12a", "..", "+1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn accounts_are_one_however_they_are_grouped() {
        let account = vec![(Kind::Account, "de89370400440532013000".to_owned())];
        assert_eq!(of("DE89370400440532013000"), account);
        assert_eq!(of("DE89 3704 0044 0532 0130 00"), account);
        assert_eq!(of("ＤＥ８９ 3704 0044 0532 0130 00"), account);
        assert_eq!(of("+44 7700 900123"), of("+44 7700 900-123"));
    }

    #[test]
    fn addresses_are_found_in_a_text() {
        assert_eq!(
            of("Bob <Bob@Example.com>, see https://Example.com:443/a/"),
            [(Kind::Email, "bob@example.com".to_owned()), (Kind::Url, "example.com/a".to_owned())]
        );
        assert_eq!(of("12 Main Street"), [(Kind::Text, "12 main street".to_owned())]);
        assert_eq!(of("2024-05-15"), [(Kind::Text, "2024-05-15".to_owned())]);
    }

    #[test]
    fn what_cannot_be_seen_is_told() {
        assert!(of_text("bob\u{200b}@example.com").iter().all(|atom| atom.hidden));
        assert!(!of_text("bob@example.com").iter().any(|atom| atom.hidden));
        assert_ne!(of("bоb@example.com"), of("bob@example.com")); // a Cyrillic о
    }
}
