//! A customer's runs through journeys: where each stands, and why.

use axum::Json;
use axum::extract::Path;
use model::{Ending, Timestamp};
use orchestrate::{RunView, where_now};
use serde::Serialize;
use utoipa::ToSchema;

use super::customer_id;
use crate::access::{Needs, ReadJourneys};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Waiting,
    Running,
    Completed,
    Exited,
    Failed,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RunSlot {
    pub name: String,
    pub title: String,
    pub value: Option<serde_json::Value>,
    pub answered: bool,
    pub channel: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub time: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RunStep {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub step: String,
    /// A sentence: what happened and why.
    pub reason: String,
    pub channel: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyRun {
    pub id: String,
    pub journey: String,
    pub title: String,
    pub version: u32,
    pub state: RunState,
    /// Where the run is (or ended).
    pub step: String,
    /// A sentence: what it waits for.
    pub waiting: Option<String>,
    /// When the wait times out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended: Option<Timestamp>,
    pub slots: Vec<RunSlot>,
    /// Oldest first.
    pub history: Vec<RunStep>,
    /// The run it is a part of: an arm of several ways taken at once, or a journey within a journey.
    pub parent: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/customers/{id}/runs", "list_runs", "orchestrate");
    operations.add(list.lists::<JourneyRun>().fails(&[404]), list_runs)
}

async fn list_runs(
    caller: Needs<ReadJourneys>,
    Path(id): Path<String>,
) -> Result<Json<Vec<JourneyRun>>, Problem> {
    let asked = customer_id(&id)?;
    let read = caller.workspace.handle.view(move |view| {
        let engine = view.engine().clone();
        let Some(customer) = view.customer(asked)? else { return Err(Problem::not_found("customer", asked)) };
        Ok(where_now(&customer.progress, engine.versions()))
    });
    Ok(Json(read.await??.into_iter().map(run).collect()))
}

fn run(view: RunView) -> JourneyRun {
    let state = match (&view.ended, &view.waiting) {
        (Some(ended), _) => ended_as(&ended.how),
        (None, Some(_)) => RunState::Waiting,
        (None, None) => RunState::Running,
    };
    let mut history: Vec<RunStep> = view
        .history
        .into_iter()
        .map(|visit| RunStep { time: visit.time, step: visit.step, reason: visit.sentence, channel: None })
        .collect();
    if let Some(ended) = &view.ended {
        history.push(RunStep {
            time: ended.time,
            step: view.step.clone(),
            reason: ended.sentence.clone(),
            channel: None,
        });
    }
    let answered = view.slots.into_iter().map(|slot| RunSlot {
        name: slot.slot,
        title: slot.label,
        value: Some(slot.value.to_json()),
        answered: true,
        channel: slot.channel.map(|channel| channel.to_string()),
        time: Some(slot.time),
    });
    let missing = view.missing.into_iter().map(|slot| RunSlot {
        name: slot.slot,
        title: slot.label,
        value: None,
        answered: false,
        channel: None,
        time: None,
    });
    JourneyRun {
        id: view.run.to_string(),
        journey: view.journey,
        title: view.title,
        version: view.version,
        state,
        step: view.step,
        due: view.waiting.as_ref().and_then(|waiting| waiting.until),
        waiting: view.waiting.map(|waiting| format!("Waits for {}.", waiting.what)),
        started: view.started,
        ended: view.ended.map(|ended| ended.time),
        slots: answered.chain(missing).collect(),
        history,
        parent: view.parent.map(|parent| parent.to_string()),
    }
}

/// The ways a run ends, in the three groups that are counted.
pub fn ended_as(how: &Ending) -> RunState {
    match how {
        Ending::Finished | Ending::Goal { .. } | Ending::Joined => RunState::Completed,
        Ending::Exit { .. }
        | Ending::ExitRule { .. }
        | Ending::Stopped
        | Ending::GaveUp { .. }
        | Ending::Displaced { .. }
        | Ending::Replaced { .. }
        | Ending::WithParent => RunState::Exited,
        Ending::CallFailed { .. } | Ending::Endless { .. } | Ending::HandOverLoop { .. } => RunState::Failed,
    }
}
