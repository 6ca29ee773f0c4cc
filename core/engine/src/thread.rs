//! The tail of a strand's thread index: where its latest records stand in the ledger, and the engine's notes.
//!
//! An entry is a few bytes: differences of time and position, as variable-length numbers. When the tail
//! is full the shard moves it into a row of its own, so a busy customer's state stays small.

use std::cell::RefCell;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use model::{Note, Position, Seq, Timestamp};

/// Entries a tail holds before it is moved out.
pub const TAIL_ENTRIES_MAX: u32 = 32;

/// One thing in a thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it happened; threads are shown in this order.
    pub time: Timestamp,
    /// The record it is, or the record whose step noted it.
    pub seq: Seq,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A record of the ledger.
    Record(Position),
    /// What the engine did.
    Note(Box<Note>),
}

/// The latest entries of a strand, encoded.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Tail {
    #[n(0)]
    bytes: ByteVec,
    #[n(1)]
    entries: u32,
    /// What the next entry's numbers are differences to.
    #[n(2)]
    time: Timestamp,
    #[n(3)]
    seq: Seq,
    #[n(4)]
    position: Position,
    /// The latest time among the entries.
    #[n(5)]
    latest: Timestamp,
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            bytes: Vec::new().into(),
            entries: 0,
            time: Timestamp(0),
            seq: Seq(0),
            position: Position(0),
            latest: Timestamp(0),
        }
    }
}

/// A kind and three numbers of ten bytes at most.
const HEAD_BYTES_MAX: usize = 31;
thread_local! {
    /// Room for a note on its way into a tail, whose length comes before it.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

const RECORD: u8 = 0;
const NOTE: u8 = 1;

impl Tail {
    pub fn push_record(&mut self, time: Timestamp, seq: Seq, position: Position) {
        self.push_head(RECORD, time, seq);
        put(&mut self.bytes, position.0.wrapping_sub(self.position.0));
        self.position = position;
    }

    pub fn push_note(&mut self, time: Timestamp, seq: Seq, note: &Note) {
        ENCODED.with_borrow_mut(|encoded| {
            encoded.clear();
            minicbor::encode(note, &mut *encoded).expect("encoding into memory cannot fail");
            self.bytes.reserve(encoded.len() + HEAD_BYTES_MAX);
            self.push_head(NOTE, time, seq);
            put(&mut self.bytes, encoded.len() as u64);
            self.bytes.extend_from_slice(encoded);
        });
    }

    pub fn is_full(&self) -> bool {
        self.entries >= TAIL_ENTRIES_MAX
    }

    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The latest time among the entries.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// The entries in the order they came.
    pub fn entries(&self) -> Vec<Entry> {
        let mut rest = &self.bytes[..];
        let (mut time, mut seq, mut position) = (0i64, 0u64, 0u64);
        let mut entries = Vec::with_capacity(self.entries as usize);
        while let Some((&kind, after)) = rest.split_first() {
            rest = after;
            time = time.wrapping_add(unzigzag(take(&mut rest)));
            seq = seq.wrapping_add(take(&mut rest));
            let what = if kind == RECORD {
                position = position.wrapping_add(take(&mut rest));
                What::Record(Position(position))
            } else {
                let length = (take(&mut rest) as usize).min(rest.len());
                let (note, after) = rest.split_at(length);
                rest = after;
                What::Note(Box::new(minicbor::decode(note).expect("a tail holds the notes it was given")))
            };
            entries.push(Entry { time: Timestamp(time), seq: Seq(seq), what });
        }
        entries
    }

    fn push_head(&mut self, kind: u8, time: Timestamp, seq: Seq) {
        if self.entries == 0 {
            self.latest = time;
        }
        self.latest = self.latest.max(time);
        self.bytes.push(kind);
        put(&mut self.bytes, zigzag(time.0.wrapping_sub(self.time.0)));
        put(&mut self.bytes, seq.0.wrapping_sub(self.seq.0));
        (self.time, self.seq) = (time, seq);
        self.entries += 1;
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let Some((&byte, rest)) = bytes.split_first() else { break };
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_went_in_and_are_small() {
        let mut tail = Tail::default();
        let times = [1_700_000_000_000, 1_700_000_003_000, 1_600_000_000_000, 1_700_000_003_001];
        for (number, time) in (1..).zip(times) {
            tail.push_record(Timestamp(time), Seq(number * 900), Position(number * 400_000));
        }
        assert_eq!(tail.latest(), Timestamp(1_700_000_003_001));
        assert!(tail.bytes.len() < 60, "{} bytes", tail.bytes.len());
        let entries = tail.entries();
        assert_eq!(entries.len(), 4);
        assert_eq!(
            entries[2],
            Entry {
                time: Timestamp(1_600_000_000_000),
                seq: Seq(2_700),
                what: What::Record(Position(1_200_000))
            }
        );
        let stored: Tail = minicbor::decode(&minicbor::to_vec(&tail).unwrap()).unwrap();
        assert_eq!(stored, tail);
    }
}
