//! Reading records and frames, from any thread.

use std::sync::Arc;

use model::{FrameSeq, Position};

use crate::frame::{PREFIX_BYTES, record_at, record_crc};
use crate::recovery;
use crate::shared::Shared;
use crate::walk::{Start, Walk};
use crate::{Checksum, Disk, Frame, LedgerError};

/// Reads what was written. Cloning is cheap; clones share open files and the frame index.
pub struct Reader<D: Disk> {
    shared: Arc<Shared<D>>,
}

impl<D: Disk> Clone for Reader<D> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
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

/// What one read fetches when it does not know the record's length yet: most records whole.
const GUESS_BYTES: usize = 1024;

impl<D: Disk> Reader<D> {
    pub(crate) fn new(shared: Arc<Shared<D>>) -> Self {
        Self { shared }
    }

    /// Opens a ledger only to read it: changes nothing, takes no lock, ends before a torn tail.
    pub fn open(disk: D) -> Result<Self, LedgerError> {
        let survey = recovery::survey(&disk)?;
        Ok(Self { shared: Arc::new(survey.into_shared(disk)) })
    }

    /// The last frame written, and where it ends.
    pub fn last(&self) -> (FrameSeq, Position) {
        let progress = self.shared.progress();
        (progress.written, Position(progress.end))
    }

    /// The record that begins at `position`, checked alone.
    pub fn read(&self, position: Position) -> Result<Vec<u8>, LedgerError> {
        let Some(segment) = self.shared.segment_at(position.0)? else {
            return Err(LedgerError::NoRecord { position });
        };
        let room = (segment.end - position.0) as usize;
        let mut bytes = vec![0; GUESS_BYTES.min(room)];
        let mut held = self.shared.read_at(&segment, position.0, &mut bytes)?;
        bytes.truncate(held);
        let Some(prefix) = bytes.first_chunk::<PREFIX_BYTES>() else {
            return Err(self.why_unreadable(position));
        };
        let [l0, l1, l2, l3, c0, c1, c2, c3] = *prefix;
        let (length, crc) = (u32::from_le_bytes([l0, l1, l2, l3]), u32::from_le_bytes([c0, c1, c2, c3]));
        let whole = PREFIX_BYTES + length as usize;
        if whole > room {
            return Err(self.why_unreadable(position));
        }
        if whole > held {
            bytes.resize(whole, 0);
            held += self.shared.read_at(&segment, position.0 + held as u64, &mut bytes[held..])?;
        }
        if held < whole || record_crc(length, &bytes[PREFIX_BYTES..whole]) != crc {
            return Err(self.why_unreadable(position));
        }
        bytes.truncate(whole);
        bytes.drain(..PREFIX_BYTES);
        Ok(bytes)
    }

    /// Frames in order up to the last one written, each checked and chained to the one before.
    pub fn frames_from(&self, start: impl Into<Start>) -> Frames<D> {
        Frames { shared: self.shared.clone(), state: State::Before(start.into()) }
    }

    /// Walks and checks everything.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        let mut walk = Walk::begin(self.shared.clone(), Start::Position(Position(0)))?;
        let mut verified = Verified { frames: 0, records: 0, bytes: 0, head: Checksum::default() };
        while let Some((position, header)) = walk.next()? {
            let body = walk.body(position, &header)?;
            if !records_hold(body, header.count) {
                return Err(walk.damaged_record(position, header.seq));
            }
            verified.frames += 1;
            verified.records += u64::from(header.count);
            verified.bytes += header.frame_len();
            verified.head = header.checksum;
        }
        Ok(verified)
    }

    /// Tells damage from a position that was never a record's: asks the frame around it.
    fn why_unreadable(&self, position: Position) -> LedgerError {
        let frame = self.frames_from(position).next();
        match frame {
            Some(Err(error)) => error,
            Some(Ok(_)) | None => LedgerError::NoRecord { position },
        }
    }
}

/// Frames in order; ends after the first error.
pub struct Frames<D: Disk> {
    shared: Arc<Shared<D>>,
    state: State<D>,
}

enum State<D: Disk> {
    Before(Start),
    Walking(Box<Walk<D>>),
    Failed,
}

impl<D: Disk> Iterator for Frames<D> {
    type Item = Result<Frame, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.step().transpose();
        if let Some(Err(_)) = frame {
            self.state = State::Failed;
        }
        frame
    }
}

impl<D: Disk> Frames<D> {
    fn step(&mut self) -> Result<Option<Frame>, LedgerError> {
        if let State::Before(start) = self.state {
            self.state = State::Walking(Box::new(Walk::begin(self.shared.clone(), start)?));
        }
        let State::Walking(walk) = &mut self.state else { return Ok(None) };
        let Some((position, header)) = walk.next()? else { return Ok(None) };
        let body = walk.body(position, &header)?.to_vec();
        Ok(Some(Frame {
            seq: header.seq,
            first_record: header.first_record,
            time: header.time,
            epoch: header.epoch,
            checksum: header.checksum,
            position: Position(position),
            count: header.count,
            body,
        }))
    }
}

/// Whether `body` is `count` records, each matching its checksum, and nothing else.
fn records_hold(body: &[u8], count: u32) -> bool {
    let mut at = 0;
    for _ in 0..count {
        let Some(bytes) = record_at(body, at) else { return false };
        let crc = record_crc(bytes.len() as u32, bytes);
        if body[at + 4..at + PREFIX_BYTES] != crc.to_le_bytes() {
            return false;
        }
        at += PREFIX_BYTES + bytes.len();
    }
    at == body.len()
}
