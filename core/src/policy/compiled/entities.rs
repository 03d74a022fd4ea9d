//! Entities, found by hash: shared snapshots, of which a changed one copies only what changed.

use std::sync::Arc;

use hashbrown::HashTable;

use super::value::{Record, Uid, Val, Value};

/// Entities to a shard, on average: what is copied when one of them changes.
const SHARD: usize = 64;

/// One entity. Of what it is in, only the nearest: changing one folder must not mean changing all that is in it.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub uid: Arc<Uid>,
    pub attributes: Record,
    pub tags: Box<[(Box<str>, Value)]>,
    pub parents: Box<[Arc<Uid>]>,
}

type Shard = HashTable<Arc<Entity>>;

/// A snapshot. Cheap to clone: shards are shared until they change.
#[derive(Clone, Debug)]
pub(crate) struct Entities {
    shards: Box<[Arc<Shard>]>,
    count: usize,
}

/// Entities of which some are nearer than others: those of a task before those of everybody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers<'e> {
    pub near: &'e Entities,
    pub far: &'e Entities,
}

impl Entity {
    pub(crate) fn bare(uid: Arc<Uid>) -> Self {
        Self { uid, attributes: Record::default(), tags: Box::default(), parents: Box::default() }
    }

    pub(crate) fn tag(&self, tag: &str) -> Option<Val<'_>> {
        self.tags.iter().find(|(known, _)| **known == *tag).map(|(_, value)| value.view())
    }
}

impl Entities {
    /// Room for about `count`.
    pub(crate) fn with_room(count: usize) -> Self {
        let shards = (count / SHARD).next_power_of_two();
        Self { shards: (0..shards).map(|_| Arc::default()).collect(), count: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    pub(crate) fn find(&self, uid: &Uid) -> Option<&Arc<Entity>> {
        self.shard(uid.hash())?.find(uid.hash(), |entity| *entity.uid == *uid)
    }

    /// Adds it, or puts it in the place of the one that has its name.
    pub(crate) fn put(&mut self, entity: Arc<Entity>) {
        let hash = entity.uid.hash();
        let place = self.place(hash);
        let Some(shard) = self.shards.get_mut(place).map(Arc::make_mut) else { return };
        if let Some(known) = shard.find_mut(hash, |known| known.uid == entity.uid) {
            *known = entity;
        } else {
            shard.insert_unique(hash, entity, |known| known.uid.hash());
            self.count += 1;
        }
    }

    pub(crate) fn remove(&mut self, uid: &Uid) {
        let place = self.place(uid.hash());
        let Some(shard) = self.shards.get_mut(place).map(Arc::make_mut) else { return };
        if let Ok(found) = shard.find_entry(uid.hash(), |known| *known.uid == *uid) {
            found.remove();
            self.count -= 1;
        }
    }

    fn shard(&self, hash: u64) -> Option<&Shard> {
        self.shards.get(self.place(hash)).map(AsRef::as_ref)
    }

    /// The upper half of the hash: the tables within use the lower.
    fn place(&self, hash: u64) -> usize {
        let upper = (hash >> 32) as usize;
        upper & (self.shards.len() - 1)
    }
}

impl FromIterator<Entity> for Entities {
    fn from_iter<I: IntoIterator<Item = Entity>>(entities: I) -> Self {
        let entities: Vec<_> = entities.into_iter().collect();
        let mut all = Self::with_room(entities.len());
        for entity in entities {
            all.put(Arc::new(entity));
        }
        all
    }
}

impl<'e> Layers<'e> {
    pub(crate) fn find(self, uid: &Uid) -> Option<&'e Entity> {
        self.near.find(uid).or_else(|| self.far.find(uid)).map(AsRef::as_ref)
    }

    /// Whether an entity is `above`, or in it at any depth.
    pub(crate) fn is_in(self, uid: &Uid, above: &Uid) -> bool {
        uid == above || self.ancestors(uid).iter().any(|ancestor| ***ancestor == *above)
    }

    /// Everything an entity is in, at any depth, each once.
    pub(crate) fn ancestors(self, uid: &Uid) -> Ancestors<'e> {
        let mut found = Ancestors::new();
        let mut next = 0;
        let mut parents: &[Arc<Uid>] = self.find(uid).map_or(&[], |entity| &entity.parents);
        loop {
            for parent in parents {
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
            let Some(reached) = found.get(next) else { return found };
            parents = self.find(reached).map_or(&[], |entity| &entity.parents);
            next += 1;
        }
    }
}

/// On the stack for as many as entities usually have.
pub(crate) type Ancestors<'e> = smallvec::SmallVec<[&'e Arc<Uid>; 8]>;
