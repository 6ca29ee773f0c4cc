//! What survives a crash: disk, key slots and store; and how a shard is opened on them.

use std::sync::Arc;

use keys::{Keys, MemorySlots, RootKey, SeededEntropy};
use ledger::memory_disk::MemoryDisk;
use ledger::{Ledger, Options as LedgerOptions};
use model::Timestamp;
use shard::{Broken, Options, Shard};
use state::MemoryStore;

use crate::random::Random;

pub(crate) type Simulated = Shard<MemoryDisk>;

const CACHED_KEYS_MAX: usize = 64;

pub(crate) struct Machine {
    pub disk: MemoryDisk,
    pub slots: MemorySlots,
    pub store: MemoryStore,
    ledger: LedgerOptions,
    options: Options,
    /// Openings so far: each draws other random bytes.
    openings: u64,
    seed: u64,
}

impl Machine {
    /// A machine of random dimensions, all of them small so that their edges are met.
    pub fn new(random: &mut Random) -> Self {
        let segment_bytes = *random.pick(&[4 << 10, 16 << 10, 64 << 10]);
        let reserve_bytes = *random.pick(&[0, 2 << 10, 8 << 10]);
        let options = Options {
            checkpoint_records: *random.pick(&[5, 20, 50, 1_000]),
            customers_held_max: *random.pick(&[2, 1_000]),
            identifiers_held_max: *random.pick(&[3, 1_000]),
            background: false,
        };
        Self {
            disk: MemoryDisk::default(),
            slots: MemorySlots::default(),
            store: MemoryStore::default(),
            ledger: LedgerOptions { segment_bytes, reserve_bytes },
            options,
            openings: 0,
            seed: random.next(),
        }
    }

    pub fn open(&mut self, now: Timestamp) -> Result<Simulated, Broken> {
        self.openings += 1;
        let entropy = SeededEntropy::new(self.seed ^ self.openings.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let root = RootKey::from_bytes([7; 32]);
        let keys = Keys::with(self.slots.clone(), root, entropy, CACHED_KEYS_MAX)?;
        let (ledger, _) = Ledger::open(self.disk.clone(), self.ledger, now)?;
        let store = Arc::new(self.store.clone());
        Ok(Shard::open(ledger, Arc::new(keys), store, self.options)?.0)
    }

    /// Cuts the power: of what was not durable, a random part survives.
    pub fn crash(&self, random: &mut Random) {
        self.disk.crash(random.next());
        self.slots.crash(random.next());
        self.store.crash(random.index(3));
    }
}
