//! What goes wrong while a test is played: nothing, or what a simulation makes of its seed.

use crate::machine::Machine;

/// Between two of these moments a server may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A record is durable, and nobody was told.
    Noted,
    /// The beginning of an effect is durable, and nothing has left.
    Begun,
    /// The receiver has it, and its answer is not noted.
    Done,
}

/// Faults of a world.
pub trait Misfortune {
    /// Before something is asked of the shard: a fault may be laid.
    fn lay(&mut self, machine: &Machine);

    /// Whether the server is killed at this moment.
    fn strikes(&mut self, moment: Moment) -> bool;

    /// The server is gone; the power may be, too. Called for every opening, with its number from 0.
    fn fell(&mut self, machine: &Machine, opening: u32);

    /// Whether a client sends what it has sent once more.
    fn repeats(&mut self) -> bool;
}

/// Nothing goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Calm;

impl Misfortune for Calm {
    fn lay(&mut self, _: &Machine) {}

    fn strikes(&mut self, _: Moment) -> bool {
        false
    }

    fn fell(&mut self, _: &Machine, _: u32) {}

    fn repeats(&mut self) -> bool {
        false
    }
}
