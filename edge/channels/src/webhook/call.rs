//! One HTTP call: connect to a checked address, post, read a small answer, name what happened.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use model::{OutcomeKind, Span, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::SignatureHeaders;
use crate::guard::{Target, Unresolved};

/// From the look-up to the last byte of the answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// For each address of the name, so that a dead one leaves time for the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Deeper answers are refused before they are walked.
const ANSWER_DEPTH_MAX: usize = 32;
/// No receiver may put a call off for longer.
const RETRY_AFTER_MAX: Span = Span::DAY;

trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// Makes calls. Each has its own connection, to an address checked for it; none follows a redirect.
pub(super) struct Client {
    tls: TlsConnector,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// What is posted.
pub(super) struct Post<'a> {
    pub headers: &'a SignatureHeaders,
    /// The same in every attempt.
    pub idempotency_key: &'a str,
    pub body: Vec<u8>,
}

/// Why there is no answer. All of it can be tried again: the receiver knows the call by its id.
enum NoAnswer {
    Forbidden(String),
    Broken(String),
}

impl Client {
    pub fn new() -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Makes one attempt, within `limit` or the usual time.
    pub async fn post(&self, target: &Target, post: Post<'_>, limit: Option<Duration>) -> OutcomeKind {
        let limit = limit.unwrap_or(CALL_TIMEOUT);
        match timeout(limit, self.exchange(target, post)).await {
            Err(_) => retry(&format!("the endpoint did not answer within {} s", limit.as_secs_f32()), None),
            Ok(Ok(outcome)) => outcome,
            Ok(Err(NoAnswer::Broken(reason))) => retry(&reason, None),
            Ok(Err(NoAnswer::Forbidden(reason))) => OutcomeKind::Failed { reason },
        }
    }

    async fn exchange(&self, target: &Target, post: Post<'_>) -> Result<OutcomeKind, NoAnswer> {
        let stream = self.connect(target).await?;
        let broken = |error: hyper::Error| NoAnswer::Broken(format!("the connection broke: {error}"));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async {
            let request = request(target, post)?;
            let response = sender.send_request(request).await.map_err(broken)?;
            Ok(outcome(response).await)
        };
        // The connection only makes progress while it is polled; it ends with the exchange.
        tokio::select! {
            outcome = exchange => outcome,
            // It may end first, when the answer is complete: then the answer waits in the channel.
            () = async { let _ = connection.await; std::future::pending().await } => unreachable!("pending"),
        }
    }

    async fn connect(&self, target: &Target) -> Result<Box<dyn Transport>, NoAnswer> {
        let addresses = target.resolve().await.map_err(|error| match error {
            Unresolved::Forbidden(forbidden) => NoAnswer::Forbidden(forbidden.to_string()),
            Unresolved::Lookup(_) => NoAnswer::Broken(error.to_string()),
        })?;
        let mut failure = String::from("the name has no address");
        for address in addresses {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return self.encrypt(target, stream).await,
                Ok(Err(error)) => failure = error.to_string(),
                Err(_) => failure = "no answer in time".into(),
            }
        }
        Err(NoAnswer::Broken(format!("could not connect: {failure}")))
    }

    async fn encrypt(&self, target: &Target, stream: TcpStream) -> Result<Box<dyn Transport>, NoAnswer> {
        if target.url.scheme() == "http" {
            return Ok(Box::new(stream));
        }
        let host = target.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|error| NoAnswer::Forbidden(error.to_string()))?;
        let encrypted = self.tls.connect(name, stream).await;
        let encrypted = encrypted.map_err(|error| NoAnswer::Broken(format!("no TLS connection: {error}")))?;
        Ok(Box::new(encrypted))
    }
}

fn request(target: &Target, post: Post<'_>) -> Result<Request<Full<Bytes>>, NoAnswer> {
    let Post { headers, idempotency_key, body } = post;
    let url = &target.url;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    Request::post(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "Throughline")
        .header("webhook-id", &headers.id)
        .header("webhook-timestamp", &headers.timestamp)
        .header("webhook-signature", &headers.signature)
        .header("idempotency-key", quoted(idempotency_key))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| NoAnswer::Forbidden(error.to_string()))
}

/// A String of RFC 8941 §3.3.3, as draft-ietf-httpapi-idempotency-key-header wants it. Bytes that cannot stand in one
/// are percent-encoded.
fn quoted(key: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' if !b"\"\\%".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!("\"{}\"", key.bytes().map(byte).collect::<String>())
}

async fn outcome(response: Response<Incoming>) -> OutcomeKind {
    let status = response.status();
    let after = retry_after(response.headers());
    if status.is_success() {
        let reference = Some(status.as_u16().to_string());
        return match answer(response).await {
            Ok(answer) => OutcomeKind::Done { reference, answer },
            Err(reason) => retry(&reason, None),
        };
    }
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            retry(&format!("answered {status}"), after)
        }
        _ if status.is_server_error() => retry(&format!("answered {status}"), after),
        StatusCode::GONE => refused(status, "answered 410 Gone: the endpoint wants no more calls".into()),
        _ if status.is_client_error() => refused(status, format!("answered {status}")),
        _ if status.is_redirection() => failed(&format!("answered {status}; redirects are not followed")),
        _ => failed(&format!("answered {status}")),
    }
}

/// The answer's JSON. A call that was taken stays taken whatever its answer looks like, so an answer
/// that is too long or not JSON is none; only a broken connection leaves it open.
async fn answer(response: Response<Incoming>) -> Result<Option<Value>, String> {
    let body = match Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return Ok(None),
        Err(error) => return Err(format!("the answer broke off: {error}")),
    };
    let json: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    Ok(json.filter(|json| depth(json) <= ANSWER_DEPTH_MAX).map(|json| Value::from_json(&json)))
}

fn depth(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Span> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    pause(text.trim(), SystemTime::now().duration_since(UNIX_EPOCH).ok()?)
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), read at `now`, a time since 1970. To the millisecond: in
/// whole seconds a date would be asked for too early.
fn pause(text: &str, now: Duration) -> Option<Span> {
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
            date.saturating_sub(now)
        }
    };
    let millis = pause.as_nanos().div_ceil(1_000_000);
    Some(i64::try_from(millis).map_or(RETRY_AFTER_MAX, |millis| Span(millis).min(RETRY_AFTER_MAX)))
}

fn retry(reason: &str, after: Option<Span>) -> OutcomeKind {
    OutcomeKind::Retry { reason: reason.into(), after }
}

fn refused(status: StatusCode, reason: String) -> OutcomeKind {
    OutcomeKind::Refused { status: status.as_u16(), reason }
}

fn failed(reason: &str) -> OutcomeKind {
    OutcomeKind::Failed { reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_put_off_until_a_date_is_not_made_before_it() {
        // 500.4 ms after the first second of 1999.
        let now = Duration::from_micros(915_148_800_500_400);
        for (text, expected) in [
            ("Fri, 01 Jan 1999 00:00:03 GMT", Some(Span(2_500))),
            ("Fri, 01 Jan 1999 00:00:00 GMT", Some(Span(0))),
            ("Sat, 02 Jan 1999 00:00:01 GMT", Some(Span::DAY)),
            ("0", Some(Span(0))),
            ("90", Some(Span(90_000))),
            ("18446744073709551615", Some(Span::DAY)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(pause(text, now), expected, "{text}");
        }
    }
}
