//! An offer as the API shows it, from the catalogue and the books.

use adapt::{Budget, Budgets, Counting, FunnelStage, Goal, Group, Offer as Defined, Rate};
use model::Timestamp;

use super::shapes::{
    Offer, OfferComparison, OfferConditions, OfferDifference, OfferGoal, OfferGroup, OfferRate, OfferRates,
    OfferStage, OfferValidity,
};

/// `nothing` is what is counted of an offer that was never considered.
pub fn shown(
    (offer, control_percent): (&Defined, f64),
    budgets: &Budgets,
    nothing: &Budget,
    time: Timestamp,
) -> Offer {
    let budget = budgets.of(&offer.name).unwrap_or(nothing);
    let (propensity, value) = offer.worth();
    let conditions = offer.conditions().into_iter().map(|(stage, conditions)| OfferConditions {
        stage: stage.into(),
        conditions: conditions.into_iter().map(Into::into).collect(),
    });
    Offer {
        name: offer.name.to_string(),
        title: offer.title.to_string(),
        placements: offer.placements.iter().map(ToString::to_string).collect(),
        products: offer.products.iter().map(ToString::to_string).collect(),
        promotional: offer.promotional,
        content: offer.content.clone(),
        from: Some(offer.from).filter(|from| *from != Timestamp::MIN),
        to: Some(offer.to).filter(|to| *to != Timestamp::MAX),
        validity: validity(offer, time),
        propensity,
        value,
        lever: offer.lever,
        conditions: conditions.collect(),
        per_customer: per_customer(offer),
        total: offer.total,
        left: offer.total.map(|total| budgets.left(&offer.name, total, time, &[])),
        held: budget.held(time),
        hold: offer.hold.to_string(),
        taken: budget.taken,
        decided: budget.decided,
        shown: budget.shown,
        clicked: budget.clicked,
        accepted: budget.accepted,
        declined: budget.declined,
        missed: budget.missed,
        held_out: fallen(budget, FunnelStage::Control),
        fell: budget.fell.iter().map(|(stage, count)| (stage.name().to_owned(), count)).collect(),
        funnel: FunnelStage::ALL.into_iter().map(|stage| funnel_stage(stage, budget)).collect(),
        rates: rates(budget),
        goal: offer.goal.as_ref().map(goal),
        comparison: offer.goal.as_ref().map(|_| comparison(budget, control_percent)),
    }
}

fn validity(offer: &Defined, time: Timestamp) -> OfferValidity {
    if time < offer.from {
        OfferValidity::Upcoming
    } else if offer.to <= time {
        OfferValidity::Ended
    } else {
        OfferValidity::Valid
    }
}

fn per_customer(offer: &Defined) -> Option<String> {
    let limit = offer.per_customer?;
    let counted = match limit.counting {
        Counting::Decided => "chosen",
        Counting::Shown => "shown",
        Counting::Accepted => "accepted",
    };
    let within = limit.within.map(|within| format!(" within {within}")).unwrap_or_default();
    let times = if limit.times == 1 { "once".to_owned() } else { format!("{} times", limit.times) };
    Some(format!("{counted} {times} at most{within}"))
}

fn funnel_stage(stage: FunnelStage, budget: &Budget) -> OfferStage {
    let decisions = if stage == FunnelStage::Chosen { budget.decided } else { fallen(budget, stage) };
    let customers = budget.customers.of(stage);
    OfferStage { stage: stage.name().into(), decisions, customers }
}

fn fallen(budget: &Budget, stage: FunnelStage) -> u64 {
    budget.fell.of(stage)
}

fn rates(budget: &Budget) -> OfferRates {
    let of_decided = |part| rate(part, budget.decided, "decided");
    // A touchpoint that reports clicks need not report what it showed.
    let of_shown = |part| match part <= budget.shown && budget.shown > 0 {
        true => rate(part, budget.shown, "shown"),
        false => of_decided(part),
    };
    OfferRates {
        shown: of_decided(budget.shown),
        clicked: of_shown(budget.clicked),
        accepted: of_shown(budget.accepted),
        declined: of_shown(budget.declined),
    }
}

fn rate(part: u64, whole: u64, of: &str) -> Option<OfferRate> {
    let Rate { part, whole, rate, low, high } = Rate::of(part, whole)?;
    Some(OfferRate { part, whole, of: of.into(), rate, low, high })
}

fn goal(goal: &Goal) -> OfferGoal {
    OfferGoal { event: goal.event.clone(), within: goal.within.to_string() }
}

fn comparison(budget: &Budget, control_percent: f64) -> OfferComparison {
    let both = Rate::of(budget.treated.reached, budget.treated.customers)
        .zip(Rate::of(budget.held_out.reached, budget.held_out.customers));
    let difference = both.map(|(treated, held_out)| {
        let adapt::Difference { difference, low, high } = treated.less(&held_out);
        OfferDifference { difference, low, high }
    });
    let group = |group: Group| OfferGroup {
        customers: group.customers,
        reached: group.reached,
        rate: rate(group.reached, group.customers, "customers"),
    };
    OfferComparison {
        control_percent,
        treated: group(budget.treated),
        held_out: group(budget.held_out),
        difference,
    }
}
