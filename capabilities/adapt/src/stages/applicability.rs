//! Does it make sense now?

use super::Stage;

pub(super) const STAGE: Stage =
    Stage { name: "applicability", refuses: |offer, weighing| weighing.fails(&offer.applicability) };
