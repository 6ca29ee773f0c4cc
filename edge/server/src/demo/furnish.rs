//! The demo brand moves in: its sources, its catalogue, and the purchases of a real sample.

use std::path::Path;
use std::sync::Arc;

use api::access::hash;
use api::state::Workspace;
use journey_tests::read_catalogue;
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, SourceId};
use shard::Order;

use super::Remembered;
use crate::config::Config;
use crate::import::{HttpSink, Job, Sink, run as run_import};
use crate::online::journals;
use crate::serve::Running;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// What the shops, the telephone and the marketplace tell comes through one way in; each event names its channel.
const PLACES: &str = "Shops, telephone and marketplace";

/// Makes the sources, publishes the catalogue and imports the purchases, each once.
pub async fn furnish(
    config: &Config,
    running: &Running,
    remembered: &mut Remembered,
    folder: &Path,
) -> Result<(), anyhow::Error> {
    let workspace = &running.api.workspaces()[0];
    put_source(running, workspace, "Web chat", Channel::WEBCHAT, &remembered.chat_key).await?;
    put_source(running, workspace, "Shop pages", Channel::WEB, &remembered.site_key).await?;
    put_source(running, workspace, PLACES, Channel::SERVER, &remembered.places_key).await?;
    put_source(running, workspace, "CDNOW", Channel::WEB, &remembered.import_key).await?;
    publish(workspace).await?;
    let taken = workspace
        .handle
        .view(|view| {
            let source = view.source_named("CDNOW");
            view.books()
                .accounts()
                .find(|(id, _)| Some(*id) == source)
                .map_or(0, |(_, account)| account.processed)
        })
        .await?;
    if taken >= PURCHASES {
        return Ok(());
    }
    let (data, mapping) = (folder.join("cdnow.txt"), folder.join("cdnow.yaml"));
    std::fs::write(&data, CDNOW_SAMPLE)?;
    std::fs::write(&mapping, CDNOW_MAPPING)?;
    let job = Job { files: vec![data], mapping, journals: journals(config) };
    let mut sink = Sink::Http(HttpSink::new(&format!("http://{}", running.address), &remembered.import_key)?);
    let report = run_import(&job, &mut sink).await?;
    print!("Imported the CDNOW sample through the ordinary import:\n{report}");
    Ok(())
}

/// Purchases in the CDNOW sample.
const PURCHASES: u64 = 6_919;

async fn put_source(
    running: &Running,
    workspace: &std::sync::Arc<Workspace>,
    name: &'static str,
    channel: Channel,
    write_key: &str,
) -> Result<(), anyhow::Error> {
    let sources: Vec<SourceRecord> =
        workspace.handle.view(|view| view.books().sources().cloned().collect()).await?;
    let write_key_hash: Vec<u8> = hash(write_key).to_vec();
    let known = sources.iter().find(|source| source.name == name);
    if known.is_some_and(|source| *source.write_key_hash == write_key_hash) {
        return Ok(());
    }
    let next = || SourceId(sources.iter().map(|source| source.id.0).max().unwrap_or(0) + 1);
    let id = known.map_or_else(next, |source| source.id);
    let source =
        SourceRecord { id, name: name.into(), channel, write_key_hash: write_key_hash.into(), priority: 0 };
    workspace.handle.order(Order::PutSource { by: "demo".into(), source: source.clone() }).await?;
    running.api.add_source(workspace, &source);
    Ok(())
}

/// Publishes the catalogue, from the folder where there is one, if it is not in force already.
async fn publish(workspace: &Arc<Workspace>) -> Result<(), anyhow::Error> {
    let folder = Path::new("catalogue");
    let catalogue = match folder.join("journeys").is_dir() {
        true => read_catalogue(folder)?,
        false => Catalogue {
            version: 0,
            files: CATALOGUE
                .iter()
                .map(|(path, text)| CatalogueFile { path: (*path).into(), text: (*text).into() })
                .collect(),
        },
    };
    let current = workspace.handle.view(|view| view.catalogues()).await??.pop();
    if current.is_some_and(|current| current.files == catalogue.files) {
        return Ok(());
    }
    match workspace.handle.order(Order::Publish { by: "demo".into(), catalogue }).await {
        Err(shard::Refusal::Problems(problems)) => {
            let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::bail!("the catalogue has problems:\n{}", list.join("\n"))
        }
        other => {
            other?;
            workspace.prepare_search();
            Ok(())
        }
    }
}
