//! Who is asked about: the identifiers of a request, normalised as those of events are.

use std::collections::BTreeMap;

use model::{Channel, CustomerId, Event, MalformedEvent, Stamp, named_identifiers};
use recognize::Claim;
use serde_json::Value;

use crate::problem::Problem;
use crate::state::{Workspace, now};

/// Placements and products of one request at most.
pub const ASKED_MAX: usize = 100;

/// Looks customers up, and takes events of theirs.
pub struct Who<'a> {
    pub workspace: &'a Workspace,
    pub identifiers: &'a BTreeMap<String, String>,
}

impl Who<'_> {
    /// Their identifiers, normalised, the strongest first.
    pub fn claims(&self) -> Result<Vec<Claim>, Problem> {
        let named = self.identifiers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (claims, refused) = self.workspace.handle.claims(&named_identifiers(named).map_err(unnamed)?);
        match (claims.is_empty(), refused.first()) {
            (true, Some(refused)) => {
                Err(Problem::invalid("identifiers", refused.to_string(), "name one that is valid"))
            }
            _ => Ok(claims),
        }
    }

    /// The customer that the strongest known identifier names.
    pub async fn find(&self) -> Result<Option<CustomerId>, Problem> {
        let claims = self.claims()?;
        Ok(self.workspace.handle.view(move |view| view.find_any(&claims)).await??)
    }

    /// The same, where there must be one.
    pub async fn known(&self) -> Result<CustomerId, Problem> {
        let names: Vec<&str> = self.identifiers.keys().map(String::as_str).collect();
        self.find().await?.ok_or_else(|| Problem::not_found("customer", names.join(", ")))
    }

    /// An event of theirs; `body` names the identifiers.
    pub fn event(&self, body: &Value, channel: Channel) -> Result<Event, Problem> {
        let received = now();
        let stamp = Stamp { source: self.workspace.chat_source, channel, time: received, received };
        Event::parse(body.to_string().into_bytes().into(), stamp).map_err(unnamed)
    }
}

fn unnamed(error: MalformedEvent) -> Problem {
    let remedy = "name the customer as events do, such as {\"email\": \"ada@example.com\"}";
    Problem::invalid("identifiers", error.to_string(), remedy)
}

/// A channel of a request.
pub fn channel(text: &str) -> Result<Channel, Problem> {
    text.parse().map_err(|error: model::InvalidChannel| {
        Problem::invalid("channel", error.to_string(), "name it as events do, such as `store`")
    })
}
