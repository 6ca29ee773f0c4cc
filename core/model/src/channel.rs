//! Channels: where a business and its customers meet.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not a channel name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a channel; use lower-case letters, digits, `-` and at most one `/`, such as `web` or `marketplace/acme`"
)]
pub struct InvalidChannel(pub String);

/// A channel by name: one of the well-known ones below, or `family/name` such as `marketplace/acme`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(Cow<'static, str>);

impl Channel {
    pub const WEB: Self = Self(Cow::Borrowed("web"));
    pub const APP: Self = Self(Cow::Borrowed("app"));
    pub const STORE: Self = Self(Cow::Borrowed("store"));
    pub const PHONE: Self = Self(Cow::Borrowed("phone"));
    pub const EMAIL: Self = Self(Cow::Borrowed("email"));
    pub const SMS: Self = Self(Cow::Borrowed("sms"));
    pub const WEBCHAT: Self = Self(Cow::Borrowed("webchat"));
    pub const LETTER: Self = Self(Cow::Borrowed("letter"));
    pub const PUSH: Self = Self(Cow::Borrowed("push"));
    pub const DEVICE: Self = Self(Cow::Borrowed("device"));
    /// Events of a server without a customer-facing surface, such as a billing system.
    pub const SERVER: Self = Self(Cow::Borrowed("server"));

    const KNOWN: [Self; 11] = [
        Self::WEB,
        Self::APP,
        Self::STORE,
        Self::PHONE,
        Self::EMAIL,
        Self::SMS,
        Self::WEBCHAT,
        Self::LETTER,
        Self::PUSH,
        Self::DEVICE,
        Self::SERVER,
    ];

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Channel {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, InvalidChannel> {
        if let Some(known) = Self::KNOWN.iter().find(|known| known.0 == text) {
            return Ok(known.clone());
        }
        let legal =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'/';
        let valid = (1..=64).contains(&text.len())
            && text.bytes().all(legal)
            && text.matches('/').count() <= 1
            && !text.starts_with('/')
            && !text.ends_with('/');
        if valid { Ok(Self(Cow::Owned(text.into()))) } else { Err(InvalidChannel(text.into())) }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<C> Encode<C> for Channel {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Channel {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str()?.parse().map_err(minicbor::decode::Error::message)
    }
}
