//! How far offers came with customers, and what it led to: the funnel of an offer, and those it was made to beside those
//! of the control group.
//!
//! Whether an offer does any good cannot be told from acceptances alone: some would have bought anyway. So a customer for
//! whom an offer was **ranked best** is noted once for each offer: **treated** where it was made to them, **held out** where
//! they are in the control group. Both reach the offer's goal or do not; the difference is what the offer does. A customer
//! to whom exploration made another offer then is in neither group: that chance does not depend on the customer, so those
//! who are left can be compared.

use minicbor::{Decode, Encode};
use model::{DecisionId, OfferCandidate, Span, StrandId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::OfferName;

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

/// An offer took part in a choice for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    pub decision: DecisionId,
    pub offer: OfferName,
    /// How far it came in this choice.
    pub stage: FunnelStage,
    /// The furthest it had come with the customer before; nothing at the first time.
    pub from: Option<FunnelStage>,
    /// The furthest it has come now.
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
