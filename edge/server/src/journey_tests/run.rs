//! Playing a script: step after step, until an expectation is not met.

use model::{Catalogue, Seq, Timestamp};

use super::check::Script;
use super::stage::{Known, Noted, Performed, Stage};
use super::verdict;

/// What became of one test.
#[derive(Debug)]
pub struct Played {
    pub file: String,
    pub name: String,
    pub start: Timestamp,
    /// Expectations of the first step that was not as expected; none when all were met.
    pub failures: Vec<Failure>,
    /// How it stood then.
    pub seen: Seen,
}

#[derive(Debug)]
pub struct Failure {
    pub line: u64,
    /// When, in the test's time.
    pub time: Timestamp,
    pub expected: String,
}

/// What can be seen of the world.
#[derive(Debug)]
pub struct Seen {
    pub start: Timestamp,
    pub performed: Vec<Performed>,
    pub notes: Vec<Noted>,
    pub customers: Vec<Known>,
    /// How many of `performed` there were at the expectations before.
    pub performed_before: usize,
    /// The last record of the expectations before.
    pub seq_before: Seq,
}

impl Seen {
    fn of(stage: &mut Stage, start: Timestamp, before: (usize, Seq)) -> Result<Self, anyhow::Error> {
        Ok(Self {
            start,
            performed: stage.performed.clone(),
            notes: stage.notes()?,
            customers: stage.customers()?,
            performed_before: before.0,
            seq_before: before.1,
        })
    }
}

/// Plays every script, each in a world of its own.
pub fn all(catalogue: &Catalogue, scripts: &[Script]) -> Result<Vec<Played>, anyhow::Error> {
    scripts.iter().map(|script| play(catalogue, script)).collect()
}

fn play(catalogue: &Catalogue, script: &Script) -> Result<Played, anyhow::Error> {
    let mut stage = Stage::open(catalogue, script.start)?;
    stage.answers.clone_from(&script.answers);
    let mut before = (0, stage.last_seq());
    let mut failures = Vec::new();
    for step in &script.steps {
        stage.pass_to(step.time)?;
        stage.answers.extend(step.answers.iter().cloned());
        if let Some(arrival) = &step.arrival {
            stage.take(arrival)?;
        }
        if step.expect.is_empty() {
            continue;
        }
        let seen = Seen::of(&mut stage, script.start, before)?;
        let unmet = step.expect.iter().filter(|own| !verdict::is_met(&own.value, &seen));
        failures.extend(unmet.map(|own| Failure {
            line: own.referenced.line(),
            time: step.time,
            expected: verdict::sentence(&own.value),
        }));
        if !failures.is_empty() {
            break;
        }
        before = (stage.performed.len(), stage.last_seq());
    }
    let seen = Seen::of(&mut stage, script.start, before)?;
    Ok(Played { file: script.file.clone(), name: script.name.clone(), start: script.start, failures, seen })
}
