//! The shard the benchmarks run on: real disk, real keys, real store.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keys::{Keys, RootKey};
use ledger::{Ledger, Options as LedgerOptions, RealDisk};
use model::Timestamp;
use shard::{Options, Recovered, Shard};
use state::FjallStore;

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("milliseconds fit"))
}

/// Opens the shard in `folder`, and says how long that took.
pub fn open(folder: &Path) -> (Shard<RealDisk>, Recovered, Duration) {
    let begun = Instant::now();
    for part in ["ledger", "state", "keys"] {
        std::fs::create_dir_all(folder.join(part)).expect("the folder can be made");
    }
    let keys = Keys::open(&folder.join("keys"), RootKey::from_bytes([7; 32])).expect("keys open");
    let disk = RealDisk::new(&folder.join("ledger")).expect("the ledger's folder opens");
    let (ledger, _) = Ledger::open(disk, LedgerOptions::default(), now()).expect("the ledger opens");
    let store = FjallStore::open(&folder.join("state")).expect("the state opens");
    let (shard, recovered) =
        Shard::open(ledger, Arc::new(keys), Arc::new(store), Options::default()).expect("the shard opens");
    (shard, recovered, begun.elapsed())
}
