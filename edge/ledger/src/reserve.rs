//! Space kept back in a file of zeros, so that an erasure or a revocation still fits on a full disk.

use crate::error::is_full;
use crate::{Disk, File, LedgerError};

const NAME: &str = "reserve";
const CHUNK_BYTES: u64 = 256 << 10;

pub(crate) struct Reserve<F> {
    file: Option<F>,
    wanted: u64,
    filled: bool,
}

impl<F: File> Reserve<F> {
    /// Finds or makes the reserve; on a full disk it stays empty until there is space.
    pub fn open<D: Disk<File = F>>(disk: &D, wanted: u64) -> Result<Self, LedgerError> {
        if wanted == 0 {
            return Ok(Self { file: None, wanted, filled: true });
        }
        let failed = || LedgerError::io("open", NAME);
        let found = disk.list().map_err(failed())?.iter().any(|name| name == NAME);
        let file = match if found { disk.open(NAME) } else { disk.create(NAME) } {
            Ok(file) => file,
            Err(error) if is_full(&error) => return Ok(Self { file: None, wanted, filled: false }),
            Err(error) => return Err(failed()(error)),
        };
        let filled = file.len().map_err(failed())? == wanted;
        let mut reserve = Self { file: Some(file), wanted, filled };
        reserve.refill(disk)?;
        Ok(reserve)
    }

    /// Takes the space back after it was given away. Whether there is a full reserve now.
    pub fn refill<D: Disk<File = F>>(&mut self, disk: &D) -> Result<bool, LedgerError> {
        if self.filled {
            return Ok(true);
        }
        if self.file.is_none() {
            *self = Self::open(disk, self.wanted)?;
            return Ok(self.filled);
        }
        let Some(file) = &self.file else { return Ok(false) };
        match fill(file, self.wanted) {
            Ok(()) => self.filled = true,
            Err(error) if is_full(&error) => file.truncate(0).map_err(LedgerError::io("empty", NAME))?,
            Err(error) => return Err(LedgerError::io("fill", NAME)(error)),
        }
        Ok(self.filled)
    }

    /// Gives the space away. Whether there was any.
    pub fn release(&mut self) -> Result<bool, LedgerError> {
        let Some(file) = self.file.as_ref().filter(|_| self.filled) else { return Ok(false) };
        file.truncate(0).map_err(LedgerError::io("empty", NAME))?;
        self.filled = false;
        Ok(true)
    }
}

/// Writes zeros rather than only setting the length: a hole reserves nothing.
fn fill<F: File>(file: &F, wanted: u64) -> std::io::Result<()> {
    file.truncate(0)?;
    let zeros = vec![0; CHUNK_BYTES.min(wanted) as usize];
    let mut at = 0;
    while at < wanted {
        let count = (wanted - at).min(CHUNK_BYTES);
        file.write_at(at, &zeros[..count as usize])?;
        at += count;
    }
    file.sync()
}
