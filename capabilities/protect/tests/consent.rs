//! What customers say, and what may be sent to them then. Every script is run in every order of its events.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use expect_test::{Expect, expect};
use model::{Channel, Event, Purpose, Seq, SourceId, Stamp, StrandId, Timestamp};
use protect::{Ask, Consents, Policy, Verdict, judge};

/// Lines: `10:00 #1 email Consent Granted {"purpose":"marketing"}`, then `linked #2 10:05` and
/// `judge marketing email`.
fn check(script: &str, expected: Expect) {
    let lines: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said: Vec<&&str> =
        lines.iter().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    let mut answers: Vec<String> = permutations(said.len())
        .into_iter()
        .map(|order| {
            let mut consents = Consents::default();
            for place in order {
                note(&mut consents, said[place], place as u64 + 1);
            }
            let stored: Consents = minicbor::decode(&minicbor::to_vec(&consents).unwrap()).unwrap();
            assert_eq!(stored, consents);
            judgements(&stored, &lines)
        })
        .collect();
    answers.dedup();
    assert_eq!(answers.len(), 1, "the order of arrival matters: {answers:#?}");
    expected.assert_eq(&answers[0]);
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |orders, next| {
        let insert = |order: &Vec<usize>| {
            (0..=order.len())
                .map(|place| [&order[..place], &[next], &order[place..]].concat())
                .collect::<Vec<_>>()
        };
        orders.iter().flat_map(insert).collect()
    })
}

fn time(clock: &str) -> Timestamp {
    format!("2026-03-01T{clock}:00Z").parse().unwrap()
}

fn strand(text: &str) -> StrandId {
    StrandId(text.trim_start_matches('#').parse().unwrap())
}

fn note(consents: &mut Consents, line: &str, seq: u64) {
    let [clock, own, channel, rest] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let (name, properties) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
    let properties = if properties.is_empty() { "{}" } else { properties };
    let body =
        format!(r#"{{"type":"track","event":"{}","userId":"u","properties":{properties}}}"#, name.trim());
    let channel: Channel = channel.parse().unwrap();
    let stamp = Stamp { source: SourceId(1), channel, time: time(clock), received: time(clock) };
    let event = Event::parse(body.into_bytes().into(), stamp).unwrap();
    consents.note(&event, strand(own), Seq(seq), &Policy::default());
}

fn judgements(consents: &Consents, lines: &[&str]) -> String {
    let linked = |own: StrandId| {
        let named = lines.iter().filter_map(|line| line.strip_prefix("linked ")?.split_once(' '));
        named
            .filter(|(text, _)| strand(text) == own)
            .map(|(_, clock)| time(clock))
            .max()
            .unwrap_or(Timestamp::MIN)
    };
    let mut answers = String::new();
    for line in lines {
        let Some((purpose, channel)) = line.strip_prefix("judge ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let purpose = Purpose::ALL.into_iter().find(|known| known.as_str() == purpose).unwrap();
        let ask = Ask { purpose, channel: channel.parse().unwrap() };
        let answer = match judge(consents, &Policy::default(), &ask, &[], &linked) {
            Verdict::Allowed { proof } => format!("yes: {}", proof.sentence()),
            Verdict::Held(reason) => format!("no: {}", reason.sentence()),
        };
        answers.push_str(&format!("{} {channel}: {answer}\n", purpose.as_str()));
    }
    answers
}

#[test]
fn marketing_needs_a_yes_and_service_does_not() {
    check(
        "judge marketing email
         judge service email
         judge analytics web",
        expect![[r#"
            marketing email: no: the customer has not agreed to marketing by e-mail
            service email: yes: it needs no opt-in and the customer has not objected
            analytics web: no: the customer has not agreed to analytics by the web
        "#]],
    );
}

#[test]
fn a_yes_is_the_proof() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing","channel":"email","text":"Yes, write to me"}
           judge marketing email
           judge marketing sms"#,
        expect![[r#"
            marketing email: yes: the customer agreed by the web at 2026-03-01T10:00:00.000Z
            marketing sms: no: the customer has not agreed to marketing by SMS
        "#]],
    );
}

#[test]
fn stop_counts_on_its_channel_until_a_later_yes() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 sms Message Received {"text":"Stop."}
           judge marketing sms
           judge marketing email"#,
        expect![[r#"
            marketing sms: no: the customer said no to marketing by SMS at 2026-03-01T10:05:00.000Z
            marketing email: yes: the customer agreed by the web at 2026-03-01T10:00:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 sms Message Received {"text":"STOP"}
           10:09 #1 store Consent Granted {"purpose":"marketing","channel":"sms"}
           judge marketing sms"#,
        expect![[r#"
            marketing sms: yes: the customer agreed by store at 2026-03-01T10:09:00.000Z
        "#]],
    );
}

#[test]
fn minds_change_more_than_once() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 web Consent Revoked {"purpose":"marketing"}
           10:10 #1 web Consent Granted {"purpose":"marketing"}
           judge marketing email"#,
        expect![[r#"
            marketing email: yes: the customer agreed by the web at 2026-03-01T10:10:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Revoked {"purpose":"marketing"}
           10:05 #1 web Consent Granted {"purpose":"marketing"}
           10:10 #1 web Consent Revoked {"purpose":"marketing"}
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by the web at 2026-03-01T10:10:00.000Z
        "#]],
    );
}

#[test]
fn yes_and_no_at_once_is_a_no() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:00 #1 web Consent Revoked {"purpose":"marketing"}
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by the web at 2026-03-01T10:00:00.000Z
        "#]],
    );
}

#[test]
fn mail_opts_out_by_first_line_subject_and_one_click() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 email Message Received {"text":"unsubscribe\n\nAda Example\nHarbour Street 1"}
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by e-mail at 2026-03-01T10:05:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 email Message Received {"subject":"Unsubscribe","text":""}
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by e-mail at 2026-03-01T10:05:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 web Unsubscribed
           judge marketing email
           judge marketing sms"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by the web at 2026-03-01T10:05:00.000Z
            marketing sms: yes: the customer agreed by the web at 2026-03-01T10:00:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 webchat Message Received {"text":"stop\n\nplease hold my order until Friday"}
           judge marketing webchat"#,
        expect![[r#"
            marketing webchat: yes: the customer agreed by the web at 2026-03-01T10:00:00.000Z
        "#]],
    );
}

#[test]
fn service_honours_an_explicit_no_on_its_channel() {
    check(
        r#"10:00 #1 web Consent Revoked {"purpose":"service","channel":"email"}
           judge service email
           judge service webchat"#,
        expect![[r#"
            service email: no: the customer said no to service by the web at 2026-03-01T10:00:00.000Z
            service webchat: yes: it needs no opt-in and the customer has not objected
        "#]],
    );
}

#[test]
fn after_a_merge_the_strictest_consent_wins() {
    check(
        r#"10:00 #1 sms Consent Revoked {"purpose":"marketing"}
           10:05 #2 web Consent Granted {"purpose":"marketing"}
           linked #2 10:10
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by SMS at 2026-03-01T10:00:00.000Z
        "#]],
    );
    check(
        r#"10:00 #1 sms Consent Revoked {"purpose":"marketing"}
           10:15 #2 web Consent Granted {"purpose":"marketing"}
           linked #2 10:10
           judge marketing email"#,
        expect![[r#"
            marketing email: yes: the customer agreed by the web at 2026-03-01T10:15:00.000Z
        "#]],
    );
    check(
        r#"10:00 #2 sms Consent Revoked {"purpose":"marketing"}
           10:05 #2 sms Consent Granted {"purpose":"marketing"}
           linked #2 10:10
           judge marketing email"#,
        expect![[r#"
            marketing email: yes: the customer agreed by SMS at 2026-03-01T10:05:00.000Z
        "#]],
    );
}

#[test]
fn a_no_without_a_purpose_is_about_marketing_and_a_yes_without_one_says_nothing() {
    check(
        r#"10:00 #1 web Consent Granted {"purpose":"marketing"}
           10:05 #1 web Consent Revoked {}
           judge marketing email
           judge service email"#,
        expect![[r#"
            marketing email: no: the customer said no to marketing by the web at 2026-03-01T10:05:00.000Z
            service email: yes: it needs no opt-in and the customer has not objected
        "#]],
    );
    check(
        r#"10:00 #1 web Consent Granted {"channel":"email"}
           judge marketing email"#,
        expect![[r#"
            marketing email: no: the customer has not agreed to marketing by e-mail
        "#]],
    );
}

#[test]
fn an_unmerge_takes_what_was_said_along() {
    let mut consents = Consents::default();
    note(&mut consents, r#"10:00 #1 web Consent Granted {"purpose":"marketing"}"#, 1);
    note(&mut consents, r#"10:01 #2 sms Message Received {"text":"STOP"}"#, 2);
    let whole = consents.clone();
    let taken = consents.take(&[StrandId(2)]);
    let marketing = |consents: &Consents| judgements(consents, &["judge marketing sms"]);
    assert!(marketing(&consents).contains("yes"), "{}", marketing(&consents));
    assert!(marketing(&taken).contains("no"), "{}", marketing(&taken));
    consents.absorb(taken);
    assert_eq!(consents, whole);
    assert_eq!(minicbor::to_vec(Consents::default()).unwrap(), [0x80]);
}

#[test]
fn the_view_shows_what_holds() {
    let mut consents = Consents::default();
    note(&mut consents, r#"10:00 #1 web Consent Granted {"purpose":"marketing","channel":"sms"}"#, 1);
    let view = serde_json::to_value(consents.view(&Policy::default(), &|_| Timestamp::MIN)).unwrap();
    let sms =
        view.as_array().unwrap().iter().find(|row| row["purpose"] == "marketing" && row["channel"] == "sms");
    assert_eq!(sms.unwrap()["allowed"], true);
    assert_eq!(view.as_array().unwrap().len(), 12);
}
