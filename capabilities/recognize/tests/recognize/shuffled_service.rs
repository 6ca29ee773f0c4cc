//! Any order of the same events, and any spread of them over strands, gives the same orders and cases.

use model::{Span, StrandId, Timestamp};
use proptest::prelude::*;
use recognize::{Facts, View};

use crate::directory::hash_of;
use crate::world::{DAY_ZERO, World, config, event, told};

fn happening() -> impl Strategy<Value = (i64, String)> {
    let order = prop_oneof![
        Just(
            r#"Order Completed {"order_id": "N", "total": 12.5, "currency": "EUR", "products": ["a", "b"]}"#
        ),
        Just(
            r#"Order Updated on phone {"order_id": "N", "products": [{"sku": "a", "price": "5 EUR"}, "c"]}"#
        ),
        Just(r#"Order Cancelled on phone {"order_id": "N", "reason": "late"}"#),
        Just(r#"Order Paid {"order_id": "N", "amount": "5 EUR"}"#),
        Just(r#"Order Refunded on store {"order_id": "N"}"#),
        Just(r#"Order Shipped on server {"order_id": "N", "tracking_number": "T1", "carrier": "DHL"}"#),
        Just(
            r#"Shipment Updated on server {"order_id": "N", "tracking_number": "T1", "expected": "Monday"}"#
        ),
        Just(r#"Shipment Delivered on server {"order_id": "N", "tracking_number": "T1"}"#),
        Just(r#"Return Requested on store {"order_id": "N", "product": "a"}"#),
        Just(r#"Return Received on store {"order_id": "N", "product": "a"}"#),
        Just(r#"Complaint Opened on phone {"order_id": "N", "product": "b", "subject": "broken"}"#),
        Just(r#"Complaint Solved on email {"order_id": "N", "solution": "sent another"}"#),
        Just(r#"Ticket Opened on webchat {"ticket_id": "N", "severity": "high"}"#),
        Just(r#"Note Taken on store {"text": "N", "by": "ben"}"#),
        Just(r#"Ticket Solved on webchat {"ticket_id": "N"}"#),
    ];
    (0..40i64, order, 1..4).prop_map(|(minute, text, number)| {
        (minute, format!("user_id=u {}", text.replace("\"N\"", &format!("\"{number}\""))))
    })
}

fn note(world: &World, facts: &mut Facts, (minute, text): &(i64, String)) {
    let time = DAY_ZERO + Span(minute * Span::MINUTE.0);
    let event = event(time, Timestamp(i64::MAX), text);
    world.recognition.note(facts, &event, hash_of(&format!("{minute}{text}")).0, 1);
}

fn view(world: &World, strands: &[Facts]) -> String {
    let strands: Vec<(StrandId, &Facts)> =
        strands.iter().enumerate().map(|(number, facts)| (StrandId(number as u64), facts)).collect();
    told(&View::new(&world.recognition, &strands, DAY_ZERO + Span::DAY).service())
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_order_and_repetition_gives_the_same_bytes(
        (happenings, shuffled) in prop::collection::vec(happening(), 1..40)
            .prop_flat_map(|list| (Just(list.clone()), Just([list.clone(), list].concat()).prop_shuffle())),
    ) {
        let world = World::new(&[]);
        let (mut one, mut other) = (Facts::default(), Facts::default());
        happenings.iter().for_each(|happening| note(&world, &mut one, happening));
        shuffled.iter().for_each(|happening| note(&world, &mut other, happening));
        // Counts are not of this test: it is the message that is taken once, before the facts.
        prop_assert_eq!(minicbor::to_vec(&one).unwrap(), minicbor::to_vec(&other).unwrap());
        let decoded: Facts = minicbor::decode(&minicbor::to_vec(&one).unwrap()).unwrap();
        prop_assert_eq!(decoded, one);
    }

    #[test]
    fn the_strands_of_a_customer_read_as_one(
        happenings in prop::collection::vec((happening(), 0..3usize), 1..40),
    ) {
        let world = World::new(&[]);
        let mut whole = Facts::default();
        let mut parts = vec![Facts::default(); 3];
        for (happening, strand) in &happenings {
            note(&world, &mut whole, happening);
            note(&world, &mut parts[*strand], happening);
        }
        let read = view(&world, &parts);
        prop_assert_eq!(&view(&world, &[whole]), &read);
        parts.reverse();
        prop_assert_eq!(view(&world, &parts), read);
    }
}
