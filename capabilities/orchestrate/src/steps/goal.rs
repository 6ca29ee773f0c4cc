//! `goal`: the journey has reached what it is for.

use std::collections::BTreeMap;

use model::{Ending, Note, StepReason};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::payload::Announcement;
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
    event: Option<Announcement>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.event.is_none() && !definition.properties.is_empty() {
        compiler.problem("properties", "properties of no event", "Name the `event`, or leave them out");
    }
    let event = match definition.event {
        Some(name) => Some(Announcement::event(name, definition.properties, compiler)?),
        None => None,
    };
    Some(Box::new(Goal { goal: definition.goal.into(), ends: definition.ends, event, next: compiler.next }))
}

impl Step for Goal {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let (run, journey, goal) = (walk.run.id, walk.journey.name.clone(), self.goal.clone());
        walk.note(Note::GoalReached { run, journey, goal: goal.clone() });
        if let Some(event) = &self.event {
            event.make(walk);
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn a_goal_is_noted_may_tell_the_thread_and_may_end_the_run() {
        check(
            &[&journey(
                "steps:
  - {id: told, kind: goal, goal: told, event: Delivery Rated, properties: {stars: '{{ entry.properties.number }}', by: us}}
  - {id: over, kind: goal, goal: over, ends: true}
",
            )],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":4}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “told” of “test”: the journey begins here.)
                10:00:00 (Reached the goal “told” of “test”.)
                10:00:00 event Delivery Rated {"by":"us","stars":4}
                10:00:00 (Reached “over” of “test”: the step before was done.)
                10:00:00 (Reached the goal “over” of “test”.)
                10:00:00 (The journey “test” ended: the goal “over” was reached.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: goal, goal: x, properties: {a: 1}}
  - {id: b, kind: goal, goal: x, event: Unheard Of}
  - {id: c, kind: goal}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.properties: properties of no event. Name the `event`, or leave them out
                journeys/0.yaml: steps.b.event: the event `Unheard Of` is not declared. Declare it under `events` in schema.yaml
                journeys/0.yaml: steps.c: missing field `goal`. Compare with the journey schema
            "#]],
        );
    }
}
