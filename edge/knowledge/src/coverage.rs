//! Which words of the articles a word of a question means, and how much of a question an article speaks of.

use std::collections::{BTreeMap, BTreeSet};

/// A word that has to be typed at least so far before it is completed.
const PREFIX_CHARS_MIN: usize = 3;
/// A stem of so many letters is the beginning of words of its family only.
const FAMILY_CHARS_MIN: usize = 5;
/// Shorter words have no typing mistakes: too many others are one letter away.
const ONE_MISTAKE_CHARS_MIN: usize = 4;
const TWO_MISTAKES_CHARS_MIN: usize = 8;
/// How much a word counts that is not the very one.
const COMPLETED: f32 = 0.8;
const ONE_MISTAKE: f32 = 0.7;
const TWO_MISTAKES: f32 = 0.5;

/// Every word of one language's articles, with the number of articles it is in.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    words: BTreeMap<String, usize>,
    articles: usize,
}

/// A word of a question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// How much it says: rare words say more.
    pub weight: f64,
    /// The words of articles that it may mean, each with how surely.
    pub means: Vec<(String, f32)>,
}

impl Vocabulary {
    /// Takes in the words of one article.
    pub fn add(&mut self, words: &BTreeSet<String>) {
        self.articles += 1;
        for word in words {
            *self.words.entry(word.clone()).or_default() += 1;
        }
    }

    /// What a word means: itself, else the words it is the beginning of, else those it may be misspelt for.
    pub fn meaning(&self, word: &str, unfinished: bool) -> Asked {
        let mut means: Vec<(String, f32)> = Vec::new();
        if self.words.contains_key(word) {
            means.push((word.to_owned(), 1.0));
        }
        let chars = word.chars().count();
        // Stems of one family differ: `delivered` and `delivery` have `deliv` in common.
        let related = means.is_empty() && chars >= FAMILY_CHARS_MIN;
        if unfinished && chars >= PREFIX_CHARS_MIN || related {
            let begun = self.words.range(word.to_owned()..).take_while(|(known, _)| known.starts_with(word));
            means.extend(
                begun.filter(|(known, _)| *known != word).map(|(known, _)| (known.clone(), COMPLETED)),
            );
        }
        if means.is_empty() && chars >= ONE_MISTAKE_CHARS_MIN {
            let most = if chars >= TWO_MISTAKES_CHARS_MIN { 2 } else { 1 };
            let near = self.words.keys().filter_map(|known| match mistakes(word, known, most)? {
                1 => Some((known.clone(), ONE_MISTAKE)),
                _ => Some((known.clone(), TWO_MISTAKES)),
            });
            means.extend(near);
        }
        let rarest = means.iter().filter_map(|(known, _)| self.words.get(known)).min();
        Asked { weight: self.weight(rarest.copied().unwrap_or(1)), means }
    }

    /// The inverse document frequency as in BM25.
    fn weight(&self, in_articles: usize) -> f64 {
        let (all, found) = (self.articles as f64, in_articles as f64);
        (1.0 + (all - found + 0.5) / (found + 0.5)).ln()
    }
}

/// How much of what was asked is among `words`, from 0 to 1.
pub(crate) fn coverage(asked: &[Asked], words: &BTreeSet<String>) -> f64 {
    let all: f64 = asked.iter().map(|own| own.weight).sum();
    if all == 0.0 {
        return 0.0;
    }
    let found = |own: &Asked| {
        let sure = own.means.iter().filter(|(word, _)| words.contains(word)).map(|(_, sure)| *sure);
        f64::from(sure.fold(0.0, f32::max)) * own.weight
    };
    asked.iter().map(found).sum::<f64>() / all
}

/// Letters to change, add, drop or swap to get from one word to the other (optimal string alignment), up to `most`;
/// the first letter is taken to be right, because people rarely miss it.
fn mistakes(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.first() != other.first() || one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for row in 1..=one.len() {
        let mut costs = vec![row];
        for column in 1..=other.len() {
            let differs = usize::from(one[row - 1] != other[column - 1]);
            let changed = rows[row - 1][column - 1] + differs;
            let mut cost = changed.min(rows[row - 1][column] + 1).min(costs[column - 1] + 1);
            let swapped = row > 1
                && column > 1
                && one[row - 1] == other[column - 2]
                && one[row - 2] == other[column - 1];
            if swapped {
                cost = cost.min(rows[row - 2][column - 2] + 1);
            }
            costs.push(cost);
        }
        rows.push(costs);
    }
    rows[one.len()].last().copied().filter(|cost| *cost <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_counted_as_people_make_them() {
        for (one, other, cost) in [
            ("refund", "refund", Some(0)),
            ("refnud", "refund", Some(1)),
            ("refun", "refund", Some(1)),
            ("refuund", "refund", Some(1)),
            ("rafund", "refund", Some(1)),
            ("defund", "refund", None),
            ("delivvry", "delivery", Some(1)),
            ("dilivvery", "delivery", Some(2)),
            ("sofa", "sold", None),
        ] {
            let most = if one.len() >= TWO_MISTAKES_CHARS_MIN { 2 } else { 1 };
            assert_eq!(mistakes(one, other, most), cost, "{one} for {other}");
        }
    }
}
