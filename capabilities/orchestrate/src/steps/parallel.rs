//! `parallel`: goes every way whose condition holds, at once, and on where they meet when all have come there.

use model::{Ending, RunId, StepReason};
use rules::Program;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::parts::Part;
use crate::progress::{Waiting, WaitingFor};
use crate::walk::Walk;

pub(crate) const KIND: Kind = Kind {
    name: "parallel",
    compile,
    schema: |generator| <Definition as JsonSchema>::json_schema(generator),
};

const ARMS_MAX: usize = 8;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The ways; each is taken whose condition holds.
    arms: Vec<ArmDefinition>,
    /// The step where the arms meet and the run goes on; it goes on there too when no condition holds.
    join: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ArmDefinition {
    /// A condition; taken by everybody unless stated.
    #[serde(default)]
    when: Option<String>,
    /// The arm's first step.
    next: String,
}

#[derive(Debug)]
struct Parallel {
    arms: Vec<Arm>,
    join: usize,
    join_id: Box<str>,
}

#[derive(Debug)]
struct Arm {
    when: Option<Program>,
    first: usize,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if !(2..=ARMS_MAX).contains(&definition.arms.len()) {
        let message = format!("{} arms", definition.arms.len());
        compiler.problem("arms", message, format!("List 2 to {ARMS_MAX}, each with `next`"));
        return None;
    }
    let join = step_place("join", &definition.join, compiler);
    let mut arms = Vec::new();
    for (number, arm) in definition.arms.iter().enumerate() {
        let when = match &arm.when {
            Some(when) => {
                let path = compiler.at(&format!("arms.{number}.when"));
                compiler.compiler.condition(&path, when, None).map(Some)
            }
            None => Some(None),
        };
        let field = format!("arms.{number}.next");
        let first = step_place(&field, &arm.next, compiler);
        if first.is_some() && first == join {
            compiler.problem(&field, "the arm has no step", "Name its first step, or leave the arm out");
        }
        arms.push(when.zip(first).map(|(when, first)| Arm { when, first }));
    }
    let arms = arms.into_iter().collect::<Option<_>>()?;
    Some(Box::new(Parallel { arms, join: join?, join_id: definition.join.into() }))
}

/// The place of a step; the end is none.
fn step_place(field: &str, name: &String, compiler: &mut StepCompiler<'_, '_>) -> Option<usize> {
    match compiler.target(field, Some(name))? {
        Target::Step(place) => Some(place),
        Target::End => {
            compiler.problem(field, "`end` is no step", "Name a step; an `exit` step ends the run");
            None
        }
    }
}

impl Step for Parallel {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let taken: Vec<usize> = self
            .arms
            .iter()
            .filter(|arm| arm.when.as_ref().is_none_or(|when| walk.holds(when)))
            .map(|arm| arm.first)
            .collect();
        let journey = walk.journey;
        let mut runs = Vec::new();
        for first in taken {
            let part = Part { first, until: Some(self.join_id.clone()), slots: walk.run.slots.clone() };
            match walk.begin_part(journey, part) {
                Some(run) => runs.push(run),
                None => return Move::End(Ending::Endless { step: walk.run.step.clone() }),
            }
        }
        self.join_when_done(walk, runs)
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        let (Wake::Part, Some(WaitingFor::Runs { runs })) = (wake, walk.run.waiting_for()) else {
            return Move::Ignore;
        };
        let runs = runs.clone();
        if runs.iter().any(|run| !walk.part_ended(*run)) {
            return Move::Ignore;
        }
        self.join_when_done(walk, runs)
    }

    fn ways(&self) -> Vec<Way> {
        let arms = self.arms.iter().map(|arm| {
            let label = arm.when.as_ref().map_or("everybody", |when| when.source());
            Way::when(label, Target::Step(arm.first))
        });
        arms.chain([Way::when("when all are done", Target::Step(self.join))]).collect()
    }

    fn summary(&self) -> String {
        format!("Go up to {} ways at once", self.arms.len())
    }
}

impl Parallel {
    fn join_when_done(&self, walk: &mut Walk<'_>, runs: Vec<RunId>) -> Move {
        if runs.iter().any(|run| !walk.part_ended(*run)) {
            return Move::Wait(Waiting {
                for_what: WaitingFor::Runs { runs },
                since: walk.ctx.now,
                due: None,
            });
        }
        let arms = runs.len() as u8;
        for run in runs {
            walk.take_arm(run);
        }
        Move::Go(Target::Step(self.join), StepReason::Joined { arms })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, World, check, check_problems, journey};

    const PARALLEL: &str = "
slots:
  a: {type: int, ask: How many?}
steps:
  - id: both
    kind: parallel
    arms:
      - {next: ask}
      - {when: entry.properties.number > 5, next: pause}
    join: together
  - {id: ask, kind: ask, slots: [a], next: together}
  - {id: pause, kind: wait, for: 1h}
  - {id: told, kind: message, text: An hour later, next: together}
  - {id: together, kind: message, text: 'All done, {{ slots.a }}'}
";

    #[test]
    fn arms_are_walked_at_once_and_meet_with_what_they_found_out() {
        check(
            &[&journey(PARALLEL)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":6}
               10:10:00 webchat says 3
               11:00:00 tick"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “both” of “test”: the journey begins here.)
                10:00:00 (Reached “ask” of “test”: the step before was done.)
                10:00:00 chat: How many?
                10:00:00 (Asked for “a” by web chat.)
                10:00:00 (Reached “pause” of “test”: the step before was done.)
                10:10:00 (“a” is known: the customer answered by web chat.)
                11:00:00 (Reached “told” of “test”: 1h passed.)
                11:00:00 chat: An hour later
                11:00:00 (Reached “together” of “test”: all 2 arms came to their end.)
                11:00:00 chat: All done, 3
                11:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn one_arm_alone_does_not_wait_for_another() {
        check(
            &[&journey(PARALLEL)],
            Show::Ends,
            r#"10:00:00 webchat does Go {"number":1}
               10:10:00 webchat says 3"#,
            expect![[r#"
                10:00:00 chat: How many?
                10:10:00 chat: All done, 3
                10:10:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn arms_end_with_their_run() {
        let exits = format!("{PARALLEL}exits:\n  - {{event: Leave}}\n");
        let journey = journey(&exits);
        let mut world = World::new(&[&journey], Show::Ends);
        world.run(r#"10:00:00 webchat does Go {"number":6}"#);
        assert_eq!(world.progress.under_way().count(), 3);
        world.run("10:00:01 web does Leave\n11:00:00 tick");
        assert_eq!(world.progress.runs().len(), 1);
        expect![[r#"
            10:00:00 chat: How many?
            10:00:01 (The journey “test” ended: the exit rule “Leave” applied.)
        "#]]
        .assert_eq(&world.text());
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: parallel, arms: [{next: c}], join: c}
  - {id: b, kind: parallel, arms: [{next: c}, {next: d, when: slots.x}], join: end}
  - {id: c, kind: parallel, arms: [{next: a}, {next: b}], join: a}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.arms: 1 arms. List 2 to 8, each with `next`
                journeys/0.yaml: steps.b.join: `end` is no step. Name a step; an `exit` step ends the run
                journeys/0.yaml: steps.b.arms.1.when (column 1): `slots.x` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.b.arms.1.next: there is no step `d`. Name one of: a, b, c, end
                journeys/0.yaml: steps.c.arms.0.next: the arm has no step. Name its first step, or leave the arm out
            "#]],
        );
    }
}
