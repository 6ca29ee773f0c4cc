//! The identity graph of a customer with its reasons; folding apart and erasing.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use model::{CustomerId, SourceId, StrandId, Timestamp};
use serde::{Deserialize, Serialize};
use shard::{Done, Order};
use utoipa::ToSchema;

use super::customer_id;
use super::customers::Identifier;
use crate::access::{EraseCustomers, Needs, ReadCustomers, WriteCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityNode {
    pub strand: String,
    pub namespace: String,
    pub value: String,
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    pub events: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityLink {
    /// A strand of this customer.
    pub a: String,
    pub b: String,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub source: String,
    /// A sentence.
    pub reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DroppedLink {
    /// A strand of this customer.
    pub a: String,
    pub b: String,
    /// Who holds `b`.
    pub other_customer: Option<String>,
    pub other: Option<Identifier>,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub source: String,
    pub reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineageKind {
    Created,
    Merged,
    Unmerged,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LineageEntry {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub kind: LineageKind,
    /// The customer that was merged in or split off.
    pub from: Option<String>,
    pub to: String,
    pub strands: Vec<String>,
    pub reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerIdentity {
    pub customer: String,
    pub nodes: Vec<IdentityNode>,
    pub links: Vec<IdentityLink>,
    pub dropped: Vec<DroppedLink>,
    pub lineage: Vec<LineageEntry>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct UnmergeRequest {
    /// The strands to fold apart into a customer of their own; not all of them.
    strands: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UnmergeResult {
    customer: String,
    /// The customers that hold the strands now.
    separated: Vec<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct EraseRequest {
    /// The customer's id, typed again.
    confirm: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct EraseReceipt {
    customer: String,
    /// How many keys were destroyed.
    strands: u32,
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
}

pub fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/customers/{id}/identity", "get_identity", "recognize");
    let unmerge = Operation::post("/api/v1/customers/{id}/unmerge", "unmerge_customer", "recognize");
    let erase = Operation::post("/api/v1/customers/{id}/erase", "erase_customer", "protect");
    operations
        .add(get.answers::<CustomerIdentity>().fails(&[404]), get_identity)
        .add(
            unmerge.takes::<UnmergeRequest>().answers::<UnmergeResult>().fails(&[400, 404, 409]),
            unmerge_customer,
        )
        .add(erase.takes::<EraseRequest>().answers::<EraseReceipt>().fails(&[400, 404]), erase_customer)
}

async fn get_identity(
    caller: Needs<ReadCustomers>,
    Path(id): Path<String>,
) -> Result<Json<CustomerIdentity>, Problem> {
    let asked = customer_id(&id)?;
    let read = caller.workspace.handle.view(move |view| {
        let sources: BTreeMap<SourceId, String> =
            view.books().sources().map(|source| (source.id, source.name.clone())).collect();
        let Some(customer) = view.customer(asked)? else { return Err(Problem::not_found("customer", asked)) };
        let events: BTreeMap<StrandId, u64> =
            customer.strands().iter().map(|strand| (strand.id, strand.events)).collect();
        let explained = recognize::explain(customer.id, &customer.graph);
        let began = (customer.id, customer.first_strand(), customer.first_seen());
        Ok((explained, events, sources, began))
    });
    let (explained, events, sources, began) = read.await??;
    Ok(Json(identity(explained, &events, &sources, began)))
}

fn identity(
    explained: recognize::Explanation,
    events: &BTreeMap<StrandId, u64>,
    sources: &BTreeMap<SourceId, String>,
    (id, strand, first_seen): (CustomerId, StrandId, Option<Timestamp>),
) -> CustomerIdentity {
    let source = |id: Option<SourceId>| match id {
        None => "staff".to_owned(),
        Some(id) => sources.get(&id).cloned().unwrap_or_else(|| format!("source {}", id.0)),
    };
    let created = LineageEntry {
        time: first_seen.unwrap_or_default(),
        kind: LineageKind::Created,
        from: None,
        to: id.to_string(),
        strands: vec![strand.to_string()],
        reason: "The first event under a new identifier made the customer.".into(),
    };
    let later = explained.lineage.into_iter().map(|entry| LineageEntry {
        time: entry.time,
        // Events merge, staff fold apart.
        kind: if entry.source.is_some() { LineageKind::Merged } else { LineageKind::Unmerged },
        from: Some(entry.from.to_string()),
        to: entry.to.to_string(),
        strands: Vec::new(),
        reason: entry.reason,
    });
    CustomerIdentity {
        customer: explained.customer.to_string(),
        nodes: explained
            .nodes
            .into_iter()
            .map(|node| IdentityNode {
                strand: node.strand.to_string(),
                namespace: node.namespace.to_string(),
                value: node.value.map(Into::into).unwrap_or_default(),
                first_seen: node.first_seen,
                events: events.get(&node.strand).copied().unwrap_or(0),
            })
            .collect(),
        links: explained
            .links
            .into_iter()
            .map(|link| IdentityLink {
                a: link.a.to_string(),
                b: link.b.to_string(),
                time: link.time,
                source: source(link.source),
                reason: link.reason,
            })
            .collect(),
        dropped: explained
            .dropped
            .into_iter()
            .map(|link| DroppedLink {
                a: link.strand.to_string(),
                b: link.other.to_string(),
                other_customer: None,
                other: None,
                time: link.time,
                source: source(Some(link.source)),
                reason: link.reason,
            })
            .collect(),
        lineage: std::iter::once(created).chain(later).collect(),
    }
}

async fn unmerge_customer(
    caller: Needs<WriteCustomers>,
    Path(id): Path<String>,
    Json(request): Json<UnmergeRequest>,
) -> Result<Json<UnmergeResult>, Problem> {
    let customer = customer_id(&id)?;
    let strands = request.strands.iter().map(|text| text.parse()).collect::<Result<Vec<StrandId>, _>>();
    let strands = strands.map_err(|error| {
        Problem::invalid("strands", error.to_string(), "use strands of the identity graph")
    })?;
    let order = Order::Unmerge { by: caller.token.name.clone(), customer, strands };
    let separated = match caller.workspace.handle.order(order).await? {
        Done::Unmerged { customers } => customers.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    Ok(Json(UnmergeResult { customer: id, separated }))
}

async fn erase_customer(
    caller: Needs<EraseCustomers>,
    Path(id): Path<String>,
    Json(request): Json<EraseRequest>,
) -> Result<Json<EraseReceipt>, Problem> {
    let customer = customer_id(&id)?;
    if request.confirm != id {
        let detail = format!("`confirm` is `{}`", request.confirm);
        return Err(Problem::invalid(
            "confirm",
            detail,
            "write the customer's id once more; an erasure cannot be undone",
        ));
    }
    let order = Order::Erase { by: caller.token.name.clone(), customer };
    let strands = match caller.workspace.handle.order(order).await? {
        Done::Erased { strands } => strands.len() as u32,
        _ => 0,
    };
    Ok(Json(EraseReceipt { customer: id, strands, time: now() }))
}
