//! The Segment tracking API: one call or a batch becomes submissions (STANDARDS A1).
//!
//! Bad single events are kept for quarantine with a reason and the rest goes on; only a body that is
//! no JSON object, or too large, is refused as a whole. Events are split off the batch as they stand
//! and are not serialised again, unless the batch carries a `context` to merge into them.

use std::borrow::Cow;

use model::{Event, EventKind, Timestamp};
use shard::Submission;

use super::scan::{Broken, Scan, fields, push};
use super::stamp::{Times, moment, stamp};
use super::{Arrival, Limits, Refused};

/// A route of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Batch,
    One(EventKind),
}

impl Call {
    /// The call behind a path: `/v1/track`, or `/v1/t` as browser SDKs write it.
    pub fn at(path: &str) -> Option<Self> {
        let call = match path.strip_prefix("/v1/")? {
            "batch" | "b" | "import" => Self::Batch,
            "track" | "t" => Self::One(EventKind::Track),
            "identify" | "i" => Self::One(EventKind::Identify),
            "page" | "p" => Self::One(EventKind::Page),
            "screen" | "s" => Self::One(EventKind::Screen),
            "group" | "g" => Self::One(EventKind::Group),
            "alias" | "a" => Self::One(EventKind::Alias),
            _ => return None,
        };
        Some(call)
    }
}

/// What stands around the events of a batch, as JSON text.
#[derive(Default)]
struct Envelope<'a> {
    sent_at: Option<&'a str>,
    context: Option<&'a str>,
    integrations: Option<&'a str>,
}

/// The write key a body names, for clients that send no header.
pub fn write_key(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut key = None;
    Scan::new(text)
        .object(|scan, name| {
            let value = scan.value()?;
            if name == "writeKey" {
                key = serde_json::from_str(value).ok();
            }
            Ok(())
        })
        .ok()?;
    key
}

/// Turns a request body into submissions, in their order.
pub fn take(call: Call, body: &[u8], arrival: &Arrival, limits: &Limits) -> Result<Vec<Submission>, Refused> {
    let text = std::str::from_utf8(body).map_err(|error| Refused::NotJson(error.to_string()))?;
    match call {
        Call::Batch => take_batch(text, arrival, limits),
        Call::One(kind) => {
            let (body, times) = with_kind(kind, text.trim()).map_err(not_json)?;
            Ok(vec![submission(&body, &times, None, arrival, limits)])
        }
    }
}

/// One canonical event, from a way in that builds bodies itself.
pub fn take_one(raw: &str, arrival: &Arrival, limits: &Limits) -> Submission {
    let mut times = Times::default();
    match walk(raw, &mut times) {
        Ok(()) => submission(raw, &times, None, arrival, limits),
        Err(broken) => malformed(arrival, raw, format!("the event is not a JSON object: {broken}")),
    }
}

fn take_batch(text: &str, arrival: &Arrival, limits: &Limits) -> Result<Vec<Submission>, Refused> {
    let (envelope, items) = split(text)?;
    // A batch's bad `sentAt` only loses the correction of clocks.
    let sent_at = moment("sentAt", envelope.sent_at).ok().flatten();
    let shared = Shared::of(&envelope);
    let take_item = |(number, (raw, times)): (usize, &Item<'_>)| {
        if number >= limits.events_max {
            let reason =
                format!("the batch has more than {} events; send smaller batches", limits.events_max);
            return malformed(arrival, raw, reason);
        }
        match &shared {
            None => submission(raw, times, sent_at, arrival, limits),
            Some(shared) => submission(&shared.merge(raw), times, sent_at, arrival, limits),
        }
    };
    Ok(items.iter().enumerate().map(take_item).collect())
}

/// An event as it stands in its batch, with its time fields.
type Item<'a> = (&'a str, Times<'a>);

/// Splits the events off a batch.
fn split(text: &str) -> Result<(Envelope<'_>, Vec<Item<'_>>), Refused> {
    let mut envelope = Envelope::default();
    let mut items = None;
    let mut scan = Scan::new(text);
    scan.object(|scan, name| {
        match name {
            "batch" if scan.peek() == Some(b'[') => {
                let list = items.insert(Vec::with_capacity(128));
                scan.list(|scan| scan_event(scan).map(|item| list.push(item)))?;
            }
            "sentAt" => envelope.sent_at = Some(scan.value()?),
            "context" => envelope.context = Some(scan.value()?),
            "integrations" => envelope.integrations = Some(scan.value()?),
            _ => drop(scan.value()?),
        }
        Ok(())
    })
    .map_err(not_json)?;
    scan.end().map_err(not_json)?;
    Ok((envelope, items.ok_or(Refused::NoBatch)?))
}

fn scan_event<'a>(scan: &mut Scan<'a>) -> Result<Item<'a>, Broken> {
    let start = scan.place();
    let mut times = Times::default();
    if scan.peek() == Some(b'{') {
        scan.object(|scan, name| scan.value().map(|value| times.note(name, value)))?;
    } else {
        scan.value()?;
    }
    Ok((scan.since(start), times))
}

fn walk<'a>(raw: &'a str, times: &mut Times<'a>) -> Result<(), Broken> {
    let mut scan = Scan::new(raw);
    scan.object(|scan, name| scan.value().map(|value| times.note(name, value)))?;
    scan.end()
}

fn submission(
    raw: &str,
    times: &Times<'_>,
    sent_at: Option<Timestamp>,
    arrival: &Arrival,
    limits: &Limits,
) -> Submission {
    match parse(raw, times, sent_at, arrival, limits) {
        Ok(event) => Submission::Event(event),
        Err(reason) => malformed(arrival, raw, reason),
    }
}

fn parse(
    raw: &str,
    times: &Times<'_>,
    sent_at: Option<Timestamp>,
    arrival: &Arrival,
    limits: &Limits,
) -> Result<Event, String> {
    if raw.len() > limits.event_bytes_max {
        return Err(format!(
            "the event has {} bytes; at most {} are taken",
            raw.len(),
            limits.event_bytes_max
        ));
    }
    let stamp = stamp(times, sent_at, arrival)?;
    let mut event = Event::parse(raw.as_bytes().into(), stamp).map_err(|error| error.to_string())?;
    if event.message_id.is_none() {
        event.message_id = Some(random_message_id());
    }
    Ok(event)
}

/// How ids made here begin.
pub const RANDOM_ID_PREFIX: &str = "edge-";

/// An id for an event that came without one: two equal events without ids are two events.
fn random_message_id() -> Box<str> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the operating system gives random bits");
    format!("{RANDOM_ID_PREFIX}{:032x}", u128::from_be_bytes(bits)).into()
}

fn malformed(arrival: &Arrival, raw: &str, reason: String) -> Submission {
    Submission::Malformed { source: arrival.source, reason, body: raw.as_bytes().to_vec() }
}

/// The body of a single call with its `type`, which the path may say alone, and its time fields.
fn with_kind(kind: EventKind, text: &str) -> Result<(Cow<'_, str>, Times<'_>), Broken> {
    let mut times = Times::default();
    let (mut typed, mut empty) = (false, true);
    let mut scan = Scan::new(text);
    scan.object(|scan, name| {
        typed |= name == "type";
        empty = false;
        scan.value().map(|value| times.note(name, value))
    })?;
    scan.end()?;
    if typed {
        return Ok((Cow::Borrowed(text), times));
    }
    let comma = if empty { "" } else { "," };
    Ok((Cow::Owned(format!("{{\"type\":\"{}\"{comma}{}", kind.as_str(), &text[1..])), times))
}

/// What a batch says once for all its events.
struct Shared<'a> {
    context: Option<&'a str>,
    integrations: Option<&'a str>,
}

impl<'a> Shared<'a> {
    fn of(envelope: &Envelope<'a>) -> Option<Self> {
        let filled =
            |value: Option<&'a str>| value.filter(|text| fields(text).is_ok_and(|fields| !fields.is_empty()));
        let shared = Self { context: filled(envelope.context), integrations: filled(envelope.integrations) };
        (shared.context.is_some() || shared.integrations.is_some()).then_some(shared)
    }

    /// The event with the batch's fields added; where both name one, the event's own stands.
    fn merge<'r>(&self, raw: &'r str) -> Cow<'r, str> {
        let Ok(own) = fields(raw) else { return Cow::Borrowed(raw) };
        let part = |name: &str| own.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let mut merged = String::with_capacity(raw.len() + 256);
        for (name, shared) in [("context", self.context), ("integrations", self.integrations)] {
            match (shared, part(name)) {
                (Some(shared), None | Some("null")) => push(&mut merged, name, shared),
                (Some(shared), Some(own)) => push(&mut merged, name, &union(shared, own)),
                (None, Some(own)) => push(&mut merged, name, own),
                (None, None) => {}
            }
        }
        for (name, value) in own.iter().filter(|(name, _)| *name != "context" && *name != "integrations") {
            push(&mut merged, name, value);
        }
        merged.push('}');
        Cow::Owned(merged)
    }
}

/// The fields of two objects; those of `own` stand where both have one.
fn union(shared: &str, own: &str) -> String {
    let (Ok(shared), Ok(own)) = (fields(shared), fields(own)) else { return own.to_owned() };
    let mut merged = String::new();
    for (name, value) in &own {
        push(&mut merged, name, value);
    }
    for (name, value) in shared.iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == name)) {
        push(&mut merged, name, value);
    }
    merged.push_str(if merged.is_empty() { "{}" } else { "}" });
    merged
}

fn not_json(broken: Broken) -> Refused {
    Refused::NotJson(broken.to_string())
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
