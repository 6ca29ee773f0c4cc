//! How effects went: the outbox takes note of it, the thread says it, and what waited for it goes on.

use model::{Effect, EffectId, Note, Outcome, OutcomeKind};

use crate::outbox::Settlement;
use crate::step::Walk;

impl Walk<'_> {
    pub fn outcome(&mut self, outcome: &Outcome) {
        match self.customer.outbox.settle(outcome.effect, &outcome.kind, self.meta.now) {
            Settlement::Unknown => {}
            Settlement::Open { ready } => {
                self.forget_if_closed(outcome.effect);
                self.step.ready.extend(ready);
            }
            Settlement::Settled { effect, outcome } => self.settled(&effect, outcome),
            Settlement::Cleared { effect, outcome } => self.note_settled(&effect, outcome),
        }
    }

    pub fn settled(&mut self, effect: &Effect, outcome: OutcomeKind) {
        self.note_settled(effect, outcome.clone());
        self.advance(orchestrate::Input::Settled { effect, outcome: &outcome }, None, false, 0);
    }

    fn note_settled(&mut self, effect: &Effect, outcome: OutcomeKind) {
        self.forget_if_closed(effect.id);
        self.write(effect.strand, self.meta.now, Note::EffectSettled { effect: effect.id, outcome });
    }

    fn forget_if_closed(&mut self, effect: EffectId) {
        if self.customer.outbox.pending().iter().all(|pending| pending.effect.id != effect) {
            self.step.settled.push(effect);
        }
    }
}
