//! Parity: random catalogues, customers and channels. Whoever did the same on other channels pays the same and is
//! offered the same.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[allow(dead_code, reason = "the other tests send more")]
mod support;

use std::sync::Arc;

use adapt::Asked;
use engine::Meta;
use ledger::memory_disk::MemoryDisk;
use model::{Channel, CustomerId, Event, MessageHash, Stamp, Timestamp};
use shard::{Accepted, Intake, Prepared, Shard};
use support::{SOURCE, World, publish, put_source};

const CHANNELS: [&str; 9] =
    ["web", "app", "store", "phone", "email", "sms", "webchat", "letter", "marketplace/acme"];
const SCHEMA: &str = "traits: {level: text, age: int}\nevents:\n  Order Completed: {properties: {total: double}}\n  Visited: {properties: {}}\n";
const PRODUCTS: [&str; 4] = ["sofa", "bed", "lamp", "chair"];
const WORLDS: u64 = 40;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn condition(&mut self) -> String {
        let number = self.below(5);
        match self.below(5) {
            0 => format!("count(\"Order Completed\") >= {number}"),
            1 => format!("sum(\"Order Completed\", \"total\", \"30d\") > {}.5", number * 20),
            2 => format!("profile.traits.age > {}", number * 15),
            3 => "in_segment(\"buyers\")".into(),
            _ => format!("profile.traits.level == \"{}\"", self.pick(&["gold", "blue"])),
        }
    }

    fn prices(&mut self) -> String {
        let mut text = "products:\n".to_owned();
        for product in PRODUCTS {
            text += &format!(
                "  - {{product: {product}, name: Thing, category: c{}, price: {}.{:02} EUR}}\n",
                self.below(2),
                self.below(900),
                self.below(100)
            );
        }
        text += "tables:\n";
        for table in 0..1 + self.below(4) {
            let hit = self.pick(&["first", "collect_sum", "collect_min"]);
            text += &format!(
                "  - name: t{table}\n    title: T\n    hit: {hit}\n    columns: ['{}', item.quantity]\n    otherwise: {{}}\n    rows:\n",
                self.condition()
            );
            for _ in 0..1 + self.below(6) {
                let cell = self.pick(&["true", "false", "'-'"]);
                text += &format!(
                    "      - {{when: [{cell}, '>= {}'], percent: -{}.5}}\n",
                    self.below(6),
                    self.below(30)
                );
            }
        }
        text
    }

    fn offer(&mut self, name: u64) -> String {
        let (eligible, suitable) = (self.condition(), self.condition());
        format!(
            "name: o{name}\ntitle: O\nplacements: [home]\neligibility: ['{eligible}']\nsuitability: ['{suitable} || true']\nvalue: {}\npropensity: '({}) ? 0.5 : 0.1'\n",
            self.below(50),
            self.condition()
        )
    }
}

/// The same life on channels of its own.
fn live(
    world: &mut World,
    shard: &mut Shard<MemoryDisk>,
    user: &str,
    life: &[String],
    random: &mut Random,
) -> CustomerId {
    let mut customer = None;
    for (number, body) in life.iter().enumerate() {
        let now = Timestamp(world.now + number as i64);
        let channel: Channel = random.pick(&CHANNELS).parse().unwrap();
        let stamp = Stamp { source: SOURCE, channel, time: now, received: now };
        let event = Event::parse(body.replace("USER", user).into_bytes().into(), stamp).unwrap();
        let message = MessageHash(u128::from(random.0));
        random.below(2);
        let keys = Arc::clone(shard.keys());
        let prepared = Prepared::new(event, message, shard.view().engine(), &keys);
        let taken = shard.ingest(vec![Intake::Event(Arc::new(prepared))], now).unwrap();
        let Accepted::Taken { customer: own } = taken.answer[0] else { panic!("the event is new") };
        customer = Some(own);
    }
    customer.unwrap()
}

fn answers(shard: &mut Shard<MemoryDisk>, customer: CustomerId, now: Timestamp) -> String {
    let mut view = shard.view();
    let (engine, seq) = (view.engine().clone(), view.last_seq());
    let (customer, books) = view.customer_and_books(customer).unwrap().unwrap();
    let prices = PRODUCTS.iter().flat_map(|product| [1, 4].map(|quantity| (product, quantity)));
    let mut told: String = prices
        .map(|(product, quantity)| format!("{:?}\n", engine.price(customer, now, product, quantity)))
        .collect();
    let asked = Asked { placements: vec!["home".into()], run: None };
    let decisions = engine.decide(customer, Meta { seq, now }, &books.budgets, &asked);
    told += &format!("{:?} {:?}", decisions[0].chosen, decisions[0].candidates);
    told
}

#[test]
fn the_same_life_on_other_channels_has_the_same_prices_and_offers() {
    let mut different = 0;
    for seed in 0..WORLDS {
        let mut random = Random(seed);
        let mut world = World::new();
        let mut shard = world.open();
        put_source(&world, &mut shard);
        let offers: Vec<(String, String)> =
            (0..5).map(|number| (format!("offers/o{number}.yaml"), random.offer(number))).collect();
        let prices = random.prices();
        let mut files: Vec<(&str, &str)> = offers.iter().map(|(path, text)| (&**path, &**text)).collect();
        files.extend([
            ("prices/all.yaml", &*prices),
            ("schema.yaml", SCHEMA),
            (
                "segments/buyers.yaml",
                "name: buyers\ntitle: B\ndescription: d\nwhen: count(\"Order Completed\", \"30d\") >= 2\n",
            ),
        ]);
        publish(&mut world, &mut shard, &files);
        for number in 0..6 {
            world.now += 60_000;
            let mut life = vec![format!(
                r#"{{"type":"identify","userId":"USER","traits":{{"level":"{}","age":{}}}}}"#,
                random.pick(&["gold", "blue", "red"]),
                random.below(80)
            )];
            for _ in 0..random.below(6) {
                life.push(format!(
                    r#"{{"type":"track","event":"Order Completed","userId":"USER","properties":{{"total":{}}}}}"#,
                    random.below(90)
                ));
            }
            let one = live(&mut world, &mut shard, &format!("a{number}"), &life, &mut random);
            let other = live(&mut world, &mut shard, &format!("b{number}"), &life, &mut random);
            let now = Timestamp(world.now + 1_000);
            let (one, other) = (answers(&mut shard, one, now), answers(&mut shard, other, now));
            assert_eq!(one, other, "seed {seed}, customer {number}, prices:\n{prices}");
            different += usize::from(one.contains("applied: [Applied"));
        }
    }
    assert!(different > 100, "rules applied for {different} customers; the catalogues are too simple");
}
