//! Is it good for the customer?

use super::Stage;

pub(super) const STAGE: Stage =
    Stage { name: "suitability", refuses: |offer, weighing| weighing.fails(&offer.suitability) };
