//! Events: something that happened to a customer, in the one shape every way in is brought to.
//!
//! The body of an event is a JSON object in the shape of the Segment Spec (`type`, `event`, `userId`,
//! `anonymousId`, `traits`, `properties`, `context`, `messageId`) with one addition, `identifiers`, an
//! object from namespace to value. Segment clients send it as it is; other ways in build it. The body is
//! what the ledger seals, so parsing it again in a replay gives the same event.

use std::borrow::Cow;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sonic_rs::LazyValue;

use crate::{Channel, Namespace, SourceId, Timestamp, Value};

/// The Segment Spec's calls.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum EventKind {
    #[n(0)]
    Track,
    #[n(1)]
    Identify,
    #[n(2)]
    Page,
    #[n(3)]
    Screen,
    #[n(4)]
    Group,
    #[n(5)]
    Alias,
}

impl EventKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

/// The longest event name, in bytes.
pub const EVENT_NAME_BYTES_MAX: usize = 200;
/// The most identifiers one event may claim.
pub const CLAIMS_MAX: usize = 16;

/// An event's name: `Product Viewed`; for calls other than `track`, the name the Segment Spec's
/// warehouse gives them: `Identify`, `Page Viewed`, `Screen Viewed`, `Group`, `Alias`.
pub type EventName = Box<str>;

/// Why a body is not an event. The body goes to quarantine with this reason, nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEvent {
    #[error("the event is not a JSON object: {0}; send an object in the shape of the Segment Spec")]
    Json(String),
    #[error("`type` is `{0}`; use track, identify, page, screen, group or alias")]
    Type(String),
    #[error("a track event needs `event`, its name, such as `Order Completed`")]
    NoName,
    #[error("`event` has {0} bytes; at most {EVENT_NAME_BYTES_MAX} are kept")]
    LongName(usize),
    #[error("no identifier; send `userId`, `anonymousId` or `identifiers`")]
    NoIdentifier,
    #[error("{0} identifiers; at most {CLAIMS_MAX} are taken")]
    ManyIdentifiers(usize),
    #[error("`{0}` is `{1}`; it must be text or a number")]
    IdentifierKind(&'static str, String),
    #[error(
        "`identifiers` names `{0}`; use anonymous_id, user_id, email, phone, device_id or external/<system>"
    )]
    Namespace(String),
}

/// What the edge adds to a body: where and when it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub source: SourceId,
    pub channel: Channel,
    /// When it happened, corrected for the client's clock.
    pub time: Timestamp,
    /// When Throughline took it in.
    pub received: Timestamp,
}

/// A parsed event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub stamp: Stamp,
    pub kind: EventKind,
    pub name: EventName,
    pub message_id: Option<Box<str>>,
    /// Identifiers as they came, before normalisation; at most [`CLAIMS_MAX`].
    pub claims: Vec<(Namespace, Box<str>)>,
    body: Box<[u8]>,
    traits: Part,
    properties: Part,
    context: Part,
}

/// Where a JSON object stands in the body; empty when absent.
type Part = std::ops::Range<u32>;

/// A JSON object inside a body, not parsed yet.
#[derive(Debug, Clone, Copy)]
struct RawTraits<'a>(&'a [u8]);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    message_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_id: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    anonymous_id: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    previous_id: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    identifiers: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    traits: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    properties: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    context: Option<LazyValue<'a>>,
}

/// What of a context names the customer.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ContextWire<'a> {
    #[serde(borrow, default)]
    traits: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    device: Option<LazyValue<'a>>,
    #[serde(borrow, default)]
    external_ids: Option<LazyValue<'a>>,
}

impl Event {
    /// Parses a body. Reads only what names the customer and the event; traits and properties are
    /// parsed when something asks for them.
    pub fn parse(body: Box<[u8]>, stamp: Stamp) -> Result<Self, MalformedEvent> {
        let wire: Wire<'_> = sonic_rs::from_slice(&body)
            .map_err(|error| MalformedEvent::Json(error.to_string().lines().next().unwrap_or("").into()))?;
        let kind = event_kind(wire.kind.as_deref())?;
        let name = event_name(kind, wire.event.as_deref())?;
        let context = context(&wire);
        let claims = claims(&wire, &context)?;
        let part =
            |value: &Option<LazyValue<'_>>| value.as_ref().map_or(0..0, |value| object_range(&body, value));
        let traits = Some(part(&wire.traits)).filter(|part| !part.is_empty());
        let traits = traits.unwrap_or_else(|| part(&context.traits));
        let (properties, context) = (part(&wire.properties), part(&wire.context));
        let message_id = wire.message_id.as_deref().filter(|id| !id.is_empty()).map(Into::into);
        Ok(Self { stamp, kind, name, message_id, claims, traits, properties, context, body })
    }

    /// The body as it came; what is sealed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The traits of an `identify` or `group` call; of other calls, `context.traits`.
    pub fn traits(&self) -> Vec<(Box<str>, Value)> {
        if self.traits.is_empty() { Vec::new() } else { RawTraits(self.part(&self.traits)).fields() }
    }

    /// The property at a dotted path, or `Null`.
    pub fn property(&self, path: &str) -> Value {
        self.dotted(&self.properties, path)
    }

    /// The context field at a dotted path, or `Null`.
    pub fn context(&self, path: &str) -> Value {
        self.dotted(&self.context, path)
    }

    /// All properties, parsed.
    pub fn properties(&self) -> Vec<(Box<str>, Value)> {
        RawTraits(self.part(&self.properties)).fields()
    }

    fn dotted(&self, part: &Part, path: &str) -> Value {
        let mut names = [""; 8];
        let mut depth = 0;
        for name in path.split('.').take(names.len()) {
            names[depth] = name;
            depth += 1;
        }
        self.lookup(part, &names[..depth]).unwrap_or_default()
    }

    fn lookup(&self, part: &Part, path: &[&str]) -> Option<Value> {
        if part.is_empty() {
            return None;
        }
        let value = sonic_rs::get_from_slice(self.part(part), path).ok()?;
        serde_json::from_str(value.as_raw_str()).ok().map(|json| Value::from_json(&json))
    }

    fn part(&self, part: &Part) -> &[u8] {
        &self.body[part.start as usize..part.end as usize]
    }
}

impl RawTraits<'_> {
    fn fields(self) -> Vec<(Box<str>, Value)> {
        match serde_json::from_slice(self.0).as_ref().map(Value::from_json) {
            Ok(Value::Map(fields)) => fields.into_vec(),
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

fn event_kind(kind: Option<&str>) -> Result<EventKind, MalformedEvent> {
    match kind {
        Some("track") => Ok(EventKind::Track),
        Some("identify") => Ok(EventKind::Identify),
        Some("page") => Ok(EventKind::Page),
        Some("screen") => Ok(EventKind::Screen),
        Some("group") => Ok(EventKind::Group),
        Some("alias") => Ok(EventKind::Alias),
        other => Err(MalformedEvent::Type(other.unwrap_or("missing").into())),
    }
}

fn event_name(kind: EventKind, name: Option<&str>) -> Result<EventName, MalformedEvent> {
    match kind {
        EventKind::Track => match name {
            None | Some("") => Err(MalformedEvent::NoName),
            Some(name) if name.len() > EVENT_NAME_BYTES_MAX => Err(MalformedEvent::LongName(name.len())),
            Some(name) => Ok(name.into()),
        },
        EventKind::Identify => Ok("Identify".into()),
        EventKind::Page => Ok("Page Viewed".into()),
        EventKind::Screen => Ok("Screen Viewed".into()),
        EventKind::Group => Ok("Group".into()),
        EventKind::Alias => Ok("Alias".into()),
    }
}

/// One pass over the context: asking it for each absent field in turn cost more than all the rest.
fn context<'a>(wire: &'a Wire<'_>) -> ContextWire<'a> {
    wire.context
        .as_ref()
        .and_then(|context| sonic_rs::from_str(context.as_raw_str()).ok())
        .unwrap_or_default()
}

/// Collects the identifiers an event names: its ids, `identifiers`, `context.device.id`,
/// `context.externalIds`, and `email` and `phone` among its traits.
fn claims(wire: &Wire<'_>, context: &ContextWire<'_>) -> Result<Vec<(Namespace, Box<str>)>, MalformedEvent> {
    let mut claims = Vec::with_capacity(2);
    let mut add = |namespace: Namespace, value: Option<Box<str>>| {
        if let Some(value) = value
            && !claims.iter().any(|(n, v)| *n == namespace && *v == value)
        {
            claims.push((namespace, value));
        }
    };
    add(Namespace::UserId, scalar("userId", wire.user_id.as_ref())?);
    add(Namespace::AnonymousId, scalar("anonymousId", wire.anonymous_id.as_ref())?);
    add(Namespace::AnonymousId, scalar("previousId", wire.previous_id.as_ref())?);
    if let Some(identifiers) = &wire.identifiers {
        for (name, value) in object(identifiers) {
            let namespace = name.parse().map_err(|_| MalformedEvent::Namespace(name))?;
            add(namespace, scalar_json(&value));
        }
    }
    for traits in [wire.traits.as_ref(), context.traits.as_ref()].into_iter().flatten() {
        for (namespace, name) in [(Namespace::Email, "email"), (Namespace::Phone, "phone")] {
            add(namespace, at(traits, &[name]));
        }
    }
    if let Some(device) = &context.device {
        add(Namespace::DeviceId, at(device, &["id"]));
    }
    if let Some(list) = &context.external_ids {
        for (namespace, value) in external_ids(list) {
            add(namespace, Some(value));
        }
    }
    check_count(claims)
}

/// Identifiers by the names of their namespaces, as an event's `identifiers` has them; empty ones are none.
pub fn named_identifiers<'a>(
    named: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<(Namespace, Box<str>)>, MalformedEvent> {
    let mut identifiers = Vec::new();
    for (name, value) in named {
        let namespace = name.parse().map_err(|_| MalformedEvent::Namespace(name.to_owned()))?;
        if !value.is_empty() {
            identifiers.push((namespace, value.into()));
        }
    }
    check_count(identifiers)
}

fn check_count(
    identifiers: Vec<(Namespace, Box<str>)>,
) -> Result<Vec<(Namespace, Box<str>)>, MalformedEvent> {
    match identifiers.len() {
        0 => Err(MalformedEvent::NoIdentifier),
        count if count > CLAIMS_MAX => Err(MalformedEvent::ManyIdentifiers(count)),
        _ => Ok(identifiers),
    }
}

/// Segment's `context.externalIds`: `[{"id": "…", "type": "…"}]`. Types that are not namespaces of
/// their own become `external/<type>`.
fn external_ids(list: &LazyValue<'_>) -> Vec<(Namespace, Box<str>)> {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(list.as_raw_str()) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let kind = item.get("type")?.as_str()?;
            let namespace =
                kind.parse().or_else(|_| format!("external/{}", kind.replace('.', "-")).parse()).ok()?;
            Some((namespace, scalar_json(item.get("id")?)?))
        })
        .collect()
}

fn at(value: &LazyValue<'_>, path: &[&str]) -> Option<Box<str>> {
    let found = sonic_rs::get_from_str(value.as_raw_str(), path).ok()?;
    scalar_json(&serde_json::from_str(found.as_raw_str()).ok()?)
}

fn object(value: &LazyValue<'_>) -> Vec<(String, serde_json::Value)> {
    match serde_json::from_str(value.as_raw_str()) {
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn scalar_json(value: &serde_json::Value) -> Option<Box<str>> {
    match value {
        serde_json::Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
        serde_json::Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// An id field: text, or a number written as text; null and empty text mean absent.
fn scalar(field: &'static str, value: Option<&LazyValue<'_>>) -> Result<Option<Box<str>>, MalformedEvent> {
    let Some(raw) = value.map(LazyValue::as_raw_str) else { return Ok(None) };
    match raw.as_bytes() {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
            let text = &raw[1..raw.len() - 1];
            Ok((!text.is_empty()).then(|| text.into()))
        }
        b"null" => Ok(None),
        [b'"' | b'0'..=b'9' | b'-', ..] => Ok(serde_json::from_str(raw).ok().as_ref().and_then(scalar_json)),
        _ => Err(MalformedEvent::IdentifierKind(field, raw.chars().take(40).collect())),
    }
}

/// Where `value`, a slice of `body`, stands in it; nothing where it is not an object.
fn object_range(body: &[u8], value: &LazyValue<'_>) -> Part {
    let raw = value.as_raw_str().as_bytes();
    if raw.first() != Some(&b'{') {
        return 0..0;
    }
    let start = raw.as_ptr() as usize - body.as_ptr() as usize;
    start as u32..(start + raw.len()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Event, MalformedEvent> {
        let stamp =
            Stamp { source: SourceId(1), channel: Channel::WEB, time: Timestamp(5), received: Timestamp(6) };
        Event::parse(body.as_bytes().into(), stamp)
    }

    #[test]
    fn a_track_call_names_its_customer_in_every_place_segment_allows() {
        let event = parse(
            r#"{"type":"track","event":"Product Viewed","userId":42,"anonymousId":null,"messageId":"m1",
               "properties":{"price":19.9,"product":{"category":"tv"}},
               "context":{"device":{"id":"d1"},"traits":{"email":"Ada@Example.com"},
                          "externalIds":[{"id":"c7","type":"crm"}]}}"#,
        )
        .unwrap();
        let claims: Vec<String> = event.claims.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(claims, ["user_id=42", "email=Ada@Example.com", "device_id=d1", "external/crm=c7"]);
        assert_eq!(event.property("product.category"), Value::text("tv"));
        assert_eq!(event.property("price"), Value::Double(19.9));
        assert_eq!(event.property("absent"), Value::Null);
        assert_eq!(event.traits(), vec![("email".into(), Value::text("Ada@Example.com"))]);
    }

    #[test]
    fn identify_takes_email_and_phone_from_its_traits() {
        let event =
            parse(r#"{"type":"identify","anonymousId":"a1","traits":{"email":"a@b.c","phone":"+49301"}}"#)
                .unwrap();
        assert_eq!(event.claims.len(), 3);
        assert_eq!(&*event.name, "Identify");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse(r#"{"type":"track","userId":"u"}"#), Err(MalformedEvent::NoName));
        assert_eq!(parse(r#"{"type":"tarck","userId":"u"}"#), Err(MalformedEvent::Type("tarck".into())));
        assert_eq!(parse(r#"{"type":"page"}"#), Err(MalformedEvent::NoIdentifier));
        assert!(matches!(
            parse(r#"{"type":"page","userId":{"a":1}}"#),
            Err(MalformedEvent::IdentifierKind(..))
        ));
        assert!(matches!(parse("[1]"), Err(MalformedEvent::Json(_))));
        assert!(matches!(parse(r#"{"type":"#), Err(MalformedEvent::Json(_))));
    }
}
