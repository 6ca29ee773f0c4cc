//! May we? Consent as the customer gave and took it, and the judgement of every message.
//!
//! What a customer said is kept per strand ([`Consents::note`]); what holds is worked out when a message is
//! judged ([`judge`]), so that it never depends on the order in which events arrived, and the strictest consent
//! wins after a merge. [`Policy`] is the brand's `consents.yaml`.

mod consents;
mod judgement;
mod opt_out;
mod policy;
mod view;

pub use consents::Consents;
pub use judgement::{Ask, Verdict, held_for_complaint, judge};
pub use opt_out::opts_out;
pub use policy::{Policy, StopScope};
pub use view::{ConsentState, ConsentView};
