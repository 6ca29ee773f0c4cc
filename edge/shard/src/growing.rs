//! A list and a map that grow a little at a time. Ordinary ones move all they hold when they grow, and with a million
//! entries everybody waits for that.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

/// Entries in a piece of a list.
const PIECE: usize = 4_096;
/// Parts of a map.
const PARTS: usize = 64;
/// Which bits of a hash name the part: the map inside takes the place of an entry from the lowest and tells its
/// neighbours apart by the highest.
const PART_SHIFT: u32 = 48;

/// A list in pieces.
pub(crate) struct Pile<T> {
    /// All but the last are full.
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Pile<T> {
    pub fn push(&mut self, value: T) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(value),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(value);
                self.pieces.push(piece);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    /// Takes the last entries off, at most `count` and not more than a piece.
    pub fn take_last(&mut self, count: usize) -> Vec<T> {
        let Some(last) = self.pieces.last_mut() else { return Vec::new() };
        let taken = last.split_off(last.len().saturating_sub(count));
        if last.is_empty() {
            self.pieces.pop();
        }
        taken
    }
}

impl<T> Extend<T> for Pile<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T> FromIterator<T> for Pile<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut pile = Self::default();
        pile.extend(values);
        pile
    }
}

impl<T> IntoIterator for Pile<T> {
    type Item = T;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter().flatten()
    }
}

impl<T> std::ops::Index<usize> for Pile<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.pieces[place / PIECE][place % PIECE]
    }
}

impl<T> std::ops::IndexMut<usize> for Pile<T> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        &mut self.pieces[place / PIECE][place % PIECE]
    }
}

/// A hash map in parts.
pub(crate) struct Parted<K, V, S> {
    parts: Vec<HashMap<K, V, S>>,
    hasher: S,
}

impl<K, V, S: Default> Default for Parted<K, V, S> {
    fn default() -> Self {
        Self { parts: std::iter::repeat_with(HashMap::default).take(PARTS).collect(), hasher: S::default() }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Parted<K, V, S> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.parts[self.part(key)].get(key)
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let part = self.part(&key);
        self.parts[part].insert(key, value)
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let part = self.part(key);
        self.parts[part].remove(key)
    }

    pub fn len(&self) -> usize {
        self.parts.iter().map(HashMap::len).sum()
    }

    fn part(&self, key: &K) -> usize {
        (self.hasher.hash_one(key) >> PART_SHIFT) as usize % PARTS
    }
}

#[cfg(test)]
mod tests {
    use foldhash::fast::FixedState;

    use super::*;

    #[test]
    fn a_pile_keeps_its_order_over_pieces_and_gives_back_from_the_end() {
        let mut pile = Pile::default();
        assert!(pile.is_empty() && pile.take_last(3).is_empty());
        pile.extend(0..PIECE + 5);
        assert_eq!((pile.len(), pile[3], pile[PIECE + 4]), (PIECE + 5, 3, PIECE + 4));
        pile[PIECE] = 7;
        assert_eq!(pile.take_last(2), [PIECE + 3, PIECE + 4]);
        assert_eq!(pile.take_last(9), [7, PIECE + 1, PIECE + 2], "no more than what the last piece has");
        assert_eq!(pile.len(), PIECE);
        pile.push(1);
        assert_eq!(pile.iter().sum::<usize>(), PIECE * (PIECE - 1) / 2 + 1);
        assert!(pile.into_iter().eq((0..PIECE).chain([1])));
    }

    #[test]
    fn a_parted_map_finds_what_was_put_in_and_spreads_it() {
        let mut map: Parted<u64, u64, FixedState> = Parted::default();
        for key in 0..64_000 {
            assert_eq!(map.insert(key, key + 1), None);
        }
        assert_eq!(map.insert(5, 50), Some(6));
        assert_eq!(map.remove(&6), Some(7));
        assert_eq!((map.get(&5), map.contains_key(&6)), (Some(&50), false));
        assert_eq!(map.len(), 63_999);
        assert!(map.parts.iter().all(|part| (800..1_200).contains(&part.len())));
    }
}
