//! Notes: what the engine did and why, shown in the customer's thread beside the events.
//!
//! A note is derived from the ledger and can be derived again; it is kept so that "why" needs no replay. Notes may
//! hold personal values (an answer, a message's text) and rest sealed under the key of their strand.

mod desk_sentence;
mod ending;
mod offer;
mod offer_sentence;
mod reason;
mod run;
mod sentence;

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::{
    Channel, ConversationId, CustomerId, DecisionId, EffectId, Money, Namespace, OutcomeKind, Priority,
    Purpose, QuoteId, RunId, Seq, StrandId, Timestamp, Value,
};

pub use ending::{DeskClock, Ending, Reopening};
pub use offer::{OfferCandidate, OfferCandidates, OfferResponse};
pub use reason::{EntryRefusal, HeldReason, Proof, SlotSource, StepReason};

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
        /// The agent who wrote it, as customers know them; none for what a journey says.
        #[n(10)]
        #[cbor(default)]
        agent: Option<Box<str>>,
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
    /// Offers were weighed for a placement, and one or none was chosen.
    #[n(40)]
    OfferDecided {
        #[n(0)]
        decision: DecisionId,
        #[n(1)]
        placement: Box<str>,
        #[n(2)]
        offer: Option<Box<str>>,
        /// How probable this choice was, in millionths.
        #[n(3)]
        probability: u32,
        /// The customer is in the control group, which gets no offer.
        #[n(4)]
        control: bool,
        /// It was chosen to learn, not for its rank.
        #[n(5)]
        explored: bool,
        #[n(6)]
        run: Option<RunId>,
        /// Every offer there was for the placement, the best first.
        #[n(7)]
        candidates: OfferCandidates,
    },
    /// The customer did something with an offer.
    #[n(41)]
    OfferAnswered {
        #[n(0)]
        decision: DecisionId,
        #[n(1)]
        offer: Box<str>,
        #[n(2)]
        response: OfferResponse,
    },
    /// An acceptance asked for one of a limited number.
    #[n(42)]
    OfferTaken {
        #[n(0)]
        decision: DecisionId,
        #[n(1)]
        offer: Box<str>,
        /// Whether there was one left.
        #[n(2)]
        granted: bool,
    },
    /// The customer did what an offer is to lead to, within its time.
    #[n(100)]
    OfferGoalReached {
        #[n(0)]
        offer: Box<str>,
        /// The customer is in the control group: the offer was not made.
        #[n(1)]
        held_out: bool,
    },
    /// Prices were promised.
    #[n(43)]
    QuoteMade {
        #[n(0)]
        quote: QuoteId,
        #[n(1)]
        total: Money,
        #[n(2)]
        until: Timestamp,
        #[n(3)]
        run: Option<RunId>,
    },
    /// A conversation waits for an agent.
    #[n(50)]
    ConversationQueued {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        queue: Box<str>,
        #[n(2)]
        priority: Priority,
        /// Why, in words.
        #[n(3)]
        why: Box<str>,
        #[n(4)]
        run: Option<RunId>,
    },
    #[n(51)]
    ConversationAssigned {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        agent: Box<str>,
        #[n(2)]
        by: Box<str>,
    },
    #[n(52)]
    ConversationSnoozed {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        until: Timestamp,
        #[n(2)]
        by: Box<str>,
    },
    /// An agent is done with a conversation.
    #[n(53)]
    ConversationClosed {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        outcome: Box<str>,
        #[n(2)]
        by: Box<str>,
    },
    /// A snoozed or closed conversation is back.
    #[n(54)]
    ConversationReopened {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        cause: Reopening,
    },
    /// An agent gave a conversation back to the bot.
    #[n(55)]
    ConversationHandedBack {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        by: Box<str>,
    },
    /// What staff wrote for themselves.
    #[n(56)]
    PrivateNote {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        text: Box<str>,
        #[n(2)]
        by: Box<str>,
    },
    /// The subject or the priority was set.
    #[n(57)]
    ConversationChanged {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        subject: Option<Box<str>>,
        #[n(2)]
        priority: Option<Priority>,
        #[n(3)]
        by: Box<str>,
    },
    /// A service level is in danger, or was not kept.
    #[n(58)]
    ServiceLevel {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        queue: Box<str>,
        #[n(2)]
        clock: DeskClock,
        #[n(3)]
        breached: bool,
    },
    /// An article was written into a conversation.
    #[n(80)]
    ArticleSent {
        #[n(0)]
        conversation: ConversationId,
        #[n(1)]
        article: Box<str>,
        #[n(2)]
        language: Box<str>,
        /// The catalogue's version whose words were sent.
        #[n(3)]
        version: u32,
        /// The message that shows it.
        #[n(4)]
        effect: EffectId,
        /// The agent; none where a journey sent it.
        #[n(5)]
        by: Option<Box<str>>,
        #[n(6)]
        run: Option<RunId>,
    },
    /// The customer said whether an article helped.
    #[n(81)]
    ArticleJudged {
        #[n(0)]
        run: RunId,
        #[n(1)]
        article: Box<str>,
        #[n(2)]
        helped: bool,
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
    /// The customer said by which channel messages shall come.
    #[n(70)]
    ChannelPreferred {
        /// None for every purpose without a wish of its own.
        #[n(0)]
        purpose: Option<Purpose>,
        /// None where the wish is taken back.
        #[n(1)]
        channel: Option<Channel>,
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
