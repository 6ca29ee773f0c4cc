//! What brings customers into a journey, as its author writes it and compiled: an event, a segment, a schedule, or a
//! request over the API.

use std::collections::BTreeMap;

use model::{Channel, Span, ValueKind, Zone};
use rules::Program;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::compiler::Compiler;
use crate::definition::OneOrMany;
use crate::schedule::{Schedule, ScheduleDefinition};

/// The event by which the API asks for a run; it names the journey in its property `journey`.
pub(crate) const REQUESTED: &str = "Journey Requested";
const REQUESTED_JOURNEY: &str = "journey";

/// One way in. Exactly one of `event`, `segment`, `schedule` and `request` stands in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryDefinition {
    /// The name of the event.
    #[serde(default)]
    pub event: Option<String>,
    /// The name of the segment.
    #[serde(default)]
    pub segment: Option<String>,
    /// Whether entering or leaving the segment counts; entering unless stated.
    #[serde(default)]
    pub on: Crossing,
    #[serde(default)]
    pub schedule: Option<ScheduleDefinition>,
    /// Asked for over the API, with these properties and their kinds.
    #[serde(default)]
    #[schemars(schema_with = "properties_schema")]
    pub request: Option<BTreeMap<String, ValueKind>>,
    /// A condition; `event.properties.…` is the event.
    #[serde(default)]
    pub when: Option<String>,
    /// Only events that came by these channels.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub channels: Vec<Channel>,
    /// Events that happened longer before they were received start nothing, so that an import of history
    /// does not; a day unless stated.
    #[serde(default = "one_day")]
    #[schemars(with = "String")]
    pub max_age: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Crossing {
    #[default]
    Entering,
    Leaving,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub trigger: Trigger,
    pub when: Option<Program>,
    pub channels: Vec<Channel>,
    pub max_age: Span,
}

#[derive(Debug)]
pub(crate) enum Trigger {
    Event(Box<str>),
    Segment { segment: Box<str>, on: Crossing },
    Schedule(Schedule),
    Request,
}

impl Entry {
    /// What starts a run, in a few words.
    pub fn sentence(&self) -> String {
        match &self.trigger {
            Trigger::Event(event) => event.to_string(),
            Trigger::Segment { segment, on: Crossing::Entering } => format!("entering {segment}"),
            Trigger::Segment { segment, on: Crossing::Leaving } => format!("leaving {segment}"),
            Trigger::Schedule(schedule) => schedule.sentence(),
            Trigger::Request => "a request".into(),
        }
    }

    /// Whether an event that may be a request is one for `journey`.
    pub fn is_meant(&self, event: &model::Event, journey: &str) -> bool {
        !matches!(self.trigger, Trigger::Request)
            || *event.name == *REQUESTED && event.property(REQUESTED_JOURNEY).as_text() == Some(journey)
    }
}

impl EntryDefinition {
    /// The events by which it starts.
    pub fn event_names(&self) -> impl Iterator<Item = String> {
        self.event.clone().into_iter().chain(self.request.is_some().then(|| REQUESTED.to_owned()))
    }
}

/// Declares what the API may be asked for with, so that conditions can name it.
pub(crate) fn declare_requests(entries: &OneOrMany<EntryDefinition>, compiler: &mut Compiler<'_>) {
    let mut declared = vec![(REQUESTED_JOURNEY.to_owned(), ValueKind::Text)];
    for entry in &entries.0 {
        for (name, kind) in entry.request.iter().flatten() {
            declared.push((name.clone(), *kind));
        }
    }
    compiler.scope.event(REQUESTED, declared);
}

pub(crate) fn compile_entries(
    entries: &OneOrMany<EntryDefinition>,
    zone: &Zone,
    compiler: &mut Compiler<'_>,
) -> Vec<Entry> {
    if entries.0.is_empty() {
        compiler.problem("entry", "no event starts the journey", "Write `entry: {event: …}`");
    }
    let many = entries.0.len();
    let compiled = entries
        .0
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| compile_entry(entry, &path_of(place, many), zone, compiler));
    compiled.collect()
}

fn path_of(place: usize, many: usize) -> String {
    if many > 1 { format!("entry.{place}") } else { "entry".into() }
}

fn compile_entry(
    definition: &EntryDefinition,
    path: &str,
    zone: &Zone,
    compiler: &mut Compiler<'_>,
) -> Option<Entry> {
    let trigger = compile_trigger(definition, path, zone, compiler);
    compiler.positive(&format!("{path}.max_age"), definition.max_age);
    let by_event = matches!(trigger, Some(Trigger::Event(_) | Trigger::Request));
    if trigger.is_some() && !by_event && !definition.channels.is_empty() {
        let remedy = "Leave it out, or start the journey by an event";
        compiler.problem(&format!("{path}.channels"), "only events have a channel", remedy);
    }
    let events: Vec<String> = definition.event_names().collect();
    let events = by_event.then_some(&*events);
    let when = definition.when.as_ref();
    let when = when.and_then(|when| compiler.condition(&format!("{path}.when"), when, events));
    Some(Entry {
        trigger: trigger?,
        when,
        channels: definition.channels.clone(),
        max_age: definition.max_age,
    })
}

fn compile_trigger(
    definition: &EntryDefinition,
    path: &str,
    zone: &Zone,
    compiler: &mut Compiler<'_>,
) -> Option<Trigger> {
    match (&definition.event, &definition.segment, &definition.schedule, &definition.request) {
        (Some(event), None, None, None) => {
            compiler.event(&format!("{path}.event"), event);
            Some(Trigger::Event(event.as_str().into()))
        }
        (None, Some(segment), None, None) => {
            // Compiled as a condition, so that an unknown segment is named with its remedy.
            compiler.condition(&format!("{path}.segment"), &format!("in_segment({segment:?})"), None)?;
            Some(Trigger::Segment { segment: segment.as_str().into(), on: definition.on })
        }
        (None, None, Some(schedule), None) => {
            Schedule::compile(schedule, &format!("{path}.schedule"), zone, compiler).map(Trigger::Schedule)
        }
        (None, None, None, Some(_)) => Some(Trigger::Request),
        _ => {
            let message = "it is not clear what starts the journey";
            compiler.problem(path, message, "Write one of `event`, `segment`, `schedule` and `request`");
            None
        }
    }
}

fn properties_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": {"enum": ["text", "int", "double", "bool", "time"]}})
}

fn one_day() -> Span {
    Span::DAY
}
