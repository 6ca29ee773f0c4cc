//! Writing and reading back: chain, positions, segments, epochs, fencing.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{FrameBuilder, Ledger, LedgerError, Options, Reader, RealDisk};
use model::{FrameSeq, Position, Seq};
use support::{NOW, append, append_durable, last_segment, open, options, record, records};

#[test]
fn what_is_appended_is_read_back_over_many_segments_and_epochs() {
    let disk = MemoryDisk::new();
    for epoch in 1..=3 {
        let mut ledger = open(&disk);
        assert_eq!(ledger.epoch(), epoch);
        append_durable(&mut ledger, 20);
    }
    let ledger = open(&disk);
    assert_eq!(ledger.last().0, FrameSeq(3 * 21 + 1));
    assert_eq!(ledger.last().1, Seq(180));
    assert!(disk.files().keys().filter(|name| name.ends_with(".seg")).count() > 5);
    let expected: Vec<_> = (1..=180).map(record).collect();
    assert_eq!(records(&ledger.reader()).unwrap(), expected);
    let verified = ledger.reader().verify().unwrap();
    assert_eq!((verified.frames, verified.records), (64, 180));
    assert_eq!(Position(verified.bytes), ledger.last().2);
}

#[test]
fn a_walk_begins_at_any_frame_record_or_position() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 40);
    drop(ledger);
    // A fresh reader has entries only at the beginnings of segments and must find the rest.
    let reader = Reader::open(disk).unwrap();
    let all: Vec<_> = reader.frames_from(FrameSeq(1)).map(|frame| frame.unwrap()).collect();
    assert_eq!(all.len(), 41);
    for frame in &all[1..] {
        let first = |start: ledger::Start| reader.frames_from(start).next().unwrap().unwrap().seq;
        assert_eq!(first(frame.seq.into()), frame.seq);
        assert_eq!(first(frame.position.into()), frame.seq);
        for (number, (position, _)) in frame.records().enumerate() {
            assert_eq!(first(Seq(frame.first_record.0 + number as u64).into()), frame.seq);
            assert_eq!(first(position.into()), frame.seq);
        }
    }
    assert!(reader.frames_from(FrameSeq(42)).next().is_none());
    assert!(reader.frames_from(Seq(121)).next().is_none());
}

#[test]
fn a_frame_put_together_from_parts_is_the_frame_made_at_once() {
    let (whole, parts) = (MemoryDisk::new(), MemoryDisk::new());
    let appended = append(&mut open(&whole), (1..=40).map(record)).unwrap();
    let mut frame = FrameBuilder::new();
    for numbers in [1..18, 18..18, 18..41] {
        let mut part = FrameBuilder::with_capacity(3, 10);
        numbers.for_each(|number| part.push(&record(number)));
        frame.append(&part);
    }
    let mut ledger = open(&parts);
    let last = ledger.last().0;
    assert_eq!(ledger.append(last, NOW, &mut frame).unwrap(), appended);
    assert_eq!(parts.files(), whole.files());
}

#[test]
fn a_walk_at_the_end_goes_on_when_more_is_written() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    let mut frames = ledger.reader().frames_from(FrameSeq(1));
    for expected in 1..=30 {
        assert_eq!(frames.next().unwrap().unwrap().seq, FrameSeq(expected));
        assert!(frames.next().is_none());
        append_durable(&mut ledger, 1);
    }
}

#[test]
fn readers_and_a_syncer_work_beside_the_writer() {
    const FRAMES: u64 = 400;
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(folder.path()).unwrap();
    let (mut ledger, _) =
        Ledger::open(disk, Options { segment_bytes: 20_000, reserve_bytes: 0, fill_bytes: 4000 }, NOW)
            .unwrap();
    let (reader, syncer) = (ledger.reader(), ledger.syncer());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while reader.last().0 < FrameSeq(FRAMES + 1) {
                let durable = syncer.sync(reader.last().0).unwrap();
                assert!(durable <= reader.last().0);
            }
        });
        let follower = reader.clone();
        scope.spawn(move || {
            let mut frames = follower.frames_from(FrameSeq(1));
            let mut seen = 0;
            while seen < 3 * FRAMES {
                let Some(frame) = frames.next() else { continue };
                for (position, bytes) in frame.unwrap().records() {
                    seen += 1;
                    assert_eq!(bytes, record(seen));
                    assert_eq!(follower.read(position).unwrap(), bytes);
                }
            }
        });
        for frame in 0..FRAMES {
            append(&mut ledger, (3 * frame + 1..3 * frame + 4).map(record)).unwrap();
        }
    });
    assert_eq!(ledger.reader().verify().unwrap().records, 3 * FRAMES);
}

#[test]
fn an_append_that_expects_another_last_frame_is_fenced() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 2);
    let before = disk.files();
    let mut frame = FrameBuilder::new();
    frame.push(b"late");
    let error = ledger.append(FrameSeq(2), NOW, &mut frame).unwrap_err();
    assert!(matches!(error, LedgerError::Fenced { expected: FrameSeq(2), last: FrameSeq(3) }), "{error}");
    assert_eq!(disk.files(), before);
    ledger.append(FrameSeq(3), NOW, &mut frame).unwrap();
}

#[test]
fn a_second_writer_is_refused_while_the_first_lives() {
    let disk = MemoryDisk::new();
    let first = open(&disk);
    assert!(matches!(Ledger::open(disk.clone(), options(), NOW), Err(LedgerError::Locked)));
    drop(first);
    open(&disk);
}

#[test]
fn a_writer_that_got_past_the_lock_is_noticed() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 1);
    let copy = MemoryDisk::with(disk.files());
    append_durable(&mut open(&copy), 1);
    // The other writer's file in place of this one's, as a shared folder would show it.
    let (name, bytes) = copy.files().into_iter().find(|(name, _)| name.ends_with(".seg")).unwrap();
    let file = ledger::Disk::open(&disk, &name).unwrap();
    ledger::File::write_at(&file, 0, &bytes).unwrap();
    assert!(matches!(append(&mut ledger, [record(1)]), Err(LedgerError::Overtaken { .. })));
}

#[test]
fn a_writer_that_cut_our_last_frame_is_noticed() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 1);
    let end = ledger.last().2;
    let file = ledger::Disk::open(&disk, &last_segment(&disk)).unwrap();
    ledger::File::truncate(&file, end.0 - 1).unwrap();
    assert!(matches!(append(&mut ledger, [record(1)]), Err(LedgerError::Overtaken { .. })));
}

#[test]
fn a_position_that_is_no_record_is_refused() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 3);
    let end = ledger.last().2;
    let reader = ledger.reader();
    let known: Vec<_> = reader
        .frames_from(FrameSeq(1))
        .flat_map(|frame| frame.unwrap().records().map(|(position, _)| position).collect::<Vec<_>>())
        .collect();
    for at in 0..end.0 + 10 {
        let read = reader.read(Position(at));
        assert_eq!(read.is_ok(), known.contains(&Position(at)), "at {at}");
        if let Err(error) = read {
            assert!(matches!(error, LedgerError::NoRecord { .. }), "{error}");
        }
    }
}

#[test]
fn a_frame_longer_than_a_segment_has_one_of_its_own() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append(&mut ledger, [vec![7; 20_000]]).unwrap();
    append(&mut ledger, [vec![8; 10]]).unwrap();
    assert_eq!(records(&ledger.reader()).unwrap(), [vec![7; 20_000], vec![8; 10]]);
}

#[test]
fn a_frame_beyond_the_bound_is_refused() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    let error = append(&mut ledger, [vec![0; ledger::FRAME_BYTES_MAX]]).unwrap_err();
    assert!(matches!(error, LedgerError::TooLong { .. }), "{error}");
    append(&mut ledger, [record(1)]).unwrap();
}

#[test]
fn the_operating_systems_files_do_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let disk = || RealDisk::new(folder.path()).unwrap();
    let small = Options { segment_bytes: 4096, reserve_bytes: 8192, fill_bytes: 1500 };
    let (mut first, opened) = Ledger::open(disk(), small, NOW).unwrap();
    assert_eq!((opened.epoch, opened.cut_bytes), (1, 0));
    assert!(matches!(Ledger::open(disk(), small, NOW), Err(LedgerError::Locked)));
    append_durable(&mut first, 30);
    drop(first);
    let (mut second, opened) = Ledger::open(disk(), small, NOW).unwrap();
    assert_eq!((opened.epoch, opened.last_frame, opened.last_record), (2, FrameSeq(31), Seq(90)));
    append_durable(&mut second, 2);
    assert_eq!(records(&second.reader()).unwrap(), (1..=96).map(record).collect::<Vec<_>>());
    assert_eq!(second.reader().verify().unwrap().records, 96);
}
