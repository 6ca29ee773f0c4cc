//! Unwrapped keys in memory, bounded: the least recently used half is forgotten at a time.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard};

use model::StrandId;

use crate::KeysError;

/// Locks are held for a map access only, so a few dozen parts keep threads out of each other's way.
const PARTS: usize = 64;

type Map = HashMap<StrandId, [u8; 32], BuildHasherDefault<Spread>>;

pub(crate) struct Cache {
    parts: Vec<Mutex<Part>>,
    /// The most keys in the younger half of one part.
    young_max: usize,
}

/// Two generations: when the younger is full, the older is dropped and the younger takes its place.
#[derive(Default)]
struct Part {
    young: Map,
    old: Map,
}

impl Cache {
    pub fn new(keys_max: usize) -> Self {
        let parts = std::iter::repeat_with(Mutex::default).take(PARTS).collect();
        Self { parts, young_max: (keys_max / PARTS / 2).max(1) }
    }

    /// The strand's key, by `load` when it is not held. The part stays locked meanwhile, so that a key read
    /// just before its destruction is not put back after [`Self::forget`].
    pub fn get_or_load(
        &self,
        strand: StrandId,
        load: impl FnOnce() -> Result<[u8; 32], KeysError>,
    ) -> Result<[u8; 32], KeysError> {
        let mut part = self.part(strand);
        if let Some(key) = part.young.get(&strand) {
            return Ok(*key);
        }
        let key = match part.old.remove(&strand) {
            Some(key) => key,
            None => load()?,
        };
        part.put(strand, key, self.young_max);
        Ok(key)
    }

    pub fn put(&self, strand: StrandId, key: [u8; 32]) {
        self.part(strand).put(strand, key, self.young_max);
    }

    pub fn forget(&self, strand: StrandId) {
        let mut part = self.part(strand);
        part.young.remove(&strand);
        part.old.remove(&strand);
    }

    /// How many keys are held.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        let held = |part: &Mutex<Part>| part.lock().map_or(0, |part| part.young.len() + part.old.len());
        self.parts.iter().map(held).sum()
    }

    fn part(&self, strand: StrandId) -> MutexGuard<'_, Part> {
        let part = &self.parts[strand.0 as usize % PARTS];
        part.lock().expect("no holder of this lock panics")
    }
}

impl Part {
    fn put(&mut self, strand: StrandId, key: [u8; 32], young_max: usize) {
        if self.young.len() >= young_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(strand, key);
    }
}

/// Strand numbers are dense and ours, so spreading their bits is all a hash must do.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_and_what_is_used_stays() {
        let cache = Cache::new(12_800);
        for number in 0..100_000 {
            cache.put(StrandId(number), [1; 32]);
            // Strand 5 is asked for all the time and must never be loaded again.
            if number >= 5 {
                cache.get_or_load(StrandId(5), || Err(KeysError::NoEntropy)).unwrap();
            }
        }
        assert!(cache.len() <= 12_800, "{}", cache.len());
    }
}
