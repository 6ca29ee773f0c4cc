//! Where an import's events go: to a running server over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use url::Url;

/// Why the server could not be given the events.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error("`--server` is `{0}`; use an address such as http://127.0.0.1:7700 (for one behind TLS, import on its own machine)")]
    Address(String),
    #[error("the server at {0} cannot be reached: {1}; run the same command again to go on from here")]
    Unreachable(String, String),
    #[error("the server refused the events: {0}")]
    Refused(String),
    #[error("the server's answer is not one of ours: {0}")]
    Answer(String),
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

/// How often a batch is tried before the import stops; each try waits longer.
const TRIES_MAX: u32 = 8;
const WAIT_MAX: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A server reached over HTTP.
pub struct HttpSink {
    server: Url,
    authority: String,
    write_key: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

enum Trouble {
    /// Wait this long, then send the same again; message ids make that harmless.
    Again { after: Option<Duration>, why: String },
    Never(SinkError),
}

impl HttpSink {
    pub fn new(server: &str, write_key: &str) -> Result<Self, SinkError> {
        let wrong = || SinkError::Address(server.to_owned());
        let url: Url = server.parse().map_err(|_| wrong())?;
        let host = url.host_str().filter(|_| url.scheme() == "http").ok_or_else(wrong)?;
        let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        Ok(Self { server: url, authority, write_key: write_key.to_owned(), connection: None })
    }

    pub fn destination(&self) -> String {
        self.server.to_string()
    }

    /// Hands a batch over; returns when it is durable there.
    pub async fn send(&mut self, body: Bytes) -> Result<Answer, SinkError> {
        let mut wait = Duration::from_millis(250);
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            match self.try_send(body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Never(error)) => return Err(error),
                Err(Trouble::Again { after, why }) => {
                    self.connection = None;
                    last = why;
                    tokio::time::sleep(after.unwrap_or(wait).min(WAIT_MAX)).await;
                    wait = (wait * 2).min(WAIT_MAX);
                }
            }
        }
        Err(SinkError::Unreachable(self.server.to_string(), last))
    }

    async fn try_send(&mut self, body: Bytes) -> Result<Answer, Trouble> {
        let again = |why: String| Trouble::Again { after: None, why };
        let connection = match self.connection.as_mut().filter(|connection| !connection.is_closed()) {
            Some(_) => self.connection.as_mut().expect("it was just seen"),
            None => {
                let stream = TcpStream::connect(&self.authority).await.map_err(|error| again(error.to_string()))?;
                let (sender, driver) = handshake(TokioIo::new(stream)).await.map_err(|error| again(error.to_string()))?;
                tokio::spawn(driver);
                self.connection.insert(sender)
            }
        };
        let request = Request::post("/v1/import")
            .header(HOST, &self.authority)
            .header(AUTHORIZATION, format!("Bearer {}", self.write_key))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| Trouble::Never(SinkError::Address(error.to_string())))?;
        let response = connection.send_request(request).await.map_err(|error| again(error.to_string()))?;
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| again(error.to_string()))?.to_bytes();
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| Trouble::Never(SinkError::Answer(error.to_string())));
        }
        let why = detail(status, &body);
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(Trouble::Again { after: after.map(Duration::from_secs), why }),
            _ if status.is_server_error() => Err(Trouble::Again { after: after.map(Duration::from_secs), why }),
            _ => Err(Trouble::Never(SinkError::Refused(why))),
        }
    }
}

fn detail(status: StatusCode, body: &[u8]) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
    text.map_or_else(|| status.to_string(), str::to_owned)
}
