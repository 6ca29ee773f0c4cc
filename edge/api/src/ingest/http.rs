//! The HTTP side of the ways in: credentials, limits, CORS, and the answer once events are durable.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use shard::{Accepted, Submission};
use tokio::time::timeout;

use super::cloudevents::{self, Mode};
use super::segment::{self, Call};
use super::{Arrival, Limits, Refused, body, credential, marketplace};
use crate::problem::Problem;
use crate::state::{Api, Way, now};

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// How much of a refused body is read, and for how long, before the answer: most clients look for it only after they
/// have sent everything, and would see a broken connection instead.
const REFUSED_BYTES_MAX: usize = 8 << 20;
const REFUSED_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a path belongs to the ways in.
pub fn is_way_in(path: &str) -> bool {
    path.starts_with("/v1/")
}

/// Answers a request to a way in.
pub async fn answer<B>(api: &Api, request: Request<B>) -> Response<Body>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let mut response = match (&parts.method, parts.uri.path()) {
        (&Method::OPTIONS, _) => preflight(&parts.headers),
        (&Method::GET, path) if path.starts_with("/v1/projects/") => settings(&parts, path),
        (&Method::POST, path) => match take(api, &parts, path, body).await {
            Ok(response) => response,
            Err(problem) => {
                api.metrics().ingest_refused.fetch_add(1, Ordering::Relaxed);
                problem.into_response()
            }
        },
        (_, path) => Problem::not_found("way in", path).into_response(),
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn take<B>(api: &Api, parts: &Parts, path: &str, body: B) -> Result<Response<Body>, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let cloudevents = path == "/v1/cloudevents";
    let of_marketplace = marketplace::named(path);
    let call = match Call::at(path) {
        Some(call) => call,
        None if cloudevents || of_marketplace.is_some() => Call::Batch,
        None => return Err(Problem::not_found("way in", path)),
    };
    // Who sends these looks at each of them, and at what became of it.
    let told = path == "/v1/import" || of_marketplace.is_some();
    let limits = if told { &Limits::IMPORT } else { api.limits() };
    let raw = read(parts, body, limits.body_bytes_max).await?;
    api.metrics().ingest_requests.fetch_add(1, Ordering::Relaxed);
    api.metrics().ingest_bytes.fetch_add(raw.len() as u64, Ordering::Relaxed);
    let encoding = parts.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let plain = body::plain(&raw, encoding, limits.body_bytes_max)?;
    let way = way(api, parts, &plain)?;
    let arrival = Arrival { source: way.source, channel: way.channel, received: now() };
    let submissions = if cloudevents {
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        cloudevents::take(Mode::of(content_type), headers, &plain, &arrival, limits)?
    } else if let Some(name) = of_marketplace {
        marketplace::take(name, &plain, &way.workspace.handle.engine(), &arrival, limits)?
    } else {
        segment::take(call, &plain, &arrival, limits)?
    };
    if submissions.is_empty() {
        return Ok(success(told, &[], &[]));
    }
    let reasons: Vec<Option<String>> =
        if told { submissions.iter().map(reason).collect() } else { Vec::new() };
    let accepted = way.workspace.handle.ingest(submissions).await?;
    Ok(success(told, &accepted, &reasons))
}

fn reason(submission: &Submission) -> Option<String> {
    match submission {
        Submission::Malformed { reason, .. } => Some(reason.clone()),
        Submission::Event(_) => None,
    }
}

fn success(told: bool, accepted: &[Accepted], reasons: &[Option<String>]) -> Response<Body> {
    if !told {
        let mut response = Response::new(Body::from(Bytes::from_static(b"{\"success\":true}")));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return response;
    }
    let count = |wanted: fn(&Accepted) -> bool| accepted.iter().filter(|accepted| wanted(accepted)).count();
    let quarantined: Vec<serde_json::Value> = accepted
        .iter()
        .enumerate()
        .filter_map(|(index, accepted)| match accepted {
            Accepted::Quarantined { number } => {
                let reason = reasons
                    .get(index)
                    .cloned()
                    .flatten()
                    .unwrap_or_else(|| "no identifier of it is valid".into());
                Some(json!({ "index": index, "number": number, "reason": reason }))
            }
            Accepted::Taken { .. } | Accepted::Duplicate => None,
        })
        .collect();
    axum::Json(json!({
        "taken": count(|accepted| matches!(accepted, Accepted::Taken { .. })),
        "duplicates": count(|accepted| matches!(accepted, Accepted::Duplicate)),
        "quarantined": quarantined,
    }))
    .into_response()
}

/// Reads the body, refusing one that is too large before it is held.
async fn read<B>(parts: &Parts, body: B, bytes_max: usize) -> Result<Bytes, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let declared =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        let mut rest = Box::pin(Limited::new(body, REFUSED_BYTES_MAX));
        // Whatever comes of it, the answer is the same.
        let _ = timeout(REFUSED_TIMEOUT, async { while let Some(Ok(_)) = rest.frame().await {} }).await;
        return Err(Refused::TooLarge(bytes_max).into());
    }
    let collected = timeout(BODY_TIMEOUT, Box::pin(Limited::new(body, bytes_max).collect())).await;
    let Ok(collected) = collected else {
        return Err(Problem::bad_body(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time; send it again",
        ));
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refused::TooLarge(bytes_max).into()),
        Err(error) => Err(Problem::bad_body(StatusCode::BAD_REQUEST, format!("the body broke off: {error}"))),
    }
}

/// The way of the write key: from the header first, then from the body.
fn way(api: &Api, parts: &Parts, body: &[u8]) -> Result<Way, Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    credential::from_header(header)
        .and_then(|key| api.way(&key))
        .or_else(|| segment::write_key(body).and_then(|key| api.way(&key)))
        .ok_or_else(Problem::unknown_write_key)
}

/// CORS for browser SDKs, and the consent to receive that CloudEvents senders ask for.
fn preflight(headers: &HeaderMap) -> Response<Body> {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-methods", "POST, GET, OPTIONS"),
        ("access-control-allow-headers", "authorization, content-type, content-encoding, x-retry-count"),
        ("access-control-max-age", "86400"),
        ("allow", "POST, OPTIONS"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
    if let Some(origin) = headers.get("webhook-request-origin") {
        answer.insert("webhook-allowed-origin", origin.clone());
        answer.insert("webhook-allowed-rate", HeaderValue::from_static("*"));
    }
    response
}

/// The settings browser SDKs ask for first: they name this server as the place to send to.
fn settings(parts: &Parts, path: &str) -> Response<Body> {
    let Some(key) = path.strip_prefix("/v1/projects/").and_then(|rest| rest.strip_suffix("/settings")) else {
        return Problem::not_found("way in", path).into_response();
    };
    let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    let secure = parts.headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let everything = json!({ "__default": { "enabled": true, "integrations": {} } });
    axum::Json(json!({
        "integrations": { "Segment.io": {
            "apiKey": key, "apiHost": format!("{host}/v1"), "protocol": if secure { "https" } else { "http" },
            "unbundledIntegrations": [], "addBundledMetadata": true, "maybeBundledConfigIds": {},
            "versionSettings": { "version": "4.4.7", "componentTypes": ["browser"] },
        } },
        "plan": { "track": everything, "identify": { "__default": { "enabled": true } }, "group": { "__default": { "enabled": true } } },
        "edgeFunction": {}, "analyticsNextEnabled": true, "middlewareSettings": {}, "enabledMiddleware": {},
        "metrics": { "sampleRate": 0.0 }, "legacyVideoPluginsEnabled": false, "remotePlugins": [],
    }))
    .into_response()
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refused::NotJson(_)
            | Refused::TooMany { .. }
            | Refused::NoBatch
            | Refused::Gzip(_)
            | Refused::Header { .. }
            | Refused::Attribute(_) => StatusCode::BAD_REQUEST,
        };
        Self::bad_body(status, refused.to_string())
    }
}
