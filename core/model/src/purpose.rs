//! Purposes: what a consent is for, and what every message carries.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What data may be used, or a message sent, for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Purpose {
    /// What the customer asked for: a reply, a confirmation, a contract. Needs no opt-in.
    #[n(0)]
    Service,
    #[n(1)]
    Marketing,
    #[n(2)]
    Personalization,
    #[n(3)]
    Analytics,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Service, Self::Marketing, Self::Personalization, Self::Analytics];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Marketing => "marketing",
            Self::Personalization => "personalization",
            Self::Analytics => "analytics",
        }
    }

    /// Whether silence means no.
    pub const fn needs_opt_in(self) -> bool {
        !matches!(self, Self::Service)
    }
}
