//! The story the demo tells, with the demo's own journeys: half-way in the chat, finished by e-mail.

use expect_test::{Expect, expect};

use crate::world::{self, Show, World};

const ADD_ON: &str = include_str!("../../../catalogue/journeys/add-on.yaml");
const AFTER_ORDER: &str = include_str!("../../../catalogue/journeys/after-order.yaml");
const SOFA_DAYS: &str = include_str!("../../../catalogue/journeys/sofa-days.yaml");
const PICK_UP: &str =
    concat!("# content\n", include_str!("../../../catalogue/content/care-package-pick-up.yaml"));

/// Plays the script; then again with every message delivered twice and with events in between that mean nothing
/// to any journey: the outside must see the same.
fn check(script: &str, expected: Expect) {
    let mut world = World::new(&[ADD_ON, AFTER_ORDER, SOFA_DAYS, PICK_UP], Show::Ends);
    world.run(script);
    assert_eq!(world.text(), noisy(script), "duplicates or irrelevant events made a difference");
    expected.assert_eq(&world.text());
}

fn noisy(script: &str) -> String {
    let mut world = World::new(&[ADD_ON, AFTER_ORDER, SOFA_DAYS, PICK_UP], Show::Ends);
    for (place, line) in script.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        world.run(line);
        world.run(r#"store does Product Viewed {"category":"lamps"}"#);
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let says = words.iter().position(|word| *word == "says").filter(|at| *at <= 2);
        if let Some(at) = says {
            let text = words[at + 1..].join(" ");
            let properties = serde_json::json!({"text": text.replace("\\n", "\n"), "message_id": format!("again-{place}")});
            let now = world::time(if at == 2 { words[0] } else { "10:00:00" });
            // The first delivery of this id is taken for a message; the second must be without effect.
            let before = world.text();
            let mut twin = World::new(&[ADD_ON, AFTER_ORDER, SOFA_DAYS, PICK_UP], Show::Ends);
            twin.progress = world.progress.clone();
            twin.run(&format!("{} tick", if at == 2 { words[0] } else { "10:00:00" }));
            let quiet = twin.log.borrow().len();
            twin.event(words[at - 1], "Message Received", &properties.to_string(), "x", now);
            let once = (twin.progress.clone(), twin.log.borrow().len());
            twin.event(words[at - 1], "Message Received", &properties.to_string(), "y", now);
            assert_eq!(
                (twin.progress, twin.log.borrow().len()),
                once,
                "`{line}` counted twice after {quiet} lines"
            );
            assert_eq!(world.text(), before);
        }
    }
    world.text()
}

#[test]
fn half_way_in_the_chat_and_finished_by_mail() {
    check(
        r#"10:00:00 address ada@example.com
           trait first_name=Ada
           10:00:05 webchat says I would like a Care Package, please
           10:00:10 webchat says the couch
           10:00:15 webchat says 2
           10:00:30 tick
           10:00:40 tick
           10:01:00 tick
           10:05:00 email says Friday\n\n-- \nAda
           10:06:00 email says Third floor, no lift
           10:06:02 done {"order_no":"H-77"}
           10:30:00 tick"#,
        expect![[r#"
            10:00:05 chat: Gladly! A care package keeps your furniture as it was on the first day. Four short questions.

            Which piece of furniture is the care package for? [Sofa | Table | Bed | Wardrobe]
            10:00:10 chat: Which plan would you like for your sofa? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:00:15 chat: Which day suits you for the first visit?
            10:00:40 service e-mail “Your care package: 2 questions left”: Hello Ada,

            you were adding a care package for your sofa, two questions left: which day suits you for the first visit; which floor you live on, and whether there is a lift.

            Which day suits you for the first visit?

            Just answer, or go on in the chat: throughline:chat

            Harbour Living
            10:05:00 service e-mail “Re: Your care package: 2 questions left”: Which floor do you live on, and is there a lift?
            10:06:00 call back-office add_on.ordered {"access":"Third floor, no lift","item":"sofa","plan":"plus","visit_day":"2026-03-13"}
            10:06:02 event Add-on Ordered {"item":"sofa","plan":"plus","visit_day":"2026-03-13"}
            10:06:02 service e-mail “Your care package is ordered”: Thank you, Ada! The plus care package for your sofa is ordered. We come on Friday, 13 March 2026.
            10:06:02 (The journey “add-on” ended: its last step was done.)
        "#]],
    );
}

#[test]
fn one_mail_answers_both_questions() {
    check(
        r#"10:00:00 address ada@example.com
           10:00:05 web does Add-on Requested {"item":"bed"}
           10:00:10 webchat says complete
           10:00:40 tick
           10:05:00 email says Hello,\n\n1. 14.3.\n2. Ground floor\n\nThanks,\nAda
           10:05:02 done"#,
        expect![[r#"
            10:00:05 chat: Gladly! A care package keeps your furniture as it was on the first day. Four short questions.

            Which plan would you like for your bed? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:00:10 chat: Which day suits you for the first visit?
            10:00:40 service e-mail “Your care package: 2 questions left”: Hello,

            you were adding a care package for your bed, two questions left: which day suits you for the first visit; which floor you live on, and whether there is a lift.

            Which day suits you for the first visit?

            Just answer, or go on in the chat: throughline:chat

            Harbour Living
            10:05:00 call back-office add_on.ordered {"access":"Ground floor","item":"bed","plan":"complete","visit_day":"2026-03-14"}
            10:05:02 event Add-on Ordered {"item":"bed","plan":"complete","visit_day":"2026-03-14"}
            10:05:02 service e-mail “Your care package is ordered”: Thank you! The complete care package for your bed is ordered. We come on Saturday, 14 March 2026.
            10:05:02 (The journey “add-on” ended: its last step was done.)
        "#]],
    );
}

#[test]
fn back_in_the_chat_the_question_stands_there_again() {
    check(
        r#"10:00:00 address ada@example.com
           10:00:05 webchat does Add-on Requested {"item":"table"}
           10:00:30 tick
           10:05:00 webchat does Chat Opened
           10:05:01 webchat does Chat Opened
           10:05:10 webchat says Plus
           10:05:20 webchat says yesterday
           10:05:30 webchat says tomorrow
           10:05:40 webchat says second floor with a lift
           10:06:00 failed the order system is closed"#,
        expect![[r#"
            10:00:05 chat: Gladly! A care package keeps your furniture as it was on the first day. Four short questions.

            Which plan would you like for your table? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:00:30 service e-mail “Your care package: 3 questions left”: Hello,

            you were adding a care package for your table, some questions left: which plan you would like; which day suits you for the first visit; which floor you live on, and whether there is a lift.

            Which plan would you like for your table?
            1. Essential, 49 a year
            2. Plus, 79 a year
            3. Complete, 119 a year

            Just answer, or go on in the chat: throughline:chat

            Harbour Living
            10:05:00 chat: Which plan would you like for your table? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:05:10 chat: Which day suits you for the first visit?
            10:05:20 chat: Sorry, we can come from tomorrow on and plan three months ahead.

            Which day suits you for the first visit?
            10:05:30 chat: Which floor do you live on, and is there a lift?
            10:05:40 call back-office add_on.ordered {"access":"second floor with a lift","item":"table","plan":"plus","visit_day":"2026-03-12"}
            10:06:00 chat: We have all your answers, but could not place the order just now. A colleague looks after it and writes to you; you need not do anything.
            10:06:00 (The journey “add-on” ended: its last step was done.)
        "#]],
    );
}

#[test]
fn stop_ends_the_questions() {
    check(
        r#"10:00:00 address ada@example.com
           10:00:05 webchat does Add-on Requested {"item":"table"}
           10:00:30 tick
           10:01:00 email says STOP
           10:02:00 email says plus
           10:03:00 tick"#,
        expect![[r#"
            10:00:05 chat: Gladly! A care package keeps your furniture as it was on the first day. Four short questions.

            Which plan would you like for your table? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:00:30 service e-mail “Your care package: 3 questions left”: Hello,

            you were adding a care package for your table, some questions left: which plan you would like; which day suits you for the first visit; which floor you live on, and whether there is a lift.

            Which plan would you like for your table?
            1. Essential, 49 a year
            2. Plus, 79 a year
            3. Complete, 119 a year

            Just answer, or go on in the chat: throughline:chat

            Harbour Living
            10:01:00 (The journey “add-on” ended: the customer asked to stop.)
        "#]],
    );
}

#[test]
fn without_an_address_the_chat_waits() {
    check(
        r#"10:00:05 webchat does Add-on Requested {"item":"table"}
           10:00:30 tick
           10:01:00 tick
           10:02:00 webchat says plus
           10:02:30 tick
           14d10:02:00 tick
           15d10:02:00 tick"#,
        expect![[r#"
            10:00:05 chat: Gladly! A care package keeps your furniture as it was on the first day. Four short questions.

            Which plan would you like for your table? [Essential, 49 a year | Plus, 79 a year | Complete, 119 a year]
            10:00:30 (Held a service message by e-mail: no address for e-mail is known.)
            10:00:30 (Held a service message by SMS: no address for SMS is known.)
            10:02:00 chat: Which day suits you for the first visit?
            10:02:30 (Held a service message by e-mail: no address for e-mail is known.)
            10:02:30 (Held a service message by SMS: no address for SMS is known.)
            10:02:00 (The journey “add-on” ended: no answer for two weeks.)
        "#]],
    );
}

#[test]
fn an_order_is_asked_about_once() {
    check(
        r#"10:00:00 address ada@example.com
           10:00:05 web does Order Completed {"order_id":"A1","total":20}
           10:00:06 web does Order Completed {"order_id":"A1","total":20}
           10:00:07 web does Order Completed {"order_id":"A2","total":30}
           1d10:00:00 server does Order Delivered {"order_id":"A2"}
           1d10:30:00 email says 2 stars
           1d10:40:00 email says The box was open
           1d10:40:02 done
           1d10:50:00 web does Order Completed {"order_id":"A2","total":30}"#,
        expect![[r#"
            10:00:06 (The journey “after-order” did not start: there was a run for “A1” already.)
            10:00:00 service e-mail “After an order”: Your order A2 has arrived.

            How many stars does the delivery get, from 1 to 5?
            10:30:00 event Delivery Rated {"order_id":"A2","stars":2}
            10:30:00 service e-mail “Re: After an order”: We are sorry to hear that. What went wrong?
            10:40:00 call back-office delivery.complaint {"complaint":"The box was open","order_id":"A2","stars":2}
            10:40:02 service e-mail “Re: After an order”: Thank you. That helps us.
            10:40:02 (The journey “after-order” ended: its last step was done.)
            10:50:00 (The journey “after-order” did not start: there was a run for “A2” already.)
        "#]],
    );
}

#[test]
fn the_invitation_goes_to_who_looks_at_sofas() {
    check(
        r#"10:00:00 address ada@example.com
           10:00:05 web does Product Viewed {"category":"sofas","name":"Pier"}
           segment sofa-shopper
           10:00:10 web does Product Viewed {"category":"sofas","name":"Quay"}
           10:00:20 web does Product Viewed {"category":"sofas","name":"Pier"}
           10:02:00 tick
           10:03:00 web does Order Completed {"order_id":"A1","total":900}"#,
        expect![[r#"
            10:00:20 (The journey “sofa-days” did not start: it was entered at 2026-03-11T10:00:10.000Z and may be again from 2026-04-10T10:00:10.000Z.)
            10:02:00 marketing e-mail “Sofa days at Harbour Living”: Hello,

            you were looking at Quay. In the sofa days you can try it, and every other one, in our shops.

            Harbour Living
            10:03:00 (The journey “sofa-days” ended: the goal “Ordered after the invitation” was reached.)
        "#]],
    );
}

#[test]
fn history_starts_nothing() {
    let mut world = World::new(&[AFTER_ORDER], Show::Ends);
    let happened = "1997-05-01T00:00:00Z".parse().unwrap();
    world.event("store", "Order Completed", r#"{"order_id":"C1"}"#, "c1", happened);
    assert!(world.progress.is_empty());
    assert!(world.text().contains("too long ago"), "{}", world.text());
}
