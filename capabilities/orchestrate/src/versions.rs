//! The journeys of several catalogue versions: new runs take the current one, runs under way keep their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::journeys::Journeys;

#[derive(Debug, Clone, Default)]
pub struct Versions {
    by_number: BTreeMap<u32, Arc<Journeys>>,
}

impl Versions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a version; the highest number is the current one.
    pub fn publish(&mut self, journeys: Arc<Journeys>) {
        self.by_number.insert(journeys.version(), journeys);
    }

    pub fn current(&self) -> Option<&Journeys> {
        self.by_number.last_key_value().map(|(_, journeys)| &**journeys)
    }

    pub fn get(&self, version: u32) -> Option<&Journeys> {
        self.by_number.get(&version).map(|journeys| &**journeys)
    }

    /// Forgets versions that no run is pinned to; the current one stays.
    pub fn keep(&mut self, in_use: &BTreeSet<u32>) {
        let current = self.by_number.last_key_value().map(|(number, _)| *number);
        self.by_number.retain(|number, _| Some(*number) == current || in_use.contains(number));
    }
}
