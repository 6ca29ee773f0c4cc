//! The items of a frame: events whose customer is known.

use std::sync::Arc;

use engine::{Engine, Input, Meta};
use keys::{Keys, KeysError};
use ledger::Disk;
use model::record::{IdentityChange, Sealed};
use model::{
    Channel, CustomerId, Event, MessageHash, Namespace, Position, Seq, SourceId, StrandId, Timestamp,
};
use recognize::{Cause, Change, Claim, InvalidIdentifier};

use crate::customers::Slot;
use crate::glance::{Settled, settled};
use crate::shard::{Broken, Shard};
use crate::submission::Prepared;

/// An event resolved to its customer, before it has a place in the ledger.
pub(crate) struct Identified {
    pub prepared: Arc<Prepared>,
    pub strand: StrandId,
    pub customer: CustomerId,
    pub slot: Slot,
    pub changes: Vec<Change>,
}

/// An event with its place in the ledger. Without the event when its key was destroyed.
pub(crate) struct Item {
    pub slot: Slot,
    pub seq: Seq,
    pub position: Position,
    pub strand: StrandId,
    pub source: SourceId,
    pub channel: Channel,
    pub frame_time: Timestamp,
    pub prepared: Option<Arc<Prepared>>,
}

impl Item {
    pub fn meta(&self) -> Meta {
        Meta { seq: self.seq, now: self.frame_time }
    }

    pub fn input(&self, priority: u8) -> Input<'_> {
        let prepared = self.prepared.as_ref().expect("items without event are not stepped");
        Input::Event {
            event: &prepared.event,
            strand: self.strand,
            message: prepared.message,
            position: self.position,
            priority,
        }
    }
}

impl Prepared {
    /// Works out what an event claims about its customer.
    pub fn new(event: Event, message: MessageHash, engine: &Engine, keys: &Keys) -> Self {
        let (claims, refused) = claims(&event.claims, engine, keys);
        Self { event, claims, refused, message, version: engine.version() }
    }
}

/// Identifiers as they came, normalised, the strongest first; and those that are none, with the reason.
pub(crate) fn claims(
    identifiers: &[(Namespace, Box<str>)],
    engine: &Engine,
    keys: &Keys,
) -> (Vec<Claim>, Vec<InvalidIdentifier>) {
    let rules = engine.recognition().identity();
    let mut claims = Vec::with_capacity(identifiers.len());
    let mut refused = Vec::new();
    for (namespace, raw) in identifiers {
        match rules.normalise(namespace, raw) {
            Ok(identifier) => claims.push(Claim { hash: keys.identifier_hash(&identifier), identifier }),
            Err(reason) => refused.push(reason),
        }
    }
    rules.order(&mut claims);
    (claims, refused)
}

impl Identified {
    /// Strands that need a key before the frame is sealed.
    pub fn new_strands(&self) -> impl Iterator<Item = StrandId> {
        self.changes.iter().filter_map(|change| match change {
            Change::Strand { strand, .. } => Some(*strand),
            Change::Link { .. } | Change::Move { .. } => None,
        })
    }

    /// The changes as the ledger keeps them, each new identifier sealed under its own strand.
    pub fn recorded_changes(
        &self,
        seal: impl Fn(StrandId, &[u8]) -> Result<Sealed, KeysError>,
    ) -> Result<Vec<IdentityChange>, KeysError> {
        record_changes(&self.changes, seal)
    }

    pub fn at(self, seq: u64, position: Position, frame_time: Timestamp) -> Item {
        Item {
            slot: self.slot,
            seq: Seq(seq),
            position,
            strand: self.strand,
            source: self.prepared.event.stamp.source,
            channel: self.prepared.event.stamp.channel.clone(),
            frame_time,
            prepared: Some(self.prepared),
        }
    }
}

/// The changes as the ledger keeps them.
pub(crate) fn record_changes(
    changes: &[Change],
    seal: impl Fn(StrandId, &[u8]) -> Result<Sealed, KeysError>,
) -> Result<Vec<IdentityChange>, KeysError> {
    let record = |change: &Change| {
        Ok(match change {
            Change::Strand { strand, customer, hash, namespace, identifier } => IdentityChange::Strand {
                strand: *strand,
                customer: *customer,
                hash: hash.0,
                namespace: namespace.clone(),
                identifier: seal(
                    *strand,
                    &minicbor::to_vec(identifier).expect("encoding into memory cannot fail"),
                )?,
            },
            Change::Link { a, b, time, message, source } => {
                IdentityChange::Link { a: *a, b: *b, time: *time, message: *message, source: *source }
            }
            Change::Move { strand, from, to } => {
                IdentityChange::Move { strand: *strand, from: *from, to: *to }
            }
        })
    };
    changes.iter().map(record).collect()
}

/// What is known of an event's customer before anything is changed.
pub(crate) enum Known {
    /// All identifiers and links are known: nothing changes.
    Settled(Settled),
    /// None of them is known: a new customer.
    New,
    /// Something about customers that exist will change.
    Unsettled,
}

impl<D: Disk> Shard<D> {
    pub(crate) fn known(&mut self, prepared: &Prepared) -> Result<Known, Broken> {
        let mut directory = self.world.directory();
        let known = settled(&mut directory, prepared);
        directory.finish()?;
        if let Some((strand, customer)) = known {
            return Ok(Known::Settled(Settled { strand, customer, slot: None }));
        }
        for claim in &prepared.claims {
            if self.world.locate(claim.hash)?.is_some() {
                return Ok(Known::Unsettled);
            }
        }
        Ok(Known::New)
    }

    /// The event as an item of the open frame, in which `place` are before it; makes or joins customers as its
    /// identifiers say.
    pub(crate) fn identify(
        &mut self,
        prepared: Arc<Prepared>,
        known: Known,
        place: usize,
    ) -> Result<Identified, Broken> {
        let (settled, changes) = match known {
            Known::Settled(settled) => (settled, Vec::new()),
            Known::New | Known::Unsettled => {
                self.world.regroupings += u64::from(matches!(known, Known::Unsettled));
                let cause = self.cause(&prepared, place);
                let rules = self.world.engine.recognition_handle();
                let mut directory = self.world.directory();
                let resolution =
                    recognize::resolve(rules.identity(), &mut directory, &prepared.claims, &cause);
                directory.finish()?;
                self.world.follow(&resolution.changes)?;
                let (strand, customer) = (resolution.strand, resolution.customer);
                (Settled { strand, customer, slot: None }, resolution.changes)
            }
        };
        let Settled { strand, customer, slot } = settled;
        let slot = match slot {
            Some(slot) => slot,
            None => self.world.find(customer)?.expect("the resolver answers with a customer that is held"),
        };
        Ok(Identified { strand, customer, slot, changes, prepared })
    }

    fn cause(&self, prepared: &Prepared, place: usize) -> Cause {
        Cause {
            seq: Seq(self.world.last_seq.0 + 1 + place as u64),
            time: prepared.event.stamp.time,
            message: prepared.message.0,
            source: prepared.event.stamp.source,
        }
    }
}
