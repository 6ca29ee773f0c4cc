//! Who is who: strands of identifiers, the links between them, and the customers they add up to.
//!
//! Customers are not remembered decisions but a function: all links, in the order of *event* time, each merging
//! two groups of strands unless a guard forbids it. So late, shuffled and repeated events give the same
//! customers. [`resolve`] works out what an event changes and applies it; a replay [`apply`]s what was recorded.

mod apply;
mod erase;
mod explain;
mod fold;
mod graph;
mod resolve;
mod rules;
mod since;
mod text;
mod unmerge;

use model::{CustomerId, Identifier, IdentifierHash, Namespace, Seq, SourceId, StrandId, Timestamp};

pub use apply::apply;
pub use erase::erase;
pub use explain::{DroppedLink, Explanation, LineageEntry, LinkReason, Node, explain};
pub use graph::{DropReason, IdentityGraph};
pub use resolve::{known, resolve};
pub use rules::{IdentityRules, NamespaceRule};
pub use unmerge::{CannotUnmerge, apply_unmerge, plan_unmerge, unmerge};

/// The most links one strand keeps. An identifier that was seen with more others than that is shared by so many
/// that further sightings say nothing about who somebody is.
pub const LINKS_PER_STRAND_MAX: usize = 128;
/// The most strands of one customer, whatever the guards of its namespaces add up to.
pub const STRANDS_PER_CUSTOMER_MAX: usize = 256;
/// The most strands that a late link makes the resolver consider anew. In a larger web of identifiers that are
/// connected through dropped links the late link counts from its arrival.
pub const REFOLD_STRANDS_MAX: usize = 4_096;
/// The source of links that a member of staff made by unmerging.
pub const STAFF: SourceId = SourceId(u16::MAX);

/// Where strands and graphs live: the shard's index and rows.
pub trait Directory {
    /// Whose an identifier is.
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)>;
    /// Which customer holds a strand; `None` when it was erased.
    fn holder(&mut self, strand: StrandId) -> Option<CustomerId>;
    /// The customer's graph; an empty one where there is none yet.
    fn graph(&mut self, customer: CustomerId) -> &mut IdentityGraph;
    /// A strand id never given before, rising.
    fn next_strand(&mut self) -> StrandId;
    /// From here on `customer` holds the strand: it is new, or it moved. In a replay the strand's number was
    /// given before, and [`Directory::next_strand`] must stay above it.
    fn place(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId);
    /// The strand was erased; its identifier names nobody any more.
    fn remove(&mut self, hash: IdentifierHash, strand: StrandId);
}

/// What the steady case asks for. Every [`Directory`] answers it; what only looks, and knows only a part, can too.
pub trait Lookup {
    /// Whose an identifier is.
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)>;
    /// When two strands, the first of them the customer's, were linked at the earliest, and by which tie.
    fn linked(&mut self, customer: CustomerId, own: StrandId, other: StrandId) -> Option<(Timestamp, u64)>;
}

impl<D: Directory> Lookup for D {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        Directory::find(self, hash)
    }

    fn linked(&mut self, customer: CustomerId, own: StrandId, other: StrandId) -> Option<(Timestamp, u64)> {
        self.graph(customer).linked(own, other)
    }
}

/// A valid identifier that an event names, with its keyed hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub identifier: Identifier,
    pub hash: IdentifierHash,
}

/// The record that makes the resolver act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    pub seq: Seq,
    /// When the event happened, by its own clock.
    pub time: Timestamp,
    /// The event's message hash; breaks ties between links of the same time.
    pub message: u128,
    pub source: SourceId,
}

/// One change of who is who: `model::record::IdentityChange` with the identifier in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Strand {
        strand: StrandId,
        customer: CustomerId,
        hash: IdentifierHash,
        namespace: Namespace,
        /// `None` in a replay after its key was destroyed.
        identifier: Option<Identifier>,
    },
    Link {
        a: StrandId,
        b: StrandId,
        time: Timestamp,
        message: u128,
        source: SourceId,
    },
    Move {
        strand: StrandId,
        from: CustomerId,
        to: CustomerId,
    },
}

/// To whom an event belongs, and what it changed; `changes` is empty for almost all events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub strand: StrandId,
    pub customer: CustomerId,
    pub changes: Vec<Change>,
}

/// The customer an id given out earlier stands for today: the holder of the strand it began with.
pub fn forward(directory: &mut impl Directory, customer: CustomerId) -> Option<CustomerId> {
    directory.holder(StrandId(customer.0))
}

/// The part of a message hash that links keep to break ties.
fn tie_of(message: u128) -> u64 {
    (message >> 64) as u64
}
