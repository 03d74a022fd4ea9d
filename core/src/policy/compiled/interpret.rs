//! Runs compiled conditions. What Cedar says of an expression, value or error, is what is said here; `Oracle` compares.

use elsa::FrozenVec;

use super::code::{Binary, Code, Comparison, Expr, Node, PathNumber, Span, Unary};
use super::entities::Layers;
use super::extension::{self, Ip};
use super::scope::Parties;
use super::value::{Fields, Kind, Name, Names, Record, Set, Uid, Val, Value};

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was needed, and what there was.
    Type(Kind, Kind),
    NoAttribute(Name),
    NoEntity,
    NoTag,
    Overflow,
    /// A text that is no value of the type.
    Unreadable(Kind),
    /// The code refers to what it does not hold.
    Broken,
}

/// Values made while a request is evaluated. Holds no memory until one is.
#[derive(Default)]
pub(crate) struct Scratch(FrozenVec<Box<Value>>);

/// One request, and what is needed to evaluate expressions about it.
#[derive(Clone, Copy)]
pub(crate) struct Machine<'r> {
    pub code: &'r Code,
    pub parties: Parties<'r>,
    pub context: Fields<'r>,
    pub entities: Layers<'r>,
    pub scratch: &'r Scratch,
    pub paths: Paths<'r>,
}

/// Paths whose values were found before, for conditions that share them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Paths<'r> {
    /// By the number of the path: where its value stands.
    pub places: &'r [u8],
    pub values: &'r [Result<Val<'r>, Fault>],
}

impl Scratch {
    pub(crate) fn keep(&self, value: Value) -> Val<'_> {
        self.0.push_get(Box::new(value)).view()
    }
}

impl Fault {
    pub(crate) fn describe(self, names: &Names) -> String {
        match self {
            Self::Type(wanted, got) => format!("type error: expected {}, got {}", wanted.noun(), got.noun()),
            Self::NoAttribute(name) => format!("there is no attribute `{}`", names.text(name)),
            Self::NoEntity => "an attribute of an entity that does not exist".to_owned(),
            Self::NoTag => "a tag the entity does not have".to_owned(),
            Self::Overflow => "integer overflow".to_owned(),
            Self::Unreadable(kind) => format!("the text is no {}", kind.noun()),
            Self::Broken => "the compiled policy is broken".to_owned(),
        }
    }
}

impl<'r> Machine<'r> {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, condition: Expr) -> Result<bool, Fault> {
        self.test(self.code.node(condition).ok_or(Fault::Broken)?)
    }

    pub(crate) fn evaluate(&self, expr: Expr) -> Result<Val<'r>, Fault> {
        self.value(self.code.node(expr).ok_or(Fault::Broken)?)
    }

    /// Expressions that are true or false. Any other must have a truth value all the same.
    fn test(&self, node: Node) -> Result<bool, Fault> {
        match node {
            Node::All(operands) => {
                for operand in self.code.expressions(operands) {
                    if !self.holds(*operand)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Any(operands) => {
                for operand in self.code.expressions(operands) {
                    if self.holds(*operand)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Node::Not(operand) => Ok(!self.holds(operand)?),
            Node::Compare(comparison, left, right) => compare(comparison, self.evaluate(left)?, self.evaluate(right)?),
            Node::ComparePath(comparison, path, constant) => compare(comparison, self.path(path)?, self.constant(constant)?),
            Node::In(left, right) => self.is_in(left, right),
            Node::Is(operand, kind) => Ok(*as_entity(self.evaluate(operand)?)?.kind == *self.code.kind_name(kind)),
            Node::Contains(set, member) => {
                let (set, member) = (self.evaluate(set)?, self.evaluate(member)?);
                Ok(as_set(set)?.contains(member))
            }
            Node::ContainsAll(one, other) => self.sets(one, other, Set::contains_all),
            Node::ContainsAny(one, other) => self.sets(one, other, Set::contains_any),
            Node::IsEmpty(operand) => Ok(as_set(self.evaluate(operand)?)?.is_empty()),
            Node::Has(of, names) => self.has(self.evaluate(of)?, names),
            Node::HasTag(of, tag) => {
                let (entity, tag) = (self.evaluate(of)?, self.evaluate(tag)?);
                let (entity, tag) = (as_entity(entity)?, as_text(tag)?);
                Ok(self.entities.find(entity).is_some_and(|entity| entity.tag(tag).is_some()))
            }
            Node::Like(text, pattern) => {
                let text = as_text(self.evaluate(text)?)?;
                Ok(self.code.pattern_at(pattern).ok_or(Fault::Broken)?.matches(text))
            }
            Node::If(test, then, otherwise) => self.holds(if self.holds(test)? { then } else { otherwise }),
            other => match self.value(other)? {
                Val::Bool(value) => Ok(value),
                other => Err(Fault::Type(Kind::Bool, other.kind())),
            },
        }
    }

    /// Expressions of any type.
    fn value(&self, node: Node) -> Result<Val<'r>, Fault> {
        match node {
            Node::Constant(constant) => self.constant(constant),
            Node::Principal => Ok(Val::Entity(self.parties.principal)),
            Node::Action => Ok(Val::Entity(self.parties.action)),
            Node::Resource => Ok(Val::Entity(self.parties.resource)),
            Node::Context => Ok(Val::Record(self.context)),
            Node::Path(path) => self.path(path),
            Node::If(test, then, otherwise) => self.evaluate(if self.holds(test)? { then } else { otherwise }),
            Node::Negate(operand) => self.long(operand)?.checked_neg().map(Val::Long).ok_or(Fault::Overflow),
            Node::Add(left, right) => self.arithmetic(left, right, i64::checked_add),
            Node::Subtract(left, right) => self.arithmetic(left, right, i64::checked_sub),
            Node::Multiply(left, right) => self.arithmetic(left, right, i64::checked_mul),
            Node::Attribute(of, name) => self.attribute(self.evaluate(of)?, name),
            Node::Tag(of, tag) => {
                let (entity, tag) = (self.evaluate(of)?, self.evaluate(tag)?);
                let (entity, tag) = (as_entity(entity)?, as_text(tag)?);
                self.entities.find(entity).ok_or(Fault::NoEntity)?.tag(tag).ok_or(Fault::NoTag)
            }
            Node::Set(members) => {
                let members = self.code.expressions(members).iter().map(|member| Ok(self.evaluate(*member)?.keep()));
                Ok(self.scratch.keep(Value::Set(members.collect::<Result<_, Fault>>()?)))
            }
            Node::Record(names, values) => {
                let members = self.code.names(names).iter().zip(self.code.expressions(values));
                let members = members.map(|(name, value)| Ok((*name, self.evaluate(*value)?.keep())));
                Ok(self.scratch.keep(Value::Record(members.collect::<Result<Record, Fault>>()?)))
            }
            Node::Unary(Unary::Ip, operand) => {
                let ip = Ip::parse(as_text(self.evaluate(operand)?)?).ok_or(Fault::Unreadable(Kind::Ip))?;
                Ok(self.scratch.keep(Value::Ip(ip)))
            }
            Node::Unary(unary, operand) => apply(unary, self.evaluate(operand)?),
            Node::Binary(binary, left, right) => combine(binary, self.evaluate(left)?, self.evaluate(right)?),
            // The truth values.
            Node::All(_)
            | Node::Any(_)
            | Node::Not(_)
            | Node::Compare(..)
            | Node::ComparePath(..)
            | Node::In(..)
            | Node::Is(..)
            | Node::Contains(..)
            | Node::ContainsAll(..)
            | Node::ContainsAny(..)
            | Node::IsEmpty(_)
            | Node::Has(..)
            | Node::HasTag(..)
            | Node::Like(..) => self.test(node).map(Val::Bool),
        }
    }

    fn constant(&self, constant: u32) -> Result<Val<'r>, Fault> {
        self.code.value(constant).map(Value::view).ok_or(Fault::Broken)
    }

    fn path(&self, path: PathNumber) -> Result<Val<'r>, Fault> {
        let place = self.paths.places.get(path.0 as usize).map(|place| usize::from(*place));
        place.and_then(|place| self.paths.values.get(place)).copied().unwrap_or_else(|| self.walk(path))
    }

    /// The value of a path, found step by step.
    pub(crate) fn walk(&self, path: PathNumber) -> Result<Val<'r>, Fault> {
        let mut found = Val::Record(self.context);
        for name in self.code.path(path) {
            found = self.attribute(found, *name)?;
        }
        Ok(found)
    }

    fn attribute(&self, of: Val<'r>, name: Name) -> Result<Val<'r>, Fault> {
        match of {
            Val::Record(fields) => fields.get(name),
            Val::Entity(uid) => self.entities.find(uid).ok_or(Fault::NoEntity)?.attributes.get(name).map(Value::view),
            other => return Err(Fault::Type(Kind::RecordOrEntity, other.kind())),
        }
        .ok_or(Fault::NoAttribute(name))
    }

    /// `x has a.b` asks `x has a && x.a has b`; an entity that does not exist has nothing.
    fn has(&self, mut of: Val<'r>, names: Span) -> Result<bool, Fault> {
        for name in self.code.names(names) {
            of = match self.attribute(of, *name) {
                Ok(found) => found,
                Err(Fault::NoAttribute(_) | Fault::NoEntity) => return Ok(false),
                Err(fault) => return Err(fault),
            };
        }
        Ok(true)
    }

    fn is_in(&self, left: Expr, right: Expr) -> Result<bool, Fault> {
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        let uid = as_entity(left)?;
        match right {
            Val::Entity(above) => Ok(self.entities.is_in(uid, above)),
            Val::Set(set) => {
                if let Some(other) = set.iter().find(|member| !matches!(member, Val::Entity(_))) {
                    return Err(Fault::Type(Kind::Entity, other.kind()));
                }
                Ok(set.contains(left) || self.entities.ancestors(uid).iter().any(|above| set.contains(Val::Entity(above))))
            }
            other => Err(Fault::Type(Kind::EntityOrSet, other.kind())),
        }
    }

    fn long(&self, operand: Expr) -> Result<i64, Fault> {
        match self.evaluate(operand)? {
            Val::Long(number) => Ok(number),
            other => Err(Fault::Type(Kind::Long, other.kind())),
        }
    }

    fn arithmetic(&self, left: Expr, right: Expr, operation: fn(i64, i64) -> Option<i64>) -> Result<Val<'r>, Fault> {
        operation(self.long(left)?, self.long(right)?).map(Val::Long).ok_or(Fault::Overflow)
    }

    fn sets(&self, one: Expr, other: Expr, holds: fn(&Set, &Set) -> bool) -> Result<bool, Fault> {
        let (one, other) = (self.evaluate(one)?, self.evaluate(other)?);
        Ok(holds(as_set(one)?, as_set(other)?))
    }
}

fn compare(comparison: Comparison, left: Val<'_>, right: Val<'_>) -> Result<bool, Fault> {
    let longs = |holds: fn(&i64, &i64) -> bool| match (left, right) {
        (Val::Long(left), Val::Long(right)) | (Val::Datetime(left), Val::Datetime(right)) | (Val::Duration(left), Val::Duration(right)) => {
            Ok(holds(&left, &right))
        }
        (Val::Long(_) | Val::Datetime(_) | Val::Duration(_), _) => Err(Fault::Type(left.kind(), right.kind())),
        _ => Err(Fault::Type(Kind::Ordered, left.kind())),
    };
    let decimals = |holds: fn(&i64, &i64) -> bool| match (left, right) {
        (Val::Decimal(left), Val::Decimal(right)) => Ok(holds(&left, &right)),
        (Val::Decimal(_), _) => Err(Fault::Type(Kind::Decimal, right.kind())),
        _ => Err(Fault::Type(Kind::Decimal, left.kind())),
    };
    match comparison {
        Comparison::Equal => Ok(left == right),
        Comparison::Less => longs(i64::lt),
        Comparison::LessOrEqual => longs(i64::le),
        Comparison::Greater => longs(i64::gt),
        Comparison::GreaterOrEqual => longs(i64::ge),
        Comparison::DecimalLess => decimals(i64::lt),
        Comparison::DecimalLessOrEqual => decimals(i64::le),
        Comparison::DecimalGreater => decimals(i64::gt),
        Comparison::DecimalGreaterOrEqual => decimals(i64::ge),
    }
}

fn as_entity(value: Val<'_>) -> Result<&Uid, Fault> {
    match value {
        Val::Entity(uid) => Ok(uid),
        other => Err(Fault::Type(Kind::Entity, other.kind())),
    }
}

fn as_text(value: Val<'_>) -> Result<&str, Fault> {
    match value {
        Val::String(text) => Ok(text),
        other => Err(Fault::Type(Kind::String, other.kind())),
    }
}

fn as_set(value: Val<'_>) -> Result<&Set, Fault> {
    match value {
        Val::Set(set) => Ok(set),
        other => Err(Fault::Type(Kind::Set, other.kind())),
    }
}

fn apply(unary: Unary, operand: Val<'_>) -> Result<Val<'_>, Fault> {
    let read = |kind, read: fn(&str) -> Option<Val<'static>>| read(as_text(operand)?).ok_or(Fault::Unreadable(kind));
    let ip = |holds: fn(Ip) -> bool| match operand {
        Val::Ip(ip) => Ok(Val::Bool(holds(*ip))),
        other => Err(Fault::Type(Kind::Ip, other.kind())),
    };
    let instant = || match operand {
        Val::Datetime(millis) => Ok(millis),
        other => Err(Fault::Type(Kind::Datetime, other.kind())),
    };
    let span = |millis: i64| match operand {
        Val::Duration(duration) => Ok(Val::Long(duration / millis)),
        other => Err(Fault::Type(Kind::Duration, other.kind())),
    };
    match unary {
        Unary::Decimal => read(Kind::Decimal, |text| extension::decimal(text).map(Val::Decimal)),
        Unary::Datetime => read(Kind::Datetime, |text| extension::datetime(text).map(Val::Datetime)),
        Unary::Duration => read(Kind::Duration, |text| extension::duration(text).map(Val::Duration)),
        // Made where there is room for it.
        Unary::Ip => Err(Fault::Broken),
        Unary::IsIpv4 => ip(Ip::is_v4),
        Unary::IsIpv6 => ip(|ip| !ip.is_v4()),
        Unary::IsLoopback => ip(Ip::is_loopback),
        Unary::IsMulticast => ip(Ip::is_multicast),
        Unary::ToDate => extension::to_date(instant()?).map(Val::Datetime).ok_or(Fault::Overflow),
        Unary::ToTime => Ok(Val::Duration(extension::to_time(instant()?))),
        Unary::ToMilliseconds => span(1),
        Unary::ToSeconds => span(1_000),
        Unary::ToMinutes => span(60_000),
        Unary::ToHours => span(3_600_000),
        Unary::ToDays => span(86_400_000),
    }
}

fn combine<'r>(binary: Binary, left: Val<'r>, right: Val<'r>) -> Result<Val<'r>, Fault> {
    let mismatch = |wanted: Kind, beside: Kind| {
        let is_left = left.kind() != wanted;
        if is_left { Fault::Type(wanted, left.kind()) } else { Fault::Type(beside, right.kind()) }
    };
    match binary {
        Binary::IsInRange => match (left, right) {
            (Val::Ip(ip), Val::Ip(range)) => Ok(Val::Bool(ip.is_in(*range))),
            _ => Err(mismatch(Kind::Ip, Kind::Ip)),
        },
        Binary::Offset => match (left, right) {
            (Val::Datetime(instant), Val::Duration(by)) => instant.checked_add(by).map(Val::Datetime).ok_or(Fault::Overflow),
            _ => Err(mismatch(Kind::Datetime, Kind::Duration)),
        },
        Binary::DurationSince => match (left, right) {
            (Val::Datetime(left), Val::Datetime(right)) => left.checked_sub(right).map(Val::Duration).ok_or(Fault::Overflow),
            _ => Err(mismatch(Kind::Datetime, Kind::Datetime)),
        },
    }
}
