//! What is handed to a shard, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use adapt::{Asked, Decision, Quote, QuoteRequest};
use model::record::SourceRecord;
use model::{
    Catalogue, ConversationId, CustomerId, DeskAction, Event, MessageHash, Outcome, Presence, Problem,
    SourceId, StrandId, Timestamp,
};
use recognize::{Claim, InvalidIdentifier};

/// One thing a way in brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Submission {
    Event(Event),
    /// What could not be parsed: kept in quarantine with the reason, so that nothing is lost.
    Malformed {
        source: SourceId,
        reason: String,
        body: Vec<u8>,
    },
}

/// A submission with what can be worked out about it on the caller's thread.
#[derive(Debug, Clone)]
pub enum Intake {
    Event(Arc<Prepared>),
    Malformed { source: SourceId, reason: String, body: Vec<u8> },
}

/// An event with what can be worked out about it without the shard's state, on the caller's thread.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub event: Event,
    /// Its identifiers, normalised, strongest first.
    pub claims: Vec<Claim>,
    /// Those that are none, with the reason.
    pub refused: Vec<InvalidIdentifier>,
    pub message: MessageHash,
    /// The catalogue version whose rules the claims were checked by.
    pub version: u32,
}

/// What became of one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Taken {
        customer: CustomerId,
    },
    /// Its message id was taken before; nothing changed.
    Duplicate,
    Quarantined {
        number: u64,
    },
}

/// Something other than events that becomes a record.
#[derive(Debug, Clone)]
pub enum Order {
    Outcome(Outcome),
    /// Time passed.
    Tick,
    Publish {
        by: String,
        catalogue: Catalogue,
    },
    PutSource {
        by: String,
        source: SourceRecord,
    },
    Erase {
        by: String,
        customer: CustomerId,
    },
    Unmerge {
        by: String,
        customer: CustomerId,
        strands: Vec<StrandId>,
    },
    /// Something that staff do with a conversation.
    Desk {
        by: String,
        customer: CustomerId,
        conversation: ConversationId,
        action: DeskAction,
    },
    /// An agent comes or goes.
    Presence {
        agent: String,
        presence: Presence,
    },
    SettleQuarantine {
        by: String,
        number: u64,
        replayed: bool,
    },
    /// Prices are to be promised.
    Quote {
        by: String,
        customer: CustomerId,
        request: QuoteRequest,
    },
    /// Offers are to be chosen.
    Decide {
        by: String,
        customer: CustomerId,
        asked: Asked,
    },
}

/// What an order did.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    Noted,
    Published { version: u32 },
    Erased { strands: Vec<StrandId> },
    Unmerged { customers: Vec<CustomerId> },
    Quoted(Quote),
    Decided(Vec<Decision>),
}

/// Why nothing was taken. The caller may send the same again; what was taken is recognised by its message id.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("more is arriving than can be taken; try again in {} s", retry_after.as_secs().max(1))]
    Overloaded { retry_after: Duration },
    #[error("the disk is full; events are refused until there is space, reads go on")]
    DiskFull,
    #[error("the server is stopping; try again when it is back")]
    Stopping,
    #[error("the store failed and the shard stopped: {0}")]
    Failed(String),
    #[error("there is no customer {0}")]
    NoCustomer(CustomerId),
    #[error("{0}")]
    Invalid(String),
    #[error("the catalogue has {} problems", .0.len())]
    Problems(Vec<Problem>),
}

/// What a frame did that others must hear of once it is durable.
#[derive(Debug, Default)]
pub struct Consequences {
    /// Effects to attempt now.
    pub ready: Vec<model::Effect>,
    /// Customers whose thread or state changed.
    pub touched: Vec<CustomerId>,
    pub time: Timestamp,
}

impl Consequences {
    /// Adds what was done after it.
    pub(crate) fn join(&mut self, later: Self) {
        self.ready.extend(later.ready);
        self.touched.extend(later.touched);
        self.time = self.time.max(later.time);
    }
}
