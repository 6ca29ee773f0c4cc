//! A sparse index in memory: about one frame in each mebibyte, so that a walk need not begin at the start.

use model::{FrameSeq, Seq};

use crate::frame::Header;

/// Distance of entries, in bytes.
const STRIDE_BYTES: u64 = 1 << 20;

/// Where one frame begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub position: u64,
    pub frame: FrameSeq,
    pub first_record: Seq,
}

/// Entries sorted by position, and therefore by frame and by record, too.
#[derive(Debug, Default)]
pub(crate) struct Index(Vec<Entry>);

impl Index {
    /// Notes a frame, unless an entry less than a stride before it leads there already.
    pub fn note(&mut self, position: u64, header: &Header, begins_segment: bool) {
        let entry = Entry { position, frame: header.seq, first_record: header.first_record };
        let place = self.0.partition_point(|entry| entry.position < position);
        let known = self.0.get(place).is_some_and(|entry| entry.position == position);
        let near =
            place.checked_sub(1).is_some_and(|before| position - self.0[before].position < STRIDE_BYTES);
        if !known && (begins_segment || !near) {
            self.0.insert(place, entry);
        }
    }

    /// The last entry for which `not_after` holds; it must hold for a leading part of the entries.
    pub fn last_where(&self, not_after: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let place = self.0.partition_point(not_after);
        place.checked_sub(1).map(|place| self.0[place])
    }

    /// Drops what was noted of frames that are cut.
    pub fn forget_from(&mut self, end: u64) {
        self.0.retain(|entry| entry.position < end);
    }
}
