//! Message ids of the last thirty days, exact: what has been taken is never taken again.
//!
//! New ids gather in memory; a checkpoint writes them out as a *run*, a blob of sorted 128-bit hashes,
//! with a filter of about sixteen bits an id that stays in memory. Runs of like size are merged, and
//! dropped when their youngest id is older than the window. An id that no filter knows is new (one cache
//! miss per run); an id that a filter may know is looked up in its run, so a filter's false
//! positives cost a read and never an event.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::iter::Peekable;
use std::sync::Arc;

use minicbor::{Decode, Encode};
use model::{MessageHash, Span, Timestamp};

use crate::{StateError, Store};

/// How long an id is remembered.
pub const WINDOW: Span = Span(30 * Span::DAY.0);
/// Runs with fewer ids than this many times a neighbour's are merged with it.
const MERGE_RATIO: u64 = 4;
/// Bits of filter for each id, rounded up with the block size.
const FILTER_BITS_PER_ID: u64 = 16;
/// A filter's block: one cache line.
const BLOCK_BITS: u64 = 512;
/// Bits set per id inside its block.
const PROBES: u32 = 6;
const ID_BYTES: u64 = 16;
/// Ids of a run that are read or written at once.
const PIECE_IDS: usize = 16_384;

/// Message hashes are keyed hashes already; their own bits serve as the hash.
#[derive(Default, Clone, Copy)]
pub struct OwnBits(u64);

impl Hasher for OwnBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

/// What a checkpoint keeps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RunMeta {
    /// The blob's name.
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub ids: u64,
    /// The latest time at which one of its ids was taken.
    #[n(2)]
    pub youngest: Timestamp,
}

struct Run {
    meta: RunMeta,
    filter: Filter,
}

type Ids = HashSet<u128, BuildHasherDefault<OwnBits>>;

/// The ids taken within the window.
pub struct MessageIds {
    recent: Ids,
    youngest: Timestamp,
    /// Ids on their way into a run.
    frozen: Arc<Ids>,
    runs: Vec<Arc<Run>>,
    /// Blobs of merged or expired runs, to be removed once a checkpoint without them is durable.
    obsolete: Vec<String>,
    next_run: u64,
}

/// What a checkpoint writes down, on any thread.
pub struct Frozen {
    ids: Arc<Ids>,
    youngest: Timestamp,
    now: Timestamp,
    runs: Vec<Arc<Run>>,
    obsolete: Vec<String>,
    next_run: u64,
}

/// The runs as they are once the checkpoint that lists them is durable.
pub struct Written {
    runs: Vec<Arc<Run>>,
    obsolete: Vec<String>,
    next_run: u64,
}

impl MessageIds {
    /// Opens the runs a checkpoint lists; none for a new shard.
    pub fn open(store: &dyn Store, runs: &[RunMeta]) -> Result<Self, StateError> {
        let mut opened = Vec::with_capacity(runs.len());
        for meta in runs {
            let bytes = store.read_blob(&meta.name, meta.ids * ID_BYTES, usize::MAX)?;
            let filter = Filter::from_bytes(&bytes)
                .ok_or_else(|| StateError::Store(format!("run {} is damaged", meta.name)))?;
            opened.push(Arc::new(Run { meta: meta.clone(), filter }));
        }
        let number =
            |name: &String| name.rsplit('-').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let mut blobs = store.blobs()?;
        blobs.retain(|name| name.starts_with("messages-"));
        // Numbers go on after those of a checkpoint that a crash cut short: its runs are about to be removed.
        let next_run =
            blobs.iter().chain(runs.iter().map(|run| &run.name)).map(number).max().unwrap_or(0) + 1;
        let listed = |name: &String| runs.iter().any(|run| run.name == *name);
        let obsolete = blobs.into_iter().filter(|name| !listed(name)).collect();
        Ok(Self {
            recent: Ids::default(),
            youngest: Timestamp::MIN,
            frozen: Arc::default(),
            runs: opened,
            obsolete,
            next_run,
        })
    }

    /// Whether the id was surely not taken before the runs, and what is on its way into one, were made; what was taken
    /// since does not count. Holds until the next call of [`Self::freeze`] or [`Self::written`].
    pub fn is_new_to_runs(&self, id: MessageHash) -> bool {
        !self.frozen.contains(&id.0) && !self.runs.iter().any(|run| run.filter.may_hold(id.0))
    }

    /// Whether the id, which [`Self::is_new_to_runs`], was taken before; remembers it.
    pub fn seen_lately(&mut self, id: MessageHash, taken: Timestamp) -> bool {
        self.youngest = self.youngest.max(taken);
        !self.recent.insert(id.0)
    }

    /// Whether the id was taken before; remembers it.
    pub fn seen(&mut self, store: &dyn Store, id: MessageHash, taken: Timestamp) -> Result<bool, StateError> {
        if self.frozen.contains(&id.0) || self.in_runs(store, id.0)? {
            return Ok(true);
        }
        Ok(self.seen_lately(id, taken))
    }

    /// Remembers an id that a replayed record carries.
    pub fn remember(&mut self, id: MessageHash, taken: Timestamp) {
        self.recent.insert(id.0);
        self.youngest = self.youngest.max(taken);
    }

    /// Forgets an id whose batch was refused.
    pub fn forget(&mut self, id: MessageHash) {
        self.recent.remove(&id.0);
    }

    pub fn recent_len(&self) -> usize {
        self.recent.len() + self.frozen.len()
    }

    fn in_runs(&self, store: &dyn Store, id: u128) -> Result<bool, StateError> {
        for run in &self.runs {
            if run.filter.may_hold(id) && run_holds(store, &run.meta, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sets the recent ids aside for a checkpoint; they count as taken all the while. [`MessageIds::written`] follows.
    pub fn freeze(&mut self, now: Timestamp) -> Frozen {
        // As many may come again: a set that grows moves all it holds each time.
        let next = Ids::with_capacity_and_hasher(self.recent.len(), BuildHasherDefault::default());
        self.frozen = Arc::new(std::mem::replace(&mut self.recent, next));
        Frozen {
            ids: Arc::clone(&self.frozen),
            youngest: std::mem::replace(&mut self.youngest, Timestamp::MIN),
            now,
            runs: self.runs.clone(),
            obsolete: Vec::new(),
            next_run: self.next_run,
        }
    }

    /// The checkpoint is durable: its runs take the place of what was set aside, and blobs that no checkpoint lists
    /// any more are removed.
    pub fn written(&mut self, store: &dyn Store, written: Written) -> Result<(), StateError> {
        self.frozen = Arc::default();
        (self.runs, self.next_run) = (written.runs, written.next_run);
        self.obsolete.extend(written.obsolete);
        self.obsolete.drain(..).try_for_each(|name| store.remove_blob(&name))
    }
}

impl Written {
    /// What the checkpoint must list.
    pub fn runs(&self) -> Vec<RunMeta> {
        self.runs.iter().map(|run| run.meta.clone()).collect()
    }
}

impl Frozen {
    /// Writes the ids out as a run, merges runs and drops expired ones.
    pub fn write(mut self, store: &dyn Store) -> Result<Written, StateError> {
        if !self.ids.is_empty() {
            let mut ids: Vec<u128> = self.ids.iter().copied().collect();
            ids.sort_unstable();
            let youngest = self.youngest;
            self.write_run(store, ids.len() as u64, ids.into_iter().map(Ok), youngest)?;
        }
        let now = self.now;
        let expired = |run: &Arc<Run>| run.meta.youngest + WINDOW < now;
        self.obsolete.extend(self.runs.iter().filter(|run| expired(run)).map(|run| run.meta.name.clone()));
        self.runs.retain(|run| !expired(run));
        while let [.., older, newer] = &self.runs[..]
            && older.meta.ids < newer.meta.ids * MERGE_RATIO
        {
            self.merge_last_two(store)?;
        }
        Ok(Written { runs: self.runs, obsolete: self.obsolete, next_run: self.next_run })
    }

    fn merge_last_two(&mut self, store: &dyn Store) -> Result<(), StateError> {
        let (Some(newer), Some(older)) = (self.runs.pop(), self.runs.pop()) else { return Ok(()) };
        self.obsolete.extend([older.meta.name.clone(), newer.meta.name.clone()]);
        let ids = Merged::new(RunIds::new(store, &older.meta), RunIds::new(store, &newer.meta));
        let youngest = older.meta.youngest.max(newer.meta.youngest);
        self.write_run(store, older.meta.ids + newer.meta.ids, ids, youngest)
    }

    /// Writes a run of sorted ids, at most `ids_max`, piece by piece: there may be more than memory has room for.
    fn write_run(
        &mut self,
        store: &dyn Store,
        ids_max: u64,
        mut ids: impl Iterator<Item = Result<u128, StateError>>,
        youngest: Timestamp,
    ) -> Result<(), StateError> {
        let name = format!("messages-{:020}", self.next_run);
        self.next_run += 1;
        let mut filter = Filter::new(ids_max);
        let (mut count, mut words) = (0, 0);
        store.put_blob(&name, &mut |piece| {
            for id in ids.by_ref().take(PIECE_IDS) {
                let id = id?;
                filter.add(id);
                piece.extend_from_slice(&id.to_be_bytes());
                count += 1;
            }
            if piece.is_empty() {
                let rest = filter.words[words..].iter().take(PIECE_IDS);
                rest.clone().for_each(|word| piece.extend_from_slice(&word.to_le_bytes()));
                words += rest.len();
            }
            Ok(())
        })?;
        self.runs.push(Arc::new(Run { meta: RunMeta { name, ids: count, youngest }, filter }));
        Ok(())
    }
}

/// The ids of a run in order, read piece by piece.
struct RunIds<'a> {
    store: &'a dyn Store,
    run: &'a RunMeta,
    /// Ids read so far.
    read: u64,
    piece: std::vec::IntoIter<u128>,
}

impl<'a> RunIds<'a> {
    fn new(store: &'a dyn Store, run: &'a RunMeta) -> Self {
        Self { store, run, read: 0, piece: Vec::new().into_iter() }
    }

    fn read_on(&mut self) -> Result<(), StateError> {
        let count = (self.run.ids - self.read).min(PIECE_IDS as u64);
        let bytes =
            self.store.read_blob(&self.run.name, self.read * ID_BYTES, (count * ID_BYTES) as usize)?;
        let (ids, _) = bytes.as_chunks::<16>();
        if ids.len() as u64 != count {
            return Err(StateError::Store(format!("run {} is cut short", self.run.name)));
        }
        self.read += count;
        self.piece = ids.iter().map(|id| u128::from_be_bytes(*id)).collect::<Vec<u128>>().into_iter();
        Ok(())
    }
}

impl Iterator for RunIds<'_> {
    type Item = Result<u128, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.piece.len() == 0
            && self.read < self.run.ids
            && let Err(error) = self.read_on()
        {
            return Some(Err(error));
        }
        self.piece.next().map(Ok)
    }
}

/// Two sorted runs as one, each id once.
struct Merged<I: Iterator> {
    a: Peekable<I>,
    b: Peekable<I>,
}

impl<I: Iterator> Merged<I> {
    fn new(a: I, b: I) -> Self {
        Self { a: a.peekable(), b: b.peekable() }
    }
}

impl<I: Iterator<Item = Result<u128, StateError>>> Iterator for Merged<I> {
    type Item = Result<u128, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        match (self.a.peek(), self.b.peek()) {
            (Some(Ok(a)), Some(Ok(b))) if a == b => {
                // The same id in both is kept once.
                self.b.next();
                self.a.next()
            }
            (Some(Ok(a)), Some(Ok(b))) if b < a => self.b.next(),
            (None, _) | (Some(Ok(_)), Some(Err(_))) => self.b.next(),
            (Some(_), _) => self.a.next(),
        }
    }
}

/// Looks an id up in its run. The ids are uniform, so the first guess is close: a window of 128 ids
/// around it is read, and widened in the rare case that it missed.
fn run_holds(store: &dyn Store, run: &RunMeta, id: u128) -> Result<bool, StateError> {
    let guess = (((id >> 64) * u128::from(run.ids)) >> 64) as u64;
    let mut reach = 64;
    loop {
        let (from, to) = (guess.saturating_sub(reach), (guess + reach).min(run.ids));
        let bytes = store.read_blob(&run.name, from * ID_BYTES, ((to - from) * ID_BYTES) as usize)?;
        let (ids, _) = bytes.as_chunks::<16>();
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(false) };
        let below = from > 0 && id < u128::from_be_bytes(*first);
        let above = to < run.ids && id > u128::from_be_bytes(*last);
        if !below && !above {
            return Ok(ids.binary_search(&id.to_be_bytes()).is_ok());
        }
        reach *= 16;
    }
}

/// A blocked Bloom filter: one cache line is touched per look-up.
struct Filter {
    words: Vec<u64>,
}

const BLOCK_WORDS: usize = (BLOCK_BITS / 64) as usize;

impl Filter {
    /// One with room for so many ids.
    fn new(ids: u64) -> Self {
        let blocks = (ids * FILTER_BITS_PER_ID).div_ceil(BLOCK_BITS).max(1);
        Self { words: vec![0; blocks as usize * BLOCK_WORDS] }
    }

    fn add(&mut self, id: u128) {
        let block = self.block(id);
        Self::bits(id).for_each(|bit| self.words[block + bit / 64] |= 1 << (bit % 64));
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let valid = rest.is_empty() && !words.is_empty() && words.len() % BLOCK_WORDS == 0;
        valid.then(|| Self { words: words.iter().map(|word| u64::from_le_bytes(*word)).collect() })
    }

    fn may_hold(&self, id: u128) -> bool {
        let block = self.block(id);
        Self::bits(id).all(|bit| self.words[block + bit / 64] & (1 << (bit % 64)) != 0)
    }

    fn block(&self, id: u128) -> usize {
        let blocks = (self.words.len() / BLOCK_WORDS) as u128;
        (((id >> 64) * blocks) >> 64) as usize * BLOCK_WORDS
    }

    fn bits(id: u128) -> impl Iterator<Item = usize> {
        (0..PROBES).map(move |probe| ((id as u64 >> (probe * 9)) % BLOCK_BITS) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    /// A stand-in for keyed hashes: spread, and reproducible.
    fn id(number: u64) -> MessageHash {
        let spread = |value: u64| {
            value.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9)
        };
        MessageHash((u128::from(spread(number)) << 64) | u128::from(spread(number ^ 0x5555)))
    }

    fn checkpoint(ids: &mut MessageIds, store: &MemoryStore, now: Timestamp) -> Vec<RunMeta> {
        let written = ids.freeze(now).write(store).unwrap();
        let listed = written.runs();
        ids.written(store, written).unwrap();
        listed
    }

    #[test]
    fn only_what_is_in_no_run_and_not_on_its_way_into_one_is_new_to_them() {
        let store = MemoryStore::default();
        let mut ids = MessageIds::open(&store, &[]).unwrap();
        ids.seen(&store, id(1), Timestamp(0)).unwrap();
        checkpoint(&mut ids, &store, Timestamp(0));
        ids.seen(&store, id(2), Timestamp(0)).unwrap();
        let frozen = ids.freeze(Timestamp(0));
        assert!(!ids.is_new_to_runs(id(1)), "it is in a run");
        assert!(!ids.is_new_to_runs(id(2)), "it is on its way into one");
        assert!(ids.is_new_to_runs(id(3)));
        assert!(!ids.seen_lately(id(3), Timestamp(0)));
        assert!(ids.seen_lately(id(3), Timestamp(0)), "and is found among those taken since");
        let written = frozen.write(&store).unwrap();
        ids.written(&store, written).unwrap();
        assert!(!ids.is_new_to_runs(id(2)));
    }

    #[test]
    fn what_is_being_written_counts_as_taken() {
        let store = MemoryStore::default();
        let mut ids = MessageIds::open(&store, &[]).unwrap();
        assert!(!ids.seen(&store, id(1), Timestamp(0)).unwrap());
        let frozen = ids.freeze(Timestamp(0));
        assert!(ids.seen(&store, id(1), Timestamp(1)).unwrap());
        assert!(!ids.seen(&store, id(2), Timestamp(1)).unwrap());
        let written = frozen.write(&store).unwrap();
        ids.written(&store, written).unwrap();
        assert!(ids.seen(&store, id(1), Timestamp(2)).unwrap());
        assert!(ids.seen(&store, id(2), Timestamp(2)).unwrap());
    }

    #[test]
    fn an_id_is_new_once_across_runs_merges_and_restarts() {
        let store = MemoryStore::default();
        let mut ids = MessageIds::open(&store, &[]).unwrap();
        let mut listed = Vec::new();
        for round in 0..9 {
            for number in 0..500 {
                let at = Timestamp(round * 1_000);
                let number = round as u64 * 500 + number;
                assert!(!ids.seen(&store, id(number), at).unwrap(), "{number} is new");
            }
            listed = checkpoint(&mut ids, &store, Timestamp(round * 1_000));
        }
        assert!(listed.len() <= 4, "runs are merged: {}", listed.len());
        let mut reopened = MessageIds::open(&store, &listed).unwrap();
        for number in 0..4_500 {
            assert!(reopened.seen(&store, id(number), Timestamp(9_000)).unwrap(), "{number} was taken");
        }
        assert!(!reopened.seen(&store, id(4_500), Timestamp(9_000)).unwrap());
    }

    #[test]
    fn runs_longer_than_a_piece_are_merged_and_keep_each_id_once() {
        let store = MemoryStore::default();
        let mut ids = MessageIds::open(&store, &[]).unwrap();
        let each = PIECE_IDS as u64 * 2 + 7;
        let mut listed = Vec::new();
        for round in 0..3 {
            // Half of them are in the run before, too, as after a replay.
            (0..each).for_each(|number| ids.remember(id(round * each / 2 + number), Timestamp(0)));
            listed = checkpoint(&mut ids, &store, Timestamp(0));
        }
        let [run] = &listed[..] else { panic!("one run is left: {listed:?}") };
        assert_eq!(run.ids, each * 2);
        let bytes = store.read_blob(&run.name, 0, (run.ids * ID_BYTES) as usize).unwrap();
        assert!(bytes.as_chunks::<16>().0.is_sorted());
        let mut reopened = MessageIds::open(&store, &listed).unwrap();
        for number in 0..run.ids {
            assert!(reopened.seen(&store, id(number), Timestamp(0)).unwrap(), "{number} was taken");
        }
        assert!(!reopened.seen(&store, id(run.ids), Timestamp(0)).unwrap());
    }

    #[test]
    fn ids_are_forgotten_after_thirty_days() {
        let store = MemoryStore::default();
        let mut ids = MessageIds::open(&store, &[]).unwrap();
        ids.seen(&store, id(1), Timestamp(0)).unwrap();
        assert_eq!(checkpoint(&mut ids, &store, Timestamp(WINDOW.0)).len(), 1);
        assert!(ids.seen(&store, id(1), Timestamp(WINDOW.0)).unwrap());
        assert_eq!(checkpoint(&mut ids, &store, Timestamp(WINDOW.0 + 1)).len(), 0);
        assert!(!ids.seen(&store, id(1), Timestamp(WINDOW.0 + 1)).unwrap());
    }

    #[test]
    fn filters_rarely_err_and_never_miss() {
        let ids: Vec<u128> = (0..20_000).map(|number| id(number).0).collect();
        let mut filter = Filter::new(ids.len() as u64);
        ids.iter().for_each(|&id| filter.add(id));
        assert!(ids.iter().all(|&id| filter.may_hold(id)));
        let errors = (20_000..120_000).filter(|&number| filter.may_hold(id(number).0)).count();
        assert!(errors < 400, "{errors} of 100,000");
    }
}
