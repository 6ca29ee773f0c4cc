//! Facts: what the events of one strand add up to, whatever the order they came in.
//!
//! Each fact is a set function of the events: a sum, a count, a maximum, the winner by (priority, time, message).
//! So late, shuffled and repeated deliveries give the same bytes, and a customer's profile is a fold over the
//! facts of its strands, which merging and unmerging leave alone.

mod amount;
mod cells;
mod note;
mod order;
mod plan;
mod traits;

use minicbor::{Decode, Encode};
use model::Timestamp;

use crate::service::Service;

pub use traits::{INVALID_IDENTIFIERS_MAX, TRAITS_MAX};

pub(crate) use amount::Total;
use cells::keep_unfound;
pub(crate) use cells::{AmountCell, CountCell, Mark, in_window};
pub use note::Noted;
pub(crate) use order::compare;
pub(crate) use plan::{Fold, Grid, Kept, Plan, fnv};
pub(crate) use traits::{InvalidRaw, Trait};

/// The facts of one strand. Encoded as it stands in derived state; small, because every customer has one.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Facts {
    /// `Timestamp::MAX` and `Timestamp::MIN` while nothing was noted.
    #[n(0)]
    first_seen: Timestamp,
    #[n(1)]
    last_seen: Timestamp,
    #[n(2)]
    pub(crate) counts: Box<[CountCell]>,
    #[n(3)]
    pub(crate) amounts: Box<[AmountCell]>,
    /// What many strands do not have.
    #[n(4)]
    more: Option<Box<More>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            first_seen: Timestamp::MAX,
            last_seen: Timestamp::MIN,
            counts: Box::default(),
            amounts: Box::default(),
            more: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub(crate) struct More {
    #[n(0)]
    pub marks: Box<[Mark]>,
    /// By name, ascending.
    #[n(1)]
    pub traits: Vec<Trait>,
    /// By `(namespace, raw)`, ascending.
    #[n(2)]
    pub invalid: Vec<InvalidRaw>,
    /// Orders, tickets and complaints.
    #[n(3)]
    #[cbor(default)]
    pub service: Option<Box<Service>>,
}

impl Facts {
    /// When the earliest noted event happened.
    pub fn first_seen(&self) -> Option<Timestamp> {
        (self.first_seen != Timestamp::MAX).then_some(self.first_seen)
    }

    /// When the latest noted event happened.
    pub fn last_seen(&self) -> Option<Timestamp> {
        (self.last_seen != Timestamp::MIN).then_some(self.last_seen)
    }

    pub(crate) fn service(&self) -> Option<&Service> {
        self.more.as_ref()?.service.as_deref()
    }

    /// After all events of the ledger were noted again: keeps the series of `before` that none of them is in, because
    /// events that only the engine knows of made them.
    pub fn keep_unfound(&mut self, before: Self) {
        // Joined as a whole: what a journey said may have solved what an event of the ledger opened.
        if let Some(service) = before.service() {
            let own = self.more.get_or_insert_default().service.get_or_insert_default();
            own.join(service);
            own.bound();
        }
        self.first_seen = self.first_seen.min(before.first_seen);
        self.last_seen = self.last_seen.max(before.last_seen);
        keep_unfound(&mut self.counts, before.counts);
        keep_unfound(&mut self.amounts, before.amounts);
        let marks = before.more.map(|more| more.marks).unwrap_or_default();
        if !marks.is_empty() {
            keep_unfound(&mut self.more.get_or_insert_default().marks, marks);
        }
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        self.more.as_ref().map_or(&[], |more| &more.marks)
    }

    pub(crate) fn traits(&self) -> &[Trait] {
        self.more.as_ref().map_or(&[], |more| &more.traits)
    }

    pub(crate) fn invalid(&self) -> &[InvalidRaw] {
        self.more.as_ref().map_or(&[], |more| &more.invalid)
    }

    /// Bytes on the heap, for sizing memory.
    pub fn heap_bytes(&self) -> usize {
        let more = self.more.as_ref().map_or(0, |more| {
            size_of::<More>()
                + size_of_val(&*more.marks)
                + more.traits.capacity() * size_of::<Trait>()
                + more.invalid.capacity() * size_of::<InvalidRaw>()
                + more.service.as_ref().map_or(0, |service| size_of::<Service>() + service.heap_bytes())
        });
        size_of_val(&*self.counts) + size_of_val(&*self.amounts) + more
    }
}
