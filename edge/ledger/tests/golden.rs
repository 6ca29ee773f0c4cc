//! Segments written by every version of the format must be read for ever.
//!
//! `GOLDEN_WRITE=1 cargo test -p ledger --test golden` writes the file of a new format version.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{FrameBuilder, Ledger, Options, Reader};
use model::{FrameSeq, Seq, Timestamp};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/version-1.seg");
const SEGMENT: &str = "00000000000000000000.seg";

/// What every golden file holds: two epochs, frames of no, one and three records.
fn write() -> Vec<u8> {
    let disk = MemoryDisk::new();
    let options = Options { segment_bytes: 1 << 20, reserve_bytes: 0, fill_bytes: 0 };
    let time = |number: i64| Timestamp(1_767_225_600_000 + number);
    for epoch in 0..2 {
        let (mut ledger, _) = Ledger::open(disk.clone(), options, time(epoch)).unwrap();
        for (number, records) in [&["ada"][..], &["viewed", "", "ordered"]].iter().enumerate() {
            let mut frame = FrameBuilder::new();
            records.iter().for_each(|record| frame.push(record.as_bytes()));
            let last = ledger.last().0;
            let appended = ledger.append(last, time(10 * epoch + number as i64), &mut frame).unwrap();
            ledger.syncer().sync(appended.frame).unwrap();
        }
    }
    disk.files().remove(SEGMENT).unwrap()
}

#[test]
fn version_1_is_read_for_ever() {
    let reader = Reader::open(MemoryDisk::with([(SEGMENT.into(), std::fs::read(FILE).unwrap())])).unwrap();
    let verified = reader.verify().unwrap();
    assert_eq!((verified.frames, verified.records), (6, 8));
    assert_eq!(verified.head.to_string(), "6f72b9bf72b2f0dfb8502fff4cbee7d387250954e6bf7445d71c9c3a3c363f1e");
    let frames: Vec<_> = reader.frames_from(FrameSeq(1)).map(|frame| frame.unwrap()).collect();
    let epochs: Vec<u32> = frames.iter().map(|frame| frame.epoch).collect();
    assert_eq!(epochs, [1, 1, 1, 2, 2, 2]);
    let last = frames.last().unwrap();
    assert_eq!((last.first_record, last.time), (Seq(6), Timestamp(1_767_225_600_011)));
    let records: Vec<&[u8]> = last.records().map(|(_, bytes)| bytes).collect();
    assert_eq!(records, [&b"viewed"[..], b"", b"ordered"]);
}

#[test]
fn what_is_written_today_is_version_1() {
    if std::env::var_os("GOLDEN_WRITE").is_some() {
        std::fs::write(FILE, write()).unwrap();
    }
    assert!(
        write() == std::fs::read(FILE).unwrap(),
        "the written format changed: raise its version, keep the old file"
    );
}
