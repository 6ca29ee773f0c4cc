//! Opening a shard: the newest checkpoint, and the replay of what the ledger has beyond it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{Engine, Meta};
use keys::Keys;
use ledger::{Disk, Frame, FrameBuilder, Ledger};
use model::record::{Command, EventRecord, IdentityChange, Record, Sealed};
use model::{Catalogue, FrameSeq, MessageHash, Outcome, OutcomeKind, Position, Seq};
use recognize::{Cause, Change};
use state::{MessageIds, StateError, Store, Table};

use crate::checkpoint::Checkpointing;
use crate::customers::Customers;
use crate::deciding::Deciding;
use crate::growing::Pile;
use crate::identifiers::{Holders, Identifiers};
use crate::items::Item;
use crate::keys_ahead::KeysAhead;
use crate::reading::{Read, unseal, unseal_changes};
use crate::rows::{ANSWER_AAD, CHECKPOINT_KEY, Checkpoint, read_timer_key};
use crate::search::Search;
use crate::shard::{Broken, Options, Shard};
use crate::submission::{Consequences, Prepared};
use crate::world::World;

/// What opening did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Records replayed from the ledger.
    pub replayed: u64,
    /// Bytes of a torn tail that were cut off; none of them was ever acknowledged.
    pub cut_bytes: u64,
}

impl<D: Disk> Shard<D> {
    /// Opens the shard on a ledger, its keys and its derived state. An empty store is filled from the ledger.
    pub fn open(
        ledger: Ledger<D>,
        keys: Arc<Keys>,
        store: Arc<dyn Store>,
        options: Options,
    ) -> Result<(Self, Recovered), Broken> {
        let (world, from) = World::read(store, keys)?;
        let records_at_last = world.last_seq.0;
        let mut shard = Self {
            reader: ledger.reader(),
            writer: Some(ledger),
            world,
            options,
            checkpointing: Checkpointing::Idle { records_at_last },
            builder: FrameBuilder::new(),
            keys_ahead: KeysAhead::new(options.keys_ahead, options.background),
            stalled: None,
            owed: Consequences::default(),
            warmed: None,
        };
        let before = shard.world.last_seq;
        shard.replay(from)?;
        let recovered = Recovered { replayed: shard.world.last_seq.0 - before.0, cut_bytes: 0 };
        Ok((shard, recovered))
    }

    /// Replays every frame after `last`, making checkpoints on the way.
    fn replay(&mut self, last: FrameSeq) -> Result<(), Broken> {
        let frames = self.reader.frames_from(FrameSeq(last.0 + 1));
        for frame in frames {
            let frame = frame?;
            self.apply_frame(&frame)?;
            self.turn()?;
        }
        Ok(())
    }

    fn apply_frame(&mut self, frame: &Frame) -> Result<(), Broken> {
        let records = self.world.read_records(frame, |_| true)?;
        self.apply_records(frame, records, &mut Consequences::default())
    }

    /// Takes the records of a frame again; what it did then, it does again.
    pub(crate) fn apply_records(
        &mut self,
        frame: &Frame,
        records: Vec<(Position, Read)>,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        self.world.time = self.world.time.max(frame.time);
        self.world.last_frame = frame.seq;
        let mut identified = Vec::new();
        let mut others = Vec::new();
        self.world.bring_customers(&records)?;
        for (seq, (position, record)) in (frame.first_record.0..).zip(records) {
            self.world.last_seq = Seq(seq);
            match record {
                Read::Event(record, event) => {
                    identified.push(self.reidentify(Seq(seq), position, &record, event, frame)?);
                }
                Read::Other(record) => others.push((seq, record)),
                Read::Nothing => {}
            }
        }
        self.world.step_items(identified, consequences)?;
        for (seq, record) in others {
            self.apply_record(Seq(seq), &record, frame, consequences)?;
        }
        Ok(())
    }

    /// Takes an event of the ledger in again, with the identity it was given then.
    fn reidentify(
        &mut self,
        seq: Seq,
        position: Position,
        record: &EventRecord,
        prepared: Option<Arc<Prepared>>,
        frame: &Frame,
    ) -> Result<Item, Broken> {
        let message = MessageHash(record.message);
        if !self.world.rehearses {
            self.world.messages.remember(message, record.received);
        }
        let changes = self.world.unseal_changes(&record.identity)?;
        let cause = Cause { seq, time: record.time, message: record.message, source: record.source };
        self.world.apply_changes(&changes, &cause)?;
        let slot = match self.world.find(record.customer)? {
            Some(slot) => slot,
            None => self.world.new_customer(record.customer),
        };
        Ok(Item {
            slot,
            seq,
            position,
            strand: record.strand,
            source: record.source,
            channel: record.channel.clone(),
            frame_time: frame.time,
            prepared,
        })
    }

    fn apply_record(
        &mut self,
        seq: Seq,
        record: &Record,
        frame: &Frame,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let now = frame.time;
        match record {
            Record::Event(_) => Ok(()),
            Record::Tick(tick) => self.tick(seq, tick.now, consequences),
            Record::Catalogue(record) => self.apply_catalogue(&record.catalogue, seq, now, consequences),
            Record::Outcome(record) => {
                let answer = match &record.answer {
                    Some(sealed) => {
                        self.world.unseal(sealed, ANSWER_AAD)?.and_then(|plain| minicbor::decode(&plain).ok())
                    }
                    None => None,
                };
                let outcome = with_answer(record.outcome.clone(), answer);
                Ok(self.world.settle(seq, now, &outcome, consequences)?)
            }
            Record::Command(record) => {
                self.world.note_command(&record.command)?;
                match &record.command {
                    Command::Erase { customer, strands, counts, survivors } => {
                        self.apply_erase(*customer, strands, counts, survivors)
                    }
                    Command::Unmerge { customer, strands, identity } => {
                        Ok(self.world.repeat_unmerge((seq, now), *customer, strands, identity)?)
                    }
                    Command::Conversation { .. } => {
                        Ok(self.world.repeat_action((seq, now), record, consequences)?)
                    }
                    Command::Quote { .. }
                    | Command::Decide { .. }
                    | Command::TakeOffer { .. }
                    | Command::AdmitEntry { .. } => {
                        self.world.repeat_deal(Meta { seq, now }, &record.command, consequences)
                    }
                    Command::PutSource { .. }
                    | Command::Presence { .. }
                    | Command::Quarantine { .. }
                    | Command::SettleQuarantine { .. }
                    | Command::CountRejected { .. } => Ok(()),
                }
            }
        }
    }
}

fn with_answer(outcome: Outcome, answer: Option<model::Value>) -> Outcome {
    match outcome.kind {
        OutcomeKind::Done { reference, answer: None } => {
            Outcome { kind: OutcomeKind::Done { reference, answer }, ..outcome }
        }
        _ => outcome,
    }
}

impl World {
    /// Reads the newest checkpoint; the last frame it reflects.
    pub(crate) fn read(store: Arc<dyn Store>, keys: Arc<Keys>) -> Result<(Self, FrameSeq), StateError> {
        let head: Checkpoint = match store.get(Table::Meta, CHECKPOINT_KEY)? {
            Some(row) => minicbor::decode(&row).map_err(|error| StateError::Row {
                table: Table::Meta,
                key: "checkpoint".into(),
                cause: error.to_string(),
            })?,
            None => Checkpoint::default(),
        };
        let messages = MessageIds::open(&*store, &head.runs)?;
        let mut timers = BTreeSet::new();
        store.scan(Table::Timers, &[], &[0xff; 16], false, &mut |key, _| {
            timers.extend(read_timer_key(key));
            true
        })?;
        let mut world = Self {
            engine: Engine::new(),
            customers: Customers::new(head.next_strand),
            identifiers: Identifiers::new(head.seq == Seq(0)),
            holders: Holders::new(head.next_strand),
            messages,
            books: head.books,
            timers,
            timer_changes: Pile::default(),
            doomed: Vec::new(),
            dooming: Vec::new(),
            chunks: BTreeMap::new(),
            chunks_committing: Arc::default(),
            thread_deletes: Vec::new(),
            quarantine_changes: BTreeMap::new(),
            quarantine_committing: BTreeMap::new(),
            catalogue_changes: BTreeMap::new(),
            catalogues_committing: BTreeMap::new(),
            effects: head.effects.into_iter().collect(),
            deciding: Deciding::from(head.deciding),
            desk: head.desk,
            desk_changed: true,
            desk_revision: 1,
            search: Search::default(),
            regroupings: 0,
            next_strand: head.next_strand,
            last_frame: head.frame,
            last_seq: head.seq,
            time: head.time,
            written: Vec::new(),
            rehearses: false,
            witness: None,
            store,
            keys,
        };
        for catalogue in world.stored_catalogues()? {
            world.engine.publish(&catalogue).map_err(|problems| {
                StateError::Store(format!(
                    "catalogue version {} no longer compiles: {}",
                    catalogue.version,
                    problems.first().map(ToString::to_string).unwrap_or_default()
                ))
            })?;
        }
        Ok((world, head.frame))
    }

    pub(crate) fn stored_catalogues(&self) -> Result<Vec<Catalogue>, StateError> {
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        self.store.scan(Table::Meta, b"catalogue/", b"catalogue/~", false, &mut |key, row| {
            rows.insert(key.to_vec(), row.to_vec());
            true
        })?;
        for (version, row) in self.catalogues_committing.iter().chain(&self.catalogue_changes) {
            rows.insert(crate::rows::catalogue_key(*version), row.clone());
        }
        let decode = |row: &Vec<u8>| {
            minicbor::decode(row).map_err(|error| StateError::Row {
                table: Table::Meta,
                key: "catalogue".into(),
                cause: error.to_string(),
            })
        };
        rows.values().map(decode).collect()
    }

    /// Opens what a record sealed; nothing when the key was destroyed.
    pub(crate) fn unseal(&self, sealed: &Sealed, aad: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        unseal(&self.keys, sealed, aad)
    }

    pub(crate) fn unseal_changes(&self, changes: &[IdentityChange]) -> Result<Vec<Change>, StateError> {
        unseal_changes(&self.keys, changes)
    }

    /// Repeats recorded identity changes on graphs, directory and customers.
    fn apply_changes(&mut self, changes: &[Change], cause: &Cause) -> Result<(), StateError> {
        if changes.is_empty() {
            return Ok(());
        }
        let rules = self.engine.recognition_handle();
        let mut directory = self.directory();
        recognize::apply(rules.identity(), &mut directory, changes, cause);
        directory.finish()?;
        self.follow(changes)
    }

    /// Brings the customers of a frame's events into memory, reading their rows on all cores.
    fn bring_customers(&mut self, records: &[(Position, Read)]) -> Result<(), StateError> {
        let customer = |(_, read): &(Position, Read)| match read {
            Read::Event(record, _) => Some(record.customer),
            Read::Other(_) | Read::Nothing => None,
        };
        let mut named: Vec<_> = records.iter().filter_map(customer).collect();
        named.sort_unstable();
        named.dedup();
        self.bring(named)
    }
}
