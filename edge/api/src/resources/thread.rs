//! A customer's thread, newest first.

use axum::Json;
use axum::extract::{Path, Query};
use model::{CustomerId, Seq, StrandId, Timestamp};
use serde::{Deserialize, Serialize};
use shard::Cursor;
use utoipa::{IntoParams, ToSchema};

use super::thread_item::{Surroundings, ThreadItem, ThreadKind, channel_of, kind_of};
use super::{Paging, customer_id};
use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Workspace;

#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadPage {
    /// Newest first by time, then seq.
    pub items: Vec<ThreadItem>,
    pub next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct ThreadQuery {
    cursor: Option<String>,
    #[param(maximum = 200)]
    limit: Option<u32>,
    /// One channel, or several with commas.
    channel: Option<String>,
    /// event, message or note, or several with commas.
    kind: Option<String>,
}

/// What of a thread is wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    channels: Vec<String>,
    kinds: Vec<ThreadKind>,
}

pub fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/customers/{id}/thread", "get_thread", "recognize");
    operations.add(get.query::<ThreadQuery>().answers::<ThreadPage>().fails(&[400, 404]), get_thread)
}

async fn get_thread(
    caller: Needs<ReadCustomers>,
    Path(id): Path<String>,
    Query(query): Query<ThreadQuery>,
) -> Result<Json<ThreadPage>, Problem> {
    let ThreadQuery { cursor, limit, channel, kind } = query;
    let paging = Paging { cursor, limit };
    let filter = Filter::read(channel.as_deref(), kind.as_deref())?;
    let before = paging.cursor::<PageCursor>()?.map(|PageCursor(cursor)| cursor);
    page(&caller.workspace, customer_id(&id)?, before, paging.limit(), filter).await.map(Json)
}

/// A page of a customer's thread.
pub async fn page(
    workspace: &Workspace,
    customer: CustomerId,
    before: Option<Cursor>,
    limit: usize,
    filter: Filter,
) -> Result<ThreadPage, Problem> {
    let found = workspace.handle.view(move |view| {
        let sources = view.books().sources().map(|source| (source.id, source.name.clone())).collect();
        let Some(held) = view.customer(customer)? else {
            return Err(Problem::not_found("customer", customer));
        };
        let journeys = held.progress.runs().iter().map(|run| (run.id, run.journey.to_string())).collect();
        let pending = held.outbox.pending().to_vec();
        Ok((Surroundings { sources, journeys, pending, ..Surroundings::default() }, view.thread(customer)?))
    });
    let (mut surroundings, reader) = found.await??;
    let reader = reader.ok_or_else(|| Problem::not_found("customer", customer))?;
    let read = tokio::task::spawn_blocking(move || {
        let page = reader.page(before, limit, |item| filter.wants(item))?;
        surroundings.learn(&page.items);
        let next = page.next.map(|cursor| PageCursor(cursor).to_string());
        Ok::<_, Problem>(ThreadPage { items: surroundings.show(&page.items), next })
    });
    read.await.map_err(|error| Problem::internal(&error))?
}

impl Filter {
    fn read(channels: Option<&str>, kinds: Option<&str>) -> Result<Self, Problem> {
        let parts = |text: Option<&str>| -> Vec<String> {
            text.unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let kind = |name: &String| match name.as_str() {
            "event" => Ok(ThreadKind::Event),
            "message" => Ok(ThreadKind::Message),
            "note" => Ok(ThreadKind::Note),
            other => {
                Err(Problem::invalid("kind", format!("`kind` is `{other}`"), "use event, message or note"))
            }
        };
        let kinds = parts(kinds).iter().map(kind).collect::<Result<_, _>>()?;
        Ok(Self { channels: parts(channels), kinds })
    }

    fn wants(&self, item: &shard::ThreadItem) -> bool {
        let channel =
            || channel_of(item).is_some_and(|own| self.channels.iter().any(|wanted| wanted == own.as_str()));
        (self.kinds.is_empty() || self.kinds.contains(&kind_of(item)))
            && (self.channels.is_empty() || channel())
    }
}

/// A place in a thread as text.
struct PageCursor(Cursor);

impl std::fmt::Display for PageCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cursor { time, seq, strand, part } = self.0;
        write!(f, "{}_{}_{}_{part}", time.0, seq.0, strand.0)
    }
}

impl std::str::FromStr for PageCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers: Vec<&str> = text.split('_').collect();
        let [time, seq, strand, part] = numbers[..] else { return Err(()) };
        Ok(Self(Cursor {
            time: Timestamp(time.parse().map_err(drop)?),
            seq: Seq(seq.parse().map_err(drop)?),
            strand: StrandId(strand.parse().map_err(drop)?),
            part: part.parse().map_err(drop)?,
        }))
    }
}
