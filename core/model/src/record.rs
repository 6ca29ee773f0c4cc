//! Records: the inputs of the engine, as they stand in the ledger.
//!
//! A record is self-contained: it can be read alone by its position. Everything personal in it is
//! [`Sealed`]; what is clear is the skeleton (time, channel, event name), declared impersonal properties, and
//! numbers that mean nothing once the keys of their strands are destroyed.

mod glance;
mod hash;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::{
    Catalogue, Channel, ConversationId, CustomerId, DecisionId, EntryRefusal, EventKind, IdentifierHash,
    MessageHash, Namespace, Outcome, Presence, SourceId, StrandId, Timestamp,
};

pub use glance::EventGlance;

/// One input of the engine. Nothing else changes state.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Record {
    #[n(0)]
    Event(#[n(0)] EventRecord),
    #[n(1)]
    Outcome(#[n(0)] OutcomeRecord),
    #[n(2)]
    Command(#[n(0)] CommandRecord),
    #[n(3)]
    Catalogue(#[n(0)] CatalogueRecord),
    #[n(4)]
    Tick(#[n(0)] TickRecord),
}

/// Bytes sealed by AES-256-GCM under the data key of `strand`. The nonce is `epoch` (4 bytes) and
/// `counter` (8 bytes), big-endian; a writer never uses a pair twice under one key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    #[n(0)]
    pub strand: StrandId,
    #[n(1)]
    pub epoch: u32,
    #[n(2)]
    pub counter: u64,
    /// Ciphertext and tag.
    #[n(3)]
    pub bytes: ByteVec,
}

/// An event with the outcome of its identity resolution.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct EventRecord {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub received: Timestamp,
    #[n(2)]
    pub source: SourceId,
    #[n(3)]
    pub channel: Channel,
    #[n(4)]
    pub kind: EventKind,
    #[n(5)]
    pub name: Box<str>,
    #[cbor(n(6), with = "hash")]
    pub message: u128,
    /// The strand the event belongs to, and the customer that held it then.
    #[n(7)]
    pub strand: StrandId,
    #[n(8)]
    pub customer: CustomerId,
    /// What the event changed about who is who; empty for almost all.
    #[n(9)]
    #[cbor(default)]
    pub identity: Vec<IdentityChange>,
    /// Properties the catalogue declares impersonal, as a JSON object; they outlive an erasure.
    #[n(10)]
    pub clear: Option<ByteVec>,
    /// The event's body.
    #[n(11)]
    pub body: Sealed,
}

impl EventRecord {
    pub fn message_hash(&self) -> MessageHash {
        MessageHash(self.message)
    }
}

/// One change of the identity graph, in numbers that are not personal, so that a replay rebuilds
/// the graph also where keys have been destroyed.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum IdentityChange {
    /// An identifier was seen for the first time; it becomes a strand of `customer`. Its value is
    /// sealed under the strand's own key.
    #[n(0)]
    Strand {
        #[n(0)]
        strand: StrandId,
        #[n(1)]
        customer: CustomerId,
        #[cbor(n(2), with = "hash")]
        hash: u128,
        #[n(3)]
        identifier: Sealed,
        /// In the clear, so that guards judge a replay the same after the key is destroyed.
        #[n(4)]
        namespace: Namespace,
    },
    /// An event named both strands. Kept once per pair with the earliest event time.
    #[n(1)]
    Link {
        #[n(0)]
        a: StrandId,
        #[n(1)]
        b: StrandId,
        #[n(2)]
        time: Timestamp,
        #[cbor(n(3), with = "hash")]
        message: u128,
        #[n(4)]
        source: SourceId,
    },
    /// The strand belongs to `customer` from here on.
    #[n(2)]
    Move {
        #[n(0)]
        strand: StrandId,
        #[n(1)]
        from: CustomerId,
        #[n(2)]
        to: CustomerId,
    },
}

impl IdentityChange {
    pub fn identifier_hash(hash: u128) -> IdentifierHash {
        IdentifierHash(hash)
    }
}

/// How an effect went. What the receiver answered may be personal and is sealed: the CBOR of an
/// [`Outcome`] without its answer is clear, the whole is in `sealed` when there is an answer.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct OutcomeRecord {
    #[n(0)]
    pub received: Timestamp,
    #[n(1)]
    pub outcome: Outcome,
    /// The CBOR of the answer, a [`crate::Value`].
    #[n(2)]
    pub answer: Option<Sealed>,
}

/// Something a member of staff or an operator ordered.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct CommandRecord {
    #[n(0)]
    pub received: Timestamp,
    /// Who: the name of the token, not a person's name.
    #[n(1)]
    pub by: String,
    #[n(2)]
    pub command: Command,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Command {
    /// The keys of these strands are destroyed; forget the customer.
    #[n(0)]
    Erase {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        strands: Vec<StrandId>,
        /// The counts of journeys and segments as they stood then, in the shard's own encoding: what the customer
        /// contributed to them stays counted, and a replay that cannot read its events any more agrees.
        #[n(2)]
        counts: ByteVec,
        /// Customers whose strands were of one customer with these at some time, each as it stood, sealed under the
        /// key of its own first strand: what the erased did to them stays, although nobody can read it any more.
        #[n(3)]
        #[cbor(default)]
        survivors: Vec<Sealed>,
    },
    /// Fold these strands apart from the rest of the customer, and keep them apart.
    #[n(1)]
    Unmerge {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        strands: Vec<StrandId>,
        /// What the resolver made of it.
        #[n(2)]
        identity: Vec<IdentityChange>,
    },
    /// A way in was added, or its settings changed.
    #[n(2)]
    PutSource {
        #[n(0)]
        source: SourceRecord,
    },
    /// An event could not be taken: kept, sealed under the workspace's quarantine key, to be looked at and replayed.
    #[n(3)]
    Quarantine {
        #[n(0)]
        item: QuarantineRecord,
    },
    /// A quarantined event was replayed or discarded.
    #[n(4)]
    SettleQuarantine {
        #[n(0)]
        number: u64,
        #[n(1)]
        replayed: bool,
    },
    /// Events a source sent that were not kept: duplicates and refusals, counted so that the balance adds up.
    #[n(5)]
    CountRejected {
        #[n(0)]
        source: SourceId,
        #[n(1)]
        duplicates: u64,
        #[n(2)]
        rejected: u64,
    },
    /// Prices are promised to a customer. What for is sealed; the prices follow from the catalogue in force.
    #[n(20)]
    Quote {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        request: Sealed,
    },
    /// Offers are chosen for a customer. What of limited offers is held for it is impersonal and clear, so that
    /// everybody else's choice is the same in a replay that cannot read this customer any more.
    #[n(21)]
    Decide {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        request: Sealed,
        #[n(2)]
        holds: Vec<OfferHold>,
    },
    /// A customer accepted a limited offer; `granted` when there was one left.
    #[n(22)]
    TakeOffer {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        offer: Box<str>,
        #[n(2)]
        decision: DecisionId,
        #[n(3)]
        granted: bool,
    },
    /// A member of staff, or the desk itself, did something with a conversation.
    #[n(30)]
    Conversation {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        conversation: ConversationId,
        /// The CBOR of a [`crate::DeskAction`], under the key of the conversation's strand.
        #[n(2)]
        action: Sealed,
    },
    /// A customer was let into a journey that takes so many of all customers together, or was not. In the clear, so that
    /// a replay that cannot read this customer any more counts the same.
    #[n(55)]
    AdmitEntry {
        #[n(0)]
        customer: CustomerId,
        #[n(1)]
        journey: Box<str>,
        /// Why not, for whoever was not.
        #[n(2)]
        refusal: Option<EntryRefusal>,
    },
    /// An agent came or went.
    #[n(31)]
    Presence {
        /// By the name of their token.
        #[n(0)]
        agent: Box<str>,
        #[n(1)]
        presence: Presence,
    },
}

impl Command {
    /// The customer whom it concerns.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Erase { customer, .. }
            | Self::Unmerge { customer, .. }
            | Self::Quote { customer, .. }
            | Self::Decide { customer, .. }
            | Self::TakeOffer { customer, .. }
            | Self::AdmitEntry { customer, .. }
            | Self::Conversation { customer, .. } => Some(*customer),
            Self::PutSource { .. }
            | Self::Quarantine { .. }
            | Self::SettleQuarantine { .. }
            | Self::CountRejected { .. }
            | Self::Presence { .. } => None,
        }
    }
}

/// One of a limited offer, kept back for whoever it was offered to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OfferHold {
    #[n(0)]
    pub offer: Box<str>,
    #[n(1)]
    pub decision: DecisionId,
    #[n(2)]
    pub until: Timestamp,
    /// Earlier decisions that held one for the same customer, and do not any more.
    #[n(3)]
    pub instead_of: Vec<DecisionId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SourceRecord {
    #[n(0)]
    pub id: SourceId,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub channel: Channel,
    /// SHA-256 of the write key; the key itself is shown once and not kept.
    #[n(3)]
    pub write_key_hash: ByteVec,
    /// Rank among sources when two name the same trait; higher wins over later.
    #[n(4)]
    pub priority: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct QuarantineRecord {
    /// The number of this item, dense per workspace, from 1.
    #[n(0)]
    pub number: u64,
    #[n(1)]
    pub source: SourceId,
    /// Names the field, its kind and the remedy; holds no personal data.
    #[n(2)]
    pub reason: String,
    /// The body as it came, sealed under the quarantine strand ([`QUARANTINE_STRAND`]).
    #[n(3)]
    pub body: Sealed,
}

/// The strand whose key seals what could not be attributed to anybody.
pub const QUARANTINE_STRAND: StrandId = StrandId(0);

/// A published catalogue version.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct CatalogueRecord {
    #[n(0)]
    pub received: Timestamp,
    #[n(1)]
    pub by: String,
    #[n(2)]
    pub catalogue: Catalogue,
}

/// Time passed: every timer due by `now` fires, ordered by due time and id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TickRecord {
    #[n(0)]
    pub now: Timestamp,
}

impl Record {
    /// The record's bytes as the ledger keeps them.
    pub fn encode_into(&self, buffer: &mut Vec<u8>) {
        minicbor::encode(self, buffer).expect("encoding into memory cannot fail");
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(bytes)
    }
}
