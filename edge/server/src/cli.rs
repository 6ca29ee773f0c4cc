//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::Timestamp;

/// One thread per customer, on every channel.
#[derive(Debug, Parser)]
#[command(name = "throughline", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

/// Settings that stand over the file and the environment.
#[derive(Debug, Args)]
pub struct Settings {
    /// The configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen, such as 127.0.0.1:7171.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The folder of ledgers and state.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<String>,
    /// The folder of keys, apart from the data.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub keys: Option<String>,
    /// Serve the studio from this folder.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub studio_dir: Option<String>,
    /// text or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve,
    /// Run the demo brand in `.demo`, with a mailbox and a back office to play with.
    Demo {
        /// Begin anew: delete `.demo` first.
        #[arg(long)]
        fresh: bool,
    },
    /// Import files: CSV, JSON Lines, Parquet or words.
    Import(Import),
    /// Publish a catalogue folder.
    Publish {
        folder: PathBuf,
        #[command(flatten)]
        to: Destination,
    },
    /// Check a catalogue folder without publishing it.
    Check { folder: PathBuf },
    /// Run the journey tests of a catalogue folder, `tests/*.yaml`; nothing is sent.
    Test {
        folder: PathBuf,
        /// Print what became of them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask for the prices and offers of the same customers on every channel, and report any difference.
    Parity(Parity),
    /// Take recorded history through a catalogue folder, beside what really happened; nothing is sent.
    Rehearse(Rehearse),
    /// Erase a customer: destroys the keys of everything personal about them.
    Erase {
        customer: String,
        #[command(flatten)]
        to: Destination,
    },
    /// Derive a workspace's state anew from its ledger.
    Rebuild {
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Check a workspace's ledger and compare its state with a replay.
    Verify {
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Make a new token for the studio and the API.
    Token {
        #[arg(long, default_value = "admin")]
        name: String,
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Print a configuration file with every setting.
    ConfigExample,
    /// Print the tables of docs/configuration.md.
    #[command(hide = true)]
    ConfigReference,
    /// Print a JSON Schema of catalogue files.
    Schema { kind: SchemaKind },
    /// Print the version.
    Version,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SchemaKind {
    Journey,
    Test,
    Channels,
    Content,
    Queue,
    Agents,
    Desk,
    Offer,
    Prices,
    Decisions,
    Schema,
    Segment,
}

/// A running server, or else the data folder.
#[derive(Debug, Args)]
pub struct Destination {
    /// A running server; without it the data folder is opened, while no server runs.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// A token of the running server.
    #[arg(long, requires = "server")]
    pub token: Option<String>,
    #[arg(long)]
    pub workspace: Option<String>,
}

/// What is compared.
#[derive(Debug, Args)]
pub struct Parity {
    /// A running server.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7171")]
    pub server: String,
    /// A token that may `engage` and `catalogue_read`.
    #[arg(long)]
    pub token: String,
    /// A customer by an identifier, such as `email=ada@example.com`; may be given again.
    #[arg(long, required = true, value_name = "NAMESPACE=VALUE")]
    pub customer: Vec<String>,
    /// A product; all of the price book unless given.
    #[arg(long)]
    pub product: Vec<String>,
    /// A placement; all of the offers' unless given.
    #[arg(long)]
    pub placement: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Rehearse {
    pub folder: PathBuf,
    /// When the draft comes into force, such as 2026-11-01T00:00:00Z; at the first event unless stated.
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// When the rehearsal ends; now unless stated.
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
    /// Of a hundred customers, how many take part.
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    pub sample: u8,
    /// Only customers who are in this segment when the period begins.
    #[arg(long)]
    pub segment: Option<String>,
    /// Print all of it as JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub at: Destination,
}

#[derive(Debug, Args)]
pub struct Import {
    /// Files, or folders of files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The mapping (docs/import.md).
    #[arg(long)]
    pub mapping: PathBuf,
    /// A running server; without it the data folder is opened, while no server runs.
    #[arg(long, value_name = "URL", requires = "write_key")]
    pub server: Option<String>,
    /// The write key of the source on that server.
    #[arg(long, requires = "server")]
    pub write_key: Option<String>,
    /// The source's name, when the data folder is opened; made if it is missing.
    #[arg(long, default_value = "Import")]
    pub source: String,
    #[arg(long)]
    pub workspace: Option<String>,
}

impl Settings {
    /// The settings as overrides of the configuration.
    pub fn overrides(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("listen", &self.listen),
            ("data", &self.data),
            ("keys", &self.keys),
            ("studio_dir", &self.studio_dir),
            ("log.format", &self.log_format),
        ];
        given.into_iter().filter_map(|(key, value)| value.clone().map(|value| (key, value))).collect()
    }
}
