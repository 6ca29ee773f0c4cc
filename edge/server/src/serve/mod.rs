//! The running server: workspaces opened, channels connected, requests answered, and all of it stopped in order.

mod letters;
mod listen;
mod mail;
mod sms;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use api::access::hash;
use api::hooks::HookChannels;
use api::ingest::credential::secret;
use api::pages::Pages;
use api::resources::demo::Devices;
use api::state::{Api, Workspace, now};
use api::tokens::Tokens;
use api::{Server, chat};
use channels::email::{EmailSender, ReplyAddresses};
use channels::letter::LetterBox;
use channels::links::Links;
use channels::signing::Signer;
use channels::sms::SmsSender;
use channels::webchat::Tickets;
use channels::webhook::{EndpointConfig, Secret, WebhookSender, channel_endpoint};
use ledger::RealDisk;
use model::record::SourceRecord;
use model::{Channel, SourceId, WorkspaceName};
use shard::{Driver, LocalHandle, Order, Recovered, Shard, Unreported};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, HookChannel};
use crate::folders::OpenError;
use crate::performer::Performer;
use crate::{folders, secrets};

/// A server that runs.
pub struct Running {
    pub address: SocketAddr,
    pub lmtp: Option<SocketAddr>,
    pub api: Api,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    drivers: Vec<(LocalHandle, Driver)>,
    carriers: Vec<SmsSender>,
}

/// Sockets that are bound before anything else, so that a port in use is told at once.
pub struct Sockets {
    pub http: TcpListener,
    pub lmtp: Option<TcpListener>,
}

impl Sockets {
    pub async fn bind(config: &Config) -> Result<Self, anyhow::Error> {
        let http = bind(config.listen).await?;
        let lmtp = match &config.lmtp {
            Some(lmtp) => Some(bind(lmtp.listen).await?),
            None => None,
        };
        Ok(Self { http, lmtp })
    }
}

/// How long to wait for what a server that was just killed still holds.
const HELD_TIMEOUT: Duration = Duration::from_secs(3);
const HELD_PAUSE: Duration = Duration::from_millis(100);

async fn bind(address: SocketAddr) -> Result<TcpListener, anyhow::Error> {
    let until = Instant::now() + HELD_TIMEOUT;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && Instant::now() < until => {
                tokio::time::sleep(HELD_PAUSE).await;
            }
            bound => {
                return bound.with_context(|| {
                    format!("cannot listen on {address}; is another server running there?")
                });
            }
        }
    }
}

/// Opens a workspace, waiting a little for a server that was just killed to let go of it.
async fn open(config: &Config, name: &WorkspaceName) -> Result<(Shard<RealDisk>, Recovered), anyhow::Error> {
    let until = Instant::now() + HELD_TIMEOUT;
    loop {
        let (config, name) = (config.clone(), name.clone());
        match tokio::task::spawn_blocking(move || folders::open(&config, &name)).await? {
            Err(OpenError::InUse(_)) if Instant::now() < until => tokio::time::sleep(HELD_PAUSE).await,
            opened => return Ok(opened?),
        }
    }
}

/// How long open requests get to finish when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a carrier gets to answer what is on its way to it.
const CARRIER_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts everything; returns when requests are answered.
pub async fn start(
    config: &Config,
    sockets: Sockets,
    demo: Option<Devices>,
) -> Result<Running, anyhow::Error> {
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut drivers = Vec::new();
    let mut workspaces = Vec::new();
    let mut inboxes = Vec::new();
    let mut carriers = Vec::new();
    for name in &config.workspaces {
        let signer = Signer::new(&secrets::link_secret(config, name)?);
        let links = Links::new(signer.clone(), config.public_url(), config.chat_page());
        let replies = reply_addresses(config, &signer);
        let (mut shard, recovered) = open(config, name).await?;
        tracing::info!(workspace = %name, replayed = recovered.replayed, cut_bytes = recovered.cut_bytes, "opened");
        let unfinished = shard.unfinished()?;
        let unreported = shard.unreported()?;
        let (handle, driver, effects) = LocalHandle::start(shard, now);
        drivers.push((handle.clone(), driver));
        let chat_source = ensure_source(&handle, "Links and chat", Channel::WEBCHAT).await?;
        let email_source = ensure_source(&handle, "E-mail", Channel::EMAIL).await?;
        let hooks = hook_channels(config, name, &handle).await?;
        let workspace = Arc::new(Workspace::new(
            name.clone(),
            handle,
            Tickets::new(signer.clone()),
            links.clone(),
            chat_source,
            hooks,
        ));
        workspace.prepare_search();
        let sms = carrier(config, (&workspace, &links), &unreported, &mut tasks).await?;
        carriers.extend(sms.clone());
        let letters = letter_box(config, name, &links)?;
        if let Some(letters) = &letters {
            tasks.spawn(letters::follow_reports(letters.clone(), workspace.clone()));
        }
        let performer = Performer::new(
            workspace.clone(),
            email_sender(config, &signer, links)?,
            sms,
            letters,
            webhooks(config, name)?,
            config,
        );
        tasks.spawn(performer.run(effects, unfinished));
        tasks.spawn(chat::follow_changes(workspace.clone()));
        inboxes.push((replies, workspace.clone(), email_source));
        workspaces.push(workspace);
    }
    let api = Api::new(workspaces, Tokens::open(secrets::tokens_file(config))?, limits(config), demo);
    for workspace in api.workspaces() {
        let sources: Vec<SourceRecord> =
            workspace.handle.view(|view| view.books().sources().cloned().collect()).await?;
        sources.iter().for_each(|source| api.add_source(workspace, source));
    }
    let address = sockets.http.local_addr()?;
    let lmtp = sockets.lmtp.as_ref().map(TcpListener::local_addr).transpose()?;
    if let (Some(listener), Some(settings)) = (sockets.lmtp, &config.lmtp) {
        let trusted = config.email.as_ref().and_then(|email| email.trusted_server.clone());
        tasks.spawn(mail::listen(listener, settings.host_name.clone(), trusted, inboxes, stopping.clone()));
    }
    let server = Server::new(api.clone(), Pages { studio_dir: config.studio_dir.clone() });
    tasks.spawn(listen::accept(sockets.http, server, config.limits.connections_max, stopping));
    Ok(Running { address, lmtp, api, stop, tasks, drivers, carriers })
}

/// The line to the carrier of a workspace's text messages.
async fn carrier(
    config: &Config,
    (workspace, links): (&Arc<Workspace>, &Links),
    unreported: &[Unreported],
    tasks: &mut JoinSet<()>,
) -> Result<Option<SmsSender>, anyhow::Error> {
    let own = config.sms.as_ref().filter(|own| config.is_of(own.workspace.as_ref(), &workspace.name));
    let Some(own) = own else { return Ok(None) };
    let source = ensure_source(&workspace.handle, "SMS", Channel::SMS).await?;
    Ok(Some(sms::connect(own, links.clone(), workspace, source, unreported, tasks)?))
}

/// What one request of a way in may carry.
fn limits(config: &Config) -> api::ingest::Limits {
    api::ingest::Limits {
        event_bytes_max: config.limits.event_bytes_max,
        body_bytes_max: config.limits.batch_bytes_max,
        events_max: config.limits.batch_events_max,
    }
}

impl Running {
    /// Stops taking requests, lets the open ones finish, and makes a last checkpoint.
    pub async fn stop(mut self) {
        self.api.stop();
        // Nobody listens any more only when everything has ended already.
        let _ = self.stop.send(true);
        // The performers and followers end with the shards below.
        let _ = tokio::time::timeout(STOP_TIMEOUT, listen::drained(&self.api)).await;
        for carrier in &self.carriers {
            // What the carrier does not answer in time stays uncertain.
            let _ = tokio::time::timeout(CARRIER_TIMEOUT, carrier.close()).await;
        }
        let drivers = std::mem::take(&mut self.drivers);
        let joined = tokio::task::spawn_blocking(move || {
            for (handle, driver) in drivers {
                handle.stop();
                driver.join();
            }
        });
        if let Err(error) = joined.await {
            tracing::error!(%error, "a shard did not stop in order");
        }
        self.tasks.abort_all();
    }
}

/// The source of this name; made when it is missing. Its write key is kept by nobody: only the server writes to it.
async fn ensure_source(
    handle: &LocalHandle,
    name: &str,
    channel: Channel,
) -> Result<SourceId, anyhow::Error> {
    let wanted = name.to_owned();
    let (found, next) = handle
        .view(move |view| {
            let next = view.books().sources().map(|source| source.id.0).max().unwrap_or(0) + 1;
            (view.source_named(&wanted), next)
        })
        .await?;
    if let Some(id) = found {
        return Ok(id);
    }
    let write_key_hash = hash(&secret("unused_")).to_vec().into();
    let source = SourceRecord { id: SourceId(next), name: name.into(), channel, write_key_hash, priority: 0 };
    handle.order(Order::PutSource { by: "throughline".into(), source }).await?;
    Ok(SourceId(next))
}

fn reply_addresses(config: &Config, signer: &Signer) -> ReplyAddresses {
    match &config.email {
        Some(email) => email.reply_addresses(signer.clone()),
        None => ReplyAddresses::new(signer.clone(), "reply", "throughline.invalid"),
    }
}

fn letter_box(
    config: &Config,
    workspace: &WorkspaceName,
    links: &Links,
) -> Result<Option<LetterBox>, anyhow::Error> {
    let own = config.letters.as_ref().filter(|own| config.is_of(own.workspace.as_ref(), workspace));
    Ok(own.map(|own| LetterBox::new(own.clone(), links.clone())).transpose()?)
}

fn email_sender(
    config: &Config,
    signer: &Signer,
    links: Links,
) -> Result<Option<EmailSender>, anyhow::Error> {
    let sender = config.email.as_ref().map(|email| EmailSender::new(email, signer.clone(), links));
    Ok(sender.transpose()?)
}

fn webhooks(config: &Config, workspace: &WorkspaceName) -> Result<WebhookSender, anyhow::Error> {
    let mut endpoints = BTreeMap::new();
    for own in
        config.webhooks.iter().filter(|own| own.workspace.as_ref().is_none_or(|name| name == workspace))
    {
        let secret = own.secret.0.parse().with_context(|| format!("webhooks.secret of `{}`", own.name))?;
        let endpoint = EndpointConfig {
            url: own.url.to_string(),
            secrets: vec![secret],
            allow_private: own.allow_private,
        };
        endpoints.insert(own.name.clone(), endpoint);
    }
    for own in config.channels.iter().filter(|own| config.is_of(own.workspace.as_ref(), workspace)) {
        let endpoint = EndpointConfig {
            url: own.url.to_string(),
            secrets: vec![channel_secret(own)?],
            allow_private: own.allow_private,
        };
        // Back-office systems and channels share the sender; a mark tells them apart.
        endpoints.insert(channel_endpoint(&own.name), endpoint);
    }
    Ok(WebhookSender::new(endpoints)?)
}

fn channel_secret(own: &HookChannel) -> Result<Secret, anyhow::Error> {
    own.secret.0.parse().with_context(|| format!("channels.secret of `{}`", own.name))
}

/// The channels of a workspace that providers serve, each with a source of its own.
async fn hook_channels(
    config: &Config,
    workspace: &WorkspaceName,
    handle: &LocalHandle,
) -> Result<HookChannels, anyhow::Error> {
    let mut hooks = HookChannels::new();
    for own in config.channels.iter().filter(|own| config.is_of(own.workspace.as_ref(), workspace)) {
        let source = ensure_source(handle, &format!("Channel {}", own.name), own.name.clone()).await?;
        hooks.insert(
            own.name.clone(),
            api::hooks::HookChannel { secrets: vec![channel_secret(own)?], source },
        );
    }
    Ok(hooks)
}

#[cfg(test)]
mod explain_tests;
#[cfg(test)]
mod tests;
