//! SMS in: customers' messages become events, delivery receipts become outcomes; both are durable before the carrier
//! hears that they were taken.

use std::sync::Arc;

use api::ingest::{Arrival, Limits, segment};
use api::state::{Workspace, now};
use channels::links::Links;
use channels::sms::{InboundSms, Incoming, InvalidSmsConfig, LinkState, Reported, SmsConfig, SmsSender};
use model::{Channel, Outcome, SourceId};
use shard::{Accepted, Order, Submission, Unreported};
use tokio::task::JoinSet;

/// Connects a workspace to its carrier. `unreported` are the messages of earlier processes.
pub fn connect(
    config: &SmsConfig,
    links: Links,
    workspace: &Arc<Workspace>,
    source: SourceId,
    unreported: &[Unreported],
    tasks: &mut JoinSet<()>,
) -> Result<SmsSender, InvalidSmsConfig> {
    let own = workspace.clone();
    let take = move |incoming| take(own.clone(), source, incoming);
    let (sender, link) = SmsSender::new(config.clone(), links, take)?;
    for own in unreported.iter().filter(|own| own.effect.kind.channel() == Some(Channel::SMS)) {
        sender.resume(&own.effect, &own.references, &own.awaited);
    }
    tasks.spawn(link);
    tasks.spawn(log_changes(sender.clone()));
    Ok(sender)
}

async fn log_changes(sender: SmsSender) {
    let mut state = sender.state();
    drop(sender);
    while state.changed().await.is_ok() {
        match &*state.borrow_and_update() {
            LinkState::Bound => tracing::info!("the SMS carrier is connected"),
            LinkState::Down(reason) => tracing::warn!(%reason, "the SMS carrier is not connected"),
        }
    }
}

/// Whether what came in is durable.
async fn take(workspace: Arc<Workspace>, source: SourceId, incoming: Incoming) -> bool {
    match incoming {
        Incoming::Message(message) => arrive(&workspace, source, &message).await,
        Incoming::Report(Reported { effect, customer, outcome }) => {
            let outcome = Outcome { effect, customer, kind: outcome };
            match workspace.handle.order(Order::Outcome(outcome)).await {
                Ok(_) => true,
                Err(refused) => {
                    tracing::warn!(%effect, %refused, "a delivery receipt could not be taken now");
                    false
                }
            }
        }
    }
}

async fn arrive(workspace: &Workspace, source: SourceId, message: &InboundSms) -> bool {
    let arrival = Arrival { source, channel: Channel::SMS, received: now() };
    let submission = segment::take_one(&message.event_body().to_string(), &arrival, &Limits::SEGMENT);
    if let Submission::Malformed { reason, .. } = &submission {
        tracing::warn!(%reason, "a text message could not be made an event and goes to quarantine");
    }
    match workspace.handle.ingest(vec![submission]).await {
        Ok(accepted) => {
            if let Some(Accepted::Quarantined { number }) = accepted.first() {
                tracing::warn!(number, "a text message is in quarantine");
            }
            true
        }
        Err(refused) => {
            tracing::warn!(%refused, "a text message could not be taken now");
            false
        }
    }
}
