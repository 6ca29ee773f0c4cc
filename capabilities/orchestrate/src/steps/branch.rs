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
