//! `cargo xtask demo`: from a fresh clone to a brand one can play with.

use std::path::PathBuf;

use crate::counts::Counts;
use crate::node;
use crate::process::{Failure, Program, failure, find};
use crate::repository::Repository;

/// Builds everything and becomes `throughline demo`.
pub fn run(repository: &Repository, flags: &[String]) -> Result<(), Failure> {
    let binary = build(repository)?;
    let mut arguments = vec!["demo"];
    arguments.extend(flags.iter().map(String::as_str));
    Err(Program::new(binary, &arguments, &repository.root).become_it())
}

/// Builds the packages, the studio and, with them inside, the server; returns its program.
pub fn build(repository: &Repository) -> Result<PathBuf, Failure> {
    require_c_compiler()?;
    node::require(repository)?;
    for folder in ["sdk", "studio"] {
        node::install(repository, folder)?;
        node::run_scripts(repository, folder, &["build"], &[], &mut Counts::default(), &[])?;
    }
    repository.cargo(&["build", "--release", "--package", "server", "--bin", "throughline"]).run()?;
    let binary = repository.metadata()?.binary("server", "release");
    binary.ok_or_else(|| failure("the package `server` has no program; `throughline` is built from it"))
}

fn require_c_compiler() -> Result<(), Failure> {
    let named = std::env::var("CC").ok().filter(|name| !name.is_empty());
    if named.is_some() || cfg!(windows) || ["cc", "gcc", "clang"].iter().any(|name| find(name).is_some()) {
        return Ok(());
    }
    Err(failure(
        "a C compiler is missing: install one (Debian: `apt-get install build-essential`; Fedora: `dnf install gcc`; \
         macOS: `xcode-select --install`) or name it in the environment variable CC",
    ))
}
