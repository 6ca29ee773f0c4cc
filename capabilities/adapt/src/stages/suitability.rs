//! Is it good for the customer?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage =
    Stage { stage: FunnelStage::Suitability, refuses: |offer, weighing| weighing.fails(&offer.suitability) };
