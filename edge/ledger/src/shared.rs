//! What the writer, the syncers and the readers of one ledger share: open files, how far it goes, the index.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use model::FrameSeq;

use crate::index::Index;
use crate::{Damage, Disk, File, LedgerError};

/// The most segment files held open at once; a process may have about a thousand.
const FILES_OPEN_MAX: usize = 256;

/// The name of the segment that begins at `base`: its offset, so that names sort as the bytes do.
pub(crate) fn segment_name(base: u64) -> String {
    format!("{base:020}.seg")
}

pub(crate) struct Shared<D: Disk> {
    pub disk: D,
    pub index: Mutex<Index>,
    segments: Mutex<Segments<D::File>>,
    progress: Mutex<Progress<D::File>>,
    /// Held while a sync runs, so that later callers wait for it and then often need none of their own.
    pub syncing: Mutex<()>,
}

struct Segments<F> {
    /// Bases in order.
    bases: Vec<u64>,
    open: BTreeMap<u64, Arc<F>>,
}

/// How far the ledger goes.
pub(crate) struct Progress<F> {
    /// The last frame written, and where it ends.
    pub written: FrameSeq,
    pub end: u64,
    /// The segment it stands in; none in an empty ledger that is only read.
    pub file: Option<Arc<F>>,
    /// The last frame that survives a power cut.
    pub durable: FrameSeq,
    pub poison: Option<String>,
}

/// One segment, open.
pub(crate) struct Segment<F> {
    pub base: u64,
    /// Where its last written frame ends, as a position.
    pub end: u64,
    pub file: Arc<F>,
}

impl<F> Clone for Segment<F> {
    fn clone(&self) -> Self {
        Self { base: self.base, end: self.end, file: self.file.clone() }
    }
}

impl<D: Disk> Shared<D> {
    pub fn new(disk: D, bases: Vec<u64>, index: Index, progress: Progress<D::File>) -> Self {
        Self {
            disk,
            index: Mutex::new(index),
            segments: Mutex::new(Segments { bases, open: BTreeMap::new() }),
            progress: Mutex::new(progress),
            syncing: Mutex::new(()),
        }
    }

    pub fn progress(&self) -> MutexGuard<'_, Progress<D::File>> {
        self.progress.lock().expect("no holder of this lock panics")
    }

    pub fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().expect("no holder of this lock panics")
    }

    /// The error that every write gets after one could not be made durable.
    pub fn check_poison(&self) -> Result<(), LedgerError> {
        match &self.progress().poison {
            Some(cause) => Err(LedgerError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    /// Remembers that what was written may not be durable; nothing is written or synced after this.
    pub fn poison(&self, doing: &'static str, source: io::Error) -> LedgerError {
        let cause = format!("cannot {doing}: {source}");
        self.progress().poison.get_or_insert(cause.clone());
        LedgerError::Poisoned { cause }
    }

    pub fn add_segment(&self, base: u64) {
        self.segments().bases.push(base);
    }

    /// The segment that holds `position`; `None` at and after the end.
    pub fn segment_at(&self, position: u64) -> Result<Option<Segment<D::File>>, LedgerError> {
        let end = self.progress().end;
        if position >= end {
            return Ok(None);
        }
        let mut segments = self.segments();
        let place = segments.bases.partition_point(|base| *base <= position);
        let Some(base) = place.checked_sub(1).map(|place| segments.bases[place]) else { return Ok(None) };
        let end = segments.bases.get(place).copied().unwrap_or(end).min(end);
        let file = match segments.open.get(&base) {
            Some(file) => file.clone(),
            None => {
                let name = segment_name(base);
                let file = Arc::new(self.disk.open(&name).map_err(LedgerError::io("open", name))?);
                if segments.open.len() >= FILES_OPEN_MAX {
                    segments.open.pop_first();
                }
                segments.open.insert(base, file.clone());
                file
            }
        };
        Ok(Some(Segment { base, end, file }))
    }

    pub fn read_at(
        &self,
        segment: &Segment<D::File>,
        position: u64,
        buffer: &mut [u8],
    ) -> Result<usize, LedgerError> {
        let failed = LedgerError::io("read", segment_name(segment.base));
        segment.file.read_at(position - segment.base, buffer).map_err(failed)
    }

    pub fn damaged(&self, base: u64, position: u64, frame: FrameSeq, damage: Damage) -> LedgerError {
        LedgerError::Damaged { segment: segment_name(base), offset: position - base, frame, damage }
    }

    fn segments(&self) -> MutexGuard<'_, Segments<D::File>> {
        self.segments.lock().expect("no holder of this lock panics")
    }
}
