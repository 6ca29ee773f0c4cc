//! Erasure: the record that says so, what stays of those the erased customer had to do with, and a replay of both.

use std::collections::BTreeMap;

use adapt::Budgets;
use engine::{Customer, Tail};
use ledger::Disk;
use minicbor::{Decode, Encode};
use model::record::{Command, Sealed};
use model::{CustomerId, StrandId, Timestamp};
use state::StateError;

use crate::books::JourneyCount;
use crate::frames::SURVIVOR_NONCE;
use crate::orders::OrderError;
use crate::rows::{ChunkKey, SURVIVOR_AAD};
use crate::shard::{Broken, Shard};
use crate::submission::{Done, Refusal};
use crate::world::World;

/// What an erased customer contributed to stays counted.
#[derive(Debug, Encode, Decode)]
struct Counts {
    #[n(0)]
    journeys: BTreeMap<String, JourneyCount>,
    #[n(1)]
    segments: BTreeMap<String, i64>,
    /// Absent in records of before there were offers.
    #[n(2)]
    #[cbor(default)]
    budgets: Option<Budgets>,
}

/// A customer that had been one with the erased one, as it stands, with the chunks of its thread index.
#[derive(Debug, Encode, Decode)]
struct Survivor {
    #[n(0)]
    customer: Customer,
    #[n(1)]
    chunks: Vec<Chunk>,
}

#[derive(Debug, Encode, Decode)]
struct Chunk {
    #[n(0)]
    strand: StrandId,
    #[n(1)]
    number: u32,
    #[n(2)]
    tail: Tail,
}

impl Chunk {
    fn key(&self) -> ChunkKey {
        ChunkKey { strand: self.strand, latest: self.tail.latest(), number: self.number }
    }
}

impl<D: Disk> Shard<D> {
    /// The record and a checkpoint without the customer are durable before the keys go: whatever a crash leaves,
    /// the next opening either still can read the customer or no longer needs to.
    pub(crate) fn erase(
        &mut self,
        by: String,
        customer: CustomerId,
        now: Timestamp,
    ) -> Result<Done, OrderError> {
        let slot = self.world.find(customer)?.ok_or(Refusal::NoCustomer(customer))?;
        let held = self.world.customers.at(slot);
        let (customer, strands): (_, Vec<_>) = (held.id, held.graph.strands().collect());
        let mut books = self.world.books.clone();
        books.count_moves(&engine::standings(held), &[]);
        books.leave_segments(&self.world.engine.segments_of(held));
        let counts =
            Counts { journeys: books.journeys, segments: books.segments, budgets: Some(books.budgets) };
        let counts = minicbor::to_vec(&counts).expect("encoding into memory cannot fail").into();
        let survivors = self.seal_survivors(customer)?;
        let command = Command::Erase { customer, strands: strands.clone(), counts, survivors };
        self.command(by, command, now, true)?;
        self.world.forget(customer, &strands)?;
        self.world.doomed.extend(&strands);
        self.checkpoint()?;
        Ok(Done::Erased { strands })
    }

    /// Repeats an erasure. The keys go when a checkpoint without the customer is durable.
    pub(crate) fn apply_erase(
        &mut self,
        customer: CustomerId,
        strands: &[StrandId],
        counts: &[u8],
        survivors: &[Sealed],
    ) -> Result<(), Broken> {
        for sealed in survivors {
            // One that was erased in its turn is of no more interest.
            let Some(plain) = self.world.unseal(sealed, SURVIVOR_AAD)? else { continue };
            let survivor = minicbor::decode(&plain).map_err(|error| {
                StateError::Store(format!("what an erasure kept cannot be read: {error}"))
            })?;
            self.world.reinstate(survivor)?;
        }
        self.world.forget(customer, strands)?;
        let counts: Counts = minicbor::decode(counts).map_err(|error| {
            StateError::Store(format!("the counts of an erasure cannot be read: {error}"))
        })?;
        (self.world.books.journeys, self.world.books.segments) = (counts.journeys, counts.segments);
        if let Some(budgets) = counts.budgets {
            self.world.books.budgets = budgets;
        }
        self.world.doomed.extend(strands);
        Ok(())
    }

    fn seal_survivors(&mut self, erased: CustomerId) -> Result<Vec<Sealed>, OrderError> {
        let counter = SURVIVOR_NONCE | self.world.last_seq.next().0;
        let mut sealed = Vec::new();
        for customer in self.world.all_kin(erased)? {
            let Some(thread) = self.thread_reader(customer)? else { continue };
            let chunks = thread.every_chunk().map_err(|error| StateError::Store(error.to_string()))?;
            let chunk =
                |(key, tail): (ChunkKey, Tail)| Chunk { strand: key.strand, number: key.number, tail };
            let chunks = chunks.into_iter().map(chunk).collect();
            let Some(slot) = self.world.find_exactly(customer)? else { continue };
            let held = self.world.customers.at(slot).clone();
            let strand = held.first_strand();
            let plain = minicbor::to_vec(Survivor { customer: held, chunks });
            let plain = plain.expect("encoding into memory cannot fail");
            sealed.push(self.seal(strand, counter, SURVIVOR_AAD, &plain)?);
        }
        Ok(sealed)
    }
}

impl World {
    /// Everybody the customer is kin to, over however many others.
    fn all_kin(&mut self, customer: CustomerId) -> Result<Vec<CustomerId>, StateError> {
        let mut found = vec![customer];
        let mut next = 0;
        while let Some(&known) = found.get(next) {
            next += 1;
            let Some(slot) = self.find_exactly(known)? else { continue };
            for kin in self.customers.at(slot).kin.clone() {
                let holder = self.holders.find(StrandId(kin.0), &*self.store)?;
                found.extend(holder.filter(|holder| !found.contains(holder)));
            }
        }
        found.remove(0);
        Ok(found)
    }

    /// Puts a customer back to what an erasure recorded of it.
    fn reinstate(&mut self, survivor: Survivor) -> Result<(), StateError> {
        let Survivor { mut customer, chunks } = survivor;
        let id = customer.id;
        let slot = match self.find_exactly(id)? {
            Some(slot) => slot,
            None => self.new_customer(id),
        };
        let strands: Vec<StrandId> = customer.strands().iter().map(|strand| strand.id).collect();
        self.drop_threads(&strands)?;
        self.chunks.extend(chunks.into_iter().map(|chunk| (chunk.key(), chunk.tail)));
        self.effects.retain(|_, holder| *holder != id);
        self.effects.extend(customer.outbox.pending().iter().map(|pending| (pending.effect.id, id)));
        self.deciding.set(id, customer.waits().map(|waits| waits.since()));
        self.schedule(slot, None);
        let due = customer.scheduled.take();
        let text = self.engine.search_text(&customer);
        *self.customer_mut(slot) = customer;
        self.refresh_desk(slot);
        self.schedule(slot, due);
        self.search.put(id, &text);
        Ok(())
    }

    /// Forgets a customer whose keys are to be destroyed.
    fn forget(&mut self, customer: CustomerId, strands: &[StrandId]) -> Result<(), StateError> {
        self.drop_threads(strands)?;
        self.search.remove(customer);
        let Some(slot) = self.find(customer)? else { return Ok(()) };
        let held = self.customers.at(slot);
        let id = held.id;
        let before = engine::standings(held);
        let segments = self.engine.segments_of(held);
        let effects: Vec<_> = held.outbox.pending().iter().map(|pending| pending.effect.id).collect();
        let mut directory = self.directory();
        recognize::erase(&mut directory, id);
        directory.finish()?;
        self.books.count_moves(&before, &[]);
        self.books.leave_segments(&segments);
        self.schedule(slot, None);
        self.customers.remove(slot, &self.keys, &mut self.written);
        self.books.customers -= 1;
        self.search.remove(id);
        self.deciding.set(id, None);
        self.put_desk(id, Vec::new());
        effects.iter().for_each(|effect| {
            self.effects.remove(effect);
        });
        Ok(())
    }

    /// Lets the thread indexes of these strands go, wherever they are.
    fn drop_threads(&mut self, strands: &[StrandId]) -> Result<(), StateError> {
        let rows = self.thread_rows(strands)?;
        self.thread_deletes.extend(rows);
        let concerned = |key: &ChunkKey| strands.contains(&key.strand);
        let committing = self.chunks_committing.keys().filter(|key| concerned(key));
        self.thread_deletes.extend(committing.map(|key| key.bytes().to_vec()));
        self.chunks.retain(|key, _| !concerned(key));
        Ok(())
    }
}
