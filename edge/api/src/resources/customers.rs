//! Customers: found by any identifier, name or part of one, or as they were seen last.

use axum::Json;
use axum::extract::Query;
use engine::{Customer, Engine};
use model::{CustomerId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Paging;
use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Identifier {
    pub namespace: String,
    pub value: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerRow {
    pub id: String,
    /// From the traits; absent for an anonymous customer.
    pub name: Option<String>,
    pub identifiers: Vec<Identifier>,
    pub segments: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    pub last_channel: Option<String>,
    pub events: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerPage {
    pub items: Vec<CustomerRow>,
    /// Pass as `cursor` for the next page.
    pub next: Option<String>,
    /// Matches found; a lower bound when `complete` is false.
    pub total: u64,
    pub complete: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
struct CustomerQuery {
    /// Any identifier, name or part of one; empty: the customers seen last.
    q: Option<String>,
    segment: Option<String>,
    cursor: Option<String>,
    #[param(maximum = 200)]
    limit: Option<u32>,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/customers", "list_customers", "recognize");
    operations.add(list.query::<CustomerQuery>().answers::<CustomerPage>().fails(&[400]), list_customers)
}

/// Matches a search ranks at most.
const MATCHES_MAX: usize = 500;
/// Customers looked at for one page of a segment.
const LOOKED_AT_MAX: usize = 2_000;

async fn list_customers(
    caller: Needs<ReadCustomers>,
    Query(query): Query<CustomerQuery>,
) -> Result<Json<CustomerPage>, Problem> {
    let CustomerQuery { q, segment, cursor, limit } = query;
    let paging = Paging { cursor, limit };
    let text = q.unwrap_or_default();
    let segment = segment.filter(|segment| !segment.is_empty());
    let page = if text.trim().is_empty() {
        browse(&caller, segment, &paging).await?
    } else {
        search(&caller, text.trim(), segment, &paging).await?
    };
    Ok(Json(page))
}

async fn search(
    caller: &Needs<ReadCustomers>,
    text: &str,
    segment: Option<String>,
    paging: &Paging,
) -> Result<CustomerPage, Problem> {
    let (limit, offset) = (paging.limit(), paging.cursor::<usize>()?.unwrap_or(0));
    let mut found = match text.parse::<CustomerId>() {
        Ok(id) => shard::Found { customers: vec![id], complete: true },
        Err(_) => {
            // Ranking a million names takes milliseconds of a thread that others wait for.
            let (index, text) = (caller.workspace.handle.search().clone(), text.to_owned());
            tokio::task::spawn_blocking(move || index.find(&text, MATCHES_MAX))
                .await
                .map_err(|error| Problem::internal(&error))?
        }
    };
    let ids = found.customers.clone();
    let rows = caller.workspace.handle.view(move |view| {
        let mut rows = Vec::new();
        for id in ids {
            let engine = view.engine().clone();
            if let Some(customer) = view.customer(id)?
                && in_segment(&engine, customer, segment.as_deref())
            {
                rows.push(row(&engine, customer));
            }
            if rows.len() >= offset + limit {
                break;
            }
        }
        Ok::<_, Problem>(rows)
    });
    let mut items = rows.await??;
    let more = found.customers.len() > items.len() && items.len() == offset + limit;
    let items = items.split_off(offset.min(items.len()));
    found.complete &= found.customers.len() < MATCHES_MAX;
    let next = more.then(|| (offset + limit).to_string());
    Ok(CustomerPage { items, next, total: found.customers.len() as u64, complete: found.complete })
}

async fn browse(
    caller: &Needs<ReadCustomers>,
    segment: Option<String>,
    paging: &Paging,
) -> Result<CustomerPage, Problem> {
    let (limit, after) = (paging.limit(), paging.cursor::<CustomerId>()?);
    let recent = caller.workspace.recent();
    caller
        .workspace
        .handle
        .view(move |view| {
            let engine = view.engine().clone();
            let total = match &segment {
                None => view.books().customers,
                Some(name) => view.books().segments.get(name).copied().unwrap_or(0).max(0).unsigned_abs(),
            };
            let mut items: Vec<CustomerRow> = Vec::new();
            let mut listed = Vec::new();
            for id in recent.iter().filter(|_| after.is_none()).take(limit) {
                if let Some(customer) = view.customer(*id)?
                    && !listed.contains(&customer.id)
                    && in_segment(&engine, customer, segment.as_deref())
                {
                    listed.push(customer.id);
                    items.push(row(&engine, customer));
                }
            }
            items.sort_by_key(|item| std::cmp::Reverse(item.last_seen));
            let (mut last, mut looked_at) = (after, 0);
            while items.len() < limit && looked_at < LOOKED_AT_MAX {
                let ids = view.customers_after(last, limit)?;
                let Some(end) = ids.last() else {
                    return Ok(CustomerPage { items, next: None, total, complete: true });
                };
                looked_at += ids.len();
                last = Some(*end);
                for id in ids {
                    if items.len() == limit {
                        last = Some(CustomerId(id.0 - 1));
                        break;
                    }
                    let Some(customer) = view.customer(id)? else { continue };
                    let first_page =
                        listed.contains(&customer.id) || (after.is_some() && recent.contains(&customer.id));
                    if !first_page && in_segment(&engine, customer, segment.as_deref()) {
                        items.push(row(&engine, customer));
                    }
                }
            }
            let next = Some(last.unwrap_or(CustomerId(0)).to_string());
            Ok(CustomerPage { items, next, total, complete: true })
        })
        .await?
}

fn in_segment(engine: &Engine, customer: &Customer, segment: Option<&str>) -> bool {
    segment.is_none_or(|name| engine.segments_of(customer).iter().any(|own| &**own == name))
}

fn row(engine: &Engine, customer: &Customer) -> CustomerRow {
    CustomerRow {
        id: customer.id.to_string(),
        name: engine.name(customer),
        identifiers: customer
            .graph
            .identifiers()
            .map(|(_, identifier, _)| Identifier {
                namespace: identifier.namespace.to_string(),
                value: identifier.value.into(),
            })
            .collect(),
        segments: engine.segments_of(customer).into_iter().map(Into::into).collect(),
        first_seen: customer.first_seen().unwrap_or_default(),
        last_seen: customer.last_seen().unwrap_or_default(),
        last_channel: customer.last_channel().map(ToString::to_string),
        events: customer.events(),
    }
}
