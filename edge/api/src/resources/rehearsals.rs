//! Rehearsals: recorded history taken through a draft, beside what really happened. Nothing is sent.

mod job;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use shard::{Difference, Figures, Line, RehearsalReport, Script, rehearse};
use utoipa::{IntoParams, ToSchema};

use super::catalogue::{CatalogueDraft, CatalogueFile};
use super::journeys::{JourneyGraph, drawn};
use crate::access::{Needs, WriteCatalogue};
use crate::operation::{Operation, Operations};
use crate::problem::{CatalogueProblem, Problem};
use crate::state::now;

use job::Job;
pub use job::Rehearsals;

#[derive(Debug, Deserialize, ToSchema)]
pub struct RehearsalDraft {
    /// The draft's files; what is published unless stated.
    pub files: Option<Vec<CatalogueFile>>,
    /// When the draft comes into force; at the first event unless stated.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// When the rehearsal ends; now unless stated.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Of a hundred customers, how many take part; all unless stated.
    #[schema(minimum = 1, maximum = 100)]
    pub sample: Option<u8>,
    /// Only customers who are in this segment when the period begins.
    pub segment: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rehearsal {
    /// Records of history that were taken through both catalogues.
    pub records: u64,
    /// Customers of whom a journey took notice in either.
    pub customers: u64,
    /// Customers for whom something is different.
    pub different: u64,
    pub journeys: Vec<RehearsedJourney>,
    /// The first of those for whom something is different.
    pub differences: Vec<RehearsedCustomer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsedJourney {
    pub name: String,
    pub title: String,
    /// The draft's steps; none where the draft does not have the journey.
    pub graph: Option<JourneyGraph>,
    /// What really happened.
    pub published: JourneyFigures,
    /// What would have happened.
    pub draft: JourneyFigures,
    /// Steps of the draft that nobody reached.
    pub uncovered: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyFigures {
    pub entered: u64,
    /// Customers who were kept out, by the reason.
    pub not_entered: BTreeMap<String, u64>,
    /// How often each step was reached.
    pub steps: BTreeMap<String, u64>,
    /// How often runs went from one step to another; from a step to the empty name where they ended.
    pub ways: BTreeMap<String, BTreeMap<String, u64>>,
    /// Messages that went out, by channel.
    pub messages: BTreeMap<String, u64>,
    /// Messages that were held, by the reason.
    pub held: BTreeMap<String, u64>,
    /// Runs that ended, by how.
    pub ended: BTreeMap<String, u64>,
    pub goals: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsedCustomer {
    pub customer: String,
    pub published: Vec<RehearsedLine>,
    pub draft: Vec<RehearsedLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsedLine {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub sentence: String,
}

/// A rehearsal under way, or what came of it. The last few are kept until the server stops.
#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsalJob {
    pub id: String,
    pub state: RehearsalState,
    #[schema(value_type = String, format = DateTime)]
    pub asked: Timestamp,
    pub by: String,
    /// What was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    pub sample: u8,
    pub segment: Option<String>,
    /// Records of history taken so far, and about how many there are.
    pub records: u64,
    pub records_total: u64,
    /// Why it failed.
    pub failure: Option<String>,
    /// What is wrong with the draft.
    pub problems: Vec<CatalogueProblem>,
    /// What came of it, with the first customers for whom something is different.
    pub outcome: Option<Rehearsal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalState {
    Running,
    Done,
    Failed,
    Cancelled,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsedCustomers {
    pub items: Vec<RehearsedCustomer>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct Pages {
    /// The cursor of the page.
    cursor: Option<usize>,
    /// Customers on a page: 1 to 200, 50 unless stated.
    limit: Option<usize>,
}

const PAGE: usize = 50;
const PAGE_MAX: usize = 200;
/// Customers that stand in the outcome itself.
const FIRST: usize = 20;

pub fn add(operations: Operations) -> Operations {
    const ONE: &str = "/api/v1/rehearsals/{id}";
    let rehearse = Operation::post("/api/v1/rehearsals", "rehearse_catalogue", "catalogue");
    let list = Operation::get("/api/v1/rehearsals", "list_rehearsals", "catalogue");
    let get = Operation::get(ONE, "get_rehearsal", "catalogue");
    let customers =
        Operation::get("/api/v1/rehearsals/{id}/customers", "list_rehearsed_customers", "catalogue");
    let cancel = Operation::post("/api/v1/rehearsals/{id}/cancel", "cancel_rehearsal", "catalogue");
    operations
        .add(
            rehearse.takes::<RehearsalDraft>().answers::<RehearsalJob>().fails(&[400, 409, 422]),
            rehearse_catalogue,
        )
        .add(list.lists::<RehearsalJob>(), list_rehearsals)
        .add(get.answers::<RehearsalJob>().fails(&[404]), get_rehearsal)
        .add(
            customers.query::<Pages>().answers::<RehearsedCustomers>().fails(&[404]),
            list_rehearsed_customers,
        )
        .add(cancel.answers::<RehearsalJob>().fails(&[404]), cancel_rehearsal)
}

async fn rehearse_catalogue(
    caller: Needs<WriteCatalogue>,
    Json(asked): Json<RehearsalDraft>,
) -> Result<Json<RehearsalJob>, Problem> {
    let handle = &caller.workspace.handle;
    let read = handle.view(|view| Ok::<_, Problem>((view.ledger(), view.last_seq().0, view.catalogues()?)));
    let (reader, records_total, catalogues) = read.await??;
    let draft = match asked.files {
        Some(files) => CatalogueDraft { files }.into_catalogue(),
        None => catalogues.into_iter().next_back().unwrap_or_default(),
    };
    let script = Script {
        draft,
        from: asked.from.unwrap_or(Timestamp(0)),
        to: asked.to.unwrap_or_else(now),
        sample: asked.sample.unwrap_or(100),
        segment: asked.segment,
    };
    let engine = handle.engine();
    let draft = script.draft.clone();
    let checked = tokio::task::spawn_blocking(move || engine.check_next(&draft)).await;
    if let Err(problems) = checked.map_err(|error| Problem::internal(&error))? {
        return Err(shard::Refusal::Problems(problems).into());
    }
    let by = caller.token.name.clone();
    let job = caller.workspace.rehearsals.begin(by, script, records_total);
    let job = job.ok_or_else(|| Problem::conflict("a rehearsal is under way; ask again when it is done"))?;
    let (keys, own) = (handle.keys().clone(), job.clone());
    let work = move || own.work(|script, progress| rehearse(&reader, &keys, script, progress));
    tokio::task::spawn_blocking(work);
    Ok(Json(job.shown()))
}

async fn list_rehearsals(caller: Needs<WriteCatalogue>) -> Json<Vec<RehearsalJob>> {
    let mut jobs: Vec<RehearsalJob> =
        caller.workspace.rehearsals.all().iter().map(|job| job.shown()).collect();
    jobs.iter_mut().for_each(|job| job.outcome = None);
    Json(jobs)
}

async fn get_rehearsal(
    caller: Needs<WriteCatalogue>,
    Path(id): Path<String>,
) -> Result<Json<RehearsalJob>, Problem> {
    Ok(Json(known(&caller.workspace.rehearsals, &id)?.shown()))
}

async fn list_rehearsed_customers(
    caller: Needs<WriteCatalogue>,
    Path(id): Path<String>,
    Query(pages): Query<Pages>,
) -> Result<Json<RehearsedCustomers>, Problem> {
    let job = known(&caller.workspace.rehearsals, &id)?;
    let (from, limit) = (pages.cursor.unwrap_or(0), pages.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX));
    let (items, more) = job.customers(from, limit);
    Ok(Json(RehearsedCustomers { items, next: more.then(|| (from + limit).to_string()) }))
}

async fn cancel_rehearsal(
    caller: Needs<WriteCatalogue>,
    Path(id): Path<String>,
) -> Result<Json<RehearsalJob>, Problem> {
    let job = known(&caller.workspace.rehearsals, &id)?;
    job.cancel();
    Ok(Json(job.shown()))
}

fn known(jobs: &Rehearsals, id: &str) -> Result<Arc<Job>, Problem> {
    jobs.get(id).ok_or_else(|| Problem::not_found("rehearsal", id))
}

impl From<RehearsalReport> for Rehearsal {
    fn from(report: RehearsalReport) -> Self {
        let journeys = report.journeys.into_iter().map(|(name, comparison)| RehearsedJourney {
            title: String::new(),
            graph: None,
            name,
            published: comparison.published.into(),
            draft: comparison.draft.into(),
            uncovered: comparison.uncovered,
        });
        let differences = report.differences.into_iter().map(RehearsedCustomer::from);
        Self {
            records: report.records,
            customers: report.customers,
            different: report.different,
            journeys: journeys.collect(),
            differences: differences.collect(),
        }
    }
}

impl From<Difference> for RehearsedCustomer {
    fn from(difference: Difference) -> Self {
        let lines = |lines: Vec<Line>| {
            let shown = lines.into_iter();
            shown.map(|line| RehearsedLine { time: line.time, sentence: line.sentence }).collect()
        };
        Self {
            customer: difference.customer.to_string(),
            published: lines(difference.published),
            draft: lines(difference.draft),
        }
    }
}

impl From<Figures> for JourneyFigures {
    fn from(figures: Figures) -> Self {
        let Figures { entered, not_entered, steps, ways, messages, held, ended, goals } = figures;
        Self { entered, not_entered, steps, ways, messages, held, ended, goals }
    }
}
