//! Random policies, templates and links; as Cedar, or as Cedar's JSON.

use bailiwick::Source;
use serde_json::{Map, Value as Json, json};

use super::entities::Cast;
use super::expr::Writer;
use super::tree::{Expr, Uid};

/// Ids JSON has room for; Cedar's text numbers its policies.
const IDS: [&str; 7] = ["policy0", "", "a b", "é\"\n", "p.1", "policy10", "::"];
/// How deep an expression may be, for our compiler: one level more is Cedar's.
const TOO_DEEP: usize = 102;

struct Policy {
    permits: bool,
    principal: Scope,
    action: Vec<Uid>,
    /// `in` rather than `==`.
    action_in: bool,
    resource: Scope,
    /// Each a `when`, or else an `unless`.
    conditions: Vec<(bool, Expr)>,
}

enum Scope {
    Any,
    Equal(Target),
    In(Target),
    Is(&'static str),
    IsIn(&'static str, Target),
}

#[derive(Clone, Copy)]
enum Target {
    Slot,
    Entity(Uid),
}

/// One to twelve policies.
pub(super) fn source(writer: &mut Writer<'_, '_>) -> Source {
    let is_json = writer.dice.chance(35);
    let mut written: Vec<Expr> = Vec::new();
    let mut policies = Vec::new();
    for _ in 0..=writer.dice.below(12) {
        // A text may hold templates too, which nobody links.
        let is_template = writer.dice.chance(if is_json { 35 } else { 3 });
        policies.push(policy(writer, &mut written, is_template));
    }
    if is_json {
        return Source::new("world.json", set_json(writer, &policies).to_string());
    }
    if writer.dice.chance(4)
        && let Some((_, condition)) = policies.iter_mut().find_map(|policy| policy.conditions.first_mut())
    {
        let sum = (0..TOO_DEEP).fold(Expr::Long(0), |sum, _| Expr::Binary("+", Box::new(sum), Box::new(Expr::Long(1))));
        let same = Expr::Binary("==", Box::new(sum), Box::new(Expr::Long(102)));
        *condition = Expr::Binary("&&", Box::new(same), Box::new(condition.clone()));
    }
    Source::new("world.cedar", policies.iter().enumerate().map(|(index, policy)| policy.cedar(index)).collect::<String>())
}

fn policy(writer: &mut Writer<'_, '_>, written: &mut Vec<Expr>, is_template: bool) -> Policy {
    let permits = writer.dice.chance(70);
    let slots = if is_template { 1 + writer.dice.below(3) } else { 0 };
    let principal = scope(writer, slots & 1 != 0);
    let resource = scope(writer, slots & 2 != 0);
    let (action_in, actions) = match writer.dice.weighted(&[66, 14, 20]) {
        0 => (false, 0),
        1 => (false, 1),
        _ => (true, writer.dice.below(4)),
    };
    let action: Vec<_> = (0..actions).map(|_| Cast::action(writer.dice)).collect();
    let action_in = action_in && !action.is_empty();
    let conditions = (0..writer.dice.weighted(&[12, 52, 26, 10]))
        .map(|_| {
            let is_when = !writer.dice.chance(20);
            if !written.is_empty() && writer.dice.chance(15) {
                return (is_when, written[writer.dice.below(written.len())].clone());
            }
            let condition = writer.condition();
            written.push(condition.clone());
            (is_when, condition)
        })
        .collect();
    Policy { permits, principal, action, action_in, resource, conditions }
}

fn scope(writer: &mut Writer<'_, '_>, has_slot: bool) -> Scope {
    let target = if has_slot { Target::Slot } else { Target::Entity(writer.cast.any(writer.dice)) };
    let kind = writer.cast.kind(writer.dice);
    match writer.dice.weighted(if has_slot { &[0, 30, 50, 0, 20] } else { &[66, 5, 13, 10, 6] }) {
        0 => Scope::Any,
        1 => Scope::Equal(target),
        2 => Scope::In(target),
        3 => Scope::Is(kind),
        _ => Scope::IsIn(kind, target),
    }
}

/// Policies with slots become templates, with none to three links.
fn set_json(writer: &mut Writer<'_, '_>, policies: &[Policy]) -> Json {
    let (mut fixed, mut templates, mut links) = (Map::new(), Map::new(), Vec::new());
    for (index, policy) in policies.iter().enumerate() {
        let odd = writer.dice.pick(&IDS);
        let id = if fixed.contains_key(odd) || templates.contains_key(odd) { format!("{odd}#{index}") } else { odd.to_owned() };
        let slots: Vec<_> =
            [("?principal", &policy.principal), ("?resource", &policy.resource)].into_iter().filter(|(_, scope)| scope.has_slot()).collect();
        if slots.is_empty() {
            fixed.insert(id, policy.json());
            continue;
        }
        for link in 0..writer.dice.below(4) {
            let value = |slot: &str, uid: Uid| (slot.to_owned(), json!({"__entity": uid.json()}));
            let values: Map<_, _> = slots.iter().map(|(slot, _)| value(slot, writer.cast.any(writer.dice))).collect();
            links.push(json!({"templateId": id, "newId": format!("{id} ← {link}"), "values": values}));
        }
        templates.insert(id, policy.json());
    }
    json!({"staticPolicies": fixed, "templates": templates, "templateLinks": links})
}

impl Policy {
    fn cedar(&self, index: usize) -> String {
        let actions: Vec<_> = self.action.iter().map(|uid| uid.cedar()).collect();
        let action = match actions.as_slice() {
            [] => String::new(),
            [one] if self.action_in => format!(" in {one}"),
            [one] => format!(" == {one}"),
            several => format!(" in [{}]", several.join(", ")),
        };
        let effect = if self.permits { "permit" } else { "forbid" };
        let clause = |(is_when, condition): &(bool, Expr)| format!("\n  {} {{ {} }}", if *is_when { "when" } else { "unless" }, condition.cedar());
        let conditions: String = self.conditions.iter().map(clause).collect();
        let (principal, resource) = (self.principal.cedar("principal"), self.resource.cedar("resource"));
        format!("@id(\"not policy{index}\")\n{effect} ({principal}, action{action}, {resource}){conditions};\n")
    }

    fn json(&self) -> Json {
        let action = match self.action.as_slice() {
            [] => json!({"op": "All"}),
            [one] if self.action_in => json!({"op": "in", "entity": one.json()}),
            [one] => json!({"op": "==", "entity": one.json()}),
            several => json!({"op": "in", "entities": several.iter().map(|uid| uid.json()).collect::<Vec<_>>()}),
        };
        let clause = |(is_when, condition): &(bool, Expr)| json!({"kind": if *is_when { "when" } else { "unless" }, "body": condition.json()});
        json!({
            "effect": if self.permits { "permit" } else { "forbid" },
            "principal": self.principal.json("?principal"),
            "action": action,
            "resource": self.resource.json("?resource"),
            "conditions": self.conditions.iter().map(clause).collect::<Vec<_>>(),
        })
    }
}

impl Scope {
    fn has_slot(&self) -> bool {
        matches!(self, Self::Equal(Target::Slot) | Self::In(Target::Slot) | Self::IsIn(_, Target::Slot))
    }

    fn cedar(&self, variable: &str) -> String {
        let target = |target: &Target| match target {
            Target::Slot => format!("?{variable}"),
            Target::Entity(uid) => uid.cedar(),
        };
        match self {
            Self::Any => variable.to_owned(),
            Self::Equal(to) => format!("{variable} == {}", target(to)),
            Self::In(of) => format!("{variable} in {}", target(of)),
            Self::Is(kind) => format!("{variable} is {kind}"),
            Self::IsIn(kind, of) => format!("{variable} is {kind} in {}", target(of)),
        }
    }

    fn json(&self, slot: &str) -> Json {
        let with = |mut scope: Json, target: &Target| {
            match target {
                Target::Slot => scope["slot"] = json!(slot),
                Target::Entity(uid) => scope["entity"] = uid.json(),
            }
            scope
        };
        match self {
            Self::Any => json!({"op": "All"}),
            Self::Equal(to) => with(json!({"op": "=="}), to),
            Self::In(of) => with(json!({"op": "in"}), of),
            Self::Is(kind) => json!({"op": "is", "entity_type": kind}),
            Self::IsIn(kind, of) => json!({"op": "is", "entity_type": kind, "in": with(json!({}), of)}),
        }
    }
}
