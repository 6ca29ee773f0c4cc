//! The redo file: a large batch, written down and durable before it is applied in bulk.
//!
//! Rows that go through the LSM store's memory table are written four times and sorted one by one; a checkpoint
//! of hundreds of thousands of rows is cheaper as ready-made tables. Those come into force table by table, so the
//! batch is all or nothing only with this file: what a crash cut short is applied again at the next opening.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Read, Seek, Write as _};
use std::path::{Path, PathBuf};

use fjall::Slice;

use crate::{StateError, Table, Write};

/// The length that stands for a deleted row.
const DELETED: u32 = u32::MAX;

/// So much goes to the disk at once. The ledger's frames wait behind what is on its way to the same disk: a file of
/// hundreds of megabytes that is left to the system to write keeps them for a tenth of a second.
const PIECE_BYTES: usize = 1 << 20;

/// A file whose every write is durable when it returns.
struct Paced(File);

impl io::Write for Paced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.0.sync_data()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Redo {
    folder: PathBuf,
}

impl Redo {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("redo")
    }

    /// The file of a batch being written. It is the one of the batch before, written over: the system has its pages
    /// at hand and its place on the disk, which for a new file of hundreds of megabytes costs more than the bytes.
    fn unfinished(&self) -> PathBuf {
        self.folder.join("redo.unfinished")
    }

    /// Writes the batch down; when this returns it survives a crash.
    pub fn write(&self, writes: &[Write]) -> Result<(), StateError> {
        let unfinished = self.unfinished();
        let file = File::options().write(true).create(true).truncate(false).open(&unfinished)?;
        let mut file = BufWriter::with_capacity(PIECE_BYTES, Paced(file));
        for (table, key, value) in writes {
            let length = value.as_ref().map_or(DELETED, |value| value.len() as u32);
            file.write_all(&[table.index() as u8, key.len() as u8])?;
            file.write_all(&length.to_le_bytes())?;
            file.write_all(key)?;
            file.write_all(value.as_deref().unwrap_or_default())?;
        }
        let mut file = file.into_inner().map_err(IntoInnerError::into_error)?.0;
        let length = file.stream_position()?;
        file.set_len(length)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.file())?;
        self.sync_folder()
    }

    /// The batch that a crash cut short; none when the last one was applied whole.
    pub fn read(&self) -> Result<Option<Vec<Write>>, StateError> {
        let mut bytes = Vec::new();
        match File::open(self.file()) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut rest = &bytes[..];
        let mut writes = Vec::new();
        while !rest.is_empty() {
            let write = take(&mut rest).ok_or_else(|| {
                StateError::Store(
                    "the redo file is damaged; delete the state folder to rebuild it from the ledger".into(),
                )
            })?;
            writes.push(write);
        }
        Ok(Some(writes))
    }

    /// Forgets the batch: it has been applied and is durable.
    pub fn remove(&self) -> Result<(), StateError> {
        fs::rename(self.file(), self.unfinished())?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<(), StateError> {
        Ok(File::open(&self.folder)?.sync_all()?)
    }
}

fn take(rest: &mut &[u8]) -> Option<Write> {
    let (&[table, key_length], after) = rest.split_first_chunk::<2>()?;
    let (length, after) = after.split_first_chunk::<4>()?;
    let (key, after) = after.split_at_checked(usize::from(key_length))?;
    let length = u32::from_le_bytes(*length);
    let (value, after) = match length {
        DELETED => (None, after),
        length => after.split_at_checked(length as usize).map(|(value, after)| (Some(value), after))?,
    };
    *rest = after;
    Some((*Table::ALL.get(usize::from(table))?, Slice::from(key), value.map(Slice::from)))
}
