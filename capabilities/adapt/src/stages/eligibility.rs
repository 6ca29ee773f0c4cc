//! May the customer have it at all?

use super::Stage;

pub(super) const STAGE: Stage =
    Stage { name: "eligibility", refuses: |offer, weighing| weighing.fails(&offer.eligibility) };
