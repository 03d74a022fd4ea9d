//! The host's own entities, beside the tools and systems every decision has.

use std::collections::BTreeSet;

use cedar_policy::{Entities, EntityUid, Schema};

use super::{express, host};
use crate::catalog::CheckedCall;
use crate::chain::grant::{EntityRef, Located};
use crate::digest::Digest;
use crate::error::{Error, ErrorKind};

/// An immutable snapshot of the host's resources: documents, accounts, folders, with what they are in.
///
/// Made by [`crate::Engine::resources`].
///
/// ```
/// let resources = bailiwick::doc::engine().resources("[]")?;
/// assert!(bailiwick::doc::engine().resources(r#"[{"uid": {"type": "Group", "id": "admins"}, "attrs": {}, "parents": []}]"#).is_err());
/// # Ok::<(), bailiwick::Error>(())
/// ```
pub struct Resources {
    entities: Entities,
    digest: Digest,
}

impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resources({} entities, {})", self.entities.len(), self.digest)
    }
}

impl Resources {
    pub(super) fn read(text: Option<&str>, schema: &Schema, base: &Entities) -> Result<Self, Error> {
        let own = match text {
            Some(text) => host::read_entities(text, schema)?,
            None => Entities::empty(),
        };
        let entities = base.clone().add_entities(own, None).map_err(|error| Error::new(ErrorKind::Entities, error.to_string()))?;
        Ok(Self { entities, digest: Digest::of_bytes(text.unwrap_or_default().as_bytes()) })
    }

    pub(crate) fn entities(&self) -> &Entities {
        &self.entities
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// What is in this entity, at any depth; sorted.
    pub(crate) fn within(&self, entity: &EntityRef) -> Vec<EntityRef> {
        let Some(uid) = express::uid(&entity.kind, &entity.id) else { return Vec::new() };
        let inside = self.entities.iter().filter(|other| self.entities.is_ancestor_of(&uid, &other.uid()) && other.uid() != uid);
        let members: BTreeSet<_> = inside.map(|other| named(&other.uid())).collect();
        members.into_iter().collect()
    }

    /// The resource of a call, with everything it is in.
    pub(crate) fn locate(&self, call: &CheckedCall<'_>) -> Located {
        let (kind, id) = call.resource.as_ref().map_or(("Tool", call.tool.name()), |(kind, id)| (*kind, id.as_str()));
        let resource = EntityRef { kind: kind.to_owned(), id: id.to_owned() };
        let ancestors = express::uid(kind, id).and_then(|uid| self.entities.ancestors(&uid).map(Iterator::collect::<Vec<_>>));
        let within: BTreeSet<_> = ancestors.unwrap_or_default().into_iter().map(named).collect();
        Located { resource, within }
    }
}

fn named(uid: &EntityUid) -> EntityRef {
    EntityRef { kind: uid.type_name().to_string(), id: uid.id().unescaped().to_owned() }
}
