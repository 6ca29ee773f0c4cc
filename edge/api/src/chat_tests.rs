//! Which messages of a customer's thread a chat window may show.

use model::record::{EventRecord, Sealed};
use model::{Event, EventKind, Proof, Purpose, Seq, SourceId, Stamp, Timestamp};
use shard::Cursor;

use super::*;

const OWN: StrandId = StrandId(1);
const OTHER: StrandId = StrandId(2);

fn at(seq: u64, strand: StrandId) -> Cursor {
    Cursor { time: Timestamp(seq as i64), seq: Seq(seq), strand, part: 0 }
}

fn event(seq: u64, strand: StrandId, name: &str, anonymous_id: &str, properties: &str) -> ThreadItem {
    let body = format!(
        r#"{{"type":"track","event":"{name}","messageId":"m{seq}","anonymousId":"{anonymous_id}","properties":{properties}}}"#
    );
    let (time, source) = (Timestamp(seq as i64), SourceId(1));
    let stamp = Stamp { source, channel: Channel::WEBCHAT, time, received: time };
    let record = EventRecord {
        time,
        received: time,
        source,
        channel: Channel::WEBCHAT,
        kind: EventKind::Track,
        name: name.into(),
        message: 0,
        strand,
        customer: CustomerId(1),
        identity: Vec::new(),
        clear: None,
        body: Sealed { strand, epoch: 1, counter: seq, bytes: Vec::new().into() },
    };
    let event = Event::parse(body.into_bytes().into(), stamp).ok();
    ThreadItem { at: at(seq, strand), what: ItemKind::Event(Box::new(OpenedEvent { record, event })) }
}

fn answer(seq: u64, strand: StrandId, conversation: u64, text: &str) -> ThreadItem {
    let note = Note::MessageDecided {
        effect: EffectId::new(Seq(seq), CustomerId(1), 0),
        channel: Channel::WEBCHAT,
        purpose: Purpose::Service,
        subject: None,
        text: text.into(),
        conversation: ConversationId(conversation),
        consent_proof: Proof::NotObjected,
        agent: None,
    };
    ThreadItem { at: at(seq, strand), what: ItemKind::Note(Box::new(note)) }
}

/// A customer with two browsers, each in a conversation of its own.
fn thread() -> Vec<ThreadItem> {
    vec![
        event(1, OWN, "Message Received", "own", r#"{"text":"hello","message_id":"b1"}"#),
        answer(1, OWN, 7, "hello to you"),
        event(2, OTHER, "Message Received", "other", r#"{"text":"secret question"}"#),
        answer(2, OTHER, 8, "secret answer"),
        answer(3, OWN, 7, "still there?"),
    ]
}

fn texts(items: &[ThreadItem], own: Option<StrandId>, anonymous_id: &str) -> Vec<String> {
    let mut seen = seen_by(items, own, anonymous_id);
    seen.sort_by_key(|message| message.number);
    seen.into_iter().map(|message| message.text).collect()
}

#[test]
fn a_browser_sees_the_conversations_it_took_part_in_and_no_others() {
    assert_eq!(texts(&thread(), Some(OWN), "own"), ["hello", "hello to you", "still there?"]);
    assert_eq!(texts(&thread(), Some(OTHER), "other"), ["secret question", "secret answer"]);
    assert!(texts(&thread(), None, "stranger").is_empty());
}

#[test]
fn a_link_lets_a_browser_into_one_conversation_with_both_its_sides() {
    let mut items = thread();
    let conversation = format!(r#"{{"conversation":"{}"}}"#, ConversationId(8));
    // Under the customer's stronger identifier, as an event stands that names both.
    items.push(event(4, StrandId(3), "Chat Opened", "newcomer", &conversation));
    assert_eq!(texts(&items, Some(StrandId(4)), "newcomer"), ["secret question", "secret answer"]);
    assert_eq!(texts(&items, Some(OWN), "own"), ["hello", "hello to you", "still there?"]);
}

#[test]
fn numbers_rise_and_an_answer_follows_what_it_answers() {
    let seen = seen_by(&thread(), Some(OWN), "own");
    let mut numbers: Vec<u64> = seen.iter().map(|message| message.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [256, 257, 769]);
    assert_eq!(number_of(EffectId::new(Seq(1), CustomerId(1), 0)), 257);
    assert_eq!(seen[0].id.as_deref(), Some("b1"));
}
