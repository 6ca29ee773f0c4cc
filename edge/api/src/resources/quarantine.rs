//! The quarantine: what could not be taken, with the reason; tried again or discarded.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use model::{Event, SourceId, Timestamp};
use serde::Serialize;
use shard::{LocalHandle, Order, Prepared, Quarantined, Submission};
use utoipa::ToSchema;

use super::Paging;
use crate::access::{Needs, ReadQuarantine, WriteQuarantine};
use crate::ingest::{Arrival, Limits, marketplace, segment};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantineItem {
    pub number: u64,
    pub source: u32,
    pub source_name: String,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub reason: String,
    /// As it came.
    pub body: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinePage {
    pub items: Vec<QuarantineItem>,
    pub next: Option<String>,
    pub total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineResult {
    Replayed,
    Discarded,
    StillQuarantined,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantineOutcome {
    pub number: u64,
    pub outcome: QuarantineResult,
    pub reason: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/quarantine", "list_quarantine", "protect");
    let replay = Operation::post("/api/v1/quarantine/{number}/replay", "replay_quarantined", "protect");
    let discard = Operation::post("/api/v1/quarantine/{number}/discard", "discard_quarantined", "protect");
    operations
        .add(list.query::<Paging>().answers::<QuarantinePage>(), list_quarantine)
        .add(replay.answers::<QuarantineOutcome>().fails(&[404]), replay_quarantined)
        .add(discard.answers::<QuarantineOutcome>().fails(&[404]), discard_quarantined)
}

async fn list_quarantine(
    caller: Needs<ReadQuarantine>,
    Query(paging): Query<Paging>,
) -> Result<Json<QuarantinePage>, Problem> {
    let (limit, before) = (paging.limit(), paging.cursor::<u64>()?.unwrap_or(u64::MAX));
    let read = caller.workspace.handle.view(move |view| {
        let found = view.quarantine_page(before, limit)?;
        let books = view.books();
        let names: BTreeMap<SourceId, String> =
            books.sources().map(|source| (source.id, source.name.clone())).collect();
        let total = books.accounts().map(|(_, account)| account.quarantined).sum();
        let next = (found.len() == limit).then(|| found.last().map(|item| item.number.to_string())).flatten();
        let items = found.into_iter().map(|item| QuarantineItem {
            number: item.number,
            source: u32::from(item.source.0),
            source_name: names
                .get(&item.source)
                .cloned()
                .unwrap_or_else(|| format!("source {}", item.source.0)),
            time: item.time,
            reason: item.reason,
            body: String::from_utf8_lossy(&item.body).into_owned(),
        });
        Ok::<_, Problem>(QuarantinePage { items: items.collect(), next, total })
    });
    Ok(Json(read.await??))
}

async fn find(
    caller: &Needs<WriteQuarantine>,
    number: u64,
) -> Result<(Quarantined, model::Channel), Problem> {
    let read = caller.workspace.handle.view(move |view| {
        let item =
            view.quarantined(number)?.ok_or_else(|| Problem::not_found("quarantined event", number))?;
        let channel =
            view.books().source(item.source).map_or(model::Channel::SERVER, |source| source.channel.clone());
        Ok::<_, Problem>((item, channel))
    });
    read.await?
}

/// Tries an event again under today's rules. What is no event today either stays where it is.
async fn replay_quarantined(
    caller: Needs<WriteQuarantine>,
    Path(number): Path<u64>,
) -> Result<Json<QuarantineOutcome>, Problem> {
    let (item, channel) = find(&caller, number).await?;
    let still = |reason: String| {
        Ok(Json(QuarantineOutcome {
            number,
            outcome: QuarantineResult::StillQuarantined,
            reason: Some(reason),
        }))
    };
    let Ok(text) = std::str::from_utf8(&item.body) else { return still("the body is not UTF-8".into()) };
    let handle = &caller.workspace.handle;
    let arrival = Arrival { source: item.source, channel, received: item.time };
    let bodies = match marketplace::again(text, &handle.engine()) {
        Some(Ok(bodies)) => bodies,
        Some(Err(reason)) => return still(reason),
        None => vec![text.to_owned()],
    };
    let mut events = Vec::with_capacity(bodies.len());
    for body in &bodies {
        match ready(body, (number, events.len()), &arrival, handle) {
            Ok(event) => events.push(Submission::Event(event)),
            Err(reason) => return still(reason),
        }
    }
    handle.ingest(events).await?;
    let order = Order::SettleQuarantine { by: caller.token.name.clone(), number, replayed: true };
    handle.order(order).await?;
    Ok(Json(QuarantineOutcome { number, outcome: QuarantineResult::Replayed, reason: None }))
}

/// An event to take in; the error is the reason why it is none.
fn ready(
    body: &str,
    (number, place): (u64, usize),
    arrival: &Arrival,
    handle: &LocalHandle,
) -> Result<Event, String> {
    let mut event = match segment::take_one(body, arrival, &Limits::IMPORT) {
        Submission::Malformed { reason, .. } => return Err(reason),
        Submission::Event(event) => event,
    };
    // The same id at every try, so that a crash between the two orders takes it once.
    if event.message_id.as_deref().is_none_or(|id| id.starts_with(segment::RANDOM_ID_PREFIX)) {
        event.message_id = Some(match place {
            0 => format!("quarantine-{number}").into(),
            _ => format!("quarantine-{number}-{place}").into(),
        });
    }
    let message = handle.keys().message_hash(arrival.source, event.message_id.as_deref().unwrap_or_default());
    let prepared = Prepared::new(event.clone(), message, &handle.engine(), handle.keys());
    if prepared.claims.is_empty() {
        let first = prepared.refused.first().map(ToString::to_string);
        return Err(first.unwrap_or_else(|| "no identifier of it is valid".into()));
    }
    Ok(event)
}

async fn discard_quarantined(
    caller: Needs<WriteQuarantine>,
    Path(number): Path<u64>,
) -> Result<Json<QuarantineOutcome>, Problem> {
    find(&caller, number).await?;
    let order = Order::SettleQuarantine { by: caller.token.name.clone(), number, replayed: false };
    caller.workspace.handle.order(order).await?;
    Ok(Json(QuarantineOutcome { number, outcome: QuarantineResult::Discarded, reason: None }))
}
