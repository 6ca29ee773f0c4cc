//! What staff do with a conversation, done. What cannot be done changes nothing; whoever asks is refused before.

use model::{
    Channel, ConversationId, DeskAction, EffectId, Namespace, Note, Priority, Reopening, Timestamp, Value,
};

use super::arrive::Coming;
use super::refusal::refuse;
use super::ticket::Closed;
use crate::advance::Work;
use crate::kinds::{Done, Move, Wake};
use crate::letter;
use crate::media;
use crate::progress::WaitingFor;
use crate::request::Request;
use crate::walk::STILL_THERE;

impl Work<'_> {
    pub(crate) fn act(&mut self, id: ConversationId, by: &str, action: &DeskAction) {
        if refuse(self.progress, self.versions, id, (by, action), self.ctx.now).is_err() {
            return;
        }
        match action {
            DeskAction::Queue { queue, priority } => self.transfer(id, by, queue, *priority),
            DeskAction::Assign { agent } => self.assign(id, by, agent),
            DeskAction::Take => self.assign(id, by, by),
            DeskAction::Snooze { until } => self.snooze(id, by, *until),
            DeskAction::Wake => self.wake_up(id, Reopening::Staff { by: by.into() }),
            DeskAction::Close { outcome, results } => self.finish(id, by, Some(outcome), results),
            DeskAction::HandBack => self.finish(id, by, None, &[]),
            DeskAction::Reopen => self.reopen(id, by),
            DeskAction::Reply { text, channel, key } => {
                if self.is_new_reply(id, key.as_deref()) {
                    self.reply(id, by, text, channel.as_ref());
                }
            }
            DeskAction::Article { article, language, channel, key } => {
                if self.is_new_reply(id, key.as_deref()) {
                    self.send_article(id, by, article, language.as_deref(), channel.as_ref());
                }
            }
            DeskAction::Note { text } => {
                let (text, by) = (text.clone(), by.into());
                self.note_in(id, Note::PrivateNote { conversation: id, text, by });
            }
            DeskAction::Subject { subject } => {
                if let Some(own) = self.progress.conversation_mut(id) {
                    own.subject = subject.clone();
                }
                self.changed(id, by, Some(subject.clone()), None);
            }
            DeskAction::Priority { priority } => {
                self.with_ticket(id, |ticket| ticket.priority = *priority);
                self.set_clocks(id);
                self.changed(id, by, None, Some(*priority));
            }
        }
    }

    /// Puts a snoozed conversation back into sight.
    pub(super) fn wake_up(&mut self, id: ConversationId, cause: Reopening) {
        let own = self.progress.conversation_mut(id).and_then(|own| own.ticket.as_mut());
        if own.and_then(|ticket| ticket.snoozed.take()).is_some() {
            self.note_in(id, Note::ConversationReopened { conversation: id, cause });
        }
    }

    pub(super) fn note_in(&mut self, id: ConversationId, note: Note) {
        if let Some(own) = self.progress.conversation(id) {
            self.requests.push(Request::Note { strand: own.strand, note });
        }
    }

    pub(super) fn with_ticket(&mut self, id: ConversationId, change: impl FnOnce(&mut super::Ticket)) {
        if let Some(ticket) = self.progress.conversation_mut(id).and_then(|own| own.ticket.as_mut()) {
            change(ticket);
        }
    }

    /// Puts the clocks to what the ticket's queue and priority promise.
    pub(super) fn set_clocks(&mut self, id: ConversationId) {
        let Some(journeys) = self.versions.current() else { return };
        let desk = &journeys.desk;
        if let Some(ticket) = self.progress.conversation_mut(id).and_then(|own| own.ticket.as_mut())
            && let Some(queue) = desk.queue(&ticket.queue)
        {
            queue.set_clocks(ticket);
        }
    }

    /// A ticket where there is none, so that it can be assigned.
    fn come_by_staff(&mut self, id: ConversationId, by: &str) {
        if self.progress.is_staffed(id) {
            return;
        }
        let closed = self.progress.conversation(id).and_then(|own| own.closed.clone());
        let (queue, priority) = match closed {
            Some(Closed { queue, priority, .. }) => (queue, priority),
            None => {
                let desk = self.versions.current().map(|journeys| &journeys.desk);
                let Some(queue) = desk.and_then(|desk| desk.usual_queue()) else { return };
                (queue.into(), Priority::Normal)
            }
        };
        self.bring(id, Coming::plain(&queue, priority, format!("{by} took it over")));
    }

    fn transfer(&mut self, id: ConversationId, by: &str, queue: &str, priority: Option<Priority>) {
        let ticket = self.progress.conversation(id).and_then(|own| own.ticket.as_deref());
        let (mut coming, was) = match ticket {
            Some(ticket) => {
                let mut coming = Coming::plain(queue, ticket.priority, format!("{by} passed it on"));
                (coming.outcomes, coming.form) = (ticket.outcomes.clone(), ticket.form.clone());
                (coming, ticket.priority)
            }
            None => (Coming::plain(queue, Priority::Normal, format!("{by} put it there")), Priority::Normal),
        };
        let priority = priority.unwrap_or(was);
        coming.priority = priority;
        self.with_ticket(id, |ticket| {
            ticket.agent = None;
            ticket.priority = priority;
        });
        self.bring(id, coming);
    }

    fn assign(&mut self, id: ConversationId, by: &str, agent: &str) {
        self.come_by_staff(id, by);
        self.with_ticket(id, |ticket| {
            ticket.agent = Some(agent.into());
            ticket.snoozed = None;
        });
        let (agent, by) = (agent.into(), by.into());
        self.note_in(id, Note::ConversationAssigned { conversation: id, agent, by });
    }

    fn snooze(&mut self, id: ConversationId, by: &str, until: Timestamp) {
        self.with_ticket(id, |ticket| ticket.snoozed = Some(until));
        self.note_in(id, Note::ConversationSnoozed { conversation: id, until, by: by.into() });
    }

    fn reopen(&mut self, id: ConversationId, by: &str) {
        self.come_by_staff(id, by);
        let cause = Reopening::Staff { by: by.into() };
        self.note_in(id, Note::ConversationReopened { conversation: id, cause });
    }

    fn changed(
        &mut self,
        id: ConversationId,
        by: &str,
        subject: Option<Box<str>>,
        priority: Option<Priority>,
    ) {
        let by = by.into();
        self.note_in(id, Note::ConversationChanged { conversation: id, subject, priority, by });
    }

    fn is_new_reply(&mut self, id: ConversationId, key: Option<&str>) -> bool {
        let strand = self.progress.conversation(id).map(|own| own.strand);
        match (key, strand) {
            (Some(key), Some(strand)) => self.progress.hear(key, strand, self.ctx.now),
            (None, _) | (_, None) => true,
        }
    }

    fn reply(&mut self, id: ConversationId, by: &str, text: &str, channel: Option<&Channel>) {
        let channel = self.take_to_answer(id, by, channel);
        self.answer_with(id, by, &channel, text.trim().to_owned());
    }

    /// Sends an article in the words for the channel.
    fn send_article(
        &mut self,
        id: ConversationId,
        by: &str,
        name: &str,
        language: Option<&str>,
        channel: Option<&Channel>,
    ) {
        let Some(journeys) = self.versions.current() else { return };
        let Some(article) = journeys.articles().get(name) else { return };
        let wanted = language.map_or_else(|| journeys.language_of(self.ctx.environment), str::to_owned);
        let (language, words) = article.text(&wanted);
        let channel = self.take_to_answer(id, by, channel);
        let Some(effect) = self.answer_with(id, by, &channel, (media::of(&channel).article)(words)) else {
            return;
        };
        letter::mark_article(&mut self.requests, &article.name);
        let (article, language, by) = (article.name.clone(), language.into(), Some(by.into()));
        let version = journeys.version();
        self.note_in(
            id,
            Note::ArticleSent { conversation: id, article, language, version, effect, by, run: None },
        );
    }

    /// Who answers has the conversation; returns the channel to answer on.
    fn take_to_answer(&mut self, id: ConversationId, by: &str, channel: Option<&Channel>) -> Channel {
        let has_agent =
            |own: &crate::Conversation| own.ticket.as_deref().is_some_and(|ticket| ticket.agent.is_some());
        if !self.progress.conversation(id).is_some_and(has_agent) {
            self.assign(id, by, by);
        }
        channel.cloned().unwrap_or_else(|| self.answer_channel(id))
    }

    fn answer_with(
        &mut self,
        id: ConversationId,
        by: &str,
        channel: &Channel,
        text: String,
    ) -> Option<EffectId> {
        let title = self.versions.current().map(|journeys| journeys.desk.title_of(by).into());
        let sent = self.write(id, channel, text, title)?;
        let now = self.ctx.now;
        self.with_ticket(id, |ticket| {
            ticket.answered.get_or_insert(now);
        });
        Some(sent)
    }

    /// Where the customer was last; by e-mail where one who was in web chat has left it.
    fn answer_channel(&self, id: ConversationId) -> Channel {
        let own = self.progress.conversation(id);
        let wrote = own.and_then(|own| own.wrote.as_ref());
        let last = wrote.map(|wrote| wrote.channel.clone());
        let last = last.or_else(|| own.and_then(|own| own.channels.last().cloned()));
        let channel = self.reply_channel(&last.unwrap_or(Channel::WEBCHAT));
        let here = wrote.is_some_and(|wrote| self.ctx.now.since(wrote.time) <= STILL_THERE);
        let mailed = (self.ctx.address)(&Namespace::Email).is_some();
        if channel == Channel::WEBCHAT && !here && mailed { Channel::EMAIL } else { channel }
    }

    /// The agent is done: runs that waited go on with the outcome; without one the bot simply has it back.
    fn finish(&mut self, id: ConversationId, by: &str, outcome: Option<&str>, results: &[(Box<str>, Value)]) {
        let Some(ticket) = self.progress.conversation_mut(id).and_then(|own| own.ticket.take()) else {
            return;
        };
        self.note_in(
            id,
            match outcome {
                Some(outcome) => {
                    let (outcome, by) = (outcome.into(), by.into());
                    Note::ConversationClosed { conversation: id, outcome, by }
                }
                None => Note::ConversationHandedBack { conversation: id, by: by.into() },
            },
        );
        let title = self.versions.current().map_or(by, |journeys| journeys.desk.title_of(by));
        let done = Done { outcome: outcome.map(Into::into), results: results.to_vec(), agent: title.into() };
        for run in self.runs_in(id) {
            self.finish_run(run, id, &done, ticket.since);
        }
        let needed = self.progress.under_way().any(|run| run.conversation == Some(id));
        let Some(own) = self.progress.conversation_mut(id).filter(|own| own.ticket.is_none()) else { return };
        if let Some(outcome) = outcome.filter(|_| !needed) {
            own.open = false;
            own.closed = Some(Closed {
                time: self.ctx.now,
                by: title.into(),
                outcome: outcome.into(),
                queue: ticket.queue,
                priority: ticket.priority,
            });
        }
    }

    fn runs_in(&self, id: ConversationId) -> Vec<model::RunId> {
        let own = self.progress.under_way().filter(|run| run.conversation == Some(id));
        own.map(|run| run.id).collect()
    }

    fn finish_run(&mut self, run: model::RunId, id: ConversationId, done: &Done, since: Timestamp) {
        let now = self.ctx.now;
        let wrote = self.progress.conversation(id).and_then(|own| own.wrote.clone());
        let channel = wrote.as_ref().map(|wrote| self.reply_channel(&wrote.channel));
        let Some(own) = self.progress.runs.iter_mut().find(|own| own.id == run) else { return };
        // The run goes on where the customer has got to with the agent.
        if let (Some(wrote), Some(channel)) = (wrote.filter(|wrote| wrote.time >= own.heard), channel) {
            own.channel = channel;
            own.heard = wrote.time;
        }
        let Some(waiting) = &mut own.waiting else { return };
        match &waiting.for_what {
            WaitingFor::Agent { conversation, .. } if *conversation == id => {
                self.wake(run, &Wake::Done(done), None);
            }
            WaitingFor::Desk { .. } => self.step_on(run),
            // The time during which a person had the customer is nobody's silence.
            WaitingFor::Answer { .. } | WaitingFor::Article { .. } => {
                let away = now.since(since.max(waiting.since));
                waiting.due = waiting.due.map(|due| due + away);
            }
            WaitingFor::Agent { .. }
            | WaitingFor::Time { .. }
            | WaitingFor::Event { .. }
            | WaitingFor::Clock { .. }
            | WaitingFor::Runs { .. }
            | WaitingFor::Provided { .. }
            | WaitingFor::Call { .. } => {}
        }
    }

    /// Takes a run that was held up before a question to the question.
    fn step_on(&mut self, run: model::RunId) {
        self.walk(run, None, |walk| {
            let place = walk.journey.steps.iter().position(|step| step.id == walk.run.step);
            if let Some(place) = place {
                let target = crate::kinds::Target::Step(place);
                walk.follow(Move::Go(target, model::StepReason::HandedBack));
            }
        });
    }
}
