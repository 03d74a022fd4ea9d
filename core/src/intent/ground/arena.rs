//! What a task has seen: the prompt, facts of the operator, outputs of tools.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use hashbrown::hash_map::EntryRef;
use hashbrown::{Equivalent, HashMap};

use super::Level;
use super::atom::{Atom, Kind, addresses, atoms, of_text};
use super::fold::{fold, stands_in};
use super::spoken::Spoken;
use super::texts::Texts;
use crate::contract::{VALUE_DIGITS, VALUES_MAX};
use crate::decimal::Decimal;
use crate::digest::{Digest, hex};
use crate::json::Value;

/// Bytes of text that are kept for one task. What comes after is as good as from nowhere.
const BYTES_MAX: usize = 1 << 20;

/// What was found of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grounding<'a> {
    pub level: Level,
    pub call: Option<u32>,
    pub path: Option<&'a str>,
    /// It stands in what reads like an instruction, and neither in the prompt nor in the operator's facts.
    pub directive: bool,
    /// It stands in a record beside one that the prompt names, and in none that the prompt names.
    pub passed_over: bool,
}

impl Grounding<'_> {
    pub(crate) fn of(level: Level) -> Self {
        Self { level, call: None, path: None, directive: false, passed_over: false }
    }
}

#[derive(Debug)]
struct Seen {
    level: Level,
    call: Option<u32>,
    path: Option<Box<str>>,
    directive: bool,
    passed_over: bool,
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
    spoken: Spoken,
    facts: Vec<String>,
    known: HashMap<Known, Seen>,
    texts: Texts,
    carried: HashMap<String, Level>,
    salt: String,
    bytes: usize,
    calls: u32,
    worst: Level,
    is_full: bool,
}

impl Arena {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The user's own words.
    pub(crate) fn prompt(&mut self, text: &str) {
        if self.fits(text.len() * 2) {
            let known = &mut self.known;
            self.spoken.add(text, |kind, norm| know(known, kind, norm, &Grounding::of(Level::Prompt)));
        }
    }

    pub(super) fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    /// The user's own words so far, folded.
    pub(crate) fn prompts(&self) -> &[String] {
        self.spoken.prompts()
    }

    /// Whether the prompts have another value of the same kind.
    pub(crate) fn prompt_has_another(&self, atom: &Atom) -> bool {
        self.spoken.has_another(atom)
    }

    /// Whether one of the amounts is larger than every number in the prompts.
    pub(crate) fn is_beyond_prompt(&self, amounts: impl Iterator<Item = Option<Decimal>>) -> bool {
        self.spoken.is_exceeded(amounts)
    }

    /// Whether the prompts leave it to the agent to find a sum.
    pub(crate) fn prompt_leaves_sums(&self) -> bool {
        self.spoken.leaves_sums()
    }

    /// What the operator vouches for.
    pub(crate) fn fact(&mut self, value: &Value) {
        atoms(value, |atom| {
            if self.fits(atom.norm.len()) {
                know(&mut self.known, atom.kind, &atom.norm, &Grounding::of(Level::Trusted));
                if atom.kind == Kind::Text {
                    self.facts.push(atom.norm);
                }
            }
        });
    }

    /// Values another agent handed on, by their digests.
    pub(crate) fn carry(&mut self, salt: &str, values: impl Iterator<Item = (String, Level)>) {
        salt.clone_into(&mut self.salt);
        self.carried.extend(values);
    }

    /// The number of the call whose output is about to be taken in.
    pub(super) fn begin_call(&mut self) -> u32 {
        self.calls += 1;
        self.calls - 1
    }

    /// A value in a field of an output, and where.
    pub(super) fn field(&mut self, kind: Kind, norm: &str, seen: &Grounding<'_>) {
        self.worst = self.worst.max(seen.level);
        know(&mut self.known, kind, norm, seen);
    }

    /// A sentence of an output.
    pub(super) fn sentence(&mut self, sentence: &str, level: Level, call: u32, is_order: bool) {
        self.worst = self.worst.max(if is_order { Level::Untrusted } else { level });
        let folded = self.texts.push(sentence, level, call, is_order);
        let seen = Grounding { call: Some(call), directive: is_order, ..Grounding::of(level) };
        addresses(folded, &mut |kind, norm| know(&mut self.known, kind, norm, &seen));
    }

    /// Adds the texts of the value that the prompt names.
    pub(crate) fn named_in(&self, value: &Value, named: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let (folded, is_hidden) = fold(text);
                if !is_hidden && self.spoken.names(&folded) {
                    named.push(folded);
                }
            }
            Value::Array(items) => items.iter().take(100).for_each(|item| self.named_in(item, named)),
            _ => {}
        }
    }

    pub(crate) fn ground(&self, atom: &Atom) -> Grounding<'_> {
        let nowhere = Grounding::of(Level::Nowhere);
        if atom.hidden {
            return nowhere;
        }
        if atom.norm.is_empty() {
            return Grounding::of(Level::Prompt);
        }
        let mut best = self.known.get(&Sought(atom.kind, &atom.norm)).map_or(nowhere, |seen| Grounding {
            level: seen.level,
            call: seen.call,
            path: seen.path.as_deref(),
            directive: seen.directive,
            passed_over: seen.passed_over,
        });
        if best.level <= Level::Trusted {
            return Grounding { directive: false, ..best };
        }
        if self.spoken.says(atom) {
            return Grounding::of(Level::Prompt);
        }
        // An address in letters of two scripts is somebody else's.
        if atom.kind.is_address() && mixes_scripts(&atom.norm) {
            return Grounding { directive: best.directive, ..nowhere };
        }
        if let Some(level) = self.carried_level(atom).filter(|level| *level < best.level) {
            best = Grounding { directive: best.directive, ..Grounding::of(level) };
        }
        if atom.kind != Kind::Text || atom.norm.chars().nth(2).is_none() {
            return best;
        }
        if self.facts.iter().any(|fact| stands_in(&atom.norm, fact)) {
            return Grounding::of(Level::Trusted);
        }
        // The best of the sentences it stands in; of those alike, the last.
        let mut directive = best.directive;
        if let Some(text) =
            self.texts.find(&atom.norm).inspect(|text| directive |= text.is_order).min_by_key(|text| (text.level, std::cmp::Reverse(text.call)))
            && text.level < best.level
        {
            best = Grounding { call: Some(text.call), ..Grounding::of(text.level) };
        }
        best.directive = directive;
        if best.level == Level::Nowhere { self.in_parts(atom).unwrap_or(best) } else { best }
    }

    /// A text put together of several: as good as the worst of them.
    fn in_parts(&self, atom: &Atom) -> Option<Grounding<'_>> {
        let parts: Vec<_> = atom.norm.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() < 2 || parts.len() > 50 {
            return None;
        }
        let found = parts.into_iter().map(|part| of_text(part).into_iter().map(|atom| self.ground(&atom)).max_by_key(|found| found.level));
        let all: Vec<_> = found.collect::<Option<_>>()?;
        let (directive, passed_over) = (all.iter().any(|found| found.directive), all.iter().any(|found| found.passed_over));
        all.into_iter().max_by_key(|found| found.level).map(|worst| Grounding { directive, passed_over, ..worst })
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
        matches!(value, Value::String(text) if self.texts.is_copied_order(text, |phrase| self.spoken.has(phrase)))
    }

    /// How many bytes are searched for a text.
    pub(crate) fn text_bytes(&self) -> usize {
        self.texts.bytes()
    }

    pub(crate) fn worst_read(&self) -> Level {
        self.worst
    }

    /// Whether something was read that no stranger should have written, or more than could be kept.
    pub(crate) fn is_tainted(&self) -> bool {
        self.texts.has_orders() || self.is_full
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full
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

    /// Whether there is room for so many bytes more.
    pub(super) fn fits(&mut self, bytes: usize) -> bool {
        if self.bytes + bytes > BYTES_MAX {
            self.is_full = true;
            self.worst = self.worst.max(Level::Untrusted);
            return false;
        }
        self.bytes += bytes;
        true
    }
}

/// Remembers a value, and where it was: where it is best, if it is known already.
fn know(known: &mut HashMap<Known, Seen>, kind: Kind, norm: &str, found: &Grounding<'_>) {
    if norm.is_empty() {
        return;
    }
    if kind == Kind::Url {
        let host = norm.split(['/', '?', '#']).next().unwrap_or_default();
        know(known, Kind::Host, host, found);
    }
    let Grounding { level, call, path, directive, passed_over } = *found;
    let seen = |directive, passed_over| Seen { level, call, path: path.map(Into::into), directive, passed_over };
    match known.entry_ref(&Sought(kind, norm)) {
        EntryRef::Occupied(mut entry) => {
            let before = entry.get();
            // Who looks a record up by itself does not thereby name it.
            let (directive, passed_over) = (before.directive || directive, level >= Level::Field && (before.passed_over || passed_over));
            if level < before.level {
                entry.insert(seen(directive, passed_over));
            } else if before.level >= Level::Field {
                entry.get_mut().passed_over = passed_over;
            }
            entry.get_mut().directive = directive;
        }
        EntryRef::Vacant(entry) => {
            entry.insert_with_key(Known(kind, norm.into()), seen(directive, passed_over));
        }
    }
}

fn mixes_scripts(norm: &str) -> bool {
    let is_other = |letter: char| matches!(letter, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{1f00}'..='\u{1fff}');
    norm.chars().any(is_other) && norm.chars().any(|letter| letter.is_ascii_alphabetic())
}

fn digest(salt: &str, kind: Kind, norm: &str) -> String {
    let digest = Digest::of("value", &(salt, kind as u8, norm));
    let mut text = hex(digest.as_bytes());
    text.truncate(VALUE_DIGITS);
    text
}
