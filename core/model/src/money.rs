//! Money: an exact decimal amount with its currency. Amounts of different currencies never mix.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount of money; write the amount and an ISO 4217 code, such as `19.90 EUR`")]
pub struct InvalidMoney(pub String);

/// An ISO 4217 code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Currency(#[n(0)] [u8; 3]);

impl Currency {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is three capital ASCII letters")
    }
}

impl FromStr for Currency {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            Ok(_) | Err(_) => Err(InvalidMoney(text.into())),
        }
    }
}

/// An exact amount. Text form: `19.90 EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    /// The amount in whole smallest units (as ISO 4217 has them), halves away from zero, as prices are rounded.
    pub fn rounded(self) -> Self {
        let places = match self.currency.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        };
        let mut amount = self.amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        amount.rescale(places);
        Self { amount, ..self }
    }
}

impl FromStr for Money {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let invalid = || InvalidMoney(text.into());
        let (amount, currency) = text.split_once(' ').ok_or_else(invalid)?;
        let amount = Decimal::from_str_exact(amount).map_err(|_| invalid())?;
        Ok(Self { amount, currency: currency.parse().map_err(|_| invalid())? })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.as_str())
    }
}

impl<C> Encode<C> for Money {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?.bytes(&self.amount.serialize())?.encode_with(self.currency, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Money {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wrong = || minicbor::decode::Error::message("money is 16 bytes and a currency");
        if d.array()? != Some(2) {
            return Err(wrong());
        }
        let amount = Decimal::deserialize(d.bytes()?.try_into().map_err(|_| wrong())?);
        Ok(Self { amount, currency: d.decode_with(ctx)? })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up_to_what_can_be_paid() {
        let rounded = |text: &str| text.parse::<Money>().unwrap().rounded().to_string();
        assert_eq!(rounded("19.985 EUR"), "19.99 EUR");
        assert_eq!(rounded("-19.985 EUR"), "-19.99 EUR");
        assert_eq!(rounded("20 EUR"), "20.00 EUR");
        assert_eq!(rounded("19.5 JPY"), "20 JPY");
    }

    #[test]
    fn money_keeps_its_pennies() {
        let price: Money = "19.90 EUR".parse().unwrap();
        assert_eq!(price.to_string(), "19.90 EUR");
        let stored: Money = minicbor::decode(&minicbor::to_vec(price).unwrap()).unwrap();
        assert_eq!(stored.to_string(), "19.90 EUR");
        assert!("19.90".parse::<Money>().is_err());
        assert!("19.90 eur".parse::<Money>().is_err());
    }
}
