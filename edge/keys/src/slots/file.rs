//! Slots in a folder of the operating system.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{SLOT_BYTES, Slots};

const WORKSPACE: &str = "workspace.key";
const STRANDS: &str = "strands.keys";

/// Two files in one folder: `workspace.key` and `strands.keys`.
#[derive(Debug)]
pub struct FileSlots {
    folder: PathBuf,
    strands: fs::File,
}

impl FileSlots {
    /// Makes the folder and the slot file when they are missing, readable by their owner only.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(STRANDS);
        let strands =
            fs::File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(Self { folder: folder.to_owned(), strands })
    }
}

impl FileSlots {
    /// Empties the slots that a failed write reached, so that none is left half written. Only a write of many
    /// new slots can stop in the middle: a single slot goes in whole or not at all.
    fn take_back(&self, begin: u64, written: usize, len: u64) -> io::Result<()> {
        if written == 0 {
            return Ok(());
        }
        let end = (begin + written as u64).min(len);
        self.strands.write_all_at(&vec![0; end.saturating_sub(begin) as usize], begin)?;
        self.strands.set_len(len)
    }
}

impl Slots for FileSlots {
    fn workspace(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder.join(WORKSPACE)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn put_workspace(&self, bytes: &[u8]) -> io::Result<()> {
        let draft = self.folder.join("workspace.key.new");
        let mut file =
            fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(draft, self.folder.join(WORKSPACE))?;
        fs::File::open(&self.folder)?.sync_all()
    }

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.strands.metadata()?.len() == 0)
    }

    fn read(&self, first: u64, slots: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < slots.len() {
            match self.strands.read_at(&mut slots[filled..], first * SLOT_BYTES as u64 + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        slots[filled..].fill(0);
        Ok(())
    }

    fn write(&self, first: u64, slots: &[u8]) -> io::Result<()> {
        let begin = first * SLOT_BYTES as u64;
        let len = self.strands.metadata()?.len();
        let mut written = 0;
        while written < slots.len() {
            match self.strands.write_at(&slots[written..], begin + written as u64) {
                Ok(count) if count > 0 => written += count,
                Ok(_) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.take_back(begin, written, len).map_err(|undo| io::Error::other(undo.to_string()))?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.strands.sync_data()
    }
}
