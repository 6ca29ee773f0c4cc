//! The business's back office: takes signed calls (Standard Webhooks) and confirms each order once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use channels::webhook::{Secret, SignatureHeaders, verify};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The longest call taken, in bytes.
const CALL_BYTES_MAX: usize = 64 << 10;

/// Confirmed calls by their ids: a call that comes again is confirmed again with the same number.
type Confirmed = Arc<Mutex<BTreeMap<String, usize>>>;

/// Answers calls until the listener fails.
pub async fn answer_calls(listener: TcpListener, secret: Secret) {
    let confirmed: Confirmed = Arc::default();
    let secret = Arc::new(secret);
    while let Ok((socket, _)) = listener.accept().await {
        let (confirmed, secret) = (Arc::clone(&confirmed), Arc::clone(&secret));
        let service = service_fn(move |request| answer(request, Arc::clone(&confirmed), Arc::clone(&secret)));
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
    confirmed: Confirmed,
    secret: Arc<Secret>,
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
    let mut confirmed = confirmed.lock().unwrap_or_else(PoisonError::into_inner);
    let next = confirmed.len() + 1;
    let number = *confirmed.entry(id).or_insert(next);
    let text = format!(r#"{{"accepted":true,"order_number":"HL-{number:05}"}}"#);
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
