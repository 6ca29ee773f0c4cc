//! What is best to offer, and at what price? The price book, promises of prices, offers and the choice among them.
//!
//! A catalogue's `prices/*.yaml`, `offers/*.yaml` and `decisions.yaml` are compiled as a whole
//! ([`Adaptation::compile`]). A customer's part is [`Dealings`]; what is shared between customers, the budgets of
//! limited offers, is [`Budgets`]. Prices and offers are worked out from the customer and the catalogue alone: the
//! scope and the environment they see ([`blind`]) have no channel, so they are the same everywhere by construction.
//!
//! A stage of decisions is one file in `stages/` and one line in `stages.rs`.

mod adaptation;
mod blind;
mod budgets;
mod dealings;
mod decide;
mod encounters;
mod files;
mod funnel;
mod interval;
mod name;
mod offers;
mod prices;
mod quote;
mod stage_counts;
mod stages;

pub use adaptation::{Adaptation, json_schemas};
pub use budgets::{Budget, Budgets, Group};
pub use dealings::{Dealings, Decided, Limited, Took, Wanted};
pub use decide::{Asked, Candidate, Decision, Fell};
pub use funnel::{Arm, FunnelStage, Goal, Met, Reached};
pub use interval::{Difference, Rate};
pub use name::OfferName;
pub use offers::{Counting, Offer, PerCustomer};
pub use prices::{Applied, HitFile as HitPolicy, Priced, Product, RowView, TableView};
pub use quote::{Quote, QuoteLine, QuoteRequest, Unquotable};
pub use stage_counts::StageCounts;
