//! The store on fjall: one database folder, one key space per table, blobs as files beside it.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::{Batch, StateError, Store, Table, Visit};

/// Memory fjall may use to cache blocks, in bytes. Hot customers are cached decoded by the shard, so
/// this serves cold reads only.
const CACHE_BYTES: u64 = 64 << 20;
/// Size at which a memory table is written out, in bytes.
const MEMTABLE_BYTES: u64 = 32 << 20;

/// Rows in fjall, blobs in `blobs/`.
pub struct FjallStore {
    database: Database,
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
        Ok(Self { database, tables, blobs })
    }

    fn table(&self, table: Table) -> &Keyspace {
        let index = Table::ALL.iter().position(|&each| each == table).expect("every table is listed");
        &self.tables[index]
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
        let mut writes = self.database.batch();
        for (table, key, value) in batch.writes {
            match value {
                Some(value) => writes.insert(self.table(table), key, value),
                None => writes.remove(self.table(table), key),
            }
        }
        writes.commit().map_err(failed)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.database.persist(PersistMode::SyncAll).map_err(failed)
    }

    fn put_blob(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        let unfinished = self.blobs.join(format!("{name}.unfinished"));
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
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
            store.put_blob("messages-1", b"abcdef").unwrap();
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
