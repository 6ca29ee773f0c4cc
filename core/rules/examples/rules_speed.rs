//! How long conditions take: `cargo run --release -p rules --example rules_speed`.
//!
//! Prints nanoseconds per evaluation on one core, the best of several rounds, and what one compilation takes.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // measures time, which conditions themselves never see

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use model::{Timestamp, Value, ValueKind};
use rules::{BehaviourSlot, Environment, FieldSlot, Scope, SegmentSlot, Symbols, Wanted, compile};

const ROUNDS: usize = 15;
const EVALUATIONS: u32 = 200_000;
const COMPILATIONS: u32 = 200;

const CONDITIONS: [(&str, &str); 8] = [
    ("one comparison", "profile.traits.age > 30"),
    ("two terms", r#"profile.traits.age > 30 && profile.traits.city == "Berlin""#),
    ("a missing value", "profile.traits.missing > 30"),
    ("in a list of five", r#"profile.traits.city in ["Hamburg", "Bremen", "Kiel", "Essen", "Berlin"]"#),
    ("exists over 20 items", "event.properties.items.exists(item, item > 100)"),
    ("exists over 20 groups", "event.properties.products.exists(p, p.price > 100)"),
    ("matches", r#"profile.traits.email.matches("^[a-z.]+@[a-z]+\\.(de|at|ch)$")"#),
    ("a behaviour", r#"count("Order Completed", "30d") >= 2"#),
];

struct Slots {
    fields: Vec<Value>,
}

impl Environment for Slots {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Borrowed(&self.fields[usize::from(slot.0)])
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        Value::Int(3)
    }

    fn in_segment(&self, _: SegmentSlot) -> bool {
        true
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

fn main() {
    let product = |price| {
        Value::Map(Box::new([("sku".into(), Value::text("tv-55")), ("price".into(), Value::Int(price))]))
    };
    let known = [
        ("profile.traits.age", Value::Int(41)),
        ("profile.traits.city", Value::text("Berlin")),
        ("profile.traits.email", Value::text("ada.lovelace@example.de")),
        ("profile.traits.missing", Value::Null),
        ("event.properties.items", Value::List((0..20).map(Value::Int).collect())),
        ("event.properties.products", Value::List((0..20).map(product).collect())),
    ];
    let mut scope = Scope::new();
    for (path, value) in &known {
        scope.field(path, value.kind());
    }
    scope.event("Order Completed", [("total".into(), ValueKind::Money)]);

    println!("{:<24} {:>12} {:>16} {:>14}", "condition", "ns", "million/s/core", "µs to compile");
    for (name, source) in CONDITIONS {
        let mut symbols = Symbols::new();
        let program =
            compile(source, &scope, &mut symbols, Wanted::Bool).expect("the conditions above are correct");
        let value =
            |path: &str| known.iter().find(|(known, _)| *known == path).map(|(_, value)| value.clone());
        let slots =
            Slots { fields: symbols.fields().iter().map(|path| value(path).unwrap_or_default()).collect() };
        let holds = best(EVALUATIONS, || black_box(program.holds(black_box(&slots))).holds);
        let compiled = best(COMPILATIONS, || compile(source, &scope, &mut symbols, Wanted::Bool).is_ok());
        println!("{name:<24} {holds:>12.1} {:>16.1} {:>14.0}", 1_000.0 / holds, compiled / 1_000.0);
    }
}

/// Nanoseconds per call in the fastest round.
fn best(calls: u32, mut call: impl FnMut() -> bool) -> f64 {
    let mut round = || {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        start.elapsed().as_nanos() as f64 / f64::from(calls)
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}
