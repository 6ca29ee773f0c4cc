//! The data path over simulated disks: what is taken stays, once, and the state follows from the ledger.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use model::{CustomerId, Identifier, Namespace, Timestamp};
use shard::{Accepted, Done, Intake, ItemKind, Options, Order};
use state::MemoryStore;
use support::{SOURCE, World, intake, publish, put_source};

const SEGMENT: &str =
    "name: buyers\ntitle: Buyers\ndescription: d\nwhen: count(\"Order Completed\", \"30d\") >= 2\n";
const SCHEMA: &str = "traits:\n  city: text\nevents:\n  Order Completed:\n    properties:\n      total: double\n    impersonal: [total]\n";

fn track(user: &str, anonymous: &str, name: &str, id: &str) -> String {
    format!(
        r#"{{"type":"track","event":"{name}","userId":"{user}","anonymousId":"{anonymous}","messageId":"{id}","properties":{{"total":10.5,"secret":"canary-{id}"}}}}"#
    )
}

#[test]
fn events_become_one_customer_with_a_thread_and_segments() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    publish(&mut world, &mut shard, &[("schema.yaml", SCHEMA), ("segments/buyers.yaml", SEGMENT)]);
    world.send(&mut shard, r#"{"type":"page","anonymousId":"a1","messageId":"p1"}"#);
    let Accepted::Taken { customer } = world.send(&mut shard, &track("u1", "a1", "Order Completed", "m1"))
    else {
        panic!("the event is new");
    };
    assert_eq!(world.send(&mut shard, &track("u1", "a1", "Order Completed", "m1")), Accepted::Duplicate);
    world.send(&mut shard, &track("u1", "a1", "Order Completed", "m2"));
    let email = Identifier { namespace: Namespace::UserId, value: "u1".into() };
    let mut view = shard.view();
    assert_eq!(view.find(&email).unwrap(), Some(customer));
    assert_eq!(view.books().segments.get("buyers"), Some(&1));
    assert_eq!(view.books().customers, 1);
    let page = view.thread(customer).unwrap().unwrap().page(None, 50, |_| true).unwrap();
    let kinds: Vec<&str> = page
        .items
        .iter()
        .map(|item| match &item.what {
            ItemKind::Event(event) => &*event.record.name,
            ItemKind::Note(_) => "note",
        })
        .collect();
    assert_eq!(kinds, ["note", "Order Completed", "Order Completed", "Page Viewed"]);
    let account = shard.view().books().accounts().last().map(|(_, account)| *account).unwrap();
    assert_eq!((account.accepted, account.processed, account.rejected, account.duplicates), (4, 3, 1, 1));
    assert!(account.adds_up());
}

#[test]
fn a_crash_at_any_moment_loses_nothing_acknowledged_and_replay_agrees() {
    let mut world = World::new();
    let mut taken: Vec<(String, CustomerId)> = Vec::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    publish(&mut world, &mut shard, &[("schema.yaml", SCHEMA), ("segments/buyers.yaml", SEGMENT)]);
    for round in 0..12u64 {
        for number in 0..23 {
            let user = format!("u{}", (round * 7 + number * 3) % 17);
            let anonymous = format!("a{}", (round + number) % 29);
            let id = format!("m{round}-{number}");
            match world.send(&mut shard, &track(&user, &anonymous, "Order Completed", &id)) {
                Accepted::Taken { customer } => taken.push((id, customer)),
                other => panic!("{other:?}"),
            }
        }
        drop(shard);
        world.disk.crash(round);
        world.slots.crash(round);
        world.store.crash(usize::try_from(round % 3).unwrap());
        shard = world.open();
        for (id, customer) in &taken {
            assert!(shard.view().customer(*customer).unwrap().is_some(), "the customer of {id} is there");
        }
    }
    let repeated = world.send(&mut shard, &track("u0", "a0", "Order Completed", "m0-0"));
    assert_eq!(repeated, Accepted::Duplicate, "message ids survive crashes");
    let (checked, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert!(checked.records > 250);
    assert_eq!(there, replayed);
}

#[test]
fn an_erased_customer_is_gone_everywhere_and_the_replay_still_agrees() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    publish(&mut world, &mut shard, &[("schema.yaml", SCHEMA), ("segments/buyers.yaml", SEGMENT)]);
    let mut customers = Vec::new();
    for number in 0..120 {
        let user = format!("u{}", number % 3);
        if let Accepted::Taken { customer } =
            world.send(&mut shard, &track(&user, "shared", "Order Completed", &format!("m{number}")))
        {
            customers.push(customer);
        }
    }
    let doomed = customers[0];
    let now = Timestamp(world.now);
    let done = shard.order(Order::Erase { by: "test".into(), customer: doomed }, now).unwrap();
    let Done::Erased { strands } = done.answer else { panic!("{done:?}") };
    assert!(!strands.is_empty());
    assert!(shard.view().customer(doomed).unwrap().is_none());
    let user = Identifier { namespace: Namespace::UserId, value: "u0".into() };
    assert_eq!(shard.view().find(&user).unwrap(), None);
    world.send(&mut shard, &track("u0", "fresh", "Order Completed", "again"));
    assert_ne!(shard.view().find(&user).unwrap(), Some(doomed), "the person may come back as somebody new");
    drop(shard);
    world.disk.crash(1);
    world.slots.crash(1);
    world.store.crash(0);
    let shard = world.open();
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}

#[test]
fn unmerged_strands_stay_apart_and_survive_a_replay() {
    let mut world = World::new();
    let mut shard = world.open();
    put_source(&world, &mut shard);
    world.send(&mut shard, r#"{"type":"page","anonymousId":"a1","messageId":"1"}"#);
    let Accepted::Taken { customer } = world.send(&mut shard, &track("u1", "a1", "Order Completed", "2"))
    else {
        panic!("taken");
    };
    let anonymous = Identifier { namespace: Namespace::AnonymousId, value: "a1".into() };
    let strands: Vec<_> = shard.view().customer(customer).unwrap().unwrap().graph.strands().collect();
    assert_eq!(strands.len(), 2);
    let order = Order::Unmerge { by: "test".into(), customer, strands: vec![strands[0]] };
    let done = shard.order(order, Timestamp(world.now)).unwrap();
    let Done::Unmerged { customers } = done.answer else { panic!("{done:?}") };
    assert_eq!(customers.len(), 2);
    let user = Identifier { namespace: Namespace::UserId, value: "u1".into() };
    let apart = |shard: &mut shard::Shard<_>| {
        (shard.view().find(&user).unwrap().unwrap(), shard.view().find(&anonymous).unwrap().unwrap())
    };
    let (a, b) = apart(&mut shard);
    assert_ne!(a, b);
    world.send(&mut shard, &track("u1", "a1", "Order Completed", "3"));
    assert_eq!(apart(&mut shard), (a, b), "what staff folded apart is not merged again");
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}

#[test]
fn a_full_disk_refuses_reads_on_and_recovers_by_itself() {
    let mut world = World::new();
    let mut shard = world.open_with(Options { background: false, ..Options::default() });
    put_source(&world, &mut shard);
    let Accepted::Taken { customer } = world.send(&mut shard, &track("u1", "a1", "Order Completed", "1"))
    else {
        panic!("taken");
    };
    world.disk.set_space(Some(world.disk.used() + 40));
    let now = Timestamp(world.now + 1);
    let event = intake(&mut shard, &track("u1", "a1", "Order Completed", "2"), now);
    assert!(shard.ingest(vec![event.clone()], now).unwrap_err().is_full());
    assert!(shard.is_stalled());
    assert!(shard.view().customer(customer).unwrap().is_some(), "reads go on");
    assert!(shard.retry_stalled(now).unwrap_err().is_full());
    world.disk.set_space(None);
    assert!(shard.retry_stalled(now).unwrap().is_some());
    let again = shard.ingest(vec![event], now).unwrap();
    assert_eq!(again.answer, [Accepted::Duplicate], "the refused event was kept and is not taken twice");
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}

#[test]
fn a_long_frame_is_stepped_while_it_is_written_and_the_reserve_makes_sure_of_its_space() {
    let world = World { reserve_bytes: 1 << 20, ..World::new() };
    let mut shard = world.open();
    put_source(&world, &mut shard);
    let (begin, now) = (world.now, Timestamp(world.now + 10_000));
    let many = |shard: &mut _, from: u32| -> Vec<Intake> {
        let body =
            |number: u32| track(&format!("u{}", number % 40), "a", "Order Completed", &number.to_string());
        let at = |number: u32| Timestamp(begin + i64::from(number));
        (from..from + 200).map(|number| intake(shard, &body(number), at(number))).collect()
    };
    let events = many(&mut shard, 0);
    let written = shard.ingest(events, now).unwrap();
    shard.syncer().sync(written.frame).unwrap();

    world.disk.set_space(Some(world.disk.used() + 40));
    let events = many(&mut shard, 1_000);
    let written = shard.ingest(events, now).unwrap();
    assert!(written.answer.iter().all(|answer| matches!(answer, Accepted::Taken { .. })));
    shard.syncer().sync(written.frame).unwrap();
    let events = many(&mut shard, 2_000);
    assert!(shard.ingest(events, now).unwrap_err().is_full(), "the reserve was given away once");
    world.disk.set_space(None);
    assert!(shard.retry_stalled(now).unwrap().is_some());
    let processed = shard.view().books().accounts().find(|(id, _)| *id == SOURCE).unwrap().1.processed;
    assert_eq!(processed, 600);
    let (_, there, replayed) = shard.verify(Arc::new(MemoryStore::default())).unwrap();
    assert_eq!(there, replayed);
}
