//! The benchmarks: durable ingest in process, reads and restart on what it left behind.
//!
//! Each prints its figures with what they were measured on. Nothing here is asserted; run it on a quiet machine.

mod context;
mod decisions;
mod events;
mod http;
mod ingest;
mod journeys;
mod machine;
mod place;
mod reads;
mod rehearsal;
mod restart;
mod serving;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// That of the server.
#[global_allocator]
static ALLOCATOR: memory::Allocator = memory::Allocator;

#[derive(Parser)]
#[command(about = "Measures Throughline on this machine.")]
struct Arguments {
    /// Where data and keys are kept; emptied by `ingest`.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Durable events per second in process.
    Ingest(ingest::Settings),
    /// Durable events per second over HTTP, with `wrk`.
    Http(http::Settings),
    /// `POST /v1/context` over HTTP, with `wrk`.
    Context(context::Settings),
    /// A decision table of a hundred rules.
    Decisions(decisions::Settings),
    /// Thread pages, profiles and searches on the data that `ingest` left.
    Reads(reads::Settings),
    /// Durable runs of three steps, alone and many at once, and timers that are due at once.
    Journeys(journeys::Settings),
    /// One journey rehearsed over the history that `ingest` left.
    Rehearsal(rehearsal::Settings),
    /// How long a start takes on the data that `ingest` left.
    Restart,
}

fn main() {
    memory::keep_freed();
    let arguments = Arguments::parse();
    println!("machine: {}", machine::describe());
    match arguments.what {
        What::Ingest(settings) => ingest::run(&arguments.folder, &settings),
        What::Http(settings) => http::run(&arguments.folder, &settings),
        What::Context(settings) => context::run(&arguments.folder, &settings),
        What::Decisions(settings) => decisions::run(&settings),
        What::Reads(settings) => reads::run(&arguments.folder, &settings),
        What::Journeys(settings) => journeys::run(&arguments.folder, &settings),
        What::Rehearsal(settings) => rehearsal::run(&arguments.folder, &settings),
        What::Restart => restart::run(&arguments.folder),
    }
}
