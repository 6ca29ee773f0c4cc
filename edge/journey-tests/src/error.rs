//! Why a test could not be played; that an expectation is not met is no error.

use model::{EffectId, Timestamp};
use shard::{Broken, OrderError, Refusal, StateHash, ThreadError};
use state::StateError;

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("the thread cannot be read: {0}")]
    Thread(#[from] ThreadError),
    #[error("the world of the test refused it: {0}")]
    Refused(Refusal),
    #[error("the event of line {line} cannot be taken in: {reason}")]
    NotTaken { line: u64, reason: String },
    #[error("more than {turns} timers fired before {before}; does a journey wait in a circle?")]
    TimersInCircles { turns: usize, before: Timestamp },
    #[error("more than {turns} messages and calls at once; does a journey go round in circles?")]
    EffectsInCircles { turns: usize },
    #[error("{0} was performed twice")]
    Twice(EffectId),
    #[error("the state is {there}, the ledger replays to {replayed}")]
    Replay { there: StateHash, replayed: StateHash },
}

impl From<OrderError> for PlayError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Refused(refusal) => Self::Refused(refusal),
            OrderError::Broken(broken) => Self::Broken(broken),
        }
    }
}
