//! Rehearsals: recorded history taken through a draft, beside what really happened. Nothing is sent.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use shard::{Figures, Line, RehearsalError, RehearsalReport, Script, rehearse};
use utoipa::ToSchema;

use super::catalogue::CatalogueDraft;
use crate::access::{Needs, WriteCatalogue};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Deserialize, ToSchema)]
pub struct RehearsalDraft {
    #[serde(flatten)]
    pub draft: CatalogueDraft,
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

pub fn add(operations: Operations) -> Operations {
    let rehearse = Operation::post("/api/v1/rehearsals", "rehearse_catalogue", "catalogue");
    operations
        .add(rehearse.takes::<RehearsalDraft>().answers::<Rehearsal>().fails(&[409, 422]), rehearse_catalogue)
}

/// One at a time: each holds every customer in memory, twice.
static UNDER_WAY: AtomicBool = AtomicBool::new(false);

/// Ends the claim however the rehearsal ends.
struct Claim;

impl Claim {
    fn take() -> Option<Self> {
        (!UNDER_WAY.swap(true, Ordering::AcqRel)).then_some(Self)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        UNDER_WAY.store(false, Ordering::Release);
    }
}

async fn rehearse_catalogue(
    caller: Needs<WriteCatalogue>,
    Json(asked): Json<RehearsalDraft>,
) -> Result<Json<Rehearsal>, Problem> {
    let Some(claim) = Claim::take() else {
        return Err(Problem::conflict("a rehearsal is under way; ask again when it is done"));
    };
    let handle = &caller.workspace.handle;
    let (reader, keys) = (handle.view(|view| view.ledger()).await?, handle.keys().clone());
    let script = Script {
        draft: asked.draft.into_catalogue(),
        from: asked.from.unwrap_or(Timestamp(0)),
        to: asked.to.unwrap_or_else(now),
        sample: asked.sample.unwrap_or(100),
        segment: asked.segment,
    };
    let work = move || {
        let _claim = claim;
        // Threads of its own, fewer than there are cores: the server goes on beside it.
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let pool = rayon::ThreadPoolBuilder::new().num_threads((cores / 2).max(1)).build();
        let pool = pool.map_err(|error| RehearsalError::Invalid(error.to_string()))?;
        pool.install(|| rehearse(&reader, &keys, &script, |_| {}))
    };
    let rehearsed = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(rehearsed?.into()))
}

impl From<RehearsalError> for Problem {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Problems(problems) => shard::Refusal::Problems(problems).into(),
            RehearsalError::Invalid(detail) => {
                Self::invalid("rehearsal", detail, "change what is named and ask again")
            }
            RehearsalError::Broken(broken) => Self::internal(&broken),
        }
    }
}

impl From<RehearsalReport> for Rehearsal {
    fn from(report: RehearsalReport) -> Self {
        let journeys = report.journeys.into_iter().map(|(name, comparison)| RehearsedJourney {
            name,
            published: comparison.published.into(),
            draft: comparison.draft.into(),
            uncovered: comparison.uncovered,
        });
        let lines = |lines: Vec<Line>| {
            let shown = lines.into_iter();
            shown.map(|line| RehearsedLine { time: line.time, sentence: line.sentence }).collect()
        };
        let differences = report.differences.into_iter().map(|difference| RehearsedCustomer {
            customer: difference.customer.to_string(),
            published: lines(difference.published),
            draft: lines(difference.draft),
        });
        Self {
            records: report.records,
            customers: report.customers,
            different: report.different,
            journeys: journeys.collect(),
            differences: differences.collect(),
        }
    }
}

impl From<Figures> for JourneyFigures {
    fn from(figures: Figures) -> Self {
        let Figures { entered, not_entered, steps, messages, held, ended, goals } = figures;
        Self { entered, not_entered, steps, messages, held, ended, goals }
    }
}
