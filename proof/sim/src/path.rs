//! The way from the outside to the shard and back, as the server goes it: nothing leaves before its frame is durable.

use std::sync::Arc;

use adapt::Quote;
use model::{Effect, MessageHash, Outcome, OutcomeKind, Seq};
use shard::{Accepted, Broken, Committed, Consequences, Done, Intake, Order, OrderError, Prepared};

use crate::promises::Breach;
use crate::sent::{Sent, Told};
use crate::world::{Halt, World};

/// What may leave once everything written so far is durable.
pub(crate) struct Release {
    told: Vec<(usize, Accepted)>,
    ready: Vec<Effect>,
    /// What was promised with it.
    promised: Option<Quote>,
}

impl World {
    /// Hands events to the shard; what becomes of them is told when it is durable.
    pub fn send(&mut self, picks: &[usize]) -> Result<(), Halt> {
        self.look_for_late_choices();
        let now = self.now;
        if self.shard().is_stalled() {
            self.note("refused", format_args!("{now} the disk is full, {} refused", picks.len()));
            return Ok(());
        }
        let intake: Vec<Intake> = picks.iter().map(|&pick| self.prepare(pick)).collect();
        match self.shard().ingest(intake, now) {
            Ok(Committed { answer, consequences, .. }) => {
                for (&pick, told) in picks.iter().zip(&answer) {
                    let Sent { time, channel, body, .. } = &self.sent[pick];
                    self.trace.line(format_args!("{now} {channel} at {time} {body} → {told:?}"));
                    *self.counts.entry("events").or_default() += 1;
                }
                self.keep(picks.iter().copied().zip(answer).collect(), None, consequences)
            }
            Err(broken) if broken.is_full() => {
                self.note("full", format_args!("{now} {broken}"));
                Ok(())
            }
            Err(broken) => Err(broken.into()),
        }
    }

    fn prepare(&mut self, pick: usize) -> Intake {
        let now = self.now;
        self.sent[pick].tried.get_or_insert(now);
        let sent = &self.sent[pick];
        let source = sent.source;
        let event = match sent.event(now) {
            Ok(event) => event,
            Err(reason) => {
                return Intake::Malformed { source, reason, body: sent.body.clone().into_bytes() };
            }
        };
        let keys = Arc::clone(self.shard().keys());
        let message =
            event.message_id.as_ref().map_or(MessageHash(pick as u128), |id| keys.message_hash(source, id));
        let prepared = Prepared::new(event, message, self.shard().view().engine(), &keys);
        if let Some(claim) = prepared.claims.first() {
            self.sent[pick].known = Some((message.0, claim.identifier.clone()));
        }
        Intake::Event(Arc::new(prepared))
    }

    /// Carries an order out. A refusal, as of a full disk, is no failure; then there is nothing done.
    pub fn order(&mut self, order: Order) -> Result<Option<Done>, Halt> {
        self.look_for_late_choices();
        let (now, what) = (self.now, name(&order));
        match self.shard().order(order, now) {
            Ok(Committed { answer, consequences, .. }) => {
                self.note(what, format_args!("{now} {what} → {answer:?}"));
                let promised = match &answer {
                    Done::Quoted(quote) => Some(quote.clone()),
                    _ => None,
                };
                self.keep(Vec::new(), promised, consequences)?;
                Ok(Some(answer))
            }
            Err(OrderError::Refused(refusal)) => {
                self.note("refused orders", format_args!("{now} {what} refused: {refusal}"));
                Ok(None)
            }
            Err(OrderError::Broken(broken)) if broken.is_full() => {
                self.note("full", format_args!("{now} {what}: {broken}"));
                Ok(None)
            }
            Err(OrderError::Broken(broken)) => Err(broken.into()),
        }
    }

    fn keep(
        &mut self,
        told: Vec<(usize, Accepted)>,
        promised: Option<Quote>,
        consequences: Consequences,
    ) -> Result<(), Halt> {
        for effect in &consequences.ready {
            self.trace.line(format_args!("  asks {} of {}: {:?}", effect.id, effect.customer, effect.kind));
            self.decided_by_consent(effect)?;
            self.spared_by_marketing(effect, Some(known_when_decided(effect)))?;
        }
        self.look_for_late_choices();
        self.unreleased.push(Release { told, ready: consequences.ready, promised });
        Ok(())
    }

    /// Between two jobs: a frame that waits for space is tried again, and the checkpoint moves on.
    pub fn turn(&mut self) -> Result<(), Halt> {
        self.look_for_late_choices();
        let now = self.now;
        if self.shard().is_stalled() {
            match self.shard().retry_stalled(now) {
                Ok(Some(consequences)) => {
                    self.note("recovered", format_args!("{now} there is space again"));
                    self.keep(Vec::new(), None, consequences)?;
                }
                Ok(None) => {}
                Err(broken) if broken.is_full() => {}
                Err(broken) => return Err(broken.into()),
            }
        }
        self.shard().turn_after_job().map_err(|error| Halt::Failed(error.to_string()))
    }

    /// Makes everything written durable, and only then tells.
    pub fn release(&mut self) -> Result<(), Halt> {
        let last = self.shard().last_frame();
        self.shard().keys().sync().map_err(|error| Halt::Failed(error.to_string()))?;
        self.shard().syncer().sync(last).map_err(|error| Halt::Failed(error.to_string()))?;
        for Release { told, ready, promised } in std::mem::take(&mut self.unreleased) {
            for (pick, accepted) in told {
                self.tell(pick, accepted);
            }
            self.outer.queue.extend(ready);
            promised.iter().for_each(|quote| self.promised(quote));
        }
        Ok(())
    }

    fn tell(&mut self, pick: usize, accepted: Accepted) {
        let state = &mut self.sent[pick].state;
        match (accepted, *state) {
            (_, Told::Erased) => {}
            (Accepted::Taken { .. } | Accepted::Duplicate, _) => *state = Told::Taken,
            (Accepted::Quarantined { number }, _) => *state = Told::Quarantined { number },
        }
    }

    /// Attempts an effect as the server does: the start is durable first, then it happens, then the outcome is
    /// reported.
    pub fn attempt(&mut self) -> Result<(), Halt> {
        for outcome in std::mem::take(&mut self.outer.unreported) {
            self.report(outcome)?;
        }
        let Some(effect) = self.outer.queue.pop_front() else { return Ok(()) };
        let kind = OutcomeKind::Started { attempt: 1 };
        let started = Outcome { effect: effect.id, customer: effect.customer, kind };
        let taken = self.order(Order::Outcome(started))?.is_some();
        self.release()?;
        match (taken, self.stage(&effect)?) {
            (true, Some(engine::Stage::Started)) => {}
            (false, Some(_)) => {
                self.outer.queue.push_front(effect);
                return Ok(());
            }
            _ => {
                self.note("withdrawn", format_args!("{} is not wanted any more", effect.id));
                return Ok(());
            }
        }
        let reply = self.outer.reply(&mut self.random);
        if reply.happened() {
            self.note("effects", format_args!("{} happens: {reply:?}", effect.id));
            self.not_after_revocation(&effect)?;
            self.spared_by_marketing(&effect, None)?;
            self.outer.perform(&effect)?;
        }
        self.report(reply.outcome(&effect))
    }

    fn report(&mut self, outcome: Outcome) -> Result<(), Halt> {
        if self.order(Order::Outcome(outcome.clone()))?.is_none() {
            self.outer.unreported.push(outcome);
        }
        Ok(())
    }

    /// How far the shard is with an effect; nothing when it does not want it done, as of somebody erased since.
    fn stage(&mut self, effect: &Effect) -> Result<Option<engine::Stage>, Halt> {
        let pending = self.shard().view().effects(None, usize::MAX)?;
        Ok(pending.into_iter().find(|own| own.effect.id == effect.id).map(|own| own.stage))
    }
}

/// The last record that was known when an effect was decided: an overdue timer fires before the record that finds it.
fn known_when_decided(effect: &Effect) -> Seq {
    let asked = (effect.id.0 >> 80) as u64;
    let overdue = effect.id.0 as u16 >= engine::OVERDUE_ORDINAL;
    Seq(asked - u64::from(overdue))
}

fn name(order: &Order) -> &'static str {
    match order {
        Order::Outcome(Outcome { kind: OutcomeKind::Started { .. }, .. }) => "starts",
        Order::Outcome(_) => "outcomes",
        Order::Tick => "ticks",
        Order::Publish { .. } => "publications",
        Order::PutSource { .. } => "sources",
        Order::Erase { .. } => "erasures",
        Order::Unmerge { .. } => "unmerges",
        Order::SettleQuarantine { .. } => "settled quarantine",
        Order::Quote { .. } => "quotes",
        Order::Decide { .. } => "decisions",
        Order::Desk { .. } => "acts at the desk",
        Order::Presence { .. } => "agents come and go",
    }
}

impl From<Broken> for Halt {
    fn from(broken: Broken) -> Self {
        Self::Failed(broken.to_string())
    }
}

impl From<state::StateError> for Halt {
    fn from(error: state::StateError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Breach> for Halt {
    fn from(breach: Breach) -> Self {
        Self::Promise(breach)
    }
}
