//! A customer to ask conditions about: Ada, 41, who has bought and looked at things.

#![allow(dead_code)] // each test file uses a part of it

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{Span, Timestamp, Value, ValueKind};
use rules::{
    Aggregate, Behaviour, BehaviourSlot, Doubt, Environment, FieldSlot, Mistake, Scope, SegmentSlot, Symbols,
    Verdict, Wanted, compile,
};

pub const NOW: &str = "2026-03-10T12:00:00Z";

/// What is known of one customer, by the names conditions use.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    pub fields: BTreeMap<&'static str, Value>,
    pub behaviours: Vec<(Behaviour, Value)>,
    pub segments: Vec<&'static str>,
}

impl Customer {
    pub fn ada() -> Self {
        let json = |text: &str| Value::from_json(&text.parse().unwrap());
        let fields = BTreeMap::from([
            ("profile.traits.age", Value::Int(41)),
            ("profile.traits.city", Value::text("Berlin")),
            ("profile.traits.score", Value::Double(0.5)),
            ("profile.traits.vip", Value::Bool(true)),
            ("profile.traits.tags", json(r#"["early", "tv", "Straße"]"#)),
            ("profile.traits.limit", Value::Money("100.00 EUR".parse().unwrap())),
            ("profile.traits.born", Value::Time("1984-05-01T00:00:00Z".parse().unwrap())),
            ("profile.traits.address", json(r#"{"zip": "10115", "geo": {"lat": 52.5}, "floor": null}"#)),
            ("profile.traits.anything", Value::Int(7)),
            ("event.name", Value::text("Order Completed")),
            ("event.properties.total", Value::text("19.90 EUR")),
            ("event.properties.ordered_at", Value::text("2026-03-09T12:00:00Z")),
            ("event.properties.broken_at", Value::text("yesterday")),
            (
                "event.properties.products",
                json(
                    r#"[{"sku": "a", "price": 10, "tags": ["x"]}, {"sku": "b", "price": 25.5, "tags": ["y", "z"]},
                        {"sku": "c", "price": 5}]"#,
                ),
            ),
            ("event.properties.product-id", Value::text("p-1")),
            ("event.properties.broken_list", json("[1, \"two\", null]")),
            ("slots.room", Value::text("kitchen")),
        ]);
        let behaviour = |event: &str, aggregate, window: Option<i64>| Behaviour {
            event: event.into(),
            aggregate,
            window: window.map(|days| Span(Span::DAY.0 * days)),
        };
        let order = "Order Completed";
        let behaviours = vec![
            (behaviour(order, Aggregate::Count, Some(30)), Value::Int(2)),
            (behaviour(order, Aggregate::Count, None), Value::Int(9)),
            (
                behaviour(order, Aggregate::Sum("total".into()), Some(90)),
                Value::Money("250.10 EUR".parse().unwrap()),
            ),
            (behaviour(order, Aggregate::Max("items".into()), None), Value::Int(4)),
            (behaviour(order, Aggregate::Average("items".into()), None), Value::Double(2.5)),
            (behaviour("Product Viewed", Aggregate::Last("category".into()), None), Value::text("tv")),
            (
                behaviour("Product Viewed", Aggregate::Last("".into()), None),
                Value::Time("2026-03-10T11:00:00Z".parse().unwrap()),
            ),
            (behaviour("Product Viewed", Aggregate::Last("details.size".into()), Some(7)), Value::Int(55)),
        ];
        Self { fields, behaviours, segments: vec!["vip"] }
    }

    /// The customer's values at the slots of `symbols`.
    pub fn bind(&self, symbols: &Symbols) -> Bound {
        let fields =
            symbols.fields().iter().map(|path| self.fields.get(&**path).cloned().unwrap_or_default());
        let behaviour = |wanted: &Behaviour| {
            let known = self.behaviours.iter().find(|(behaviour, _)| behaviour == wanted);
            known.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Bound {
            fields: fields.collect(),
            behaviours: symbols.behaviours().iter().map(behaviour).collect(),
            segments: symbols.segments().iter().map(|name| self.segments.contains(&&**name)).collect(),
            now: NOW.parse().unwrap(),
        }
    }
}

/// Everything a condition about Ada may name.
pub fn scope() -> Scope {
    let mut scope = Scope::new();
    for (path, kind) in [
        ("profile.traits.age", ValueKind::Int),
        ("profile.traits.city", ValueKind::Text),
        ("profile.traits.score", ValueKind::Double),
        ("profile.traits.vip", ValueKind::Bool),
        ("profile.traits.tags", ValueKind::List),
        ("profile.traits.limit", ValueKind::Money),
        ("profile.traits.born", ValueKind::Time),
        ("profile.traits.address", ValueKind::Map),
        ("profile.traits.anything", ValueKind::Null),
        ("profile.traits.missing", ValueKind::Int),
        ("profile.traits.missing_text", ValueKind::Text),
        ("profile.traits.missing_list", ValueKind::List),
        ("profile.traits.missing_flag", ValueKind::Bool),
        ("event.name", ValueKind::Text),
        ("event.properties.total", ValueKind::Money),
        ("event.properties.ordered_at", ValueKind::Time),
        ("event.properties.broken_at", ValueKind::Time),
        ("event.properties.products", ValueKind::List),
        ("event.properties.product-id", ValueKind::Text),
        ("event.properties.broken_list", ValueKind::List),
        ("slots.room", ValueKind::Text),
    ] {
        scope.field(path, kind);
    }
    let property = |name: &str, kind| (String::from(name), kind);
    scope.event(
        "Order Completed",
        [
            property("total", ValueKind::Money),
            property("items", ValueKind::Int),
            property("coupon", ValueKind::Text),
            property("paid_at", ValueKind::Time),
        ],
    );
    let viewed = [property("category", ValueKind::Text), property("details", ValueKind::Map)];
    scope.event("Product Viewed", viewed);
    scope.segment("vip");
    scope.segment("lapsed");
    scope
}

/// Values at slots.
pub struct Bound {
    pub fields: Vec<Value>,
    pub behaviours: Vec<Value>,
    pub segments: Vec<bool>,
    pub now: Timestamp,
}

impl Environment for Bound {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Borrowed(&self.fields[usize::from(slot.0)])
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.behaviours[usize::from(slot.0)].clone()
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.segments[usize::from(slot.0)]
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

/// The condition's answer about Ada.
pub fn ask(source: &str) -> Result<Verdict, Vec<Mistake>> {
    let mut symbols = Symbols::new();
    let program = compile(source, &scope(), &mut symbols, Wanted::Bool)?;
    let ada = Customer::ada().bind(&symbols);
    let verdict = program.holds(&ada);
    assert_eq!(program.is_true(&ada), verdict.holds, "{source}");
    Ok(verdict)
}

/// The expression's value for Ada.
pub fn value(source: &str) -> Result<Result<Value, Doubt>, Vec<Mistake>> {
    let mut symbols = Symbols::new();
    let program = compile(source, &scope(), &mut symbols, Wanted::Any)?;
    Ok(program.value(&Customer::ada().bind(&symbols)))
}

/// One line: the answer, the doubt, or the mistakes.
pub fn told(source: &str) -> String {
    match ask(source) {
        Ok(Verdict { holds, doubt: None }) => holds.to_string(),
        Ok(Verdict { doubt: Some(doubt), .. }) => format!("false: {doubt}"),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}
