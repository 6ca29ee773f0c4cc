//! Any order of the same events gives the same customers, and a replay of the changes gives the same graphs.

use std::collections::BTreeSet;

use model::{Identifier, Namespace, Seq, SourceId, StrandId, Timestamp};
use proptest::prelude::*;
use recognize::{Cause, Change, Claim, Directory, IdentityRules, apply, apply_unmerge, resolve, unmerge};

use crate::directory::{MemoryDirectory, hash_of};
use crate::world::config;

#[derive(Debug, Clone)]
struct Sighting {
    time: i64,
    message: u128,
    identifiers: Vec<Identifier>,
}

fn rules() -> IdentityRules {
    let mut rules = IdentityRules::default();
    rules.email.max = 2;
    rules.anonymous_id.max = 3;
    rules
}

fn claims(rules: &IdentityRules, identifiers: &[Identifier]) -> Vec<Claim> {
    let claim = |identifier: &Identifier| Claim {
        hash: hash_of(&identifier.to_string()),
        identifier: identifier.clone(),
    };
    let mut claims: Vec<Claim> = identifiers.iter().map(claim).collect();
    rules.order(&mut claims);
    claims
}

fn cause(seq: usize, sighting: &Sighting) -> Cause {
    Cause {
        seq: Seq(seq as u64 + 1),
        time: Timestamp(sighting.time),
        message: sighting.message,
        source: SourceId(1),
    }
}

/// Takes the sightings in and returns the directory beside the one a replay builds.
fn take_in(sightings: &[Sighting]) -> (MemoryDirectory, MemoryDirectory) {
    let rules = rules();
    let (mut live, mut replayed) = (MemoryDirectory::default(), MemoryDirectory::default());
    for (seq, sighting) in sightings.iter().enumerate() {
        let cause = cause(seq, sighting);
        let claims = claims(&rules, &sighting.identifiers);
        let resolution = resolve(&rules, &mut live, &claims, &cause);
        assert_eq!(live.find(claims[0].hash), Some((resolution.strand, resolution.customer)));
        apply(&rules, &mut replayed, &resolution.changes, &cause);
        live.check();
        assert!(resolve(&rules, &mut live, &claims, &cause).changes.is_empty(), "again, nothing changes");
    }
    (live, replayed)
}

fn partition(directory: &MemoryDirectory) -> BTreeSet<BTreeSet<String>> {
    let texts = |graph: &recognize::IdentityGraph| {
        graph.identifiers().map(|(_, identifier, _)| identifier.to_string()).collect::<BTreeSet<_>>()
    };
    directory.customers().map(|(_, graph)| texts(graph)).collect()
}

fn identifier() -> impl Strategy<Value = Identifier> {
    let namespace = prop_oneof![
        Just(Namespace::UserId),
        Just(Namespace::AnonymousId),
        Just(Namespace::Email),
        Just(Namespace::DeviceId),
        Just(Namespace::External("crm".into())),
    ];
    (namespace, 0..5u8)
        .prop_map(|(namespace, number)| Identifier { namespace, value: number.to_string().into() })
}

fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    let one = (0..12i64, prop::collection::vec(identifier(), 1..4));
    prop::collection::vec(one, 1..24).prop_map(|list| {
        let sighting = |(index, (time, identifiers)): (usize, (i64, Vec<Identifier>))| Sighting {
            time,
            message: (index as u128 * 7 % 5) << 64,
            identifiers,
        };
        list.into_iter().enumerate().map(sighting).collect()
    })
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_order_gives_the_same_customers(
        (sightings, shuffled) in sightings().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let (live, replayed) = take_in(&sightings);
        let (other, _) = take_in(&shuffled);
        prop_assert_eq!(partition(&live), partition(&other));
        prop_assert_eq!(&live.customers().collect::<Vec<_>>(), &replayed.customers().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_folded_apart_stays_apart(
        (sightings, later, pick) in (sightings(), sightings(), any::<u64>()),
    ) {
        let rules = rules();
        let (mut live, mut replayed) = take_in(&sightings);
        let Some((customer, strands)) = live.customers().map(|(customer, graph)| {
            (customer, graph.strands().collect::<Vec<_>>())
        }).find(|(_, strands)| strands.len() > 1) else { return Ok(()) };
        let folded: Vec<StrandId> =
            strands.iter().enumerate().filter(|(place, _)| pick >> place & 1 == 1).map(|(_, strand)| *strand).collect();
        let act = cause(1_000, &Sighting { time: 100, message: 0, identifiers: Vec::new() });
        let Ok(changes) = unmerge(&rules, &mut live, customer, &folded, &act) else { return Ok(()) };
        apply_unmerge(&rules, &mut replayed, customer, &folded, &changes, &act);
        for (seq, sighting) in later.iter().enumerate() {
            let cause = cause(2_000 + seq, sighting);
            let resolution = resolve(&rules, &mut live, &claims(&rules, &sighting.identifiers), &cause);
            apply(&rules, &mut replayed, &resolution.changes, &cause);
            live.check();
        }
        let holders: BTreeSet<_> = folded.iter().map(|strand| live.holder(*strand)).collect();
        for stayed in strands.iter().filter(|strand| !folded.contains(strand)) {
            prop_assert!(!holders.contains(&live.holder(*stayed)));
        }
        prop_assert_eq!(&live.customers().collect::<Vec<_>>(), &replayed.customers().collect::<Vec<_>>());
        let bytes = live.customers().map(|(_, graph)| minicbor::to_vec(graph).unwrap());
        for (bytes, (_, graph)) in bytes.zip(live.customers()) {
            prop_assert_eq!(&minicbor::decode::<recognize::IdentityGraph>(&bytes).unwrap(), graph);
        }
    }
}

#[test]
fn a_replay_without_the_keys_regroups_the_same() {
    let rules = rules();
    let identifiers = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| {
                let (namespace, value) = text.split_once('=').unwrap();
                Identifier { namespace: namespace.parse().unwrap(), value: value.into() }
            })
            .collect::<Vec<_>>()
    };
    let steps = [
        (1, vec!["anonymous_id=a"]),
        (2, vec!["user_id=u", "anonymous_id=b"]),
        (3, vec!["user_id=v", "anonymous_id=a"]),
        (0, vec!["user_id=u", "anonymous_id=a"]),
    ];
    let (mut live, mut erased) = (MemoryDirectory::default(), MemoryDirectory::default());
    for (seq, (time, names)) in steps.iter().enumerate() {
        let sighting = Sighting { time: *time, message: 0, identifiers: identifiers(names) };
        let cause = cause(seq, &sighting);
        let mut changes = resolve(&rules, &mut live, &claims(&rules, &sighting.identifiers), &cause).changes;
        for change in &mut changes {
            if let Change::Strand { identifier, .. } = change {
                *identifier = None;
            }
        }
        apply(&rules, &mut erased, &changes, &cause);
    }
    let shape = |directory: &MemoryDirectory| {
        directory
            .customers()
            .map(|(customer, graph)| {
                let explained = recognize::explain(customer, graph);
                (customer, explained.links, explained.dropped, explained.lineage)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(shape(&live), shape(&erased));
    assert_eq!(live.customers().count(), 2);
}
