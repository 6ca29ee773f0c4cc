//! The desk across customers: who gets which conversation, and that a replay agrees, also after an erasure.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use ledger::memory_disk::MemoryDisk;
use model::{ConversationId, CustomerId, DeskAction, Presence, Timestamp};
use shard::{Accepted, Order, OrderError, Shard};
use state::MemoryStore;
use support::{World, publish, put_source};

const ORDERS: &str = "name: orders\ntitle: Orders\nskills: [orders]\nservice_level: {first_response: 1h}\n";
const BULK: &str = "name: bulk\ntitle: Bulk\nassignment: manual\n";
const AGENTS: &str = "agents:
  anna: {title: Anna, skills: [orders], capacity: 2}
  ben: {title: Ben, skills: [orders, french], capacity: 5}
  carl: {title: Carl}
";
const DESK: &str = "person: {queue: orders, phrases: [human]}\n";

fn opened() -> (World, Shard<MemoryDisk>) {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    let files = [
        ("queues/orders.yaml", ORDERS),
        ("queues/bulk.yaml", BULK),
        ("agents.yaml", AGENTS),
        ("desk.yaml", DESK),
    ];
    publish(&mut world, &mut shard, &files);
    (world, shard)
}

fn asks(world: &mut World, shard: &mut Shard<MemoryDisk>, user: &str) -> CustomerId {
    let body = format!(
        r#"{{"type":"track","event":"Message Received","userId":"{user}","messageId":"{user}-{}","properties":{{"text":"human"}}}}"#,
        world.now
    );
    let Accepted::Taken { customer } = world.send(shard, &body) else { panic!("the message is new") };
    customer
}

fn order(world: &mut World, shard: &mut Shard<MemoryDisk>, order: Order) -> Result<(), String> {
    world.now += 1_000;
    match shard.order(order, Timestamp(world.now)) {
        Ok(committed) => {
            shard.keys().sync().unwrap();
            shard.syncer().sync(committed.frame).unwrap();
            Ok(())
        }
        Err(OrderError::Refused(refusal)) => Err(refusal.to_string()),
        Err(OrderError::Broken(broken)) => panic!("{broken}"),
    }
}

fn comes(world: &mut World, shard: &mut Shard<MemoryDisk>, agent: &str, presence: Presence) {
    order(world, shard, Order::Presence { agent: agent.into(), presence }).unwrap();
    order(world, shard, Order::Tick).unwrap();
}

fn conversation(shard: &mut Shard<MemoryDisk>, customer: CustomerId) -> ConversationId {
    let mut view = shard.view();
    view.customer(customer).unwrap().unwrap().progress.conversations()[0].id
}

fn does(
    world: &mut World,
    shard: &mut Shard<MemoryDisk>,
    (by, customer): (&str, CustomerId),
    action: DeskAction,
) -> Result<(), String> {
    let conversation = conversation(shard, customer);
    order(world, shard, Order::Desk { by: by.into(), customer, conversation, action })
}

/// Who has what, by customer.
fn desk(shard: &mut Shard<MemoryDisk>) -> String {
    let view = shard.view();
    let line = |(customer, entry): (CustomerId, &orchestrate::DeskEntry)| {
        format!("{customer} {}: {}\n", entry.queue, entry.agent.as_deref().unwrap_or("-"))
    };
    view.desk().entries().map(line).collect()
}

fn agrees(world: &World, shard: Shard<MemoryDisk>) {
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
    // And a restart from the checkpoint is where the replay is.
    assert_eq!(world.open().state_hash().unwrap(), replayed);
}

#[test]
fn the_longest_waiting_goes_to_the_least_loaded_who_is_able() {
    let (mut world, mut shard) = opened();
    let customers: Vec<CustomerId> =
        ["u1", "u2", "u3", "u4"].iter().map(|user| asks(&mut world, &mut shard, user)).collect();
    let (world, shard) = (&mut world, &mut shard);
    comes(world, shard, "carl", Presence::Available);
    assert!(!desk(shard).contains("carl"), "carl knows nothing about orders");
    does(world, shard, ("ben", customers[3]), DeskAction::Priority { priority: model::Priority::High })
        .unwrap();
    comes(world, shard, "anna", Presence::Available);
    let first = desk(shard);
    assert_eq!(first.matches("anna").count(), 2, "anna has room for two\n{first}");
    let of = |text: &str, place: usize| text.lines().nth(place).unwrap().to_owned();
    assert!(of(&first, 0).ends_with("anna") && of(&first, 3).ends_with("anna"), "{first}");
    comes(world, shard, "ben", Presence::Available);
    assert_eq!(desk(shard).matches("ben").count(), 2);
    let transfer = DeskAction::Queue { queue: "bulk".into(), priority: None };
    does(world, shard, ("anna", customers[0]), transfer).unwrap();
    order(world, shard, Order::Tick).unwrap();
    assert!(of(&desk(shard), 0).ends_with("bulk: -"), "nobody is given what is taken by hand");
    let refused = does(world, shard, ("anna", customers[1]), DeskAction::Take).unwrap_err();
    assert_eq!(refused, "ben has the conversation; ask them, or assign it");
}

#[test]
fn a_replay_agrees_also_after_an_erasure_and_a_merge() {
    let (mut world, mut shard) = opened();
    comes(&mut world, &mut shard, "anna", Presence::Available);
    comes(&mut world, &mut shard, "ben", Presence::Available);
    let customers: Vec<CustomerId> =
        ["u1", "u2", "u3", "u4", "u5"].iter().map(|user| asks(&mut world, &mut shard, user)).collect();
    order(&mut world, &mut shard, Order::Tick).unwrap();
    let reply = DeskAction::Reply { text: "canary-reply".into(), channel: None, key: Some("k1".into()) };
    does(&mut world, &mut shard, ("anna", customers[0]), reply.clone()).unwrap();
    does(&mut world, &mut shard, ("anna", customers[0]), reply).unwrap();
    does(&mut world, &mut shard, ("ben", customers[2]), DeskAction::Note { text: "canary-note".into() })
        .unwrap();
    let pending = shard.view().effects(None, 10).unwrap();
    assert_eq!(pending.len(), 1, "a reply sent again is taken once");
    world.send(&mut shard, r#"{"type":"alias","userId":"u2","previousId":"u3","messageId":"x"}"#);
    // Where the erased customer counted when the others were assigned, the records say who got them.
    let before = desk(&mut shard);
    order(&mut world, &mut shard, Order::Erase { by: "test".into(), customer: customers[0] }).unwrap();
    let after = desk(&mut shard);
    assert_eq!(before.lines().skip(1).collect::<Vec<_>>(), after.lines().collect::<Vec<_>>());
    for (name, bytes) in world.disk.files() {
        let seen = bytes.windows(6).any(|part| part == b"canary");
        assert!(!seen, "what agents write is sealed, also in {name}");
    }
    agrees(&world, shard);
}

#[test]
fn what_agents_did_survives_a_crash() {
    let (mut world, mut shard) = opened();
    let customer = asks(&mut world, &mut shard, "u1");
    comes(&mut world, &mut shard, "anna", Presence::Available);
    does(&mut world, &mut shard, ("anna", customer), DeskAction::Snooze { until: Timestamp(i64::MAX / 2) })
        .unwrap();
    let before = desk(&mut shard);
    drop(shard);
    world.disk.crash(7);
    let mut shard = world.open();
    assert_eq!(desk(&mut shard), before);
    assert_eq!(shard.view().desk().presence("anna"), Presence::Available);
    let close = DeskAction::Close { outcome: "done".into(), results: Vec::new() };
    does(&mut world, &mut shard, ("anna", customer), close).unwrap();
    assert_eq!(desk(&mut shard), "");
    agrees(&world, shard);
}
