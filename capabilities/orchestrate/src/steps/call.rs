//! `call`: asks a back-office system to do something, once, and waits for its answer.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use model::{Ending, Note, OutcomeKind, Resend, Retries, SlotSource, Span, StepReason, Value, WebhookCall};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Step, Target, Wake, Way};
use crate::payload::Payload;
use crate::progress::{Waiting, WaitingFor};
use crate::request::{Call, Request};
use crate::text::Text;
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
    /// How long one attempt may take, from `1s` to `2m`; 15 seconds unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    timeout: Option<Span>,
    /// How often and when it is tried again while the system cannot be reached; for about three days unless stated.
    #[serde(default)]
    retries: Option<RetriesDefinition>,
    /// What the system knows the call by, such as `order-{{ slots.order }}`: it acts once for each. A key of this very call
    /// unless stated.
    #[serde(default)]
    idempotency_key: Option<String>,
    /// Where to go when it did not, or perhaps did not, do it; the run ends unless stated.
    #[serde(default)]
    on_failure: Option<String>,
    /// Where to go when the system answered that it does not do it (4xx); as `on_failure` unless stated.
    #[serde(default)]
    on_refused: Option<String>,
}

/// `{count: 5, first: 2s, factor: 3, max: 1h}`; `{count: 0}` for a single attempt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RetriesDefinition {
    #[schemars(range(max = 20))]
    count: u8,
    /// The pause before the first retry.
    #[serde(default = "first_pause")]
    #[schemars(with = "String")]
    first: Span,
    /// By what each further pause is longer than the one before.
    #[serde(default = "twice")]
    #[schemars(range(min = 1, max = 10))]
    factor: u8,
    /// No pause is longer.
    #[serde(default = "longest_pause")]
    #[schemars(with = "String")]
    max: Span,
}

const TIMEOUT: RangeInclusive<Span> = Span::SECOND..=Span(2 * Span::MINUTE.0);
const RETRIES_MAX: u8 = 20;
const FACTOR: RangeInclusive<u8> = 1..=10;
const KEY_CHARS_MAX: usize = 255;

fn first_pause() -> Span {
    Span(5 * Span::SECOND.0)
}

fn longest_pause() -> Span {
    Span::HOUR
}

fn twice() -> u8 {
    2
}

#[derive(Debug)]
struct CallStep {
    endpoint: Box<str>,
    event: Box<str>,
    payload: Payload,
    save: Vec<(Box<str>, Box<str>)>,
    timeout: Option<Span>,
    retries: Option<Retries>,
    idempotency_key: Option<Text>,
    on_failure: Option<Target>,
    on_refused: Option<Target>,
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
    if let Some(timeout) = definition.timeout.filter(|timeout| !TIMEOUT.contains(timeout)) {
        compiler.problem("timeout", format!("`{timeout}` is out of range"), "Write `1s` to `2m`");
    }
    let retries = definition.retries.as_ref().map(|retries| compile_retries(retries, compiler));
    let idempotency_key = compiler.optional_text("idempotency_key", definition.idempotency_key.as_ref())?;
    let mut way = |field: &str, name: &Option<String>| match name {
        Some(name) => compiler.target(field, Some(name)).map(Some),
        None => Some(None),
    };
    let on_failure = way("on_failure", &definition.on_failure)?;
    let on_refused = way("on_refused", &definition.on_refused)?;
    Some(Box::new(CallStep {
        endpoint: definition.endpoint.into(),
        event: definition.event.into(),
        payload: payload?,
        save,
        timeout: definition.timeout,
        retries,
        idempotency_key,
        on_failure,
        on_refused,
        next: compiler.next,
    }))
}

fn compile_retries(definition: &RetriesDefinition, compiler: &mut StepCompiler<'_, '_>) -> Retries {
    let RetriesDefinition { count, first, factor, max } = *definition;
    if count > RETRIES_MAX {
        let message = format!("`{count}` retries are too many");
        compiler.problem("retries.count", message, format!("Write 0 to {RETRIES_MAX}"));
    }
    if !FACTOR.contains(&factor) {
        compiler.problem("retries.factor", format!("`{factor}` is out of range"), "Write 1 to 10");
    }
    if first < Span::SECOND || first > Span::DAY {
        compiler.problem("retries.first", format!("`{first}` is out of range"), "Write `1s` to `1d`");
    }
    if max < first || max > Span::DAY {
        let message = format!("`{max}` is less than `first`, or more than a day");
        compiler.problem("retries.max", message, format!("Write `{first}` to `1d`"));
    }
    Retries { count, first, factor, max }
}

impl Step for CallStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let call = match self.write(walk) {
            Ok(call) => call,
            Err(detail) => return self.failed(walk, &detail),
        };
        let (effect, strand, run) = (walk.ctx.new_effect(), walk.run.strand, walk.run.id);
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
            OutcomeKind::Failed { reason } => self.failed(walk, reason),
            OutcomeKind::Refused { reason, .. } => {
                let why = StepReason::CallRefused { detail: reason.as_str().into() };
                go(walk, self.on_refused.or(self.on_failure), reason, why)
            }
            OutcomeKind::Uncertain { reason } => {
                let why = StepReason::CallUncertain { detail: reason.as_str().into() };
                go(walk, self.on_failure, reason, why)
            }
            OutcomeKind::Started { .. } | OutcomeKind::Retry { .. } | OutcomeKind::Accepted { .. } => {
                Move::Ignore
            }
        }
    }

    fn ways(&self) -> Vec<Way> {
        let failure = self.on_failure.map(|target| Way::when("failed", target));
        let refusal = self.on_refused.map(|target| Way::when("refused", target));
        [Way::on(self.next)].into_iter().chain(failure).chain(refusal).collect()
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

    fn write(&self, walk: &Walk<'_>) -> Result<WebhookCall, String> {
        let payload = self.payload.build(walk)?;
        let idempotency_key = match &self.idempotency_key {
            Some(text) => Some(walk.write(text)?.trim().to_owned()),
            None => None,
        };
        if let Some(key) = &idempotency_key
            && !(1..=KEY_CHARS_MAX).contains(&key.chars().count())
        {
            return Err(format!("`{key}` is no idempotency key, which has 1 to {KEY_CHARS_MAX} characters"));
        }
        Ok(WebhookCall {
            endpoint: self.endpoint.to_string(),
            event: self.event.to_string(),
            payload,
            timeout: self.timeout,
            retries: self.retries,
            idempotency_key,
        })
    }

    fn failed(&self, walk: &Walk<'_>, detail: &str) -> Move {
        go(walk, self.on_failure, detail, StepReason::CallFailed { detail: detail.into() })
    }
}

/// Goes where a failure leads; without a way for it the run ends.
fn go(walk: &Walk<'_>, target: Option<Target>, detail: &str, why: StepReason) -> Move {
    match target {
        Some(target) => Move::Go(target, why),
        None => Move::End(Ending::CallFailed { step: walk.run.step.clone(), detail: detail.into() }),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use model::{Retries, Span};

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
    fn a_refusal_goes_its_own_way_and_the_call_carries_its_patience() {
        let call = "
steps:
  - id: call
    kind: call
    endpoint: back-office
    event: go
    timeout: 3s
    retries: {count: 4, first: 2s, factor: 3, max: 10s}
    idempotency_key: 'order-{{ entry.properties.number }}'
    on_failure: later
    on_refused: sorry
    next: end
  - {id: sorry, kind: message, text: Sorry, next: end}
  - {id: later, kind: message, text: We will try again}
";
        check(
            &[&journey(call)],
            Show::Everything,
            r#"10:00:00 webchat does Go {"number":4}
               refused 409 answered 409 Conflict
               webchat does Go {"number":5}
               failed nobody there"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “call” of “test”: the journey begins here.)
                10:00:00 call back-office go {} as order-4, within Some("3s")
                10:00:00 (Called back-office with “go”.)
                10:00:00 (Reached “sorry” of “test”: the called system refused (answered 409 Conflict).)
                10:00:00 chat: Sorry
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “call” of “test”: the journey begins here.)
                10:00:00 call back-office go {} as order-5, within Some("3s")
                10:00:00 (Called back-office with “go”.)
                10:00:00 (Reached “later” of “test”: the call failed (nobody there).)
                10:00:00 chat: We will try again
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
        let retries = Retries { count: 4, first: Span(2_000), factor: 3, max: Span(10_000) };
        let pauses: Vec<Option<i64>> =
            (1..=5).map(|failures| retries.pause(failures).map(|pause| pause.0)).collect();
        assert_eq!(pauses, [Some(2_000), Some(6_000), Some(10_000), Some(10_000), None]);
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: call, endpoint: '', event: go}
  - {id: b, kind: call, endpoint: x, event: go, save: {nothing: a.b}, payload: {a: ['{{ slots.y }}']}}
  - {id: c, kind: call, endpoint: x, event: go, on_failure: nowhere}
  - {id: d, kind: call, endpoint: x, event: go, on_refused: elsewhere}
  - {id: e, kind: call, endpoint: x, event: go, timeout: 5m, retries: {count: 21, first: 2d, factor: 0, max: 1s}}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.endpoint: `` is no name. Use letters, digits, `-`, `_` and `.`
                journeys/0.yaml: steps.b.payload.a.0 (column 1): `slots.y` is not known here. Declare it in the catalogue, or use a name that is known here
                journeys/0.yaml: steps.b.save: there is no slot `nothing`. Declare it under `slots`; declared are: 
                journeys/0.yaml: steps.c.on_failure: there is no step `nowhere`. Name one of: a, b, c, d, e, end
                journeys/0.yaml: steps.d.on_refused: there is no step `elsewhere`. Name one of: a, b, c, d, e, end
                journeys/0.yaml: steps.e.timeout: `5m` is out of range. Write `1s` to `2m`
                journeys/0.yaml: steps.e.retries.count: `21` retries are too many. Write 0 to 20
                journeys/0.yaml: steps.e.retries.factor: `0` is out of range. Write 1 to 10
                journeys/0.yaml: steps.e.retries.first: `2d` is out of range. Write `1s` to `1d`
                journeys/0.yaml: steps.e.retries.max: `1s` is less than `first`, or more than a day. Write `2d` to `1d`
            "#]],
        );
    }
}
