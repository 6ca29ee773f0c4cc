//! Reading records and frames, from any thread.

use std::marker::PhantomData;

use model::{FrameSeq, Position, Seq};

use crate::{Checksum, Disk, Frame, LedgerError};

/// Reads what was written. Cloning is cheap; clones share open files and the frame index.
pub struct Reader<D: Disk> {
    _disk: PhantomData<D>,
}

impl<D: Disk> Clone for Reader<D> {
    fn clone(&self) -> Self {
        Self { _disk: PhantomData }
    }
}

/// Where to begin walking: at a frame, at the frame that holds a record, or at the frame that holds a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Frame(FrameSeq),
    Record(Seq),
    Position(Position),
}

impl From<FrameSeq> for Start {
    fn from(seq: FrameSeq) -> Self {
        Self::Frame(seq)
    }
}

impl From<Seq> for Start {
    fn from(seq: Seq) -> Self {
        Self::Record(seq)
    }
}

impl From<Position> for Start {
    fn from(position: Position) -> Self {
        Self::Position(position)
    }
}

/// A whole ledger, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub frames: u64,
    pub records: u64,
    pub bytes: u64,
    /// The checksum of the last frame; it vouches for every byte before it.
    pub head: Checksum,
}

impl<D: Disk> Reader<D> {
    /// The record that begins at `position`, checked alone.
    pub fn read(&self, position: Position) -> Result<Vec<u8>, LedgerError> {
        let _ = position;
        todo!()
    }

    /// Frames in order up to the last one written, each checked and chained to the one before.
    pub fn frames_from(&self, start: impl Into<Start>) -> Frames<D> {
        let _ = start.into();
        todo!()
    }

    /// Walks and checks everything.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        todo!()
    }
}

/// Frames in order; ends after the first error.
pub struct Frames<D: Disk> {
    _disk: PhantomData<D>,
}

impl<D: Disk> Iterator for Frames<D> {
    type Item = Result<Frame, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}
