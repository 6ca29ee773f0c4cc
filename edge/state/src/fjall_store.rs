//! The store on fjall: one database folder, one key space per table, blobs as files beside it.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};

use crate::redo::Redo;
use crate::{Batch, Fill, StateError, Store, Table, Visit, Write};

/// Memory fjall may use to cache blocks, in bytes. Hot customers are cached decoded by the shard, so
/// this serves cold reads only.
const CACHE_BYTES: u64 = 64 << 20;
/// Size at which a memory table is written out, in bytes.
const MEMTABLE_BYTES: u64 = 32 << 20;

/// Batches of so many changes are applied as ready-made tables.
const BULK_MIN: usize = 10_000;
/// Tables with fewer changes than this go through the memory table all the same.
const BULK_TABLE_MIN: usize = 1_000;

/// Rows in fjall, blobs in `blobs/`.
pub struct FjallStore {
    database: Database,
    redo: Redo,
    tables: [Keyspace; Table::ALL.len()],
    blobs: PathBuf,
}

fn failed(error: fjall::Error) -> StateError {
    StateError::Store(error.to_string())
}

impl FjallStore {
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let database = Database::builder(folder.join("rows"))
            .cache_size(CACHE_BYTES)
            .manual_journal_persist(true)
            .worker_threads(1)
            .open()
            .map_err(failed)?;
        let keyspace = |table: Table| {
            let options = || {
                KeyspaceCreateOptions::default()
                    .max_memtable_size(MEMTABLE_BYTES)
                    .manual_journal_persist(true)
            };
            database.keyspace(table.name(), options).map_err(failed)
        };
        let tables = [
            keyspace(Table::Meta)?,
            keyspace(Table::Customers)?,
            keyspace(Table::Identifiers)?,
            keyspace(Table::Threads)?,
            keyspace(Table::Quarantine)?,
            keyspace(Table::Timers)?,
            keyspace(Table::Strands)?,
        ];
        let blobs = folder.join("blobs");
        fs::create_dir_all(&blobs)?;
        let store = Self { database, redo: Redo::new(folder), tables, blobs };
        if let Some(writes) = store.redo.read()? {
            store.apply_in_bulk(&writes)?;
        }
        Ok(store)
    }

    fn table(&self, table: Table) -> &Keyspace {
        &self.tables[table.index()]
    }

    fn apply(&self, writes: &[Write]) -> Result<(), StateError> {
        let mut batch = OwnedWriteBatch::with_capacity(self.database.clone(), writes.len());
        for (table, key, value) in writes {
            match value {
                Some(value) => batch.insert(self.table(*table), key.clone(), value.clone()),
                None => batch.remove(self.table(*table), key.clone()),
            }
        }
        batch.commit().map_err(failed)
    }

    /// Applies the batch of the redo file, table by table, and forgets the file.
    fn apply_in_bulk(&self, writes: &[Write]) -> Result<(), StateError> {
        for part in writes.chunk_by(|a, b| a.0 == b.0) {
            if part.len() < BULK_TABLE_MIN {
                self.apply(part)?;
                continue;
            }
            let mut tables = self.table(part[0].0).start_ingestion().map_err(failed)?;
            for (_, key, value) in part {
                match value {
                    Some(value) => tables.write(key.clone(), value.clone()),
                    None => tables.write_tombstone(key.clone()),
                }
                .map_err(failed)?;
            }
            tables.finish().map_err(failed)?;
        }
        self.database.persist(PersistMode::SyncAll).map_err(failed)?;
        self.redo.remove()
    }
}

impl Store for FjallStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.table(table).get(key).map_err(failed)?.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        backwards: bool,
        visit: Visit<'_>,
    ) -> Result<(), StateError> {
        let mut rows = self.table(table).range(from.to_vec()..=to.to_vec());
        while let Some(row) = if backwards { rows.next_back() } else { rows.next() } {
            let (key, value) = row.into_inner().map_err(failed)?;
            if !visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn commit(&self, batch: Batch) -> Result<(), StateError> {
        let writes = batch.in_order();
        if writes.len() < BULK_MIN {
            return self.apply(&writes);
        }
        self.redo.write(&writes)?;
        self.apply_in_bulk(&writes)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.database.persist(PersistMode::SyncAll).map_err(failed)
    }

    fn put_blob(&self, name: &str, fill: Fill<'_>) -> Result<(), StateError> {
        let unfinished = self.blobs.join(format!("{name}.unfinished"));
        let mut file = File::create(&unfinished)?;
        let mut piece = Vec::new();
        loop {
            piece.clear();
            fill(&mut piece)?;
            if piece.is_empty() {
                break;
            }
            file.write_all(&piece)?;
        }
        file.sync_all()?;
        fs::rename(&unfinished, self.blobs.join(name))?;
        File::open(&self.blobs)?.sync_all()?;
        Ok(())
    }

    fn read_blob(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, StateError> {
        let file = File::open(self.blobs.join(name))?;
        let rest = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = vec![0; length.min(usize::try_from(rest).unwrap_or(usize::MAX))];
        file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    fn remove_blob(&self, name: &str) -> Result<(), StateError> {
        match fs::remove_file(self.blobs.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn blobs(&self) -> Result<Vec<String>, StateError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.blobs)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn compact(&self) -> Result<(), StateError> {
        for table in &self.tables {
            table.rotate_memtable_and_wait().map_err(failed)?;
            table.major_compact().map_err(failed)?;
        }
        self.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch large enough to be applied in bulk, with rows of three tables.
    fn large(value: u8) -> Batch {
        let mut batch = Batch::default();
        for number in 0..BULK_MIN as u64 {
            batch.put(Table::Customers, number.to_be_bytes(), [value; 40]);
            batch.put(Table::Identifiers, (number / 8).to_be_bytes(), [value, (number % 8) as u8]);
        }
        batch.put(Table::Meta, *b"checkpoint", [value]);
        batch
    }

    #[test]
    fn a_large_batch_replaces_and_deletes_rows_and_survives() {
        let folder = tempfile::tempdir().unwrap();
        let store = FjallStore::open(folder.path()).unwrap();
        store.commit(large(1)).unwrap();
        let mut second = large(2);
        second.delete(Table::Customers, 7u64.to_be_bytes());
        store.commit(second).unwrap();
        let mut small = Batch::default();
        small.put(Table::Customers, 8u64.to_be_bytes(), [3]);
        store.commit(small).unwrap();
        store.sync().unwrap();
        drop(store);
        let store = FjallStore::open(folder.path()).unwrap();
        let get = |table, key: u64| store.get(table, &key.to_be_bytes()).unwrap();
        assert_eq!(get(Table::Customers, 7), None);
        assert_eq!(get(Table::Customers, 8), Some(vec![3]));
        assert_eq!(get(Table::Customers, 9), Some(vec![2; 40]));
        assert_eq!(get(Table::Identifiers, 5), Some(vec![2, 7]), "the last of eight changes of the row");
        assert_eq!(store.get(Table::Meta, b"checkpoint").unwrap(), Some(vec![2]));
    }

    #[test]
    fn a_large_batch_that_a_crash_cut_short_is_applied_at_the_next_opening() {
        let folder = tempfile::tempdir().unwrap();
        let store = FjallStore::open(folder.path()).unwrap();
        store.commit(large(1)).unwrap();
        // As a crash leaves it: the redo file is durable, and one table of the batch is in force.
        let writes = large(2).in_order();
        store.redo.write(&writes).unwrap();
        store.apply(&writes[..1]).unwrap();
        drop(store);
        let store = FjallStore::open(folder.path()).unwrap();
        assert_eq!(store.get(Table::Meta, b"checkpoint").unwrap(), Some(vec![2]));
        assert_eq!(store.get(Table::Customers, &9u64.to_be_bytes()).unwrap(), Some(vec![2; 40]));
        assert!(store.redo.read().unwrap().is_none());
    }

    #[test]
    fn the_file_of_a_batch_is_written_over_and_holds_nothing_of_a_longer_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let redo = Redo::new(folder.path());
        let (long, short) = (large(1).in_order(), large(2).in_order().split_off(BULK_MIN));
        redo.write(&long).unwrap();
        assert_eq!(redo.read().unwrap().unwrap().len(), long.len());
        redo.remove().unwrap();
        assert!(redo.read().unwrap().is_none());
        redo.write(&short).unwrap();
        let read = redo.read().unwrap().unwrap();
        assert!(read.iter().map(|write| &write.2).eq(short.iter().map(|write| &write.2)));
    }

    #[test]
    fn rows_and_blobs_survive_a_reopen() {
        let folder = tempfile::tempdir().unwrap();
        {
            let store = FjallStore::open(folder.path()).unwrap();
            let mut batch = Batch::default();
            for number in 0..10u8 {
                batch.put(Table::Threads, [7, number], [number]);
            }
            batch.delete(Table::Threads, [7, 3]);
            store.commit(batch).unwrap();
            let mut pieces = ["ab", "cdef"].iter();
            let fill = &mut |piece: &mut Vec<u8>| {
                piece.extend(pieces.next().iter().flat_map(|piece| piece.bytes()));
                Ok(())
            };
            store.put_blob("messages-1", fill).unwrap();
            store.sync().unwrap();
        }
        let store = FjallStore::open(folder.path()).unwrap();
        let mut seen = Vec::new();
        store
            .scan(Table::Threads, &[7, 0], &[7, 8], true, &mut |_, value| {
                seen.push(value[0]);
                seen.len() < 7
            })
            .unwrap();
        assert_eq!(seen, [8, 7, 6, 5, 4, 2, 1]);
        assert_eq!(store.get(Table::Customers, &[7, 1]).unwrap(), None);
        assert_eq!(store.read_blob("messages-1", 4, 100).unwrap(), b"ef");
        store.compact().unwrap();
        assert_eq!(store.get(Table::Threads, &[7, 3]).unwrap(), None);
    }
}
