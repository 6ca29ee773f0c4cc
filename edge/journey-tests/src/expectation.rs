//! What a journey test may expect, as its author writes it. Matching stands in `verdict`.

use std::fmt;
use std::marker::PhantomData;

use model::{Channel, Ending, HeldReason, Purpose, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value as Json};
use serde_saphyr::Spanned;

/// One thing that must be so. The first group is about what happened since the expectations before; the second about
/// how it stands now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// A message went out, or `nothing`.
    Sends(Wanted<Sending>),
    /// No such message went out since the test began.
    NeverSends(Message),
    /// A system was called, or `nothing`.
    Calls(Wanted<Calling>),
    /// A message was held back.
    Holds(Holding),
    /// A run of the journey began.
    Starts(Starting),
    /// A run of the journey reached a goal.
    Reaches(Reaching),
    /// A run of the journey ended.
    Ends(EndingLike),

    /// A run of the journey stands at a step.
    Waits(Standing),
    /// The latest run of the journey knows these slots.
    Knows(Knowing),
    /// Traits and computed traits of the customer.
    Profile(ProfileLike),
    /// The customer is in the segment.
    InSegment(#[schemars(with = "String")] Spanned<String>),
    /// The customer is not in the segment.
    NotInSegment(#[schemars(with = "String")] Spanned<String>),
}

/// Something, or the word `nothing`.
#[derive(Debug)]
pub enum Wanted<T> {
    Nothing,
    Some(T),
}

/// A message. Texts match where they contain what is written here.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Channel>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub purpose: Option<Purpose>,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
}

/// A message that went out. Texts match where they contain what is written here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Channel>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub purpose: Option<Purpose>,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    /// When, counted from the start of the test.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub at: Option<Span>,
    /// How many exactly; one or more unless stated.
    #[serde(default)]
    pub times: Option<usize>,
    /// How many exactly since the test began.
    #[serde(default)]
    pub in_all: Option<usize>,
}

/// A call of another system.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calling {
    #[serde(default)]
    pub endpoint: Option<String>,
    #[serde(default)]
    pub event: Option<String>,
    /// Fields that the payload must have; it may have others.
    #[serde(default)]
    pub payload: Map<String, Json>,
    /// When, counted from the start of the test.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub at: Option<Span>,
    /// How many exactly; one or more unless stated.
    #[serde(default)]
    pub times: Option<usize>,
    /// How many exactly since the test began.
    #[serde(default)]
    pub in_all: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Channel>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub purpose: Option<Purpose>,
    #[serde(default)]
    pub reason: Option<HeldBecause>,
}

/// Why a message was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldBecause {
    NoOptIn,
    Revoked,
    NoAddress,
    TextIncomplete,
    ComplaintOpen,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Starting {
    #[schemars(with = "String")]
    pub journey: Spanned<String>,
    /// How many runs exactly; one or more unless stated.
    #[serde(default)]
    pub times: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reaching {
    #[schemars(with = "String")]
    pub journey: Spanned<String>,
    /// The goal's name, or a part of it.
    #[serde(default)]
    pub goal: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndingLike {
    #[schemars(with = "String")]
    pub journey: Spanned<String>,
    #[serde(default)]
    pub how: Option<EndedBy>,
    /// Words of the sentence that the studio shows for it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Finished,
    Goal,
    Exit,
    ExitRule,
    Stopped,
    CallFailed,
    GaveUp,
    Endless,
    Displaced,
    Replaced,
    WithParent,
    Joined,
    HandOverLoop,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    #[schemars(with = "String")]
    pub journey: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub step: Option<Spanned<String>>,
    /// The slot whose answer it waits for.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub question: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Knowing {
    #[schemars(with = "String")]
    pub journey: Spanned<String>,
    pub slots: Map<String, Json>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileLike {
    #[serde(default)]
    pub traits: Map<String, Json>,
    #[serde(default)]
    pub computed: Map<String, Json>,
}

impl HeldBecause {
    pub fn of(reason: &HeldReason) -> Self {
        match reason {
            HeldReason::NoOptIn { .. } => Self::NoOptIn,
            HeldReason::Revoked { .. } => Self::Revoked,
            HeldReason::NoAddress { .. } => Self::NoAddress,
            HeldReason::TextIncomplete { .. } => Self::TextIncomplete,
            HeldReason::ComplaintOpen { .. } => Self::ComplaintOpen,
        }
    }
}

impl EndedBy {
    pub fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Finished => Self::Finished,
            Ending::Goal { .. } => Self::Goal,
            Ending::Exit { .. } => Self::Exit,
            Ending::ExitRule { .. } => Self::ExitRule,
            Ending::Stopped => Self::Stopped,
            Ending::CallFailed { .. } => Self::CallFailed,
            Ending::GaveUp { .. } => Self::GaveUp,
            Ending::Endless { .. } => Self::Endless,
            Ending::Displaced { .. } => Self::Displaced,
            Ending::Replaced { .. } => Self::Replaced,
            Ending::WithParent => Self::WithParent,
            Ending::Joined => Self::Joined,
            Ending::HandOverLoop { .. } => Self::HandOverLoop,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Wanted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = Wanted<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields, or the word `nothing`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                match text {
                    "nothing" => Ok(Wanted::Nothing),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Wanted::Some)
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Wanted<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}_or_nothing", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let some = generator.subschema_for::<T>();
        json_schema!({"anyOf": [{"const": "nothing"}, some]})
    }
}
