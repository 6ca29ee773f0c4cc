//! What a step can do with a run: look, write, say, fill slots and note reasons.

use model::{
    Channel, ChatMessage, ConversationId, EffectKind, Email, Ending, Event, HeldReason, Namespace, Note,
    Purpose, Resend, RunId, SlotSource, Span, StrandId, Value, Zone,
};
use rules::Program;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::journey::Journey;
use crate::journeys::Journeys;
use crate::kinds::{Move, Target};
use crate::progress::{Ended, Filled, Progress, Run, Visit, Waiting, WaitingFor};
use crate::request::{Context, Request, Send};
use crate::sight::{Facts, Sight};
use crate::text::Text;

/// Steps a run may pass at once; a circle without a wait is refused at publish, so only a mistake of ours gets here.
const STEPS_AT_ONCE_MAX: usize = 200;
/// Who wrote in web chat this lately is taken to be still there.
pub(crate) const STILL_THERE: Span = Span(5 * 60_000);

/// One run on its way, taken out of its customer's progress meanwhile.
pub(crate) struct Walk<'a> {
    pub journeys: &'a Journeys,
    pub journey: &'a Journey,
    pub progress: &'a mut Progress,
    pub run: &'a mut Run,
    pub ctx: &'a Context<'a>,
    /// The event that just arrived, if one did.
    pub event: Option<&'a Event>,
    pub requests: &'a mut Vec<Request>,
}

/// Where a message goes: a channel, `here` (where the customer last was) or `best`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Outlet {
    #[default]
    Here,
    /// Web chat while the customer is there, else e-mail where there is an address.
    Best,
    On(Channel),
}

/// A message to the customer.
pub(crate) struct Message {
    pub channel: Channel,
    pub purpose: Purpose,
    pub subject: Option<String>,
    pub text: String,
    pub choices: Vec<String>,
}

impl Walk<'_> {
    pub fn holds(&self, program: &Program) -> bool {
        program.holds(&self.sight(&Facts::default())).holds
    }

    /// The value of an expression; null where it has none.
    pub fn value(&self, program: &Program) -> Value {
        program.value(&self.sight(&Facts::default())).unwrap_or_default()
    }

    /// The zone of the customer's clock; the journey's where none is known.
    pub fn zone(&self) -> Zone {
        let named = (self.ctx.zone)().and_then(|name| name.parse().ok());
        named.unwrap_or_else(|| self.journey.zone.clone())
    }

    pub fn write(&self, text: &Text) -> Result<String, String> {
        self.write_with(text, &Facts { title: self.journey.title.clone(), ..Facts::default() })
    }

    pub fn write_with(&self, text: &Text, facts: &Facts) -> Result<String, String> {
        text.write(&self.journeys.templates, &self.sight(facts))
    }

    pub fn note(&mut self, note: Note) {
        self.requests.push(Request::Note { strand: self.run.strand, note });
    }

    pub fn fill(&mut self, slot: &str, value: Value, source: SlotSource, channel: Option<Channel>) {
        let note = Note::SlotFilled {
            run: self.run.id,
            slot: slot.into(),
            value: value.clone(),
            source: source.clone(),
            channel: channel.clone(),
        };
        self.run.slots.retain(|filled| &*filled.slot != slot);
        self.run.slots.push(Filled { slot: slot.into(), value, source, channel, time: self.ctx.now });
        self.note(note);
    }

    pub fn held(&mut self, channel: &Channel, purpose: Purpose, reason: HeldReason) {
        self.note(Note::MessageHeld { channel: channel.clone(), purpose, reason, run: Some(self.run.id) });
    }

    pub fn channel(&self, outlet: &Outlet) -> Channel {
        match outlet {
            Outlet::On(channel) => channel.clone(),
            Outlet::Here => self.run.channel.clone(),
            Outlet::Best => {
                let there =
                    self.run.channel == Channel::WEBCHAT && self.ctx.now.since(self.run.heard) <= STILL_THERE;
                if !there && self.reachable(&Channel::EMAIL) {
                    Channel::EMAIL
                } else {
                    self.run.channel.clone()
                }
            }
        }
    }

    /// Whether there is an address on the channel.
    pub fn reachable(&self, channel: &Channel) -> bool {
        reachable(channel, self.ctx)
    }

    /// Asks for a message to be sent, in the run's conversation; where there is no address it is held.
    pub fn say(&mut self, message: Message) -> bool {
        if !self.reachable(&message.channel) {
            let channel = message.channel;
            self.held(&channel, message.purpose, HeldReason::NoAddress { channel: channel.clone() });
            return false;
        }
        let (strand, run, title) = (self.run.strand, Some(self.run.id), &self.journey.title);
        let letter = Letter { strand, run, conversation: self.conversation(), title, agent: None };
        send(self.progress, self.ctx, self.requests, letter, message)
    }

    /// Takes the run through its steps until it waits or ends.
    pub fn follow(&mut self, first: Move) {
        let mut next = first;
        for _ in 0..STEPS_AT_ONCE_MAX {
            let (target, reason) = match next {
                Move::Ignore => return,
                Move::Wait(waiting) => {
                    self.run.waiting = Some(waiting);
                    return;
                }
                Move::End(how) => return self.end(how),
                Move::Go(target, reason) => (target, reason),
            };
            self.run.waiting = None;
            let Target::Step(place) = target else { return self.end(Ending::Finished) };
            let step = &self.journey.steps[place];
            if self.run.until.as_ref() == Some(&step.id) {
                return self.end(Ending::Joined);
            }
            self.run.step = step.id.clone();
            let staffed =
                self.run.conversation.filter(|own| step.step.asks() && self.progress.is_staffed(*own));
            if let Some(conversation) = staffed {
                let for_what = WaitingFor::Desk { conversation };
                self.run.waiting = Some(Waiting { for_what, since: self.ctx.now, due: None });
                return;
            }
            self.run.visit(Visit { step: step.id.clone(), time: self.ctx.now, reason: reason.clone() });
            self.note(Note::StepReached {
                run: self.run.id,
                journey: self.journey.name.clone(),
                step: step.id.clone(),
                step_kind: step.kind.into(),
                reason,
            });
            next = step.step.arrive(self);
        }
        self.end(Ending::Endless { step: self.run.step.clone() });
    }

    pub fn end(&mut self, how: Ending) {
        self.run.waiting = None;
        self.run.ended = Some(Ended { time: self.ctx.now, how: how.clone() });
        if self.run.is_arm() {
            return;
        }
        self.note(Note::JourneyEnded { run: self.run.id, journey: self.run.journey.clone(), how });
        let part = self.run.parent.is_some();
        if let Some(conversation) = self.run.conversation.filter(|_| !part) {
            self.progress.close(conversation);
        }
    }

    /// The run's conversation; opened with its first message.
    pub fn conversation(&mut self) -> ConversationId {
        if let Some(id) = self.run.conversation.filter(|id| self.progress.conversation(*id).is_some()) {
            return id;
        }
        let id = self.progress.open_conversation(self.run.strand, &self.journey.title, self.ctx);
        self.run.conversation = Some(id);
        id
    }

    fn sight<'s>(&'s self, facts: &'s Facts) -> Sight<'s> {
        Sight {
            outer: self.ctx.environment,
            names: &self.journeys.names,
            slots: &self.run.slots,
            entry: &self.run.entry,
            event: self.event,
            facts,
        }
    }
}

/// Where a message belongs and who writes it.
pub(crate) struct Letter<'a> {
    pub strand: StrandId,
    /// None for what an agent writes, and the desk itself.
    pub run: Option<RunId>,
    pub conversation: ConversationId,
    /// The subject where nothing else gives one.
    pub title: &'a str,
    /// The agent who writes, as customers know them.
    pub agent: Option<Box<str>>,
}

/// Asks for a message to be sent in a conversation; where there is no address it is held.
pub(crate) fn send(
    progress: &mut Progress,
    ctx: &Context<'_>,
    requests: &mut Vec<Request>,
    letter: Letter<'_>,
    message: Message,
) -> bool {
    let Message { channel, purpose, subject, text, choices } = message;
    let Letter { strand, run, conversation, title, agent } = letter;
    if !reachable(&channel, ctx) {
        let reason = HeldReason::NoAddress { channel: channel.clone() };
        requests.push(Request::Note { strand, note: Note::MessageHeld { channel, purpose, reason, run } });
        return false;
    }
    let content = if channel == Channel::EMAIL {
        email(progress, ctx, (conversation, title), subject, text)
    } else {
        let agent = agent.as_deref().map(str::to_owned);
        EffectKind::Chat(ChatMessage { conversation, text, choices, agent })
    };
    // A chat message sent again under its id shows once; a mail server would deliver it twice.
    let resend = if channel == Channel::EMAIL { Resend::Never } else { Resend::Always };
    if let Some(own) = progress.conversation_mut(conversation) {
        own.touch(&channel, ctx.now);
        own.unanswered &= own.ticket.is_some() && agent.is_none();
    }
    let effect = ctx.new_effect();
    let send = Send { effect, strand, run, agent, channel, purpose, resend, conversation, content };
    requests.push(Request::Send(send));
    true
}

/// Whether there is an address on the channel. Web chat needs none: it shows when the customer opens it.
fn reachable(channel: &Channel, ctx: &Context<'_>) -> bool {
    *channel == Channel::WEBCHAT || *channel == Channel::EMAIL && (ctx.address)(&Namespace::Email).is_some()
}

fn email(
    progress: &mut Progress,
    ctx: &Context<'_>,
    (conversation, title): (ConversationId, &str),
    subject: Option<String>,
    text: String,
) -> EffectKind {
    let own = progress.conversation_mut(conversation);
    let usual = match &own {
        Some(own) => {
            own.mail_subject.as_ref().map_or_else(|| own.subject.to_string(), |first| format!("Re: {first}"))
        }
        None => title.to_owned(),
    };
    // A line break would end the header.
    let subject = subject.unwrap_or(usual).split_whitespace().collect::<Vec<_>>().join(" ");
    let in_reply_to = own.as_ref().and_then(|own| own.last_email.as_deref()).map(str::to_owned);
    if let Some(own) = own {
        own.mail_subject.get_or_insert_with(|| subject.as_str().into());
    }
    let to = (ctx.address)(&Namespace::Email).map(String::from).unwrap_or_default();
    EffectKind::Email(Email { conversation, to, subject, text, in_reply_to })
}

/// The channel by which one answers somebody who was last on `channel`.
pub(crate) fn reply_channel(channel: &Channel, ctx: &Context<'_>) -> Channel {
    let on_our_pages = [Channel::WEBCHAT, Channel::WEB, Channel::APP].contains(channel);
    let mail = *channel == Channel::EMAIL || !on_our_pages && (ctx.address)(&Namespace::Email).is_some();
    if mail { Channel::EMAIL } else { Channel::WEBCHAT }
}

impl Outlet {
    pub fn summary(&self) -> String {
        match self {
            Self::Here => "where the customer is".into(),
            Self::Best => "where it is seen best".into(),
            Self::On(channel) => format!("by {channel}"),
        }
    }
}

impl<'de> Deserialize<'de> for Outlet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "here" => Ok(Self::Here),
            "best" => Ok(Self::Best),
            "webchat" => Ok(Self::On(Channel::WEBCHAT)),
            "email" => Ok(Self::On(Channel::EMAIL)),
            _ => {
                let message =
                    format!("messages cannot be sent by `{text}`; use here, best, webchat or email");
                Err(serde::de::Error::custom(message))
            }
        }
    }
}

impl JsonSchema for Outlet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Outlet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": ["here", "best", "webchat", "email"]})
    }
}
