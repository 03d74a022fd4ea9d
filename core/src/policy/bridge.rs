//! Values and entities, from Cedar's form into ours and back.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, EvalResult, Policy, RestrictedExpression};
use serde::Deserialize;

use super::compiled::code::Code;
use super::compiled::compile::Compiler;
use super::compiled::entities::{Entities, Entity, Layers};
use super::compiled::extension::{self, Ip};
use super::compiled::interpret::{Machine, Paths, Scratch};
use super::compiled::scope::Parties;
use super::compiled::value::{Fields, Names, Uid, Value};
use crate::catalog::shape::{Extension, Typed};

/// An entity's uid. The id is data: whatever it holds, it is never parsed. `None` when the type is no Cedar name.
pub(crate) fn cedar_uid(kind: &str, id: &str) -> Option<EntityUid> {
    Some(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).ok()?, EntityId::new(id)))
}

pub(crate) fn uid(uid: &EntityUid, names: &Names) -> Uid {
    names.uid(&uid.type_name().to_string(), uid.id().unescaped())
}

/// A value as Cedar holds it; `None` for an extension value of a form that is not known.
pub(crate) fn value(value: &EvalResult, names: &mut Names) -> Option<Value> {
    Some(match value {
        EvalResult::Bool(value) => Value::Bool(*value),
        EvalResult::Long(value) => Value::Long(*value),
        EvalResult::String(value) => Value::string(value.as_str()),
        EvalResult::EntityUid(entity) => Value::Entity(Arc::new(uid(entity, names))),
        EvalResult::Set(members) => Value::Set(members.iter().map(|member| self::value(member, names)).collect::<Option<_>>()?),
        EvalResult::Record(members) => {
            let members = members.iter().map(|(name, member)| Some((names.intern(name), self::value(member, names)?)));
            Value::Record(members.collect::<Option<_>>()?)
        }
        EvalResult::ExtensionValue(text) => extension_value(text)?,
    })
}

/// `decimal("1.0")` and the like, as Cedar prints extension values.
fn extension_value(text: &str) -> Option<Value> {
    let constructed = text.strip_suffix("\")").and_then(|call| call.split_once("(\"")).filter(|(_, argument)| !argument.contains(['"', '\\']));
    match constructed {
        Some(("decimal", argument)) => extension::decimal(argument).map(Value::Decimal),
        Some(("ip", argument)) => Ip::parse(argument).map(Value::Ip),
        Some(("datetime", argument)) => extension::datetime(argument).map(Value::Datetime),
        Some(("duration", argument)) => extension::duration(argument).map(Value::Duration),
        _ => computed(text),
    }
}

/// An expression without variables: what it comes to.
fn computed(text: &str) -> Option<Value> {
    let policy = Policy::parse(None, format!("permit(principal, action, resource) when {{ {{value: {text}}}.value == 0 || true }};")).ok()?;
    let condition = policy.to_pst().ok()?;
    let cedar_policy::pst::Clause::When(condition) = condition.body().clauses().first()? else { return None };
    let cedar_policy::pst::Expr::BinaryOp { left, .. } = &**condition else { return None };
    let cedar_policy::pst::Expr::BinaryOp { left, .. } = &**left else { return None };
    let mut compiler = Compiler::new(Code::new(Names::default()));
    let expr = compiler.expression(left).ok()?;
    let (nobody, none) = (compiler.code.names.uid("", ""), Entities::with_room(0));
    let machine = Machine {
        code: &compiler.code,
        parties: Parties { principal: &nobody, action: &nobody, resource: &nobody },
        context: Fields::Fresh(&[]),
        entities: Layers { near: &none, far: &none },
        scratch: &Scratch::default(),
        paths: Paths::default(),
    };
    Some(machine.evaluate(expr).ok()?.keep())
}

/// An entity with what it is in, as told apart from Cedar, which keeps no difference between near and far.
pub(crate) fn entity(entity: &cedar_policy::Entity, parents: impl IntoIterator<Item = Uid>, names: &mut Names) -> Option<Entity> {
    let attributes = entity.attrs().map(|(name, found)| Some((names.intern(name), value(&found.ok()?, names)?))).collect::<Option<_>>()?;
    let tags = entity.tags().map(|(tag, found)| Some((tag.into(), value(&found.ok()?, names)?))).collect::<Option<_>>()?;
    Some(Entity { uid: Arc::new(uid(&entity.uid(), names)), attributes, tags, parents: parents.into_iter().map(Arc::new).collect() })
}

pub(crate) type TypeAndId = (String, String);

/// What each entity in a JSON text says it is in.
pub(crate) fn parents(text: &str) -> Option<HashMap<TypeAndId, Vec<TypeAndId>>> {
    #[derive(Deserialize)]
    struct Declared {
        uid: Named,
        #[serde(default)]
        parents: Vec<Named>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Plain {
        #[serde(rename = "type")]
        kind: String,
        id: String,
    }
    // What has members of both kinds Cedar reads as the escaped one; here it is not read at all.
    #[derive(Deserialize)]
    #[serde(untagged, deny_unknown_fields)]
    enum Named {
        Escaped {
            #[serde(rename = "__entity")]
            entity: Plain,
        },
        Plain(Plain),
    }
    impl Named {
        fn pair(self) -> Option<TypeAndId> {
            let Plain { kind, id } = match self {
                Self::Escaped { entity } => entity,
                Self::Plain(plain) => plain,
            };
            // Cedar reads type names as it reads its own texts: with spaces, for one.
            Some((EntityTypeName::from_str(&kind).ok()?.to_string(), id))
        }
    }
    let declared: Vec<Declared> = serde_json::from_str(text).ok()?;
    let pairs = |entity: Declared| Some((entity.uid.pair()?, entity.parents.into_iter().map(Named::pair).collect::<Option<_>>()?));
    declared.into_iter().map(pairs).collect()
}

/// The same value, as Cedar takes it. `None` where Cedar refuses a name of ours.
pub(crate) fn express(value: &Value, names: &Names) -> Option<RestrictedExpression> {
    Some(match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::String(value) => RestrictedExpression::new_string(value.to_string()),
        Value::Entity(uid) => RestrictedExpression::new_entity_uid(cedar_uid(&uid.kind, &uid.id)?),
        Value::Decimal(value) => RestrictedExpression::new_decimal(crate::decimal::Decimal::from_ten_thousandths(*value).to_string()),
        Value::Duration(value) => RestrictedExpression::new_duration(format!("{value}ms")),
        Value::Datetime(value) => RestrictedExpression::from_str(&format!("datetime(\"1970-01-01\").offset(duration(\"{value}ms\"))")).ok()?,
        Value::Ip(value) => RestrictedExpression::new_ip(value.to_string()),
        Value::Set(members) => {
            RestrictedExpression::new_set(members.iter().map(|member| express(&member.keep(), names)).collect::<Option<Vec<_>>>()?)
        }
        Value::Record(members) => {
            let members = members.iter().map(|(name, member)| Some((names.text(name).to_owned(), express(member, names)?)));
            RestrictedExpression::new_record(members.collect::<Option<Vec<_>>>()?).ok()?
        }
    })
}

/// The same entities, as Cedar takes them.
pub(crate) fn cedar_entities<'e>(entities: impl Iterator<Item = &'e Arc<Entity>>, names: &Names) -> Option<cedar_policy::Entities> {
    let entity = |entity: &Arc<Entity>| {
        let attributes: Option<HashMap<_, _>> =
            entity.attributes.iter().map(|(name, value)| Some((names.text(name).to_owned(), express(value, names)?))).collect();
        let tags: Option<Vec<_>> = entity.tags.iter().map(|(tag, value)| Some((tag.to_string(), express(value, names)?))).collect();
        let parents: Option<HashSet<_>> = entity.parents.iter().map(|parent| cedar_uid(&parent.kind, &parent.id)).collect();
        let uid = cedar_uid(&entity.uid.kind, &entity.uid.id)?;
        cedar_policy::Entity::new_with_tags(uid, attributes?, parents?, tags?).ok()
    };
    cedar_policy::Entities::from_entities(entities.map(entity).collect::<Option<Vec<_>>>()?, None).ok()
}

/// A checked value as policies see it. `None` for an address or date in the host's facts that is none.
pub(crate) fn typed(value: &Typed<'_>, names: &Names) -> Option<Value> {
    Some(match value {
        Typed::Bool(value) => Value::Bool(*value),
        Typed::Long(value) => Value::Long(*value),
        Typed::Decimal(value) => Value::Decimal(value.ten_thousandths()),
        Typed::String(value) => Value::string(*value),
        Typed::Json(value) => Value::string(value.as_str()),
        // Denied before, where a policy reads the argument.
        Typed::Number(_) => return None,
        Typed::Lone(item) => Value::Set([typed(item, names)?].into_iter().collect()),
        Typed::Set(items) => Value::Set(items.iter().map(|item| typed(item, names)).collect::<Option<_>>()?),
        Typed::Record(members) => {
            Value::Record(members.iter().map(|(name, member)| Some((names.get(name)?, typed(member, names)?))).collect::<Option<_>>()?)
        }
        Typed::Entity { kind, id } => Value::Entity(Arc::new(names.uid(kind, id))),
        Typed::Extension(Extension::Ip, text) => Value::Ip(Ip::parse(text)?),
        Typed::Extension(Extension::Datetime, text) => Value::Datetime(extension::datetime(text)?),
        Typed::Extension(Extension::Duration, text) => Value::Duration(extension::duration(text)?),
    })
}
