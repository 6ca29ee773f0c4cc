//! Journey tests: `tests/*.yaml` in a catalogue folder, played on the real data path over disks in memory.
//!
//! Nothing is sent and nothing is kept: a test publishes the catalogue into a world of its own, lets one customer do
//! what it says, lets time pass, and compares what the journeys did with what it expects. The simulation plays the same
//! tests while the server is killed and power is cut ([`Misfortune`]); then they must hold all the same.

mod check;
mod error;
mod expectation;
mod file;
mod folder;
mod machine;
mod misfortune;
mod receivers;
mod report;
mod run;
mod seen;
mod stage;
#[cfg(test)]
mod tests;
mod verdict;

use engine::Engine;
use model::{Catalogue, CatalogueFile, Problem};

pub use check::Script;
pub use error::PlayError;
pub use folder::{FolderError, read_catalogue, read_tests};
pub use machine::{Dimensions, Machine};
pub use misfortune::{Calm, Misfortune, Moment};
pub use report::Report;
pub use run::{Failure, Played, play, play_all};
pub use stage::Stage;

/// Every mistake in the tests of a catalogue that has none itself.
pub fn problems(catalogue: &Catalogue, files: &[CatalogueFile]) -> Vec<Problem> {
    scripts(catalogue, files).err().unwrap_or_default()
}

/// The JSON Schema of a test file, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(file::TestFile).to_value()
}

/// Reads the tests, with the names of the catalogue at hand.
pub fn scripts(catalogue: &Catalogue, files: &[CatalogueFile]) -> Result<Vec<Script>, Vec<Problem>> {
    let mut engine = Engine::new();
    engine.publish(&Catalogue { version: 1, ..catalogue.clone() })?;
    let (mut scripts, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match check::read(file, &engine) {
            Ok(script) => scripts.push(script),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(scripts) } else { Err(problems) }
}
