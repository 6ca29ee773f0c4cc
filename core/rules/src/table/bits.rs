//! Sets of rows as bits: what makes a decision over hundreds of rows a few instructions for each column.

/// Rows of one table at most.
pub const ROWS_MAX: usize = WORDS * 64;

const WORDS: usize = 8;

/// Some rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    /// The first `count` rows.
    pub fn first(count: usize) -> Self {
        let mut bits = Self::default();
        for (place, word) in bits.0.iter_mut().enumerate() {
            *word = match count.saturating_sub(place * 64) {
                0 => 0,
                left if left >= 64 => u64::MAX,
                left => (1 << left) - 1,
            };
        }
        bits
    }

    pub fn insert(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }

    pub fn contains(&self, row: usize) -> bool {
        self.0[row / 64] & (1 << (row % 64)) != 0
    }

    pub fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Keeps the rows that are in both.
    pub fn keep(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own &= other;
        }
    }

    pub fn retain(&mut self, stays: impl Fn(usize) -> bool) {
        let mut kept = Self::default();
        self.iter().filter(|&row| stays(row)).for_each(|row| kept.insert(row));
        *self = kept;
    }

    /// The rows, the first one first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(place, word)| {
            let next = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let words = std::iter::successors(Some(word).filter(|word| *word != 0), next);
            words.map(move |word| place * 64 + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order_over_all_words() {
        let mut bits = Bits::default();
        for row in [0, 5, 63, 64, 200, ROWS_MAX - 1] {
            bits.insert(row);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 5, 63, 64, 200, ROWS_MAX - 1]);
        bits.keep(&Bits::first(65));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 5, 63, 64]);
        assert_eq!(Bits::first(ROWS_MAX).iter().count(), ROWS_MAX);
    }
}
