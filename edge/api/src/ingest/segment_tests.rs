//! What clients send, in the shapes the stock SDKs were seen to send it (STANDARDS A1).

use model::{Channel, Namespace, SourceId, Value};

use super::*;

fn arrival() -> Arrival {
    Arrival { source: SourceId(3), channel: Channel::WEB, received: Timestamp(1_772_366_400_000) }
}

fn batch(body: &str) -> Vec<Submission> {
    take(Call::Batch, body.as_bytes(), &arrival(), &Limits::SEGMENT).unwrap()
}

fn one(path: &str, body: &str) -> Event {
    let mut taken = take(Call::at(path).unwrap(), body.as_bytes(), &arrival(), &Limits::SEGMENT).unwrap();
    match taken.remove(0) {
        Submission::Event(event) => event,
        Submission::Malformed { reason, .. } => panic!("{reason}"),
    }
}

fn reason(submission: &Submission) -> &str {
    match submission {
        Submission::Event(_) => "taken",
        Submission::Malformed { reason, .. } => reason,
    }
}

#[test]
fn every_route_has_its_call() {
    for (path, call) in
        [("/v1/batch", Call::Batch), ("/v1/b", Call::Batch), ("/v1/i", Call::One(EventKind::Identify))]
    {
        assert_eq!(Call::at(path), Some(call));
    }
    for kind in ["track", "identify", "page", "screen", "group", "alias"] {
        let Some(Call::One(found)) = Call::at(&format!("/v1/{kind}")) else { panic!("{kind}") };
        assert_eq!(found.as_str(), kind);
        assert_eq!(Call::at(&format!("/v1/{}", &kind[..1])), Some(Call::One(found)));
    }
    assert_eq!(Call::at("/v1/tracks"), None);
    assert_eq!(Call::at("/track"), None);
}

#[test]
fn a_python_batch_with_null_ids_and_microseconds_is_taken() {
    let taken = batch(
        r#"{"batch":[{"integrations":{},"anonymousId":null,"properties":{"price":1},"timestamp":"2026-03-01T11:59:00+00:00",
        "context":{"library":{"name":"analytics-python"}},"userId":"u1","event":"Order Completed","type":"track",
        "messageId":"m1"}],"sentAt":"2026-03-01T12:00:00.000000+00:00","writeKey":"wk"}"#,
    );
    let [Submission::Event(event)] = &taken[..] else { panic!("{taken:?}") };
    assert_eq!(event.claims, [(Namespace::UserId, "u1".into())]);
    assert_eq!(event.stamp.time, Timestamp(1_772_366_340_000));
    assert_eq!(event.stamp.source, SourceId(3));
}

#[test]
fn one_bad_event_does_not_cost_the_others() {
    let large = "x".repeat(33 * 1024);
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    let taken = batch(&format!(
        r#"{{"batch":[{{"type":"track","event":"A","userId":"u"}},{{"type":"nonsense","userId":"u"}},5,
        {{"type":"track","event":"B","userId":"u","timestamp":"soon"}},{{"type":"track","event":"{large}","userId":"u"}},
        {{"type":"track","event":"C","userId":"u","properties":{deep}}},{{"type":"page","userId":7}}]}}"#
    ));
    let reasons: Vec<&str> = taken.iter().map(reason).collect();
    assert_eq!(reasons.len(), 7);
    assert_eq!((reasons[0], reasons[5], reasons[6]), ("taken", "taken", "taken"));
    assert!(reasons[1].starts_with("`type` is `nonsense`"), "{reasons:?}");
    assert!(reasons[2].starts_with("the event is not a JSON object"), "{reasons:?}");
    assert!(reasons[3].starts_with("`timestamp` is \"soon\""), "{reasons:?}");
    assert!(reasons[4].contains("at most 32768 are taken"), "{reasons:?}");
    let Submission::Malformed { body, .. } = &taken[1] else { panic!() };
    assert_eq!(body, br#"{"type":"nonsense","userId":"u"}"#, "the body is kept as it came");
}

#[test]
fn what_is_no_batch_is_refused_as_a_whole() {
    let refused = |body: &str| take(Call::Batch, body.as_bytes(), &arrival(), &Limits::SEGMENT).unwrap_err();
    assert_eq!(refused("{}"), Refused::NoBatch);
    assert_eq!(refused(r#"{"batch":{}}"#), Refused::NoBatch);
    for broken in ["", "[]", "{\"batch\":[", "{\"batch\":[]}x", "{\"batch\":[{]}"] {
        assert!(matches!(refused(broken), Refused::NotJson(_)), "{broken}");
    }
    assert!(batch(r#"{"batch":[]}"#).is_empty());
    let deep = format!(r#"{{"batch":[{}{}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(refused(&deep), Refused::NotJson(_)));
}

#[test]
fn events_beyond_the_limit_are_kept_for_quarantine() {
    let limits = Limits { events_max: 1, ..Limits::SEGMENT };
    let body = r#"{"batch":[{"type":"page","userId":"a"},{"type":"page","userId":"b"}]}"#;
    let taken = take(Call::Batch, body.as_bytes(), &arrival(), &limits).unwrap();
    assert_eq!(reason(&taken[0]), "taken");
    assert_eq!(reason(&taken[1]), "the batch has more than 1 events; send smaller batches");
}

#[test]
fn the_batch_context_is_merged_and_the_events_own_stands() {
    let taken = batch(
        r#"{"context":{"ip":"1.1.1.1","locale":"de"},"batch":[
        {"type":"track","event":"A","userId":"u","context":{"ip":"2.2.2.2"}},
        {"type":"track","event":"A","userId":"u","context":null},{"type":"track","event":"A","userId":"u"}]}"#,
    );
    let field = |number: usize, path: &str| match &taken[number] {
        Submission::Event(event) => event.context(path),
        Submission::Malformed { reason, .. } => panic!("{reason}"),
    };
    assert_eq!((field(0, "ip"), field(0, "locale")), (Value::text("2.2.2.2"), Value::text("de")));
    assert_eq!((field(1, "ip"), field(2, "locale")), (Value::text("1.1.1.1"), Value::text("de")));
}

#[test]
fn single_calls_take_their_type_from_the_path() {
    let event = one("/v1/t", r#"{"event":"Cart Viewed","anonymousId":"a","writeKey":"wk"}"#);
    assert_eq!((event.kind, &*event.name), (EventKind::Track, "Cart Viewed"));
    assert_eq!(one("/v1/p", r#" {"type":"page","anonymousId":"a"} "#).kind, EventKind::Page);
    assert_eq!(write_key(br#"{"event":"A","writeKey":"wk_9"}"#), Some("wk_9".into()));
    assert_eq!(write_key(br#"{"event":"A"}"#), None);
}

#[test]
fn equal_events_without_message_id_are_two_events() {
    let first = one("/v1/page", r#"{"userId":"u"}"#).message_id;
    assert!(first.is_some());
    assert_ne!(first, one("/v1/page", r#"{"userId":"u"}"#).message_id);
}

#[test]
fn an_event_may_name_its_channel_but_not_its_sdk() {
    assert_eq!(one("/v1/page", r#"{"userId":"u","channel":"store"}"#).stamp.channel, Channel::STORE);
    assert_eq!(one("/v1/page", r#"{"userId":"u","channel":"server"}"#).stamp.channel, Channel::WEB);
}
