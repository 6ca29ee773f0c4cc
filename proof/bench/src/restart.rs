//! A start on existing data: until the shard serves, and until search is complete.

use std::path::Path;
use std::time::Instant;

use crate::{machine, place};

pub fn run(folder: &Path) {
    let (mut shard, recovered, elapsed) = place::open(folder);
    let records = shard.view().last_seq().0;
    println!(
        "serving after {:.2} s: {records} records, {} of them replayed",
        elapsed.as_secs_f64(),
        recovered.replayed
    );
    let begun = Instant::now();
    while !shard.search().is_complete() {
        shard.warm_search().expect("rows can be read");
    }
    let (resident, peak) = machine::memory_mib();
    println!(
        "search complete after {:.2} s more; {resident} MiB resident, {peak} at most",
        begun.elapsed().as_secs_f64()
    );
}
