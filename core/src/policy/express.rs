//! Typed values and facts as Cedar expressions.

use std::str::FromStr;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use crate::catalog::shape::{Extension, Typed};
use crate::time::Timestamp;

/// An entity's uid. The id is data: whatever it holds, it is never parsed. `None` when the type is no Cedar name.
pub(crate) fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    Some(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).ok()?, EntityId::new(id)))
}

pub(crate) fn text(text: impl Into<String>) -> RestrictedExpression {
    RestrictedExpression::new_string(text.into())
}

pub(crate) fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> RestrictedExpression {
    RestrictedExpression::new_set(texts.into_iter().map(text))
}

pub(crate) fn instant(instant: Timestamp) -> RestrictedExpression {
    RestrictedExpression::new_datetime(instant.to_string())
}

/// A record of named expressions. `None` only on a duplicate key, which no map of ours holds.
pub(crate) fn record(members: impl IntoIterator<Item = (String, RestrictedExpression)>) -> Option<RestrictedExpression> {
    RestrictedExpression::new_record(members).ok()
}

pub(crate) fn record_of<'m>(members: impl IntoIterator<Item = (&'m String, &'m Typed)>) -> Option<RestrictedExpression> {
    let members: Option<Vec<_>> = members.into_iter().map(|(name, value)| Some((name.clone(), typed(value)?))).collect();
    record(members?)
}

fn typed(value: &Typed) -> Option<RestrictedExpression> {
    Some(match value {
        Typed::Bool(value) => RestrictedExpression::new_bool(*value),
        Typed::Long(value) => RestrictedExpression::new_long(*value),
        Typed::Decimal(value) => RestrictedExpression::new_decimal(value.to_string()),
        Typed::String(value) | Typed::Json(value) => RestrictedExpression::new_string(value.clone()),
        Typed::Set(items) => RestrictedExpression::new_set(items.iter().map(typed).collect::<Option<Vec<_>>>()?),
        Typed::Record(members) => record_of(members)?,
        Typed::Entity { kind, id } => RestrictedExpression::new_entity_uid(uid(kind, id)?),
        Typed::Extension(Extension::Ip, value) => RestrictedExpression::new_ip(value),
        Typed::Extension(Extension::Datetime, value) => RestrictedExpression::new_datetime(value),
        Typed::Extension(Extension::Duration, value) => RestrictedExpression::new_duration(value),
    })
}
