//! Requests as the CloudEvents HTTP binding writes them, and what they must not do.

use model::{Channel, Event, Namespace, SourceId, Timestamp};

use super::*;

fn run(mode: Mode, headers: &[(&str, &str)], body: &str) -> Result<Vec<Submission>, Refused> {
    let arrival =
        Arrival { source: SourceId(1), channel: Channel::SERVER, received: Timestamp(1_772_366_400_000) };
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    take(mode, headers, body.as_bytes(), &arrival, &Limits::SEGMENT)
}

fn event(mode: Mode, headers: &[(&str, &str)], body: &str) -> Event {
    match run(mode, headers, body).unwrap().remove(0) {
        Submission::Event(event) => event,
        Submission::Malformed { reason, .. } => panic!("{reason}"),
    }
}

const BINARY: [(&str, &str); 5] = [
    ("ce-id", "7"),
    ("ce-source", "/shop"),
    ("ce-specversion", "1.0"),
    ("ce-type", "Order Completed"),
    ("content-type", "application/json"),
];

#[test]
fn the_mode_follows_the_media_type_whatever_its_case() {
    assert_eq!(Mode::of(Some("Application/CloudEvents-Batch+JSON; charset=utf-8")), Mode::Batched);
    assert_eq!(Mode::of(Some("application/cloudevents+json")), Mode::Structured);
    assert_eq!(Mode::of(Some("application/json")), Mode::Binary);
    assert_eq!(Mode::of(None), Mode::Binary);
}

#[test]
fn a_structured_event_becomes_a_track_call() {
    let event = event(
        Mode::Structured,
        &[],
        r#"{"specversion":"1.0","id":"9","source":"/pos/4","type":"Order Completed","time":"2026-03-01T11:00:00Z",
            "channel":"store","subject":"external/crm:c7","data":{"total":19.90,"identifiers":{"email":"a@b.de"}}}"#,
    );
    assert_eq!(&*event.name, "Order Completed");
    assert_eq!(event.message_id.as_deref(), Some("/pos/4 9"));
    assert_eq!(
        (event.stamp.channel.clone(), event.stamp.time),
        (Channel::STORE, Timestamp(1_772_362_800_000))
    );
    assert_eq!(
        event.claims,
        [(Namespace::Email, "a@b.de".into()), (Namespace::External("crm".into()), "c7".into())]
    );
    assert_eq!(event.properties(), [("total".into(), model::Value::Double(19.9))]);
    assert_eq!(event.context("cloudevent.source"), model::Value::text("/pos/4"));
}

#[test]
fn binary_headers_are_unquoted_and_percent_decoded_once() {
    let decode = |value: &str| header_text("ce-x", value.as_bytes());
    assert_eq!(decode("Euro%20%E2%82%AC%20%f0%9f%98%80").unwrap(), "Euro € 😀");
    assert_eq!(decode(r#""a \"b\" %2520""#).unwrap(), "a \"b\" %20");
    assert_eq!(decode("%").unwrap(), "%");
    assert!(matches!(decode("%C0%A0"), Err(Refused::Header { .. })));
    let mut headers = BINARY.to_vec();
    headers.push(("ce-userid", "ada%20l"));
    let event = event(Mode::Binary, &headers, r#"{"total":5}"#);
    assert_eq!(event.claims, [(Namespace::UserId, "ada l".into())]);
    assert_eq!(event.property("total"), model::Value::Int(5));
}

#[test]
fn data_that_is_no_object_is_kept_as_value() {
    let mut headers = BINARY.to_vec();
    headers[4].1 = "text/plain";
    headers.push(("ce-email", "a@b.de"));
    assert_eq!(event(Mode::Binary, &headers, "hello").property("value"), model::Value::text("hello"));
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(run(Mode::Binary, &BINARY[1..], "{}").unwrap_err(), Refused::Attribute("id"));
    assert!(matches!(run(Mode::Structured, &[], "[]"), Err(Refused::NotJson(_))));
    let old = r#"{"specversion":"0.3","id":"9","source":"s","type":"t"}"#;
    assert!(matches!(run(Mode::Structured, &[], old), Err(Refused::Header { .. })));
}

#[test]
fn in_a_batch_the_bad_ones_are_kept_and_the_rest_goes_on() {
    let good = r#"{"specversion":"1.0","id":"1","source":"s","type":"t","userid":"u"}"#;
    let taken = run(Mode::Batched, &[], &format!(r#"[{good},{{"id":"2"}},7,{good}]"#)).unwrap();
    let kept: Vec<bool> = taken.iter().map(|taken| matches!(taken, Submission::Malformed { .. })).collect();
    assert_eq!(kept, [false, true, true, false]);
    assert!(matches!(run(Mode::Batched, &[], "{}"), Err(Refused::NotJson(_))));
}
