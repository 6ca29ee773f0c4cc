//! A journey test as its author writes it: `tests/*.yaml` in the catalogue folder.

use std::collections::BTreeMap;

use model::{Channel, Namespace, Span, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use serde_saphyr::Spanned;

use super::expectation::Expectation;

/// Monday, 2 March 2026, 09:00 UTC: a test that names no day must still be the same test every day.
const START: Timestamp = Timestamp(1_772_442_000_000);

/// What one customer does, what time passes, and what the journeys are to do about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// What the test shows, as a sentence.
    pub name: String,
    /// When it begins; Monday, 2 March 2026, 09:00 UTC unless stated.
    #[serde(default = "start")]
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// The identifiers that every event of the test carries, such as `{user_id: ada, email: ada@example.com}`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub customer: Identifiers,
    /// How calls and messages go that do not simply succeed.
    #[serde(default)]
    #[schemars(with = "Vec<Answer>")]
    pub answers: Vec<Spanned<Answer>>,
    /// What happens, one after the other.
    #[schemars(with = "Vec<TestStep>")]
    pub steps: Vec<Spanned<TestStep>>,
}

/// Values by namespace.
pub type Identifiers = BTreeMap<Namespace, String>;

/// Something that happens, and what is expected then. With neither `says`, `does` nor `traits` only time passes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestStep {
    /// How long after the step before, such as `40s`; at once unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub after: Option<Span>,
    /// When, counted from the start of the test; in place of `after`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub at: Option<Span>,
    /// A message the customer writes.
    #[serde(default)]
    pub says: Option<String>,
    /// The subject of a message written by e-mail.
    #[serde(default)]
    pub subject: Option<String>,
    /// The name of an event.
    #[serde(default)]
    pub does: Option<String>,
    /// The event's properties.
    #[serde(default)]
    pub properties: Map<String, Json>,
    /// What becomes known about the customer, as an `identify` call.
    #[serde(default)]
    pub traits: Map<String, Json>,
    /// Where it happens; where the step before did, unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Channel>,
    /// The identifiers of this event alone, in place of the customer's.
    #[serde(default, rename = "as")]
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub identifiers: Option<Identifiers>,
    /// The event's id: a second event with the same one is a repeated delivery.
    #[serde(default)]
    pub message_id: Option<String>,
    /// How long before its arrival the event happened.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub late: Option<Span>,
    /// How calls and messages go from here on; the last answer that fits counts.
    #[serde(default)]
    #[schemars(with = "Vec<Answer>")]
    pub answers: Vec<Spanned<Answer>>,
    /// What must be so now; each is about what happened since the expectations before, or about how it stands.
    #[serde(default)]
    #[schemars(with = "Vec<Expectation>")]
    pub expect: Vec<Spanned<Expectation>>,
}

/// How a call, or a message on a channel, goes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The event of a call, such as `add_on.ordered`.
    #[serde(default)]
    pub call: Option<String>,
    /// The channel of a message: `email` or `webchat`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub send: Option<Channel>,
    /// What the called system returns.
    #[serde(default)]
    pub returns: Option<Json>,
    /// It does not succeed, for this reason.
    #[serde(default)]
    pub fails: Option<String>,
    /// The called system answers that it does not do it, for this reason.
    #[serde(default)]
    pub refuses: Option<String>,
    /// So many attempts do not reach the called system; it is tried again as the step says.
    #[serde(default)]
    pub unreachable: Option<u16>,
}

fn start() -> Timestamp {
    START
}
