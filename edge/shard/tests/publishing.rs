//! What a publication does to the customers that are there already.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use ledger::memory_disk::MemoryDisk;
use shard::Shard;
use state::MemoryStore;
use support::{World, publish, put_source};

const SCHEMA: &str =
    "traits: {}\nevents:\n  Order Completed: {properties: {total: double}}\n  Thanked: {properties: {}}\n";

/// Enough customers for several threads.
const CUSTOMERS: u64 = 200;

fn segment(name: &str, when: &str) -> String {
    format!("name: {name}\ntitle: T\ndescription: d\nwhen: {when}\n")
}

fn order(world: &mut World, shard: &mut Shard<MemoryDisk>, user: u64, number: u64) {
    let body = format!(
        r#"{{"type":"track","event":"Order Completed","userId":"u{user}","messageId":"{user}-{number}","properties":{{"total":2.5}}}}"#
    );
    world.send(shard, &body);
}

fn members(shard: &mut Shard<MemoryDisk>, segment: &str) -> i64 {
    shard.view().books().segments.get(segment).copied().unwrap_or(0)
}

fn replay_agrees(shard: Shard<MemoryDisk>) {
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}

#[test]
fn a_segment_published_later_counts_the_events_from_before_and_each_of_them_once() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    for user in 0..CUSTOMERS {
        (0..1 + user % 3).for_each(|number| order(&mut world, &mut shard, user, number));
    }
    // So many that some of the thread stands in rows of its own.
    (10..60).for_each(|number| order(&mut world, &mut shard, 0, number));
    let (twice, often) = (
        segment("twice", "count(\"Order Completed\", \"30d\") == 2"),
        segment("often", "count(\"Order Completed\") > 50"),
    );
    let rich = segment("rich", "sum(\"Order Completed\", \"total\") >= 7.5");
    let mut files =
        vec![("schema.yaml", SCHEMA), ("segments/twice.yaml", &twice), ("segments/often.yaml", &often)];
    publish(&mut world, &mut shard, &files);
    let two = (0..CUSTOMERS).filter(|user| user % 3 == 1).count() as i64;
    let three = (0..CUSTOMERS).filter(|user| user % 3 == 2).count() as i64;
    assert_eq!((members(&mut shard, "twice"), members(&mut shard, "often")), (two, 1));
    files.push(("segments/rich.yaml", &rich));
    publish(&mut world, &mut shard, &files);
    let counts = ["twice", "often", "rich"].map(|name| members(&mut shard, name));
    assert_eq!(counts, [two, 1, three + 1], "what was counted once is not counted again");
    order(&mut world, &mut shard, 3, 1);
    assert_eq!(members(&mut shard, "twice"), two + 1, "and goes on from there");
    drop(shard);
    world.disk.crash(1);
    world.slots.crash(1);
    world.store.crash(0);
    let mut shard = world.open();
    assert_eq!(["twice", "often", "rich"].map(|name| members(&mut shard, name)), [two + 1, 1, three + 1]);
    replay_agrees(shard);
}

const JOURNEY: &str = r#"name: thanks
title: Thanks
description: d
entry: [{event: Order Completed}]
reentry: always
purpose: service
steps:
  - {id: thanked, kind: goal, goal: thanked, event: Thanked, ends: true}
"#;

#[test]
fn what_journeys_said_has_happened_still_counts_after_a_publication() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    let thanked = segment("thanked", "count(\"Thanked\") == 2");
    let buyers = segment("buyers", "count(\"Order Completed\", \"1d\") == 2");
    let mut files =
        vec![("schema.yaml", SCHEMA), ("journeys/thanks.yaml", JOURNEY), ("segments/thanked.yaml", &thanked)];
    publish(&mut world, &mut shard, &files);
    (0..2).for_each(|number| order(&mut world, &mut shard, 1, number));
    assert_eq!(members(&mut shard, "thanked"), 1);
    files.push(("segments/buyers.yaml", &buyers));
    publish(&mut world, &mut shard, &files);
    assert_eq!(["thanked", "buyers"].map(|name| members(&mut shard, name)), [1, 1]);
    replay_agrees(shard);
}
