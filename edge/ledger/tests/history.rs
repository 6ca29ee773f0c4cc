//! Random histories against a plain list of records.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod support;

use ledger::memory_disk::MemoryDisk;
use ledger::{LedgerError, Options};
use model::{FrameSeq, Position};
use proptest::prelude::*;
use support::{NOW, append};

/// One thing that happens to a ledger.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Vec<u8>>),
    Sync,
    Restart,
    Crash(u64),
    Full(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let record = prop::collection::vec(any::<u8>(), 0..400);
    prop_oneof![
        6 => prop::collection::vec(record, 0..6).prop_map(Step::Append),
        3 => Just(Step::Sync),
        1 => Just(Step::Restart),
        1 => any::<u64>().prop_map(Step::Crash),
        1 => (0u64..800).prop_map(Step::Full),
    ]
}

/// The ledger as a plain list.
#[derive(Default)]
struct Plain {
    records: Vec<Vec<u8>>,
    positions: Vec<Position>,
    /// How many of them are durable.
    durable: usize,
}

fn open(disk: &MemoryDisk, fill_bytes: u64) -> ledger::Ledger<MemoryDisk> {
    let options = Options { segment_bytes: 2048, reserve_bytes: 512, fill_bytes };
    ledger::Ledger::open(disk.clone(), options, NOW).unwrap().0
}

fn check(ledger: &ledger::Ledger<MemoryDisk>, plain: &Plain) {
    let reader = ledger.reader();
    let found: Vec<(Position, Vec<u8>)> = reader
        .frames_from(FrameSeq(1))
        .flat_map(|frame| {
            frame.unwrap().records().map(|(at, bytes)| (at, bytes.to_vec())).collect::<Vec<_>>()
        })
        .collect();
    let expected: Vec<_> = plain.positions.iter().copied().zip(plain.records.iter().cloned()).collect();
    assert_eq!(found, expected);
    assert_eq!(ledger.last().1.0, plain.records.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_is_a_list_that_survives(fill in prop_oneof![Just(0), 300u64..3000], steps in prop::collection::vec(step(), 1..40)) {
        let disk = MemoryDisk::new();
        let mut plain = Plain::default();
        let mut ledger = open(&disk, fill);
        for step in steps {
            match step {
                Step::Append(records) => {
                    let appended = append(&mut ledger, records.clone()).unwrap();
                    plain.positions.extend(appended.positions);
                    plain.records.extend(records);
                }
                Step::Sync => {
                    ledger.syncer().sync(ledger.last().0).unwrap();
                    plain.durable = plain.records.len();
                }
                Step::Restart => {
                    drop(ledger);
                    ledger = open(&disk, fill);
                    plain.durable = plain.records.len();
                }
                Step::Crash(seed) => {
                    disk.crash(seed);
                    ledger = open(&disk, fill);
                    let kept = ledger.last().1.0 as usize;
                    prop_assert!(kept >= plain.durable && kept <= plain.records.len());
                    plain.records.truncate(kept);
                    plain.positions.truncate(kept);
                    plain.durable = kept;
                }
                Step::Full(room) => {
                    disk.set_space(Some(disk.used() + room));
                    match append(&mut ledger, [vec![9; 900]]) {
                        Err(LedgerError::Full) => {}
                        // The zeros were room enough.
                        Ok(appended) if fill > 0 => {
                            plain.positions.extend(appended.positions);
                            plain.records.push(vec![9; 900]);
                        }
                        other => prop_assert!(false, "{other:?}"),
                    }
                    disk.set_space(None);
                }
            }
            check(&ledger, &plain);
        }
        ledger.reader().verify().unwrap();
    }
}
