//! Finding the end of a ledger after a crash: what is torn is cut, what is damaged is named.
//!
//! What follows the last frame is nothing, or zeros filled in ahead of the frames to come. A crash can tear only
//! frames that were never acknowledged: those after the last sync. Each frame notes the last one known to be
//! durable when it was written, so an unreadable frame that a later frame calls durable is damage and an error;
//! one that no later frame vouches for is a torn tail. Opening reads only the headers of the last segment and
//! the bodies of frames that may be torn; all the rest is checked when it is read, and by `verify`.

use model::{FrameSeq, Seq};

use crate::frame::{Header, NoHeader};
use crate::index::Index;
use crate::shared::{Progress, Shared, segment_name};
use crate::tail::{self, Tail};
use crate::walk::Window;
use crate::{Checksum, Damage, Disk, File, LedgerError};

/// What a ledger's folder holds.
#[derive(Default)]
pub(crate) struct Survey {
    pub bases: Vec<u64>,
    pub index: Index,
    /// The last good frame.
    pub last: Option<Header>,
    /// Where it ends.
    pub end: u64,
    /// Bytes after it, torn; zeros at the very end are not counted.
    pub cut_bytes: u64,
    /// Where the first frame begins that no later one calls durable; the end when there is none.
    pub unsure: u64,
}

impl Survey {
    pub fn into_shared<D: Disk>(self, disk: D) -> Shared<D> {
        let written = self.last.map_or(FrameSeq(0), |last| last.seq);
        let progress = Progress { written, end: self.end, file: None, durable: written, poison: None };
        Shared::new(disk, self.bases, self.index, progress)
    }

    /// The epoch, next record and checksum that the next frame builds on.
    pub fn head(&self) -> (u32, Seq, Checksum) {
        self.last.map_or((0, Seq(1), Checksum::default()), |last| {
            (last.epoch, Seq(last.first_record.0 + u64::from(last.count)), last.checksum)
        })
    }
}

/// Looks at a ledger without changing it.
pub(crate) fn survey<D: Disk>(disk: &D) -> Result<Survey, LedgerError> {
    let mut survey = Survey { bases: segment_bases(disk)?, ..Survey::default() };
    let Some((&last_base, earlier)) = survey.bases.split_last() else { return Ok(survey) };
    if survey.bases[0] != 0 {
        return Err(damaged(survey.bases[0], 0, FrameSeq(1), Damage::Gap));
    }
    let mut before = None;
    for (&base, &end) in earlier.iter().zip(&survey.bases[1..]) {
        let header = first_header(disk, base, before)?;
        survey.index.note(base, &header, true);
        check_length(disk, base, end, header.seq)?;
        before = Some(base);
    }
    let file = open_segment(disk, last_base)?;
    let len = file.len().map_err(LedgerError::io("read", segment_name(last_base)))?;
    // Before the walk: what a writer at work adds after it is neither torn nor damage.
    let written = tail::written(&file, len).map_err(LedgerError::io("read", segment_name(last_base)))?;
    let tail = Tail::read(&file, last_base, len, &mut survey.index)?;
    survey.last = match (tail.last, before) {
        (Some(last), _) => Some(last),
        (None, Some(base)) => Some(last_of_full_segment(disk, base, last_base)?),
        (None, None) => None,
    };
    let next = FrameSeq(survey.last.map_or(1, |last| last.seq.0 + 1));
    tail.refuse_damage(&file, last_base, written, next)?;
    survey.end = last_base + tail.end;
    survey.cut_bytes = written.saturating_sub(tail.end);
    survey.unsure = last_base + tail.unsure.min(tail.end);
    survey.index.forget_from(survey.end);
    Ok(survey)
}

fn segment_bases<D: Disk>(disk: &D) -> Result<Vec<u64>, LedgerError> {
    let names = disk.list().map_err(LedgerError::io("list", "."))?;
    let base = |name: &String| name.strip_suffix(".seg").filter(|digits| digits.len() == 20)?.parse().ok();
    let mut bases: Vec<u64> = names.iter().filter_map(base).collect();
    bases.sort_unstable();
    Ok(bases)
}

fn open_segment<D: Disk>(disk: &D, base: u64) -> Result<D::File, LedgerError> {
    let name = segment_name(base);
    disk.open(&name).map_err(LedgerError::io("open", name))
}

/// A segment that is not the last must reach exactly to the next.
fn check_length<D: Disk>(disk: &D, base: u64, end: u64, first: FrameSeq) -> Result<(), LedgerError> {
    let len = open_segment(disk, base)?.len().map_err(LedgerError::io("read", segment_name(base)))?;
    if base + len == end { Ok(()) } else { Err(damaged(base, len, first, Damage::Gap)) }
}

/// The first header of a segment that is not the last.
fn first_header<D: Disk>(disk: &D, base: u64, before: Option<u64>) -> Result<Header, LedgerError> {
    let file = open_segment(disk, base)?;
    let read = Window::default().header(&file, 0).map_err(LedgerError::io("read", segment_name(base)))?;
    match read {
        Some(Ok(header)) => Ok(header),
        Some(Err(NoHeader::Version(version))) => {
            Err(LedgerError::NewerFormat { segment: segment_name(base), version })
        }
        Some(Err(NoHeader::Damaged)) | None => {
            let frame = match before {
                Some(before) => FrameSeq(last_of_full_segment(disk, before, base)?.seq.0 + 1),
                None => FrameSeq(1),
            };
            Err(damaged(base, 0, frame, Damage::Header))
        }
    }
}

/// The last header of a segment that is not the last.
fn last_of_full_segment<D: Disk>(disk: &D, base: u64, end: u64) -> Result<Header, LedgerError> {
    let file = open_segment(disk, base)?;
    let mut window = Window::default();
    let (mut at, mut last) = (0, None::<Header>);
    while base + at < end || last.is_none() {
        let read = window.header(&file, at).map_err(LedgerError::io("read", segment_name(base)))?;
        let header = match read {
            Some(Ok(header)) if base + at + header.frame_len() <= end => header,
            Some(Err(NoHeader::Version(version))) => {
                return Err(LedgerError::NewerFormat { segment: segment_name(base), version });
            }
            Some(Ok(_) | Err(NoHeader::Damaged)) | None => {
                let frame = FrameSeq(last.map_or(0, |last| last.seq.0 + 1));
                return Err(damaged(base, at, frame, Damage::Header));
            }
        };
        at += header.frame_len();
        last = Some(header);
    }
    Ok(last.expect("the loop runs until there is one"))
}

pub(crate) fn damaged(base: u64, offset: u64, frame: FrameSeq, damage: Damage) -> LedgerError {
    LedgerError::Damaged { segment: segment_name(base), offset, frame, damage }
}
