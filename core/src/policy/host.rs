//! What the host adds: facts for `context.host`, and its own entities.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Entities, Entity, Schema, SchemaFragment};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::catalog::shape::{Extension, Field, Fields, Members, Shape, Unseen, check_fields};
use crate::error::{Error, ErrorKind};
use crate::grant::EntityRef;
use crate::json::Object;
use crate::reason::{Code, Reason};

/// The name of the type the host declares for its facts.
const HOST_CONTEXT: &str = "HostContext";

/// The shape of `context.host`: the host schema's `HostContext`, or nothing.
pub(crate) struct HostFacts {
    fields: Fields,
    is_declared: bool,
}

/// What a host's schema declares, by qualified names.
#[derive(Default)]
pub(crate) struct Declared {
    /// Common types, with the namespace each stands in.
    common: BTreeMap<String, (String, Json)>,
    entities: BTreeSet<String>,
    /// The ids of entity types that list them.
    pub enumerated: BTreeMap<String, BTreeSet<String>>,
}

/// What Cedar calls its own types.
const BUILT_IN: [&str; 8] = ["String", "Long", "Bool", "Boolean", "decimal", "ipaddr", "datetime", "duration"];

/// The namespaces a host cannot add to.
const OURS: [&str; 2] = ["Bailiwick", "__cedar"];

impl Declared {
    /// Fails for names that would change what the generated schema says.
    pub(crate) fn by(fragments: &[SchemaFragment]) -> Result<Self, Error> {
        let invalid = |message: String| Error::new(ErrorKind::Schema, message);
        let mut declared = Self::default();
        for fragment in fragments {
            let schema = fragment.clone().to_json_value().map_err(|error| invalid(error.to_string()))?;
            for (namespace, body) in schema.as_object().into_iter().flatten() {
                if OURS.contains(&namespace.as_str()) {
                    return Err(invalid(format!("namespace `{namespace}` is not the host's")));
                }
                let within = |member| body.get(member).and_then(Json::as_object).into_iter().flatten();
                for (name, of) in within("commonTypes") {
                    check_name(namespace, name)?;
                    declared.common.insert(qualified(namespace, name), (namespace.clone(), of.clone()));
                }
                for (name, of) in within("entityTypes") {
                    check_name(namespace, name)?;
                    let ids = of.get("enum").and_then(Json::as_array);
                    if let Some(ids) = ids {
                        let ids = ids.iter().filter_map(Json::as_str).map(str::to_owned).collect();
                        declared.enumerated.insert(qualified(namespace, name), ids);
                    }
                    declared.entities.insert(qualified(namespace, name));
                }
            }
        }
        Ok(declared)
    }

    /// The shape of a type in Cedar's JSON schema format, that stands in this namespace.
    fn shape_of(&self, declared: &Json, namespace: &str, depth: usize) -> Result<Shape, String> {
        if depth > crate::json::DEPTH_MAX {
            return Err("is nested too deeply".into());
        }
        let text = |member: &str| declared.get(member).and_then(Json::as_str);
        match text("type").ok_or("has no `type`")? {
            "EntityOrCommon" | "Extension" | "Entity" => self.named(text("name").ok_or("has no `name`")?, namespace, depth),
            "Set" => {
                let items = self.shape_of(declared.get("element").ok_or("has no `element`")?, namespace, depth + 1)?;
                Ok(Shape::Set { items: Box::new(items), nullable: false, lone: false, count_min: None, count_max: None })
            }
            "Record" => {
                let attributes = declared.get("attributes").and_then(Json::as_object).ok_or("has no `attributes`")?;
                let field = |(name, attribute): (&String, &Json)| {
                    let required = attribute.get("required").and_then(Json::as_bool).unwrap_or(true);
                    self.shape_of(attribute, namespace, depth + 1).map(|shape| (name.clone(), Field { shape, required, nullable: false }))
                };
                attributes.iter().map(field).collect::<Result<Fields, _>>().map(Shape::Record)
            }
            name => self.named(name, namespace, depth),
        }
    }

    /// A name means what is declared in its own namespace; then, without one, what is declared in none; then Cedar's own.
    fn named(&self, name: &str, namespace: &str, depth: usize) -> Result<Shape, String> {
        for candidate in [qualified(namespace, name), name.to_owned()] {
            if let Some((home, common)) = self.common.get(&candidate) {
                return self.shape_of(common, home, depth + 1);
            }
            if self.entities.contains(&candidate) || RESERVED.contains(&candidate.as_str()) {
                return Ok(Shape::Entity(candidate));
            }
        }
        match name.strip_prefix("__cedar::").unwrap_or(name) {
            "String" => Ok(Shape::TEXT),
            "Long" => Ok(Shape::Long { min: None, max: None }),
            "Bool" | "Boolean" => Ok(Shape::Bool),
            "decimal" => Ok(Shape::Decimal { min: None, max: None, text: false }),
            "ipaddr" => Ok(Shape::Extension(Extension::Ip)),
            "datetime" => Ok(Shape::Extension(Extension::Datetime)),
            "duration" => Ok(Shape::Extension(Extension::Duration)),
            unknown => Err(format!("`{unknown}` is not declared")),
        }
    }
}

/// Without a namespace, a name of ours or of Cedar's would take the place of what it names in the generated schema.
fn check_name(namespace: &str, name: &str) -> Result<(), Error> {
    if namespace.is_empty() && (BUILT_IN.contains(&name) || RESERVED.contains(&name)) {
        return Err(Error::new(ErrorKind::Schema, format!("entity type `{name}` is the engine's own: give yours another name")));
    }
    Ok(())
}

fn qualified(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}::{name}") }
}

impl HostFacts {
    pub(crate) fn declared_in(declared: &Declared) -> Result<Self, Error> {
        let Some((home, body)) = declared.common.get(HOST_CONTEXT) else {
            return Ok(Self { is_declared: false, fields: Fields::new() });
        };
        let invalid = |why: String| Error::new(ErrorKind::Schema, format!("type `{HOST_CONTEXT}` {why}"));
        match declared.shape_of(body, home, 0).map_err(|why| invalid(format!(": {why}")))? {
            Shape::Record(fields) => Ok(Self { is_declared: true, fields }),
            _ => Err(invalid("must be a record".to_owned())),
        }
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.is_declared
    }

    pub(crate) fn check<'f>(&'f self, facts: &'f Object) -> Result<Members<'f>, Reason> {
        check_fields(&self.fields, facts, &mut Unseen::default()).map_err(|misfit| Reason::new(Code::RequestHostFacts).because(misfit.to_string()))
    }
}

/// The entity types that are the engine's to say: the host cannot bring an agent, a group membership or a tool.
const RESERVED: [&str; 10] = ["User", "Service", "Schedule", "AgentUser", "Group", "Agent", "Blueprint", "System", "Tool", "Action"];

/// The host's entities, read against the schema.
pub(crate) fn read_entities(text: &str, schema: &Schema) -> Result<Vec<Entity>, Error> {
    let invalid = |message: String| Error::new(ErrorKind::Entities, message);
    let document = crate::json::Value::parse(text).map_err(|error| error.of_kind(ErrorKind::Entities))?;
    if let Some(error) = fraction(&document, text).or_else(|| unread(&document, text)) {
        return Err(error);
    }
    let entities = Entities::from_json_str(text, Some(schema)).map_err(|error| {
        // Cedar says neither where it is nor what is needed.
        if let Err(error) = crate::json::read::<Vec<EntityShape>>(text) {
            return error.of_kind(ErrorKind::Entities);
        }
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

/// The shape of an entity.
#[derive(Deserialize)]
#[serde(expecting = "an object with `uid`, `attrs` and `parents`")]
#[expect(dead_code, reason = "read for the error alone")]
struct EntityShape {
    uid: Uid,
    attrs: Object,
    parents: Vec<Uid>,
    #[serde(default)]
    tags: Object,
}

/// An entity's type and id, also within `__entity`.
struct Uid;

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = crate::json::Value::deserialize(deserializer)?;
        let uid = given.get("__entity").unwrap_or(&given);
        EntityRef::deserialize(uid).map(|_| Self).map_err(serde::de::Error::custom)
    }
}

/// The first attribute that is a number with a fraction: Cedar has none, and its own message does not say where it is.
fn fraction(document: &crate::json::Value, text: &str) -> Option<Error> {
    use crate::json::Value;
    let Value::Array(entities) = document else { return None };
    for entity in entities {
        let Some(attributes) = entity.get("attrs").and_then(Value::members) else { continue };
        let Some((name, number)) = attributes.iter().find(|(_, value)| matches!(value, Value::Float(_))) else { continue };
        let (kind, id) = type_and_id(entity);
        let message = format!(
            "entity `{kind}::{id:?}`, attribute `{name}`: Cedar has no numbers with a fraction: write `{{\"__extn\": {{\"fn\": \"decimal\", \
             \"arg\": \"{}\"}}}}`",
            number.canonical()
        );
        return Some(Error::new(ErrorKind::Entities, message).at(place(text, id, name)));
    }
    None
}

/// The first member of an entity that Cedar would pass over.
fn unread(document: &crate::json::Value, text: &str) -> Option<Error> {
    use crate::json::Value;
    const MEMBERS: [&str; 4] = ["uid", "attrs", "parents", "tags"];
    let Value::Array(entities) = document else { return None };
    entities.iter().find_map(|entity| {
        let name = entity.members()?.keys().find(|name| !MEMBERS.contains(&name.as_str()))?;
        let (kind, id) = type_and_id(entity);
        let message = format!("entity `{kind}::{id:?}`: there is no member `{name}`; there are: {}", super::lint::listed(MEMBERS));
        Some(Error::new(ErrorKind::Entities, message).at(place(text, id, name)))
    })
}

fn type_and_id(entity: &crate::json::Value) -> (&str, &str) {
    let uid = entity.get("uid").map(|uid| uid.get("__entity").unwrap_or(uid));
    let part = |member: &str| uid.and_then(|uid| uid.get(member)).and_then(crate::json::Value::as_str).unwrap_or("?");
    (part("type"), part("id"))
}

/// Where the entity of this id says `name`.
fn place(text: &str, id: &str, name: &str) -> crate::error::Location {
    let start = text.find(&format!("{id:?}")).unwrap_or(0);
    let offset = start + text.get(start..).and_then(|rest| rest.find(&format!("{name:?}"))).unwrap_or(0);
    let (line, column) = super::diagnose::line_and_column(text, offset);
    crate::error::Location { file: None, line, column }
}

pub(crate) fn is_reserved(kind: &str) -> bool {
    RESERVED.contains(&kind)
}
