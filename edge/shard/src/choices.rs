//! Choices among offers, looked up by their decision: the books know their numbers, the records whose they are, and the
//! customer's thread what was decided. So nothing that is kept of all customers together tells who was offered what.

use ledger::{Disk, Reader};
use model::record::{Command, CommandRecord, Record};
use model::{CustomerId, DecisionId, Note, Seq, Timestamp};

use crate::thread::{ThreadError, ThreadReader};

/// Whose a decision is, and when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub decision: DecisionId,
    pub customer: CustomerId,
    pub time: Timestamp,
}

impl Choice {
    /// Finds the record of a decision; nothing where there is none.
    pub fn find<D: Disk>(ledger: &Reader<D>, decision: DecisionId) -> Result<Option<Self>, ThreadError> {
        let seq = decision.record();
        let Some(frame) = ledger.frames_from(seq).next() else { return Ok(None) };
        let frame = frame?;
        let Some(place) = seq.0.checked_sub(frame.first_record.0) else { return Ok(None) };
        let Some((_, bytes)) = frame.records().nth(place as usize) else { return Ok(None) };
        let Ok(Record::Command(CommandRecord { received, command, .. })) = Record::decode(bytes) else {
            return Ok(None);
        };
        let Command::Decide { customer, .. } = command else { return Ok(None) };
        Ok(Some(Self { decision, customer, time: received }))
    }

    /// What was decided, from the customer's thread.
    pub fn note<D: Disk>(&self, thread: &ThreadReader<D>) -> Result<Option<Note>, ThreadError> {
        let seq: Seq = self.decision.record();
        thread.note_of(
            seq,
            self.time,
            |note| matches!(note, Note::OfferDecided { decision, .. } if *decision == self.decision),
        )
    }
}
