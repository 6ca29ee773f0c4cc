//! Commands that work on files alone: checking a catalogue, verifying and rebuilding a workspace.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use engine::Engine;
use journey_tests::{Report, read_catalogue};
use state::{FjallStore, Store};

use crate::config::Config;
use crate::folders;

/// Prints every problem of a catalogue; where it has none, those of its tests, which go by its names.
pub fn check(folder: &Path) -> Result<ExitCode, anyhow::Error> {
    let catalogue = read_catalogue(folder)?;
    let tests = journey_tests::read_tests(folder)?;
    let problems = match Engine::check(&catalogue) {
        Ok(()) => journey_tests::problems(&catalogue, &tests),
        Err(problems) => problems,
    };
    if problems.is_empty() {
        println!("{} files, no problems", catalogue.files.len() + tests.len());
        return Ok(ExitCode::SUCCESS);
    }
    problems.iter().for_each(|problem| println!("{problem}"));
    println!("{} problems", problems.len());
    Ok(ExitCode::FAILURE)
}

/// Runs every test of a catalogue folder.
pub fn test(folder: &Path, json: bool) -> Result<ExitCode, anyhow::Error> {
    let catalogue = read_catalogue(folder)?;
    let files = journey_tests::read_tests(folder)?;
    let tests = folder.join("tests");
    anyhow::ensure!(
        !files.is_empty(),
        "{} holds no .yaml file; write tests as docs/journeys.md shows",
        tests.display()
    );
    let report = match journey_tests::scripts(&catalogue, &files) {
        Ok(scripts) => Report::of(journey_tests::play_all(&catalogue, &scripts)?),
        Err(problems) => Report::refused(problems),
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{report}"),
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Derives the state anew.
pub fn rebuild(config: &Config, workspace: Option<&str>) -> Result<ExitCode, anyhow::Error> {
    let name = folders::workspace(config, workspace)?;
    let start = Instant::now();
    let (shard, _) = folders::open(config, name)?;
    let mut rebuilt = shard.rebuild()?;
    println!("{name}: rebuilt in {:.1} s, state {}", start.elapsed().as_secs_f64(), rebuilt.state_hash()?);
    Ok(ExitCode::SUCCESS)
}

/// Checks the ledger's chain, replays it beside the state, and compares.
pub fn verify(config: &Config, workspace: Option<&str>) -> Result<ExitCode, anyhow::Error> {
    let name = folders::workspace(config, workspace)?;
    let start = Instant::now();
    let (shard, _) = folders::open(config, name)?;
    let scratch = folders::Folders::of(config, name).state.with_extension("verify");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    let store: Arc<dyn Store> = Arc::new(FjallStore::open(&scratch)?);
    let result = shard.verify(store);
    std::fs::remove_dir_all(&scratch)?;
    let (ledger, there, replayed) = result?;
    println!("{name}: the ledger is whole: {ledger:?}");
    println!("{name}: state {there}, replayed {replayed}, in {:.1} s", start.elapsed().as_secs_f64());
    if there == replayed {
        println!("{name}: the state is what the ledger gives");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{name}: the state differs from what the ledger gives; `throughline rebuild` derives it anew");
    Ok(ExitCode::FAILURE)
}
