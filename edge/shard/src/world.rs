//! What a shard knows: everything derived from the ledger that is in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{Changed, Customer, Engine, Step, Tail};
use keys::Keys;
use model::{
    Catalogue, CustomerId, Effect, EffectId, FrameSeq, IdentifierHash, Outcome, Seq, StrandId, Timestamp,
};
use rayon::prelude::*;
use recognize::{Directory, IdentityGraph};
use state::{MessageIds, StateError, Store, Table};

use crate::books::Books;
use crate::customers::{Customers, RowChange, RowReader, Slot};
use crate::deciding::Deciding;
use crate::desk::DeskBook;
use crate::growing::Pile;
use crate::identifiers::{Holders, Identifiers};
use crate::rehearsal::{Happening, tells};
use crate::rows::ChunkKey;
use crate::search::Search;

pub(crate) struct World {
    pub engine: Engine,
    pub customers: Customers,
    pub identifiers: Identifiers,
    pub holders: Holders,
    pub messages: MessageIds,
    pub books: Books,
    /// When each customer with something to wait for must be looked at next.
    pub timers: BTreeSet<(Timestamp, CustomerId)>,
    pub timer_changes: Pile<((Timestamp, CustomerId), bool)>,
    /// Chunks of thread indexes that no checkpoint has written yet.
    pub chunks: BTreeMap<ChunkKey, Tail>,
    /// Chunks that are on their way into the store.
    pub chunks_committing: Arc<BTreeMap<ChunkKey, Tail>>,
    /// Strands whose keys are to be destroyed once a checkpoint without them is durable; those of the
    /// checkpoint that is being made.
    pub doomed: Vec<StrandId>,
    pub dooming: Vec<StrandId>,
    /// Rows of erased threads, to be deleted.
    pub thread_deletes: Vec<Vec<u8>>,
    /// Items of the quarantine since the last checkpoint; settled ones without bytes.
    pub quarantine_changes: BTreeMap<u64, Option<Vec<u8>>>,
    /// Those on their way into the store.
    pub quarantine_committing: BTreeMap<u64, Option<Vec<u8>>>,
    /// Published catalogues since the last checkpoint.
    pub catalogue_changes: BTreeMap<u32, Vec<u8>>,
    /// Those on their way into the store.
    pub catalogues_committing: BTreeMap<u32, Vec<u8>>,
    /// Unsettled effects and whose they are.
    pub effects: BTreeMap<EffectId, CustomerId>,
    /// Customers for whom something waits that only the shard can do.
    pub deciding: Deciding,
    pub desk: DeskBook,
    /// Something changed since waiting conversations were last assigned.
    pub desk_changed: bool,
    /// How often the desk changed since the shard was opened, from 1.
    pub desk_revision: u64,
    pub search: Search,
    /// How often what is known of identifiers and links of existing customers changed.
    pub regroupings: u64,
    pub next_strand: u64,
    pub last_frame: FrameSeq,
    pub last_seq: Seq,
    pub time: Timestamp,
    /// Rows written ahead of a checkpoint because their customer was about to change.
    pub written: Vec<RowChange>,
    /// Only what journeys do is looked at: threads, message ids, the search index and what a checkpoint would write are
    /// not kept.
    pub rehearses: bool,
    /// What happened, where somebody looks on.
    pub witness: Option<Vec<Happening>>,
    pub store: Arc<dyn Store>,
    pub keys: Arc<Keys>,
}

impl World {
    pub fn rows(&self) -> RowReader<'_> {
        RowReader { store: &*self.store, keys: &self.keys }
    }

    /// The customer, by its id or one given out earlier.
    pub fn find(&mut self, customer: CustomerId) -> Result<Option<Slot>, StateError> {
        if let Some(slot) = self.find_exactly(customer)? {
            return Ok(Some(slot));
        }
        match self.holders.find(StrandId(customer.0), &*self.store)? {
            Some(holder) if holder != customer => self.find_exactly(holder),
            Some(_) | None => Ok(None),
        }
    }

    /// The customer of this very id.
    pub fn find_exactly(&mut self, customer: CustomerId) -> Result<Option<Slot>, StateError> {
        let rows = RowReader { store: &*self.store, keys: &self.keys };
        self.customers.find(customer, &rows)
    }

    /// Brings the customers of these ids into memory; where they are then, without those that are no more.
    pub fn bring_slots(&mut self, ids: &[CustomerId]) -> Result<Vec<Slot>, StateError> {
        self.bring(ids.to_vec())?;
        ids.iter().filter_map(|&id| self.find_exactly(id).transpose()).collect()
    }

    /// Reads the rows of customers that are not in memory, on all cores.
    pub fn bring(&mut self, mut missing: Vec<CustomerId>) -> Result<(), StateError> {
        missing.retain(|id| self.customers.may_have_row(*id));
        let rows = RowReader { store: &*self.store, keys: &self.keys };
        let found: Result<Vec<_>, StateError> =
            missing.par_iter().with_min_len(32).map(|id| rows.customer(*id)).collect();
        found?.into_iter().flatten().for_each(|customer| self.customers.bring(customer));
        Ok(())
    }

    /// The customer in memory, about to change.
    pub fn customer_mut(&mut self, slot: Slot) -> &mut Customer {
        self.customers.at_mut(slot, &self.keys, &mut self.written)
    }

    pub fn locate(&mut self, hash: IdentifierHash) -> Result<Option<(StrandId, CustomerId)>, StateError> {
        self.identifiers.find(hash, &*self.store)
    }

    /// The directory the resolver works on; [`DirectoryView::finish`] tells whether a row could not be read.
    pub fn directory(&mut self) -> DirectoryView<'_> {
        DirectoryView { world: self, failure: None, scratch: IdentityGraph::default() }
    }

    /// Takes note of what a step did besides changing its customer.
    pub fn settle_step(&mut self, slot: Slot, step: Step, ready: &mut Vec<Effect>) {
        let customer = self.customers.at(slot);
        let id = customer.id;
        let due = step.due;
        let scheduled = customer.scheduled;
        self.deciding.set(id, customer.waits().map(|waits| waits.since()));
        for note in &step.notes {
            self.books.count_note(note);
        }
        self.books.budgets.meet(&step.met);
        if let Some(witness) = &mut self.witness {
            let time = self.time;
            let told = step.notes.into_iter().filter(tells);
            witness.extend(told.map(|note| Happening { customer: id, time, note }));
        }
        self.books.count_moves(&step.stood, &step.stands);
        for (strand, number, tail) in step.spilled.into_iter().filter(|_| !self.rehearses) {
            self.chunks.insert(ChunkKey { strand, latest: tail.latest(), number }, tail);
        }
        for settled in step.settled {
            self.effects.remove(&settled);
        }
        for effect in step.asked {
            self.effects.insert(effect, id);
        }
        if let Some(entries) = step.desk {
            self.put_desk(id, entries);
        }
        ready.extend(step.ready);
        if let Some(text) = step.search_text.filter(|_| !self.rehearses) {
            self.search.put(id, &text);
        }
        if due != scheduled {
            self.schedule(slot, due);
        }
    }

    pub fn new_customer(&mut self, customer: CustomerId) -> Slot {
        self.books.customers += 1;
        self.customers.insert(Box::new(Customer::new(customer)))
    }

    /// The strand of the effect an outcome is about; nothing when it is settled already.
    pub fn effect_strand(&mut self, outcome: &Outcome) -> Result<Option<StrandId>, StateError> {
        let Some(slot) = self.find(outcome.customer)? else { return Ok(None) };
        let mut pending = self.customers.at(slot).outbox.pending().iter();
        Ok(pending.find(|pending| pending.effect.id == outcome.effect).map(|pending| pending.effect.strand))
    }

    /// Puts a catalogue into force, and keeps its files for the next start.
    pub fn install(&mut self, catalogue: &Catalogue) -> Result<Changed, StateError> {
        let changed = self.engine.publish(catalogue).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            StateError::Store(format!("catalogue version {} does not compile: {first}", catalogue.version))
        })?;
        let row = minicbor::to_vec(catalogue).expect("encoding into memory cannot fail");
        self.catalogue_changes.insert(catalogue.version, row);
        self.desk_changed = true;
        Ok(changed)
    }

    /// The keys of a thread's rows in the store.
    pub fn thread_rows(&self, strands: &[StrandId]) -> Result<Vec<Vec<u8>>, StateError> {
        let mut rows = Vec::new();
        for &strand in strands {
            let (from, to) = (ChunkKey::first(strand).bytes(), ChunkKey::last(strand).bytes());
            self.store.scan(Table::Threads, &from, &to, false, &mut |key, _| {
                rows.push(key.to_vec());
                true
            })?;
        }
        Ok(rows)
    }

    /// Sets when the customer must be looked at next.
    pub fn schedule(&mut self, slot: Slot, due: Option<Timestamp>) {
        let customer = self.customers.at_mut(slot, &self.keys, &mut self.written);
        let id = customer.id;
        let before = std::mem::replace(&mut customer.scheduled, due);
        if let Some(before) = before
            && self.timers.remove(&(before, id))
        {
            self.note_timer((before, id), false);
        }
        if let Some(due) = due {
            self.timers.insert((due, id));
            self.note_timer((due, id), true);
        }
    }

    /// Takes note of a timer that was set or is gone, for the next checkpoint.
    pub fn note_timer(&mut self, timer: (Timestamp, CustomerId), set: bool) {
        if !self.rehearses {
            self.timer_changes.push((timer, set));
        }
    }
}

/// The shard's customers and identifiers as the resolver sees them.
pub(crate) struct DirectoryView<'a> {
    world: &'a mut World,
    failure: Option<StateError>,
    /// Stands in for a graph that cannot be read; what is done to it is thrown away with the failure.
    scratch: IdentityGraph,
}

impl DirectoryView<'_> {
    pub fn finish(self) -> Result<(), StateError> {
        self.failure.map_or(Ok(()), Err)
    }

    fn failed<T>(&mut self, error: StateError) -> Option<T> {
        self.failure.get_or_insert(error);
        None
    }
}

impl Directory for DirectoryView<'_> {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        match self.world.locate(hash) {
            Ok(found) => found,
            Err(error) => self.failed(error),
        }
    }

    fn holder(&mut self, strand: StrandId) -> Option<CustomerId> {
        match self.world.holders.find(strand, &*self.world.store) {
            Ok(found) => found,
            Err(error) => self.failed(error),
        }
    }

    fn graph(&mut self, customer: CustomerId) -> &mut IdentityGraph {
        let slot = match self.world.find_exactly(customer) {
            Ok(Some(slot)) => slot,
            Ok(None) => self.world.new_customer(customer),
            Err(error) => {
                self.failed::<()>(error);
                return &mut self.scratch;
            }
        };
        &mut self.world.customer_mut(slot).graph
    }

    fn next_strand(&mut self) -> StrandId {
        self.world.next_strand += 1;
        StrandId(self.world.next_strand)
    }

    fn place(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId) {
        self.world.next_strand = self.world.next_strand.max(strand.0);
        self.world.identifiers.put(hash, strand, customer);
        self.world.holders.put(strand, customer);
    }

    fn remove(&mut self, hash: IdentifierHash, strand: StrandId) {
        self.world.identifiers.forget(hash);
        self.world.holders.forget(strand);
    }
}
