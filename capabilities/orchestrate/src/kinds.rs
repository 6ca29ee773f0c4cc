//! What every step kind provides.

use std::fmt::Debug;

use model::{Channel, Ending};
use model::{Event, OutcomeKind, Span, StepReason, Value};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json};

use crate::compiler::StepCompiler;
use crate::content::Written;
use crate::progress::Waiting;
use crate::steps;
use crate::walk::Walk;

/// The names of all step kinds, as they stand in files.
pub fn step_kinds() -> impl Iterator<Item = &'static str> {
    steps::KINDS.iter().map(|kind| kind.name)
}

/// A step kind: its name in files, its fields and how they become a step.
pub(crate) struct Kind {
    pub name: &'static str,
    /// Checks the step's own fields; problems go to the compiler.
    pub compile: fn(Json, &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>>,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A compiled step.
pub(crate) trait Step: Debug + Send + Sync {
    /// A run arrives here.
    fn arrive(&self, walk: &mut Walk<'_>) -> Move;

    /// Something happened while a run waits here.
    fn wake(&self, _: &mut Walk<'_>, _: &Wake<'_>) -> Move {
        Move::Ignore
    }

    /// What is said on another channel when the first could not deliver its message.
    fn undelivered(&self, _: &mut Walk<'_>, _: &Channel) -> Undelivered {
        Undelivered::AsItWas
    }

    /// Where runs can go from here.
    fn ways(&self) -> Vec<Way>;

    /// What it does, in a few words.
    fn summary(&self) -> String;

    /// Whether a run can pass without time going by.
    fn waits(&self) -> bool {
        false
    }

    /// Whether it puts questions to the customer, which it must not while people have the conversation.
    fn asks(&self) -> bool {
        false
    }

    /// The journey it starts within the journey, with the slots it names of it.
    fn starts(&self) -> Option<(&str, Vec<&str>)> {
        None
    }

    /// The slots this step gives a value.
    fn fills(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// What becomes of a message that could not be delivered.
pub(crate) enum Undelivered {
    /// It goes out in the words it had.
    AsItWas,
    /// It goes out in these words, with these answers to choose from.
    Say(Written, Vec<String>),
    /// Nobody needs it any more.
    Over,
}

/// What happened while a run waits.
pub(crate) enum Wake<'a> {
    Event(&'a Event),
    /// The customer wrote something that is for this run.
    Answer(&'a Said),
    /// The time the step named has come.
    Due,
    Settled(&'a OutcomeKind),
    /// What the step asked for was worked out.
    Provided(&'a Value),
    /// The agent is done with the conversation.
    Done(&'a Done),
    /// A run that is a part of this one came to its end.
    Part,
}

/// How an agent left a conversation.
#[derive(Debug)]
pub(crate) struct Done {
    /// None where it was given back to the bot.
    pub outcome: Option<Box<str>>,
    pub results: Vec<(Box<str>, Value)>,
    /// As customers know them.
    pub agent: Box<str>,
}

/// What a customer wrote.
#[derive(Debug)]
pub(crate) struct Said {
    pub channel: Channel,
    pub text: String,
}

/// What becomes of a run.
#[derive(Debug)]
pub(crate) enum Move {
    /// It has nothing to do with what happened.
    Ignore,
    Wait(Waiting),
    Go(Target, StepReason),
    End(Ending),
}

/// Where a way leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Step(usize),
    End,
}

/// A way out of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// When it is taken; empty for the only or ordinary way.
    pub label: String,
    pub to: Target,
}

impl Way {
    pub fn on(to: Target) -> Self {
        Self { label: String::new(), to }
    }

    pub fn when(label: impl Into<String>, to: Target) -> Self {
        Self { label: label.into(), to }
    }

    /// The way taken when nothing came for `span`.
    pub fn after(span: Span, to: Target) -> Self {
        Self::when(format!("nothing for {span}"), to)
    }
}

/// The schema of `steps`: the fields of each kind together with those of every step.
pub(crate) fn steps_schema(generator: &mut SchemaGenerator) -> Schema {
    let kinds: Vec<Json> = steps::KINDS.iter().map(|kind| step_schema(kind, generator)).collect();
    json_schema!({"type": "array", "minItems": 1, "items": {"oneOf": kinds}})
}

fn step_schema(kind: &Kind, generator: &mut SchemaGenerator) -> Json {
    let mut schema = (kind.schema)(generator).to_value();
    let text = |description: &str| serde_json::json!({"type": "string", "description": description});
    let shared = [
        ("id", serde_json::json!({"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"})),
        ("kind", serde_json::json!({"const": kind.name})),
        ("title", text("What the studio shows.")),
        ("next", text("The id of the step after this one, or `end`; the following one unless stated.")),
    ];
    let Json::Object(fields) = &mut schema else { return schema };
    let properties = fields.entry("properties").or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(properties) = properties {
        properties.extend(shared.map(|(name, schema)| (name.to_owned(), schema)));
    }
    let required = fields.entry("required").or_insert_with(|| Json::Array(Vec::new()));
    if let Json::Array(required) = required {
        required.extend(["id", "kind"].map(Json::from));
    }
    schema
}
