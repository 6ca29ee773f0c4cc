//! Durable ingest in process: parse, resolve, seal, append, sync, step, acknowledge.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Args;
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, Event, SourceId, Stamp};
use shard::{Handle, LocalHandle, Order, Submission};

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
    /// Threads that make, parse and hand over events.
    #[arg(long, default_value_t = 2)]
    senders: u64,
    /// Batches of each sender under way at once.
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
    let load = Load {
        settings,
        zipf: Zipf::new(settings.customers, 0.99),
        bodies: Bodies::new(),
        next: AtomicU64::new(0),
        stretch: Mutex::new((0, Instant::now())),
    };
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..settings.senders {
            let (load, handle) = (&load, handle.clone());
            scope.spawn(move || load.send(&handle, Random(42 + number)));
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (_, peak) = machine::memory_mib();
    let sent = settings.events;
    println!(
        "durable: {sent} events in {seconds:.1} s: {:.0} events/s; {peak} MiB at most",
        sent as f64 / seconds
    );
    if std::env::var_os("BENCH_KILL").is_some() {
        // Leaves the data as a kill would, for `restart`.
        std::process::exit(0);
    }
    handle.stop();
    driver.join();
}

/// What the senders share.
struct Load<'a> {
    settings: &'a Settings,
    zipf: Zipf,
    bodies: Bodies,
    next: AtomicU64,
    /// Events acknowledged, and when the stretch began that is under way.
    stretch: Mutex<(u64, Instant)>,
}

impl Load<'_> {
    /// Makes, parses and hands over batches until all are sent, a few under way at once.
    fn send(&self, handle: &LocalHandle, mut random: Random) {
        let mut under_way = VecDeque::new();
        loop {
            let from = self.next.fetch_add(self.settings.batch, Ordering::Relaxed);
            let to = self.settings.events.min(from + self.settings.batch);
            if from >= to {
                break;
            }
            let event = |number| Submission::Event(self.event(number, &mut random));
            let batch = (from..to).map(event).collect();
            under_way.push_back((to - from, handle.submit(batch).expect("the queue has room")));
            if under_way.len() >= self.settings.outstanding {
                self.settle(under_way.pop_front());
            }
        }
        while let Some(answer) = under_way.pop_front() {
            self.settle(Some(answer));
        }
    }

    fn event(&self, number: u64, random: &mut Random) -> Event {
        let customer = self.zipf.draw(random);
        let body = self.bodies.body(number, customer, random);
        let now = place::now();
        let stamp = Stamp { source: SourceId(1), channel: Channel::WEB, time: now, received: now };
        Event::parse(body.into(), stamp).expect("the bench makes valid events")
    }

    fn settle(&self, answer: Option<(u64, Answer)>) {
        let Some((count, answer)) = answer else { return };
        answer.blocking_recv().expect("the shard answers").expect("the shard takes the batch");
        let mut stretch = self.stretch.lock().expect("no holder of this lock panics");
        stretch.0 += count;
        if stretch.0 % STRETCH < count {
            let rate = STRETCH as f64 / stretch.1.elapsed().as_secs_f64();
            let (resident, _) = machine::memory_mib();
            println!("{:>3} M events: {rate:>9.0} events/s, {resident} MiB resident", stretch.0 / STRETCH);
            stretch.1 = Instant::now();
        }
    }
}

type Answer = tokio::sync::oneshot::Receiver<Result<Vec<shard::Accepted>, shard::Refusal>>;

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
