//! A shard on simulated disks, and short ways to feed it.

use std::sync::Arc;

use keys::{Keys, MemorySlots, RootKey, SeededEntropy};
use ledger::memory_disk::MemoryDisk;
use ledger::{Ledger, Options as LedgerOptions};
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, Event, MessageHash, SourceId, Stamp, Timestamp};
use shard::{Accepted, Intake, Options, Order, Prepared, Shard};
use state::MemoryStore;

pub const SOURCE: SourceId = SourceId(1);

/// What survives a crash: disk, keys and store.
pub struct World {
    pub disk: MemoryDisk,
    pub slots: MemorySlots,
    pub store: MemoryStore,
    pub reserve_bytes: u64,
    pub now: i64,
}

impl World {
    pub fn new() -> Self {
        Self {
            disk: MemoryDisk::default(),
            slots: MemorySlots::default(),
            store: MemoryStore::default(),
            reserve_bytes: 0,
            now: 1_000_000,
        }
    }

    pub fn open(&self) -> Shard<MemoryDisk> {
        self.open_with(Options {
            checkpoint_records: 50,
            keys_ahead: 4,
            background: false,
            ..Options::default()
        })
    }

    pub fn open_with(&self, options: Options) -> Shard<MemoryDisk> {
        let keys =
            Keys::with(self.slots.clone(), RootKey::from_bytes([7; 32]), SeededEntropy::new(9), 10_000)
                .unwrap();
        let ledger_options =
            LedgerOptions { segment_bytes: 64 << 10, reserve_bytes: self.reserve_bytes, fill_bytes: 0 };
        let (ledger, _) = Ledger::open(self.disk.clone(), ledger_options, Timestamp(self.now)).unwrap();
        Shard::open(ledger, Arc::new(keys), Arc::new(self.store.clone()), options).unwrap().0
    }

    /// Takes one event in and makes it durable.
    pub fn send(&mut self, shard: &mut Shard<MemoryDisk>, body: &str) -> Accepted {
        self.now += 1_000;
        let now = Timestamp(self.now);
        let event = intake(shard, body, now);
        let committed = shard.ingest(vec![event], now).unwrap();
        shard.keys().sync().unwrap();
        shard.syncer().sync(committed.frame).unwrap();
        shard.turn().unwrap();
        committed.answer[0]
    }
}

pub fn intake(shard: &mut Shard<MemoryDisk>, body: &str, now: Timestamp) -> Intake {
    let stamp = Stamp { source: SOURCE, channel: Channel::WEB, time: now, received: now };
    let event = Event::parse(body.as_bytes().into(), stamp).unwrap();
    let message = match &event.message_id {
        Some(id) => shard.keys().message_hash(SOURCE, id),
        None => MessageHash(now.0 as u128),
    };
    let keys = Arc::clone(shard.keys());
    let prepared = Prepared::new(event, message, shard.view().engine(), &keys);
    Intake::Event(Arc::new(prepared))
}

pub fn publish(world: &mut World, shard: &mut Shard<MemoryDisk>, files: &[(&str, &str)]) {
    let files = files
        .iter()
        .map(|(path, text)| CatalogueFile { path: (*path).into(), text: (*text).into() })
        .collect();
    let catalogue = Catalogue { version: 0, files };
    world.now += 1_000;
    shard.order(Order::Publish { by: "test".into(), catalogue }, Timestamp(world.now)).unwrap();
}

pub fn put_source(world: &World, shard: &mut Shard<MemoryDisk>) {
    let source = SourceRecord {
        id: SOURCE,
        name: "web".into(),
        channel: Channel::WEB,
        write_key_hash: vec![0; 32].into(),
        priority: 0,
    };
    shard.order(Order::PutSource { by: "test".into(), source }, Timestamp(world.now)).unwrap();
}
