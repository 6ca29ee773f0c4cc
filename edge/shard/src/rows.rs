//! Rows of derived state: their keys, and what is bound to each when it is sealed.

use engine::Tail;
use minicbor::{Decode, Encode};
use model::{CustomerId, EffectId, FrameSeq, IdentifierHash, Seq, StrandId, Timestamp};
use state::RunMeta;

use crate::books::Books;
use crate::desk::DeskBook;

/// The one row of [`state::Table::Meta`] that says what the rest reflects.
pub(crate) const CHECKPOINT_KEY: &[u8] = b"checkpoint";

/// What all rows together reflect, and the small state that is not per customer.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub(crate) struct Checkpoint {
    #[n(0)]
    pub seq: Seq,
    #[n(1)]
    pub frame: FrameSeq,
    #[n(2)]
    pub time: Timestamp,
    #[n(3)]
    pub next_strand: u64,
    #[n(4)]
    pub books: Books,
    #[n(5)]
    pub runs: Vec<RunMeta>,
    #[n(6)]
    pub catalogue_version: u32,
    /// Unsettled effects and whose they are.
    #[n(7)]
    pub effects: Vec<(EffectId, CustomerId)>,
    /// Customers for whom something waits that only the shard can do, with since when.
    #[n(8)]
    #[cbor(default)]
    pub deciding: Vec<(Seq, CustomerId)>,
    #[n(20)]
    #[cbor(default)]
    pub desk: DeskBook,
}

pub(crate) fn customer_key(customer: CustomerId) -> [u8; 8] {
    customer.0.to_be_bytes()
}

pub(crate) fn catalogue_key(version: u32) -> Vec<u8> {
    format!("catalogue/{version:010}").into_bytes()
}

pub(crate) fn identifier_key(hash: IdentifierHash) -> [u8; 16] {
    hash.0.to_be_bytes()
}

pub(crate) fn timer_key(due: Timestamp, customer: CustomerId) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&sortable(due));
    key[8..].copy_from_slice(&customer.0.to_be_bytes());
    key
}

pub(crate) fn read_timer_key(key: &[u8]) -> Option<(Timestamp, CustomerId)> {
    let (due, customer) = key.split_first_chunk::<8>()?;
    Some((unsortable(*due), CustomerId(u64::from_be_bytes(customer.try_into().ok()?))))
}

/// Where a strand and its customer stand in an identifier's row.
pub(crate) fn identifier_row(strand: StrandId, customer: CustomerId) -> [u8; 16] {
    let mut row = [0; 16];
    row[..8].copy_from_slice(&strand.0.to_be_bytes());
    row[8..].copy_from_slice(&customer.0.to_be_bytes());
    row
}

pub(crate) fn read_identifier_row(row: &[u8]) -> Option<(StrandId, CustomerId)> {
    let (strand, customer) = row.split_first_chunk::<8>()?;
    let customer = u64::from_be_bytes(customer.try_into().ok()?);
    Some((StrandId(u64::from_be_bytes(*strand)), CustomerId(customer)))
}

/// A chunk of a thread index: the strand, the latest time in it, and its number in the strand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChunkKey {
    pub strand: StrandId,
    pub latest: Timestamp,
    pub number: u32,
}

impl ChunkKey {
    pub fn first(strand: StrandId) -> Self {
        Self { strand, latest: Timestamp::MIN, number: 0 }
    }

    pub fn last(strand: StrandId) -> Self {
        Self { strand, latest: Timestamp::MAX, number: u32::MAX }
    }

    pub fn bytes(&self) -> [u8; 20] {
        let mut key = [0; 20];
        key[..8].copy_from_slice(&self.strand.0.to_be_bytes());
        key[8..16].copy_from_slice(&sortable(self.latest));
        key[16..].copy_from_slice(&self.number.to_be_bytes());
        key
    }

    pub fn read(key: &[u8]) -> Option<Self> {
        let (strand, rest) = key.split_first_chunk::<8>()?;
        let (latest, number) = rest.split_first_chunk::<8>()?;
        Some(Self {
            strand: StrandId(u64::from_be_bytes(*strand)),
            latest: unsortable(*latest),
            number: u32::from_be_bytes(number.try_into().ok()?),
        })
    }
}

/// Signed times as bytes that sort as the times do.
fn sortable(time: Timestamp) -> [u8; 8] {
    ((time.0 as u64) ^ (1 << 63)).to_be_bytes()
}

fn unsortable(bytes: [u8; 8]) -> Timestamp {
    Timestamp((u64::from_be_bytes(bytes) ^ (1 << 63)) as i64)
}

/// The beginning of a customer's row: the strand under whose key it is sealed. `sealed` bytes of the customer follow.
pub(crate) fn customer_row(strand: StrandId, sealed: usize) -> Vec<u8> {
    let mut row = Vec::with_capacity(8 + sealed);
    row.extend_from_slice(&strand.0.to_be_bytes());
    row
}

pub(crate) fn read_customer_row(row: &[u8]) -> Option<(StrandId, &[u8])> {
    let (strand, sealed) = row.split_first_chunk::<8>()?;
    Some((StrandId(u64::from_be_bytes(*strand)), sealed))
}

/// A chunk as its row holds it, before sealing.
pub(crate) fn chunk_bytes(tail: &Tail) -> Vec<u8> {
    minicbor::to_vec(tail).expect("encoding into memory cannot fail")
}

/// What a body in the ledger is bound to besides its strand: nothing in it can be moved elsewhere,
/// because the nonce carries the record's own epoch and sequence.
pub(crate) const BODY_AAD: &[u8] = b"body";
pub(crate) const IDENTIFIER_AAD: &[u8] = b"identifier";
pub(crate) const ANSWER_AAD: &[u8] = b"answer";
pub(crate) const DEAL_AAD: &[u8] = b"deal";
pub(crate) const ACTION_AAD: &[u8] = b"action";
pub(crate) const SURVIVOR_AAD: &[u8] = b"survivor";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_times_do_also_before_1970() {
        let keys: Vec<_> = [-5, -1, 0, 1, 700]
            .map(|time| ChunkKey { strand: StrandId(3), latest: Timestamp(time), number: 1 }.bytes())
            .into();
        assert!(keys.is_sorted());
        let read: Vec<_> = keys.iter().map(|key| ChunkKey::read(key).unwrap().latest.0).collect();
        assert_eq!(read, [-5, -1, 0, 1, 700]);
    }
}
