//! Which segments a customer is in, since when, and when that is to be looked at again.

use minicbor::{Decode, Encode};
use model::Timestamp;
use rules::SegmentSlot;

use crate::Recognition;

/// One customer's segments. Segments go by a hash of their names, so that a membership outlives catalogue versions.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Membership {
    /// The catalogue version it was evaluated under.
    #[n(0)]
    pub(super) version: u32,
    /// `Timestamp::MAX` when no window can expire.
    #[n(1)]
    pub(super) expiry: Timestamp,
    /// By key, ascending.
    #[n(2)]
    seats: Box<[Seat]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
struct Seat {
    #[n(0)]
    segment: u32,
    #[n(1)]
    since: Timestamp,
}

impl Default for Membership {
    fn default() -> Self {
        Self { version: 0, expiry: Timestamp::MAX, seats: Box::default() }
    }
}

impl Membership {
    /// The earliest time at which a window's expiry can change a segment: the caller then evaluates with
    /// [`super::Touched::Time`].
    pub fn next_expiry(&self) -> Option<Timestamp> {
        (self.expiry != Timestamp::MAX).then_some(self.expiry)
    }

    /// Strands came or went: everything is to be looked at again, at once.
    pub fn look_again(&mut self) {
        self.expiry = Timestamp(0);
    }

    /// Whether the customer is in the segment of this slot.
    pub fn contains(&self, recognition: &Recognition, segment: SegmentSlot) -> bool {
        let place = recognition.bound().dependencies.place(segment);
        place.is_some_and(|place| self.has(recognition.segments()[usize::from(place)].key))
    }

    /// Bytes on the heap, for sizing memory.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.seats)
    }

    pub(super) fn has(&self, key: u32) -> bool {
        self.seats.iter().any(|seat| seat.segment == key)
    }

    pub(super) fn since(&self, key: u32) -> Option<Timestamp> {
        self.seats.iter().find(|seat| seat.segment == key).map(|seat| seat.since)
    }

    pub(super) fn set(&mut self, key: u32, since: Option<Timestamp>) {
        let mut seats = std::mem::take(&mut self.seats).into_vec();
        match (seats.binary_search_by_key(&key, |seat| seat.segment), since) {
            (Err(place), Some(since)) => {
                seats.reserve_exact(1);
                seats.insert(place, Seat { segment: key, since });
            }
            (Ok(place), None) => {
                seats.remove(place);
            }
            (Ok(_), Some(_)) | (Err(_), None) => {}
        }
        self.seats = seats.into_boxed_slice();
    }

    pub(super) fn forget_unknown(&mut self, known: impl Fn(u32) -> bool) {
        if self.seats.iter().any(|seat| !known(seat.segment)) {
            self.seats = self.seats.iter().filter(|seat| known(seat.segment)).copied().collect();
        }
    }
}
