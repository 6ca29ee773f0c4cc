//! Proofs about a table: that some row applies whatever comes, and that no two rows apply at once.

use std::collections::BTreeSet;

use model::ValueKind;

use super::bits::Bits;
use super::cell::Key;
use super::index::Region;
use super::{Column, Table};

/// Combinations looked at before a proof is given up.
const LOOKED_AT_MAX: usize = 100_000;

/// What is known about values to which no row applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// There are none.
    None,
    /// Such as these.
    At(String),
    /// Why it cannot be proved that there are none.
    Unproved(String),
}

/// What is known about two rows that apply at once, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlap {
    At {
        rows: (usize, usize),
        example: String,
    },
    /// A cell says more than comparisons with literals.
    Unproved {
        rows: (usize, usize),
    },
}

impl Table {
    /// Whether there are values to which no row applies. Rows with cells that no proof can look into count as ones
    /// that may not apply.
    pub fn gap(&self) -> Gap {
        let regions: Vec<_> = self.columns.iter().map(Column::regions).collect();
        let all = Bits::first(self.rows);
        match self.hole(&regions, all) {
            Found::Nothing => {}
            Found::Hole(example) => return Gap::At(example),
            Found::TooMany => return Gap::Unproved("the cells make too many combinations".into()),
        }
        let mut certain = all;
        certain.retain(|row| self.columns.iter().all(|column| !column.index.is_opaque(row)));
        let opaque = |column: &Column| {
            let row = column.index.opaque().iter().next()?;
            column.cells[row].program().map(|program| program.source().to_owned())
        };
        match (self.hole(&regions, certain), self.columns.iter().find_map(opaque)) {
            (Found::Nothing, _) | (_, None) => Gap::None,
            (_, Some(cell)) => Gap::Unproved(format!("`{cell}` is more than a comparison with literals")),
        }
    }

    /// Values to which none of `rows` applies.
    fn hole(&self, regions: &[Vec<(Region, Bits)>], rows: Bits) -> Found {
        Search { regions, columns: &self.columns, seen: BTreeSet::new(), path: Vec::new() }.find(0, rows)
    }

    /// The pairs of rows that apply at once, or may.
    pub fn overlaps(&self) -> Vec<Overlap> {
        let regions: Vec<_> = self.columns.iter().map(Column::regions).collect();
        let mut overlaps = Vec::new();
        for first in 0..self.rows {
            for second in first + 1..self.rows {
                let shared = regions.iter().map(|column| {
                    column.iter().find(|(_, rows)| rows.contains(first) && rows.contains(second))
                });
                let Some(shared) = shared.collect::<Option<Vec<_>>>() else { continue };
                let rows = (first, second);
                let opaque =
                    |column: &Column| column.index.is_opaque(first) || column.index.is_opaque(second);
                overlaps.push(match self.columns.iter().any(opaque) {
                    true => Overlap::Unproved { rows },
                    false => {
                        let named =
                            self.columns.iter().zip(shared).map(|(column, (region, _))| column.name(region));
                        Overlap::At { rows, example: named.collect::<Vec<_>>().join(", ") }
                    }
                });
            }
        }
        overlaps
    }
}

enum Found {
    Nothing,
    Hole(String),
    TooMany,
}

struct Search<'a> {
    regions: &'a [Vec<(Region, Bits)>],
    columns: &'a [Column],
    /// What was looked at from a column on with the same rows left.
    seen: BTreeSet<(usize, Bits)>,
    path: Vec<String>,
}

impl Search<'_> {
    fn find(&mut self, place: usize, left: Bits) -> Found {
        if left.is_empty() {
            return Found::Hole(self.path.join(", "));
        }
        let regions = self.regions;
        let Some(regions) = regions.get(place) else { return Found::Nothing };
        if !self.seen.insert((place, left)) {
            return Found::Nothing;
        }
        if self.seen.len() > LOOKED_AT_MAX {
            return Found::TooMany;
        }
        for (region, admitted) in regions {
            let mut rows = left;
            rows.keep(admitted);
            self.path.push(self.columns[place].name(region));
            match self.find(place + 1, rows) {
                Found::Nothing => {}
                found => return found,
            }
            self.path.pop();
        }
        Found::Nothing
    }
}

impl Column {
    /// The parts of its values that the cells tell apart, each with the rows it lets through.
    fn regions(&self) -> Vec<(Region, Bits)> {
        let mut regions = match self.kind {
            ValueKind::Bool => self.index.bools(),
            ValueKind::Int => self.index.ranges(true),
            ValueKind::Double => self.index.ranges(false),
            ValueKind::Text => self.index.texts(),
            ValueKind::Null | ValueKind::Time | ValueKind::Money | ValueKind::List | ValueKind::Map => {
                let mut regions = Vec::new();
                if self.index.has_numbers() {
                    regions.extend(self.index.ranges(false));
                }
                if self.index.has_texts() {
                    regions.extend(self.index.texts());
                }
                regions.extend(self.index.bools());
                regions
            }
        };
        if !self.always {
            regions.push(self.index.missing());
        }
        regions
    }

    fn name(&self, region: &Region) -> String {
        let of = &self.of;
        match region {
            Region::Missing => format!("{of} missing"),
            Region::Value(Key::Text(text)) => format!("{of} == \"{text}\""),
            Region::Value(Key::Number(number)) => format!("{of} == {number}"),
            Region::Value(Key::Bool(bool)) => format!("{of} == {bool}"),
            Region::Between(None, Some(high)) => format!("{of} < {high}"),
            Region::Between(Some(low), None) => format!("{of} > {low}"),
            Region::Between(Some(low), Some(high)) => format!("{low} < {of} < {high}"),
            Region::Between(None, None) => format!("{of} of any amount"),
            Region::OtherText => format!("{of} of any other text"),
        }
    }
}
