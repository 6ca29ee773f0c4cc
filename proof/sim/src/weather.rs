//! What a seed does to the server while it plays a story: kills, power cuts in the middle of a write, failing syncs.

use journey_tests::{Machine, Misfortune, Moment};

use crate::random::Random;

/// Faults in one play; more would leave no quiet stretch in it.
const FAULTS_MAX: u64 = 8;
/// Openings tried while faults go on; after that the disk behaves.
const FAULTY_OPENINGS_MAX: u32 = 3;

pub(crate) struct Weather {
    random: Random,
    faults_left: u64,
}

impl Weather {
    pub fn new(mut random: Random) -> Self {
        let faults_left = 1 + random.below(FAULTS_MAX);
        Self { random, faults_left }
    }

    /// True in `percent` of 100 cases, as long as faults are left.
    fn fault(&mut self, percent: u64) -> bool {
        let comes = self.faults_left > 0 && self.random.chance(percent);
        self.faults_left -= u64::from(comes);
        comes
    }
}

impl Misfortune for Weather {
    fn lay(&mut self, machine: &Machine) {
        if !self.fault(10) {
            return;
        }
        match self.random.below(6) {
            0..=3 => machine.disk.die_in(1 + self.random.below(10) as u32),
            4 => machine.disk.fail_sync_in(1 + self.random.below(3) as u32),
            _ => machine.slots.fail_sync_in(1 + self.random.below(2) as u32),
        }
    }

    fn strikes(&mut self, moment: Moment) -> bool {
        match moment {
            Moment::Noted | Moment::Done => self.fault(8),
            // Rare, because a message that is lost here ends what can be compared.
            Moment::Begun => self.fault(1),
        }
    }

    fn fell(&mut self, machine: &Machine, opening: u32) {
        if opening > 0 || machine.disk.is_dead() || self.random.chance(60) {
            machine.crash(|| self.random.next());
        }
        if opening == FAULTY_OPENINGS_MAX {
            machine.calm();
        }
    }

    fn repeats(&mut self) -> bool {
        self.random.chance(10)
    }
}
