//! The last segment after a crash: how much of it is good, and whether the rest is torn or damaged.

use std::collections::VecDeque;
use std::io;

use model::FrameSeq;

use crate::frame::{HEADER_BYTES, Header, MAGIC, NoHeader};
use crate::index::Index;
use crate::recovery::damaged;
use crate::shared::segment_name;
use crate::walk::Window;
use crate::{Damage, File, LedgerError};

/// How much of a torn tail is searched at once.
const SEARCH_BYTES: usize = 1 << 20;

/// The good part of the last segment.
pub(crate) struct Tail {
    /// Its last frame; none when it has no whole one.
    pub last: Option<Header>,
    /// Where the good part ends.
    pub end: u64,
    /// Where the frames begin that no later one calls durable.
    pub unsure: u64,
    /// How far headers led; beyond `end` when a body before it is torn.
    walked: u64,
}

/// Frames of the last segment as the walk over its headers leaves them.
#[derive(Default)]
struct Headers {
    end: u64,
    /// The last frame that a later one calls durable.
    settled: Option<Header>,
    /// Those after it, with their offsets. Only they can be torn.
    unsure: VecDeque<(u64, Header)>,
}

impl Tail {
    pub fn read<F: File>(file: &F, base: u64, len: u64, index: &mut Index) -> Result<Self, LedgerError> {
        let headers = Headers::walk(file, base, len, index)?;
        let mut tail = Self {
            last: headers.settled,
            end: headers.unsure.front().map_or(headers.end, |(offset, _)| *offset),
            unsure: headers.unsure.front().map_or(headers.end, |(offset, _)| *offset),
            walked: headers.end,
        };
        let mut window = Window::default();
        for (offset, header) in headers.unsure {
            let body = window
                .get(file, offset + HEADER_BYTES as u64, header.body_len as usize)
                .map_err(LedgerError::io("read", segment_name(base)))?;
            if !header.vouches_for(body) {
                break;
            }
            tail.last = Some(header);
            tail.end = offset + header.frame_len();
        }
        Ok(tail)
    }

    /// Fails when a frame after the good part calls the first bad one, `next`, durable: then it was not torn.
    pub fn refuse_damage<F: File>(
        &self,
        file: &F,
        base: u64,
        len: u64,
        next: FrameSeq,
    ) -> Result<(), LedgerError> {
        let vouched = search(file, self.walked, len, |header| header.durable >= next);
        if !vouched.map_err(LedgerError::io("read", segment_name(base)))? {
            return Ok(());
        }
        let damage = if self.end < self.walked { Damage::Body } else { Damage::Header };
        Err(damaged(base, self.end, next, damage))
    }
}

impl Headers {
    /// Goes from header to header until one is missing or unreadable.
    fn walk<F: File>(file: &F, base: u64, len: u64, index: &mut Index) -> Result<Self, LedgerError> {
        let mut window = Window::default();
        let mut headers = Self::default();
        loop {
            let at = headers.end;
            let read = window.header(file, at).map_err(LedgerError::io("read", segment_name(base)))?;
            let header = match read {
                Some(Ok(header)) if at + header.frame_len() <= len => header,
                Some(Err(NoHeader::Version(version))) => {
                    return Err(LedgerError::NewerFormat { segment: segment_name(base), version });
                }
                Some(Ok(_) | Err(NoHeader::Damaged)) | None => return Ok(headers),
            };
            let follows = match headers.last() {
                Some(before) => header.follows(before),
                None => base > 0 || header.begins_ledger(),
            };
            // A frame that did not fit was taken back, another one written in its place; after a crash the beginning of
            // the one can stand before the successor of the other. Nobody has called either durable.
            let torn = headers.unsure.back().is_some_and(|(_, before)| header.durable < before.seq);
            if !follows && torn {
                return Ok(headers);
            }
            if !follows {
                return Err(damaged(base, at, header.seq, Damage::Chain));
            }
            index.note(base + at, &header, at == 0);
            headers.add(header);
        }
    }

    fn last(&self) -> Option<&Header> {
        self.unsure.back().map(|(_, header)| header).or(self.settled.as_ref())
    }

    fn add(&mut self, header: Header) {
        while self.unsure.front().is_some_and(|(_, earlier)| earlier.seq <= header.durable) {
            self.settled = self.unsure.pop_front().map(|(_, earlier)| earlier);
        }
        self.unsure.push_back((self.end, header));
        self.end += header.frame_len();
    }
}

/// Where the last byte that is not zero ends, in a file of `len` bytes: what follows was only filled.
pub(crate) fn written<F: File>(file: &F, len: u64) -> io::Result<u64> {
    let mut bytes = vec![0; SEARCH_BYTES.min(len as usize)];
    let mut end = len;
    while end > 0 {
        let begin = end.saturating_sub(SEARCH_BYTES as u64);
        // A writer may have ended the segment meanwhile; then there is less than was asked for.
        let count = file.read_at(begin, &mut bytes[..(end - begin) as usize])?;
        if let Some(last) = bytes[..count].iter().rposition(|byte| *byte != 0) {
            return Ok(begin + last as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// Whether a header for which `wanted` holds begins anywhere in the file between `at` and `end`.
fn search<F: File>(file: &F, mut at: u64, end: u64, wanted: impl Fn(&Header) -> bool) -> io::Result<bool> {
    let mut bytes = vec![0; SEARCH_BYTES + HEADER_BYTES];
    while at < end {
        let begins = SEARCH_BYTES.min((end - at) as usize);
        let count = file.read_at(at, &mut bytes)?;
        let windows = bytes[..count].windows(HEADER_BYTES).take(begins);
        let found = windows.filter(|window| window.starts_with(&MAGIC)).any(|window| {
            let window = window.try_into().expect("windows have the length of a header");
            Header::read(window).is_ok_and(|header| wanted(&header))
        });
        if found {
            return Ok(true);
        }
        at += SEARCH_BYTES as u64;
    }
    Ok(false)
}
