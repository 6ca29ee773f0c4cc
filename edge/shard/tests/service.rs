//! Orders and complaints along the data path: names that are published later, what journeys say, replays, unmerging.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use ledger::memory_disk::MemoryDisk;
use model::{CustomerId, Identifier, Namespace, Timestamp};
use recognize::ServiceView;
use shard::{Accepted, Order, Shard};
use state::MemoryStore;
use support::{World, publish, put_source};

const SCHEMA: &str = "traits: {}\nevents:\n  Complaint Opened: {properties: {complaint_id: text}}\n";

/// Whoever complains is content at once: said by a journey, and in no record.
const SOLVES: &str = r#"name: solves
title: Solves
description: d
entry: [{event: Complaint Opened}]
reentry: always
purpose: service
steps:
  - id: solved
    kind: goal
    goal: solved
    event: Complaint Solved
    properties: {complaint_id: "{{ entry.properties.complaint_id }}", solution: at once}
    ends: true
"#;

fn say(
    world: &mut World,
    shard: &mut Shard<MemoryDisk>,
    who: &str,
    event: &str,
    properties: &str,
) -> CustomerId {
    world.now += 1;
    let number = world.now;
    let body = format!(
        r#"{{"type":"track","event":"{event}",{who},"messageId":"{number}","properties":{properties}}}"#
    );
    let Accepted::Taken { customer } = world.send(shard, &body) else { panic!("taken") };
    customer
}

fn service(shard: &mut Shard<MemoryDisk>, customer: CustomerId, now: i64) -> ServiceView {
    let mut view = shard.view();
    let engine = view.engine().clone();
    let customer = view.customer(customer).unwrap().unwrap();
    engine.service(customer, Timestamp(now))
}

fn members(shard: &mut Shard<MemoryDisk>, segment: &str) -> i64 {
    shard.view().books().segments.get(segment).copied().unwrap_or(0)
}

fn replay_agrees(shard: Shard<MemoryDisk>) {
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}

#[test]
fn names_published_later_are_read_from_the_ledger_and_what_journeys_said_stays() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    let waiting = "name: waiting\ntitle: T\ndescription: d\nwhen: orders.open == 2\n";
    let unhappy = "name: unhappy\ntitle: T\ndescription: d\nwhen: complaints.open > 0\n";
    let mut files = vec![
        ("schema.yaml", SCHEMA),
        ("journeys/solves.yaml", SOLVES),
        ("segments/waiting.yaml", waiting),
        ("segments/unhappy.yaml", unhappy),
    ];
    publish(&mut world, &mut shard, &files);
    let who = r#""userId":"u1""#;
    say(&mut world, &mut shard, who, "Order Completed", r#"{"order_id":"A"}"#);
    say(&mut world, &mut shard, who, "Bestellung", r#"{"nr":"B"}"#);
    let customer = say(&mut world, &mut shard, who, "Complaint Opened", r#"{"complaint_id":"C"}"#);
    let known = service(&mut shard, customer, world.now);
    assert_eq!((known.orders.len(), known.complaints[0].open), (1, false));
    files.push(("service.yaml", "events: {order_placed: [Bestellung]}\nproperties: {order: [nr]}\n"));
    publish(&mut world, &mut shard, &files);
    let known = service(&mut shard, customer, world.now);
    assert_eq!(known.orders.iter().map(|order| &*order.number).collect::<Vec<_>>(), ["B", "A"]);
    assert_eq!(known.complaints[0].solution.as_deref(), Some("at once"));
    assert_eq!((members(&mut shard, "waiting"), members(&mut shard, "unhappy")), (1, 0));
    drop(shard);
    world.disk.crash(1);
    world.slots.crash(1);
    world.store.crash(0);
    let mut shard = world.open();
    assert_eq!(service(&mut shard, customer, world.now).orders.len(), 2);
    replay_agrees(shard);
}

#[test]
fn orders_are_folded_apart_with_their_customers() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    say(
        &mut world,
        &mut shard,
        r#""anonymousId":"a1""#,
        "Order Completed",
        r#"{"order_id":"A","products":["x"]}"#,
    );
    say(&mut world, &mut shard, r#""userId":"u1""#, "Order Completed", r#"{"order_id":"B"}"#);
    let both = r#""userId":"u1","anonymousId":"a1""#;
    let customer = say(&mut world, &mut shard, both, "Complaint Opened", r#"{"order_id":"A"}"#);
    let known = service(&mut shard, customer, world.now);
    assert_eq!(known.orders.len(), 2);
    assert_eq!(*known.complaints[0].products, ["x".into()]);
    let anonymous = Identifier { namespace: Namespace::AnonymousId, value: "a1".into() };
    let strand = {
        let mut view = shard.view();
        let held = view.customer(customer).unwrap().unwrap();
        held.graph.identifiers().find(|(_, own, _)| *own == anonymous).unwrap().0
    };
    let order = Order::Unmerge { by: "test".into(), customer, strands: vec![strand] };
    shard.order(order, Timestamp(world.now)).unwrap();
    let user = Identifier { namespace: Namespace::UserId, value: "u1".into() };
    let [apart, own] = [&anonymous, &user].map(|identifier| shard.view().find(identifier).unwrap().unwrap());
    let numbers =
        |known: &ServiceView| known.orders.iter().map(|order| order.number.to_string()).collect::<Vec<_>>();
    assert_eq!(numbers(&service(&mut shard, apart, world.now)), ["A"]);
    let own = service(&mut shard, own, world.now);
    assert_eq!(numbers(&own), ["B"]);
    assert!(own.complaints[0].open, "who complained is the one who complained");
    replay_agrees(shard);
}
