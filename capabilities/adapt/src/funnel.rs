//! How far offers came with customers, and what it led to: the funnel of an offer, and those it was made to beside those
//! of the control group.
//!
//! Whether an offer does any good cannot be told from acceptances alone: some would have bought anyway. So a customer for
//! whom an offer was **ranked best** is noted once for each offer: **treated** where it was made to them, **held out** where
//! they are in the control group. Both reach the offer's goal or do not; the difference is what the offer does. A customer
//! to whom exploration made another offer then is in neither group: that chance does not depend on the customer, so those
//! who are left can be compared.

use minicbor::{Decode, Encode};
use model::{OfferCandidate, Span, StrandId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Offers of one customer whose way is noted; the oldest go first.
const ENCOUNTERS_MAX: usize = 200;

/// Where an offer fell out, in the order in which it can; or that it was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum FunnelStage {
    #[n(0)]
    Validity,
    #[n(1)]
    Eligibility,
    #[n(2)]
    Applicability,
    #[n(3)]
    Suitability,
    #[n(4)]
    Complaints,
    #[n(5)]
    PerCustomer,
    #[n(6)]
    Total,
    #[n(7)]
    Elsewhere,
    #[n(8)]
    Ranking,
    /// It could have been made, and another was chosen.
    #[n(9)]
    Arbitration,
    /// It was the best, and the customer is in the control group.
    #[n(10)]
    Control,
    #[n(11)]
    Chosen,
}

impl FunnelStage {
    pub const ALL: [Self; 12] = [
        Self::Validity,
        Self::Eligibility,
        Self::Applicability,
        Self::Suitability,
        Self::Complaints,
        Self::PerCustomer,
        Self::Total,
        Self::Elsewhere,
        Self::Ranking,
        Self::Arbitration,
        Self::Control,
        Self::Chosen,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Validity => "validity",
            Self::Eligibility => "eligibility",
            Self::Applicability => "applicability",
            Self::Suitability => "suitability",
            Self::Complaints => "complaints",
            Self::PerCustomer => "per_customer",
            Self::Total => "total",
            Self::Elsewhere => "elsewhere",
            Self::Ranking => "ranking",
            Self::Arbitration => "arbitration",
            Self::Control => "control",
            Self::Chosen => "chosen",
        }
    }

    /// How far each of a decision's candidates came, which are named the best first.
    pub fn of<'a>(
        candidates: impl Iterator<Item = OfferCandidate<'a>>,
        chosen: Option<&str>,
        control: bool,
    ) -> impl Iterator<Item = (OfferCandidate<'a>, Self)> {
        candidates.enumerate().map(move |(place, candidate)| {
            let stage = match candidate.stage {
                Some(name) => Self::ALL.into_iter().find(|stage| stage.name() == name),
                None if chosen == Some(candidate.offer) => Some(Self::Chosen),
                None if control && place == 0 => Some(Self::Control),
                None => Some(Self::Arbitration),
            };
            (candidate, stage.unwrap_or(Self::Ranking))
        })
    }
}

/// To which group a customer belongs, for whom an offer was ranked best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Arm {
    /// It was made to them.
    #[n(0)]
    Treated,
    /// They are in the control group.
    #[n(1)]
    HeldOut,
    /// Another was made to them, to learn: in neither group.
    #[n(2)]
    Explored,
}

/// What an offer is to lead to, for those it was made to and those of the control group alike.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The name of an event, such as `Order Completed`.
    pub event: String,
    /// Within so long after the choice.
    #[schemars(with = "String")]
    pub within: Span,
}

/// How far one offer came with a customer, and what it led to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Encounter {
    #[n(0)]
    offer: Box<str>,
    #[n(1)]
    strand: StrandId,
    /// The furthest it came.
    #[n(2)]
    stage: FunnelStage,
    /// Since when the customer belongs to a group.
    #[n(3)]
    arm: Option<(Arm, Timestamp)>,
    #[n(4)]
    reached: bool,
}

/// What a choice changed about how far an offer came with a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    pub offer: Box<str>,
    /// How far it had come before; nothing at the first time.
    pub from: Option<FunnelStage>,
    pub to: FunnelStage,
    /// Where the customer came into a group by it.
    pub arm: Option<Arm>,
}

/// An offer's goal was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub offer: Box<str>,
    pub strand: StrandId,
    pub held_out: bool,
}

/// The offers that a customer was considered for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Encounters(#[n(0)] Vec<Encounter>);

impl Encounters {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes note of how far an offer came; nothing is changed by one that came no further than it had.
    pub fn meet(
        &mut self,
        offer: &str,
        stage: FunnelStage,
        arm: Option<Arm>,
        (strand, now): (StrandId, Timestamp),
    ) -> Option<Advance> {
        let known = || self.0.iter().filter(|own| *own.offer == *offer);
        let arm = arm.filter(|_| known().all(|own| own.arm.is_none()));
        // Several, where customers were joined: the one that came furthest goes on.
        let furthest = (0..self.0.len())
            .filter(|&place| *self.0[place].offer == *offer)
            .max_by_key(|&place| (self.0[place].stage, std::cmp::Reverse(place)));
        let from = furthest.map(|place| self.0[place].stage);
        if from.is_some_and(|from| stage <= from) && arm.is_none() {
            return None;
        }
        let to = from.map_or(stage, |from| from.max(stage));
        let since = arm.map(|arm| (arm, now));
        match furthest {
            Some(place) => {
                self.0[place].stage = to;
                self.0[place].arm = self.0[place].arm.or(since);
            }
            None => {
                if self.0.len() >= ENCOUNTERS_MAX {
                    self.0.remove(0);
                }
                self.0.push(Encounter { offer: offer.into(), strand, stage, arm: since, reached: false });
            }
        }
        Some(Advance { offer: offer.into(), from, to, arm })
    }

    /// What an event that happened at `time` led to: each goal counts once. An event of the very moment of the choice
    /// counts: it was recorded after it.
    pub fn reach<'a>(
        &mut self,
        event: &str,
        time: Timestamp,
        goal: &dyn Fn(&str) -> Option<&'a Goal>,
    ) -> Vec<Reached> {
        let mut reached = Vec::new();
        for own in &mut self.0 {
            let Some((arm @ (Arm::Treated | Arm::HeldOut), since)) = own.arm else { continue };
            let meant = |goal: &&Goal| goal.event == event && (since..=since + goal.within).contains(&time);
            if own.reached || goal(&own.offer).filter(meant).is_none() {
                continue;
            }
            own.reached = true;
            let held_out = arm == Arm::HeldOut;
            reached.push(Reached { offer: own.offer.clone(), strand: own.strand, held_out });
        }
        reached
    }

    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let (taken, kept) = self.0.drain(..).partition(|own| strands.contains(&own.strand));
        self.0 = kept;
        Self(taken)
    }

    pub fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by(|a, b| (a.strand, &a.offer).cmp(&(b.strand, &b.offer)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_counts_once_from_the_moment_of_the_choice_to_the_end_of_its_time() {
        let goal = Goal { event: "Bought".into(), within: Span(1000) };
        let reached_at = |times: &[i64]| {
            let mut encounters = Encounters::default();
            let choice = (StrandId(1), Timestamp(5000));
            encounters.meet("lamp", FunnelStage::Chosen, Some(Arm::Treated), choice);
            let mut reach = |time| encounters.reach("Bought", Timestamp(time), &|_| Some(&goal)).len();
            times.iter().map(|time| reach(*time)).collect::<Vec<_>>()
        };
        assert_eq!(reached_at(&[4999, 6001, 5000, 5001]), [0, 0, 1, 0]);
        assert_eq!(reached_at(&[6000]), [1]);
    }
}
