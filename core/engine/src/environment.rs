//! What conditions see: the customer's profile, the event at hand, segments and time.

use std::borrow::Cow;

use model::{Event, Namespace, StrandId, Timestamp, Value};
use recognize::{Membership, View};
use rules::{BehaviourSlot, Environment, FieldSlot, SegmentSlot, Symbols};

use crate::compile::Engine;
use crate::customer::Customer;

/// Where each field slot's value comes from, worked out once per catalogue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(Vec<Source>);

#[derive(Debug, Clone)]
enum Source {
    Trait(Box<str>),
    Computed(Box<str>),
    Property(Box<str>),
    EventName,
    EventChannel,
    EventTime,
    /// Journeys provide their own slots before they ask here.
    Elsewhere,
}

impl Sources {
    pub fn of(symbols: &Symbols) -> Self {
        Self(symbols.fields().iter().map(|path| Source::of(path)).collect())
    }
}

impl Source {
    fn of(path: &str) -> Self {
        let under = |prefix: &str| path.strip_prefix(prefix).map(Box::from);
        match path {
            "event.name" => Self::EventName,
            "event.channel" => Self::EventChannel,
            "event.time" => Self::EventTime,
            _ => under("profile.traits.")
                .map(Self::Trait)
                .or_else(|| under("profile.computed.").map(Self::Computed))
                .or_else(|| under("event.properties.").map(Self::Property))
                .unwrap_or(Self::Elsewhere),
        }
    }
}

/// A customer and an event as conditions see them.
pub(crate) struct Surroundings<'a> {
    engine: &'a Engine,
    view: &'a View<'a>,
    membership: &'a Membership,
    event: Option<&'a Event>,
    now: Timestamp,
}

impl<'a> Surroundings<'a> {
    pub fn new(
        engine: &'a Engine,
        view: &'a View<'a>,
        membership: &'a Membership,
        event: Option<&'a Event>,
        now: Timestamp,
    ) -> Self {
        Self { engine, view, membership, event, now }
    }
}

impl Environment for Surroundings<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let null = Cow::Owned(Value::Null);
        let Some(source) = self.engine.sources.0.get(usize::from(slot.0)) else { return null };
        match (source, self.event) {
            (Source::Trait(name), _) => self.view.trait_value(name),
            (Source::Computed(name), _) => Cow::Owned(self.view.computed(name)),
            (Source::Property(path), Some(event)) => Cow::Owned(event.property(path)),
            (Source::EventName, Some(event)) => Cow::Owned(Value::text(event.name.clone())),
            (Source::EventChannel, Some(event)) => Cow::Owned(Value::text(event.stamp.channel.as_str())),
            (Source::EventTime, Some(event)) => Cow::Owned(Value::Time(event.stamp.time)),
            (Source::Property(_) | Source::EventName | Source::EventChannel | Source::EventTime, None)
            | (Source::Elsewhere, _) => null,
        }
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.view.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.engine.recognition().is_member(self.membership, slot)
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

impl Engine {
    /// The address of the customer in a namespace: of several, the one seen first.
    pub(crate) fn address(&self, customer: &Customer, namespace: &Namespace) -> Option<Box<str>> {
        customer
            .graph
            .identifiers()
            .filter(|(_, identifier, _)| identifier.namespace == *namespace)
            .min_by_key(|(strand, _, first_seen)| (*first_seen, *strand))
            .map(|(_, identifier, _)| identifier.value)
    }

    /// Since when a strand is known to belong to the customer.
    pub(crate) fn linked(&self, customer: &Customer, strand: StrandId) -> Timestamp {
        if strand == customer.first_strand() { Timestamp::MIN } else { customer.graph.linked_since(strand) }
    }
}
