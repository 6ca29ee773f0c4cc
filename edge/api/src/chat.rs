//! Web chat: the WebSocket of a browser on one side, the workspace's thread on the other.

mod follow;

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use channels::webchat::session::run;
use channels::webchat::{
    Author, ChatBackend, HISTORY_MAX, History, Opened, Opening, Refused, Said, ShownMessage, Ticket, Timing,
};
use futures_util::{SinkExt, StreamExt};
use model::{Channel, ConversationId, CustomerId, EffectId, Identifier, Namespace, Note, StrandId};
use serde::Deserialize;
use serde_json::json;
use shard::{Accepted, ItemKind, OpenedEvent, Refusal, Submission, ThreadItem};

use crate::ingest::{Arrival, Limits, segment};
use crate::problem::Problem;
use crate::state::{Api, Way, now};

pub use follow::follow_changes;

/// The longest frame taken; the channel's own limit is below it.
const FRAME_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
pub struct ChatQuery {
    #[serde(default)]
    write_key: String,
}

/// `GET /v1/chat?write_key=…`: one browser's connection.
pub async fn connect(
    State(api): State<Api>,
    Query(query): Query<ChatQuery>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(way) = api.way(&query.write_key) else { return Problem::unknown_write_key().into_response() };
    upgrade.max_message_size(FRAME_BYTES_MAX).on_upgrade(move |socket| talk(api, way, socket))
}

async fn talk(api: Api, way: Way, socket: WebSocket) {
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(|frame| async move {
        match frame {
            Ok(Message::Text(text)) => Some(text.to_string()),
            Ok(_) | Err(_) => None,
        }
    });
    let outgoing =
        outgoing.with(|text: String| async move { Ok::<_, axum::Error>(Message::Text(text.into())) });
    let workspace = way.workspace.clone();
    let door = Door { way };
    let (incoming, outgoing) = (std::pin::pin!(incoming), std::pin::pin!(outgoing));
    let (hub, tickets) = (&workspace.hub, &workspace.tickets);
    let ended = run(incoming, outgoing, hub, tickets, &door, Timing::default(), api.stopped()).await;
    tracing::debug!(?ended, "a chat window closed");
}

/// Where a chat's messages go and come from.
struct Door {
    way: Way,
}

impl ChatBackend for Door {
    async fn opened(&self, opening: &Opening) -> Result<Opened, Refused> {
        let opened = self.open(opening).await?;
        opened.customer.into_iter().for_each(|customer| self.way.workspace.chats_with(customer));
        Ok(opened)
    }

    async fn since(&self, ticket: &Ticket, number: u64) -> Result<History, Refused> {
        let Some(customer) = self.customer_of(ticket).await? else { return Ok(History::default()) };
        let anonymous = anonymous(ticket);
        let read = self.way.workspace.handle.view(move |view| {
            let strand = view.customer(customer)?.and_then(|held| {
                let found = held.graph.identifiers().find(|(_, identifier, _)| *identifier == anonymous);
                found.map(|(strand, ..)| strand)
            });
            Ok::<_, Problem>((view.thread(customer)?, strand))
        });
        let (reader, strand) = read.await.map_err(later)?.map_err(|_| Refused::Later)?;
        let Some(reader) = reader else { return Ok(History::default()) };
        let page = tokio::task::spawn_blocking(move || reader.page(None, LOOKED_AT_MAX, concerns_chat)).await;
        let page = page.map_err(|_| Refused::Later)?.map_err(|_| Refused::Later)?;
        let mut messages = seen_by(&page.items, strand, &ticket.anonymous_id);
        messages.retain(|message| message.number > number);
        messages.sort_by_key(|message| message.number);
        let cut = messages.len() > HISTORY_MAX;
        let messages = messages.split_off(messages.len().saturating_sub(HISTORY_MAX));
        Ok(History { customer: Some(customer), messages, cut })
    }

    async fn said(&self, ticket: &Ticket, said: &Said) -> Result<CustomerId, Refused> {
        let body = json!({
            "type": "track",
            "event": "Message Received",
            "messageId": format!("{}/{}", ticket.session, said.id),
            "anonymousId": ticket.anonymous_id,
            "properties": { "text": said.text, "message_id": said.id },
        });
        let customer = self.take(ticket, &body.to_string()).await?;
        self.way.workspace.chats_with(customer);
        Ok(customer)
    }
}

/// Items of the thread looked at for what a browser missed.
const LOOKED_AT_MAX: usize = 400;

impl Door {
    async fn open(&self, opening: &Opening) -> Result<Opened, Refused> {
        let workspace = &self.way.workspace;
        let mut opened = Opened { customer: self.customer_of(&opening.ticket).await?, ..Opened::default() };
        let Some(link) = &opening.continues else {
            if opening.returning && opened.customer.is_some() && self.waits_elsewhere(opened.customer).await?
            {
                opened.customer = Some(self.announce(&opening.ticket, None, Vec::new()).await?);
            }
            return Ok(opened);
        };
        let Ok(continues) = workspace.links.read_continue(link, now()) else {
            opened.link_expired = true;
            return Ok(opened);
        };
        let known = self.identifiers_of(continues.customer).await?;
        if known.is_empty() {
            opened.link_expired = true;
            return Ok(opened);
        }
        opened.customer = Some(self.announce(&opening.ticket, Some(continues.conversation), known).await?);
        opened.conversation = Some(continues.conversation);
        Ok(opened)
    }

    async fn customer_of(&self, ticket: &Ticket) -> Result<Option<CustomerId>, Refused> {
        let anonymous = anonymous(ticket);
        let found = self.way.workspace.handle.view(move |view| view.find(&anonymous).map_err(Problem::from));
        found.await.map_err(later)?.map_err(|_| Refused::Later)
    }

    /// Whether a question of a journey waits for its answer on another channel than this.
    async fn waits_elsewhere(&self, customer: Option<CustomerId>) -> Result<bool, Refused> {
        let Some(customer) = customer else { return Ok(false) };
        let read = self.way.workspace.handle.view(move |view| {
            let held = view.customer(customer).map_err(Problem::from)?;
            let elsewhere = |run: &orchestrate::Run| run.ended.is_none() && run.channel != Channel::WEBCHAT;
            Ok::<_, Problem>(held.is_some_and(|held| held.progress.runs().iter().any(elsewhere)))
        });
        read.await.map_err(later)?.map_err(|_| Refused::Later)
    }

    /// The identifiers by which the holder of a link is known.
    async fn identifiers_of(&self, customer: CustomerId) -> Result<Vec<Identifier>, Refused> {
        let read = self.way.workspace.handle.view(move |view| {
            let held = view.customer(customer).map_err(Problem::from)?;
            let all =
                held.map(|held| held.graph.identifiers().map(|(_, identifier, _)| identifier).collect());
            Ok::<Vec<Identifier>, Problem>(all.unwrap_or_default())
        });
        let mut all = read.await.map_err(later)?.map_err(|_| Refused::Later)?;
        let strong =
            |identifier: &Identifier| matches!(identifier.namespace, Namespace::UserId | Namespace::Email);
        if all.iter().any(strong) {
            all.retain(strong);
        }
        all.truncate(1);
        Ok(all)
    }

    /// Says that the customer is back in chat; by a link, also that this browser is theirs.
    async fn announce(
        &self,
        ticket: &Ticket,
        conversation: Option<ConversationId>,
        known: Vec<Identifier>,
    ) -> Result<CustomerId, Refused> {
        let identifiers: serde_json::Map<String, serde_json::Value> = known
            .into_iter()
            .map(|identifier| (identifier.namespace.to_string(), String::from(identifier.value).into()))
            .collect();
        let mut body = json!({ "type": "track", "event": "Chat Opened", "anonymousId": ticket.anonymous_id, "identifiers": identifiers });
        if let Some(conversation) = conversation {
            body["properties"] = json!({ "conversation": conversation });
            // The same browser coming by the same link again says nothing new.
            body["messageId"] = json!(format!("{}/{conversation}", ticket.session));
        }
        self.take(ticket, &body.to_string()).await
    }

    async fn take(&self, ticket: &Ticket, body: &str) -> Result<CustomerId, Refused> {
        let arrival = Arrival { source: self.way.source, channel: Channel::WEBCHAT, received: now() };
        let event = match segment::take_one(body, &arrival, &Limits::SEGMENT) {
            Submission::Malformed { reason, .. } => return Err(Refused::Invalid(reason)),
            event @ Submission::Event(_) => event,
        };
        let accepted = self.way.workspace.handle.ingest(vec![event]).await.map_err(later)?;
        match accepted.first() {
            Some(Accepted::Taken { customer }) => Ok(*customer),
            Some(Accepted::Duplicate) => self.customer_of(ticket).await?.ok_or(Refused::Later),
            Some(Accepted::Quarantined { .. }) | None => {
                Err(Refused::Invalid("the message could not be taken".into()))
            }
        }
    }
}

fn anonymous(ticket: &Ticket) -> Identifier {
    Identifier { namespace: Namespace::AnonymousId, value: ticket.anonymous_id.as_str().into() }
}

fn later(_: Refusal) -> Refused {
    Refused::Later
}

/// Items that a chat may have to show, or that say which conversations it may see.
fn concerns_chat(item: &ThreadItem) -> bool {
    match &item.what {
        ItemKind::Event(opened) => opened.record.channel == Channel::WEBCHAT,
        ItemKind::Note(note) => {
            let shown =
                matches!(&**note, Note::MessageDecided { channel, .. } if *channel == Channel::WEBCHAT);
            shown || matches!(&**note, Note::ArticleSent { .. })
        }
    }
}

/// The messages a session may see: what it wrote, and the conversations it took part in or was let into.
fn seen_by(items: &[ThreadItem], own: Option<StrandId>, anonymous_id: &str) -> Vec<ShownMessage> {
    let (mut steps, mut conversations) = (BTreeSet::new(), BTreeSet::new());
    for item in items.iter().filter(|item| own.is_some_and(|own| item.at.strand == own)) {
        match &item.what {
            ItemKind::Event(_) => drop(steps.insert(item.at.seq)),
            ItemKind::Note(note) => conversations.extend(conversation_of(note)),
        }
    }
    for item in items {
        match &item.what {
            ItemKind::Note(note) if steps.contains(&item.at.seq) => {
                conversations.extend(conversation_of(note))
            }
            ItemKind::Event(opened)
                if &*opened.record.name == "Chat Opened" && names(opened, anonymous_id) =>
            {
                let named = opened.event.as_ref().map(|event| event.property("conversation"));
                conversations.extend(named.and_then(|named| named.as_text()?.parse::<ConversationId>().ok()));
            }
            ItemKind::Note(_) | ItemKind::Event(_) => {}
        }
    }
    // What was written in one of these conversations is known by the step that answered it.
    let of_these = |note: &Note| conversation_of(note).is_some_and(|own| conversations.contains(&own));
    for item in items {
        if let ItemKind::Note(note) = &item.what
            && of_these(note)
        {
            steps.insert(item.at.seq);
        }
    }
    let articles: BTreeMap<EffectId, &str> = items.iter().filter_map(article_of).collect();
    let message = |item: &ThreadItem| match &item.what {
        ItemKind::Event(opened) if steps.contains(&item.at.seq) => written(item, opened),
        ItemKind::Note(note) if of_these(note) => shown(item, note, &articles),
        ItemKind::Event(_) | ItemKind::Note(_) => None,
    };
    items.iter().filter_map(message).collect()
}

/// Whether the event came from this session. One that came by a link stands under the customer's stronger identifier.
fn names(opened: &OpenedEvent, anonymous_id: &str) -> bool {
    let claims = opened.event.as_ref().map(|event| &event.claims);
    claims
        .into_iter()
        .flatten()
        .any(|(namespace, value)| *namespace == Namespace::AnonymousId && **value == *anonymous_id)
}

fn conversation_of(note: &Note) -> Option<ConversationId> {
    match note {
        Note::MessageDecided { conversation, .. } => Some(*conversation),
        _ => None,
    }
}

fn written(item: &ThreadItem, opened: &OpenedEvent) -> Option<ShownMessage> {
    let event = opened.event.as_ref().filter(|_| &*opened.record.name == "Message Received")?;
    let text = |name: &str| event.property(name).as_text().map(str::to_owned);
    Some(ShownMessage {
        number: item.at.seq.0 * NUMBERS_PER_RECORD,
        from: Author::Customer,
        name: None,
        text: text("text")?,
        choices: Vec::new(),
        time: item.at.time,
        id: text("message_id"),
        article: None,
    })
}

/// Which message is an article.
fn article_of(item: &ThreadItem) -> Option<(EffectId, &str)> {
    match &item.what {
        ItemKind::Note(note) => match &**note {
            Note::ArticleSent { effect, article, .. } => Some((*effect, article)),
            _ => None,
        },
        ItemKind::Event(_) => None,
    }
}

fn shown(item: &ThreadItem, note: &Note, articles: &BTreeMap<EffectId, &str>) -> Option<ShownMessage> {
    let Note::MessageDecided { effect, text, agent, .. } = note else { return None };
    let (time, text) = (item.at.time, text.to_string());
    Some(ShownMessage {
        number: number_of(*effect),
        from: Author::of(agent.as_deref()),
        name: agent.as_deref().map(str::to_owned),
        text,
        choices: Vec::new(),
        time,
        id: None,
        article: articles.get(effect).map(|article| (*article).to_owned()),
    })
}

/// Numbers set aside for the messages of one record: the customer's own, and those it caused.
const NUMBERS_PER_RECORD: u64 = 256;

/// The number of a message that an effect is: by the record that caused it, so that it is the same in a replay.
pub fn number_of(effect: EffectId) -> u64 {
    let (seq, ordinal) = ((effect.0 >> 80) as u64, (effect.0 & 0xffff) as u64);
    seq * NUMBERS_PER_RECORD + 1 + ordinal.min(NUMBERS_PER_RECORD - 2)
}

#[cfg(test)]
#[path = "chat_tests.rs"]
mod tests;
