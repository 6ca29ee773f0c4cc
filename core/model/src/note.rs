//! Notes: what the engine did and why, shown in the customer's thread beside the events.
//!
//! A note is derived from the ledger and can be derived again; it is kept so that "why" needs no replay. Notes may
//! hold personal values (an answer, a message's text) and rest sealed under the key of their strand.

mod reason;
mod sentence;

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::{
    Channel, ConversationId, CustomerId, EffectId, Namespace, OutcomeKind, Purpose, RunId, Seq, StrandId,
    Timestamp, Value,
};

pub use reason::{Ending, EntryRefusal, HeldReason, Proof, SlotSource, StepReason};

/// One thing the engine did.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    #[n(0)]
    SegmentEntered {
        #[n(0)]
        segment: Box<str>,
    },
    #[n(1)]
    SegmentLeft {
        #[n(0)]
        segment: Box<str>,
    },
    #[n(2)]
    JourneyStarted {
        #[n(0)]
        run: RunId,
        #[n(1)]
        journey: Box<str>,
        #[n(2)]
        version: u32,
        /// The name of the event that started it.
        #[n(3)]
        event: Box<str>,
    },
    /// An event that starts the journey arrived, and yet no run began.
    #[n(3)]
    JourneyNotStarted {
        #[n(0)]
        journey: Box<str>,
        #[n(1)]
        reason: EntryRefusal,
    },
    #[n(4)]
    StepReached {
        #[n(0)]
        run: RunId,
        #[n(1)]
        journey: Box<str>,
        #[n(2)]
        step: Box<str>,
        #[n(3)]
        step_kind: Box<str>,
        #[n(4)]
        reason: StepReason,
    },
    #[n(5)]
    Asked {
        #[n(0)]
        run: RunId,
        #[n(1)]
        slot: Box<str>,
        #[n(2)]
        channel: Channel,
        /// How often the answer to this question was not understood before.
        #[n(3)]
        retries: u8,
    },
    #[n(6)]
    SlotFilled {
        #[n(0)]
        run: RunId,
        #[n(1)]
        slot: Box<str>,
        #[n(2)]
        value: Value,
        #[n(3)]
        source: SlotSource,
        /// Where the answer was given; none for what was known already.
        #[n(4)]
        channel: Option<Channel>,
    },
    /// What the customer wrote is not an answer to the question; it is asked again.
    #[n(7)]
    AnswerRefused {
        #[n(0)]
        run: RunId,
        #[n(1)]
        slot: Box<str>,
        #[n(2)]
        channel: Channel,
        /// What would have been an answer, such as `a whole number from 1 to 10`.
        #[n(3)]
        wanted: Box<str>,
    },
    /// The customer fell silent on `from`; the conversation goes on over `to`.
    #[n(8)]
    PickedUp {
        #[n(0)]
        run: RunId,
        #[n(1)]
        conversation: ConversationId,
        #[n(2)]
        from: Channel,
        #[n(3)]
        to: Channel,
        #[n(4)]
        questions_left: u16,
    },
    #[n(9)]
    MessageDecided {
        #[n(0)]
        effect: EffectId,
        #[n(1)]
        channel: Channel,
        #[n(2)]
        purpose: Purpose,
        #[n(3)]
        subject: Option<Box<str>>,
        #[n(4)]
        text: Box<str>,
        #[n(5)]
        conversation: ConversationId,
        #[n(6)]
        consent_proof: Proof,
    },
    #[n(10)]
    MessageHeld {
        #[n(0)]
        channel: Channel,
        #[n(1)]
        purpose: Purpose,
        #[n(2)]
        reason: HeldReason,
        #[n(3)]
        run: Option<RunId>,
    },
    #[n(11)]
    CallAsked {
        #[n(0)]
        effect: EffectId,
        #[n(1)]
        run: RunId,
        #[n(2)]
        endpoint: Box<str>,
        #[n(3)]
        event: Box<str>,
    },
    #[n(12)]
    EffectSettled {
        #[n(0)]
        effect: EffectId,
        #[n(1)]
        outcome: OutcomeKind,
    },
    #[n(13)]
    GoalReached {
        #[n(0)]
        run: RunId,
        #[n(1)]
        journey: Box<str>,
        #[n(2)]
        goal: Box<str>,
    },
    #[n(14)]
    JourneyEnded {
        #[n(0)]
        run: RunId,
        #[n(1)]
        journey: Box<str>,
        #[n(2)]
        how: Ending,
    },
    /// A claimed identifier was not taken as a key.
    #[n(15)]
    IdentifierRefused {
        #[n(0)]
        namespace: Namespace,
        /// Says what is wrong with it and what would be right.
        #[n(1)]
        reason: Box<str>,
    },
    #[n(16)]
    CustomersMerged {
        #[n(0)]
        kept: CustomerId,
        #[n(1)]
        merged: CustomerId,
        #[n(2)]
        reason: Box<str>,
    },
    #[n(17)]
    CustomersParted {
        #[n(0)]
        kept: CustomerId,
        #[n(1)]
        parted: CustomerId,
        #[n(2)]
        reason: Box<str>,
    },
    #[n(18)]
    ConsentChanged {
        #[n(0)]
        purpose: Purpose,
        /// None for every channel.
        #[n(1)]
        channel: Option<Channel>,
        #[n(2)]
        granted: bool,
        /// What the customer did, such as `wrote STOP`.
        #[n(3)]
        reason: Box<str>,
    },
    /// The customer will answer later; other questions come first.
    #[n(30)]
    AnswerPostponed {
        #[n(0)]
        run: RunId,
        #[n(1)]
        slot: Box<str>,
        #[n(2)]
        channel: Channel,
    },
    /// A version was published, and the run goes on in it without starting the step again.
    #[n(31)]
    RunMoved {
        #[n(0)]
        run: RunId,
        #[n(1)]
        journey: Box<str>,
        #[n(2)]
        version: u32,
        #[n(3)]
        step: Box<str>,
    },
}

/// A note with when it was made and whose part of the thread it belongs to.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct NoteEntry {
    #[n(0)]
    pub seq: Seq,
    #[n(1)]
    pub time: Timestamp,
    #[n(2)]
    pub strand: StrandId,
    #[n(3)]
    pub note: Note,
}

impl Note {
    /// The run the note is about, if it is about one.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::JourneyStarted { run, .. }
            | Self::StepReached { run, .. }
            | Self::Asked { run, .. }
            | Self::SlotFilled { run, .. }
            | Self::AnswerRefused { run, .. }
            | Self::PickedUp { run, .. }
            | Self::CallAsked { run, .. }
            | Self::GoalReached { run, .. }
            | Self::AnswerPostponed { run, .. }
            | Self::RunMoved { run, .. }
            | Self::JourneyEnded { run, .. } => Some(*run),
            Self::MessageHeld { run, .. } => *run,
            Self::SegmentEntered { .. }
            | Self::SegmentLeft { .. }
            | Self::JourneyNotStarted { .. }
            | Self::MessageDecided { .. }
            | Self::EffectSettled { .. }
            | Self::IdentifierRefused { .. }
            | Self::CustomersMerged { .. }
            | Self::CustomersParted { .. }
            | Self::ConsentChanged { .. } => None,
        }
    }
}
