//! Segments: their conditions, and how many customers are in each now.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
pub struct Segment {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    /// The condition's text.
    pub when: String,
    pub members: u64,
}

pub fn add(operations: Operations) -> Operations {
    operations.add(
        Operation::get("/api/v1/segments", "list_segments", "recognize").lists::<Segment>(),
        list_segments,
    )
}

async fn list_segments(caller: Needs<ReadCustomers>) -> Result<Json<Vec<Segment>>, Problem> {
    let read = caller.workspace.handle.view(|view| {
        let members =
            |name: &str| view.books().segments.get(name).copied().unwrap_or(0).max(0).unsigned_abs();
        let segment = |own: &recognize::Segment| Segment {
            name: own.name.to_string(),
            title: own.title.to_string(),
            description: Some(own.description.to_string()).filter(|text| !text.is_empty()),
            when: own.source().to_owned(),
            members: members(&own.name),
        };
        view.engine().recognition().segments().iter().map(segment).collect()
    });
    Ok(Json(read.await?))
}
