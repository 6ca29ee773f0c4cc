//! `call`: asks a back-office system to do something, once, and waits for its answer.

use std::collections::BTreeMap;

use model::{Ending, Note, OutcomeKind, Resend, SlotSource, StepReason, Value, WebhookCall};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::payload::Payload;
use crate::progress::{Waiting, WaitingFor};
use crate::request::{Call, Request};
use crate::walk::Walk;

pub(crate) const KIND: Kind =
    Kind { name: "call", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The name of the system; its address and secret are configuration.
    endpoint: String,
    /// What it is about, such as `add_on.ordered`.
    event: String,
    /// What it is told; texts may be templates, and `"{{ slots.seats }}"` alone keeps its kind.
    #[serde(default)]
    payload: BTreeMap<String, Json>,
    /// Slots to fill from the answer, each with a path in it.
    #[serde(default)]
    save: BTreeMap<String, String>,
    /// Where to go when it did not, or perhaps did not, do it; the run ends unless stated.
    #[serde(default)]
    on_failure: Option<String>,
}

#[derive(Debug)]
struct CallStep {
    endpoint: Box<str>,
    event: Box<str>,
    payload: Payload,
    save: Vec<(Box<str>, Box<str>)>,
    on_failure: Option<Target>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    for (field, text) in [("endpoint", &definition.endpoint), ("event", &definition.event)] {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if text.is_empty() || !text.bytes().all(legal) {
            compiler.problem(field, format!("`{text}` is no name"), "Use letters, digits, `-`, `_` and `.`");
        }
    }
    let payload = Json::Object(definition.payload.into_iter().collect());
    let payload = Payload::compile("payload", &payload, compiler);
    let mut save = Vec::new();
    for (slot, path) in &definition.save {
        save.push((compiler.slot("save", slot)?, path.as_str().into()));
    }
    let on_failure = match &definition.on_failure {
        Some(name) => Some(compiler.target("on_failure", Some(name))?),
        None => None,
    };
    let (endpoint, event) = (definition.endpoint.into(), definition.event.into());
    Some(Box::new(CallStep { endpoint, event, payload: payload?, save, on_failure, next: compiler.next }))
}

impl Step for CallStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let payload = match self.payload.build(walk) {
            Ok(payload) => payload,
            Err(detail) => return self.fail(walk, &detail, |detail| StepReason::CallFailed { detail }),
        };
        let (effect, strand, run) = (walk.ctx.new_effect(), walk.run.strand, walk.run.id);
        let call =
            WebhookCall { endpoint: self.endpoint.to_string(), event: self.event.to_string(), payload };
        // The receiver knows the effect by its id and acts once.
        walk.requests.push(Request::Call(Call { effect, strand, run, resend: Resend::Always, call }));
        let (endpoint, event) = (self.endpoint.clone(), self.event.clone());
        walk.note(Note::CallAsked { effect, run, endpoint: endpoint.clone(), event });
        Move::Wait(Waiting {
            for_what: WaitingFor::Call { effect, endpoint },
            since: walk.ctx.now,
            due: None,
        })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        let Wake::Settled(outcome) = wake else { return Move::Ignore };
        match outcome {
            OutcomeKind::Done { answer, .. } => {
                self.save(walk, answer.as_ref().unwrap_or(&Value::Null));
                Move::Go(self.next, StepReason::CallDone)
            }
            OutcomeKind::Failed { reason } => {
                self.fail(walk, reason, |detail| StepReason::CallFailed { detail })
            }
            OutcomeKind::Uncertain { reason } => {
                self.fail(walk, reason, |detail| StepReason::CallUncertain { detail })
            }
            OutcomeKind::Started { .. } | OutcomeKind::Retry { .. } | OutcomeKind::Accepted { .. } => {
                Move::Ignore
            }
        }
    }

    fn ways(&self) -> Vec<Way> {
        let failure = self.on_failure.map(|target| Way::when("failed", target));
        [Way::on(self.next)].into_iter().chain(failure).collect()
    }

    fn summary(&self) -> String {
        format!("Call {} with {}", self.endpoint, self.event)
    }

    fn waits(&self) -> bool {
        true
    }

    fn fills(&self) -> Vec<&str> {
        self.save.iter().map(|(slot, _)| &**slot).collect()
    }
}

impl CallStep {
    /// What the answer does not have, or has in a form the slot does not take, stays unknown.
    fn save(&self, walk: &mut Walk<'_>, answer: &Value) {
        for (name, path) in &self.save {
            let slot = walk.journey.slot(name);
            let value = answer.at(path).and_then(|value| slot?.accept(value, walk.ctx.now));
            if let Some(value) = value {
                walk.fill(name, value, SlotSource::Call { endpoint: self.endpoint.clone() }, None);
            }
        }
    }

    fn fail(&self, walk: &Walk<'_>, detail: &str, reason: fn(Box<str>) -> StepReason) -> Move {
        match self.on_failure {
            Some(target) => Move::Go(target, reason(detail.into())),
            None => Move::End(Ending::CallFailed { step: walk.run.step.clone(), detail: detail.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const CALL: &str = "
slots:
  order: {type: int}
  seats: {type: int, from: event.properties.number, ask: How many?}
steps:
  - {id: ask, kind: ask, slots: [seats]}
  - id: call
    kind: call
    endpoint: back-office
    event: seats.booked
    payload:
      seats: '{{ slots.seats }}'
      text: '{{ slots.seats }} seats for {{ profile.traits.first_name }}'
      fixed: [1, yes, {kind: '{{ entry.properties.kind }}'}]
    save: {order: result.order}
    on_failure: sorry
  - {id: done, kind: message, text: 'Order {{ slots.order|default(\"unknown\") }}', next: end}
  - {id: sorry, kind: message, text: Sorry}
";

    #[test]
    fn a_call_is_made_once_and_its_answer_kept() {
        check(
            &[&journey(CALL)],
            Show::Everything,
            r#"trait first_name=Ada
               10:00:00 webchat does Go {"number":4}
               10:00:01 tick
               10:00:02 done {"result":{"order":17}}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 (“seats” is known: it stood in entry.properties.number.)
                10:00:00 (Reached “call” of “test”: every answer is known.)
                10:00:00 call back-office seats.booked {"fixed":[1,"yes",{"kind":null}],"seats":4,"text":"4 seats for Ada"}
                10:00:00 (Called back-office with “seats.booked”.)
                10:00:02 (“order” is known: back-office returned it.)
                10:00:02 (Reached “done” of “test”: the called system answered.)
                10:00:02 chat: Order 17
                10:00:02 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn a_call_that_fails_or_cannot_be_made_takes_the_failure_path() {
        check(
            &[&journey(CALL)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":4}
               trait first_name=Ada
               webchat does Go {"number":4,"kind":"x"}
               failed no seats
               webchat does Go {"number":4}
               uncertain the line broke
               webchat does Go {"number":4}
               done {"result":{"order":"many"}}"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 (“seats” is known: it stood in entry.properties.number.)
                10:00:00 (Reached “call” of “test”: every answer is known.)
                10:00:00 (Reached “sorry” of “test”: the call failed (`profile.traits.first_name` has no value).)
                10:00:00 chat: Sorry
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 (“seats” is known: it stood in entry.properties.number.)
                10:00:00 (Reached “call” of “test”: every answer is known.)
                10:00:00 call back-office seats.booked {"fixed":[1,"yes",{"kind":"x"}],"seats":4,"text":"4 seats for Ada"}
                10:00:00 (Called back-office with “seats.booked”.)
                10:00:00 (Reached “sorry” of “test”: the call failed (no seats).)
                10:00:00 chat: Sorry
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 (“seats” is known: it stood in entry.properties.number.)
                10:00:00 (Reached “call” of “test”: every answer is known.)
                10:00:00 call back-office seats.booked {"fixed":[1,"yes",{"kind":null}],"seats":4,"text":"4 seats for Ada"}
                10:00:00 (Called back-office with “seats.booked”.)
                10:00:00 (Reached “sorry” of “test”: it is not known whether the call succeeded (the line broke).)
                10:00:00 chat: Sorry
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 (“seats” is known: it stood in entry.properties.number.)
                10:00:00 (Reached “call” of “test”: every answer is known.)
                10:00:00 call back-office seats.booked {"fixed":[1,"yes",{"kind":null}],"seats":4,"text":"4 seats for Ada"}
                10:00:00 (Called back-office with “seats.booked”.)
                10:00:00 (Reached “done” of “test”: the called system answered.)
                10:00:00 chat: Order unknown
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn without_a_failure_path_the_run_ends_and_says_so() {
        let call = "steps:\n  - {id: call, kind: call, endpoint: back-office, event: go}\n";
        check(
            &[&journey(call)],
            Show::Ends,
            "10:00:00 webchat does Go
             failed 500",
            expect![[r#"
                10:00:00 call back-office go {}
                10:00:00 (The journey “test” ended: the call of “call” did not succeed (500).)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: call, endpoint: '', event: go}
  - {id: b, kind: call, endpoint: x, event: go, save: {nothing: a.b}, payload: {a: ['{{ slots.y }}']}}
  - {id: c, kind: call, endpoint: x, event: go, on_failure: nowhere}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.endpoint: `` is no name. Use letters, digits, `-`, `_` and `.`
                journeys/0.yaml: steps.b.payload.a.0 (column 1): `slots.y` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.b.save: there is no slot `nothing`. Declare it under `slots`; declared are: 
                journeys/0.yaml: steps.c.on_failure: there is no step `nowhere`. Name one of: a, b, c, end
            "#]],
        );
    }
}
