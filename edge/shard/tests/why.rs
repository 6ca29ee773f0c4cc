//! Why, and why not: what each event was to a journey, proved by the ledger.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use expect_test::expect;
use model::{CustomerId, Timestamp};
use support::{World, publish, put_source};

const SCHEMA: &str = "traits: {city: text}\nevents:\n  Order Completed: {properties: {total: double}}\n  Cart Left: {properties: {}}\n";
const SEGMENT: &str = "name: buyers\ntitle: T\ndescription: d\nwhen: count(\"Order Completed\") >= 1\n";
const JOURNEY: &str = "name: cart
title: Cart
entry:
  - {event: Cart Left, when: 'profile.traits.city == \"Oslo\" && in_segment(\"buyers\")'}
  - {segment: buyers, on: leaving}
  - {schedule: {every: day, at: \"09:00\"}, when: profile.traits.city == \"Oslo\"}
reentry: never
steps:
  - {id: say, kind: message, channel: webchat, text: Still there?}
";

#[test]
fn each_event_is_explained_with_what_its_condition_read_then() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    publish(
        &mut world,
        &mut shard,
        &[("schema.yaml", SCHEMA), ("segments/buyers.yaml", SEGMENT), ("journeys/cart.yaml", JOURNEY)],
    );
    let track = |name: &str, id: u64| {
        format!(
            r#"{{"type":"track","event":"{name}","userId":"u","messageId":"m{id}","properties":{{"total":5.5}}}}"#
        )
    };
    world.send(&mut shard, &track("Cart Left", 1));
    world.send(&mut shard, &track("Order Completed", 2));
    world.send(&mut shard, &track("Cart Left", 3));
    world.send(&mut shard, r#"{"type":"identify","userId":"u","messageId":"m4","traits":{"city":"Oslo"}}"#);
    world.send(&mut shard, &track("Cart Left", 5));
    world.send(&mut shard, &track("Cart Left", 6));
    let customer = CustomerId(1);
    let engine = shard.view().engine().clone();
    let held = shard.view().customer(customer).unwrap().unwrap().clone();
    let thread = shard.view().thread(customer).unwrap().unwrap();
    let explained = shard::why(&engine, shard.keys(), &thread, "cart", Timestamp(world.now), |_| 0).unwrap();
    let mut text = String::new();
    for own in &explained {
        for entry in &own.entries {
            text.push_str(&format!("{} {}: {}\n", own.time.0 / 1_000, own.event, entry.sentence()));
        }
    }
    for way in engine.ways_in(&held, "cart", |_| explained.len() as u64) {
        text.push_str(&format!("{}: {}\n", way.entry, way.standing));
    }
    expect![[r#"
        1002 Cart Left: `profile.traits.city == "Oslo" && in_segment("buyers")` did not hold (profile.traits.city is not known, in_segment("buyers") was false)
        1004 Cart Left: `profile.traits.city == "Oslo" && in_segment("buyers")` did not hold (profile.traits.city is not known, in_segment("buyers") was true)
        1006 Cart Left: a run began
        1007 Cart Left: it is entered once, and was at 1970-01-01T00:16:46.000Z
        Cart Left: “Cart Left” came 4 times
        leaving buyers: the customer is in “buyers” still
        every day at 09:00 (UTC): it is due at 1970-01-01T09:00:00.000Z
    "#]].assert_eq(&text);
    assert!(
        shard::why(&engine, shard.keys(), &thread, "other", Timestamp(world.now), |_| 0).unwrap().is_empty()
    );
}
