//! What a mapping says of each event: as it stands in YAML (reference in `docs/import.md`).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// One event that a row, or a group of lines, becomes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSpec {
    /// The event's name; absent for an `identify` call.
    #[serde(default)]
    pub event: Option<String>,
    #[serde(default)]
    pub when: Conditions,
    /// What makes the event unique, so that a second run changes nothing: `{Column}` stands for the
    /// cell, `{row}` for the row's number.
    pub message_id: String,
    pub time: TimeSpec,
    pub identifiers: Fields<ValueSpec>,
    #[serde(default)]
    pub properties: Fields<ValueSpec>,
    #[serde(default)]
    pub traits: Fields<ValueSpec>,
}

/// When it happened.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeSpec {
    pub column: String,
    /// strftime, or `rfc3339`, `unix`, `unix_ms`.
    pub format: String,
    /// The IANA zone of times without an offset.
    #[serde(default)]
    pub zone: Option<String>,
    /// The time of day where the format has only a date, such as `12:00`.
    #[serde(default)]
    pub time_of_day: Option<String>,
    #[serde(default)]
    pub ambiguous: Ambiguous,
}

/// What to make of a local time that a change of clocks makes happen twice or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ambiguous {
    #[default]
    Refuse,
    Earlier,
    Later,
}

/// The type a value has in the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text stays text; JSON of JSONL and Parquet stays as it is.
    #[default]
    Text,
    Integer,
    /// An exact decimal, written as it stands.
    Decimal,
    Bool,
}

/// Where a value comes from: exactly one of the first six.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueSpec {
    #[serde(default)]
    pub column: Option<String>,
    /// Text with `{Column}` in it.
    #[serde(default)]
    pub template: Option<String>,
    /// The same for all rows.
    #[serde(default)]
    pub value: Option<serde_json::Value>,
    /// Columns multiplied, exactly.
    #[serde(default)]
    pub product: Option<Vec<String>>,
    /// Over the lines of a group: the sum of the columns' product, exactly.
    #[serde(default)]
    pub sum_of: Option<Vec<String>>,
    /// Over the lines of a group: a list with one object for each.
    #[serde(default)]
    pub lines: Option<Fields<ValueSpec>>,
    #[serde(default, rename = "type")]
    pub kind: Kind,
    #[serde(default)]
    pub strip_prefix: Option<String>,
    #[serde(default)]
    pub strip_suffix: Option<String>,
    #[serde(default)]
    pub when: Conditions,
}

/// What must hold of a row; all of them, none means always.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Conditions(pub Vec<Condition>);

/// One comparison with a cell.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub column: String,
    #[serde(default)]
    pub is: Option<String>,
    #[serde(default)]
    pub is_not: Option<String>,
    #[serde(default)]
    pub one_of: Option<Vec<String>>,
    #[serde(default)]
    pub starts_with: Option<String>,
    #[serde(default)]
    pub starts_with_digit: Option<bool>,
    #[serde(default)]
    pub empty: Option<bool>,
}

/// Named values in the order of the file.
#[derive(Debug, Clone)]
pub struct Fields<T>(pub Vec<(String, T)>);

impl JsonSchema for Fields<ValueSpec> {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<ValueSpec>();
        json_schema!({"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, value]}})
    }
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: FromText<'de>> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: FromText<'de>> Visitor<'de> for InOrder<T> {
            type Value = Fields<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Vec<(String, T)> = Vec::new();
                while let Some((name, OrText(value))) = map.next_entry::<String, OrText<T>>()? {
                    if fields.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("`{name}` stands twice")));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// A shape that may be written as one word instead of a map.
pub trait FromText<'de>: Deserialize<'de> {
    fn from_text(text: &str) -> Self;
}

impl FromText<'_> for ValueSpec {
    fn from_text(text: &str) -> Self {
        Self { column: Some(text.to_owned()), ..Self::default() }
    }
}

/// A shape that may be one word.
pub struct OrText<T>(pub T);

impl<'de, T: FromText<'de>> Deserialize<'de> for OrText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: FromText<'de>> Visitor<'de> for Either<T> {
            type Value = OrText<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column's name or a map such as {column: Total, type: decimal}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(OrText(T::from_text(text)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OrText)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}
