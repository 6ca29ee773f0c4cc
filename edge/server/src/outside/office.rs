//! The business's back office: takes signed calls (Standard Webhooks) and confirms each order once, unless
//! it is out of order.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use api::resources::demo::Devices;
use channels::webhook::{Secret, SignatureHeaders, verify};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The longest call taken, in bytes.
const CALL_BYTES_MAX: usize = 64 << 10;

/// What the office knows of earlier calls.
#[derive(Debug, Default)]
struct Seen {
    /// By their ids: a call that comes again is confirmed again with the same number.
    confirmed: BTreeMap<String, usize>,
    /// Calls that came while it was out of order.
    put_off: BTreeSet<String>,
}

/// Answers calls until the listener fails.
pub async fn answer_calls(listener: TcpListener, secret: Secret, devices: Devices) {
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let secret = Arc::new(secret);
    while let Ok((socket, _)) = listener.accept().await {
        let (seen, secret, devices) = (Arc::clone(&seen), Arc::clone(&secret), devices.clone());
        let service = service_fn(move |request| {
            let works = devices.office_works();
            answer(request, Arc::clone(&seen), Arc::clone(&secret), works)
        });
        tokio::spawn(async move {
            // A caller that hangs up early asks again.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
    secret: Arc<Secret>,
    works: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
    };
    let headers = SignatureHeaders {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let id = headers.id.clone();
    let Ok(body) = Limited::new(request.into_body(), CALL_BYTES_MAX).collect().await else {
        return Ok(reply(StatusCode::PAYLOAD_TOO_LARGE, "{}"));
    };
    let now_seconds = api::state::now().0 / 1_000;
    if verify(&[(*secret).clone()], &headers, &body.to_bytes(), now_seconds).is_err() {
        return Ok(reply(StatusCode::UNAUTHORIZED, r#"{"error":"the signature does not match"}"#));
    }
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if !works {
        // As such systems do: away at first, and of another mind when asked again.
        let (status, text) = match seen.put_off.insert(id) {
            true => (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"out of order"}"#),
            false => (StatusCode::UNPROCESSABLE_ENTITY, r#"{"error":"this cannot be done"}"#),
        };
        return Ok(reply(status, text));
    }
    let next = seen.confirmed.len() + 1;
    let number = *seen.confirmed.entry(id).or_insert(next);
    let text =
        format!(r#"{{"accepted":true,"order_number":"HL-{number:05}","activation_no":"A-{number:05}"}}"#);
    Ok(reply(StatusCode::OK, &text))
}

fn reply(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text.to_owned())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}
