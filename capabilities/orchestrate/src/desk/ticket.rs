//! What is known of a conversation that is with people: the queue, the agent, and how long it may take.

use minicbor::{Decode, Encode};
use model::{DeskClock, Priority, Timestamp};
use serde::Serialize;

/// A conversation that waits for an agent, or is with one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Ticket {
    #[n(0)]
    pub queue: Box<str>,
    #[n(1)]
    pub priority: Priority,
    /// When it came to the desk.
    #[n(2)]
    pub since: Timestamp,
    /// What an agent needs besides what the queue asks for.
    #[n(3)]
    pub skills: Vec<Box<str>>,
    /// Who has it; none while it waits.
    #[n(4)]
    pub agent: Option<Box<str>>,
    /// Out of sight until then.
    #[n(5)]
    pub snoozed: Option<Timestamp>,
    /// Why it was handed over, in words.
    #[n(6)]
    pub why: Box<str>,
    /// When an agent answered first.
    #[n(7)]
    pub answered: Option<Timestamp>,
    #[n(8)]
    pub first_response: Option<Clock>,
    #[n(9)]
    pub resolution: Option<Clock>,
    #[n(10)]
    pub escalated: bool,
    /// The outcomes an agent may choose from, and the slots to fill in, as the journey that waits asks for them.
    #[n(11)]
    pub outcomes: Vec<Box<str>>,
    #[n(12)]
    pub form: Vec<Box<str>>,
}

/// A promise that runs out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Clock {
    #[n(0)]
    pub due: Timestamp,
    #[n(1)]
    pub warn_at: Timestamp,
    #[n(2)]
    pub warned: bool,
    #[n(3)]
    pub breached: bool,
}

/// How an agent left a conversation, so that it comes back to the right place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Closed {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub by: Box<str>,
    #[n(2)]
    pub outcome: Box<str>,
    #[n(3)]
    pub queue: Box<str>,
    #[n(4)]
    pub priority: Priority,
}

impl Clock {
    /// When it must be looked at next.
    fn next(&self) -> Option<Timestamp> {
        match (self.breached, self.warned) {
            (true, _) => None,
            (false, true) => Some(self.due),
            (false, false) => Some(self.warn_at.min(self.due)),
        }
    }
}

impl Ticket {
    /// When it must be looked at next.
    pub fn due(&self) -> Option<Timestamp> {
        let clocks = self.running().filter_map(|(_, clock)| clock.next());
        clocks.chain(self.snoozed).min()
    }

    /// The clocks that have not stopped.
    pub fn running(&self) -> impl Iterator<Item = (DeskClock, &Clock)> {
        let first = self.first_response.as_ref().filter(|_| self.answered.is_none());
        let first = first.map(|clock| (DeskClock::FirstResponse, clock));
        first.into_iter().chain(self.resolution.as_ref().map(|clock| (DeskClock::Resolution, clock)))
    }

    /// The clock that runs out next, of those that have not.
    pub fn next_clock(&self) -> Option<(DeskClock, &Clock)> {
        self.running().min_by_key(|(_, clock)| (clock.breached, clock.due))
    }
}
