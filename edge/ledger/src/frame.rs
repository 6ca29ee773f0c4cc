//! The bytes of a frame: a fixed header that chains it to the frame before, and its records.
//!
//! ```text
//! header   0 "TLF" and the format version (1)     body, repeated for each record
//!          4 writer epoch            u32            0 length           u32
//!          8 frame sequence          u64            4 checksum         u32   CRC-32C of length and bytes
//!         16 first record sequence   u64            8 bytes
//!         24 record count            u32
//!         28 body length             u32          All integers are little-endian.
//!         32 logical time, ms        i64
//!         40 last frame known to be durable when this one was written  u64
//!         48 checksum of the frame before   32 bytes; zeros before the first
//!         80 checksum of this frame         32 bytes; BLAKE3 of bytes 0–80 and the body
//!        112 CRC-32C of bytes 0–112  u32
//! ```
//!
//! BLAKE3 was measured at 9 GB/s on one core for frames of 16 KiB and more (docs/decisions/0001), so the chain
//! costs a twentieth of a microsecond per record and is evidence of tampering as well as of damage: the last
//! checksum vouches for every byte before it. The header's own CRC lets a reader walk over frames without
//! reading their bodies, and tells a torn header from a real one.

use model::{FrameSeq, Position, Seq, Timestamp};

/// Bytes of the fixed header.
pub(crate) const HEADER_BYTES: usize = 116;
/// Bytes before each record: its length and checksum.
pub(crate) const PREFIX_BYTES: usize = 8;
/// The longest frame taken, header included.
pub const FRAME_BYTES_MAX: usize = 64 << 20;

pub(crate) const MAGIC: [u8; 3] = *b"TLF";
pub(crate) const VERSION: u8 = 1;
const CHECKED: usize = 80;
const HEADER_CRC: usize = 112;

/// BLAKE3 over a frame and, through the chain, over everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Checksum(pub [u8; 32]);

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Collects the records of one frame in the buffer that is written; reuse it from frame to frame.
#[derive(Debug, Clone)]
pub struct FrameBuilder {
    /// Room for the header, then the body.
    buffer: Vec<u8>,
    /// Where each record's prefix begins in `buffer`.
    starts: Vec<u32>,
}

impl FrameBuilder {
    pub fn new() -> Self {
        Self::with_capacity(0, 0)
    }

    /// One with room for so many records of so many bytes together.
    pub fn with_capacity(records: usize, bytes: usize) -> Self {
        let mut buffer = Vec::with_capacity(HEADER_BYTES + records * PREFIX_BYTES + bytes);
        buffer.resize(HEADER_BYTES, 0);
        Self { buffer, starts: Vec::with_capacity(records) }
    }

    /// Adds the record that `write` appends to the buffer. `write` must not touch what is there already.
    pub fn record(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; PREFIX_BYTES]);
        write(&mut self.buffer);
        let length = (self.buffer.len() - start - PREFIX_BYTES) as u32;
        self.buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
        let crc = record_crc(length, &self.buffer[start + PREFIX_BYTES..]);
        self.buffer[start + 4..start + PREFIX_BYTES].copy_from_slice(&crc.to_le_bytes());
        self.starts.push(start as u32);
    }

    /// Adds a record that exists as bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.record(|buffer| buffer.extend_from_slice(bytes));
    }

    /// Adds the records of another one.
    pub fn append(&mut self, other: &Self) {
        let moved = (self.buffer.len() - HEADER_BYTES) as u32;
        self.buffer.extend_from_slice(&other.buffer[HEADER_BYTES..]);
        self.starts.extend(other.starts.iter().map(|start| start + moved));
    }

    /// How many records have been added.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Bytes the frame takes in the ledger.
    pub fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets the records and keeps the memory.
    pub fn clear(&mut self) {
        self.buffer.truncate(HEADER_BYTES);
        self.starts.clear();
    }

    /// Completes the header and returns the whole frame with it.
    pub(crate) fn finish(&mut self, mut header: Header) -> (&[u8], Header) {
        header.count = self.starts.len() as u32;
        header.body_len = (self.buffer.len() - HEADER_BYTES) as u32;
        let (head, body) = self.buffer.split_at_mut(HEADER_BYTES);
        header.write(head, body);
        (&self.buffer, header)
    }

    /// The position of each record in a frame that begins at `base`.
    pub(crate) fn positions(&self, base: u64) -> Vec<Position> {
        self.starts.iter().map(|start| Position(base + u64::from(*start))).collect()
    }
}

impl Default for FrameBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A frame read back and checked.
#[derive(Debug, Clone)]
pub struct Frame {
    pub seq: FrameSeq,
    /// The sequence of its first record; of the next record to come when it has none.
    pub first_record: Seq,
    pub time: Timestamp,
    pub epoch: u32,
    pub checksum: Checksum,
    /// Where the frame begins.
    pub position: Position,
    pub(crate) count: u32,
    pub(crate) body: Vec<u8>,
}

impl Frame {
    /// How many records it holds; none in a frame that only opens an epoch.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The records with their positions, in order; their sequences count up from `first_record`.
    pub fn records(&self) -> impl Iterator<Item = (Position, &[u8])> {
        let base = self.position.0 + HEADER_BYTES as u64;
        let mut at = 0;
        std::iter::from_fn(move || {
            let bytes = record_at(&self.body, at)?;
            let position = Position(base + at as u64);
            at += PREFIX_BYTES + bytes.len();
            Some((position, bytes))
        })
    }
}

/// The bytes of the record whose prefix begins at `at`; `None` at the end of the body.
pub(crate) fn record_at(body: &[u8], at: usize) -> Option<&[u8]> {
    let length = u32::from_le_bytes(body.get(at..at + 4)?.try_into().ok()?) as usize;
    body.get(at + PREFIX_BYTES..at + PREFIX_BYTES + length)
}

/// The checksum of a record. It covers the length, so that a run of zeros is no valid empty record.
pub(crate) fn record_crc(length: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), bytes)
}

/// A header with valid checksum. Whether the body matches is a separate question.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Header {
    pub epoch: u32,
    pub seq: FrameSeq,
    pub first_record: Seq,
    pub count: u32,
    pub body_len: u32,
    pub time: Timestamp,
    /// The last frame that was known to be durable when this one was written. Tells damage from a torn
    /// tail: a frame that a later one calls durable cannot have been torn by a crash.
    pub durable: FrameSeq,
    pub previous: Checksum,
    pub checksum: Checksum,
}

/// Why bytes are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoHeader {
    Damaged,
    /// A whole header of a format this program does not know.
    Version(u8),
}

impl Header {
    pub fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Self, NoHeader> {
        if bytes[..3] != MAGIC || crc32c::crc32c(&bytes[..HEADER_CRC]) != u32_at(bytes, HEADER_CRC) {
            return Err(NoHeader::Damaged);
        }
        if bytes[3] != VERSION {
            return Err(NoHeader::Version(bytes[3]));
        }
        Ok(Self {
            epoch: u32_at(bytes, 4),
            seq: FrameSeq(u64_at(bytes, 8)),
            first_record: Seq(u64_at(bytes, 16)),
            count: u32_at(bytes, 24),
            body_len: u32_at(bytes, 28),
            time: Timestamp(u64_at(bytes, 32).cast_signed()),
            durable: FrameSeq(u64_at(bytes, 40)),
            previous: checksum_at(bytes, 48),
            checksum: checksum_at(bytes, CHECKED),
        })
    }

    /// Bytes of the whole frame.
    pub fn frame_len(&self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.body_len)
    }

    /// Whether `body` is what the checksum was made of.
    pub fn vouches_for(&self, body: &[u8]) -> bool {
        let mut head = [0; HEADER_BYTES];
        self.write_checked(&mut head);
        digest(&head, body) == self.checksum
    }

    /// Whether this can be the first frame of a ledger.
    pub fn begins_ledger(&self) -> bool {
        self.seq == FrameSeq(1) && self.first_record == Seq(1) && self.previous == Checksum::default()
    }

    /// Whether this frame comes right after `before`.
    pub fn follows(&self, before: &Header) -> bool {
        self.previous == before.checksum
            && self.seq.0 == before.seq.0 + 1
            && self.first_record.0 == before.first_record.0 + u64::from(before.count)
            && self.epoch >= before.epoch
    }

    fn write(&mut self, head: &mut [u8], body: &[u8]) {
        self.write_checked(head);
        self.checksum = digest(head, body);
        head[CHECKED..HEADER_CRC].copy_from_slice(&self.checksum.0);
        let crc = crc32c::crc32c(&head[..HEADER_CRC]);
        head[HEADER_CRC..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
    }

    fn write_checked(&self, head: &mut [u8]) {
        head[..3].copy_from_slice(&MAGIC);
        head[3] = VERSION;
        head[4..8].copy_from_slice(&self.epoch.to_le_bytes());
        head[8..16].copy_from_slice(&self.seq.0.to_le_bytes());
        head[16..24].copy_from_slice(&self.first_record.0.to_le_bytes());
        head[24..28].copy_from_slice(&self.count.to_le_bytes());
        head[28..32].copy_from_slice(&self.body_len.to_le_bytes());
        head[32..40].copy_from_slice(&self.time.0.to_le_bytes());
        head[40..48].copy_from_slice(&self.durable.0.to_le_bytes());
        head[48..CHECKED].copy_from_slice(&self.previous.0);
    }
}

fn digest(head: &[u8], body: &[u8]) -> Checksum {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&head[..CHECKED]).update(body);
    Checksum(*hasher.finalize().as_bytes())
}

fn u32_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn checksum_at(bytes: &[u8; HEADER_BYTES], at: usize) -> Checksum {
    Checksum(array_at(bytes, at))
}

fn array_at<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the header is longer than any field's end")
}
