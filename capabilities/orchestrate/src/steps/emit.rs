//! `emit`: an event enters the customer's thread; segments, other journeys and computed traits see it.

use std::collections::BTreeMap;

use model::StepReason;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::payload::Announcement;
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "emit", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The name of the event.
    event: String,
    /// The event's properties; texts may be templates.
    #[serde(default)]
    properties: BTreeMap<String, Json>,
}

#[derive(Debug)]
struct EmitStep {
    event: Announcement,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let event = Announcement::event(definition.event, definition.properties, compiler)?;
    Some(Box::new(EmitStep { event, next: compiler.next }))
}

impl Step for EmitStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        self.event.make(walk);
        Move::Go(self.next, StepReason::Continued)
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next)]
    }

    fn summary(&self) -> String {
        format!("Say that {}", self.event.summary())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn an_event_enters_the_thread() {
        check(
            &[&journey(
                "steps:
  - {id: told, kind: emit, event: Delivery Rated, properties: {stars: '{{ entry.properties.number }}'}}
  - {id: over, kind: message, text: Done}
",
            )],
            Show::Ends,
            r#"10:00:00 webchat does Go {"number":4}"#,
            expect![[r#"
                10:00:00 event Delivery Rated {"stars":4}
                10:00:00 chat: Done
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey("steps:\n  - {id: a, kind: emit, event: Unheard Of}\n  - {id: b, kind: emit}\n")],
            expect![[r#"
                journeys/0.yaml: steps.a.event: the event `Unheard Of` is not declared. Declare it under `events` in schema.yaml
                journeys/0.yaml: steps.b: missing field `event`. Compare with the journey schema
            "#]],
        );
    }
}
