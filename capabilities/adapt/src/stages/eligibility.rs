//! May the customer have it at all?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage =
    Stage { stage: FunnelStage::Eligibility, refuses: |offer, weighing| weighing.fails(&offer.eligibility) };
