//! Any order of the same events gives the same bytes of facts, and the same segments in the end.

use model::{Span, StrandId, Timestamp};
use proptest::prelude::*;
use recognize::{Facts, Membership, Noted, Touched, View};

use crate::directory::hash_of;
use crate::world::{DAY_ZERO, World, config, event};

const SCHEMA: &str = r#"
traits: {city: text, age: int}
events: {Bought: {properties: {total: double, price: money, kind: text}}, Seen: {properties: {kind: text}}}
"#;

const COMPUTED: &str = r#"
bought_1h: count("Bought", "1h")
bought_7d: count("Bought", "7d")
bought_30d: count("Bought", "30d")
spent: sum("Bought", "total")
spent_2d: sum("Bought", "total", "2d")
paid: avg("Bought", "price", "90d")
least: min("Bought", "total", "7d")
most: max("Bought", "price")
first: first("Seen", "1d").kind
last: last("Seen").kind
"#;

fn world() -> World {
    World::new(&[
        ("computed.yaml", COMPUTED),
        ("schema.yaml", SCHEMA),
        ("segments/a.yaml", "{name: busy, title: Busy, when: 'count(\"Bought\", \"2d\") > 3'}"),
        ("segments/b.yaml", "{name: bonn, title: Bonn, when: 'profile.traits.city == \"1\"'}"),
        ("segments/c.yaml", "{name: rich, title: Rich, when: 'profile.computed.spent > 20.0'}"),
    ])
}

fn happening() -> impl Strategy<Value = (i64, String)> {
    let minute = 0..60 * 24 * 45i64;
    let bought = (0..2_000i32, 0..3).prop_map(|(cents, kind)| {
        let total = f64::from(cents) / 100.0;
        format!(r#"user_id=u Bought {{"total": {total}, "price": "{total} EUR", "kind": "{kind}"}}"#)
    });
    let seen = (0..4).prop_map(|kind| format!(r#"user_id=u Seen {{"kind": {kind}}}"#));
    let identify = (0..3, 1..4).prop_map(|(city, source)| {
        format!(
            r#"user_id=u phone=nonsense{city} identify from {source} {{"city": "{city}", "age": {source}}}"#
        )
    });
    (minute, prop_oneof![3 => bought, 1 => seen, 1 => identify])
}

fn note(world: &World, happenings: &[(i64, String)], each: impl Fn(&Facts, &model::Event, Noted)) -> Facts {
    let mut facts = Facts::default();
    for (minute, text) in happenings {
        let time = DAY_ZERO + Span(minute * Span::MINUTE.0);
        let event = event(time, Timestamp(i64::MAX), text);
        let message = hash_of(&format!("{minute}{text}")).0;
        let noted = world.recognition.note(&mut facts, &event, message, (event.stamp.source.0 % 3) as u8);
        each(&facts, &event, noted);
    }
    facts
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_order_gives_the_same_bytes(
        (happenings, shuffled) in prop::collection::vec(happening(), 1..40)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let world = world();
        let one = minicbor::to_vec(note(&world, &happenings, |_, _, _| {})).unwrap();
        let other = minicbor::to_vec(note(&world, &shuffled, |_, _, _| {})).unwrap();
        prop_assert_eq!(&one, &other);
        let decoded: Facts = minicbor::decode(&one).unwrap();
        prop_assert_eq!(minicbor::to_vec(&decoded).unwrap(), one);
    }

    #[test]
    fn evaluating_what_was_touched_is_evaluating_everything(
        happenings in prop::collection::vec(happening(), 1..40),
    ) {
        let mut happenings = happenings;
        happenings.sort();
        let world = world();
        let membership = std::cell::RefCell::new(Membership::default());
        note(&world, &happenings, |facts, event, noted| {
            let strands = [(StrandId(1), facts)];
            let now = event.stamp.time;
            let mut membership = membership.borrow_mut();
            while let Some(expiry) = membership.next_expiry().filter(|expiry| *expiry <= now) {
                let view = View::new(&world.recognition, &strands, expiry);
                world.recognition.evaluate(&view, &mut membership, Touched::Time);
            }
            let view = View::new(&world.recognition, &strands, now);
            let touched = Touched::Event { name: &event.name, noted };
            world.recognition.evaluate(&view, &mut membership, touched);
            assert!(world.recognition.evaluate(&view, &mut membership.clone(), Touched::All).is_empty());
        });
    }
}
