//! Mail in: what a mail server hands over by LMTP becomes events of the workspace it was written to.

use std::sync::Arc;

use api::ingest::{Arrival, Limits, segment};
use api::state::{Workspace, now};
use channels::email::{Inbound, LmtpConfig, Reading, Refusal, ReplyAddresses, read, serve};
use model::{Channel, SourceId};
use shard::{Accepted, Submission};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Where a workspace's mail goes.
pub type Inbox = (ReplyAddresses, Arc<Workspace>, SourceId);

/// Listens until `stopping`.
pub async fn listen(
    listener: TcpListener,
    host_name: String,
    trusted_server: Option<String>,
    inboxes: Vec<Inbox>,
    mut stopping: watch::Receiver<bool>,
) {
    let Some((replies, ..)) = inboxes.first() else { return };
    let (replies, inboxes) = (replies.clone(), Arc::new(inboxes));
    let config = LmtpConfig { host_name, ..LmtpConfig::default() };
    let take = move |inbound: Inbound| take(inboxes.clone(), trusted_server.clone(), inbound);
    let stopped = async move {
        // An error means that the server is gone.
        let _ = stopping.changed().await;
    };
    serve(listener, replies, config, take, stopped).await;
}

async fn take(
    inboxes: Arc<Vec<Inbox>>,
    trusted_server: Option<String>,
    inbound: Inbound,
) -> Result<(), Refusal> {
    // A reply address says by its signature whose it is; other mail is the first workspace's.
    let (replies, workspace, source) = inboxes
        .iter()
        .find(|(replies, ..)| replies.read(&inbound.recipient).is_some())
        .or(inboxes.first())
        .ok_or_else(|| Refusal::Never("there is no workspace".into()))?;
    let reading = Reading { replies: replies.clone(), trusted_server };
    let mail = read(&inbound, &reading).map_err(|error| Refusal::Never(error.to_string()))?;
    let arrival = Arrival { source: *source, channel: Channel::EMAIL, received: now() };
    let submission = segment::take_one(&mail.event_body().to_string(), &arrival, &Limits::IMPORT);
    if let Submission::Malformed { reason, .. } = &submission {
        tracing::warn!(%reason, "a mail could not be made an event and goes to quarantine");
    }
    match workspace.handle.ingest(vec![submission]).await {
        Ok(accepted) => {
            if let Some(Accepted::Quarantined { number }) = accepted.first() {
                tracing::warn!(number, "a mail is in quarantine");
            }
            Ok(())
        }
        Err(refusal) => Err(Refusal::Later(refusal.to_string())),
    }
}
