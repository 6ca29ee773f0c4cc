//! `cargo xtask demo`: from a fresh clone to a brand one can play with.

use crate::process::{Failure, Program, failure, find};
use crate::repository::Repository;
use crate::{node, repository};

/// Builds the packages, the studio and the server, and becomes `throughline demo`.
pub fn run(repository: &Repository, flags: &[String]) -> Result<(), Failure> {
    require_c_compiler()?;
    node::require(repository)?;
    for folder in repository::NODE_FOLDERS.into_iter().take(2) {
        node::install(repository, folder)?;
        let mut counts = crate::counts::Counts::default();
        node::run_scripts(repository, folder, &["build"], &[], &mut counts, &[])?;
    }
    repository.cargo(&["build", "--release", "--package", "server", "--bin", "throughline"]).run()?;
    let metadata = repository.metadata()?;
    let binary = metadata
        .binary("server", "release")
        .ok_or_else(|| failure("the package `server` has no program; `throughline` is built from it"))?;
    let mut arguments = vec!["demo"];
    arguments.extend(flags.iter().map(String::as_str));
    Err(Program::new(binary, &arguments, &repository.root).become_it())
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
