//! Compiled conditions: one graph for all policies, in which equal expressions stand once.

use hashbrown::HashMap;

use super::pattern::Pattern;
use super::value::{Name, Names, Value};

/// Where an expression stands in [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Expr(pub u32);

/// A path through the context: each stands once, so that its value can be found once for many conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PathNumber(pub u32);

/// Neighbours in one of the lists of [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub start: u32,
    pub count: u32,
}

/// What an expression does, with those it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Constant(u32),
    Principal,
    Action,
    Resource,
    Context,
    /// `context.a.b.c`
    Path(PathNumber),
    /// One after the other, until one is false.
    All(Span),
    /// One after the other, until one is true.
    Any(Span),
    Not(Expr),
    If(Expr, Expr, Expr),
    Negate(Expr),
    Add(Expr, Expr),
    Subtract(Expr, Expr),
    Multiply(Expr, Expr),
    /// One value against another.
    Compare(Comparison, Expr, Expr),
    /// `context.a.b` against a constant: what most conditions are.
    ComparePath(Comparison, PathNumber, u32),
    In(Expr, Expr),
    Is(Expr, u32),
    Contains(Expr, Expr),
    ContainsAll(Expr, Expr),
    ContainsAny(Expr, Expr),
    IsEmpty(Expr),
    Attribute(Expr, Name),
    /// `x has a.b.c`: names.
    Has(Expr, Span),
    Tag(Expr, Expr),
    HasTag(Expr, Expr),
    Like(Expr, u32),
    /// Expressions.
    Set(Span),
    /// Names, and expressions beside them.
    Record(Span, Span),
    Unary(Unary, Expr),
    Binary(Binary, Expr, Expr),
}

/// The functions of extension types that take one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unary {
    Decimal,
    Datetime,
    Duration,
    Ip,
    IsIpv4,
    IsIpv6,
    IsLoopback,
    IsMulticast,
    ToDate,
    ToTime,
    ToMilliseconds,
    ToSeconds,
    ToMinutes,
    ToHours,
    ToDays,
}

/// The functions of extension types that take two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    IsInRange,
    Offset,
    DurationSince,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Equal,
    /// Of longs, datetimes and durations.
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    DecimalLess,
    DecimalLessOrEqual,
    DecimalGreater,
    DecimalGreaterOrEqual,
}

impl Comparison {
    /// The same, with left and right exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::DecimalLess => Self::DecimalGreater,
            Self::DecimalLessOrEqual => Self::DecimalGreaterOrEqual,
            Self::DecimalGreater => Self::DecimalLess,
            Self::DecimalGreaterOrEqual => Self::DecimalLessOrEqual,
        }
    }
}

/// What reading an expression leads to: found with it, so that what needs it need not look again.
#[expect(clippy::struct_excessive_bools, reason = "four facts, each true or not of its own")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    pub reads_principal: bool,
    pub reads_resource: bool,
    /// The action, or the context as a whole: what differs between a call and the delegation it rests on.
    pub reads_kind: bool,
    /// Whether it may end in an error even for a request that fits the schema.
    pub can_fail: bool,
}

impl Traits {
    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            reads_principal: self.reads_principal || other.reads_principal,
            reads_resource: self.reads_resource || other.reads_resource,
            reads_kind: self.reads_kind || other.reads_kind,
            can_fail: self.can_fail || other.can_fail,
        }
    }
}

/// Everything the interpreter runs on. Immutable once policies are compiled.
#[derive(Debug, Default)]
pub(crate) struct Code {
    nodes: Vec<Node>,
    traits: Vec<Traits>,
    expressions: Vec<Expr>,
    path_names: Vec<Name>,
    paths: Vec<Span>,
    constants: Vec<Value>,
    kinds: Vec<Box<str>>,
    patterns: Vec<Pattern>,
    pub names: Names,
}

/// What is known already, while policies are compiled.
#[derive(Default)]
pub(crate) struct Known {
    nodes: HashMap<Node, Expr>,
    expressions: HashMap<Vec<Expr>, Span>,
    path_names: HashMap<Vec<Name>, Span>,
    constants: HashMap<String, u32>,
}

impl Code {
    pub(crate) fn new(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    pub(crate) fn add(&mut self, known: &mut Known, node: Node, traits: Traits) -> Expr {
        let next = Expr(number(self.nodes.len()));
        let expr = *known.nodes.entry(node).or_insert(next);
        if expr == next {
            self.nodes.push(node);
            self.traits.push(traits);
        }
        expr
    }

    pub(crate) fn list(&mut self, known: &mut Known, list: &[Expr]) -> Span {
        let span = Span { start: number(self.expressions.len()), count: number(list.len()) };
        *known.expressions.entry(list.to_vec()).or_insert_with(|| {
            self.expressions.extend_from_slice(list);
            span
        })
    }

    pub(crate) fn name_list(&mut self, known: &mut Known, path: Vec<Name>) -> Span {
        let span = Span { start: number(self.path_names.len()), count: number(path.len()) };
        let names = &mut self.path_names;
        *known.path_names.entry(path).or_insert_with_key(|path| {
            names.extend_from_slice(path);
            span
        })
    }

    pub(crate) fn path_number(&mut self, path: Span) -> PathNumber {
        PathNumber(position_or_push(&mut self.paths, path))
    }

    pub(crate) fn path(&self, path: PathNumber) -> &[Name] {
        self.paths.get(path.0 as usize).map_or(&[], |span| self.names(*span))
    }

    pub(crate) fn path_count(&self) -> usize {
        self.paths.len()
    }

    /// The paths an expression may read.
    pub(crate) fn paths_in(&self, expr: Expr, found: &mut Vec<PathNumber>) {
        let mut ahead = vec![expr];
        while let Some(node) = ahead.pop().and_then(|expr| self.node(expr)) {
            match node {
                Node::Path(path) | Node::ComparePath(_, path, _) => found.push(path),
                other => self.operands(other, &mut ahead),
            }
        }
    }

    fn operands(&self, node: Node, found: &mut Vec<Expr>) {
        match node {
            Node::Constant(_) | Node::Principal | Node::Action | Node::Resource | Node::Context | Node::Path(_) | Node::ComparePath(..) => {}
            Node::All(span) | Node::Any(span) | Node::Set(span) | Node::Record(_, span) => found.extend_from_slice(self.expressions(span)),
            Node::Not(of)
            | Node::Negate(of)
            | Node::Is(of, _)
            | Node::IsEmpty(of)
            | Node::Attribute(of, _)
            | Node::Has(of, _)
            | Node::Like(of, _)
            | Node::Unary(_, of) => found.push(of),
            Node::If(test, then, otherwise) => found.extend([test, then, otherwise]),
            Node::Add(left, right)
            | Node::Subtract(left, right)
            | Node::Multiply(left, right)
            | Node::Compare(_, left, right)
            | Node::In(left, right)
            | Node::Contains(left, right)
            | Node::ContainsAll(left, right)
            | Node::ContainsAny(left, right)
            | Node::Tag(left, right)
            | Node::HasTag(left, right)
            | Node::Binary(_, left, right) => found.extend([left, right]),
        }
    }

    /// Two values whose debug texts are alike are alike; what is alike is kept once.
    pub(crate) fn constant(&mut self, known: &mut Known, value: Value) -> u32 {
        let next = number(self.constants.len());
        let constant = *known.constants.entry(format!("{value:?}")).or_insert(next);
        if constant == next {
            self.constants.push(value);
        }
        constant
    }

    pub(crate) fn kind(&mut self, kind: &str) -> u32 {
        position_or_push(&mut self.kinds, kind.into())
    }

    pub(crate) fn pattern(&mut self, pattern: Pattern) -> u32 {
        position_or_push(&mut self.patterns, pattern)
    }

    pub(crate) fn node(&self, expr: Expr) -> Option<Node> {
        self.nodes.get(expr.0 as usize).copied()
    }

    pub(crate) fn traits(&self, expr: Expr) -> Traits {
        self.traits.get(expr.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) fn expressions(&self, span: Span) -> &[Expr] {
        slice(&self.expressions, span)
    }

    pub(crate) fn names(&self, span: Span) -> &[Name] {
        slice(&self.path_names, span)
    }

    pub(crate) fn value(&self, constant: u32) -> Option<&Value> {
        self.constants.get(constant as usize)
    }

    pub(crate) fn kind_name(&self, kind: u32) -> &str {
        self.kinds.get(kind as usize).map_or("", AsRef::as_ref)
    }

    pub(crate) fn pattern_at(&self, pattern: u32) -> Option<&Pattern> {
        self.patterns.get(pattern as usize)
    }

    /// Gives back what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.traits.shrink_to_fit();
        self.expressions.shrink_to_fit();
        self.path_names.shrink_to_fit();
        self.constants.shrink_to_fit();
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
}

fn slice<T>(items: &[T], span: Span) -> &[T] {
    items.get(span.start as usize..(span.start + span.count) as usize).unwrap_or_default()
}

fn position_or_push<T: PartialEq>(items: &mut Vec<T>, item: T) -> u32 {
    number(items.iter().position(|known| *known == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    }))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or_else(|_| unreachable!("policies do not fit memory before their numbers overflow"))
}
