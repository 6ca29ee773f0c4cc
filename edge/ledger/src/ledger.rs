//! The writer: appends frames to the last segment, one writer at a time.

use std::io;
use std::sync::Arc;

use model::{FrameSeq, Position, Seq, Timestamp};

use crate::error::is_full;
use crate::frame::{FRAME_BYTES_MAX, Header, MAGIC};
use crate::recovery::{self, Survey};
use crate::reserve::Reserve;
use crate::shared::{Shared, segment_name};
use crate::{Checksum, Disk, File, FrameBuilder, LedgerError, Reader, Syncer};

/// How much of the tail is written again at once when a ledger is opened.
const REWRITE_BYTES: usize = 1 << 20;
/// A frame is followed by zeros when it is at most this part of them; a longer one is worth a length of its own.
const FRAME_PART_OF_FILL: u64 = 4;

/// Space is sure for a frame when the reserve is this many times as long.
const RESERVE_PER_FRAME: u64 = 4;

/// How a ledger is kept.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// A new segment begins before a frame that would make the last one longer than this.
    pub segment_bytes: u64,
    /// Space kept back so that urgent records still fit on a full disk; 0 keeps none.
    pub reserve_bytes: u64,
    /// Zeros written behind a frame that makes the file longer, for the frames after it: a sync that finds the
    /// file as long as before leaves its inode alone and takes a third less. 0 writes none.
    pub fill_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 256 << 20, reserve_bytes: 4 << 20, fill_bytes: 256 << 10 }
    }
}

/// What opening found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The epoch this writer opened.
    pub epoch: u32,
    /// The last frame and record found; zeros in a new ledger.
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
    shared: Arc<Shared<D>>,
    options: Options,
    epoch: u32,
    last: FrameSeq,
    next_record: Seq,
    checksum: Checksum,
    /// Where the next frame begins.
    end: u64,
    segment: Arc<D::File>,
    segment_base: u64,
    /// How long the segment's file is: what follows the last frame is zeros.
    len: u64,
    /// Off in a segment whose zeros the disk had no room for.
    fills: bool,
    reserve: Reserve<D::File>,
    _lock: D::Lock,
}

impl<D: Disk> Ledger<D> {
    /// Opens or begins a ledger at time `opened`: finds the last good frame, cuts a torn tail, and opens a new
    /// writer epoch with a durable empty frame.
    pub fn open(disk: D, options: Options, opened: Timestamp) -> Result<(Self, Opened), LedgerError> {
        let lock = disk.lock("lock").map_err(LedgerError::io("lock", "lock"))?.ok_or(LedgerError::Locked)?;
        let mut survey = recovery::survey(&disk)?;
        let (segment, segment_base) = last_segment(&disk, &mut survey)?;
        let segment = Arc::new(segment);
        let len = make_durable(&*segment, segment_base, &survey)
            .map_err(LedgerError::io("repair", segment_name(segment_base)))?;
        let (last_epoch, next_record, checksum) = survey.head();
        let last = survey.last.map_or(FrameSeq(0), |last| last.seq);
        let found = Opened {
            epoch: last_epoch + 1,
            last_frame: last,
            last_record: Seq(next_record.0 - 1),
            cut_bytes: survey.cut_bytes,
        };
        let end = survey.end;
        let reserve = Reserve::open(&disk, options.reserve_bytes)?;
        // The names of a segment made just before a crash of this process may not be durable yet.
        disk.sync_folder().map_err(LedgerError::io("sync", "."))?;
        let shared = Arc::new(survey.into_shared(disk));
        shared.progress().file = Some(segment.clone());
        let mut ledger = Self {
            shared,
            options,
            epoch: found.epoch,
            last,
            next_record,
            checksum,
            end,
            segment,
            segment_base,
            len,
            fills: true,
            reserve,
            _lock: lock,
        };
        // On a full disk the reserve is what lets a server start, answer reads and take erasures.
        ledger.append_urgent(last, opened, &mut FrameBuilder::new())?;
        ledger.syncer().sync(ledger.last)?;
        Ok((ledger, found))
    }

    /// The last frame and record, and where the next frame will begin.
    pub fn last(&self) -> (FrameSeq, Seq, Position) {
        (self.last, Seq(self.next_record.0 - 1), Position(self.end))
    }

    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Writes the frame, if `expected` is the last one. It is durable only after [`Syncer::sync`]. The records
    /// stay in `frame`, to be cleared or, after [`LedgerError::Full`], offered again.
    pub fn append(
        &mut self,
        expected: FrameSeq,
        time: Timestamp,
        frame: &mut FrameBuilder,
    ) -> Result<Appended, LedgerError> {
        // Whatever space there is goes to the reserve first: urgent records must not wait for ordinary ones.
        if !self.reserve.refill(&self.shared.disk)? {
            return Err(LedgerError::Full);
        }
        self.write(expected, time, frame)
    }

    /// The same for records that must go on when the disk is full, such as an erasure: may use the reserve.
    pub fn append_urgent(
        &mut self,
        expected: FrameSeq,
        time: Timestamp,
        frame: &mut FrameBuilder,
    ) -> Result<Appended, LedgerError> {
        match self.write(expected, time, frame) {
            Err(LedgerError::Full) if self.reserve.release()? => self.write(expected, time, frame),
            other => other,
        }
    }

    /// Whether `frame` will find space with [`Self::append_urgent`] whatever happens to the disk meanwhile: the reserve
    /// is there, and most of it would be left.
    pub fn has_room_for(&mut self, frame: &FrameBuilder) -> Result<bool, LedgerError> {
        let little = frame.bytes() as u64 * RESERVE_PER_FRAME <= self.options.reserve_bytes;
        Ok(little && self.reserve.refill(&self.shared.disk)?)
    }

    /// Where the records of `frame` begin when it is the next to be written.
    pub fn positions(&self, frame: &FrameBuilder) -> Vec<Position> {
        frame.positions(self.end)
    }

    pub fn syncer(&self) -> Syncer<D> {
        Syncer::new(self.shared.clone())
    }

    pub fn reader(&self) -> Reader<D> {
        Reader::new(self.shared.clone())
    }

    fn write(
        &mut self,
        expected: FrameSeq,
        time: Timestamp,
        frame: &mut FrameBuilder,
    ) -> Result<Appended, LedgerError> {
        self.shared.check_poison()?;
        if expected != self.last {
            return Err(LedgerError::Fenced { expected, last: self.last });
        }
        if frame.bytes() > FRAME_BYTES_MAX {
            return Err(LedgerError::TooLong { bytes: frame.bytes(), max: FRAME_BYTES_MAX });
        }
        self.roll_before(frame.bytes() as u64)?;
        self.check_untouched()?;
        let header = Header {
            epoch: self.epoch,
            seq: FrameSeq(self.last.0 + 1),
            first_record: self.next_record,
            time,
            durable: self.shared.progress().durable,
            previous: self.checksum,
            ..Header::default()
        };
        let (bytes, header) = frame.finish(header);
        let at = self.end - self.segment_base;
        if let Err(error) = self.segment.write_at(at, bytes) {
            return Err(self.take_back(at, error));
        }
        self.len = self.len.max(at + header.frame_len());
        self.fill_after(at + header.frame_len(), header.frame_len())?;
        Ok(self.advance(&header, frame))
    }

    /// Writes zeros behind a frame of `frame` bytes that made the file `end` long.
    fn fill_after(&mut self, end: u64, frame: u64) -> Result<(), LedgerError> {
        let zeros = self.options.fill_bytes.min(self.options.segment_bytes.saturating_sub(end));
        if self.len > end || !self.fills || frame * FRAME_PART_OF_FILL > zeros {
            return Ok(());
        }
        match self.segment.write_at(end, &vec![0; zeros as usize]) {
            Ok(()) => self.len = end + zeros,
            Err(error) => match self.take_back(end, error) {
                LedgerError::Full => self.fills = false,
                error => return Err(error),
            },
        }
        Ok(())
    }

    /// Counts a frame that was written.
    fn advance(&mut self, header: &Header, frame: &FrameBuilder) -> Appended {
        let position = self.end;
        self.end += header.frame_len();
        self.last = header.seq;
        self.next_record = Seq(header.first_record.0 + u64::from(header.count));
        self.checksum = header.checksum;
        self.shared.index().note(position, header, position == self.segment_base);
        let mut progress = self.shared.progress();
        (progress.written, progress.end) = (self.last, self.end);
        Appended { frame: header.seq, first_seq: header.first_record, positions: frame.positions(position) }
    }

    /// Removes what a write that failed left at `end`. A full disk is a state to wait out; anything else is not
    /// understood, and then nothing more is written.
    fn take_back(&mut self, end: u64, error: io::Error) -> LedgerError {
        match self.segment.truncate(end) {
            Ok(()) => self.len = end,
            Err(error) => return self.shared.poison("take back half a frame", error),
        }
        if is_full(&error) { LedgerError::Full } else { self.shared.poison("write a frame", error) }
    }

    /// Fences a writer that got past the lock, as on file systems that share folders without sharing locks: it
    /// would have cut our last frame, or written where our next one goes. Read, not asked for by length: who asks
    /// a file for its state makes Linux note a finer time at the next write, which the sync then waits for.
    fn check_untouched(&self) -> Result<(), LedgerError> {
        let segment = || segment_name(self.segment_base);
        let offset = self.end - self.segment_base;
        let before = offset.min(1);
        let mut bytes = [0; 1 + MAGIC.len()];
        let wanted = &mut bytes[..before as usize + MAGIC.len()];
        let count =
            self.segment.read_at(offset - before, wanted).map_err(LedgerError::io("read", segment()))?;
        let next = &wanted[before as usize..];
        if count >= before as usize && next.iter().all(|byte| *byte == 0) {
            Ok(())
        } else {
            Err(LedgerError::Overtaken { segment: segment(), offset })
        }
    }

    /// Begins a new segment if `bytes` more would make this one too long.
    fn roll_before(&mut self, bytes: u64) -> Result<(), LedgerError> {
        let used = self.end - self.segment_base;
        if used == 0 || used + bytes <= self.options.segment_bytes {
            return Ok(());
        }
        // Every segment but the last is durable and ends with its last frame, so that only the last can be torn.
        if self.len > used {
            self.segment.truncate(used).map_err(|error| self.shared.poison("end a segment", error))?;
            self.len = used;
        }
        self.syncer().sync_all()?;
        let segment = match self.shared.disk.create(&segment_name(self.end)) {
            Ok(segment) => Arc::new(segment),
            Err(error) if is_full(&error) => return Err(LedgerError::Full),
            Err(error) => return Err(self.shared.poison("begin a segment", error)),
        };
        let synced = self.shared.disk.sync_folder();
        synced.map_err(|error| self.shared.poison("sync the ledger's folder", error))?;
        self.segment = segment.clone();
        (self.segment_base, self.len, self.fills) = (self.end, 0, true);
        self.shared.add_segment(self.end);
        self.shared.progress().file = Some(segment);
        Ok(())
    }
}

/// Opens the last segment, or begins the first.
fn last_segment<D: Disk>(disk: &D, survey: &mut Survey) -> Result<(D::File, u64), LedgerError> {
    if let Some(&base) = survey.bases.last() {
        let name = segment_name(base);
        return Ok((disk.open(&name).map_err(LedgerError::io("open", name))?, base));
    }
    let file = disk.create(&segment_name(0)).map_err(LedgerError::io("create", segment_name(0)))?;
    survey.bases.push(0);
    Ok((file, 0))
}

/// Cuts the torn tail, and writes again what may never have reached the disk: after a failed sync the kernel
/// can hold, and show us, bytes that it has given up writing. Returns how long the file is then.
fn make_durable<F: File>(segment: &F, base: u64, survey: &Survey) -> io::Result<u64> {
    if survey.cut_bytes > 0 {
        segment.truncate(survey.end - base)?;
    }
    let mut bytes = vec![0; REWRITE_BYTES.min((survey.end - survey.unsure) as usize)];
    let mut at = survey.unsure;
    while at < survey.end {
        let wanted = bytes.len().min((survey.end - at) as usize);
        let count = segment.read_at(at - base, &mut bytes[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        segment.write_at(at - base, &bytes[..count])?;
        at += count as u64;
    }
    segment.sync()?;
    segment.len()
}
