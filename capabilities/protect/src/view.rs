//! The consents of a customer as the studio shows them.

use std::collections::BTreeSet;

use model::{Channel, HeldReason, Proof, Purpose, StrandId, Timestamp};
use serde::Serialize;

use crate::Policy;
use crate::consents::Consents;
use crate::judgement::{Ask, Verdict, judge};

/// What holds for one purpose on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    pub purpose: Purpose,
    pub channel: Channel,
    pub allowed: bool,
    #[serde(flatten)]
    pub state: ConsentState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConsentState {
    Allowed { by: Proof, sentence: String },
    Held { why: HeldReason, sentence: String },
}

impl Consents {
    /// What holds for every purpose, on e-mail, in web chat and on every channel the customer spoke of.
    pub fn view(&self, policy: &Policy, linked: &dyn Fn(StrandId) -> Timestamp) -> Vec<ConsentView> {
        let mut channels = BTreeSet::from([Channel::EMAIL, Channel::WEBCHAT]);
        channels.extend(self.0.iter().filter_map(|entry| entry.channel.clone()));
        let asks = Purpose::ALL.into_iter().flat_map(|purpose| {
            channels.iter().map(move |channel| Ask { purpose, channel: channel.clone() })
        });
        asks.map(|ask| self.view_of(ask, policy, linked)).collect()
    }

    fn view_of(&self, ask: Ask, policy: &Policy, linked: &dyn Fn(StrandId) -> Timestamp) -> ConsentView {
        let state = match judge(self, policy, &ask, &[], linked) {
            Verdict::Allowed { proof } => ConsentState::Allowed { sentence: proof.sentence(), by: proof },
            Verdict::Held(why) => ConsentState::Held { sentence: why.sentence(), why },
        };
        let allowed = matches!(state, ConsentState::Allowed { .. });
        ConsentView { purpose: ask.purpose, channel: ask.channel, allowed, state }
    }
}
