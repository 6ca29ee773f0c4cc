//! `split`: a random part of the customers goes each way, and a customer always the same.

use model::{CustomerId, StepReason};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Way};
use crate::request::mix;
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "split", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The ways, with the share of a hundred that takes each.
    arms: Vec<ArmDefinition>,
    /// Splits of the same seed send a customer the same way, in whatever journey; the journey and the step unless stated.
    #[serde(default)]
    seed: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ArmDefinition {
    /// What it is called in figures.
    name: String,
    /// Of a hundred customers, how many.
    share: u8,
    next: String,
}

#[derive(Debug)]
struct Split {
    arms: Vec<Arm>,
    seed: u64,
}

#[derive(Debug)]
struct Arm {
    name: Box<str>,
    share: u8,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    let sum: u32 = definition.arms.iter().map(|arm| u32::from(arm.share)).sum();
    if sum != 100 {
        compiler.problem("arms", format!("the shares add up to {sum}"), "Make them 100 together");
    }
    let mut arms: Vec<Option<Arm>> = Vec::new();
    for (number, arm) in definition.arms.iter().enumerate() {
        if arms.iter().flatten().any(|own| *own.name == *arm.name) {
            let message = format!("two arms are called `{}`", arm.name);
            compiler.problem(&format!("arms.{number}.name"), message, "Rename one of them");
        }
        let next = compiler.target(&format!("arms.{number}.next"), Some(&arm.next));
        let (name, share) = (arm.name.as_str().into(), arm.share);
        arms.push(next.map(|next| Arm { name, share, next }));
    }
    let own = format!("{}/{}", compiler.compiler.journey, compiler.path);
    let seed = seed(definition.seed.as_deref().unwrap_or(&own));
    Some(Box::new(Split { arms: arms.into_iter().collect::<Option<_>>()?, seed }))
}

impl Step for Split {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let arm = self.arm(walk.ctx.customer);
        Move::Go(arm.next, StepReason::Split { arm: arm.name.clone(), share: arm.share })
    }

    fn ways(&self) -> Vec<Way> {
        self.arms.iter().map(|arm| Way::when(format!("{} ({} %)", arm.name, arm.share), arm.next)).collect()
    }

    fn summary(&self) -> String {
        let shares: Vec<String> = self.arms.iter().map(|arm| arm.share.to_string()).collect();
        format!("Split {}", shares.join(" : "))
    }
}

impl Split {
    /// The arm of a customer: its number, mixed with the seed, falls into one of a hundred equal parts.
    fn arm(&self, customer: CustomerId) -> &Arm {
        let place = mix(self.seed ^ mix(customer.0)) % 100;
        let mut upto = 0;
        let found = self.arms.iter().find(|arm| {
            upto += u64::from(arm.share);
            place < upto
        });
        found.unwrap_or(&self.arms[self.arms.len() - 1])
    }
}

fn seed(text: &str) -> u64 {
    text.bytes().fold(0, |state, byte| mix(state ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::world::{Show, check, check_problems, journey};

    const SPLIT: &str = "steps:
  - id: halves
    kind: split
    arms:
      - {name: short, share: 30, next: short}
      - {name: long, share: 70, next: long}
  - {id: short, kind: message, text: Short, next: end}
  - {id: long, kind: message, text: Long}
";

    #[test]
    fn a_customer_goes_the_same_way_each_time() {
        check(
            &[&journey(SPLIT)],
            Show::Everything,
            "10:00:00 webchat does Go
             11:00:00 webchat does Go",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “halves” of “test”: the journey begins here.)
                10:00:00 (Reached “long” of “test”: the customer is in “long”, 70 of 100.)
                10:00:00 chat: Long
                10:00:00 (The journey “test” ended: its last step was done.)
                11:00:00 (“Go” started the journey “test” (version 1).)
                11:00:00 (Reached “halves” of “test”: the journey begins here.)
                11:00:00 (Reached “long” of “test”: the customer is in “long”, 70 of 100.)
                11:00:00 chat: Long
                11:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn customers_fall_into_their_shares() {
        let arm = |name: &str, share| Arm { name: name.into(), share, next: Target::End };
        let split =
            |text: &str| Split { arms: vec![arm("a", 10), arm("b", 0), arm("c", 90)], seed: seed(text) };
        let count = |text: &str, name: &str| {
            let split = split(text);
            (1..=100_000).filter(|id| *split.arm(CustomerId(*id)).name == *name).count()
        };
        assert!((9_700..10_300).contains(&count("one", "a")), "{}", count("one", "a"));
        assert_eq!(count("one", "b"), 0);
        // Another seed is another draw: of a tenth and a tenth, a hundredth is in both.
        let (one, two) = (split("one"), split("two"));
        let both = (1..=100_000)
            .filter(|id| [&one, &two].iter().all(|split| *split.arm(CustomerId(*id)).name == *"a"))
            .count();
        assert!((850..1_150).contains(&both), "{both}");
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: split, arms: [{name: x, share: 50, next: b}, {name: x, share: 40, next: c}]}
  - {id: b, kind: exit}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.arms: the shares add up to 90. Make them 100 together
                journeys/0.yaml: steps.a.arms.1.name: two arms are called `x`. Rename one of them
                journeys/0.yaml: steps.a.arms.1.next: there is no step `c`. Name one of: a, b, end
            "#]],
        );
    }
}
