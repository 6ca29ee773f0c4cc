//! The frame that found the disk full: kept, and written when there is space again.

use ledger::Disk;
use model::Timestamp;

use crate::shard::{Broken, Shard};
use crate::submission::Consequences;

impl<D: Disk> Shard<D> {
    /// Tries again to write the frame that found the disk full. Until that succeeds nothing else is taken.
    pub fn retry_stalled(&mut self, now: Timestamp) -> Result<Option<Consequences>, Broken> {
        if !self.is_stalled() {
            return Ok(None);
        }
        let mut consequences = std::mem::take(&mut self.owed);
        match self.write_stalled(now, false, &mut consequences) {
            Ok(()) => Ok(Some(consequences)),
            Err(broken) => {
                self.owed = consequences;
                Err(broken)
            }
        }
    }

    /// The same; an urgent one may use the space kept back for what must go on when the disk is full.
    pub(crate) fn write_stalled(
        &mut self,
        now: Timestamp,
        urgent: bool,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let Some(mut frame) = self.stalled.take() else { return Ok(()) };
        self.world.time = self.world.time.max(now);
        consequences.time = self.world.time;
        self.close(&mut frame, self.world.time, urgent, consequences)
    }

    pub fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }
}
