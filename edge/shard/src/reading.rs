//! Reading the records of the ledger: decoded, and opened as far as their keys are there.

use std::sync::Arc;

use keys::{Keys, Opening};
use ledger::Frame;
use model::record::{EventRecord, IdentityChange, Record, Sealed};
use model::{Event, Identifier, IdentifierHash, MessageHash, Position, Stamp};
use rayon::prelude::*;
use recognize::Change;
use state::StateError;

use crate::rows::{BODY_AAD, IDENTIFIER_AAD};
use crate::submission::Prepared;
use crate::world::World;

impl World {
    /// Decodes and opens the records of a frame, on all cores: opening and parsing is most of a replay's work.
    /// The content of events that are not `wanted` stays closed.
    pub(crate) fn read_records(
        &self,
        frame: &Frame,
        wanted: impl Fn(&EventRecord) -> bool + Sync,
    ) -> Result<Vec<(Position, Read)>, StateError> {
        let records: Vec<(Position, &[u8])> = frame.records().collect();
        let (keys, version) = (&*self.keys, self.engine.version());
        records
            .into_par_iter()
            .with_min_len(64)
            .map(|(position, bytes)| {
                let record = Record::decode(bytes)
                    .map_err(|error| StateError::Store(format!("the record at {position:?}: {error}")))?;
                Ok((
                    position,
                    match record {
                        Record::Event(record) => {
                            let event = if wanted(&record) { reopen(keys, &record)? } else { None };
                            let message = MessageHash(record.message);
                            let prepared = event.map(|event| {
                                let (claims, refused) = (Vec::new(), Vec::new());
                                Arc::new(Prepared { event, claims, refused, message, version })
                            });
                            Read::Event(Arc::new(record), prepared)
                        }
                        other => Read::Other(Arc::new(other)),
                    },
                ))
            })
            .collect()
    }
}

/// A record of the ledger; an event with its content, unless that was erased.
#[derive(Clone)]
pub(crate) enum Read {
    Event(Arc<EventRecord>, Option<Arc<Prepared>>),
    Other(Arc<Record>),
    /// A record that is passed over.
    Nothing,
}

fn reopen(keys: &Keys, record: &EventRecord) -> Result<Option<Event>, StateError> {
    let Some(body) = unseal(keys, &record.body, BODY_AAD)? else { return Ok(None) };
    let stamp = Stamp {
        source: record.source,
        channel: record.channel.clone(),
        time: record.time,
        received: record.received,
    };
    let refused = |error| StateError::Store(format!("an event taken before no longer parses: {error}"));
    Event::parse(body.into(), stamp).map(Some).map_err(refused)
}

pub(crate) fn unseal(keys: &Keys, sealed: &Sealed, aad: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
    match keys.open_sealed(sealed, aad) {
        Ok(plain) => Ok(Some(plain)),
        Err(Opening::Destroyed) => Ok(None),
        Err(other) => Err(StateError::Store(format!("{}: {other}", sealed.strand))),
    }
}

/// Recorded identity changes with their identifiers opened, as far as their keys are there.
pub(crate) fn unseal_changes(keys: &Keys, changes: &[IdentityChange]) -> Result<Vec<Change>, StateError> {
    let open = |change: &IdentityChange| {
        Ok(match change {
            IdentityChange::Strand { strand, customer, hash, identifier, namespace } => {
                let plain = unseal(keys, identifier, IDENTIFIER_AAD)?;
                let identifier: Option<Identifier> = plain.and_then(|plain| minicbor::decode(&plain).ok());
                let (hash, namespace) = (IdentifierHash(*hash), namespace.clone());
                Change::Strand { strand: *strand, customer: *customer, hash, namespace, identifier }
            }
            IdentityChange::Link { a, b, time, message, source } => {
                Change::Link { a: *a, b: *b, time: *time, message: *message, source: *source }
            }
            IdentityChange::Move { strand, from, to } => {
                Change::Move { strand: *strand, from: *from, to: *to }
            }
        })
    };
    changes.iter().map(open).collect()
}
