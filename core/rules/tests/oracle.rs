//! Where the meaning is CEL's, our answers are those of the `cel` crate's interpreter.
//!
//! Random well-typed expressions over the part of the language that means the same in both are evaluated by
//! both. A failure prints the expression; the seed is fixed, so it fails again.

#![allow(clippy::disallowed_types)] // the interpreter's maps
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use std::borrow::Cow;
use std::collections::BTreeMap;

use cel::objects::Value as CelValue;
use model::{Timestamp, Value, ValueKind};
use rules::{BehaviourSlot, Environment, FieldSlot, Scope, SegmentSlot, Symbols, Wanted, compile};

const EXPRESSIONS: usize = 3_000;

/// Fields, their kinds and values; null is missing.
fn fields() -> Vec<(&'static str, ValueKind, Value)> {
    let json = |text: &str| Value::from_json(&text.parse().unwrap());
    vec![
        ("p.age", ValueKind::Int, Value::Int(41)),
        ("p.zero", ValueKind::Int, Value::Int(0)),
        ("p.most", ValueKind::Int, Value::Int(i64::MAX)),
        ("p.score", ValueKind::Double, Value::Double(0.5)),
        ("p.city", ValueKind::Text, Value::text("Berlin")),
        ("p.street", ValueKind::Text, Value::text("Straße 7")),
        ("p.vip", ValueKind::Bool, Value::Bool(true)),
        ("p.numbers", ValueKind::List, json("[1, 5, 9, 5]")),
        ("p.words", ValueKind::List, json(r#"["tv", "Berlin", ""]"#)),
        ("p.mixed", ValueKind::List, json(r#"[1, "tv", 2.5, true]"#)),
        ("p.groups", ValueKind::List, json(r#"[{"n": 3}, {"n": 41}, {"m": 1}]"#)),
        ("p.gone", ValueKind::Int, Value::Null),
        ("p.gone_text", ValueKind::Text, Value::Null),
        ("p.gone_flag", ValueKind::Bool, Value::Null),
        ("p.gone_list", ValueKind::List, Value::Null),
    ]
}

#[test]
fn random_expressions_mean_what_they_mean_in_cel() {
    let mut random = Random(0x005e_ed0f_7a51_u64);
    let (mut values, mut faults) = (0, 0);
    for _ in 0..EXPRESSIONS {
        let source = random.condition(4);
        match check(&source) {
            true => values += 1,
            false => faults += 1,
        }
    }
    // Both outcomes must be well represented, or the test compares little.
    assert!(values > EXPRESSIONS / 3 && faults > EXPRESSIONS / 10, "{values} values, {faults} faults");
}

#[test]
fn chosen_expressions_mean_what_they_mean_in_cel() {
    for source in [
        "p.gone > 1 || p.vip",
        "p.vip || p.gone > 1",
        "p.gone > 1 && !p.vip",
        "p.gone > 1 && p.vip",
        "p.gone_flag ? true : true",
        "p.vip ? p.age : p.gone",
        "has(p.gone) || has(p.age)",
        "p.groups.exists(g, g.n == 41)",
        "p.groups.exists(g, g.n == 42)",
        "p.groups.all(g, g.n < 3)",
        "p.groups.all(g, g.n < 100)",
        "p.groups.exists_one(g, g.n == 41)",
        "p.mixed.exists(x, x == \"tv\")",
        "p.mixed.all(x, x != 7)",
        "p.mixed.exists(x, x > 2)",
        "p.mixed.exists_one(x, x == 1)",
        "p.numbers.filter(n, n == 5).size() == 2",
        "p.numbers.exists(n, p.numbers.exists(m, m > n + 7))",
        "size(p.street) == 8",
        "p.street.size()",
        "7 / 2",
        "-7 / 2",
        "-7 % 2",
        "p.most + 1",
        "-p.most - 1",
        "-(-p.most - 1)",
        "p.age / p.zero",
        "p.age % p.zero",
        "p.age < 41.5 && 41.0 == p.age",
        "p.city + p.street == \"BerlinStraße 7\"",
        "5 in p.numbers && !(6 in p.numbers)",
        "1.0 in [1, 2]",
        "\"tv\" in p.mixed",
        "p.words == [\"tv\", \"Berlin\", \"\"]",
        "p.city.matches(\"^B.*n$\") && p.city.matches(\"erl\")",
        "p.city < \"C\" && \"Z\" < \"a\"",
        "r\"\\d\" == \"\\\\d\"",
        "\"\\u00e9\\x41\\101\" == \"éAA\"",
        "'''a\nb''' == \"a\\nb\"",
        "timestamp(\"2026-03-01T10:00:00Z\") + duration(\"36h\") > timestamp(\"2026-03-02T10:00:00Z\")",
        "timestamp(\"2026-03-02T00:00:00Z\") - timestamp(\"2026-03-01T00:00:00+01:00\") == duration(\"25h\")",
        "duration(\"1h30m\") - duration(\"90m\") == duration(\"0s\")",
        "duration(\"1.5h\") < duration(\"91m\")",
        "!!p.vip == p.vip",
        "1 + 2 * 3 - 4 % 3 == 6",
        "1 < 2 == true",
        "true || false && false",
    ] {
        check(source);
    }
}

/// Evaluates `source` both ways; whether there was a value.
fn check(source: &str) -> bool {
    let ours = ours(source);
    let theirs = theirs(source);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert!(same(ours, theirs), "{source}\nours {ours:?}\ncel's {theirs:?}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{source}\nours {ours:?}\ncel's {theirs:?}"),
    }
    ours.is_ok()
}

struct Slots(Vec<Value>);

impl Environment for Slots {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        Cow::Borrowed(&self.0[usize::from(slot.0)])
    }

    fn behaviour(&self, _: BehaviourSlot) -> Value {
        Value::Null
    }

    fn in_segment(&self, _: SegmentSlot) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

fn ours(source: &str) -> Result<Value, String> {
    let mut scope = Scope::new();
    let known = fields();
    known.iter().for_each(|(path, kind, _)| scope.field(path, *kind));
    let mut symbols = Symbols::new();
    let program = compile(source, &scope, &mut symbols, Wanted::Any).unwrap_or_else(|mistakes| {
        panic!("{source}: {}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    });
    let value = |path: &str| known.iter().find(|(known, ..)| *known == path).map(|(.., value)| value.clone());
    let slots = Slots(symbols.fields().iter().map(|path| value(path).unwrap()).collect());
    program.value(&slots).map_err(|doubt| doubt.to_string())
}

fn theirs(source: &str) -> Result<CelValue, String> {
    let mut group = BTreeMap::new();
    for (path, _, value) in fields() {
        if !value.is_null() {
            group.insert(path.trim_start_matches("p.").to_owned(), to_cel(&value));
        }
    }
    let mut context = cel::Context::default();
    context.add_variable_from_value("p", group.into_iter().collect::<std::collections::HashMap<_, _>>());
    let program = cel::Program::compile(source).map_err(|error| panic!("{source}: {error}")).unwrap();
    program.execute(&context).map_err(|error| error.to_string())
}

fn to_cel(value: &Value) -> CelValue {
    match value {
        Value::Bool(bool) => (*bool).into(),
        Value::Int(int) => (*int).into(),
        Value::Double(double) => (*double).into(),
        Value::Text(text) => text.to_string().into(),
        Value::List(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.to_string(), to_cel(value)));
            fields.collect::<std::collections::HashMap<_, _>>().into()
        }
        Value::Null | Value::Time(_) | Value::Money(_) => panic!("{value:?} is not used here"),
    }
}

fn same(ours: &Value, theirs: &CelValue) -> bool {
    match (ours, theirs) {
        (Value::Bool(ours), CelValue::Bool(theirs)) => ours == theirs,
        (Value::Int(ours), CelValue::Int(theirs)) => ours == theirs,
        (Value::Double(ours), CelValue::Float(theirs)) => ours == theirs,
        (Value::Text(ours), CelValue::String(theirs)) => **ours == **theirs,
        _ => false,
    }
}

/// A small generator of pseudo-random numbers (xorshift64), and of expressions.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["true", "false", "p.vip", "p.gone_flag", "has(p.gone)", "has(p.city)"]).into();
        }
        let depth = depth - 1;
        match self.below(13) {
            0 | 1 => format!("({} && {})", self.condition(depth), self.condition(depth)),
            2 | 3 => format!("({} || {})", self.condition(depth), self.condition(depth)),
            4 => format!("!({})", self.condition(depth)),
            5 => {
                format!("({} ? {} : {})", self.condition(depth), self.condition(depth), self.condition(depth))
            }
            6 | 7 => {
                let comparison = self.one(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({} {comparison} {})", self.number(depth), self.number(depth))
            }
            8 => {
                let comparison = self.one(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({} {comparison} {})", self.text(depth), self.text(depth))
            }
            9 => {
                let function = self.one(&["contains", "startsWith", "endsWith"]);
                format!("{}.{function}({})", self.text(depth), self.text(depth))
            }
            10 => {
                let list = self.one(&["p.numbers", "[1, 2, 41]", "p.mixed", "p.gone_list", "[]"]);
                format!("({} in {list})", self.integer(depth))
            }
            11 => {
                let list = self.one(&["p.numbers", "p.gone_list", "[3, 41]"]);
                let function = self.one(&["exists", "all", "exists_one"]);
                format!("{list}.{function}(n, n > {} || n == 5)", self.integer(depth))
            }
            _ => {
                let function = self.one(&["exists", "all", "exists_one"]);
                format!("p.groups.{function}(g, g.n > {})", self.integer(depth))
            }
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if self.below(4) == 0 { self.double(depth) } else { self.integer(depth) }
    }

    fn integer(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["0", "1", "2", "41", "p.age", "p.zero", "p.most", "p.gone"]).into();
        }
        let depth = depth - 1;
        match self.below(5) {
            0 => self.integer(0),
            1 => format!("-({})", self.integer(depth)),
            2 => format!("{}.size()", self.text(depth)),
            3 => format!("size({})", self.one(&["p.numbers", "p.words", "[1, 2]", "p.gone_list"])),
            _ => {
                let operation = self.one(&["+", "-", "*", "/", "%"]);
                format!("({} {operation} {})", self.integer(depth), self.integer(depth))
            }
        }
    }

    fn double(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["0.0", "1.0", "2.5", "p.score", "41.0"]).into();
        }
        let depth = depth - 1;
        let operation = self.one(&["+", "-", "*"]);
        format!("({} {operation} {})", self.double(depth), self.double(depth))
    }

    fn text(&mut self, depth: usize) -> String {
        match self.below(6) {
            0 if depth > 0 => format!("({} + {})", self.text(depth - 1), self.text(depth - 1)),
            _ => self.one(&["\"\"", "\"e\"", "\"Berlin\"", "p.city", "p.street", "p.gone_text"]).into(),
        }
    }
}
