//! What a decision among offers noted of each, and what customers do with them.

use std::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// One offer that was weighed.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct OfferCandidate {
    #[n(0)]
    pub offer: Box<str>,
    /// Propensity × value × lever; none for one that fell out before.
    #[n(1)]
    pub score: Option<f64>,
    /// Where it fell out.
    #[n(2)]
    pub stage: Option<Box<str>>,
    /// Why.
    #[n(3)]
    pub reason: Option<Box<str>>,
}

/// What a customer did with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum OfferResponse {
    #[n(0)]
    Shown,
    #[n(1)]
    Clicked,
    #[n(2)]
    Accepted,
    #[n(3)]
    Declined,
}

impl OfferResponse {
    /// What the event of this name says about an offer.
    pub fn of_event(name: &str) -> Option<Self> {
        match name {
            "Offer Shown" => Some(Self::Shown),
            "Offer Clicked" => Some(Self::Clicked),
            "Offer Accepted" => Some(Self::Accepted),
            "Offer Declined" => Some(Self::Declined),
            _ => None,
        }
    }
}

impl fmt::Display for OfferResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "shown",
            Self::Clicked => "clicked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        })
    }
}
