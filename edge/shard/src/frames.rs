//! Frames on their way into the ledger: what is gathered in one, and how its events are sealed.

use keys::Keys;
use ledger::FrameBuilder;
use model::record::{EventRecord, Record, Sealed};
use model::{SourceId, StrandId};

use crate::items::Identified;
use crate::rows::{BODY_AAD, IDENTIFIER_AAD};

/// Bytes of a record beside its body, about: a guess too low costs a move.
const RECORD_BESIDE_BODY: usize = 192;

/// A frame being filled.
#[derive(Default)]
pub(crate) struct OpenFrame {
    pub items: Vec<Identified>,
    pub quarantined: Vec<(SourceId, String, Vec<u8>)>,
    pub duplicates: Vec<(SourceId, u64)>,
}

impl OpenFrame {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.quarantined.is_empty() && self.duplicates.is_empty()
    }

    /// Counts an event whose message id was taken before.
    pub fn duplicate(&mut self, source: SourceId) {
        match self.duplicates.iter_mut().find(|(counted, _)| *counted == source) {
            Some((_, count)) => *count += 1,
            None => self.duplicates.push((source, 1)),
        }
    }
}

/// Turns events into sealed records, on any thread.
pub(crate) struct Encoder<'a> {
    pub keys: &'a Keys,
    pub engine: &'a engine::Engine,
    pub epoch: u32,
}

impl Encoder<'_> {
    /// The items' records as the ledger keeps them; the first is number `first`.
    pub fn records(&self, items: &[Identified], first: u64) -> Result<FrameBuilder, keys::KeysError> {
        let bodies: usize = items.iter().map(|item| item.prepared.event.body().len()).sum();
        let mut records = FrameBuilder::with_capacity(items.len(), bodies + items.len() * RECORD_BESIDE_BODY);
        items.iter().zip(first..).try_for_each(|(item, seq)| self.record(item, seq, &mut records))?;
        Ok(records)
    }

    /// Adds the item's record to `records`.
    pub fn record(
        &self,
        item: &Identified,
        seq: u64,
        records: &mut FrameBuilder,
    ) -> Result<(), keys::KeysError> {
        let event = &item.prepared.event;
        let record = EventRecord {
            time: event.stamp.time,
            received: event.stamp.received,
            source: event.stamp.source,
            channel: event.stamp.channel.clone(),
            kind: event.kind,
            name: event.name.clone(),
            message: item.prepared.message.0,
            strand: item.strand,
            customer: item.customer,
            identity: item.recorded_changes(|strand, plain| {
                self.seal(strand, IDENTIFIER_NONCE | seq, IDENTIFIER_AAD, plain)
            })?,
            clear: self.engine.impersonal(event).map(Into::into),
            body: self.seal(item.strand, seq, BODY_AAD, event.body())?,
        };
        records.record(|buffer| Record::Event(record).encode_into(buffer));
        Ok(())
    }

    fn seal(
        &self,
        strand: StrandId,
        counter: u64,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Sealed, keys::KeysError> {
        seal(self.keys, self.epoch, (strand, counter), aad, plain)
    }
}

/// Seals under a strand's key; `counter` is never used twice with it.
pub(crate) fn seal(
    keys: &Keys,
    epoch: u32,
    (strand, counter): (StrandId, u64),
    aad: &[u8],
    plain: &[u8],
) -> Result<Sealed, keys::KeysError> {
    let mut bytes = Vec::with_capacity(plain.len() + 16);
    keys.seal(strand, epoch, counter, aad, plain, &mut bytes)?;
    Ok(Sealed { strand, epoch, counter, bytes: bytes.into() })
}

/// Set in the counter of a survivor's nonce: an erasure that a full disk refused leaves its sequence to a later record.
pub(crate) const SURVIVOR_NONCE: u64 = 1 << 62;

/// Set in the counter of an identifier's nonce: the strand's own first event has the same sequence.
const IDENTIFIER_NONCE: u64 = 1 << 63;
