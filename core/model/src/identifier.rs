//! Identifiers: `(namespace, value)` pairs that name a customer.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not an identifier namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an identifier namespace; use anonymous_id, user_id, email, phone, device_id or external/<system>"
)]
pub struct InvalidNamespace(pub String);

/// What kind of identifier a value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    AnonymousId,
    UserId,
    Email,
    Phone,
    DeviceId,
    /// An id in another system, such as `external/crm`; the box holds the system's name.
    External(Box<str>),
}

impl FromStr for Namespace {
    type Err = InvalidNamespace;

    fn from_str(text: &str) -> Result<Self, InvalidNamespace> {
        let legal =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        match text {
            "anonymous_id" => Ok(Self::AnonymousId),
            "user_id" => Ok(Self::UserId),
            "email" => Ok(Self::Email),
            "phone" => Ok(Self::Phone),
            "device_id" => Ok(Self::DeviceId),
            _ => match text.strip_prefix("external/") {
                Some(system) if (1..=40).contains(&system.len()) && system.bytes().all(legal) => {
                    Ok(Self::External(system.into()))
                }
                Some(_) | None => Err(InvalidNamespace(text.into())),
            },
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnonymousId => f.write_str("anonymous_id"),
            Self::UserId => f.write_str("user_id"),
            Self::Email => f.write_str("email"),
            Self::Phone => f.write_str("phone"),
            Self::DeviceId => f.write_str("device_id"),
            Self::External(system) => write!(f, "external/{system}"),
        }
    }
}

impl Serialize for Namespace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Namespace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<C> Encode<C> for Namespace {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::AnonymousId => e.u8(0)?.ok(),
            Self::UserId => e.u8(1)?.ok(),
            Self::Email => e.u8(2)?.ok(),
            Self::Phone => e.u8(3)?.ok(),
            Self::DeviceId => e.u8(4)?.ok(),
            Self::External(system) => e.str(system)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Namespace {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.datatype()? == minicbor::data::Type::String {
            return d.str().map(|system| Self::External(system.into()));
        }
        match d.u8()? {
            0 => Ok(Self::AnonymousId),
            1 => Ok(Self::UserId),
            2 => Ok(Self::Email),
            3 => Ok(Self::Phone),
            4 => Ok(Self::DeviceId),
            other => Err(minicbor::decode::Error::message(format!("unknown namespace {other}"))),
        }
    }
}

/// A normalised identifier. Only `recognize` makes these from raw input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Identifier {
    #[n(0)]
    pub namespace: Namespace,
    #[n(1)]
    pub value: Box<str>,
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

/// A keyed hash of an identifier. Indexes and frames hold these, never the value, so that they
/// tell nothing once the customer is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentifierHash(pub u128);
