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
            OutcomeKind::Started { .. } | OutcomeKind::Retry { .. } => Move::Ignore,
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
