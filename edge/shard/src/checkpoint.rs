//! Checkpoints: all rows as of one record, in one atomic batch, without stopping the shard.
//!
//! Beginning marks the customers that changed and sets everything small aside; each turn of the shard then
//! writes some of the marked ones down, and a marked customer that is about to change is written down first.
//! When all are written, the batch goes to the store on another thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use engine::Tail;
use keys::Keys;
use ledger::Disk;
use model::{CustomerId, Seq, StrandId, Timestamp};
use state::{Batch, Frozen, StateError, Store, Table, Written};

use crate::customers::RowChange;
use crate::growing::Pile;
use crate::identifiers::ChangedIdentifier;
use crate::rows::{
    CHECKPOINT_KEY, Checkpoint, ChunkKey, catalogue_key, chunk_bytes, customer_key, identifier_key,
    identifier_row, timer_key,
};
use crate::shard::Shard;
use crate::world::World;

/// Marked customers written down at one turn when nobody waits, and at most.
const WRITTEN_PER_TURN: usize = 2_000;
/// Marked customers written down after a job, at least and for each of its records: a checkpoint keeps ahead of what comes
/// in, and whoever is next waits for microseconds.
const WRITTEN_PER_RECORD: usize = 4;

/// A checkpoint being made: what was set aside for it when it began, and the customers written down since.
pub(crate) struct Draft {
    head: Checkpoint,
    /// The last record at the latest turn.
    turned_at: Seq,
    messages: Frozen,
    customers: Pile<RowChange>,
    identifiers: Pile<ChangedIdentifier>,
    holders: Pile<(StrandId, Option<CustomerId>)>,
    timers: Pile<((Timestamp, CustomerId), bool)>,
    chunks: Arc<BTreeMap<ChunkKey, Tail>>,
    /// The rows that are few.
    few: Batch,
}

/// Where the checkpoint that is being made stands.
pub(crate) enum Checkpointing {
    /// None is being made; the last began at this many records.
    Idle { records_at_last: u64 },
    /// Customers are being written down into the batch.
    Writing(Box<Draft>),
    /// The batch is on its way to the disk.
    Committing { records: u64, next_strand: u64, answer: Receiver<Result<Written, StateError>> },
}

impl<D: Disk> Shard<D> {
    /// Moves the checkpoint on by one turn, or begins one when it is time. Call it when idle.
    pub fn turn(&mut self) -> Result<(), StateError> {
        self.move_on(|_| WRITTEN_PER_TURN)
    }

    /// The same after a job, when others may wait: in proportion to the records it made.
    pub fn turn_after_job(&mut self) -> Result<(), StateError> {
        self.move_on(|records| records.max(1).saturating_mul(WRITTEN_PER_RECORD).min(WRITTEN_PER_TURN))
    }

    /// `share` says how many marked customers are written down after so many records.
    fn move_on(&mut self, share: impl FnOnce(usize) -> usize) -> Result<(), StateError> {
        // What a frame that waits for space did to identities and message ids is in no record yet, and its customers
        // must stay where they are.
        if self.is_stalled() {
            return Ok(());
        }
        match std::mem::replace(&mut self.checkpointing, Checkpointing::Idle { records_at_last: 0 }) {
            Checkpointing::Idle { records_at_last } => {
                self.checkpointing = Checkpointing::Idle { records_at_last };
                if self.world.last_seq.0 >= records_at_last + self.options.checkpoint_records {
                    self.begin_checkpoint();
                }
                Ok(())
            }
            Checkpointing::Writing(mut draft) => {
                let world = &mut self.world;
                let records = world.last_seq.0 - draft.turned_at.0;
                draft.turned_at = world.last_seq;
                let count = share(records as usize);
                let done = world.customers.write_marked(count, &world.keys, &mut world.written);
                draft.customers.extend(world.written.drain(..));
                if done {
                    self.commit_checkpoint(*draft);
                } else {
                    self.checkpointing = Checkpointing::Writing(draft);
                }
                Ok(())
            }
            Checkpointing::Committing { records, next_strand, answer } => match answer.try_recv() {
                Ok(result) => self.committed(records, next_strand, result?),
                Err(TryRecvError::Empty) => {
                    self.checkpointing = Checkpointing::Committing { records, next_strand, answer };
                    Ok(())
                }
                Err(TryRecvError::Disconnected) => {
                    Err(StateError::Store("the checkpoint thread died".into()))
                }
            },
        }
    }

    /// Makes a whole checkpoint now, for a graceful stop. None is made while a frame waits for space; the next
    /// opening replays a little more.
    pub fn checkpoint(&mut self) -> Result<(), StateError> {
        if self.is_stalled() {
            return Ok(());
        }
        self.finish_checkpoint()?;
        self.begin_checkpoint();
        self.finish_checkpoint()
    }

    /// Records that a restart would replay now.
    pub fn lag(&self) -> u64 {
        match &self.checkpointing {
            Checkpointing::Idle { records_at_last } => self.world.last_seq.0 - records_at_last,
            Checkpointing::Writing(_) | Checkpointing::Committing { .. } => {
                2 * self.options.checkpoint_records
            }
        }
    }

    fn finish_checkpoint(&mut self) -> Result<(), StateError> {
        loop {
            match &self.checkpointing {
                Checkpointing::Idle { .. } => return Ok(()),
                Checkpointing::Writing(_) => self.turn()?,
                Checkpointing::Committing { records, next_strand, answer } => {
                    let (records, next_strand) = (*records, *next_strand);
                    let gone = || StateError::Store("the checkpoint thread died".into());
                    let written = answer.recv().map_err(|_| gone())??;
                    self.committed(records, next_strand, written)?;
                }
            }
        }
    }

    fn begin_checkpoint(&mut self) {
        let world = &mut self.world;
        let messages = world.messages.freeze(world.time);
        let turned_at = world.last_seq;
        let head = Checkpoint {
            seq: world.last_seq,
            frame: world.last_frame,
            time: world.time,
            next_strand: world.next_strand,
            books: world.books.clone(),
            runs: Vec::new(),
            catalogue_version: world.engine.version(),
            deciding: world.deciding.iter().collect(),
            effects: world.effects.iter().map(|(effect, customer)| (*effect, *customer)).collect(),
            desk: world.desk.clone(),
        };
        world.customers.mark(&mut world.written);
        let few = world.few_rows();
        world.dooming = std::mem::take(&mut world.doomed);
        world.chunks_committing = Arc::new(std::mem::take(&mut world.chunks));
        self.checkpointing = Checkpointing::Writing(Box::new(Draft {
            head,
            turned_at,
            messages,
            customers: world.written.drain(..).collect(),
            identifiers: world.identifiers.take_changed(),
            holders: world.holders.take_changed(),
            timers: std::mem::take(&mut world.timer_changes),
            chunks: Arc::clone(&world.chunks_committing),
            few,
        }));
    }

    fn commit_checkpoint(&mut self, draft: Draft) {
        let (records, next_strand) = (draft.head.seq.0, draft.head.next_strand);
        let (sender, answer) = channel();
        let store = Arc::clone(&self.world.store);
        let syncer = self.writer().syncer();
        let keys = Arc::clone(&self.world.keys);
        let commit = move || {
            // State must never be ahead of the ledger: what it reflects is durable first.
            let durable = keys.sync().map_err(|error| StateError::Store(error.to_string())).and_then(|()| {
                syncer.sync(draft.head.frame).map_err(|error| StateError::Store(error.to_string()))
            });
            // The shard may be gone already; then nobody needs the answer.
            let _ = sender.send(durable.and_then(|_| draft.commit(&*store, &keys)));
        };
        if self.options.background {
            let named = std::thread::Builder::new().name("checkpoint".into());
            named.spawn(commit).expect("the system can start a thread");
        } else {
            commit();
        }
        self.checkpointing = Checkpointing::Committing { records, next_strand, answer };
    }

    fn committed(&mut self, records: u64, next_strand: u64, written: Written) -> Result<(), StateError> {
        let world = &mut self.world;
        world.chunks_committing = Arc::default();
        world.quarantine_committing.clear();
        world.catalogues_committing.clear();
        let dooming = std::mem::take(&mut world.dooming);
        if !dooming.is_empty() {
            world.keys.destroy(&dooming).map_err(|error| StateError::Store(error.to_string()))?;
        }
        world.messages.written(&*world.store, written)?;
        world.customers.evict(self.options.customers_held_max, next_strand);
        world.identifiers.committed(self.options.identifiers_held_max);
        world.holders.committed(self.options.identifiers_held_max, next_strand);
        self.checkpointing = Checkpointing::Idle { records_at_last: records };
        Ok(())
    }
}

impl Draft {
    fn commit(mut self, store: &dyn Store, keys: &Keys) -> Result<Written, StateError> {
        let written = self.messages.write(store)?;
        self.head.runs = written.runs();
        let mut batch = self.few;
        let rows = [self.customers.len(), self.identifiers.len(), self.holders.len(), self.timers.len()];
        batch.reserve(rows.iter().sum::<usize>() + self.chunks.len() + 1);
        for (customer, row) in self.customers {
            put(&mut batch, Table::Customers, &customer_key(customer), row.as_deref());
        }
        for (hash, owner) in self.identifiers {
            let row = owner.map(|(strand, customer)| identifier_row(strand, customer));
            put(&mut batch, Table::Identifiers, &identifier_key(hash), row.as_ref().map(|row| &row[..]));
        }
        for (strand, holder) in self.holders {
            let row = holder.map(|holder| holder.0.to_be_bytes());
            put(&mut batch, Table::Strands, &strand.0.to_be_bytes(), row.as_ref().map(|row| &row[..]));
        }
        for ((due, customer), set) in self.timers {
            put(&mut batch, Table::Timers, &timer_key(due, customer), set.then_some(&[]));
        }
        seal_chunks(&self.chunks, keys, &mut batch);
        let head = minicbor::to_vec(&self.head).expect("encoding into memory cannot fail");
        batch.put(Table::Meta, CHECKPOINT_KEY, head);
        store.commit(batch)?;
        store.sync()?;
        Ok(written)
    }
}

fn put(batch: &mut Batch, table: Table, key: &[u8], row: Option<&[u8]>) {
    match row {
        Some(row) => batch.put(table, key, row),
        None => batch.delete(table, key),
    }
}

/// The chunks of thread indexes as rows. They stay readable in memory until these are committed.
fn seal_chunks(chunks: &BTreeMap<ChunkKey, Tail>, keys: &Keys, batch: &mut Batch) {
    for (key, tail) in chunks {
        let bytes = key.bytes();
        let mut row = Vec::new();
        // A strand whose key is gone has been erased; its index goes with it.
        if keys.seal_row(key.strand, &bytes, &chunk_bytes(tail), &mut row).is_ok() {
            batch.put(Table::Threads, bytes, row);
        }
    }
}

impl World {
    /// The changed rows of the tables that are small.
    fn few_rows(&mut self) -> Batch {
        let mut batch = Batch::default();
        self.quarantine_committing = std::mem::take(&mut self.quarantine_changes);
        for (number, row) in &self.quarantine_committing {
            put(&mut batch, Table::Quarantine, &number.to_be_bytes(), row.as_deref());
        }
        for key in std::mem::take(&mut self.thread_deletes) {
            // What comes back under the same key is only put.
            if ChunkKey::read(&key).is_none_or(|key| !self.chunks.contains_key(&key)) {
                batch.delete(Table::Threads, key);
            }
        }
        self.catalogues_committing = std::mem::take(&mut self.catalogue_changes);
        for (version, text) in &self.catalogues_committing {
            batch.put(Table::Meta, catalogue_key(*version), text.clone());
        }
        batch
    }
}
