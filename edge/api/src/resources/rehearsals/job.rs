//! Rehearsals at work: one at a time on this machine, with their progress, and the last few that are over.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use engine::Engine;
use model::{Catalogue, Problem as Mistake, Timestamp};
use shard::{Difference, RehearsalError, RehearsalReport, Script};

use super::{FIRST, Rehearsal, RehearsalJob, RehearsalState, RehearsedCustomer, drawn};
use crate::state::now;

/// Rehearsals that are kept to be looked at.
const KEPT_MAX: usize = 5;

/// One at a time: each holds every customer in memory, twice.
static UNDER_WAY: AtomicBool = AtomicBool::new(false);

/// The rehearsals of one workspace, the last first.
#[derive(Default)]
pub struct Rehearsals(Mutex<VecDeque<Arc<Job>>>);

/// Hears how many records were taken, and says whether to go on.
pub(super) type Progress<'a> = dyn Fn(u64) -> ControlFlow<()> + Sync + 'a;
pub(super) type Outcome = Result<RehearsalReport, RehearsalError>;

/// One rehearsal.
pub(super) struct Job {
    id: u64,
    asked: Timestamp,
    by: String,
    script: Script,
    records: AtomicU64,
    records_total: u64,
    cancelled: AtomicBool,
    state: Mutex<State>,
}

enum State {
    Running,
    Done(Box<RehearsalReport>),
    Failed(String, Vec<Mistake>),
    Cancelled,
}

/// Ends the claim however the rehearsal ends.
struct Claim;

impl Drop for Claim {
    fn drop(&mut self) {
        UNDER_WAY.store(false, Ordering::Release);
    }
}

impl Rehearsals {
    /// Takes note of a new one; nothing while another is under way.
    pub(super) fn begin(&self, by: String, script: Script, records_total: u64) -> Option<Arc<Job>> {
        if UNDER_WAY.swap(true, Ordering::AcqRel) {
            return None;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let job = Arc::new(Job {
            id: kept.front().map_or(1, |last| last.id + 1),
            asked: now(),
            by,
            script,
            records: AtomicU64::new(0),
            records_total,
            cancelled: AtomicBool::new(false),
            state: Mutex::new(State::Running),
        });
        kept.push_front(job.clone());
        kept.truncate(KEPT_MAX);
        Some(job)
    }

    pub(super) fn all(&self) -> Vec<Arc<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Job>> {
        let id: u64 = id.parse().ok()?;
        self.all().into_iter().find(|job| job.id == id)
    }
}

impl Job {
    /// Takes history through the draft, on threads of its own, fewer than there are cores: the server goes on beside it.
    pub fn work(&self, rehearse: impl FnOnce(&Script, &Progress<'_>) -> Outcome + Send) {
        let _claim = Claim;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let pool = rayon::ThreadPoolBuilder::new().num_threads((cores / 2).max(1)).build();
        let progress = |records: u64| {
            self.records.store(records, Ordering::Relaxed);
            match self.cancelled.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let state = match pool {
            Ok(pool) => match pool.install(|| rehearse(&self.script, &progress)) {
                Ok(report) => State::Done(Box::new(report)),
                Err(RehearsalError::Cancelled) => State::Cancelled,
                Err(RehearsalError::Problems(mistakes)) => {
                    State::Failed("the draft has problems".into(), mistakes)
                }
                Err(RehearsalError::Invalid(detail)) => State::Failed(detail, Vec::new()),
                Err(RehearsalError::Broken(broken)) => {
                    tracing::error!(%broken, "a rehearsal failed");
                    State::Failed("history could not be read; see the server's log".into(), Vec::new())
                }
            },
            Err(error) => State::Failed(error.to_string(), Vec::new()),
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn shown(&self) -> RehearsalJob {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, failure, mistakes, outcome) = match &*state {
            State::Running => (RehearsalState::Running, None, &[][..], None),
            State::Cancelled => (RehearsalState::Cancelled, None, &[][..], None),
            State::Failed(detail, mistakes) => {
                (RehearsalState::Failed, Some(detail.clone()), mistakes.as_slice(), None)
            }
            State::Done(report) => (RehearsalState::Done, None, &[][..], Some(self.outcome(report))),
        };
        RehearsalJob {
            id: self.id.to_string(),
            state: name,
            asked: self.asked,
            by: self.by.clone(),
            from: self.script.from,
            to: self.script.to,
            sample: self.script.sample,
            segment: self.script.segment.clone(),
            records: self.records.load(Ordering::Relaxed),
            records_total: self.records_total,
            failure,
            problems: mistakes.iter().cloned().map(Into::into).collect(),
            outcome,
        }
    }

    /// So many of the customers for whom something is different, and whether there are more.
    pub fn customers(&self, from: usize, limit: usize) -> (Vec<RehearsedCustomer>, bool) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Done(report) = &*state else { return (Vec::new(), false) };
        let shown: Vec<&Difference> = report.differences.iter().skip(from).take(limit).collect();
        let more = report.differences.len() > from + shown.len();
        (shown.into_iter().cloned().map(RehearsedCustomer::from).collect(), more)
    }

    fn outcome(&self, report: &RehearsalReport) -> Rehearsal {
        let first = report.differences.iter().take(FIRST).cloned().collect();
        let mut outcome = Rehearsal::from(RehearsalReport { differences: first, ..report.clone() });
        let mut engine = Engine::new();
        // It was compiled before it was rehearsed.
        let draft = Catalogue { version: 1, ..self.script.draft.clone() };
        if engine.publish(&draft).is_ok()
            && let Some(journeys) = engine.versions().current()
        {
            for journey in &mut outcome.journeys {
                let graph = journeys.graph(&journey.name);
                journey.title =
                    graph.as_ref().map_or_else(|| journey.name.clone(), |graph| graph.title.clone());
                journey.graph = graph.as_ref().map(drawn);
            }
        }
        outcome
    }
}
