//! History re-read: facts gathered anew when a catalogue asks for more, and profiles as they were known once.

use std::collections::BTreeMap;

use engine::{Customer, CustomerView, Engine, Input, Meta};
use keys::Keys;
use ledger::Disk;
use model::{CustomerId, IdentifierHash, MessageHash, Seq, SourceId, StrandId, Timestamp};
use orchestrate::{EntryExplained, Progress};
use rayon::prelude::*;
use recognize::{Cause, Directory, IdentityGraph};
use state::StateError;

use crate::reading::unseal_changes;
use crate::shard::{Broken, Shard};
use crate::steps::CUSTOMERS_AT_ONCE;
use crate::thread::{OpenedEvent, ThreadError, ThreadReader};
use crate::told::Told;
use crate::world::World;

/// Why a profile of the past cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Thread(#[from] ThreadError),
    #[error(transparent)]
    State(#[from] StateError),
}

impl<D: Disk> Shard<D> {
    /// Gathers every customer's facts anew from the ledger, on all cores, so that behaviour which was not kept before
    /// counts from the first event on.
    pub(crate) fn refold_all(&mut self) -> Result<(), Broken> {
        let (engine, books) = (self.world.engine.clone(), self.world.books.clone());
        let priority = |source| books.priority(source, &engine);
        for ids in self.world.all_customers()?.chunks(CUSTOMERS_AT_ONCE) {
            let slots = self.world.bring_slots(ids)?;
            let mut taken = Vec::with_capacity(slots.len());
            for slot in slots {
                let reader = self.reader_at(slot);
                let world = &mut self.world;
                taken.push((
                    slot,
                    world.customers.take_out(slot, &world.keys, &mut world.written),
                    reader,
                    Ok(()),
                ));
            }
            taken.par_iter_mut().with_min_len(16).for_each(|(_, customer, reader, result)| {
                *result = refold(&engine, customer, reader, &priority);
            });
            let mut results = Vec::with_capacity(taken.len());
            for (slot, customer, _, result) in taken {
                self.world.customers.put_back(slot, customer);
                results.push(result);
            }
            let refolded: Result<(), ThreadError> = results.into_iter().collect();
            refolded.map_err(|error| StateError::Store(error.to_string()))?;
        }
        Ok(())
    }
}

/// Gathers one customer's facts anew.
fn refold<D: Disk>(
    engine: &Engine,
    customer: &mut Customer,
    reader: &ThreadReader<D>,
    priority: &impl Fn(SourceId) -> u8,
) -> Result<(), ThreadError> {
    let events = reader.events_in_order()?;
    let known = events.iter().filter_map(|(_, _, OpenedEvent { record, event })| {
        let event = event.as_ref()?;
        Some((event, record.strand, MessageHash(record.message), priority(record.source)))
    });
    engine.note_again(customer, known);
    Ok(())
}

/// The customer as it was known at `at`: its events taken in by then are taken through the engine again.
pub fn as_of<D: Disk>(
    engine: &Engine,
    keys: &Keys,
    reader: &ThreadReader<D>,
    customer: CustomerId,
    at: Timestamp,
    priority: impl Fn(SourceId) -> u8,
) -> Result<Option<CustomerView>, HistoryError> {
    let told = Told::read(reader)?;
    let mut past = relive(engine, keys, reader, (at, Seq(u64::MAX)), &told, priority, |_| {})?;
    let holder = past.holder(StrandId(customer.0)).or_else(|| past.customers.keys().next().copied());
    let Some(held) = holder.and_then(|holder| past.customers.get_mut(&holder)) else { return Ok(None) };
    engine.step(held, Meta { seq: model::Seq(u64::MAX), now: at }, Input::Revisit);
    Ok(Some(engine.describe(held, at)))
}

/// What an event was to a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    pub time: Timestamp,
    pub event: Box<str>,
    pub entries: Vec<EntryExplained>,
}

/// What each event of a customer was to a journey, by the definitions in force: proved by taking its events through the
/// engine again.
pub fn why<D: Disk>(
    engine: &Engine,
    keys: &Keys,
    reader: &ThreadReader<D>,
    journey: &str,
    now: Timestamp,
    priority: impl Fn(SourceId) -> u8,
) -> Result<Vec<Explained>, HistoryError> {
    let mut explained = Vec::new();
    let told = Told::read(reader)?;
    relive(engine, keys, reader, (now, Seq(u64::MAX)), &told, priority, |moment| {
        let Moment { customer, before, meta, event } = moment;
        let entries = engine.explain_event(customer, before, meta, event, journey);
        if !entries.is_empty() {
            explained.push(Explained { time: event.stamp.time, event: event.name.clone(), entries });
        }
    })?;
    Ok(explained)
}

/// The customer as it stood when the record `seq` was done with at `now`: its events up to then are taken through the
/// engine again.
pub fn as_it_stood<D: Disk>(
    engine: &Engine,
    keys: &Keys,
    reader: &ThreadReader<D>,
    customer: CustomerId,
    (seq, now): (Seq, Timestamp),
    priority: impl Fn(SourceId) -> u8,
) -> Result<Option<Customer>, HistoryError> {
    let told = Told::read(reader)?.before(seq);
    let mut past = relive(engine, keys, reader, (now, seq), &told, priority, |_| {})?;
    let holder = past.holder(StrandId(customer.0)).or_else(|| past.customers.keys().next().copied());
    let held = holder.and_then(|holder| past.customers.remove(&holder));
    Ok(held.map(|mut held| {
        pass_time(engine, &mut held, Meta { seq, now }, &told);
        held
    }))
}

/// A customer just after an event of its past.
struct Moment<'a> {
    customer: &'a Customer,
    /// What was under way before.
    before: &'a Progress,
    meta: Meta,
    event: &'a model::Event,
}

/// Takes a customer's events up to a time and a record through the engine again, and what the shard did for it in
/// between as it is `told`; `look` sees each event as it is taken.
fn relive<D: Disk>(
    engine: &Engine,
    keys: &Keys,
    reader: &ThreadReader<D>,
    (until, last): (Timestamp, Seq),
    told: &Told,
    priority: impl Fn(SourceId) -> u8,
    mut look: impl FnMut(Moment<'_>),
) -> Result<Past, HistoryError> {
    let rules = engine.recognition_handle();
    let mut past = Past::default();
    for (seq, position, opened) in reader.events_in_order()? {
        let record = &opened.record;
        if record.received > until || seq > last {
            break;
        }
        let cause = Cause { seq, time: record.time, message: record.message, source: record.source };
        let changes = unseal_changes(keys, &record.identity)?;
        recognize::apply(rules.identity(), &mut past, &changes, &cause);
        past.regroup(&changes);
        let (Some(event), Some(holder)) = (&opened.event, past.holder(record.strand)) else { continue };
        let held = past.customer(holder);
        let message = MessageHash(record.message);
        let input = Input::Event {
            event,
            strand: record.strand,
            message,
            position,
            priority: priority(record.source),
        };
        let meta = Meta { seq, now: record.received };
        pass_time(engine, held, meta, told);
        told.catch_up(engine, held, meta);
        let before = held.progress.clone();
        engine.step(held, meta, input);
        told.serve(engine, held, meta);
        look(Moment { customer: held, before: &before, meta, event });
    }
    Ok(past)
}

/// Fires what was due by then.
fn pass_time(engine: &Engine, held: &mut Customer, meta: Meta, told: &Told) {
    /// More than a customer has timers between two events, unless a journey goes in a circle.
    const TIMERS_MAX: usize = 1_000;
    for _ in 0..TIMERS_MAX {
        let Some(due) = engine.due(held).filter(|due| *due <= meta.now) else { return };
        let meta = Meta { now: due, ..meta };
        engine.step(held, meta, Input::Time);
        told.serve(engine, held, meta);
    }
}

/// A small world of one customer and those it was made of.
#[derive(Default)]
struct Past {
    customers: BTreeMap<CustomerId, Customer>,
    strands: BTreeMap<StrandId, CustomerId>,
    identifiers: BTreeMap<IdentifierHash, StrandId>,
}

impl Past {
    fn customer(&mut self, id: CustomerId) -> &mut Customer {
        self.customers.entry(id).or_insert_with(|| Customer::new(id))
    }

    fn regroup(&mut self, changes: &[recognize::Change]) {
        for change in changes {
            if let recognize::Change::Move { strand, from, to } = change {
                let part = self.customer(*from).take(&[*strand]);
                self.customer(*to).absorb(part);
            }
        }
    }
}

impl Directory for Past {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        let strand = *self.identifiers.get(&hash)?;
        Some((strand, *self.strands.get(&strand)?))
    }

    fn holder(&mut self, strand: StrandId) -> Option<CustomerId> {
        self.strands.get(&strand).copied()
    }

    fn graph(&mut self, customer: CustomerId) -> &mut IdentityGraph {
        &mut self.customer(customer).graph
    }

    fn next_strand(&mut self) -> StrandId {
        let last = self.strands.keys().next_back().map_or(0, |strand| strand.0);
        StrandId(last + 1)
    }

    fn place(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId) {
        self.identifiers.insert(hash, strand);
        self.strands.insert(strand, customer);
    }

    fn remove(&mut self, hash: IdentifierHash, strand: StrandId) {
        self.identifiers.remove(&hash);
        self.strands.remove(&strand);
    }
}

impl World {
    /// The ids of all customers, in memory and in rows, in order.
    pub(crate) fn all_customers(&mut self) -> Result<Vec<CustomerId>, StateError> {
        let mut all = self.rows().customer_ids()?;
        all.extend(self.customers.iter().map(|customer| customer.id));
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Ids after `after`, in order; some of them may have been let go since.
    pub(crate) fn customers_after(
        &mut self,
        after: Option<CustomerId>,
        limit: usize,
    ) -> Result<Vec<CustomerId>, StateError> {
        let mut found = Vec::new();
        let mut next = after.map_or(0, |after| after.0 + 1);
        while found.len() < limit && next <= self.next_strand {
            let candidate = CustomerId(next);
            if self.find_exactly(candidate)?.is_some() {
                found.push(candidate);
            }
            next += 1;
        }
        Ok(found)
    }
}
