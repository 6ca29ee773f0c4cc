//! The desk: its queues and agents, and the inbox of conversations that wait for people or are with one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use model::{CustomerId, Presence, Priority, Timestamp};
use orchestrate::DeskEntry;
use serde::{Deserialize, Serialize};
use shard::Order;
use utoipa::{IntoParams, ToSchema};

use super::Paging;
use crate::access::{Needs, ReadConversations, WriteConversations};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Serialize, ToSchema)]
pub struct DeskQueue {
    pub name: String,
    pub title: String,
    /// Whether it is within its business hours.
    pub open: bool,
    /// Conversations that nobody has.
    pub waiting: u64,
    /// Conversations with an agent.
    pub assigned: u64,
    /// Conversations whose promise was not kept.
    pub breached: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentPresence {
    Away,
    Available,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeskAgent {
    /// The name of their token.
    pub name: String,
    /// The name that customers see.
    pub title: String,
    pub presence: AgentPresence,
    /// Conversations in hand; those put aside do not count.
    pub load: u64,
    pub capacity: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeskOverview {
    /// The caller's own name, where the catalogue lists them as an agent.
    pub me: Option<String>,
    pub queues: Vec<DeskQueue>,
    pub agents: Vec<DeskAgent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InboxPriority {
    Low,
    Normal,
    High,
    Urgent,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InboxItem {
    pub customer: String,
    /// The customer's name, if it is known.
    pub name: Option<String>,
    pub conversation: String,
    pub subject: String,
    /// Why it is at the desk, in words.
    pub why: String,
    pub queue: String,
    pub priority: InboxPriority,
    pub agent: Option<String>,
    /// When it came to the desk.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// When the last message came or went.
    #[schema(value_type = String, format = DateTime)]
    pub last: Timestamp,
    pub channels: Vec<String>,
    /// Whether the customer waits for an answer.
    pub unanswered: bool,
    /// When the next promise runs out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Timestamp>,
    pub breached: bool,
    /// Put aside until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InboxPage {
    /// The most urgent first, then those that wait longest; what is put aside comes last.
    pub items: Vec<InboxItem>,
    /// Pass as `cursor` for the next page.
    pub next: Option<String>,
    pub total: u64,
}

/// Which conversations are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InboxView {
    #[default]
    All,
    /// Those the caller has.
    Mine,
    /// Those nobody has.
    Waiting,
}

#[derive(Debug, Deserialize, IntoParams)]
struct InboxQuery {
    #[serde(default)]
    #[param(value_type = Option<InboxView>, inline)]
    view: InboxView,
    queue: Option<String>,
    cursor: Option<String>,
    #[param(maximum = 200)]
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PresenceRequest {
    pub presence: AgentPresence,
}

pub fn add(operations: Operations) -> Operations {
    let desk = Operation::get("/api/v1/desk", "get_desk", "orchestrate").answers::<DeskOverview>();
    let inbox = Operation::get("/api/v1/inbox", "list_inbox", "orchestrate");
    let inbox = inbox.query::<InboxQuery>().answers::<InboxPage>().fails(&[400]);
    let presence = Operation::post("/api/v1/desk/presence", "set_presence", "orchestrate");
    let presence = presence.takes::<PresenceRequest>().answers::<DeskOverview>().fails(&[409]);
    operations.add(desk, get_desk).add(inbox, list_inbox).add(presence, set_presence)
}

async fn get_desk(caller: Needs<ReadConversations>) -> Result<Json<DeskOverview>, Problem> {
    overview(&caller.workspace, caller.token.name).await.map(Json)
}

async fn set_presence(
    caller: Needs<WriteConversations>,
    Json(request): Json<PresenceRequest>,
) -> Result<Json<DeskOverview>, Problem> {
    let agent = caller.token.name.clone();
    let known = overview(&caller.workspace, agent.clone()).await?;
    if known.me.is_none() {
        let detail = format!("`{agent}` is no agent; add it under `agents` in agents.yaml");
        return Err(Problem::conflict(detail));
    }
    let presence = match request.presence {
        AgentPresence::Away => Presence::Away,
        AgentPresence::Available => Presence::Available,
    };
    caller.workspace.handle.order(Order::Presence { agent: agent.clone(), presence }).await?;
    overview(&caller.workspace, agent).await.map(Json)
}

async fn overview(workspace: &crate::state::Workspace, caller: String) -> Result<DeskOverview, Problem> {
    let time = now();
    let read = workspace.handle.view(move |view| {
        let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for (_, entry) in view.desk().entries() {
            let [waiting, assigned, breached] = counts.entry(&*entry.queue).or_default();
            *(if entry.agent.is_some() { assigned } else { waiting }) += 1;
            *breached += u64::from(entry.breached);
        }
        let loads = view.desk().loads();
        let Some(desk) = view.engine().desk() else {
            return DeskOverview { me: None, queues: Vec::new(), agents: Vec::new() };
        };
        let queue = |queue: &orchestrate::Queue| {
            let [waiting, assigned, breached] = counts.get(&*queue.name).copied().unwrap_or_default();
            let (name, title) = (queue.name.to_string(), queue.title.to_string());
            DeskQueue { name, title, open: queue.is_open(time), waiting, assigned, breached }
        };
        let agent = |agent: &orchestrate::Agent| DeskAgent {
            name: agent.name.to_string(),
            title: agent.title.to_string(),
            presence: match view.desk().presence(&agent.name) {
                Presence::Away => AgentPresence::Away,
                Presence::Available => AgentPresence::Available,
            },
            load: loads.get(&*agent.name).copied().unwrap_or_default() as u64,
            capacity: u64::from(agent.capacity),
        };
        DeskOverview {
            me: desk.agent(&caller).map(|agent| agent.name.to_string()),
            queues: desk.queues().map(queue).collect(),
            agents: desk.agents().map(agent).collect(),
        }
    });
    Ok(read.await?)
}

async fn list_inbox(
    caller: Needs<ReadConversations>,
    Query(query): Query<InboxQuery>,
) -> Result<Json<InboxPage>, Problem> {
    let InboxQuery { view: wanted, queue, cursor, limit } = query;
    let paging = Paging { cursor, limit };
    let (offset, limit) = (paging.cursor::<usize>()?.unwrap_or(0), paging.limit());
    let me = caller.token.name.clone();
    let queue = queue.filter(|queue| !queue.is_empty());
    let read = caller.workspace.handle.view(move |view| {
        let is_wanted = |entry: &DeskEntry| {
            let theirs = match wanted {
                InboxView::All => true,
                InboxView::Mine => entry.agent.as_deref() == Some(&*me),
                InboxView::Waiting => entry.agent.is_none(),
            };
            theirs && queue.as_deref().is_none_or(|queue| *entry.queue == *queue)
        };
        let mut found: Vec<(CustomerId, DeskEntry)> = Vec::new();
        let mut places: Vec<(CustomerId, &DeskEntry)> =
            view.desk().entries().filter(|(_, entry)| is_wanted(entry)).collect();
        places.sort_by_key(|(_, entry)| {
            (entry.snoozed.is_some(), std::cmp::Reverse(entry.priority), entry.since, entry.conversation)
        });
        let total = places.len();
        let page = places.into_iter().skip(offset).take(limit);
        found.extend(page.map(|(customer, entry)| (customer, entry.clone())));
        let engine = view.engine().clone();
        let mut items = Vec::with_capacity(found.len());
        for (id, entry) in found {
            let Some(customer) = view.customer(id)? else { continue };
            let own = customer.progress.conversations().iter().find(|own| own.id == entry.conversation);
            items.extend(own.map(|own| item(id, engine.name(customer), own, &entry)));
        }
        Ok::<_, Problem>((items, total))
    });
    let (items, total) = read.await??;
    let next = (offset + limit < total).then(|| (offset + limit).to_string());
    Ok(Json(InboxPage { items, next, total: total as u64 }))
}

fn item(
    customer: CustomerId,
    name: Option<String>,
    own: &orchestrate::Conversation,
    entry: &DeskEntry,
) -> InboxItem {
    InboxItem {
        customer: customer.to_string(),
        name,
        conversation: own.id.to_string(),
        subject: own.subject.to_string(),
        why: own.ticket.as_ref().map(|ticket| ticket.why.to_string()).unwrap_or_default(),
        queue: entry.queue.to_string(),
        priority: shown(entry.priority),
        agent: entry.agent.as_deref().map(str::to_owned),
        since: entry.since,
        last: entry.last,
        channels: own.channels.iter().map(ToString::to_string).collect(),
        unanswered: entry.unanswered,
        due: entry.due,
        breached: entry.breached,
        snoozed: entry.snoozed,
    }
}

pub(super) fn shown(priority: Priority) -> InboxPriority {
    match priority {
        Priority::Low => InboxPriority::Low,
        Priority::Normal => InboxPriority::Normal,
        Priority::High => InboxPriority::High,
        Priority::Urgent => InboxPriority::Urgent,
    }
}

pub(super) fn meant(priority: InboxPriority) -> Priority {
    match priority {
        InboxPriority::Low => Priority::Low,
        InboxPriority::Normal => Priority::Normal,
        InboxPriority::High => Priority::High,
        InboxPriority::Urgent => Priority::Urgent,
    }
}
