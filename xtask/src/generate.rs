//! What is generated from the server's OpenAPI document: the copy the studio is built with, and its types.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::counts::Counts;
use crate::node;
use crate::process::{Failure, Program, failure};
use crate::repository::Repository;

const DOCUMENT: &str = "studio/openapi.json";
const TYPES: &str = "studio/app/api/__generated__/schema.ts";
const REMEDY: &str = "run `cargo xtask generate`";

/// Writes both anew, from a server built for it.
pub fn write(repository: &Repository) -> Result<(), Failure> {
    node::require(repository)?;
    node::install(repository, "studio")?;
    repository.cargo(&["build", "--package", "server", "--bin", "throughline"]).run()?;
    let document = serde_json::to_string_pretty(&document(repository)?).expect("a JSON value is writable");
    store(repository.path(DOCUMENT), &format!("{document}\n"))?;
    write_types(repository)?;
    println!("   wrote {DOCUMENT} and {TYPES}");
    Ok(())
}

/// Fails when the tree holds something else than the built server would give.
pub fn check(repository: &Repository) -> Result<(), Failure> {
    let stored: Value = serde_json::from_str(&read(repository, DOCUMENT)?)
        .map_err(|error| failure(format!("{DOCUMENT} is not JSON: {error}; {REMEDY}")))?;
    if stored != document(repository)? {
        return Err(failure(format!("{DOCUMENT} is not what `throughline openapi` prints; {REMEDY}")));
    }
    // The studio's own script generates in place, so the file is put back whatever comes out.
    let before = read(repository, TYPES)?;
    let written = write_types(repository);
    let after = read(repository, TYPES)?;
    store(repository.path(TYPES), &before)?;
    written?;
    if before == after {
        return Ok(());
    }
    Err(failure(format!("{TYPES} is not what {DOCUMENT} says; {REMEDY}")))
}

/// The OpenAPI document of the built server.
pub fn document(repository: &Repository) -> Result<Value, Failure> {
    let binary = repository
        .metadata()?
        .binary("server", "debug")
        .ok_or_else(|| failure("the package `server` has no program to ask for the OpenAPI document"))?;
    let text = Program::new(binary, &["openapi"], &repository.root).output()?;
    serde_json::from_str(&text).map_err(|error| {
        failure(format!("`throughline openapi` printed something that is not JSON: {error}"))
    })
}

fn write_types(repository: &Repository) -> Result<(), Failure> {
    node::run_scripts(repository, "studio", &["generate"], &[], &mut Counts::default(), &[])
}

fn read(repository: &Repository, path: &str) -> Result<String, Failure> {
    fs::read_to_string(repository.path(path)).map_err(|error| failure(format!("{path}: {error}; {REMEDY}")))
}

fn store(path: PathBuf, text: &str) -> Result<(), Failure> {
    fs::write(&path, text).map_err(|error| failure(format!("{}: {error}", path.display())))
}
