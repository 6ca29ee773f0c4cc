//! Why, and why not: what an event was to a journey, looked at anew.

use std::collections::BTreeMap;

use adapt::{Asked, Budgets, Decision};
use model::{Channel, Event, HeldReason, Proof, Purpose, Timestamp, Value};
use orchestrate::{EntryExplained, Ordinals, Progress, WayIn};
use protect::{Ask, Verdict};
use rules::{Aggregate, Behaviour, Environment, Program};

use crate::compile::Engine;
use crate::customer::Customer;
use crate::environment::Scene;
use crate::step::Meta;

/// Whether a message may go out on a channel, and whether it could.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelExplained {
    pub channel: Channel,
    /// By what consent it may, or why it may not.
    pub consent: Result<Proof, HeldReason>,
    /// Whether an address is known; none for channels that need none.
    pub address: Option<bool>,
}

/// A choice among offers, made anew.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceExplained {
    pub decisions: Vec<Decision>,
    /// By offer: what its conditions read, by name.
    pub values: BTreeMap<Box<str>, Vec<(String, Value)>>,
}

impl Engine {
    /// The channels that messages go out on, judged for a purpose.
    pub fn explain_channels(
        &self,
        customer: &Customer,
        now: Timestamp,
        purpose: Purpose,
    ) -> Vec<ChannelExplained> {
        let linked = |strand| self.linked(customer, strand);
        let complaints = self.open_complaints(customer, now);
        let Some(journeys) = self.versions().current() else { return Vec::new() };
        let explained = journeys.messaging().map(|own| {
            let (channel, namespace) = (own.channel.clone(), own.address.as_ref());
            let ask = Ask { purpose, channel: channel.clone() };
            let consent = match protect::judge(&customer.consents, self.policy(), &ask, &complaints, &linked)
            {
                Verdict::Allowed { proof } => Ok(proof),
                Verdict::Held(reason) => Err(reason),
            };
            let address = namespace.map(|namespace| self.address(customer, namespace).is_some());
            ChannelExplained { channel, consent, address }
        });
        explained.collect()
    }

    /// The choice that the record `meta` made, made anew. What customers share of limited offers is not looked at.
    pub fn explain_choice(&self, customer: &Customer, meta: Meta, asked: &Asked) -> ChoiceExplained {
        let decisions = self.decide(customer, meta, &Budgets::default(), asked);
        let weighed = decisions.iter().flat_map(|decision| &decision.candidates);
        let offers = weighed.filter_map(|candidate| self.adaptation().offer(&candidate.offer));
        let values = self.with_person(customer, meta.now, |person| {
            offers.map(|offer| ((&offer.name).into(), self.values_read(offer.programs(), person))).collect()
        });
        ChoiceExplained { decisions, values }
    }

    fn values_read<'p>(
        &self,
        programs: impl Iterator<Item = &'p Program>,
        person: &dyn Environment,
    ) -> Vec<(String, Value)> {
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        for program in programs {
            for slot in &program.reads().fields {
                let name = self.symbols().fields().get(usize::from(slot.0));
                values.insert(
                    name.map(ToString::to_string).unwrap_or_default(),
                    person.field(*slot).into_owned(),
                );
            }
            for slot in &program.reads().segments {
                let name = self.symbols().segments().get(usize::from(slot.0));
                let name = format!("in_segment({:?})", name.map(ToString::to_string).unwrap_or_default());
                values.insert(name, Value::Bool(person.in_segment(*slot)));
            }
            for slot in &program.reads().behaviours {
                let name = self.symbols().behaviours().get(usize::from(slot.0)).map(in_words);
                values.insert(name.unwrap_or_default(), person.behaviour(*slot));
            }
        }
        values.into_iter().collect()
    }

    /// Each entry of a journey for an event that was just noted of `customer`, whose progress was `before` then.
    pub fn explain_event(
        &self,
        customer: &Customer,
        before: &Progress,
        meta: Meta,
        event: &Event,
        journey: &str,
    ) -> Vec<EntryExplained> {
        let ordinals = Ordinals::default();
        let scene = Scene { customer, meta, event: Some(event), opted_out: false, ordinals: &ordinals };
        self.with_context(scene, |context| {
            orchestrate::explain_event(before, self.versions(), journey, event, self.symbols(), context)
        })
    }

    /// The ways into a journey, and how it stands with each; `came` tells how often an event came.
    pub fn ways_in(&self, customer: &Customer, journey: &str, came: impl Fn(&str) -> u64) -> Vec<WayIn> {
        let segments = self.segments_of(customer);
        let in_segment = |name: &str| segments.iter().any(|own| **own == *name);
        orchestrate::ways_in(&customer.progress, self.versions(), journey, came, in_segment)
    }
}

/// A behaviour as conditions write it, such as `count("Order Completed", "30d")`.
fn in_words(behaviour: &Behaviour) -> String {
    let Behaviour { event, aggregate, window } = behaviour;
    let window = window.map(|span| format!(", {:?}", span.to_string())).unwrap_or_default();
    match aggregate {
        Aggregate::Count => format!("count({event:?}{window})"),
        Aggregate::Sum(property) => format!("sum({event:?}, {property:?}{window})"),
        Aggregate::Min(property) => format!("min({event:?}, {property:?}{window})"),
        Aggregate::Max(property) => format!("max({event:?}, {property:?}{window})"),
        Aggregate::Average(property) => format!("average({event:?}, {property:?}{window})"),
        Aggregate::First(property) => format!("first({event:?}).{property}"),
        Aggregate::Last(property) => format!("last({event:?}).{property}"),
    }
}
