//! The index of a column: for every value it can have, the rows whose cells let it pass.

use std::collections::BTreeMap;

use model::Value;

use super::bits::Bits;
use super::cell::{Cell, Key};

/// The rows each value lets through. Numbers fall between the literals of the cells, or on one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// The literals, sorted.
    numbers: Vec<f64>,
    /// Below the first, on it, between it and the second, …
    ranges: Vec<Bits>,
    texts: BTreeMap<Box<str>, Bits>,
    other_text: Bits,
    falsehood: Bits,
    truth: Bits,
    missing: Bits,
    opaque: Bits,
}

/// A part of a column's values that its cells do not tell apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Region {
    Missing,
    Value(Key),
    /// Between two literals, or beyond the first or last.
    Between(Option<f64>, Option<f64>),
    OtherText,
}

impl Index {
    pub fn new(cells: &[Cell]) -> Self {
        let mut index = Self::default();
        for key in cells.iter().flat_map(Cell::keys) {
            match key {
                Key::Number(number) => index.numbers.push(*number),
                Key::Text(text) => {
                    index.texts.insert(text.clone(), Bits::default());
                }
                Key::Bool(_) => {}
            }
        }
        index.numbers.sort_by(f64::total_cmp);
        index.numbers.dedup();
        let samples: Vec<Key> =
            (0..=index.numbers.len() * 2).map(|range| Key::Number(sample(&index.numbers, range))).collect();
        index.ranges = samples.iter().map(|sample| admitted(cells, Some(sample))).collect();
        for (text, rows) in &mut index.texts {
            *rows = admitted(cells, Some(&Key::Text(text.clone())));
        }
        index.other_text = admitted_text(cells, &index.texts);
        index.falsehood = admitted(cells, Some(&Key::Bool(false)));
        index.truth = admitted(cells, Some(&Key::Bool(true)));
        index.missing = admitted(cells, None);
        for (row, cell) in cells.iter().enumerate() {
            if matches!(cell, Cell::Opaque(_)) || orders_text(cell) {
                index.opaque.insert(row);
            }
        }
        index
    }

    /// The rows that a value lets through; `None` for a value that must be shown to every cell.
    #[inline]
    pub fn admits(&self, value: &Value) -> Option<&Bits> {
        Some(match value {
            Value::Null => &self.missing,
            Value::Bool(bool) => match bool {
                true => &self.truth,
                false => &self.falsehood,
            },
            Value::Text(text) => self.texts.get(text).unwrap_or(&self.other_text),
            Value::Int(_) | Value::Double(_) => {
                let Some(Key::Number(number)) = Key::of(value) else { return None };
                match self.numbers.binary_search_by(|known| known.total_cmp(&(number + 0.0))) {
                    Ok(place) => &self.ranges[place * 2 + 1],
                    Err(place) => &self.ranges[place * 2],
                }
            }
            Value::Time(_) | Value::Money(_) | Value::List(_) | Value::Map(_) => return None,
        })
    }

    /// Whether the cell of this row says more than the index knows.
    #[inline]
    pub fn is_opaque(&self, row: usize) -> bool {
        self.opaque.contains(row)
    }

    pub fn opaque(&self) -> &Bits {
        &self.opaque
    }

    pub fn missing(&self) -> (Region, Bits) {
        (Region::Missing, self.missing)
    }

    pub fn bools(&self) -> Vec<(Region, Bits)> {
        vec![(Region::Value(Key::Bool(false)), self.falsehood), (Region::Value(Key::Bool(true)), self.truth)]
    }

    pub fn texts(&self) -> Vec<(Region, Bits)> {
        let known = self.texts.iter().map(|(text, rows)| (Region::Value(Key::Text(text.clone())), *rows));
        known.chain([(Region::OtherText, self.other_text)]).collect()
    }

    /// The numbers; between neighbouring whole numbers there are none where only whole ones come.
    pub fn ranges(&self, whole: bool) -> Vec<(Region, Bits)> {
        let bound = |place: Option<usize>| place.and_then(|place| self.numbers.get(place)).copied();
        let mut regions = Vec::with_capacity(self.ranges.len());
        for (range, rows) in self.ranges.iter().enumerate() {
            if range % 2 == 1 {
                regions.push((Region::Value(Key::Number(self.numbers[range / 2])), *rows));
                continue;
            }
            let (low, high) = (bound((range / 2).checked_sub(1)), bound(Some(range / 2)));
            let empty = |(low, high): (f64, f64)| whole && low.floor() + 1.0 >= high;
            if !low.zip(high).is_some_and(empty) {
                regions.push((Region::Between(low, high), *rows));
            }
        }
        regions
    }

    pub fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    pub fn has_texts(&self) -> bool {
        !self.texts.is_empty()
    }
}

fn admitted(cells: &[Cell], key: Option<&Key>) -> Bits {
    let mut rows = Bits::default();
    (0..cells.len()).filter(|&row| cells[row].admits(key)).for_each(|row| rows.insert(row));
    rows
}

/// The rows that a text none of them names may pass. Cells that order texts are looked at again.
fn admitted_text(cells: &[Cell], texts: &BTreeMap<Box<str>, Bits>) -> Bits {
    // No literal is as long as this one.
    let longest = texts.keys().map(|text| text.len()).max().unwrap_or_default();
    let other = Key::Text("\u{1}".repeat(longest + 1).into());
    let mut rows = admitted(cells, Some(&other));
    (0..cells.len()).filter(|&row| orders_text(&cells[row])).for_each(|row| rows.insert(row));
    rows
}

/// Whether a cell compares texts by their order, which a table of single texts cannot answer.
fn orders_text(cell: &Cell) -> bool {
    use super::cell::Test;
    use crate::program::Comparison::{Equal, Unequal};
    let Cell::Tests(_, tests) = cell else { return false };
    tests.iter().any(|test| {
        matches!(test, Test::Compare(comparison, Key::Text(_)) if !matches!(comparison, Equal | Unequal))
    })
}

/// A number of a range: on a literal where the place is odd, else between two.
fn sample(numbers: &[f64], range: usize) -> f64 {
    let place = range / 2;
    if range % 2 == 1 {
        return numbers[place];
    }
    match (place.checked_sub(1).map(|before| numbers[before]), numbers.get(place)) {
        (Some(low), Some(high)) => low + (high - low) / 2.0,
        (Some(low), None) => low + 1.0,
        (None, Some(high)) => high - 1.0,
        (None, None) => 0.0,
    }
}
