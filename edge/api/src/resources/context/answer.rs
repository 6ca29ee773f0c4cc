//! `POST /v1/context/answer`: what a customer says, on whatever channel, to a question a journey asked.

use axum::Json;
use model::CustomerId;
use serde_json::json;
use shard::{Accepted, Submission};

use super::ask::journeys;
use super::shapes::{Answered, ContextAnswer};
use super::who::{Who, channel};
use crate::access::{Engage, Needs};
use crate::problem::Problem;
use crate::state::now;

/// Characters of an answer.
const TEXT_MAX: usize = 10_000;

pub async fn answer_in_context(
    caller: Needs<Engage>,
    Json(answer): Json<ContextAnswer>,
) -> Result<Json<Answered>, Problem> {
    let said_on = channel(&answer.channel)?;
    if answer.text.trim().is_empty() || answer.text.chars().count() > TEXT_MAX {
        return Err(Problem::invalid("text", "`text` is empty or too long", "send what the customer said"));
    }
    if answer.message_id.is_empty() {
        let remedy = "give each answer an id of its own, so that the same one sent again is taken once";
        return Err(Problem::invalid("message_id", "`message_id` is empty", remedy));
    }
    let who = Who { workspace: &caller.workspace, identifiers: &answer.identifiers };
    let mut properties = json!({ "text": answer.text, "message_id": answer.message_id });
    if let Some(conversation) = &answer.conversation {
        properties["conversation"] = json!(conversation);
    }
    let body = json!({
        "type": "track",
        "event": "Message Received",
        "messageId": format!("context/{}", answer.message_id),
        "identifiers": answer.identifiers,
        "properties": properties,
    });
    let event = Submission::Event(who.event(&body, said_on)?);
    let customer = match caller.workspace.handle.ingest(vec![event]).await?.first() {
        Some(Accepted::Taken { customer }) => *customer,
        Some(Accepted::Duplicate) => who.known().await?,
        Some(Accepted::Quarantined { .. }) | None => {
            return Err(Problem::invalid("identifiers", "no identifier is valid", "name one that is"));
        }
    };
    stand(&caller, customer).await.map(Json)
}

async fn stand(caller: &Needs<Engage>, customer: CustomerId) -> Result<Answered, Problem> {
    let engine = caller.workspace.handle.engine();
    let read = caller.workspace.handle.view(move |view| {
        let time = view.time().max(now());
        let held = view.customer(customer)?.ok_or_else(|| Problem::not_found("customer", customer))?;
        Ok(Answered { customer: held.id.to_string(), journeys: journeys(&engine, held, time) })
    });
    read.await?
}
