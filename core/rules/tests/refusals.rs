//! What is refused when a catalogue is published, where, and what authors are told to do.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod support;

use expect_test::{Expect, expect};
use model::ValueKind;
use rules::{Scope, Symbols, Wanted, compile};
use support::{scope, told};

fn check(sources: &[&str], expected: Expect) {
    let lines = sources.iter().map(|source| {
        let shown = if source.trim().is_empty() { format!("{source:?}") } else { (*source).into() };
        format!("{shown}\n    {}\n", told(source).replace('\n', "\n    "))
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn unknown_names_are_refused_with_a_suggestion() {
    check(
        &[
            "profile.traits.ctiy == \"Berlin\"",
            "city == \"Berlin\"",
            "weather == \"rain\"",
            "profile.traits == 1",
            "profile.traits.age.years > 3",
            "\"é\" == \"é\" && profile.traits.cty == \"é\" || profile.traits.agee > 3",
            "foo(1)",
            "profile.traits.city.contain(\"x\")",
            "a.b.c(1)",
            "now()",
            "in_segment(\"vips\")",
            "count(\"Order Complete\") > 1",
            "sum(\"Order Completed\", \"totl\") > money(\"1 EUR\")",
            "first(\"Product Viewed\").colour == \"red\"",
        ],
        expect![[r#"
            profile.traits.ctiy == "Berlin"
                column 1: `profile.traits.ctiy` is not known here. Did you mean `profile.traits.city`?
            city == "Berlin"
                column 1: `city` is not known here. Did you mean `profile.traits.city`?
            weather == "rain"
                column 1: `weather` is not known here. Declare it in the catalogue, or use a name that is known here
            profile.traits == 1
                column 1: `profile.traits` is a group of fields. Name one of its fields, such as `profile.traits.address`, `profile.traits.age`, `profile.traits.anything`, `profile.traits.born`, `profile.traits.city`
            profile.traits.age.years > 3
                column 1: `profile.traits.age` is a whole number and has no fields of its own. Write `profile.traits.age`
            "é" == "é" && profile.traits.cty == "é" || profile.traits.agee > 3
                column 15: `profile.traits.cty` is not known here. Did you mean `profile.traits.city`?
                column 44: `profile.traits.agee` is not known here. Did you mean `profile.traits.age`?
            foo(1)
                column 1: there is no function `foo`. docs/conditions.md lists every function
            profile.traits.city.contain("x")
                column 21: there is no function `contain`. Did you mean `contains`?
            a.b.c(1)
                column 5: there is no function `c`. docs/conditions.md lists every function
            now()
                column 1: `now` is a time, not a function. Leave the brackets out
            in_segment("vips")
                column 12: there is no segment `vips`. Did you mean `vip`?
            count("Order Complete") > 1
                column 7: there is no event `Order Complete`. Did you mean `Order Completed`?
            sum("Order Completed", "totl") > money("1 EUR")
                column 24: `Order Completed` has no property `totl`. Did you mean `total`?
            first("Product Viewed").colour == "red"
                column 1: `Product Viewed` has no property `colour`. Declare the property with its event
        "#]],
    );
}

#[test]
fn kinds_that_do_not_fit_are_refused() {
    check(
        &[
            "profile.traits.age",
            "duration(\"1d\")",
            "profile.traits.age > \"3\"",
            "event.properties.total > 20",
            "event.properties.ordered_at > \"2026-03-01\"",
            "now - now == 0",
            "now + 3 > now",
            "profile.traits.limit * 1.5 > money(\"199 EUR\")",
            "profile.traits.limit / 2 > money(\"3 EUR\")",
            "profile.traits.vip < true",
            "profile.traits.tags < [1]",
            "profile.traits.age && true",
            "!profile.traits.age",
            "-profile.traits.city == \"a\"",
            "profile.traits.vip ? 1 : \"a\"",
            "profile.traits.city in \"Berlin\"",
            "profile.traits.city in [1, 2]",
            "profile.traits.city[0] == \"B\"",
            "profile.traits.tags[\"x\"] == \"B\"",
            "profile.traits.tags[profile.traits.city] == \"B\"",
            "[duration(\"1d\")].size() == 1",
            "profile.traits.age.size() == 6",
            "profile.traits.city.contains(3)",
            "profile.traits.age.contains(\"4\")",
            "profile.traits.city.exists(x, x == 1)",
            "sum(\"Order Completed\", \"coupon\") > 1",
            "max(\"Order Completed\", \"coupon\") == \"x\"",
        ],
        expect![[r#"
            profile.traits.age
                column 1: this results in a whole number, not in true or false. Compare it with something
            duration("1d")
                column 1: this results in a length of time, not in true or false. Compare it with something
            profile.traits.age > "3"
                column 20: `>` compares a whole number with text. Use values of one kind
            event.properties.total > 20
                column 24: `>` compares money with a whole number. Write amounts with their currency: `money("19.90 EUR")`; only whole numbers multiply them
            event.properties.ordered_at > "2026-03-01"
                column 29: `>` compares a time with text. Write times as `timestamp("2026-03-01T10:00:00Z")`
            now - now == 0
                column 11: `==` compares a length of time with a whole number. Write lengths of time as `duration("30d")`
            now + 3 > now
                column 5: `+` cannot take a time and a whole number. Write lengths of time as `duration("30d")`
            profile.traits.limit * 1.5 > money("199 EUR")
                column 22: `*` cannot take money and a number. Write amounts with their currency: `money("19.90 EUR")`; only whole numbers multiply them
            profile.traits.limit / 2 > money("3 EUR")
                column 22: `/` cannot take money and a whole number. Write amounts with their currency: `money("19.90 EUR")`; only whole numbers multiply them
            profile.traits.vip < true
                column 20: `<` cannot order true or false. Use `==`, `!=` or `in`
            profile.traits.tags < [1]
                column 21: `<` cannot order a list. Use `==`, `!=` or `in`
            profile.traits.age && true
                column 1: this is a whole number, not true or false. Compare it with something, or use `has`
            !profile.traits.age
                column 2: this is a whole number, not true or false. Compare it with something, or use `has`
            -profile.traits.city == "a"
                column 2: `-` cannot take text. Negate a number; for conditions use `!`
            profile.traits.vip ? 1 : "a"
                column 26: the choice is between a whole number and text. Choose between values of one kind
            profile.traits.city in "Berlin"
                column 24: `in` looks into a list; this is text. Write a list: `x in ["a", "b"]`; for texts use `contains`
            profile.traits.city in [1, 2]
                column 21: text is never among numbers. List values of the kind that is looked for
            profile.traits.city[0] == "B"
                column 1: text has no elements. Take an element of a list
            profile.traits.tags["x"] == "B"
                column 1: `profile.traits.tags` is a list and has no fields of its own. Write `profile.traits.tags`
            profile.traits.tags[profile.traits.city] == "B"
                column 21: text is no place in a list. Count from 0
            [duration("1d")].size() == 1
                column 2: lists cannot hold lengths of time. Compare them one by one
            profile.traits.age.size() == 6
                column 1: `size` takes text or a list; this is a whole number. Compare it itself
            profile.traits.city.contains(3)
                column 30: `contains` takes text; this is a whole number. Name a field that holds text
            profile.traits.age.contains("4")
                column 1: `contains` takes text; this is a whole number. Name a field that holds text
            profile.traits.city.exists(x, x == 1)
                column 1: `exists` looks at the elements of a list; this is text. Name a field that holds a list
            sum("Order Completed", "coupon") > 1
                column 24: `sum` cannot take `coupon`, which is text. Name a property that holds numbers or money
            max("Order Completed", "coupon") == "x"
                column 24: `max` cannot take `coupon`, which is text. Name a property that holds numbers or money
        "#]],
    );
}

#[test]
fn functions_are_called_as_they_are_declared() {
    check(
        &[
            "profile.traits.city.contains()",
            "profile.traits.city.lowerAscii(\"x\") == \"a\"",
            "contains(\"a\", \"b\")",
            "profile.traits.city.count(\"X\") > 1",
            "has()",
            "has(1 > 2)",
            "(1 > 2) == null",
            "null",
            "count()",
            "count(profile.traits.city) > 1",
            "count(\"Order Completed\", profile.traits.city) > 1",
            "count(\"Order Completed\", \"0d\") > 1",
            "count(\"Order Completed\", \"30 days\") > 1",
            "sum(\"Order Completed\") > 1",
            "sum(\"Order Completed\", profile.traits.city) > 1",
            "last(\"Product Viewed\") == null",
            "last().time < now",
            "in_segment(profile.traits.city)",
            "timestamp(\"yesterday\") < now",
            "timestamp(profile.traits.city) < now",
            "duration(\"a month\") > duration(\"1d\")",
            "duration(profile.traits.city) > duration(\"1d\")",
            "money(\"20\") > money(\"3 EUR\")",
            "money(profile.traits.city) > money(\"3 EUR\")",
            "profile.traits.city.matches(\"(\")",
            "profile.traits.city.matches(profile.traits.city)",
            "profile.traits.city.matches(\"(a{1000}){1000}\")",
        ],
        expect![[r#"
            profile.traits.city.contains()
                column 21: `contains` takes one text in its brackets. Write `name.contains("text")`
            profile.traits.city.lowerAscii("x") == "a"
                column 21: `lowerAscii` takes nothing in its brackets. Write `name.lowerAscii()`
            contains("a", "b")
                column 1: `contains` stands after what it looks at. Write `name.contains(…)`
            profile.traits.city.count("X") > 1
                column 21: `count` does not stand after a dot. Write `count(…)` alone
            has()
                column 1: `has` takes one thing in its brackets. docs/conditions.md shows how it is written
            has(1 > 2)
                column 7: only a name can be missing. Ask for a name: `has(profile.traits.city)`
            (1 > 2) == null
                column 4: only a name can be missing. Ask for a name: `has(profile.traits.city)`
            null
                column 1: `null` stands alone for a missing value. Compare a name with it by `==` or `!=`, or use `has`
            count()
                column 1: this function takes an event's name first. Write `count("Order Completed", "30d")`
            count(profile.traits.city) > 1
                column 7: an event's name must be written out in quotes. Write `count("Order Completed")`
            count("Order Completed", profile.traits.city) > 1
                column 26: a window must be written out in quotes. Write `count("Order Completed", "30d")`
            count("Order Completed", "0d") > 1
                column 26: `0d` is not a window. Write a whole number and one of s, m, h, d, w, such as `30d`
            count("Order Completed", "30 days") > 1
                column 26: `30 days` is not a window. Write a whole number and one of s, m, h, d, w, such as `30d`
            sum("Order Completed") > 1
                column 1: this function takes an event's name first. Write `sum("Order Completed", "total", "90d")`
            sum("Order Completed", profile.traits.city) > 1
                column 24: a property's name must be written out in quotes. Write `sum("Order Completed", "total")`
            last("Product Viewed") == null
                column 1: `last` stands for a whole event. Say what of it: `last("…").time` or `last("…").property`
            last().time < now
                column 1: this function takes an event's name first. Write `last("Product Viewed").category`
            in_segment(profile.traits.city)
                column 12: a segment's name must be written out in quotes. Write `in_segment("vip")`
            timestamp("yesterday") < now
                column 11: `yesterday` is not a time; use RFC 3339 with a zone, such as `2026-03-01T10:00:00Z`. Add the zone and both date and time
            timestamp(profile.traits.city) < now
                column 11: a time must be written out in quotes. Write `timestamp("2026-03-01T10:00:00Z")`
            duration("a month") > duration("1d")
                column 10: `a month` is not a length of time. Write a number and one of w, d, h, m, s, ms, such as `30d` or `1h30m`
            duration(profile.traits.city) > duration("1d")
                column 10: a length of time must be written out in quotes. Write `duration("30d")`
            money("20") > money("3 EUR")
                column 7: `20` is not an amount of money; write the amount and an ISO 4217 code, such as `19.90 EUR`. Use a point for cents and capitals for the code
            money(profile.traits.city) > money("3 EUR")
                column 7: an amount of money must be written out in quotes. Write `money("19.90 EUR")`
            profile.traits.city.matches("(")
                column 29: this is not a pattern: unclosed group. Correct the regular expression
            profile.traits.city.matches(profile.traits.city)
                column 29: a pattern must be written out. Write it in quotes: `name.matches("^a")`
            profile.traits.city.matches("(a{1000}){1000}")
                column 29: this pattern is too large. Repeat fewer things in it
        "#]],
    );
}

#[test]
fn loops_stay_simple() {
    check(
        &[
            "profile.traits.tags.exists(t)",
            "profile.traits.tags.exists(1, true)",
            "profile.traits.tags.exists(t.u, true)",
            "profile.traits.tags.map(t, t).size() == 1",
            "profile.traits.tags.filter(t, t == \"a\")",
            "profile.traits.tags.filter(t, t == \"a\").exists(u, u == \"a\")",
            "profile.traits.tags.exists(now, now == \"a\")",
            "profile.traits.tags.exists(t, profile.traits.tags.exists(t, t == \"a\"))",
            "[1].exists(a, [1].exists(b, [1].exists(c, c == a)))",
            "profile.traits.tags.exists(t, 3)",
        ],
        expect![[r#"
            profile.traits.tags.exists(t)
                column 21: `exists` takes a name for the element and a condition. Write `list.exists(item, item.price > 10)`
            profile.traits.tags.exists(1, true)
                column 21: `exists` takes a name for the element and a condition. Write `list.exists(item, item.price > 10)`
            profile.traits.tags.exists(t.u, true)
                column 21: `exists` takes a name for the element and a condition. Write `list.exists(item, item.price > 10)`
            profile.traits.tags.map(t, t).size() == 1
                column 21: `map` would build a list, which conditions do not. Ask about the elements with `exists`, `all` or `filter(…).size()`
            profile.traits.tags.filter(t, t == "a")
                column 21: `filter` results in a list, which nothing takes. Count what it finds: `list.filter(item, item.price > 10).size()`
            profile.traits.tags.filter(t, t == "a").exists(u, u == "a")
                column 21: `filter` results in a list, which nothing takes. Count what it finds: `list.filter(item, item.price > 10).size()`
            profile.traits.tags.exists(now, now == "a")
                column 28: `now` already stands for something else here. Choose another name for the element
            profile.traits.tags.exists(t, profile.traits.tags.exists(t, t == "a"))
                column 58: `t` already stands for something else here. Choose another name for the element
            [1].exists(a, [1].exists(b, [1].exists(c, c == a)))
                column 33: `exists` is nested more than 2 deep. Split the condition
            profile.traits.tags.exists(t, 3)
                column 31: this is a whole number, not true or false. Compare it with something, or use `has`
        "#]],
    );
}

#[test]
fn what_cannot_be_read_is_told_where_it_stands() {
    check(
        &[
            "",
            "  ",
            "profile.traits.age = 3",
            "profile.traits.vip and true",
            "not profile.traits.vip",
            "profile.traits.vip & true",
            "profile.traits.vip ? true",
            "(profile.traits.vip",
            "profile.traits.vip)",
            "1 +",
            "\"é\" + == 1",
            "\"a\" \"b\"",
            "profile.traits.age > 9223372036854775808",
            "1e999 > 1.0",
            "1u == 1",
            "b\"x\" == b\"x\"",
            "{\"a\": 1}",
            "Foo{a: 1} == 1",
            "profile.traits.`city` == \"a\"",
            "profile.traits.?city == \"a\"",
            "break == 1",
            "profile.traits.city == “Berlin”",
            "\"abc",
            "\"a\nb\"",
            "'''a",
            "\"\\q\"",
            "profile.traits.age > 3 &&\n  profile.traits.city = 3",
        ],
        expect![[r#"
            ""
                the condition is empty. Write `true` for one that always holds
            "  "
                the condition is empty. Write `true` for one that always holds
            profile.traits.age = 3
                column 20: `=` cannot stand here. Compare with `==`
            profile.traits.vip and true
                column 20: `and` cannot stand here. Write `&&`
            not profile.traits.vip
                column 1: `not` has no meaning here. Write `!` before what must not hold
            profile.traits.vip & true
                column 20: `&` cannot stand here. Write `&&`
            profile.traits.vip ? true
                column 26: the condition ends too early. Complete it, and close every bracket
            (profile.traits.vip
                column 20: the condition ends too early. Complete it, and close every bracket
            profile.traits.vip)
                column 19: `)` cannot stand here. Check the operators and brackets around it; docs/conditions.md shows what can be written
            1 +
                column 4: the condition ends too early. Complete it, and close every bracket
            "é" + == 1
                column 7: `==` cannot stand here. Check the operators and brackets around it; docs/conditions.md shows what can be written
            "a" "b"
                column 5: `"` cannot stand here. Check the operators and brackets around it; docs/conditions.md shows what can be written
            profile.traits.age > 9223372036854775808
                column 22: `9223372036854775808` is no number that can be kept. Whole numbers reach 9.2e18, others 1.7e308
            1e999 > 1.0
                column 1: `1e999` is no number that can be kept. Whole numbers reach 9.2e18, others 1.7e308
            1u == 1
                column 1: `1u` is an unsigned number, which no field holds. Leave the `u` out
            b"x" == b"x"
                column 1: `b` stands directly before a text. Put an operator between them; only `r` may stand before a text, for one without escapes
            {"a": 1}
                column 1: groups of fields cannot be written here. Compare the fields one by one
            Foo{a: 1} == 1
                column 4: groups of fields cannot be written here. Compare the fields one by one
            profile.traits.`city` == "a"
                column 16: ``` has no meaning here. Put texts in straight quotes; docs/conditions.md shows the operators
            profile.traits.?city == "a"
                column 15: `.` cannot stand here. Check the operators and brackets around it; docs/conditions.md shows what can be written
            break == 1
                column 1: `break` cannot stand here. Check the operators and brackets around it; docs/conditions.md shows what can be written
            profile.traits.city == “Berlin”
                column 24: `“` has no meaning here. Put texts in straight quotes; docs/conditions.md shows the operators
            "abc
                column 1: this text is never closed. Close it with the quote it began with
            "a
            b"
                column 1: this text is never closed. Close it with the quote it began with
            '''a
                column 1: this text is never closed. Close it with the quote it began with
            "\q"
                column 2: this `\` begins no known escape. Write `\\` for a backslash, or put `r` before the text: r"\d+"
            profile.traits.age > 3 &&
              profile.traits.city = 3
                column 49: `=` cannot stand here. Compare with `==`
        "#]],
    );
}

#[test]
fn sizes_are_limited() {
    let told_of = |source: String| told(&source);
    let expected = expect![[r#"
        the condition has 4121 bytes; at most 4096 are read. Split it into segments and combine them with `in_segment`
        column 33: brackets are nested more than 32 deep. Take some out, or split the condition into segments
        column 809: more than 200 operators are chained here. Use a list with `in`, or split the condition into segments
        the condition has more than 1000 parts. Split it into segments and combine them with `in_segment`
        20 mistakes told
    "#]];
    let long = format!("profile.traits.city == \"{}\"", "x".repeat(4096));
    let deep = format!("{}true{}", "(".repeat(33), ")".repeat(33));
    let chained = format!("profile.traits.age{} == 3", " + 1".repeat(200));
    let wide = format!("profile.traits.age in [{}]", vec!["1"; 1_100].join(","));
    let mistakes: Vec<String> =
        (1..=40).map(|number| format!("unknown_{number}_{}", "x".repeat(40))).collect();
    let many = told_of(mistakes.join(" || ")).lines().count();
    expected.assert_eq(&format!(
        "{}\n{}\n{}\n{}\n{many} mistakes told\n",
        told_of(long),
        told_of(deep),
        told_of(chained),
        told_of(wide),
    ));
}

#[test]
fn a_result_can_be_of_any_kind_but_a_length_of_time() {
    let mut symbols = Symbols::new();
    assert!(compile("profile.traits.city", &scope(), &mut symbols, Wanted::Any).is_ok());
    assert!(compile("profile.traits.anything", &scope(), &mut symbols, Wanted::Bool).is_ok());
    let mistakes = compile("now - now", &scope(), &mut symbols, Wanted::Any).unwrap_err();
    expect!["column 5: this results in a length of time. Add it to a time, or compare it with another"]
        .assert_eq(&mistakes[0].to_string());
}

#[test]
fn a_field_named_now_is_the_field() {
    let mut scope = Scope::new();
    scope.field("now", ValueKind::Int);
    let mut symbols = Symbols::new();
    let program = compile("now == 3", &scope, &mut symbols, Wanted::Bool).unwrap();
    assert!(!program.reads().now && symbols.fields().len() == 1);
}
