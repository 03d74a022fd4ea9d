//! Cedar's syntax tree → [`Code`]. What is not understood is refused, and then Cedar's to evaluate; never skipped.

use std::sync::Arc;

use cedar_policy::pst;
use hashbrown::HashMap;

use super::code::{Binary, Code, Comparison, Expr, Known, Node, Traits, Unary};
use super::extension::{self, Ip};
use super::pattern::Pattern;
use super::scope::{ActionScope, PartyScope, Scope};
use super::value::{Name, Record, Set, Uid, Value};

/// Deeper expressions are left to Cedar, which watches its stack.
const DEPTH_MAX: u16 = 100;

/// An expression the compiler does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotCompiled;

/// A policy as the interpreter runs it.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub scope: Scope,
    /// What must hold besides; nothing for a policy without conditions.
    pub condition: Option<Expr>,
}

/// Compiles policies one after the other into one [`Code`].
pub(crate) struct Compiler {
    pub code: Code,
    known: Known,
    uids: HashMap<(String, String), Arc<Uid>>,
    #[cfg(test)]
    pub refuses: fn(&pst::Expr) -> bool,
}

impl Compiler {
    pub(crate) fn new(code: Code) -> Self {
        Self {
            code,
            known: Known::default(),
            uids: HashMap::new(),
            #[cfg(test)]
            refuses: |_| false,
        }
    }

    pub(crate) fn policy(&mut self, policy: &pst::Policy) -> Result<Compiled, NotCompiled> {
        let scope = self.scope_of(policy)?;
        let body = policy.body();
        let mut clauses = Vec::new();
        for clause in body.clauses() {
            match clause {
                pst::Clause::When(condition) => self.operands(pst::BinaryOp::And, condition, 0, &mut clauses)?,
                pst::Clause::Unless(condition) => {
                    let condition = self.expr(condition, 0)?;
                    clauses.push(self.node(Node::Not(condition), &[condition]));
                }
            }
        }
        let condition = if clauses.is_empty() { None } else { Some(self.all(&clauses)) };
        Ok(Compiled { scope, condition })
    }

    /// An expression by itself.
    pub(crate) fn expression(&mut self, expr: &pst::Expr) -> Result<Expr, NotCompiled> {
        self.expr(expr, 0)
    }

    /// The scope alone, with the slots of its template filled.
    pub(crate) fn scope_of(&mut self, policy: &pst::Policy) -> Result<Scope, NotCompiled> {
        match policy {
            pst::Policy::Static(policy) => self.scope(policy.body()),
            pst::Policy::Linked(policy) => self.scope(policy.into_static_policy().map_err(|_| NotCompiled)?.body()),
        }
    }

    fn scope(&mut self, body: &pst::Template) -> Result<Scope, NotCompiled> {
        use pst::{PrincipalConstraint as P, ResourceConstraint as R};
        let principal = match &body.principal {
            P::Any => PartyScope::Any,
            P::Eq(entity) => PartyScope::Equal(self.entity_of(entity)?),
            P::In(entity) => PartyScope::In(self.entity_of(entity)?),
            P::Is(kind) => PartyScope::Is(kind.to_string().into()),
            P::IsIn(kind, entity) => PartyScope::IsIn(kind.to_string().into(), self.entity_of(entity)?),
        };
        let resource = match &body.resource {
            R::Any => PartyScope::Any,
            R::Eq(entity) => PartyScope::Equal(self.entity_of(entity)?),
            R::In(entity) => PartyScope::In(self.entity_of(entity)?),
            R::Is(kind) => PartyScope::Is(kind.to_string().into()),
            R::IsIn(kind, entity) => PartyScope::IsIn(kind.to_string().into(), self.entity_of(entity)?),
        };
        let action = match &body.action {
            pst::ActionConstraint::Any => ActionScope::Any,
            pst::ActionConstraint::Eq(action) => ActionScope::Equal(self.uid(action)),
            pst::ActionConstraint::In(actions) => ActionScope::In(actions.iter().map(|action| self.uid(action)).collect()),
        };
        Ok(Scope { principal, action, resource })
    }

    fn entity_of(&mut self, entity: &pst::EntityOrSlot) -> Result<Arc<Uid>, NotCompiled> {
        match entity {
            pst::EntityOrSlot::Entity(uid) => Ok(self.uid(uid)),
            pst::EntityOrSlot::Slot(_) => Err(NotCompiled),
        }
    }

    fn uid(&mut self, uid: &pst::EntityUID) -> Arc<Uid> {
        let (kind, id) = (uid.ty.to_string(), uid.eid.to_string());
        let made = self.code.names.uid(&kind, &id);
        Arc::clone(self.uids.entry((kind, id)).or_insert_with(|| Arc::new(made)))
    }

    fn expr(&mut self, expr: &pst::Expr, depth: u16) -> Result<Expr, NotCompiled> {
        #[cfg(test)]
        if (self.refuses)(expr) {
            return Err(NotCompiled);
        }
        if depth > DEPTH_MAX {
            return Err(NotCompiled);
        }
        let below = depth + 1;
        match expr {
            pst::Expr::Literal(literal) => self.literal(literal),
            pst::Expr::Var(variable) => Ok(match variable {
                pst::Var::Principal => self.leaf(Node::Principal, Traits { reads_principal: true, ..Traits::default() }),
                pst::Var::Action => self.leaf(Node::Action, Traits { reads_kind: true, ..Traits::default() }),
                pst::Var::Resource => self.leaf(Node::Resource, Traits { reads_resource: true, ..Traits::default() }),
                pst::Var::Context => self.leaf(Node::Context, Traits { reads_kind: true, ..Traits::default() }),
            }),
            pst::Expr::UnaryOp { op, expr } => {
                let operand = self.expr(expr, below)?;
                self.unary(*op, operand)
            }
            pst::Expr::BinaryOp { op: op @ (pst::BinaryOp::And | pst::BinaryOp::Or), .. } => {
                let mut operands = Vec::new();
                self.operands(*op, expr, depth, &mut operands)?;
                if *op == pst::BinaryOp::And {
                    return Ok(self.all(&operands));
                }
                let span = self.code.list(&mut self.known, &operands);
                Ok(self.node(Node::Any(span), &operands))
            }
            pst::Expr::BinaryOp { op, left, right } => {
                let (left, right) = (self.expr(left, below)?, self.expr(right, below)?);
                self.binary(*op, left, right)
            }
            pst::Expr::GetAttr { .. } => self.attribute(expr, depth),
            pst::Expr::HasAttr { expr, attrs } => {
                let of = self.expr(expr, below)?;
                let names = attrs.iter().map(|name| self.code.names.intern(name)).collect();
                let span = self.code.name_list(&mut self.known, names);
                Ok(self.node(Node::Has(of, span), &[of]))
            }
            pst::Expr::Like { expr, pattern } => {
                let text = self.expr(expr, below)?;
                let pattern = self.code.pattern(Pattern::new(pattern));
                Ok(self.node(Node::Like(text, pattern), &[text]))
            }
            pst::Expr::Is { expr, entity_type, in_expr } => {
                let entity = self.expr(expr, below)?;
                let kind = self.code.kind(&entity_type.to_string());
                let is = self.node(Node::Is(entity, kind), &[entity]);
                let Some(above) = in_expr else { return Ok(is) };
                let above = self.expr(above, below)?;
                let is_in = self.node(Node::In(entity, above), &[entity, above]);
                Ok(self.all(&[is, is_in]))
            }
            pst::Expr::IfThenElse { cond, then_expr, else_expr } => {
                let [test, then, otherwise] = [self.expr(cond, below)?, self.expr(then_expr, below)?, self.expr(else_expr, below)?];
                Ok(self.node(Node::If(test, then, otherwise), &[test, then, otherwise]))
            }
            pst::Expr::Set(members) => {
                let members = members.iter().map(|member| self.expr(member, below)).collect::<Result<Vec<_>, _>>()?;
                if let Some(values) = members.iter().map(|member| self.constant(*member)).collect::<Option<Set>>() {
                    return Ok(self.value(Value::Set(values)));
                }
                let span = self.code.list(&mut self.known, &members);
                Ok(self.node(Node::Set(span), &members))
            }
            pst::Expr::Record(members) => {
                let members = members.iter().map(|(name, member)| Ok((self.code.names.intern(name), self.expr(member, below)?)));
                let members = members.collect::<Result<_, NotCompiled>>()?;
                Ok(self.record(members))
            }
            // Unknowns, slots, and whatever Cedar may learn later.
            _ => Err(NotCompiled),
        }
    }

    /// The operands of a chain of `&&` or of `||`, however it is nested: each is asked in turn.
    fn operands(&mut self, op: pst::BinaryOp, chain: &pst::Expr, depth: u16, found: &mut Vec<Expr>) -> Result<(), NotCompiled> {
        let mut ahead = vec![chain];
        while let Some(next) = ahead.pop() {
            match next {
                pst::Expr::BinaryOp { op: same, left, right } if *same == op => ahead.extend([&**right, &**left]),
                operand => {
                    let operand = self.expr(operand, depth + 1)?;
                    found.push(operand);
                }
            }
        }
        Ok(())
    }

    fn all(&mut self, operands: &[Expr]) -> Expr {
        let span = self.code.list(&mut self.known, operands);
        self.node(Node::All(span), operands)
    }

    /// `context.a.b` is one step; attributes of anything else are one each.
    fn attribute(&mut self, access: &pst::Expr, depth: u16) -> Result<Expr, NotCompiled> {
        let (mut of, mut names) = (access, Vec::new());
        while let pst::Expr::GetAttr { expr, attr } = of {
            names.push(self.code.names.intern(attr));
            of = expr;
        }
        names.reverse();
        if matches!(of, pst::Expr::Var(pst::Var::Context)) {
            // Two steps stay within the context's own records; further ones may reach entities that are not there.
            let traits = Traits { can_fail: names.len() > 2, ..Traits::default() };
            let span = self.code.name_list(&mut self.known, names);
            let path = self.code.path_number(span);
            return Ok(self.leaf(Node::Path(path), traits));
        }
        let reach = depth.saturating_add(u16::try_from(names.len()).map_err(|_| NotCompiled)?);
        let mut found = self.expr(of, reach)?;
        for name in names {
            found = self.failing(Node::Attribute(found, name), &[found]);
        }
        Ok(found)
    }

    fn record(&mut self, mut members: Vec<(Name, Expr)>) -> Expr {
        members.sort_unstable_by_key(|(name, _)| *name);
        if let Some(values) = members.iter().map(|(name, member)| Some((*name, self.constant(*member)?))).collect::<Option<Record>>() {
            return self.value(Value::Record(values));
        }
        let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
        let (names, list) = (self.code.name_list(&mut self.known, names), self.code.list(&mut self.known, &values));
        self.node(Node::Record(names, list), &values)
    }

    fn literal(&mut self, literal: &pst::Literal) -> Result<Expr, NotCompiled> {
        let value = match literal {
            pst::Literal::Bool(value) => Value::Bool(*value),
            pst::Literal::Long(value) => Value::Long(*value),
            pst::Literal::String(value) => Value::string(value.as_str()),
            pst::Literal::EntityUID(uid) => Value::Entity(self.uid(uid)),
            _ => return Err(NotCompiled),
        };
        Ok(self.value(value))
    }

    fn unary(&mut self, op: pst::UnaryOp, operand: Expr) -> Result<Expr, NotCompiled> {
        let unary = match op {
            pst::UnaryOp::Not => return Ok(self.node(Node::Not(operand), &[operand])),
            pst::UnaryOp::IsEmpty => return Ok(self.node(Node::IsEmpty(operand), &[operand])),
            pst::UnaryOp::Neg => {
                return Ok(match self.constant(operand) {
                    Some(Value::Long(number)) if number != i64::MIN => self.value(Value::Long(-number)),
                    _ => self.failing(Node::Negate(operand), &[operand]),
                });
            }
            pst::UnaryOp::Decimal => Unary::Decimal,
            pst::UnaryOp::Datetime => Unary::Datetime,
            pst::UnaryOp::Duration => Unary::Duration,
            pst::UnaryOp::Ip => Unary::Ip,
            pst::UnaryOp::IsIPv4 => Unary::IsIpv4,
            pst::UnaryOp::IsIPV6 => Unary::IsIpv6,
            pst::UnaryOp::IsLoopback => Unary::IsLoopback,
            pst::UnaryOp::IsMulticast => Unary::IsMulticast,
            pst::UnaryOp::ToDate => Unary::ToDate,
            pst::UnaryOp::ToTime => Unary::ToTime,
            pst::UnaryOp::ToMilliseconds => Unary::ToMilliseconds,
            pst::UnaryOp::ToSeconds => Unary::ToSeconds,
            pst::UnaryOp::ToMinutes => Unary::ToMinutes,
            pst::UnaryOp::ToHours => Unary::ToHours,
            pst::UnaryOp::ToDays => Unary::ToDays,
            _ => return Err(NotCompiled),
        };
        if let Some(value) = self.constant(operand).and_then(|operand| constructed(unary, &operand)) {
            return Ok(self.value(value));
        }
        Ok(self.failing(Node::Unary(unary, operand), &[operand]))
    }

    fn binary(&mut self, op: pst::BinaryOp, left: Expr, right: Expr) -> Result<Expr, NotCompiled> {
        use pst::BinaryOp as Op;
        let both = [left, right];
        Ok(match op {
            Op::Eq => self.compare(Comparison::Equal, left, right),
            Op::NotEq => {
                let equal = self.compare(Comparison::Equal, left, right);
                self.node(Node::Not(equal), &[equal])
            }
            Op::Less => self.compare(Comparison::Less, left, right),
            Op::LessEq => self.compare(Comparison::LessOrEqual, left, right),
            Op::Greater => self.compare(Comparison::Greater, left, right),
            Op::GreaterEq => self.compare(Comparison::GreaterOrEqual, left, right),
            Op::Add => self.failing(Node::Add(left, right), &both),
            Op::Sub => self.failing(Node::Subtract(left, right), &both),
            Op::Mul => self.failing(Node::Multiply(left, right), &both),
            Op::In => self.node(Node::In(left, right), &both),
            Op::Contains => self.node(Node::Contains(left, right), &both),
            Op::ContainsAll => self.node(Node::ContainsAll(left, right), &both),
            Op::ContainsAny => self.node(Node::ContainsAny(left, right), &both),
            Op::GetTag => self.failing(Node::Tag(left, right), &both),
            Op::HasTag => self.node(Node::HasTag(left, right), &both),
            Op::IsInRange => self.node(Node::Binary(Binary::IsInRange, left, right), &both),
            Op::Offset => self.failing(Node::Binary(Binary::Offset, left, right), &both),
            Op::DurationSince => self.failing(Node::Binary(Binary::DurationSince, left, right), &both),
            Op::DecimalLessThan => self.compare(Comparison::DecimalLess, left, right),
            Op::DecimalLessEq => self.compare(Comparison::DecimalLessOrEqual, left, right),
            Op::DecimalGreater => self.compare(Comparison::DecimalGreater, left, right),
            Op::DecimalGreaterEq => self.compare(Comparison::DecimalGreaterOrEqual, left, right),
            // `And` and `Or` were taken apart before.
            _ => return Err(NotCompiled),
        })
    }

    /// What is wrong with one operand is wrong in either order: a constant may come last.
    fn compare(&mut self, comparison: Comparison, left: Expr, right: Expr) -> Expr {
        let node = match (self.code.node(left), self.code.node(right)) {
            (Some(Node::Path(path)), Some(Node::Constant(value))) => Node::ComparePath(comparison, path, value),
            (Some(Node::Constant(value)), Some(Node::Path(path))) => Node::ComparePath(comparison.mirrored(), path, value),
            _ => Node::Compare(comparison, left, right),
        };
        self.node(node, &[left, right])
    }

    fn leaf(&mut self, node: Node, traits: Traits) -> Expr {
        self.code.add(&mut self.known, node, traits)
    }

    fn value(&mut self, value: Value) -> Expr {
        let constant = self.code.constant(&mut self.known, value);
        self.leaf(Node::Constant(constant), Traits::default())
    }

    fn constant(&self, expr: Expr) -> Option<Value> {
        match self.code.node(expr)? {
            Node::Constant(constant) => self.code.value(constant).cloned(),
            _ => None,
        }
    }

    /// An expression that, in a valid policy, fails only if one of these does.
    fn node(&mut self, node: Node, of: &[Expr]) -> Expr {
        let traits = of.iter().fold(Traits::default(), |traits, expr| traits.join(self.code.traits(*expr)));
        self.code.add(&mut self.known, node, traits)
    }

    /// An expression that may fail by itself.
    fn failing(&mut self, node: Node, of: &[Expr]) -> Expr {
        let traits = of.iter().fold(Traits { can_fail: true, ..Traits::default() }, |traits, expr| traits.join(self.code.traits(*expr)));
        self.code.add(&mut self.known, node, traits)
    }
}

/// What a constructor makes of a constant; nothing of a text it does not take, which is an error each time.
fn constructed(unary: Unary, operand: &Value) -> Option<Value> {
    let Value::String(text) = operand else { return None };
    match unary {
        Unary::Decimal => extension::decimal(text).map(Value::Decimal),
        Unary::Datetime => extension::datetime(text).map(Value::Datetime),
        Unary::Duration => extension::duration(text).map(Value::Duration),
        Unary::Ip => Ip::parse(text).map(Value::Ip),
        _ => None,
    }
}
