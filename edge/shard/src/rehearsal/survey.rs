//! A first look through the ledger: its catalogues, who belongs together, and of whom journeys can take notice at all.

use std::collections::BTreeMap;

use engine::{Engine, Heeds};
use ledger::{Disk, Reader};
use model::record::{Command, IdentityChange, Record};
use model::{Catalogue, CustomerId, FrameSeq};
use rayon::prelude::*;
use state::StateError;

use super::{RehearsalError, Script};

pub(super) struct Survey {
    /// Those published until the rehearsal ends.
    pub catalogues: Vec<Catalogue>,
    /// Customers who were one at some time: each leads to another of its group, at last to the group's first.
    groups: BTreeMap<CustomerId, CustomerId>,
    sample: u8,
    was: Concern,
    would: Concern,
}

/// One of the two shards.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Was,
    Would,
}

/// Of whom the journeys of one side can take notice.
#[derive(Default)]
struct Concern {
    heeds: Heeds,
    customers: Customers,
}

/// A set of customers: one bit each, because their numbers are dense.
#[derive(Default)]
struct Customers(Vec<u64>);

/// What the survey takes from one record.
enum Found {
    Nothing,
    Catalogue(Box<Catalogue>),
    /// Whom it concerns, on which sides, and who became one.
    Concerns(CustomerId, [bool; 2], Vec<(CustomerId, CustomerId)>),
}

impl Survey {
    pub fn read<D: Disk>(reader: &Reader<D>, script: &Script) -> Result<Self, RehearsalError> {
        let mut survey = Self::new(script)?;
        // What was published is compiled beside what it replaced, as it was then.
        let mut published = Engine::new();
        for frame in reader.frames_from(FrameSeq(1)) {
            let frame = frame?;
            if frame.time > script.to {
                break;
            }
            let records: Vec<_> = frame.records().collect();
            let found: Result<Vec<Found>, StateError> = records
                .into_par_iter()
                .with_min_len(256)
                .map(|(position, bytes)| {
                    survey
                        .look(bytes)
                        .map_err(|error| StateError::Store(format!("the record at {position:?}: {error}")))
                })
                .collect();
            for found in found? {
                match found {
                    Found::Nothing => {}
                    Found::Catalogue(catalogue) => {
                        published.publish(&catalogue).map_err(RehearsalError::Problems)?;
                        survey.was.heeds.join(Heeds::of(&published));
                        survey.would.heeds.join(Heeds::of(&published));
                        survey.catalogues.push(*catalogue);
                    }
                    Found::Concerns(customer, [was, would], together) => {
                        survey.was.note(customer, was);
                        survey.would.note(customer, would);
                        together.into_iter().for_each(|(a, b)| survey.join(a, b));
                    }
                }
            }
        }
        survey.gather();
        Ok(survey)
    }

    fn new(script: &Script) -> Result<Self, RehearsalError> {
        let mut draft = Engine::new();
        draft.publish(&Catalogue { version: 1, ..script.draft.clone() }).map_err(RehearsalError::Problems)?;
        let (mut was, mut would) = (Concern::default(), Concern::default());
        would.heeds = Heeds::of(&draft);
        if script.segment.is_some() {
            // Who is in it is read off there.
            was.heeds = Heeds::everything();
        }
        let (catalogues, groups, sample) = (Vec::new(), BTreeMap::new(), script.sample);
        Ok(Self { catalogues, groups, sample, was, would })
    }

    /// Whether the customer is in the sample, and concerns either side.
    pub fn takes_part(&self, customer: CustomerId) -> bool {
        self.concerns(Side::Was, customer) || self.concerns(Side::Would, customer)
    }

    /// Whether the customer is in the sample, and the journeys of the side can take notice: those who were one at some
    /// time are together in it or out of it.
    pub fn concerns(&self, side: Side, customer: CustomerId) -> bool {
        let first = self.first_of(customer);
        // Multiplicative hashing by the golden ratio (Knuth, The Art of Computer Programming 6.4).
        let hash = first.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let side = match side {
            Side::Was => &self.was,
            Side::Would => &self.would,
        };
        hash % 100 < u64::from(self.sample) && (side.heeds.is_everything() || side.customers.contains(first))
    }

    fn look(&self, bytes: &[u8]) -> Result<Found, minicbor::decode::Error> {
        let everything = self.was.heeds.is_everything() && self.would.heeds.is_everything();
        if let Some(event) = Record::glance(bytes)? {
            let heeded = [&self.was, &self.would].map(|side| side.heeds.contains(event.name));
            if event.identity.is_empty() && (everything || heeded == [false; 2]) {
                return Ok(Found::Nothing);
            }
            return Ok(Found::Concerns(event.customer, heeded, together(&event.identity)));
        }
        let both = |customer, together| Found::Concerns(customer, [true; 2], together);
        Ok(match Record::decode(bytes)? {
            Record::Catalogue(record) => Found::Catalogue(Box::new(record.catalogue)),
            Record::Outcome(record) => both(record.outcome.customer, Vec::new()),
            Record::Command(record) => match (record.command.customer(), &record.command) {
                (Some(customer), Command::Unmerge { identity, .. }) => both(customer, together(identity)),
                (Some(customer), _) => both(customer, Vec::new()),
                (None, _) => Found::Nothing,
            },
            Record::Event(_) | Record::Tick(_) => Found::Nothing,
        })
    }

    /// Whoever is one with somebody who is concerned is concerned.
    fn gather(&mut self) {
        for customer in self.groups.keys().copied() {
            let first = first_of(&self.groups, customer);
            for side in [&mut self.was, &mut self.would] {
                let concerned = side.customers.contains(customer);
                side.note(first, concerned);
            }
        }
    }

    fn first_of(&self, customer: CustomerId) -> CustomerId {
        first_of(&self.groups, customer)
    }

    fn join(&mut self, a: CustomerId, b: CustomerId) {
        let (a, b) = (self.first_of(a), self.first_of(b));
        if a != b {
            self.groups.insert(a.max(b), a.min(b));
        }
    }
}

impl Concern {
    fn note(&mut self, customer: CustomerId, concerned: bool) {
        if concerned && !self.heeds.is_everything() {
            self.customers.insert(customer);
        }
    }
}

impl Customers {
    fn insert(&mut self, customer: CustomerId) {
        let (place, bit) = place(customer);
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= bit;
    }

    fn contains(&self, customer: CustomerId) -> bool {
        let (place, bit) = place(customer);
        self.0.get(place).is_some_and(|bits| bits & bit != 0)
    }
}

fn place(customer: CustomerId) -> (usize, u64) {
    ((customer.0 / 64) as usize, 1 << (customer.0 % 64))
}

fn first_of(groups: &BTreeMap<CustomerId, CustomerId>, customer: CustomerId) -> CustomerId {
    let mut first = customer;
    while let Some(next) = groups.get(&first) {
        first = *next;
    }
    first
}

fn together(identity: &[IdentityChange]) -> Vec<(CustomerId, CustomerId)> {
    let moves = identity.iter().filter_map(|change| match change {
        IdentityChange::Move { from, to, .. } => Some((*from, *to)),
        IdentityChange::Strand { .. } | IdentityChange::Link { .. } => None,
    });
    moves.collect()
}
