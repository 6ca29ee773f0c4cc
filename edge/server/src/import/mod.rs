//! `throughline import`: rows of files become events by a mapping, and go in like any others.

mod group;
mod input;
mod journal;
#[cfg(test)]
mod lost_answer_tests;
mod mapping;
mod plan;
mod progress;
mod remote;
mod report;
mod rows;
mod run;
mod sink;

use input::Format;
pub use remote::Remote;
pub use run::{Job, run};
pub use sink::{DirectSink, HttpSink, Sink};
