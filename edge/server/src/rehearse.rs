//! `throughline rehearse`: asks a running server, or reads the data folder, and prints what would have been different.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use api::resources::rehearsals::Rehearsal;
use api::state::now;
use journey_tests::read_catalogue;
use model::Timestamp;
use serde_json::{Value, json};
use shard::{RehearsalError, Script};

use crate::cli;
use crate::config::Config;
use crate::folders;
use crate::import::Remote;
use crate::online;

/// Customers and lines of each that are printed.
const CUSTOMERS_SHOWN: usize = 5;
const LINES_SHOWN: usize = 12;
/// Pauses between two looks at a server's rehearsal.
const ASK_AGAIN: Duration = Duration::from_millis(300);

pub fn run(config: &Config, asked: &cli::Rehearse) -> Result<ExitCode, anyhow::Error> {
    let files = read_catalogue(&asked.folder)?;
    let start = Instant::now();
    let answer = match Remote::new(asked.at.server.as_deref(), asked.at.token.as_deref())? {
        Some(mut remote) => {
            let body = json!({
                "files": files.files, "from": asked.from, "to": asked.to, "sample": asked.sample,
                "segment": asked.segment,
            });
            online::runtime()?.block_on(there(&mut remote, &body))?
        }
        None => {
            let script = Script {
                draft: files,
                from: asked.from.unwrap_or(Timestamp(0)),
                to: asked.to.unwrap_or_else(now),
                sample: asked.sample,
                segment: asked.segment.clone(),
            };
            match here(config, asked, &script)? {
                Ok(answer) => answer,
                Err(RehearsalError::Problems(problems)) => {
                    problems.iter().for_each(|problem| println!("{problem}"));
                    return Ok(ExitCode::FAILURE);
                }
                Err(other) => return Err(other.into()),
            }
        }
    };
    if asked.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        print!("{}", told(&answer));
        println!("in {:.1} s; nothing was sent", start.elapsed().as_secs_f64());
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks a running server, and waits until it is done.
async fn there(remote: &mut Remote, body: &Value) -> Result<Value, anyhow::Error> {
    let mut job = remote.post("/api/v1/rehearsals", body).await?;
    loop {
        let id = job["id"].as_str().unwrap_or_default().to_owned();
        match job["state"].as_str() {
            Some("running") => tokio::time::sleep(ASK_AGAIN).await,
            Some("done") => return Ok(job["outcome"].take()),
            _ => anyhow::bail!("{}", job["failure"].as_str().unwrap_or("the rehearsal was cancelled")),
        }
        job = remote.get(&format!("/api/v1/rehearsals/{id}")).await?;
    }
}

/// Rehearses on the data folder, while no server runs.
fn here(
    config: &Config,
    asked: &cli::Rehearse,
    script: &Script,
) -> Result<Result<Value, RehearsalError>, anyhow::Error> {
    let name = folders::workspace(config, asked.at.workspace.as_deref())?;
    let (mut shard, _) = folders::open(config, name)?;
    let (reader, keys) = (shard.view().ledger(), shard.keys().clone());
    let mut shown = 0;
    let progress = |records: u64| {
        const EVERY: u64 = 1_000_000;
        if records / EVERY > shown {
            shown = records / EVERY;
            eprintln!("{shown} million records");
        }
        ControlFlow::Continue(())
    };
    Ok(match shard::rehearse(&reader, &keys, script, progress) {
        Ok(report) => Ok(serde_json::to_value(Rehearsal::from(report))?),
        Err(error) => Err(error),
    })
}

/// The answer as people read it.
fn told(answer: &Value) -> String {
    let mut text = String::new();
    let mut line = |written: String| {
        text.push_str(&written);
        text.push('\n');
    };
    for journey in answer["journeys"].as_array().into_iter().flatten() {
        let (published, draft) = (&journey["published"], &journey["draft"]);
        line(journey["name"].as_str().unwrap_or_default().to_owned());
        line(format!("  entered     {} → {}", published["entered"], draft["entered"]));
        for group in ["not_entered", "steps", "messages", "held", "ended"] {
            for (name, before, after) in pairs(&published[group], &draft[group]) {
                line(format!("  {group:<12}{name}: {before} → {after}"));
            }
        }
        let uncovered: Vec<&str> =
            journey["uncovered"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !uncovered.is_empty() {
            line(format!("  nobody reached {}", uncovered.join(", ")));
        }
    }
    for customer in answer["differences"].as_array().into_iter().flatten().take(CUSTOMERS_SHOWN) {
        line(customer["customer"].as_str().unwrap_or_default().to_owned());
        for (mark, side) in [("-", "published"), ("+", "draft")] {
            for said in customer[side].as_array().into_iter().flatten().take(LINES_SHOWN) {
                let (time, sentence) = (&said["time"], &said["sentence"]);
                let [time, sentence] = [time, sentence].map(|own| own.as_str().unwrap_or_default());
                line(format!("  {mark} {time} {sentence}"));
            }
        }
    }
    let _ = writeln!(
        text,
        "{} records, {} customers, of whom {} would have seen something else",
        answer["records"], answer["customers"], answer["different"]
    );
    text
}

/// Counts of both sides by name, those of either.
fn pairs(published: &Value, draft: &Value) -> Vec<(String, u64, u64)> {
    let count = |side: &Value, name: &str| side[name].as_u64().unwrap_or(0);
    let names =
        |side: &Value| side.as_object().into_iter().flat_map(|own| own.keys().cloned()).collect::<Vec<_>>();
    let mut all = [names(published), names(draft)].concat();
    all.sort();
    all.dedup();
    all.into_iter()
        .map(|name| {
            let (before, after) = (count(published, &name), count(draft, &name));
            (name, before, after)
        })
        .collect()
}
