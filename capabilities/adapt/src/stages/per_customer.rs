//! Has the customer had it as often as it may?

use model::{OfferResponse, Timestamp};

use super::Stage;
use crate::dealings::Decided;
use crate::offers::Counting;

pub(super) const STAGE: Stage = Stage {
    name: "per_customer",
    refuses: |offer, weighing| {
        let limit = offer.per_customer?;
        let since = limit.within.map_or(Timestamp::MIN, |within| weighing.now() - within);
        let counted = |decided: &&Decided| {
            *decided.offer == *offer.name && when(decided, limit.counting).is_some_and(|time| time > since)
        };
        let had = weighing.dealings.decided().iter().filter(counted).count();
        (had >= limit.times as usize).then(|| {
            let within = limit.within.map(|within| format!(" within {within}")).unwrap_or_default();
            format!("the customer had it {had} of {} times{within}", limit.times)
        })
    },
};

/// When what is counted happened.
fn when(decided: &Decided, counting: Counting) -> Option<Timestamp> {
    let response = match counting {
        Counting::Decided => return Some(decided.time),
        Counting::Shown => OfferResponse::Shown,
        Counting::Accepted => OfferResponse::Accepted,
    };
    if counting == Counting::Accepted && decided.taken == Some(false) {
        return None;
    }
    decided.responses.iter().find(|(own, _)| *own == response).map(|(_, time)| *time)
}
