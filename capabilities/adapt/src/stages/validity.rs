//! Is it the time of the offer?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::Validity,
    refuses: |offer, weighing| {
        let now = weighing.now();
        if now < offer.from {
            return Some(format!("it begins at {}", offer.from).into());
        }
        (offer.to <= now).then(|| format!("it ended at {}", offer.to).into())
    },
};
