//! Reading the configuration: defaults, file, environment, flags, in this order; then the checks.

use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};

use model::WorkspaceName;
use toml::{Table, Value};

use super::settings::{Kind, SETTINGS, Setting, TABLES, variable};
use super::suggest::closest;
use super::{Config, HookChannel, Webhook};

/// What the command line sets: pairs of key and text.
pub type Overrides = Vec<(&'static str, String)>;

/// Why the server does not start. Each message names the setting, its value and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {message}", path.display())]
    Toml { path: PathBuf, message: String },
    #[error("`{key}` in {place} is not a setting{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_else(|| "; `throughline config-example` shows all".into()))]
    Unknown { key: String, place: String, suggestion: Option<String> },
    #[error("`{key}` is `{value}`: {remedy}")]
    Value { key: String, value: String, remedy: String },
    #[error("{0}")]
    Missing(String),
    #[error(
        "`listen` is {0}, which others can reach, and traffic would be in the clear; put TLS in front and set `tls_in_front = true`, or listen on 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    #[error("`keys` ({}) lies inside `data` ({}), so that a copy of the data would hold the keys; choose a folder apart", keys.display(), data.display())]
    KeysInsideData { keys: PathBuf, data: PathBuf },
    #[error("two webhooks are named `{0}`; names must differ within a workspace")]
    TwoWebhooks(String),
    #[error("two channels are named `{0}`; names must differ within a workspace")]
    TwoChannels(String),
    #[error(transparent)]
    Sms(#[from] channels::sms::InvalidSmsConfig),
}

/// Loads and checks the configuration. `environment` is that of the process.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    overrides: Overrides,
) -> Result<Config, ConfigError> {
    let mut table = defaults();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        let from_file: Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Toml {
            path: path.into(),
            message: error.to_string(),
        })?;
        check_keys(&from_file, "", &path.display().to_string())?;
        merge(&mut table, from_file);
    }
    apply_environment(&mut table, environment)?;
    for (key, text) in overrides {
        let setting =
            SETTINGS.iter().find(|setting| setting.key == key).expect("flags name settings of the table");
        put(&mut table, key, value_of(setting, &text)?);
    }
    let config: Config = Value::Table(table).try_into().map_err(|error: toml::de::Error| {
        ConfigError::Missing(error.to_string().trim().replace('\n', "; "))
    })?;
    check(&config)?;
    Ok(config)
}

fn defaults() -> Table {
    let mut table = Table::new();
    for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
        let parsed: Table =
            format!("value = {}", setting.default).parse().expect("defaults in the table are TOML");
        put(&mut table, setting.key, parsed["value"].clone());
    }
    table
}

/// Refuses keys that are in no table of settings.
fn check_keys(table: &Table, prefix: &str, place: &str) -> Result<(), ConfigError> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let section = SETTINGS.iter().any(|setting| setting.key.starts_with(&format!("{key}.")));
        match value {
            Value::Table(inner) if section => check_keys(inner, &key, place)?,
            Value::Array(items) if TABLES.iter().any(|(table, ..)| *table == key) => {
                check_tables(&key, items, place)?;
            }
            _ if SETTINGS.iter().any(|setting| setting.key == key) => {}
            _ => {
                let tables = TABLES.iter().map(|(table, ..)| *table);
                let known = SETTINGS.iter().map(|setting| setting.key).chain(tables);
                let suggestion = closest(&key, known).map(str::to_owned);
                return Err(ConfigError::Unknown { key, place: place.into(), suggestion });
            }
        }
    }
    Ok(())
}

/// Refuses fields that tables of this list do not have.
fn check_tables(key: &str, items: &[Value], place: &str) -> Result<(), ConfigError> {
    let fields = TABLES.iter().find(|(table, ..)| *table == key).map_or(&[][..], |(_, fields, _)| fields);
    for field in items.iter().filter_map(Value::as_table).flat_map(Table::keys) {
        if !fields.iter().any(|known| known.key == field) {
            let suggestion = closest(field, fields.iter().map(|known| known.key)).map(str::to_owned);
            return Err(ConfigError::Unknown {
                key: format!("{key}.{field}"),
                place: place.into(),
                suggestion,
            });
        }
    }
    Ok(())
}

fn merge(into: &mut Table, from: Table) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Table(inner)), Value::Table(from)) => merge(inner, from),
            (_, value) => drop(into.insert(name, value)),
        }
    }
}

fn apply_environment(
    table: &mut Table,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    // Sorted, so that the same environment always gives the same message.
    let mut ours: Vec<(String, String)> =
        environment.filter(|(name, _)| name.starts_with("THROUGHLINE_")).collect();
    ours.sort();
    for (name, text) in ours {
        let secret_of =
            |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("_SECRET"));
        let lists = [("webhooks", "THROUGHLINE_WEBHOOK_"), ("channels", "THROUGHLINE_CHANNEL_")];
        if let Some((list, item)) = lists.iter().find_map(|(list, prefix)| Some((*list, secret_of(prefix)?)))
        {
            put_secret(table, list, item, &name, text)?;
            continue;
        }
        let Some(setting) = SETTINGS.iter().find(|setting| variable(setting.key) == name) else {
            if name == CONFIG_VARIABLE {
                continue;
            }
            let known: Vec<String> = SETTINGS.iter().map(|setting| variable(setting.key)).collect();
            let suggestion = closest(&name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(ConfigError::Unknown { key: name, place: "the environment".into(), suggestion });
        };
        put(table, setting.key, value_of(setting, &text)?);
    }
    Ok(())
}

/// Names the configuration file, for those who start the server without flags.
pub const CONFIG_VARIABLE: &str = "THROUGHLINE_CONFIG";

fn put_secret(
    table: &mut Table,
    list: &str,
    called: &str,
    name: &str,
    secret: String,
) -> Result<(), ConfigError> {
    let matches = |item: &&mut Value| {
        item.get("name")
            .and_then(Value::as_str)
            .is_some_and(|own| own.replace(['-', '/'], "_").eq_ignore_ascii_case(called))
    };
    let items = table.get_mut(list).and_then(Value::as_array_mut);
    match items.and_then(|items| items.iter_mut().find(matches)).and_then(Value::as_table_mut) {
        Some(item) => {
            item.insert("secret".into(), Value::String(secret));
            Ok(())
        }
        None => {
            Err(ConfigError::Unknown { key: name.into(), place: "the environment".into(), suggestion: None })
        }
    }
}

fn value_of(setting: &Setting, text: &str) -> Result<Value, ConfigError> {
    let wrong = |remedy: &str| ConfigError::Value {
        key: setting.key.into(),
        value: text.into(),
        remedy: remedy.into(),
    };
    match setting.kind {
        Kind::Text => Ok(Value::String(text.into())),
        Kind::Number => text.parse().map(Value::Integer).map_err(|_| wrong("use a whole number")),
        Kind::Bool => text.parse().map(Value::Boolean).map_err(|_| wrong("use true or false")),
        Kind::List => {
            Ok(Value::Array(text.split(',').map(|part| Value::String(part.trim().into())).collect()))
        }
    }
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.into(), value)),
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let wrong = |key: &str, value: String, remedy: &str| {
        Err(ConfigError::Value { key: key.into(), value, remedy: remedy.into() })
    };
    if !config.tls_in_front && !config.listen.ip().is_loopback() {
        return Err(ConfigError::NotLoopback(config.listen));
    }
    if let Some(lmtp) = &config.lmtp
        && !config.tls_in_front
        && !lmtp.listen.ip().is_loopback()
    {
        return wrong(
            "lmtp.listen",
            lmtp.listen.to_string(),
            "mail would travel in the clear; listen on 127.0.0.1, or declare `tls_in_front`",
        );
    }
    if absolute(&config.keys).starts_with(absolute(&config.data)) {
        return Err(ConfigError::KeysInsideData { keys: config.keys.clone(), data: config.data.clone() });
    }
    if config.workspaces.is_empty() {
        return wrong("workspaces", "[]".into(), "name at least one workspace, such as \"main\"");
    }
    for (number, name) in config.workspaces.iter().enumerate() {
        if config.workspaces[..number].contains(name) {
            return wrong("workspaces", name.to_string(), "name each workspace once");
        }
    }
    for (name, limit) in [
        ("limits.event_bytes_max", config.limits.event_bytes_max),
        ("limits.batch_bytes_max", config.limits.batch_bytes_max),
        ("limits.batch_events_max", config.limits.batch_events_max),
        ("limits.connections_max", config.limits.connections_max),
        ("limits.emails_at_once_max", config.limits.emails_at_once_max),
        ("limits.webhooks_at_once_max", config.limits.webhooks_at_once_max),
    ] {
        if limit == 0 {
            return wrong(name, "0".into(), "nothing could pass; use at least 1");
        }
    }
    if config.limits.batch_bytes_max > BATCH_BYTES_CEILING {
        return wrong(
            "limits.batch_bytes_max",
            config.limits.batch_bytes_max.to_string(),
            "at most 16777216 is held per request",
        );
    }
    if let Some(server) = config.email.as_ref().and_then(|email| email.trusted_server.as_ref())
        && (server.is_empty() || server.contains(|c: char| c.is_whitespace() || c == ';'))
    {
        let remedy = "use the one name that your mail server's `Authentication-Results` begin with, such as \"mx.shop.example\"";
        return wrong("email.trusted_server", server.clone(), remedy);
    }
    if let Some(sms) = &config.sms {
        sms.check()?;
        check_workspace(config, "sms.workspace", sms.workspace.as_ref())?;
    }
    if let Some(letters) = &config.letters {
        check_workspace(config, "letters.workspace", letters.workspace.as_ref())?;
    }
    check_channels(config)?;
    check_webhooks(&config.webhooks)
}

fn check_workspace(config: &Config, key: &str, workspace: Option<&WorkspaceName>) -> Result<(), ConfigError> {
    match workspace.filter(|name| !config.workspaces.contains(name)) {
        None => Ok(()),
        Some(name) => Err(ConfigError::Value {
            key: key.into(),
            value: name.to_string(),
            remedy: "name one of `workspaces`".into(),
        }),
    }
}

fn check_channels(config: &Config) -> Result<(), ConfigError> {
    let home = |own: &HookChannel| own.workspace.clone().or_else(|| config.workspaces.first().cloned());
    for (number, own) in config.channels.iter().enumerate() {
        check_workspace(config, "channels.workspace", own.workspace.as_ref())?;
        if ["email", "sms", "webchat", "letter"].contains(&own.name.as_str()) {
            return Err(ConfigError::Value {
                key: "channels.name".into(),
                value: own.name.to_string(),
                remedy: "this channel is built in; give the provider's another name, such as `sms-backup`"
                    .into(),
            });
        }
        if config.channels[..number].iter().any(|other| other.name == own.name && home(other) == home(own)) {
            return Err(ConfigError::TwoChannels(own.name.to_string()));
        }
    }
    Ok(())
}

/// The largest body any configuration may allow, because each connection may hold one in memory.
const BATCH_BYTES_CEILING: usize = 16 * 1024 * 1024;

fn check_webhooks(webhooks: &[Webhook]) -> Result<(), ConfigError> {
    for (number, webhook) in webhooks.iter().enumerate() {
        let overlaps = |other: &Webhook| {
            other.name == webhook.name
                && (other.workspace.is_none()
                    || webhook.workspace.is_none()
                    || other.workspace == webhook.workspace)
        };
        if webhooks[..number].iter().any(overlaps) {
            return Err(ConfigError::TwoWebhooks(webhook.name.clone()));
        }
    }
    Ok(())
}

/// The path from the root with links, `.` and `..` resolved as far as it exists.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
        if let Ok(real) = plain.canonicalize() {
            plain = real;
        }
    }
    plain
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
