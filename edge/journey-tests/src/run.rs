//! Playing a script: step after step, until an expectation is not met.

use model::{Catalogue, EffectId, Timestamp};

use crate::check::Script;
use crate::error::PlayError;
use crate::misfortune::Calm;
use crate::seen::Seen;
use crate::stage::Stage;
use crate::verdict;

/// What became of one test.
#[derive(Debug)]
pub struct Played {
    pub file: String,
    pub name: String,
    pub start: Timestamp,
    /// Expectations of the first step that was not as expected; none when all were met.
    pub failures: Vec<Failure>,
    /// A message that was lost in a kill and will not be sent again: from there on nothing more was compared.
    pub lost: Option<EffectId>,
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

/// Plays every script, each in a world of its own.
pub fn play_all(catalogue: &Catalogue, scripts: &[Script]) -> Result<Vec<Played>, PlayError> {
    scripts
        .iter()
        .map(|script| {
            let mut calm = Calm;
            play(&mut Stage::open(catalogue, script.start, &mut calm)?, script)
        })
        .collect()
}

/// Plays one script.
pub fn play(stage: &mut Stage<'_>, script: &Script) -> Result<Played, PlayError> {
    stage.receivers.answers.clone_from(&script.answers);
    let mut before = (0, stage.last_seq());
    let mut failures = Vec::new();
    for step in &script.steps {
        stage.pass_to(step.time)?;
        stage.receivers.answers.extend(step.answers.iter().cloned());
        if let Some(arrival) = &step.arrival {
            stage.take(arrival)?;
        }
        if step.expect.is_empty() || !stage.receivers.lost.is_empty() {
            continue;
        }
        let seen = Seen::of(stage, script.start, before)?;
        let unmet = step.expect.iter().filter(|own| !verdict::is_met(&own.value, &seen));
        failures.extend(unmet.map(|own| Failure {
            line: own.referenced.line(),
            time: step.time,
            expected: verdict::sentence(&own.value),
        }));
        if !failures.is_empty() {
            break;
        }
        before = (stage.receivers.performed.len(), stage.last_seq());
    }
    Ok(Played {
        file: script.file.clone(),
        name: script.name.clone(),
        start: script.start,
        failures,
        lost: stage.receivers.lost.first().copied(),
        seen: Seen::of(stage, script.start, before)?,
    })
}
