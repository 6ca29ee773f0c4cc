//! What runs wait for.

use minicbor::{Decode, Encode};
use model::{Channel, ConversationId, EffectId, RunId, Span, Timestamp};

/// What a run waits for, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Waiting {
    #[n(0)]
    pub for_what: WaitingFor,
    #[n(1)]
    pub since: Timestamp,
    #[n(2)]
    pub due: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum WaitingFor {
    #[n(0)]
    Time {
        #[n(0)]
        after: Span,
    },
    #[n(1)]
    Event {
        /// The names, joined by ` or `.
        #[n(0)]
        event: Box<str>,
    },
    #[n(2)]
    Answer {
        #[n(0)]
        slot: Box<str>,
        /// Where it was asked last.
        #[n(1)]
        asked_on: Channel,
        #[n(2)]
        retries: u8,
        /// The customer fell silent and was asked on another channel.
        #[n(3)]
        picked_up: bool,
    },
    #[n(3)]
    Call {
        #[n(0)]
        effect: EffectId,
        #[n(1)]
        endpoint: Box<str>,
    },
    /// An agent, who has the conversation or will.
    #[n(50)]
    Agent {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        queue: Box<str>,
    },
    /// People to be done with the conversation; then a question is asked.
    #[n(51)]
    Desk {
        #[n(0)]
        conversation: ConversationId,
    },
    /// The customer to say whether an article helped, or which other one to read.
    #[n(60)]
    Article {
        /// The one they read last.
        #[n(0)]
        shown: Box<str>,
        /// The others that were found.
        #[n(1)]
        others: Vec<Box<str>>,
        #[n(2)]
        retries: u8,
    },
    /// A time on a clock.
    #[n(4)]
    Clock {
        #[n(0)]
        at: Timestamp,
    },
    /// Runs that are a part of this one.
    #[n(5)]
    Runs {
        #[n(0)]
        runs: Vec<RunId>,
    },
    /// What is worked out elsewhere in the same moment.
    #[n(40)]
    Provided {
        #[n(0)]
        what: Box<str>,
    },
}

impl WaitingFor {
    /// Whether what the customer writes next is for it.
    pub(crate) fn is_for_customer(&self) -> bool {
        matches!(self, Self::Answer { .. } | Self::Article { .. })
    }
}
