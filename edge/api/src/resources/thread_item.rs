//! Items of a thread as people read them: events, messages with how they went out, and the engine's notes.

use std::collections::BTreeMap;

use engine::{Pending, Stage};
use model::{EffectId, EventKind, Note, OutcomeKind, RunId, SourceId, Timestamp};
use serde::Serialize;
use shard::{Cursor, ItemKind, OpenedEvent, ThreadItem as Item};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    Event,
    Message,
    Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    In,
    Out,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreadEvent {
    /// track, identify, page, screen, group, alias
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub properties: BTreeMap<String, serde_json::Value>,
    pub traits: BTreeMap<String, serde_json::Value>,
    pub source: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreadNote {
    /// segment_entered, segment_left, journey_started, step_reached, message_held, slot_filled, consent_changed, …
    #[serde(rename = "type")]
    pub kind: String,
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Pending,
    Sent,
    Held,
    Retrying,
    Failed,
    Uncertain,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivery {
    pub state: DeliveryState,
    /// Why held, failed or uncertain: a sentence.
    pub reason: Option<String>,
    pub purpose: Option<String>,
    /// The consent that allowed it: a sentence.
    pub consent: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreadItem {
    /// Unique and stable; items with the same id replace each other.
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub received: Timestamp,
    pub seq: u64,
    /// Absent for notes of the engine.
    pub channel: Option<String>,
    pub kind: ThreadKind,
    pub direction: Option<Direction>,
    pub title: String,
    pub text: Option<String>,
    /// Answers offered as buttons.
    pub choices: Option<Vec<String>>,
    pub event: Option<ThreadEvent>,
    pub note: Option<ThreadNote>,
    pub conversation: Option<String>,
    /// The agent who wrote it.
    pub agent: Option<String>,
    pub run: Option<String>,
    /// The journey's name, when `run` is set.
    pub journey: Option<String>,
    pub effect: Option<String>,
    /// The choice among offers that a note tells of.
    pub decision: Option<String>,
    pub delivery: Option<Delivery>,
    /// The key is destroyed: only the skeleton is left.
    pub erased: bool,
}

/// What is needed to show items beside the items themselves.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub sources: BTreeMap<SourceId, String>,
    /// The journey of each run.
    pub journeys: BTreeMap<RunId, String>,
    /// The customer's unsettled effects.
    pub pending: Vec<Pending>,
    /// The run of effects that are settled, and how, as far as the page tells.
    pub settled: BTreeMap<EffectId, OutcomeKind>,
}

/// The name under which every channel brings what a customer wrote.
const MESSAGE: &str = "Message Received";

/// The kind of an item, without showing it.
pub fn kind_of(item: &Item) -> ThreadKind {
    match &item.what {
        ItemKind::Event(opened) if &*opened.record.name == MESSAGE => ThreadKind::Message,
        ItemKind::Event(_) => ThreadKind::Event,
        ItemKind::Note(note) => match &**note {
            Note::MessageDecided { .. } => ThreadKind::Message,
            _ => ThreadKind::Note,
        },
    }
}

/// The channel of an item, if it has one.
pub fn channel_of(item: &Item) -> Option<&model::Channel> {
    match &item.what {
        ItemKind::Event(opened) => Some(&opened.record.channel),
        ItemKind::Note(note) => match &**note {
            Note::MessageDecided { channel, .. } | Note::MessageHeld { channel, .. } => Some(channel),
            _ => None,
        },
    }
}

impl Surroundings {
    /// Learns from the settlements among the items.
    pub fn learn(&mut self, items: &[Item]) {
        for item in items {
            if let ItemKind::Note(note) = &item.what
                && let Note::EffectSettled { effect, outcome } = &**note
            {
                self.settled.entry(*effect).or_insert_with(|| outcome.clone());
            }
        }
    }

    /// The items as people read them. How a message went out stands with the message, not beside it.
    pub fn show(&self, items: &[Item]) -> Vec<ThreadItem> {
        let messages: Vec<EffectId> = items
            .iter()
            .filter_map(|item| match &item.what {
                ItemKind::Note(note) => match &**note {
                    Note::MessageDecided { effect, .. } => Some(*effect),
                    _ => None,
                },
                ItemKind::Event(_) => None,
            })
            .collect();
        let beside = |item: &&Item| match &item.what {
            ItemKind::Note(note) => {
                !matches!(&**note, Note::EffectSettled { effect, .. } if messages.contains(effect))
            }
            ItemKind::Event(_) => true,
        };
        items.iter().filter(beside).map(|item| self.item(item)).collect()
    }

    fn item(&self, item: &Item) -> ThreadItem {
        match &item.what {
            ItemKind::Event(opened) => self.event(item.at, opened),
            ItemKind::Note(note) => self.note(item.at, note),
        }
    }

    fn event(&self, at: Cursor, opened: &OpenedEvent) -> ThreadItem {
        let record = &opened.record;
        let kind = if &*record.name == MESSAGE { ThreadKind::Message } else { ThreadKind::Event };
        let mut item = blank(at, kind, record.name.to_string());
        (item.time, item.received) = (record.time, record.received);
        item.channel = Some(record.channel.to_string());
        item.erased = opened.event.is_none();
        let text = |name: &str| {
            let value = opened.event.as_ref().map(|event| event.property(name)).unwrap_or_default();
            (!value.is_null()).then(|| value.plain().into_owned())
        };
        if kind == ThreadKind::Message {
            item.direction = Some(Direction::In);
            item.title = text("subject").unwrap_or_else(|| "Message".into());
            item.text = text("text");
            item.conversation = text("conversation");
        }
        let json = |fields: Vec<(Box<str>, model::Value)>| {
            fields.into_iter().map(|(name, value)| (name.into(), value.to_json())).collect()
        };
        item.event = Some(ThreadEvent {
            kind: record.kind.as_str().into(),
            name: record.name.to_string(),
            properties: opened.event.as_ref().map(|event| json(event.properties())).unwrap_or_default(),
            traits: opened
                .event
                .as_ref()
                .filter(|event| matches!(event.kind, EventKind::Identify | EventKind::Group))
                .map(|event| json(event.traits()))
                .unwrap_or_default(),
            source: self
                .sources
                .get(&record.source)
                .cloned()
                .unwrap_or_else(|| format!("source {}", record.source.0)),
        });
        item
    }

    fn note(&self, at: Cursor, note: &Note) -> ThreadItem {
        let sentence = note.sentence();
        let mut item = blank(at, ThreadKind::Note, sentence.clone());
        if let Some(run) = note.run() {
            item.run = Some(run.to_string());
            item.journey = self.journeys.get(&run).cloned();
        }
        let kind =
            serde_json::to_value(note).ok().and_then(|json| Some(json.get("note")?.as_str()?.to_owned()));
        item.note = Some(ThreadNote { kind: kind.unwrap_or_default(), sentence });
        if let Note::OfferDecided { decision, .. }
        | Note::OfferAnswered { decision, .. }
        | Note::OfferTaken { decision, .. } = note
        {
            item.decision = Some(decision.to_string());
        }
        match note {
            Note::MessageDecided {
                effect,
                channel,
                purpose,
                subject,
                text,
                conversation,
                consent_proof,
                agent,
            } => {
                item.kind = ThreadKind::Message;
                item.agent = agent.as_deref().map(str::to_owned);
                item.direction = Some(Direction::Out);
                item.title = subject.as_deref().unwrap_or("Message").to_owned();
                item.text = Some(text.to_string());
                item.channel = Some(channel.to_string());
                item.conversation = Some(conversation.to_string());
                item.effect = Some(effect.to_string());
                let (state, reason) = self.delivery(*effect);
                let (purpose, consent) = (Some(purpose.as_str().into()), Some(consent_proof.sentence()));
                item.delivery = Some(Delivery { state, reason, purpose, consent });
                self.attach_run(&mut item, *effect);
            }
            Note::MessageHeld { channel, purpose, reason, .. } => {
                item.channel = Some(channel.to_string());
                let (state, purpose) = (DeliveryState::Held, Some(purpose.as_str().into()));
                item.delivery =
                    Some(Delivery { state, reason: Some(reason.sentence()), purpose, consent: None });
            }
            Note::CallAsked { effect, .. } | Note::EffectSettled { effect, .. } => {
                item.effect = Some(effect.to_string())
            }
            _ => item.conversation = note.conversation().map(|own| own.to_string()),
        }
        item
    }

    fn attach_run(&self, item: &mut ThreadItem, effect: EffectId) {
        let pending = self.pending.iter().find(|pending| pending.effect.id == effect);
        if let Some(run) = pending.and_then(|pending| pending.effect.run) {
            item.run = Some(run.to_string());
            item.journey = self.journeys.get(&run).cloned();
        }
        if let Some(choices) = pending.and_then(|pending| match &pending.effect.kind {
            model::EffectKind::Chat(message) if !message.choices.is_empty() => Some(message.choices.clone()),
            _ => None,
        }) {
            item.choices = Some(choices);
        }
    }

    /// How a message went: what is not pending any more and not known to have failed was taken by the receiver.
    fn delivery(&self, effect: EffectId) -> (DeliveryState, Option<String>) {
        if let Some(pending) = self.pending.iter().find(|pending| pending.effect.id == effect) {
            return match &pending.stage {
                Stage::Ready | Stage::Started => (DeliveryState::Pending, None),
                Stage::Waiting { reason, .. } => (DeliveryState::Retrying, Some(reason.clone())),
                Stage::Accepted { .. } => (DeliveryState::Sent, None),
                Stage::Uncertain { reason } => (DeliveryState::Uncertain, Some(reason.clone())),
            };
        }
        match self.settled.get(&effect) {
            Some(OutcomeKind::Failed { reason } | OutcomeKind::Refused { reason, .. }) => {
                (DeliveryState::Failed, Some(reason.clone()))
            }
            Some(OutcomeKind::Uncertain { reason }) => (DeliveryState::Uncertain, Some(reason.clone())),
            Some(
                OutcomeKind::Started { .. }
                | OutcomeKind::Done { .. }
                | OutcomeKind::Retry { .. }
                | OutcomeKind::Accepted { .. },
            )
            | None => (DeliveryState::Sent, None),
        }
    }
}

fn blank(at: Cursor, kind: ThreadKind, title: String) -> ThreadItem {
    ThreadItem {
        id: format!("{}-{}-{}", at.seq.0, at.strand.0, at.part),
        time: at.time,
        received: at.time,
        seq: at.seq.0,
        channel: None,
        kind,
        direction: None,
        title,
        text: None,
        choices: None,
        event: None,
        note: None,
        conversation: None,
        agent: None,
        run: None,
        journey: None,
        effect: None,
        decision: None,
        delivery: None,
        erased: false,
    }
}
