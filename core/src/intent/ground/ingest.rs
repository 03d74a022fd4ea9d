//! Taking in what a tool answered: fields of records by their path, free texts by their sentences.

use std::fmt::Write as _;

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::Level;
use super::arena::{Arena, Grounding};
use super::atom::{Kind, may_be_address, parts};
use super::fold::{fold, stands_in};
use super::spoken::NAME_LENGTH_MAX;
use crate::json::{DEPTH_MAX, Object, Value};

/// A text of more characters, or with a line break, is free text and no field.
const FIELD_LENGTH_MAX: usize = NAME_LENGTH_MAX;

/// A text of more words is free text, too.
const FIELD_WORDS_MAX: usize = 12;

/// Most items of a list in a field that are looked at for what the prompt names.
const ITEMS_MAX: usize = 100;

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

impl Arena {
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
        let call = self.begin_call();
        let mut ingest =
            Ingest { call, source, keys: source.structured && (source.declared || !is_text), path: String::new(), is_directive, arena: self };
        ingest.value(value, Place { keyed: false, passed_over: false, depth: 0 });
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

/// One output being taken in.
struct Ingest<'i> {
    call: u32,
    source: &'i Source,
    /// Its records can be keyed.
    keys: bool,
    /// Where the value at hand stands.
    path: String,
    is_directive: &'i mut dyn FnMut(&str) -> bool,
    arena: &'i mut Arena,
}

/// A member of a record that may be a field, made comparable.
enum Field {
    Text {
        folded: String,
        is_hidden: bool,
    },
    Number(String),
    /// A list, a record, or a longer text.
    Other,
}

impl Field {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) if is_field(text) => {
                let (folded, is_hidden) = fold(text);
                Self::Text { folded, is_hidden }
            }
            Value::Int(number) => Self::Number(number.to_string()),
            Value::Float(number) => Self::Number(number.to_string()),
            _ => Self::Other,
        }
    }

    fn of_all(members: &Object) -> Vec<Self> {
        members.values().map(Self::of).collect()
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text { folded, .. } | Self::Number(folded) => Some(folded),
            Self::Other => None,
        }
    }
}

impl Ingest<'_> {
    fn value(&mut self, value: &Value, place: Place) {
        if place.depth > DEPTH_MAX || self.arena.is_full() {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Int(number) => self.know(Kind::Number, &number.to_string(), place),
            Value::Float(number) => self.know(Kind::Number, &number.to_string(), place),
            Value::String(text) => match Field::of(value) {
                Field::Text { folded, .. } => self.text(text, Some(&folded), place),
                _ => self.text(text, None, place),
            },
            Value::Array(items) => self.list(items, place),
            Value::Object(members) => {
                let fields = Field::of_all(members);
                let is_named = self.is_named(members, &fields, &HashSet::new());
                self.record(members, fields, Place { keyed: place.keyed || is_named, ..place });
            }
        }
    }

    fn list(&mut self, items: &[Value], place: Place) {
        let fields: Vec<Vec<Field>> =
            items.iter().map(|item| if let Value::Object(members) = item { Field::of_all(members) } else { Vec::new() }).collect();
        let named = self.named(items, &fields);
        let is_choice = named.contains(&true) && self.arena.spoken().names_for_all();
        let length = self.path.len();
        for (((at, item), fields), is_named) in items.iter().enumerate().zip(fields).zip(named) {
            let _ = write!(self.path, "[{at}]");
            let place = Place { keyed: place.keyed || is_named, passed_over: place.passed_over || is_choice && !is_named, depth: place.depth + 1 };
            match item {
                Value::Object(members) => self.record(members, fields, place),
                item => self.value(item, place),
            }
            self.path.truncate(length);
        }
    }

    /// Which records of a list the prompt names.
    fn named(&self, items: &[Value], fields: &[Vec<Field>]) -> Vec<bool> {
        let named_but_by = |common: &HashSet<String>| -> Vec<bool> {
            let records = items.iter().zip(fields);
            records.map(|(item, fields)| matches!(item, Value::Object(members) if self.is_named(members, fields, common))).collect()
        };
        let named = named_but_by(&shared(fields));
        // What two have in common names both, if nothing else tells them apart.
        if fields.len() == 2 && !named.contains(&true) { named_but_by(&HashSet::new()) } else { named }
    }

    fn is_named(&self, members: &Object, fields: &[Field], common: &HashSet<String>) -> bool {
        self.keys && members.values().zip(fields).any(|(member, field)| self.names(member, field, common))
    }

    fn record(&mut self, members: &Object, fields: Vec<Field>, place: Place) {
        if place.depth > DEPTH_MAX || self.arena.is_full() {
            return;
        }
        let place = Place { depth: place.depth + 1, ..place };
        let length = self.path.len();
        for ((name, member), field) in members.iter().zip(fields) {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            // Some records have addresses for names.
            if may_be_address(name) {
                for (kind, norm) in parts(&fold(name).0).into_iter().filter(|(kind, _)| kind.is_address()) {
                    self.know(kind, &norm, place);
                }
            }
            match (member, field) {
                (Value::String(text), Field::Text { folded, .. }) => self.text(text, Some(&folded), place),
                (member, _) => self.value(member, place),
            }
            self.path.truncate(length);
        }
    }

    /// Whether this field is one the prompt names, and not one that most of the records beside it share.
    fn names(&self, member: &Value, field: &Field, common: &HashSet<String>) -> bool {
        let spoken = self.arena.spoken();
        if field.text().is_some_and(|text| common.contains(text)) {
            return false;
        }
        match (member, field) {
            (_, Field::Text { folded, is_hidden }) => !is_hidden && spoken.names(folded) || self.source.keys.iter().any(|key| stands_in(key, folded)),
            (Value::Float(number), _) => spoken.names(&format!("{number:.2}")),
            (_, Field::Number(text)) => spoken.names(text),
            (Value::Array(items), _) => items.iter().take(ITEMS_MAX).any(|item| match Field::of(item) {
                Field::Text { folded, is_hidden } => !is_hidden && spoken.names(&folded),
                _ => false,
            }),
            _ => false,
        }
    }

    /// A text, and how it is folded if it is short enough to be a field.
    fn text(&mut self, text: &str, folded: Option<&str>, place: Place) {
        if !self.arena.fits(text.len()) {
            return;
        }
        if let Some(folded) = folded
            && self.source.structured
            && place.depth > 0
            && !(folded.split(' ').nth(3).is_some() && (self.is_directive)(text))
        {
            for (kind, norm) in parts(folded) {
                self.know(kind, &norm, place);
            }
            self.know(Kind::Text, folded, place);
            return;
        }
        let is_named = !self.source.keys.is_empty() || place.keyed || self.source.first_party;
        let level = if is_named { Level::NamedText } else { Level::Untrusted }.max(self.source.floor);
        let sentences = sentences(text);
        let orders: Vec<bool> = sentences.iter().map(|sentence| (self.is_directive)(sentence)).collect();
        for (at, sentence) in sentences.iter().enumerate() {
            let is_order = |at: Option<usize>| at.and_then(|at| orders.get(at)) == Some(&true);
            // Beside an order in a text nobody named, nothing is harmless.
            let directive = is_order(Some(at)) || !is_named && (is_order(at.checked_sub(1)) || is_order(Some(at + 1)));
            // Who is told to follow a text the prompt names may take from it what to do.
            self.arena.sentence(sentence, if directive && !is_named { Level::Untrusted } else { level }, self.call, directive);
        }
    }

    /// A value in a field.
    fn know(&mut self, kind: Kind, norm: &str, place: Place) {
        let Source { own, first_party, structured, ref keys, floor, .. } = *self.source;
        let level = match () {
            () if !structured && keys.is_empty() => Level::Untrusted,
            () if !structured => Level::NamedText,
            () if own => Level::Trusted,
            () if place.keyed || first_party => Level::Keyed,
            () => Level::Field,
        };
        let passed_over = place.passed_over && level == Level::Field;
        let seen = Grounding { level: level.max(floor), call: Some(self.call), path: Some(&self.path), directive: false, passed_over };
        self.arena.field(kind, norm, &seen);
    }
}

/// Whether a text is short enough to be a field.
fn is_field(text: &str) -> bool {
    text.len() <= FIELD_LENGTH_MAX && !text.trim_end().contains('\n') && text.split_whitespace().nth(FIELD_WORDS_MAX).is_none()
}

/// Fields that most records of a list have in common: they tell none of them apart.
fn shared(records: &[Vec<Field>]) -> HashSet<String> {
    if records.len() < 2 {
        return HashSet::new();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for text in records.iter().flatten().filter_map(Field::text) {
        *counts.entry(text).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| count * 2 > records.len()).map(|(text, _)| text.to_owned()).collect()
}

/// The sentences and lines of a text.
fn sentences(text: &str) -> SmallVec<[&str; 8]> {
    let mut sentences = SmallVec::new();
    let mut begins = 0;
    let marks = text.match_indices(['\n', '.', '!', '?', ';', '。', '！', '？']).map(|(at, mark)| (at + mark.len(), mark));
    let ends = marks.filter(|(end, mark)| {
        !matches!(*mark, "." | "!" | "?" | ";") || text.get(*end..).is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace))
    });
    for end in ends.map(|(end, _)| end).chain([text.len()]) {
        let sentence = text.get(begins..end).unwrap_or_default();
        if !sentence.trim().is_empty() {
            sentences.push(sentence);
        }
        begins = end;
    }
    sentences
}
