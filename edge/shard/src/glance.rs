//! A look ahead at a turn's events on all cores: whose each is, where that is settled already, and which are surely new.
//!
//! Finding an event's customer is a handful of reads in cold memory, and so is asking whether its id was taken. In the
//! steady case nothing changes by it, so it is done beforehand for many events at once; where anything was unknown, or
//! changed in between, the shard looks again.

use ledger::Disk;
use model::{CustomerId, IdentifierHash, StrandId, Timestamp};
use rayon::prelude::*;
use recognize::Lookup;

use crate::customers::{Customers, Slot};
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

/// What was known of each event of a turn when it began.
#[derive(Default)]
pub(crate) struct Glance {
    found: Vec<Found>,
    /// How often customers had changed hands then.
    regroupings: u64,
}

/// What was known of one event.
#[derive(Default, Clone, Copy)]
struct Found {
    whose: Option<Settled>,
    new_to_runs: bool,
}

/// Whose an event is, and where the customer is in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settled {
    pub strand: StrandId,
    pub customer: CustomerId,
    pub slot: Option<Slot>,
}

impl<D: Disk> Shard<D> {
    pub(crate) fn glance(&self, intake: &[Intake]) -> Glance {
        let regroupings = self.world.regroupings;
        let (identifiers, customers) = (&self.world.identifiers, &self.world.customers);
        let (version, messages) = (self.world.engine.version(), &self.world.messages);
        let look = |arrived: &Intake| match arrived {
            Intake::Event(prepared) if prepared.version == version => {
                let whose = settled(&mut Memory { identifiers, customers }, prepared);
                let slot = |customer| customers.held_slot(customer);
                Found {
                    whose: whose.map(|(strand, customer)| Settled { strand, customer, slot: slot(customer) }),
                    new_to_runs: messages.is_new_to_runs(prepared.message),
                }
            }
            Intake::Event(_) | Intake::Malformed { .. } => Found::default(),
        };
        let found = if intake.len() < PARALLEL_MIN {
            intake.iter().map(look).collect()
        } else {
            intake.par_iter().with_min_len(PARALLEL_MIN / 2).map(look).collect()
        };
        Glance { found, regroupings }
    }

    /// Whose the look ahead found the event at `place` to be, if that still holds.
    pub(crate) fn still_settled(&self, glance: &Glance, place: usize) -> Option<Settled> {
        let fresh = glance.regroupings == self.world.regroupings;
        glance.found[place].whose.filter(|_| fresh)
    }
}

impl Glance {
    /// Whether the id of the event at `place` is in none of the runs; no checkpoint goes on during a turn.
    pub fn is_new_to_runs(&self, place: usize) -> bool {
        self.found[place].new_to_runs
    }
}

/// Whose the event is, where all it names is known and linked already.
pub(crate) fn settled(lookup: &mut impl Lookup, prepared: &Prepared) -> Option<(StrandId, CustomerId)> {
    recognize::known(lookup, &prepared.claims, prepared.event.stamp.time, prepared.message.0)
}
