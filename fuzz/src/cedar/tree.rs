//! Expressions, and how they are written: as Cedar, and as Cedar's JSON.

use serde_json::{Map, Value as Json, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Uid {
    pub kind: &'static str,
    pub id: &'static str,
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Variable(&'static str),
    Bool(bool),
    Long(i64),
    Text(&'static str),
    Entity(Uid),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    /// An operator, or a method of Cedar's own with one argument.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    IsEmpty(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Is(Box<Expr>, &'static str, Option<Box<Expr>>),
    /// One name, or several that stand for a path.
    Has(Box<Expr>, Vec<&'static str>),
    Get(Box<Expr>, &'static str),
    /// Pieces between wildcards.
    Like(Box<Expr>, Vec<&'static str>),
    Set(Vec<Expr>),
    Record(Vec<(&'static str, Expr)>),
    /// A function of an extension.
    Call(&'static str, Vec<Expr>),
    /// A method of an extension.
    Method(&'static str, Box<Expr>, Vec<Expr>),
}

const METHODS: [&str; 5] = ["contains", "containsAll", "containsAny", "getTag", "hasTag"];
const CHAINED: [&str; 5] = ["&&", "||", "+", "-", "*"];

impl Uid {
    pub(super) fn cedar(self) -> String {
        format!("{}::{}", self.kind, quoted(self.id))
    }

    pub(super) fn json(self) -> Json {
        json!({"type": self.kind, "id": self.id})
    }
}

impl Expr {
    pub(super) fn cedar(&self) -> String {
        let list = |exprs: &[Expr]| exprs.iter().map(Expr::cedar).collect::<Vec<_>>().join(", ");
        match self {
            Self::Variable(name) => (*name).to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Long(value) if *value < 0 => format!("({value})"),
            Self::Long(value) => value.to_string(),
            Self::Text(text) => quoted(text),
            Self::Entity(uid) => uid.cedar(),
            Self::Not(expr) => format!("(!{})", expr.cedar()),
            Self::Negative(expr) => format!("(-{})", expr.cedar()),
            Self::Binary(method, left, right) if METHODS.contains(method) => format!("{}.{method}({})", left.cedar(), right.cedar()),
            Self::Binary(operator, left, right) => match (&**left, left.cedar()) {
                // `a && b && c`, as people write it; parentheses cost Cedar's parser much of its stack.
                (Self::Binary(same, ..), first) if same == operator && CHAINED.contains(operator) => {
                    format!("({} {operator} {})", &first[1..first.len() - 1], right.cedar())
                }
                (_, left) => format!("({left} {operator} {})", right.cedar()),
            },
            Self::IsEmpty(expr) => format!("{}.isEmpty()", expr.cedar()),
            Self::If(condition, one, other) => format!("(if {} then {} else {})", condition.cedar(), one.cedar(), other.cedar()),
            Self::Is(expr, kind, None) => format!("({} is {kind})", expr.cedar()),
            Self::Is(expr, kind, Some(of)) => format!("({} is {kind} in {})", expr.cedar(), of.cedar()),
            Self::Has(expr, names) if names.iter().all(|name| is_plain(name)) => format!("({} has {})", expr.cedar(), names.join(".")),
            Self::Has(expr, names) => format!("({} has {})", expr.cedar(), quoted(names.first().unwrap_or(&""))),
            Self::Get(expr, name) if is_plain(name) => format!("{}.{name}", expr.cedar()),
            Self::Get(expr, name) => format!("{}[{}]", expr.cedar(), quoted(name)),
            Self::Like(expr, pieces) => {
                format!("({} like \"{}\")", expr.cedar(), pieces.iter().map(|piece| pattern(piece)).collect::<Vec<_>>().join("*"))
            }
            Self::Set(members) => format!("[{}]", list(members)),
            Self::Record(members) => {
                let members = members.iter().map(|(name, expr)| format!("{}: {}", quoted(name), expr.cedar()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Self::Call(function, arguments) => format!("{function}({})", list(arguments)),
            Self::Method(method, expr, arguments) => format!("{}.{method}({})", expr.cedar(), list(arguments)),
        }
    }

    pub(super) fn json(&self) -> Json {
        match self {
            Self::Variable(name) => json!({"Var": name}),
            Self::Bool(value) => json!({"Value": value}),
            Self::Long(value) => json!({"Value": value}),
            Self::Text(text) => json!({"Value": text}),
            Self::Entity(uid) => json!({"Value": {"__entity": uid.json()}}),
            Self::Not(expr) => json!({"!": {"arg": expr.json()}}),
            Self::Negative(expr) => json!({"neg": {"arg": expr.json()}}),
            Self::Binary(operator, left, right) => keyed(operator, json!({"left": left.json(), "right": right.json()})),
            Self::IsEmpty(expr) => json!({"isEmpty": {"arg": expr.json()}}),
            Self::If(condition, one, other) => json!({"if-then-else": {"if": condition.json(), "then": one.json(), "else": other.json()}}),
            Self::Is(expr, kind, None) => json!({"is": {"left": expr.json(), "entity_type": kind}}),
            Self::Is(expr, kind, Some(of)) => json!({"is": {"left": expr.json(), "entity_type": kind, "in": of.json()}}),
            Self::Has(expr, names) => match names.as_slice() {
                [name] => json!({"has": {"left": expr.json(), "attr": name}}),
                names => json!({"has": {"left": expr.json(), "attr": names}}),
            },
            Self::Get(expr, name) => json!({".": {"left": expr.json(), "attr": name}}),
            Self::Like(expr, pieces) => {
                let mut pattern = Vec::new();
                for (index, piece) in pieces.iter().enumerate() {
                    pattern.extend((index > 0).then(|| json!("Wildcard")));
                    pattern.extend((!piece.is_empty()).then(|| json!({"Literal": piece})));
                }
                json!({"like": {"left": expr.json(), "pattern": pattern}})
            }
            Self::Set(members) => json!({"Set": members.iter().map(Expr::json).collect::<Vec<_>>()}),
            Self::Record(members) => {
                json!({"Record": members.iter().map(|(name, expr)| ((*name).to_owned(), expr.json())).collect::<Map<_, _>>()})
            }
            Self::Call(function, arguments) => keyed(function, arguments.iter().map(Expr::json).collect()),
            Self::Method(method, expr, arguments) => keyed(method, std::iter::once(&**expr).chain(arguments).map(Expr::json).collect()),
        }
    }

    /// How many expressions it is made of.
    pub(super) fn size(&self) -> usize {
        let all = |exprs: &[Expr]| exprs.iter().map(Expr::size).sum::<usize>();
        1 + match self {
            Self::Variable(_) | Self::Bool(_) | Self::Long(_) | Self::Text(_) | Self::Entity(_) => 0,
            Self::Not(expr)
            | Self::Negative(expr)
            | Self::IsEmpty(expr)
            | Self::Is(expr, _, None)
            | Self::Has(expr, _)
            | Self::Get(expr, _)
            | Self::Like(expr, _) => expr.size(),
            Self::Binary(_, left, right) | Self::Is(left, _, Some(right)) => left.size() + right.size(),
            Self::If(condition, one, other) => condition.size() + one.size() + other.size(),
            Self::Set(exprs) | Self::Call(_, exprs) => all(exprs),
            Self::Record(members) => members.iter().map(|(_, expr)| expr.size()).sum(),
            Self::Method(_, expr, arguments) => expr.size() + all(arguments),
        }
    }
}

fn keyed(key: &str, value: Json) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// Whether a name can follow a dot.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()) && name != "if"
}

/// A Cedar string literal.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn pattern(piece: &str) -> String {
    escaped(piece).replace('*', "\\*")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\x09"),
            '\u{0}' => escaped.push_str("\\0"),
            // Both ways of writing what is not ASCII.
            'é' => escaped.push_str("\\u{e9}"),
            other => escaped.push(other),
        }
    }
    escaped
}
