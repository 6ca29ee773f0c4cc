//! Derived state at rest: rows in an embedded LSM store, and the message ids of the last thirty days.
//!
//! Nothing here is the truth. A checkpoint is one atomic [`Batch`]; whatever is on disk is always the state
//! at exactly one record of the ledger, and can be deleted and rebuilt from there.

mod fjall_store;
mod memory_store;
mod messages;
mod redo;

use fjall::Slice;
use model::Seq;

pub use fjall_store::FjallStore;
pub use memory_store::MemoryStore;
pub use messages::{Frozen, MessageIds, RunMeta, Written};

/// A failure of the store. The state it held is as of the last checkpoint that was committed.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("the state store failed: {0}")]
    Store(String),
    #[error("the state store failed to read or write a file: {0}")]
    Io(#[from] std::io::Error),
    #[error(
        "the row {table:?}/{key} cannot be read: {cause}; delete the state folder to rebuild it from the ledger"
    )]
    Row { table: Table, key: String, cause: String },
}

/// The kinds of rows, each its own key space. Keys are big-endian, so that they sort as numbers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Small singletons: the checkpoint, counters, sources, the catalogue.
    Meta,
    /// Customer id → the customer, sealed.
    Customers,
    /// Keyed hash of an identifier → strand and customer.
    Identifiers,
    /// Strand, latest time, number → a chunk of the strand's thread index, sealed.
    Threads,
    /// Number → what could not be taken, sealed.
    Quarantine,
    /// Due time and customer → nothing: when each customer must be looked at next.
    Timers,
    /// Strand → the customer that holds it.
    Strands,
}

impl Table {
    pub const ALL: [Self; 7] = [
        Self::Meta,
        Self::Customers,
        Self::Identifiers,
        Self::Threads,
        Self::Quarantine,
        Self::Timers,
        Self::Strands,
    ];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Customers => "customers",
            Self::Identifiers => "identifiers",
            Self::Threads => "threads",
            Self::Quarantine => "quarantine",
            Self::Timers => "timers",
            Self::Strands => "strands",
        }
    }
}

/// One change: the row's new content, or nothing when it is deleted.
pub(crate) type Write = (Table, Slice, Option<Slice>);

/// Changes that are applied all or not at all. Of two changes of one row the later counts.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) writes: Vec<Write>,
}

impl Batch {
    /// Makes room for so many changes more.
    pub fn reserve(&mut self, more: usize) {
        self.writes.reserve_exact(more);
    }

    pub fn put(&mut self, table: Table, key: impl Into<Slice>, value: impl Into<Slice>) {
        self.writes.push((table, key.into(), Some(value.into())));
    }

    pub fn delete(&mut self, table: Table, key: impl Into<Slice>) {
        self.writes.push((table, key.into(), None));
    }

    pub fn len(&self) -> usize {
        self.writes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The changes sorted by row, one for each.
    pub(crate) fn in_order(mut self) -> Vec<Write> {
        self.writes.sort_by(|(a, x, _), (b, y, _)| (a, x).cmp(&(b, y)));
        let same = |a: &Write, b: &Write| (a.0, &a.1) == (b.0, &b.1);
        // Of equal neighbours the first is kept, so the later change goes into it.
        self.writes.dedup_by(|later, kept| {
            same(later, kept) && {
                std::mem::swap(&mut kept.2, &mut later.2);
                true
            }
        });
        self.writes
    }
}

/// Told of each row of a scan; returns whether to go on.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> bool;

/// Puts the next piece of a blob into the list it is handed.
pub type Fill<'a> = &'a mut dyn FnMut(&mut Vec<u8>) -> Result<(), StateError>;

/// What the shard asks of a store. Implemented by fjall and, for the simulation, in memory.
pub trait Store: Send + Sync + 'static {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// Visits the rows whose keys lie in `from..=to`, in order, or backwards.
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        backwards: bool,
        visit: Visit<'_>,
    ) -> Result<(), StateError>;

    /// Applies the batch atomically. Durable after the next [`Store::sync`], or whenever the system writes it.
    fn commit(&self, batch: Batch) -> Result<(), StateError>;

    /// Makes every committed batch durable.
    fn sync(&self) -> Result<(), StateError>;

    /// Keeps a blob, durable on return. `fill` is handed an empty piece until it leaves one empty; a blob may be
    /// longer than memory.
    fn put_blob(&self, name: &str, fill: Fill<'_>) -> Result<(), StateError>;

    /// Reads part of a blob; fewer bytes than asked for at its end.
    fn read_blob(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, StateError>;

    fn remove_blob(&self, name: &str) -> Result<(), StateError>;

    fn blobs(&self) -> Result<Vec<String>, StateError>;

    /// Rewrites the store so that deleted rows leave no trace in its files.
    fn compact(&self) -> Result<(), StateError>;
}

/// The key of a row named by a record sequence.
pub fn seq_key(seq: Seq) -> [u8; 8] {
    seq.0.to_be_bytes()
}
