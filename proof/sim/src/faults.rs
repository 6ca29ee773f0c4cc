//! What goes wrong: power cuts in the middle of a write, syncs that fail, disks that are full for a while.

use crate::world::{Halt, World};

impl World {
    pub fn fault(&mut self) -> Result<(), Halt> {
        match self.random.below(12) {
            0..=3 => {
                let changes = 1 + self.random.below(12) as u32;
                self.machine.disk.die_in(changes);
                self.note("armed power cuts", format_args!("the power will be cut in {changes} writes"));
            }
            4 => return Err(Halt::Failed("the process was killed".into())),
            5 => {
                let calls = 1 + self.random.below(4) as u32;
                self.machine.disk.fail_sync_in(calls);
                self.note("armed sync errors", format_args!("sync {calls} of the ledger will fail"));
            }
            6 => {
                let calls = 1 + self.random.below(4) as u32;
                self.machine.slots.fail_sync_in(calls);
                self.note("armed sync errors", format_args!("sync {calls} of the keys will fail"));
            }
            7..=9 => {
                let space = self.machine.disk.used() + self.random.below(3_000);
                self.machine.disk.set_space(Some(space));
                if self.random.chance(30) {
                    self.machine.slots.set_space(Some(self.machine.slots.bytes().len()));
                }
                self.note("full disks", format_args!("the disk has room up to {space} bytes"));
            }
            _ => self.make_room(),
        }
        Ok(())
    }

    pub fn make_room(&mut self) {
        self.machine.disk.set_space(None);
        self.machine.slots.set_space(None);
        self.trace.line(format_args!("the disk has room"));
    }

    /// No more faults from here on, but those that have happened.
    pub fn calm(&mut self) {
        self.machine.calm();
        self.trace.line(format_args!("the disk has room"));
    }
}
