//! `throughline demo`: the demo brand in `.demo`, with the customer's mailbox and the back office as peers on loopback.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use api::access::hash;
use api::ingest::credential::new_write_key;
use api::resources::demo::Devices;
use api::state::Workspace;
use channels::email::{EmailConfig, Password, Tls};
use channels::letter::LetterConfig;
use channels::webhook::Secret;
use journey_tests::read_catalogue;
use model::record::SourceRecord;
use model::{Catalogue, CatalogueFile, Channel, SourceId};
use serde::{Deserialize, Serialize};
use shard::Order;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::cli::Settings;
use crate::config::{self, Config, Lmtp, Webhook};
use crate::import::{HttpSink, Job, Sink, run as run_import};
use crate::online::{journals, runtime, stop_signal};
use crate::outside::{answer_calls, carry_replies, receive_mail};
use crate::secrets::{new_token, tokens, write_private};
use crate::serve::{Running, Sockets, start};
use crate::{folders, logs};

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

const FOLDER: &str = ".demo";
const SHOP_ADDRESS: &str = "Harbour Living <hello@harbour-living.example>";
const REPLY_DOMAIN: &str = "mail.harbour-living.example";
/// The endpoint that the demo's journeys call.
const OFFICE: &str = "back-office";
/// Signs the calls to the demo's back office, on loopback.
const OFFICE_SECRET: &str = "whsec_dGhlIGRlbW8ncyBiYWNrIG9mZmljZSBrbm93cyB0aGlz";

/// What the demo must remember from one start to the next. It guards nothing but made-up customers.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Remembered {
    token: String,
    chat_key: String,
    site_key: String,
    import_key: String,
}

/// Replies that wait for the postman.
const REPLIES_MAX: usize = 16;

/// Runs the demo until it is told to stop.
pub fn run(settings: Settings, fresh: bool) -> Result<ExitCode, anyhow::Error> {
    let folder = std::env::current_dir()?.join(FOLDER);
    if fresh && folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
    }
    let mut overrides = vec![
        ("data", folder.join("data").display().to_string()),
        ("keys", folder.join("keys").display().to_string()),
        ("log.level", "warn".into()),
    ];
    overrides.extend(settings.overrides());
    let mut config = config::load(settings.config.as_deref(), std::env::vars(), overrides)?;
    logs::start(&config.log);
    runtime()?.block_on(async {
        let mail = TcpListener::bind("127.0.0.1:0").await?;
        let office = TcpListener::bind("127.0.0.1:0").await?;
        connect(&mut config, mail.local_addr()?, office.local_addr()?)?;
        config.letters.get_or_insert_with(|| print_shop(&folder));
        let mut remembered = remember(&config)?;
        let sockets = Sockets::bind(&config).await?;
        let address = sockets.http.local_addr()?;
        config.listen = address;
        let chat_page = format!(
            "http://{address}/shop.html?device=home&write_key={}&site_key={}",
            remembered.chat_key, remembered.site_key
        );
        config.chat_page = Some(chat_page.parse()?);
        let (outgoing, replies) = mpsc::channel(REPLIES_MAX);
        let devices = Devices::new(
            remembered.chat_key.clone(),
            remembered.site_key.clone(),
            SHOP_ADDRESS.into(),
            outgoing,
        );
        let running = start(&config, sockets, Some(devices.clone())).await?;
        let lmtp = running.lmtp.context("the demo has an LMTP listener")?;
        let peers = [
            tokio::spawn(receive_mail(mail, devices.clone())),
            tokio::spawn(answer_calls(office, OFFICE_SECRET.parse::<Secret>()?)),
            tokio::spawn(carry_replies(replies, lmtp, devices)),
        ];
        furnish(&config, &running, &mut remembered, &folder).await?;
        let studio = format!("http://{address}/");
        println!("Harbour Living is open. Studio: {studio}#token={}", remembered.token);
        println!("Play the customer: {studio}devices#token={}", remembered.token);
        stop_signal().await;
        running.stop().await;
        peers.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(ExitCode::SUCCESS)
    })
}

/// Letters stay in a folder of the demo, to be looked at.
fn print_shop(folder: &Path) -> LetterConfig {
    LetterConfig {
        folder: folder.join("letters"),
        sender: vec!["Harbour Living".into(), "Kai 1".into(), "20457 Hamburg".into()],
        report_days: 14,
        workspace: None,
    }
}

/// Points the channels at the peers.
fn connect(config: &mut Config, mail: SocketAddr, office: SocketAddr) -> Result<(), anyhow::Error> {
    config.email = Some(EmailConfig {
        host: mail.ip().to_string(),
        port: mail.port(),
        tls: Tls::None,
        user: None,
        password: None,
        ca_pem: None,
        from: SHOP_ADDRESS.into(),
        reply_local: "reply".into(),
        reply_domain: REPLY_DOMAIN.into(),
        trusted_server: None,
    });
    config.lmtp = Some(Lmtp { listen: "127.0.0.1:0".parse()?, host_name: REPLY_DOMAIN.into() });
    config.webhooks.retain(|webhook| webhook.name != OFFICE);
    config.webhooks.push(Webhook {
        name: OFFICE.into(),
        url: format!("http://{office}/orders").parse()?,
        secret: Password(OFFICE_SECRET.into()),
        workspace: None,
        allow_private: true,
    });
    Ok(())
}

/// Reads what earlier starts left, and makes what is missing.
fn remember(config: &Config) -> Result<Remembered, anyhow::Error> {
    let path = remembered_file(config);
    let mut remembered: Remembered =
        std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let sha256 = api::access::hash_hex(&remembered.token);
    if !tokens(config)?.iter().any(|token| token.sha256 == sha256) {
        remembered.token = new_token(config, &config.workspaces[0], "demo")?;
    }
    for key in [&mut remembered.chat_key, &mut remembered.site_key, &mut remembered.import_key] {
        if key.is_empty() {
            *key = new_write_key();
        }
    }
    folders::private_folder(&config.keys)?;
    write_private(&path, &serde_json::to_vec_pretty(&remembered)?)?;
    Ok(remembered)
}

fn remembered_file(config: &Config) -> PathBuf {
    config.keys.join("demo.json")
}

/// Makes the sources, publishes the catalogue and imports the purchases, each once.
async fn furnish(
    config: &Config,
    running: &Running,
    remembered: &mut Remembered,
    folder: &Path,
) -> Result<(), anyhow::Error> {
    let workspace = &running.api.workspaces()[0];
    put_source(running, workspace, "Web chat", Channel::WEBCHAT, &remembered.chat_key).await?;
    put_source(running, workspace, "Shop pages", Channel::WEB, &remembered.site_key).await?;
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
async fn publish(workspace: &std::sync::Arc<Workspace>) -> Result<(), anyhow::Error> {
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
