//! Journeys: what is published, drawn as a graph, with live counts per step.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use model::{Catalogue, Timestamp};
use orchestrate::{Admitted, Caps, Graph, Journeys};
use serde::Serialize;
use shard::JourneyCount;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::access::{Needs, ReadJourneys};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Serialize, ToSchema)]
pub struct JourneySummary {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub version: u32,
    pub entered: u64,
    pub active: u64,
    pub completed: u64,
    pub exited: u64,
    pub failed: u64,
    pub cap: Option<CapCount>,
}

/// How a journey's cap over all customers is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapCount {
    /// So many come in within the last `per`, at most.
    pub entries: Option<u64>,
    pub per: Option<String>,
    /// How many came in within the last `per`.
    pub lately: Option<u64>,
    /// So many come in in all, at most.
    pub total: Option<u64>,
    /// How many came in while there was a cap.
    pub admitted: u64,
    pub turned_away: u64,
}

/// The name of a step kind, as it stands in files.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepKind(&'static str);

impl PartialSchema for StepKind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(orchestrate::step_kinds())).into()
    }
}

impl ToSchema for StepKind {}

#[derive(Debug, Serialize, ToSchema)]
pub struct StepEdge {
    /// The next step's id; empty for the journey's end.
    pub to: String,
    /// When this way is taken: `answered`, `after 2h`, `otherwise`, …; empty for the only way.
    pub label: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GraphStep {
    pub id: String,
    pub kind: StepKind,
    pub summary: String,
    pub next: Vec<StepEdge>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyGraph {
    /// What lets a customer in: a sentence.
    pub entry: String,
    /// The first step's id.
    pub first: String,
    pub steps: Vec<GraphStep>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StepCount {
    /// Runs that stand here.
    pub waiting: u64,
    /// Ways that stand here, of runs that go several at once and stand where those part.
    pub arms: u64,
    pub passed: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyVersion {
    pub version: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published: Option<Timestamp>,
    pub by: Option<String>,
    pub active: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Journey {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub version: u32,
    /// The YAML as published.
    pub definition: String,
    pub graph: JourneyGraph,
    pub counts: BTreeMap<String, StepCount>,
    pub summary: JourneySummary,
    /// Newest first.
    pub versions: Vec<JourneyVersion>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/journeys", "list_journeys", "orchestrate");
    let get = Operation::get("/api/v1/journeys/{name}", "get_journey", "orchestrate");
    operations
        .add(list.lists::<JourneySummary>(), list_journeys)
        .add(get.answers::<Journey>().fails(&[404]), get_journey)
}

async fn list_journeys(caller: Needs<ReadJourneys>) -> Result<Json<Vec<JourneySummary>>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let engine = view.engine();
        let Some(journeys) = engine.versions().current() else { return Vec::new() };
        let none = JourneyCount::default();
        let books = view.books();
        let count = |name: &str| books.journeys.get(name).unwrap_or(&none);
        let summary = |titles: (&str, &str, Option<&str>)| {
            summary(titles, journeys.version(), count(titles.0), cap_count(journeys, &books.caps, titles.0))
        };
        journeys.titles().map(summary).collect()
    });
    Ok(Json(read.await?))
}

fn summary(
    (name, title, description): (&str, &str, Option<&str>),
    version: u32,
    count: &JourneyCount,
    cap: Option<CapCount>,
) -> JourneySummary {
    let ended = |group: fn(&str) -> bool| {
        count.ended.iter().filter(|(how, _)| group(how)).map(|(_, count)| count).sum()
    };
    let active = count.waiting.values().map(|count| (*count).max(0).unsigned_abs()).sum();
    JourneySummary {
        name: name.to_owned(),
        title: title.to_owned(),
        description: description.map(str::to_owned),
        version,
        entered: count.entered,
        active,
        completed: ended(|how| matches!(how, "finished" | "goal")),
        exited: ended(|how| !matches!(how, "finished" | "goal" | "call_failed" | "endless")),
        failed: ended(|how| matches!(how, "call_failed" | "endless")),
        cap,
    }
}

fn cap_count(journeys: &Journeys, caps: &Caps, journey: &str) -> Option<CapCount> {
    let cap = journeys.cap(journey)?;
    let nobody = Admitted::default();
    let admitted = caps.of(journey).unwrap_or(&nobody);
    Some(CapCount {
        entries: cap.within.map(|(entries, _)| u64::from(entries)),
        per: cap.within.map(|(_, per)| per.to_string()),
        lately: cap.within.map(|(_, per)| admitted.within(per, now())),
        total: cap.total,
        admitted: admitted.total,
        turned_away: admitted.turned_away,
    })
}

async fn get_journey(
    caller: Needs<ReadJourneys>,
    Path(name): Path<String>,
) -> Result<Json<Journey>, Problem> {
    let read = caller.workspace.handle.view(move |view| {
        let engine = view.engine().clone();
        let missing = || Problem::not_found("journey", &name);
        let journeys = engine.versions().current().ok_or_else(missing)?;
        let graph = journeys.graph(&name).ok_or_else(missing)?;
        let count = view.books().journeys.get(&name).cloned().unwrap_or_default();
        let cap = cap_count(journeys, &view.books().caps, &name);
        let catalogues = view.catalogues()?;
        Ok::<_, Problem>(journey(journeys, graph, (&count, cap), &catalogues))
    });
    Ok(Json(read.await??))
}

fn journey(
    journeys: &Journeys,
    graph: Graph,
    (count, cap): (&JourneyCount, Option<CapCount>),
    catalogues: &[Catalogue],
) -> Journey {
    let file = |catalogue: &Catalogue| {
        let named = |text: &str| text.lines().any(|line| line.trim_end() == format!("name: {}", graph.name));
        catalogue.folder("journeys/").find(|file| named(&file.text)).map(|file| file.text.clone())
    };
    let standing = |counts: &BTreeMap<String, i64>, step: &str| {
        counts.get(step).map_or(0, |count| (*count).max(0).unsigned_abs())
    };
    let counts = graph.steps.iter().map(|step| {
        let reached = count.reached.get(&step.id).copied().unwrap_or(0);
        let waiting = standing(&count.waiting, &step.id);
        let arms = count.arms.as_ref().map_or(0, |arms| standing(arms, &step.id));
        (step.id.clone(), StepCount { waiting, arms, passed: reached.saturating_sub(waiting + arms) })
    });
    let current = catalogues.last();
    let mut versions: Vec<JourneyVersion> = catalogues
        .iter()
        .filter(|catalogue| file(catalogue).is_some())
        .map(|catalogue| JourneyVersion {
            version: catalogue.version,
            published: None,
            by: None,
            active: None,
        })
        .collect();
    versions.reverse();
    let titles = (graph.name.as_str(), graph.title.as_str(), graph.description.as_deref());
    Journey {
        name: graph.name.clone(),
        title: graph.title.clone(),
        description: graph.description.clone(),
        version: graph.version,
        definition: current.and_then(file).unwrap_or_default(),
        counts: counts.collect(),
        summary: summary(titles, journeys.version(), count, cap),
        versions,
        graph: drawn(&graph),
    }
}

pub(super) fn drawn(graph: &Graph) -> JourneyGraph {
    let quoted: Vec<String> = graph.entry.iter().map(|event| format!("“{event}”")).collect();
    let steps = graph.steps.iter().map(|step| GraphStep {
        id: step.id.clone(),
        kind: StepKind(step.kind),
        summary: step.title.clone().unwrap_or_else(|| step.summary.clone()),
        next: step
            .next
            .iter()
            .map(|way| StepEdge { to: way.to.clone().unwrap_or_default(), label: way.label.clone() })
            .collect(),
    });
    JourneyGraph {
        entry: format!("Starts with {}.", quoted.join(" or ")),
        first: graph.steps.first().map(|step| step.id.clone()).unwrap_or_default(),
        steps: steps.collect(),
    }
}
