//! The writer: appends frames to the last segment, one writer at a time.

use model::{FrameSeq, Position, Seq, Timestamp};

use crate::{Disk, FrameBuilder, LedgerError, Reader, Syncer};

/// How a ledger is kept.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// A new segment begins before a frame that would make the last one longer than this.
    pub segment_bytes: u64,
    /// Space kept back so that urgent records still fit on a full disk; 0 keeps none.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 256 << 20, reserve_bytes: 4 << 20 }
    }
}

/// What opening found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The epoch this writer opened.
    pub epoch: u32,
    /// The last frame and record before it; zeros in a new ledger.
    pub last_frame: FrameSeq,
    pub last_record: Seq,
    /// Bytes of a torn tail, never acknowledged, that were cut off.
    pub cut_bytes: u64,
}

/// What an append wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub frame: FrameSeq,
    /// The sequence of the first record; the others count up from it.
    pub first_seq: Seq,
    /// Where each record begins.
    pub positions: Vec<Position>,
}

/// The one writer of a ledger.
pub struct Ledger<D: Disk> {
    _disk: D,
}

impl<D: Disk> Ledger<D> {
    /// Opens or begins a ledger at time `opened`: finds the last good frame, cuts a torn tail, and opens a new
    /// writer epoch with a durable empty frame.
    pub fn open(disk: D, options: Options, opened: Timestamp) -> Result<(Self, Opened), LedgerError> {
        let _ = (disk, options, opened);
        todo!()
    }

    /// The last frame and record, and where the next frame will begin.
    pub fn last(&self) -> (FrameSeq, Seq, Position) {
        todo!()
    }

    pub fn epoch(&self) -> u32 {
        todo!()
    }

    /// Writes the frame, if `expected` is the last one. It is durable only after [`Syncer::sync`].
    pub fn append(
        &mut self,
        expected: FrameSeq,
        time: Timestamp,
        frame: &mut FrameBuilder,
    ) -> Result<Appended, LedgerError> {
        let _ = (expected, time, frame);
        todo!()
    }

    /// The same for records that must go on when the disk is full, such as an erasure: may use the reserve.
    pub fn append_urgent(
        &mut self,
        expected: FrameSeq,
        time: Timestamp,
        frame: &mut FrameBuilder,
    ) -> Result<Appended, LedgerError> {
        let _ = (expected, time, frame);
        todo!()
    }

    pub fn syncer(&self) -> Syncer<D> {
        todo!()
    }

    pub fn reader(&self) -> Reader<D> {
        todo!()
    }
}
