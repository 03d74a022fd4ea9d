//! The user's own words.

use hashbrown::HashSet;

use super::atom::{Atom, Kind, addresses, parts};
use super::date::{day, days, without_year};
use super::effort::Effort;
use super::fold::{fold, runs, stands_in, words};
use super::number::{may_be_number, number};
use super::web::is_site;
use crate::decimal::Decimal;

/// A value of more letters is no name of anything.
pub(super) const NAME_LENGTH_MAX: usize = 120;

/// Most addresses of the prompts that name a record in another notation.
const ADDRESSES_MAX: usize = 100;

/// A longer text is more than a day and a time.
const DAY_LENGTH_MAX: usize = 30;

/// The prompts so far, each turn on its own.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Folded.
    prompts: Vec<String>,
    /// The words of each turn, one space around each.
    phrases: Vec<String>,
    words: HashSet<Box<str>>,
    /// How its words begin, and how long they are.
    beginnings: HashSet<([u8; 4], usize)>,
    bytes: usize,
    numbers: HashSet<Box<str>>,
    days: HashSet<String>,
    addresses: Vec<(Kind, String)>,
    /// Of its identifiers and accounts, with letters and digits made equal.
    shapes: HashSet<(Kind, String)>,
    has_email: bool,
    has_percent: bool,
    is_list: bool,
    largest: Option<Decimal>,
}

impl Spoken {
    /// Another turn; each value in it is visited.
    pub(super) fn add(&mut self, text: &str, mut visit: impl FnMut(Kind, &str)) {
        let (folded, _) = fold(text);
        let mut know = |kind: Kind, norm: &str| {
            self.remember(kind, norm);
            visit(kind, norm);
        };
        addresses(&folded, &mut know);
        for piece in folded.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '(' | ')' | '"' | '\'')) {
            let piece = piece.trim_end_matches(['.', ':', '!', '?']);
            if is_site(piece) {
                know(Kind::Host, piece);
            }
        }
        for word in runs(&folded) {
            know(Kind::Text, word);
        }
        for token in crate::intent::text::tokens(text) {
            let quoted = text.get(token.span).unwrap_or_default();
            know(Kind::Text, &fold(quoted.trim_matches(|letter: char| !letter.is_alphanumeric())).0);
        }
        self.words.extend(runs(&folded).map(Into::into));
        self.beginnings.extend(runs(&folded).filter_map(|word| Some((*word.as_bytes().first_chunk()?, word.len()))));
        self.bytes += folded.len();
        days(&folded, |day| {
            self.days.insert(day.to_owned());
        });
        self.phrases.push(phrase(runs(&folded)));
        self.has_percent |= folded.contains('%');
        self.is_list |= is_list(&folded);
        self.prompts.push(folded);
    }

    fn remember(&mut self, kind: Kind, norm: &str) {
        if kind.is_address() && self.addresses.len() < ADDRESSES_MAX {
            self.addresses.push((kind, norm.to_owned()));
        }
        match kind {
            Kind::Email => self.has_email = true,
            Kind::Number => {
                self.largest = self.largest.max(norm.parse().ok());
                self.numbers.insert(norm.into());
            }
            Kind::Text | Kind::Account => self.shapes.extend(shape(norm).map(|shape| (kind, shape))),
            Kind::Url | Kind::Host => {}
        }
    }

    /// The user's own words so far, folded.
    pub(super) fn prompts(&self) -> &[String] {
        &self.prompts
    }

    /// Whether the user said so: the very text, or all of its words, or the same digits in other groups.
    pub(super) fn says(&self, atom: &Atom) -> bool {
        match atom.kind {
            // "@bob" and "#design" are who and what the prompt calls Bob and design.
            Kind::Text => {
                self.has_runs_of(&atom.norm) && self.has_token(atom.norm.strip_prefix(['@', '#']).unwrap_or(&atom.norm))
                    || self.has_words_of(&atom.norm)
                    || self.has_day(&atom.norm)
            }
            _ => false,
        }
    }

    /// Whether one of the user's words is this one, or begins with the same four letters and ends otherwise.
    pub(super) fn speaks_of(&self, word: &str) -> bool {
        let is_like = |begin: [u8; 4]| {
            let lengths = word.len().saturating_sub(3)..=word.len() + 3;
            lengths.into_iter().any(|length| self.beginnings.contains(&(begin, length)))
        };
        self.words.contains(word) || word.as_bytes().first_chunk().is_some_and(|begin| is_like(*begin))
    }

    /// How many bytes there are to search.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether every run of letters and digits of the text is one of the prompts', and it is no longer than they are: others need
    /// not be searched for.
    pub(super) fn has_runs_of(&self, folded: &str) -> bool {
        folded.len() <= self.bytes() && runs(folded).all(|run| self.words.contains(run))
    }

    /// Whether the very text stands in a prompt between spaces and marks of sentences: `/var` does not stand in `/var/data`.
    fn has_token(&self, folded: &str) -> bool {
        let opens = |before: Option<char>| {
            before.is_none_or(|before| {
                before == ' ' || matches!(before, '"' | '\'' | '(' | '[' | '<' | ',' | ':' | ';' | '`' | '«' | '“' | '‘' | '#' | '=' | '@' | '!')
            })
        };
        let closes = |after: &str| {
            let bare = after.trim_start_matches(['.', '!', '?', ')', ']', '>', '"', '\'', '`', '»', '”', '’', ';', ':', ',']);
            after.is_empty()
                || bare.is_empty()
                || bare.len() < after.len() && bare.starts_with(' ')
                || after.starts_with([' ', ','])
                || after.starts_with("'s")
        };
        !folded.is_empty()
            && self.prompts.iter().any(|prompt| {
                prompt.match_indices(folded).any(|(at, _)| {
                    opens(prompt.get(..at).and_then(|before| before.chars().next_back()))
                        && closes(prompt.get(at + folded.len()..).unwrap_or_default())
                })
            })
    }

    /// Whether the very text stands in a prompt.
    pub(super) fn has(&self, folded: &str) -> bool {
        self.has_runs_of(folded) && self.prompts.iter().any(|prompt| stands_in(folded, prompt))
    }

    /// Whether the text is a day, perhaps with a time, and one the user speaks of.
    fn has_day(&self, folded: &str) -> bool {
        let is_day = !self.days.is_empty() && folded.len() <= DAY_LENGTH_MAX && folded.contains(|letter: char| letter.is_ascii_digit());
        // Behind the day may stand a time, and nothing else.
        let is_time = |rest: &str| rest.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ' ' | ':' | '.' | 't' | 'z' | '+' | '-'));
        is_day
            && day(folded).is_some_and(|(norm, end)| {
                let is_said = self.days.contains(&norm) || without_year(&norm).is_some_and(|day| self.days.contains(day));
                is_said && is_time(folded.get(end..).unwrap_or("?"))
            })
    }

    fn has_words_of(&self, folded: &str) -> bool {
        // Signs make a path, a handle or a host of a word.
        if folded.contains(['/', '\\', '*', '@', '~', '|', '>', '<', '$', '`']) || !folded.contains(' ') && !folded.contains(['-', '_', '.']) {
            return false;
        }
        let words = words(folded);
        if words.clone().count() == 1 && folded.contains(['-', '_', '.']) {
            return false;
        }
        words.clone().all(|word| self.words.contains(word)) && (1..=8).contains(&words.clone().count()) && words.clone().any(|word| !is_common(word))
    }

    /// Whether the prompts' words name this field; not when the effort is spent.
    pub(super) fn names(&self, folded: &str, effort: &Effort) -> bool {
        if self.has_day(folded) {
            return true;
        }
        // Most fields are of words the prompt does not have.
        let is_strange = || runs(folded).next().is_none_or(|first| !self.words.contains(first));
        if !may_be_number(folded) && is_strange() {
            return false;
        }
        if folded.len() > NAME_LENGTH_MAX || folded.chars().filter(|letter| letter.is_alphanumeric()).take(3).count() < 3 {
            return false;
        }
        if let Some(number) = number(folded) {
            // Small numbers are everywhere.
            let is_telling = number.contains('.') || folded.contains('.') || number.len() >= 4;
            return is_telling && (self.numbers.contains(&*number) || self.words.contains(folded));
        }
        // "OR-17" names something, although neither "or" nor "17" does.
        if shape(folded).is_some() && self.has_runs_of(folded) && effort.spend(self.bytes) && self.has(folded) {
            return true;
        }
        let words = words(folded);
        // What stands in a prompt is made of its words.
        words.clone().all(|word| self.words.contains(word)) && words.clone().any(|word| !is_common(word)) && effort.spend(self.bytes) && {
            let phrase = phrase(words);
            self.phrases.iter().any(|spoken| spoken.contains(&phrase)) || self.has(folded)
        }
    }

    /// Whether the user has written the address that this text is, in any notation.
    pub(super) fn has_address(&self, folded: &str) -> bool {
        let ends_alike = |(_, norm): &(Kind, String)| ending(norm).eq(ending(folded));
        self.addresses.iter().any(ends_alike) && parts(folded).iter().any(|part| self.addresses.contains(part))
    }

    /// Whether the prompts have another value of the same kind: an address, or an identifier of letters and digits in the
    /// same places.
    pub(super) fn has_another(&self, atom: &Atom) -> bool {
        match atom.kind {
            Kind::Email => self.has_email,
            Kind::Text | Kind::Account => shape(&atom.norm).is_some_and(|shape| self.shapes.contains(&(atom.kind, shape))),
            _ => false,
        }
    }

    /// Whether what is named is named for all that is asked: in a list of tasks, each has its own.
    pub(super) fn names_for_all(&self) -> bool {
        !self.is_list
    }

    /// Whether the prompts speak of percents: then sums are for the agent to find.
    pub(super) fn leaves_sums(&self) -> bool {
        self.has_percent
    }

    /// Whether one of the amounts is larger than every number in the prompts, of which there is one.
    pub(super) fn is_exceeded(&self, mut amounts: impl Iterator<Item = Option<Decimal>>) -> bool {
        let Some(largest) = self.largest.filter(|_| !self.leaves_sums()) else { return false };
        amounts.any(|amount| amount.is_none_or(|amount| amount > largest))
    }
}

/// The last letters and digits, backwards.
fn ending(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().rev().filter(u8::is_ascii_alphanumeric).take(4)
}

fn phrase<'t>(words: impl Iterator<Item = &'t str>) -> String {
    words.fold(String::from(" "), |phrase, word| phrase + word + " ")
}

/// Whether there is a first and a second of numbered tasks: "1. … 2. …" or "1) … 2) …".
fn is_list(folded: &str) -> bool {
    let begins_task = |number: &str| {
        let mut places = folded.match_indices(number);
        places.any(|(at, _)| folded.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace)))
    };
    ["1", "2"].into_iter().all(|number| [". ", ") "].iter().any(|mark| begins_task(&format!("{number}{mark}"))))
}

/// Words that name nothing by themselves.
fn is_common(word: &str) -> bool {
    const WORDS: [&str; 18] = [
        "true",
        "false",
        "yes",
        "none",
        "null",
        "the",
        "and",
        "for",
        "you",
        "all",
        "new",
        "open",
        "active",
        "read",
        "sent",
        "received",
        "pending",
        "confirmed",
    ];
    word.len() < 3 || WORDS.contains(&word)
}

/// An identifier with its letters and digits made equal: of `SP-4471-02`, `aa-9999-99`. None of a word, or of a number.
fn shape(norm: &str) -> Option<String> {
    let is_identifier = norm.len() >= 4
        && !norm.contains(' ')
        && norm.contains(|letter: char| letter.is_ascii_digit())
        && norm.contains(|letter: char| letter.is_ascii_alphabetic());
    let made_equal = |letter: char| match letter {
        letter if letter.is_ascii_digit() => '9',
        letter if letter.is_alphabetic() => 'a',
        letter => letter,
    };
    is_identifier.then(|| norm.chars().map(made_equal).collect())
}
