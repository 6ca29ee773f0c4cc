//! How conversations come to the desk: handed over by a journey, asked for by the customer, or written to again.

use model::{
    Channel, ConversationId, EffectId, Event, Note, Priority, Purpose, Reopening, RunId, Span, StrandId,
};

use super::definition::Desk;
use super::ticket::Ticket;
use crate::advance::Work;
use crate::conversation::Wrote;
use crate::letter::{self, Letter};
use crate::progress::Progress;
use crate::request::{Context, Request};
use crate::walk::Message;

/// A customer who writes this long after an agent closed the conversation comes back to the desk; later to the bot.
pub(crate) const REOPENS_WITHIN: Span = Span(7 * Span::DAY.0);

/// What brings a conversation to the desk.
pub(crate) struct Coming {
    pub queue: Box<str>,
    pub priority: Priority,
    pub skills: Vec<Box<str>>,
    pub why: Box<str>,
    pub outcomes: Vec<Box<str>>,
    pub form: Vec<Box<str>>,
    pub run: Option<RunId>,
}

impl Coming {
    pub fn plain(queue: &str, priority: Priority, why: impl Into<Box<str>>) -> Self {
        Self {
            queue: queue.into(),
            priority,
            skills: Vec::new(),
            why: why.into(),
            outcomes: Vec::new(),
            form: Vec::new(),
            run: None,
        }
    }
}

/// Puts a conversation into a queue. An agent who has it already keeps it.
pub(crate) fn bring(
    progress: &mut Progress,
    desk: &Desk,
    ctx: &Context<'_>,
    requests: &mut Vec<Request>,
    (id, coming): (ConversationId, Coming),
) {
    let Some(own) = progress.conversation_mut(id) else { return };
    let Coming { queue, priority, skills, why, outcomes, form, run } = coming;
    let before = own.ticket.take();
    let mut ticket = Ticket {
        queue: queue.clone(),
        priority: before.as_ref().map_or(priority, |before| before.priority.max(priority)),
        since: before.as_ref().map_or(ctx.now, |before| before.since),
        skills,
        agent: before.as_ref().and_then(|before| before.agent.clone()),
        snoozed: None,
        why: why.clone(),
        answered: before.as_ref().and_then(|before| before.answered),
        first_response: before.as_ref().and_then(|before| before.first_response.clone()),
        resolution: before.as_ref().and_then(|before| before.resolution.clone()),
        escalated: before.as_ref().is_some_and(|before| before.escalated),
        outcomes,
        form,
    };
    if let Some(queue) = desk.queue(&queue) {
        queue.set_clocks(&mut ticket);
    }
    let priority = ticket.priority;
    own.ticket = Some(Box::new(ticket));
    own.open = true;
    own.closed = None;
    own.unanswered = true;
    let note = Note::ConversationQueued { conversation: id, queue, priority, why, run };
    requests.push(Request::Note { strand: own.strand, note });
}

impl Work<'_> {
    fn desk(&self) -> Option<&Desk> {
        self.versions.current().map(|journeys| &journeys.desk)
    }

    /// Takes note that the customer wrote in a conversation; whether people look after it.
    pub(crate) fn hear(&mut self, id: ConversationId, event: &Event) -> bool {
        let now = self.ctx.now;
        let needed = self.progress.under_way().any(|run| run.conversation == Some(id));
        let Some(own) = self.progress.conversation_mut(id) else { return false };
        own.wrote = Some(Wrote { channel: event.stamp.channel.clone(), time: now });
        own.unanswered = true;
        own.hand_overs.clear();
        let strand = own.strand;
        let mut reopened = false;
        if let Some(ticket) = &mut own.ticket {
            reopened = ticket.snoozed.take().is_some();
        }
        let closed = own.closed.take().filter(|closed| !needed && now.since(closed.time) <= REOPENS_WITHIN);
        if let Some(closed) = closed.filter(|_| own.ticket.is_none()) {
            reopened = true;
            let why = format!("the customer wrote again after {} closed it", closed.by);
            self.bring(id, Coming::plain(&closed.queue, closed.priority, why));
        }
        if reopened {
            let note = Note::ConversationReopened { conversation: id, cause: Reopening::CustomerWrote };
            self.requests.push(Request::Note { strand, note });
        }
        self.progress.is_staffed(id)
    }

    /// Whether the customer asks for a person; then the conversation goes to the desk.
    pub(crate) fn ask_for_person(
        &mut self,
        event: &Event,
        strand: StrandId,
        conversation: Option<ConversationId>,
    ) -> bool {
        let Some(desk) = self.desk() else { return false };
        let text = event.property("text");
        let asks = match conversation {
            Some(_) => desk.asks_for_person(text.as_text().unwrap_or_default()),
            None => desk.is_request(&event.name),
        };
        let Some(request) = desk.request.clone().filter(|_| asks) else { return false };
        let id = conversation.or_else(|| self.progress.named_conversation(event));
        let id = id.or_else(|| self.progress.latest_open());
        let id = id.unwrap_or_else(|| self.progress.open_conversation(strand, "A person, please", self.ctx));
        if self.progress.is_staffed(id) {
            return true;
        }
        let channel = self.reply_channel(&event.stamp.channel);
        self.bring(id, Coming::plain(&request.queue, Priority::Normal, "the customer asked for a person"));
        let closed = self
            .desk()
            .and_then(|desk| desk.queue(&request.queue))
            .and_then(|queue| queue.greeting_outside_hours(self.ctx.now).map(Box::<str>::from));
        let text: Vec<Box<str>> = request.announcement.into_iter().chain(closed).collect();
        if !text.is_empty() {
            self.write(id, &channel, text.join("\n\n"), None);
        }
        true
    }

    pub(crate) fn bring(&mut self, id: ConversationId, coming: Coming) {
        let Some(journeys) = self.versions.current() else { return };
        bring(self.progress, &journeys.desk, self.ctx, &mut self.requests, (id, coming));
    }

    /// Writes to the customer without a journey.
    pub(crate) fn write(
        &mut self,
        id: ConversationId,
        channel: &Channel,
        text: String,
        agent: Option<Box<str>>,
    ) -> Option<EffectId> {
        let journeys = self.versions.current()?;
        let own = self.progress.conversation(id)?;
        let (strand, title) = (own.strand, own.subject.clone());
        let message = Message::plain(channel.clone(), Purpose::Service, text);
        let letter = Letter { strand, run: None, conversation: id, title: &title, agent };
        letter::send(self.progress, &journeys.channels, self.ctx, &mut self.requests, letter, message)
    }
}
