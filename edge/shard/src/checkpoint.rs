//! Checkpoints: all rows as of one record, in one atomic batch, without stopping the shard.
//!
//! Beginning marks the customers that changed and sets everything small aside; each turn of the shard then
//! writes some of the marked ones down, and a marked customer that is about to change is written down first.
//! When all are written, the batch goes to the store on another thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use ledger::Disk;
use model::{CustomerId, IdentifierHash, Timestamp};
use state::{Batch, Frozen, StateError, Table, Written};

use crate::customers::RowChange;
use crate::rows::{
    CHECKPOINT_KEY, Checkpoint, ChunkKey, catalogue_key, chunk_bytes, customer_key, identifier_key, timer_key,
};
use crate::shard::Shard;

/// Marked customers written down at one turn.
const WRITTEN_PER_TURN: usize = 2_000;

/// Where the checkpoint that is being made stands.
pub(crate) enum Checkpointing {
    /// None is being made; the last began at this many records.
    Idle { records_at_last: u64 },
    /// Customers are being written down into the batch.
    Writing { head: Box<Checkpoint>, batch: Batch, messages: Frozen },
    /// The batch is on its way to the disk.
    Committing { records: u64, answer: Receiver<Result<Written, StateError>> },
}

impl<D: Disk> Shard<D> {
    /// Moves the checkpoint on by one turn, or begins one when it is time. Call it after each batch and when idle.
    pub fn turn(&mut self) -> Result<(), StateError> {
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
            Checkpointing::Writing { head, mut batch, messages } => {
                let done = self.world.customers.write_marked(
                    WRITTEN_PER_TURN,
                    &self.world.keys,
                    &mut self.world.written,
                );
                put_customers(&mut batch, &mut self.world.written);
                if done {
                    self.commit_checkpoint(*head, batch, messages);
                } else {
                    self.checkpointing = Checkpointing::Writing { head, batch, messages };
                }
                Ok(())
            }
            Checkpointing::Committing { records, answer } => match answer.try_recv() {
                Ok(result) => self.committed(records, result?),
                Err(TryRecvError::Empty) => {
                    self.checkpointing = Checkpointing::Committing { records, answer };
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
            Checkpointing::Writing { .. } | Checkpointing::Committing { .. } => {
                2 * self.options.checkpoint_records
            }
        }
    }

    fn finish_checkpoint(&mut self) -> Result<(), StateError> {
        loop {
            match &self.checkpointing {
                Checkpointing::Idle { .. } => return Ok(()),
                Checkpointing::Writing { .. } => self.turn()?,
                Checkpointing::Committing { records, answer } => {
                    let records = *records;
                    let gone = || StateError::Store("the checkpoint thread died".into());
                    let written = answer.recv().map_err(|_| gone())??;
                    self.committed(records, written)?;
                }
            }
        }
    }

    fn begin_checkpoint(&mut self) {
        let world = &mut self.world;
        let messages = world.messages.freeze(world.time);
        let head = Checkpoint {
            seq: world.last_seq,
            frame: world.last_frame,
            time: world.time,
            next_strand: world.next_strand,
            books: world.books.clone(),
            runs: Vec::new(),
            catalogue_version: world.engine.version(),
            effects: world.effects.iter().map(|(effect, customer)| (*effect, *customer)).collect(),
        };
        let mut batch = Batch::default();
        world.customers.mark(&mut world.written);
        put_customers(&mut batch, &mut world.written);
        put_identifiers(&mut batch, world.identifiers.take_changed());
        for (strand, holder) in world.holders.take_changed() {
            match holder {
                Some(holder) => batch.put(Table::Strands, strand.0.to_be_bytes(), holder.0.to_be_bytes()),
                None => batch.delete(Table::Strands, strand.0.to_be_bytes()),
            }
        }
        put_timers(&mut batch, std::mem::take(&mut world.timer_changes));
        world.quarantine_committing = std::mem::take(&mut world.quarantine_changes);
        for (number, row) in &world.quarantine_committing {
            match row {
                Some(row) => batch.put(Table::Quarantine, number.to_be_bytes(), row.clone()),
                None => batch.delete(Table::Quarantine, number.to_be_bytes()),
            }
        }
        for key in std::mem::take(&mut world.thread_deletes) {
            // A batch has no order: what comes back under the same key is only put.
            if ChunkKey::read(&key).is_none_or(|key| !world.chunks.contains_key(&key)) {
                batch.delete(Table::Threads, key);
            }
        }
        world.catalogues_committing = std::mem::take(&mut world.catalogue_changes);
        for (version, text) in &world.catalogues_committing {
            batch.put(Table::Meta, catalogue_key(*version), text.clone());
        }
        world.dooming = std::mem::take(&mut world.doomed);
        world.seal_chunks(&mut batch);
        self.checkpointing = Checkpointing::Writing { head: Box::new(head), batch, messages };
    }

    fn commit_checkpoint(&mut self, mut head: Checkpoint, mut batch: Batch, messages: Frozen) {
        let records = head.seq.0;
        let (sender, answer) = channel();
        let store = Arc::clone(&self.world.store);
        let syncer = self.ledger.syncer();
        let keys = Arc::clone(&self.world.keys);
        let commit = move || {
            // State must never be ahead of the ledger: what it reflects is durable first.
            let durable = keys
                .sync()
                .map_err(|error| StateError::Store(error.to_string()))
                .and_then(|()| syncer.sync(head.frame).map_err(|error| StateError::Store(error.to_string())));
            let result = durable.and_then(|_| {
                let written = messages.write(&*store)?;
                head.runs = written.runs();
                let row = minicbor::to_vec(&head).expect("encoding into memory cannot fail");
                batch.put(Table::Meta, CHECKPOINT_KEY, row);
                store.commit(batch)?;
                store.sync()?;
                Ok(written)
            });
            // The shard may be gone already; then nobody needs the answer.
            let _ = sender.send(result);
        };
        if self.options.background {
            std::thread::spawn(commit);
        } else {
            commit();
        }
        self.checkpointing = Checkpointing::Committing { records, answer };
    }

    fn committed(&mut self, records: u64, written: Written) -> Result<(), StateError> {
        let world = &mut self.world;
        world.chunks_committing.clear();
        world.quarantine_committing.clear();
        world.catalogues_committing.clear();
        let dooming = std::mem::take(&mut world.dooming);
        if !dooming.is_empty() {
            world.keys.destroy(&dooming).map_err(|error| StateError::Store(error.to_string()))?;
        }
        world.messages.written(&*world.store, written)?;
        world.customers.evict(self.options.customers_held_max);
        world.identifiers.committed(self.options.identifiers_held_max);
        world.holders.committed(self.options.identifiers_held_max);
        self.checkpointing = Checkpointing::Idle { records_at_last: records };
        Ok(())
    }
}

fn put_customers(batch: &mut Batch, written: &mut Vec<RowChange>) {
    for (customer, row) in written.drain(..) {
        match row {
            Some(row) => batch.put(Table::Customers, customer_key(customer), row),
            None => batch.delete(Table::Customers, customer_key(customer)),
        }
    }
}

fn put_identifiers(batch: &mut Batch, changed: Vec<(IdentifierHash, Option<[u8; 16]>)>) {
    for (hash, row) in changed {
        match row {
            Some(row) => batch.put(Table::Identifiers, identifier_key(hash), row),
            None => batch.delete(Table::Identifiers, identifier_key(hash)),
        }
    }
}

fn put_timers(batch: &mut Batch, changes: Vec<((Timestamp, CustomerId), bool)>) {
    for ((due, customer), set) in changes {
        match set {
            true => batch.put(Table::Timers, timer_key(due, customer), []),
            false => batch.delete(Table::Timers, timer_key(due, customer)),
        }
    }
}

impl crate::world::World {
    /// Puts the unwritten chunks of thread indexes into the batch; they stay readable in memory until it is committed.
    fn seal_chunks(&mut self, batch: &mut Batch) {
        for (key, tail) in std::mem::take(&mut self.chunks) {
            let bytes = key.bytes();
            let mut row = Vec::new();
            // A strand whose key is gone has been erased; its index goes with it.
            if self.keys.seal_row(key.strand, &bytes, &chunk_bytes(&tail), &mut row).is_ok() {
                batch.put(Table::Threads, bytes, row);
                self.chunks_committing.insert(key, tail);
            }
        }
    }
}
