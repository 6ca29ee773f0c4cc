//! Tasks of this repository. `cargo xtask` without a task lists them.

mod chromium;
mod counts;
mod demo;
mod generate;
mod node;
mod process;
mod repository;
mod shots;
mod test;
mod tidy;

use std::process::ExitCode;

use process::{Failure, failure};
use repository::Repository;

const USAGE: &str = "cargo xtask TASK

  demo [FLAGS]        build everything and open the demo brand; FLAGS go to `throughline demo`
  test                the one gate, the same on a laptop and in CI
  test --only A,B     these stages of it alone; `test --list` names them
  tidy                the rules of the house that no compiler checks
  generate            rewrite what is generated from the OpenAPI document
  shots               pictures of every page of the studio, in target/shots
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((task, flags)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(());
    };
    let repository = Repository::here();
    match task.as_str() {
        "demo" => demo::run(&repository, flags),
        "test" => test::run(&repository, flags),
        "tidy" => tidy::run(&repository),
        "shots" => shots::run(&repository),
        "generate" => generate::write(&repository),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => Err(failure(format!("there is no task `{unknown}`\n\n{USAGE}"))),
    }
}
