//! Making frames durable, from any thread.

use std::marker::PhantomData;

use model::FrameSeq;

use crate::{Disk, LedgerError};

/// A handle that makes written frames durable.
pub struct Syncer<D: Disk> {
    _disk: PhantomData<D>,
}

impl<D: Disk> Clone for Syncer<D> {
    fn clone(&self) -> Self {
        Self { _disk: PhantomData }
    }
}

impl<D: Disk> Syncer<D> {
    /// Returns once every frame up to `upto` survives a power cut; the answer is the last frame that does.
    pub fn sync(&self, upto: FrameSeq) -> Result<FrameSeq, LedgerError> {
        let _ = upto;
        todo!()
    }
}
