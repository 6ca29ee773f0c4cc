//! Making frames durable, from any thread.

use std::sync::Arc;

use model::FrameSeq;

use crate::shared::Shared;
use crate::{Disk, File, LedgerError};

/// A handle that makes written frames durable.
pub struct Syncer<D: Disk> {
    shared: Arc<Shared<D>>,
}

impl<D: Disk> Clone for Syncer<D> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<D: Disk> Syncer<D> {
    pub(crate) fn new(shared: Arc<Shared<D>>) -> Self {
        Self { shared }
    }

    /// Returns once every frame up to `upto` survives a power cut; the answer is the last frame that does.
    /// After an error every later sync and append fails: the kernel may have dropped what it could not write
    /// and would call a second attempt a success.
    pub fn sync(&self, upto: FrameSeq) -> Result<FrameSeq, LedgerError> {
        let _turn = self.shared.syncing.lock().expect("no holder of this lock panics");
        self.shared.check_poison()?;
        let durable = {
            let progress = self.shared.progress();
            assert!(upto <= progress.written, "frame {} was never written", upto.0);
            progress.durable
        };
        if durable >= upto { Ok(durable) } else { self.sync_file() }
    }

    /// Makes the last segment durable with its length, also when all its frames are: what a full disk made
    /// the writer take back may still be there after a crash.
    pub(crate) fn sync_all(&self) -> Result<FrameSeq, LedgerError> {
        let _turn = self.shared.syncing.lock().expect("no holder of this lock panics");
        self.shared.check_poison()?;
        self.sync_file()
    }

    /// The last frame that survives a power cut.
    pub fn durable(&self) -> FrameSeq {
        self.shared.progress().durable
    }

    fn sync_file(&self) -> Result<FrameSeq, LedgerError> {
        let (written, file) = {
            let progress = self.shared.progress();
            (progress.written, progress.file.clone())
        };
        // Earlier segments were synced before this one began, so the one file is enough.
        let file = file.expect("a ledger open for writing has a last segment");
        file.sync().map_err(|source| self.shared.poison("sync the last segment", source))?;
        let mut progress = self.shared.progress();
        progress.durable = progress.durable.max(written);
        Ok(progress.durable)
    }
}
