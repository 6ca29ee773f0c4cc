//! Records written by earlier versions must parse for ever: `golden/records.txt` holds one of each kind.
//!
//! A new kind or field gets a new line, which the failing test prints; an existing line never changes.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use model::record::{
    CatalogueRecord, Command, CommandRecord, EventRecord, IdentityChange, OfferHold, OutcomeRecord,
    QuarantineRecord, Record, Sealed, SourceRecord, TickRecord,
};
use model::{
    Catalogue, CatalogueFile, Channel, ConversationId, CustomerId, DecisionId, EffectId, EventKind,
    Namespace, Outcome, OutcomeKind, Presence, Seq, SourceId, Span, StrandId, Timestamp,
};

const GOLDEN: &str = include_str!("../golden/records.txt");

fn sealed(strand: u64) -> Sealed {
    Sealed { strand: StrandId(strand), epoch: 3, counter: 900, bytes: vec![1, 2, 3, 250].into() }
}

fn event() -> Record {
    Record::Event(EventRecord {
        time: Timestamp(1_767_225_600_123),
        received: Timestamp(1_767_225_601_456),
        source: SourceId(4),
        channel: Channel::WEB,
        kind: EventKind::Track,
        name: "Order Completed".into(),
        message: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
        strand: StrandId(7),
        customer: CustomerId(5),
        identity: vec![
            IdentityChange::Strand {
                strand: StrandId(7),
                customer: CustomerId(5),
                hash: 77,
                identifier: sealed(7),
                namespace: Namespace::External("crm".into()),
            },
            IdentityChange::Link {
                a: StrandId(5),
                b: StrandId(7),
                time: Timestamp(-4),
                message: 9,
                source: SourceId(4),
            },
            IdentityChange::Move { strand: StrandId(6), from: CustomerId(6), to: CustomerId(5) },
        ],
        clear: Some(br#"{"total":19.9}"#.to_vec().into()),
        body: sealed(7),
    })
}

fn outcome(kind: OutcomeKind) -> Record {
    let outcome = Outcome { effect: EffectId::new(Seq(8), CustomerId(5), 2), customer: CustomerId(5), kind };
    Record::Outcome(OutcomeRecord { received: Timestamp(11), outcome, answer: Some(sealed(7)) })
}

fn command(command: Command) -> Record {
    Record::Command(CommandRecord { received: Timestamp(12), by: "admin".into(), command })
}

fn records() -> Vec<(&'static str, Record)> {
    let source = SourceRecord {
        id: SourceId(4),
        name: "shop".into(),
        channel: "marketplace/acme".parse().unwrap(),
        write_key_hash: vec![9; 32].into(),
        priority: 2,
    };
    let item = QuarantineRecord {
        number: 1,
        source: SourceId(4),
        reason: "`type` is missing".into(),
        body: sealed(0),
    };
    let files = vec![CatalogueFile { path: "segments/vip.yaml".into(), text: "name: vip".into() }];
    vec![
        ("event", event()),
        ("outcome.started", outcome(OutcomeKind::Started { attempt: 1 })),
        ("outcome.done", outcome(OutcomeKind::Done { reference: Some("r".into()), answer: None })),
        ("outcome.retry", outcome(OutcomeKind::Retry { reason: "busy".into(), after: Some(Span::MINUTE) })),
        ("outcome.failed", outcome(OutcomeKind::Failed { reason: "gone".into() })),
        ("outcome.uncertain", outcome(OutcomeKind::Uncertain { reason: "crash".into() })),
        (
            "outcome.accepted",
            outcome(OutcomeKind::Accepted {
                references: vec!["1f".into(), "20".into()],
                awaited: vec!["20".into()],
                wait: Span::DAY,
            }),
        ),
        (
            "command.erase",
            command(Command::Erase {
                customer: CustomerId(5),
                strands: vec![StrandId(5), StrandId(7)],
                counts: vec![0xa0].into(),
                survivors: Vec::new(),
            }),
        ),
        (
            "command.erase.survivors",
            command(Command::Erase {
                customer: CustomerId(5),
                strands: vec![StrandId(5)],
                counts: vec![0xa0].into(),
                survivors: vec![sealed(7)],
            }),
        ),
        (
            "command.unmerge",
            command(Command::Unmerge {
                customer: CustomerId(5),
                strands: vec![StrandId(7)],
                identity: vec![IdentityChange::Move {
                    strand: StrandId(7),
                    from: CustomerId(5),
                    to: CustomerId(7),
                }],
            }),
        ),
        ("command.put_source", command(Command::PutSource { source })),
        ("command.quarantine", command(Command::Quarantine { item })),
        ("command.settle_quarantine", command(Command::SettleQuarantine { number: 1, replayed: true })),
        (
            "command.count_rejected",
            command(Command::CountRejected { source: SourceId(4), duplicates: 3, rejected: 1 }),
        ),
        ("command.quote", command(Command::Quote { customer: CustomerId(5), request: sealed(5) })),
        (
            "command.decide",
            command(Command::Decide {
                customer: CustomerId(5),
                request: sealed(5),
                holds: vec![OfferHold {
                    offer: "lamp".into(),
                    decision: DecisionId(2_049),
                    until: Timestamp(99),
                    instead_of: vec![DecisionId(1_025)],
                }],
            }),
        ),
        (
            "command.take_offer",
            command(Command::TakeOffer {
                customer: CustomerId(5),
                offer: "lamp".into(),
                decision: DecisionId(2_049),
                granted: true,
            }),
        ),
        (
            "command.conversation",
            command(Command::Conversation {
                customer: CustomerId(5),
                conversation: ConversationId(70),
                action: sealed(7),
            }),
        ),
        (
            "command.admit_entry",
            command(Command::AdmitEntry {
                customer: CustomerId(5),
                journey: "cart".into(),
                refusal: Some(model::EntryRefusal::CapReached {
                    entries: 10,
                    per: Some(model::Span(3_600_000)),
                    again_at: Some(Timestamp(99)),
                }),
            }),
        ),
        (
            "command.presence",
            command(Command::Presence { agent: "anna".into(), presence: Presence::Available }),
        ),
        (
            "catalogue",
            Record::Catalogue(CatalogueRecord {
                received: Timestamp(13),
                by: "admin".into(),
                catalogue: Catalogue { version: 2, files },
            }),
        ),
        ("tick", Record::Tick(TickRecord { now: Timestamp(14) })),
    ]
}

fn hex(record: &Record) -> String {
    let mut bytes = Vec::new();
    record.encode_into(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_record_ever_written_parses_and_means_the_same() {
    for (name, record) in records() {
        let line = GOLDEN.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        let bytes = line.unwrap_or_else(|| panic!("add to golden/records.txt: {name} {}", hex(&record)));
        assert_eq!(Record::decode(&unhex(bytes)).unwrap(), record, "{name}");
    }
}

#[test]
fn what_is_written_today_is_what_the_golden_lines_hold() {
    for (name, record) in records() {
        let today = format!("{name} {}", hex(&record));
        assert!(GOLDEN.lines().any(|line| line == today), "{name} is encoded differently");
    }
}
