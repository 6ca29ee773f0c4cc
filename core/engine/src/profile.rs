//! Views of a customer: what the API shows, what it is found by, when it must be looked at next.

use model::Timestamp;
use protect::ConsentView;
use recognize::{Profile, View};
use serde::Serialize;

use crate::compile::Engine;
use crate::customer::Customer;

/// A customer as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerView {
    pub id: model::CustomerId,
    #[serde(flatten)]
    pub profile: Profile,
    pub consents: Vec<ConsentView>,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub last_channel: Option<model::Channel>,
    pub events: u64,
}

/// Traits by which people look for a customer, besides identifiers.
const NAME_TRAITS: [&str; 5] = ["name", "first_name", "last_name", "firstName", "lastName"];

impl Engine {
    /// The customer at time `now`.
    pub fn describe(&self, customer: &Customer, now: Timestamp) -> CustomerView {
        let linked = |strand| self.linked(customer, strand);
        CustomerView {
            id: customer.id,
            profile: self.recognition().profile(&self.view(customer, now), &customer.graph, &customer.membership),
            consents: customer.consents.view(self.policy(), &linked),
            first_seen: customer.first_seen(),
            last_seen: customer.last_seen(),
            last_channel: customer.last_channel().cloned(),
            events: customer.events(),
        }
    }

    /// The customer's name, as far as its traits tell.
    pub fn name(&self, customer: &Customer) -> Option<String> {
        let view = self.view(customer, Timestamp::MAX);
        let text = |name: &str| view.trait_value(name).as_text().map(str::to_owned);
        let parts = |first: &str, last: &str| {
            let parts: Vec<String> = [text(first), text(last)].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        text("name").or_else(|| parts("first_name", "last_name")).or_else(|| parts("firstName", "lastName"))
    }

    /// Names and identifiers, by which the customer is found.
    pub fn search_text(&self, customer: &Customer) -> String {
        let view = self.view(customer, Timestamp::MAX);
        let mut words: Vec<String> =
            NAME_TRAITS.iter().filter_map(|name| view.trait_value(name).as_text().map(str::to_owned)).collect();
        words.extend(customer.graph.identifiers().map(|(_, identifier, _)| identifier.value.to_string()));
        words.join(" ")
    }

    /// The names of the segments the customer is in.
    pub fn segments_of(&self, customer: &Customer) -> Vec<Box<str>> {
        self.recognition().members(&customer.membership).map(Into::into).collect()
    }

    /// When time alone will next change something about the customer: a timer, a retry, a window that expires.
    pub fn due(&self, customer: &Customer) -> Option<Timestamp> {
        let expiry = self.recognition().next_expiry(&customer.membership);
        [customer.progress.next_due(), customer.outbox.next_due(), expiry].into_iter().flatten().min()
    }

    pub(crate) fn view<'a>(&'a self, customer: &'a Customer, now: Timestamp) -> View<'a> {
        let facts = customer.strands().iter().map(|strand| (strand.id, &strand.facts));
        View::new(self.recognition(), facts, now)
    }

    /// Whether a step can move the customer's journeys at all; most events concern none.
    pub(crate) fn journeys_concern(&self, customer: &Customer, input: &orchestrate::Input<'_>) -> bool {
        !customer.progress.is_empty()
            || match input {
                orchestrate::Input::Event { event, .. } => {
                    self.versions().current().is_some_and(|journeys| journeys.heeds(&event.name))
                }
                orchestrate::Input::Time | orchestrate::Input::Settled { .. } => false,
            }
    }
}
