//! What conditions see: the customer's profile, the event at hand, segments and time.

use std::borrow::Cow;

use model::{Channel, Event, Namespace, Purpose, StrandId, Timestamp, Value};
use orchestrate::{Context, OpenQuestion, Ordinals};
use protect::{Ask, Verdict};
use recognize::Standing;
use rules::{BehaviourSlot, Environment, FieldSlot, SegmentSlot, Symbols};

use crate::compile::Engine;
use crate::customer::Customer;
use crate::step::Meta;

/// Where each field slot's value comes from, worked out once per catalogue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(Vec<Source>);

#[derive(Debug, Clone)]
enum Source {
    Property(Box<str>),
    EventName,
    EventChannel,
    EventTime,
    /// Of the profile; journeys provide their own slots before they ask here.
    Profile,
}

impl Sources {
    pub fn of(symbols: &Symbols) -> Self {
        Self(symbols.fields().iter().map(|path| Source::of(path)).collect())
    }
}

impl Source {
    fn of(path: &str) -> Self {
        match path {
            "event.name" => Self::EventName,
            "event.channel" => Self::EventChannel,
            "event.time" => Self::EventTime,
            _ => path
                .strip_prefix("event.properties.")
                .map_or(Self::Profile, |path| Self::Property(path.into())),
        }
    }
}

/// A customer and an event as conditions see them.
pub(crate) struct Surroundings<'a> {
    engine: &'a Engine,
    standing: Standing<'a>,
    event: Option<&'a Event>,
}

impl<'a> Surroundings<'a> {
    pub fn new(engine: &'a Engine, standing: Standing<'a>, event: Option<&'a Event>) -> Self {
        Self { engine, standing, event }
    }
}

impl Environment for Surroundings<'_> {
    fn field(&self, slot: FieldSlot) -> Cow<'_, Value> {
        let null = Cow::Owned(Value::Null);
        let Some(source) = self.engine.sources.0.get(usize::from(slot.0)) else { return null };
        match (source, self.event) {
            (Source::Profile, _) => self.standing.field(slot),
            (_, None) => null,
            (Source::Property(path), Some(event)) => Cow::Owned(event.property(path)),
            (Source::EventName, Some(event)) => Cow::Owned(Value::text(event.name.clone())),
            (Source::EventChannel, Some(event)) => Cow::Owned(Value::text(event.stamp.channel.as_str())),
            (Source::EventTime, Some(event)) => Cow::Owned(Value::Time(event.stamp.time)),
        }
    }

    fn behaviour(&self, slot: BehaviourSlot) -> Value {
        self.standing.behaviour(slot)
    }

    fn in_segment(&self, slot: SegmentSlot) -> bool {
        self.standing.in_segment(slot)
    }

    fn now(&self) -> Timestamp {
        self.standing.now()
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

    /// Since when a strand is known to belong to others of the customer: by the times of events, never by which strand
    /// came first, so that any order of arrival gives the same consents.
    pub(crate) fn linked(&self, customer: &Customer, strand: StrandId) -> Timestamp {
        customer.graph.linked_since(strand)
    }
}

/// The trait that names the zone of the customer's clock, such as `Europe/Berlin`.
const ZONE_TRAIT: &str = "timezone";

/// What journeys are to see.
pub(crate) struct Scene<'a> {
    pub customer: &'a Customer,
    pub meta: Meta,
    pub event: Option<&'a Event>,
    pub opted_out: bool,
    pub ordinals: &'a Ordinals,
}

impl Engine {
    /// The questions that the customer's runs have open, in words for them.
    pub fn open_questions(&self, customer: &Customer, now: Timestamp) -> Vec<OpenQuestion> {
        if customer.progress.is_empty() {
            return Vec::new();
        }
        self.with_view(customer, now, |view| {
            let standing = Standing { view: *view, membership: &customer.membership };
            let person = Surroundings::new(self, standing, None);
            orchestrate::open_questions(&customer.progress, self.versions(), &person)
        })
    }

    /// Shows a customer to the journeys.
    pub(crate) fn with_context<T>(&self, scene: Scene<'_>, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let Scene { customer, meta, event, opted_out, ordinals } = scene;
        self.with_view(customer, meta.now, |view| {
            let standing = Standing { view: *view, membership: &customer.membership };
            let environment = Surroundings::new(self, standing, event);
            let address = |namespace: &model::Namespace| self.address(customer, namespace);
            let linked = |strand| self.linked(customer, strand);
            let complaints = view.open_complaints();
            let held = |purpose: Purpose, channel: &Channel| {
                let ask = Ask { purpose, channel: channel.clone() };
                match protect::judge(&customer.consents, self.policy(), &ask, &complaints, &linked) {
                    Verdict::Held(reason) => Some(reason),
                    Verdict::Allowed { .. } => None,
                }
            };
            let zone = || view.trait_value(ZONE_TRAIT).and_then(model::Value::as_text).map(Into::into);
            act(&Context {
                seq: meta.seq,
                now: meta.now,
                customer: customer.id,
                environment: &environment,
                address: &address,
                held: &held,
                zone: &zone,
                opted_out,
                ordinals,
            })
        })
    }
}
