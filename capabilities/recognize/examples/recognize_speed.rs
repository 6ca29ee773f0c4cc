//! What recognizing costs: `cargo run --release -p recognize --example recognize_speed`.
//!
//! A million customers with two identifiers each and 20 segments; prints nanoseconds per call and the bytes a
//! customer takes, measured as the growth of the process.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "it measures time and memory")]

use std::hint::black_box;

use model::{
    Catalogue, CatalogueFile, Channel, CustomerId, Event, Identifier, IdentifierHash, Namespace, Seq,
    SourceId, Span, Stamp, StrandId, Timestamp,
};
use recognize::{
    Cause, Claim, Directory, Facts, IdentityGraph, Membership, Noted, Recognition, Touched, View, resolve,
};
use rules::Symbols;

const CUSTOMERS: usize = 1_000_000;
const START: i64 = 1_772_323_200_000;

/// Stands for the shard's index: as dense as can be, so that the figures are recognize's own.
#[derive(Default)]
struct Dense {
    holders: Vec<CustomerId>,
    graphs: Vec<IdentityGraph>,
    found: Vec<StrandId>,
}

/// Hashes of this example are row numbers, from 1.
impl Directory for Dense {
    fn find(&mut self, hash: IdentifierHash) -> Option<(StrandId, CustomerId)> {
        let strand = *self.found.get(hash.0 as usize)?;
        (strand.0 != 0).then(|| (strand, self.holders[strand.0 as usize]))
    }

    fn holder(&mut self, strand: StrandId) -> Option<CustomerId> {
        self.holders.get(strand.0 as usize).copied()
    }

    fn graph(&mut self, customer: CustomerId) -> &mut IdentityGraph {
        &mut self.graphs[customer.0 as usize / 2]
    }

    fn next_strand(&mut self) -> StrandId {
        StrandId(self.holders.len().max(1) as u64)
    }

    fn place(&mut self, hash: IdentifierHash, strand: StrandId, customer: CustomerId) {
        self.holders.resize((strand.0 as usize + 1).max(self.holders.len()), CustomerId(0));
        self.holders[strand.0 as usize] = customer;
        self.found[hash.0 as usize] = strand;
    }

    fn remove(&mut self, _: IdentifierHash, _: StrandId) {}
}

fn main() {
    let recognition = recognition();
    let events: Vec<Event> = (0..64).map(event).collect();
    let mut directory = Dense::default();
    directory.found.resize(CUSTOMERS * 2 + 2, StrandId(0));
    directory.holders.reserve(CUSTOMERS * 2 + 2);
    directory.graphs.resize_with(CUSTOMERS + 1, IdentityGraph::default);
    let mut facts: Vec<Facts> = vec![Facts::default(); CUSTOMERS];
    let mut memberships: Vec<Membership> = vec![Membership::default(); CUSTOMERS];
    let claims: Vec<Vec<Claim>> = (0..4_096).map(claims).collect();

    normalising(&recognition);
    measure("event.property", 500_000, |row| {
        black_box(events[row % 61].property("category"));
    });
    let before = resident_bytes();
    measure("resolve, two new identifiers", CUSTOMERS, |row| {
        let claims = self::claims(row);
        black_box(resolve(recognition.identity(), &mut directory, &claims, &cause(row)));
    });
    println!(
        "{:>8} bytes per identity graph, beside its 40 in the row",
        (resident_bytes() - before) / CUSTOMERS
    );
    measure("  (of which making the claims)", CUSTOMERS, |row| {
        black_box(self::claims(row));
    });
    measure("resolve, known", CUSTOMERS * 4, |row| {
        black_box(resolve(recognition.identity(), &mut directory, &claims[row % 4_096], &cause(CUSTOMERS)));
    });
    let before = resident_bytes();
    measure("note, the first of a customer", CUSTOMERS, |row| {
        black_box(recognition.note(&mut facts[row], &events[row % 64], row as u128, 0));
    });
    let noted = resident_bytes();
    measure("evaluate, the first of a customer", CUSTOMERS, |row| {
        evaluate(&recognition, &facts[row], &mut memberships[row], &events[row % 64]);
    });
    println!("{:>8} bytes per facts, beside its {}", (noted - before) / CUSTOMERS, size_of::<Facts>());
    println!(
        "{:>8} bytes per membership, beside its {}",
        (resident_bytes() - noted) / CUSTOMERS,
        size_of::<Membership>()
    );
    for (customers, what) in [(64, "in the cache"), (65_536, "out of the cache")] {
        measure(&format!("note, {what}"), CUSTOMERS, |row| {
            black_box(recognition.note(&mut facts[row * 7 % customers], &events[row % 61], row as u128, 0));
        });
        measure(&format!("evaluate, {what}"), CUSTOMERS, |row| {
            let place = row * 7 % customers;
            evaluate(&recognition, &facts[place], &mut memberships[place], &events[row % 61]);
        });
    }
    println!(
        "{:>8} bytes per facts after 15,000 events",
        facts[..64].iter().map(Facts::heap_bytes).sum::<usize>() / 64
    );
}

fn normalising(recognition: &Recognition) {
    let identity = recognition.identity();
    for (namespace, raw) in [
        (Namespace::UserId, "user-1234567"),
        (Namespace::AnonymousId, "6f1d3c2a-0000-4abc-9def-0123456789ab"),
        (Namespace::Email, "ada.lovelace@example.com"),
        (Namespace::Email, "Ada.Lovelace@Bücher.example"),
        (Namespace::Phone, "+4930901820"),
    ] {
        measure(&format!("normal {namespace} {raw}"), 200_000, |_| {
            black_box(identity.normal(&namespace, black_box(raw))).ok();
        });
    }
}

fn evaluate(recognition: &Recognition, facts: &Facts, membership: &mut Membership, event: &Event) {
    let strands = [(StrandId(1), facts)];
    let view = View::new(recognition, &strands, event.stamp.received);
    let noted = Noted { time: event.stamp.time, traits: false, service: false };
    let touched = Touched::Event { name: &event.name, noted };
    black_box(recognition.evaluate(&view, membership, touched));
}

fn measure(what: &str, times: usize, mut run: impl FnMut(usize)) {
    let start = processor_ns();
    (0..times).for_each(&mut run);
    println!("{:>8.0} ns  {what}", (processor_ns() - start) as f64 / times as f64);
}

fn claims(row: usize) -> Vec<Claim> {
    let user = Identifier { namespace: Namespace::UserId, value: format!("user-{row}").into() };
    let anonymous = Identifier {
        namespace: Namespace::AnonymousId,
        value: format!("{row:08x}-0000-4abc-9def-0123456789ab").into(),
    };
    let hash = |number: usize| IdentifierHash(number as u128);
    vec![
        Claim { identifier: user, hash: hash(row * 2 + 1) },
        Claim { identifier: anonymous, hash: hash(row * 2 + 2) },
    ]
}

fn cause(row: usize) -> Cause {
    Cause {
        seq: Seq(row as u64),
        time: Timestamp(START + row as i64),
        message: row as u128,
        source: SourceId(1),
    }
}

fn event(number: usize) -> Event {
    let name =
        ["Product Viewed", "Product Viewed", "Product Added", "Order Completed", "Page Opened"][number % 5];
    let body = format!(
        r#"{{"type":"track","event":"{name}","messageId":"m-{number}","userId":"user-{number}",
        "anonymousId":"6f1d3c2a-0000-4abc-9def-0123456789ab","timestamp":"2026-03-01T10:00:00.000Z",
        "properties":{{"product_id":"p-{number}","category":"tv","price":{}.95,"total":{}.95,"currency":"EUR",
        "url":"https://shop.example/products/p-{number}?ref=mail"}},
        "context":{{"ip":"203.0.113.7","userAgent":"Mozilla/5.0 (X11; Linux x86_64)","library":{{"name":"a.js"}}}}}}"#,
        number * 7 % 90,
        number * 3 % 50
    );
    let time = Timestamp(START) + Span(number as i64 * Span::MINUTE.0 / 4);
    let stamp = Stamp { source: SourceId(1), channel: Channel::WEB, time, received: time };
    Event::parse(body.into_bytes().into(), stamp).expect("the event is well-formed")
}

/// Twenty segments over five events and two traits.
fn recognition() -> Recognition {
    let schema = r#"
traits: {city: text, plan: text}
events:
  Product Viewed: {properties: {category: text, price: double}}
  Product Added: {properties: {price: double}}
  Order Completed: {properties: {total: double}}
  Page Opened: {}
"#;
    let mut conditions: Vec<String> = vec![
        r#"count("Order Completed") >= 1"#.into(),
        r#"count("Order Completed", "30d") >= 3"#.into(),
        r#"sum("Order Completed", "total", "90d") > 500.0"#.into(),
        r#"count("Product Viewed", "7d") >= 5"#.into(),
        r#"count("Product Viewed", "1h") >= 10"#.into(),
        r#"count("Product Viewed", "30d") >= 50"#.into(),
        r#"last("Product Viewed").category == "tv""#.into(),
        r#"count("Product Added", "1d") > 0 && count("Order Completed", "1d") == 0"#.into(),
        r#"count("Page Opened", "7d") >= 20"#.into(),
        r#"profile.traits.city == "Bonn""#.into(),
        r#"profile.traits.plan == "gold""#.into(),
        r#"in_segment("s0") && profile.traits.city == "Bonn""#.into(),
    ];
    for size in 2..10 {
        conditions.push(format!(r#"count("Product Viewed", "7d") >= {}"#, size * 10));
    }
    let file = |path: String, text: String| CatalogueFile { path, text };
    let segment = |(place, when): (usize, &String)| {
        file(format!("segments/s{place:02}.yaml"), format!("{{name: s{place}, title: S, when: '{when}'}}"))
    };
    let mut files = vec![file("schema.yaml".into(), schema.into())];
    files.extend(conditions.iter().enumerate().map(segment));
    Recognition::compile(&Catalogue { version: 1, files }, &mut Symbols::new())
        .expect("the catalogue compiles")
}

/// Time on the processor, so that a busy machine measures the same.
fn processor_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default()
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4_096
}
