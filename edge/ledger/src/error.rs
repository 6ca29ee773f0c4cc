//! What can go wrong with the ledger, and what to do about it.

use std::io;

use model::{FrameSeq, Position};

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("cannot {doing} `{file}` in the ledger's folder: {source}")]
    Io { doing: &'static str, file: String, source: io::Error },
    #[error("another process has this ledger open for writing; stop it, or use another data folder")]
    Locked,
    /// Another writer got in first, or the caller's view is old. Nothing was written.
    #[error("the caller expected frame {} to be the last, but it is {}; open the ledger again", expected.0, last.0)]
    Fenced { expected: FrameSeq, last: FrameSeq },
    /// Another writer got past the lock. Nothing was written.
    #[error(
        "another writer has changed segment `{segment}` at or after offset {offset}; stop it and restart this one"
    )]
    Overtaken { segment: String, offset: u64 },
    /// Nothing was written; the ledger goes on as soon as there is space.
    #[error("the disk is full; make room, new records are taken again by themselves")]
    Full,
    #[error("a frame of {bytes} bytes is too long; at most {max} are taken, split the batch")]
    TooLong { bytes: usize, max: usize },
    /// What was written may not be durable, and asking again would not tell.
    #[error("an earlier write could not be made durable ({cause}); check the disk and restart the server")]
    Poisoned { cause: String },
    #[error("segment `{segment}` is damaged at offset {offset}, frame {}: {damage}; restore this file from a copy", frame.0)]
    Damaged { segment: String, offset: u64, frame: FrameSeq, damage: Damage },
    #[error("no record begins at position {}; the index that names it is not of this ledger, rebuild it", position.0)]
    NoRecord { position: Position },
    #[error(
        "segment `{segment}` has format version {version}, which this program does not read; use a newer one"
    )]
    NewerFormat { segment: String, version: u8 },
}

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("its header does not match its checksum")]
    Header,
    #[error("its body does not match its checksum")]
    Body,
    #[error("it does not follow the frame before it")]
    Chain,
    #[error("it ends before its length")]
    Short,
    #[error("a record in it does not match its checksum")]
    Record,
    #[error("the segment before it is missing or has another length")]
    Gap,
}

impl LedgerError {
    pub(crate) fn io(doing: &'static str, file: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let file = file.into();
        move |source| Self::Io { doing, file, source }
    }
}

/// Whether an error means that the disk, or the share of it that we may use, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
