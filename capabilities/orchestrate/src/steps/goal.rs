//! `goal`: the journey has reached what it is for.

use std::collections::BTreeMap;

use model::{Ending, Note, StepReason, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::payload::Payload;
use crate::request::{Emit, Request};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "goal", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// What is reached, such as `care package ordered`.
    goal: String,
    /// Whether the run ends here.
    #[serde(default)]
    ends: bool,
    /// An event that enters the customer's thread.
    #[serde(default)]
    event: Option<String>,
    /// The event's properties; texts may be templates.
    #[serde(default)]
    properties: BTreeMap<String, Json>,
}

#[derive(Debug)]
struct Goal {
    goal: Box<str>,
    ends: bool,
    event: Option<(Box<str>, Payload)>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.event.is_none() && !definition.properties.is_empty() {
        compiler.problem("properties", "properties of no event", "Name the `event`, or leave them out");
    }
    let event = match definition.event {
        Some(name) => {
            let path = compiler.at("event");
            compiler.compiler.event(&path, &name);
            let properties = Json::Object(definition.properties.into_iter().collect());
            Some((name.into(), Payload::compile("properties", &properties, compiler)?))
        }
        None => None,
    };
    Some(Box::new(Goal { goal: definition.goal.into(), ends: definition.ends, event, next: compiler.next }))
}

impl Step for Goal {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let (run, journey, goal) = (walk.run.id, walk.journey.name.clone(), self.goal.clone());
        walk.note(Note::GoalReached { run, journey, goal: goal.clone() });
        if let Some((name, properties)) = &self.event {
            // A property whose text lacks something is left out with the others; that it happened still counts.
            let properties = match properties.build(walk) {
                Ok(Value::Map(properties)) => properties.into_vec(),
                Ok(_) | Err(_) => Vec::new(),
            };
            let (strand, channel) = (walk.run.strand, walk.run.channel.clone());
            walk.requests.push(Request::Emit(Emit { strand, run, channel, name: name.clone(), properties }));
        }
        if self.ends { Move::End(Ending::Goal { goal }) } else { Move::Go(self.next, StepReason::Continued) }
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(if self.ends { Target::End } else { self.next })]
    }

    fn summary(&self) -> String {
        format!("Goal: {}", self.goal)
    }
}
