//! `branch`: goes the first way whose condition holds.

use model::StepReason;
use rules::Program;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "branch", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The ways, in order.
    cases: Vec<CaseDefinition>,
    /// Where to go when no condition holds; the next step unless stated.
    #[serde(default)]
    otherwise: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaseDefinition {
    /// A condition. Where it cannot be decided it does not hold.
    when: String,
    next: String,
}

#[derive(Debug)]
struct Branch {
    cases: Vec<(Program, Target)>,
    otherwise: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.cases.is_empty() {
        compiler.problem("cases", "no way to choose from", "List ways, each with `when` and `next`");
        return None;
    }
    let otherwise = compiler.target("otherwise", definition.otherwise.as_ref());
    let mut cases = Vec::new();
    for (place, case) in definition.cases.iter().enumerate() {
        let path = compiler.at(&format!("cases.{place}.when"));
        let when = compiler.compiler.condition(&path, &case.when, None);
        let next = compiler.target(&format!("cases.{place}.next"), Some(&case.next));
        cases.push(when.zip(next));
    }
    for (place, when) in cases.iter().enumerate() {
        let Some((when, _)) = when else { continue };
        let mut earlier = cases[..place].iter().enumerate();
        let hidden = earlier.find(|(_, case)| case.as_ref().is_some_and(|(first, _)| when.implies(first)));
        if let Some((first, _)) = hidden {
            let message =
                format!("it is never looked at: wherever it holds, `cases.{first}.when` holds before");
            compiler.problem(
                &format!("cases.{place}.when"),
                message,
                "Write it before that one, or take it out",
            );
        }
    }
    Some(Box::new(Branch { cases: cases.into_iter().collect::<Option<_>>()?, otherwise: otherwise? }))
}

impl Step for Branch {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        match self.cases.iter().find(|(when, _)| walk.holds(when)) {
            Some((when, next)) => Move::Go(*next, StepReason::Condition { when: when.source().into() }),
            None => Move::Go(self.otherwise, StepReason::Otherwise),
        }
    }

    fn ways(&self) -> Vec<Way> {
        let cases = self.cases.iter().map(|(when, next)| Way::when(when.source(), *next));
        cases.chain([Way::when("otherwise", self.otherwise)]).collect()
    }

    fn summary(&self) -> String {
        format!("Choose one of {} ways", self.cases.len() + 1)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const BRANCH: &str = "steps:
  - id: which
    kind: branch
    cases:
      - {when: entry.properties.number > 5, next: many}
      - {when: in_segment(\"vip\"), next: vip}
    otherwise: other
  - {id: many, kind: message, text: Many, next: end}
  - {id: vip, kind: message, text: Welcome back, next: end}
  - {id: other, kind: message, text: Hello}
";

    #[test]
    fn the_first_condition_that_holds_decides() {
        check(
            &[&journey(BRANCH)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":6}
               webchat does Go {"number":2}
               segment vip
               webchat does Go"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “which” of “test”: the journey begins here.)
                10:00:00 (Reached “many” of “test”: `entry.properties.number > 5` holds.)
                10:00:00 chat: Many
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “which” of “test”: the journey begins here.)
                10:00:00 (Reached “other” of “test”: no condition holds.)
                10:00:00 chat: Hello
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “which” of “test”: the journey begins here.)
                10:00:00 (Reached “vip” of “test”: `in_segment("vip")` holds.)
                10:00:00 chat: Welcome back
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: branch, cases: []}
  - {id: b, kind: branch, cases: [{when: entry.properties.numbr > 5, next: c}, {when: slots.x, next: d}]}
  - {id: c, kind: branch, cases: [{when: 'in_segment(\"vip\")', next: b}], otherwise: b}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.cases: no way to choose from. List ways, each with `when` and `next`
                journeys/0.yaml: steps.b.cases.0.when (column 1): `entry.properties.numbr` is not known here. Did you mean `entry.properties.number`?
                journeys/0.yaml: steps.b.cases.1.when (column 1): `slots.x` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.b.cases.1.next: there is no step `d`. Name one of: a, b, c, end
            "#]],
        );
    }

    #[test]
    fn a_circle_without_a_wait_is_refused() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: message, text: round}
  - {id: b, kind: branch, cases: [{when: 'in_segment(\"vip\")', next: a}]}
  - {id: c, kind: message, text: never, next: e}
  - {id: d, kind: exit}
  - {id: e, kind: exit}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.d: no step leads here. Name it in a `next`, or delete it
                journeys/0.yaml: steps.a: a run would go round here without end. Put a `wait` or an `ask` into the circle
                journeys/0.yaml: steps.b: a run would go round here without end. Put a `wait` or an `ask` into the circle
            "#]],
        );
    }

    #[test]
    fn ways_that_are_never_taken_are_mistakes() {
        check_problems(
            &[&journey(
                "slots: {plan: {type: choice, ask: Which?, choices: [care, plus]}}
steps:
  - id: which
    kind: branch
    cases:
      - {when: entry.properties.number > 5, next: end}
      - {when: entry.properties.number > 9, next: end}
      - {when: entry.properties.number > 3 && entry.properties.number < 2, next: end}
      - {when: slots.plan == \"gold\", next: end}
  - {id: out, kind: exit}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.which.cases.2.when: it can never hold: `entry.properties.number` cannot be > 3 and < 2. Correct it, or take it out
                journeys/0.yaml: steps.which.cases.3.when: it can never hold: `slots.plan` is one of care, plus, never “gold”. Correct it, or take it out
                journeys/0.yaml: steps.which.cases.1.when: it is never looked at: wherever it holds, `cases.0.when` holds before. Write it before that one, or take it out
            "#]],
        );
    }
}
