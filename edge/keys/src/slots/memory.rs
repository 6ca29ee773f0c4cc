//! Slots in memory that forget what was not synced, by a seed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{SLOT_BYTES, Slots};

/// Slots in memory. Clones are handles to the same slots, so a world can crash them and open them again.
#[derive(Debug, Clone, Default)]
pub struct MemorySlots(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    workspace: Option<Vec<u8>>,
    durable: Vec<u8>,
    seen: Vec<u8>,
    /// Writes since the last sync, by slot number, in order.
    unsynced: Vec<u64>,
    sync_fails_in: Option<u32>,
    space: Option<usize>,
}

impl MemorySlots {
    pub fn new() -> Self {
        Self::default()
    }

    /// Loses a part of the slots written since the last sync, chosen by `seed`; each slot survives whole or not.
    pub fn crash(&self, seed: u64) {
        let mut inner = self.inner();
        let unsynced = std::mem::take(&mut inner.unsynced);
        for slot in unsynced {
            let mixed = (seed ^ slot.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            if (mixed >> 40) & 1 == 1 {
                let range = slot as usize * SLOT_BYTES..(slot as usize + 1) * SLOT_BYTES;
                let bytes = inner.seen[range.clone()].to_vec();
                grow(&mut inner.durable, range.end);
                inner.durable[range].copy_from_slice(&bytes);
            }
        }
        inner.seen = inner.durable.clone();
        inner.sync_fails_in = None;
    }

    /// Lets the `calls`-th sync from now fail; 1 is the next.
    pub fn fail_sync_in(&self, calls: u32) {
        self.inner().sync_fails_in = Some(calls);
    }

    /// Bounds the length of the slot file, in bytes; `None` lifts the bound.
    pub fn set_space(&self, bytes: Option<usize>) {
        self.inner().space = bytes;
    }

    /// All bytes of the slot file as they would be found on the disk.
    pub fn bytes(&self) -> Vec<u8> {
        self.inner().seen.clone()
    }

    /// All bytes of the slot file that no power cut can take.
    pub fn durable(&self) -> Vec<u8> {
        self.inner().durable.clone()
    }

    /// Changes bytes behind the keys' back.
    pub fn damage(&self, offset: usize, mask: u8) {
        let mut inner = self.inner();
        inner.seen[offset] ^= mask;
        if let Some(byte) = inner.durable.get_mut(offset) {
            *byte ^= mask;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Slots for MemorySlots {
    fn workspace(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.inner().workspace.clone())
    }

    fn put_workspace(&self, bytes: &[u8]) -> io::Result<()> {
        self.inner().workspace = Some(bytes.to_vec());
        Ok(())
    }

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.inner().seen.is_empty())
    }

    fn read(&self, first: u64, slots: &mut [u8]) -> io::Result<()> {
        let inner = self.inner();
        let begin = (first as usize * SLOT_BYTES).min(inner.seen.len());
        let count = (inner.seen.len() - begin).min(slots.len());
        slots[..count].copy_from_slice(&inner.seen[begin..begin + count]);
        slots[count..].fill(0);
        Ok(())
    }

    fn write(&self, first: u64, slots: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let begin = first as usize * SLOT_BYTES;
        let end = begin + slots.len();
        if inner.space.is_some_and(|space| end > space && end > inner.seen.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        grow(&mut inner.seen, end);
        inner.seen[begin..end].copy_from_slice(slots);
        inner.unsynced.extend(first..first + (slots.len() / SLOT_BYTES) as u64);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.inner();
        if let Some(calls) = inner.sync_fails_in.as_mut() {
            *calls -= 1;
            if *calls == 0 {
                inner.sync_fails_in = None;
                return Err(io::Error::other("simulated sync error"));
            }
        }
        inner.durable = inner.seen.clone();
        inner.unsynced.clear();
        Ok(())
    }
}

fn grow(bytes: &mut Vec<u8>, len: usize) {
    if bytes.len() < len {
        bytes.resize(len, 0);
    }
}
