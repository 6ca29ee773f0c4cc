//! A customer's conversations as the desk lists them, without anything personal.

use minicbor::{Decode, Encode};
use model::{ConversationId, Priority, Timestamp};
use serde::Serialize;

use crate::progress::Progress;

/// One conversation at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct DeskEntry {
    #[n(0)]
    pub conversation: ConversationId,
    #[n(1)]
    pub queue: Box<str>,
    #[n(2)]
    pub priority: Priority,
    #[n(3)]
    pub since: Timestamp,
    #[n(4)]
    pub skills: Vec<Box<str>>,
    #[n(5)]
    pub agent: Option<Box<str>>,
    #[n(6)]
    pub snoozed: Option<Timestamp>,
    /// When the promise that runs out next does.
    #[n(7)]
    pub due: Option<Timestamp>,
    #[n(8)]
    pub breached: bool,
    /// When the last message came or went.
    #[n(9)]
    pub last: Timestamp,
    /// Whether the customer wrote last.
    #[n(10)]
    pub unanswered: bool,
}

/// The customer's conversations at the desk, by id.
pub fn desk_entries(progress: &Progress) -> Vec<DeskEntry> {
    let entry = |own: &crate::Conversation| {
        let ticket = own.ticket.as_deref()?;
        let clock = ticket.next_clock().map(|(_, clock)| clock);
        Some(DeskEntry {
            conversation: own.id,
            queue: ticket.queue.clone(),
            priority: ticket.priority,
            since: ticket.since,
            skills: ticket.skills.clone(),
            agent: ticket.agent.clone(),
            snoozed: ticket.snoozed,
            due: clock.map(|clock| clock.due),
            breached: ticket.running().any(|(_, clock)| clock.breached),
            last: own.last,
            unanswered: own.unanswered,
        })
    };
    progress.conversations.iter().filter_map(entry).collect()
}
