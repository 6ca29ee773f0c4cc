//! What became of the rows: counts, and reasons for what was not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Counts that an interrupted import carries on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counts {
    pub rows: u64,
    pub events: BTreeMap<String, u64>,
    pub accepted: u64,
    pub duplicates: u64,
    pub quarantined: u64,
    /// Reasons without the values in them, with how often they came.
    pub reasons: BTreeMap<String, u64>,
}

/// How many different reasons are kept apart.
const REASONS_MAX: usize = 50;

impl Counts {
    pub fn quarantine(&mut self, reason: &str) {
        self.quarantined += 1;
        let kind = without_values(reason);
        if self.reasons.len() < REASONS_MAX || self.reasons.contains_key(&kind) {
            *self.reasons.entry(kind).or_default() += 1;
        }
    }
}

/// The reason with what stands in back-ticks as `…`, because values may be personal and differ.
fn without_values(reason: &str) -> String {
    let outside =
        reason.split('`').enumerate().map(|(number, part)| if number % 2 == 1 { "`…`" } else { part });
    outside.collect::<String>().chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

/// The report printed at the end.
#[derive(Debug)]
pub struct Report {
    pub counts: Counts,
    /// Different identifiers named, per namespace.
    pub named: BTreeMap<String, u64>,
    pub took: Duration,
    pub quarantine_file: Option<std::path::PathBuf>,
}

/// Different identifiers of one namespace, as hashes: a million take 16 MB.
#[derive(Debug, Default)]
pub struct Named(BTreeMap<String, BTreeSet<u64>>);

impl Named {
    pub fn note(&mut self, namespace: &str, value: &str) {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        match self.0.get_mut(namespace) {
            Some(values) => drop(values.insert(hasher.finish())),
            None => drop(self.0.insert(namespace.to_owned(), BTreeSet::from([hasher.finish()]))),
        }
    }

    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.0.iter().map(|(namespace, values)| (namespace.clone(), values.len() as u64)).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { rows, events, accepted, duplicates, quarantined, reasons } = &self.counts;
        let per_second = *rows as f64 / self.took.as_secs_f64().max(0.001);
        writeln!(f, "{rows} rows in {:.1} s ({per_second:.0} rows/s)", self.took.as_secs_f64())?;
        for (name, count) in events {
            writeln!(f, "  {count:>9}  {name}")?;
        }
        writeln!(f, "accepted {accepted}, duplicates {duplicates}, quarantined {quarantined}")?;
        for (reason, count) in reasons {
            writeln!(f, "  {count:>9}  {reason}")?;
        }
        if let Some(path) = &self.quarantine_file {
            writeln!(f, "  the quarantined rows are in {}", path.display())?;
        }
        let named: Vec<String> =
            self.named.iter().map(|(namespace, count)| format!("{count} by {namespace}")).collect();
        writeln!(f, "customers named: {}", named.join(", "))
    }
}
