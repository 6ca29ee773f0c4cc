//! A customer's conversations: where each stands, what staff do with them, and the answers at hand.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use engine::{Customer, Engine};
use model::{Channel, ConversationId, DeskAction, DeskClock, Timestamp, Value};
use orchestrate::{CannedAnswer, Clock, Conversation, FieldKind, FormField, MacroAction, form};
use serde::{Deserialize, Serialize};
use shard::Order;
use utoipa::ToSchema;

use super::customer_id;
use super::desk::{InboxPriority, meant, shown};
use crate::access::{Needs, ReadConversations, WriteConversations};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::{Workspace, now};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    WithBot,
    Queued,
    Assigned,
    Snoozed,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    FirstResponse,
    Resolution,
}

/// A promise of the queue that has not been kept yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Promise {
    pub kind: PromiseKind,
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    pub breached: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    Text,
    Number,
    YesOrNo,
    Choice,
}

/// What the journey that waits asks the agent to fill in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultField {
    pub slot: String,
    pub title: String,
    pub wanted: String,
    pub kind: ResultKind,
    pub choices: Vec<String>,
}

/// How an agent left it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationClosing {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub by: String,
    pub outcome: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerConversation {
    pub id: String,
    pub subject: String,
    pub state: ConversationState,
    pub channels: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub opened: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub last: Timestamp,
    /// Where the customer wrote last.
    pub channel: Option<String>,
    pub queue: Option<String>,
    pub priority: Option<InboxPriority>,
    pub agent: Option<String>,
    /// Why it is at the desk, in words.
    pub why: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed: Option<Timestamp>,
    pub unanswered: bool,
    pub promises: Vec<Promise>,
    /// The outcomes to choose from; any words will do where there are none.
    pub outcomes: Vec<String>,
    pub form: Vec<ResultField>,
    pub closed: Option<ConversationClosing>,
}

/// What an answer at hand does besides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum CannedAction {
    Priority { priority: InboxPriority },
    Queue { queue: String },
    Snooze { ms: i64 },
    Note { text: String },
    Close { outcome: String },
}

/// An answer at hand, written for this customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct CannedText {
    pub name: String,
    pub title: String,
    pub text: Option<String>,
    /// What is missing, where it cannot be written.
    pub missing: Option<String>,
    pub actions: Vec<CannedAction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TypingTold {
    /// Whether the customer has a chat window open that shows it.
    pub connected: bool,
}

/// What a member of staff does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ConversationAction {
    Queue {
        queue: String,
        priority: Option<InboxPriority>,
    },
    Assign {
        agent: String,
    },
    Take,
    Snooze {
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
    },
    Wake,
    Close {
        outcome: String,
        #[serde(default)]
        results: BTreeMap<String, serde_json::Value>,
    },
    Reopen,
    HandBack,
    Reply {
        text: String,
        /// Where the customer was last, unless stated.
        channel: Option<String>,
        /// Made by the caller; the same reply sent again is taken once.
        key: Option<String>,
    },
    /// Sends an article in the words for the channel.
    Article {
        article: String,
        /// The customer's own where the article has it, unless stated.
        language: Option<String>,
        /// Where the customer was last, unless stated.
        channel: Option<String>,
        /// Made by the caller; the same sent again is taken once.
        key: Option<String>,
    },
    Note {
        text: String,
    },
    Subject {
        subject: String,
    },
    Priority {
        priority: InboxPriority,
    },
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/customers/{id}/conversations", "list_conversations", "orchestrate");
    let list = list.lists::<CustomerConversation>().fails(&[404]);
    let canned =
        Operation::get("/api/v1/customers/{id}/canned-answers", "list_canned_answers", "orchestrate");
    let act = Operation::post(
        "/api/v1/customers/{id}/conversations/{conversation}/actions",
        "act_on_conversation",
        "orchestrate",
    );
    let act = act.takes::<ConversationAction>().answers::<CustomerConversation>().fails(&[400, 404, 409]);
    let typing = Operation::post("/api/v1/customers/{id}/typing", "tell_typing", "orchestrate");
    operations
        .add(typing.answers::<TypingTold>().fails(&[400]), tell_typing)
        .add(list, list_conversations)
        .add(canned.lists::<CannedText>().fails(&[404]), list_canned)
        .add(act, act_on_conversation)
}

async fn list_conversations(
    caller: Needs<ReadConversations>,
    Path(id): Path<String>,
) -> Result<Json<Vec<CustomerConversation>>, Problem> {
    read(&caller.workspace, &id).await.map(Json)
}

async fn list_canned(
    caller: Needs<ReadConversations>,
    Path(id): Path<String>,
) -> Result<Json<Vec<CannedText>>, Problem> {
    let asked = customer_id(&id)?;
    let read = caller.workspace.handle.view(move |view| {
        let engine = view.engine().clone();
        let Some(customer) = view.customer(asked)? else { return Err(Problem::not_found("customer", asked)) };
        Ok(engine.canned(customer, now()))
    });
    Ok(Json(read.await??.into_iter().map(canned).collect()))
}

async fn act_on_conversation(
    caller: Needs<WriteConversations>,
    Path((id, conversation)): Path<(String, String)>,
    Json(action): Json<ConversationAction>,
) -> Result<Json<CustomerConversation>, Problem> {
    let customer = customer_id(&id)?;
    let named: ConversationId = conversation.parse().map_err(|error: model::InvalidId| {
        Problem::invalid("conversation", error.to_string(), "use an id that the API gave")
    })?;
    let by = caller.token.name.clone();
    let order = Order::Desk { by, customer, conversation: named, action: taken(action)? };
    caller.workspace.handle.order(order).await?;
    let all = read(&caller.workspace, &id).await?;
    let found = all.into_iter().find(|own| own.id == conversation);
    found.map(Json).ok_or_else(|| Problem::not_found("conversation", conversation))
}

/// The caller types an answer: shown in the customer's chat windows for some seconds, kept nowhere.
async fn tell_typing(
    caller: Needs<WriteConversations>,
    Path(id): Path<String>,
) -> Result<Json<TypingTold>, Problem> {
    let (asked, by) = (customer_id(&id)?, caller.token.name.clone());
    let read = caller.workspace.handle.view(move |view| {
        let title = view
            .engine()
            .desk()
            .map_or(by.clone(), |desk| desk.agent(&by).map_or(by.clone(), |agent| agent.title.to_string()));
        Ok::<_, Problem>((view.customer(asked)?.map(|customer| customer.id), title))
    });
    let (customer, title) = read.await??;
    let customer = customer.ok_or_else(|| Problem::not_found("customer", asked))?;
    caller.workspace.hub.agent_types(customer, &title);
    Ok(Json(TypingTold { connected: caller.workspace.hub.is_connected(customer) }))
}

async fn read(workspace: &Workspace, id: &str) -> Result<Vec<CustomerConversation>, Problem> {
    let asked = customer_id(id)?;
    let read = workspace.handle.view(move |view| {
        let engine = view.engine().clone();
        let Some(customer) = view.customer(asked)? else { return Err(Problem::not_found("customer", asked)) };
        let mut all: Vec<&Conversation> = customer.progress.conversations().iter().collect();
        all.sort_by_key(|own| (own.ticket.is_none(), !own.open, std::cmp::Reverse(own.last), own.id));
        Ok(all.into_iter().map(|own| shown_conversation(&engine, customer, own)).collect())
    });
    read.await?
}

fn taken(action: ConversationAction) -> Result<DeskAction, Problem> {
    Ok(match action {
        ConversationAction::Queue { queue, priority } => {
            DeskAction::Queue { queue: queue.into(), priority: priority.map(meant) }
        }
        ConversationAction::Assign { agent } => DeskAction::Assign { agent: agent.into() },
        ConversationAction::Take => DeskAction::Take,
        ConversationAction::Snooze { until } => DeskAction::Snooze { until },
        ConversationAction::Wake => DeskAction::Wake,
        ConversationAction::Close { outcome, results } => {
            let value = |(slot, value): (String, serde_json::Value)| (slot.into(), Value::from_json(&value));
            DeskAction::Close { outcome: outcome.into(), results: results.into_iter().map(value).collect() }
        }
        ConversationAction::Reopen => DeskAction::Reopen,
        ConversationAction::HandBack => DeskAction::HandBack,
        ConversationAction::Reply { text, channel, key } => {
            let channel = named_channel(channel)?;
            DeskAction::Reply { text: text.into(), channel, key: key.map(Into::into) }
        }
        ConversationAction::Article { article, language, channel, key } => DeskAction::Article {
            article: article.into(),
            language: language.map(Into::into),
            channel: named_channel(channel)?,
            key: key.map(Into::into),
        },
        ConversationAction::Note { text } => DeskAction::Note { text: text.into() },
        ConversationAction::Subject { subject } => DeskAction::Subject { subject: subject.into() },
        ConversationAction::Priority { priority } => DeskAction::Priority { priority: meant(priority) },
    })
}

fn named_channel(channel: Option<String>) -> Result<Option<Channel>, Problem> {
    let channel = channel.map(|channel| channel.parse::<Channel>()).transpose();
    channel.map_err(|error| Problem::invalid("channel", error.to_string(), "name a channel, or leave it out"))
}

fn shown_conversation(engine: &Engine, customer: &Customer, own: &Conversation) -> CustomerConversation {
    let ticket = own.ticket.as_deref();
    let state = match ticket {
        Some(ticket) if ticket.snoozed.is_some() => ConversationState::Snoozed,
        Some(ticket) if ticket.agent.is_some() => ConversationState::Assigned,
        Some(_) => ConversationState::Queued,
        None if own.open => ConversationState::WithBot,
        None => ConversationState::Closed,
    };
    let promise = |(kind, clock): (DeskClock, &Clock)| Promise {
        kind: match kind {
            DeskClock::FirstResponse => PromiseKind::FirstResponse,
            DeskClock::Resolution => PromiseKind::Resolution,
        },
        due: clock.due,
        breached: clock.breached,
    };
    CustomerConversation {
        id: own.id.to_string(),
        subject: own.subject.to_string(),
        state,
        channels: own.channels.iter().map(ToString::to_string).collect(),
        opened: own.opened,
        last: own.last,
        channel: own.wrote.as_ref().map(|wrote| wrote.channel.to_string()),
        queue: ticket.map(|ticket| ticket.queue.to_string()),
        priority: ticket.map(|ticket| shown(ticket.priority)),
        agent: ticket.and_then(|ticket| ticket.agent.as_deref()).map(str::to_owned),
        why: ticket.map(|ticket| ticket.why.to_string()),
        since: ticket.map(|ticket| ticket.since),
        snoozed: ticket.and_then(|ticket| ticket.snoozed),
        unanswered: ticket.is_some() && own.unanswered,
        promises: ticket.into_iter().flat_map(|ticket| ticket.running()).map(promise).collect(),
        outcomes: ticket
            .map(|ticket| ticket.outcomes.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        form: form(&customer.progress, engine.versions(), own.id).into_iter().map(field).collect(),
        closed: own.closed.as_ref().map(|closed| ConversationClosing {
            time: closed.time,
            by: closed.by.to_string(),
            outcome: closed.outcome.to_string(),
        }),
    }
}

fn field(field: FormField) -> ResultField {
    ResultField {
        slot: field.slot,
        title: field.label,
        wanted: field.wanted,
        kind: match field.kind {
            FieldKind::Text => ResultKind::Text,
            FieldKind::Number => ResultKind::Number,
            FieldKind::YesOrNo => ResultKind::YesOrNo,
            FieldKind::Choice => ResultKind::Choice,
        },
        choices: field.choices,
    }
}

fn canned(answer: CannedAnswer) -> CannedText {
    let (text, missing) = match answer.text {
        None => (None, None),
        Some(Ok(text)) => (Some(text), None),
        Some(Err(missing)) => (None, Some(missing)),
    };
    let action = |action: MacroAction| match action {
        MacroAction::Priority(priority) => CannedAction::Priority { priority: shown(priority) },
        MacroAction::Queue(queue) => CannedAction::Queue { queue: queue.into() },
        MacroAction::Snooze(span) => CannedAction::Snooze { ms: span.0 },
        MacroAction::Note(text) => CannedAction::Note { text: text.into() },
        MacroAction::Close(outcome) => CannedAction::Close { outcome: outcome.into() },
    };
    let actions = answer.actions.into_iter().map(action).collect();
    CannedText { name: answer.name, title: answer.title, text, missing, actions }
}
