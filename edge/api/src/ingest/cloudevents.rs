//! CloudEvents 1.0 over HTTP: structured, batched and binary requests become canonical events (STANDARDS A2).
//!
//! `type` is the event's name, `source` and `id` together its message id, `time` its time, `data` its
//! properties. Who it is about comes from `data.identifiers`, from extension attributes named after the
//! namespaces without `_` (`userid`, `email`, …), or from a `subject` written `namespace:value`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::Namespace;
use serde_json::Value;
use shard::Submission;

use super::scan::{Scan, fields, push};
use super::segment::take_one;
use super::{Arrival, Limits, Refused};

/// How a request carries its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Structured,
    Batched,
    Binary,
}

impl Mode {
    /// The mode a content type stands for; the longer name is looked at first, as the shorter one begins it.
    pub fn of(content_type: Option<&str>) -> Self {
        let media = content_type.unwrap_or_default().trim().to_ascii_lowercase();
        if media.starts_with("application/cloudevents-batch") {
            Self::Batched
        } else if media.starts_with("application/cloudevents") {
            Self::Structured
        } else {
            Self::Binary
        }
    }
}

/// One CloudEvent: its attributes as text, its data as JSON text.
#[derive(Debug, Default)]
struct CloudEvent {
    attributes: BTreeMap<String, String>,
    data: Option<String>,
}

/// Turns a request into submissions. `headers` are pairs of lower-case name and raw value.
pub fn take<'h>(
    mode: Mode,
    headers: impl Iterator<Item = (&'h str, &'h [u8])>,
    body: &[u8],
    arrival: &Arrival,
    limits: &Limits,
) -> Result<Vec<Submission>, Refused> {
    match mode {
        Mode::Binary => {
            let event = binary(headers, body)?;
            event.check()?;
            Ok(vec![take_one(&event.canonical(), arrival, limits)])
        }
        Mode::Structured => {
            let event = structured(text(body)?)?;
            event.check()?;
            Ok(vec![take_one(&event.canonical(), arrival, limits)])
        }
        Mode::Batched => batched(text(body)?, arrival, limits),
    }
}

fn text(body: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(body).map_err(|error| Refused::NotJson(error.to_string()))
}

fn batched(text: &str, arrival: &Arrival, limits: &Limits) -> Result<Vec<Submission>, Refused> {
    let mut items = Vec::new();
    let mut scan = Scan::new(text);
    let broken = |broken: super::scan::Broken| Refused::NotJson(broken.to_string());
    scan.list(|scan| scan.value().map(|item| items.push(item))).map_err(broken)?;
    scan.end().map_err(broken)?;
    let submission = |(number, raw): (usize, &&str)| {
        let checked = if number >= limits.events_max {
            Err(format!("the batch has more than {} events; send smaller batches", limits.events_max))
        } else {
            structured(raw)
                .and_then(|event| event.check().map(|()| event))
                .map_err(|refused| refused.to_string())
        };
        match checked {
            Ok(event) => take_one(&event.canonical(), arrival, limits),
            Err(reason) => {
                Submission::Malformed { source: arrival.source, reason, body: raw.as_bytes().to_vec() }
            }
        }
    };
    Ok(items.iter().enumerate().map(submission).collect())
}

fn structured(text: &str) -> Result<CloudEvent, Refused> {
    let fields = fields(text.trim()).map_err(|broken| Refused::NotJson(broken.to_string()))?;
    let mut event = CloudEvent::default();
    for (name, raw) in fields {
        match name {
            "data" if raw != "null" => event.data = Some(raw.to_owned()),
            "data_base64" => event.data = Some(format!("{{\"data_base64\":{raw}}}")),
            _ => {
                let value: Value =
                    serde_json::from_str(raw).map_err(|error| Refused::NotJson(error.to_string()))?;
                if let Some(value) = scalar(&value) {
                    event.attributes.insert(name.to_owned(), value);
                }
            }
        }
    }
    Ok(event)
}

fn binary<'h>(
    headers: impl Iterator<Item = (&'h str, &'h [u8])>,
    body: &[u8],
) -> Result<CloudEvent, Refused> {
    let mut event = CloudEvent::default();
    let mut content_type = String::new();
    for (name, value) in headers {
        if name == "content-type" {
            content_type = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
        }
        if let Some(attribute) = name.strip_prefix("ce-") {
            event.attributes.insert(attribute.to_owned(), header_text(name, value)?);
        }
    }
    let json = content_type.is_empty()
        || content_type.starts_with("application/json")
        || content_type.contains("+json");
    event.data = if body.is_empty() {
        None
    } else if json {
        let value = text(body)?.trim();
        serde_json::from_str::<&serde_json::value::RawValue>(value)
            .map_err(|e| Refused::NotJson(e.to_string()))?;
        Some(value.to_owned())
    } else {
        Some(match std::str::from_utf8(body) {
            Ok(text) => Value::from(text).to_string(),
            Err(_) => format!("{{\"data_base64\":\"{}\"}}", STANDARD.encode(body)),
        })
    };
    Ok(event)
}

/// A header value: unquoted first, then percent-decoded once; what is no UTF-8 is refused.
fn header_text(header: &str, raw: &[u8]) -> Result<String, Refused> {
    let wrong = |remedy| Refused::Header {
        header: header.to_owned(),
        value: String::from_utf8_lossy(raw).into_owned(),
        remedy,
    };
    let mut bytes = raw.trim_ascii().to_vec();
    if let [b'"', inner @ .., b'"'] = &bytes[..] {
        bytes = unquoted(inner);
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[..];
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let escape = if *byte == b'%' { tail.get(..2) } else { None };
        let value = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(value.unwrap_or(*byte));
        rest = if value.is_some() { &tail[2..] } else { rest };
    }
    String::from_utf8(decoded).map_err(|_| wrong("percent-encode it as UTF-8"))
}

fn unquoted(inner: &[u8]) -> Vec<u8> {
    let mut escaped = false;
    let keep = |byte: &&u8| {
        escaped = !escaped && **byte == b'\\';
        !escaped
    };
    inner.iter().filter(keep).copied().collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Attributes that the canonical event has other places for; the rest goes to its context.
const MAPPED: [&str; 6] = ["id", "source", "specversion", "type", "time", "channel"];

impl CloudEvent {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn check(&self) -> Result<(), Refused> {
        if let Some(missing) =
            ["id", "source", "specversion", "type"].into_iter().find(|n| self.attribute(n).is_none())
        {
            return Err(Refused::Attribute(missing));
        }
        match self.attribute("specversion") {
            Some("1.0") => Ok(()),
            other => Err(Refused::Header {
                header: "specversion".into(),
                value: other.unwrap_or_default().into(),
                remedy: "only 1.0 is spoken here",
            }),
        }
    }

    /// The event in the canonical shape.
    fn canonical(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let attribute = |name| self.attribute(name).unwrap_or_default();
        let mut body = String::with_capacity(256 + self.data.as_ref().map_or(0, String::len));
        push(&mut body, "type", "\"track\"");
        push(&mut body, "event", &quoted(attribute("type")));
        push(&mut body, "messageId", &quoted(&format!("{} {}", attribute("source"), attribute("id"))));
        for (field, name) in [("timestamp", "time"), ("channel", "channel")] {
            if let Some(value) = self.attribute(name) {
                push(&mut body, field, &quoted(value));
            }
        }
        let (identifiers, properties) = self.data_parts();
        if !identifiers.is_empty() {
            push(&mut body, "identifiers", &Value::Object(identifiers).to_string());
        }
        push(&mut body, "properties", &properties);
        push(&mut body, "context", &self.context());
        body.push('}');
        body
    }

    /// The identifiers the event names, and its data as an object without them.
    fn data_parts(&self) -> (serde_json::Map<String, Value>, String) {
        let mut identifiers = serde_json::Map::new();
        let mut properties = String::new();
        match self.data.as_deref().map(|data| (data, fields(data))) {
            None => {}
            Some((_, Ok(data))) => {
                for (name, raw) in data {
                    match serde_json::from_str(raw) {
                        Ok(Value::Object(named)) if name == "identifiers" => identifiers = named,
                        _ => push(&mut properties, name, raw),
                    }
                }
            }
            Some((data, Err(_))) => push(&mut properties, "value", data),
        }
        properties.push_str(if properties.is_empty() { "{}" } else { "}" });
        for namespace in ["user_id", "anonymous_id", "email", "phone", "device_id"] {
            if let Some(value) = self.attribute(&namespace.replace('_', "")) {
                identifiers.insert(namespace.to_owned(), value.into());
            }
        }
        if let Some((namespace, value)) =
            self.attribute("subject").and_then(|subject| subject.split_once(':'))
            && namespace.parse::<Namespace>().is_ok()
        {
            identifiers.entry(namespace).or_insert(value.into());
        }
        (identifiers, properties)
    }

    fn context(&self) -> String {
        let kept = self.attributes.iter().filter(|(name, _)| !MAPPED.contains(&name.as_str()));
        let mut attributes: serde_json::Map<String, Value> =
            kept.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        attributes.insert("source".into(), self.attribute("source").unwrap_or_default().into());
        serde_json::json!({ "cloudevent": attributes }).to_string()
    }
}

#[cfg(test)]
#[path = "cloudevents_tests.rs"]
mod tests;
