//! Configuration: a TOML file, then environment variables, then flags; checked before anything starts.

mod load;
mod settings;
mod suggest;

use std::net::SocketAddr;
use std::path::PathBuf;

use channels::email::EmailConfig;
use channels::letter::LetterConfig;
use channels::sms::SmsConfig;
use model::{Channel, WorkspaceName};
use serde::Deserialize;
use url::Url;

pub use load::{CONFIG_VARIABLE, load};
pub use settings::{example, reference};

/// Everything a server needs to know before it starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    #[serde(default)]
    pub public_url: Option<Url>,
    #[serde(default)]
    pub chat_page: Option<Url>,
    pub tls_in_front: bool,
    pub data: PathBuf,
    pub keys: PathBuf,
    #[serde(default)]
    pub studio_dir: Option<PathBuf>,
    pub workspaces: Vec<WorkspaceName>,
    pub log: Log,
    #[serde(default)]
    pub email: Option<EmailConfig>,
    #[serde(default)]
    pub lmtp: Option<Lmtp>,
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
    #[serde(default)]
    pub sms: Option<SmsConfig>,
    #[serde(default)]
    pub letters: Option<LetterConfig>,
    #[serde(default)]
    pub channels: Vec<HookChannel>,
    pub limits: Limits,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// Where mail servers hand mail over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lmtp {
    pub listen: SocketAddr,
    pub host_name: String,
}

/// A back-office system that journeys may call by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub name: String,
    pub url: Url,
    pub secret: channels::email::Password,
    /// The workspace whose journeys may call it; absent: all.
    #[serde(default)]
    pub workspace: Option<WorkspaceName>,
    /// Whether the address may be on a private network or this machine.
    #[serde(default)]
    pub allow_private: bool,
}

/// A channel that a provider serves by signed calls, both ways.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookChannel {
    /// As the catalogue's `channels.yaml` calls it.
    pub name: Channel,
    pub url: Url,
    pub secret: channels::email::Password,
    /// The workspace whose channel it is; the first unless stated.
    #[serde(default)]
    pub workspace: Option<WorkspaceName>,
    /// Whether the address may be on a private network or this machine.
    #[serde(default)]
    pub allow_private: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub event_bytes_max: usize,
    pub batch_bytes_max: usize,
    pub batch_events_max: usize,
    pub connections_max: usize,
    pub emails_at_once_max: usize,
    pub webhooks_at_once_max: usize,
}

impl Config {
    /// The address that customers and staff use.
    pub fn public_url(&self) -> Url {
        let own = || format!("http://{}", self.listen).parse().expect("a socket address makes a URL");
        self.public_url.clone().unwrap_or_else(own)
    }

    /// Whether what names `workspace`, or none, belongs to `own`: without a name it is the first's.
    pub fn is_of(&self, workspace: Option<&WorkspaceName>, own: &WorkspaceName) -> bool {
        workspace.or(self.workspaces.first()) == Some(own)
    }

    /// Where links that continue a conversation lead.
    pub fn chat_page(&self) -> Url {
        self.chat_page.clone().unwrap_or_else(|| self.public_url())
    }
}
