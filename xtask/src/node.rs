//! Node and npm: installing what a lock file names, running the scripts of a package.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::counts::Counts;
use crate::process::{Failure, Program, failure, find};
use crate::repository::Repository;

/// What vite and the test runners ask for.
const NODE_MIN: (u32, u32) = (20, 19);

/// Lines of npm's complaint that are shown; its usage follows.
const COMPLAINT_LINES_MAX: usize = 15;

/// Stops with what to install when Node is missing or too old.
pub fn require(repository: &Repository) -> Result<(), Failure> {
    let (major, minor) = NODE_MIN;
    let install = format!(
        "install Node {major}.{minor} or later with npm (https://nodejs.org, or the system's package manager)"
    );
    if find("node").is_none() || find(npm()).is_none() {
        return Err(failure(format!("Node is missing: {install}")));
    }
    let version = Program::new("node", &["--version"], &repository.root).output()?;
    if parse_version(&version).is_some_and(|version| version >= NODE_MIN) {
        return Ok(());
    }
    Err(failure(format!("Node {} is too old: {install}", version.trim())))
}

/// Reads `v20.19.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Installs the packages of a folder, unless they are there and the lock file is still the one they came from.
pub fn install(repository: &Repository, folder: &str) -> Result<(), Failure> {
    let place = repository.path(folder);
    let lock = fs::read(place.join("package-lock.json"))
        .map_err(|error| failure(format!("{folder}/package-lock.json: {error}; run `npm install` there")))?;
    let installed = place.join("node_modules/.installed-from-lock.json");
    if fs::read(&installed).is_ok_and(|before| before == lock) {
        println!("   {folder}: packages are up to date");
        return Ok(());
    }
    println!("   {folder}: installing packages");
    let installed_now =
        Program::new(npm(), &["ci", "--no-audit", "--no-fund", "--ignore-scripts"], &place).output();
    installed_now.map_err(|error| {
        let text = error.to_string();
        let shown: Vec<&str> = text.lines().take(COMPLAINT_LINES_MAX).collect();
        failure(format!("{folder}: {}", shown.join("\n")))
    })?;
    fs::create_dir_all(place.join("node_modules"))
        .and_then(|()| fs::write(&installed, lock))
        .map_err(|error| failure(format!("{}: {error}", installed.display())))
}

/// Runs scripts of a package one after the other. `required` ones must be there, `others` run if they are.
pub fn run_scripts(
    repository: &Repository,
    folder: &str,
    required: &[&str],
    others: &[&str],
    counts: &mut Counts,
    environment: &[(&str, &Path)],
) -> Result<(), Failure> {
    let there = scripts(repository, folder)?;
    if let Some(missing) = required.iter().find(|script| !there.iter().any(|name| name == *script)) {
        return Err(failure(format!("{folder}/package.json has no script `{missing}`; the gate needs it")));
    }
    for script in others.iter().chain(required) {
        if !there.iter().any(|name| name == script) {
            println!("   {folder} has no script `{script}`");
            continue;
        }
        let arguments = ["run", "--silent", script];
        // With CI set no runner watches files or waits for a key.
        let mut program = Program::new(npm(), &arguments, &repository.path(folder)).env("CI", "1");
        for (name, value) in environment {
            program = program.env(name, value);
        }
        program.run_counted(counts).map_err(|error| failure(format!("{folder}: {error}")))?;
    }
    Ok(())
}

fn scripts(repository: &Repository, folder: &str) -> Result<Vec<String>, Failure> {
    let path = repository.path(folder).join("package.json");
    let text = fs::read_to_string(&path).map_err(|error| failure(format!("{}: {error}", path.display())))?;
    let package: Value =
        serde_json::from_str(&text).map_err(|error| failure(format!("{}: {error}", path.display())))?;
    Ok(package["scripts"].as_object().into_iter().flat_map(|scripts| scripts.keys().cloned()).collect())
}

fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert!(parse_version("v20.19.0\n").unwrap() >= NODE_MIN);
        assert!(parse_version("v22.1.0").unwrap() >= NODE_MIN);
        assert!(parse_version("v20.9.0").unwrap() < NODE_MIN);
        assert_eq!(parse_version("nightly"), None);
    }
}
