//! The values policies compute with: kept in snapshots as [`Value`], seen by the interpreter as [`Val`].

use std::cmp::Ordering;
use std::hash::Hasher;
use std::sync::Arc;

use hashbrown::HashMap;

use super::extension::Ip;

/// An entity's type and id, with a hash made once, so that it is found and told from others without reading its name.
#[derive(Debug)]
pub(crate) struct Uid {
    hash: u64,
    pub kind: Box<str>,
    pub id: Box<str>,
}

/// The name of an attribute, as a number. Records are sorted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u32);

/// The names of attributes a schema knows, and the key of the hashes of its entities.
///
/// The key is secret where names come from strangers: who could choose names that collide could make look-ups slow.
/// It decides nothing, for names that collide are compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, Name>,
    key: u64,
}

/// A value that is kept.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Bool(bool),
    Long(i64),
    String(Box<str>),
    Entity(Arc<Uid>),
    /// In ten-thousandths.
    Decimal(i64),
    /// Milliseconds since 1970.
    Datetime(i64),
    /// Milliseconds.
    Duration(i64),
    Ip(Ip),
    Set(Set),
    Record(Record),
}

/// Sorted, each member once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set(Box<[Value]>);

/// Sorted by name, each name once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Box<[(Name, Value)]>);

/// A value as the interpreter passes it on: three words, nothing owned. Whole words move faster than bytes.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Val<'v> {
    Bool(bool),
    Long(i64),
    String(&'v str),
    Entity(&'v Uid),
    Decimal(i64),
    Datetime(i64),
    Duration(i64),
    Ip(&'v Ip),
    Set(&'v Set),
    Record(Fields<'v>),
}

/// The members of a record: kept, or put together for one request.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Fields<'v> {
    Kept(&'v Record),
    /// Sorted by name.
    Fresh(&'v [(Name, Val<'v>)]),
}

impl Names {
    pub(crate) fn keyed(key: u64) -> Self {
        Self { numbers: HashMap::new(), key }
    }

    pub(crate) fn intern(&mut self, name: &str) -> Name {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let next = Name(u32::try_from(self.numbers.len()).unwrap_or_else(|_| unreachable!("names do not fit memory before their numbers overflow")));
        self.numbers.insert(name.into(), next);
        next
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Name> {
        self.numbers.get(name).copied()
    }

    /// The text of a name; for messages.
    pub(crate) fn text(&self, name: Name) -> &str {
        self.numbers.iter().find(|(_, number)| **number == name).map_or("?", |(text, _)| text)
    }

    pub(crate) fn uid(&self, kind: &str, id: &str) -> Uid {
        Uid { hash: self.hash(kind, id), kind: kind.into(), id: id.into() }
    }

    pub(crate) fn hash(&self, kind: &str, id: &str) -> u64 {
        // SipHash: its key is written first, for the standard library's own cannot be chosen.
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        hasher.write_u64(self.key);
        hasher.write(kind.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(id.as_bytes());
        hasher.finish()
    }
}

impl Uid {
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn is(&self, hash: u64, kind: &str, id: &str) -> bool {
        self.hash == hash && *self.id == *id && *self.kind == *kind
    }
}

impl PartialEq for Uid {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.is(other.hash, &other.kind, &other.id)
    }
}

impl Eq for Uid {}

impl Ord for Uid {
    fn cmp(&self, other: &Self) -> Ordering {
        self.hash.cmp(&other.hash).then_with(|| self.id.cmp(&other.id)).then_with(|| self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for Uid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::\"{}\"", self.kind, self.id.escape_debug())
    }
}

impl Value {
    pub(crate) fn string(text: impl Into<Box<str>>) -> Self {
        Self::String(text.into())
    }

    pub(crate) fn view(&self) -> Val<'_> {
        match self {
            Self::Bool(value) => Val::Bool(*value),
            Self::Long(value) => Val::Long(*value),
            Self::String(value) => Val::String(value),
            Self::Entity(value) => Val::Entity(value),
            Self::Decimal(value) => Val::Decimal(*value),
            Self::Datetime(value) => Val::Datetime(*value),
            Self::Duration(value) => Val::Duration(*value),
            Self::Ip(value) => Val::Ip(value),
            Self::Set(value) => Val::Set(value),
            Self::Record(value) => Val::Record(Fields::Kept(value)),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}

impl Set {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Val<'_>> {
        self.0.iter().map(Value::view)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, member: Val<'_>) -> bool {
        self.0.binary_search_by(|kept| kept.view().cmp(&member)).is_ok()
    }

    pub(crate) fn contains_all(&self, other: &Self) -> bool {
        other.iter().all(|member| self.contains(member))
    }

    pub(crate) fn contains_any(&self, other: &Self) -> bool {
        other.iter().any(|member| self.contains(member))
    }
}

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(members: I) -> Self {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_unstable_by(|a, b| a.view().cmp(&b.view()));
        members.dedup_by(|a, b| a.view() == b.view());
        Self(members.into())
    }
}

impl Record {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (Name, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields::Kept(self)
    }

    pub(crate) fn get(&self, name: Name) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl FromIterator<(Name, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(members: I) -> Self {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_by_key(|(name, _)| *name);
        Self(members.into())
    }
}

impl<'v> Fields<'v> {
    /// A few members, one after the other: faster than halving for as many as records have.
    #[inline]
    pub(crate) fn get(self, name: Name) -> Option<Val<'v>> {
        match self {
            Self::Kept(record) => record.get(name).map(Value::view),
            // The context's own members mostly stand where their numbers say.
            Self::Fresh(members) => match members.get(name.0 as usize) {
                Some((known, value)) if *known == name => Some(*value),
                _ => members.iter().find(|(known, _)| *known == name).map(|(_, value)| *value),
            },
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Kept(record) => record.0.len(),
            Self::Fresh(members) => members.len(),
        }
    }

    fn at(self, index: usize) -> Option<(Name, Val<'v>)> {
        match self {
            Self::Kept(record) => record.0.get(index).map(|(name, value)| (*name, value.view())),
            Self::Fresh(members) => members.get(index).copied(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (Name, Val<'v>)> {
        (0..self.len()).filter_map(move |index| self.at(index))
    }
}

impl Val<'_> {
    /// The same value, kept.
    pub(crate) fn keep(self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Long(value) => Value::Long(value),
            Self::String(value) => Value::String(value.into()),
            Self::Entity(uid) => Value::Entity(Arc::new(Uid { hash: uid.hash, kind: uid.kind.clone(), id: uid.id.clone() })),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Datetime(value) => Value::Datetime(value),
            Self::Duration(value) => Value::Duration(value),
            Self::Ip(value) => Value::Ip(*value),
            Self::Set(set) => Value::Set(set.clone()),
            Self::Record(fields) => Value::Record(Record(fields.iter().map(|(name, value)| (name, value.keep())).collect())),
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Long(_) => Kind::Long,
            Self::String(_) => Kind::String,
            Self::Entity(_) => Kind::Entity,
            Self::Decimal(_) => Kind::Decimal,
            Self::Datetime(_) => Kind::Datetime,
            Self::Duration(_) => Kind::Duration,
            Self::Ip(_) => Kind::Ip,
            Self::Set(_) => Kind::Set,
            Self::Record(_) => Kind::Record,
        }
    }
}

/// The types of values, and what an operator may want besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Bool,
    Long,
    String,
    Entity,
    Decimal,
    Datetime,
    Duration,
    Ip,
    Set,
    Record,
    RecordOrEntity,
    EntityOrSet,
    /// Long, datetime or duration.
    Ordered,
}

impl Kind {
    /// As Cedar calls it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Long => "long",
            Self::String => "string",
            Self::Entity => "entity",
            Self::Decimal => "decimal",
            Self::Datetime => "datetime",
            Self::Duration => "duration",
            Self::Ip => "ipaddr",
            Self::Set => "set",
            Self::Record => "record",
            Self::RecordOrEntity => "record or entity",
            Self::EntityOrSet => "entity or set",
            Self::Ordered => "long, datetime or duration",
        }
    }
}

/// Any order would do: sets are only asked what is in them.
impl Ord for Val<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Val::Bool(a), Val::Bool(b)) => a.cmp(&b),
            (Val::Long(a), Val::Long(b))
            | (Val::Decimal(a), Val::Decimal(b))
            | (Val::Datetime(a), Val::Datetime(b))
            | (Val::Duration(a), Val::Duration(b)) => a.cmp(&b),
            (Val::String(a), Val::String(b)) => a.cmp(b),
            (Val::Entity(a), Val::Entity(b)) => a.cmp(b),
            (Val::Ip(a), Val::Ip(b)) => a.cmp(b),
            (Val::Set(a), Val::Set(b)) => a.iter().cmp(b.iter()),
            (Val::Record(a), Val::Record(b)) => a.iter().cmp(b.iter()),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

impl PartialOrd for Val<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Val<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Long(a), Val::Long(b)) => a == b,
            (Val::String(a), Val::String(b)) => a == b,
            (Val::Entity(a), Val::Entity(b)) => a == b,
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Val<'_> {}
