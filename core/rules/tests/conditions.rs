//! What conditions answer, as a table: the condition, and its answer about Ada.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod support;

use std::borrow::Cow;

use model::{Timestamp, Value};
use rules::{
    Aggregate, Behaviour, BehaviourSlot, Doubt, Environment, FieldSlot, SegmentSlot, Symbols, Wanted, compile,
};
use support::{Bound, Customer, ask, scope, told, value};

const TABLE: &[(&str, &str)] = &[
    // Comparison.
    ("profile.traits.age > 30 && profile.traits.city == \"Berlin\"", "true"),
    ("profile.traits.age > 41", "false"),
    ("profile.traits.age >= 41", "true"),
    ("41 <= profile.traits.age", "true"),
    ("42 < profile.traits.age", "false"),
    ("40 < profile.traits.age", "true"),
    ("profile.traits.age != 41", "false"),
    ("profile.traits.age > 40.5", "true"),
    ("profile.traits.age == 41.0", "true"),
    ("profile.traits.score * 2 == 1", "true"),
    ("profile.traits.city < \"C\"", "true"),
    ("profile.traits.vip", "true"),
    ("!profile.traits.vip", "false"),
    ("profile.traits.vip == true", "true"),
    ("slots.room == 'kitchen'", "true"),
    ("event.properties[\"product-id\"] == \"p-1\"", "true"),
    ("profile.traits.anything == 7", "true"),
    ("profile.traits.anything == \"7\"", "false"),
    ("9007199254740993 > 9007199254740992.0", "true"),
    // Missing values.
    ("profile.traits.missing > 3", "false: `profile.traits.missing` is not known"),
    ("profile.traits.missing != 3", "false: `profile.traits.missing` is not known"),
    ("!(profile.traits.missing > 3)", "false: `profile.traits.missing` is not known"),
    ("profile.traits.missing_flag", "false: `profile.traits.missing_flag` is not known"),
    ("profile.traits.missing > 3 || profile.traits.vip", "true"),
    ("profile.traits.vip || profile.traits.missing > 3", "true"),
    ("profile.traits.missing > 3 || !profile.traits.vip", "false: `profile.traits.missing` is not known"),
    ("profile.traits.missing > 3 && profile.traits.vip", "false: `profile.traits.missing` is not known"),
    ("profile.traits.missing > 3 && !profile.traits.vip", "false"),
    ("!(profile.traits.missing > 3 && !profile.traits.vip)", "true"),
    ("profile.traits.missing == null", "true"),
    ("null == profile.traits.missing", "true"),
    ("profile.traits.missing != null", "false"),
    ("profile.traits.age == null", "false"),
    ("null != profile.traits.age", "true"),
    ("has(profile.traits.age) && !has(profile.traits.missing)", "true"),
    ("has(profile.traits.missing) ? profile.traits.missing > 3 : profile.traits.vip", "true"),
    ("profile.traits.missing > 3 ? true : true", "false: `profile.traits.missing` is not known"),
    ("profile.traits.missing in [1, 2]", "false: `profile.traits.missing` is not known"),
    ("\"a\" in profile.traits.missing_list", "false: `profile.traits.missing_list` is not known"),
    ("profile.traits.missing_text.contains(\"a\")", "false: `profile.traits.missing_text` is not known"),
    // Inside values.
    ("profile.traits.address.zip == \"10115\"", "true"),
    ("profile.traits.address[\"zip\"] == \"10115\"", "true"),
    ("profile.traits.address.geo.lat > 52", "true"),
    ("profile.traits.address.floor == null", "true"),
    ("has(profile.traits.address.geo.lat) && !has(profile.traits.address.street)", "true"),
    ("profile.traits.address.street == \"a\"", "false: `profile.traits.address.street` is not known"),
    ("profile.traits.address.geo.lat.deep == 1", "false: `.` cannot take a number"),
    ("event.properties.products[0].price == 10", "true"),
    ("event.properties.products[3].price == 10", "false: `[…]` is not known"),
    ("event.properties.products[-1] == null", "true"),
    // Values of another kind than declared or expected.
    ("profile.traits.anything && true", "false: a condition cannot take a whole number"),
    ("profile.traits.anything > \"a\"", "false: `>` cannot take a whole number and text"),
    ("profile.traits.anything.contains(\"7\")", "false: `contains` cannot take a whole number"),
    (
        "event.properties.broken_at < now",
        "false: `event.properties.broken_at` is text that does not read as a time",
    ),
    ("event.properties.broken_list[1] > 3", "false: `>` cannot take text and a whole number"),
    // Arithmetic.
    ("7 / 2 == 3 && -7 / 2 == -3 && 7 % 4 == 3", "true"),
    ("7 / 2.0 == 3.5", "true"),
    ("profile.traits.age - 1 == 40 && -profile.traits.age == -41", "true"),
    ("profile.traits.city + \"!\" == \"Berlin!\"", "true"),
    ("profile.traits.age / 0 == 1", "false: something is divided by zero"),
    ("profile.traits.score / 0 == 1", "false: something is divided by zero"),
    ("profile.traits.age % 0 == 1", "false: something is divided by zero"),
    ("9223372036854775807 + profile.traits.age > 0", "false: a result is too large to be exact"),
    ("1e308 * 10 > 0", "false: a result is too large to be exact"),
    ("profile.traits.age > 30 ? true : 1 / 0 == 1", "true"),
    // Money.
    ("event.properties.total == money(\"19.9 EUR\")", "true"),
    ("event.properties.total > money(\"10 EUR\")", "true"),
    ("event.properties.total > money(\"10 USD\")", "false: amounts in EUR and USD do not mix"),
    ("event.properties.total != money(\"10 USD\")", "false: amounts in EUR and USD do not mix"),
    ("event.properties.total in [money(\"1 USD\"), money(\"19.90 EUR\")]", "true"),
    ("profile.traits.limit - event.properties.total == money(\"80.10 EUR\")", "true"),
    (
        "profile.traits.limit * 2 > money(\"199 EUR\") && 2 * profile.traits.limit == money(\"200 EUR\")",
        "true",
    ),
    ("-event.properties.total < money(\"0 EUR\")", "true"),
    ("money(\"0.10 EUR\") + money(\"0.20 EUR\") == money(\"0.30 EUR\")", "true"),
    // Time.
    ("event.properties.ordered_at < timestamp(\"2026-03-10T00:00:00Z\")", "true"),
    ("now - event.properties.ordered_at == duration(\"1d\")", "true"),
    ("now - duration(\"1h30m\") == timestamp(\"2026-03-10T10:30:00Z\")", "true"),
    ("now > profile.traits.born + duration(\"1w\")", "true"),
    ("-duration(\"1h\") < duration(\"0s\") && duration(\"60m\") == duration(\"1.0h\")", "true"),
    // Text.
    ("profile.traits.city.contains(\"erl\") && profile.traits.city.startsWith(\"B\")", "true"),
    ("profile.traits.city.endsWith(\"in\") && !profile.traits.city.contains(\"x\")", "true"),
    ("profile.traits.city.matches(\"^[A-Z][a-z]+$\")", "true"),
    ("profile.traits.city.matches(\"rli\") && !profile.traits.city.matches(\"(?i)^ERLIN\")", "true"),
    (
        "profile.traits.city.lowerAscii() == \"berlin\" && profile.traits.city.upperAscii() == \"BERLIN\"",
        "true",
    ),
    ("size(profile.traits.tags[2]) == 6 && profile.traits.city.size() == 6", "true"),
    // Lists.
    ("profile.traits.city in [\"Hamburg\", \"Berlin\"]", "true"),
    ("profile.traits.age in [1, 41.0]", "true"),
    ("profile.traits.city in []", "false"),
    ("\"tv\" in profile.traits.tags && !(\"radio\" in profile.traits.tags)", "true"),
    ("[profile.traits.age, 3] == [41, 3]", "true"),
    ("profile.traits.tags == [\"early\", \"tv\"]", "false"),
    ("profile.traits.tags.size() == 3", "true"),
    ("event.properties.products.exists(p, p.price > 20)", "true"),
    ("event.properties.products.exists(p, 20 < p.price)", "true"),
    ("event.properties.products.exists(p, p.price > 30)", "false"),
    ("event.properties.products.all(p, p.price >= 5)", "true"),
    ("event.properties.products.exists_one(p, p.sku == \"b\")", "true"),
    ("event.properties.products.exists_one(p, p.price > 5)", "false"),
    ("event.properties.products.filter(p, p.price > 7).size() == 2", "true"),
    ("size(event.properties.products.filter(p, p.price > 7)) == 2", "true"),
    ("event.properties.products.exists(p, p.tags.exists(t, t == \"z\" && p.price > 20))", "true"),
    ("event.properties.products.exists(p, \"x\" in p.tags)", "true"),
    ("event.properties.products.exists(p, p.tags.size() == 3)", "false: `p.tags` is not known"),
    ("event.properties.products.all(p, p.tags.size() > 0)", "false: `p.tags` is not known"),
    ("event.properties.products.all(p, p.tags.size() > 1)", "false"),
    ("event.properties.products.filter(p, p.tags.size() > 0).size() > 0", "false: `p.tags` is not known"),
    ("event.properties.products.filter(p, has(p.tags) && p.tags.size() > 0).size() == 2", "true"),
    ("event.properties.broken_list.exists(x, x > 5)", "false: `>` cannot take text and a whole number"),
    ("event.properties.broken_list.exists(x, x == \"two\")", "true"),
    ("event.properties.broken_list.exists(x, x == null)", "true"),
    ("[].all(x, x == 1) && ![].exists(x, x == 1)", "true"),
    // Behaviour and segments.
    ("count(\"Order Completed\", \"30d\") >= 2", "true"),
    ("count(\"Order Completed\") == 9 && count(\"Product Viewed\") == 0", "true"),
    ("sum(\"Order Completed\", \"total\", \"90d\") > money(\"250 EUR\")", "true"),
    ("sum(\"Order Completed\", \"items\", \"90d\") == 0", "true"),
    ("sum(\"Order Completed\", \"total\") < money(\"10 EUR\")", "true"),
    ("sum(\"Order Completed\", \"total\") == money(\"0.00 USD\")", "true"),
    ("sum(\"Order Completed\", \"total\") + money(\"3 EUR\") == money(\"3 EUR\")", "true"),
    ("max(\"Order Completed\", \"items\") == 4 && avg(\"Order Completed\", \"items\") > 2", "true"),
    ("min(\"Order Completed\", \"paid_at\") == null", "true"),
    (
        "min(\"Order Completed\", \"paid_at\") < now",
        "false: `min(\"Order Completed\", \"paid_at\")` is not known",
    ),
    ("last(\"Product Viewed\").category == \"tv\"", "true"),
    ("last(\"Product Viewed\").time > now - duration(\"2h\")", "true"),
    ("last(\"Product Viewed\", \"7d\").details.size == 55", "true"),
    (
        "first(\"Product Viewed\").category == \"tv\"",
        "false: `first(\"Product Viewed\").category` is not known",
    ),
    ("has(last(\"Product Viewed\").category) && !has(first(\"Product Viewed\").category)", "true"),
    ("in_segment(\"vip\") && !in_segment(\"lapsed\")", "true"),
    // Form.
    ("// a note\nprofile.traits.vip // another\n && true", "true"),
    ("profile.traits.age > (1 < 2 ? 3 : 50)", "true"),
    ("\"\\u00e9\" == \"é\" && r\"\\d\" == \"\\\\d\"", "true"),
];

#[test]
fn conditions_answer_as_the_table_says() {
    for (source, answer) in TABLE {
        assert_eq!(told(source), *answer, "{source}");
    }
}

/// An environment that makes its values anew, as one over encoded state may.
struct Making(Bound);

impl Environment for Making {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Owned(self.0.fields[usize::from(slot.0)].clone())
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.0.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.0.in_segment(slot)
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

#[test]
fn borrowed_and_owned_values_and_dynamic_environments_answer_alike() {
    for (source, _) in TABLE {
        let mut symbols = Symbols::new();
        let program = compile(source, &scope(), &mut symbols, Wanted::Any).unwrap();
        let borrowed = Customer::ada().bind(&symbols);
        let made = Making(Customer::ada().bind(&symbols));
        let dynamic: &dyn Environment = &made;
        assert_eq!(program.holds(&made), program.holds(&borrowed), "{source}");
        assert_eq!(program.holds(dynamic), program.holds(&borrowed), "{source}");
        let truth = program.value(&borrowed).map(|value| value == Value::Bool(true));
        assert_eq!(truth.unwrap_or(false), program.holds(&borrowed).holds, "{source}");
    }
}

#[test]
fn an_expression_has_a_value_of_its_kind() {
    let text = |text: &str| value(text).unwrap().map(|value| value.to_string());
    assert_eq!(text("profile.traits.age + 1"), Ok("42".into()));
    assert_eq!(text("event.properties.total"), Ok("\"19.90 EUR\"".into()));
    assert_eq!(text("profile.traits.vip ? \"gold\" : \"blue\""), Ok("\"gold\"".into()));
    assert_eq!(text("profile.traits.tags[0]"), Ok("\"early\"".into()));
    assert_eq!(text("now"), Ok("\"2026-03-10T12:00:00.000Z\"".into()));
    assert_eq!(text("sum(\"Order Completed\", \"total\")"), Ok("0".into()));
    let doubt = Doubt::Missing { field: "profile.traits.missing".into() };
    assert_eq!(value("profile.traits.missing").unwrap(), Err(doubt));
}

#[test]
fn a_program_knows_what_it_reads_each_once() {
    let mut symbols = Symbols::new();
    let mut reads =
        |source: &str| compile(source, &scope(), &mut symbols, Wanted::Bool).unwrap().reads().clone();
    let first = reads("profile.traits.age > 3 && profile.traits.age < 9 && in_segment(\"vip\") || now < now");
    assert_eq!(first.fields, [FieldSlot(0)]);
    assert_eq!(first.segments, [SegmentSlot(0)]);
    assert!(first.now && first.behaviours.is_empty());
    let second = reads(
        "event.properties.products.exists(p, p.price > profile.traits.age && \
         count(\"Order Completed\", \"30d\") > 1 && last(\"Product Viewed\").details.size > 1)",
    );
    assert_eq!(second.fields, [FieldSlot(0), FieldSlot(1)]);
    assert_eq!(second.behaviours, [BehaviourSlot(0), BehaviourSlot(1)]);
    assert!(!second.now);
    assert_eq!(&*symbols.fields()[1], "event.properties.products");
    let size = Behaviour {
        event: "Product Viewed".into(),
        aggregate: Aggregate::Last("details.size".into()),
        window: None,
    };
    assert_eq!(symbols.behaviours()[1], size);
}

#[test]
fn a_program_keeps_its_source() {
    let mut symbols = Symbols::new();
    let program = compile("profile.traits.vip", &scope(), &mut symbols, Wanted::Bool).unwrap();
    assert_eq!(program.source(), "profile.traits.vip");
    assert!(ask("profile.traits.vip").unwrap().holds);
}
