//! The step: one customer, one record.

use model::{
    Effect, EffectId, Event, MessageHash, Note, Outcome, Position, RunId, Seq, StrandId, Timestamp,
};
use orchestrate::{Context, Ordinals, Request};
use protect::{Ask, Verdict};
use recognize::{InvalidClaim, Touched};

use crate::compile::Engine;
use crate::customer::Customer;
use crate::environment::Surroundings;
use crate::outbox::Settlement;
use crate::thread::Tail;

/// The record a step belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    pub seq: Seq,
    /// The logical time of the record's frame.
    pub now: Timestamp,
}

/// What the record is for this customer.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    Event {
        event: &'a Event,
        strand: StrandId,
        message: MessageHash,
        position: Position,
        /// Identifiers the event named that are none.
        invalid: &'a [InvalidClaim],
    },
    Outcome(&'a Outcome),
    /// Time passed; what is due fires.
    Time,
    /// A catalogue was published, or strands joined or left; everything is looked at anew.
    Revisit,
}

/// What a step did besides changing its customer.
#[derive(Debug, Default)]
pub struct Step {
    /// In the customer's thread already; here to be counted.
    pub notes: Vec<Note>,
    /// Effects that entered the outbox.
    pub asked: Vec<EffectId>,
    /// Effects that left it.
    pub settled: Vec<EffectId>,
    /// Effects to attempt now.
    pub ready: Vec<Effect>,
    /// Full tails, moved out: the strand, the chunk's number, the entries.
    pub spilled: Vec<(StrandId, u32, Tail)>,
    /// What the customer is found by, where it may have changed.
    pub search_text: Option<String>,
    /// Where runs stood before and stand after; empty where nothing moved.
    pub stood: Vec<Standing>,
    pub stands: Vec<Standing>,
    /// When the customer must be looked at next.
    pub due: Option<Timestamp>,
}

/// Where a run under way stands: the run, its journey and step.
pub type Standing = (RunId, Box<str>, Box<str>);

/// Where the customer's runs under way stand.
pub fn standings(customer: &Customer) -> Vec<Standing> {
    customer.progress.under_way().map(|run| (run.id, run.journey.clone(), run.step.clone())).collect()
}

impl Engine {
    /// Takes `customer` through one record. Deterministic: time comes with the record, ids derive from it.
    pub fn step(&self, customer: &mut Customer, meta: Meta, input: Input<'_>) -> Step {
        let mut step = Step { stood: standings(customer), ..Step::default() };
        let mut opted_out = false;
        let touched = match input {
            Input::Event { event, strand, message, position, invalid } => {
                opted_out = self.take_event(customer, meta, event, strand, message, position, invalid, &mut step);
                Touched::Event(event)
            }
            Input::Outcome(_) => Touched::Nothing,
            Input::Time => Touched::Time,
            Input::Revisit => Touched::Everything,
        };
        self.evaluate_segments(customer, meta, touched, &input, &mut step);
        self.orchestrate(customer, meta, &input, opted_out, &mut step);
        if matches!(input, Input::Time) {
            step.ready.extend(customer.outbox.wake(meta.now));
        }
        for strand in customer.strands_mut().iter_mut().filter(|strand| strand.tail.is_full()) {
            step.spilled.push((strand.id, strand.chunks, std::mem::take(&mut strand.tail)));
            strand.chunks += 1;
        }
        if !(step.stood.is_empty() && customer.progress.is_empty()) {
            step.stands = standings(customer);
        }
        step.due = self.due(customer);
        step
    }

    /// Recognize and protect take note of an event; whether it says "no more".
    #[allow(clippy::too_many_arguments)]
    fn take_event(
        &self,
        customer: &mut Customer,
        meta: Meta,
        event: &Event,
        strand: StrandId,
        message: MessageHash,
        position: Position,
        invalid: &[InvalidClaim],
        step: &mut Step,
    ) -> bool {
        let own = customer.strand_mut(strand);
        own.count(event.stamp.time, &event.stamp.channel);
        own.tail.push_record(event.stamp.time, meta.seq, position);
        let traits_changed = self.recognition().note(&mut own.facts, event, message.0, invalid);
        if traits_changed {
            step.search_text = Some(self.search_text(customer));
        }
        let policy = self.policy();
        for note in customer.consents.note(event, strand, meta.seq, policy) {
            self.write(customer, strand, event.stamp.time, meta.seq, note, step);
        }
        protect::opts_out(event, policy)
    }

    fn evaluate_segments(
        &self,
        customer: &mut Customer,
        meta: Meta,
        touched: Touched<'_>,
        input: &Input<'_>,
        step: &mut Step,
    ) {
        let mut membership = std::mem::take(&mut customer.membership);
        let transitions = {
            let view = self.view(customer, meta.now);
            self.recognition().evaluate(&view, &mut membership, touched)
        };
        customer.membership = membership;
        let strand = match input {
            Input::Event { strand, .. } => *strand,
            Input::Outcome(_) | Input::Time | Input::Revisit => customer.first_strand(),
        };
        for transition in transitions {
            let segment = transition.segment;
            let note = match transition.entered {
                true => Note::SegmentEntered { segment },
                false => Note::SegmentLeft { segment },
            };
            self.write(customer, strand, meta.now, meta.seq, note, step);
        }
    }

    fn orchestrate(&self, customer: &mut Customer, meta: Meta, input: &Input<'_>, opted_out: bool, step: &mut Step) {
        let ordinals = Ordinals::default();
        match *input {
            Input::Event { event, strand, .. } => {
                let input = orchestrate::Input::Event { event, strand };
                self.advance(customer, meta, input, Some(event), opted_out, &ordinals, step);
            }
            Input::Time => self.advance(customer, meta, orchestrate::Input::Time, None, false, &ordinals, step),
            Input::Revisit => {}
            Input::Outcome(outcome) => match customer.outbox.settle(outcome.effect, &outcome.kind, meta.now) {
                Settlement::Unknown => {}
                Settlement::Open { ready } => {
                    if customer.outbox.pending().iter().all(|pending| pending.effect.id != outcome.effect) {
                        step.settled.push(outcome.effect);
                    }
                    step.ready.extend(ready);
                }
                Settlement::Settled { effect, outcome } => {
                    if customer.outbox.pending().iter().all(|pending| pending.effect.id != effect.id) {
                        step.settled.push(effect.id);
                    }
                    let note = Note::EffectSettled { effect: effect.id, outcome: outcome.clone() };
                    self.write(customer, effect.strand, meta.now, meta.seq, note, step);
                    let input = orchestrate::Input::Settled { effect: &effect, outcome: &outcome };
                    self.advance(customer, meta, input, None, false, &ordinals, step);
                }
            },
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn advance(
        &self,
        customer: &mut Customer,
        meta: Meta,
        input: orchestrate::Input<'_>,
        event: Option<&Event>,
        opted_out: bool,
        ordinals: &Ordinals,
        step: &mut Step,
    ) {
        if !self.journeys_concern(customer, &input) {
            return;
        }
        let mut progress = std::mem::take(&mut customer.progress);
        let requests = {
            let view = self.view(customer, meta.now);
            let environment = Surroundings::new(self, &view, &customer.membership, event, meta.now);
            let address = |namespace: &model::Namespace| self.address(customer, namespace);
            let context = Context {
                seq: meta.seq,
                now: meta.now,
                customer: customer.id,
                environment: &environment,
                address: &address,
                opted_out,
                ordinals,
            };
            orchestrate::advance(&mut progress, self.versions(), input, &context)
        };
        customer.progress = progress;
        for request in requests {
            self.carry_out(customer, meta, request, step);
        }
    }

    /// Judges what is to be sent, and turns it into an effect or a note why not.
    fn carry_out(&self, customer: &mut Customer, meta: Meta, request: Request, step: &mut Step) {
        match request {
            Request::Note { strand, note } => self.write(customer, strand, meta.now, meta.seq, note, step),
            Request::Send(send) => {
                let ask = Ask { purpose: send.purpose, channel: send.channel.clone() };
                let linked = |strand| self.linked(customer, strand);
                let note = match protect::judge(&customer.consents, self.policy(), &ask, &linked) {
                    Verdict::Held(reason) => Note::MessageHeld {
                        channel: send.channel,
                        purpose: send.purpose,
                        reason,
                        run: Some(send.run),
                    },
                    Verdict::Allowed { proof } => {
                        let (subject, text) = message_text(&send.content);
                        let note = Note::MessageDecided {
                            effect: send.effect,
                            channel: send.channel,
                            purpose: send.purpose,
                            subject,
                            text,
                            conversation: send.conversation,
                            consent_proof: proof,
                        };
                        let effect = Effect {
                            id: send.effect,
                            customer: customer.id,
                            strand: send.strand,
                            asked: meta.now,
                            run: Some(send.run),
                            purpose: send.purpose,
                            resend: send.resend,
                            kind: send.content,
                        };
                        ask_for(customer, effect, step);
                        note
                    }
                };
                self.write(customer, send.strand, meta.now, meta.seq, note, step);
            }
            Request::Call(call) => {
                let effect = Effect {
                    id: call.effect,
                    customer: customer.id,
                    strand: call.strand,
                    asked: meta.now,
                    run: Some(call.run),
                    purpose: model::Purpose::Service,
                    resend: call.resend,
                    kind: model::EffectKind::Webhook(call.call),
                };
                ask_for(customer, effect, step);
            }
        }
    }

    fn write(&self, customer: &mut Customer, strand: StrandId, time: Timestamp, seq: Seq, note: Note, step: &mut Step) {
        customer.strand_mut(strand).tail.push_note(time, seq, &note);
        step.notes.push(note);
    }
}

fn ask_for(customer: &mut Customer, effect: Effect, step: &mut Step) {
    step.asked.push(effect.id);
    step.ready.push(effect.clone());
    customer.outbox.add(effect);
}

/// Subject and text of a message, for the thread.
fn message_text(content: &model::EffectKind) -> (Option<Box<str>>, Box<str>) {
    match content {
        model::EffectKind::Email(email) => (Some(email.subject.as_str().into()), email.text.as_str().into()),
        model::EffectKind::Chat(message) => (None, message.text.as_str().into()),
        model::EffectKind::Webhook(call) => (None, call.event.as_str().into()),
    }
}
