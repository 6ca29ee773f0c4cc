//! The file operations the ledger needs, and the real ones in a folder.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One folder of files. Implemented by [`RealDisk`] and by the simulation's disk in memory.
pub trait Disk: Send + Sync + 'static {
    type File: File;
    /// Held while a writer is open; dropping it lets the next writer in.
    type Lock: Send + Sync + 'static;

    /// The names of all files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file that exists, to read and write.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Makes an empty file; fails when the name is taken. Durable after [`Self::sync_folder`].
    fn create(&self, name: &str) -> io::Result<Self::File>;

    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes created and removed names durable.
    fn sync_folder(&self) -> io::Result<()>;

    /// Takes the exclusive lock called `name`; `None` when another writer holds it.
    fn lock(&self, name: &str) -> io::Result<Option<Self::Lock>>;
}

/// One open file. Offsets are explicit, so that a write is repeatable and needs no cursor.
pub trait File: Send + Sync + 'static {
    fn len(&self) -> io::Result<u64>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads at most `buffer.len()` bytes; fewer only at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes`; on an error any part of them may have been written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Returns once everything written so far survives a power cut.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the operating system.
#[derive(Debug, Clone)]
pub struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// Makes the folder when it is missing.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }
}

impl Disk for RealDisk {
    type File = fs::File;
    type Lock = fs::File;

    fn list(&self) -> io::Result<Vec<String>> {
        let names =
            fs::read_dir(&self.folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn open(&self, name: &str) -> io::Result<fs::File> {
        fs::File::options().read(true).write(true).open(self.folder.join(name))
    }

    fn create(&self, name: &str) -> io::Result<fs::File> {
        fs::File::options().read(true).write(true).create_new(true).open(self.folder.join(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        fs::File::open(&self.folder)?.sync_all()
    }

    fn lock(&self, name: &str) -> io::Result<Option<fs::File>> {
        let path = self.folder.join(name);
        let file = fs::File::options().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

impl File for fs::File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match FileExt::read_at(self, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        // The size of the file counts as data for this purpose; only its times are left out.
        self.sync_data()
    }
}
