//! The stages an offer goes through before it is ranked, in order; each file holds one, its reasons and its tests.

use model::{DecisionId, OpenComplaint, Timestamp};
use rules::{Environment, Program};

use crate::budgets::Budgets;
use crate::dealings::Dealings;
use crate::offers::Offer;

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

/// A stage: its name in records, and why an offer does not pass it.
pub(crate) struct Stage {
    pub name: &'static str,
    pub refuses: fn(&Offer, &Weighing<'_>) -> Option<String>,
}

/// What offers are weighed for. There is no channel in it.
pub(crate) struct Weighing<'a> {
    pub person: &'a dyn Environment,
    pub dealings: &'a Dealings,
    pub budgets: &'a Budgets,
    /// The customer's own decisions, whose holds are not against it.
    pub own: &'a [DecisionId],
    pub complaints: &'a [OpenComplaint],
    /// Offers chosen for other placements at the same time.
    pub elsewhere: &'a [Box<str>],
}

impl Weighing<'_> {
    pub fn now(&self) -> Timestamp {
        self.person.now()
    }

    /// The first condition that does not hold, with what kept it from being decided.
    pub fn fails(&self, conditions: &[Program]) -> Option<String> {
        conditions.iter().find_map(|condition| {
            let verdict = condition.holds(self.person);
            let doubt = verdict.doubt.map(|doubt| format!(" ({doubt})")).unwrap_or_default();
            (!verdict.holds).then(|| format!("`{}` does not hold{doubt}", condition.source()))
        })
    }
}
