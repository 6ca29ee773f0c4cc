//! Reading a shard's state, on the shard's own thread; keep what is done with it short.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Customer, Engine, Pending};
use ledger::{Disk, Reader};
use model::{CustomerId, Effect, EffectId, Identifier, Seq, SourceId, Timestamp};
use recognize::Claim;
use state::{StateError, Table};

use crate::books::Books;
use crate::checkpoint::Checkpointing;
use crate::customers::Slot;
use crate::desk::DeskBook;
use crate::quarantine::Quarantined;
use crate::rows::ChunkKey;
use crate::search::Search;
use crate::shard::Shard;
use crate::thread::{StrandSnapshot, ThreadReader};

/// Customers put into the search index at one turn.
const WARMED_PER_TURN: usize = 2_000;

/// A shard, to be read.
pub struct View<'a, D: Disk>(pub(crate) &'a mut Shard<D>);

impl<D: Disk> View<'_, D> {
    pub fn engine(&self) -> &Engine {
        &self.0.world.engine
    }

    pub fn books(&self) -> &Books {
        &self.0.world.books
    }

    pub fn desk(&self) -> &DeskBook {
        &self.0.world.desk
    }

    /// Another number for every change of the desk, while the shard is open.
    pub fn desk_revision(&self) -> u64 {
        self.0.world.desk_revision
    }

    pub fn search(&self) -> &Search {
        &self.0.world.search
    }

    /// Reads the ledger, on whatever thread.
    pub fn ledger(&self) -> Reader<D> {
        self.0.reader.clone()
    }

    pub fn last_seq(&self) -> Seq {
        self.0.world.last_seq
    }

    pub fn time(&self) -> Timestamp {
        self.0.world.time
    }

    /// The customer, by its id or one given out earlier.
    pub fn customer(&mut self, id: CustomerId) -> Result<Option<&Customer>, StateError> {
        let slot = self.0.world.find(id)?;
        Ok(slot.map(|slot| self.0.world.customers.at(slot)))
    }

    /// The customer, with what is true of the workspace.
    pub fn customer_and_books(&mut self, id: CustomerId) -> Result<Option<(&Customer, &Books)>, StateError> {
        let slot = self.0.world.find(id)?;
        let world = &self.0.world;
        Ok(slot.map(|slot| (world.customers.at(slot), &world.books)))
    }

    /// The customer that an identifier names.
    pub fn find(&mut self, identifier: &Identifier) -> Result<Option<CustomerId>, StateError> {
        let hash = self.0.world.keys.identifier_hash(identifier);
        Ok(self.0.world.locate(hash)?.map(|(_, customer)| customer))
    }

    /// The customer that the first known of the claims names.
    pub fn find_any(&mut self, claims: &[Claim]) -> Result<Option<CustomerId>, StateError> {
        for claim in claims {
            if let Some((_, customer)) = self.0.world.locate(claim.hash)? {
                return Ok(Some(customer));
            }
        }
        Ok(None)
    }

    /// Customers in the order of their ids, after `after`.
    pub fn customers_after(
        &mut self,
        after: Option<CustomerId>,
        limit: usize,
    ) -> Result<Vec<CustomerId>, StateError> {
        self.0.world.customers_after(after, limit)
    }

    /// What is needed to read a customer's thread elsewhere.
    pub fn thread(&mut self, id: CustomerId) -> Result<Option<ThreadReader<D>>, StateError> {
        self.0.thread_reader(id)
    }

    pub fn quarantined(&self, number: u64) -> Result<Option<Quarantined>, StateError> {
        self.0.world.quarantined(number)
    }

    pub fn quarantine_page(&self, before: u64, limit: usize) -> Result<Vec<Quarantined>, StateError> {
        self.0.world.quarantine_page(before, limit)
    }

    /// Unsettled effects in the order they were asked for, after `after`.
    pub fn effects(&mut self, after: Option<EffectId>, limit: usize) -> Result<Vec<Pending>, StateError> {
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let found: Vec<(EffectId, CustomerId)> = self
            .0
            .world
            .effects
            .range((from, std::ops::Bound::Unbounded))
            .take(limit)
            .map(|(effect, customer)| (*effect, *customer))
            .collect();
        let mut pending = Vec::with_capacity(found.len());
        for (effect, customer) in found {
            let held = self.customer(customer)?;
            let own = held
                .and_then(|held| held.outbox.pending().iter().find(|own| own.effect.id == effect).cloned());
            pending.extend(own);
        }
        Ok(pending)
    }

    /// The catalogues published so far, oldest first.
    pub fn catalogues(&self) -> Result<Vec<model::Catalogue>, StateError> {
        self.0.world.stored_catalogues()
    }

    pub fn source_named(&self, name: &str) -> Option<SourceId> {
        self.books().sources().find(|source| source.name == name).map(|source| source.id)
    }

    /// Customers held in memory, records a restart would replay.
    pub fn gauges(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::from([
            ("customers_held", self.0.world.customers.held() as u64),
            ("replay_records", self.0.lag()),
            ("timers", self.0.world.timers.len() as u64),
            ("choices_waiting", self.0.world.deciding.iter().count() as u64),
            ("effects_unsettled", self.0.world.effects.len() as u64),
            ("message_ids_recent", self.0.world.messages.recent_len() as u64),
        ])
    }
}

/// An effect whose receiver will report on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreported {
    pub effect: Effect,
    /// The receiver's ids for it.
    pub references: Vec<String>,
    /// Those of which no report has come.
    pub awaited: Vec<String>,
}

impl<D: Disk> Shard<D> {
    /// Effects to attempt after a start: those ready, and those an attempt was under way for.
    pub fn unfinished(&mut self) -> Result<Vec<(Effect, bool)>, StateError> {
        let pending = View(self).effects(None, usize::MAX)?;
        let open = pending.into_iter().filter_map(|pending| match pending.stage {
            engine::Stage::Ready => Some((pending.effect, false)),
            engine::Stage::Started => Some((pending.effect, true)),
            engine::Stage::Waiting { .. }
            | engine::Stage::Uncertain { .. }
            | engine::Stage::Accepted { .. } => None,
        });
        Ok(open.collect())
    }

    /// Effects whose receiver will report on them.
    pub fn unreported(&mut self) -> Result<Vec<Unreported>, StateError> {
        let pending = View(self).effects(None, usize::MAX)?;
        let open = pending.into_iter().filter_map(|pending| match pending.stage {
            engine::Stage::Accepted { references, awaited, .. } => {
                Some(Unreported { effect: pending.effect, references, awaited })
            }
            _ => None,
        });
        Ok(open.collect())
    }

    /// Puts some more customers into the search index, until it holds those of the last checkpoint.
    pub fn warm_search(&mut self) -> Result<(), StateError> {
        if self.world.search.is_complete() {
            return Ok(());
        }
        let from = self.warmed;
        let mut rows: Vec<(CustomerId, Vec<u8>)> = Vec::new();
        let first = from.map_or(0, |id| id.0 + 1).to_be_bytes();
        self.world.store.scan(Table::Customers, &first, &[0xff; 8], false, &mut |key, row| {
            if let Ok(key) = key.try_into() {
                rows.push((CustomerId(u64::from_be_bytes(key)), row.to_vec()));
            }
            rows.len() < WARMED_PER_TURN
        })?;
        for (id, row) in &rows {
            if !self.world.search.knows(*id)
                && !self.world.customers.has_gone(*id)
                && let Some(customer) = self.world.rows().open(*id, row)?
            {
                self.world.search.put(*id, &self.world.engine.search_text(&customer));
            }
        }
        self.warmed = rows.last().map(|(id, _)| *id).or(from);
        if rows.len() < WARMED_PER_TURN {
            self.world.search.set_complete();
        }
        Ok(())
    }

    /// Whether there is work to do between batches.
    pub fn is_busy(&self) -> bool {
        !self.world.search.is_complete() || !matches!(self.checkpointing, Checkpointing::Idle { .. })
    }

    pub fn view(&mut self) -> View<'_, D> {
        View(self)
    }

    pub(crate) fn thread_reader(&mut self, id: CustomerId) -> Result<Option<ThreadReader<D>>, StateError> {
        Ok(self.world.find(id)?.map(|slot| self.reader_at(slot)))
    }

    /// The same for a customer in memory.
    pub(crate) fn reader_at(&self, slot: Slot) -> ThreadReader<D> {
        let world = &self.world;
        let snapshot = |strand: &engine::Strand| StrandSnapshot {
            strand: strand.id,
            tail: strand.tail.clone(),
            chunks: strand.chunks,
            unwritten: unwritten(&world.chunks, strand.id)
                .chain(unwritten(&world.chunks_committing, strand.id))
                .map(|(key, tail)| (*key, tail.clone()))
                .collect(),
        };
        ThreadReader {
            strands: world.customers.at(slot).strands().iter().map(snapshot).collect(),
            store: Arc::clone(&world.store),
            keys: Arc::clone(&world.keys),
            reader: self.reader.clone(),
        }
    }
}

fn unwritten(
    chunks: &BTreeMap<ChunkKey, engine::Tail>,
    strand: model::StrandId,
) -> impl Iterator<Item = (&ChunkKey, &engine::Tail)> {
    chunks.range(ChunkKey::first(strand)..=ChunkKey::last(strand))
}
