//! Is one left, of an offer that is limited for all customers together?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::Total,
    refuses: |offer, weighing| {
        let total = offer.total?;
        let left = weighing.budgets.left(&offer.name, total, weighing.now(), weighing.own);
        (left == 0).then(|| format!("none of {total} is left").into())
    },
};
