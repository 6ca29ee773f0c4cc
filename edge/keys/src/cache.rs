//! Unwrapped keys in memory, bounded: a table of small sets, each strand having its place in one of them.
//!
//! Strand numbers are dense, so the number itself spreads strands evenly over the sets, and as long as there
//! are fewer strands than places nothing is ever pushed out.

use std::sync::{Mutex, MutexGuard};

use model::StrandId;

use crate::KeysError;

/// Locks are held for one access only, so a few dozen parts keep threads out of each other's way.
const PARTS: usize = 64;
/// Places in a set. A key found moves one place forward, the last is pushed out: keys used often stay.
const WAYS: usize = 4;

pub(crate) struct Cache {
    parts: Vec<Mutex<Vec<Set>>>,
}

type Set = [Place; WAYS];

/// A strand's number plus one, and its key; zeros when free, so that a fresh table costs no memory yet.
type Place = (u64, [u8; 32]);

const FREE: Place = (0, [0; 32]);

impl Cache {
    /// Room for at least `keys_max` keys, at 40 bytes each.
    pub fn new(keys_max: usize) -> Self {
        let sets = keys_max.div_ceil(PARTS * WAYS).max(1);
        let part = || Mutex::new(vec![[FREE; WAYS]; sets]);
        Self { parts: std::iter::repeat_with(part).take(PARTS).collect() }
    }

    /// The strand's key, by `load` when it is not held. The part stays locked meanwhile, so that a key read
    /// just before its destruction is not put back after [`Self::forget`].
    pub fn get_or_load(
        &self,
        strand: StrandId,
        load: impl FnOnce() -> Result<[u8; 32], KeysError>,
    ) -> Result<[u8; 32], KeysError> {
        let mut part = self.part(strand);
        let set = set_of(&mut part, strand);
        if let Some(way) = way_of(set, strand) {
            let key = set[way].1;
            set.swap(way, way.saturating_sub(1));
            return Ok(key);
        }
        let key = load()?;
        put(set, strand, key);
        Ok(key)
    }

    pub fn put(&self, strand: StrandId, key: [u8; 32]) {
        let mut part = self.part(strand);
        let set = set_of(&mut part, strand);
        match way_of(set, strand) {
            Some(way) => set[way].1 = key,
            None => put(set, strand, key),
        }
    }

    pub fn forget(&self, strand: StrandId) {
        let mut part = self.part(strand);
        let set = set_of(&mut part, strand);
        if let Some(way) = way_of(set, strand) {
            set[way] = FREE;
        }
    }

    fn part(&self, strand: StrandId) -> MutexGuard<'_, Vec<Set>> {
        let part = &self.parts[strand.0 as usize % PARTS];
        part.lock().expect("no holder of this lock panics")
    }
}

fn set_of(part: &mut [Set], strand: StrandId) -> &mut Set {
    let sets = part.len();
    &mut part[strand.0 as usize / PARTS % sets]
}

fn way_of(set: &Set, strand: StrandId) -> Option<usize> {
    set.iter().position(|(number, _)| *number == strand.0 + 1)
}

/// Takes a free place, or the last one's.
fn put(set: &mut Set, strand: StrandId, key: [u8; 32]) {
    let way = set.iter().position(|(number, _)| *number == 0).unwrap_or(WAYS - 1);
    set[way] = (strand.0 + 1, key);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing() -> Result<[u8; 32], KeysError> {
        Err(KeysError::NoEntropy)
    }

    #[test]
    fn as_many_keys_as_asked_for_are_held() {
        let cache = Cache::new(12_800);
        (0..12_800).for_each(|number| cache.put(StrandId(number), [number as u8; 32]));
        for number in 0..12_800 {
            assert_eq!(cache.get_or_load(StrandId(number), missing).unwrap(), [number as u8; 32]);
        }
    }

    #[test]
    fn what_is_used_often_stays_and_the_rest_is_pushed_out() {
        let cache = Cache::new(12_800);
        for number in 0..100_000 {
            cache.put(StrandId(number), [1; 32]);
            if number >= 5 {
                cache.get_or_load(StrandId(5), missing).unwrap();
            }
        }
        let held =
            (0..100_000).filter(|number| cache.get_or_load(StrandId(*number), missing).is_ok()).count();
        assert!(held <= 12_800, "{held}");
    }

    #[test]
    fn a_forgotten_key_is_gone() {
        let cache = Cache::new(100);
        cache.put(StrandId(0), [1; 32]);
        cache.forget(StrandId(0));
        assert!(cache.get_or_load(StrandId(0), missing).is_err());
    }
}
