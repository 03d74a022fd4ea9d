//! Random expressions: mostly of the kind that is wanted, so that most of them come to something.

use super::dice::Dice;
use super::entities::Cast;
use super::pools::{self, ATTRIBUTES, KINDS, Kind, TEXTS};
use super::tree::Expr;

/// Levels below a condition.
const DEPTH: usize = 4;
/// How often an expression is of another kind than is wanted, in a hundred.
const WRONG_PERCENT: usize = 2;
/// Expressions are made again from time to time: this many are remembered, and none larger than this.
const REMEMBERED_MAX: usize = 48;
const REMEMBERED_SIZE_MAX: usize = 12;

const EXTENSIONS: [Kind; 4] = [Kind::Ip, Kind::Decimal, Kind::Datetime, Kind::Duration];
const ORDERS: [&str; 4] = ["<", "<=", ">", ">="];

/// Writes expressions about one cast, and repeats itself.
pub(super) struct Writer<'w, 'b> {
    pub dice: &'w mut Dice<'b>,
    pub cast: &'w Cast,
    remembered: Vec<(Kind, Expr)>,
}

impl<'w, 'b> Writer<'w, 'b> {
    pub(super) fn new(dice: &'w mut Dice<'b>, cast: &'w Cast) -> Self {
        Self { dice, cast, remembered: Vec::new() }
    }

    /// What stands in a `when`.
    pub(super) fn condition(&mut self) -> Expr {
        let depth = 1 + self.dice.below(DEPTH);
        self.expr(Kind::Bool, depth)
    }

    fn expr(&mut self, wanted: Kind, depth: usize) -> Expr {
        let kind = if self.dice.chance(WRONG_PERCENT) { self.kind() } else { wanted };
        if depth > 0 && self.dice.chance(12) {
            let first = self.dice.below(self.remembered.len());
            if let Some((_, expr)) = self.remembered.iter().skip(first).find(|(known, _)| *known == kind) {
                return expr.clone();
            }
        }
        if depth == 0 || self.dice.chance(if kind == Kind::Bool { 8 } else { 40 }) {
            return self.leaf(kind);
        }
        let expr = self.compound(kind, depth - 1);
        if expr.size() <= REMEMBERED_SIZE_MAX && self.remembered.len() < REMEMBERED_MAX {
            self.remembered.push((kind, expr.clone()));
        }
        expr
    }

    fn boxed(&mut self, kind: Kind, depth: usize) -> Box<Expr> {
        Box::new(self.expr(kind, depth))
    }

    fn kind(&mut self) -> Kind {
        self.dice.pick(&KINDS)
    }

    fn leaf(&mut self, kind: Kind) -> Expr {
        match kind {
            Kind::Entity if self.dice.chance(50) => Expr::Variable(self.dice.pick(&["principal", "resource", "action"])),
            Kind::Record if self.dice.chance(40) => Expr::Variable("context"),
            _ if self.dice.chance(60) => self.attribute(kind),
            _ => self.literal(kind),
        }
    }

    /// An attribute of whatever has some.
    fn attribute(&mut self, kind: Kind) -> Expr {
        let base = self.base();
        Expr::Get(Box::new(base), pools::named(self.dice, kind))
    }

    fn base(&mut self) -> Expr {
        let variable = Expr::Variable(["principal", "context", "resource", "action"][self.dice.weighted(&[38, 36, 23, 3])]);
        match self.dice.weighted(&[80, 7, 6, 3, 4]) {
            0 => variable,
            1 => Expr::Get(Box::new(variable), "rec"),
            2 => Expr::Get(Box::new(variable), "owner"),
            3 => Expr::Get(Box::new(Expr::Get(Box::new(variable), "rec")), self.dice.pick(&["rec", "owner"])),
            _ => Expr::Entity(self.cast.any(self.dice)),
        }
    }

    fn literal(&mut self, kind: Kind) -> Expr {
        match kind {
            Kind::Bool => Expr::Bool(self.dice.chance(60)),
            Kind::Long => Expr::Long(pools::long(self.dice)),
            Kind::Text => Expr::Text(self.dice.pick(&TEXTS)),
            Kind::Entity => Expr::Entity(self.cast.any(self.dice)),
            Kind::Texts | Kind::Longs | Kind::Entities | Kind::Mixed => self.set(kind, 0),
            Kind::Record => self.record(0),
            Kind::Ip | Kind::Decimal | Kind::Datetime | Kind::Duration => {
                let wrong = self.dice.chance(6);
                let (function, argument) = if wrong { pools::misconstructed(self.dice, kind) } else { pools::constructed(self.dice, kind) };
                Expr::Call(function, vec![Expr::Text(argument)])
            }
        }
    }

    fn compound(&mut self, kind: Kind, depth: usize) -> Expr {
        let any_kind = if kind == Kind::Bool { 3 } else { 9 };
        match self.dice.weighted(&[100, any_kind, any_kind, any_kind]) {
            0 => match kind {
                Kind::Bool => self.truth(depth),
                Kind::Long => self.number(depth),
                Kind::Texts | Kind::Longs | Kind::Entities | Kind::Mixed => self.set(kind, depth),
                Kind::Record => self.record(depth),
                Kind::Ip | Kind::Decimal | Kind::Datetime | Kind::Duration => self.extension(kind, depth),
                Kind::Text | Kind::Entity => self.leaf(kind),
            },
            1 => Expr::If(self.boxed(Kind::Bool, depth), self.boxed(kind, depth), self.boxed(kind, depth)),
            // Out of a record that is made for it.
            2 => {
                let name = ATTRIBUTES[self.dice.below(ATTRIBUTES.len())].name;
                let mut members = vec![(name, self.expr(kind, depth))];
                if self.dice.chance(50) && name != "b" {
                    members.push(("b", self.expr(Kind::Bool, 0)));
                }
                Expr::Get(Box::new(Expr::Record(members)), name)
            }
            _ => {
                let of = self.leaf(Kind::Entity);
                let tag = Box::new(self.tag());
                let get = Expr::Binary("getTag", Box::new(of.clone()), tag.clone());
                if self.dice.chance(75) {
                    return Expr::If(Box::new(Expr::Binary("hasTag", Box::new(of), tag)), Box::new(get), self.boxed(kind, depth));
                }
                get
            }
        }
    }

    fn truth(&mut self, depth: usize) -> Expr {
        let connective = |dice: &mut Dice<'_>| dice.pick(&["&&", "||"]);
        match self.dice.weighted(&[48, 22, 8, 16, 6]) {
            0 => {
                // Policies are about entities, mostly.
                let kind = if self.dice.chance(25) { Kind::Entity } else { self.kind() };
                let subject = self.expr(kind, depth);
                self.about(subject, kind, depth)
            }
            1 => Expr::Binary(connective(self.dice), self.boxed(Kind::Bool, depth), self.boxed(Kind::Bool, depth)),
            2 => Expr::Not(self.boxed(Kind::Bool, depth)),
            3 => self.guarded(depth),
            // What is decided before the other side is looked at, or is not.
            _ => {
                let (left, other) = (Expr::Bool(self.dice.chance(50)), self.kind());
                match self.dice.below(3) {
                    0 => Expr::If(Box::new(left), self.boxed(Kind::Bool, depth), self.boxed(other, depth)),
                    1 => Expr::If(Box::new(left), self.boxed(other, depth), self.boxed(Kind::Bool, depth)),
                    _ => Expr::Binary(connective(self.dice), Box::new(left), self.boxed(other, depth)),
                }
            }
        }
    }

    /// `x has a && …x.a…`, and the longer forms.
    fn guarded(&mut self, depth: usize) -> Expr {
        let (base, kind) = (self.base(), self.kind());
        let name = pools::named(self.dice, kind);
        if self.dice.chance(25) && !["", "if", "a b", "ключ\""].contains(&name) {
            let through = self.dice.pick(&["rec", "owner"]);
            let whole = Expr::Get(Box::new(Expr::Get(Box::new(base.clone()), through)), name);
            return Expr::Binary("&&", Box::new(Expr::Has(Box::new(base), vec![through, name])), Box::new(self.about(whole, kind, depth)));
        }
        let get = Expr::Get(Box::new(base.clone()), name);
        let (has, then) = (Box::new(Expr::Has(Box::new(base), vec![name])), Box::new(self.about(get, kind, depth)));
        match self.dice.weighted(&[70, 20, 10]) {
            0 => Expr::Binary("&&", has, then),
            1 => Expr::Binary("||", Box::new(Expr::Not(has)), then),
            _ => Expr::If(has, then, self.boxed(Kind::Bool, depth)),
        }
    }

    /// Something that is true or false of a value of this kind.
    fn about(&mut self, subject: Expr, kind: Kind, depth: usize) -> Expr {
        let subject = Box::new(subject);
        if self.dice.chance(if kind == Kind::Record { 45 } else { 22 }) {
            let equality = self.dice.pick(&["==", "!="]);
            return Expr::Binary(equality, subject, self.boxed(kind, depth));
        }
        match kind {
            Kind::Bool => *subject,
            Kind::Long => Expr::Binary(self.dice.pick(&ORDERS), subject, self.boxed(Kind::Long, depth)),
            Kind::Text => self.like(subject),
            Kind::Entity => self.about_entity(subject, depth),
            Kind::Texts | Kind::Longs | Kind::Entities | Kind::Mixed => self.about_set(subject, kind, depth),
            Kind::Record => self.has(subject),
            Kind::Ip => match self.dice.below(6) {
                0 | 1 => Expr::Method("isInRange", subject, vec![self.expr(Kind::Ip, depth)]),
                other => {
                    let method = ["isIpv4", "isIpv6", "isLoopback", "isMulticast"][other - 2];
                    // Too many arguments, now and then.
                    let more = if self.dice.chance(2) { vec![self.literal(Kind::Ip)] } else { Vec::new() };
                    Expr::Method(method, subject, more)
                }
            },
            Kind::Decimal => {
                let method = self.dice.pick(&["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]);
                let other = if self.dice.chance(2) { Vec::new() } else { vec![self.expr(Kind::Decimal, depth)] };
                Expr::Method(method, subject, other)
            }
            Kind::Datetime | Kind::Duration => Expr::Binary(self.dice.pick(&ORDERS), subject, self.boxed(kind, depth)),
        }
    }

    fn about_entity(&mut self, subject: Box<Expr>, depth: usize) -> Expr {
        match self.dice.weighted(&[28, 16, 14, 12, 6, 12, 12]) {
            0 => Expr::Binary("in", subject, self.boxed(Kind::Entity, depth)),
            1 => Expr::Binary("in", subject, self.boxed(Kind::Entities, depth)),
            2 => Expr::Is(subject, self.cast.kind(self.dice), None),
            3 => {
                let of = self.boxed(Kind::Entity, depth);
                Expr::Is(subject, self.cast.kind(self.dice), Some(of))
            }
            4 => {
                let of = self.boxed(Kind::Entities, depth);
                Expr::Is(subject, self.cast.kind(self.dice), Some(of))
            }
            5 => self.has(subject),
            _ => Expr::Binary("hasTag", subject, Box::new(self.tag())),
        }
    }

    fn about_set(&mut self, subject: Box<Expr>, kind: Kind, depth: usize) -> Expr {
        match self.dice.weighted(&[50, 20, 20, 10]) {
            0 => {
                let member = self.member(kind);
                Expr::Binary("contains", subject, self.boxed(member, depth))
            }
            1 => Expr::Binary("containsAll", subject, self.boxed(kind, depth)),
            2 => Expr::Binary("containsAny", subject, self.boxed(kind, depth)),
            _ => Expr::IsEmpty(subject),
        }
    }

    fn has(&mut self, subject: Box<Expr>) -> Expr {
        let one = ATTRIBUTES[self.dice.below(ATTRIBUTES.len())].name;
        if self.dice.chance(30) {
            let path =
                self.dice.pick(&[&["rec", "n"][..], &["rec", "rec", "s"], &["owner", "n"], &["owner", "owner", "b"], &["rec", "owner", "tags"]]);
            return Expr::Has(subject, path.to_vec());
        }
        Expr::Has(subject, vec![one])
    }

    /// A text with some of it, or something else, behind wildcards.
    fn like(&mut self, subject: Box<Expr>) -> Expr {
        let mut pieces = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let text = self.dice.pick(&TEXTS);
            let cuts: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let (from, to) = (self.dice.pick(&cuts), self.dice.pick(&cuts));
            pieces.push(&text[from.min(to)..from.max(to)]);
        }
        Expr::Like(subject, pieces)
    }

    fn tag(&mut self) -> Expr {
        if self.dice.chance(25) { self.leaf(Kind::Text) } else { Expr::Text(self.dice.pick(&TEXTS[..4])) }
    }

    fn number(&mut self, depth: usize) -> Expr {
        match self.dice.weighted(&[30, 25, 20, 10, 15]) {
            0 => Expr::Binary("+", self.boxed(Kind::Long, depth), self.boxed(Kind::Long, depth)),
            1 => Expr::Binary("-", self.boxed(Kind::Long, depth), self.boxed(Kind::Long, depth)),
            2 => Expr::Binary("*", self.boxed(Kind::Long, depth), self.boxed(Kind::Long, depth)),
            3 => Expr::Negative(self.boxed(Kind::Long, depth)),
            _ => {
                let method = self.dice.pick(&["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]);
                Expr::Method(method, self.boxed(Kind::Duration, depth), Vec::new())
            }
        }
    }

    fn member(&mut self, kind: Kind) -> Kind {
        match kind {
            Kind::Texts => Kind::Text,
            Kind::Longs => Kind::Long,
            Kind::Entities => Kind::Entity,
            // A context in a set is compared whole.
            _ => self.dice.pick(&[Kind::Record, Kind::Text, Kind::Record, Kind::Longs, Kind::Mixed, Kind::Ip, Kind::Duration, Kind::Entity]),
        }
    }

    fn set(&mut self, kind: Kind, depth: usize) -> Expr {
        let length = self.dice.weighted(&[35, 30, 20, 10, 5]);
        let mut members = Vec::new();
        // An empty set comes last, so that sets end where the dice do.
        for _ in 0..(length + 1) % 5 {
            let member = self.member(kind);
            members.push(if depth == 0 && member == Kind::Mixed { Expr::Set(Vec::new()) } else { self.part(member, depth) });
        }
        Expr::Set(members)
    }

    fn record(&mut self, depth: usize) -> Expr {
        if self.dice.chance(20) {
            return Expr::Record(vec![("n", Expr::Long(1))]);
        }
        let mut members: Vec<(&'static str, Expr)> = Vec::new();
        for _ in 0..self.dice.below(4) {
            let attribute = &ATTRIBUTES[self.dice.below(ATTRIBUTES.len())];
            if members.iter().all(|(name, _)| *name != attribute.name) {
                let member = self.part(attribute.kind, depth);
                members.push((attribute.name, member));
            }
        }
        Expr::Record(members)
    }

    /// A part of a set or record; parts of parts end with what is at hand.
    fn part(&mut self, kind: Kind, depth: usize) -> Expr {
        match kind {
            _ if depth > 0 => self.expr(kind, depth - 1),
            Kind::Record => Expr::Variable("context"),
            Kind::Texts | Kind::Longs | Kind::Entities | Kind::Mixed => self.attribute(kind),
            _ => self.leaf(kind),
        }
    }

    fn extension(&mut self, kind: Kind, depth: usize) -> Expr {
        let method = |method, subject, argument: Option<Expr>| Expr::Method(method, subject, argument.into_iter().collect());
        match (kind, self.dice.below(3)) {
            (Kind::Datetime, 1) => method("offset", self.boxed(Kind::Datetime, depth), Some(self.expr(Kind::Duration, depth))),
            (Kind::Datetime, 2) => method("toDate", self.boxed(Kind::Datetime, depth), None),
            (Kind::Duration, 1) => method("durationSince", self.boxed(Kind::Datetime, depth), Some(self.expr(Kind::Datetime, depth))),
            (Kind::Duration, 2) => method("toTime", self.boxed(Kind::Datetime, depth), None),
            // A text that has to be worked out first.
            _ if self.dice.chance(10) => {
                let function = ["ip", "decimal", "datetime", "duration"][EXTENSIONS.iter().position(|known| *known == kind).unwrap_or(0)];
                let argument = self.expr(Kind::Text, depth);
                let more = if self.dice.chance(4) { vec![self.literal(Kind::Text)] } else { Vec::new() };
                Expr::Call(function, std::iter::once(argument).chain(more).collect())
            }
            _ if self.dice.chance(10) => {
                let (function, argument) = pools::constructed(self.dice, kind);
                let other = self.expr(Kind::Text, 0);
                let condition = self.boxed(Kind::Bool, depth.min(1));
                Expr::Call(function, vec![Expr::If(condition, Box::new(Expr::Text(argument)), Box::new(other))])
            }
            _ => self.leaf(kind),
        }
    }
}
