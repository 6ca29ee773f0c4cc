//! The demo's tests hold, and a test that should fail does: with what was expected and what happened instead.

use std::path::Path;

use model::{Catalogue, CatalogueFile};

use super::report::Report;
use super::{play_all, problems, read_catalogue, read_tests, scripts};

/// The demo brand's own folder.
fn demo() -> (Catalogue, Vec<CatalogueFile>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    (read_catalogue(&folder).unwrap(), read_tests(&folder).unwrap())
}

fn edit(catalogue: &mut Catalogue, path: &str, from: &str, to: &str) {
    let file = catalogue.files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(from), "{path} has `{from}`");
    file.text = file.text.replace(from, to);
}

fn file(text: &str) -> CatalogueFile {
    CatalogueFile { path: "tests/own.yaml".into(), text: text.into() }
}

fn report(catalogue: &Catalogue, files: &[CatalogueFile]) -> Report {
    match scripts(catalogue, files) {
        Ok(scripts) => Report::of(play_all(catalogue, &scripts).unwrap()),
        Err(problems) => Report::refused(problems),
    }
}

fn mistakes(text: &str) -> Vec<String> {
    problems(&demo().0, &[file(text)]).iter().map(ToString::to_string).collect()
}

/// A test with these steps.
fn steps(steps: &str) -> String {
    format!("name: own\ncustomer: {{user_id: ada, email: ada@example.com}}\nsteps:\n{steps}")
}

#[test]
fn the_demos_tests_hold() {
    let (catalogue, files) = demo();
    assert!(files.len() >= 4);
    assert!(catalogue.files.iter().all(|file| !file.path.starts_with("tests/")), "tests are not published");
    let report = report(&catalogue, &files);
    assert!(report.is_good(), "{report}");
    assert_eq!(report.passed, files.len());
}

#[test]
fn a_journey_that_picks_up_too_early_is_found() {
    let (mut catalogue, files) = demo();
    edit(&mut catalogue, "journeys/add-on.yaml", "after: 20s", "after: 10s");
    let report = report(&catalogue, &files);
    let failed: Vec<&str> =
        report.tests.iter().filter(|test| !test.passed).map(|test| test.file.as_str()).collect();
    assert_eq!(failed, ["tests/care-package-by-sms.yaml", "tests/care-package.yaml"], "{report}");
}

#[test]
fn what_is_not_met_is_told_with_what_happened_instead() {
    let text = steps(
        "  - says: a care package, please
    channel: webchat
    expect:
      - sends: {channel: webchat, text: Which piece}
  - after: 1m
    expect:
      - sends: {channel: email, subject: 3 questions left}
      - ends: {journey: add-on}
      - calls: nothing
  - expect:
      - sends: nothing
",
    );
    let report = report(&demo().0, &[file(&text)]);
    assert!(!report.is_good());
    assert_eq!(
        report.to_string(),
        "FAILED  tests/own.yaml: own
  line 10: expected a message by email with the subject “3 questions left” to be sent
  line 11: expected the journey “add-on” to end
  sent until then:
            0s  webchat  Gladly! A care package keeps your furniture as it was on the first day. Four short questions. Which …
           20s  email    Your care package: 4 questions left:  Hello, you were adding a care package, some questions left: which piece of furniture it is for; whic…
  the runs:
    add-on waits at “questions” for the answer to “which piece of furniture it is for”, until 2026-03-16T09:00:20.000Z
0 ok, 1 failed
"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["tests"][0]["failures"][0]["line"], 10);
    assert_eq!(json["tests"][0]["sent"][1]["after"], "20s");
}

/// Each expectation, once met and once not: one that always holds would be no test.
#[test]
fn every_expectation_can_fail() {
    let pairs = [
        ("sends: {channel: webchat}", "sends: {channel: email}"),
        ("sends: {at: 0s, times: 1}", "sends: {at: 1s}"),
        ("sends: {purpose: service, in_all: 1}", "sends: {in_all: 2}"),
        ("never_sends: {text: Which day}", "never_sends: {text: Which piece}"),
        ("calls: nothing", "calls: {event: add_on.ordered}"),
        ("calls: {times: 0}", "sends: nothing"),
        ("starts: {journey: add-on}", "starts: {journey: sofa-days}"),
        ("starts: {journey: add-on, times: 1}", "starts: {journey: add-on, times: 2}"),
        ("waits: {journey: add-on, step: questions}", "waits: {journey: add-on, step: order}"),
        ("waits: {journey: add-on, question: item}", "waits: {journey: add-on, question: plan}"),
        ("knows: {journey: add-on, slots: {}}", "knows: {journey: add-on, slots: {item: sofa}}"),
        ("not_in_segment: vip", "in_segment: vip"),
        ("profile: {computed: {orders: 0}}", "profile: {computed: {orders: 1}}"),
        ("sends: {}", "ends: {journey: add-on}"),
        ("sends: {}", "reaches: {journey: add-on}"),
        ("sends: {}", "holds: {}"),
    ];
    let catalogue = demo().0;
    for (met, unmet) in pairs {
        let played = |expectation: &str| {
            let step = "  - says: a care package, please\n    channel: webchat\n    expect:\n      - ";
            report(&catalogue, &[file(&steps(&format!("{step}{expectation}\n")))])
        };
        assert_eq!(played(met).passed, 1, "{met}: {}", played(met));
        assert_eq!(played(unmet).failed, 1, "{unmet}: {}", played(unmet));
    }
}

#[test]
fn answers_hold_from_where_they_stand() {
    let text = steps(
        "  - does: Add-on Requested
    properties: {item: bed}
    channel: webchat
    answers: [{send: email, fails: no such mailbox}]
  - says: plus
  - after: 1m
    answers: [{call: add_on.ordered, fails: closed}]
    expect: [{never_sends: {channel: email}}]
  - says: tomorrow
    channel: webchat
  - says: Ground floor
    expect:
      - calls: {event: add_on.ordered, payload: {item: bed}}
      - sends: {channel: webchat, text: could not place the order}
      - sends: {text: Your care package is ordered}
",
    );
    let report = report(&demo().0, &[file(&text)]);
    let failures: Vec<&str> =
        report.tests[0].failures.iter().map(|failure| failure.expected.as_str()).collect();
    assert_eq!(failures, ["a message with the text “Your care package is ordered” to be sent"], "{report}");
    let failed: Vec<&str> = report.tests[0].sent.iter().filter_map(|sent| sent.failure.as_deref()).collect();
    assert_eq!(failed, ["no such mailbox", "closed"]);
}

#[test]
fn a_called_system_that_cannot_be_reached_is_called_again_and_one_that_refuses_is_not() {
    let mut catalogue = demo().0;
    let own = "retries: {count: 3, first: 10s, factor: 2}\n    on_refused: sorry\n    on_failure: technician";
    edit(&mut catalogue, "journeys/activation.yaml", "on_failure: technician", own);
    let play = |answer: &str, expectations: &str| {
        let text = format!(
            "  - does: Activation Ordered
    properties: {{order_id: A-1, device: L-77}}
    channel: web
    answers: [{{call: light.activate, {answer}}}]
  - after: 1h
    expect:{expectations}
"
        );
        report(&catalogue, &[file(&steps(&text))])
    };
    let told = "\n      - ends: {journey: activation, how: finished}\n      - sends: {text: ";
    for (answer, expected) in [
        ("refuses: sold out", format!("{told}We could not activate, at: 0s}}")),
        ("unreachable: 2", format!("{told}is ready, at: 30s}}")),
        ("unreachable: 2, returns: {activation_no: X-9}", format!("{told}activation X-9, at: 30s}}")),
        ("unreachable: 1, refuses: sold out", format!("{told}We could not activate, at: 10s}}")),
        ("unreachable: 4", "\n      - waits: {journey: activation, step: technician}".into()),
    ] {
        let report = play(answer, &expected);
        assert!(report.is_good(), "{answer}: {report}");
    }
    let later = play("unreachable: 2", &format!("{told}is ready, at: 29s}}"));
    assert_eq!(later.failed, 1, "{later}");
}

#[test]
fn a_complaint_of_which_nothing_more_is_heard_holds_as_long_as_the_brand_says() {
    let mut catalogue = demo().0;
    edit(&mut catalogue, "service.yaml", "complaints_hold_for: 90d", "complaints_hold_for: 10d");
    let play = |days: u32, expectation: &str| {
        let text = format!(
            "  - does: Consent Granted
    properties: {{purpose: marketing, channel: email}}
    channel: web
  - does: Complaint Opened
    properties: {{complaint_id: C1, subject: The cover is torn}}
  - after: {days}d
    does: Product Viewed
    properties: {{category: sofas, name: Pier}}
  - does: Product Viewed
    properties: {{category: sofas, name: Quay}}
  - does: Product Viewed
    properties: {{category: sofas, name: Pier}}
  - after: 1h
    expect: [{{{expectation}}}]
"
        );
        report(&catalogue, &[file(&steps(&text))])
    };
    let held = "holds: {purpose: marketing, reason: complaint_open}";
    let sent = "sends: {purpose: marketing, subject: Sofa days}";
    for (days, met, unmet) in [(9, held, sent), (11, sent, held)] {
        assert!(play(days, met).is_good(), "after {days} days: {}", play(days, met));
        assert_eq!(play(days, unmet).failed, 1, "after {days} days");
    }
}

#[test]
fn customers_that_no_event_joins_are_named() {
    let text = steps(
        "  - says: a care package, please
    as: {anonymous_id: tab}
    channel: webchat
  - says: sofa
    channel: email
    as: {email: ada@example.com}
    expect: [{waits: {journey: add-on, question: plan}}]
",
    );
    let report = report(&demo().0, &[file(&text)]);
    assert!(report.to_string().contains("these are 2 customers"), "{report}");
}

#[test]
fn mistakes_are_named_with_line_and_remedy() {
    assert_eq!(
        mistakes(&steps(
            "  - says: hello
    channel: webchat
    expect:
      - waits: {journey: addon}
      - waits: {journey: sofa-days, step: paus}
      - waits: {journey: add-on, question: flor}
      - in_segment: vips
      - sends: {channel: web}
  - at: 10s
    after: 5s
  - at: 1s
    properties: {a: 1}
  - says: a
    does: b
"
        )),
        [
            "tests/own.yaml: line 7: there is no journey `addon`. Name one of: activation, add-on, after-order, cart, complaint, furniture-insurance, order-problem, question, regulars, sofa-days",
            "tests/own.yaml: line 8: there is no step `paus`. Name one of: pause, invitation, interest, bought, over",
            "tests/own.yaml: line 9: there is no slot `flor`. Name one of: access, item, plan, visit_day",
            "tests/own.yaml: line 10: there is no segment `vips`. Name one of: full-cart, lapsed, local, new-customer, regular, sofa-shopper, unhappy, vip",
            "tests/own.yaml: line 11: no message goes out on `web`. Name one of: email, letter, sms, webchat",
            "tests/own.yaml: line 12: `at` and `after` both say when. Write one of them",
            "tests/own.yaml: line 14: `properties` stands in a step it says nothing about. Write `does` in this step, or remove `properties`",
            "tests/own.yaml: line 16: `says`, `does` and `traits` are different things. Make a step of each",
        ]
    );
    let early = mistakes(&steps("  - at: 10s\n    expect: [{sends: nothing}]\n  - at: 1s\n"));
    assert_eq!(early.len(), 1);
    assert!(early[0].contains("line 6: `at` is 9s earlier than the step before"), "{early:?}");
    assert!(mistakes(&steps("  - says: hello\n"))[0].contains("nothing is expected"));
}

#[test]
fn a_wrong_shape_is_refused_at_its_line() {
    for (wrong, words) in [
        ("  - say: hello\n", ["unknown field `say`", "line 4"]),
        ("  - says: hello\n    after: 5 minutes\n", ["`5 minutes` is not a span", "line 5"]),
        ("  - expect:\n      - send: {}\n", ["unknown variant `send`", "line 5"]),
        ("  - expect:\n      - sends: {chanel: email}\n", ["unknown field `chanel`", "line 5"]),
        ("  - expect:\n      - sends: something\n", ["the word `nothing`", "line 5"]),
        (
            "  - expect:\n      - ends: {journey: add-on, how: completed}\n",
            ["unknown variant `completed`", "line 5"],
        ),
    ] {
        let found = mistakes(&steps(wrong));
        assert!(words.iter().all(|word| found[0].contains(word)), "{wrong}: {found:?}");
    }
}

#[test]
fn the_schema_names_every_expectation() {
    let schema = super::json_schema().to_string();
    for name in ["sends", "never_sends", "calls", "holds", "starts", "reaches", "ends", "waits", "knows"] {
        assert!(schema.contains(&format!("\"{name}\"")), "{name}");
    }
}
