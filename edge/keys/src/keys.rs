//! The keys of one workspace: creating, using and destroying them.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use model::record::Sealed;
use model::{Identifier, IdentifierHash, MessageHash, SourceId, StrandId};
use ring::aead::NONCE_LEN;

use crate::cache::Cache;
use crate::slots::{SLOT_BYTES, STRANDS_MAX};
use crate::wrap::{self, Slot, WorkspaceKeys, Wrapper};
use crate::{Entropy, FileSlots, KeysError, Opening, RootKey, Sealer, Slots, SystemEntropy, hashes, seal};

/// How many unwrapped keys [`Keys::open`] holds in memory: at most 42 MB.
const CACHED_MAX: usize = 1 << 20;
/// The most slots written at once: 1 MiB.
const RUN_MAX: usize = 1 << 14;
/// How many nonces of rows are drawn at once: a call of the system costs as much as sealing a row.
const NONCES_DRAWN: usize = 256;

/// The keys of one workspace; shared between threads.
pub struct Keys {
    slots: Box<dyn Slots>,
    entropy: Box<dyn Entropy>,
    wrapper: Wrapper,
    index_key: [u8; 16],
    cache: Cache,
    /// Held while slots change.
    changing: Mutex<Changes>,
    /// Held while changes become durable, so that nobody takes the success of a later try for its own. Keys are made
    /// meanwhile.
    syncing: Mutex<()>,
    nonces: Mutex<Vec<u8>>,
}

/// What became of changes to the slots.
struct Changes {
    /// How many were made, and how many of them are durable.
    made: u64,
    durable: u64,
    /// Why one may never become durable, once that happened.
    poisoned: Option<String>,
}

impl Keys {
    /// Bytes of a sealed row beside its plain text: nonce and tag.
    pub const ROW_OVERHEAD: usize = NONCE_LEN + 16;

    /// Opens the keys in `folder`, or makes them. The folder must not be the ledger's or one of its copies.
    pub fn open(folder: &Path, root: RootKey) -> Result<Self, KeysError> {
        let slots =
            FileSlots::open(folder).map_err(|source| KeysError::Io { doing: "open slots", source })?;
        Self::with(slots, root, SystemEntropy, CACHED_MAX)
    }

    /// The same with other slots, other randomness and another bound of the cache, in keys.
    pub fn with(
        slots: impl Slots,
        root: RootKey,
        entropy: impl Entropy,
        cached_max: usize,
    ) -> Result<Self, KeysError> {
        let stored = slots.workspace().map_err(failed("read `workspace.key`"))?;
        let workspace = match stored {
            Some(bytes) => WorkspaceKeys::unwrap(&bytes, &root)?,
            None if !slots.is_empty().map_err(failed("read `strands.keys`"))? => {
                return Err(KeysError::NoWorkspaceKey);
            }
            None => make_workspace(&slots, &root, &entropy)?,
        };
        Ok(Self {
            slots: Box::new(slots),
            entropy: Box::new(entropy),
            wrapper: Wrapper::new(&workspace.wrapping),
            index_key: workspace.index,
            cache: Cache::new(cached_max),
            // Who opened the slots before may have ended without a sync.
            changing: Mutex::new(Changes { made: 1, durable: 0, poisoned: None }),
            syncing: Mutex::new(()),
            nonces: Mutex::new(Vec::new()),
        })
    }

    /// Makes keys for new strands, durable on return. Strands that have one keep it; destroyed ones are an error.
    pub fn create(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        self.create_unsynced(strands)?;
        self.sync()
    }

    /// The same without waiting for the disk: usable at once, durable after [`Self::sync`]. What is sealed
    /// under such a key may be acknowledged only after that; a crash before it leaves the strand without a
    /// key, and what was sealed as unreadable as if erased.
    pub fn create_unsynced(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        let mut changing = self.change()?;
        let missing = self.missing(strands)?;
        for run in runs(&missing) {
            let mut bytes = vec![0; run.len() * SLOT_BYTES];
            let mut random = vec![0; run.len() * (32 + NONCE_LEN)];
            self.entropy.fill(&mut random)?;
            let drawn = random.chunks_exact(32 + NONCE_LEN);
            for ((strand, slot), drawn) in run.iter().zip(bytes.chunks_exact_mut(SLOT_BYTES)).zip(drawn) {
                let (key, nonce) = drawn.split_at(32);
                let key = key.try_into().expect("the first 32 bytes drawn");
                self.wrapper.wrap(*strand, key, nonce.try_into().expect("the bytes drawn after them"), slot);
            }
            changing.made += 1;
            self.slots.write(run[0].0, &bytes).map_err(|source| unwritten(&mut changing, &source))?;
            for (strand, drawn) in run.iter().zip(random.chunks_exact(32 + NONCE_LEN)) {
                self.cache.put(*strand, drawn[..32].try_into().expect("the first 32 bytes drawn"));
            }
        }
        Ok(())
    }

    /// Returns once every key made so far survives a power cut.
    pub fn sync(&self) -> Result<(), KeysError> {
        let _one_at_a_time = self.syncing.lock().expect("no holder of this lock panics");
        let changing = self.change()?;
        let made = changing.made;
        if changing.durable == made {
            return Ok(());
        }
        drop(changing);
        let synced = self.slots.sync();
        let mut changing = self.change()?;
        synced.map_err(|source| poison(&mut changing, &source))?;
        changing.durable = made;
        Ok(())
    }

    /// Destroys keys, durable on return: no copy of the ledger can be read again for these strands. Strands
    /// that never had a key are marked, too, and get none.
    pub fn destroy(&self, strands: &[StrandId]) -> Result<(), KeysError> {
        let mut changing = self.change()?;
        strands.iter().try_for_each(|strand| check_bound(*strand))?;
        for strand in strands {
            let mut slot = [0; SLOT_BYTES];
            self.wrapper.mark_destroyed(*strand, self.row_nonce()?, &mut slot);
            changing.made += 1;
            self.slots.write(strand.0, &slot).map_err(|source| unwritten(&mut changing, &source))?;
            self.cache.forget(*strand);
        }
        drop(changing);
        self.sync()
    }

    /// A copy of the strand's key.
    pub fn sealer(&self, strand: StrandId) -> Result<Sealer, KeysError> {
        let key = self.cache.get_or_load(strand, || {
            let mut slot = [0; SLOT_BYTES];
            check_bound(strand)?;
            self.slots.read(strand.0, &mut slot).map_err(failed("read `strands.keys`"))?;
            match self.wrapper.unwrap(strand, &slot)? {
                Slot::Live(key) => Ok(key),
                Slot::Destroyed => Err(KeysError::Destroyed { strand }),
                Slot::Empty => Err(KeysError::Unknown { strand }),
            }
        })?;
        Ok(Sealer::new(strand, key))
    }

    /// Appends ciphertext and tag to `out`. A pair of `epoch` and `counter` must never come twice for a strand.
    pub fn seal(
        &self,
        strand: StrandId,
        epoch: u32,
        counter: u64,
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), KeysError> {
        self.sealer(strand)?.seal(epoch, counter, aad, plain, out);
        Ok(())
    }

    pub fn open_sealed(&self, sealed: &Sealed, aad: &[u8]) -> Result<Vec<u8>, Opening> {
        self.sealer(sealed.strand)?.open(sealed, aad)
    }

    /// Appends nonce, ciphertext and tag of a row of derived state to `out`.
    pub fn seal_row(
        &self,
        strand: StrandId,
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), KeysError> {
        let sealer = self.sealer(strand)?;
        seal::seal_row(&sealer, self.row_nonce()?, aad, plain, out);
        Ok(())
    }

    pub fn open_row(&self, strand: StrandId, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Opening> {
        seal::open_row(&self.sealer(strand)?, aad, sealed)
    }

    /// The key of keyed hashes; it opens nothing.
    pub fn index_key(&self) -> [u8; 16] {
        self.index_key
    }

    pub fn identifier_hash(&self, identifier: &Identifier) -> IdentifierHash {
        hashes::identifier_hash(&self.index_key, identifier)
    }

    pub fn message_hash(&self, source: SourceId, message_id: &str) -> MessageHash {
        hashes::message_hash(&self.index_key, source, message_id)
    }

    /// Those of `strands` that have no key yet, sorted; an error when one was destroyed.
    fn missing(&self, strands: &[StrandId]) -> Result<Vec<StrandId>, KeysError> {
        let mut sorted = strands.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut missing = Vec::new();
        for run in runs(&sorted) {
            check_bound(run[run.len() - 1])?;
            let mut bytes = vec![0; run.len() * SLOT_BYTES];
            self.slots.read(run[0].0, &mut bytes).map_err(failed("read `strands.keys`"))?;
            for (strand, slot) in run.iter().zip(bytes.chunks_exact(SLOT_BYTES)) {
                if wrap::is_empty(slot) {
                    missing.push(*strand);
                } else if self.wrapper.unwrap(*strand, slot)? == Slot::Destroyed {
                    return Err(KeysError::Destroyed { strand: *strand });
                }
            }
        }
        Ok(missing)
    }

    fn row_nonce(&self) -> Result<[u8; NONCE_LEN], KeysError> {
        let mut drawn = self.nonces.lock().expect("no holder of this lock panics");
        if drawn.is_empty() {
            let mut fresh = vec![0; NONCES_DRAWN * NONCE_LEN];
            self.entropy.fill(&mut fresh)?;
            *drawn = fresh;
        }
        let rest = drawn.len() - NONCE_LEN;
        let nonce = drawn[rest..].try_into().expect("the rest has the length of a nonce");
        drawn.truncate(rest);
        Ok(nonce)
    }

    /// The right to change slots; refused once a change may not have become durable.
    fn change(&self) -> Result<MutexGuard<'_, Changes>, KeysError> {
        let changing = self.changing.lock().expect("no holder of this lock panics");
        match &changing.poisoned {
            Some(cause) => Err(KeysError::Poisoned { cause: cause.clone() }),
            None => Ok(changing),
        }
    }
}

fn make_workspace(
    slots: &impl Slots,
    root: &RootKey,
    entropy: &impl Entropy,
) -> Result<WorkspaceKeys, KeysError> {
    let mut keys = WorkspaceKeys { wrapping: [0; 32], index: [0; 16] };
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut keys.wrapping)?;
    entropy.fill(&mut keys.index)?;
    entropy.fill(&mut nonce)?;
    slots.put_workspace(&keys.wrap(root, nonce)).map_err(failed("write `workspace.key`"))?;
    Ok(keys)
}

/// Splits sorted strands into stretches of consecutive numbers.
fn runs(strands: &[StrandId]) -> impl Iterator<Item = &[StrandId]> {
    let consecutive = |a: &StrandId, b: &StrandId| a.0.checked_add(1) == Some(b.0);
    strands.chunk_by(consecutive).flat_map(|run| run.chunks(RUN_MAX))
}

fn check_bound(strand: StrandId) -> Result<(), KeysError> {
    if strand.0 < STRANDS_MAX { Ok(()) } else { Err(KeysError::TooFar { strand }) }
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> KeysError {
    move |source| KeysError::Io { doing, source }
}

/// A full disk is a state to wait out; anything else is not understood, and then no key changes any more.
fn unwritten(changing: &mut Changes, source: &io::Error) -> KeysError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => KeysError::Full,
        _ => poison(changing, source),
    }
}

/// Remembers that a change may not be durable; no key is made or destroyed after this.
fn poison(changing: &mut Changes, source: &io::Error) -> KeysError {
    let cause = source.to_string();
    changing.poisoned = Some(cause.clone());
    KeysError::Poisoned { cause }
}
