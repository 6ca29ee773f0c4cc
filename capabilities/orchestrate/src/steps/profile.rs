//! `profile`: what the journey found out becomes a trait of the customer.

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
    Kind { name: "profile", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The traits and their values; `"{{ slots.room }}"` alone keeps its kind.
    traits: BTreeMap<String, Json>,
}

#[derive(Debug)]
struct ProfileStep {
    names: Vec<String>,
    traits: Announcement,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.traits.is_empty() {
        compiler.problem("traits", "nothing to note", "Write traits with their values");
        return None;
    }
    let names: Vec<String> = definition.traits.keys().cloned().collect();
    for name in &names {
        // Compiled as an expression, so that an undeclared trait is named with its remedy.
        let path = compiler.at(&format!("traits.{name}"));
        compiler.compiler.expression(&path, &format!("profile.traits.{name}"), None)?;
    }
    let traits = Announcement::traits(definition.traits, compiler)?;
    Some(Box::new(ProfileStep { names, traits, next: compiler.next }))
}

impl Step for ProfileStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        self.traits.make(walk);
        Move::Go(self.next, StepReason::Continued)
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(self.next)]
    }

    fn summary(&self) -> String {
        format!("Note {} in the profile", self.names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn what_is_known_becomes_a_trait_and_what_is_not_is_left_out() {
        check(
            &[&journey(
                "steps:
  - {id: room, kind: profile, traits: {favourite_room: '{{ entry.properties.room }}', city: '{{ entry.properties.kind }}'}}
",
            )],
            Show::Ends,
            r#"10:00:00 webchat does Go {"room":"kitchen"}"#,
            expect![[r#"
                10:00:00 traits {"favourite_room":"kitchen"}
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:\n  - {id: a, kind: profile, traits: {}}\n  - {id: b, kind: profile, traits: {citi: x}}\n",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.traits: nothing to note. Write traits with their values
                journeys/0.yaml: steps.b.traits.citi (column 1): `profile.traits.citi` is not known here. Did you mean `profile.traits.city`?
            "#]],
        );
    }
}
