//! Why this one message went out or was held, and why this one offer was chosen or not: what was recorded, and the same
//! judged anew for the customer as they stood then, taken through the engine again from the ledger.

mod message;
mod offer;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use engine::{Customer, Engine};
use model::{CustomerId, DecisionId, Note, Seq, SourceId, Timestamp};
use serde::Serialize;
use shard::{Cursor, ItemKind, LocalThread, as_it_stood};
use utoipa::ToSchema;

use super::customer_id;
use super::why::{ReadValue, RecordedReason};
use crate::access::{Needs, ReadJourneys};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Workspace;

#[derive(Debug, Serialize, ToSchema)]
pub struct WhyOne {
    /// The short answer.
    pub answer: String,
    /// What was recorded of it, oldest first.
    pub recorded: Vec<RecordedReason>,
    /// The same, looked at anew by today's definitions for the customer as they stood then.
    pub checks: Vec<Recheck>,
    /// Whether every check comes to what was recorded.
    pub agrees: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Recheck {
    /// What is looked at: `consent`, `channel sms`, or the name of an offer.
    pub name: String,
    /// What it comes to, in a plain sentence.
    pub sentence: String,
    /// What was recorded, where it is recorded.
    pub recorded: Option<String>,
    pub agrees: bool,
    /// What it read.
    pub values: Vec<ReadValue>,
}

pub fn add(operations: Operations) -> Operations {
    const MESSAGE: &str = "/api/v1/customers/{id}/messages/{message}/why";
    const OFFER: &str = "/api/v1/customers/{id}/decisions/{decision}/why";
    let message = Operation::get(MESSAGE, "explain_message", "protect");
    let offer = Operation::get(OFFER, "explain_decision", "adapt");
    operations
        .add(message.answers::<WhyOne>().fails(&[400, 404]), explain_message)
        .add(offer.answers::<WhyOne>().fails(&[400, 404]), explain_decision)
}

async fn explain_message(
    caller: Needs<ReadJourneys>,
    Path((id, message)): Path<(String, String)>,
) -> Result<Json<WhyOne>, Problem> {
    let workspace = caller.workspace.clone();
    let story = Story::read(&workspace, &id).await?;
    let answer = move || message::why(&story, &workspace, &message);
    Ok(Json(tokio::task::spawn_blocking(answer).await.map_err(|error| Problem::internal(&error))??))
}

async fn explain_decision(
    caller: Needs<ReadJourneys>,
    Path((id, decision)): Path<(String, String)>,
) -> Result<Json<WhyOne>, Problem> {
    let decision: DecisionId = decision.parse().map_err(|_| {
        Problem::invalid("decision", format!("`{decision}` is no decision"), "take its id from the thread")
    })?;
    let workspace = caller.workspace.clone();
    let story = Story::read(&workspace, &id).await?;
    let answer = move || offer::why(&story, &workspace, decision);
    Ok(Json(tokio::task::spawn_blocking(answer).await.map_err(|error| Problem::internal(&error))??))
}

/// Items of a thread that are looked through.
const NOTES_MAX: usize = 20_000;

/// A customer's notes, oldest first, and what is needed to take them through the engine again.
struct Story {
    customer: CustomerId,
    engine: Engine,
    priorities: BTreeMap<SourceId, u8>,
    thread: LocalThread,
    notes: Vec<(Cursor, Note)>,
}

impl Story {
    async fn read(workspace: &Workspace, id: &str) -> Result<Self, Problem> {
        let customer = customer_id(id)?;
        let found = workspace.handle.view(move |view| {
            let engine = view.engine().clone();
            let priorities = view.books().sources().map(|source| (source.id, source.priority)).collect();
            let held = view.customer(customer)?.map(|held| held.id);
            match (held, view.thread(customer)?) {
                (Some(held), Some(thread)) => Ok((held, engine, priorities, thread)),
                _ => Err(Problem::not_found("customer", customer)),
            }
        });
        let (customer, engine, priorities, thread) = found.await??;
        let read = move || {
            let page = thread.page(None, NOTES_MAX, |item| matches!(item.what, ItemKind::Note(_)))?;
            let notes = page.items.into_iter().rev().filter_map(|item| match item.what {
                ItemKind::Note(note) => Some((item.at, *note)),
                ItemKind::Event(_) => None,
            });
            let notes = notes.collect();
            Ok::<_, Problem>(Self { customer, engine, priorities, thread, notes })
        };
        tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(&error))?
    }

    /// The customer as they stood when the record was done with.
    fn stood(&self, workspace: &Workspace, seq: Seq, now: Timestamp) -> Result<Customer, Problem> {
        let priority = |source| self.priorities.get(&source).copied().unwrap_or(0);
        let keys = workspace.handle.keys();
        let stood = as_it_stood(&self.engine, keys, &self.thread, self.customer, (seq, now), priority);
        let stood = stood.map_err(|error| Problem::internal(&error))?;
        stood.ok_or_else(|| Problem::not_found("customer", self.customer))
    }

    fn reason(&self, place: usize) -> RecordedReason {
        let (at, note) = &self.notes[place];
        let run = note.run().map(|run| run.to_string());
        RecordedReason { time: at.time, sentence: note.sentence(), run }
    }
}
