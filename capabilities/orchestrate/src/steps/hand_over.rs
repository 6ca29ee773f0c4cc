//! `hand_over`: hands the customer over to people, tells them so, and waits until an agent is done.

use std::collections::BTreeMap;

use model::{Ending, HeldReason, Note, Priority, Purpose, SlotSource, Span, StepReason};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::compiler::StepCompiler;
use crate::conversation::HandOver;
use crate::desk::arrive::{Coming, bring};
use crate::kinds::{Done, Kind, Move, Step, Target, Wake, Way};
use crate::progress::{Waiting, WaitingFor};
use crate::text::Text;
use crate::walk::{Message, Walk};

pub(crate) const KIND: Kind = Kind {
    name: "hand_over",
    compile,
    schema: |generator| <Definition as JsonSchema>::json_schema(generator),
};

/// How often one run hands over to one queue while the customer writes nothing, unless the step says otherwise.
const TIMES_MAX: u8 = 2;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The name of the queue.
    queue: String,
    #[serde(default)]
    #[schemars(schema_with = "priority_schema")]
    priority: Priority,
    /// What the agent must be able to do besides what the queue asks for.
    #[serde(default)]
    skills: Vec<String>,
    /// What the customer is told; nothing unless stated, for what people do behind the scenes.
    #[serde(default)]
    text: Option<String>,
    /// Why, for the agent, in a few words; the journey's title unless stated.
    #[serde(default)]
    reason: Option<String>,
    /// Slots the agent fills in when done.
    #[serde(default)]
    form: Vec<String>,
    /// The outcomes an agent chooses from, each with the step to go on with.
    #[serde(default)]
    outcomes: BTreeMap<String, String>,
    /// How long the run waits for an agent to be done; 30 days unless stated.
    #[serde(default = "thirty_days")]
    #[schemars(with = "String")]
    timeout: Span,
    /// Where to go when that is over; the run ends unless stated.
    #[serde(default)]
    on_timeout: Option<String>,
    /// How often a run may come here while the customer writes nothing.
    #[serde(default = "times_max")]
    times_max: u8,
    /// Where to go then; the run ends unless stated.
    #[serde(default)]
    on_loop: Option<String>,
}

fn thirty_days() -> Span {
    Span(30 * Span::DAY.0)
}

fn times_max() -> u8 {
    TIMES_MAX
}

fn priority_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": Priority::ALL.map(Priority::as_str)})
}

#[derive(Debug)]
struct HandOverStep {
    queue: Box<str>,
    priority: Priority,
    skills: Vec<Box<str>>,
    text: Option<Text>,
    reason: Option<Text>,
    form: Vec<Box<str>>,
    outcomes: Vec<(Box<str>, Target)>,
    timeout: Span,
    on_timeout: Option<Target>,
    times_max: u8,
    on_loop: Option<Target>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    compiler.queue("queue", &definition.queue);
    let path = compiler.at("timeout");
    compiler.compiler.positive(&path, definition.timeout);
    if definition.times_max == 0 {
        compiler.problem("times_max", "nobody would be handed over", "Write at least 1");
    }
    let text = compiler.optional_text("text", definition.text.as_ref());
    let reason = compiler.optional_text("reason", definition.reason.as_ref());
    let mut form = Vec::new();
    for slot in &definition.form {
        form.push(compiler.slot("form", slot)?);
    }
    let mut outcomes = Vec::new();
    for (outcome, step) in &definition.outcomes {
        outcomes.push((outcome.as_str().into(), compiler.target("outcomes", Some(step))?));
    }
    let mut way = |field: &str, name: &Option<String>| match name {
        Some(name) => compiler.target(field, Some(name)).map(Some),
        None => Some(None),
    };
    let (on_timeout, on_loop) =
        (way("on_timeout", &definition.on_timeout)?, way("on_loop", &definition.on_loop)?);
    Some(Box::new(HandOverStep {
        queue: definition.queue.into(),
        priority: definition.priority,
        skills: definition.skills.into_iter().map(Into::into).collect(),
        text: text?,
        reason: reason?,
        form,
        outcomes,
        timeout: definition.timeout,
        on_timeout,
        times_max: definition.times_max,
        on_loop,
        next: compiler.next,
    }))
}

impl Step for HandOverStep {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let conversation = walk.conversation();
        if !self.count(walk) {
            return match self.on_loop {
                Some(target) => Move::Go(target, StepReason::HandOverLoop { queue: self.queue.clone() }),
                None => {
                    Move::End(Ending::HandOverLoop { step: walk.run.step.clone(), queue: self.queue.clone() })
                }
            };
        }
        let reason = self.reason.as_ref().and_then(|reason| walk.write(reason).ok());
        let coming = Coming {
            queue: self.queue.clone(),
            priority: self.priority,
            skills: self.skills.clone(),
            why: reason.map_or_else(|| walk.journey.title.clone(), Into::into),
            outcomes: self.outcomes.iter().map(|(outcome, _)| outcome.clone()).collect(),
            form: self.form.clone(),
            run: Some(walk.run.id),
        };
        let desk = &walk.journeys.desk;
        bring(walk.progress, desk, walk.ctx, walk.requests, (conversation, coming));
        self.announce(walk);
        let for_what = WaitingFor::Agent { conversation, queue: self.queue.clone() };
        Move::Wait(Waiting { for_what, since: walk.ctx.now, due: Some(walk.ctx.now + self.timeout) })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match wake {
            Wake::Done(done) => self.done(walk, done),
            Wake::Due => {
                self.withdraw(walk);
                match self.on_timeout {
                    Some(target) => Move::Go(target, StepReason::TimedOut { after: self.timeout }),
                    None => Move::End(Ending::GaveUp { step: walk.run.step.clone() }),
                }
            }
            Wake::Event(_) | Wake::Answer(_) | Wake::Settled(_) | Wake::Provided(_) | Wake::Part => {
                Move::Ignore
            }
        }
    }

    fn ways(&self) -> Vec<Way> {
        let outcomes = self.outcomes.iter().map(|(outcome, target)| Way::when(&**outcome, *target));
        let late = self.on_timeout.map(|target| Way::after(self.timeout, target));
        let again = self.on_loop.map(|target| Way::when("handed over again and again", target));
        outcomes.chain([Way::on(self.next)]).chain(late).chain(again).collect()
    }

    fn summary(&self) -> String {
        format!("Hand over to {}", self.queue)
    }

    fn waits(&self) -> bool {
        true
    }

    fn fills(&self) -> Vec<&str> {
        self.form.iter().map(|slot| &**slot).collect()
    }
}

impl HandOverStep {
    /// Counts this hand-over; false where the run came here too often since the customer last wrote.
    fn count(&self, walk: &mut Walk<'_>) -> bool {
        let (run, conversation) = (walk.run.id, walk.conversation());
        let Some(own) = walk.progress.conversation_mut(conversation) else { return false };
        let place = own.hand_overs.iter().position(|known| known.run == run && known.queue == self.queue);
        let place = place.unwrap_or_else(|| {
            own.hand_overs.push(HandOver { run, queue: self.queue.clone(), times: 0 });
            own.hand_overs.len() - 1
        });
        let known = &mut own.hand_overs[place];
        if known.times >= self.times_max {
            return false;
        }
        known.times += 1;
        true
    }

    fn announce(&self, walk: &mut Walk<'_>) {
        let Some(text) = &self.text else { return };
        let channel = walk.run.channel.clone();
        let queue = walk.journeys.desk.queue(&self.queue);
        let closed = queue.and_then(|queue| queue.greeting_outside_hours(walk.ctx.now)).map(str::to_owned);
        match walk.write(text) {
            Ok(text) => {
                let text = [text].into_iter().chain(closed).collect::<Vec<_>>().join("\n\n");
                let purpose = Purpose::Service;
                walk.say(Message::plain(channel, purpose, text));
            }
            Err(detail) => {
                walk.held(&channel, Purpose::Service, HeldReason::TextIncomplete { detail: detail.into() });
            }
        }
    }

    fn done(&self, walk: &mut Walk<'_>, done: &Done) -> Move {
        for (name, value) in &done.results {
            let slot = walk.journey.slot(name).filter(|_| self.form.contains(name));
            if let Some(value) = slot.and_then(|slot| slot.accept(value, walk.ctx.now)) {
                walk.fill(name, value, SlotSource::Agent { agent: done.agent.clone() }, None);
            }
        }
        let Some(outcome) = &done.outcome else { return Move::Go(self.next, StepReason::HandedBack) };
        let way = self.outcomes.iter().find(|(known, _)| known == outcome).map(|(_, target)| *target);
        Move::Go(way.unwrap_or(self.next), StepReason::AgentDone { outcome: outcome.clone() })
    }

    /// Nobody took it: the conversation leaves the queue. One that an agent has stays theirs.
    fn withdraw(&self, walk: &mut Walk<'_>) {
        let conversation = walk.conversation();
        let Some(own) = walk.progress.conversation_mut(conversation) else { return };
        if own.ticket.as_ref().is_some_and(|ticket| ticket.agent.is_none()) {
            own.ticket = None;
            let note = Note::ConversationHandedBack { conversation, by: "The desk".into() };
            walk.note(note);
        }
    }
}
