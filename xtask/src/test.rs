//! `cargo xtask test`: the one gate, the same on a laptop and in CI. It stops at the first stage that fails.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::counts::Counts;
use crate::process::{Failure, Program, failure, find};
use crate::repository::{Metadata, Repository};
use crate::{chromium, generate, node, tidy};

/// Seeds that the simulation runs here; its own program runs more by hand.
const SEEDS: &str = "10000";
/// Seeds with which each journey test of the demo brand is played while the server is killed.
const STORY_SEEDS: &str = "50";

struct Gate<'a> {
    repository: &'a Repository,
    metadata: Metadata,
    counts: Counts,
}

struct Stage {
    name: &'static str,
    /// A path without which there is nothing to check yet.
    needs: Option<&'static str>,
    run: fn(&mut Gate) -> Result<(), Failure>,
}

const fn stage(name: &'static str, run: fn(&mut Gate) -> Result<(), Failure>) -> Stage {
    Stage { name, needs: None, run }
}

const fn stage_for(
    path: &'static str,
    name: &'static str,
    run: fn(&mut Gate) -> Result<(), Failure>,
) -> Stage {
    Stage { name, needs: Some(path), run }
}

/// Cheap checks first; what others build on before them. The server embeds the studio, the browser tests and
/// the simulation run the programs that the workspace build leaves behind.
const STAGES: [Stage; 14] = [
    stage("format", format),
    stage("tidy", |gate| tidy::run(gate.repository)),
    stage("deny", deny),
    stage("packages", packages),
    stage("chromium", |gate| {
        let path = chromium::require(gate.repository)?;
        println!("   {}", path.display());
        Ok(())
    }),
    stage_for("sdk/package.json", "sdk", sdk),
    stage_for("studio/package.json", "studio", studio),
    stage("clippy", clippy),
    stage("build", build),
    stage("tests", tests),
    stage_for("edge/server/Cargo.toml", "openapi", |gate| openapi(gate.repository)),
    stage_for("studio/package.json", "generated", |gate| generate::check(gate.repository)),
    stage_for("proof/sim/Cargo.toml", "sim", sim),
    stage_for("proof/stories/package.json", "stories", stories),
];

pub fn run(repository: &Repository, flags: &[String]) -> Result<(), Failure> {
    let chosen = choose(flags)?;
    if chosen.is_empty() {
        STAGES.iter().for_each(|stage| println!("{}", stage.name));
        return Ok(());
    }
    let (present, absent): (Vec<&Stage>, Vec<&Stage>) =
        chosen.into_iter().partition(|stage| stage.needs.is_none_or(|path| repository.path(path).exists()));
    println!("stages: {}", present.iter().map(|stage| stage.name).collect::<Vec<_>>().join(", "));
    for stage in &absent {
        println!("ABSENT: {} ({} does not exist)", stage.name, stage.needs.unwrap_or_default());
    }
    let mut gate = Gate { repository, metadata: repository.metadata()?, counts: Counts::default() };
    let started = Instant::now();
    let outcome = run_stages(&mut gate, &present);
    println!("\n{} in all", seconds(started.elapsed()));
    for stage in &absent {
        println!(
            "ABSENT: {} was not checked, {} does not exist",
            stage.name,
            stage.needs.unwrap_or_default()
        );
    }
    let Counts { passed, mut failed, skipped } = gate.counts;
    if outcome.is_err() && failed == 0 {
        failed = 1; // the stage itself
    }
    println!("{passed} passed, {failed} failed");
    outcome?;
    if failed > 0 || skipped > 0 {
        return Err(failure(format!("{failed} tests failed and {skipped} were skipped; neither may be")));
    }
    Ok(())
}

fn run_stages(gate: &mut Gate, stages: &[&Stage]) -> Result<(), Failure> {
    for stage in stages {
        println!("\n── {}", stage.name);
        let started = Instant::now();
        let outcome = (stage.run)(gate);
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("── {} {verdict} in {}", stage.name, seconds(started.elapsed()));
        outcome.map_err(|error| failure(format!("the stage `{}` failed: {error}", stage.name)))?;
    }
    Ok(())
}

/// All stages without flags, those named after `--only`, none for `--list`.
fn choose(flags: &[String]) -> Result<Vec<&'static Stage>, Failure> {
    let known = || STAGES.iter().map(|stage| stage.name).collect::<Vec<_>>().join(", ");
    match flags {
        [] => Ok(STAGES.iter().collect()),
        [flag] if flag == "--list" => Ok(Vec::new()),
        [flag, names] if flag == "--only" => names
            .split(',')
            .map(|name| {
                let stage = STAGES.iter().find(|stage| stage.name == name);
                stage.ok_or_else(|| failure(format!("there is no stage `{name}`; there are {}", known())))
            })
            .collect(),
        _ => Err(failure(format!("`{}` is not understood; use --list or --only A,B", flags.join(" ")))),
    }
}

/// Rustfmt finds files by their `mod` lines; those of the step kinds stand in a macro.
const STEP_KINDS: &str = "capabilities/orchestrate/src/steps";

fn format(gate: &mut Gate) -> Result<(), Failure> {
    gate.repository.cargo(&["fmt", "--all", "--check"]).run()?;
    let listed =
        fs::read_dir(gate.repository.path(STEP_KINDS)).map_err(|error| failure(error.to_string()))?;
    let mut files: Vec<String> = listed.flatten().map(|file| file.path().display().to_string()).collect();
    files.retain(|file| file.ends_with(".rs"));
    files.sort();
    let mut arguments = vec!["--check", "--edition", "2024"];
    arguments.extend(files.iter().map(String::as_str));
    Program::new("rustfmt", &arguments, &gate.repository.path("")).run()
}

fn deny(gate: &mut Gate) -> Result<(), Failure> {
    if find("cargo-deny").is_none() {
        println!("   SKIPPED: cargo-deny is not installed (`cargo install --locked cargo-deny`).");
        println!(
            "   Licences and banned crates were compared with deny.toml by tidy; advisories were not checked."
        );
        return Ok(());
    }
    gate.repository.cargo(&["deny", "check"]).run()
}

fn packages(gate: &mut Gate) -> Result<(), Failure> {
    let (present, absent) = gate.repository.node_folders();
    if !present.is_empty() {
        node::require(gate.repository)?;
    }
    for folder in absent {
        println!("   ABSENT: {folder}");
    }
    present.into_iter().try_for_each(|folder| node::install(gate.repository, folder))
}

fn sdk(gate: &mut Gate) -> Result<(), Failure> {
    scripts(gate, "sdk", &["build", "test"], &["check", "lint"])
}

fn studio(gate: &mut Gate) -> Result<(), Failure> {
    scripts(gate, "studio", &["check", "lint", "test", "build", "test:browser"], &[])
}

fn stories(gate: &mut Gate) -> Result<(), Failure> {
    scripts(gate, "proof/stories", &["test"], &["check", "lint"])
}

fn scripts(gate: &mut Gate, folder: &str, required: &[&str], others: &[&str]) -> Result<(), Failure> {
    let environment = environment(gate)?;
    let environment: Vec<(&str, &Path)> =
        environment.iter().map(|(name, path)| (*name, path.as_path())).collect();
    node::run_scripts(gate.repository, folder, required, others, &mut gate.counts, &environment)
}

fn clippy(gate: &mut Gate) -> Result<(), Failure> {
    gate.repository
        .cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
        .run()
}

/// Builds programs and tests together, so that the features of outside crates are resolved once and the
/// stages below find everything built.
fn build(gate: &mut Gate) -> Result<(), Failure> {
    gate.repository.cargo(&["build", "--workspace", "--bins", "--tests", "--examples"]).run()
}

fn tests(gate: &mut Gate) -> Result<(), Failure> {
    let mut program = gate.repository.cargo(&["test", "--workspace", "--no-fail-fast"]);
    for (name, path) in environment(gate)? {
        program = program.env(name, path);
    }
    program.run_counted(&mut gate.counts)
}

fn openapi(repository: &Repository) -> Result<(), Failure> {
    let document = generate::document(repository)?;
    let paths = document["paths"].as_object().map_or(0, serde_json::Map::len);
    println!("   {paths} paths");
    if paths > 0 { Ok(()) } else { Err(failure("the OpenAPI document names no paths")) }
}

fn sim(gate: &mut Gate) -> Result<(), Failure> {
    let binary =
        gate.metadata.binary("sim", "debug").ok_or_else(|| failure("the package `sim` has no program"))?;
    Program::new(&binary, &["--seeds", SEEDS], &gate.repository.root).run()?;
    let stories = ["stories", "catalogue", "--seeds", STORY_SEEDS];
    Program::new(&binary, &stories, &gate.repository.root).run()
}

/// What tests of the whole product need to know: the programs and the browser.
fn environment(gate: &Gate) -> Result<Vec<(&'static str, std::path::PathBuf)>, Failure> {
    let mut environment = Vec::new();
    if let Some(browser) = chromium::present()? {
        environment.push(("CHROMIUM", browser));
    }
    if let Some(server) = gate.metadata.binary("server", "debug") {
        environment.push(("THROUGHLINE_BIN", server));
    }
    Ok(environment)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
