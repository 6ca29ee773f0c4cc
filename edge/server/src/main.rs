//! The `throughline` binary: reads the command line and the configuration and runs one command.

mod cli;
mod config;
mod demo;
mod folders;
mod import;
mod logs;
mod offline;
mod online;
mod outside;
mod parity;
mod performer;
mod rehearse;
mod secrets;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, SchemaKind};
use config::{CONFIG_VARIABLE, Config};

#[global_allocator]
static ALLOCATOR: memory::Allocator = memory::Allocator;

fn main() -> ExitCode {
    memory::keep_freed();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("throughline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, anyhow::Error> {
    match cli.command {
        Command::Openapi => println!("{}", serde_json::to_string_pretty(&api::document())?),
        Command::ConfigExample => print!("{}", config::example()),
        Command::ConfigReference => print!("{}", config::reference()),
        Command::Version => println!("throughline {}", env!("CARGO_PKG_VERSION")),
        Command::Schema { kind } => println!("{}", serde_json::to_string_pretty(&schema(kind))?),
        Command::Check { folder } => return offline::check(&folder),
        Command::Test { folder, json } => return offline::test(&folder, json),
        Command::Demo { fresh } => return demo::run(cli.settings, fresh),
        Command::Serve => return online::serve(&load(&cli.settings)?),
        Command::Import(import) => return online::import(&load(&cli.settings)?, &import),
        Command::Publish { folder, to } => return online::publish(&load(&cli.settings)?, &folder, &to),
        Command::Parity(parity) => return online::runtime()?.block_on(parity::run(&parity)),
        Command::Rehearse(asked) => return rehearse::run(&load(&cli.settings)?, &asked),
        Command::Erase { customer, to } => return online::erase(&load(&cli.settings)?, &customer, &to),
        Command::Rebuild { workspace } => {
            return offline::rebuild(&load(&cli.settings)?, workspace.as_deref());
        }
        Command::Verify { workspace } => return offline::verify(&load(&cli.settings)?, workspace.as_deref()),
        Command::Token { name, workspace } => {
            let config = load(&cli.settings)?;
            let token =
                secrets::new_token(&config, folders::workspace(&config, workspace.as_deref())?, &name)?;
            println!("{token}");
            eprintln!("Shown once; only its hash is kept. A running server knows it within a second.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The schema of the files of a kind; null where no capability reads such files.
fn schema(kind: cli::SchemaKind) -> serde_json::Value {
    let file = match kind {
        SchemaKind::Journey => return orchestrate::Journeys::json_schema(),
        SchemaKind::Test => return journey_tests::json_schema(),
        SchemaKind::Channels => "channels.yaml",
        SchemaKind::Content => "content/",
        SchemaKind::Queue => "queues/",
        SchemaKind::Agents => "agents.yaml",
        SchemaKind::Desk => "desk.yaml",
        SchemaKind::Offer => "offers/",
        SchemaKind::Prices => "prices/",
        SchemaKind::Decisions => "decisions.yaml",
        SchemaKind::Schema => "schema.yaml",
        SchemaKind::Segment => "segments/",
    };
    let all = orchestrate::Journeys::json_schemas();
    let all = all.into_iter().chain(adapt::json_schemas()).chain(recognize::json_schemas());
    all.into_iter().find(|(own, _)| *own == file).map(|(_, schema)| schema).unwrap_or_default()
}

fn load(settings: &cli::Settings) -> Result<Config, anyhow::Error> {
    let file = settings.config.clone().or_else(|| std::env::var_os(CONFIG_VARIABLE).map(PathBuf::from));
    Ok(config::load(file.as_deref(), std::env::vars(), settings.overrides())?)
}
