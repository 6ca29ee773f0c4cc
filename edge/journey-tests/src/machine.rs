//! What survives a crash: disk, key slots and store, all in memory; and how a shard is opened on them.

use std::sync::Arc;

use keys::{Keys, MemorySlots, RootKey, SeededEntropy};
use ledger::memory_disk::MemoryDisk;
use ledger::{Ledger, Options as LedgerOptions};
use model::Timestamp;
use shard::{Broken, Options, Shard};
use state::MemoryStore;

/// The keys guard nothing: they live as long as the machine.
const ROOT_KEY: [u8; 32] = [7; 32];

/// How large the parts of a machine are.
#[derive(Debug, Clone, Copy)]
pub struct Dimensions {
    pub ledger: LedgerOptions,
    pub shard: Options,
    pub keys_held_max: usize,
}

/// A machine in memory.
pub struct Machine {
    pub disk: MemoryDisk,
    pub slots: MemorySlots,
    pub store: MemoryStore,
    dimensions: Dimensions,
    /// Openings so far: each draws other random bytes.
    openings: u64,
    seed: u64,
}

impl Machine {
    pub fn new(dimensions: Dimensions, seed: u64) -> Self {
        Self {
            disk: MemoryDisk::default(),
            slots: MemorySlots::default(),
            store: MemoryStore::default(),
            dimensions,
            openings: 0,
            seed,
        }
    }

    pub fn open(&mut self, now: Timestamp) -> Result<Shard<MemoryDisk>, Broken> {
        self.openings += 1;
        let entropy = SeededEntropy::new(self.seed ^ self.openings.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let root = RootKey::from_bytes(ROOT_KEY);
        let keys = Keys::with(self.slots.clone(), root, entropy, self.dimensions.keys_held_max)?;
        let (ledger, _) = Ledger::open(self.disk.clone(), self.dimensions.ledger, now)?;
        let store = Arc::new(self.store.clone());
        Ok(Shard::open(ledger, Arc::new(keys), store, self.dimensions.shard)?.0)
    }

    /// Cuts the power: of what was not durable, a part survives that `draw` chooses.
    pub fn crash(&self, mut draw: impl FnMut() -> u64) {
        self.disk.crash(draw());
        self.slots.crash(draw());
        self.store.crash((draw() % 3) as usize);
    }

    /// No more faults from here on, but those that have happened.
    pub fn calm(&self) {
        self.disk.set_space(None);
        self.slots.set_space(None);
        self.disk.die_in(u32::MAX);
        self.disk.fail_sync_in(u32::MAX);
        self.slots.fail_sync_in(u32::MAX);
    }
}
