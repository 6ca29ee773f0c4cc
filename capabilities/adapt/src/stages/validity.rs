//! Is it the time of the offer?

use super::Stage;

pub(super) const STAGE: Stage = Stage {
    name: "validity",
    refuses: |offer, weighing| {
        let now = weighing.now();
        if now < offer.from {
            return Some(format!("it begins at {}", offer.from));
        }
        (offer.to <= now).then(|| format!("it ended at {}", offer.to))
    },
};
