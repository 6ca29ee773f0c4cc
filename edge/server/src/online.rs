//! Commands that run the server or speak to one; where none runs, they open the data folder themselves.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use api::state::now;
use journey_tests::read_catalogue;
use model::CustomerId;
use serde_json::json;
use shard::{Driver, LocalHandle, Order};

use crate::cli;
use crate::config::Config;
use crate::import::{DirectSink, HttpSink, Job, Remote, Sink, run as run_import};
use crate::serve::{Running, Sockets, start};
use crate::{folders, logs, secrets};

/// The async runtime of a command.
pub fn runtime() -> Result<tokio::runtime::Runtime, anyhow::Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the async runtime")
}

/// Runs the server until it is told to stop.
pub fn serve(config: &Config) -> Result<ExitCode, anyhow::Error> {
    logs::start(&config.log);
    let made = first_tokens(config)?;
    runtime()?.block_on(async {
        let running = start(config, Sockets::bind(config).await?, None).await?;
        announce(config, &running, &made);
        stop_signal().await;
        tracing::info!("stopping");
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes an admin token for each workspace that has none.
fn first_tokens(config: &Config) -> Result<Vec<(String, String)>, anyhow::Error> {
    let known = secrets::tokens(config)?;
    let missing =
        config.workspaces.iter().filter(|name| !known.iter().any(|token| token.workspace == name.as_str()));
    missing.map(|name| Ok((name.to_string(), secrets::new_token(config, name, "admin")?))).collect()
}

fn announce(config: &Config, running: &Running, made: &[(String, String)]) {
    let studio = match config.public_url {
        Some(ref url) => url.to_string(),
        None => format!("http://{}/", running.address),
    };
    println!("Throughline {} is ready. Studio: {studio}", env!("CARGO_PKG_VERSION"));
    for (workspace, token) in made {
        println!("  token of workspace `{workspace}`, shown once: {token}");
        println!("  sign in: {studio}#token={token}");
    }
}

/// Resolves at SIGTERM or SIGINT.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("the system delivers signals");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A workspace opened for one command.
async fn open(config: &Config, workspace: Option<&str>) -> Result<(LocalHandle, Driver), anyhow::Error> {
    let (shard, _) = folders::open(config, folders::workspace(config, workspace)?)?;
    // Effects stay in the outbox for the next start of the server.
    let (handle, driver, _effects) = LocalHandle::start(shard, now);
    Ok((handle, driver))
}

fn close(handle: &LocalHandle, driver: Driver) {
    handle.stop();
    driver.join();
}

/// Imports files.
pub fn import(config: &Config, import: &cli::Import) -> Result<ExitCode, anyhow::Error> {
    let job =
        Job { files: import.files.clone(), mapping: import.mapping.clone(), journals: journals(config) };
    runtime()?.block_on(async {
        let (mut sink, opened) = match (&import.server, &import.write_key) {
            (Some(server), Some(key)) => (Sink::Http(HttpSink::new(server, key)?), None),
            _ => {
                let (handle, driver) = open(config, import.workspace.as_deref()).await?;
                let sink = DirectSink::new(handle.clone(), &import.source, &config.data).await?;
                (Sink::Direct(sink), Some((handle, driver)))
            }
        };
        let result = run_import(&job, &mut sink).await;
        if let Some((handle, driver)) = opened {
            tokio::task::spawn_blocking(move || close(&handle, driver)).await?;
        }
        print!("{}", result?);
        Ok(ExitCode::SUCCESS)
    })
}

/// Where imports keep their journals: beside the data.
pub fn journals(config: &Config) -> PathBuf {
    config.data.parent().unwrap_or(Path::new(".")).join("imports")
}

/// Publishes a catalogue folder.
pub fn publish(config: &Config, folder: &Path, to: &cli::Destination) -> Result<ExitCode, anyhow::Error> {
    let catalogue = read_catalogue(folder)?;
    runtime()?.block_on(async {
        match Remote::new(to.server.as_deref(), to.token.as_deref())? {
            Some(mut remote) => {
                let answer = remote.post("/api/v1/catalogue", &json!({ "files": catalogue.files })).await?;
                println!("published version {}", answer["version"]);
            }
            None => {
                let (handle, driver) = open(config, to.workspace.as_deref()).await?;
                let published = handle.order(Order::Publish { by: "operator".into(), catalogue }).await;
                tokio::task::spawn_blocking(move || close(&handle, driver)).await?;
                match published {
                    Err(shard::Refusal::Problems(problems)) => {
                        problems.iter().for_each(|problem| println!("{problem}"));
                        return Ok(ExitCode::FAILURE);
                    }
                    other => println!("{:?}", other?),
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Erases a customer.
pub fn erase(config: &Config, customer: &str, to: &cli::Destination) -> Result<ExitCode, anyhow::Error> {
    let id: CustomerId = customer.parse()?;
    runtime()?.block_on(async {
        match Remote::new(to.server.as_deref(), to.token.as_deref())? {
            Some(mut remote) => {
                let path = format!("/api/v1/customers/{id}/erase");
                let answer = remote.post(&path, &json!({ "confirm": customer })).await?;
                println!("erased {id}: {} keys destroyed", answer["strands"]);
            }
            None => {
                let (handle, driver) = open(config, to.workspace.as_deref()).await?;
                let erased = handle.order(Order::Erase { by: "operator".into(), customer: id }).await;
                tokio::task::spawn_blocking(move || close(&handle, driver)).await?;
                if let shard::Done::Erased { strands } = erased? {
                    println!("erased {id}: {} keys destroyed", strands.len());
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
