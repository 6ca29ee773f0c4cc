//! A first look through the ledger: its catalogues, and who belongs together.

use std::collections::BTreeMap;

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
}

/// What the survey takes from one record.
enum Found {
    Nothing,
    Catalogue(Box<Catalogue>),
    Together(Vec<(CustomerId, CustomerId)>),
}

impl Survey {
    pub fn read<D: Disk>(reader: &Reader<D>, script: &Script) -> Result<Self, RehearsalError> {
        let mut survey = Self { catalogues: Vec::new(), groups: BTreeMap::new(), sample: script.sample };
        for frame in reader.frames_from(FrameSeq(1)) {
            let frame = frame?;
            if frame.time > script.to {
                break;
            }
            let records: Vec<_> = frame.records().collect();
            let everybody = script.sample >= 100;
            let found: Result<Vec<Found>, StateError> = records
                .into_par_iter()
                .with_min_len(256)
                .map(|(position, bytes)| {
                    look(bytes, everybody)
                        .map_err(|error| StateError::Store(format!("the record at {position:?}: {error}")))
                })
                .collect();
            for found in found? {
                match found {
                    Found::Nothing => {}
                    Found::Catalogue(catalogue) if frame.time < script.from => {
                        survey.catalogues.push(*catalogue)
                    }
                    // Those of the period are what really happened; the other shard does without them.
                    Found::Catalogue(catalogue) => survey.catalogues.push(*catalogue),
                    Found::Together(pairs) => pairs.into_iter().for_each(|(a, b)| survey.join(a, b)),
                }
            }
        }
        Ok(survey)
    }

    /// Whether the customer is in the sample: those who were one at some time are together in it or out of it.
    pub fn takes_part(&self, customer: CustomerId) -> bool {
        if self.sample >= 100 {
            return true;
        }
        // Multiplicative hashing by the golden ratio (Knuth, The Art of Computer Programming 6.4).
        let hash = self.first_of(customer).0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        hash % 100 < u64::from(self.sample)
    }

    fn first_of(&self, customer: CustomerId) -> CustomerId {
        let mut first = customer;
        while let Some(next) = self.groups.get(&first) {
            first = *next;
        }
        first
    }

    fn join(&mut self, a: CustomerId, b: CustomerId) {
        let (a, b) = (self.first_of(a), self.first_of(b));
        if a != b {
            self.groups.insert(a.max(b), a.min(b));
        }
    }
}

fn look(bytes: &[u8], everybody: bool) -> Result<Found, minicbor::decode::Error> {
    // An enum is a list of its variant and its content; events, which are most, need not be decoded further.
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array()?;
    if decoder.u32()? == EVENT && everybody {
        return Ok(Found::Nothing);
    }
    let together = |identity: &[IdentityChange]| {
        let moves = identity.iter().filter_map(|change| match change {
            IdentityChange::Move { from, to, .. } => Some((*from, *to)),
            IdentityChange::Strand { .. } | IdentityChange::Link { .. } => None,
        });
        Found::Together(moves.collect())
    };
    Ok(match Record::decode(bytes)? {
        Record::Event(event) => together(&event.identity),
        Record::Catalogue(record) => Found::Catalogue(Box::new(record.catalogue)),
        Record::Command(record) => match record.command {
            Command::Unmerge { identity, .. } => together(&identity),
            _ => Found::Nothing,
        },
        Record::Outcome(_) | Record::Tick(_) => Found::Nothing,
    })
}

/// The variant of events in [`Record`].
const EVENT: u32 = 0;
