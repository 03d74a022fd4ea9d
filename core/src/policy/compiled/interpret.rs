//! Runs compiled conditions. What Cedar says of an expression, value or error, is what is said here; `Oracle` compares.

use elsa::FrozenVec;

use super::code::{Binary, Code, Expr, Node, Span, Unary};
use super::entities::Layers;
use super::extension::{self, Ip};
use super::scope::Parties;
use super::value::{Fields, Name, Names, Record, Set, Uid, Val, Value};

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was needed, and what there was.
    Type(&'static str, &'static str),
    NoAttribute(Name),
    NoEntity,
    NoTag,
    Overflow,
    /// A text that is no value of the type.
    Unreadable(&'static str),
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
}

impl Scratch {
    pub(crate) fn keep(&self, value: Value) -> Val<'_> {
        self.0.push_get(Box::new(value)).view()
    }
}

impl Fault {
    pub(crate) fn describe(self, names: &Names) -> String {
        match self {
            Self::Type(wanted, got) => format!("type error: expected {wanted}, got {got}"),
            Self::NoAttribute(name) => format!("there is no attribute `{}`", names.text(name)),
            Self::NoEntity => "an attribute of an entity that does not exist".to_owned(),
            Self::NoTag => "a tag the entity does not have".to_owned(),
            Self::Overflow => "integer overflow".to_owned(),
            Self::Unreadable(kind) => format!("the text is no {kind}"),
            Self::Broken => "the compiled policy is broken".to_owned(),
        }
    }
}

impl<'r> Machine<'r> {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, condition: Expr) -> Result<bool, Fault> {
        boolean(self.evaluate(condition)?)
    }

    pub(crate) fn evaluate(&self, expr: Expr) -> Result<Val<'r>, Fault> {
        match self.code.node(expr).ok_or(Fault::Broken)? {
            Node::Constant(constant) => self.constant(constant),
            Node::Principal => Ok(Val::Entity(self.parties.principal)),
            Node::Action => Ok(Val::Entity(self.parties.action)),
            Node::Resource => Ok(Val::Entity(self.parties.resource)),
            Node::Context => Ok(Val::Record(self.context)),
            Node::Path(path) => self.path(path),
            Node::PathEqual(path, constant) => Ok(Val::Bool(self.path(path)? == self.constant(constant)?)),
            Node::All(operands) => {
                for operand in self.code.expressions(operands) {
                    if !self.holds(*operand)? {
                        return Ok(Val::Bool(false));
                    }
                }
                Ok(Val::Bool(true))
            }
            Node::Any(operands) => {
                for operand in self.code.expressions(operands) {
                    if self.holds(*operand)? {
                        return Ok(Val::Bool(true));
                    }
                }
                Ok(Val::Bool(false))
            }
            Node::Not(operand) => Ok(Val::Bool(!self.holds(operand)?)),
            Node::If(test, then, otherwise) => self.evaluate(if self.holds(test)? { then } else { otherwise }),
            Node::Negate(operand) => self.long(operand)?.checked_neg().map(Val::Long).ok_or(Fault::Overflow),
            Node::Add(left, right) => self.arithmetic(left, right, i64::checked_add),
            Node::Subtract(left, right) => self.arithmetic(left, right, i64::checked_sub),
            Node::Multiply(left, right) => self.arithmetic(left, right, i64::checked_mul),
            Node::Equal(left, right) => Ok(Val::Bool(self.evaluate(left)? == self.evaluate(right)?)),
            Node::Less(left, right) => self.order(left, right, |left, right| left < right),
            Node::LessOrEqual(left, right) => self.order(left, right, |left, right| left <= right),
            Node::In(left, right) => self.is_in(left, right),
            Node::Is(operand, kind) => Ok(Val::Bool(*self.entity(operand)?.kind == *self.code.kind_name(kind))),
            Node::Contains(set, member) => {
                let (set, member) = (self.evaluate(set)?, self.evaluate(member)?);
                Ok(Val::Bool(as_set(set)?.contains(member)))
            }
            Node::ContainsAll(one, other) => self.sets(one, other, Set::contains_all),
            Node::ContainsAny(one, other) => self.sets(one, other, Set::contains_any),
            Node::IsEmpty(operand) => Ok(Val::Bool(as_set(self.evaluate(operand)?)?.is_empty())),
            Node::Attribute(of, name) => self.attribute(self.evaluate(of)?, name),
            Node::Has(of, names) => self.has(self.evaluate(of)?, names),
            Node::Tag(of, tag) => {
                let (entity, tag) = (self.evaluate(of)?, self.evaluate(tag)?);
                let (entity, tag) = (as_entity(entity)?, as_text(tag)?);
                self.entities.find(entity).ok_or(Fault::NoEntity)?.tag(tag).ok_or(Fault::NoTag)
            }
            Node::HasTag(of, tag) => {
                let (entity, tag) = (self.evaluate(of)?, self.evaluate(tag)?);
                let (entity, tag) = (as_entity(entity)?, as_text(tag)?);
                Ok(Val::Bool(self.entities.find(entity).is_some_and(|entity| entity.tag(tag).is_some())))
            }
            Node::Like(text, pattern) => {
                let text = as_text(self.evaluate(text)?)?;
                Ok(Val::Bool(self.code.pattern_at(pattern).ok_or(Fault::Broken)?.matches(text)))
            }
            Node::Set(members) => {
                let members = self.code.expressions(members).iter().map(|member| Ok(self.evaluate(*member)?.keep()));
                Ok(self.made(Value::Set(members.collect::<Result<_, Fault>>()?)))
            }
            Node::Record(names, values) => {
                let members = self.code.names(names).iter().zip(self.code.expressions(values));
                let members = members.map(|(name, value)| Ok((*name, self.evaluate(*value)?.keep())));
                Ok(self.made(Value::Record(members.collect::<Result<Record, Fault>>()?)))
            }
            Node::Unary(unary, operand) => apply(unary, self.evaluate(operand)?),
            Node::Binary(binary, left, right) => combine(binary, self.evaluate(left)?, self.evaluate(right)?),
        }
    }

    fn constant(&self, constant: u32) -> Result<Val<'r>, Fault> {
        self.code.value(constant).map(Value::view).ok_or(Fault::Broken)
    }

    fn made(&self, value: Value) -> Val<'r> {
        self.scratch.keep(value)
    }

    fn path(&self, path: Span) -> Result<Val<'r>, Fault> {
        let mut found = Val::Record(self.context);
        for name in self.code.names(path) {
            found = self.attribute(found, *name)?;
        }
        Ok(found)
    }

    fn attribute(&self, of: Val<'r>, name: Name) -> Result<Val<'r>, Fault> {
        match of {
            Val::Record(fields) => fields.get(name),
            Val::Entity(uid) => self.entities.find(uid).ok_or(Fault::NoEntity)?.attributes.get(name).map(Value::view),
            other => return Err(Fault::Type("record or entity", other.noun())),
        }
        .ok_or(Fault::NoAttribute(name))
    }

    /// `x has a.b` asks `x has a && x.a has b`; an entity that does not exist has nothing.
    fn has(&self, mut of: Val<'r>, names: Span) -> Result<Val<'r>, Fault> {
        for name in self.code.names(names) {
            of = match self.attribute(of, *name) {
                Ok(found) => found,
                Err(Fault::NoAttribute(_) | Fault::NoEntity) => return Ok(Val::Bool(false)),
                Err(fault) => return Err(fault),
            };
        }
        Ok(Val::Bool(true))
    }

    fn is_in(&self, left: Expr, right: Expr) -> Result<Val<'r>, Fault> {
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        let uid = as_entity(left)?;
        match right {
            Val::Entity(above) => Ok(Val::Bool(self.entities.is_in(uid, above))),
            Val::Set(set) => {
                if let Some(other) = set.iter().find(|member| !matches!(member, Val::Entity(_))) {
                    return Err(Fault::Type("entity", other.noun()));
                }
                let is_there = set.contains(left) || self.entities.ancestors(uid).iter().any(|above| set.contains(Val::Entity(above)));
                Ok(Val::Bool(is_there))
            }
            other => Err(Fault::Type("entity or set", other.noun())),
        }
    }

    fn long(&self, operand: Expr) -> Result<i64, Fault> {
        match self.evaluate(operand)? {
            Val::Long(number) => Ok(number),
            other => Err(Fault::Type("long", other.noun())),
        }
    }

    fn entity(&self, operand: Expr) -> Result<&'r Uid, Fault> {
        as_entity(self.evaluate(operand)?)
    }

    fn arithmetic(&self, left: Expr, right: Expr, operation: fn(i64, i64) -> Option<i64>) -> Result<Val<'r>, Fault> {
        operation(self.long(left)?, self.long(right)?).map(Val::Long).ok_or(Fault::Overflow)
    }

    fn order(&self, left: Expr, right: Expr, holds: fn(i64, i64) -> bool) -> Result<Val<'r>, Fault> {
        match (self.evaluate(left)?, self.evaluate(right)?) {
            (Val::Long(left), Val::Long(right)) | (Val::Datetime(left), Val::Datetime(right)) | (Val::Duration(left), Val::Duration(right)) => {
                Ok(Val::Bool(holds(left, right)))
            }
            (left @ (Val::Long(_) | Val::Datetime(_) | Val::Duration(_)), right) => Err(Fault::Type(left.noun(), right.noun())),
            (left, _) => Err(Fault::Type("long, datetime or duration", left.noun())),
        }
    }

    fn sets(&self, one: Expr, other: Expr, holds: fn(&Set, &Set) -> bool) -> Result<Val<'r>, Fault> {
        let (one, other) = (self.evaluate(one)?, self.evaluate(other)?);
        Ok(Val::Bool(holds(as_set(one)?, as_set(other)?)))
    }
}

fn boolean(value: Val<'_>) -> Result<bool, Fault> {
    match value {
        Val::Bool(value) => Ok(value),
        other => Err(Fault::Type("bool", other.noun())),
    }
}

fn as_entity(value: Val<'_>) -> Result<&Uid, Fault> {
    match value {
        Val::Entity(uid) => Ok(uid),
        other => Err(Fault::Type("entity", other.noun())),
    }
}

fn as_text(value: Val<'_>) -> Result<&str, Fault> {
    match value {
        Val::String(text) => Ok(text),
        other => Err(Fault::Type("string", other.noun())),
    }
}

fn as_set(value: Val<'_>) -> Result<&Set, Fault> {
    match value {
        Val::Set(set) => Ok(set),
        other => Err(Fault::Type("set", other.noun())),
    }
}

fn apply(unary: Unary, operand: Val<'_>) -> Result<Val<'_>, Fault> {
    let read = |kind, read: fn(&str) -> Option<Val<'static>>| read(as_text(operand)?).ok_or(Fault::Unreadable(kind));
    let ip = |holds: fn(Ip) -> bool| match operand {
        Val::Ip(ip) => Ok(Val::Bool(holds(ip))),
        other => Err(Fault::Type("ipaddr", other.noun())),
    };
    let instant = || match operand {
        Val::Datetime(millis) => Ok(millis),
        other => Err(Fault::Type("datetime", other.noun())),
    };
    let span = |millis: i64| match operand {
        Val::Duration(duration) => Ok(Val::Long(duration / millis)),
        other => Err(Fault::Type("duration", other.noun())),
    };
    match unary {
        Unary::Decimal => read("decimal", |text| extension::decimal(text).map(Val::Decimal)),
        Unary::Datetime => read("datetime", |text| extension::datetime(text).map(Val::Datetime)),
        Unary::Duration => read("duration", |text| extension::duration(text).map(Val::Duration)),
        Unary::Ip => read("ipaddr", |text| Ip::parse(text).map(Val::Ip)),
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
    let mismatch = |wanted_left: &'static str, wanted_right: &'static str| {
        let is_left = left.noun() != wanted_left;
        if is_left { Fault::Type(wanted_left, left.noun()) } else { Fault::Type(wanted_right, right.noun()) }
    };
    let decimals = |holds: fn(i64, i64) -> bool| match (left, right) {
        (Val::Decimal(left), Val::Decimal(right)) => Ok(Val::Bool(holds(left, right))),
        _ => Err(mismatch("decimal", "decimal")),
    };
    match binary {
        Binary::IsInRange => match (left, right) {
            (Val::Ip(ip), Val::Ip(range)) => Ok(Val::Bool(ip.is_in(range))),
            _ => Err(mismatch("ipaddr", "ipaddr")),
        },
        Binary::Offset => match (left, right) {
            (Val::Datetime(instant), Val::Duration(by)) => instant.checked_add(by).map(Val::Datetime).ok_or(Fault::Overflow),
            _ => Err(mismatch("datetime", "duration")),
        },
        Binary::DurationSince => match (left, right) {
            (Val::Datetime(left), Val::Datetime(right)) => left.checked_sub(right).map(Val::Duration).ok_or(Fault::Overflow),
            _ => Err(mismatch("datetime", "datetime")),
        },
        Binary::LessThan => decimals(|left, right| left < right),
        Binary::LessThanOrEqual => decimals(|left, right| left <= right),
        Binary::GreaterThan => decimals(|left, right| left > right),
        Binary::GreaterThanOrEqual => decimals(|left, right| left >= right),
    }
}
