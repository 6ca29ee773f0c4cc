//! Durable ingest over HTTP: the server's own binary, loaded by `wrk` on the same machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::events::{SCHEMA, segments};
use crate::serving::Serving;

#[derive(Args)]
pub struct Settings {
    /// The server; `cargo build --release -p server` makes it.
    #[arg(long, default_value = "target/release/throughline")]
    server: PathBuf,
    #[arg(long, default_value_t = 1_000_000)]
    customers: u64,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    batch: u64,
    #[arg(long, default_value_t = 32)]
    connections: u32,
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/events.lua");

pub fn run(folder: &Path, settings: &Settings) {
    let serving = Serving::start(&settings.server, folder);
    let mut files = segments();
    files.push(("schema.yaml".into(), SCHEMA.into()));
    let write_key = serving.prepare(&files);
    println!("{} events a request, {} connections:", settings.batch, settings.connections);
    let load = Command::new("wrk")
        .args(["-t1", "--latency", "-s", SCRIPT])
        .arg(format!("-c{}", settings.connections))
        .arg(format!("-d{}s", settings.seconds))
        .arg(format!("http://{}", serving.address))
        .arg("--")
        .args([&write_key, &settings.customers.to_string(), &settings.batch.to_string()])
        .output()
        .expect("wrk is installed: https://github.com/wg/wrk");
    print!("{}", String::from_utf8_lossy(&load.stdout));
    let [processed, quarantined, rejected] = serving.balance();
    println!(
        "durable: {processed} processed, {quarantined} quarantined, {rejected} rejected: {:.0} events/s",
        processed as f64 / f64::from(settings.seconds)
    );
}
