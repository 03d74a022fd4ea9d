//! What a task has seen: the prompt, facts of the operator, outputs of tools.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;

use hashbrown::HashMap;

use super::atom::{Atom, Kind, addresses, atoms, of_text};
use super::effort::Effort;
use super::fold::{fold, stands_in};
use super::known::{Known, Path, Seen, Sight};
use super::spoken::Spoken;
use super::texts::{ReadsOrder, Texts, Told};
use super::web;
use super::words::Words;
use crate::decimal::Decimal;
use crate::digest::{Digest, hex};
use crate::grant::contract::{VALUE_DIGITS, VALUES_MAX};
use crate::grant::level::Level;
use crate::json::Value;

/// Bytes of prompts and outputs that are kept for one task. What comes after is as good as from nowhere.
const BYTES_MAX: usize = 1 << 20;

/// Most arguments that name what an output is about: each is looked for in every field of it.
const NAMED_MAX: usize = 1_000;

/// A shorter value stands in too many records to name one.
const NAME_LENGTH_MIN: usize = 3;

/// What a number counts for, of these.
pub(super) const NUMBER_BYTES: usize = 8;

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

/// What a web address carries beside its host that is not the user's own word; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Carried {
    Nothing,
    /// A path nobody has written.
    Unknown,
    /// Something that was read, or the value of a query.
    Read,
}

/// What is searched for one call: every search in what the task has seen draws on one effort, whoever asks.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    arena: &'a Arena,
    effort: &'a Effort,
    /// What took long to find, or not to find: a call may have one value many times.
    found: RefCell<HashMap<(Kind, bool, String), Grounding<'a>>>,
}

/// What was found for less is found again rather than remembered.
const REMEMBERED_MIN: usize = 1 << 10;

/// What following a value to one of its places takes, in units of [`Effort`].
const PLACE_COST: usize = 16;

/// What making the digest of a value takes.
const DIGEST_COST: usize = 1_000;

/// Everything a task has seen, as far as it fits.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    spoken: Spoken,
    facts: Vec<String>,
    fact_words: Words,
    known: Known,
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
            self.spoken.add(text, |kind, norm| known.add(kind, norm, vouched(Level::Prompt), None));
        }
    }

    pub(super) fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    /// The user's own words so far, folded.
    pub(crate) fn prompts(&self) -> &[String] {
        self.spoken.prompts()
    }

    /// Whether a word of the prompts is this one, or begins as it does: "closed", "close".
    pub(crate) fn prompt_speaks_of(&self, word: &str) -> bool {
        self.spoken.speaks_of(word)
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
                self.known.add(atom.kind, &atom.norm, vouched(Level::Trusted), None);
                if atom.kind == Kind::Text {
                    self.fact_words.add(u32::try_from(self.facts.len()).unwrap_or(u32::MAX), &atom.norm);
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

    /// Keeps where a field stands.
    pub(super) fn path(&mut self, path: &str) -> Path {
        self.known.path(path)
    }

    /// A value in a field of an output; and the sentence the field is, if that may read like an instruction.
    pub(super) fn field(&mut self, kind: Kind, norm: &str, seen: Seen, sentence: Option<u32>) {
        self.worst = self.worst.max(seen.level);
        self.known.add(kind, norm, seen, sentence);
    }

    /// A field of several words.
    pub(super) fn field_sentence(&mut self, text: &str, told: Told) -> u32 {
        self.texts.begin();
        self.texts.push(text, told).0
    }

    /// A free text, sentence by sentence.
    pub(super) fn text<'t>(&mut self, sentences: impl Iterator<Item = &'t str>, told: Told) {
        self.worst = self.worst.max(told.level);
        self.texts.begin();
        let seen = Seen { level: told.level, call: Some(told.call), path: None, passed_over: false };
        for sentence in sentences {
            let (number, folded) = self.texts.push(sentence, told);
            addresses(folded, &mut |kind, norm| self.known.add(kind, norm, seen, Some(number)));
        }
    }

    /// A search in it, for one call.
    pub(crate) fn search<'a>(&'a self, effort: &'a Effort) -> Search<'a> {
        Search { arena: self, effort, found: RefCell::default() }
    }
}

impl Deref for Search<'_> {
    type Target = Arena;

    fn deref(&self) -> &Arena {
        self.arena
    }
}

impl<'a> Search<'a> {
    /// Whether something was not looked for, because what was looked for took too much.
    pub(crate) fn is_spent(&self) -> bool {
        self.effort.is_spent()
    }

    /// Adds the texts of the value that the prompt names, or that stand in a record of what it names.
    pub(crate) fn named_in(&self, value: &Value, named: &mut Vec<String>, reads: ReadsOrder<'_>) {
        match value {
            Value::String(text) => {
                let (folded, is_hidden) = fold(text);
                let is_keyed = || folded.len() >= NAME_LENGTH_MIN && of_text(text).iter().all(|atom| self.is_keyed(atom, reads));
                if named.len() < NAMED_MAX && !is_hidden && (self.spoken.names(&folded, self.effort) || is_keyed()) {
                    named.push(folded);
                }
            }
            Value::Array(items) => items.iter().take(100).for_each(|item| self.named_in(item, named, reads)),
            _ => {}
        }
    }

    /// Where a value comes from. Sentences it stands in are read only for those that ask whether they are instructions.
    pub(crate) fn ground(&self, atom: &Atom, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        let nowhere = Grounding::of(Level::Nowhere);
        if atom.hidden || atom.norm.is_empty() || self.is_spent() {
            return nowhere;
        }
        let key = || (atom.kind, reads.is_some(), atom.norm.clone());
        let known = Some(self.found.borrow()).filter(|found| !found.is_empty()).and_then(|found| found.get(&key()).copied());
        if let Some(known) = known {
            return known;
        }
        let before = self.effort.left();
        let grounding = self.looked_up(atom, reads);
        // What was looked for in part was not found.
        if self.is_spent() {
            return nowhere;
        }
        if before - self.effort.left() >= REMEMBERED_MIN {
            self.found.borrow_mut().insert(key(), grounding);
        }
        grounding
    }

    fn looked_up(&self, atom: &Atom, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        let nowhere = Grounding::of(Level::Nowhere);
        let found = self.arena.known.find(atom.kind, &atom.norm);
        if let Some(best) = found.as_ref().and_then(|(best, _)| *best).filter(|best| best.level <= Level::Trusted) {
            return self.grounding(best);
        }
        if self.spoken.has_runs_of(&atom.norm) && !self.effort.spend(self.spoken.bytes()) {
            return nowhere;
        }
        if self.spoken.says(atom) {
            return Grounding::of(Level::Prompt);
        }
        let mut best = found.map_or(nowhere, |(best, sights)| self.settled(best, sights, reads));
        // An address in letters of two scripts is somebody else's.
        if atom.kind.is_address() && mixes_scripts(&atom.norm) {
            return Grounding { directive: best.directive, ..nowhere };
        }
        if !self.carried.is_empty() && !self.effort.spend(DIGEST_COST) {
            return nowhere;
        }
        if let Some(level) = self.carried_level(atom).filter(|level| *level < best.level) {
            best = Grounding { directive: best.directive, ..Grounding::of(level) };
        }
        if atom.kind != Kind::Text || atom.norm.chars().nth(2).is_none() {
            return best;
        }
        if self.is_fact(&atom.norm) {
            return Grounding::of(Level::Trusted);
        }
        self.in_texts(&atom.norm, best, reads)
    }

    /// Whether a text stands in one the operator vouches for.
    fn is_fact(&self, norm: &str) -> bool {
        let has_it = |fact: &String| self.effort.spend(PLACE_COST + fact.len()) && stands_in(norm, fact);
        match self.fact_words.places_of(norm) {
            Some(places) => places.filter_map(|number| self.facts.get(number as usize)).any(has_it),
            None => self.facts.iter().any(has_it),
        }
    }

    fn is_keyed(&self, atom: &Atom, reads: ReadsOrder<'_>) -> bool {
        let found = self.ground(atom, Some(reads));
        found.level <= Level::Keyed && !found.directive
    }

    fn grounding(&self, seen: Seen) -> Grounding<'a> {
        let Seen { level, call, path, passed_over } = seen;
        Grounding {
            level,
            call,
            path: path.map(|path| self.arena.known.path_text(path)),
            directive: false,
            passed_over: passed_over && level >= Level::Field,
        }
    }

    /// The best of the places a value was seen at; and whether any of them is an instruction.
    fn settled(&self, best: Option<Seen>, sights: impl Iterator<Item = Sight>, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        let mut found = best.map_or(Grounding::of(Level::Nowhere), |best| self.grounding(best));
        for sight in sights.take_while(|_| self.effort.spend(PLACE_COST)) {
            found.directive = found.directive || reads.is_some_and(|reads| self.texts.is_directive(sight.sentence, reads, self.effort));
            let of_text = self.texts.sentence(sight.sentence).map_or(Level::Untrusted, |sentence| sentence.level);
            let is_no_field = reads.is_some_and(|reads| self.texts.is_no_field(sight.sentence, reads, self.effort));
            let seen = if is_no_field { Seen { level: of_text, path: None, passed_over: false, ..sight.seen } } else { sight.seen };
            let passed_over = found.passed_over || seen.passed_over;
            if seen.level < found.level {
                found = Grounding { directive: found.directive, ..self.grounding(seen) };
            }
            found.passed_over = passed_over;
        }
        found.passed_over &= found.level >= Level::Field;
        // Of the places that were not looked at, any may be an instruction.
        if self.is_spent() { Grounding { directive: true, ..Grounding::of(Level::Nowhere) } } else { found }
    }

    /// The best of the sentences a text stands in, if that is better; of those alike, the last.
    fn in_texts(&self, norm: &str, mut best: Grounding<'a>, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        if self.texts.may_have(norm) {
            let mut is_of_text = false;
            for (number, sentence) in self.texts.find_texts(norm, reads, self.effort) {
                best.directive = best.directive || reads.is_some_and(|reads| self.texts.is_directive(number, reads, self.effort));
                if sentence.level < best.level || sentence.level == best.level && best.path.is_none() && !is_of_text {
                    best = Grounding { call: Some(sentence.call), directive: best.directive, ..Grounding::of(sentence.level) };
                    is_of_text = true;
                }
            }
        }
        best
    }

    /// Where a text comes from that may be put together of several: it is as good as the worst of them.
    pub(crate) fn ground_parts(&self, atom: &Atom, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        let whole = self.ground(atom, reads);
        if atom.kind != Kind::Text || whole.level < Level::Nowhere { whole } else { self.in_parts(atom, reads).unwrap_or(whole) }
    }

    fn in_parts(&self, atom: &Atom, reads: Option<ReadsOrder<'_>>) -> Option<Grounding<'a>> {
        let parts: Vec<_> = atom.norm.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.len() < 2 || parts.len() > 50 {
            return None;
        }
        let found = parts.into_iter().map(|part| of_text(part).into_iter().map(|atom| self.ground(&atom, reads)).max_by_key(|found| found.level));
        let all: Vec<_> = found.collect::<Option<_>>()?;
        let (directive, passed_over) = (all.iter().any(|found| found.directive), all.iter().any(|found| found.passed_over));
        all.into_iter().max_by_key(|found| found.level).map(|worst| Grounding { directive, passed_over, ..worst })
    }

    /// How well the host of a web address is grounded.
    pub(crate) fn ground_host(&self, atom: &Atom, reads: Option<ReadsOrder<'_>>) -> Grounding<'a> {
        let (host, ..) = web::parts(&atom.norm);
        // Exactly this one: `acme.com` is not `acme.com.br`.
        let host = Atom { kind: Kind::Host, norm: host.to_owned(), hidden: atom.hidden };
        self.ground(&host, reads)
    }

    /// What a web address carries that is not the user's own word.
    pub(crate) fn carried(&self, address: &Atom) -> Carried {
        let (_, path, query) = web::parts(&address.norm);
        let level =
            |text: &str| of_text(&text.replace(['+', '%'], " ")).iter().map(|atom| self.ground_parts(atom, None).level).max().unwrap_or_default();
        // A word of a path may stand anywhere; an identifier was read.
        let is_telling = |part: &str| part.len() >= 4 && part.contains(|letter: char| letter.is_ascii_digit()) || part.contains('@');
        let parts = path.split('/').filter(|part| !part.is_empty()).map(|part| (level(part), is_telling(part)));
        let of_path = parts.filter(|(level, _)| *level > Level::Prompt);
        let worst = of_path.map(|(level, is_telling)| if is_telling && level < Level::Nowhere { Carried::Read } else { Carried::Unknown }).max();
        if web::values(query).any(|value| level(value) > Level::Prompt) { Carried::Read } else { worst.unwrap_or(Carried::Nothing) }
    }

    /// The worst level of the instructions of which the text repeats a run of words that does not stand in the prompt.
    pub(crate) fn copied_order(&self, value: &Value, reads: ReadsOrder<'_>) -> Option<Level> {
        let Value::String(text) = value else { return None };
        let said = |phrase: &str| self.spoken.has_runs_of(phrase) && self.effort.spend(self.spoken.bytes()) && self.spoken.has(phrase);
        self.texts.copied_order(text, said, reads, self.effort)
    }

    /// The worst level of all that was read.
    pub(crate) fn worst_read(&self, reads: ReadsOrder<'_>) -> Level {
        let worst = self.worst;
        if worst < Level::Untrusted && self.texts.has_named_order(reads, self.effort) { Level::Untrusted } else { worst }
    }

    /// The best grounded values, by their digests.
    pub(crate) fn values(&self, salt: &str, reads: ReadsOrder<'_>) -> BTreeMap<String, u8> {
        let known = self.arena.known.up_to(Level::Keyed);
        let settled = known.map(|(kind, norm, (best, sights))| (kind, norm, self.settled(best, sights, Some(reads))));
        let is_good = |found: &Grounding<'_>| found.level <= Level::Keyed && !(found.directive && found.level > Level::Trusted);
        let mut all: Vec<_> = settled.filter(|(.., found)| is_good(found)).map(|(kind, norm, found)| (found.level, kind, norm)).collect();
        // Addresses before words; and always the same ones.
        all.sort_unstable_by_key(|(level, kind, norm)| (*level, std::cmp::Reverse(*kind), *norm));
        let own = all.into_iter().map(|(level, kind, norm)| (digest(salt, kind, norm), level));
        let handed_on = self.carried.iter().filter(|_| salt == self.salt).map(|(digest, level)| (digest.clone(), *level));
        let mut values = BTreeMap::new();
        for (digest, level) in own.chain(handed_on).take(VALUES_MAX) {
            let known = values.entry(digest).or_insert(level as u8);
            *known = (*known).min(level as u8);
        }
        values
    }
}

impl Arena {
    pub(super) fn worst(&self) -> Level {
        self.worst
    }

    pub(super) fn set_worst(&mut self, worst: Level) {
        self.worst = if self.is_full { worst.max(Level::Untrusted) } else { worst };
    }

    /// Whether a text was read that anybody could have written, or more than could be kept.
    pub(crate) fn is_tainted(&self) -> bool {
        self.worst >= Level::Untrusted || self.is_full
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    fn carried_level(&self, atom: &Atom) -> Option<Level> {
        if self.carried.is_empty() {
            return None;
        }
        self.carried.get(&digest(&self.salt, atom.kind, &atom.norm)).copied()
    }

    /// A part of an output is not kept: who wrote that nobody can tell.
    pub(super) fn leave_out(&mut self) {
        self.worst = self.worst.max(Level::Untrusted);
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

/// Of what the user or the operator says.
fn vouched(level: Level) -> Seen {
    Seen { level, call: None, path: None, passed_over: false }
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
