//! A look ahead at a turn's events on all cores: whose each is, where that is settled already.
//!
//! Finding an event's customer is a handful of reads in cold memory. In the steady case it changes nothing, so it is
//! done beforehand for many events at once; where anything was unknown, or changed in between, the shard looks again.

use ledger::Disk;
use model::{CustomerId, IdentifierHash, StrandId, Timestamp};
use rayon::prelude::*;
use recognize::Lookup;

use crate::customers::Customers;
use crate::identifiers::Identifiers;
use crate::shard::Shard;
use crate::submission::{Intake, Prepared};

/// Fewer events than this are looked up one by one.
const PARALLEL_MIN: usize = 128;

/// What is in memory, unchanged by being looked at.
struct Memory<'a> {
    identifiers: &'a Identifiers,
    customers: &'a Customers,
}

impl Lookup for Memory<'_> {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        self.identifiers.held(hash)
    }

    fn linked(&mut self, customer: CustomerId, own: StrandId, other: StrandId) -> Option<(Timestamp, u64)> {
        self.customers.held_customer(customer)?.graph.linked(own, other)
    }
}

/// Whose each event of a turn is, as far as that was settled when the turn began.
#[derive(Default)]
pub(crate) struct Glance {
    found: Vec<Option<(StrandId, CustomerId)>>,
    /// How often customers had changed hands then.
    regroupings: u64,
}

impl<D: Disk> Shard<D> {
    pub(crate) fn glance(&self, intake: &[Intake]) -> Glance {
        let regroupings = self.world.regroupings;
        let (identifiers, customers) = (&self.world.identifiers, &self.world.customers);
        let version = self.world.engine.version();
        let look = |arrived: &Intake| match arrived {
            Intake::Event(prepared) if prepared.version == version => {
                settled(&mut Memory { identifiers, customers }, prepared)
            }
            Intake::Event(_) | Intake::Malformed { .. } => None,
        };
        let found = if intake.len() < PARALLEL_MIN {
            intake.iter().map(look).collect()
        } else {
            intake.par_iter().with_min_len(PARALLEL_MIN / 2).map(look).collect()
        };
        Glance { found, regroupings }
    }

    /// What the look ahead found for the event at `place`, if it still holds.
    pub(crate) fn still_settled(&self, glance: &Glance, place: usize) -> Option<(StrandId, CustomerId)> {
        let fresh = glance.regroupings == self.world.regroupings;
        glance.found.get(place).copied().flatten().filter(|_| fresh)
    }
}

/// Whose the event is, where all it names is known and linked already.
pub(crate) fn settled(lookup: &mut impl Lookup, prepared: &Prepared) -> Option<(StrandId, CustomerId)> {
    recognize::known(lookup, &prepared.claims, prepared.event.stamp.time, prepared.message.0)
}
