//! Proof that the derived state is what the ledger says: a hash over all of it.

use std::sync::Arc;

use ledger::{Disk, Verified};
use model::{CustomerId, Timestamp};
use state::{Batch, StateError, Store, Table};

use crate::rows::ChunkKey;
use crate::shard::{Broken, Shard};

/// A hash of the whole derived state: customers, directory, threads, timers, quarantine and books. Rows are
/// hashed as they are before sealing, each with its key, and added up, so the order of rows does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHash(pub u128);

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl StateHash {
    fn add(&mut self, kind: u8, key: &[u8], content: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[kind]).update(&(key.len() as u64).to_be_bytes()).update(key).update(content);
        let bytes: [u8; 16] = hasher.finalize().as_bytes()[..16].try_into().expect("a hash has 32 bytes");
        self.0 = self.0.wrapping_add(u128::from_be_bytes(bytes));
    }
}

impl<D: Disk> Shard<D> {
    /// Makes a checkpoint and hashes it.
    pub fn state_hash(&mut self) -> Result<StateHash, Broken> {
        self.checkpoint()?;
        let mut hash = StateHash(0);
        let rows = self.world.rows();
        for id in rows.customer_ids()? {
            if let Some(customer) = rows.customer(id)? {
                let plain = minicbor::to_vec(&customer).expect("encoding into memory cannot fail");
                hash.add(0, &id.0.to_be_bytes(), &plain);
            }
        }
        self.hash_threads(&mut hash)?;
        for (kind, table) in [(2, Table::Identifiers), (3, Table::Strands), (4, Table::Timers)] {
            self.world.store.scan(table, &[], &[0xff; 32], false, &mut |key, row| {
                hash.add(kind, key, row);
                true
            })?;
        }
        let world = &self.world;
        let books = minicbor::to_vec(&world.books).expect("encoding into memory cannot fail");
        hash.add(5, b"books", &books);
        let effects: Vec<_> = world.effects.iter().collect();
        hash.add(6, b"effects", &minicbor::to_vec(&effects).expect("encoding into memory cannot fail"));
        hash.add(7, b"head", &[world.last_seq.0.to_be_bytes(), world.next_strand.to_be_bytes()].concat());
        Ok(hash)
    }

    fn hash_threads(&self, hash: &mut StateHash) -> Result<(), StateError> {
        let keys = &self.world.keys;
        let mut failure = None;
        self.world.store.scan(Table::Threads, &[], &[0xff; 32], false, &mut |row_key, row| {
            let Some(key) = ChunkKey::read(row_key) else { return true };
            match keys.open_row(key.strand, row_key, row) {
                Ok(plain) => hash.add(1, row_key, &plain),
                Err(keys::Opening::Destroyed) => {}
                Err(error) => failure = Some(error.to_string()),
            }
            failure.is_none()
        })?;
        failure.map_or(Ok(()), |cause| {
            Err(StateError::Row { table: Table::Threads, key: "chunk".into(), cause })
        })
    }

    /// Reads the whole ledger, checks its chain, replays it into `scratch` and compares: the checked ledger, the
    /// hash of the state there is and of the one replayed.
    pub fn verify(mut self, scratch: Arc<dyn Store>) -> Result<(Verified, StateHash, StateHash), Broken> {
        let checked = self.reader.verify()?;
        let there = self.state_hash()?;
        let replayed = self.replayed(scratch)?.state_hash()?;
        Ok((checked, there, replayed))
    }

    /// Throws the derived state away and derives it anew from the ledger.
    pub fn rebuild(self) -> Result<Self, Broken> {
        let store = Arc::clone(&self.world.store);
        clear_state(&*store)?;
        let mut rebuilt = self.replayed(store)?;
        rebuilt.checkpoint()?;
        Ok(rebuilt)
    }

    fn replayed(self, store: Arc<dyn Store>) -> Result<Self, Broken> {
        let Self { writer, world, options, .. } = self;
        let keys = Arc::clone(&world.keys);
        let writer = writer.expect("only a shard that takes records is verified and rebuilt");
        Ok(Self::open(writer, keys, store, options)?.0)
    }

    /// When the next timer is due; at once where effects wait to be handed out.
    pub fn next_due(&self) -> Option<Timestamp> {
        let owed = (!self.owed.ready.is_empty()).then_some(self.world.time);
        owed.or_else(|| self.world.timers.first().map(|(due, _): &(Timestamp, CustomerId)| *due))
    }
}

/// Deletes every row, so that the next opening replays the whole ledger.
pub fn clear_state(store: &dyn Store) -> Result<(), StateError> {
    for table in Table::ALL {
        let mut keys = Vec::new();
        store.scan(table, &[], &[0xff; 32], false, &mut |key, _| {
            keys.push(key.to_vec());
            true
        })?;
        let mut batch = Batch::default();
        keys.into_iter().for_each(|key| batch.delete(table, key));
        store.commit(batch)?;
    }
    for blob in store.blobs()? {
        store.remove_blob(&blob)?;
    }
    store.sync()
}
