//! Is it shown at another place of the same page already?

use super::Stage;

pub(super) const STAGE: Stage = Stage {
    name: "elsewhere",
    refuses: |offer, weighing| {
        weighing.elsewhere.contains(&offer.name).then(|| "it was chosen for another placement".into())
    },
};
