//! Reasons: why a message was held, a step reached, a run begun, refused or ended. Closed sets, so that the
//! studio can explain each of them.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::Ending;
use crate::{Channel, Purpose, RunId, Seq, Span, Timestamp};

/// Why a message may go out: attached to each one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// The purpose needs no opt-in and the customer has not said no.
    #[n(0)]
    NotObjected,
    /// The event that granted it.
    #[n(1)]
    Granted {
        #[n(0)]
        time: Timestamp,
        /// Where the customer said so.
        #[n(1)]
        said_on: Channel,
        #[n(2)]
        seq: Seq,
        /// The words agreed to, or a reference to them.
        #[n(3)]
        text: Option<Box<str>>,
    },
}

/// Why a message did not go out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum HeldReason {
    /// The purpose needs an opt-in and none is known.
    #[n(0)]
    NoOptIn {
        #[n(0)]
        purpose: Purpose,
        #[n(1)]
        channel: Channel,
    },
    /// The customer said no at `time`, and nothing since lifts it.
    #[n(1)]
    Revoked {
        #[n(0)]
        purpose: Purpose,
        #[n(1)]
        channel: Channel,
        #[n(2)]
        time: Timestamp,
        /// Where the customer said so.
        #[n(3)]
        said_on: Channel,
        #[n(4)]
        seq: Seq,
    },
    /// Nothing tells how to reach the customer on the channel.
    #[n(2)]
    NoAddress {
        #[n(0)]
        channel: Channel,
    },
    /// A value the text needs is missing.
    #[n(3)]
    TextIncomplete {
        #[n(0)]
        detail: Box<str>,
    },
    /// The customer has a complaint that is not solved.
    #[n(60)]
    ComplaintOpen {
        #[n(0)]
        purpose: Purpose,
        #[n(1)]
        complaint: Box<str>,
        #[n(2)]
        since: Timestamp,
        /// When it stops holding anything back, unless something more is heard of it.
        #[n(3)]
        #[cbor(default)]
        until: Option<Timestamp>,
    },
}

/// Why a run stands at a step.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum StepReason {
    /// The run begins here.
    #[n(0)]
    Started,
    /// The step before was done.
    #[n(1)]
    Continued,
    /// Every answer is known.
    #[n(2)]
    Answered,
    /// The condition holds.
    #[n(3)]
    Condition {
        #[n(0)]
        when: Box<str>,
    },
    /// No condition holds.
    #[n(4)]
    Otherwise,
    /// The awaited event arrived.
    #[n(5)]
    EventArrived {
        #[n(0)]
        event: Box<str>,
    },
    /// The time to wait is over.
    #[n(6)]
    TimeOver {
        #[n(0)]
        after: Span,
    },
    /// What was awaited did not come in time.
    #[n(7)]
    TimedOut {
        #[n(0)]
        after: Span,
    },
    /// The called system answered.
    #[n(8)]
    CallDone,
    /// The called system did not do it.
    #[n(9)]
    CallFailed {
        #[n(0)]
        detail: Box<str>,
    },
    /// The called system answered that it does not do it.
    #[n(55)]
    CallRefused {
        #[n(0)]
        detail: Box<str>,
    },
    /// It is not known whether the called system did it.
    #[n(10)]
    CallUncertain {
        #[n(0)]
        detail: Box<str>,
    },
    /// The agent is done.
    #[n(50)]
    AgentDone {
        #[n(0)]
        outcome: Box<str>,
    },
    /// The agent gave the conversation back.
    #[n(51)]
    HandedBack,
    /// The customer was handed over to this queue again and again without having written anything.
    #[n(52)]
    HandOverLoop {
        #[n(0)]
        queue: Box<str>,
    },
    /// The time on the clock that was awaited has come.
    #[n(11)]
    TimeCame {
        #[n(0)]
        at: Timestamp,
    },
    /// There is no such time to wait for, or it is over.
    #[n(12)]
    NoTime {
        #[n(0)]
        detail: Box<str>,
    },
    /// The customer's part of a random split.
    #[n(13)]
    Split {
        #[n(0)]
        arm: Box<str>,
        /// Of a hundred customers, how many take it.
        #[n(1)]
        share: u8,
    },
    /// Every arm that was begun has come to its end.
    #[n(14)]
    Joined {
        #[n(0)]
        arms: u8,
    },
    /// The journey within the journey has ended.
    #[n(15)]
    SubJourneyEnded {
        #[n(0)]
        journey: Box<str>,
        #[n(1)]
        how: Box<Ending>,
    },
    /// A new version was published, and runs under way go on in it here.
    #[n(16)]
    Moved {
        #[n(0)]
        version: u32,
    },
    /// A new version was published, and runs under way begin again.
    #[n(17)]
    Restarted {
        #[n(0)]
        version: u32,
    },
    /// The prices were promised.
    #[n(40)]
    Quoted,
    /// No price could be promised.
    #[n(41)]
    NotQuoted {
        #[n(0)]
        detail: Box<str>,
    },
    /// An offer was chosen.
    #[n(42)]
    OfferChosen {
        #[n(0)]
        offer: Box<str>,
    },
    /// No offer may be made.
    #[n(43)]
    NoOffer,
    /// The customer said that an article helped.
    #[n(80)]
    ArticleHelped {
        #[n(0)]
        article: Box<str>,
    },
    /// The customer said that it did not.
    #[n(81)]
    ArticleDidNotHelp {
        #[n(0)]
        article: Box<str>,
    },
    /// The search found nothing that answers what the customer said.
    #[n(82)]
    NoArticle,
}

/// Where the value of a slot came from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum SlotSource {
    /// The customer answered.
    #[n(0)]
    Answer,
    /// It was known: the expression that gave it, such as `profile.traits.room`.
    #[n(1)]
    Known {
        #[n(0)]
        expression: Box<str>,
    },
    /// A called system returned it.
    #[n(2)]
    Call {
        #[n(0)]
        endpoint: Box<str>,
    },
    /// An agent filled it in.
    #[n(50)]
    Agent {
        #[n(0)]
        agent: Box<str>,
    },
    /// A journey within the journey found it out, or the one around it knew it.
    #[n(3)]
    Journey {
        #[n(0)]
        journey: Box<str>,
    },
    /// It was worked out here, such as by a quote.
    #[n(40)]
    WorkedOut {
        #[n(0)]
        by: Box<str>,
    },
}

/// Why no run began although its event arrived.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum EntryRefusal {
    /// A run of the journey is under way.
    #[n(0)]
    Running {
        #[n(0)]
        run: RunId,
    },
    /// The journey is entered once, and was.
    #[n(1)]
    OnceOnly {
        #[n(0)]
        entered: Timestamp,
    },
    /// The journey was entered too recently.
    #[n(2)]
    TooSoon {
        #[n(0)]
        entered: Timestamp,
        #[n(1)]
        again_at: Timestamp,
    },
    /// There was a run for this key, such as the same order, already.
    #[n(3)]
    SameKey {
        #[n(0)]
        key: Box<str>,
    },
    /// The event is history: it happened too long before it was received.
    #[n(4)]
    TooOld {
        #[n(0)]
        happened: Timestamp,
    },
    /// The customer has as many runs as are kept for one.
    #[n(5)]
    TooManyRuns,
    /// The customer is in another journey of the same group, of the same or a higher priority.
    #[n(6)]
    Excluded {
        #[n(0)]
        journey: Box<str>,
        #[n(1)]
        group: Box<str>,
    },
    /// The customer came in as often as the journey's limit says.
    #[n(7)]
    LimitReached {
        #[n(0)]
        entries: u16,
        #[n(1)]
        per: Span,
        #[n(2)]
        again_at: Timestamp,
    },
    /// The schedule's time came while nothing ran, too long ago.
    #[n(8)]
    Missed {
        #[n(0)]
        due: Timestamp,
    },
    /// As many customers came in as the journey's cap says, all together.
    #[n(9)]
    CapReached {
        #[n(0)]
        entries: u64,
        /// None for the total.
        #[n(1)]
        per: Option<Span>,
        /// When there is room again; never for the total.
        #[n(2)]
        again_at: Option<Timestamp>,
    },
}
