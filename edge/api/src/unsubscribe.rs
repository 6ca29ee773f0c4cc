//! One-click unsubscribe (RFC 8058): a POST acts, a GET only shows a button, because scanners follow links.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use channels::links::Unsubscribe;
use model::Channel;
use serde_json::json;
use shard::{Accepted, Submission};

use crate::ingest::{Arrival, Limits, segment};
use crate::problem::Problem;
use crate::state::{Api, Workspace, now};

/// The page with the button.
pub async fn show(State(api): State<Api>, Path(token): Path<String>) -> Response {
    match find(&api, &token) {
        None => gone(),
        Some((_, whom)) => {
            let purpose = whom.purpose.as_str();
            page(&format!(
                "<h1>No more {purpose} e-mails?</h1><form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\"><button>Unsubscribe</button></form>"
            ))
        }
    }
}

/// Takes the customer's word, durably, before it answers.
pub async fn act(State(api): State<Api>, Path(token): Path<String>) -> Response {
    let Some((workspace, whom)) = find(&api, &token) else { return gone() };
    match revoke(workspace, whom, &token).await {
        Ok(()) => page("<h1>Done</h1><p>You will get no more of these e-mails.</p>"),
        Err(problem) => problem.into_response(),
    }
}

async fn revoke(workspace: &Workspace, whom: Unsubscribe, token: &str) -> Result<(), Problem> {
    let known = workspace.handle.view(move |view| {
        let held = view.customer(whom.customer).map_err(Problem::from)?;
        let identifiers: Vec<(String, String)> = held
            .into_iter()
            .flat_map(|held| held.graph.identifiers())
            .map(|(_, identifier, _)| (identifier.namespace.to_string(), identifier.value.into()))
            .collect();
        Ok::<_, Problem>(identifiers)
    });
    let known = known.await??;
    let strongest = known.iter().find(|(namespace, _)| namespace == "email").or(known.first());
    // Nobody is left to write to: the wish is granted already.
    let Some((namespace, value)) = strongest else { return Ok(()) };
    let body = json!({
        "type": "track", "event": "Consent Revoked", "messageId": format!("unsubscribe/{token}/{}", now().0),
        "identifiers": { namespace: value },
        "properties": { "purpose": whom.purpose.as_str(), "channel": "email" },
    });
    let arrival = Arrival { source: workspace.chat_source, channel: Channel::EMAIL, received: now() };
    let submission = segment::take_one(&body.to_string(), &arrival, &Limits::SEGMENT);
    if let Submission::Malformed { reason, .. } = &submission {
        return Err(Problem::internal(reason));
    }
    match workspace.handle.ingest(vec![submission]).await?.first() {
        Some(Accepted::Taken { .. } | Accepted::Duplicate) => Ok(()),
        Some(Accepted::Quarantined { .. }) | None => {
            Err(Problem::internal(&"the revocation went to quarantine"))
        }
    }
}

fn find<'a>(api: &'a Api, token: &str) -> Option<(&'a Workspace, Unsubscribe)> {
    api.workspaces()
        .iter()
        .find_map(|workspace| Some((&**workspace, workspace.links.read_unsubscribe(token).ok()?)))
}

fn gone() -> Response {
    let html = frame("<h1>This link does not work</h1><p>Use the link of the newest message.</p>");
    (StatusCode::NOT_FOUND, Html(html)).into_response()
}

fn page(content: &str) -> Response {
    Html(frame(content)).into_response()
}

fn frame(content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>Unsubscribe</title><body>{content}</body></html>"
    )
}
