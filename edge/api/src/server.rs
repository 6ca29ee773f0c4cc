//! The whole surface as one service: ways in first, because they are hot, and everything else by the router.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use tower_service::Service;

use crate::ingest::http as ingest;
use crate::pages::{PAGE_HEADERS, Pages};
use crate::resources::{articles, demo};
use crate::state::Api;
use crate::{chat, hooks, metrics, resources, unsubscribe};

/// The largest body of the management API: a catalogue.
const API_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The way in that is not a request and an answer.
const CHAT: &str = "/v1/chat";
/// What touchpoints ask, beside the events they send.
const OPERATIONS: [&str; 3] = ["/v1/context", "/v1/quotes", "/v1/articles"];

/// The OpenAPI 3.1 document.
pub fn document() -> serde_json::Value {
    resources::operations().1
}

/// Answers every request. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    api: Api,
    router: Router,
    pages: Pages,
}

impl Server {
    pub fn new(api: Api, pages: Pages) -> Self {
        let (operations, document) = resources::operations();
        let document = document.to_string();
        let router = operations
            .route(
                "/api/v1/openapi.json",
                get(move || async move { ([("content-type", "application/json")], document) }),
            )
            .route(CHAT, get(chat::connect))
            .route("/v1/articles", get(articles::list_public))
            .route("/v1/articles/{name}", get(articles::get_public))
            .route("/u/{token}", post(unsubscribe::act).get(unsubscribe::show))
            .route("/api/v1/demo/letters/{secret}", get(demo::document))
            .route("/api/v1/channels/{name}/messages", post(hooks::take))
            .route("/healthz", get(metrics::healthz))
            .route("/readyz", get(metrics::readyz))
            .route("/metrics", get(metrics::metrics))
            .layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
            .with_state(api.clone());
        Self { api, router, pages }
    }

    /// Answers one request.
    pub async fn answer<B>(&mut self, request: Request<B>) -> Result<Response<Body>, Infallible>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let api = self.api.clone();
        let _open = api.metrics().begin();
        let path = request.uri().path();
        let operation = OPERATIONS.iter().any(|start| path.starts_with(start));
        if ingest::is_way_in(path) && path != CHAT && !operation {
            return Ok(ingest::answer(&api, request).await);
        }
        api.metrics().api_requests.fetch_add(1, Ordering::Relaxed);
        let routed = ["/api/", "/u/", "/healthz", "/readyz", "/metrics", CHAT]
            .iter()
            .any(|start| path.starts_with(start));
        let mut response = if routed || operation {
            let uncached = operation || path.starts_with("/api/");
            let mut response = self.router.call(request.map(Body::new)).await?;
            if uncached {
                response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            }
            response
        } else if matches!(*request.method(), Method::GET | Method::HEAD) {
            self.pages.answer(path)
        } else {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        };
        for (name, value) in PAGE_HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }
}
