//! The stages an offer goes through before it is ranked, in order; each file holds one, its reasons and its tests.

use std::cell::RefCell;
use std::sync::Arc;

use model::{DecisionId, OpenComplaint, Timestamp};
use rules::Environment;

use crate::budgets::Budgets;
use crate::dealings::Dealings;
use crate::funnel::FunnelStage;
use crate::name::OfferName;
use crate::offers::{Condition, Offer};

macro_rules! stages {
    ($($stage:ident,)*) => {
        $(mod $stage;)*

        pub(crate) const STAGES: &[Stage] = &[$($stage::STAGE,)*];
    };
}

// Every stage: the name of its file. Rustfmt does not see files that a macro names; the gate shows them to it.
stages! {
    validity,
    eligibility,
    applicability,
    suitability,
    complaints,
    per_customer,
    total,
    elsewhere,
}

/// A stage: which it is, and why an offer does not pass it.
pub(crate) struct Stage {
    pub stage: FunnelStage,
    pub refuses: fn(&Offer, &Weighing<'_>) -> Option<Arc<str>>,
}

/// What offers are weighed for. There is no channel in it.
pub(crate) struct Weighing<'a> {
    pub person: &'a dyn Environment,
    pub findings: &'a Findings,
    pub dealings: &'a Dealings,
    pub budgets: &'a Budgets,
    /// The customer's own decisions, whose holds are not against it.
    pub own: &'a [DecisionId],
    pub complaints: &'a [OpenComplaint],
    /// Offers chosen for other placements at the same time.
    pub elsewhere: &'a [OfferName],
}

/// What conditions came to for the customer, by their numbers: nothing where they have not been asked yet.
pub(crate) struct Findings(RefCell<Vec<Option<Option<Arc<str>>>>>);

impl Findings {
    /// For so many conditions.
    pub fn new(conditions: usize) -> Self {
        Self(RefCell::new(vec![None; conditions]))
    }

    fn of(&self, condition: &Condition, person: &dyn Environment) -> Option<Arc<str>> {
        let mut known = self.0.borrow_mut();
        known[condition.number].get_or_insert_with(|| condition.refuses(person)).clone()
    }
}

impl Weighing<'_> {
    pub fn now(&self) -> Timestamp {
        self.person.now()
    }

    /// Why the first condition does not hold that does not.
    pub fn fails(&self, conditions: &[Condition]) -> Option<Arc<str>> {
        conditions.iter().find_map(|condition| self.findings.of(condition, self.person))
    }
}
