//! Has the customer had it as often as it may?

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::PerCustomer,
    refuses: |offer, weighing| {
        let limit = offer.per_customer?;
        let had = weighing.dealings.times_had(&offer.name, limit, None, weighing.now());
        (had >= limit.times as usize).then(|| {
            let within = limit.within.map(|within| format!(" within {within}")).unwrap_or_default();
            format!("the customer had it {had} of {} times{within}", limit.times).into()
        })
    },
};
