//! What the host adds: facts for `context.host`, and its own entities.

use cedar_policy::{Entities, Entity, Schema, SchemaFragment};
use serde_json::Value as Json;

use crate::catalog::shape::{Extension, Field, Fields, Members, Shape, check_fields};
use crate::error::{Error, ErrorKind};
use crate::json::Object;
use crate::reason::{Code, Reason};

/// The name of the type the host declares for its facts.
const HOST_CONTEXT: &str = "HostContext";

/// The shape of `context.host`: the host schema's `HostContext`, or nothing.
pub(crate) struct HostFacts {
    fields: Fields,
    is_declared: bool,
}

impl HostFacts {
    pub(crate) fn declared_in(fragments: &[SchemaFragment]) -> Result<Self, Error> {
        let mut found = None;
        for fragment in fragments {
            let schema = fragment.clone().to_json_value().map_err(|error| Error::new(ErrorKind::Schema, error.to_string()))?;
            let types = schema.get("").and_then(|namespace| namespace.get("commonTypes")).cloned().unwrap_or_default();
            if let Some(declared) = types.get(HOST_CONTEXT) {
                let shape = shape_of(declared, &types, 0).map_err(|why| Error::new(ErrorKind::Schema, format!("type `{HOST_CONTEXT}`: {why}")))?;
                let Shape::Record(fields) = shape else {
                    return Err(Error::new(ErrorKind::Schema, format!("type `{HOST_CONTEXT}` must be a record")));
                };
                found = Some(fields);
            }
        }
        Ok(Self { is_declared: found.is_some(), fields: found.unwrap_or_default() })
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.is_declared
    }

    pub(crate) fn check<'f>(&'f self, facts: &'f Object) -> Result<Members<'f>, Reason> {
        check_fields(&self.fields, facts).map_err(|misfit| Reason::new(Code::RequestHostFacts).because(misfit.to_string()))
    }
}

/// The shape of a type in Cedar's JSON schema format.
fn shape_of(declared: &Json, types: &Json, depth: usize) -> Result<Shape, String> {
    if depth > crate::json::DEPTH_MAX {
        return Err("is nested too deeply".into());
    }
    let text = |member: &str| declared.get(member).and_then(Json::as_str);
    let named = |name: &str| match name.strip_prefix("__cedar::").unwrap_or(name) {
        "String" => Ok(Shape::TEXT),
        "Long" => Ok(Shape::Long { min: None, max: None }),
        "Bool" | "Boolean" => Ok(Shape::Bool),
        "decimal" => Ok(Shape::Decimal { min: None, max: None, text: false }),
        "ipaddr" => Ok(Shape::Extension(Extension::Ip)),
        "datetime" => Ok(Shape::Extension(Extension::Datetime)),
        "duration" => Ok(Shape::Extension(Extension::Duration)),
        other => match types.get(other) {
            Some(common) => shape_of(common, types, depth + 1),
            None => Ok(Shape::Entity(other.to_owned())),
        },
    };
    match text("type").ok_or("has no `type`")? {
        "EntityOrCommon" | "Extension" => named(text("name").ok_or("has no `name`")?),
        "Entity" => Ok(Shape::Entity(text("name").ok_or("has no `name`")?.to_owned())),
        "Set" => {
            let items = shape_of(declared.get("element").ok_or("has no `element`")?, types, depth + 1)?;
            Ok(Shape::Set { items: Box::new(items), count_min: None, count_max: None })
        }
        "Record" => {
            let attributes = declared.get("attributes").and_then(Json::as_object).ok_or("has no `attributes`")?;
            let field = |(name, attribute): (&String, &Json)| {
                let required = attribute.get("required").and_then(Json::as_bool).unwrap_or(true);
                shape_of(attribute, types, depth + 1).map(|shape| (name.clone(), Field { shape, required }))
            };
            attributes.iter().map(field).collect::<Result<Fields, _>>().map(Shape::Record)
        }
        name => named(name),
    }
}

/// The entity types that are the engine's to say: the host cannot bring an agent, a group membership or a tool.
const RESERVED: [&str; 10] = ["User", "Service", "Schedule", "AgentUser", "Group", "Agent", "Blueprint", "System", "Tool", "Action"];

/// The host's entities, read against the schema.
pub(crate) fn read_entities(text: &str, schema: &Schema) -> Result<Vec<Entity>, Error> {
    let invalid = |message: String| Error::new(ErrorKind::Entities, message);
    crate::json::Value::parse(text).map_err(|error| error.of_kind(ErrorKind::Entities))?;
    let entities = Entities::from_json_str(text, Some(schema)).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        invalid(format!("{error}{cause}"))
    })?;
    // Read with a schema, Cedar adds the schema's own actions.
    let own: Vec<_> = entities.into_iter().filter(|entity| entity.uid().type_name().basename() != "Action").collect();
    if let Some(reserved) = own.iter().find(|entity| is_reserved(&entity.uid().type_name().to_string())) {
        return Err(invalid(format!("entity `{}` belongs to the engine; the host cannot bring it", reserved.uid())));
    }
    Ok(own)
}

pub(crate) fn is_reserved(kind: &str) -> bool {
    RESERVED.contains(&kind)
}
