//! The world outside: mailboxes, chat windows and a back office. It remembers everything it was asked to do.

use std::collections::{BTreeMap, VecDeque};

use model::{Effect, EffectId, EffectKind, Outcome, OutcomeKind, Resend, Value};

use crate::promises::Breach;
use crate::random::Random;

/// How one attempt went, seen from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Done,
    /// It happened, but the answer never came.
    Lost,
    Retry,
    Failed,
}

#[derive(Default)]
pub(crate) struct Outer {
    /// Durable effects to attempt.
    pub queue: VecDeque<Effect>,
    /// Outcomes that a full disk did not take yet.
    pub unreported: Vec<Outcome>,
    performed: BTreeMap<EffectId, (EffectKind, u32)>,
}

impl Outer {
    pub fn reply(&self, random: &mut Random) -> Reply {
        match random.below(20) {
            0..=14 => Reply::Done,
            15 => Reply::Lost,
            16..=18 => Reply::Retry,
            _ => Reply::Failed,
        }
    }

    /// Does what is asked.
    pub fn perform(&mut self, effect: &Effect) -> Result<(), Breach> {
        let (kind, times) = self.performed.entry(effect.id).or_insert_with(|| (effect.kind.clone(), 0));
        *times += 1;
        if *times > 1 && effect.resend == Resend::Never {
            return Err(Breach::new(
                "nothing is sent twice",
                format!("{} was performed again: {kind:?}", effect.id),
            ));
        }
        if *kind != effect.kind {
            let detail = format!("{} was {kind:?} and is {:?}", effect.id, effect.kind);
            return Err(Breach::new("an effect sent again has the same content", detail));
        }
        Ok(())
    }

    pub fn performed(&self) -> usize {
        self.performed.len()
    }

    /// Forgets what the process knew; the world outside keeps what it did.
    pub fn restart(&mut self) {
        self.queue.clear();
        self.unreported.clear();
    }
}

impl Reply {
    pub fn happened(self) -> bool {
        matches!(self, Self::Done | Self::Lost)
    }

    pub fn outcome(self, effect: &Effect) -> Outcome {
        let answer = matches!(effect.kind, EffectKind::Webhook(_))
            .then(|| Value::Map(vec![("order_no".into(), Value::text("B-1"))].into()));
        let kind = match self {
            Self::Done => OutcomeKind::Done { reference: Some("r-1".into()), answer },
            Self::Lost => OutcomeKind::Uncertain { reason: "the connection broke".into() },
            Self::Retry => OutcomeKind::Retry { reason: "busy".into(), after: None },
            Self::Failed => OutcomeKind::Failed { reason: "no such address".into() },
        };
        Outcome { effect: effect.id, customer: effect.customer, kind }
    }
}
