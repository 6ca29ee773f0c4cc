//! The step: one customer, one record.

use adapt::{Decision, Met, Quote, Took};
use model::{
    ConversationId, DeskAction, Effect, EffectId, EffectKind, EntryRefusal, Event, MessageHash, Note,
    Outcome, Position, Purpose, RunId, Seq, StrandId, Timestamp,
};
use orchestrate::{DeskEntry, Emit, Ordinals, Request, desk_entries};
use protect::{Ask, Verdict};
use recognize::{Touched, Transition};

use crate::compile::Engine;
use crate::customer::{Customer, Standing, standings};
use crate::emitted::{EMITTED_DEPTH_MAX, emitted_event};
use crate::environment::Scene;
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
        /// Where its record stands in the ledger.
        position: Position,
        /// The rank of its source when two name the same trait.
        priority: u8,
    },
    Outcome(&'a Outcome),
    /// A member of staff, or the desk itself, did something with a conversation.
    Desk {
        conversation: ConversationId,
        action: &'a DeskAction,
        by: &'a str,
    },
    /// Time passed; what is due fires.
    Time,
    /// The same, in a record that is about something else: the customer's timer is overdue, because more were due than
    /// one tick fires, and nothing overtakes it.
    Overdue,
    /// Prices were promised, as [`Engine::quote`] worked them out.
    Quoted(&'a Quote),
    /// Offers were chosen, as [`Engine::decide`] did.
    Decided {
        decisions: &'a [Decision],
        strand: StrandId,
        /// The run that waits for it.
        run: Option<RunId>,
    },
    /// A limited offer was accepted, and one was or was not left.
    Took(Took<'a>),
    /// The customer who knocked at a journey with a cap was let in, or was not.
    Admitted {
        journey: &'a str,
        refusal: Option<&'a EntryRefusal>,
    },
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
    /// The customer's conversations at the desk, where they changed.
    pub desk: Option<Vec<DeskEntry>>,
    /// Whether the customer waits for what only the shard can do.
    pub waits: bool,
    /// The offers that choices for the customer weighed.
    pub met: Vec<Met>,
    /// When the customer must be looked at next.
    pub due: Option<Timestamp>,
}

/// Ids made for an overdue timer begin here, so that they are none of those the record's own step makes.
pub const OVERDUE_ORDINAL: u16 = 0x8000;

impl Step {
    /// Whether nothing but the customer itself changed, which is looked at next when it was to be.
    pub fn is_quiet(&self, scheduled: Option<Timestamp>) -> bool {
        self.notes.is_empty()
            && self.settled.is_empty()
            && self.ready.is_empty()
            && self.spilled.is_empty()
            && self.search_text.is_none()
            && self.stood == self.stands
            && self.desk.is_none()
            && !self.waits
            && self.due == scheduled
    }
}

/// A step under way.
pub(crate) struct Walk<'a> {
    pub engine: &'a Engine,
    pub customer: &'a mut Customer,
    pub meta: Meta,
    pub ordinals: Ordinals,
    pub step: Step,
    /// The customer's conversations at the desk before the step.
    pub at_desk: Vec<DeskEntry>,
}

impl Engine {
    /// Takes `customer` through one record. Deterministic: time comes with the record, ids derive from it.
    pub fn step(&self, customer: &mut Customer, meta: Meta, input: Input<'_>) -> Step {
        let step = Step { stood: standings(customer), ..Step::default() };
        let ordinals = match input {
            Input::Overdue => Ordinals::from(OVERDUE_ORDINAL),
            _ => Ordinals::default(),
        };
        let at_desk = desk_entries(&customer.progress);
        let mut walk = Walk { engine: self, customer, meta, ordinals, step, at_desk };
        match input {
            Input::Event { event, strand, message, position, priority } => {
                walk.customer.strand_mut(strand).tail.push_record(event.stamp.time, meta.seq, position);
                walk.event(event, strand, message, priority, 0);
            }
            Input::Outcome(outcome) => walk.outcome(outcome),
            Input::Desk { conversation, action, by } => {
                walk.advance(orchestrate::Input::Desk { conversation, action, by }, None, false, 0);
            }
            Input::Time | Input::Overdue => {
                let strand = walk.customer.first_strand();
                let crossed = walk.evaluate(Touched::Time, strand);
                walk.advance(orchestrate::Input::Time, None, false, 0);
                walk.cross(&crossed, strand, meta.now, 0);
                walk.withdraw();
                for (effect, outcome) in walk.customer.outbox.unreported(meta.now) {
                    walk.settled(&effect, outcome);
                }
                let woken = walk.customer.outbox.wake(meta.now);
                walk.step.ready.extend(woken);
            }
            Input::Quoted(quote) => walk.promise(quote.clone(), None),
            Input::Decided { decisions, strand, run } => walk.decided(decisions, strand, run),
            Input::Took(took) => walk.took(&took),
            Input::Admitted { journey, refusal } => {
                walk.advance(orchestrate::Input::Admitted { journey, refusal }, None, false, 0);
            }
            // Who is in a segment because it was published has not entered it: that starts no journey.
            Input::Revisit => {
                walk.evaluate(Touched::All, walk.customer.first_strand());
                if walk.customer.events() > 0 {
                    walk.advance(orchestrate::Input::Published, None, false, 0);
                }
            }
        }
        walk.finish()
    }
}

impl Walk<'_> {
    fn event(&mut self, event: &Event, strand: StrandId, message: MessageHash, priority: u8, depth: u8) {
        let own = self.customer.strand_mut(strand);
        own.count(event.stamp.time, &event.stamp.channel);
        let noted = self.engine.recognition().note(&mut own.facts, event, message.0, priority);
        if noted.traits {
            self.step.search_text = Some(self.engine.search_text(self.customer));
        }
        let policy = self.engine.policy();
        let consents = self.customer.consents.note(event, strand, self.meta.seq, policy);
        if !consents.is_empty() {
            consents.into_iter().for_each(|note| self.write(strand, event.stamp.time, note));
            self.withdraw();
        }
        // A complaint that was opened takes back what has not begun to go out.
        if noted.service {
            self.withdraw();
        }
        let touched = Touched::Event { name: &event.name, noted };
        let crossed = self.evaluate(touched, strand);
        self.respond(event);
        self.reach_goals(event);
        let opted_out = protect::opts_out(event, policy);
        self.advance(orchestrate::Input::Event { event, strand }, Some(event), opted_out, depth);
        self.cross(&crossed, strand, event.stamp.time, depth);
    }

    /// Tells the journeys which segments the customer entered and left.
    fn cross(&mut self, transitions: &[Transition], strand: StrandId, happened: Timestamp, depth: u8) {
        for transition in transitions {
            let segment = &self.engine.recognition().segments()[usize::from(transition.segment)].name;
            let input =
                orchestrate::Input::Crossed { segment, entered: transition.entered, strand, happened };
            self.advance(input, None, false, depth);
        }
    }

    fn evaluate(&mut self, touched: Touched<'_>, strand: StrandId) -> Vec<Transition> {
        let mut membership = std::mem::take(&mut self.customer.membership);
        let transitions = self.engine.with_view(self.customer, self.meta.now, |view| {
            self.engine.recognition().evaluate(view, &mut membership, touched)
        });
        self.customer.membership = membership;
        for transition in &transitions {
            let segment = self.engine.recognition().segments()[usize::from(transition.segment)].name.clone();
            let note = match transition.entered {
                true => Note::SegmentEntered { segment },
                false => Note::SegmentLeft { segment },
            };
            self.write(strand, self.meta.now, note);
        }
        transitions
    }

    pub(crate) fn advance(
        &mut self,
        input: orchestrate::Input<'_>,
        event: Option<&Event>,
        opted_out: bool,
        depth: u8,
    ) {
        if !self.engine.journeys_concern(self.customer, &input) {
            return;
        }
        let mut progress = std::mem::take(&mut self.customer.progress);
        let (engine, ordinals) = (self.engine, &self.ordinals);
        let scene = Scene { customer: self.customer, meta: self.meta, event, opted_out, ordinals };
        let mut requests = engine.with_context(scene, |context| {
            orchestrate::advance(&mut progress, engine.versions(), input, context)
        });
        self.customer.progress = progress;
        // What a journey says has happened is heard when its walk is over.
        requests.sort_by_key(|request| matches!(request, Request::Emit(_)));
        for request in requests {
            self.carry_out(request, depth);
        }
    }

    fn carry_out(&mut self, request: Request, depth: u8) {
        match request {
            Request::Note { strand, note } => self.write(strand, self.meta.now, note),
            Request::Send(send) => self.judge(send),
            Request::Emit(emit) => self.emit(&emit, depth),
            Request::Quote(asked) => self.quote(asked, depth),
            Request::Choose(asked) => self.choose(asked),
            Request::Call(call) => self.ask_for(Effect {
                id: call.effect,
                customer: self.customer.id,
                strand: call.strand,
                asked: self.meta.now,
                run: Some(call.run),
                purpose: Purpose::Service,
                resend: call.resend,
                kind: EffectKind::Webhook(call.call),
            }),
        }
    }

    /// Turns what is to be sent into an effect with its proof, or a note why not.
    fn judge(&mut self, send: orchestrate::Send) {
        let ask = Ask { purpose: send.purpose, channel: send.channel.clone() };
        let customer = &*self.customer;
        let linked = |strand| self.engine.linked(customer, strand);
        let (channel, purpose, strand) = (send.channel, send.purpose, send.strand);
        let complaints = self.engine.open_complaints(customer, self.meta.now);
        match protect::judge(&customer.consents, self.engine.policy(), &ask, &complaints, &linked) {
            Verdict::Held(reason) => {
                let note = Note::MessageHeld { channel, purpose, reason, run: send.run };
                self.write(strand, self.meta.now, note);
            }
            Verdict::Allowed { proof } => {
                let (subject, text) = send.content.words();
                let (effect, conversation) = (send.effect, send.conversation);
                let note = Note::MessageDecided {
                    effect,
                    channel,
                    purpose,
                    subject,
                    text,
                    conversation,
                    consent_proof: proof,
                    agent: send.agent,
                };
                self.write(strand, self.meta.now, note);
                self.ask_for(Effect {
                    id: effect,
                    customer: self.customer.id,
                    strand,
                    asked: self.meta.now,
                    run: send.run,
                    purpose,
                    resend: send.resend,
                    kind: send.content,
                });
            }
        }
    }

    /// Takes back messages that have not begun to go out and may not any more: the customer has said no since, or has
    /// turned out to be somebody who had.
    fn withdraw(&mut self) {
        let customer = &*self.customer;
        let linked = |strand| self.engine.linked(customer, strand);
        let complaints = self.engine.open_complaints(customer, self.meta.now);
        let held = |effect: &Effect| {
            let ask = Ask { purpose: effect.purpose, channel: effect.kind.channel()? };
            match protect::judge(&customer.consents, self.engine.policy(), &ask, &complaints, &linked) {
                Verdict::Held(reason) => Some((effect.id, ask, reason)),
                Verdict::Allowed { .. } => None,
            }
        };
        let withdrawn: Vec<_> = customer.outbox.not_begun().filter_map(held).collect();
        for (id, Ask { purpose, channel }, reason) in withdrawn {
            let Some(effect) = self.customer.outbox.withdraw(id) else { continue };
            self.step.settled.push(id);
            self.step.asked.retain(|asked| *asked != id);
            self.step.ready.retain(|ready| ready.id != id);
            let note = Note::MessageHeld { channel, purpose, reason, run: effect.run };
            self.write(effect.strand, self.meta.now, note);
        }
    }

    /// A journey says that something has happened: taken in like an event of the strand, under this record.
    fn emit(&mut self, emit: &Emit, depth: u8) {
        if depth >= EMITTED_DEPTH_MAX {
            return;
        }
        let message = MessageHash((u128::from(self.meta.seq.0) << 64) | u128::from(self.ordinals.next()));
        let event = emitted_event(emit, self.meta.now);
        self.event(&event, emit.strand, message, 0, depth + 1);
    }

    fn ask_for(&mut self, effect: Effect) {
        self.step.asked.push(effect.id);
        self.step.ready.push(effect.clone());
        self.customer.outbox.add(effect);
    }

    pub(crate) fn write(&mut self, strand: StrandId, time: Timestamp, note: Note) {
        self.customer.strand_mut(strand).tail.push_note(time, self.meta.seq, &note);
        self.step.notes.push(note);
    }

    fn finish(self) -> Step {
        let Self { engine, customer, mut step, at_desk, .. } = self;
        let desk = desk_entries(&customer.progress);
        step.desk = (desk != at_desk).then_some(desk);
        for strand in customer.strands_mut().iter_mut().filter(|strand| strand.tail.is_full()) {
            step.spilled.push((strand.id, strand.chunks, std::mem::take(&mut strand.tail)));
            strand.chunks += 1;
        }
        if !(step.stood.is_empty() && customer.progress.is_empty()) {
            step.stands = standings(customer);
            step.waits = customer.waits().is_some();
        }
        step.due = engine.due(customer);
        step
    }
}
