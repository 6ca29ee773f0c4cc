//! Is it shown at another place of the same page already?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::Elsewhere,
    refuses: |offer, weighing| {
        weighing.elsewhere.contains(&offer.name).then(|| "it was chosen for another placement".into())
    },
};
