//! Events that journeys emit, in the shape of any other event.

use model::{Event, SourceId, Stamp, Timestamp, Value};
use orchestrate::{Emit, Emitted};

/// The source of what the engine itself says has happened.
const INTERNAL: SourceId = SourceId(0);

/// How deep events that journeys emit may cause further ones within one step; deeper ones are dropped.
pub(crate) const EMITTED_DEPTH_MAX: u8 = 4;

/// The event a journey emitted. It names its run for an identifier; nothing is resolved by it.
pub(crate) fn emitted_event(emit: &Emit, now: Timestamp) -> Event {
    let text = |text: &str| Value::text(text);
    let payload = Value::Map(emit.properties.clone().into());
    let mut fields: Vec<(Box<str>, Value)> = vec![("anonymousId".into(), text(&emit.run.to_string()))];
    match &emit.what {
        Emitted::Event(name) => fields.extend([
            ("type".into(), text("track")),
            ("event".into(), text(name)),
            ("properties".into(), payload),
        ]),
        Emitted::Traits => fields.extend([("type".into(), text("identify")), ("traits".into(), payload)]),
    }
    let body = Value::Map(fields.into()).to_json().to_string().into_bytes();
    let stamp = Stamp { source: INTERNAL, channel: emit.channel.clone(), time: now, received: now };
    Event::parse(body.into(), stamp).expect("a journey's event has a name and an identifier")
}
