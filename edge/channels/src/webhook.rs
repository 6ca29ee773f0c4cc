//! Webhook calls: a back-office system asked to do something, signed, and its answer brought back.
//!
//! The receiver knows a call by its `webhook-id`, which is the effect's id, and by its `Idempotency-Key`, which a journey
//! may choose: both are the same in every attempt, so asking again after a broken connection does no harm.

mod call;
mod signature;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{Channel, Effect, HookMessage, OutcomeKind, Span, WebhookCall};
use serde::Deserialize;
use serde_json::json;
use url::Url;

pub use signature::{InvalidSecret, Secret, SignatureHeaders, Unverified, sign, verify};

use crate::guard::{Forbidden, Reach, Target};
use crate::hook;
use crate::links::Links;
use call::Post;

/// Standard Webhooks asks for small payloads; larger ones are refused before they are sent.
pub const PAYLOAD_BYTES_MAX: usize = 20 * 1024;
/// Messages wait this long for their channel's provider to be configured.
const NO_PROVIDER_RETRY: Span = Span::HOUR;

/// An endpoint as the operator configures it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointConfig {
    pub url: String,
    /// `whsec_…`; each call is signed with all of them, so that a secret can be replaced without a gap.
    pub secrets: Vec<Secret>,
    /// Allows addresses on our own network, and plain http.
    #[serde(default)]
    pub allow_private: bool,
}

/// What is wrong with an [`EndpointConfig`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidEndpoint {
    #[error("webhook endpoint `{name}`: {source}")]
    Forbidden { name: String, source: Forbidden },
    #[error("webhook endpoint `{0}` has no secret; give it one of at least 24 bytes, such as `whsec_…`")]
    NoSecret(String),
}

/// The name of the endpoint that serves a channel; no back-office system can have it.
pub fn channel_endpoint(channel: &Channel) -> String {
    format!("channel:{channel}")
}

/// Calls the endpoints of one workspace.
#[derive(Debug)]
pub struct WebhookSender {
    endpoints: BTreeMap<String, Endpoint>,
    client: call::Client,
}

#[derive(Debug)]
struct Endpoint {
    target: Target,
    secrets: Vec<Secret>,
}

impl WebhookSender {
    pub fn new(endpoints: BTreeMap<String, EndpointConfig>) -> Result<Self, InvalidEndpoint> {
        let checked = endpoints.into_iter().map(|(name, config)| {
            let reach = if config.allow_private { Reach::Private } else { Reach::Public };
            let target = Target::parse(&config.url, reach)
                .map_err(|source| InvalidEndpoint::Forbidden { name: name.clone(), source })?;
            if config.secrets.is_empty() {
                return Err(InvalidEndpoint::NoSecret(name));
            }
            Ok((name, Endpoint { target, secrets: config.secrets }))
        });
        Ok(Self { endpoints: checked.collect::<Result<_, _>>()?, client: call::Client::new() })
    }

    /// The configured endpoints and their addresses, for the studio.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, &Url)> {
        self.endpoints.iter().map(|(name, endpoint)| (name.as_str(), &endpoint.target.url))
    }

    /// Makes one attempt. `Done` carries the JSON that the endpoint answered, if it answered any.
    pub async fn send(&self, effect: &Effect, call: &WebhookCall) -> OutcomeKind {
        let Some(endpoint) = self.endpoints.get(&call.endpoint) else {
            return OutcomeKind::Failed {
                reason: format!(
                    "no webhook endpoint `{}` is configured; add it under webhooks",
                    call.endpoint
                ),
            };
        };
        let body = payload(effect, call);
        if body.len() > PAYLOAD_BYTES_MAX {
            return OutcomeKind::Failed {
                reason: format!("the payload has {} bytes; at most {PAYLOAD_BYTES_MAX} are sent", body.len()),
            };
        }
        let id = effect.id.to_string();
        let headers = &sign(&endpoint.secrets, &id, seconds_now(), &body);
        let idempotency_key = call.idempotency_key.as_deref().unwrap_or(&id);
        let limit = call.timeout.map(|span| Duration::from_millis(span.0.max(0).unsigned_abs()));
        self.client.post(&endpoint.target, Post { headers, idempotency_key, body }, limit).await
    }
}

impl WebhookSender {
    /// Hands a message to the provider of its channel, whose endpoint has the channel's name.
    pub async fn deliver(&self, effect: &Effect, message: &HookMessage, links: &Links) -> OutcomeKind {
        let Some(endpoint) = self.endpoints.get(&channel_endpoint(&message.channel)) else {
            let reason = format!("no provider of `{}` is configured; add it under channels", message.channel);
            return OutcomeKind::Retry { reason, after: Some(NO_PROVIDER_RETRY) };
        };
        let body = hook::body(effect, message, links);
        if body.len() > PAYLOAD_BYTES_MAX {
            let reason =
                format!("the message has {} bytes; at most {PAYLOAD_BYTES_MAX} are sent", body.len());
            return OutcomeKind::Failed { reason };
        }
        let id = effect.id.to_string();
        let headers = &sign(&endpoint.secrets, &id, seconds_now(), &body);
        let post = Post { headers, idempotency_key: &id, body };
        hook::outcome(effect.id, self.client.post(&endpoint.target, post, None).await)
    }
}

/// The body of a call: the same bytes in every attempt.
fn payload(effect: &Effect, call: &WebhookCall) -> Vec<u8> {
    let payload = json!({
        "type": call.event,
        "timestamp": effect.asked,
        "customer": effect.customer,
        "data": call.payload,
    });
    payload.to_string().into_bytes()
}

fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    since.as_secs().try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use model::{CustomerId, EffectId, EffectKind, Purpose, Resend, Span, StrandId, Timestamp, Value};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn sender(url: &str, allow_private: bool) -> Result<WebhookSender, InvalidEndpoint> {
        let config =
            EndpointConfig { url: url.into(), secrets: vec![SECRET.parse().unwrap()], allow_private };
        WebhookSender::new(BTreeMap::from([("orders".to_owned(), config)]))
    }

    async fn send(sender: &WebhookSender, payload: Value) -> OutcomeKind {
        send_within(sender, payload, None).await
    }

    async fn send_within(sender: &WebhookSender, payload: Value, timeout: Option<Span>) -> OutcomeKind {
        let call = WebhookCall {
            endpoint: "orders".into(),
            event: "add_on.ordered".into(),
            payload,
            timeout,
            retries: None,
            idempotency_key: Some("order \"Ü\"".into()),
        };
        let effect = Effect {
            id: EffectId(74),
            customer: CustomerId(1),
            strand: StrandId(1),
            asked: Timestamp(0),
            run: None,
            purpose: Purpose::Service,
            resend: Resend::Always,
            kind: EffectKind::Webhook(call.clone()),
        };
        sender.send(&effect, &call).await
    }

    /// Calls an endpoint that answers with these bytes and hangs up; returns what it received, too.
    async fn check(answer: &str) -> (OutcomeKind, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sender = sender(&format!("http://{}/hook?a=1", listener.local_addr().unwrap()), true).unwrap();
        let received = Arc::new(Mutex::new(String::new()));
        let (keep, answer) = (received.clone(), answer.to_owned());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut chunk = [0; 4096];
                let count = stream.read(&mut chunk).await.unwrap();
                request.extend_from_slice(&chunk[..count]);
            }
            *keep.lock().unwrap() = String::from_utf8(request).unwrap();
            let _ = stream.write_all(answer.as_bytes()).await;
        });
        let outcome = send(&sender, Value::Map(Box::new([("size".into(), Value::Int(55))]))).await;
        let request = received.lock().unwrap().clone();
        (outcome, request)
    }

    #[tokio::test]
    async fn a_call_is_signed_and_its_answer_comes_back() {
        let (outcome, request) =
            check("HTTP/1.1 201 Created\r\ncontent-length: 13\r\n\r\n{\"order\": 17}").await;
        let answer = Some(Value::Map(Box::new([("order".into(), Value::Int(17))])));
        assert_eq!(outcome, OutcomeKind::Done { reference: Some("201".into()), answer });

        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{head}");
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
            line.to_owned()
        };
        let headers = SignatureHeaders {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
        };
        assert_eq!(headers.id, "eff_0000000000000000000000002a");
        assert_eq!(header("idempotency-key"), "\"order %22%C3%9C%22\"");
        assert_eq!(verify(&[SECRET.parse().unwrap()], &headers, body.as_bytes(), seconds_now()), Ok(()));
        assert_eq!(
            body,
            r#"{"customer":"cus_0000000000001","data":{"size":55},"timestamp":"1970-01-01T00:00:00.000Z","type":"add_on.ordered"}"#
        );
    }

    #[tokio::test]
    async fn each_answer_has_its_meaning() {
        let retry = |reason: &str, after: Option<Span>| OutcomeKind::Retry { reason: reason.into(), after };
        let failed = |reason: &str| OutcomeKind::Failed { reason: reason.into() };
        let refused = |status, reason: &str| OutcomeKind::Refused { status, reason: reason.into() };
        let done = |status: &str| OutcomeKind::Done { reference: Some(status.into()), answer: None };
        for (answer, expected) in [
            ("204 No Content\r\n\r\n", done("204")),
            ("200 OK\r\ncontent-length: 2\r\n\r\nok", done("200")),
            (
                "429 Too Many Requests\r\nretry-after: 90\r\n\r\n",
                retry("answered 429 Too Many Requests", Some(Span(90_000))),
            ),
            (
                "503 Service Unavailable\r\nretry-after: 9999999\r\n\r\n",
                retry("answered 503 Service Unavailable", Some(Span::DAY)),
            ),
            (
                "503 x\r\nretry-after: Fri, 01 Jan 1999 00:00:00 GMT\r\n\r\n",
                retry("answered 503 Service Unavailable", Some(Span(0))),
            ),
            ("500 x\r\nretry-after: soon\r\n\r\n", retry("answered 500 Internal Server Error", None)),
            ("408 x\r\n\r\n", retry("answered 408 Request Timeout", None)),
            ("400 x\r\n\r\n", refused(400, "answered 400 Bad Request")),
            ("410 x\r\n\r\n", refused(410, "answered 410 Gone: the endpoint wants no more calls")),
            (
                "302 x\r\nlocation: http://127.0.0.1/\r\n\r\n",
                failed("answered 302 Found; redirects are not followed"),
            ),
        ] {
            assert_eq!(check(&format!("HTTP/1.1 {answer}")).await.0, expected, "{answer}");
        }
    }

    #[tokio::test]
    async fn a_long_or_deep_answer_is_none() {
        let long = format!("HTTP/1.1 200 OK\r\n\r\n\"{}\"", "x".repeat(100_000));
        let deep = format!("HTTP/1.1 200 OK\r\n\r\n{}{}", "[".repeat(50), "]".repeat(50));
        for answer in [long, deep] {
            assert_eq!(
                check(&answer).await.0,
                OutcomeKind::Done { reference: Some("200".into()), answer: None }
            );
        }
    }

    #[tokio::test]
    async fn broken_connections_are_tried_again() {
        for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", "garbage\r\n\r\n"] {
            let (outcome, _) = check(answer).await;
            assert!(matches!(outcome, OutcomeKind::Retry { .. }), "{answer}: {outcome:?}");
        }
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let outcome = send(&sender(&format!("http://{closed}/"), true).unwrap(), Value::Null).await;
        assert!(matches!(outcome, OutcomeKind::Retry { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_call_has_the_time_that_its_journey_gives_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sender = sender(&format!("http://{}/", listener.local_addr().unwrap()), true).unwrap();
        let began = std::time::Instant::now();
        let outcome = send_within(&sender, Value::Null, Some(Span(200))).await;
        let reason = "the endpoint did not answer within 0.2 s".into();
        assert_eq!(outcome, OutcomeKind::Retry { reason, after: None });
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_fails_with_its_reason() {
        let refused = sender("http://127.0.0.1:1/", false).unwrap_err();
        assert!(
            refused.to_string().starts_with("webhook endpoint `orders`: the scheme is `http`"),
            "{refused}"
        );
        let sender = sender("https://orders.example/", false).unwrap();
        let big = send(&sender, Value::text("x".repeat(PAYLOAD_BYTES_MAX))).await;
        assert!(matches!(big, OutcomeKind::Failed { .. }), "{big:?}");
        let none = WebhookSender::new(BTreeMap::new()).unwrap();
        assert!(matches!(send(&none, Value::Null).await, OutcomeKind::Failed { .. }));
    }
}
