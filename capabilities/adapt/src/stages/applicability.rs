//! Does it make sense now?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::Applicability,
    refuses: |offer, weighing| weighing.fails(&offer.applicability),
};
