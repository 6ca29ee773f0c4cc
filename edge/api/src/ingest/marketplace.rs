//! Orders of a marketplace: its own documents become events by the catalogue's mapping. What is no order is kept with
//! its marketplace, so that it can be mapped again once the mapping is right.

use engine::Engine;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use shard::Submission;

use super::segment::take_one;
use super::{Arrival, Limits, Refused};

/// The marketplace that a path names: `/v1/marketplace/<name>/orders`.
pub fn named(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/marketplace/")?.strip_suffix("/orders").filter(|name| !name.is_empty())
}

/// What stands in the quarantine: the document as it came, and whose it is.
#[derive(Deserialize)]
struct Kept<'a> {
    marketplace: String,
    #[serde(borrow)]
    document: &'a RawValue,
}

/// Turns a document, or a list of them, into submissions.
pub fn take(
    name: &str,
    body: &[u8],
    engine: &Engine,
    arrival: &Arrival,
    limits: &Limits,
) -> Result<Vec<Submission>, Refused> {
    let not_json = |error: serde_json::Error| Refused::NotJson(error.to_string());
    let whole: &RawValue = serde_json::from_slice(body).map_err(not_json)?;
    let documents: Vec<&RawValue> = match whole.get().starts_with('[') {
        true => serde_json::from_str(whole.get()).map_err(not_json)?,
        false => vec![whole],
    };
    if documents.len() > limits.events_max {
        return Err(Refused::TooMany { count: documents.len(), most: limits.events_max });
    }
    let of = |document: &&RawValue| match events(name, document.get(), engine) {
        Ok(bodies) => bodies.iter().map(|body| take_one(body, arrival, limits)).collect(),
        Err(reason) => {
            let kept = format!("{{\"marketplace\":{},\"document\":{}}}", Value::from(name), document.get());
            vec![Submission::Malformed { source: arrival.source, reason, body: kept.into_bytes() }]
        }
    };
    Ok(documents.iter().flat_map(of).collect())
}

/// The events of a document; the error is a reason to show.
fn events(name: &str, document: &str, engine: &Engine) -> Result<Vec<String>, String> {
    let marketplace = engine.marketplace(name).ok_or_else(|| {
        format!("the catalogue has no marketplace `{name}`; describe it in marketplaces/{name}.yaml")
    })?;
    let document: Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
    marketplace.events(&document).map_err(|refused| refused.to_string())
}

/// The bodies that a quarantined document gives by the mapping of today; nothing where it is no document of a
/// marketplace.
pub fn again(body: &str, engine: &Engine) -> Option<Result<Vec<String>, String>> {
    let kept: Kept<'_> = serde_json::from_str(body).ok()?;
    Some(events(&kept.marketplace, kept.document.get(), engine))
}
