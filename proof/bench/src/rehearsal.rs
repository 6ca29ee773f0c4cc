//! How long it takes to rehearse one journey over the history that `ingest` left.

use std::path::Path;
use std::time::Instant;

use clap::Args;
use model::{Catalogue, CatalogueFile, Timestamp};
use shard::{Script, rehearse};

use crate::events::{SCHEMA, segments};
use crate::{machine, place};

#[derive(Args)]
pub struct Settings {
    /// Of a hundred customers, how many take part.
    #[arg(long, default_value_t = 100)]
    sample: u8,
}

/// Begun by one event in eight, and waiting for another.
const JOURNEY: &str = "name: checkout\ntitle: Checkout\nentry: {event: Checkout Started}\nsteps:\n  - {id: order, kind: wait, until: {event: Order Completed, next: end}, timeout: 1h}\n  - {id: say, kind: message, channel: webchat, text: Still there?}\n";

pub fn run(folder: &Path, settings: &Settings) {
    let (mut shard, ..) = place::open(folder);
    let (reader, keys) = (shard.view().ledger(), shard.keys().clone());
    drop(shard);
    let mut files = segments();
    files.push(("schema.yaml".into(), SCHEMA.into()));
    files.push(("journeys/checkout.yaml".into(), JOURNEY.into()));
    files.sort();
    let files = files.into_iter().map(|(path, text)| CatalogueFile { path, text }).collect();
    let draft = Catalogue { version: 0, files };
    let script =
        Script { draft, from: Timestamp(0), to: place::now(), sample: settings.sample, segment: None };
    let begun = Instant::now();
    let report = rehearse(&reader, &keys, &script, |_| std::ops::ControlFlow::Continue(()))
        .expect("the bench's history can be rehearsed");
    let seconds = begun.elapsed().as_secs_f64();
    let (_, peak) = machine::memory_mib();
    let entered = report.journeys.get("checkout").map_or(0, |journey| journey.draft.entered);
    println!(
        "rehearsed {} records in {seconds:.1} s: {:.0}/s; {entered} runs, {} customers differ; {peak} MiB at most",
        report.records,
        report.records as f64 / seconds,
        report.different
    );
}
