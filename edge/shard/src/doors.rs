//! The doors of journeys that take so many of all customers together: who comes in, in the order of records.

use engine::{Input, Meta};
use model::{CustomerId, EntryRefusal, Timestamp};
use orchestrate::Knock;
use state::StateError;

use crate::submission::Consequences;
use crate::world::World;

/// Where a customer knocked.
pub(crate) struct Door {
    pub journey: Box<str>,
    /// The version of the journey that the run is to begin with.
    version: u32,
}

impl From<&Knock> for Door {
    fn from(knock: &Knock) -> Self {
        Self { journey: knock.run.journey.clone(), version: knock.run.version }
    }
}

impl World {
    /// Why nobody comes in any more, if nobody does.
    pub fn is_full(&self, door: &Door, now: Timestamp) -> Option<EntryRefusal> {
        let cap = self.engine.versions().get(door.version)?.cap(&door.journey)?;
        self.books.caps.refusal(&door.journey, &cap, now)
    }

    /// The customer comes in, or is turned away; it is counted also where the customer cannot be read any more.
    pub fn admit(
        &mut self,
        meta: Meta,
        customer: CustomerId,
        (journey, refusal): (&str, Option<&EntryRefusal>),
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        self.books.caps.note(journey, refusal.is_none(), meta.now);
        self.step_one(customer, meta, Input::Admitted { journey, refusal }, consequences)
    }
}
