//! How to reach a carrier, and what is particular about it.

use std::net::IpAddr;

use serde::Deserialize;

use crate::email::{Password, Tls};
use model::sms::Alphabet;

/// How to reach the carrier's message centre, and as whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    pub host: String,
    #[serde(default = "port")]
    pub port: u16,
    #[serde(default = "no_tls")]
    pub tls: Tls,
    /// The certificate authority of the message centre in PEM, where it is not a public one.
    #[serde(default)]
    pub ca_pem: Option<String>,
    pub system_id: String,
    pub password: Password,
    #[serde(default)]
    pub system_type: String,
    /// What customers see as the sender and answer to: a number, a short code or a name.
    pub source: String,
    #[serde(default)]
    pub alphabet: Alphabet,
    /// How the parts of a long message say that they belong together.
    #[serde(default)]
    pub joining: Joining,
    /// Messages on their way to the message centre without its answer.
    #[serde(default = "window")]
    pub window: usize,
    #[serde(default = "throughput")]
    pub per_second_max: u32,
    /// Whether receipts name the message as the answer to its submission did.
    #[serde(default)]
    pub message_ids: MessageIds,
    /// Hours to wait for a receipt. A message without one counts as sent.
    #[serde(default = "receipt_hours")]
    pub receipt_hours: u32,
    /// The country code put before numbers that come in without one, such as `49`.
    #[serde(default)]
    pub country_code: Option<String>,
    /// The workspace whose carrier this is; the first unless stated.
    #[serde(default)]
    pub workspace: Option<model::WorkspaceName>,
}

/// How the parts of a long message are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Joining {
    /// A header in the text, as phones read it.
    #[default]
    Udh,
    /// Optional parameters (`sar_*`), from which the carrier makes the header.
    Sar,
}

/// How receipts name messages. At many carriers one place has the id in hexadecimal and the other in decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageIds {
    /// The same text; failing that, the same number in another base, for the same telephone number.
    #[default]
    Auto,
    /// The same text only.
    Same,
}

/// What is wrong with an [`SmsConfig`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidSmsConfig {
    #[error("sms.{0} is empty; the carrier tells it")]
    Empty(&'static str),
    #[error("sms.{field} is `{value}`: {remedy}")]
    Value { field: &'static str, value: String, remedy: &'static str },
    #[error(
        "sms.password would travel in the clear to `{0}`; set sms.tls to implicit, or reach the carrier by the private address of a tunnel"
    )]
    InTheClear(String),
    #[error("sms.ca_pem is no certificate in PEM: {0}")]
    Authority(String),
}

/// A window beyond this is not what carriers grant.
const WINDOW_MAX: usize = 1_000;
/// The specification's bound, without the zero at the end.
const PASSWORD_BYTES_MAX: usize = 8;
const SYSTEM_ID_BYTES_MAX: usize = 15;
/// Letters of a sender that is a name (3GPP TS 23.040).
const NAME_CHARS_MAX: usize = 11;

impl SmsConfig {
    pub fn check(&self) -> Result<(), InvalidSmsConfig> {
        for (field, value) in [("host", &self.host), ("system_id", &self.system_id), ("source", &self.source)]
        {
            if value.trim().is_empty() {
                return Err(InvalidSmsConfig::Empty(field));
            }
        }
        let wrong =
            |field, value: &str, remedy| Err(InvalidSmsConfig::Value { field, value: value.into(), remedy });
        if self.system_id.len() > SYSTEM_ID_BYTES_MAX {
            return wrong("system_id", &self.system_id, "SMPP 3.4 allows 15 characters");
        }
        if self.password.0.len() > PASSWORD_BYTES_MAX {
            return wrong("password", "…", "SMPP 3.4 allows 8 characters");
        }
        let is_number = self.source.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && self.source.chars().count() > NAME_CHARS_MAX {
            return wrong(
                "source",
                &self.source,
                "write a number, a short code, or a name of at most 11 letters",
            );
        }
        if self.window == 0 || self.window > WINDOW_MAX {
            return wrong("window", &self.window.to_string(), "use 1 to 1000; most carriers grant 10");
        }
        if self.per_second_max == 0 {
            return wrong("per_second_max", "0", "nothing could be sent; use at least 1");
        }
        if self.tls == Tls::Starttls {
            return wrong("tls", "starttls", "SMPP has no such command; use none or implicit");
        }
        let code = self.country_code.as_deref().unwrap_or("1");
        if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong("country_code", code, "write its digits without plus, such as \"49\"");
        }
        if self.tls == Tls::None && !is_near(&self.host) {
            return Err(InvalidSmsConfig::InTheClear(self.host.clone()));
        }
        Ok(())
    }
}

/// This machine, or an address of a private network: many carriers are reached through a tunnel only.
fn is_near(host: &str) -> bool {
    let private = |address: IpAddr| match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    host == "localhost" || host.parse().is_ok_and(private)
}

fn port() -> u16 {
    2775
}

fn no_tls() -> Tls {
    Tls::None
}

fn window() -> usize {
    10
}

fn throughput() -> u32 {
    50
}

fn receipt_hours() -> u32 {
    72
}
