//! Reading a thread: newest first, over all strands of a customer, from the tails in memory, the chunks in
//! the store and the records in the ledger. Runs on the reader's thread; only the snapshot is taken on the shard's.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Entry, Tail, What};
use keys::{Keys, Opening};
use ledger::{Disk, LedgerError, Reader};
use model::record::{EventRecord, Record};
use model::{Event, Note, Position, Seq, Stamp, StrandId, Timestamp};
use state::{StateError, Store, Table};

use crate::rows::{BODY_AAD, ChunkKey};

/// Entries one request looks at before it answers with what it has and where to go on.
const ENTRIES_LOOKED_AT_MAX: usize = 4_000;

/// Entries among which the note of one record is looked for; it writes fewer.
const NOTES_OF_RECORD_MAX: usize = 256;

/// Why a thread cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ThreadError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the record at {0:?} is not an event of this thread; run `throughline verify`")]
    Foreign(Position),
    #[error("the record at {position:?} cannot be opened: {cause}; run `throughline verify`")]
    Sealed { position: Position, cause: Opening },
}

/// Where a page ends: the next one holds what is strictly older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub time: Timestamp,
    pub seq: Seq,
    pub strand: StrandId,
    /// Among the entries of one record in one strand: its place.
    pub part: u32,
}

/// One thing in a thread, opened.
#[derive(Debug, Clone)]
pub struct ThreadItem {
    pub at: Cursor,
    pub what: ItemKind,
}

#[derive(Debug, Clone)]
pub enum ItemKind {
    Event(Box<OpenedEvent>),
    Note(Box<Note>),
}

/// An event of the ledger; its content is gone when its key was destroyed.
#[derive(Debug, Clone)]
pub struct OpenedEvent {
    pub record: EventRecord,
    pub event: Option<Event>,
}

/// A page of a thread, newest first.
#[derive(Debug, Clone)]
pub struct Page {
    pub items: Vec<ThreadItem>,
    pub next: Option<Cursor>,
}

/// A strand as it was when the snapshot was taken.
pub(crate) struct StrandSnapshot {
    pub strand: StrandId,
    pub tail: Tail,
    /// Chunks numbered below this are older than the tail.
    pub chunks: u32,
    /// Chunks that no checkpoint has written yet.
    pub unwritten: BTreeMap<ChunkKey, Tail>,
}

/// A consistent view of one customer's thread.
pub struct ThreadReader<D: Disk> {
    pub(crate) strands: Vec<StrandSnapshot>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) reader: Reader<D>,
}

impl<D: Disk> ThreadReader<D> {
    /// The `limit` newest items older than `before` that `wanted` lets through.
    pub fn page(
        &self,
        before: Option<Cursor>,
        limit: usize,
        wanted: impl Fn(&ThreadItem) -> bool,
    ) -> Result<Page, ThreadError> {
        let mut cursor = before;
        let mut items = Vec::new();
        let mut looked_at = 0;
        loop {
            let batch = self.entries(cursor, limit)?;
            let exhausted = batch.len() < limit;
            looked_at += batch.len();
            for (at, entry) in batch {
                cursor = Some(at);
                let item = self.open(at, entry)?;
                if wanted(&item) {
                    items.push(item);
                }
                if items.len() == limit {
                    return Ok(Page { items, next: cursor });
                }
            }
            if exhausted {
                return Ok(Page { items, next: None });
            }
            if looked_at >= ENTRIES_LOOKED_AT_MAX {
                return Ok(Page { items, next: cursor });
            }
        }
    }

    /// Every event of the thread in the order it was taken in, for replaying one customer.
    pub fn events_in_order(&self) -> Result<Vec<(Seq, Position, OpenedEvent)>, ThreadError> {
        let mut found = Vec::new();
        for strand in &self.strands {
            let mut add = |entries: Vec<Entry>| {
                found.extend(entries.into_iter().filter_map(|entry| match entry.what {
                    What::Record(position) => Some((entry.seq, position)),
                    What::Note(_) => None,
                }));
            };
            add(strand.tail.entries());
            strand.unwritten.values().for_each(|tail| add(tail.entries()));
            self.chunks(strand, |_, tail| {
                add(tail.entries());
                true
            })?;
        }
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .map(|(seq, position)| Ok((seq, position, self.event(position)?)))
            .collect::<Result<_, ThreadError>>()
    }

    /// The note of a record that `wanted` lets through; `time` is when it was written.
    pub(crate) fn note_of(
        &self,
        seq: Seq,
        time: Timestamp,
        wanted: impl Fn(&Note) -> bool,
    ) -> Result<Option<Note>, ThreadError> {
        let just_after = Cursor { time, seq: Seq(seq.0 + 1), strand: StrandId(0), part: 0 };
        let entries = self.entries(Some(just_after), NOTES_OF_RECORD_MAX)?;
        let own = entries.into_iter().filter(|(at, _)| at.seq == seq);
        Ok(own
            .filter_map(|(_, entry)| match entry.what {
                What::Note(note) => Some(*note),
                What::Record(_) => None,
            })
            .find(wanted))
    }

    /// The chunks of all strands, with their keys.
    pub(crate) fn every_chunk(&self) -> Result<Vec<(ChunkKey, Tail)>, ThreadError> {
        let mut found = Vec::new();
        for strand in &self.strands {
            found.extend(strand.unwritten.iter().map(|(key, tail)| (*key, tail.clone())));
            self.chunks(strand, |key, tail| {
                found.push((key, tail));
                true
            })?;
        }
        Ok(found)
    }

    /// The newest `limit` entries older than `before`, over all strands.
    fn entries(&self, before: Option<Cursor>, limit: usize) -> Result<Vec<(Cursor, Entry)>, ThreadError> {
        let mut all = Vec::new();
        for strand in &self.strands {
            let mut found = Vec::new();
            let add = |entries: Vec<Entry>, found: &mut Vec<(Cursor, Entry)>| {
                let older = |at: &Cursor| before.is_none_or(|before| *at < before);
                found.extend(number_parts(strand.strand, entries).into_iter().filter(|(at, _)| older(at)));
            };
            add(strand.tail.entries(), &mut found);
            strand.unwritten.values().for_each(|tail| add(tail.entries(), &mut found));
            self.chunks(strand, |key, tail| {
                add(tail.entries(), &mut found);
                found.iter().filter(|(at, ..)| at.time > key.latest).count() < limit
            })?;
            all.append(&mut found);
        }
        all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        all.truncate(limit);
        Ok(all)
    }

    /// Visits a strand's written chunks, latest first.
    fn chunks(
        &self,
        strand: &StrandSnapshot,
        mut visit: impl FnMut(ChunkKey, Tail) -> bool,
    ) -> Result<(), ThreadError> {
        if strand.chunks == 0 {
            return Ok(());
        }
        let (from, to) = (ChunkKey::first(strand.strand).bytes(), ChunkKey::last(strand.strand).bytes());
        let mut failure = None;
        self.store.scan(Table::Threads, &from, &to, true, &mut |row_key, row| {
            let Some(key) = ChunkKey::read(row_key) else { return true };
            if key.number >= strand.chunks || strand.unwritten.contains_key(&key) {
                return true;
            }
            match self.open_chunk(key, row) {
                Ok(Some(tail)) => visit(key, tail),
                Ok(None) => true,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        })?;
        failure.map_or(Ok(()), Err)
    }

    fn open_chunk(&self, key: ChunkKey, row: &[u8]) -> Result<Option<Tail>, ThreadError> {
        let damaged = |cause: String| {
            ThreadError::State(StateError::Row { table: Table::Threads, key: key.strand.to_string(), cause })
        };
        match self.keys.open_row(key.strand, &key.bytes(), row) {
            Ok(plain) => minicbor::decode(&plain).map(Some).map_err(|error| damaged(error.to_string())),
            Err(Opening::Destroyed) => Ok(None),
            Err(other) => Err(damaged(other.to_string())),
        }
    }

    fn open(&self, at: Cursor, entry: Entry) -> Result<ThreadItem, ThreadError> {
        let what = match entry.what {
            What::Note(note) => ItemKind::Note(note),
            What::Record(position) => ItemKind::Event(Box::new(self.event(position)?)),
        };
        Ok(ThreadItem { at, what })
    }

    fn event(&self, position: Position) -> Result<OpenedEvent, ThreadError> {
        let bytes = self.reader.read(position)?;
        match Record::decode(&bytes) {
            Ok(Record::Event(record)) => open_event(&self.keys, record)
                .map_err(|cause| ThreadError::Sealed { position, cause })?
                .ok_or(ThreadError::Foreign(position)),
            Ok(_) | Err(_) => Err(ThreadError::Foreign(position)),
        }
    }
}

/// Opens an event's body; `None` when what was sealed is no event.
pub(crate) fn open_event(keys: &Keys, record: EventRecord) -> Result<Option<OpenedEvent>, Opening> {
    let body = match keys.open_sealed(&record.body, BODY_AAD) {
        Ok(body) => body,
        Err(Opening::Destroyed) => return Ok(Some(OpenedEvent { record, event: None })),
        Err(other) => return Err(other),
    };
    let stamp = Stamp {
        source: record.source,
        channel: record.channel.clone(),
        time: record.time,
        received: record.received,
    };
    Ok(Event::parse(body.into(), stamp).ok().map(|event| OpenedEvent { record, event: Some(event) }))
}

/// Gives each entry its place: entries of one record follow each other in the order they were noted.
fn number_parts(strand: StrandId, entries: Vec<Entry>) -> Vec<(Cursor, Entry)> {
    let mut last = (Seq(0), 0);
    entries
        .into_iter()
        .map(|entry| {
            last = if entry.seq == last.0 { (entry.seq, last.1 + 1) } else { (entry.seq, 0) };
            (Cursor { time: entry.time, seq: entry.seq, strand, part: last.1 }, entry)
        })
        .collect()
}
