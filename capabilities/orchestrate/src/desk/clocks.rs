//! Time at the desk: promises that are in danger or were not kept, and conversations put aside that come back.

use model::{ConversationId, DeskClock, Note, Reopening, Timestamp};

use super::arrive::Coming;
use super::ticket::Ticket;
use crate::advance::Work;
use crate::progress::Progress;

impl Progress {
    /// When the desk must look at a conversation next.
    pub(crate) fn desk_due(&self) -> Option<Timestamp> {
        self.conversations.iter().filter_map(|own| own.ticket.as_ref()?.due()).min()
    }
}

impl Work<'_> {
    /// Does what is due at the desk.
    pub(crate) fn desk_time(&mut self) {
        let now = self.ctx.now;
        let due = |own: &&crate::Conversation| {
            own.ticket.as_ref().and_then(|ticket| ticket.due()).is_some_and(|due| due <= now)
        };
        let due: Vec<ConversationId> =
            self.progress.conversations.iter().filter(due).map(|own| own.id).collect();
        for id in due {
            self.look_at(id);
        }
    }

    fn look_at(&mut self, id: ConversationId) {
        let now = self.ctx.now;
        let Some(ticket) = self.progress.conversation(id).and_then(|own| own.ticket.as_deref()) else {
            return;
        };
        if ticket.snoozed.is_some_and(|until| until <= now) {
            self.wake_up(id, Reopening::TimeCame);
        }
        for clock in [DeskClock::FirstResponse, DeskClock::Resolution] {
            self.look_at_clock(id, clock);
        }
    }

    fn look_at_clock(&mut self, id: ConversationId, clock: DeskClock) {
        let now = self.ctx.now;
        let Some(own) = self.progress.conversation_mut(id) else { return };
        let Some(ticket) = own.ticket.as_deref_mut() else { return };
        let queue = ticket.queue.clone();
        let Some(own) = running(ticket, clock) else { return };
        let breached = !own.breached && own.due <= now;
        let warned = !own.warned && own.warn_at <= now && own.due > now;
        own.breached |= breached;
        own.warned |= breached || warned;
        if breached || warned {
            self.note_in(id, Note::ServiceLevel { conversation: id, queue, clock, breached });
        }
        if breached {
            self.escalate(id);
        }
    }

    /// Sends a conversation on that was not served in time, once. One that an agent has stays theirs and only becomes
    /// more urgent.
    fn escalate(&mut self, id: ConversationId) {
        let Some(journeys) = self.versions.current() else { return };
        let Some(ticket) = self.progress.conversation(id).and_then(|own| own.ticket.as_deref()) else {
            return;
        };
        let rule = journeys.desk.queue(&ticket.queue).and_then(|queue| queue.escalation.clone());
        let Some(rule) = rule.filter(|_| !ticket.escalated) else { return };
        let stays = || ticket.queue.clone();
        let queue = if ticket.agent.is_some() { stays() } else { rule.queue.unwrap_or_else(stays) };
        let priority = rule.priority.unwrap_or(ticket.priority);
        let mut coming = Coming::plain(&queue, priority, "it was not served in time");
        (coming.outcomes, coming.form) = (ticket.outcomes.clone(), ticket.form.clone());
        coming.skills = ticket.skills.clone();
        self.with_ticket(id, |ticket| ticket.escalated = true);
        self.bring(id, coming);
    }
}

/// The clock, as long as it runs.
fn running(ticket: &mut Ticket, clock: DeskClock) -> Option<&mut super::Clock> {
    match clock {
        DeskClock::FirstResponse if ticket.answered.is_some() => None,
        DeskClock::FirstResponse => ticket.first_response.as_mut(),
        DeskClock::Resolution => ticket.resolution.as_mut(),
    }
}
