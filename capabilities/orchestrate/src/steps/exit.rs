//! `exit`: the run ends here.

use model::Ending;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "exit", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// Why, for whoever looks at the run.
    #[serde(default = "unstated")]
    reason: String,
}

fn unstated() -> String {
    "the journey ends here".into()
}

#[derive(Debug)]
struct Exit {
    reason: Box<str>,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    Some(Box::new(Exit { reason: definition.reason.into() }))
}

impl Step for Exit {
    fn arrive(&self, _: &mut Walk<'_>) -> Move {
        Move::End(Ending::Exit { reason: self.reason.clone() })
    }

    fn ways(&self) -> Vec<Way> {
        vec![Way::on(Target::End)]
    }

    fn summary(&self) -> String {
        format!("End: {}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn the_run_ends_with_its_reason() {
        check(
            &[&journey("steps:\n  - {id: out, kind: exit, reason: nothing to do}\n")],
            Show::Ends,
            "10:00:00 webchat does Go",
            expect![[r#"
                10:00:00 (The journey “test” ended: nothing to do.)
            "#]],
        );
    }

    #[test]
    fn nothing_follows_an_exit() {
        check_problems(
            &[&journey("steps:\n  - {id: out, kind: exit}\n  - {id: after, kind: message, text: hello}\n")],
            expect![[r#"
                journeys/0.yaml: steps.after: no step leads here. Name it in a `next`, or delete it
            "#]],
        );
    }
}
