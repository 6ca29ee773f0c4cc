//! Durable journeys in process, and timers: how many runs of three steps a second, how long one takes alone, and how
//! fast a million timers fire that are due at once.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, Event, SourceId, Stamp, Timestamp};
use shard::{Handle, LocalHandle, Order, Submission};

use crate::machine::spread;
use crate::{machine, place};

#[derive(Args)]
pub struct Settings {
    /// Runs of three steps, each of a customer of its own.
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// Runs taken one at a time.
    #[arg(long, default_value_t = 5_000)]
    alone: u64,
    /// Customers who wait for the same moment.
    #[arg(long, default_value_t = 1_000_000)]
    timers: u64,
    /// Events handed over at once.
    #[arg(long, default_value_t = 250)]
    batch: u64,
}

const SCHEMA: &str = "traits: {}\nevents:\n  Begin: {properties: {total: double}}\n  Go On: {properties: {}}\n  Finish: {properties: {}}\n  Wait: {properties: {}}\n";
/// Each step is reached by an event of its own, in a frame of its own.
const THREE_EVENTS: &str = "name: three\ntitle: Three\nentry: {event: Begin}\nsteps:\n  - {id: one, kind: wait, until: {event: Go On}, timeout: 1d}\n  - {id: two, kind: wait, until: {event: Finish}, timeout: 1d}\n  - {id: done, kind: goal, goal: done}\n";
const TIMER: &str = "name: timer\ntitle: Timer\nentry: {event: Wait}\nsteps:\n  - {id: pause, kind: wait, for: 1h}\n  - {id: done, kind: goal, goal: done}\n";

pub fn run(folder: &Path, settings: &Settings) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("the bench folder can be emptied");
    }
    let (mut shard, ..) = place::open(folder);
    prepare(&mut shard);
    // The benchmark's own clock: the machine's, and what was added to it.
    let added = Arc::new(AtomicI64::new(0));
    let clock = {
        let added = Arc::clone(&added);
        move || Timestamp(place::now().0 + added.load(Ordering::Relaxed))
    };
    let (handle, driver, _effects) = Handle::start(shard, clock);
    let load = Load { handle: &handle, batch: settings.batch };
    load.three_steps(settings.runs);
    load.alone(settings.runs, settings.alone);
    load.timers(settings.timers, &added);
    let (_, peak) = machine::memory_mib();
    println!("{peak} MiB at most");
    handle.stop();
    driver.join();
}

struct Load<'a> {
    handle: &'a LocalHandle,
    batch: u64,
}

impl Load<'_> {
    fn three_steps(&self, runs: u64) {
        let begun = Instant::now();
        for name in ["Begin", "Go On", "Finish"] {
            self.send_all(name, 0..runs);
        }
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(self.ended("three"), runs, "every run came to its end");
        println!(
            "three-step journeys, each step an event of its own: {runs} in {seconds:.1} s: {:.0} runs/s, {:.0} events/s",
            runs as f64 / seconds,
            3.0 * runs as f64 / seconds
        );
    }

    /// One run at a time, each event acknowledged before the next.
    fn alone(&self, before: u64, runs: u64) {
        let (mut whole, mut steps) = (Vec::new(), Vec::new());
        for customer in before..before + runs {
            let begun = Instant::now();
            for name in ["Begin", "Go On", "Finish"] {
                let step = Instant::now();
                self.settle(Some(self.submit(vec![event(name, customer)])));
                steps.push(step.elapsed());
            }
            whole.push(begun.elapsed());
        }
        println!("one at a time: a step {}, a run {}", spread(steps), spread(whole));
    }

    fn timers(&self, timers: u64, added: &AtomicI64) {
        self.send_all("Wait", 0..timers);
        println!("{timers} timers are pending");
        let before = self.ended("timer");
        assert_eq!(before, 0, "none fires early");
        added.store(3_600_000, Ordering::Relaxed);
        let begun = Instant::now();
        let mut first = None;
        loop {
            let fired = self.ended("timer");
            if fired > 0 && first.is_none() {
                first = Some(begun.elapsed());
            }
            if fired >= timers {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let seconds = begun.elapsed().as_secs_f64();
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(self.ended("timer"), timers, "none fires twice");
        println!(
            "{timers} timers due at once fired in {seconds:.2} s: {:.0}/s; the first after {:.0?}",
            timers as f64 / seconds,
            first.unwrap_or_default()
        );
    }

    fn send_all(&self, name: &str, customers: std::ops::Range<u64>) {
        const OUTSTANDING: usize = 16;
        let mut under_way = VecDeque::new();
        let mut from = customers.start;
        while from < customers.end {
            let to = customers.end.min(from + self.batch);
            under_way.push_back(self.submit((from..to).map(|customer| event(name, customer)).collect()));
            if under_way.len() >= OUTSTANDING {
                self.settle(under_way.pop_front());
            }
            from = to;
        }
        under_way.into_iter().for_each(|answer| self.settle(Some(answer)));
    }

    fn submit(&self, events: Vec<Event>) -> Answer {
        let batch = events.into_iter().map(Submission::Event).collect();
        self.handle.submit(batch).expect("the queue has room")
    }

    fn settle(&self, answer: Option<Answer>) {
        let Some(answer) = answer else { return };
        answer.blocking_recv().expect("the shard answers").expect("the shard takes the batch");
    }

    fn ended(&self, journey: &'static str) -> u64 {
        let read = self.handle.view(move |view| {
            view.books().journeys.get(journey).map_or(0, |count| count.ended.values().sum::<u64>())
        });
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("the system can start a runtime")
            .block_on(read)
            .expect("the shard answers")
    }
}

type Answer = tokio::sync::oneshot::Receiver<Result<Vec<shard::Accepted>, shard::Refusal>>;

fn event(name: &str, customer: u64) -> Event {
    let body = format!(
        r#"{{"type":"track","event":"{name}","userId":"user-{customer:010}","messageId":"{name}-{customer}","properties":{{"total":{}.5}}}}"#,
        customer % 500
    );
    let now = place::now();
    let stamp = Stamp { source: SourceId(1), channel: Channel::WEB, time: now, received: now };
    Event::parse(body.into_bytes().into(), stamp).expect("the bench makes valid events")
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
    let files =
        [("journeys/three.yaml", THREE_EVENTS), ("journeys/timer.yaml", TIMER), ("schema.yaml", SCHEMA)];
    let files = files.map(|(path, text)| CatalogueFile { path: path.into(), text: text.into() });
    let catalogue = Catalogue { version: 0, files: files.into() };
    let published = shard.order(Order::Publish { by: "bench".into(), catalogue }, place::now());
    published.expect("the bench's catalogue is valid");
}
