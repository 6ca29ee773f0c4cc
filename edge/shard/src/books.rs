//! The books: what came in from each source and what became of it, and how journeys are going.

use std::collections::BTreeMap;

use adapt::Budgets;
use engine::{Engine, Standing};
use minicbor::{Decode, Encode};
use model::record::SourceRecord;
use model::{Note, SourceId};
use orchestrate::Caps;
use serde::Serialize;

/// What became of everything one source sent. `accepted = processed + quarantined + rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize)]
pub struct Account {
    /// Taken from the source with an acknowledgement.
    #[n(0)]
    pub accepted: u64,
    /// In a customer's thread.
    #[n(1)]
    pub processed: u64,
    /// Kept aside with a reason, not replayed or discarded yet.
    #[n(2)]
    pub quarantined: u64,
    /// Not kept: repetitions of what was taken, and what was discarded from quarantine.
    #[n(3)]
    pub rejected: u64,
    /// How many of the rejected were repetitions.
    #[n(4)]
    pub duplicates: u64,
}

impl Account {
    pub fn adds_up(&self) -> bool {
        self.accepted == self.processed + self.quarantined + self.rejected
    }
}

/// How one journey is going.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize)]
pub struct JourneyCount {
    #[n(0)]
    pub entered: u64,
    /// Runs that ended, by how.
    #[n(1)]
    pub ended: BTreeMap<String, u64>,
    /// By step: how many runs reached it.
    #[n(2)]
    pub reached: BTreeMap<String, u64>,
    /// By step: how many runs are there now.
    #[n(3)]
    pub waiting: BTreeMap<String, i64>,
    /// By step: how many ways of runs that go several at once are there. None where there are none.
    #[n(4)]
    #[cbor(default)]
    pub arms: Option<BTreeMap<String, i64>>,
}

/// What is true of the workspace rather than of a customer.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Books {
    #[n(0)]
    accounts: BTreeMap<u16, Account>,
    #[n(1)]
    pub journeys: BTreeMap<String, JourneyCount>,
    #[n(2)]
    sources: BTreeMap<u16, SourceRecord>,
    /// Segment → members.
    #[n(3)]
    pub segments: BTreeMap<String, i64>,
    #[n(4)]
    pub quarantine_last: u64,
    #[n(5)]
    pub customers: u64,
    #[n(6)]
    pub events: u64,
    /// Channel → events.
    #[n(7)]
    pub channels: BTreeMap<String, u64>,
    /// What customers share of offers.
    #[n(8)]
    #[cbor(default)]
    pub budgets: Budgets,
    /// Who came into journeys with caps.
    #[n(15)]
    #[cbor(default)]
    pub caps: Caps,
}

impl Books {
    pub fn account(&mut self, source: SourceId) -> &mut Account {
        self.accounts.entry(source.0).or_default()
    }

    pub fn accounts(&self) -> impl Iterator<Item = (SourceId, &Account)> {
        self.accounts.iter().map(|(&id, account)| (SourceId(id), account))
    }

    pub fn put_source(&mut self, source: SourceRecord) {
        self.accounts.entry(source.id.0).or_default();
        self.sources.insert(source.id.0, source);
    }

    pub fn sources(&self) -> impl Iterator<Item = &SourceRecord> {
        self.sources.values()
    }

    pub fn source(&self, id: SourceId) -> Option<&SourceRecord> {
        self.sources.get(&id.0)
    }

    /// The rank of a source when two name the same trait: the catalogue's word for it, else the source's own.
    pub fn priority(&self, id: SourceId, engine: &Engine) -> u8 {
        self.source(id)
            .map_or(0, |source| engine.recognition().source_priority(&source.name).unwrap_or(source.priority))
    }

    /// Counts one event of a channel.
    pub fn count_channel(&mut self, channel: &str) {
        self.events += 1;
        match self.channels.get_mut(channel) {
            Some(count) => *count += 1,
            None => {
                self.channels.insert(channel.into(), 1);
            }
        }
    }

    /// Counts what the engine did.
    pub fn count_note(&mut self, note: &Note) {
        match note {
            Note::SegmentEntered { segment } => self.count_member(segment, 1),
            Note::SegmentLeft { segment } => self.count_member(segment, -1),
            Note::JourneyStarted { journey, .. } => self.journey(journey).entered += 1,
            Note::StepReached { journey, step, .. } => {
                *self.journey(journey).reached.entry(step.to_string()).or_default() += 1;
            }
            Note::JourneyEnded { journey, how, .. } => {
                *self.journey(journey).ended.entry(how.name().into()).or_default() += 1;
            }
            other => self.budgets.count(other),
        }
    }

    /// Counts where runs stand: `before` and `after` a step of one customer.
    pub fn count_moves(&mut self, before: &[Standing], after: &[Standing]) {
        for (standings, change) in [(before, -1), (after, 1)] {
            for Standing { journey, step, arm, .. } in standings {
                let own = self.journey(journey);
                let counts = if *arm { own.arms.get_or_insert_default() } else { &mut own.waiting };
                let count = counts.entry(step.to_string()).or_default();
                *count += change;
                if *count == 0 {
                    counts.remove(&**step);
                }
                own.arms = own.arms.take().filter(|arms| !arms.is_empty());
            }
        }
    }

    /// A member of these segments is no more.
    pub fn leave_segments(&mut self, segments: &[Box<str>]) {
        segments.iter().for_each(|segment| self.count_member(segment, -1));
    }

    /// A segment without members has no count, so that a replay which cannot see an erased member agrees.
    fn count_member(&mut self, segment: &str, change: i64) {
        let count = self.segments.entry(segment.into()).or_default();
        *count += change;
        if *count == 0 {
            self.segments.remove(segment);
        }
    }

    fn journey(&mut self, name: &str) -> &mut JourneyCount {
        self.journeys.entry(name.into()).or_default()
    }
}
