//! Segments: entered and left by events, by traits, by other segments and by the passing of time.

use expect_test::expect;

use crate::world::{check, compile};

const SCHEMA: &str = r#"
traits: {city: text, plan: text}
events:
  Order Completed: {properties: {total: double}}
  Product Viewed: {properties: {category: text}}
"#;

fn segment(name: &str, when: &str) -> String {
    format!("{{name: {name}, title: {name}, when: '{when}'}}")
}

#[test]
fn behaviour_enters_and_time_leaves() {
    check(
        &[
            ("schema.yaml", SCHEMA),
            ("segments/a.yaml", &segment("regular", r#"count("Order Completed", "30d") >= 2"#)),
            (
                "segments/b.yaml",
                &segment("vip", r#"in_segment("regular") && sum("Order Completed", "total", "7d") > 50.0"#),
            ),
            (
                "segments/c.yaml",
                &segment("looking-for-tv", r#"last("Product Viewed", "2h").category == "tv""#),
            ),
        ],
        r#"0 10:00 user_id=u1 Order Completed {"total": 60}
           1 10:00 user_id=u1 Order Completed {"total": 1}
           1 10:30 user_id=u1 Product Viewed {"category": "tv"}
           1 11:00 user_id=u1 Product Viewed {"category": "tv"}
           40 00:00 tick"#,
        expect![[r#"
            1 10:00: 1 enters regular
            1 10:00: 1 enters vip
            1 10:30: 1 enters looking-for-tv
            1 13:00: 1 leaves looking-for-tv (`last("Product Viewed").category` is not known)
            7 10:00: 1 leaves vip
            30 10:00: 1 leaves regular
        "#]],
    );
}

#[test]
fn traits_and_merges_change_segments() {
    check(
        &[
            ("schema.yaml", SCHEMA),
            ("segments/a.yaml", &segment("bonn", r#"profile.traits.city == "Bonn""#)),
            ("segments/b.yaml", &segment("buyers", r#"count("Order Completed") > 1"#)),
        ],
        r#"0 10:00 anonymous_id=a1 Order Completed {"total": 60}
           0 10:01 user_id=u1 identify {"city": "Bonn"}
           0 10:02 user_id=u1 Order Completed {"total": 60}
           0 10:03 user_id=u1 anonymous_id=a1 Product Viewed {}
           0 10:04 user_id=u1 identify {"city": "Berlin"}
           0 10:05 user_id=u1 identify {"city": null}
           0 10:06 anonymous_id=a1 identify {"city": "Bonn"}
           0 10:07 user_id=u1 identify {"city": "Berlin"}
           0 10:08 anonymous_id=a1 identify {"city": "Bonn"}"#,
        expect![[r#"
            0 10:01: 2 enters bonn
            0 10:03: 2 enters buyers
            0 10:04: 2 leaves bonn
            0 10:06: 2 enters bonn
            0 10:07: 2 leaves bonn
            0 10:08: 2 enters bonn
        "#]],
    );
}

#[test]
fn circles_are_refused() {
    let problems = compile(&[
        ("segments/a.yaml", &segment("hen", r#"in_segment("egg")"#)),
        ("segments/b.yaml", &segment("egg", r#"in_segment("hen")"#)),
    ])
    .unwrap_err();
    expect!["segments/b.yaml: when: the segments `egg`, `hen` depend on each other in a circle. Let one of them do without the others."].assert_eq(&problems[0].to_string());
}
