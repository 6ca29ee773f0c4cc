//! Live updates as server-sent events: what changed, as it becomes durable.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use channels::webchat::{Sign, SignOf};
use futures_util::Stream;
use futures_util::stream::unfold;
use model::CustomerId;
use serde::{Deserialize, Serialize};
use shard::Change;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until, timeout};
use utoipa::{IntoParams, ToSchema};

use super::customer_id;
use super::demo::Stir;
use super::session::{Overview, overview};
use super::thread::{Filter, page};
use super::thread_item::ThreadItem;
use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::{Api, Workspace};

#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    /// New or changed items of the customer asked for.
    Thread { customer: String, items: Vec<ThreadItem> },
    /// Profile, identity or runs of the customer asked for changed: fetch again.
    Customer { customer: String },
    /// At most once a second.
    Overview { overview: Overview },
    /// A conversation came to the desk, left it or changed there, or an agent came or went: fetch again.
    Desk,
    /// Something became of an offer, or of a limited one's number; at most once a second: fetch again.
    Offers,
    /// Whether the customer asked for has a chat window open; sent at the beginning, and when it changes.
    Connected { customer: String, connected: bool },
    /// The customer asked for types in web chat, or an agent does, who is named. Over after some seconds.
    Typing { customer: String, agent: Option<String> },
    /// Demo only: the mailbox of `address` changed.
    Mail { address: String },
    /// Demo only: the telephone of `number` changed.
    Telephone { number: String },
    /// Demo only: the letter box changed.
    Letters,
}

#[derive(Debug, Deserialize, IntoParams)]
struct LiveQuery {
    customer: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let live = Operation::get("/api/v1/live", "live", "session");
    operations.add(live.query::<LiveQuery>().streams::<LiveEvent>(), get_live)
}

/// How often the overview is sent at most.
const OVERVIEW_EVERY: Duration = Duration::from_secs(1);
/// Changes of one customer within this time are sent together.
const GATHER: Duration = Duration::from_millis(50);
/// Items of the thread sent with a change.
const ITEMS: usize = 20;
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// One listener.
struct Listener {
    api: Api,
    workspace: Arc<Workspace>,
    /// The id asked for; the customer it is now is looked up with each change.
    customer: Option<CustomerId>,
    changes: broadcast::Receiver<Change>,
    devices: Option<broadcast::Receiver<Stir>>,
    signs: broadcast::Receiver<Sign>,
    next_overview: Instant,
    stale: bool,
    /// What the desk looked like when it was told last.
    desk: u64,
    /// How often offers' figures had changed when they were told last.
    offers: u64,
    ready: Vec<LiveEvent>,
}

async fn get_live(
    caller: Needs<ReadCustomers>,
    State(api): State<Api>,
    Query(query): Query<LiveQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let customer = query.customer.as_deref().filter(|id| !id.is_empty()).map(customer_id).transpose()?;
    let workspace = caller.workspace.clone();
    let mut listener = Listener {
        changes: workspace.handle.changes(),
        signs: workspace.hub.signs(),
        devices: api.demo().map(|devices| devices.stirs()),
        api,
        workspace,
        customer,
        next_overview: Instant::now(),
        stale: true,
        desk: 0,
        offers: 0,
        ready: Vec::new(),
    };
    listener.look_at_windows().await;
    listener.offers = listener.offers_changes().await;
    let stream = unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        let data = serde_json::to_string(&event).unwrap_or_default();
        Some((Ok(Event::default().data(data)), listener))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

impl Listener {
    /// The next event; `None` when the server stops.
    async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Some(event);
            }
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) => self.gather(change).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = self.api.stopped() => return None,
                sign = self.signs.recv() => match sign {
                    Ok(sign) => self.see(sign).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.look_at_windows().await,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                stir = heard(&mut self.devices) => self.ready.push(match stir {
                    Stir::Mail(address) => LiveEvent::Mail { address },
                    Stir::Telephone(number) => LiveEvent::Telephone { number },
                    Stir::LetterBox => LiveEvent::Letters,
                }),
                () = sleep_until(self.next_overview), if self.stale => {
                    self.stale = false;
                    self.next_overview = Instant::now() + OVERVIEW_EVERY;
                    self.look_at_offers().await;
                    let overview = overview(&self.workspace).await.ok()?;
                    return Some(LiveEvent::Overview { overview });
                }
            }
        }
    }

    /// Takes a change and those that follow at once.
    async fn gather(&mut self, first: Change) {
        let mut touched = BTreeSet::from([first.customer]);
        let until = Instant::now() + GATHER;
        while let Ok(Ok(change)) =
            timeout(until.saturating_duration_since(Instant::now()), self.changes.recv()).await
        {
            touched.insert(change.customer);
        }
        self.stale = true;
        self.look_at_desk().await;
        let Some(asked) = self.customer else { return };
        let holder = self.holder(asked).await;
        if touched.contains(&holder) || touched.contains(&asked) {
            self.tell(asked).await;
        }
    }

    /// The customer that the one asked for is now.
    async fn holder(&self, asked: CustomerId) -> CustomerId {
        let holder =
            self.workspace.handle.view(move |view| Ok::<_, Problem>(view.customer(asked)?.map(|own| own.id)));
        match holder.await {
            Ok(Ok(Some(holder))) => holder,
            // Erased, or the server stops: the studio asks and is told.
            Ok(Ok(None)) | Ok(Err(_)) | Err(_) => asked,
        }
    }

    /// A sign of life in web chat.
    async fn see(&mut self, sign: Sign) {
        let Some(asked) = self.customer else { return };
        if sign.customer != asked && sign.customer != self.holder(asked).await {
            return;
        }
        let agent = match sign.what {
            SignOf::Windows => return self.look_at_windows().await,
            SignOf::CustomerTypes => None,
            SignOf::AgentTypes { name } => Some(name),
        };
        self.ready.push(LiveEvent::Typing { customer: asked.to_string(), agent });
    }

    async fn look_at_windows(&mut self) {
        let Some(asked) = self.customer else { return };
        let connected = self.workspace.hub.is_connected(self.holder(asked).await);
        self.ready.push(LiveEvent::Connected { customer: asked.to_string(), connected });
    }

    async fn look_at_desk(&mut self) {
        let seen = self.workspace.handle.view(|view| view.desk_revision()).await.unwrap_or(self.desk);
        if seen != self.desk {
            self.desk = seen;
            self.ready.push(LiveEvent::Desk);
        }
    }

    async fn offers_changes(&self) -> u64 {
        let changes = self.workspace.handle.view(|view| view.books().budgets.changes()).await;
        changes.unwrap_or(self.offers)
    }

    async fn look_at_offers(&mut self) {
        let changes = self.offers_changes().await;
        if changes != self.offers {
            self.offers = changes;
            self.ready.push(LiveEvent::Offers);
        }
    }

    /// Changes were missed: everything may be new.
    async fn catch_up(&mut self) {
        self.stale = true;
        self.look_at_desk().await;
        if let Some(asked) = self.customer {
            self.tell(asked).await;
        }
    }

    async fn tell(&mut self, asked: CustomerId) {
        let customer = asked.to_string();
        self.ready.push(LiveEvent::Customer { customer: customer.clone() });
        if let Ok(page) = page(&self.workspace, asked, None, ITEMS, Filter::default()).await {
            self.ready.push(LiveEvent::Thread { customer, items: page.items });
        }
    }
}

/// What happens next on the devices; nothing ever, outside the demo.
async fn heard(devices: &mut Option<broadcast::Receiver<Stir>>) -> Stir {
    match devices {
        None => std::future::pending().await,
        Some(devices) => loop {
            match devices.recv().await {
                Ok(stir) => return stir,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        },
    }
}
