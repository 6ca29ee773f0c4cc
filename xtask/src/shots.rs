//! `cargo xtask shots`: pictures of every page of the studio over a fresh demo, in `target/shots/`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::process::{Failure, Program, failure};
use crate::repository::Repository;
use crate::{chromium, demo, node};

const SCRIPT: &str = "xtask/shots.mjs";

/// Starts a demo of its own, lets the script photograph it, and stops it.
pub fn run(repository: &Repository) -> Result<(), Failure> {
    let browser = chromium::require(repository)?;
    let binary = demo::build(repository)?;
    let metadata = repository.metadata()?;
    let pictures = metadata.target_folder.join("shots");
    let home = pictures.join("home");
    // A page that is gone must not leave its picture behind.
    let _ = fs::remove_dir_all(&pictures);
    fs::create_dir_all(&home).map_err(|error| failure(format!("{}: {error}", home.display())))?;
    let server = Command::new(&binary)
        .args(["demo", "--fresh", "--listen", "127.0.0.1:0"])
        .current_dir(&home)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failure(format!("{}: {error}", binary.display())))?;
    let mut server = Stopped(server);
    let address = studio_address(&mut server.0)?;
    let pictures = pictures.display().to_string();
    node::require(repository)?;
    Program::new("node", &[SCRIPT, &address, &pictures], &repository.root).env("CHROMIUM", browser).run()
}

/// Reads what the demo says at its start until it names the studio.
fn studio_address(server: &mut Child) -> Result<String, Failure> {
    let output = server.stdout.take().expect("stdout was piped at its start");
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| failure(format!("reading from the demo: {error}")))?;
        println!("   {line}");
        if let Some((_, address)) = line.split_once("Studio: ") {
            return Ok(address.trim().to_owned());
        }
    }
    Err(failure("the demo ended without naming its studio"))
}

/// A server that does not outlive its pictures.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
