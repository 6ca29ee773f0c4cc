//! No text makes the compiler or an evaluation panic, overflow the stack or run long.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // threads with small stacks, to prove they suffice

mod support;

use std::borrow::Cow;
use std::cell::Cell;

use model::{Timestamp, Value, ValueKind};
use rules::{BehaviourSlot, Doubt, Environment, FieldSlot, Scope, SegmentSlot, Symbols, Wanted, compile};
use support::{Customer, ask, scope};

/// The stack that compiling and evaluating any text must do with. Threads have 2 MB unless told otherwise.
const STACK_BYTES: usize = 512 * 1024;

/// Compiles and, where that succeeds, evaluates; whether it compiled.
fn survives(source: &str) -> bool {
    let mut symbols = Symbols::new();
    match compile(source, &scope(), &mut symbols, Wanted::Any) {
        Ok(program) => {
            let ada = Customer::ada().bind(&symbols);
            let _ = program.value(&ada);
            let _ = program.holds(&ada);
            true
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "{source}");
            let length = u32::try_from(source.chars().count()).unwrap();
            for mistake in mistakes {
                assert!(
                    mistake.column.is_none_or(|column| (1..=length + 1).contains(&column)),
                    "{source}: {mistake}"
                );
                assert!(!mistake.message.is_empty() && !mistake.remedy.is_empty(), "{source}");
            }
            false
        }
    }
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap().join().unwrap();
}

#[test]
fn deep_and_long_sources_do_with_a_small_stack() {
    on_a_small_stack(|| {
        let nested =
            |open: &str, close: &str, times: usize| format!("{}1{}", open.repeat(times), close.repeat(times));
        for times in [1, 8, 31, 32, 33, 200, 1_000] {
            survives(&nested("(", ")", times));
            survives(&nested("[", "]", times));
            survives(&nested("!(", ")", times));
            survives(&nested("-(", ")", times));
            survives(&nested("size([", "])", times));
            survives(&nested("1 + (", ")", times));
            survives(&nested("(((", "", times));
            survives(&nested("", ")))", times));
            survives(&nested("(true ? ", " : 2)", times));
            survives(&nested("\"a\".contains(", ")", times));
            survives(&nested("[1].exists(x, ", ")", times));
            survives(&nested("{1: ", "}", times));
            survives(&nested("\"\n(", ")", times));
            survives(&format!("\"\\{}", "(".repeat(times)));
        }
        for link in [
            " + 1", " - 1", " && true", " || true", " == 1", ".a", "[0]", "(1)", ".a(1)", " ? 1 : 1",
            " in []",
        ] {
            for times in [10, 60, 190, 199, 200, 250, 340, 390, 1_300] {
                survives(&format!("1{}", link.repeat(times)));
                survives(&format!("true{}", link.repeat(times)));
            }
        }
        for prefix in ["!", "-", "1 + ", "true ? 1 : ", "true && ", "!(1 + ", "a.b.c.d.e.f(1 + 1 + 1 + "] {
            for times in [10, 31, 150, 199, 400] {
                survives(&format!(
                    "{}1{}",
                    prefix.repeat(times),
                    ")".repeat(prefix.matches('(').count() * times)
                ));
            }
        }
    });
}

#[test]
fn what_a_condition_needs_is_allowed() {
    let terms = |term: &str, count: usize, glue: &str| vec![term; count].join(glue);
    assert!(survives(&terms("profile.traits.age == 4", 100, " || ")));
    assert!(survives(&terms("(profile.traits.age == 4 && profile.traits.vip)", 60, " || ")));
    assert!(survives(&format!("profile.traits.age in [{}]", terms("1234", 600, ", "))));
    assert!(survives(&terms("profile.traits.age", 60, " + ")));
    assert!(!survives(&terms("profile.traits.age == 4", 1_000, " || ")));
}

/// Words, operators and fragments that conditions are made of, and some they are not.
const FRAGMENTS: [&str; 64] = [
    "profile.traits.age",
    "profile.traits.city",
    "profile.traits.tags",
    "event.properties.products",
    "p",
    "p.price",
    "profile",
    ".traits",
    ".",
    "now",
    "true",
    "false",
    "null",
    "1",
    "-1",
    "2.5",
    "1e308",
    "9223372036854775807",
    "9223372036854775808",
    "0x10",
    "1u",
    "\"text\"",
    "\"",
    "'",
    "'''",
    "r\"\\d\"",
    "b'x'",
    "\"\\u00e9\"",
    "\"\\ud800\"",
    "\"é\"",
    "é",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    " in ",
    ".exists(p, ",
    ".all(p, ",
    ".filter(p, ",
    ".size()",
    ".matches(\"a+\")",
    "count(\"Order Completed\", \"30d\")",
    "last(\"Product Viewed\").",
    "in_segment(\"vip\")",
    "has(",
    "\n",
    "// note\n",
];

#[test]
fn token_soup_is_refused_or_answered() {
    on_a_small_stack(|| {
        let mut state = 0x00c0_ffee_u64;
        let mut below = |bound: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % bound).unwrap()
        };
        for _ in 0..3_000 {
            let length = 1 + below(24);
            let soup: String = (0..length).map(|_| FRAGMENTS[below(FRAGMENTS.len() as u64)]).collect();
            survives(&soup);
        }
        for _ in 0..1_000 {
            let length = 1 + below(60);
            let noise: String =
                (0..length).map(|_| char::from(u8::try_from(9 + below(118)).unwrap())).collect();
            survives(&noise);
        }
    });
}

#[test]
fn a_source_cut_anywhere_is_refused_or_answered() {
    let source = r#"profile.traits.age > 30 && (profile.traits.city in ["Berlin", 'Köln'] || !has(slots.room))
        && event.properties.products.exists(p, p.price * 2 > 20 ? true : p.tags.all(t, t.matches(r"^\w+$")))"#;
    assert!(ask(source).is_ok_and(|verdict| verdict.holds));
    for (end, _) in source.char_indices() {
        survives(&source[..end]);
        survives(&source[end..]);
    }
}

/// A customer with one long list and one long text.
struct Crowd {
    list: Value,
    text: Value,
    reads: Cell<u32>,
}

impl Environment for Crowd {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        self.reads.set(self.reads.get() + 1);
        Cow::Borrowed(if slot.0 == 0 { &self.list } else { &self.text })
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

#[test]
fn work_is_bounded_and_the_bound_is_told() {
    let mut scope = Scope::new();
    scope.field("list", ValueKind::List);
    scope.field("text", ValueKind::Text);
    let mut symbols = Symbols::new();
    let (list, text) = (symbols.field("list"), symbols.field("text"));
    assert!(list < text);
    let crowd = Crowd {
        list: Value::List((0..5_000).map(Value::Int).collect()),
        text: Value::text("ab".repeat(50_000)),
        reads: Cell::new(0),
    };
    let mut ask = |source: &str| {
        crowd.reads.set(0);
        let program = compile(source, &scope, &mut symbols, Wanted::Bool).unwrap();
        program.holds(&crowd)
    };
    assert!(ask("list.exists(x, x == 4999)").holds);
    assert!(!ask("list.exists(x, list.exists(y, x + y == -1))").holds);
    for source in [
        "list.exists(x, list.exists(y, x + y == -1))",
        "list.all(x, list.all(y, x + y >= 0))",
        "list.filter(x, list.exists_one(y, y == x)).size() == 5000",
        "list.exists(x, x + 5000 in list)",
        "list.exists(x, list == [x]) || list.all(x, text.contains(\"ba\"))",
        "list.all(x, text.matches(\"b.*a\"))",
        "list.all(x, size(text.lowerAscii()) > 0)",
        "list.all(x, size(text) > 0)",
        "list.all(x, text == text)",
        "list.all(x, list == list)",
        "list.all(x, [text, text, text, text].size() == 4)",
        "size(text + text) > 0",
    ] {
        let verdict = ask(source);
        assert_eq!(verdict.doubt, Some(Doubt::TooMuchWork), "{source}");
        assert!(crowd.reads.get() < 100_000, "{source}");
    }
}
