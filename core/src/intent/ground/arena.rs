//! What a task has seen: the prompt, facts of the operator, outputs of tools.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use hashbrown::{Equivalent, HashMap, HashSet};

use super::Level;
use super::atom::{Atom, Kind, addresses, is_host, number, of_text};
use super::fold::{compact, fold, stands_in, words};
use crate::contract::{VALUE_DIGITS, VALUES_MAX};
use crate::decimal::Decimal;
use crate::digest::{Digest, hex};
use crate::json::{DEPTH_MAX, Object, Value};

/// Bytes of text that are kept for one task. What comes after is as good as from nowhere.
const BYTES_MAX: usize = 1 << 20;

/// A text of more characters, or with a line break, is free text and no field.
const FIELD_LENGTH_MAX: usize = 120;

/// A text of more words is free text, too.
const FIELD_WORDS_MAX: usize = 12;

/// Where one output came from.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of an output, each of its own")]
pub(crate) struct Source {
    /// What the prompt names and was asked for: a record that has it in a field is keyed.
    pub keys: Vec<String>,
    /// Its short members may count as fields of records.
    pub structured: bool,
    /// Somebody has said whose words it carries, so that a text that is JSON may be taken for what the tool answers. Of other
    /// tools such a text may be a document, which its writer made look like a record.
    pub declared: bool,
    /// It is the user's own record.
    pub own: bool,
    /// Nobody but the operator writes there.
    pub first_party: bool,
    /// Nothing in it is better than this.
    pub floor: Level,
}

/// What was found of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grounding<'a> {
    pub level: Level,
    pub call: Option<u32>,
    pub path: Option<&'a str>,
    /// It stands in what reads like an instruction, and neither in the prompt nor in the operator's facts.
    pub directive: bool,
}

#[derive(Debug)]
struct Seen {
    level: Level,
    call: Option<u32>,
    path: Option<Box<str>>,
    directive: bool,
}

#[derive(Debug)]
struct Text {
    folded: String,
    level: Level,
    call: u32,
    directive: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Known(Kind, Box<str>);

/// The same, borrowed.
#[derive(PartialEq, Eq)]
struct Sought<'a>(Kind, &'a str);

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Sought(self.0, &self.1).hash(state);
    }
}

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0, self.1).hash(state);
    }
}

impl Equivalent<Known> for Sought<'_> {
    fn equivalent(&self, known: &Known) -> bool {
        self.0 == known.0 && self.1 == &*known.1
    }
}

/// Everything a task has seen, as far as it fits.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// The user's words, folded, each turn on its own.
    prompts: Vec<String>,
    /// Their letters and digits, for numbers written in groups.
    compact: String,
    prompt_words: HashSet<String>,
    /// The words of each turn, one space between them.
    spoken: Vec<String>,
    facts: Vec<String>,
    known: HashMap<Known, Seen>,
    texts: Vec<Text>,
    carried: HashMap<String, Level>,
    salt: String,
    bytes: usize,
    calls: u32,
    worst: Level,
    has_directive: bool,
    is_full: bool,
}

impl Arena {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The user's own words.
    pub(crate) fn prompt(&mut self, text: &str) {
        let (folded, _) = fold(text);
        if !self.fits(folded.len() * 2) {
            return;
        }
        addresses(&folded, &mut |kind, norm| self.know(kind, norm, Level::Prompt, None, None, false));
        for piece in folded.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '(' | ')' | '"' | '\'')) {
            let piece = piece.trim_end_matches(['.', ':', '!', '?']);
            if is_host(piece) {
                self.know(Kind::Host, piece.to_owned(), Level::Prompt, None, None, false);
            }
        }
        let spoken = words(&format!("{folded} ")).join(" ");
        for word in spoken.split(' ') {
            self.prompt_words.insert(word.to_owned());
            self.know(Kind::Text, word.to_owned(), Level::Prompt, None, None, false);
        }
        for token in crate::intent::text::tokens(text) {
            let quoted = text.get(token.span.clone()).unwrap_or_default();
            let (inner, _) = fold(quoted.trim_matches(|letter: char| !letter.is_alphanumeric()));
            self.know(Kind::Text, inner, Level::Prompt, None, None, false);
        }
        self.compact.push_str(&compact(&folded));
        self.compact.push(' ');
        self.spoken.push(format!(" {spoken} "));
        self.prompts.push(folded);
    }

    /// The user's own words so far, folded.
    pub(crate) fn prompts(&self) -> &[String] {
        &self.prompts
    }

    /// Whether the prompts have another value of the same kind: an address, or an identifier of letters and digits in the
    /// same places.
    pub(crate) fn prompt_has_another(&self, atom: &Atom) -> bool {
        let shape = shape(&atom.norm);
        let is_alike = |known: &Known| match atom.kind {
            Kind::Email => known.0 == Kind::Email,
            Kind::Text | Kind::Account => known.0 == atom.kind && shape.is_some() && self::shape(&known.1) == shape,
            _ => false,
        };
        self.known.iter().any(|(known, seen)| seen.level == Level::Prompt && is_alike(known))
    }

    /// Whether one of the amounts is larger than every number in the prompts, of which there is one. Who speaks of percents
    /// leaves the sum to the agent.
    pub(crate) fn is_beyond_prompt(&self, mut amounts: impl Iterator<Item = Option<Decimal>>) -> bool {
        let spoken = |known: &Known| known.1.parse::<Decimal>().ok().filter(|_| known.0 == Kind::Number);
        let largest = self.known.iter().filter(|(_, seen)| seen.level == Level::Prompt).filter_map(|(known, _)| spoken(known)).max();
        let Some(largest) = largest.filter(|_| !self.prompts.iter().any(|prompt| prompt.contains('%'))) else { return false };
        amounts.any(|amount| amount.is_none_or(|amount| amount > largest))
    }

    /// What the operator vouches for.
    pub(crate) fn fact(&mut self, value: &Value) {
        super::atoms(value, |atom| {
            if self.fits(atom.norm.len()) {
                if atom.kind == Kind::Text {
                    self.facts.push(atom.norm.clone());
                }
                self.know(atom.kind, atom.norm, Level::Trusted, None, None, false);
            }
        });
    }

    /// Values another agent handed on, by their digests.
    pub(crate) fn carry(&mut self, salt: &str, values: impl Iterator<Item = (String, Level)>) {
        salt.clone_into(&mut self.salt);
        self.carried.extend(values);
    }

    /// What a tool answered.
    pub(crate) fn output(&mut self, source: &Source, value: &Value, is_directive: &mut dyn FnMut(&str) -> bool) {
        let parsed;
        let is_text = matches!(value, Value::String(_));
        let value = match value {
            Value::String(text) if source.structured && text.trim_start().starts_with(['{', '[']) => {
                parsed = Value::parse(text);
                parsed.as_ref().unwrap_or(value)
            }
            value => value,
        };
        let mut ingest = Ingest { call: self.calls, source, keys: source.declared || !is_text, is_directive, arena: self };
        ingest.value(value, Place { keyed: false, depth: 0, path: "" }, &HashMap::new());
        self.calls += 1;
    }

    /// Adds the texts of the value that the prompt names.
    pub(crate) fn named_in(&self, value: &Value, named: &mut Vec<String>) {
        match value {
            Value::String(text) if self.names(text) => named.push(fold(text).0),
            Value::Array(items) => items.iter().take(100).for_each(|item| self.named_in(item, named)),
            _ => {}
        }
    }

    /// Whether the prompt's words name this field.
    fn names(&self, text: &str) -> bool {
        let (folded, hidden) = fold(text);
        let letters = folded.chars().filter(|letter| letter.is_alphanumeric()).count();
        if hidden || letters < 3 || folded.len() > FIELD_LENGTH_MAX {
            return false;
        }
        if let Some(number) = number(&folded) {
            // Small numbers are everywhere.
            let is_telling = number.contains('.') || folded.contains('.') || number.len() >= 4;
            return is_telling && self.known.get(&Sought(Kind::Number, &number)).is_some_and(|seen| seen.level == Level::Prompt);
        }
        let words = words(&folded);
        let is_common = words.iter().all(|word| is_common(word));
        let phrase = format!(" {} ", words.join(" "));
        !is_common && (self.spoken.iter().any(|spoken| spoken.contains(&phrase)) || self.prompts.iter().any(|prompt| stands_in(&folded, prompt)))
    }

    pub(crate) fn ground(&self, atom: &Atom) -> Grounding<'_> {
        let nowhere = Grounding { level: Level::Nowhere, call: None, path: None, directive: false };
        if atom.hidden {
            return nowhere;
        }
        if atom.norm.is_empty() {
            return Grounding { level: Level::Prompt, ..nowhere };
        }
        let mut best = self.known.get(&Sought(atom.kind, &atom.norm)).map_or(nowhere, |seen| Grounding {
            level: seen.level,
            call: seen.call,
            path: seen.path.as_deref(),
            directive: seen.directive,
        });
        if best.level <= Level::Trusted {
            return Grounding { directive: false, ..best };
        }
        if self.is_spoken(atom) {
            return Grounding { level: Level::Prompt, call: None, path: None, directive: false };
        }
        // An address in letters of two scripts is somebody else's.
        if atom.kind.is_address() && mixes_scripts(&atom.norm) {
            return Grounding { directive: best.directive, ..nowhere };
        }
        if let Some(level) = self.carried_level(atom).filter(|level| *level < best.level) {
            best = Grounding { level, call: None, path: None, directive: best.directive };
        }
        if atom.kind == Kind::Text && atom.norm.chars().count() >= 3 {
            if self.facts.iter().any(|fact| stands_in(&atom.norm, fact)) {
                return Grounding { level: Level::Trusted, call: None, path: None, directive: false };
            }
            for text in self.texts.iter().rev() {
                let worse = text.level >= best.level && (best.directive || !text.directive);
                if !worse && stands_in(&atom.norm, &text.folded) {
                    best.directive |= text.directive;
                    if text.level < best.level {
                        best = Grounding { level: text.level, call: Some(text.call), path: None, directive: best.directive };
                    }
                }
            }
            if best.level == Level::Nowhere {
                return self.in_parts(atom).unwrap_or(best);
            }
        }
        best
    }

    /// Whether the user said so: the very text, or all of its words, or the same digits in other groups.
    fn is_spoken(&self, atom: &Atom) -> bool {
        match atom.kind {
            Kind::Text => {
                if self.prompts.iter().any(|prompt| stands_in(&atom.norm, prompt)) {
                    return true;
                }
                let words = words(&atom.norm);
                (1..=8).contains(&words.len())
                    && words.iter().all(|word| self.prompt_words.contains(*word))
                    && words.iter().any(|word| !is_common(word))
            }
            Kind::Account => atom.norm.len() >= 8 && self.compact.contains(&atom.norm),
            _ => false,
        }
    }

    /// A text put together of several: as good as the worst of them.
    fn in_parts(&self, atom: &Atom) -> Option<Grounding<'_>> {
        let parts: Vec<_> = atom.norm.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() < 2 || parts.len() > 50 {
            return None;
        }
        let found = parts.into_iter().map(|part| of_text(part).into_iter().map(|atom| self.ground(&atom)).max_by_key(|found| found.level));
        let all: Vec<_> = found.collect::<Option<_>>()?;
        let directive = all.iter().any(|found| found.directive);
        all.into_iter().max_by_key(|found| found.level).map(|worst| Grounding { directive, ..worst })
    }

    /// How well the host of a web address is grounded.
    pub(crate) fn ground_host(&self, atom: &Atom) -> Grounding<'_> {
        let host = atom.norm.split(['/', '?', '#']).next().unwrap_or_default();
        // Exactly this one: `acme.com` is not `acme.com.br`.
        let host = Atom { kind: Kind::Host, norm: host.to_owned(), hidden: atom.hidden };
        self.ground(&host)
    }

    /// How well what a web address carries is grounded: only the user's own words may leave in it.
    pub(crate) fn ground_query(&self, atom: &Atom) -> Level {
        let carried = atom.norm.find(['?', '#']).and_then(|at| atom.norm.get(at + 1..)).unwrap_or_default();
        let values = carried.split(['&', ';']).map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value)).filter(|value| !value.is_empty());
        let level = |value: &str| of_text(&value.replace(['+', '%'], " ")).iter().map(|atom| self.ground(atom).level).max().unwrap_or_default();
        values.map(level).max().unwrap_or_default()
    }

    /// Whether a run of words of the text stands in what reads like an instruction, and not in the prompt.
    pub(crate) fn is_copied_directive(&self, value: &Value) -> bool {
        let Value::String(text) = value else { return false };
        if !self.has_directive {
            return false;
        }
        let (folded, _) = fold(text);
        let words: Vec<_> = folded.split(' ').collect();
        if words.len() < RUN_MIN {
            return false;
        }
        let run = words.len().min(RUN);
        words.windows(run).take(500).any(|window| {
            let phrase = window.join(" ");
            self.texts.iter().any(|text| text.directive && stands_in(&phrase, &text.folded))
                && !self.prompts.iter().any(|prompt| stands_in(&phrase, prompt))
        })
    }

    pub(crate) fn worst_read(&self) -> Level {
        self.worst
    }

    /// Whether something was read that no stranger should have written, or more than could be kept.
    pub(crate) fn is_tainted(&self) -> bool {
        self.has_directive || self.is_full
    }

    /// The best grounded values, by their digests.
    pub(crate) fn values(&self, salt: &str) -> BTreeMap<String, u8> {
        let mut all: Vec<_> =
            self.known.iter().filter(|(_, seen)| seen.level <= Level::Keyed && !(seen.directive && seen.level > Level::Trusted)).collect();
        // Addresses before words; and always the same ones.
        all.sort_unstable_by_key(|(known, seen)| (seen.level, std::cmp::Reverse(known.0), &known.1));
        let own = all.into_iter().map(|(known, seen)| (digest(salt, known.0, &known.1), seen.level));
        let handed_on = self.carried.iter().filter(|_| salt == self.salt).map(|(digest, level)| (digest.clone(), *level));
        let mut values = BTreeMap::new();
        for (digest, level) in own.chain(handed_on).take(VALUES_MAX) {
            let known = values.entry(digest).or_insert(level as u8);
            *known = (*known).min(level as u8);
        }
        values
    }

    fn carried_level(&self, atom: &Atom) -> Option<Level> {
        if self.carried.is_empty() {
            return None;
        }
        self.carried.get(&digest(&self.salt, atom.kind, &atom.norm)).copied()
    }

    fn know(&mut self, kind: Kind, norm: String, level: Level, call: Option<u32>, path: Option<&str>, directive: bool) {
        if norm.is_empty() {
            return;
        }
        if kind == Kind::Url {
            let host = norm.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
            self.know(Kind::Host, host, level, call, path, directive);
        }
        let seen = Seen { level, call, path: path.map(Into::into), directive };
        match self.known.entry(Known(kind, norm.into())) {
            hashbrown::hash_map::Entry::Occupied(mut entry) => {
                let directive = entry.get().directive || directive;
                if level < entry.get().level {
                    entry.insert(seen);
                }
                entry.get_mut().directive = directive;
            }
            hashbrown::hash_map::Entry::Vacant(entry) => {
                entry.insert(seen);
            }
        }
    }

    /// Whether there is room for so many bytes more.
    fn fits(&mut self, bytes: usize) -> bool {
        if self.bytes + bytes > BYTES_MAX {
            self.is_full = true;
            self.worst = self.worst.max(Level::Untrusted);
            return false;
        }
        self.bytes += bytes;
        true
    }
}

/// Words that name nothing by themselves.
fn is_common(word: &str) -> bool {
    word.len() < 3
        || matches!(
            word,
            "true"
                | "false"
                | "yes"
                | "none"
                | "null"
                | "the"
                | "and"
                | "for"
                | "you"
                | "all"
                | "new"
                | "open"
                | "active"
                | "read"
                | "sent"
                | "received"
                | "pending"
                | "confirmed"
        )
}

/// An identifier with its letters and digits made equal: of `SP-4471-02`, `aa-9999-99`. None of a word, or of a number.
fn shape(norm: &str) -> Option<String> {
    let is_identifier = norm.len() >= 4
        && !norm.contains(' ')
        && norm.contains(|letter: char| letter.is_ascii_digit())
        && norm.contains(|letter: char| letter.is_ascii_alphabetic());
    is_identifier.then(|| {
        norm.chars()
            .map(|letter| {
                if letter.is_ascii_digit() {
                    '9'
                } else if letter.is_alphabetic() {
                    'a'
                } else {
                    letter
                }
            })
            .collect()
    })
}

fn mixes_scripts(norm: &str) -> bool {
    let is_other = |letter: char| matches!(letter, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{1f00}'..='\u{1fff}');
    norm.chars().any(is_other) && norm.chars().any(|letter| letter.is_ascii_alphabetic())
}

/// Words in a row that are no accident; of shorter texts, all of them, if they are not too few.
const RUN: usize = 8;
const RUN_MIN: usize = 3;

fn digest(salt: &str, kind: Kind, norm: &str) -> String {
    let digest = Digest::of("value", &(salt, kind as u8, norm));
    let mut text = hex(digest.as_bytes());
    text.truncate(VALUE_DIGITS);
    text
}

/// Where a value stands in an output.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// In a record with a field the prompt names.
    keyed: bool,
    depth: usize,
    path: &'p str,
}

/// One output being taken in.
struct Ingest<'i> {
    call: u32,
    source: &'i Source,
    /// Its records can be keyed.
    keys: bool,
    is_directive: &'i mut dyn FnMut(&str) -> bool,
    arena: &'i mut Arena,
}

impl Ingest<'_> {
    fn value(&mut self, value: &Value, place: Place<'_>, common: &HashMap<String, usize>) {
        if place.depth > DEPTH_MAX || self.arena.is_full {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Int(number) => self.field(Kind::Number, number.to_string(), place),
            Value::Float(number) => self.field(Kind::Number, number.to_string(), place),
            Value::String(text) => self.text(text, place),
            Value::Array(items) => {
                let common = shared_fields(items);
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{}[{at}]", place.path);
                    self.value(item, Place { depth: place.depth + 1, path: &path, ..place }, &common);
                }
            }
            Value::Object(members) => self.record(members, place, common),
        }
    }

    fn record(&mut self, members: &Object, place: Place<'_>, common: &HashMap<String, usize>) {
        let keyed = place.keyed || self.keys && self.source.structured && members.values().any(|member| self.keys(member, common));
        for (name, member) in members {
            let dot = if place.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{name}", place.path);
            // Some records have addresses for names.
            for atom in of_text(name).into_iter().filter(|atom| atom.kind.is_address()) {
                self.field(atom.kind, atom.norm, Place { keyed, depth: place.depth, path: &path });
            }
            self.value(member, Place { keyed, depth: place.depth + 1, path: &path }, &HashMap::new());
        }
    }

    /// Whether this field is one the prompt names, and not one that all the records beside it share.
    fn keys(&self, member: &Value, common: &HashMap<String, usize>) -> bool {
        let is_own = |text: &str| !common.contains_key(&fold(text).0);
        match member {
            Value::String(text) => is_field(text) && is_own(text) && (self.arena.names(text) || self.has_key(text)),
            Value::Int(number) => is_own(&number.to_string()) && self.arena.names(&number.to_string()),
            Value::Float(number) => is_own(&number.to_string()) && self.arena.names(&format!("{number:.2}")),
            Value::Array(items) => items.iter().take(100).any(|item| matches!(item, Value::String(text) if is_field(text) && self.arena.names(text))),
            _ => false,
        }
    }

    fn has_key(&self, text: &str) -> bool {
        let (folded, _) = fold(text);
        self.source.keys.iter().any(|key| stands_in(key, &folded))
    }

    fn text(&mut self, text: &str, place: Place<'_>) {
        if !self.arena.fits(text.len()) {
            return;
        }
        let (folded, _) = fold(text);
        let is_short = is_field(text);
        let is_order = is_short && folded.split(' ').nth(3).is_some() && (self.is_directive)(text);
        if self.source.structured && is_short && !is_order && place.depth > 0 {
            let whole = Atom { kind: Kind::Text, norm: folded, hidden: false };
            for atom in of_text(text) {
                self.field(atom.kind, atom.norm, place);
            }
            self.field(Kind::Text, whole.norm, place);
            return;
        }
        let is_named = !self.source.keys.is_empty() || place.keyed || self.source.first_party;
        let level = if is_named { Level::NamedText } else { Level::Untrusted }.max(self.source.floor);
        let sentences = sentences(text);
        let orders: Vec<bool> = sentences.iter().map(|sentence| (self.is_directive)(sentence)).collect();
        for (at, sentence) in sentences.iter().enumerate() {
            let is_order = orders.get(at) == Some(&true);
            // Beside an order in a text nobody named, nothing is harmless.
            let beside = |at: Option<usize>| at.and_then(|at| orders.get(at)) == Some(&true);
            let directive = is_order || !is_named && (beside(at.checked_sub(1)) || beside(Some(at + 1)));
            self.sentence(sentence, if directive { Level::Untrusted } else { level }, directive);
        }
    }

    fn sentence(&mut self, sentence: &str, level: Level, directive: bool) {
        let (folded, _) = fold(sentence);
        let call = self.call;
        let arena = &mut *self.arena;
        addresses(&folded, &mut |kind, norm| arena.know(kind, norm, level, Some(call), None, directive));
        arena.worst = arena.worst.max(level);
        arena.has_directive |= directive;
        arena.texts.push(Text { folded, level, call, directive });
    }

    fn field(&mut self, kind: Kind, norm: String, place: Place<'_>) {
        let Source { own, first_party, structured, ref keys, floor, .. } = *self.source;
        let named = !keys.is_empty();
        let level = match () {
            () if !structured => {
                if named {
                    Level::NamedText
                } else {
                    Level::Untrusted
                }
            }
            () if own => Level::Trusted,
            () if place.keyed || first_party => Level::Keyed,
            () => Level::Field,
        };
        let level = level.max(floor);
        self.arena.worst = self.arena.worst.max(level);
        self.arena.know(kind, norm, level, Some(self.call), Some(place.path), false);
    }
}

/// Whether a text is short enough to be a field.
fn is_field(text: &str) -> bool {
    text.len() <= FIELD_LENGTH_MAX && !text.trim_end().contains('\n') && text.split_whitespace().nth(FIELD_WORDS_MAX).is_none()
}

/// Fields that most records of a list have in common: they tell none of them apart.
fn shared_fields(items: &[Value]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    if items.len() < 3 {
        return counts;
    }
    for item in items {
        let Value::Object(members) = item else { continue };
        for member in members.values() {
            let text = match member {
                Value::String(text) if is_field(text) => fold(text).0,
                Value::Int(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                _ => continue,
            };
            *counts.entry(text).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count * 2 > items.len());
    counts
}

/// The sentences and lines of a text.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut begins = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let ends =
            letter == '\n' || matches!(letter, '.' | '!' | '?' | ';') && next.is_none_or(char::is_whitespace) || matches!(letter, '。' | '！' | '？');
        if ends {
            let end = at + letter.len_utf8();
            sentences.push(text.get(begins..end).unwrap_or_default());
            begins = end;
        }
    }
    sentences.push(text.get(begins..).unwrap_or_default());
    sentences.retain(|sentence| !sentence.trim().is_empty());
    sentences
}
