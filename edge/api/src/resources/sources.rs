//! Sources: the ways events come in, each with its own write key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::record::SourceRecord;
use model::{Channel, SourceId};
use serde::{Deserialize, Serialize};
use shard::Order;
use utoipa::ToSchema;

use crate::access::{Needs, ReadSources, WriteSources, hash};
use crate::ingest::credential::new_write_key;
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::{Api, Workspace};

#[derive(Debug, Serialize, ToSchema)]
pub struct Source {
    pub id: u32,
    pub name: String,
    pub channel: String,
    pub priority: u32,
}

#[derive(Debug, Deserialize, ToSchema)]
struct NewSource {
    name: String,
    channel: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct CreatedSource {
    id: u32,
    name: String,
    channel: String,
    /// Shown once; only its hash is kept.
    write_key: String,
}

pub fn add(operations: Operations) -> Operations {
    let list = Operation::get("/api/v1/sources", "list_sources", "protect");
    let create = Operation::post("/api/v1/sources", "create_source", "protect");
    operations
        .add(list.lists::<Source>(), list_sources)
        .add(create.takes::<NewSource>().answers::<CreatedSource>().created().fails(&[400]), create_source)
}

async fn list_sources(caller: Needs<ReadSources>) -> Result<Json<Vec<Source>>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let source = |source: &SourceRecord| Source {
            id: u32::from(source.id.0),
            name: source.name.clone(),
            channel: source.channel.to_string(),
            priority: u32::from(source.priority),
        };
        view.books().sources().map(source).collect()
    });
    Ok(Json(read.await?))
}

async fn create_source(
    caller: Needs<WriteSources>,
    State(api): State<Api>,
    Json(new): Json<NewSource>,
) -> Result<(StatusCode, Json<CreatedSource>), Problem> {
    let channel: Channel = new.channel.parse().map_err(|error: model::InvalidChannel| {
        Problem::invalid("channel", error.to_string(), "use a channel such as web, app, store or server")
    })?;
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::invalid(
            "name",
            format!("`name` has {} characters", name.chars().count()),
            "give it 1 to 80",
        ));
    }
    let (source, write_key) = make_source(&caller.workspace, &caller.token.name, &name, channel).await?;
    api.add_source(&caller.workspace, &source);
    let id = u32::from(source.id.0);
    let created = CreatedSource { id, name, channel: source.channel.to_string(), write_key };
    Ok((StatusCode::CREATED, Json(created)))
}

const NAME_CHARS_MAX: usize = 80;

/// Makes a source with a new write key. Names are unique within a workspace.
pub async fn make_source(
    workspace: &Arc<Workspace>,
    by: &str,
    name: &str,
    channel: Channel,
) -> Result<(SourceRecord, String), Problem> {
    let (taken, next) = {
        let name = name.to_owned();
        workspace
            .handle
            .view(move |view| {
                let next = view.books().sources().map(|source| source.id.0).max().unwrap_or(0) + 1;
                (view.source_named(&name).is_some(), next)
            })
            .await?
    };
    if taken {
        return Err(Problem::invalid(
            "name",
            format!("there is a source `{name}` already"),
            "give it another name",
        ));
    }
    let write_key = new_write_key();
    let source = SourceRecord {
        id: SourceId(next),
        name: name.to_owned(),
        channel,
        write_key_hash: hash(&write_key).to_vec().into(),
        priority: 0,
    };
    workspace.handle.order(Order::PutSource { by: by.to_owned(), source: source.clone() }).await?;
    Ok((source, write_key))
}
