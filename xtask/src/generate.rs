//! The studio's types, generated from the server's OpenAPI document: written, or compared with what is there.

use std::fs;
use std::path::PathBuf;

use crate::process::{Failure, Program, failure};
use crate::repository::Repository;

/// What is generated, for the studio's eyes only.
const TYPES: &str = "studio/app/api/__generated__/schema.ts";
const COMMAND: &str = "cargo xtask generate";

/// Writes the types anew.
pub fn write(repository: &Repository) -> Result<(), Failure> {
    crate::node::install(repository, "studio")?;
    repository.cargo(&["build", "--package", "server", "--bin", "throughline"]).run()?;
    let types = generate(repository)?;
    let path = repository.path(TYPES);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failure(format!("{}: {error}", folder.display())))?;
    }
    fs::write(&path, types).map_err(|error| failure(format!("{TYPES}: {error}")))?;
    println!("   wrote {TYPES}");
    Ok(())
}

/// Fails when the types in the tree are not those of the built server.
pub fn check(repository: &Repository) -> Result<(), Failure> {
    let there = fs::read_to_string(repository.path(TYPES))
        .map_err(|error| failure(format!("{TYPES}: {error}; run `{COMMAND}`")))?;
    if there == generate(repository)? {
        return Ok(());
    }
    Err(failure(format!("{TYPES} is not what the API says any more; run `{COMMAND}`")))
}

fn generate(repository: &Repository) -> Result<String, Failure> {
    let document = document(repository)?;
    let studio = repository.path("studio");
    let types = document.with_extension("ts");
    let (from, to) = (document.display().to_string(), types.display().to_string());
    Program::new("npx", &["--no-install", "openapi-typescript", &from, "--output", &to], &studio).output()?;
    fs::read_to_string(&types).map_err(|error| failure(format!("{to}: {error}")))
}

/// The OpenAPI document, as a file in the target folder.
fn document(repository: &Repository) -> Result<PathBuf, Failure> {
    let metadata = repository.metadata()?;
    let binary = metadata
        .binary("server", "debug")
        .ok_or_else(|| failure("the package `server` has no program to ask for the OpenAPI document"))?;
    let text = Program::new(binary, &["openapi"], &repository.root).output()?;
    let path = metadata.target_folder.join("openapi.json");
    fs::write(&path, text).map_err(|error| failure(format!("{}: {error}", path.display())))?;
    Ok(path)
}
