//! Profiles: traits with source and time, computed traits, identifiers that are none.

use expect_test::expect;

use crate::world::check;

const SCHEMA: &str = r#"
traits: {city: text, born: time, visits: int}
events:
  Order Completed: {properties: {total: double, price: money}, impersonal: [total]}
  Product Viewed: {properties: {category: text}}
"#;

const COMPUTED: &str = r#"
orders: count("Order Completed")
spent_90d: sum("Order Completed", "total", "90d")
dearest: max("Order Completed", "total")
mean: avg("Order Completed", "total")
last_category: last("Product Viewed").category
first_category: first("Product Viewed").category
paid: sum("Order Completed", "price")
"#;

#[test]
fn late_and_early_give_one_profile() {
    check(
        &[("schema.yaml", SCHEMA), ("computed.yaml", COMPUTED)],
        r#"0 10:00 user_id=u1 anonymous_id=a1 identify {"city": "Bonn", "visits": 3.0, "name": "Ada"}
           0 11:00 anonymous_id=a1 Product Viewed {"category": "tv"}
           0 12:00 user_id=u1 Order Completed {"total": 19.99, "price": "19.90 EUR"}
           1 12:00 user_id=u1 Order Completed {"total": 0.02, "price": "0.10 EUR"}
           1 13:00 late 0 09:00 user_id=u1 Product Viewed {"category": "radio"}
           1 13:01 late 0 08:00 user_id=u1 identify {"city": "Berlin", "phone": "call me"}
           profile user_id=u1"#,
        expect![[r#"
            {
              "first_seen": "2026-03-01T08:00:00.000Z",
              "last_seen": "2026-03-02T12:00:00.000Z",
              "identifiers": [
                {
                  "namespace": "user_id",
                  "value": "u1",
                  "strand": "str_0000000000001",
                  "first_seen": "2026-03-01T08:00:00.000Z"
                },
                {
                  "namespace": "anonymous_id",
                  "value": "a1",
                  "strand": "str_0000000000002",
                  "first_seen": "2026-03-01T10:00:00.000Z"
                }
              ],
              "traits": {
                "city": {
                  "value": "Bonn",
                  "time": "2026-03-01T10:00:00.000Z",
                  "source": 1
                },
                "name": {
                  "value": "Ada",
                  "time": "2026-03-01T10:00:00.000Z",
                  "source": 1
                },
                "phone": {
                  "value": "call me",
                  "time": "2026-03-01T08:00:00.000Z",
                  "source": 1
                },
                "visits": {
                  "value": 3,
                  "time": "2026-03-01T10:00:00.000Z",
                  "source": 1
                }
              },
              "computed": {
                "dearest": 19.99,
                "first_category": "radio",
                "last_category": "tv",
                "mean": 10.005,
                "orders": 2,
                "paid": "20 EUR",
                "spent_90d": 20.01
              },
              "segments": [],
              "invalid_identifiers": [
                {
                  "namespace": "phone",
                  "raw": "call me",
                  "reason": "`phone` is not a telephone number: it holds no number; write it with its country code, such as `+49 30 …`",
                  "time": "2026-03-01T08:00:00.000Z"
                }
              ]
            }
        "#]],
    );
}

#[test]
fn a_trusted_source_wins_over_a_later_one() {
    check(
        &[],
        r#"0 10:00 user_id=u1 identify from 9 {"city": "Bonn"}
           0 11:00 user_id=u1 identify from 2 {"city": "Berlin", "age": 30}
           0 12:00 user_id=u1 identify from 9 {"age": null}
           profile user_id=u1"#,
        expect![[r#"
            {
              "first_seen": "2026-03-01T10:00:00.000Z",
              "last_seen": "2026-03-01T12:00:00.000Z",
              "identifiers": [
                {
                  "namespace": "user_id",
                  "value": "u1",
                  "strand": "str_0000000000001",
                  "first_seen": "2026-03-01T10:00:00.000Z"
                }
              ],
              "traits": {
                "city": {
                  "value": "Bonn",
                  "time": "2026-03-01T10:00:00.000Z",
                  "source": 9
                }
              },
              "computed": {},
              "segments": [],
              "invalid_identifiers": []
            }
        "#]],
    );
}

#[test]
fn nobody_is_named_by_placeholders() {
    check(
        &[],
        "0 10:00 user_id=null email=nowhere Page Viewed",
        expect![[r#"
        0 10:00: nobody
    "#]],
    );
}
