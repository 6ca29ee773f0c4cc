//! The profile: everything that is known about a customer, each value with its time and source, as others read it.

use std::collections::BTreeMap;

use model::{Namespace, SourceId, StrandId, Timestamp, Value};
use serde::Serialize;

use crate::{IdentityGraph, Membership, Recognition, View};

/// A customer as of a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub identifiers: Vec<KnownIdentifier>,
    pub traits: BTreeMap<Box<str>, TraitValue>,
    pub computed: BTreeMap<Box<str>, Value>,
    pub segments: Vec<SegmentSince>,
    /// Identifiers that are none, with the reason.
    pub invalid_identifiers: Vec<InvalidValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KnownIdentifier {
    pub namespace: Namespace,
    pub value: Box<str>,
    pub strand: StrandId,
    pub first_seen: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraitValue {
    pub value: Value,
    pub time: Timestamp,
    pub source: SourceId,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentSince {
    pub name: Box<str>,
    pub title: Box<str>,
    pub since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvalidValue {
    pub namespace: Namespace,
    pub raw: Box<str>,
    pub reason: Box<str>,
    pub time: Timestamp,
}

impl Recognition {
    /// The profile of a customer.
    pub fn profile(&self, view: &View<'_>, membership: &Membership, graph: &IdentityGraph) -> Profile {
        let seen = view.seen();
        let identifiers = graph.identifiers().map(|(strand, identifier, first_seen)| KnownIdentifier {
            namespace: identifier.namespace,
            value: identifier.value,
            strand,
            first_seen: view.first_seen(strand).map_or(first_seen, |noted| noted.min(first_seen)),
        });
        let computed = self.computed().iter().map(|own| (own.name.clone(), view.computed(&own.name)));
        let segments = self.member_of(membership).map(|(segment, since)| SegmentSince {
            name: segment.name.clone(),
            title: segment.title.clone(),
            since,
        });
        Profile {
            first_seen: seen.map(|(first, _)| first),
            last_seen: seen.map(|(_, last)| last),
            identifiers: identifiers.collect(),
            traits: traits(view),
            computed: computed.filter(|(_, value)| !value.is_null()).collect(),
            segments: segments.collect(),
            invalid_identifiers: invalid(view),
        }
    }
}

fn traits(view: &View<'_>) -> BTreeMap<Box<str>, TraitValue> {
    let names = view.facts().flat_map(|facts| facts.traits().iter().map(|own| &own.name));
    let mut traits = BTreeMap::new();
    for name in names {
        let Some(own) = view.winner(name).filter(|own| !own.value.is_null()) else { continue };
        let value = TraitValue { value: own.value.clone(), time: own.time, source: own.source };
        traits.insert(name.clone(), value);
    }
    traits
}

/// Each invalid identifier once, with the latest time it came.
fn invalid(view: &View<'_>) -> Vec<InvalidValue> {
    let mut latest: BTreeMap<(&Namespace, &str), InvalidValue> = BTreeMap::new();
    for entry in view.facts().flat_map(|facts| facts.invalid()) {
        let value = InvalidValue {
            namespace: entry.namespace.clone(),
            raw: entry.raw.clone(),
            reason: entry.reason.clone(),
            time: entry.time,
        };
        let slot = latest.entry((&entry.namespace, &entry.raw)).or_insert_with(|| value.clone());
        if slot.time < value.time {
            *slot = value;
        }
    }
    latest.into_values().collect()
}
