//! What the tests of the ledger share: small segments, frames of numbered records.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]
#![allow(dead_code, reason = "each test program uses its part")]

use ledger::memory_disk::MemoryDisk;
use ledger::{Appended, Disk, FrameBuilder, Ledger, LedgerError, Options, Reader};
use model::{FrameSeq, Seq, Timestamp};

pub const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub fn options() -> Options {
    Options { segment_bytes: 4096, reserve_bytes: 0, fill_bytes: 3000 }
}

pub fn open(disk: &MemoryDisk) -> Ledger<MemoryDisk> {
    Ledger::open(disk.clone(), options(), NOW).unwrap().0
}

/// The bytes of record `number`: of different lengths, told apart by their content.
pub fn record(number: u64) -> Vec<u8> {
    (0..(number * 37) % 300).map(|at| (at ^ number) as u8).chain(number.to_le_bytes()).collect()
}

pub fn append<D: Disk>(
    ledger: &mut Ledger<D>,
    records: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Appended, LedgerError> {
    let mut frame = FrameBuilder::new();
    records.into_iter().for_each(|bytes| frame.push(&bytes));
    let last = ledger.last().0;
    ledger.append(last, NOW, &mut frame)
}

/// Appends `count` frames of three records each, every one durable.
pub fn append_durable<D: Disk>(ledger: &mut Ledger<D>, count: u64) {
    for _ in 0..count {
        let next = ledger.last().1.0 + 1;
        let appended = append(ledger, (next..next + 3).map(record)).unwrap();
        ledger.syncer().sync(appended.frame).unwrap();
    }
}

/// Every record, in order, through the frames.
pub fn records<D: Disk>(reader: &Reader<D>) -> Result<Vec<Vec<u8>>, LedgerError> {
    let mut all = Vec::new();
    for frame in reader.frames_from(FrameSeq(1)) {
        let frame = frame?;
        assert_eq!(frame.first_record, Seq(all.len() as u64 + 1));
        for (position, bytes) in frame.records() {
            assert_eq!(reader.read(position)?, bytes);
            all.push(bytes.to_vec());
        }
    }
    Ok(all)
}

/// The last segment's name.
pub fn last_segment(disk: &MemoryDisk) -> String {
    disk.files().into_keys().rfind(|name| name.ends_with(".seg")).unwrap()
}
