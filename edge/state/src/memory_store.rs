//! The store in memory: for the simulation, with what a crash does to batches that were not synced.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::{Batch, Fill, StateError, Store, Table, Visit, Write};

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Default)]
struct Inner {
    rows: Rows,
    /// Rows as of the last sync, and the batches committed since.
    durable: Rows,
    unsynced: Vec<Vec<Write>>,
    blobs: BTreeMap<String, Vec<u8>>,
}

/// Rows in memory. Clones share them, so that a world can crash one and open it again.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Inner>>);

impl MemoryStore {
    /// Loses what was not synced but the first `kept` batches, as a power cut does.
    pub fn crash(&self, kept: usize) {
        let mut inner = self.inner();
        let mut rows = std::mem::take(&mut inner.durable);
        for batch in inner.unsynced.drain(..).take(kept) {
            apply(&mut rows, batch);
        }
        inner.rows.clone_from(&rows);
        inner.durable = rows;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no holder of the lock panics")
    }
}

fn apply(rows: &mut Rows, batch: Vec<Write>) {
    for (table, key, value) in batch {
        match value {
            Some(value) => rows.insert((table, key.to_vec()), value.to_vec()),
            None => rows.remove(&(table, key.to_vec())),
        };
    }
}

impl Store for MemoryStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.inner().rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        backwards: bool,
        visit: Visit<'_>,
    ) -> Result<(), StateError> {
        let bounds = (Bound::Included((table, from.to_vec())), Bound::Included((table, to.to_vec())));
        let found: Vec<_> =
            self.inner().rows.range(bounds).map(|((_, key), value)| (key.clone(), value.clone())).collect();
        let mut rows = found.iter();
        while let Some((key, value)) = if backwards { rows.next_back() } else { rows.next() } {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn commit(&self, batch: Batch) -> Result<(), StateError> {
        let mut inner = self.inner();
        inner.unsynced.push(batch.writes.clone());
        apply(&mut inner.rows, batch.writes);
        Ok(())
    }

    fn sync(&self) -> Result<(), StateError> {
        let mut inner = self.inner();
        inner.unsynced.clear();
        inner.durable = inner.rows.clone();
        Ok(())
    }

    fn put_blob(&self, name: &str, fill: Fill<'_>) -> Result<(), StateError> {
        let (mut blob, mut piece) = (Vec::new(), Vec::new());
        loop {
            piece.clear();
            fill(&mut piece)?;
            if piece.is_empty() {
                break;
            }
            blob.extend_from_slice(&piece);
        }
        self.inner().blobs.insert(name.into(), blob);
        Ok(())
    }

    fn read_blob(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, StateError> {
        let inner = self.inner();
        let blob = inner.blobs.get(name).ok_or_else(|| StateError::Store(format!("no blob {name}")))?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(blob.len());
        Ok(blob[start..start.saturating_add(length).min(blob.len())].to_vec())
    }

    fn remove_blob(&self, name: &str) -> Result<(), StateError> {
        self.inner().blobs.remove(name);
        Ok(())
    }

    fn blobs(&self) -> Result<Vec<String>, StateError> {
        Ok(self.inner().blobs.keys().cloned().collect())
    }

    fn compact(&self) -> Result<(), StateError> {
        Ok(())
    }
}
