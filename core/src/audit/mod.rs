//! The audit log: every decision an entry in an RFC 6962 Merkle tree, in memory.

pub(crate) mod merkle;

use crate::decision::Decision;
use crate::digest::Digest;
use merkle::Tree;

/// The size of a log and its root: who holds it can tell later whether history was changed.
///
/// ```
/// let log = bailiwick::Log::new();
/// assert_eq!(log.head().size, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a head: `size` and `root`")]
#[expect(clippy::exhaustive_structs, reason = "RFC 6962's tree head without its signature")]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The Merkle tree hash over them.
    pub root: Digest,
}

/// What was wrong with a log.
///
/// ```
/// use bailiwick::{Damage, Head, Log, doc};
/// let mut log = Log::new();
/// log.append(&doc::denied());
/// let head = log.head();
/// let forged = [b"{}".as_slice()];
/// assert_eq!(log.verify_entries(forged.into_iter(), &head), Err(Damage::Entry(0)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The entry at this index is not the one that was logged.
    #[error("entry {0} is not the one that was logged")]
    Entry(u64),
    /// The log has fewer entries than its head says.
    #[error("the log has {found} entries, its head says {expected}")]
    Length {
        /// Entries there are.
        found: u64,
        /// Entries there should be.
        expected: u64,
    },
    /// Every entry is as logged, but the head is not theirs.
    #[error("the head is not the head of these entries")]
    Root,
}

impl From<Damage> for crate::Error {
    fn from(damage: Damage) -> Self {
        Self::new(crate::ErrorKind::Log, damage.to_string())
    }
}

/// An append-only log of decisions. Entries are the decisions' bytes; every byte is inside the leaf hash.
///
/// ```
/// use bailiwick::Log;
/// let mut log = Log::new();
/// log.append(&bailiwick::doc::denied());
/// let head = log.head();
/// assert_eq!(head.size, 1);
/// log.verify(&head).expect("nothing was changed");
/// let proof = log.inclusion(0, 1).unwrap();
/// assert!(Log::includes(&head, 0, log.entry(0).unwrap(), &proof));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vec<Vec<u8>>,
    tree: Tree,
}

impl Log {
    /// An empty log.
    ///
    /// ```
    /// assert_eq!(bailiwick::Log::new().head().size, 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Logs a decision; its index is returned.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// assert_eq!(log.append(&bailiwick::doc::denied()), 0);
    /// assert_eq!(log.append(&bailiwick::doc::allowed()), 1);
    /// ```
    pub fn append(&mut self, decision: &Decision) -> u64 {
        let bytes = decision.to_bytes();
        self.tree.push(merkle::leaf(&bytes));
        self.entries.push(bytes);
        self.tree.len() - 1
    }

    /// The size and root now.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// let before = log.head();
    /// log.append(&bailiwick::doc::denied());
    /// assert_ne!(log.head(), before);
    /// ```
    #[must_use]
    pub fn head(&self) -> Head {
        self.head_at(self.tree.len()).unwrap_or(Head { size: 0, root: merkle::empty() })
    }

    /// The size and root when the log had `size` entries; `None` when it never did.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// log.append(&bailiwick::doc::denied());
    /// assert_eq!(log.head_at(1), Some(log.head()));
    /// assert_eq!(log.head_at(2), None);
    /// ```
    #[must_use]
    pub fn head_at(&self, size: u64) -> Option<Head> {
        Some(Head { size, root: self.tree.root(size)? })
    }

    /// The bytes of an entry.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// log.append(&bailiwick::doc::denied());
    /// assert_eq!(log.entry(0).unwrap(), bailiwick::doc::denied().to_bytes());
    /// ```
    #[must_use]
    pub fn entry(&self, index: u64) -> Option<&[u8]> {
        self.entries.get(usize::try_from(index).ok()?).map(Vec::as_slice)
    }

    /// All entries, first to last, as bytes of JSON.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// log.append(&bailiwick::doc::denied());
    /// assert!(log.entries().all(|entry| entry.starts_with(b"{")));
    /// ```
    pub fn entries(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(Vec::as_slice)
    }

    /// Proof that entry `index` is in the log of `size` entries (RFC 6962 §2.1.1); `None` when it is not.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// log.append(&bailiwick::doc::denied());
    /// log.append(&bailiwick::doc::allowed());
    /// assert_eq!(log.inclusion(0, 2).unwrap().len(), 1);
    /// assert_eq!(log.inclusion(2, 2), None);
    /// ```
    #[must_use]
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        self.tree.inclusion(index, size)
    }

    /// Proof that the log of `old` entries is a prefix of that of `new` (RFC 6962 §2.1.2); `None` when `new` is
    /// not in the log, or `old` is greater.
    ///
    /// ```
    /// use bailiwick::{Log, doc};
    /// let mut log = Log::new();
    /// log.append(&doc::denied());
    /// let old = log.head();
    /// log.append(&doc::allowed());
    /// assert!(Log::extends(&old, &log.head(), &log.consistency(1, 2).unwrap()));
    /// ```
    #[must_use]
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        self.tree.consistency(old, new)
    }

    /// Whether `proof` shows `entry` at `index` under `head` (RFC 9162 §2.1.3.2).
    ///
    /// ```
    /// use bailiwick::{Log, doc};
    /// let mut log = Log::new();
    /// log.append(&doc::denied());
    /// let (head, proof) = (log.head(), log.inclusion(0, 1).unwrap());
    /// assert!(Log::includes(&head, 0, log.entry(0).unwrap(), &proof));
    /// assert!(!Log::includes(&head, 0, b"{}", &proof));
    /// ```
    #[must_use]
    pub fn includes(head: &Head, index: u64, entry: &[u8], proof: &[Digest]) -> bool {
        merkle::verify_inclusion(head.size, head.root, index, merkle::leaf(entry), proof)
    }

    /// Whether `proof` shows that `old` is a prefix of `new` (RFC 9162 §2.1.4.2).
    ///
    /// ```
    /// use bailiwick::Log;
    /// let log = Log::new();
    /// assert!(Log::extends(&log.head(), &log.head(), &[]));
    /// ```
    #[must_use]
    pub fn extends(old: &Head, new: &Head, proof: &[Digest]) -> bool {
        merkle::verify_consistency(old, new, proof)
    }

    /// Hashes every entry again and compares with what was logged and with `head`.
    ///
    /// ```
    /// let mut log = bailiwick::Log::new();
    /// log.append(&bailiwick::doc::denied());
    /// assert_eq!(log.verify(&log.head()), Ok(()));
    /// ```
    ///
    /// # Errors
    /// The first bad entry, or that the head is of another log.
    pub fn verify(&self, head: &Head) -> Result<(), Damage> {
        self.verify_entries(self.entries(), head)
    }

    /// The same for entries kept elsewhere, such as an export of this log.
    ///
    /// ```
    /// use bailiwick::{Damage, Log, doc};
    /// let mut log = Log::new();
    /// log.append(&doc::denied());
    /// let nothing = std::iter::empty::<&[u8]>();
    /// assert_eq!(log.verify_entries(nothing, &log.head()), Err(Damage::Length { found: 0, expected: 1 }));
    /// ```
    ///
    /// # Errors
    /// As [`Log::verify`].
    pub fn verify_entries<'e>(&self, entries: impl Iterator<Item = &'e [u8]>, head: &Head) -> Result<(), Damage> {
        let mut rebuilt = Tree::default();
        for (index, bytes) in entries.enumerate() {
            let leaf = merkle::leaf(bytes);
            let index = index as u64;
            if index < head.size && self.tree.leaf(index).is_some_and(|logged| logged != leaf) {
                return Err(Damage::Entry(index));
            }
            rebuilt.push(leaf);
        }
        if rebuilt.len() < head.size {
            return Err(Damage::Length { found: rebuilt.len(), expected: head.size });
        }
        if rebuilt.root(head.size) == Some(head.root) { Ok(()) } else { Err(Damage::Root) }
    }
}
