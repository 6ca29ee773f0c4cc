//! Accepting connections: bounded in number, patient with slow ones only for so long, closed in order at the end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use api::Server;
use api::state::Api;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait when the system refuses to accept, usually for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The most bytes of a head, and the size of each connection's buffer.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Accepts until `stopping`.
pub async fn accept(
    listener: TcpListener,
    server: Server,
    connections_max: usize,
    mut stopping: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(connections_max));
    loop {
        let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Small answers must not wait for more to send.
        let _ = stream.set_nodelay(true);
        let (server, mut stopping) = (server.clone(), stopping.clone());
        tokio::spawn(async move {
            let _slot = slot;
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let mut server = server.clone();
                async move {
                    Ok::<_, Infallible>(server.answer(request).await.unwrap_or_else(|never| match never {}))
                }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(BUFFER_BYTES_MAX)
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            let mut connection = std::pin::pin!(connection);
            // A connection that breaks is its client's to notice.
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
}

/// Waits until no request is being answered.
pub async fn drained(api: &Api) {
    while api.metrics().open_requests() > 0 {
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}
