//! Durable ingest in process: parse, resolve, seal, append, sync, step, acknowledge.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, Event, SourceId, Stamp};
use shard::{Handle, Order, Submission};

use crate::events::{Bodies, Random, SCHEMA, Zipf, segments};
use crate::{machine, place};

#[derive(Args)]
pub struct Settings {
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    #[arg(long, default_value_t = 1_000_000)]
    customers: u64,
    /// Events handed over at once.
    #[arg(long, default_value_t = 250)]
    batch: u64,
    /// Batches under way at once.
    #[arg(long, default_value_t = 8)]
    outstanding: usize,
}

/// Events between two lines of the report.
const STRETCH: u64 = 1_000_000;

pub fn run(folder: &Path, settings: &Settings) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("the bench folder can be emptied");
    }
    let (mut shard, ..) = place::open(folder);
    prepare(&mut shard);
    let (handle, driver, _effects) = Handle::start(shard, place::now);
    let (mut random, zipf, bodies) = (Random(42), Zipf::new(settings.customers, 0.99), Bodies::new());
    let mut under_way = VecDeque::new();
    let (begun, mut stretch, mut sent) = (Instant::now(), Instant::now(), 0);
    while sent < settings.events {
        let count = settings.batch.min(settings.events - sent);
        let batch = (sent..sent + count)
            .map(|number| Submission::Event(event(number, &bodies, &zipf, &mut random)))
            .collect();
        under_way.push_back(handle.submit(batch).expect("the queue has room"));
        if under_way.len() >= settings.outstanding {
            settle(under_way.pop_front());
        }
        sent += count;
        if sent % STRETCH == 0 {
            let rate = STRETCH as f64 / stretch.elapsed().as_secs_f64();
            let (resident, _) = machine::memory_mib();
            println!("{:>3} M events: {rate:>9.0} events/s, {resident} MiB resident", sent / STRETCH);
            stretch = Instant::now();
        }
    }
    while let Some(answer) = under_way.pop_front() {
        settle(Some(answer));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (_, peak) = machine::memory_mib();
    println!(
        "durable: {} events in {seconds:.1} s: {:.0} events/s; {peak} MiB at most",
        sent,
        sent as f64 / seconds
    );
    if std::env::var_os("BENCH_KILL").is_some() {
        // Leaves the data as a kill would, for `restart`.
        std::process::exit(0);
    }
    handle.stop();
    driver.join();
}

fn event(number: u64, bodies: &Bodies, zipf: &Zipf, random: &mut Random) -> Event {
    let customer = zipf.draw(random);
    let body = bodies.body(number, customer, random);
    let now = place::now();
    let stamp = Stamp { source: SourceId(1), channel: Channel::WEB, time: now, received: now };
    Event::parse(body.into(), stamp).expect("the bench makes valid events")
}

type Answer = tokio::sync::oneshot::Receiver<Result<Vec<shard::Accepted>, shard::Refusal>>;

fn settle(answer: Option<Answer>) {
    if let Some(answer) = answer {
        answer.blocking_recv().expect("the shard answers").expect("the shard takes the batch");
    }
}

fn prepare(shard: &mut shard::Shard<ledger::RealDisk>) {
    let source = SourceRecord {
        id: SourceId(1),
        name: "bench".into(),
        channel: Channel::WEB,
        write_key_hash: vec![0; 32].into(),
        priority: 0,
    };
    shard.order(Order::PutSource { by: "bench".into(), source }, place::now()).expect("the source is taken");
    let mut files = segments();
    files.push(("schema.yaml".into(), SCHEMA.into()));
    files.sort();
    let files = files.into_iter().map(|(path, text)| CatalogueFile { path, text }).collect();
    let catalogue = Catalogue { version: 0, files };
    let published = shard.order(Order::Publish { by: "bench".into(), catalogue }, place::now());
    published.expect("the bench's catalogue is valid");
}
