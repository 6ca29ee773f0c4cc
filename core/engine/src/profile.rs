//! Views of a customer: what the API shows, what it is found by, when it must be looked at next.

use model::{Event, HeldReason, MessageHash, OpenComplaint, Purpose, StrandId, Timestamp, Value};
use orchestrate::{CannedAnswer, Preview, PreviewAsk, PreviewRefusal};
use protect::ConsentView;
use recognize::{Facts, Profile, ServiceView, Standing, View};
use serde::Serialize;

use crate::compile::Engine;
use crate::customer::{Customer, Strand};
use crate::environment::Surroundings;

/// A customer as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerView {
    pub id: model::CustomerId,
    #[serde(flatten)]
    pub profile: Profile,
    pub consents: Vec<ConsentView>,
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
            profile: self.profile(customer, now),
            consents: customer.consents.view(self.policy(), &linked),
            last_channel: customer.last_channel().cloned(),
            events: customer.events(),
        }
    }

    /// What is known of the customer at time `now`.
    pub fn profile(&self, customer: &Customer, now: Timestamp) -> Profile {
        self.with_view(customer, now, |view| {
            self.recognition().profile(view, &customer.membership, &customer.graph)
        })
    }

    /// The customer's orders, tickets and complaints at time `now`.
    pub fn service(&self, customer: &Customer, now: Timestamp) -> ServiceView {
        self.with_view(customer, now, |view| view.service())
    }

    /// The customer's complaints that are open, those opened first before the others.
    pub(crate) fn open_complaints(&self, customer: &Customer, now: Timestamp) -> Vec<OpenComplaint> {
        self.with_view(customer, now, |view| view.open_complaints())
    }

    /// Why marketing waits for a complaint of the customer, if it does.
    pub fn held_for_complaint(&self, customer: &Customer, now: Timestamp) -> Option<HeldReason> {
        let complaints = self.open_complaints(customer, now);
        protect::held_for_complaint(self.policy(), Purpose::Marketing, &complaints)
    }

    /// The canned answers as they read for this customer.
    pub fn canned(&self, customer: &Customer, now: Timestamp) -> Vec<CannedAnswer> {
        let Some(journeys) = self.versions().current() else { return Vec::new() };
        self.with_view(customer, now, |view| {
            let standing = Standing { view: *view, membership: &customer.membership };
            journeys.canned(&Surroundings::new(self, standing, None))
        })
    }

    /// The customer's language, such as `de-AT`; empty where none is known.
    pub fn language(&self, customer: &Customer, now: Timestamp) -> String {
        let Some(journeys) = self.versions().current() else { return String::new() };
        self.with_view(customer, now, |view| {
            let standing = Standing { view: *view, membership: &customer.membership };
            journeys.language_of(&Surroundings::new(self, standing, None))
        })
    }

    /// A content as it reads for this customer.
    pub fn preview(
        &self,
        customer: &Customer,
        now: Timestamp,
        ask: &PreviewAsk<'_>,
    ) -> Result<Preview, PreviewRefusal> {
        let unknown = || PreviewRefusal::UnknownContent(ask.content.to_owned());
        let journeys = self.versions().current().ok_or_else(unknown)?;
        self.with_view(customer, now, |view| {
            let standing = Standing { view: *view, membership: &customer.membership };
            journeys.preview(ask, &Surroundings::new(self, standing, None))
        })
    }

    /// The customer's name, as far as its traits tell.
    pub fn name(&self, customer: &Customer) -> Option<String> {
        self.with_view(customer, Timestamp::MAX, |view| {
            let text = |name: &str| view.trait_value(name).and_then(Value::as_text).map(str::to_owned);
            let parts = |first: &str, last: &str| {
                let parts: Vec<String> = [text(first), text(last)].into_iter().flatten().collect();
                (!parts.is_empty()).then(|| parts.join(" "))
            };
            text("name")
                .or_else(|| parts("first_name", "last_name"))
                .or_else(|| parts("firstName", "lastName"))
        })
    }

    /// Names and identifiers, by which the customer is found.
    pub fn search_text(&self, customer: &Customer) -> String {
        let mut words: Vec<String> = self.with_view(customer, Timestamp::MAX, |view| {
            let named = |name: &&str| view.trait_value(name).and_then(Value::as_text).map(str::to_owned);
            NAME_TRAITS.iter().filter_map(named).collect()
        });
        words.extend(customer.graph.identifiers().map(|(_, identifier, _)| identifier.value.to_string()));
        words.join(" ")
    }

    /// The names of the segments the customer is in.
    pub fn segments_of(&self, customer: &Customer) -> Vec<Box<str>> {
        self.recognition().member_of(&customer.membership).map(|(segment, _)| segment.name.clone()).collect()
    }

    /// When time alone will next change something about the customer: a timer, a retry, a window that expires.
    pub fn due(&self, customer: &Customer) -> Option<Timestamp> {
        let expiry = customer.membership.next_expiry();
        [customer.progress.next_due(), customer.outbox.next_due(), expiry].into_iter().flatten().min()
    }

    /// Notes all events of the customer's threads again, whose steps have been taken; nothing but the facts changes.
    /// Events that journeys emitted are in no record: what they added up to stays.
    pub fn note_again<'a>(
        &self,
        customer: &mut Customer,
        events: impl Iterator<Item = (&'a Event, StrandId, MessageHash, u8)>,
    ) {
        let forget = |strand: &mut Strand| (strand.id, std::mem::take(&mut strand.facts));
        let before: Vec<(StrandId, Facts)> = customer.strands_mut().iter_mut().map(forget).collect();
        for (event, strand, message, priority) in events {
            let facts = &mut customer.strand_mut(strand).facts;
            self.recognition().note(facts, event, message.0, priority);
        }
        for (strand, before) in before {
            customer.strand_mut(strand).facts.keep_unfound(before);
        }
    }

    /// Reads the facts of all the customer's strands as one.
    pub(crate) fn with_view<T>(
        &self,
        customer: &Customer,
        now: Timestamp,
        read: impl FnOnce(&View<'_>) -> T,
    ) -> T {
        match customer.strands() {
            // Most customers have one strand with facts; they need no list of their own.
            [strand] => read(&View::new(self.recognition(), &[(strand.id, &strand.facts)], now)),
            strands => {
                let facts: Vec<(StrandId, &Facts)> =
                    strands.iter().map(|strand| (strand.id, &strand.facts)).collect();
                read(&View::new(self.recognition(), &facts, now))
            }
        }
    }

    /// Whether a step can move the customer's journeys at all; most events concern none.
    pub(crate) fn journeys_concern(&self, customer: &Customer, input: &orchestrate::Input<'_>) -> bool {
        let Some(journeys) = self.versions().current() else { return false };
        !customer.progress.is_empty()
            || customer.progress.has_plan()
            || journeys.has_schedules()
            || match input {
                orchestrate::Input::Event { event, .. } => journeys.heeds(&event.name),
                orchestrate::Input::Crossed { segment, .. } => journeys.heeds_segment(segment),
                orchestrate::Input::Time
                | orchestrate::Input::Provided { .. }
                | orchestrate::Input::Admitted { .. }
                | orchestrate::Input::Published
                | orchestrate::Input::Settled { .. }
                | orchestrate::Input::Desk { .. } => false,
            }
    }
}
