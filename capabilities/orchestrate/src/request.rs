//! What goes into [`crate::advance`] and what comes out.

use std::cell::Cell;

use model::{
    Channel, ConversationId, CustomerId, DeskAction, Effect, EffectId, EffectKind, EntryRefusal, Event,
    HeldReason, Namespace, Note, OutcomeKind, Purpose, Resend, RunId, Seq, Span, StrandId, Timestamp, Value,
    WebhookCall,
};
use rules::Environment;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    Event {
        event: &'a Event,
        strand: StrandId,
    },
    /// The customer entered or left a segment.
    Crossed {
        segment: &'a str,
        entered: bool,
        strand: StrandId,
        /// When what led to it happened: the event's own time, or now.
        happened: Timestamp,
    },
    /// Time passed; timers due by [`Context::now`] fire.
    Time,
    /// A catalogue was published.
    Published,
    /// An effect of this customer got an outcome.
    Settled {
        effect: &'a Effect,
        outcome: &'a OutcomeKind,
    },
    /// What a run asked for was worked out elsewhere: a quote, or a choice among offers.
    Provided {
        run: RunId,
        value: &'a Value,
    },
    /// The shard has let the customer into a journey with a cap, or has not.
    Admitted {
        journey: &'a str,
        refusal: Option<&'a EntryRefusal>,
    },
    /// A member of staff did something with a conversation.
    Desk {
        conversation: ConversationId,
        action: &'a DeskAction,
        /// The name of their token.
        by: &'a str,
    },
}

/// The record being processed, and what is known about the customer.
pub struct Context<'a> {
    pub seq: Seq,
    /// When the record was received.
    pub now: Timestamp,
    pub customer: CustomerId,
    /// Profile fields, behaviour and segments.
    pub environment: &'a dyn Environment,
    /// The address to use in a namespace, such as the e-mail address.
    pub address: &'a dyn Fn(&Namespace) -> Option<Box<str>>,
    /// Why a message for a purpose may not go out on a channel, if it may not (`protect::judge`).
    pub held: &'a dyn Fn(Purpose, &Channel) -> Option<HeldReason>,
    /// The zone of the customer's own clock, by name, where it is known.
    pub zone: &'a dyn Fn() -> Option<Box<str>>,
    /// Whether the event says "no more", which is never an answer (`protect::opts_out`).
    pub opted_out: bool,
    /// Numbers the effects, runs and conversations that this customer's step makes; one for the whole step.
    pub ordinals: &'a Ordinals,
}

/// Counts what one customer's step makes, so that each gets an id of its own.
#[derive(Debug, Default)]
pub struct Ordinals(Cell<u16>);

/// One thing to be done. The engine judges each [`Send`] before it becomes an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Send(Send),
    Call(Call),
    Note { strand: StrandId, note: Note },
    Emit(Emit),
    Quote(AskedQuote),
    Choose(AskedChoice),
}

/// A promise of prices, for a run that waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuote {
    pub strand: StrandId,
    pub run: RunId,
    /// Products, and how many of each.
    pub items: Vec<(Box<str>, u32)>,
    /// How long it shall hold.
    pub valid: Option<Span>,
}

/// A choice among the offers of a placement, for a run that waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedChoice {
    pub strand: StrandId,
    pub run: RunId,
    pub placement: Box<str>,
}

/// A message to the customer, if it may be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    pub effect: EffectId,
    pub strand: StrandId,
    /// None for what an agent writes, and the desk itself.
    pub run: Option<RunId>,
    /// The agent who wrote it, as customers know them.
    pub agent: Option<Box<str>>,
    pub channel: Channel,
    pub purpose: Purpose,
    pub resend: Resend,
    pub conversation: ConversationId,
    pub content: EffectKind,
}

/// A call of a back-office system.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub effect: EffectId,
    pub strand: StrandId,
    pub run: RunId,
    pub resend: Resend,
    pub call: WebhookCall,
}

/// An event that the journey says has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Emit {
    pub strand: StrandId,
    pub run: RunId,
    pub channel: Channel,
    pub what: Emitted,
    /// The event's properties, or the profile's traits.
    pub properties: Vec<(Box<str>, Value)>,
}

/// What a journey says has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emitted {
    /// An event of this name.
    Event(Box<str>),
    /// Something about the customer became known.
    Traits,
}

impl From<u16> for Ordinals {
    /// Counts from `first`.
    fn from(first: u16) -> Self {
        Self(Cell::new(first))
    }
}

impl Ordinals {
    pub fn next(&self) -> u16 {
        let ordinal = self.0.get();
        self.0.set(ordinal + 1);
        ordinal
    }
}

impl Context<'_> {
    pub(crate) fn new_effect(&self) -> EffectId {
        EffectId::new(self.seq, self.customer, self.ordinals.next())
    }

    /// A number for a run or a conversation. A tick makes them for many customers under one sequence number, so
    /// the three parts are mixed (SplitMix64) into one: among ten million, two are alike with a chance of 3 in a
    /// million, and they would have to be one customer's to be confused.
    pub(crate) fn new_id(&self) -> u64 {
        let ordinal = u64::from(self.ordinals.next());
        mixed([self.seq.0, self.customer.0, ordinal])
    }
}

/// A number that depends on all three and looks like none of them.
pub fn mixed(parts: [u64; 3]) -> u64 {
    parts.into_iter().fold(0, |state, part| mix(state ^ part))
}

/// SplitMix64, by Sebastiano Vigna.
pub(crate) fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
