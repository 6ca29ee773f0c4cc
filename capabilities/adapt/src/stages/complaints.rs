//! Is the customer content enough to be offered it? What somebody complains about is not offered, and nothing is promoted
//! while a complaint is open.

use super::Stage;
use crate::funnel::FunnelStage;

pub(super) const STAGE: Stage = Stage {
    stage: FunnelStage::Complaints,
    refuses: |offer, weighing| {
        let about = |complaint: &&model::OpenComplaint| {
            complaint.products.iter().any(|product| offer.products.contains(product))
        };
        if let Some(complaint) = weighing.complaints.iter().find(about) {
            return Some(format!("complaint {} is about it", complaint.reference).into());
        }
        let open = weighing.complaints.first().filter(|_| offer.promotional)?;
        Some(format!("it is promotional, and complaint {} is open", open.reference).into())
    },
};
