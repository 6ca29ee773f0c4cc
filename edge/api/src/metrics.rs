//! Health and metrics for whatever watches the server. No personal data, no names of customers.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::state::Api;

/// What the HTTP surface counts.
#[derive(Debug, Default)]
pub struct Metrics {
    pub ingest_requests: AtomicU64,
    pub ingest_refused: AtomicU64,
    pub ingest_bytes: AtomicU64,
    pub api_requests: AtomicU64,
    open: AtomicU64,
}

/// Counts a request as open while it lives.
pub struct OpenRequest<'a>(&'a Metrics);

impl Metrics {
    pub fn begin(&self) -> OpenRequest<'_> {
        self.open.fetch_add(1, Ordering::Relaxed);
        OpenRequest(self)
    }

    /// Requests being answered now.
    pub fn open_requests(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: every workspace takes events.
pub async fn readyz(State(api): State<Api>) -> impl IntoResponse {
    let failed: Vec<&str> = api
        .workspaces()
        .iter()
        .filter(|workspace| workspace.handle.has_failed())
        .map(|workspace| workspace.name.as_str())
        .collect();
    match failed.is_empty() {
        true => (StatusCode::OK, "ready\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, format!("stopped: {}\n", failed.join(", "))),
    }
}

/// Prometheus' text format.
pub async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    let mut text = String::new();
    let own = api.metrics();
    for (name, help, value) in [
        ("throughline_ingest_requests_total", "Requests that brought events.", &own.ingest_requests),
        ("throughline_ingest_refused_total", "Requests refused as a whole.", &own.ingest_refused),
        ("throughline_ingest_bytes_total", "Bytes of their bodies.", &own.ingest_bytes),
        ("throughline_api_requests_total", "Requests of the management API and pages.", &own.api_requests),
    ] {
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} counter\n{name} {}",
            value.load(Ordering::Relaxed)
        );
    }
    for workspace in api.workspaces() {
        let name = workspace.name.as_str();
        let read = workspace.handle.view(|view| {
            let books = view.books();
            let mut lines = vec![("customers", books.customers), ("events", books.events)];
            lines.extend(view.gauges());
            let accounts: Vec<(u16, shard::Account)> =
                books.accounts().map(|(id, account)| (id.0, *account)).collect();
            (lines, accounts)
        });
        let Ok((gauges, accounts)) = read.await else { continue };
        let windows = ("chat_windows", workspace.hub.windows() as u64);
        for (gauge, value) in gauges.into_iter().chain([windows]) {
            let _ = writeln!(text, "throughline_{gauge}{{workspace=\"{name}\"}} {value}");
        }
        for (source, account) in accounts {
            for (outcome, count) in [
                ("accepted", account.accepted),
                ("processed", account.processed),
                ("quarantined", account.quarantined),
                ("rejected", account.rejected),
            ] {
                let _ = writeln!(
                    text,
                    "throughline_source_events{{workspace=\"{name}\",source=\"{source}\",outcome=\"{outcome}\"}} {count}"
                );
            }
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
