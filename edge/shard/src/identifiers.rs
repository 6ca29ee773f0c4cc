//! The identifier directory: from a keyed hash to the strand and its customer.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use model::{CustomerId, IdentifierHash, StrandId};
use state::{StateError, Store, Table};

use crate::growing::{Parted, Pile};
use crate::rows::{identifier_key, read_identifier_row};

/// Keyed hashes are uniform: their own low bits serve.
#[derive(Default, Clone, Copy)]
pub(crate) struct OwnBits(u64);

impl Hasher for OwnBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }
}

/// A hash in two halves: 8-byte alignment keeps an entry at 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(u64, u64);

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl From<IdentifierHash> for Key {
    fn from(hash: IdentifierHash) -> Self {
        Self(hash.0 as u64, (hash.0 >> 64) as u64)
    }
}

impl From<Key> for IdentifierHash {
    fn from(key: Key) -> Self {
        Self((u128::from(key.1) << 64) | u128::from(key.0))
    }
}

/// A changed identifier, and whose it is now.
pub(crate) type ChangedIdentifier = (IdentifierHash, Option<(StrandId, CustomerId)>);

#[derive(Default)]
pub(crate) struct Identifiers {
    known: Parted<Key, (StrandId, CustomerId), BuildHasherDefault<OwnBits>>,
    changed: Pile<ChangedIdentifier>,
    /// Forgotten since the last checkpoint, so that the old row is not read back.
    forgotten: HashSet<Key, BuildHasherDefault<OwnBits>>,
    /// Whether all there are are in memory, so that no row has to be looked for.
    complete: bool,
}

impl Identifiers {
    /// `rowless` says that no checkpoint has written any down.
    pub fn new(rowless: bool) -> Self {
        Self { complete: rowless, ..Self::default() }
    }

    pub fn find(
        &mut self,
        hash: IdentifierHash,
        store: &dyn Store,
    ) -> Result<Option<(StrandId, CustomerId)>, StateError> {
        if let Some(&found) = self.known.get(&Key::from(hash)) {
            return Ok(Some(found));
        }
        if self.complete || self.forgotten.contains(&Key::from(hash)) {
            return Ok(None);
        }
        let found =
            store.get(Table::Identifiers, &identifier_key(hash))?.as_deref().and_then(read_identifier_row);
        if let Some(found) = found {
            self.known.insert(hash.into(), found);
        }
        Ok(found)
    }

    /// What is in memory of an identifier.
    pub fn held(&self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        self.known.get(&Key::from(hash)).copied()
    }

    pub fn put(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId) {
        self.known.insert(hash.into(), (strand, customer));
        self.changed.push((hash, Some((strand, customer))));
        self.forgotten.remove(&Key::from(hash));
    }

    pub fn forget(&mut self, hash: IdentifierHash) {
        self.known.remove(&Key::from(hash));
        self.changed.push((hash, None));
        self.forgotten.insert(hash.into());
    }

    /// What changed since the last call.
    pub fn take_changed(&mut self) -> Pile<ChangedIdentifier> {
        std::mem::take(&mut self.changed)
    }

    /// After a checkpoint is committed: the rows are as new as what is in memory, which may go when it is much.
    pub fn committed(&mut self, held_max: usize) {
        if !self.changed.is_empty() {
            return;
        }
        self.forgotten.clear();
        if self.known.len() > held_max {
            self.complete = false;
            self.known = Parted::default();
        }
    }
}

/// Which customer holds each strand.
#[derive(Default)]
pub(crate) struct Holders {
    known: Parted<u64, CustomerId, foldhash::fast::FixedState>,
    changed: Pile<(StrandId, Option<CustomerId>)>,
    forgotten: HashSet<u64, foldhash::fast::FixedState>,
    /// The greatest strand that the last checkpoint may have a row for.
    last_row: u64,
}

impl Holders {
    pub fn new(last_row: u64) -> Self {
        Self { last_row, ..Self::default() }
    }

    pub fn find(&mut self, strand: StrandId, store: &dyn Store) -> Result<Option<CustomerId>, StateError> {
        if let Some(&found) = self.known.get(&strand.0) {
            return Ok(Some(found));
        }
        if strand.0 > self.last_row || self.forgotten.contains(&strand.0) {
            return Ok(None);
        }
        let row = store.get(Table::Strands, &strand.0.to_be_bytes())?;
        let found = row.and_then(|row| row.try_into().ok()).map(|row| CustomerId(u64::from_be_bytes(row)));
        if let Some(found) = found {
            self.known.insert(strand.0, found);
        }
        Ok(found)
    }

    pub fn put(&mut self, strand: StrandId, customer: CustomerId) {
        self.known.insert(strand.0, customer);
        self.changed.push((strand, Some(customer)));
    }

    pub fn forget(&mut self, strand: StrandId) {
        self.known.remove(&strand.0);
        self.changed.push((strand, None));
        self.forgotten.insert(strand.0);
    }

    /// What changed since the last call.
    pub fn take_changed(&mut self) -> Pile<(StrandId, Option<CustomerId>)> {
        std::mem::take(&mut self.changed)
    }

    /// After a checkpoint is committed: see [`Identifiers::committed`].
    pub fn committed(&mut self, held_max: usize, last_row: u64) {
        self.last_row = last_row;
        if !self.changed.is_empty() {
            return;
        }
        self.forgotten.clear();
        if self.known.len() > held_max {
            self.known = Parted::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use state::{Batch, MemoryStore};

    use super::*;
    use crate::rows::identifier_row;

    #[test]
    fn rows_of_identifiers_are_looked_for_unless_all_are_in_memory() {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        let row = identifier_row(StrandId(4), CustomerId(2));
        batch.put(Table::Identifiers, identifier_key(IdentifierHash(7)), row);
        store.commit(batch).unwrap();
        let there = Some((StrandId(4), CustomerId(2)));
        assert_eq!(Identifiers::new(false).find(IdentifierHash(7), &store).unwrap(), there);
        let mut identifiers = Identifiers::new(true);
        assert_eq!(identifiers.find(IdentifierHash(7), &store).unwrap(), None);
        identifiers.put(IdentifierHash(8), StrandId(5), CustomerId(2));
        identifiers.take_changed();
        identifiers.committed(1);
        assert_eq!(identifiers.find(IdentifierHash(7), &store).unwrap(), None, "few are kept");
        identifiers.committed(0);
        assert_eq!(identifiers.find(IdentifierHash(7), &store).unwrap(), there, "many are let go");
    }

    #[test]
    fn a_strand_newer_than_the_last_checkpoint_is_not_looked_for_in_its_rows() {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        for strand in [4u64, 5] {
            batch.put(Table::Strands, strand.to_be_bytes(), 1u64.to_be_bytes());
        }
        store.commit(batch).unwrap();
        let mut holders = Holders::new(4);
        assert_eq!(holders.find(StrandId(4), &store).unwrap(), Some(CustomerId(1)));
        assert_eq!(holders.find(StrandId(5), &store).unwrap(), None);
        holders.put(StrandId(6), CustomerId(6));
        assert_eq!(holders.find(StrandId(6), &store).unwrap(), Some(CustomerId(6)));
        holders.committed(0, 5);
        assert_eq!(holders.find(StrandId(5), &store).unwrap(), Some(CustomerId(1)));
    }
}
