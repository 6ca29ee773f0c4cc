//! Conditions that can never hold: what is told to be impossible never is true, and what is seen to be true is never told so.

use std::borrow::Cow;

use expect_test::expect;
use model::{Timestamp, Value, ValueKind};
use proptest::prelude::*;
use rules::{BehaviourSlot, Environment, FieldSlot, Program, Scope, SegmentSlot, Symbols, Wanted, compile};

/// A customer of whom a few things are known.
#[derive(Debug, Clone)]
struct Somebody {
    symbols: Symbols,
    age: Value,
    city: Value,
    vip: Value,
    anything: Value,
    orders: i64,
    member: bool,
}

impl Environment for Somebody {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Borrowed(match &*self.symbols.fields()[usize::from(slot.0)] {
            "profile.traits.age" => &self.age,
            "profile.traits.city" => &self.city,
            "profile.traits.vip" => &self.vip,
            _ => &self.anything,
        })
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        if self.orders == 0 { Value::Null } else { Value::Int(self.orders) }
    }

    fn in_segment(&self, _: SegmentSlot) -> bool {
        self.member
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

fn scope() -> Scope {
    let mut scope = Scope::new();
    scope.field("profile.traits.age", ValueKind::Int);
    scope.field("profile.traits.city", ValueKind::Text);
    scope.field("profile.traits.vip", ValueKind::Bool);
    scope.field("profile.traits.anything", ValueKind::Null);
    scope.field("slots.colour", ValueKind::Text);
    scope.choices("slots.colour", ["red".into(), "green".into()]);
    scope.event("Order Completed", [("total".to_owned(), ValueKind::Double)]);
    scope.segment("regular");
    scope
}

fn compiled(source: &str, symbols: &mut Symbols) -> Program {
    compile(source, &scope(), symbols, Wanted::Bool)
        .unwrap_or_else(|mistakes| panic!("`{source}`: {mistakes:?}"))
}

fn told(source: &str) -> String {
    let mut symbols = Symbols::new();
    let program = compiled(source, &mut symbols);
    program.impossible(&scope(), &symbols).unwrap_or_else(|| "possible".into())
}

#[test]
fn contradictions_are_told_with_what_contradicts() {
    let sources = [
        "profile.traits.age > 10 && profile.traits.age < 5",
        "profile.traits.age > 10 && profile.traits.age <= 10",
        "profile.traits.age >= 10 && profile.traits.age <= 10",
        "profile.traits.city == \"Oslo\" && profile.traits.city == \"Bergen\"",
        "profile.traits.city == \"Oslo\" && profile.traits.city != \"Oslo\"",
        "profile.traits.city in [] || 1 > 2",
        "profile.traits.city in [\"Oslo\", \"Bergen\"] && profile.traits.city == \"Rome\"",
        "!(profile.traits.age > 10) && profile.traits.age > 12",
        "profile.traits.vip && !profile.traits.vip",
        "in_segment(\"regular\") && !in_segment(\"regular\")",
        "count(\"Order Completed\") < 0",
        "count(\"Order Completed\", \"30d\") > 3 && count(\"Order Completed\", \"30d\") < 2",
        "count(\"Order Completed\", \"30d\") > 3 && count(\"Order Completed\", \"90d\") < 2",
        "slots.colour == \"blue\"",
        "slots.colour == \"red\"",
        "profile.traits.age > 10 && (profile.traits.age < 5 || profile.traits.city == \"Oslo\")",
        "profile.traits.age > 10 && (profile.traits.age < 5 || profile.traits.age == 7)",
    ];
    let lines: String = sources.iter().map(|source| format!("{source}\n    {}\n", told(source))).collect();
    expect![[r#"
        profile.traits.age > 10 && profile.traits.age < 5
            `profile.traits.age` cannot be > 10 and < 5
        profile.traits.age > 10 && profile.traits.age <= 10
            `profile.traits.age` cannot be > 10 and <= 10
        profile.traits.age >= 10 && profile.traits.age <= 10
            possible
        profile.traits.city == "Oslo" && profile.traits.city == "Bergen"
            `profile.traits.city` cannot be == "Oslo" and == "Bergen"
        profile.traits.city == "Oslo" && profile.traits.city != "Oslo"
            `profile.traits.city` cannot be == "Oslo" and != "Oslo"
        profile.traits.city in [] || 1 > 2
            a part of it that must be true is false
        profile.traits.city in ["Oslo", "Bergen"] && profile.traits.city == "Rome"
            `profile.traits.city` cannot be == "Bergen" and == "Rome"
        !(profile.traits.age > 10) && profile.traits.age > 12
            `profile.traits.age` cannot be <= 10 and > 12
        profile.traits.vip && !profile.traits.vip
            `profile.traits.vip` cannot be == true and == false
        in_segment("regular") && !in_segment("regular")
            `in_segment("regular")` cannot be == true and == false
        count("Order Completed") < 0
            `what is asked of “Order Completed”` is a number of events, never < 0
        count("Order Completed", "30d") > 3 && count("Order Completed", "30d") < 2
            `what is asked of “Order Completed”` cannot be > 3 and < 2
        count("Order Completed", "30d") > 3 && count("Order Completed", "90d") < 2
            possible
        slots.colour == "blue"
            `slots.colour` is one of red, green, never “blue”
        slots.colour == "red"
            possible
        profile.traits.age > 10 && (profile.traits.age < 5 || profile.traits.city == "Oslo")
            possible
        profile.traits.age > 10 && (profile.traits.age < 5 || profile.traits.age == 7)
            `profile.traits.age` cannot be > 10 and == 7
    "#]]
    .assert_eq(&lines);
}

#[test]
fn a_condition_implies_what_is_weaker() {
    let implies = |one: &str, other: &str| {
        let mut symbols = Symbols::new();
        let (one, other) = (compiled(one, &mut symbols), compiled(other, &mut symbols));
        one.implies(&other)
    };
    assert!(implies("profile.traits.age > 20", "profile.traits.age > 10"));
    assert!(implies("profile.traits.age == 20", "profile.traits.age > 10 || profile.traits.vip"));
    assert!(implies("profile.traits.city in [\"a\", \"b\"]", "profile.traits.city in [\"b\", \"a\", \"c\"]"));
    assert!(!implies("profile.traits.age > 10", "profile.traits.age > 20"));
    assert!(!implies("profile.traits.vip", "profile.traits.age > 20"));
    assert!(!implies("profile.traits.age != 10", "profile.traits.age > 10"));
}

fn atom() -> impl Strategy<Value = String> {
    let comparison = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let equality = prop_oneof![Just("=="), Just("!=")];
    let text = prop_oneof![Just("\"a\""), Just("\"b\""), Just("\"c\"")];
    let constant = prop_oneof![Just("0"), Just("1"), Just("1.0"), Just("1.5"), Just("\"a\""), Just("true")];
    prop_oneof![
        (comparison.clone(), 0..4_i64).prop_map(|(by, number)| format!("profile.traits.age {by} {number}")),
        (comparison.clone(), text.clone()).prop_map(|(by, text)| format!("profile.traits.city {by} {text}")),
        (equality, constant).prop_map(|(by, value)| format!("profile.traits.anything {by} {value}")),
        (comparison, 0..3_i64).prop_map(|(by, number)| format!("count(\"Order Completed\") {by} {number}")),
        prop::collection::vec(text, 0..3)
            .prop_map(|texts| format!("profile.traits.city in [{}]", texts.join(", "))),
        Just("profile.traits.vip".to_owned()),
        Just("has(profile.traits.age)".to_owned()),
        Just("!has(profile.traits.city)".to_owned()),
        Just("in_segment(\"regular\")".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            4 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// Everybody there can be, as far as the conditions tell them apart.
fn everybody(symbols: &Symbols) -> Vec<Somebody> {
    let text = |text: &str| Value::text(text);
    let ages: Vec<Value> = [Value::Null].into_iter().chain((-1..5).map(Value::Int)).collect();
    let cities = [Value::Null, text(""), text("a"), text("aa"), text("b"), text("bb"), text("c"), text("d")];
    let flags = [Value::Null, Value::Bool(false), Value::Bool(true)];
    let things = [
        Value::Null,
        Value::Int(0),
        Value::Int(1),
        Value::Double(1.5),
        text("a"),
        Value::Bool(true),
        Value::Money("0.00 EUR".parse().expect("an amount")),
    ];
    let mut all = Vec::new();
    for age in &ages {
        for city in &cities {
            for (place, thing) in things.iter().enumerate() {
                for orders in 0..4 {
                    let vip = flags[(place + orders as usize) % 3].clone();
                    let member = (place + orders as usize / 2).is_multiple_of(2);
                    let (age, city, anything) = (age.clone(), city.clone(), thing.clone());
                    let symbols = symbols.clone();
                    all.push(Somebody { symbols, age, city, vip, anything, orders, member });
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_to_be_impossible_is_never_true(source in condition()) {
        let mut symbols = Symbols::new();
        let Ok(program) = compile(&source, &scope(), &mut symbols, Wanted::Bool) else { return Ok(()) };
        if let Some(why) = program.impossible(&scope(), &symbols) {
            for somebody in everybody(&symbols) {
                prop_assert!(!program.is_true(&somebody), "{source} is told to be impossible ({why}), and holds");
            }
        }
    }

    #[test]
    fn what_is_implied_holds_wherever_it_is_implied(one in condition(), other in condition()) {
        let mut symbols = Symbols::new();
        let Ok(one) = compile(&one, &scope(), &mut symbols, Wanted::Bool) else { return Ok(()) };
        let Ok(other) = compile(&other, &scope(), &mut symbols, Wanted::Bool) else { return Ok(()) };
        if one.implies(&other) {
            for somebody in everybody(&symbols) {
                prop_assert!(!one.is_true(&somebody) || other.is_true(&somebody));
            }
        }
    }
}

#[test]
fn enough_of_the_random_conditions_are_impossible_to_tell_something() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut impossible = 0;
    for _ in 0..500 {
        let source = condition().new_tree(&mut runner).unwrap().current();
        let mut symbols = Symbols::new();
        let Ok(program) = compile(&source, &scope(), &mut symbols, Wanted::Bool) else { continue };
        impossible += usize::from(program.impossible(&scope(), &symbols).is_some());
    }
    assert!(impossible > 25, "only {impossible} of 500");
}
