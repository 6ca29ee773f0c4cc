//! Zeros written ahead of the frames: they are the end, they give room, and no finished segment keeps them.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use ledger::memory_disk::MemoryDisk;
use ledger::{Ledger, Options, Reader, RealDisk};
use support::{NOW, append, append_durable, last_segment, record, records};

const FILLED: Options = Options { segment_bytes: 4096, reserve_bytes: 0, fill_bytes: 1000 };

fn open(disk: &MemoryDisk) -> Ledger<MemoryDisk> {
    Ledger::open(disk.clone(), FILLED, NOW).unwrap().0
}

fn len(disk: &MemoryDisk) -> usize {
    disk.files()[&last_segment(disk)].len()
}

#[test]
fn frames_go_where_zeros_were_and_the_file_seldom_grows() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    let mut lengths = vec![len(&disk)];
    for _ in 0..12 {
        append(&mut ledger, [vec![7; 20]]).unwrap();
        lengths.push(len(&disk));
    }
    assert_eq!(lengths[..7], [1116; 7], "116 bytes for the epoch's frame, 1,000 zeros, 144 bytes a frame");
    assert_eq!(lengths[7..], [2124; 6], "the seventh frame ends at 1,124");
}

#[test]
fn zeros_found_at_a_start_are_no_torn_tail_and_are_used() {
    let disk = MemoryDisk::new();
    append_durable(&mut open(&disk), 1);
    let (before, kept) = (disk.files(), records(&Reader::open(disk.clone()).unwrap()).unwrap());
    let (mut ledger, opened) = Ledger::open(disk.clone(), FILLED, NOW).unwrap();
    assert_eq!(opened.cut_bytes, 0);
    append(&mut ledger, [vec![7; 20]]).unwrap();
    assert_eq!(len(&disk), before[&last_segment(&disk)].len());
    assert_eq!(records(&ledger.reader()).unwrap().len(), kept.len() + 1);
}

#[test]
fn a_finished_segment_ends_with_its_last_frame() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 40);
    let files = disk.files();
    let segments: Vec<_> = files.iter().filter(|(name, _)| name.ends_with(".seg")).collect();
    assert!(segments.len() > 4);
    for pair in segments.windows(2) {
        let base = |name: &str| name[..20].parse::<usize>().unwrap();
        assert_eq!(base(pair[0].0) + pair[0].1.len(), base(pair[1].0));
    }
}

#[test]
fn a_disk_without_room_for_zeros_still_takes_the_frame() {
    for room in 144..1144 {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk);
        for _ in 0..6 {
            append(&mut ledger, [vec![7; 20]]).unwrap();
        }
        disk.set_space(Some(disk.used() + room - 136));
        append(&mut ledger, [vec![7; 20]]).unwrap();
        assert_eq!(len(&disk), 1124, "the zeros that did not fit are gone");
        disk.set_space(None);
        append_durable(&mut ledger, 30);
        assert_eq!(ledger.reader().verify().unwrap().records, 97);
    }
}

#[test]
fn a_long_frame_brings_no_zeros() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append(&mut ledger, [vec![7; 2000]]).unwrap();
    assert_eq!(len(&disk), 116 + 124 + 2000);
}

#[test]
fn frames_in_zeros_that_no_sync_has_seen_tear_like_any() {
    for seed in 0..400 {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk);
        append_durable(&mut ledger, 1);
        for number in 4..8 {
            append(&mut ledger, [record(number)]).unwrap();
        }
        disk.crash(seed);
        let (mut ledger, _) = Ledger::open(disk.clone(), FILLED, NOW).unwrap();
        let found = records(&ledger.reader()).unwrap();
        assert!(
            (1..8).map(record).collect::<Vec<_>>().starts_with(&found) && found.len() >= 3,
            "seed {seed}"
        );
        append(&mut ledger, [record(9)]).unwrap();
        ledger.reader().verify().unwrap();
    }
}

#[test]
fn a_ledger_can_be_opened_to_read_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let disk = || RealDisk::new(folder.path()).unwrap();
    let options = Options { segment_bytes: 1 << 20, reserve_bytes: 0, fill_bytes: 64 << 10 };
    let (mut ledger, _) = Ledger::open(disk(), options, NOW).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                append_durable(&mut ledger, 1);
            }
        });
        for _ in 0..300 {
            let opened = Reader::open(disk()).and_then(|reader| reader.verify());
            done.store(opened.is_err(), Ordering::Relaxed);
            opened.unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}
