//! Which customers can be left out where only journeys, conversations and offers are looked at.

use std::collections::BTreeSet;

use model::OfferResponse;

use crate::compile::Engine;

/// What, of the events of customers of whom nothing but events is known, may lead to more than facts, segments and
/// consents.
#[derive(Debug, Clone, Default)]
pub struct Heeds {
    /// Anything: runs start without an event of their own.
    everything: bool,
    names: BTreeSet<Box<str>>,
}

impl Heeds {
    /// Everything that the definitions in force heed.
    pub fn of(engine: &Engine) -> Self {
        let heeded = engine.versions().current().map(|journeys| journeys.heeded());
        match heeded {
            None => Self::default(),
            Some(None) => Self::everything(),
            Some(Some(names)) => Self { everything: false, names: names.map(Into::into).collect() },
        }
    }

    pub fn everything() -> Self {
        Self { everything: true, names: BTreeSet::new() }
    }

    /// Heeds what `other` heeds as well.
    pub fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        self.names.extend(other.names);
    }

    pub fn is_everything(&self) -> bool {
        self.everything
    }

    pub fn contains(&self, event: &str) -> bool {
        self.everything || OfferResponse::of_event(event).is_some() || self.names.contains(event)
    }
}
