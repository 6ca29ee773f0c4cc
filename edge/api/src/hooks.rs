//! What providers of channels send: customers' messages and the fate of ours, each call signed by Standard Webhooks.
//! The signature is the credential: it tells which workspace's channel it is.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use channels::hook::{Inbound, InboundMessage, read};
use channels::webhook::{Secret, SignatureHeaders, verify};
use model::{Channel, EffectId, Outcome, OutcomeKind, SourceId};
use shard::{Accepted, Order, Submission};

use crate::ingest::{Arrival, Limits, segment};
use crate::problem::Problem;
use crate::state::{Api, Workspace, now};

/// A channel that a provider serves, as the server's configuration has it.
#[derive(Debug, Clone)]
pub struct HookChannel {
    pub secrets: Vec<Secret>,
    /// The source of what customers write there.
    pub source: SourceId,
}

/// The channels of one workspace that providers serve.
pub type HookChannels = BTreeMap<Channel, HookChannel>;

/// Takes one call; answers when it is durable.
pub async fn take(
    State(api): State<Api>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match act(&api, &name, &headers, &body).await {
        Ok(status) => status.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn act(api: &Api, name: &str, headers: &HeaderMap, body: &[u8]) -> Result<StatusCode, Problem> {
    let channel: Channel = name.parse().map_err(|_| Problem::not_found("channel", name))?;
    let sent = signature(headers);
    let now_seconds = now().0.div_euclid(1_000);
    let fits = |workspace: &&std::sync::Arc<Workspace>| {
        let own = workspace.hooks.get(&channel);
        own.is_some_and(|own| verify(&own.secrets, &sent, body, now_seconds).is_ok())
    };
    // Whether there is such a channel is told only to those who can sign for it.
    let workspace = api.workspaces().iter().find(fits).ok_or_else(Problem::unsigned)?;
    let inbound =
        read(body).map_err(|error| Problem::bad_body(StatusCode::BAD_REQUEST, error.to_string()))?;
    match inbound {
        Inbound::Message(message) => arrive(workspace, &channel, message).await?,
        Inbound::Status { effect, outcome } => {
            settle(workspace, &channel, effect, outcome).await?;
        }
        Inbound::Nothing => {}
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A provider settles the messages of its own channel only; what is settled already stays as it is.
async fn settle(
    workspace: &Workspace,
    channel: &Channel,
    effect: EffectId,
    outcome: OutcomeKind,
) -> Result<(), Problem> {
    let before = EffectId(effect.0.saturating_sub(1));
    let pending = workspace.handle.view(move |view| view.effects(Some(before), 1)).await?;
    let pending = pending.map_err(Problem::from)?.into_iter().map(|pending| pending.effect);
    let own = pending
        .into_iter()
        .find(|pending| pending.id == effect && pending.kind.channel().as_ref() == Some(channel));
    if let Some(own) = own {
        let outcome = Outcome { effect, customer: own.customer, kind: outcome };
        workspace.handle.order(Order::Outcome(outcome)).await?;
    }
    Ok(())
}

async fn arrive(workspace: &Workspace, channel: &Channel, message: InboundMessage) -> Result<(), Problem> {
    let own = channel.clone();
    let address = workspace
        .handle
        .view(move |view| {
            let journeys = view.engine().versions().current();
            journeys.and_then(|journeys| journeys.channels().get(&own)?.address.clone())
        })
        .await?;
    let address = address.ok_or_else(|| {
        Problem::conflict(format!(
            "the catalogue does not say who writes on `{channel}`; declare its address in channels.yaml"
        ))
    })?;
    let source = workspace.hooks.get(channel).map(|own| own.source).unwrap_or(workspace.chat_source);
    let arrival = Arrival { source, channel: channel.clone(), received: now() };
    let body = message.event_body(channel.as_str(), &address);
    let submission = segment::take_one(&body.to_string(), &arrival, &Limits::SEGMENT);
    if let Submission::Malformed { reason, .. } = &submission {
        tracing::warn!(%channel, %reason, "a message could not be made an event and goes to quarantine");
    }
    let accepted = workspace.handle.ingest(vec![submission]).await?;
    if let Some(Accepted::Quarantined { number }) = accepted.first() {
        tracing::warn!(%channel, number, "a message is in quarantine");
    }
    Ok(())
}

fn signature(headers: &HeaderMap) -> SignatureHeaders {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    SignatureHeaders {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    }
}
