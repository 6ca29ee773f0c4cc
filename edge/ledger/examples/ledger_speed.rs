//! Measures the ledger on this machine: `cargo run --release -p ledger --example ledger_speed [FOLDER] [MILLIONS]`.
//! The figures in `docs/decisions/0001-ledger-format.md` come from here.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ledger::{FrameBuilder, Ledger, LedgerError, Options, RealDisk};
use model::{FrameSeq, Position, Timestamp};

const RECORD_BYTES: usize = 500;
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn main() -> Result<(), LedgerError> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("ledger-measure"), PathBuf::from);
    let millions: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    checksums();
    let _ = std::fs::remove_dir_all(&folder);
    for (records, frames) in [(1, 2_000), (100, 2_000), (1_000, 500), (5_000, 100)] {
        let _ = std::fs::remove_dir_all(&folder);
        append(&folder, records, frames)?;
    }
    let _ = std::fs::remove_dir_all(&folder);
    let positions = append(&folder, 2_000, millions * 500)?;
    reopen(&folder, &positions)?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

fn checksums() {
    for kib in [1, 16, 64, 512] {
        let bytes = vec![7u8; kib << 10];
        let blake = throughput(bytes.len(), || u64::from(blake3::hash(&bytes).as_bytes()[0]));
        let crc = throughput(bytes.len(), || u64::from(crc32c::crc32c(&bytes)));
        println!("{kib:>4} KiB: BLAKE3 {blake:.2} GB/s, CRC-32C {crc:.2} GB/s");
    }
    let record = vec![7u8; RECORD_BYTES];
    let crc = throughput(record.len(), || u64::from(crc32c::crc32c(&record)));
    println!(" 500 B: CRC-32C {crc:.2} GB/s");
}

fn throughput(bytes: usize, mut work: impl FnMut() -> u64) -> f64 {
    let begin = Instant::now();
    let (mut rounds, mut sum) = (0u64, 0u64);
    while begin.elapsed() < Duration::from_millis(300) {
        for _ in 0..16 {
            sum = sum.wrapping_add(std::hint::black_box(work()));
        }
        rounds += 16;
    }
    std::hint::black_box(sum);
    rounds as f64 * bytes as f64 / begin.elapsed().as_secs_f64() / 1e9
}

fn append(folder: &Path, records: usize, frames: u64) -> Result<Vec<Position>, LedgerError> {
    let disk = RealDisk::new(folder).expect("the folder can be made");
    let (mut ledger, _) = Ledger::open(disk, Options::default(), NOW)?;
    let (syncer, mut frame) = (ledger.syncer(), FrameBuilder::new());
    let (mut positions, mut building) = (Vec::new(), Duration::ZERO);
    let begin = Instant::now();
    for _ in 0..frames {
        let start = Instant::now();
        frame.clear();
        for number in 0..records {
            frame.record(|buffer| {
                buffer.extend_from_slice(&number.to_le_bytes());
                buffer.resize(buffer.len() + RECORD_BYTES - 8, 0x5a);
            });
        }
        let appended = ledger.append(ledger.last().0, NOW, &mut frame)?;
        building += start.elapsed();
        positions.extend_from_slice(&appended.positions[..1]);
        syncer.sync(appended.frame)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let count = frames as f64 * records as f64;
    let each = building.as_secs_f64() / count * 1e6;
    println!(
        "{frames} frames of {records}, a sync each: {:.0} records/s; without the sync {each:.3} µs each",
        count / seconds
    );
    Ok(positions)
}

fn reopen(folder: &Path, positions: &[Position]) -> Result<(), LedgerError> {
    let begin = Instant::now();
    let disk = RealDisk::new(folder).expect("the folder exists");
    let (ledger, opened) = Ledger::open(disk, Options::default(), NOW)?;
    println!("open with {} records: {:.3} s", opened.last_record.0, begin.elapsed().as_secs_f64());
    let reader = ledger.reader();
    let begin = Instant::now();
    for position in positions {
        reader.read(*position)?;
    }
    let each = begin.elapsed().as_secs_f64() / positions.len() as f64 * 1e6;
    println!("read one record: {each:.2} µs");
    let begin = Instant::now();
    let half = FrameSeq(ledger.last().0.0 / 2);
    reader.frames_from(half).next().expect("there is such a frame")?;
    println!("find the middle frame: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let begin = Instant::now();
    let mut bytes = 0;
    for frame in reader.frames_from(FrameSeq(1)) {
        bytes += frame?.records().map(|(_, bytes)| bytes.len()).sum::<usize>();
    }
    println!("walk all frames: {:.2} GB/s", bytes as f64 / begin.elapsed().as_secs_f64() / 1e9);
    let begin = Instant::now();
    let verified = reader.verify()?;
    println!("verify: {:.2} GB/s", verified.bytes as f64 / begin.elapsed().as_secs_f64() / 1e9);
    Ok(())
}
