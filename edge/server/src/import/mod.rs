//! `throughline import`: rows of files become events by a mapping, and go in like any others.

mod body;
mod cells;
mod group;
mod input;
mod journal;
mod mapping;
mod plan;
mod progress;
mod report;
mod rows;
mod run;
mod sink;
mod time;

use bytes::Bytes;

use input::Format;
pub use run::{ImportError, Job, run};
pub use sink::{Answer, HttpSink, SinkError};

/// Where an import's events go.
pub enum Sink {
    /// To a server that runs.
    Http(HttpSink),
}

impl Sink {
    /// What makes this place different from others, for the journal.
    fn destination(&self) -> String {
        match self {
            Self::Http(sink) => sink.destination(),
        }
    }

    async fn send(&mut self, body: Bytes) -> Result<Answer, SinkError> {
        match self {
            Self::Http(sink) => sink.send(body).await,
        }
    }
}
