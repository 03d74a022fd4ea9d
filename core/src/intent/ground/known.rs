//! The values a task has seen, by what they are.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry as Slot;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::atom::Kind;
use super::strings::Strings;
use super::web;
use crate::grant::level::Level;

/// Of what is not there.
const NONE: u32 = u32::MAX;

/// Where a value was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub level: Level,
    pub call: Option<u32>,
    /// The field, as [`Known::path`] gave it.
    pub path: Option<Path>,
    /// In a record beside one that the prompt names.
    pub passed_over: bool,
}

/// A field's path, kept once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path(u32);

/// A value in a text that may read like an instruction: how well it is grounded is known when that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub sentence: u32,
    /// As long as the sentence is no instruction.
    pub seen: Seen,
    before: u32,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    norm: u32,
    /// The best place that is no text.
    best: Option<Seen>,
    /// The newest of the others.
    newest: u32,
}

/// Values with the places they were seen at.
#[derive(Debug, Default)]
pub(super) struct Known {
    entries: Vec<Entry>,
    by_value: HashTable<u32>,
    hasher: DefaultHashBuilder,
    norms: Strings,
    paths: Strings,
    sights: Vec<Sight>,
}

impl Known {
    /// Keeps the path of a field.
    pub(super) fn path(&mut self, path: &str) -> Path {
        Path(self.paths.push(path))
    }

    pub(super) fn path_text(&self, path: Path) -> &str {
        self.paths.get(path.0)
    }

    /// Remembers that a value was seen; and in which sentence, if it may read like an instruction.
    pub(super) fn add(&mut self, kind: Kind, norm: &str, seen: Seen, sentence: Option<u32>) {
        if norm.is_empty() {
            return;
        }
        if kind == Kind::Url {
            let (host, ..) = web::parts(norm);
            self.add(Kind::Host, host, seen, sentence);
        }
        let number = self.number(kind, norm);
        let Some(entry) = self.entries.get_mut(number as usize) else { return };
        if let Some(sentence) = sentence {
            let before = std::mem::replace(&mut entry.newest, u32::try_from(self.sights.len()).unwrap_or(NONE));
            self.sights.push(Sight { sentence, seen, before });
            return;
        }
        entry.best = Some(match entry.best {
            Some(best) if best.level <= seen.level => Seen { passed_over: best.passed_over || seen.passed_over, ..best },
            best => Seen { passed_over: seen.passed_over || best.is_some_and(|best| best.passed_over), ..seen },
        });
    }

    fn number(&mut self, kind: Kind, norm: &str) -> u32 {
        let Self { entries, by_value, hasher, norms, .. } = self;
        let of = |number: u32| entries.get(number as usize).map_or((kind, ""), |entry: &Entry| (entry.kind, norms.get(entry.norm)));
        match by_value.entry(hasher.hash_one((kind, norm)), |known| of(*known) == (kind, norm), |known| hasher.hash_one(of(*known))) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(place) => {
                let number = u32::try_from(entries.len()).unwrap_or(NONE);
                place.insert(number);
                entries.push(Entry { kind, norm: norms.push(norm), best: None, newest: NONE });
                number
            }
        }
    }

    /// The best place outside of texts, and the places in texts, the newest first.
    pub(super) fn find(&self, kind: Kind, norm: &str) -> Option<(Option<Seen>, impl Iterator<Item = Sight> + '_)> {
        let is_it = |known: &u32| self.entries.get(*known as usize).is_some_and(|entry| entry.kind == kind && self.norms.get(entry.norm) == norm);
        let number = self.by_value.find(self.hasher.hash_one((kind, norm)), is_it)?;
        self.entries.get(*number as usize).map(|entry| self.places(entry))
    }

    fn places(&self, entry: &Entry) -> (Option<Seen>, impl Iterator<Item = Sight> + '_) {
        let sight = |number: u32| self.sights.get(number as usize).copied();
        (entry.best, std::iter::successors(sight(entry.newest), move |seen| sight(seen.before)))
    }

    /// Every value that is, or may be, as good as this; with its places.
    pub(super) fn up_to(&self, level: Level) -> impl Iterator<Item = (Kind, &str, (Option<Seen>, impl Iterator<Item = Sight> + '_))> {
        let is_so_good = move |entry: &&Entry| {
            let (best, mut sights) = self.places(entry);
            best.is_some_and(|best| best.level <= level) || sights.any(|sight| sight.seen.level <= level)
        };
        self.entries.iter().filter(is_so_good).map(|entry| (entry.kind, self.norms.get(entry.norm), self.places(entry)))
    }
}
