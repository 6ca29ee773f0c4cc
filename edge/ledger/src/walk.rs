//! Walking over frames by their headers, from segment to segment.

use std::sync::Arc;

use model::{FrameSeq, Position, Seq};

use crate::frame::{HEADER_BYTES, Header, NoHeader};
use crate::shared::{Segment, Shared, segment_name};
use crate::{Damage, Disk, File, LedgerError};

/// How much is read at once: covers many small frames, costs little beside a large one.
const WINDOW_BYTES: usize = 64 << 10;

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

/// A stretch of one file, read ahead.
#[derive(Debug, Default)]
pub(crate) struct Window {
    offset: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// `len` bytes at `offset`; fewer at the end of the file.
    pub fn get<F: File>(&mut self, file: &F, offset: u64, len: usize) -> std::io::Result<&[u8]> {
        let held = offset >= self.offset && offset + len as u64 <= self.offset + self.bytes.len() as u64;
        if !held {
            self.bytes.resize(len.max(WINDOW_BYTES), 0);
            let read = file.read_at(offset, &mut self.bytes);
            self.bytes.truncate(*read.as_ref().unwrap_or(&0));
            self.offset = offset;
            read?;
        }
        let begin = (offset - self.offset) as usize;
        let end = self.bytes.len().min(begin + len);
        Ok(&self.bytes[begin..end])
    }

    pub fn forget(&mut self) {
        self.bytes.clear();
    }

    /// The header at `offset`: `None` when the file ends there or before the header does.
    pub fn header<F: File>(
        &mut self,
        file: &F,
        offset: u64,
    ) -> std::io::Result<Option<Result<Header, NoHeader>>> {
        let bytes = self.get(file, offset, HEADER_BYTES)?;
        Ok(bytes.try_into().ok().map(Header::read))
    }
}

/// Goes from header to header and checks that each follows the one before.
pub(crate) struct Walk<D: Disk> {
    pub shared: Arc<Shared<D>>,
    /// Where the next frame begins.
    pub at: u64,
    /// The next frame's sequence as the last header, or the index, has it; names a damaged frame.
    pub expected: FrameSeq,
    before: Option<Header>,
    segment: Option<Segment<D::File>>,
    window: Window,
}

impl<D: Disk> Walk<D> {
    /// A walk whose first frame is the one `start` names; at the end when it names none.
    pub fn begin(shared: Arc<Shared<D>>, start: Start) -> Result<Self, LedgerError> {
        let entry = shared.index().last_where(|entry| match start {
            Start::Frame(frame) => entry.frame <= frame,
            Start::Record(record) => entry.first_record <= record,
            Start::Position(position) => entry.position <= position.0,
        });
        let (at, expected) = entry.map_or((0, FrameSeq(1)), |entry| (entry.position, entry.frame));
        let mut walk = Self { shared, at, expected, before: None, segment: None, window: Window::default() };
        loop {
            let mark = (walk.at, walk.expected, walk.before);
            let Some((position, header)) = walk.next()? else { return Ok(walk) };
            let reached = match start {
                Start::Frame(frame) => header.seq >= frame,
                Start::Record(record) => header.first_record.0 + u64::from(header.count) > record.0,
                Start::Position(place) => position + header.frame_len() > place.0,
            };
            if reached {
                (walk.at, walk.expected, walk.before) = mark;
                return Ok(walk);
            }
        }
    }

    /// The next header and where its frame begins; `None` at the end of what is written.
    pub fn next(&mut self) -> Result<Option<(u64, Header)>, LedgerError> {
        let Some(segment) = self.enter_segment()? else { return Ok(None) };
        let failed = LedgerError::io("read", segment_name(segment.base));
        let read = self.window.header(&*segment.file, self.at - segment.base).map_err(failed)?;
        let damaged = |damage| self.shared.damaged(segment.base, self.at, self.expected, damage);
        let header = match read {
            None => return Err(damaged(Damage::Short)),
            Some(Err(NoHeader::Damaged)) => return Err(damaged(Damage::Header)),
            Some(Err(NoHeader::Version(version))) => {
                return Err(LedgerError::NewerFormat { segment: segment_name(segment.base), version });
            }
            Some(Ok(header)) => header,
        };
        let follows = match &self.before {
            Some(before) => header.follows(before),
            None => header.seq == self.expected && (self.at > 0 || header.begins_ledger()),
        };
        if !follows {
            return Err(damaged(Damage::Chain));
        }
        if self.at + header.frame_len() > segment.end {
            return Err(damaged(Damage::Short));
        }
        let position = self.at;
        self.shared.index().note(position, &header, position == segment.base);
        self.at += header.frame_len();
        self.expected = FrameSeq(header.seq.0 + 1);
        self.before = Some(header);
        Ok(Some((position, header)))
    }

    /// The body of the frame that [`Self::next`] returned last, checked against its header.
    pub fn body(&mut self, position: u64, header: &Header) -> Result<&[u8], LedgerError> {
        let segment = self.segment.as_ref().expect("a header was read from it");
        let failed = LedgerError::io("read", segment_name(segment.base));
        let offset = position - segment.base + HEADER_BYTES as u64;
        let body = self.window.get(&*segment.file, offset, header.body_len as usize).map_err(failed)?;
        if body.len() < header.body_len as usize {
            return Err(self.shared.damaged(segment.base, position, header.seq, Damage::Short));
        }
        if !header.vouches_for(body) {
            return Err(self.shared.damaged(segment.base, position, header.seq, Damage::Body));
        }
        Ok(body)
    }

    /// The error that names a damaged record in the frame that begins at `position`.
    pub fn damaged_record(&self, position: u64, frame: FrameSeq) -> LedgerError {
        let base = self.segment.as_ref().map_or(0, |segment| segment.base);
        self.shared.damaged(base, position, frame, Damage::Record)
    }

    /// The segment that holds the next frame.
    fn enter_segment(&mut self) -> Result<Option<Segment<D::File>>, LedgerError> {
        if let Some(segment) = &self.segment
            && self.at < segment.end
        {
            return Ok(Some(segment.clone()));
        }
        let segment = self.shared.segment_at(self.at)?;
        // What the window holds may be of another file, or from before the end of this one moved.
        self.window.forget();
        self.segment = segment.clone();
        Ok(segment)
    }
}
