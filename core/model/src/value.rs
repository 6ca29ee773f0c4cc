//! Values of traits, properties and slots: what conditions compare and templates print.

use std::borrow::Cow;
use std::fmt;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{Money, Timestamp};

/// One value. `Null` stands for "missing": JSON `null`, an absent field, an erased trait.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Box<str>),
    Time(Timestamp),
    Money(Money),
    List(Box<[Value]>),
    /// Fields in the order they came; names are unique.
    Map(Box<[(Box<str>, Value)]>),
}

/// The kind of a value, as catalogue files name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    Null,
    Bool,
    Int,
    Double,
    Text,
    Time,
    Money,
    List,
    Map,
}

impl Value {
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Double(_) => ValueKind::Double,
            Self::Text(_) => ValueKind::Text,
            Self::Time(_) => ValueKind::Time,
            Self::Money(_) => ValueKind::Money,
            Self::List(_) => ValueKind::List,
            Self::Map(_) => ValueKind::Map,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The field at a dotted path inside maps; `None` where the path leads nowhere.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, name| match value {
            Self::Map(fields) => fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value),
            _ => None,
        })
    }

    /// The value of a JSON document. Numbers without fraction or exponent become `Int` where they
    /// fit; times and money stay text, because JSON does not say which texts are meant as such.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => match number.as_i64() {
                Some(int) => Self::Int(int),
                None => number.as_f64().map_or(Self::Null, Self::Double),
            },
            Json::String(text) => Self::text(text.as_str()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(fields) => Self::Map(
                fields.iter().map(|(name, value)| (name.as_str().into(), Self::from_json(value))).collect(),
            ),
        }
    }

    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Int(int) => Json::from(*int),
            Self::Double(double) => serde_json::Number::from_f64(*double).map_or(Json::Null, Json::Number),
            Self::Text(text) => Json::String(text.to_string()),
            Self::Time(time) => Json::String(time.to_string()),
            Self::Money(money) => Json::String(money.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(fields) => {
                Json::Object(fields.iter().map(|(name, value)| (name.to_string(), value.to_json())).collect())
            }
        }
    }

    /// The value as a person reads it: text bare, everything else as in JSON, null as nothing.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_json().to_string().trim_matches('"').to_owned()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_json(&Json::deserialize(deserializer)?))
    }
}

/// CBOR tags of the two kinds that JSON lacks. 1001/1002 are unassigned for us to use privately.
const TAG_TIME: u64 = 65_001;
const TAG_MONEY: u64 = 65_002;

impl<C> Encode<C> for Value {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Null => e.null()?.ok(),
            Self::Bool(bool) => e.bool(*bool)?.ok(),
            Self::Int(int) => e.i64(*int)?.ok(),
            Self::Double(double) => e.f64(*double)?.ok(),
            Self::Text(text) => e.str(text)?.ok(),
            Self::Time(time) => e.tag(minicbor::data::Tag::new(TAG_TIME))?.i64(time.0)?.ok(),
            Self::Money(money) => {
                let amount = money.amount.mantissa();
                e.tag(minicbor::data::Tag::new(TAG_MONEY))?.array(3)?;
                e.bytes(&amount.to_be_bytes())?.u32(money.amount.scale())?.str(money.currency.as_str())?.ok()
            }
            Self::List(items) => {
                e.array(items.len() as u64)?;
                items.iter().try_for_each(|item| item.encode(e, context))
            }
            Self::Map(fields) => {
                e.map(fields.len() as u64)?;
                fields.iter().try_for_each(|(name, value)| {
                    e.str(name)?;
                    value.encode(e, context)
                })
            }
        }
    }
}

/// How deeply values may nest; deeper input is refused at the edge and again here.
const DEPTH_MAX: usize = 64;

impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        decode_value(d, DEPTH_MAX)
    }
}

fn decode_value(d: &mut Decoder<'_>, depth: usize) -> Result<Value, minicbor::decode::Error> {
    use minicbor::decode::Error;
    let depth = depth.checked_sub(1).ok_or_else(|| Error::message("value nested too deeply"))?;
    match d.datatype()? {
        Type::Null | Type::Undefined => d.skip().map(|()| Value::Null),
        Type::Bool => d.bool().map(Value::Bool),
        Type::F16 | Type::F32 | Type::F64 => d.f64().map(Value::Double),
        Type::String => d.str().map(Value::text),
        Type::Array => {
            let length = d.array()?.ok_or_else(|| Error::message("indefinite list"))?;
            (0..length).map(|_| decode_value(d, depth)).collect::<Result<_, _>>().map(Value::List)
        }
        Type::Map => {
            let length = d.map()?.ok_or_else(|| Error::message("indefinite map"))?;
            (0..length)
                .map(|_| Ok((d.str()?.into(), decode_value(d, depth)?)))
                .collect::<Result<_, _>>()
                .map(Value::Map)
        }
        Type::Tag => match d.tag()?.as_u64() {
            TAG_TIME => Ok(Value::Time(Timestamp(d.i64()?))),
            TAG_MONEY => decode_money(d),
            tag => Err(Error::message(format!("unknown value tag {tag}"))),
        },
        _ => d.i64().map(Value::Int),
    }
}

fn decode_money(d: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    use minicbor::decode::Error;
    d.array()?;
    let mantissa: [u8; 16] = d.bytes()?.try_into().map_err(|_| Error::message("a mantissa has 16 bytes"))?;
    let amount =
        Decimal::try_from_i128_with_scale(i128::from_be_bytes(mantissa), d.u32()?).map_err(Error::message)?;
    let currency = d.str()?.parse().map_err(Error::message)?;
    Ok(Value::Money(Money { amount, currency }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_encoding() {
        let value = Value::Map(Box::new([
            ("a".into(), Value::Null),
            ("b".into(), Value::List(Box::new([Value::Bool(true), Value::Int(-3), Value::Double(2.5)]))),
            ("c".into(), Value::text("tv")),
            ("d".into(), Value::Time(Timestamp(1_700_000_000_123))),
            ("e".into(), Value::Money("19.90 EUR".parse().unwrap())),
        ]));
        let bytes = minicbor::to_vec(&value).unwrap();
        assert_eq!(minicbor::decode::<Value>(&bytes).unwrap(), value);
        assert_eq!(
            value.at("b"),
            Some(&Value::List(Box::new([Value::Bool(true), Value::Int(-3), Value::Double(2.5)])))
        );
    }
}
