//! Crashes: a torn tail is cut, nothing acknowledged is lost, an error of a sync is final.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{Damage, Ledger, LedgerError, Reader};
use model::{FrameSeq, Seq};
use support::{NOW, append, append_durable, last_segment, open, options, record, records};

#[test]
fn a_last_frame_torn_at_any_byte_is_cut() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 12);
    let kept = records(&ledger.reader()).unwrap();
    let name = last_segment(&disk);
    let base: u64 = name[..20].parse().unwrap();
    let before = (ledger.last().2.0 - base) as usize;
    append(&mut ledger, [record(1), record(2)]).unwrap();
    let after = (ledger.last().2.0 - base) as usize;
    drop(ledger);
    assert_eq!(name, last_segment(&disk), "the frame went to another segment");
    let whole = disk.files().remove(&name).unwrap();
    assert!(whole[after..].iter().all(|byte| *byte == 0), "only zeros follow it");
    let whole = whole[..after].to_vec();
    for len in before..whole.len() {
        for filler in [None, Some(0), Some(0xa5)] {
            let torn = MemoryDisk::with(disk.files());
            let mut bytes = whole[..len].to_vec();
            if let Some(filler) = filler {
                bytes.resize(whole.len(), filler);
                if bytes == whole {
                    continue;
                }
            }
            let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
            let cut = written.max(before) - before;
            torn.put(&name, bytes);
            let (mut ledger, opened) = Ledger::open(torn.clone(), options(), NOW).unwrap();
            assert_eq!(opened.cut_bytes, cut as u64);
            assert_eq!(records(&ledger.reader()).unwrap(), kept);
            append_durable(&mut ledger, 1);
            assert_eq!(ledger.reader().verify().unwrap().records, 39);
        }
    }
}

#[test]
fn frames_written_ahead_of_one_sync_may_tear_in_any_order() {
    for seed in 0..400 {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk);
        append_durable(&mut ledger, 3);
        for number in 10..16 {
            append(&mut ledger, [record(number)]).unwrap();
        }
        disk.crash(seed);
        let ledger = open(&disk);
        let found = records(&ledger.reader()).unwrap();
        let expected: Vec<_> = (1..=9).chain(10..16).map(record).collect();
        assert!(found.len() >= 9 && expected.starts_with(&found), "seed {seed}");
    }
}

#[test]
fn no_crash_anywhere_loses_what_was_acknowledged() {
    for seed in 0..1500u64 {
        let disk = MemoryDisk::new();
        let mut acknowledged = Vec::new();
        // Each world crashes three times, at a step of its own.
        for life in 0..3 {
            disk.die_in(1 + ((seed * 7 + life * 13) % 41) as u32);
            live(&disk, &mut acknowledged);
            disk.crash(seed.wrapping_mul(31).wrapping_add(life));
        }
        let ledger = open(&disk);
        let found = records(&ledger.reader()).unwrap();
        assert!(found.starts_with(&acknowledged), "seed {seed}: {} of {}", found.len(), acknowledged.len());
        ledger.reader().verify().unwrap();
    }
}

/// Writes until the power is cut; notes what was acknowledged.
fn live(disk: &MemoryDisk, acknowledged: &mut Vec<Vec<u8>>) {
    let opened = Ledger::open(disk.clone(), options(), NOW);
    let mut ledger = match opened {
        Ok((ledger, _)) => ledger,
        Err(error) => {
            assert!(disk.is_dead(), "{error}");
            return;
        }
    };
    let found = records(&ledger.reader()).unwrap();
    assert!(found.starts_with(acknowledged));
    // What was written and found again counts from here on: opening has made it durable.
    *acknowledged = found;
    let mut pending = Vec::new();
    for number in 0.. {
        let bytes = record(number + acknowledged.len() as u64);
        pending.push(bytes.clone());
        let Ok(appended) = append(&mut ledger, [bytes]) else { return };
        if number % 3 == 0 {
            if ledger.syncer().sync(appended.frame).is_err() {
                return;
            }
            acknowledged.append(&mut pending);
        }
    }
}

#[test]
fn a_failed_sync_poisons_the_ledger_for_good() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 2);
    let appended = append(&mut ledger, [record(1)]).unwrap();
    disk.fail_sync_in(1);
    let syncer = ledger.syncer();
    for _ in 0..3 {
        assert!(matches!(syncer.sync(appended.frame), Err(LedgerError::Poisoned { .. })));
        assert!(matches!(append(&mut ledger, [record(2)]), Err(LedgerError::Poisoned { .. })));
    }
    assert_eq!(syncer.durable(), FrameSeq(3));
}

#[test]
fn a_failed_sync_of_the_folder_poisons_it_too() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 2);
    // A new segment syncs the old one, then the folder.
    disk.fail_sync_in(2);
    for _ in 0..2 {
        assert!(matches!(append(&mut ledger, [vec![1; 4000]]), Err(LedgerError::Poisoned { .. })));
    }
    drop(ledger);
    assert_eq!(open(&disk).last().1, Seq(6));
}

#[test]
fn what_a_failed_sync_left_visible_is_made_durable_before_it_counts() {
    for seed in 0..200 {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk);
        append_durable(&mut ledger, 2);
        let appended = append(&mut ledger, [record(1)]).unwrap();
        disk.fail_sync_in(1);
        ledger.syncer().sync(appended.frame).unwrap_err();
        drop(ledger);
        // The process starts again without a power cut: the frame is still visible, and is taken as there.
        let mut ledger = open(&disk);
        assert_eq!(ledger.last().1, Seq(7));
        append_durable(&mut ledger, 1);
        disk.crash(seed);
        assert_eq!(open(&disk).last().1, Seq(10), "seed {seed}");
    }
}

#[test]
fn an_empty_segment_after_a_full_one_is_used() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 30);
    let (last, _, end) = ledger.last();
    drop(ledger);
    let name = last_segment(&disk);
    let mut full = disk.files().remove(&name).unwrap();
    full.truncate((end.0 - name[..20].parse::<u64>().unwrap()) as usize);
    disk.put(&name, full);
    disk.put(&format!("{:020}.seg", end.0), Vec::new());
    let (ledger, opened) = Ledger::open(disk.clone(), options(), NOW).unwrap();
    assert_eq!(opened.last_frame, last);
    assert_eq!(records(&ledger.reader()).unwrap().len(), 90);
}

#[test]
fn a_reader_stops_before_a_torn_tail_and_changes_nothing() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 3);
    drop(ledger);
    let name = last_segment(&disk);
    let mut bytes = disk.files().remove(&name).unwrap();
    bytes.extend_from_slice(b"TLF\x01 torn");
    disk.put(&name, bytes);
    let before = disk.files();
    let reader = Reader::open(disk.clone()).unwrap();
    assert_eq!(reader.verify().unwrap().records, 9);
    assert_eq!(disk.files(), before);
}

#[test]
fn an_unreadable_frame_that_a_later_one_calls_durable_is_damage() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 3);
    drop(ledger);
    // Frame 3 begins after the epoch's and one of three records; its header is hit.
    let third = Reader::open(MemoryDisk::with(disk.files())).unwrap();
    let at = third.frames_from(FrameSeq(3)).next().unwrap().unwrap().position.0;
    disk.damage(&last_segment(&disk), at as usize + 20, 4);
    let error = Ledger::open(disk.clone(), options(), NOW).err().unwrap();
    let LedgerError::Damaged { offset, frame, damage, .. } = &error else { panic!("{error}") };
    assert_eq!((*offset, *frame, *damage), (at, FrameSeq(3), Damage::Header));
}
