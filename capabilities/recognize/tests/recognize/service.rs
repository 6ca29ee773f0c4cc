//! Orders, tickets and complaints, of whatever channel, and what conditions see of them.

use expect_test::expect;

use crate::world::{check, compile};

fn segment(name: &str, when: &str) -> String {
    format!("{{name: {name}, title: {name}, when: '{when}'}}")
}

#[test]
fn one_order_is_told_by_many_channels() {
    check(
        &[],
        r#"0 10:00 user_id=u1 Order Completed on marketplace/pools {"order_id": "P-1", "currency": "EUR", "total": 1099.9,
             "products": [{"product_id": "pool-6", "name": "Pool", "price": 999.95, "quantity": 1}, {"sku": "cover", "price": "49.95 EUR", "quantity": 2}]}
           1 09:00 user_id=u1 Order Shipped on server {"order_id": "P-1", "carrier": "DHL", "tracking_number": "T1", "products": ["pool-6"]}
           1 10:00 user_id=u1 Shipment Delivered on server {"order_id": "P-1", "tracking_number": "T1"}
           service user_id=u1
           2 09:30 user_id=u1 Order Shipped on server {"order_id": "P-1", "carrier": "GLS", "tracking_number": "T2", "products": ["cover"]}
           2 12:00 user_id=u1 Return Requested on phone {"order_id": "P-1", "product_id": "cover", "reason": "torn"}
           service user_id=u1
           3 12:00 user_id=u1 Shipment Delivered on server {"order_id": "P-1", "tracking_number": "T2"}
           4 12:00 user_id=u1 Return Received on store {"order_id": "P-1", "product_id": "cover"}
           4 12:05 user_id=u1 Order Refunded on store {"order_id": "P-1", "total": 99.9, "currency": "EUR"}
           service user_id=u1"#
            .replace("\n             ", " ")
            .as_str(),
        expect![[r#"
            P-1: Shipped, open, 1099.90 EUR, placed 0 10:00 by marketplace/pools, of marketplace/pools
              1 x pool-6 at 999.95 EUR 
              2 x cover at 49.95 EUR 
              shipment T1 with DHL: 1 09:00 by server, delivered 1 10:00 by server
            P-1: Shipped, open, 1099.90 EUR, placed 0 10:00 by marketplace/pools, of marketplace/pools
              1 x pool-6 at 999.95 EUR 
              2 x cover at 49.95 EUR ReturnRequested 
              shipment T1 with DHL: 1 09:00 by server, delivered 1 10:00 by server
              shipment T2 with GLS: 2 09:30 by server, delivered -
              return of cover: 2 12:00 by phone, received -
            P-1: Delivered, 1099.90 EUR, placed 0 10:00 by marketplace/pools, of marketplace/pools
              1 x pool-6 at 999.95 EUR 
              2 x cover at 49.95 EUR Returned 
              shipment T1 with DHL: 1 09:00 by server, delivered 1 10:00 by server
              shipment T2 with GLS: 2 09:30 by server, delivered 3 12:00 by server
              return of cover: 2 12:00 by phone, received 4 12:00 by store
              refunded 99.90 EUR by store
        "#]],
    );
}

#[test]
fn complaints_name_lines_and_are_solved() {
    check(
        &[
            ("segments/a.yaml", &segment("unhappy", "complaints.open > 0")),
            ("segments/b.yaml", &segment("lamp", r#""lamp" in complaints.products"#)),
            ("segments/c.yaml", &segment("desk", r#""desk" in complaints.products"#)),
            ("segments/d.yaml", &segment("damaged", r#"complaints.latest.subject == "broken""#)),
        ],
        r#"0 10:00 user_id=u1 Order Completed {"order_id": "A", "products": ["lamp", "desk"]}
           1 10:00 user_id=u1 Complaint Opened on phone {"complaint_id": "C1", "order_id": "A", "product": "lamp", "subject": "broken"}
           1 11:00 user_id=u1 Complaint Opened on store {"order_id": "A", "subject": "late"}
           service user_id=u1
           2 10:00 user_id=u1 Complaint Solved on phone {"order_id": "A", "solution": "said sorry"}
           3 10:00 user_id=u1 Complaint Solved on email {"complaint_id": "C1", "solution": "sent another", "solved_by": "anna"}
           4 10:00 user_id=u1 Complaint Reopened on email {"complaint_id": "C1"}
           5 10:00 late 3 12:00 user_id=u1 Complaint Solved on email {"complaint_id": "C1", "solution": "too late"}
           5 11:00 user_id=u1 Note Taken on store {"text": "Prefers Mondays", "by": "ben"}
           5 12:00 user_id=u1 Call Ended on phone {"call_id": "7", "notes": "Asked for a carpet", "agent": "anna"}
           6 10:00 user_id=u1 Ticket Opened on webchat {"ticket_id": "T1", "text": "How do I turn it on?"}
           service user_id=u1"#,
        expect![[r#"
            1 10:00: 1 enters damaged
            1 10:00: 1 enters lamp
            1 10:00: 1 enters unhappy
            1 11:00: 1 leaves damaged
            1 11:00: 1 enters desk
            A: Placed, open, -, placed 0 10:00 by web, of web
              1 x lamp at - A C1
              1 x desk at - A
            complaint A about A (desk lamp): late; open
            complaint C1 about A (lamp): broken; open
            2 10:00: 1 enters damaged
            2 10:00: 1 leaves desk
            3 10:00: 1 leaves lamp
            3 10:00: 1 leaves unhappy
            4 10:00: 1 enters lamp
            4 10:00: 1 enters unhappy
            A: Placed, open, -, placed 0 10:00 by web, of web
              1 x lamp at - C1
              1 x desk at - 
            complaint C1 about A (lamp): broken; open
            complaint A about A (desk lamp): late; 2 10:00 by phone said sorry
            ticket T1 about - (): How do I turn it on?; open
            note 5 12:00 by phone by anna: Asked for a carpet
            note 5 11:00 by store by ben: Prefers Mondays
        "#]],
    );
}

#[test]
fn an_order_is_open_until_it_is_closed_or_nothing_more_is_heard() {
    check(
        &[
            ("service.yaml", "open_for: 10d"),
            ("segments/a.yaml", &segment("waiting", "orders.open > 0")),
            ("segments/b.yaml", &segment("two", "orders.open == 2")),
            ("segments/c.yaml", &segment("returning", "orders.returning > 0")),
        ],
        r#"0 10:00 user_id=u1 Order Completed {"order_id": "A"}
           1 10:00 user_id=u1 Order Completed {"order_id": "B"}
           2 10:00 user_id=u1 Order Cancelled {"order_id": "B", "reason": "changed my mind"}
           5 10:00 user_id=u1 Order Shipped {"order_id": "A"}
           30 10:00 tick
           31 10:00 user_id=u1 Return Requested {"order_id": "A"}
           60 10:00 tick
           61 10:00 user_id=u1 Return Received {"order_id": "A"}
           62 10:00 user_id=u1 Order Delivered {"order_id": "A"}"#,
        expect![[r#"
            0 10:00: 1 enters waiting
            1 10:00: 1 enters two
            2 10:00: 1 leaves two
            15 10:00: 1 leaves waiting
            31 10:00: 1 enters returning
            31 10:00: 1 enters waiting
            61 10:00: 1 leaves returning
            62 10:00: 1 leaves waiting
        "#]],
    );
}

#[test]
fn customers_who_are_one_share_orders_and_are_folded_apart_with_them() {
    check(
        &[("segments/a.yaml", &segment("unhappy", "complaints.open > 0"))],
        r#"0 10:00 user_id=u1 Order Completed {"order_id": "A", "products": ["lamp"]}
           1 10:00 phone=+4915112345678 Complaint Opened on phone {"order_id": "A"}
           2 10:00 user_id=u1 phone=+4915112345678 identify {}
           service user_id=u1
           3 10:00 unmerge phone=+4915112345678
           service user_id=u1
           service phone=+4915112345678"#,
        expect![[r#"
            1 10:00: 2 enters unhappy
            2 10:00: 1 enters unhappy
            A: Placed, open, -, placed 0 10:00 by web, of web
              1 x lamp at - A
            complaint A about A (lamp): -; open
            A: Placed, open, -, placed 0 10:00 by web, of web
              1 x lamp at - 
            complaint A about A (): -; open
        "#]],
    );
}

#[test]
fn refunds_that_come_to_the_total_close_an_order() {
    check(
        &[],
        r#"0 10:00 user_id=u1 Order Completed {"order_id": "A", "currency": "EUR", "products": [{"sku": "x", "price": 10, "quantity": 3}]}
           1 10:00 user_id=u1 Order Refunded on store {"order_id": "A", "amount": "9.99 EUR"}
           service user_id=u1
           2 10:00 user_id=u1 Order Refunded on phone {"order_id": "A", "amount": "20.01 EUR"}
           2 10:00 user_id=u1 Order Refunded on phone {"order_id": "A", "amount": "20.01 EUR"}
           service user_id=u1"#,
        expect![[r#"
            A: Placed, open, 30.00 EUR, placed 0 10:00 by web, of web
              3 x x at 10.00 EUR 
              refunded 9.99 EUR by store
            A: Refunded, 30.00 EUR, placed 0 10:00 by web, of web
              3 x x at 10.00 EUR 
              refunded 9.99 EUR by store
              refunded 20.01 EUR by phone
        "#]],
    );
}

#[test]
fn other_names_are_declared() {
    check(
        &[(
            "service.yaml",
            "currency: EUR\nevents: {order_placed: [Bestellung], complaint_opened: [Reklamation]}\nproperties: {order: [nr], products: [posten], product: [artikel], total: [summe.brutto]}",
        )],
        r#"0 10:00 user_id=u1 Bestellung {"nr": 7, "summe": {"brutto": 12.5}, "posten": [{"artikel": "x", "quantity": 2.5, "price": 5}]}
           0 11:00 user_id=u1 Reklamation on phone {"nr": 7, "artikel": "x"}
           0 12:00 user_id=u1 Order Updated {"order_id": "7", "total": 10}
           service user_id=u1"#,
        expect![[r#"
            7: Placed, open, 10.00 EUR, placed 0 10:00 by web, of web
              2.5 x x at 5.00 EUR 7
            complaint 7 about 7 (x): -; open
        "#]],
    );
}

#[test]
fn mistakes_in_the_names_are_told() {
    let wrong = "currency: Euro\nopen_for: 0s\nevents: {order_placed: [Sold], order_updated: [Sold]}\nproperties: {colour: [c]}";
    let problems = compile(&[("service.yaml", wrong)]).unwrap_err();
    let told: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    expect![[r#"
        service.yaml: currency: `Euro` is not a currency. Write an ISO 4217 code, such as `EUR`.
        service.yaml: open_for: an order would never be open. Write how long, such as `60d`.
        service.yaml: events: `Sold` stands for two things. Let each event tell one thing.
        service.yaml: properties.colour: `colour` is nothing that is read. Name one of: amount, by, carrier, complaint, currency, expected, name, note, order, price, product, products, quantity, reason, return, severity, shipment, solution, subject, ticket, total, tracking.
    "#]].assert_eq(&told);
    assert!(compile(&[("service.yaml", "events: {order_eaten: [X]}")]).is_err());
}

#[test]
fn the_oldest_closed_orders_leave_and_late_words_do_not_bring_them_back() {
    let mut script = String::new();
    script += "0 10:00 user_id=u1 Order Completed {\"order_id\": \"open\"}\n";
    for number in 1..=120 {
        script += &format!("{number} 10:00 user_id=u1 Order Completed {{\"order_id\": \"{number:03}\"}}\n");
        script += &format!("{number} 11:00 user_id=u1 Order Delivered {{\"order_id\": \"{number:03}\"}}\n");
    }
    script += "130 10:00 late 3 10:00 user_id=u1 Order Updated {\"order_id\": \"003\", \"total\": 5}\n";
    let mut world = crate::world::World::new(&[]);
    for line in script.lines() {
        world.step(line);
    }
    let facts = world.facts.values().next().unwrap();
    let strands = [(model::StrandId(1), facts)];
    let orders =
        recognize::View::new(&world.recognition, &strands, facts.last_seen().unwrap()).service().orders;
    assert_eq!(orders.len(), 100);
    assert_eq!(&*orders[0].number, "120");
    assert!(orders.iter().any(|order| &*order.number == "open"));
    assert!(orders.iter().all(|order| &*order.number != "003"));
}
