//! A running server, spoken to over HTTP by this program's own commands.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

use super::sink::SinkError;

/// How often a request is tried before the command gives up; each try waits longer.
const TRIES_MAX: u32 = 8;
const WAIT_MAX: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One server and the credential for it.
pub struct Remote {
    address: String,
    authority: String,
    credential: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

enum Trouble {
    /// Wait this long, then send the same again; message ids make that harmless.
    Again {
        after: Option<Duration>,
        why: String,
    },
    Never(SinkError),
}

impl Remote {
    /// The server that a command names, if it names one.
    pub fn new(server: Option<&str>, token: Option<&str>) -> Result<Option<Self>, SinkError> {
        server.map(|server| Self::at(server, token.unwrap_or_default())).transpose()
    }

    pub fn at(server: &str, credential: &str) -> Result<Self, SinkError> {
        let wrong = || SinkError::Address(server.to_owned());
        let url: Url = server.parse().map_err(|_| wrong())?;
        let host = url.host_str().filter(|_| url.scheme() == "http").ok_or_else(wrong)?;
        let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        Ok(Self { address: url.to_string(), authority, credential: credential.to_owned(), connection: None })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Posts a document and reads the one it answers.
    pub async fn post(
        &mut self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<serde_json::Value, SinkError> {
        let answer = self.send(path, Bytes::from(body.to_string())).await?;
        serde_json::from_slice(&answer).map_err(|error| SinkError::Answer(error.to_string()))
    }

    /// Reads a document.
    pub async fn get(&mut self, path: &str) -> Result<serde_json::Value, SinkError> {
        let answer = self.send_as(Method::GET, path, Bytes::new()).await?;
        serde_json::from_slice(&answer).map_err(|error| SinkError::Answer(error.to_string()))
    }

    /// Posts a body; tries again while the server is away or overloaded. What is sent must bear being sent twice.
    pub async fn send(&mut self, path: &str, body: Bytes) -> Result<Bytes, SinkError> {
        self.send_as(Method::POST, path, body).await
    }

    async fn send_as(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes, SinkError> {
        let mut wait = Duration::from_millis(250);
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            match self.try_send(&method, path, body.clone()).await {
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
        Err(SinkError::Unreachable(self.address.clone(), last))
    }

    async fn try_send(&mut self, method: &Method, path: &str, body: Bytes) -> Result<Bytes, Trouble> {
        let again = |why: String| Trouble::Again { after: None, why };
        let connection = match self.connection.as_mut().filter(|connection| !connection.is_closed()) {
            Some(_) => self.connection.as_mut().expect("it was just seen"),
            None => {
                let stream =
                    TcpStream::connect(&self.authority).await.map_err(|error| again(error.to_string()))?;
                let (sender, driver) =
                    handshake(TokioIo::new(stream)).await.map_err(|error| again(error.to_string()))?;
                tokio::spawn(driver);
                self.connection.insert(sender)
            }
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header(AUTHORIZATION, format!("Bearer {}", self.credential))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| Trouble::Never(SinkError::Address(error.to_string())))?;
        let response = connection.send_request(request).await.map_err(|error| again(error.to_string()))?;
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| again(error.to_string()))?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        let why = detail(status, &body);
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Trouble::Again { after: after.map(Duration::from_secs), why })
            }
            _ if status.is_server_error() => {
                Err(Trouble::Again { after: after.map(Duration::from_secs), why })
            }
            _ => Err(Trouble::Never(SinkError::Refused(why))),
        }
    }
}

fn detail(status: StatusCode, body: &[u8]) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let Some(problem) = problem else { return status.to_string() };
    let mut text = problem["detail"].as_str().map_or_else(|| status.to_string(), str::to_owned);
    for own in problem["problems"].as_array().into_iter().flatten() {
        let part = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        text.push_str(&format!(
            "\n{}: {}: {}. {}",
            part(&own["place"]["file"]),
            part(&own["place"]["path"]),
            part(&own["message"]),
            part(&own["remedy"])
        ));
    }
    text
}
