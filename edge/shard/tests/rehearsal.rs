//! What a draft would have done to recorded history.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use ledger::Reader;
use ledger::memory_disk::MemoryDisk;
use model::{Catalogue, CatalogueFile, Timestamp};
use shard::{Order, RehearsalError, RehearsalReport, Script, Shard, rehearse};
use support::{World, publish, put_source};

const SCHEMA: &str =
    "traits: {}\nevents:\n  Order Completed: {properties: {total: double}}\n  Cart Left: {properties: {}}\n";
const BIG: &str = "name: big\ntitle: T\ndescription: d\nwhen: sum(\"Order Completed\", \"total\") >= 100\n";

fn journey(wait: &str, after: &str) -> String {
    format!(
        "name: cart\ntitle: Cart\nentry: {{event: Cart Left, max_age: 365d}}\nsteps:\n  - {{id: pause, kind: wait, until: {{event: Order Completed, next: end}}, timeout: {wait}}}\n  - {{id: say, kind: message, channel: webchat, text: Still there?}}\n{after}"
    )
}

/// Ten customers leave a cart; those of even number order half an hour later.
fn history() -> (World, Shard<MemoryDisk>) {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    let hour = journey("1h", "");
    publish(
        &mut world,
        &mut shard,
        &[("schema.yaml", SCHEMA), ("segments/big.yaml", BIG), ("journeys/cart.yaml", &hour)],
    );
    let event = |name: &str, user: u64, total: u64| {
        format!(
            r#"{{"type":"track","event":"{name}","userId":"u{user}","messageId":"{name}-{user}-{total}","properties":{{"total":{total}.5}}}}"#
        )
    };
    world.send(&mut shard, &event("Order Completed", 1, 200));
    for user in 0..10 {
        world.send(&mut shard, &event("Cart Left", user, 0));
    }
    world.now += 30 * 60_000;
    shard.order(Order::Tick, Timestamp(world.now)).unwrap();
    for user in (0..10).step_by(2) {
        world.send(&mut shard, &event("Order Completed", user, 10));
    }
    world.now += 2 * 3_600_000;
    shard.order(Order::Tick, Timestamp(world.now)).unwrap();
    (world, shard)
}

fn draft(text: &str) -> Catalogue {
    let file = |path: &str, text: &str| CatalogueFile { path: path.into(), text: text.into() };
    let files =
        vec![file("schema.yaml", SCHEMA), file("segments/big.yaml", BIG), file("journeys/cart.yaml", text)];
    Catalogue { version: 0, files }
}

fn play(
    (world, shard): &(World, Shard<MemoryDisk>),
    text: &str,
    change: impl Fn(&mut Script),
) -> Result<RehearsalReport, RehearsalError> {
    let reader = Reader::open(world.disk.clone()).unwrap();
    let mut script = Script {
        draft: draft(text),
        from: Timestamp(1_001_500),
        to: Timestamp(world.now),
        sample: 100,
        segment: None,
    };
    change(&mut script);
    rehearse(&reader, shard.keys(), &script, |_| {})
}

#[test]
fn a_shorter_wait_would_have_written_to_those_who_ordered() {
    let history = history();
    let same = play(&history, &journey("1h", ""), |_| {}).unwrap();
    assert_eq!((same.customers, same.different), (10, 0));
    let cart = &same.journeys["cart"];
    assert_eq!((cart.published.steps["say"], cart.published.messages["webchat"]), (5, 5));
    assert_eq!(cart.published, cart.draft);

    let shorter = play(
        &history,
        &journey("10m", "  - {id: never, kind: wait, for: 300d}\n  - {id: last, kind: exit}\n"),
        |_| {},
    )
    .unwrap();
    let cart = &shorter.journeys["cart"];
    assert_eq!((cart.published.entered, cart.draft.entered), (10, 10));
    assert_eq!((cart.published.messages["webchat"], cart.draft.messages["webchat"]), (5, 10));
    assert_eq!(cart.uncovered, ["last"]);
    assert_eq!(shorter.different, 10);
    let one = &shorter.differences[0];
    let said = one.draft.iter().find(|line| line.sentence.ends_with("Still there?")).unwrap();
    let begun = one.draft.iter().find(|line| line.sentence.contains("started")).unwrap();
    assert_eq!(said.time.since(begun.time).0, 10 * 60_000, "a timer of the draft fires when it is due");
}

#[test]
fn the_live_shard_hears_nothing_of_it() {
    let (world, mut shard) = history();
    let before = shard.state_hash().unwrap();
    let pair = (world, shard);
    play(&pair, &journey("10m", ""), |_| {}).unwrap();
    assert_eq!({ pair }.1.state_hash().unwrap(), before);
}

#[test]
fn a_period_a_segment_and_a_sample_narrow_it() {
    let history = history();
    let text = journey("10m", "");
    let late = play(&history, &text, |script| script.from = Timestamp(script.to.0 - 60_000)).unwrap();
    assert_eq!(late.customers, 0, "nothing happened in the last minute");
    let segment = play(&history, &text, |script| {
        script.from = Timestamp(1_002_500);
        script.segment = Some("big".into());
    });
    assert_eq!(segment.unwrap().customers, 1);
    let sampled: Vec<u64> = [30, 60, 100]
        .map(|sample| play(&history, &text, |script| script.sample = sample).unwrap().customers)
        .to_vec();
    assert!(0 < sampled[0] && sampled[0] < sampled[1] && sampled[1] < sampled[2], "{sampled:?}");
}

#[test]
fn mistakes_are_named_with_their_remedy() {
    let history = history();
    let text = journey("10m", "");
    let wrong = |change: &dyn Fn(&mut Script)| play(&history, &text, change).unwrap_err().to_string();
    assert_eq!(
        wrong(&|script| script.sample = 0),
        "`sample` is 0; write 1 to 100, the customers of a hundred that take part"
    );
    assert_eq!(
        wrong(&|script| script.segment = Some("vip".into())),
        "there is no segment `vip` then; there are: big"
    );
    assert!(wrong(&|script| script.from = script.to).ends_with("the period is empty"));
    match play(&history, &text.replace("Cart Left", "Cart Lost"), |_| {}) {
        Err(RehearsalError::Problems(problems)) => {
            assert_eq!(problems[0].place.path, "entry.event");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn leaving_out_those_whom_no_journey_notices_changes_nothing() {
    let (mut world, mut shard) = history();
    let event = |name: &str, user: &str, number: u64| {
        format!(
            r#"{{"type":"track","event":"{name}","userId":"{user}","messageId":"{name}-{user}-{number}","properties":{{"total":50.0,"text":"Hello"}}}}"#
        )
    };
    for number in 0..3 {
        world.send(&mut shard, &event("Order Completed", "nobody", number));
    }
    world.send(&mut shard, &event("Message Received", "writer", 0));
    // Their order counts for a journey that they come into as somebody else.
    world.send(&mut shard, r#"{"type":"track","event":"Order Completed","anonymousId":"a","messageId":"a1","properties":{"total":150.0}}"#);
    world.send(&mut shard, r#"{"type":"track","event":"Order Completed","userId":"ua","messageId":"a2","properties":{"total":1.0}}"#);
    world.send(&mut shard, r#"{"type":"identify","anonymousId":"a","userId":"ua","messageId":"a3"}"#);
    world.send(&mut shard, &event("Cart Left", "ua", 0));
    world.now += 3_600_000;
    shard.order(Order::Tick, Timestamp(world.now)).unwrap();
    let history = (world, shard);
    let big = journey("10m", "").replace("max_age: 365d", "max_age: 365d, when: 'in_segment(\"big\")'");
    let some = play(&history, &big, |_| {}).unwrap();
    // A journey that starts without an event makes everybody worth looking at.
    let idle = "name: idle\ntitle: Idle\nentry: {segment: nobody}\nsteps:\n  - {id: over, kind: exit}\n";
    let nobody =
        "name: nobody\ntitle: Nobody\ndescription: d\nwhen: sum(\"Order Completed\", \"total\") >= 1000000\n";
    let mut everybody = play(&history, &big, |script| {
        let file = |path: &str, text: &str| CatalogueFile { path: path.into(), text: text.into() };
        script.draft.files.extend([file("journeys/idle.yaml", idle), file("segments/nobody.yaml", nobody)]);
        script.draft.files.sort_by(|a, b| a.path.cmp(&b.path));
    })
    .unwrap();
    assert_eq!(everybody.journeys.remove("idle").unwrap().draft.entered, 0);
    assert_eq!(some, everybody);
    assert_eq!(
        some.journeys["cart"].draft.entered, 2,
        "the one who ordered for 200, and the one who became one"
    );
}
