//! Taking in what a tool answered: fields of records by their path, free texts by their sentences.

use std::fmt::Write as _;

use hashbrown::{HashMap, HashSet};

use super::arena::{Arena, NUMBER_BYTES};
use super::atom::{Kind, is_display_name, may_be_address, numbers, parts, parts_and_rest};
use super::effort::Effort;
use super::fold::{fold, fold_into, stands_in};
use super::known::Seen;
use super::said::{Part, Said, unwrapped};
use super::spoken::NAME_LENGTH_MAX;
use super::texts::Told;
use crate::grant::level::Level;
use crate::json::{DEPTH_MAX, Object, Value};
use crate::text::beginning;

/// A text of more characters, or with a line break, is free text and no field.
const FIELD_LENGTH_MAX: usize = NAME_LENGTH_MAX;

/// A text of more words is free text, too.
const FIELD_WORDS_MAX: usize = 12;

/// Most items of a list in a field that are looked at for what the prompt names.
const ITEMS_MAX: usize = 100;

/// What looking for a key in a field takes, in units of [`Effort`], beside searching the field.
const KEY_COST: usize = 32;

/// Where one output came from.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of an output, each of its own")]
pub(crate) struct Source {
    /// What the prompt names and was asked for: a record that has it in a field is keyed.
    pub keys: Vec<String>,
    /// Its short members may count as fields of records.
    pub structured: bool,
    /// Strangers write there: whoever writes a page writes its records, too.
    pub outside: bool,
    /// It may be somebody's document: the tool reads what a path or an address names.
    pub documents: bool,
    /// It is the user's own record.
    pub own: bool,
    /// Nobody but the operator writes there.
    pub first_party: bool,
    /// Nothing in it is better than this.
    pub floor: Level,
}

/// A field of fewer words cannot be an instruction.
const ORDER_WORDS_MIN: usize = 4;

/// A longer sentence is taken in as several: whether it is an instruction is found out for all of it.
const SENTENCE_BYTES_MAX: usize = 16 << 10;

/// Bytes of a field's path that are kept.
const PATH_LENGTH_MAX: usize = 200;

impl Arena {
    /// What a tool answered.
    pub(crate) fn output(&mut self, source: &Source, value: &Value, effort: &Effort) {
        self.unwrap(source, value, effort);
        if effort.is_spent() {
            self.leave_out();
        }
    }

    fn unwrap(&mut self, source: &Source, value: &Value, effort: &Effort) {
        let call = self.begin_call();
        let Some(Said { parts, failed, .. }) = unwrapped(value, source.takes_text_apart()) else {
            return self.returned(source, call, value, effort);
        };
        // An error is told in words that whoever caused it may have chosen.
        let failure = Source { floor: source.floor, ..Source::default() };
        let source = if failed { &failure } else { source };
        for part in parts {
            match part {
                Part::Returned(value) => self.records(source, call, value, Means::Values, effort),
                Part::Link(value) => self.records(source, call, &value, Means::Document, effort),
                Part::Records(value) => self.records(source, call, &value, Means::Text, effort),
                Part::Text(text) | Part::Document(text) => match source.records_in(text) {
                    Some(value) => self.records(source, call, &value, Means::Document, effort),
                    None => self.ingest(source, call, false, effort).text(text, Place::OUTERMOST),
                },
            }
        }
    }

    /// What came without any wrapping.
    fn returned(&mut self, source: &Source, call: u32, value: &Value, effort: &Effort) {
        match value.as_str().and_then(|text| source.records_in(text)) {
            Some(read) => self.records(source, call, &read, Means::Document, effort),
            None => self.records(source, call, value, Means::Values, effort),
        }
    }

    fn records(&mut self, source: &Source, call: u32, value: &Value, means: Means, effort: &Effort) {
        let keys = source.keys_records(means);
        if source.own && (!keys || matches!(value, Value::Array(_))) {
            self.take(&Source { own: false, ..source.clone() }, call, value, keys, effort);
        } else {
            self.take(source, call, value, keys, effort);
        }
    }

    fn take(&mut self, source: &Source, call: u32, value: &Value, keys: bool, effort: &Effort) {
        self.ingest(source, call, keys, effort).value(value, Place::OUTERMOST);
    }

    fn ingest<'i>(&'i mut self, source: &'i Source, call: u32, keys: bool, effort: &'i Effort) -> Ingest<'i> {
        Ingest { call, source, keys, path: String::new(), folded: String::new(), arena: self, effort }
    }
}

/// How records came.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    /// As values, which the tool has made.
    Values,
    /// As text in a result of MCP, where values have no other form unless the tool declares one.
    Text,
    /// As a text that may be somebody's document, made to look like a record.
    Document,
}

impl Source {
    /// Whether a text that is JSON is taken for records.
    fn takes_text_apart(&self) -> bool {
        self.structured && !self.outside
    }

    /// The records a text is, if it may be taken for some.
    fn records_in(&self, text: &str) -> Option<Value> {
        let may_be = self.takes_text_apart() && text.trim_start().starts_with(['{', '[']);
        may_be.then(|| Value::parse(text).ok()).flatten()
    }

    fn keys_records(&self, means: Means) -> bool {
        let is_made_by_tool = match means {
            Means::Values => true,
            Means::Text => self.first_party || !self.documents,
            // Whoever writes a text can write one that is JSON.
            Means::Document => self.first_party,
        };
        self.structured && !self.outside && is_made_by_tool
    }
}

impl Arena {
    /// What another agent says that has read no worse than this. Its words ground nothing, and are nothing that was read.
    pub(crate) fn told(&mut self, prompt: &str, floor: Level) {
        let before = self.worst();
        let source = Source { floor: Level::Untrusted, ..Source::default() };
        self.output(&source, &Value::String(prompt.to_owned()), &Effort::of_output());
        self.set_worst(before.max(floor));
    }
}

/// Where a value stands in an output.
#[derive(Clone, Copy)]
struct Place {
    /// In a record with a field the prompt names.
    keyed: bool,
    /// In a record without, beside one with it.
    passed_over: bool,
    depth: usize,
}

impl Place {
    const OUTERMOST: Self = Self { keyed: false, passed_over: false, depth: 0 };
}

/// One output being taken in.
struct Ingest<'i> {
    call: u32,
    source: &'i Source,
    /// Its records can be keyed.
    keys: bool,
    /// Where the value at hand stands.
    path: String,
    /// The field at hand, made comparable.
    folded: String,
    arena: &'i mut Arena,
    effort: &'i Effort,
}

impl Ingest<'_> {
    fn value(&mut self, value: &Value, place: Place) {
        // What is left out when too much was searched comes from nowhere: who is told less asks more.
        if place.depth > DEPTH_MAX || self.arena.is_full() || self.effort.is_spent() {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Int(_) | Value::Float(_) => self.number(value, place),
            Value::String(text) => self.text(text, place),
            Value::Array(items) => self.list(items, place),
            Value::Object(members) => {
                let keyed = place.keyed || self.is_named(members, &HashSet::new());
                self.record(members, Place { keyed, ..place });
            }
        }
    }

    fn list(&mut self, items: &[Value], place: Place) {
        let named = self.named(items);
        let is_choice = named.contains(&true) && self.arena.spoken().names_for_all();
        let length = self.path.len();
        for ((at, item), is_named) in items.iter().enumerate().zip(named) {
            let _ = write!(self.path, "[{at}]");
            // Who writes into a list does not write into what holds it: a mail is no part of the folder the prompt names.
            let keyed = is_named || place.keyed && !matches!(item, Value::Object(_));
            let place = Place { keyed, passed_over: place.passed_over || is_choice && !is_named, depth: place.depth + 1 };
            match item {
                Value::Object(members) => self.record(members, place),
                item => self.value(item, place),
            }
            self.path.truncate(length);
        }
    }

    /// Which records of a list the prompt names.
    fn named(&mut self, items: &[Value]) -> Vec<bool> {
        let mut named: Vec<bool> =
            items.iter().map(|item| matches!(item, Value::Object(members) if self.is_named(members, &HashSet::new()))).collect();
        // What two have in common names both, if nothing else tells them apart.
        let records = items.len();
        if records < 2 || !named.contains(&true) {
            return named;
        }
        let common = self.common(items, &named);
        if common.is_empty() {
            return named;
        }
        let apart: Vec<bool> = items.iter().map(|item| matches!(item, Value::Object(members) if self.is_named(members, &common))).collect();
        if records > 2 || apart.contains(&true) {
            named = apart;
        }
        named
    }

    /// Fields the prompt names that most records of a list have in common: they tell none of them apart.
    fn common(&mut self, items: &[Value], named: &[bool]) -> HashSet<String> {
        let mut common: HashMap<String, usize> = HashMap::new();
        for (item, _) in items.iter().zip(named).filter(|(_, is_named)| **is_named) {
            for member in members_of(item).into_iter().flat_map(Object::values) {
                if self.names(member) && self.fold_field(member) && !common.contains_key(&self.folded) {
                    common.insert(self.folded.clone(), 0);
                }
            }
        }
        for member in items.iter().filter_map(members_of).flat_map(Object::values) {
            if self.fold_field(member)
                && let Some(count) = common.get_mut(&self.folded)
            {
                *count += 1;
            }
        }
        common.into_iter().filter(|(_, count)| count * 2 > items.len()).map(|(name, _)| name).collect()
    }

    fn is_named(&mut self, members: &Object, common: &HashSet<String>) -> bool {
        self.keys && members.values().any(|member| self.names(member) && !(self.fold_field(member) && common.contains(&self.folded)))
    }

    /// Makes a field comparable, if it is one.
    fn fold_field(&mut self, member: &Value) -> bool {
        self.folded.clear();
        match member {
            Value::String(text) if is_field(text) => {
                fold_into(&mut self.folded, text);
                true
            }
            Value::Int(number) => write!(self.folded, "{number}").is_ok(),
            Value::Float(number) => write!(self.folded, "{number}").is_ok(),
            _ => false,
        }
    }

    fn record(&mut self, members: &Object, place: Place) {
        if place.depth > DEPTH_MAX || self.arena.is_full() || self.effort.is_spent() {
            return;
        }
        let place = Place { depth: place.depth + 1, ..place };
        let length = self.path.len();
        for (name, member) in members {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            // Some records have addresses for names.
            if may_be_address(name) && self.arena.fits(name.len()) {
                for (kind, norm) in parts(&fold(name).0).into_iter().filter(|(kind, _)| kind.is_address()) {
                    let seen = self.seen(place);
                    self.arena.field(kind, &norm, seen, None);
                }
            }
            self.value(member, place);
            self.path.truncate(length);
        }
    }

    /// Whether this field is one the prompt names.
    fn names(&mut self, member: &Value) -> bool {
        match member {
            Value::Float(number) => self.arena.spoken().names(&format!("{number:.2}"), self.effort),
            Value::Array(items) => items.iter().take(ITEMS_MAX).any(|item| match item {
                Value::String(text) if is_field(text) => {
                    self.folded.clear();
                    !fold_into(&mut self.folded, text) && self.arena.spoken().names(&self.folded, self.effort)
                }
                _ => false,
            }),
            Value::String(text) if is_field(text) => {
                self.folded.clear();
                let is_hidden = fold_into(&mut self.folded, text);
                let spoken = self.arena.spoken();
                !is_hidden && (spoken.names(&self.folded, self.effort) || spoken.has_address(&self.folded))
                    || self.source.keys.iter().any(|key| self.effort.spend(KEY_COST + self.folded.len()) && stands_in(key, &self.folded))
            }
            Value::Int(_) => self.fold_field(member) && self.arena.spoken().names(&self.folded, self.effort),
            _ => false,
        }
    }

    fn number(&mut self, value: &Value, place: Place) {
        if self.arena.fits(NUMBER_BYTES) && self.fold_field(value) {
            let seen = self.seen(place);
            self.arena.field(Kind::Number, &self.folded, seen, None);
        }
    }

    fn text(&mut self, text: &str, place: Place) {
        if !self.arena.fits(text.len().max(NUMBER_BYTES)) {
            return;
        }
        let is_named = !self.source.keys.is_empty() || place.keyed || self.source.first_party;
        let level = if is_named { Level::NamedText } else { Level::Untrusted }.max(self.source.floor);
        let told = Told { level, call: self.call, is_field: false, is_named };
        if !(self.source.structured && place.depth > 0 && is_field(text)) {
            return self.arena.text(sentences(text), told);
        }
        self.folded.clear();
        fold_into(&mut self.folded, text);
        let seen = self.seen(place);
        let is_long = self.folded.split(' ').nth(ORDER_WORDS_MIN - 1).is_some();
        let sentence = is_long.then(|| self.arena.field_sentence(text, Told { is_field: true, ..told }));
        if may_be_address(&self.folded) {
            let (parts, rest) = parts_and_rest(&self.folded);
            // An address with words around it is one in a text, and no field; and so is a number with more than its unit.
            let in_text = Seen { level: seen.level.max(told.level), passed_over: false, ..seen };
            if parts.is_empty() {
                let of_number = if self.folded.split(' ').nth(2).is_none() { seen } else { in_text };
                numbers(&self.folded, &mut |norm| self.arena.field(Kind::Number, norm, of_number, sentence));
            }
            let is_field = rest.is_empty() || is_display_name(&rest, parts.iter().map(|(kind, _)| *kind));
            let of_address = if is_field { seen } else { in_text };
            for (kind, norm) in parts {
                self.arena.field(kind, &norm, of_address, sentence);
            }
        }
        self.arena.field(Kind::Text, &self.folded, seen, sentence);
    }

    /// How well a value in a field is grounded.
    fn seen(&mut self, place: Place) -> Seen {
        let Source { own, first_party, structured, outside, ref keys, floor, .. } = *self.source;
        let level = match () {
            () if !structured && keys.is_empty() => Level::Untrusted,
            () if !structured || outside => Level::NamedText,
            () if own => Level::Trusted,
            // What only the operator writes is a record of the user's, unless the prompt names the one beside it.
            () if place.keyed || first_party && !place.passed_over => Level::Keyed,
            () => Level::Field,
        };
        let path = self.arena.path(beginning(&self.path, PATH_LENGTH_MAX));
        Seen { level: level.max(floor), call: Some(self.call), path: Some(path), passed_over: place.passed_over && level == Level::Field }
    }
}

fn members_of(value: &Value) -> Option<&Object> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Whether a text is short enough to be a field.
fn is_field(text: &str) -> bool {
    let may_have_more = || text.len() > FIELD_WORDS_MAX * 2 && text.split_whitespace().nth(FIELD_WORDS_MAX).is_some();
    text.len() <= FIELD_LENGTH_MAX && !text.trim_end().as_bytes().contains(&b'\n') && !may_have_more()
}

/// The sentences and lines of a text.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (sentence, others) = rest.split_at(sentence_length(rest));
            rest = others;
            if !sentence.trim().is_empty() {
                return Some(sentence);
            }
            if others.is_empty() {
                return None;
            }
        }
    })
}

/// How long the first sentence is: to a line break, or to a mark with a space behind it. A text without any is cut between words.
fn sentence_length(text: &str) -> usize {
    let longest = beginning(text, SENTENCE_BYTES_MAX);
    let length = first_end(longest);
    if length < longest.len() || longest.len() == text.len() {
        return length;
    }
    longest.rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(longest.len())
}

fn first_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = |(at, byte): (usize, &u8)| match byte {
        b'\n' => Some(at + 1),
        b'.' | b'!' | b'?' | b';' => {
            let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
            next.is_none_or(char::is_whitespace).then_some(at + 1)
        }
        // The marks of Chinese and Japanese begin with these bytes.
        0xe3 | 0xef => {
            text.get(at..).and_then(|rest| rest.chars().next()).filter(|mark| matches!(mark, '。' | '！' | '？')).map(|mark| at + mark.len_utf8())
        }
        _ => None,
    };
    bytes.iter().enumerate().find_map(ends).unwrap_or(text.len())
}
