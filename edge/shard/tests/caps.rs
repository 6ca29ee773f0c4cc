//! Journeys that take so many of all customers together: the doors, in the order of records.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use ledger::Reader;
use ledger::memory_disk::MemoryDisk;
use model::{Catalogue, CatalogueFile, CustomerId, Timestamp};
use orchestrate::Admitted;
use shard::{Accepted, ItemKind, Order, RehearsalReport, Script, Shard, rehearse};
use state::MemoryStore;
use support::{World, intake, publish, put_source};

const SCHEMA: &str = "traits: {level: text}\nevents:\n  Go: {properties: {}}\n  Come: {properties: {}}\n";
const HOUR: i64 = 3_600_000;

fn journey(name: &str, event: &str, rest: &str) -> String {
    format!(
        "name: {name}\ntitle: {name}\nentry: {{event: {event}}}\n{rest}steps:\n  - {{id: say, kind: message, channel: webchat, text: 'You are in {name}'}}\n  - {{id: pause, kind: wait, for: 1d}}\n"
    )
}

struct Place {
    world: World,
    shard: Shard<MemoryDisk>,
}

impl Place {
    fn new(journeys: &[&str]) -> Self {
        let mut world = World::new();
        let mut shard = world.open();
        put_source(&world, &mut shard);
        let paths: Vec<String> = (0..journeys.len()).map(|place| format!("journeys/{place}.yaml")).collect();
        let mut files: Vec<(&str, &str)> =
            paths.iter().zip(journeys).map(|(path, text)| (path.as_str(), *text)).collect();
        files.push(("schema.yaml", SCHEMA));
        publish(&mut world, &mut shard, &files);
        Self { world, shard }
    }

    /// Takes events in, all in one frame.
    fn at_once(&mut self, events: &[(u64, &str)]) -> Vec<CustomerId> {
        self.world.now += 1_000;
        let now = Timestamp(self.world.now);
        let body = |(place, (user, name)): (usize, &(u64, &str))| {
            format!(
                r#"{{"type":"track","event":"{name}","userId":"u{user}","messageId":"{}-{place}"}}"#,
                now.0
            )
        };
        let bodies: Vec<String> = events.iter().enumerate().map(body).collect();
        let events = bodies.iter().map(|body| intake(&mut self.shard, body, now)).collect();
        let committed = self.shard.ingest(events, now).unwrap();
        self.shard.keys().sync().unwrap();
        self.shard.syncer().sync(committed.frame).unwrap();
        self.shard.turn().unwrap();
        let taken = |accepted: &Accepted| match accepted {
            Accepted::Taken { customer } => *customer,
            other => panic!("{other:?}"),
        };
        committed.answer.iter().map(taken).collect()
    }

    fn admitted(&mut self, journey: &str) -> Admitted {
        self.shard.view().books().caps.of(journey).cloned().unwrap_or_default()
    }

    fn said(&mut self, customer: CustomerId) -> Vec<String> {
        let page = self.shard.view().thread(customer).unwrap().unwrap().page(None, 50, |_| true).unwrap();
        let note = |kind: &ItemKind| match kind {
            ItemKind::Note(note) => Some(note.sentence()),
            ItemKind::Event(_) => None,
        };
        let mut notes: Vec<String> = page.items.iter().filter_map(|item| note(&item.what)).collect();
        notes.reverse();
        notes
    }

    fn is_in(&mut self, customer: CustomerId) -> bool {
        self.said(customer).iter().any(|line| line.contains("started the journey"))
    }

    fn replay_agrees(self) -> Self {
        let (_, there, replayed) = self.shard.verify(Arc::new(MemoryStore::default())).unwrap();
        assert_eq!(there, replayed);
        let shard = self.world.open();
        Self { shard, ..self }
    }

    fn rehearse(&mut self, journeys: &[&str], sample: u8) -> RehearsalReport {
        let reader = Reader::open(self.world.disk.clone()).unwrap();
        let file = |(place, text): (usize, &&str)| CatalogueFile {
            path: format!("journeys/{place}.yaml"),
            text: (*text).into(),
        };
        let mut files: Vec<CatalogueFile> = journeys.iter().enumerate().map(file).collect();
        files.push(CatalogueFile { path: "schema.yaml".into(), text: SCHEMA.into() });
        let draft = Catalogue { version: 0, files };
        let (from, to) = (Timestamp(1_001_500), Timestamp(self.world.now + 1_000));
        let script = Script { draft, from, to, sample, segment: None };
        rehearse(&reader, self.shard.keys(), &script, |_| std::ops::ControlFlow::Continue(())).unwrap()
    }
}

#[test]
fn sixty_four_come_at_once_and_ten_come_in_in_the_order_of_records() {
    let one = journey("one", "Go", "cap: {entries: 10, per: 1h, total: 15}\n");
    let mut place = Place::new(&[&one]);
    let everybody: Vec<(u64, &str)> = (0..64).map(|user| (user, "Go")).collect();
    let customers = place.at_once(&everybody);
    let inside: Vec<bool> = customers.iter().map(|customer| place.is_in(*customer)).collect();
    assert_eq!(inside, (0..64).map(|number| number < 10).collect::<Vec<bool>>());
    assert_eq!(
        place.said(customers[10]),
        [
            "The journey “one” did not start: it takes 10 in 1h of all customers together, and they had come; there is room again at 1970-01-01T01:16:42.000Z."
        ]
    );
    let mut place = place.replay_agrees();
    // An hour later there is room for five more, because there are fifteen in all.
    place.world.now += HOUR;
    place.at_once(&everybody[30..]);
    let admitted = place.admitted("one");
    assert_eq!((admitted.total, admitted.turned_away), (15, 54 + 29));
    assert_eq!(place.shard.view().books().journeys["one"].entered, 15);
    place.replay_agrees();
}

#[test]
fn those_who_were_erased_stay_counted_and_a_replay_agrees() {
    let one = journey("one", "Go", "cap: {entries: 4, per: 1h}\n");
    let mut place = Place::new(&[&one]);
    let customers = place.at_once(&[(0, "Go"), (1, "Go"), (2, "Go")]);
    for customer in &customers[..2] {
        place.world.now += 1_000;
        let erase = Order::Erase { by: "test".into(), customer: *customer };
        let committed = place.shard.order(erase, Timestamp(place.world.now)).unwrap();
        place.shard.syncer().sync(committed.frame).unwrap();
    }
    let late = place.at_once(&[(10, "Go"), (11, "Go")]);
    assert_eq!((place.is_in(late[0]), place.is_in(late[1])), (true, false));
    let mut place = place.replay_agrees();
    assert_eq!(place.admitted("one").total, 4);
}

#[test]
fn the_higher_journey_of_a_group_leaves_nobody_at_the_door_of_the_lower() {
    let low = journey("low", "Go", "cap: {total: 1}\ngroup: offers\n");
    let high = journey("high", "Come", "group: offers\npriority: 5\n");
    let mut place = Place::new(&[&low, &high]);
    let customers = place.at_once(&[(0, "Go"), (0, "Come"), (1, "Go")]);
    let said = place.said(customers[0]);
    assert_eq!(
        said[0],
        "The journey “low” did not start: the customer is in “high”, and of the group “offers” in one at a time."
    );
    assert_eq!(said[1], "“Come” started the journey “high” (version 1).");
    assert!(place.is_in(customers[2]), "nobody took the only place");
    place.replay_agrees();
}

#[test]
fn a_cap_rehearses_to_what_happened_and_a_smaller_one_turns_more_away() {
    let capped = |entries: u32| journey("one", "Go", &format!("cap: {{entries: {entries}, per: 1h}}\n"));
    let mut place = Place::new(&[&capped(6)]);
    // The draft comes into force after the first frame of the period.
    place
        .world
        .send(&mut place.shard, r#"{"type":"track","event":"Come","userId":"u99","messageId":"first"}"#);
    for round in 0..3 {
        let everybody: Vec<(u64, &str)> = (round * 10..round * 10 + 10).map(|user| (user, "Go")).collect();
        place.at_once(&everybody);
        place.world.now += HOUR / 2;
    }
    let same = place.rehearse(&[&capped(6)], 100);
    assert_eq!((same.different, same.customers), (0, 30));
    let fewer = place.rehearse(&[&capped(2)], 100);
    let figures = &fewer.journeys["one"];
    assert_eq!((figures.published.entered, figures.draft.entered), (12, 4));
    assert_eq!(figures.draft.not_entered["cap_reached"], 26);
    let without = place.rehearse(&[&journey("one", "Go", "")], 100);
    assert_eq!(without.journeys["one"].draft.entered, 30);
    // Of a sample, those outside it are counted as they came.
    let sampled = place.rehearse(&[&capped(6)], 50);
    assert_eq!(sampled.different, 0);
    assert!((1..30).contains(&sampled.customers));
}
