//! A journey as its author writes it: `journeys/*.yaml`. The steps' own fields stand in `steps/`.

use std::collections::BTreeMap;

use model::{Purpose, Span, Zone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use crate::outlet::Outlet;
use crate::trigger::EntryDefinition;

/// A journey: how customers come in, what it needs to know, and its steps.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JourneyDefinition {
    /// The name by which runs and other files know it, such as `add-on`.
    pub name: String,
    /// What the studio shows.
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    /// What starts a run: an event, a segment, a schedule, a request; or several of them.
    pub entry: OneOrMany<EntryDefinition>,
    /// Whether a customer can come in again.
    #[serde(default)]
    pub reentry: Reentry,
    /// How often a customer comes in at most.
    #[serde(default)]
    pub limit: Option<LimitDefinition>,
    /// How many runs begin at most, of all customers together.
    #[serde(default)]
    pub cap: Option<CapDefinition>,
    /// Of journeys in the same group, a customer is in one at a time.
    #[serde(default)]
    pub group: Option<String>,
    /// In its group, a journey of higher priority ends the run of a lower one; 0 unless stated.
    #[serde(default)]
    pub priority: i32,
    /// The clock of schedules, and of customers whose own is not known; UTC unless stated.
    #[serde(default = "utc")]
    #[schemars(with = "String")]
    pub zone: Zone,
    /// What becomes of runs under way when this version is published.
    #[serde(default)]
    pub in_flight: InFlight,
    /// What the messages are for, unless a step says otherwise.
    #[serde(default = "service")]
    #[schemars(schema_with = "purpose_schema")]
    pub purpose: Purpose,
    /// What the journey needs to know; each is asked once at most.
    #[serde(default)]
    pub slots: BTreeMap<String, SlotDefinition>,
    /// How to go on when the customer falls silent in the middle of a question.
    #[serde(default)]
    pub pick_up: Option<PickUpDefinition>,
    /// The steps, in order; after each comes the next in the list unless it says otherwise.
    #[schemars(schema_with = "crate::kinds::steps_schema")]
    pub steps: Vec<Map<String, Json>>,
    /// What ends a run wherever it stands.
    #[serde(default)]
    pub exits: Vec<ExitDefinition>,
}

/// `always` (the default), `never`, `{after: 7d}` or `{key: event.properties.order_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Reentry {
    /// Again as soon as the run before has ended.
    #[default]
    Always,
    Never,
    /// Again when this much time has passed since the run before began.
    After(Span),
    /// One run for each value of the expression, such as one for each order.
    Key(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitDefinition {
    pub entries: u16,
    #[schemars(with = "String")]
    pub per: Span,
}

/// `{entries: 1000, per: 1d}`, `{total: 50000}`, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CapDefinition {
    /// How many within any span of `per`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    pub entries: Option<u32>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub per: Option<Span>,
    /// How many in all, for as long as the journey has a cap.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub total: Option<u64>,
}

/// `stay` (the default), `restart`, `end`, or `{migrate: {old-step: new-step}}`, where steps that keep their id need
/// not be named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum InFlight {
    /// Runs go on in the version they began with.
    #[default]
    Stay,
    /// Runs begin again, with the answers they have.
    Restart,
    End,
    /// Runs go on in this version, at the step of the same id or the one named here.
    Migrate(BTreeMap<String, String>),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotDefinition {
    #[serde(rename = "type")]
    pub kind: SlotType,
    /// What it is called in "questions left"; its name unless stated.
    #[serde(default)]
    pub label: Option<String>,
    /// The question.
    #[serde(default)]
    pub ask: Option<String>,
    /// What to say to an answer that is none.
    #[serde(default)]
    pub invalid: Option<String>,
    /// Where it may be known from: expressions such as `profile.traits.room`; the first with a value counts.
    #[serde(default)]
    pub from: OneOrMany<String>,
    /// The answers of a `choice`.
    #[serde(default)]
    pub choices: Vec<ChoiceDefinition>,
    /// The least number; for a text the fewest characters; for a date the first day, counted from today.
    #[serde(default)]
    pub min: Option<i64>,
    /// The greatest number, the most characters, or the last day counted from today.
    #[serde(default)]
    pub max: Option<i64>,
    /// A regular expression that the whole text must match.
    #[serde(default)]
    pub pattern: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SlotType {
    Text,
    Int,
    Bool,
    Choice,
    Email,
    Phone,
    Date,
}

/// A choice: its text, or `{value, label, also}`.
#[derive(Debug, Clone)]
pub(crate) struct ChoiceDefinition {
    /// What the slot holds.
    pub value: String,
    /// What the customer reads.
    pub label: String,
    /// Other words for it.
    pub also: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PickUpDefinition {
    /// How long the customer must have been silent.
    #[schemars(with = "String")]
    pub after: Span,
    /// Where to go on: `best`, a channel, or a list of channels; never where the customer fell silent.
    pub channel: Outlet,
    #[serde(default)]
    pub subject: Option<String>,
    /// May name `journey.questions`, `journey.questions_left`, `journey.next_question` and
    /// `journey.chat_link`. Unless it shows the questions, the next one follows it.
    #[serde(default)]
    pub text: Option<String>,
    /// In place of `text`: the content of the catalogue that has the words of each channel and language.
    #[serde(default)]
    pub content: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExitDefinition {
    /// The name of an event; without one, the condition alone decides, at each event.
    #[serde(default)]
    pub event: Option<String>,
    #[serde(default)]
    pub when: Option<String>,
}

/// One, or a list of them.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = match Json::deserialize(deserializer)? {
            Json::Array(items) => items,
            one => vec![one],
        };
        let parsed: Result<Vec<T>, _> = items.into_iter().map(serde_json::from_value).collect();
        parsed.map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
    }
}

impl<'de> Deserialize<'de> for Reentry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let wrong = || {
            let text = format!(
                "`{json}` is no re-entry rule; write always, never, {{after: 7d}} or {{key: event.properties.order_id}}"
            );
            serde::de::Error::custom(text)
        };
        match &json {
            Json::String(text) if text == "always" => Ok(Self::Always),
            Json::String(text) if text == "never" => Ok(Self::Never),
            Json::Object(fields) => match fields.iter().next() {
                Some((name, Json::String(text))) if fields.len() == 1 && name == "after" => {
                    text.parse().map(Self::After).map_err(serde::de::Error::custom)
                }
                Some((name, Json::String(text))) if fields.len() == 1 && name == "key" => {
                    Ok(Self::Key(text.clone()))
                }
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for Reentry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reentry".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let only = |name: &str| json_schema!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name], "additionalProperties": false});
        json_schema!({"anyOf": [{"enum": ["always", "never"]}, only("after"), only("key")]})
    }
}

impl<'de> Deserialize<'de> for InFlight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Migrate {
            migrate: BTreeMap<String, String>,
        }
        let json = Json::deserialize(deserializer)?;
        match json.as_str() {
            Some("stay") => return Ok(Self::Stay),
            Some("restart") => return Ok(Self::Restart),
            Some("end") => return Ok(Self::End),
            Some(_) | None => {}
        }
        let text = format!(
            "`{json}` is no rule for runs under way; write stay, restart, end or {{migrate: {{old: new}}}}"
        );
        let migrate = serde_json::from_value::<Migrate>(json);
        migrate.map(|own| Self::Migrate(own.migrate)).map_err(|_| serde::de::Error::custom(text))
    }
}

impl JsonSchema for InFlight {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InFlight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"enum": ["stay", "restart", "end"]}, {
            "type": "object",
            "properties": {"migrate": {"type": "object", "additionalProperties": {"type": "string"}}},
            "required": ["migrate"],
            "additionalProperties": false
        }]})
    }
}

impl<'de> Deserialize<'de> for ChoiceDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            value: String,
            #[serde(default)]
            label: Option<String>,
            #[serde(default)]
            also: Vec<String>,
        }
        match Json::deserialize(deserializer)? {
            Json::String(text) => Ok(Self { value: text.clone(), label: text, also: Vec::new() }),
            Json::Number(number) => {
                Ok(Self { value: number.to_string(), label: number.to_string(), also: Vec::new() })
            }
            other => {
                let whole: Whole = serde_json::from_value(other).map_err(serde::de::Error::custom)?;
                Ok(Self {
                    label: whole.label.unwrap_or_else(|| whole.value.clone()),
                    value: whole.value,
                    also: whole.also,
                })
            }
        }
    }
}

impl JsonSchema for ChoiceDefinition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Choice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": ["string", "number"]}, {
            "type": "object",
            "properties": {"value": {"type": "string"}, "label": {"type": "string"},
                           "also": {"type": "array", "items": {"type": "string"}}},
            "required": ["value"],
            "additionalProperties": false
        }]})
    }
}

pub(crate) fn purpose_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": Purpose::ALL.map(Purpose::as_str)})
}

fn service() -> Purpose {
    Purpose::Service
}

fn utc() -> Zone {
    Zone::UTC
}
