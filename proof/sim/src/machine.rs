//! Machines of random dimensions, all of them small so that their edges are met.

use journey_tests::{Dimensions, Machine};
use ledger::Options as LedgerOptions;
use ledger::memory_disk::MemoryDisk;
use shard::{Options, Shard};

use crate::random::Random;

pub(crate) type Simulated = Shard<MemoryDisk>;

const KEYS_HELD_MAX: usize = 64;

pub(crate) fn small(random: &mut Random) -> Machine {
    let segment_bytes = *random.pick(&[4 << 10, 16 << 10, 64 << 10]);
    let reserve_bytes = *random.pick(&[0, 2 << 10, 8 << 10]);
    let shard = Options {
        checkpoint_records: *random.pick(&[5, 20, 50, 1_000]),
        customers_held_max: *random.pick(&[2, 1_000]),
        identifiers_held_max: *random.pick(&[3, 1_000]),
        keys_ahead: *random.pick(&[0, 1, 4, 40]),
        background: false,
    };
    let ledger = LedgerOptions { segment_bytes, reserve_bytes, fill_bytes: segment_bytes / 4 };
    Machine::new(Dimensions { ledger, shard, keys_held_max: KEYS_HELD_MAX }, random.next())
}
