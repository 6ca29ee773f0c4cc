//! Money: an exact decimal amount with its currency. Amounts of different currencies never mix.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
pub use rust_decimal::Decimal;
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
    fn money_keeps_its_pennies() {
        let price: Money = "19.90 EUR".parse().unwrap();
        assert_eq!(price.to_string(), "19.90 EUR");
        assert!("19.90".parse::<Money>().is_err());
        assert!("19.90 eur".parse::<Money>().is_err());
    }
}
