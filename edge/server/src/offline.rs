//! Commands that work on files alone: checking a catalogue, verifying and rebuilding a workspace.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use engine::Engine;
use model::{Catalogue, CatalogueFile};
use state::{FjallStore, Store};

use crate::config::Config;
use crate::{folders, journey_tests};

/// Folders of a catalogue that hold no definitions: data, and tests, which say nothing to a running server.
const NOT_DEFINITIONS: [&str; 2] = ["data", journey_tests::FOLDER];

/// Reads every definition of a catalogue folder.
pub fn read_catalogue(folder: &Path) -> Result<Catalogue, anyhow::Error> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)
        .with_context(|| format!("cannot read the catalogue {}", folder.display()))?;
    anyhow::ensure!(!files.is_empty(), "{} holds no .yaml file; name a catalogue folder", folder.display());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Catalogue { version: 0, files })
}

/// Adds the `.yaml` and `.mjml` files below `folder`, each by its path below `root`.
pub fn collect(root: &Path, folder: &Path, files: &mut Vec<CatalogueFile>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Ok(below) = path.strip_prefix(root) else { continue };
        if path.is_dir() {
            if !NOT_DEFINITIONS.iter().any(|name| below == Path::new(name)) {
                collect(root, &path, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| ["yaml", "md", "mjml"].iter().any(|own| extension == *own))
        {
            let name = below.to_string_lossy().replace('\\', "/");
            files.push(CatalogueFile { path: name, text: std::fs::read_to_string(&path)? });
        }
    }
    Ok(())
}

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
