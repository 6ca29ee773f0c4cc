//! What comes of a rehearsal: figures for each journey, and for each customer what would have been different.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Disk;
use model::{CustomerId, Note, RunId, Timestamp};
use serde::Serialize;

use super::{Happening, Stage, tells};

/// Customers that are shown one by one.
const DIFFERENCES_MAX: usize = 2_000;
/// Lines of a customer that are shown.
const LINES_MAX: usize = 50;

/// A rehearsal's outcome. `published` is what really happened, `draft` what would have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Records of history that were taken through both.
    pub records: u64,
    /// Customers of whom a journey took notice in either.
    pub customers: u64,
    /// Customers for whom something is different.
    pub different: u64,
    /// By name, of both catalogues.
    pub journeys: BTreeMap<String, Comparison>,
    /// The first of those for whom something is different.
    pub differences: Vec<Difference>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Comparison {
    pub published: Figures,
    pub draft: Figures,
    /// Steps of the draft that nobody reached.
    pub uncovered: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    pub entered: u64,
    /// Customers who were kept out, by the reason's kind.
    pub not_entered: BTreeMap<String, u64>,
    /// How often each step was reached.
    pub steps: BTreeMap<String, u64>,
    /// How often runs went from one step to another; from a step to the empty name where they ended.
    pub ways: BTreeMap<String, BTreeMap<String, u64>>,
    /// Messages that went out, by channel.
    pub messages: BTreeMap<String, u64>,
    /// Messages that were held, by the reason's kind.
    pub held: BTreeMap<String, u64>,
    /// Runs that ended, by how.
    pub ended: BTreeMap<String, u64>,
    pub goals: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub customer: CustomerId,
    pub published: Vec<Line>,
    pub draft: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub time: Timestamp,
    pub sentence: String,
}

type Histories = BTreeMap<CustomerId, Vec<Happening>>;

pub(super) fn report<D: Disk>(
    records: u64,
    members: Option<&BTreeSet<CustomerId>>,
    mut was: Stage<D>,
    mut would: Stage<D>,
) -> Report {
    let published_histories = histories(&mut was, members);
    let draft_histories = histories(&mut would, members);
    let mut journeys: BTreeMap<String, Comparison> = BTreeMap::new();
    for (name, published) in figures(&published_histories) {
        journeys.entry(name).or_default().published = published;
    }
    for (name, draft) in figures(&draft_histories) {
        journeys.entry(name).or_default().draft = draft;
    }
    if let Some(current) = would.shard.world.engine.versions().current() {
        for (name, ..) in current.titles() {
            let comparison = journeys.entry(name.to_owned()).or_default();
            let graph = current.graph(name).into_iter().flat_map(|graph| graph.steps);
            let unreached = graph.filter(|step| !comparison.draft.steps.contains_key(&step.id));
            comparison.uncovered = unreached.map(|step| step.id).collect();
        }
    }
    let everybody: BTreeSet<CustomerId> =
        published_histories.keys().chain(draft_histories.keys()).copied().collect();
    let mut report = Report {
        records,
        customers: everybody.len() as u64,
        different: 0,
        journeys,
        differences: Vec::new(),
    };
    let nothing = Vec::new();
    for customer in everybody {
        let published = published_histories.get(&customer).unwrap_or(&nothing);
        let draft = draft_histories.get(&customer).unwrap_or(&nothing);
        let same = |(a, b): (&Happening, &Happening)| a.time == b.time && said(&a.note) == said(&b.note);
        if published.len() == draft.len() && published.iter().zip(draft).all(same) {
            continue;
        }
        report.different += 1;
        if report.differences.len() < DIFFERENCES_MAX {
            let (published, draft) = (lines(published), lines(draft));
            report.differences.push(Difference { customer, published, draft });
        }
    }
    report
}

/// What was witnessed, by whoever the customers are in the end.
fn histories<D: Disk>(stage: &mut Stage<D>, members: Option<&BTreeSet<CustomerId>>) -> Histories {
    let mut histories = Histories::new();
    for happening in stage.shard.world.witness.take().unwrap_or_default() {
        let takes_part = members.is_none_or(|members| members.contains(&happening.customer));
        if takes_part && tells(&happening.note) {
            let customer = stage.holder(happening.customer);
            histories.entry(customer).or_default().push(happening);
        }
    }
    histories
}

/// The figures of each journey.
fn figures(histories: &Histories) -> BTreeMap<String, Figures> {
    let mut journeys = BTreeMap::new();
    histories.values().for_each(|history| count(history, &mut journeys));
    journeys
}

/// Adds a customer's history to the figures of its journeys.
fn count(history: &[Happening], journeys: &mut BTreeMap<String, Figures>) {
    let mut runs: BTreeMap<RunId, Box<str>> = BTreeMap::new();
    let mut at: BTreeMap<RunId, Box<str>> = BTreeMap::new();
    let one_more_way = |figures: &mut Figures, from: &str, to: &str| {
        *figures.ways.entry(from.to_owned()).or_default().entry(to.to_owned()).or_default() += 1;
    };
    // A message follows the step that sends it.
    let mut last: Option<Box<str>> = None;
    let mut of = |journey: &str, add: &dyn Fn(&mut Figures)| {
        add(journeys.entry(journey.to_owned()).or_default());
    };
    let one_more = |counts: &mut BTreeMap<String, u64>, name: &str| {
        *counts.entry(name.to_owned()).or_default() += 1;
    };
    for Happening { note, .. } in history {
        match note {
            Note::JourneyStarted { run, journey, .. } => {
                runs.insert(*run, journey.clone());
                of(journey, &|own| own.entered += 1);
            }
            Note::JourneyNotStarted { journey, reason } => {
                of(journey, &|own| one_more(&mut own.not_entered, &kind_of(reason)));
            }
            Note::StepReached { run, journey, step, .. } => {
                runs.insert(*run, journey.clone());
                last = Some(journey.clone());
                let before = at.insert(*run, step.clone());
                of(journey, &|own| {
                    one_more(&mut own.steps, step);
                    if let Some(before) = &before {
                        one_more_way(own, before, step);
                    }
                });
            }
            Note::MessageDecided { channel, .. } => {
                if let Some(journey) = &last {
                    of(journey, &|own| one_more(&mut own.messages, channel.as_str()));
                }
            }
            Note::MessageHeld { reason, run, .. } => {
                if let Some(journey) = run.and_then(|run| runs.get(&run)).or(last.as_ref()) {
                    of(journey, &|own| one_more(&mut own.held, &kind_of(reason)));
                }
            }
            Note::GoalReached { journey, .. } => of(journey, &|own| own.goals += 1),
            Note::JourneyEnded { run, journey, how } => {
                let before = at.remove(run);
                of(journey, &|own| {
                    one_more(&mut own.ended, how.name());
                    if let Some(before) = &before {
                        one_more_way(own, before, "");
                    }
                });
            }
            other => {
                if let Some(journey) = other.run().and_then(|run| runs.get(&run)) {
                    last = Some(journey.clone());
                }
            }
        }
    }
}

/// The name of a reason, as it stands in its JSON.
fn kind_of(reason: &impl Serialize) -> String {
    let json = serde_json::to_value(reason).unwrap_or_default();
    json.get("reason").and_then(|kind| kind.as_str()).unwrap_or("other").to_owned()
}

fn lines(history: &[Happening]) -> Vec<Line> {
    let shown = history.iter().take(LINES_MAX);
    shown.map(|happening| Line { time: happening.time, sentence: said(&happening.note) }).collect()
}

/// What a note says, without the numbers that differ from one shard to the other.
fn said(note: &Note) -> String {
    match note {
        Note::JourneyStarted { journey, event, .. } => format!("“{event}” started the journey “{journey}”."),
        Note::JourneyNotStarted { journey, reason: model::EntryRefusal::Running { .. } } => {
            format!("The journey “{journey}” did not start: a run is under way.")
        }
        Note::MessageDecided { subject, text, .. } => match subject {
            Some(subject) => format!("{} “{subject}”: {text}", note.sentence()),
            None => format!("{} {text}", note.sentence()),
        },
        other => other.sentence(),
    }
}
