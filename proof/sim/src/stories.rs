//! The journey tests of a catalogue, played while the server is killed and the power cut: they must hold all the same.
//!
//! A message of which a kill left unknown whether it went out is never sent again. Where it did not, the rest of that
//! story cannot be as its author wrote it: then it is played to its end and only the promises are looked at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use journey_tests::{PlayError, Played, Report, Script, Stage, play};
use model::Catalogue;

use crate::machine;
use crate::promises::Breach;
use crate::random::Random;
use crate::weather::Weather;
use crate::world::Ended;

/// The stories of one catalogue.
pub struct Stories {
    catalogue: Catalogue,
    scripts: Vec<Script>,
}

impl Stories {
    /// Reads a catalogue folder; `only` names one of its files of tests.
    pub fn read(folder: &Path, only: Option<&str>) -> Result<Self, String> {
        let catalogue = journey_tests::read_catalogue(folder).map_err(|error| error.to_string())?;
        let files = journey_tests::read_tests(folder).map_err(|error| error.to_string())?;
        let mut scripts = journey_tests::scripts(&catalogue, &files)
            .map_err(|problems| Report::refused(problems).to_string())?;
        scripts.retain(|script| only.is_none_or(|only| script.file == only));
        if scripts.is_empty() {
            return Err(format!("{} holds no such test", folder.display()));
        }
        Ok(Self { catalogue, scripts })
    }

    pub fn len(&self) -> usize {
        self.scripts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.scripts.is_empty()
    }

    /// The file of a story.
    pub fn file(&self, number: usize) -> &str {
        &self.scripts[number].file
    }

    /// Plays one story with the misfortune of a seed.
    pub fn play(&self, number: usize, seed: u64) -> Result<Ended, Breach> {
        let lived = catch_unwind(AssertUnwindSafe(|| self.live(&self.scripts[number], seed)));
        lived.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(Breach::new("nothing panics", text.unwrap_or_default()))
        })
    }

    fn live(&self, script: &Script, seed: u64) -> Result<Ended, Breach> {
        let mut random = Random::new(seed);
        let machine = machine::small(&mut random);
        let mut weather = Weather::new(random);
        let mut stage =
            Stage::open_on(machine, &self.catalogue, script.start, &mut weather).map_err(broken)?;
        let played = play(&mut stage, script).map_err(broken)?;
        let kills = stage.kills;
        if !played.failures.is_empty() {
            return Err(Breach::new(
                "a story holds, whenever the server is killed",
                Report::of(vec![played]).to_string(),
            ));
        }
        let state = stage.verify().map_err(broken)?.to_string();
        Ok(ended(&played, kills, state))
    }
}

fn ended(played: &Played, kills: u32, state: String) -> Ended {
    let counts = [
        ("stories", 1),
        ("kills", u64::from(kills)),
        ("messages and calls", played.seen.performed.len() as u64),
        ("stories with a lost message", u64::from(played.lost.is_some())),
    ];
    Ended { trace: 0, state, counts: counts.into() }
}

fn broken(error: PlayError) -> Breach {
    let promise = match &error {
        PlayError::Twice(_) => "nothing is sent twice",
        PlayError::Replay { .. } => "the replay gives the same state",
        _ => "a sound machine goes on",
    };
    Breach::new(promise, error.to_string())
}
