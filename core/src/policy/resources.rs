//! The host's own entities, beside the tools and systems every decision has.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{EntityTypeName, Schema};

use super::compiled::entities::{Entities, Entity, Layers};
use super::compiled::value::{Names, Uid};
use super::{bridge, host};
use crate::catalog::CheckedCall;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::grant::{EntityRef, Located};

/// An immutable snapshot of the host's resources: documents, accounts, folders, with what they are in.
///
/// Made by [`crate::Engine::resources`].
///
/// ```
/// let resources = bailiwick::doc::engine().resources("[]")?;
/// assert!(bailiwick::doc::engine().resources(r#"[{"uid": {"type": "Group", "id": "admins"}, "attrs": {}, "parents": []}]"#).is_err());
/// # Ok::<(), bailiwick::Error>(())
/// ```
#[derive(Clone)]
pub struct Resources {
    entities: Entities,
    names: Arc<Names>,
    /// Of the schema they were read by: the numbers of names are its own.
    schema: Digest,
    digest: Digest,
}

impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resources({} entities, {})", self.entities.len(), self.digest)
    }
}

/// What resources are read by.
pub(super) struct Reading<'s> {
    pub schema: &'s Schema,
    pub digest: Digest,
    pub names: &'s Arc<Names>,
    pub base: &'s Entities,
}

impl Resources {
    pub(super) fn read(text: Option<&str>, by: &Reading<'_>) -> Result<Self, Error> {
        let own = text.map(|text| by.entities(text)).transpose()?.unwrap_or_default();
        let mut entities = Entities::with_room(own.len() + by.base.len());
        for entity in by.base.iter().cloned().chain(own.into_iter().map(Arc::new)) {
            entities.put(entity);
        }
        let digest = Digest::of_bytes(text.unwrap_or_default().as_bytes());
        Ok(Self { entities, names: Arc::clone(by.names), schema: by.digest, digest })
    }

    /// The same resources with some of them put in or changed, and some taken out.
    pub(super) fn changed(&self, text: &str, removed: &[EntityRef], by: &Reading<'_>) -> Result<Self, Error> {
        if self.schema != by.digest {
            return Err(Error::new(ErrorKind::Usage, "the resources were read by another schema"));
        }
        let changed = by.entities(text)?;
        let mut entities = self.entities.clone();
        for entity in removed {
            if EntityTypeName::from_str(&entity.kind).ok().is_none_or(|name| name.to_string() != entity.kind) {
                return Err(Error::new(ErrorKind::Entities, format!("`{}` is not how an entity type is written", entity.kind)));
            }
            if host::is_reserved(&entity.kind) {
                return Err(Error::new(ErrorKind::Entities, format!("entity `{}` belongs to the engine", entity.id)));
            }
            entities.remove(&self.names.uid(&entity.kind, &entity.id));
        }
        let uids: Vec<_> = changed.iter().map(|entity| Arc::clone(&entity.uid)).collect();
        for entity in changed {
            entities.put(Arc::new(entity));
        }
        let layers = Layers { near: &Entities::with_room(0), far: &entities };
        if let Some(cyclic) = uids.iter().find(|uid| layers.ancestors(uid).iter().any(|above| above == uid)) {
            return Err(Error::new(ErrorKind::Entities, format!("entity `{cyclic}` is in itself")));
        }
        let removed: Vec<_> = removed.iter().map(|entity| (&entity.kind, &entity.id)).collect();
        let digest = Digest::of("resources", &(self.digest, text, removed));
        Ok(Self { entities, digest, ..self.clone() })
    }

    pub(crate) fn entities(&self) -> &Entities {
        &self.entities
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn schema(&self) -> Digest {
        self.schema
    }

    fn ancestors(&self, uid: &Uid) -> Vec<EntityRef> {
        let none = Entities::with_room(0);
        Layers { near: &none, far: &self.entities }.ancestors(uid).iter().map(|above| named(above)).collect()
    }

    /// What is in this entity, at any depth; sorted.
    pub(crate) fn within(&self, entity: &EntityRef) -> Vec<EntityRef> {
        let (uid, none) = (self.names.uid(&entity.kind, &entity.id), Entities::with_room(0));
        let layers = Layers { near: &none, far: &self.entities };
        let inside = self.entities.iter().filter(|other| *other.uid != uid && layers.is_in(&other.uid, &uid));
        let members: BTreeSet<_> = inside.map(|other| named(&other.uid)).collect();
        members.into_iter().collect()
    }

    /// The resource of a call, with everything it is in.
    pub(crate) fn locate(&self, call: &CheckedCall<'_>) -> Located {
        let (kind, id) = call.resource.as_ref().map_or(("Tool", call.tool.name()), |(kind, id)| (*kind, id.as_ref()));
        let within: BTreeSet<_> = self.ancestors(&self.names.uid(kind, id)).into_iter().collect();
        Located { resource: EntityRef { kind: kind.to_owned(), id: id.to_owned() }, within }
    }
}

impl Reading<'_> {
    /// The entities of a text, read and checked by Cedar, with what each says it is in.
    fn entities(&self, text: &str) -> Result<Vec<Entity>, Error> {
        let read = host::read_entities(text, self.schema)?;
        let unread = || Error::new(ErrorKind::Entities, "an entity is of a form that is not known");
        let declared = bridge::parents(text).ok_or_else(unread)?;
        let mut names = Names::clone(self.names);
        let known = names.len();
        let mut entities = Vec::with_capacity(read.len());
        for entity in &read {
            let uid = entity.uid();
            let parents = declared.get(&(uid.type_name().to_string(), uid.id().unescaped().to_owned())).ok_or_else(unread)?;
            let parents: Vec<_> = parents.iter().map(|(kind, id)| self.names.uid(kind, id)).collect();
            entities.push(bridge::entity(entity, parents, &mut names).ok_or_else(unread)?);
        }
        // Cedar checked the attributes against the schema, which has them all; a number of our own would mean another name
        // to policies.
        if names.len() == known { Ok(entities) } else { Err(unread()) }
    }
}

fn named(uid: &Uid) -> EntityRef {
    EntityRef { kind: uid.kind.to_string(), id: uid.id.to_string() }
}
