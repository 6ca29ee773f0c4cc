//! Why, and why not: what an event was to a journey, looked at anew.

use model::Event;
use orchestrate::{EntryExplained, Ordinals, Progress, WayIn};

use crate::compile::Engine;
use crate::customer::Customer;
use crate::environment::Scene;
use crate::step::Meta;

impl Engine {
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
