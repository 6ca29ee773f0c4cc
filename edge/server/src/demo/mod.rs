//! `throughline demo`: the demo brand in `.demo`, with the customer's mail server, carrier and print shop and the back
//! office as peers on loopback.

mod furnish;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use api::ingest::credential::new_write_key;
use api::resources::demo::{Devices, Shop, Ways};
use channels::email::{EmailConfig, Password, Tls};
use channels::letter::LetterConfig;
use channels::sms::SmsConfig;
use channels::webhook::Secret;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::cli::Settings;
use crate::config::{self, Config, Lmtp, Webhook};
use crate::online::{runtime, stop_signal};
use crate::outside::{answer_calls, bring_letters, carry_replies, carry_texts, receive_mail};
use crate::secrets::{new_token, tokens, write_private};
use crate::serve::{Sockets, start};
use crate::{folders, logs};

const FOLDER: &str = ".demo";
const SHOP_ADDRESS: &str = "Harbour Living <hello@harbour-living.example>";
const REPLY_DOMAIN: &str = "mail.harbour-living.example";
/// The number that its text messages come from, of those that Ofcom keeps for fiction.
const SHOP_NUMBER: &str = "+447700900100";
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
    #[serde(default)]
    places_key: String,
}

impl Remembered {
    fn shop(&self) -> Shop {
        Shop {
            chat_key: self.chat_key.clone(),
            site_key: self.site_key.clone(),
            places_key: self.places_key.clone(),
            address: SHOP_ADDRESS.into(),
            number: SHOP_NUMBER.into(),
        }
    }
}

/// Replies and texts that wait to be carried.
const WRITTEN_MAX: usize = 16;

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
        let peers = Peers::bind().await?;
        let sms = peers.connect(&mut config, &folder)?;
        let mut remembered = remember(&config)?;
        let sockets = Sockets::bind(&config).await?;
        let address = sockets.http.local_addr()?;
        config.listen = address;
        let chat_page = format!(
            "http://{address}/shop.html?device=home&write_key={}&site_key={}",
            remembered.chat_key, remembered.site_key
        );
        config.chat_page = Some(chat_page.parse()?);
        let (replies, outgoing) = mpsc::channel(WRITTEN_MAX);
        let (calls, typed) = mpsc::channel(WRITTEN_MAX);
        let devices = Devices::new(remembered.shop(), Ways { replies, calls });
        let Peers { mail, carrier, office } = peers;
        let running = {
            // The carrier is there first: a server that finds none waits before it tries again.
            tokio::spawn(carry_texts(carrier, sms, typed, devices.clone()));
            start(&config, sockets, Some(devices.clone())).await?
        };
        let lmtp = running.lmtp.context("the demo has an LMTP listener")?;
        let peers = [
            tokio::spawn(receive_mail(mail, devices.clone())),
            tokio::spawn(bring_letters(letters(&folder), folder.join("letter-box"), devices.clone())),
            tokio::spawn(answer_calls(office, OFFICE_SECRET.parse::<Secret>()?, devices.clone())),
            tokio::spawn(carry_replies(outgoing, lmtp, devices)),
        ];
        furnish::furnish(&config, &running, &mut remembered, &folder).await?;
        let studio = format!("http://{address}/");
        println!("Harbour Living is open. Studio: {studio}#token={}", remembered.token);
        println!("Play the customer: {studio}devices#token={}", remembered.token);
        stop_signal().await;
        running.stop().await;
        peers.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(ExitCode::SUCCESS)
    })
}

/// Where the server puts letters for the print shop.
fn letters(folder: &Path) -> PathBuf {
    folder.join("letters")
}

/// The sockets of the world outside.
struct Peers {
    mail: TcpListener,
    carrier: TcpListener,
    office: TcpListener,
}

impl Peers {
    async fn bind() -> std::io::Result<Self> {
        let socket = || TcpListener::bind("127.0.0.1:0");
        Ok(Self { mail: socket().await?, carrier: socket().await?, office: socket().await? })
    }

    /// Points the channels at the peers; returns how the carrier is reached.
    fn connect(&self, config: &mut Config, folder: &Path) -> Result<SmsConfig, anyhow::Error> {
        let sms = account(self.carrier.local_addr()?);
        let office = self.office.local_addr()?;
        config.email = Some(mail_server(self.mail.local_addr()?));
        config.lmtp = Some(Lmtp { listen: "127.0.0.1:0".parse()?, host_name: REPLY_DOMAIN.into() });
        config.sms = Some(sms.clone());
        config.letters = Some(LetterConfig {
            folder: letters(folder),
            sender: vec!["Harbour Living".into(), "Kai 1".into(), "20457 Hamburg".into()],
            report_days: 14,
            workspace: None,
        });
        config.webhooks.retain(|webhook| webhook.name != OFFICE);
        config.webhooks.push(Webhook {
            name: OFFICE.into(),
            url: format!("http://{office}/orders").parse()?,
            secret: Password(OFFICE_SECRET.into()),
            workspace: None,
            allow_private: true,
        });
        Ok(sms)
    }
}

fn mail_server(address: SocketAddr) -> EmailConfig {
    EmailConfig {
        host: address.ip().to_string(),
        port: address.port(),
        tls: Tls::None,
        user: None,
        password: None,
        ca_pem: None,
        from: SHOP_ADDRESS.into(),
        reply_local: "reply".into(),
        reply_domain: REPLY_DOMAIN.into(),
        trusted_server: None,
    }
}

/// The demo's account with the carrier on loopback.
fn account(carrier: SocketAddr) -> SmsConfig {
    SmsConfig {
        host: carrier.ip().to_string(),
        port: carrier.port(),
        tls: Tls::None,
        ca_pem: None,
        system_id: "harbour".into(),
        password: Password("harbour".into()),
        system_type: String::new(),
        source: SHOP_NUMBER.into(),
        alphabet: Default::default(),
        joining: Default::default(),
        window: 10,
        per_second_max: 50,
        message_ids: Default::default(),
        receipt_hours: 72,
        country_code: Some("44".into()),
        workspace: None,
    }
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
    let Remembered { chat_key, site_key, import_key, places_key, .. } = &mut remembered;
    for key in [chat_key, site_key, import_key, places_key] {
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
