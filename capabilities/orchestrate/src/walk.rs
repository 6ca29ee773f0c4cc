//! What a step can do with a run: look, write, say, fill slots and note reasons.

use model::{
    Channel, ConversationId, EffectId, Ending, Event, HeldReason, Note, Purpose, SlotSource, Span, Value,
    Zone,
};
use rules::Program;

use crate::content::Written;
use crate::journey::Journey;
use crate::journeys::Journeys;
use crate::kinds::{Move, Target};
use crate::letter::{self, Letter};
use crate::media;
use crate::progress::{Ended, Filled, Progress, Run, Visit, Waiting, WaitingFor};
use crate::request::{Context, Request};
use crate::sight::{Facts, Sight};
use crate::text::Text;

/// Steps a run may pass at once; a circle without a wait is refused at publish, so only a mistake of ours gets here.
const STEPS_AT_ONCE_MAX: usize = 200;
/// Who wrote in web chat this lately is taken to be still there.
pub(crate) const STILL_THERE: Span = Span(5 * 60_000);

/// One run on its way, taken out of its customer's progress meanwhile.
pub(crate) struct Walk<'a> {
    pub journeys: &'a Journeys,
    pub journey: &'a Journey,
    pub progress: &'a mut Progress,
    pub run: &'a mut Run,
    pub ctx: &'a Context<'a>,
    /// The event that just arrived, if one did.
    pub event: Option<&'a Event>,
    pub requests: &'a mut Vec<Request>,
}

/// A message to the customer.
pub(crate) struct Message {
    pub channel: Channel,
    pub purpose: Purpose,
    pub written: Written,
    pub choices: Vec<String>,
}

impl Message {
    /// Plain words without a subject of their own.
    pub fn plain(channel: Channel, purpose: Purpose, text: String) -> Self {
        let written = Written { text, ..Written::default() };
        Self { channel, purpose, written, choices: Vec::new() }
    }
}

impl Walk<'_> {
    pub fn holds(&self, program: &Program) -> bool {
        program.holds(&self.sight(&Facts::default())).holds
    }

    /// The value of an expression; null where it has none.
    pub fn value(&self, program: &Program) -> Value {
        program.value(&self.sight(&Facts::default())).unwrap_or_default()
    }

    /// The zone of the customer's clock; the journey's where none is known.
    pub fn zone(&self) -> Zone {
        let named = (self.ctx.zone)().and_then(|name| name.parse().ok());
        named.unwrap_or_else(|| self.journey.zone.clone())
    }

    pub fn write(&self, text: &Text) -> Result<String, String> {
        self.write_with(text, &self.facts())
    }

    /// What `journey.…` stands for where nothing is asked.
    pub fn facts(&self) -> Facts {
        Facts { title: self.journey.title.clone(), ..Facts::default() }
    }

    pub fn write_with(&self, text: &Text, facts: &Facts) -> Result<String, String> {
        text.write(&self.journeys.templates, &self.sight(facts))
    }

    pub fn note(&mut self, note: Note) {
        self.requests.push(Request::Note { strand: self.run.strand, note });
    }

    pub fn fill(&mut self, slot: &str, value: Value, source: SlotSource, channel: Option<Channel>) {
        let note = Note::SlotFilled {
            run: self.run.id,
            slot: slot.into(),
            value: value.clone(),
            source: source.clone(),
            channel: channel.clone(),
        };
        self.run.slots.retain(|filled| &*filled.slot != slot);
        self.run.slots.push(Filled { slot: slot.into(), value, source, channel, time: self.ctx.now });
        self.note(note);
    }

    pub fn held(&mut self, channel: &Channel, purpose: Purpose, reason: HeldReason) {
        self.note(Note::MessageHeld { channel: channel.clone(), purpose, reason, run: Some(self.run.id) });
    }

    /// Whether the customer has a window open, as far as one can tell.
    pub fn is_there(&self) -> bool {
        media::of(&self.run.channel).live && self.ctx.now.since(self.run.heard) <= STILL_THERE
    }

    /// Whether there is an address on the channel, or none is needed.
    pub fn reachable(&self, channel: &Channel) -> bool {
        letter::reachable(channel, &self.journeys.channels, self.ctx)
    }

    /// Asks for a message to be sent, in the run's conversation; where there is no address it is held.
    pub fn say(&mut self, message: Message) -> bool {
        self.send(message).is_some()
    }

    /// The same; returns the effect that the message becomes if it may be sent.
    pub fn send(&mut self, message: Message) -> Option<EffectId> {
        if !self.reachable(&message.channel) {
            let channel = message.channel;
            self.held(&channel, message.purpose, HeldReason::NoAddress { channel: channel.clone() });
            return None;
        }
        let (strand, run, title) = (self.run.strand, Some(self.run.id), &self.journey.title);
        let letter = Letter { strand, run, conversation: self.conversation(), title, agent: None };
        letter::send(self.progress, &self.journeys.channels, self.ctx, self.requests, letter, message)
    }

    /// Takes the run through its steps until it waits or ends.
    pub fn follow(&mut self, first: Move) {
        let mut next = first;
        for _ in 0..STEPS_AT_ONCE_MAX {
            let (target, reason) = match next {
                Move::Ignore => return,
                Move::Wait(waiting) => {
                    self.run.waiting = Some(waiting);
                    return;
                }
                Move::End(how) => return self.end(how),
                Move::Go(target, reason) => (target, reason),
            };
            self.run.waiting = None;
            let Target::Step(place) = target else { return self.end(Ending::Finished) };
            let step = &self.journey.steps[place];
            if self.run.until.as_ref() == Some(&step.id) {
                return self.end(Ending::Joined);
            }
            self.run.step = step.id.clone();
            let staffed =
                self.run.conversation.filter(|own| step.step.asks() && self.progress.is_staffed(*own));
            if let Some(conversation) = staffed {
                let for_what = WaitingFor::Desk { conversation };
                self.run.waiting = Some(Waiting { for_what, since: self.ctx.now, due: None });
                return;
            }
            self.run.visit(Visit { step: step.id.clone(), time: self.ctx.now, reason: reason.clone() });
            self.note(Note::StepReached {
                run: self.run.id,
                journey: self.journey.name.clone(),
                step: step.id.clone(),
                step_kind: step.kind.into(),
                reason,
            });
            next = step.step.arrive(self);
        }
        self.end(Ending::Endless { step: self.run.step.clone() });
    }

    pub fn end(&mut self, how: Ending) {
        self.run.waiting = None;
        self.run.ended = Some(Ended { time: self.ctx.now, how: how.clone() });
        if self.run.is_arm() {
            return;
        }
        self.note(Note::JourneyEnded { run: self.run.id, journey: self.run.journey.clone(), how });
        let part = self.run.parent.is_some();
        if let Some(conversation) = self.run.conversation.filter(|_| !part) {
            self.progress.close(conversation);
        }
    }

    /// The run's conversation; opened with its first message.
    pub fn conversation(&mut self) -> ConversationId {
        if let Some(id) = self.run.conversation.filter(|id| self.progress.conversation(*id).is_some()) {
            return id;
        }
        let id = self.progress.open_conversation(self.run.strand, &self.journey.title, self.ctx);
        self.run.conversation = Some(id);
        id
    }

    fn sight<'s>(&'s self, facts: &'s Facts) -> Sight<'s> {
        Sight {
            outer: self.ctx.environment,
            names: &self.journeys.names,
            slots: &self.run.slots,
            entry: &self.run.entry,
            event: self.event,
            facts,
        }
    }
}
