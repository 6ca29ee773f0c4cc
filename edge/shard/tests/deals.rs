//! Prices promised and limited offers taken: what several customers share, in the order of records.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::sync::Arc;

use adapt::{Asked, Decision, FunnelStage, Quote, QuoteRequest};
use ledger::Reader;
use ledger::memory_disk::MemoryDisk;
use model::{Catalogue, CatalogueFile, CustomerId, Note, Timestamp};
use shard::{Accepted, Done, ItemKind, Order, OrderError, Script, Shard, rehearse};
use state::MemoryStore;
use support::{World, publish, put_source};

const SCHEMA: &str = "traits: {level: text}\nevents:\n  Go: {properties: {}}\n";
const PRICES: &str = "products:
  - {product: sofa, name: Sofa, price: 900.00 EUR}
  - {product: bed, name: Bed, price: 500.00 EUR}
tables:
  - name: level
    title: Loyalty
    columns: [profile.traits.level]
    rows:
      - {when: [gold], percent: -10, because: Gold members pay less}
    otherwise: {}
";
const OFFER: &str = "name: free-lamp\ntitle: A free lamp\nplacements: [home]\nlimits: {total: 10, hold: 30m, per_customer: {times: 1}}\ncontent: {headline: A lamp for free}\n";
const JOURNEY: &str = "name: test
title: Test
entry: [{event: Go}]
reentry: always
purpose: service
slots:
  price: {type: text, label: the price}
  headline: {type: text, label: the headline}
steps:
  - {id: promise, kind: quote, items: [{product: sofa, quantity: 2}], save: {price: total}, on_failure: end}
  - {id: choose, kind: decide, placement: home, save: {headline: content.headline}, on_none: sorry}
  - {id: tell, kind: message, text: '{{ slots.headline }} and a sofa for {{ slots.price }}', next: end}
  - {id: sorry, kind: message, text: 'No lamp, but a sofa for {{ slots.price }}'}
";

struct Place {
    world: World,
    shard: Shard<MemoryDisk>,
}

impl Place {
    fn new() -> Self {
        let world = World::new();
        let mut shard = world.open();
        put_source(&world, &mut shard);
        let mut place = Self { world, shard };
        place.publish(PRICES);
        place
    }

    fn publish(&mut self, prices: &str) {
        let files = [
            ("journeys/test.yaml", JOURNEY),
            ("offers/lamp.yaml", OFFER),
            ("prices/all.yaml", prices),
            ("schema.yaml", SCHEMA),
        ];
        publish(&mut self.world, &mut self.shard, &files);
    }

    fn customer(&mut self, number: u64) -> CustomerId {
        let body = format!(
            r#"{{"type":"identify","userId":"u{number}","messageId":"i{number}","traits":{{"level":"{}"}}}}"#,
            if number.is_multiple_of(2) { "gold" } else { "blue" }
        );
        let Accepted::Taken { customer } = self.world.send(&mut self.shard, &body) else {
            panic!("the event is new");
        };
        customer
    }

    fn track(&mut self, number: u64, name: &str, id: &str, properties: &str) {
        let body = format!(
            r#"{{"type":"track","event":"{name}","userId":"u{number}","messageId":"{id}","properties":{properties}}}"#
        );
        self.world.send(&mut self.shard, &body);
    }

    fn order(&mut self, order: Order) -> Result<Done, OrderError> {
        self.world.now += 1_000;
        let committed = self.shard.order(order, Timestamp(self.world.now))?;
        self.shard.keys().sync().unwrap();
        self.shard.syncer().sync(committed.frame).unwrap();
        Ok(committed.answer)
    }

    fn decide(&mut self, customer: CustomerId) -> Decision {
        let asked = Asked { placements: vec!["home".into()], run: None };
        match self.order(Order::Decide { by: "test".into(), customer, asked }).unwrap() {
            Done::Decided(decisions) => decisions.into_iter().next().unwrap(),
            other => panic!("{other:?} is no decision"),
        }
    }

    fn accept(&mut self, number: u64, decision: &Decision) {
        let id = format!("accepted-{}-{}", decision.id, self.world.now);
        self.track(number, "Offer Accepted", &id, &format!(r#"{{"decision":"{}"}}"#, decision.id));
    }

    fn taken(&mut self) -> u64 {
        self.shard.view().books().budgets.of("free-lamp").map_or(0, |budget| budget.taken)
    }

    fn price(&mut self, customer: CustomerId, product: &str) -> Option<String> {
        let now = Timestamp(self.world.now);
        let mut view = self.shard.view();
        let engine = view.engine().clone();
        let customer = view.customer(customer).unwrap().unwrap();
        engine.price(customer, now, product, 1).map(|priced| priced.unit.to_string())
    }

    fn notes(&mut self, customer: CustomerId) -> Vec<String> {
        let page = self.shard.view().thread(customer).unwrap().unwrap().page(None, 50, |_| true).unwrap();
        let note = |kind: &ItemKind| match kind {
            ItemKind::Note(note) => Some(note.sentence()),
            ItemKind::Event(_) => None,
        };
        let mut notes: Vec<String> = page.items.iter().filter_map(|item| note(&item.what)).collect();
        notes.reverse();
        notes
    }

    fn replay_agrees(self) -> Self {
        let (shard, there, replayed) = self.shard.verify(Arc::new(MemoryStore::default())).unwrap();
        assert_eq!(there, replayed);
        let _ = shard;
        let shard = self.world.open();
        Self { shard, ..self }
    }
}

#[test]
fn sixty_four_takers_never_take_one_too_many() {
    let mut place = Place::new();
    let customers: Vec<CustomerId> = (0..64).map(|number| place.customer(number)).collect();
    let decisions: Vec<Decision> = customers.iter().map(|&customer| place.decide(customer)).collect();
    let chosen: Vec<u64> = (0..)
        .zip(&decisions)
        .filter(|(_, decision)| decision.chosen.is_some())
        .map(|(number, _)| number)
        .collect();
    assert_eq!(chosen, (0..10).collect::<Vec<u64>>(), "ten are held back, and no more are offered");
    let refused = decisions[10].candidates[0].fell.clone().unwrap();
    assert_eq!((refused.stage, &*refused.reason), (FunnelStage::Total, "none of 10 is left"));
    // Five accept at once, and say so twice; then the hold of the others ends and all of the rest may ask again.
    for number in 0..5 {
        place.accept(number, &decisions[number as usize]);
        place.accept(number, &decisions[number as usize]);
    }
    assert_eq!(place.taken(), 5);
    place.world.now += 31 * 60_000;
    let again: Vec<Decision> = customers[10..].iter().map(|&customer| place.decide(customer)).collect();
    assert_eq!(again.iter().filter(|decision| decision.chosen.is_some()).count(), 5);
    // Everybody who was ever offered one accepts: those whose hold ended came too late.
    for number in 5..10 {
        place.accept(number, &decisions[number as usize]);
    }
    for (number, decision) in (10..).zip(&again).filter(|(_, decision)| decision.chosen.is_some()) {
        place.accept(number, decision);
    }
    assert_eq!(place.taken(), 10);
    let late = place.notes(customers[7]);
    assert_eq!(late.last().unwrap(), "The offer “free-lamp” was accepted, but none was left.");
    place.replay_agrees();
}

#[test]
fn what_erased_customers_took_stays_taken_and_a_replay_agrees() {
    let mut place = Place::new();
    let customers: Vec<CustomerId> = (0..14).map(|number| place.customer(number)).collect();
    let decisions: Vec<Decision> = customers.iter().map(|&customer| place.decide(customer)).collect();
    (0..6).for_each(|number| place.accept(number, &decisions[number as usize]));
    for customer in &customers[2..9] {
        place.order(Order::Erase { by: "test".into(), customer: *customer }).unwrap();
    }
    place.world.now += 31 * 60_000;
    let after = place.customer(20);
    assert!(place.decide(after).chosen.is_some(), "six of ten are taken");
    let mut place = place.replay_agrees();
    assert_eq!(place.taken(), 6);
    let budget = place.shard.view().books().budgets.of("free-lamp").cloned().unwrap();
    assert_eq!((budget.decided, budget.accepted, budget.fell.of(FunnelStage::Total)), (11, 6, 4));
}

#[test]
fn a_quote_is_kept_when_the_price_changes_until_it_expires() {
    let mut place = Place::new();
    let (gold, blue) = (place.customer(0), place.customer(1));
    assert_eq!(place.price(gold, "sofa").unwrap(), "810.00 EUR");
    assert_eq!(place.price(blue, "sofa").unwrap(), "900.00 EUR");
    let request = QuoteRequest { items: vec![("sofa".into(), 1), ("bed".into(), 2)], valid: None };
    let order = Order::Quote { by: "till".into(), customer: gold, request };
    let Done::Quoted(Quote { total, until, .. }) = place.order(order).unwrap() else { panic!("no quote") };
    assert_eq!(total.to_string(), "1710.00 EUR");
    assert_eq!(until, Timestamp(place.world.now + 14 * 86_400_000));
    place.publish(&PRICES.replace("900.00", "1000.00").replace("500.00", "100.00"));
    assert_eq!(place.price(gold, "sofa").unwrap(), "810.00 EUR", "the promise is kept");
    assert_eq!(place.price(gold, "bed").unwrap(), "90.00 EUR", "a promise makes nobody pay more");
    assert_eq!(place.price(blue, "sofa").unwrap(), "1000.00 EUR");
    let place = place.replay_agrees();
    let mut place = place;
    assert_eq!(place.price(gold, "sofa").unwrap(), "810.00 EUR");
    place.world.now = until.0;
    assert_eq!(place.price(gold, "sofa").unwrap(), "900.00 EUR");
}

#[test]
fn what_has_no_price_is_refused_and_nothing_is_recorded() {
    let mut place = Place::new();
    let customer = place.customer(0);
    let before = place.shard.view().last_seq();
    for (product, quantity, message) in [
        ("boat", 1, "`boat` has no price now; name a product of the price book"),
        ("sofa", 0, "0 of `sofa` cannot be quoted; ask for 1 to 100000"),
    ] {
        let request = QuoteRequest { items: vec![(product.into(), quantity)], valid: None };
        let refused = place.order(Order::Quote { by: "till".into(), customer, request }).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    assert_eq!(place.shard.view().last_seq(), before);
}

#[test]
fn a_journey_promises_a_price_and_offers_what_is_left() {
    let mut place = Place::new();
    let customers: Vec<CustomerId> = (0..12).map(|number| place.customer(number)).collect();
    (0..12).for_each(|number| place.track(number, "Go", &format!("go{number}"), "{}"));
    let told = |notes: &[String], text: &str| notes.iter().any(|note| note.contains(text));
    let first = place.notes(customers[0]);
    assert!(told(&first, "Promised 1620.00 EUR"), "{first:#?}");
    assert!(told(&first, "Chose the offer “free-lamp” of 1 for “home”"), "{first:#?}");
    let last = place.notes(customers[11]);
    assert!(
        told(&last, "Reached “sorry” of “Test”: no offer may be made") || told(&last, "Reached “sorry”"),
        "{last:#?}"
    );
    let answer = |note: &Note| matches!(note, Note::MessageDecided { text, .. } if &**text == "A lamp for free and a sofa for 1620.00 EUR");
    let page = place.shard.view().thread(customers[0]).unwrap().unwrap().page(None, 50, |_| true).unwrap();
    assert!(page.items.iter().any(|item| matches!(&item.what, ItemKind::Note(note) if answer(note))));
    place.replay_agrees();
}

#[test]
fn a_published_catalogue_rehearses_to_what_happened_and_another_chooses_anew() {
    let mut place = Place::new();
    (0..12).for_each(|number| {
        place.customer(number);
    });
    (0..12).for_each(|number| place.track(number, "Go", &format!("go{number}"), "{}"));
    let reader = Reader::open(place.world.disk.clone()).unwrap();
    let file = |path: &str, text: &str| CatalogueFile { path: path.into(), text: text.into() };
    let play = |offer: &str| {
        let files = vec![
            file("journeys/test.yaml", JOURNEY),
            file("offers/lamp.yaml", offer),
            file("prices/all.yaml", PRICES),
            file("schema.yaml", SCHEMA),
        ];
        let draft = Catalogue { version: 0, files };
        let (from, to) = (Timestamp(1_002_000), Timestamp(place.world.now + 1_000));
        let script = Script { draft, from, to, sample: 100, segment: None };
        rehearse(&reader, place.shard.keys(), &script, |_| std::ops::ControlFlow::Continue(())).unwrap()
    };
    let same = play(OFFER);
    assert_eq!((same.different, same.differences), (0, Vec::new()));
    let steps = &same.journeys["test"].draft.steps;
    assert_eq!((steps["tell"], steps["sorry"]), (10, 2));
    let fewer = play(&OFFER.replace("total: 10", "total: 3"));
    let steps = &fewer.journeys["test"].draft.steps;
    assert_eq!((steps["tell"], steps["sorry"]), (3, 9));
}

/// An offer for gold members whose goal is an order within ten days, in a world with a large control group.
const MEASURED: &str = "name: lamp-for-gold
title: A lamp for gold
placements: [home]
eligibility: ['profile.traits.level == \"gold\"']
goal: {event: Go, within: 10d}
value: 2
";
const PLAIN: &str = "name: plain\ntitle: Plain\nplacements: [home]\n";

impl Place {
    fn measured() -> Self {
        let mut place = Self::new();
        let files = [
            ("decisions.yaml", "control_percent: 40\n"),
            ("offers/gold.yaml", MEASURED),
            ("offers/plain.yaml", PLAIN),
            ("prices/all.yaml", PRICES),
            ("schema.yaml", SCHEMA),
        ];
        publish(&mut place.world, &mut place.shard, &files);
        place
    }

    fn budget(&mut self, offer: &str) -> adapt::Budget {
        self.shard.view().books().budgets.of(offer).cloned().unwrap_or_default()
    }
}

#[test]
fn the_treated_and_the_held_out_are_counted_once_and_so_are_those_who_reach_the_goal() {
    let mut place = Place::measured();
    let customers: Vec<CustomerId> = (0..60).map(|number| place.customer(number)).collect();
    let decisions: Vec<Decision> = customers.iter().map(|&customer| place.decide(customer)).collect();
    // Asked again: nobody is counted twice.
    customers.iter().for_each(|&customer| {
        place.decide(customer);
    });
    let control: Vec<bool> = decisions.iter().map(|decision| decision.control).collect();
    let gold = |held_out: bool| (0..60).step_by(2).filter(|&n| control[n] == held_out).count() as u64;
    let budget = place.budget("lamp-for-gold");
    assert_eq!((budget.treated.customers, budget.held_out.customers), (gold(false), gold(true)));
    assert!(gold(true) > 3 && gold(false) > 3, "both groups have some: {control:?}");
    // Ten golds and all others do what the offer is to lead to, some of them twice; two come too late.
    (0..20).for_each(|number| place.track(number, "Go", &format!("go{number}"), "{}"));
    (0..20).for_each(|number| place.track(number, "Go", &format!("again{number}"), "{}"));
    place.world.now += 11 * 86_400_000;
    (20..24).for_each(|number| place.track(number, "Go", &format!("late{number}"), "{}"));
    let reached = |held_out: bool| (0..20).step_by(2).filter(|&n| control[n] == held_out).count() as u64;
    let budget = place.budget("lamp-for-gold");
    assert_eq!((budget.treated.reached, budget.held_out.reached), (reached(false), reached(true)));
    let held_out = (0..20).step_by(2).find(|&number| control[number]).unwrap();
    let notes = place.notes(customers[held_out]);
    let told = "Reached the goal of the offer “lamp-for-gold” without it, in the control group.";
    assert_eq!(notes.iter().filter(|note| *note == told).count(), 1, "{notes:#?}");
    place.replay_agrees();
}

#[test]
fn a_funnel_counts_each_customer_at_the_furthest_stage_and_survives_erasure() {
    let mut place = Place::measured();
    let customers: Vec<CustomerId> = (0..30).map(|number| place.customer(number)).collect();
    let control: Vec<bool> = customers.iter().map(|&customer| place.decide(customer).control).collect();
    let total = |budget: &adapt::Budget| budget.customers.iter().map(|(_, count)| count).sum::<u64>();
    let at = |budget: &adapt::Budget, stage: FunnelStage| budget.customers.of(stage);
    let budget = place.budget("lamp-for-gold");
    assert_eq!(at(&budget, FunnelStage::Eligibility), 15);
    let held_out = (0..30).step_by(2).filter(|&number| control[number]).count() as u64;
    assert_eq!(at(&budget, FunnelStage::Control), held_out);
    assert_eq!(at(&budget, FunnelStage::Chosen), 15 - held_out);
    // To those who are gold the plain one is not the best; the control group of the others is held out of it.
    let plain = place.budget("plain");
    assert_eq!(at(&plain, FunnelStage::Arbitration), 15);
    // Who becomes gold comes further, and stands nowhere else any more.
    place.world.send(
        &mut place.shard,
        r#"{"type":"identify","userId":"u1","messageId":"now-gold","traits":{"level":"gold"}}"#,
    );
    place.decide(customers[1]);
    let budget = place.budget("lamp-for-gold");
    assert_eq!((at(&budget, FunnelStage::Eligibility), total(&budget)), (14, 30));
    assert_eq!(budget.fell.of(FunnelStage::Eligibility), 15, "decisions stay counted");
    for customer in &customers[..6] {
        place.order(Order::Erase { by: "test".into(), customer: *customer }).unwrap();
    }
    let mut place = place.replay_agrees();
    let budget = place.budget("lamp-for-gold");
    assert_eq!(total(&budget), 30, "whoever was erased stays counted");
    // Those who are one now were two when they were counted.
    place.world.send(
        &mut place.shard,
        r#"{"type":"identify","userId":"u8","messageId":"b8","traits":{"email":"b@example.com"}}"#,
    );
    place.replay_agrees();
}

#[test]
fn recent_decisions_are_found_by_their_numbers_alone() {
    let mut place = Place::measured();
    let customers: Vec<CustomerId> = (0..70).map(|number| place.customer(number)).collect();
    let decisions: Vec<Decision> = customers.iter().map(|&customer| place.decide(customer)).collect();
    let recent: Vec<_> = place.budget("plain").recent().collect();
    let last: Vec<_> = decisions.iter().rev().take(50).map(|decision| decision.id).collect();
    assert_eq!(recent, last);
    let ledger = place.shard.view().ledger();
    for (decision, customer) in decisions.iter().zip(&customers).skip(20) {
        let choice = shard::Choice::find(&ledger, decision.id).unwrap().unwrap();
        assert_eq!(choice.customer, *customer);
        let thread = place.shard.view().thread(*customer).unwrap().unwrap();
        let note = choice.note(&thread).unwrap().unwrap();
        assert!(matches!(note, Note::OfferDecided { decision: own, .. } if own == decision.id));
    }
    assert_eq!(shard::Choice::find(&ledger, model::DecisionId::new(model::Seq(2), 0)).unwrap(), None);
    place.replay_agrees();
}
