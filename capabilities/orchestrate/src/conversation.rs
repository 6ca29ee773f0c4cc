//! Conversations: messages about one subject, whichever channels they take. They belong to the customer; the
//! messages themselves stand in the thread.

use minicbor::{Decode, Encode};
use model::{Channel, ConversationId, Event, RunId, StrandId, Timestamp};
use serde::Serialize;

use crate::desk::arrive::REOPENS_WITHIN;
use crate::desk::{Closed, Ticket};
use crate::progress::{Progress, Run, WaitingFor};
use crate::request::Context;

/// The most conversations kept for one customer; the ones closed longest ago are forgotten first.
const CONVERSATIONS_MAX: usize = 50;
/// Characters of a subject.
const SUBJECT_MAX: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Conversation {
    #[n(0)]
    pub id: ConversationId,
    #[n(1)]
    pub strand: StrandId,
    #[n(2)]
    pub subject: Box<str>,
    /// Every channel it took so far, in the order it came to them.
    #[n(3)]
    pub channels: Vec<Channel>,
    #[n(4)]
    pub opened: Timestamp,
    /// When the last message came or went.
    #[n(5)]
    pub last: Timestamp,
    #[n(6)]
    pub open: bool,
    /// The `Message-ID` of the customer's last e-mail, which the next one answers.
    #[n(7)]
    pub last_email: Option<Box<str>>,
    /// The subject of its first e-mail, which later ones repeat, so that mail programs keep them together.
    #[n(8)]
    pub mail_subject: Option<Box<str>>,
    /// Present while it is with people; else the bot has it.
    #[n(9)]
    #[cbor(default)]
    pub ticket: Option<Box<Ticket>>,
    /// Where and when the customer wrote last.
    #[n(10)]
    #[cbor(default)]
    pub wrote: Option<Wrote>,
    /// Whether the customer waits for an answer of the desk.
    #[n(11)]
    #[cbor(default)]
    pub unanswered: bool,
    /// How often runs handed it over since the customer wrote last.
    #[n(12)]
    #[cbor(default)]
    pub(crate) hand_overs: Vec<HandOver>,
    /// How an agent closed it, until it is opened again.
    #[n(13)]
    #[cbor(default)]
    pub closed: Option<Closed>,
}

/// Where and when a customer wrote.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Wrote {
    #[n(0)]
    pub channel: Channel,
    #[n(1)]
    pub time: Timestamp,
}

/// How often a run handed a conversation over to a queue.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct HandOver {
    #[n(0)]
    pub run: RunId,
    #[n(1)]
    pub queue: Box<str>,
    #[n(2)]
    pub times: u8,
}

impl Conversation {
    pub(crate) fn touch(&mut self, channel: &Channel, time: Timestamp) {
        if !self.channels.contains(channel) {
            self.channels.push(channel.clone());
        }
        self.last = self.last.max(time);
        self.open = true;
    }
}

impl Progress {
    pub(crate) fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.iter().find(|conversation| conversation.id == id)
    }

    pub(crate) fn conversation_mut(&mut self, id: ConversationId) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|conversation| conversation.id == id)
    }

    /// The conversation an event names, if this customer holds it.
    pub(crate) fn named_conversation(&self, event: &Event) -> Option<ConversationId> {
        let id = event.property("conversation").as_text()?.parse().ok()?;
        self.conversation(id).map(|conversation| conversation.id)
    }

    /// Puts a message that came in into its conversation: the one it names, else the latest open one that was
    /// held on its channel, else a new one.
    pub(crate) fn join(&mut self, event: &Event, strand: StrandId, ctx: &Context<'_>) -> ConversationId {
        let channel = &event.stamp.channel;
        let latest = || {
            let open = self.conversations.iter().filter(|own| own.open && own.channels.contains(channel));
            open.max_by_key(|own| (own.last, own.id)).map(|own| own.id)
        };
        let id =
            match self.named_conversation(event).or_else(latest).or_else(|| self.with_people(channel, ctx)) {
                Some(id) => id,
                None => self.open_conversation(strand, &subject(event), ctx),
            };
        let reference = event.property("message_id").as_text().map(Into::into);
        if let Some(conversation) = self.conversation_mut(id) {
            conversation.touch(channel, ctx.now);
            if *channel == Channel::EMAIL {
                conversation.last_email = reference;
                let subject = event.property("subject").as_text().map(|subject| bare_subject(subject).into());
                conversation.mail_subject = conversation.mail_subject.take().or(subject);
            }
        }
        id
    }

    pub(crate) fn open_conversation(
        &mut self,
        strand: StrandId,
        subject: &str,
        ctx: &Context<'_>,
    ) -> ConversationId {
        let id = ConversationId(ctx.new_id());
        let conversation = Conversation {
            id,
            strand,
            subject: subject.chars().take(SUBJECT_MAX).collect(),
            channels: Vec::new(),
            opened: ctx.now,
            last: ctx.now,
            open: true,
            last_email: None,
            mail_subject: None,
            ticket: None,
            wrote: None,
            unanswered: false,
            hand_overs: Vec::new(),
            closed: None,
        };
        let place = self.conversations.partition_point(|other| other.id < id);
        self.conversations.insert(place, conversation);
        self.forget_conversations(id);
        id
    }

    /// Names a conversation after the journey that takes place in it; one that another run is held in keeps its name.
    pub(crate) fn name_conversation(&mut self, id: ConversationId, subject: &str) {
        let shared = self.under_way().any(|run| run.conversation == Some(id));
        if let Some(conversation) = self.conversation_mut(id).filter(|_| !shared) {
            conversation.subject = subject.into();
        }
    }

    /// Closes the conversation of a run that ended, unless another run is held in it.
    pub(crate) fn close(&mut self, id: ConversationId) {
        let needed = self.under_way().any(|run| run.conversation == Some(id)) || self.is_staffed(id);
        if let Some(conversation) = self.conversation_mut(id).filter(|_| !needed) {
            conversation.open = false;
        }
    }

    /// Whether people look after a conversation.
    pub(crate) fn is_staffed(&self, id: ConversationId) -> bool {
        self.conversation(id).is_some_and(|own| own.ticket.is_some())
    }

    /// Whether a run must keep still, because people have the conversation in which it asked.
    pub(crate) fn is_held_up(&self, run: &Run) -> bool {
        let asks = run.waiting_for().is_some_and(WaitingFor::is_for_customer);
        asks && run.conversation.is_some_and(|id| self.is_staffed(id))
    }

    pub(crate) fn latest_open(&self) -> Option<ConversationId> {
        let open = self.conversations.iter().filter(|own| own.open);
        open.max_by_key(|own| (own.last, own.id)).map(|own| own.id)
    }

    /// Who is with an agent and writes on a channel that is new to the conversation means the agent.
    /// Who writes again soon after an agent closed it means the same.
    fn with_people(&self, channel: &Channel, ctx: &Context<'_>) -> Option<ConversationId> {
        let closed_lately = |own: &Conversation| {
            own.closed.as_ref().is_some_and(|closed| ctx.now.since(closed.time) <= REOPENS_WITHIN)
        };
        let is_meant = |own: &&Conversation| {
            own.ticket.is_some() || own.channels.contains(channel) && closed_lately(own)
        };
        let meant = self.conversations.iter().filter(is_meant);
        meant.max_by_key(|own| (own.ticket.is_some(), own.last, own.id)).map(|own| own.id)
    }

    fn forget_conversations(&mut self, newest: ConversationId) {
        while self.conversations.len() > CONVERSATIONS_MAX {
            let needed: Vec<_> = self.under_way().filter_map(|run| run.conversation).collect();
            let free =
                |own: &&Conversation| own.id != newest && own.ticket.is_none() && !needed.contains(&own.id);
            let oldest =
                self.conversations.iter().filter(free).min_by_key(|own| (own.open, own.last, own.id));
            let Some(oldest) = oldest.map(|own| own.id) else { return };
            self.conversations.retain(|own| own.id != oldest);
        }
    }
}

/// A subject without `Re:` and its like before it.
fn bare_subject(subject: &str) -> &str {
    let marks = ["re:", "aw:", "fwd:", "wg:"];
    let is_mark = |start: &str| marks.iter().any(|mark| start.eq_ignore_ascii_case(mark));
    match subject.trim().split_once(' ') {
        Some((start, rest)) if is_mark(start) => bare_subject(rest),
        _ => subject.trim(),
    }
}

fn subject(event: &Event) -> String {
    let named = event.property("subject");
    match named.as_text().map(str::trim).filter(|subject| !subject.is_empty()) {
        Some(subject) => subject.into(),
        None => event
            .property("text")
            .as_text()
            .and_then(|text| text.lines().next())
            .unwrap_or("Chat")
            .trim()
            .into(),
    }
}
