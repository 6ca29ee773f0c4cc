//! Where an import's events go: to a running server over HTTP, or into a data folder that no server uses.

use std::path::Path;

use api::access::hash;
use api::ingest::credential::secret;
use api::ingest::segment::{Call, take};
use api::ingest::{Arrival, Limits};
use api::state::now;
use bytes::Bytes;
use model::record::SourceRecord;
use model::{Channel, SourceId};
use serde::Deserialize;
use shard::{Accepted, LocalHandle, Order, Refusal, Submission};

use super::remote::Remote;

/// Why the events could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error(
        "`--server` is `{0}`; use an address such as http://127.0.0.1:7171 (for one behind TLS, import on its own machine)"
    )]
    Address(String),
    #[error("the server at {0} cannot be reached: {1}; run the same command again to go on from here")]
    Unreachable(String, String),
    #[error("the server refused: {0}")]
    Refused(String),
    #[error("the server's answer is not one of ours: {0}")]
    Answer(String),
    #[error(transparent)]
    Shard(#[from] Refusal),
}

/// What became of a batch.
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    pub taken: u64,
    pub duplicates: u64,
    pub quarantined: Vec<Quarantined>,
}

/// One event of the batch that went to quarantine.
#[derive(Debug, Deserialize)]
pub struct Quarantined {
    /// Its place in the batch.
    pub index: usize,
    pub reason: String,
}

/// Where an import's events go.
pub enum Sink {
    /// To a server that runs.
    Http(HttpSink),
    /// Into a data folder that this process has opened.
    Direct(DirectSink),
}

impl Sink {
    /// What makes this place different from others, for the journal.
    pub fn destination(&self) -> String {
        match self {
            Self::Http(sink) => sink.remote.address().to_owned(),
            Self::Direct(sink) => sink.destination.clone(),
        }
    }

    /// Hands a batch over; returns when it is durable.
    pub async fn send(&mut self, body: Bytes) -> Result<Answer, SinkError> {
        match self {
            Self::Http(sink) => sink.send(body).await,
            Self::Direct(sink) => sink.send(&body).await,
        }
    }
}

/// A server reached over HTTP.
pub struct HttpSink {
    remote: Remote,
}

impl HttpSink {
    pub fn new(server: &str, write_key: &str) -> Result<Self, SinkError> {
        Ok(Self { remote: Remote::at(server, write_key)? })
    }

    async fn send(&mut self, body: Bytes) -> Result<Answer, SinkError> {
        let answer = self.remote.send("/v1/import", body).await?;
        serde_json::from_slice(&answer).map_err(|error| SinkError::Answer(error.to_string()))
    }
}

/// A shard in this process.
pub struct DirectSink {
    handle: LocalHandle,
    source: SourceId,
    channel: Channel,
    destination: String,
}

impl DirectSink {
    /// Writes as the source of this name, which is made when it is missing.
    pub async fn new(handle: LocalHandle, name: &str, data: &Path) -> Result<Self, SinkError> {
        let sources: Vec<SourceRecord> =
            handle.view(|view| view.books().sources().cloned().collect()).await?;
        let source = match sources.iter().find(|source| source.name == name) {
            Some(source) => source.clone(),
            None => {
                let id = SourceId(sources.iter().map(|source| source.id.0).max().unwrap_or(0) + 1);
                let write_key_hash = hash(&secret("unused_")).to_vec().into();
                let source = SourceRecord {
                    id,
                    name: name.into(),
                    channel: Channel::SERVER,
                    write_key_hash,
                    priority: 0,
                };
                handle.order(Order::PutSource { by: "import".into(), source: source.clone() }).await?;
                source
            }
        };
        let destination = format!("{}/{name}", data.display());
        Ok(Self { handle, source: source.id, channel: source.channel, destination })
    }

    async fn send(&mut self, body: &[u8]) -> Result<Answer, SinkError> {
        let arrival = Arrival { source: self.source, channel: self.channel.clone(), received: now() };
        let submissions = take(Call::Batch, body, &arrival, &Limits::IMPORT)
            .map_err(|refused| SinkError::Refused(refused.to_string()))?;
        let reasons: Vec<Option<String>> = submissions
            .iter()
            .map(|submission| match submission {
                Submission::Malformed { reason, .. } => Some(reason.clone()),
                Submission::Event(_) => None,
            })
            .collect();
        let mut answer = Answer::default();
        let accepted = self.handle.ingest(submissions).await?;
        for (index, accepted) in accepted.into_iter().enumerate() {
            match accepted {
                Accepted::Taken { .. } => answer.taken += 1,
                Accepted::Duplicate => answer.duplicates += 1,
                Accepted::Quarantined { .. } => {
                    let reason = reasons.get(index).cloned().flatten();
                    let reason = reason.unwrap_or_else(|| "no identifier of it is valid".into());
                    answer.quarantined.push(Quarantined { index, reason });
                }
            }
        }
        Ok(answer)
    }
}
