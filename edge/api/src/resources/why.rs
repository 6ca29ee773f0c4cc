//! Why did this customer get it, or not: what a journey did with them as it was recorded, and what each of their events
//! was to the journey, evaluated anew from the ledger to prove it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use model::{Note, RunId, SourceId, Timestamp};
use orchestrate::{ConditionExplained, EntryVerdict, WayIn};
use serde::{Deserialize, Serialize};
use shard::{Explained, ItemKind};
use utoipa::{IntoParams, ToSchema};

use super::customer_id;
use crate::access::{Needs, ReadJourneys};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// The journey's name.
    journey: String,
    /// Only what concerns this step of it.
    step: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    pub journey: String,
    pub title: String,
    /// The short answer.
    pub answer: String,
    /// What the journey did, or did not, with the reason of each; oldest first.
    pub recorded: Vec<RecordedReason>,
    /// Each event that may start the journey, looked at anew by today's definitions; oldest first.
    pub events: Vec<EventReason>,
    /// What lets customers in, and how it stands with this one.
    pub ways_in: Vec<WayInReason>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedReason {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub sentence: String,
    pub run: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EventReason {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub event: String,
    /// Whether the event starts the journey.
    pub starts: bool,
    pub sentence: String,
    pub condition: Option<ConditionReason>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionReason {
    /// The condition as its author wrote it.
    pub source: String,
    pub holds: bool,
    /// What kept it from being decided.
    pub doubt: Option<String>,
    /// What it read.
    pub values: Vec<ReadValue>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReadValue {
    pub name: String,
    pub value: serde_json::Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WayInReason {
    pub entry: String,
    pub sentence: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Timestamp>,
}

pub fn add(operations: Operations) -> Operations {
    let why = Operation::get("/api/v1/customers/{id}/why", "explain_journey", "orchestrate");
    operations.add(why.query::<Asked>().answers::<Why>().fails(&[400, 404]), explain_journey)
}

/// Items of a thread that are looked through for reasons.
const REASONS_MAX: usize = 500;

async fn explain_journey(
    caller: Needs<ReadJourneys>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Why>, Problem> {
    let customer = customer_id(&id)?;
    let handle = &caller.workspace.handle;
    let name = asked.journey.clone();
    let found = handle.view(move |view| {
        let engine = view.engine().clone();
        let titles = engine.versions().current().and_then(|journeys| {
            let titles = journeys.titles().find(|(own, ..)| *own == name);
            titles.map(|(_, title, _)| title.to_owned())
        });
        let title = titles.ok_or_else(|| Problem::not_found("journey", &name))?;
        let priorities: BTreeMap<SourceId, u8> =
            view.books().sources().map(|source| (source.id, source.priority)).collect();
        let held = view.customer(customer)?.cloned();
        let thread = view.thread(customer)?;
        let (Some(held), Some(thread)) = (held, thread) else {
            return Err(Problem::not_found("customer", customer));
        };
        Ok((title, priorities, held, thread))
    });
    let (title, priorities, held, thread) = found.await??;
    let (engine, keys, journey, step) = (handle.engine(), handle.keys().clone(), asked.journey, asked.step);
    let read = move || {
        let page = thread.page(
            None,
            REASONS_MAX,
            |item| matches!(&item.what, ItemKind::Note(note) if tells(note)),
        )?;
        let mut notes: Vec<(Timestamp, Note)> = page
            .items
            .into_iter()
            .filter_map(|item| match item.what {
                ItemKind::Note(note) => Some((item.at.time, *note)),
                ItemKind::Event(_) => None,
            })
            .collect();
        notes.reverse();
        let mut recorded = of_journey(&notes, &journey);
        if let Some(step) = &step {
            recorded = of_step(&notes, &journey, step);
        }
        let priority = |source| priorities.get(&source).copied().unwrap_or(0);
        let explained = shard::why(&engine, &keys, &thread, &journey, now(), priority)
            .map_err(|error| Problem::internal(&error))?;
        let events: Vec<EventReason> = explained.into_iter().flat_map(event_reasons).collect();
        let came = |name: &str| events.iter().filter(|event| event.event == name).count() as u64;
        let ways_in = engine.ways_in(&held, &journey, came).into_iter().map(way_in_reason).collect();
        let answer = match &step {
            Some(step) if recorded.is_empty() => {
                let before = answer(&of_journey(&notes, &journey), &events);
                format!("No run ever reached “{step}”. {before}")
            }
            _ => answer(&recorded, &events),
        };
        Ok::<_, Problem>(Why { journey, title, answer, recorded, events, ways_in })
    };
    Ok(Json(tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(&error))??))
}

fn tells(note: &Note) -> bool {
    note.run().is_some() || matches!(note, Note::JourneyNotStarted { .. } | Note::MessageDecided { .. })
}

/// The notes that are about the journey: those of its runs, and of runs that did not begin. A message follows what its
/// run did.
fn of_journey(notes: &[(Timestamp, Note)], journey: &str) -> Vec<RecordedReason> {
    let mut runs: Vec<RunId> = Vec::new();
    let mut of_message = false;
    let mut found = Vec::new();
    for (time, note) in notes {
        let named = match note {
            Note::JourneyStarted { journey: own, run, .. } | Note::StepReached { journey: own, run, .. } => {
                (**own == *journey).then(|| runs.push(*run)).is_some()
            }
            Note::JourneyNotStarted { journey: own, .. } => **own == *journey,
            Note::MessageDecided { .. } => of_message,
            other => other.run().is_some_and(|run| runs.contains(&run)),
        };
        of_message = named;
        if named {
            let run = note.run().map(|run| run.to_string());
            found.push(RecordedReason { time: *time, sentence: note.sentence(), run });
        }
    }
    found
}

/// The notes of each visit of runs to a step: from when they came until they went on.
fn of_step(notes: &[(Timestamp, Note)], journey: &str, step: &str) -> Vec<RecordedReason> {
    let mut there: Vec<RunId> = Vec::new();
    let mut of_message = false;
    let mut found = Vec::new();
    for (time, note) in notes {
        let told = match note {
            Note::StepReached { run, journey: own, step: reached, .. } => {
                let leaves = there.contains(run);
                there.retain(|own| own != run);
                let here = **own == *journey && **reached == *step;
                if here {
                    there.push(*run);
                }
                here || leaves
            }
            Note::MessageDecided { .. } => of_message,
            other => other.run().is_some_and(|run| there.contains(&run)),
        };
        of_message = told && (note.run().is_none() || note.run().is_some_and(|run| there.contains(&run)));
        if told {
            let run = note.run().map(|run| run.to_string());
            found.push(RecordedReason { time: *time, sentence: note.sentence(), run });
        }
    }
    found
}

fn event_reasons(explained: Explained) -> Vec<EventReason> {
    let Explained { time, event, entries } = explained;
    let reason = |entry: orchestrate::EntryExplained| EventReason {
        time,
        event: event.to_string(),
        starts: entry.verdict == EntryVerdict::Starts,
        sentence: format!("“{event}”: {}.", entry.sentence()),
        condition: entry.condition.map(condition_reason),
    };
    entries.into_iter().map(reason).collect()
}

fn condition_reason(condition: ConditionExplained) -> ConditionReason {
    let ConditionExplained { source, holds, doubt, values } = condition;
    let values = values.into_iter().map(|(name, value)| ReadValue { name, value: value.to_json() });
    ConditionReason { source, holds, doubt, values: values.collect() }
}

fn way_in_reason(way: WayIn) -> WayInReason {
    WayInReason { sentence: format!("{}.", way.standing), entry: way.entry, due: way.due }
}

/// The short answer: the last that is recorded, or else why nothing is.
fn answer(recorded: &[RecordedReason], events: &[EventReason]) -> String {
    match (recorded.last(), events.last()) {
        (Some(last), _) => last.sentence.clone(),
        (None, Some(last)) => format!("No run ever began. {}", last.sentence),
        (None, None) => "No run ever began: nothing that starts the journey has happened.".into(),
    }
}
