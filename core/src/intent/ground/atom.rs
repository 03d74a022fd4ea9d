//! The parts of an argument that can come from somewhere: addresses, numbers, texts.

use smallvec::SmallVec;

use super::fold::{compact, fold};
use super::number::{number, thousand};
use super::web;
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

impl Atom {
    /// The web address a text is where one is wanted; a hidden one of what no browser should follow.
    pub(crate) fn wanted(text: &str) -> Self {
        let (folded, hidden) = fold(text);
        let address = web::wanted(&folded);
        Self { kind: Kind::Url, hidden: hidden || address.is_none(), norm: address.unwrap_or_default() }
    }
}

/// Most groups of three digits in a number: no amount has more.
const GROUPS_MAX: usize = 6;

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

/// The atoms of a text: the addresses in it, and what stands beside them; or, if there are none, the text itself.
pub(super) fn of_text(text: &str) -> Vec<Atom> {
    let (folded, hidden) = fold(text);
    if folded.is_empty() {
        return if hidden { vec![Atom { kind: Kind::Text, norm: folded, hidden }] } else { Vec::new() };
    }
    let (parts, rest) = parts_and_rest(&folded);
    let mut atoms: Vec<_> = parts.into_iter().map(|(kind, norm)| Atom { kind, norm, hidden }).collect();
    if atoms.is_empty() {
        atoms.push(Atom { kind: Kind::Text, norm: folded, hidden });
    } else if !rest.is_empty() && !is_display_name(&rest, atoms.iter().map(|atom| atom.kind)) {
        atoms.push(Atom { kind: Kind::Text, norm: rest, hidden });
    }
    atoms
}

/// What may stand beside an address and be no value of its own: a name beside a mail address.
pub(super) fn is_display_name(rest: &str, mut kinds: impl Iterator<Item = Kind>) -> bool {
    kinds.all(|kind| kind == Kind::Email) && rest.chars().all(|letter| letter.is_alphabetic() || matches!(letter, ' ' | '.' | '-' | '\''))
}

/// Every text of an argument as it is, whatever stands in it.
pub(crate) fn whole_texts(value: &Value, mut visit: impl FnMut(Atom)) -> bool {
    let mut left = ATOMS_MAX;
    let mut texts = vec![value];
    while let Some(value) = texts.pop().filter(|_| left > 0) {
        left -= 1;
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Int(number) => visit(Atom { kind: Kind::Number, norm: number.to_string(), hidden: false }),
            Value::Float(number) => visit(Atom { kind: Kind::Number, norm: number.to_string(), hidden: false }),
            Value::String(text) => {
                let (norm, hidden) = fold(text);
                if !norm.is_empty() || hidden {
                    visit(Atom { kind: Kind::Text, norm, hidden });
                }
            }
            Value::Array(items) => texts.extend(items),
            Value::Object(members) => texts.extend(members.values()),
        }
    }
    left == 0
}

/// The addresses of a folded text, with its numbers; or the number it is.
pub(super) fn parts(folded: &str) -> SmallVec<[(Kind, String); 2]> {
    if may_be_address(folded) { parts_and_rest(folded).0 } else { SmallVec::new() }
}

/// The same, and what else stands there.
pub(super) fn parts_and_rest(folded: &str) -> (SmallVec<[(Kind, String); 2]>, String) {
    let mut parts = SmallVec::new();
    let rest = addresses_and_rest(folded, &mut |kind, norm| parts.push((kind, norm.to_owned())));
    if parts.iter().all(|(kind, _)| *kind == Kind::Number) {
        parts.clear();
        parts.extend(number(folded).map(|number| (Kind::Number, number.into_owned())));
        return (parts, String::new());
    }
    (parts, rest)
}

/// The numbers of a folded text that is more than a number: "1,240.00 eur".
pub(super) fn numbers(folded: &str, visit: &mut dyn FnMut(&str)) {
    addresses(folded, &mut |kind, norm| {
        if kind == Kind::Number {
            visit(norm);
        }
    });
}

/// Whether the text has one of the signs that addresses and numbers are made with, or may have one when it is folded.
pub(super) fn may_be_address(text: &str) -> bool {
    text.bytes().any(|byte| class(byte) == SIGN)
}

/// Finds what can be sent to, and numbers, in a folded text.
pub(super) fn addresses(folded: &str, visit: &mut dyn FnMut(Kind, &str)) {
    let mut pieces = Pieces(folded);
    // Most words are nothing of the kind.
    while let Some(piece) = pieces.next_with(SIGN) {
        address(piece, &mut pieces, visit);
    }
}

/// The addresses and numbers of a folded text, and what else stands there.
pub(super) fn addresses_and_rest(folded: &str, visit: &mut dyn FnMut(Kind, &str)) -> String {
    let mut pieces = Pieces(folded);
    let mut rest = String::new();
    while let Some(piece) = pieces.next() {
        if !(may_be_address(piece) && address(piece, &mut pieces, visit)) {
            rest.push_str(if rest.is_empty() { "" } else { " " });
            rest.push_str(piece);
        }
    }
    rest
}

/// Whether a piece is an address or a number, alone or with those behind it.
fn address(piece: &str, pieces: &mut Pieces<'_>, visit: &mut dyn FnMut(Kind, &str)) -> bool {
    // Marks of emphasis, and of a picture's or a link's place.
    let piece = piece.trim_matches(['*', '_', '~', '=', '!']);
    // Signs are looked for in what has them.
    let [has_colon, has_at, has_slash, has_letter] = piece.bytes().fold([false; 4], |[colon, at, slash, letter], byte| {
        let is_slash = matches!(byte, b'/' | b'\\' | b'?' | b'#');
        [colon || byte == b':', at || byte == b'@', slash || is_slash, letter || !byte.is_ascii_digit() && byte != b'.']
    });
    let is_host_first = |piece: &str| {
        let end = piece.find(['/', '\\', '?', '#', ':']).unwrap_or(piece.len());
        let (host, rest) = piece.split_at(end);
        web::is_site(host) || rest.starts_with(['/', '\\']) && web::is_host(host)
    };
    let is_rootless = || has_slash && (piece.starts_with("//") || piece.starts_with("/\\")) && is_host_first(piece.trim_start_matches(['/', '\\']));
    if has_colon && let Some((_, rest)) = piece.split_once("://") {
        visit(Kind::Url, &web::address(rest));
    } else if has_colon && let Some(rest) = web::behind_scheme(piece).filter(|rest| !rest.is_empty()) {
        visit(Kind::Url, &web::address(rest));
    } else if has_letter && piece.starts_with("www.") || is_rootless() {
        visit(Kind::Url, &web::address(piece));
    } else if has_at
        && let Some((_, domain)) = piece.rsplit_once('@')
        && domain.contains('.')
    {
        visit(Kind::Email, piece.trim_start_matches("mailto:"));
    } else if (has_letter || has_slash) && is_host_first(piece) {
        visit(Kind::Url, &web::address(piece));
    } else if let Some((account, rest)) = account(piece, pieces.clone()) {
        visit(Kind::Account, &account);
        *pieces = rest;
    } else if let Some(thousands) = thousand(piece) {
        visit(Kind::Number, &thousands);
    } else if let canonical = number(piece)
        && (canonical.is_some() || piece.contains(','))
    {
        let mut is_number = canonical.is_some();
        if let Some(canonical) = canonical {
            visit(Kind::Number, &canonical);
        }
        // "101,102,103" may be three, and "12 500" one.
        for part in piece.split(',').filter(|part| part.len() < piece.len()).filter_map(number) {
            is_number = true;
            visit(Kind::Number, &part);
        }
        let thousands = pieces.clone().take_while(|next| next.len() == 3 && digits(next) == 3).take(GROUPS_MAX);
        let whole = thousands.fold(piece.to_owned(), |whole, next| whole + next);
        if whole.len() > piece.len() && piece.len() <= 3 {
            visit(Kind::Number, &whole);
        }
        return is_number;
    } else {
        return false;
    }
    true
}

/// The pieces of a folded text between spaces and marks. A comma between digits may be part of a number.
#[derive(Clone)]
struct Pieces<'t>(&'t str);

/// Between pieces.
const EDGE: u8 = 1;
/// In addresses and numbers.
const SIGN: u8 = 2;
/// Anywhere.
const OTHER: u8 = 4;

/// What each byte is.
const BYTES: [u8; 256] = {
    let mut bytes = [OTHER; 256];
    let mut at = 0;
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let byte = at as u8;
        #[expect(clippy::indexing_slicing, reason = "below 256")]
        {
            bytes[at] = match byte {
                b' ' | b',' | b';' | b'<' | b'>' | b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'|' | b'`' => EDGE,
                b'0'..=b'9' | b'.' | b'@' | b'/' | b':' | 128.. => SIGN,
                _ => OTHER,
            };
        }
        at += 1;
    }
    bytes
};

fn class(byte: u8) -> u8 {
    BYTES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

impl<'t> Pieces<'t> {
    /// The next piece with a byte of one of these classes.
    fn next_with(&mut self, wanted: u8) -> Option<&'t str> {
        let bytes = self.0.as_bytes();
        let (mut begins, mut seen) = (0, 0);
        for (at, byte) in bytes.iter().enumerate() {
            let class = class(*byte);
            if class != EDGE || *byte == b',' && is_of_number(bytes, at) {
                seen |= class;
                continue;
            }
            if seen & wanted != 0
                && let Some(piece) = self.piece(begins, at)
            {
                return Some(piece);
            }
            (begins, seen) = (at + 1, 0);
        }
        let last = if seen & wanted == 0 { None } else { self.piece(begins, bytes.len()) };
        if last.is_none() {
            self.0 = "";
        }
        last
    }

    /// Whether the next piece stands behind one space, and no other mark.
    fn is_behind_space(&self) -> bool {
        self.0.starts_with(' ') && !self.0.starts_with("  ") && self.0.as_bytes().get(1).is_some_and(|byte| class(*byte) != EDGE)
    }

    /// The piece that stands here, and goes on behind it; none if it is all marks.
    fn piece(&mut self, begins: usize, ends: usize) -> Option<&'t str> {
        let piece = self.0.get(begins..ends)?.trim_end_matches(['.', ':', '!', '?']);
        if piece.is_empty() {
            return None;
        }
        self.0 = self.0.get(ends..).unwrap_or_default();
        Some(piece)
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        self.next_with(SIGN | OTHER)
    }
}

/// Whether a comma stands here between a digit and one to three others, and no more: of thousands, or a decimal one.
fn is_of_number(bytes: &[u8], at: usize) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    bytes.get(at) == Some(&b',') && is_digit(at.wrapping_sub(1)) && is_digit(at + 1) && (1..=4).any(|ahead| !is_digit(at + ahead))
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// An account or telephone number that begins with this piece, and what stands behind it.
fn account<'t>(first: &str, others: Pieces<'t>) -> Option<(String, Pieces<'t>)> {
    let is_sign = |letter: char| matches!(letter, '-' | '+' | '.' | '/');
    let is_plain = |piece: &str| piece.chars().all(|letter| letter.is_ascii_alphanumeric() || is_sign(letter));
    let is_date = first.len() == 10 && first.as_bytes().get(4) == Some(&b'-') && digits(first) == 8;
    let is_decimal = || first.contains('.') && number(first).is_some();
    if !is_plain(first) || is_date || is_decimal() {
        return None;
    }
    let (country, check) = (first.get(..2).unwrap_or_default(), first.get(2..4).unwrap_or_default());
    if check.len() == 2 && country.bytes().all(|letter| letter.is_ascii_alphabetic()) && digits(check) == 2 {
        // An IBAN, in groups of four. Behind country and check digits may stand the letters of a bank.
        // Letters alone are a group only before another with digits: "… 00 from" is not.
        let is_numbered = |next: &str| next.len() <= 4 && is_plain(next) && digits(next) > 0;
        let is_group = |next: &str, behind: Pieces<'_>| {
            let is_lettered = || next.len() == 4 && is_plain(next) && behind.is_behind_space() && behind.clone().next().is_some_and(is_numbered);
            is_numbered(next) || is_lettered()
        };
        let (whole, rest) = if first.len() <= 8 { joined(first, others, is_group) } else { (compact(first), others) };
        return (whole.len() >= 12).then_some((whole, rest));
    }
    if first.starts_with('+') || first.len() >= 2 && first.starts_with('0') && digits(first) == first.len() {
        let is_group =
            |next: &str, _: Pieces<'_>| next.len() <= 8 && digits(next) > 0 && next.bytes().all(|letter| letter.is_ascii_digit() || letter == b'-');
        let (whole, rest) = if first.contains('.') { (compact(first), others) } else { joined(first, others, is_group) };
        // 00 before a country's code is its plus.
        let number = whole.strip_prefix("00").unwrap_or(&whole);
        return (digits(&whole) >= 7).then(|| (number.to_owned(), rest));
    }
    // (604) 555-0133
    let mut behind = others.clone();
    if let Some(next) = behind
        .next()
        .filter(|next| first.len() == 3 && digits(first) == 3 && next.len() == 8 && digits(next) == 7 && next.as_bytes().get(3) == Some(&b'-'))
    {
        return Some((compact(first) + &compact(next), behind));
    }
    let is_long = digits(first) >= 8 || digits(first) >= 4 && compact(first).len() >= 16;
    is_long.then(|| (compact(first), others))
}

/// The letters and digits of a number written in groups, one space between them.
fn joined<'t>(first: &str, mut others: Pieces<'t>, is_group: impl Fn(&str, Pieces<'t>) -> bool) -> (String, Pieces<'t>) {
    let mut whole = compact(first);
    let mut rest = others.clone();
    while whole.len() <= 40
        && others.is_behind_space()
        && let Some(next) = others.next()
        && is_group(next, others.clone())
    {
        whole.push_str(&compact(next));
        rest = others.clone();
    }
    (whole, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Kind, String)> {
        of_text(text).into_iter().map(|atom| (atom.kind, atom.norm)).collect()
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
            [(Kind::Email, "bob@example.com".to_owned()), (Kind::Url, "example.com/a".to_owned()), (Kind::Text, "bob see".to_owned())]
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
