//! A full disk: ordinary records are refused whole, urgent ones go on, and space brings everything back.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{FrameBuilder, Ledger, LedgerError, Options};
use support::{NOW, append, append_durable, record, records};

const RESERVED: Options = Options { segment_bytes: 4096, reserve_bytes: 2048, fill_bytes: 0 };

/// A ledger whose disk has `room` bytes left.
fn nearly_full(room: u64) -> (MemoryDisk, Ledger<MemoryDisk>) {
    let disk = MemoryDisk::new();
    let (mut ledger, _) = Ledger::open(disk.clone(), RESERVED, NOW).unwrap();
    append_durable(&mut ledger, 3);
    disk.set_space(Some(disk.used() + room));
    (disk, ledger)
}

fn urgent(ledger: &mut Ledger<MemoryDisk>, bytes: &[u8]) -> Result<(), LedgerError> {
    let mut frame = FrameBuilder::new();
    frame.push(bytes);
    let appended = ledger.append_urgent(ledger.last().0, NOW, &mut frame)?;
    ledger.syncer().sync(appended.frame)?;
    Ok(())
}

#[test]
fn a_frame_that_does_not_fit_leaves_nothing_behind() {
    for room in 0..130 {
        let (disk, mut ledger) = nearly_full(room);
        let before = disk.files();
        assert!(matches!(append(&mut ledger, [vec![1; 20]]), Err(LedgerError::Full)), "{room}");
        assert_eq!(disk.files(), before);
        assert_eq!(records(&ledger.reader()).unwrap().len(), 9, "reads go on");
        disk.set_space(None);
        append_durable(&mut ledger, 2);
        assert_eq!(ledger.reader().verify().unwrap().records, 15);
    }
}

#[test]
fn urgent_records_go_on_in_the_reserve() {
    let (disk, mut ledger) = nearly_full(100);
    assert!(matches!(append(&mut ledger, [record(1)]), Err(LedgerError::Full)));
    urgent(&mut ledger, b"erase").unwrap();
    urgent(&mut ledger, b"revoke").unwrap();
    // There would be room for an ordinary record now, but it must not eat what the urgent ones need.
    assert!(matches!(append(&mut ledger, [vec![]]), Err(LedgerError::Full)));
    disk.set_space(Some(disk.used() + 10_000));
    append_durable(&mut ledger, 1);
    assert_eq!(disk.files()["reserve"].len(), 2048, "the reserve is back");
    disk.set_space(Some(disk.used()));
    urgent(&mut ledger, b"erase again").unwrap();
    assert_eq!(records(&ledger.reader()).unwrap().len(), 15);
}

#[test]
fn even_the_reserve_ends() {
    let (_, mut ledger) = nearly_full(0);
    let taken = (0..100).take_while(|_| urgent(&mut ledger, &[7; 100]).is_ok()).count();
    assert!((5..20).contains(&taken), "{taken}");
    assert!(matches!(urgent(&mut ledger, &[7; 100]), Err(LedgerError::Full)));
    assert_eq!(ledger.reader().verify().unwrap().records, 9 + taken as u64);
}

#[test]
fn a_server_starts_on_a_full_disk() {
    let (disk, ledger) = nearly_full(0);
    drop(ledger);
    let (mut ledger, opened) = Ledger::open(disk.clone(), RESERVED, NOW).unwrap();
    assert_eq!(opened.epoch, 2);
    assert!(matches!(append(&mut ledger, [record(1)]), Err(LedgerError::Full)));
    urgent(&mut ledger, b"erase").unwrap();
    disk.set_space(None);
    append_durable(&mut ledger, 1);
}

#[test]
fn a_new_segment_on_a_full_disk_waits_for_space() {
    let (disk, mut ledger) = nearly_full(100_000);
    while disk.files().len() < 4 {
        append_durable(&mut ledger, 1);
    }
    // Fill the segment to the brim, then leave no room for the next one.
    let (_, _, end) = ledger.last();
    let used: u64 = disk.files().keys().rfind(|name| name.ends_with(".seg")).unwrap()[..20].parse().unwrap();
    let left = 4096 - (end.0 - used) as usize;
    append(&mut ledger, [vec![1; left.saturating_sub(124)]]).unwrap();
    disk.set_space(Some(disk.used()));
    assert!(matches!(append(&mut ledger, [record(300)]), Err(LedgerError::Full)));
    urgent(&mut ledger, b"erase").unwrap();
    disk.set_space(None);
    append_durable(&mut ledger, 1);
    ledger.reader().verify().unwrap();
}

#[test]
fn a_crash_after_a_refused_frame_harms_nothing() {
    for seed in 0..300 {
        let (disk, mut ledger) = nearly_full(seed % 200);
        append(&mut ledger, [vec![1; 150]]).unwrap_err();
        let space = disk.used();
        disk.set_space(None);
        let appended = append(&mut ledger, [record(2)]).unwrap();
        if seed % 2 == 0 {
            ledger.syncer().sync(appended.frame).unwrap();
        }
        disk.crash(seed);
        let (ledger, _) = Ledger::open(disk.clone(), RESERVED, NOW).unwrap();
        let kept = records(&ledger.reader()).unwrap().len();
        assert!(kept == 10 || (kept == 9 && seed % 2 == 1), "seed {seed}: {kept}, {space}");
    }
}

#[test]
fn what_a_full_disk_left_in_a_segment_is_gone_before_the_next_begins() {
    for seed in 0..100 {
        let disk = MemoryDisk::new();
        let (mut ledger, _) = Ledger::open(disk.clone(), RESERVED, NOW).unwrap();
        append_durable(&mut ledger, 3);
        disk.set_space(Some(disk.used() + 700));
        append(&mut ledger, [vec![1; 1000]]).unwrap_err();
        disk.set_space(None);
        // Too long for this segment, so the next one begins.
        append(&mut ledger, [vec![2; 4000]]).unwrap();
        disk.crash(seed);
        let (ledger, _) = Ledger::open(disk.clone(), RESERVED, NOW).unwrap();
        assert!(records(&ledger.reader()).unwrap().len() >= 9, "seed {seed}");
    }
}
