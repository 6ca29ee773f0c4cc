//! Journey tests: `tests/*.yaml` in a catalogue folder, played on the real data path over disks in memory.
//!
//! Nothing is sent and nothing is kept: a test publishes the catalogue into a world of its own, lets one customer do
//! what it says, lets time pass, and compares what the journeys did with what it expects.

mod check;
mod expectation;
mod file;
mod report;
mod run;
mod stage;
#[cfg(test)]
mod tests;
mod verdict;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use engine::Engine;
use model::{Catalogue, CatalogueFile, Problem};

use crate::offline::{collect, read_catalogue};
use check::Script;
use report::Report;

/// The folder of a catalogue that holds its tests.
pub const FOLDER: &str = "tests";

/// Runs every test of a catalogue folder.
pub fn test(folder: &Path, json: bool) -> Result<ExitCode, anyhow::Error> {
    let catalogue = read_catalogue(folder)?;
    let files = read_tests(folder)?;
    anyhow::ensure!(
        !files.is_empty(),
        "{} holds no .yaml file; write tests as docs/journeys.md shows",
        folder.join(FOLDER).display()
    );
    let report = match scripts(&catalogue, &files) {
        Ok(scripts) => Report::of(run::all(&catalogue, &scripts)?),
        Err(problems) => Report::refused(problems),
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{report}"),
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tests of a catalogue folder, unread; none where there is no such folder.
pub fn read_tests(folder: &Path) -> Result<Vec<CatalogueFile>, anyhow::Error> {
    let (tests, mut files) = (folder.join(FOLDER), Vec::new());
    if tests.is_dir() {
        collect(folder, &tests, &mut files)
            .with_context(|| format!("cannot read the tests in {}", tests.display()))?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Every mistake in the tests of a catalogue that has none itself.
pub fn problems(catalogue: &Catalogue, files: &[CatalogueFile]) -> Vec<Problem> {
    scripts(catalogue, files).err().unwrap_or_default()
}

/// The JSON Schema of a test file, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(file::TestFile).to_value()
}

/// Reads the tests, with the names of the catalogue at hand.
fn scripts(catalogue: &Catalogue, files: &[CatalogueFile]) -> Result<Vec<Script>, Vec<Problem>> {
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
