//! The balance: what became of everything each source sent.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Needs, ReadSources};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
pub struct SourceBalance {
    pub source: u32,
    pub name: String,
    pub channel: String,
    pub accepted: u64,
    pub processed: u64,
    pub quarantined: u64,
    pub rejected: u64,
    pub duplicates: u64,
    pub adds_up: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Balance {
    pub items: Vec<SourceBalance>,
    pub adds_up: bool,
}

pub fn add(operations: Operations) -> Operations {
    operations
        .add(Operation::get("/api/v1/balance", "get_balance", "protect").answers::<Balance>(), get_balance)
}

async fn get_balance(caller: Needs<ReadSources>) -> Result<Json<Balance>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let books = view.books();
        let item = |(id, account): (model::SourceId, &shard::Account)| {
            let source = books.source(id);
            SourceBalance {
                source: u32::from(id.0),
                name: source.map_or_else(|| format!("source {}", id.0), |source| source.name.clone()),
                channel: source.map(|source| source.channel.to_string()).unwrap_or_default(),
                accepted: account.accepted,
                processed: account.processed,
                quarantined: account.quarantined,
                rejected: account.rejected,
                duplicates: account.duplicates,
                adds_up: account.adds_up(),
            }
        };
        books.accounts().map(item).collect::<Vec<_>>()
    });
    let items = read.await?;
    let adds_up = items.iter().all(|item| item.adds_up);
    Ok(Json(Balance { items, adds_up }))
}
