//! Ids: newtypes that cannot be confused, with the one text form each has outside.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind} id; it looks like `{example}`")]
pub struct InvalidId {
    pub text: String,
    pub kind: &'static str,
    pub example: &'static str,
}

/// Crockford's base 32: no letters that read like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn write_base32(f: &mut fmt::Formatter<'_>, mut value: u128, digits: usize) -> fmt::Result {
    let mut text = [b'0'; 26];
    for slot in text[..digits].iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    f.write_str(std::str::from_utf8(&text[..digits]).expect("the alphabet is ASCII"))
}

fn read_base32(text: &str) -> Option<u128> {
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte.to_ascii_lowercase())?;
        value.checked_mul(32)?.checked_add(digit as u128)
    })
}

/// Defines what every public id shares: text form, parsing and serde as text.
macro_rules! text_form {
    ($name:ident, $inner:ty, $kind:literal, $prefix:literal, $digits:literal, $example:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                write_base32(f, u128::from(self.0), $digits)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .filter(|digits| digits.len() == $digits)
                    .and_then(read_base32)
                    .and_then(|value| <$inner>::try_from(value).ok())
                    .map(Self)
                    .ok_or_else(|| InvalidId { text: text.into(), kind: $kind, example: $example })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// One person as we know them now. The number is that of the strand the customer began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CustomerId(#[n(0)] pub u64);
text_form!(CustomerId, u64, "customer", "cus_", 13, "cus_000000000002a");

/// The part of a thread that came in under one identifier. Customers are groups of strands, so a
/// merge regroups strands and an unmerge folds them apart; a strand's own history never changes.
/// Personal data is sealed under the key of its strand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct StrandId(#[n(0)] pub u64);
text_form!(StrandId, u64, "strand", "str_", 13, "str_000000000002a");

/// One customer's walk through one version of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct RunId(#[n(0)] pub u64);
text_form!(RunId, u64, "journey run", "run_", 13, "run_000000000002a");

/// Messages about one subject, over any number of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ConversationId(#[n(0)] pub u64);
text_form!(ConversationId, u64, "conversation", "cnv_", 13, "cnv_000000000002a");

/// A promise of prices to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct QuoteId(#[n(0)] pub u64);
text_form!(QuoteId, u64, "quote", "quo_", 13, "quo_000000000002a");

/// One choice among offers: the record that made it and its place there. Says nothing about the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct DecisionId(#[n(0)] pub u64);
text_form!(DecisionId, u64, "decision", "dec_", 13, "dec_000000000002a");

impl DecisionId {
    /// The `ordinal`-th choice that record `seq` made.
    pub const fn new(seq: Seq, ordinal: u8) -> Self {
        Self((seq.0 << 8) | ordinal as u64)
    }

    /// The record that made it.
    pub const fn record(self) -> Seq {
        Seq(self.0 >> 8)
    }
}

/// What the world is asked to do once. Derived from the record and the place in the step that
/// asked for it, so a replay asks under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(pub u128);
text_form!(EffectId, u128, "effect", "eff_", 26, "eff_0000000000000000000000002a");

impl EffectId {
    /// The `ordinal`-th effect that `customer` caused in the step of record `seq`.
    pub const fn new(seq: Seq, customer: CustomerId, ordinal: u16) -> Self {
        Self(((seq.0 as u128) << 80) | ((customer.0 as u128 & 0xffff_ffff_ffff_ffff) << 16) | ordinal as u128)
    }
}

impl<C> Encode<C> for EffectId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0.to_be_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for EffectId {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        let bytes =
            bytes.try_into().map_err(|_| minicbor::decode::Error::message("an effect id has 16 bytes"))?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

/// The place of a record in its ledger: dense, from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Seq(#[n(0)] pub u64);

impl Seq {
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The place of a frame in its ledger: dense, from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct FrameSeq(#[n(0)] pub u64);

/// Where a record's bytes begin: an offset into the ledger as if it were one file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Position(#[n(0)] pub u64);

/// A way events come in (an SDK installation, an import, a channel), with its own write key.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct SourceId(#[n(0)] pub u16);

/// A keyed hash of `(source, message id)`: what deduplication compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageHash(pub u128);

/// The name of a workspace: 1–40 of `a–z`, `0–9` and `-`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkspaceName(Box<str>);

impl WorkspaceName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WorkspaceName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=40).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(legal);
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId { text: text.into(), kind: "workspace", example: "harbour-living" })
        }
    }
}

impl<'de> Deserialize<'de> for WorkspaceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text_form() {
        for number in [0, 1, 74, u64::MAX] {
            let id = CustomerId(number);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        let effect = EffectId::new(Seq(9), CustomerId(7), 3);
        assert_eq!(effect.to_string().parse(), Ok(effect));
    }

    #[test]
    fn a_wrong_id_says_what_it_should_look_like() {
        let error = "run_000000000002a".parse::<CustomerId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`run_000000000002a` is not a customer id; it looks like `cus_000000000002a`"
        );
        assert!("cus_zzzzzzzzzzzzz".parse::<CustomerId>().is_err());
    }
}
