//! The outbox: a customer's effects that are not settled yet, and how often they are tried.
//!
//! An effect enters with the step that asks for it and leaves when an outcome record settles it. Retries wait in
//! the customer's own state, so they survive anything the ledger survives.

use minicbor::{Decode, Encode};
use model::{Effect, EffectId, EffectKind, OutcomeKind, Resend, Span, StrandId, Timestamp, WebhookCall};

/// Waits before the second and later attempts: the schedule of Standard Webhooks 1.0.0.
const RETRY_AFTER: [Span; 9] = [
    Span(5 * Span::SECOND.0),
    Span(5 * Span::MINUTE.0),
    Span(30 * Span::MINUTE.0),
    Span(2 * Span::HOUR.0),
    Span(5 * Span::HOUR.0),
    Span(10 * Span::HOUR.0),
    Span(14 * Span::HOUR.0),
    Span(20 * Span::HOUR.0),
    Span(24 * Span::HOUR.0),
];

/// An effect and how far it got.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Pending {
    #[n(0)]
    pub effect: Effect,
    /// Attempts that surely failed so far.
    #[n(1)]
    pub failures: u16,
    #[n(2)]
    pub stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// To be attempted now.
    #[n(0)]
    Ready,
    /// An attempt has begun; its outcome is not known yet.
    #[n(1)]
    Started,
    /// The last attempt failed for now.
    #[n(2)]
    Waiting {
        #[n(0)]
        until: Timestamp,
        #[n(1)]
        reason: String,
    },
    /// A crash left it unknown whether it happened; shown to people, not tried again.
    #[n(3)]
    Uncertain {
        #[n(0)]
        reason: String,
    },
    /// The receiver took it and will report; without a report it counts as done at `until`.
    #[n(4)]
    Accepted {
        #[n(0)]
        references: Vec<String>,
        #[n(1)]
        awaited: Vec<String>,
        #[n(2)]
        until: Timestamp,
    },
}

/// What an outcome meant for its effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// Not known (any more): the outcome came twice, or the customer was erased.
    Unknown,
    /// It goes on; where `ready`, it is to be attempted now.
    Open { ready: Option<Effect> },
    /// It is over, and went like this.
    Settled { effect: Effect, outcome: OutcomeKind },
    /// It was uncertain, and is known after all; what waited for it went on long ago.
    Cleared { effect: Effect, outcome: OutcomeKind },
}

/// A customer's unsettled effects, in the order they were asked for.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Outbox {
    #[n(0)]
    pending: Vec<Pending>,
}

impl Outbox {
    pub fn add(&mut self, effect: Effect) {
        // Most have one at a time; a list that grows by itself begins with room for four.
        self.pending.reserve_exact(1);
        self.pending.push(Pending { effect, failures: 0, stage: Stage::Ready });
    }

    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// When the next retry is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.pending.iter().filter_map(Pending::due).min()
    }

    /// Effects whose wait is over at `now`; they become ready.
    pub fn wake(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut ready = Vec::new();
        for pending in &mut self.pending {
            if matches!(pending.stage, Stage::Waiting { until, .. } if until <= now) {
                pending.stage = Stage::Ready;
                ready.push(pending.effect.clone());
            }
        }
        ready
    }

    /// Effects of whose delivery no report has come in time; they count as done.
    pub fn unreported(&mut self, now: Timestamp) -> Vec<(Effect, OutcomeKind)> {
        let over =
            |pending: &mut Pending| matches!(pending.stage, Stage::Accepted { until, .. } if until <= now);
        let done = |pending: Pending| {
            let Stage::Accepted { references, .. } = pending.stage else {
                unreachable!("only those were taken")
            };
            (pending.effect, OutcomeKind::Done { reference: Some(references.join(" ")), answer: None })
        };
        self.pending.extract_if(.., over).map(done).collect()
    }

    /// Messages that have not begun to go out.
    pub fn not_begun(&self) -> impl Iterator<Item = &Effect> {
        let waits = |pending: &&Pending| matches!(pending.stage, Stage::Ready | Stage::Waiting { .. });
        self.pending.iter().filter(waits).map(|pending| &pending.effect)
    }

    /// Takes an effect out that is not wanted any more.
    pub fn withdraw(&mut self, id: EffectId) -> Option<Effect> {
        let index = self.pending.iter().position(|pending| pending.effect.id == id)?;
        Some(self.pending.remove(index).effect)
    }

    /// Takes note of an outcome.
    pub fn settle(&mut self, id: EffectId, outcome: &OutcomeKind, now: Timestamp) -> Settlement {
        let Some(index) = self.pending.iter().position(|pending| pending.effect.id == id) else {
            return Settlement::Unknown;
        };
        let pending = &mut self.pending[index];
        match outcome {
            OutcomeKind::Started { .. } => {
                pending.stage = Stage::Started;
                Settlement::Open { ready: None }
            }
            OutcomeKind::Retry { reason, after } => match pending.next_pause() {
                Some(wait) => {
                    pending.failures += 1;
                    let until = now + after.map_or(wait, |after| after.max(Span::SECOND));
                    pending.stage = Stage::Waiting { until, reason: reason.clone() };
                    Settlement::Open { ready: None }
                }
                None => {
                    let reason = match pending.failures {
                        0 => reason.clone(),
                        failures => format!("{reason}; tried {} times", failures + 1),
                    };
                    self.close(index, OutcomeKind::Failed { reason })
                }
            },
            OutcomeKind::Uncertain { reason } => match pending.effect.resend {
                Resend::Always => {
                    pending.stage = Stage::Ready;
                    Settlement::Open { ready: Some(pending.effect.clone()) }
                }
                Resend::Never if matches!(pending.stage, Stage::Uncertain { .. }) => {
                    Settlement::Open { ready: None }
                }
                Resend::Never => {
                    pending.stage = Stage::Uncertain { reason: reason.clone() };
                    Settlement::Settled { effect: pending.effect.clone(), outcome: outcome.clone() }
                }
            },
            OutcomeKind::Accepted { references, awaited, wait } => {
                let until = now + *wait;
                let (references, awaited) = (references.clone(), awaited.clone());
                pending.stage = Stage::Accepted { references, awaited, until };
                Settlement::Open { ready: None }
            }
            OutcomeKind::Done { .. } | OutcomeKind::Failed { .. } | OutcomeKind::Refused { .. } => {
                self.close(index, outcome.clone())
            }
        }
    }

    /// Moves the effects of `strands` out, for an unmerge or an erasure.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let (taken, kept) =
            self.pending.drain(..).partition(|pending| strands.contains(&pending.effect.strand));
        self.pending = kept;
        Self { pending: taken }
    }

    /// Takes in the effects of another customer, for a merge.
    pub fn absorb(&mut self, other: Self) {
        self.pending.extend(other.pending);
        self.pending.sort_by_key(|pending| pending.effect.id);
    }

    fn close(&mut self, index: usize, outcome: OutcomeKind) -> Settlement {
        let was_uncertain = matches!(self.pending[index].stage, Stage::Uncertain { .. });
        let pending = self.pending.remove(index);
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
        let effect = pending.effect;
        if was_uncertain {
            Settlement::Cleared { effect, outcome }
        } else {
            Settlement::Settled { effect, outcome }
        }
    }
}

impl Pending {
    /// The pause before the next attempt, if there is one.
    fn next_pause(&self) -> Option<Span> {
        match &self.effect.kind {
            EffectKind::Webhook(WebhookCall { retries: Some(retries), .. }) => {
                retries.pause(self.failures + 1)
            }
            _ => RETRY_AFTER.get(usize::from(self.failures)).copied(),
        }
    }

    fn due(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Waiting { until, .. } | Stage::Accepted { until, .. } => Some(until),
            Stage::Ready | Stage::Started | Stage::Uncertain { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{ConversationId, CustomerId, Purpose, Sms};

    use super::*;

    #[test]
    fn what_was_uncertain_is_cleared_by_a_later_report_once() {
        let effect = Effect {
            id: EffectId(7),
            customer: CustomerId(1),
            strand: StrandId(1),
            asked: Timestamp(0),
            run: None,
            purpose: Purpose::Service,
            resend: Resend::Never,
            kind: EffectKind::Sms(Sms {
                conversation: ConversationId(3),
                to: "+4915112345678".into(),
                text: "Hello".into(),
            }),
        };
        let mut outbox = Outbox::default();
        outbox.add(effect.clone());
        let mut settle = |outcome: &OutcomeKind| outbox.settle(effect.id, outcome, Timestamp(5));
        let lost = OutcomeKind::Uncertain { reason: "the line was cut".into() };
        assert!(matches!(settle(&lost), Settlement::Settled { .. }), "what waits for it goes on");
        assert_eq!(settle(&lost), Settlement::Open { ready: None });
        let done = OutcomeKind::Done { reference: Some("m-1".into()), answer: None };
        let cleared = Settlement::Cleared { effect: effect.clone(), outcome: done.clone() };
        assert_eq!(settle(&done), cleared, "and does not go on again");
        assert_eq!(settle(&done), Settlement::Unknown);
        assert!(outbox.is_empty());
    }
}
