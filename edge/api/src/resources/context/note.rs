//! `POST /v1/context/note`: what staff write down about a customer, on whatever channel.

use axum::Json;
use serde_json::json;
use shard::{Accepted, Submission};

use super::shapes::{ContextNote, NoteTaken};
use super::who::{Who, channel};
use crate::access::{Engage, Needs};
use crate::problem::Problem;

/// Characters of a note.
const TEXT_MAX: usize = 500;

pub async fn note_in_context(
    caller: Needs<Engage>,
    Json(note): Json<ContextNote>,
) -> Result<Json<NoteTaken>, Problem> {
    let taken_on = channel(&note.channel)?;
    if note.text.trim().is_empty() || note.text.chars().count() > TEXT_MAX {
        return Err(Problem::invalid("text", "`text` is empty or too long", "write 1 to 500 characters"));
    }
    if note.message_id.is_empty() {
        let remedy = "give each note an id of its own, so that the same one sent again is taken once";
        return Err(Problem::invalid("message_id", "`message_id` is empty", remedy));
    }
    let who = Who { workspace: &caller.workspace, identifiers: &note.identifiers };
    let mut properties = json!({ "text": note.text.trim(), "by": caller.token.name });
    if let Some(order) = &note.order {
        properties["order_id"] = json!(order);
    }
    let body = json!({
        "type": "track",
        "event": "Note Taken",
        "messageId": format!("context-note/{}", note.message_id),
        "identifiers": note.identifiers,
        "properties": properties,
    });
    let event = Submission::Event(who.event(&body, taken_on)?);
    let customer = match caller.workspace.handle.ingest(vec![event]).await?.first() {
        Some(Accepted::Taken { customer }) => *customer,
        Some(Accepted::Duplicate) => who.known().await?,
        Some(Accepted::Quarantined { .. }) | None => {
            return Err(Problem::invalid("identifiers", "no identifier is valid", "name one that is"));
        }
    };
    Ok(Json(NoteTaken { customer: customer.to_string() }))
}
