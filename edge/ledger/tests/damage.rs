//! Damage: every flipped bit is found and named, and what is damaged is never served.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{Damage, Ledger, LedgerError, Reader};
use model::{FrameSeq, Position};
use support::{NOW, append_durable, open, options};

/// A ledger of several segments, its frames, and a disk to damage.
fn world() -> (MemoryDisk, Vec<ledger::Frame>) {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk);
    append_durable(&mut ledger, 25);
    let frames = ledger.reader().frames_from(FrameSeq(1)).map(|frame| frame.unwrap()).collect();
    (disk, frames)
}

fn segments(disk: &MemoryDisk) -> Vec<(String, Vec<u8>)> {
    disk.files().into_iter().filter(|(name, _)| name.ends_with(".seg")).collect()
}

#[test]
fn every_flipped_bit_is_found_and_named() {
    let (disk, frames) = world();
    let last = frames.last().unwrap().position.0;
    let end = Reader::open(disk.clone()).unwrap().last().1.0;
    let mut tried = 0;
    for (name, bytes) in segments(&disk) {
        let base: u64 = name[..20].parse().unwrap();
        for offset in 0..bytes.len() {
            let position = base + offset as u64;
            let hit = frames.iter().rfind(|frame| frame.position.0 <= position).unwrap();
            let damaged = MemoryDisk::with(disk.files());
            damaged.damage(&name, offset, 1 << (offset % 8));
            let error = match Reader::open(damaged.clone()) {
                Err(error) => error,
                // Only the very last frame can look torn.
                Ok(reader) if position >= last => {
                    let torn = u64::from(position < end);
                    assert_eq!(reader.last().0.0 + torn, hit.seq.0);
                    continue;
                }
                Ok(reader) => reader.verify().unwrap_err(),
            };
            let wrong_version = position == hit.position.0 + 3;
            match &error {
                LedgerError::Damaged { segment, offset: at, frame, .. } => {
                    assert_eq!((segment, base + at, *frame), (&name, hit.position.0, hit.seq), "{error}");
                }
                LedgerError::NewerFormat { segment, .. } => assert!(wrong_version && *segment == name),
                other => panic!("{other}"),
            }
            tried += 1;
        }
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn a_damaged_record_is_named_and_its_neighbours_are_served() {
    let (disk, frames) = world();
    let frame = &frames[3];
    let positions: Vec<Position> = frame.records().map(|(position, _)| position).collect();
    disk.damage("00000000000000000000.seg", positions[1].0 as usize + 9, 1);
    let reader = Reader::open(disk).unwrap();
    reader.read(positions[0]).unwrap();
    reader.read(positions[2]).unwrap();
    let error = reader.read(positions[1]).unwrap_err();
    let LedgerError::Damaged { frame: named, damage, .. } = &error else { panic!("{error}") };
    assert_eq!((*named, *damage), (frame.seq, Damage::Body));
    let served: Vec<_> = reader.frames_from(FrameSeq(1)).collect();
    assert_eq!(served.len(), 4, "three good frames and the error, then nothing");
    assert!(served[3].is_err());
}

#[test]
fn frames_in_another_order_are_found() {
    let (disk, frames) = world();
    let name = "00000000000000000000.seg";
    let bytes = disk.files().remove(name).unwrap();
    let cut =
        |from: usize, to: usize| &bytes[frames[from].position.0 as usize..frames[to].position.0 as usize];
    let swapped = [cut(0, 2), cut(3, 4), cut(2, 3)].concat();
    let rest = bytes[swapped.len()..].to_vec();
    disk.put(name, [swapped, rest].concat());
    let error = Reader::open(disk).unwrap().verify().unwrap_err();
    let LedgerError::Damaged { frame, damage, .. } = &error else { panic!("{error}") };
    assert_eq!((*frame, *damage), (FrameSeq(3), Damage::Chain));
}

#[test]
fn a_forged_frame_with_right_checksums_breaks_the_chain() {
    let (disk, frames) = world();
    // The same epoch, sequence numbers and lengths, other bytes: only the chain can tell.
    let other = MemoryDisk::new();
    let mut forger = open(&other);
    let mut frame = ledger::FrameBuilder::new();
    frames[1].records().for_each(|(_, bytes)| frame.push(&vec![b'x'; bytes.len()]));
    forger.append(FrameSeq(1), NOW, &mut frame).unwrap();
    let name = "00000000000000000000.seg";
    let genuine = disk.files().remove(name).unwrap();
    let mut forged = other.files().remove(name).unwrap();
    forged.truncate(frames[2].position.0 as usize);
    forged.extend_from_slice(&genuine[forged.len()..]);
    disk.put(name, forged);
    let error = Reader::open(disk).and_then(|reader| reader.verify()).err().unwrap();
    let LedgerError::Damaged { frame, damage, .. } = &error else { panic!("{error}") };
    assert_eq!((*frame, *damage), (FrameSeq(3), Damage::Chain), "the frame after it does not follow");
}

#[test]
fn a_missing_segment_is_named() {
    let (disk, _) = world();
    let names: Vec<String> = segments(&disk).into_iter().map(|(name, _)| name).collect();
    assert!(names.len() >= 3);
    for name in &names[..names.len() - 1] {
        let broken = MemoryDisk::with(disk.files());
        ledger::Disk::remove(&broken, name).unwrap();
        let error = Ledger::open(broken, options(), NOW).err().unwrap();
        assert!(matches!(error, LedgerError::Damaged { damage: Damage::Gap, .. }), "{error}");
    }
}

#[test]
fn a_segment_cut_short_is_named() {
    let (disk, _) = world();
    let (name, mut bytes) = segments(&disk).remove(1);
    bytes.truncate(bytes.len() - 10);
    disk.put(&name, bytes);
    let error = Ledger::open(disk, options(), NOW).err().unwrap();
    assert!(
        matches!(&error, LedgerError::Damaged { segment, damage: Damage::Gap, .. } if *segment == name),
        "{error}"
    );
}
